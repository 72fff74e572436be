//! Filters that order values or add them up, by Python's rules.

use super::arguments::{Arguments, fail};
use super::compare::{order, sort};
use super::filters::add;
use super::list::List;
use super::operator;
use crate::jinja::{Error, Value, ValueKind};
use minijinja::Environment;
use std::cmp::Ordering;

/// Adds them.
pub(super) fn install(environment: &mut Environment<'static>) {
    add(environment, "sort", sorted);
    add(environment, "min", |value, args| extreme(value, args, Ordering::Less));
    add(environment, "max", |value, args| extreme(value, args, Ordering::Greater));
    add(environment, "sum", sum);
}

/// What items are compared or added by: themselves, or attributes such as `a`, `a.b`, `0`; several with commas between.
struct Key {
    attributes: Vec<String>,
    case_sensitive: bool,
}

impl Key {
    fn of(attribute: Option<Value>, case_sensitive: bool) -> Self {
        let attribute = attribute.filter(|attribute| !attribute.is_none()).map(|attribute| attribute.to_string());
        let attributes = attribute.map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        Self { attributes: attributes.unwrap_or_default(), case_sensitive }
    }

    fn get(&self, item: &Value) -> Result<Value, Error> {
        match self.attributes.as_slice() {
            [] => Ok(self.folded(item.clone())),
            [name] => Ok(self.folded(attribute(item, name)?)),
            several => {
                let parts: Result<Vec<Value>, Error> =
                    several.iter().map(|name| attribute(item, name).map(|part| self.folded(part))).collect();
                Ok(List::value(parts?))
            }
        }
    }

    fn folded(&self, value: Value) -> Value {
        match value.as_str() {
            Some(text) if !self.case_sensitive => Value::from(text.to_lowercase()),
            _ => value,
        }
    }
}

/// `a.b.0` of a value.
fn attribute(item: &Value, path: &str) -> Result<Value, Error> {
    path.split('.').try_fold(item.clone(), |value, part| match part.parse::<usize>() {
        Ok(index) => value.get_item(&Value::from(index)),
        Err(_) => value.get_attr(part),
    })
}

fn items(value: &Value) -> Result<Vec<Value>, Error> {
    if value.kind() == ValueKind::None {
        return fail("None cannot be iterated over");
    }
    Ok(value.try_iter()?.collect())
}

fn sorted(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let key = Key::of(args.get(2, "attribute"), args.flag(1, "case_sensitive"));
    let keyed: Result<Vec<_>, Error> = items(value)?.into_iter().map(|item| Ok((key.get(&item)?, item))).collect();
    let mut keyed = keyed?;
    sort(&mut keyed, args.flag(0, "reverse"))?;
    Ok(List::value(keyed.into_iter().map(|(_, item)| item).collect()))
}

/// The first of the items that no other one goes beyond; undefined if there are none.
fn extreme(value: &Value, args: &Arguments<'_>, wanted: Ordering) -> Result<Value, Error> {
    let key = Key::of(args.get(1, "attribute"), args.flag(0, "case_sensitive"));
    let mut best: Option<(Value, Value)> = None;
    for item in items(value)? {
        let by = key.get(&item)?;
        let better = match &best {
            Some((standing, _)) => order(&by, standing)? == wanted,
            None => true,
        };
        if better {
            best = Some((by, item));
        }
    }
    Ok(best.map_or(Value::UNDEFINED, |(_, item)| item))
}

fn sum(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let key = Key::of(args.get(0, "attribute"), true);
    let start = args.get(1, "start").unwrap_or_else(|| Value::from(0));
    items(value)?.iter().try_fold(start, |sum, item| operator::add(&sum, &key.get(item)?))
}
