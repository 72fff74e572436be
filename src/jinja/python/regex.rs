//! Python's `re`, on fancy-regex.

use super::arguments::{Arguments, fail};
use super::dict::{Dict, tuple};
use super::list::List;
use super::text::text;
use crate::jinja::{Error, ErrorKind, Object, ObjectRepr, Rest, State, Value, ValueOrKwargs};
use fancy_regex::Regex;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

type Captures<'t> = fancy_regex::Captures<'t, str>;

const FLAGS: [(&str, &str, i64, &str); 5] = [
    ("IGNORECASE", "I", 2, "i"),
    ("MULTILINE", "M", 8, "m"),
    ("DOTALL", "S", 16, "s"),
    ("VERBOSE", "X", 64, "x"),
    ("ASCII", "A", 256, ""),
];

const METHODS: [&str; 8] = ["match", "search", "fullmatch", "findall", "finditer", "split", "sub", "subn"];

/// `modules.re`.
pub(super) fn module() -> Value {
    let mut members = vec![("escape".to_owned(), Value::from_function(escape)), ("compile".to_owned(), function(None))];
    for (long, short, bit, _) in FLAGS {
        members.extend([(long.to_owned(), Value::from(bit)), (short.to_owned(), Value::from(bit))]);
    }
    members.extend(METHODS.map(|method| (method.to_owned(), function(Some(method)))));
    Value::from_pairs(members)
}

/// `re.method(pattern, …, flags=…)`, or `re.compile(pattern, flags)`.
fn function(method: Option<&'static str>) -> Value {
    Value::from_function(move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
        let values: Vec<Value> = args.iter().map(|arg| (**arg).clone()).collect();
        let name = method.unwrap_or("compile");
        let args = Arguments::of(name, &values);
        let after = match name {
            "compile" => 1,
            "split" => 3,
            "sub" | "subn" => 4,
            _ => 2,
        };
        let given = args.require(0, "pattern")?;
        let pattern = match given.downcast_object::<Pattern>() {
            Some(pattern) => pattern,
            None => Pattern::known(args.string(0, "pattern")?, args.integer(after, "flags", 0)?)?,
        };
        match method {
            None => Ok(Value::from_dyn_object(pattern)),
            Some(method) => pattern.apply(state, method, &args, 1),
        }
    })
}

fn escape(own: String) -> String {
    let special = |c: char| !(c.is_alphanumeric() || c == '_' || !c.is_ascii());
    own.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A compiled pattern: as written, and anchored for `match` and `fullmatch`.
struct Pattern {
    written: String,
    flags: i64,
    anywhere: Regex,
    at_start: Regex,
    whole: Regex,
}

/// How many patterns are kept.
const KEPT: usize = 512;

/// Patterns that were given as text: templates give the same ones for each model.
static KNOWN: LazyLock<Mutex<Patterns>> = LazyLock::new(Mutex::default);

/// Patterns by how they are written and their flags.
type Patterns = HashMap<(String, i64), Arc<Pattern>>;

impl Pattern {
    fn known(written: String, flags: i64) -> Result<Arc<Self>, Error> {
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (written, flags);
        if let Some(pattern) = known().get(&key) {
            return Ok(pattern.clone());
        }
        let pattern = Arc::new(Self::new(&key.0, flags)?);
        let mut known = known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, pattern.clone());
        Ok(pattern)
    }

    fn new(written: &str, flags: i64) -> Result<Self, Error> {
        let letters: String =
            FLAGS.iter().filter(|(_, _, bit, _)| flags & bit != 0).map(|(.., letter)| *letter).collect();
        let inner = if letters.is_empty() { written.to_owned() } else { format!("(?{letters}){written}") };
        let compile = |pattern: &str| match Regex::new(pattern) {
            Ok(regex) => Ok(regex),
            Err(error) => fail(format!("the regular expression '{written}' is invalid: {error}")),
        };
        Ok(Self {
            written: written.to_owned(),
            flags,
            anywhere: compile(&inner)?,
            at_start: compile(&format!(r"\A(?:{inner})"))?,
            whole: compile(&format!(r"\A(?:{inner})\z"))?,
        })
    }

    /// Runs a method; the subject (or replacement) is the argument at `first`.
    fn apply(
        &self,
        state: &mut State<'_, '_>,
        method: &str,
        args: &Arguments<'_>,
        first: usize,
    ) -> Result<Value, Error> {
        match method {
            "sub" | "subn" => self.substitute(state, method, args, first),
            "split" => self.split(&args.string(first, "string")?, args.integer(first + 1, "maxsplit", 0)?),
            "findall" | "finditer" => self.find_all(&args.string(first, "string")?, method),
            _ => self.find(&args.string(first, "string")?, method),
        }
    }

    fn find(&self, subject: &str, method: &str) -> Result<Value, Error> {
        let regex = match method {
            "match" => &self.at_start,
            "fullmatch" => &self.whole,
            _ => &self.anywhere,
        };
        match regex.captures(subject) {
            Ok(Some(captures)) => Ok(self.found(subject, &captures)),
            Ok(None) => Ok(Value::from(())),
            Err(error) => fail(error.to_string()),
        }
    }

    fn found(&self, subject: &str, captures: &Captures<'_>) -> Value {
        let groups = (0..captures.len()).map(|index| captures.get(index).map(|group| group.start()..group.end()));
        Value::from_object(Match {
            subject: subject.to_owned(),
            groups: groups.collect(),
            names: self.anywhere.capture_names().map(|name| name.map(str::to_owned)).collect(),
        })
    }

    fn all<'s>(&self, subject: &'s str) -> Result<Vec<Captures<'s>>, Error> {
        let found: Result<Vec<_>, _> = self.anywhere.captures_iter(subject).collect();
        found.or_else(|error| fail(error.to_string()))
    }

    /// `findall`: the text, the only group, or a tuple of the groups.
    fn find_all(&self, subject: &str, method: &str) -> Result<Value, Error> {
        let group =
            |captures: &Captures<'_>, index| Value::from(captures.get(index).map_or("", |group| group.as_str()));
        let item = |captures: &Captures<'_>| match captures.len() {
            _ if method == "finditer" => self.found(subject, captures),
            1 => group(captures, 0),
            2 => group(captures, 1),
            count => tuple((1..count).map(|index| group(captures, index))),
        };
        Ok(List::value(self.all(subject)?.iter().map(item).collect()))
    }

    fn split(&self, subject: &str, most: i64) -> Result<Value, Error> {
        let most = usize::try_from(most).ok().filter(|most| *most > 0).unwrap_or(usize::MAX);
        let (mut parts, mut done) = (vec![], 0);
        for captures in self.all(subject)?.iter().take(most) {
            let Some(whole) = captures.get(0) else { continue };
            parts.push(Value::from(&subject[done..whole.start()]));
            let groups = (1..captures.len()).map(|index| captures.get(index));
            parts
                .extend(groups.map(|group| group.map_or_else(|| Value::from(()), |group| Value::from(group.as_str()))));
            done = whole.end();
        }
        parts.push(Value::from(&subject[done..]));
        Ok(List::value(parts))
    }

    fn substitute(
        &self,
        state: &mut State<'_, '_>,
        method: &str,
        args: &Arguments<'_>,
        first: usize,
    ) -> Result<Value, Error> {
        let (replacement, subject) = (args.require(first, "repl")?, args.string(first + 1, "string")?);
        let most = usize::try_from(args.integer(first + 2, "count", 0)?).ok().filter(|most| *most > 0);
        let (mut written, mut done, mut count) = (String::new(), 0, 0);
        for captures in self.all(&subject)?.iter().take(most.unwrap_or(usize::MAX)) {
            let Some(whole) = captures.get(0) else { continue };
            written.push_str(&subject[done..whole.start()]);
            match replacement.as_str() {
                Some(template) => expand(template, &|name| captured(captures, name), &mut written)?,
                None => written.push_str(&text(&replacement.call(state, &[self.found(&subject, captures)])?)),
            }
            done = whole.end();
            count += 1;
        }
        written.push_str(&subject[done..]);
        Ok(if method == "subn" { tuple([Value::from(written), Value::from(count)]) } else { Value::from(written) })
    }
}

/// The text of a group, by its number or name.
fn captured(captures: &Captures<'_>, name: &str) -> Result<String, Error> {
    let group = match name.parse::<usize>() {
        Ok(index) if index < captures.len() => captures.get(index),
        Ok(index) => return fail(format!("the replacement names group {index}, which is not there")),
        Err(_) => captures.name(name),
    };
    Ok(group.map_or("", |group| group.as_str()).to_owned())
}

/// Writes a replacement: `\1`, `\g<name>` and `\n` mean something in it. `group` gives the text of a group.
fn expand(template: &str, group: &dyn Fn(&str) -> Result<String, Error>, written: &mut String) -> Result<(), Error> {
    let mut rest = template;
    while let Some(at) = rest.find('\\') {
        written.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let digits = escape.len() - escape.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (name, length) = match escape.strip_prefix("g<").and_then(|name| name.find('>').map(|end| &name[..end])) {
            Some(name) => (name, name.len() + 3),
            None => (&escape[..digits.min(2)], digits.min(2)),
        };
        if length > 0 {
            written.push_str(&group(name)?);
            rest = &escape[length..];
            continue;
        }
        let mut chars = escape.chars();
        match chars.next() {
            Some('n') => written.push('\n'),
            Some('t') => written.push('\t'),
            Some('\\') | None => written.push('\\'),
            Some(other) => written.extend(['\\', other]),
        }
        rest = chars.as_str();
    }
    written.push_str(rest);
    Ok(())
}

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "pattern" => Value::from(self.written.as_str()),
            "flags" => Value::from(self.flags),
            "groups" => Value::from(self.anywhere.captures_len() - 1),
            _ => return None,
        })
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match METHODS.contains(&method) {
            true => self.apply(state, method, &Arguments::of(method, args), 0),
            false => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "re.compile({:?})", Value::from(self.written.as_str()))
    }
}

/// Where a pattern was found.
struct Match {
    subject: String,
    /// Byte ranges; the first is the whole.
    groups: Vec<Option<Range<usize>>>,
    names: Vec<Option<String>>,
}

impl Match {
    fn index(&self, key: &Value) -> Option<usize> {
        match key.as_str() {
            Some(name) => self.names.iter().position(|known| known.as_deref() == Some(name)),
            None => key.as_usize().filter(|index| *index < self.groups.len()),
        }
    }

    fn group(&self, index: usize) -> Value {
        match self.groups.get(index) {
            Some(Some(range)) => Value::from(&self.subject[range.clone()]),
            _ => Value::from(()),
        }
    }

    /// One group, or a tuple of several.
    fn group_of(&self, keys: &[Value]) -> Result<Value, Error> {
        let one = |key: &Value| match self.index(key) {
            Some(index) => Ok(self.group(index)),
            None => fail(format!("there is no group {key:?}")),
        };
        match keys {
            [] => Ok(self.group(0)),
            [key] => one(key),
            keys => Ok(tuple(keys.iter().map(one).collect::<Result<Vec<_>, _>>()?)),
        }
    }

    /// In characters; -1 for a group that took no part.
    fn limits(&self, args: &Arguments<'_>) -> Result<(i64, i64), Error> {
        let key = args.get(0, "group").unwrap_or_else(|| Value::from(0));
        let Some(index) = self.index(&key) else { return fail(format!("there is no group {key:?}")) };
        let characters = |at: usize| self.subject[..at].chars().count() as i64;
        let range = self.groups.get(index).cloned().flatten();
        Ok(range.map_or((-1, -1), |range| (characters(range.start), characters(range.end))))
    }

    fn or_default(value: Value, default: &Option<Value>) -> Value {
        if value.is_none() { default.clone().unwrap_or(value) } else { value }
    }
}

impl Object for Match {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let last = || (1..self.groups.len()).rev().find(|index| self.groups[*index].is_some());
        Some(match key.as_str() {
            Some("string") => Value::from(self.subject.as_str()),
            Some("pos") => Value::from(0),
            Some("endpos") => Value::from(self.subject.chars().count()),
            Some("lastindex") => last().map_or(Value::from(()), Value::from),
            Some("lastgroup") => {
                last().and_then(|index| self.names[index].as_deref()).map_or(Value::from(()), Value::from)
            }
            _ => self.group(self.index(key)?),
        })
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let args = Arguments::of(method, args);
        let default = args.get(0, "default");
        match method {
            "group" => self.group_of(args.positional()),
            "groups" => Ok(tuple((1..self.groups.len()).map(|index| Self::or_default(self.group(index), &default)))),
            "groupdict" => Ok(Dict::value(self.names.iter().enumerate().filter_map(|(index, name)| {
                let value = Self::or_default(self.group(index), &default);
                Some((Value::from(name.as_deref()?), value))
            }))),
            "start" => self.limits(&args).map(|(start, _)| Value::from(start)),
            "end" => self.limits(&args).map(|(_, end)| Value::from(end)),
            "expand" => {
                let mut written = String::new();
                let group = |name: &str| match name.parse::<usize>().map_or_else(|_| Value::from(name), Value::from) {
                    key if self.index(&key).is_some() => self.group_of(&[key]).map(|group| match group.is_none() {
                        true => String::new(),
                        false => group.to_string(),
                    }),
                    key => fail(format!("there is no group {key:?}")),
                };
                expand(&args.string(0, "template")?, &group, &mut written)?;
                Ok(Value::from(written))
            }
            "span" => self.limits(&args).map(|(start, end)| tuple([Value::from(start), Value::from(end)])),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = self.limits(&Arguments::of("span", &[])).unwrap_or_default();
        write!(f, "<re.Match object; span=({start}, {end}), match={}>", super::text::repr(&self.group(0)))
    }
}
