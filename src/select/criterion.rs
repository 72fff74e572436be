//! One criterion, such as `@tag:nightly` or `2+orders+`.

use super::method::Method;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::IndirectSelection;

/// What to look for, and which relatives of what is found to take along.
#[derive(Debug, Clone)]
pub struct Criterion {
    /// As written.
    pub raw: String,
    /// How to look.
    pub method: Method,
    /// What to look for.
    pub value: String,
    /// `@`: the children with all their parents.
    pub childrens_parents: bool,
    /// `+x`: the parents.
    pub parents: Reach,
    /// `x+`: the children.
    pub children: Reach,
    /// Which tests come along.
    pub indirect_selection: IndirectSelection,
}

/// How far relatives are taken along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Not at all.
    #[default]
    None,
    /// At most so many steps.
    Steps(usize),
    /// All.
    All,
}

impl Reach {
    /// The depth for a walk of the graph; `None` inside: without a limit.
    pub fn depth(self) -> Option<Option<usize>> {
        match self {
            Reach::None => None,
            Reach::Steps(steps) => Some(Some(steps)),
            Reach::All => Some(None),
        }
    }
}

impl Criterion {
    /// Reads `[@][n+][method:]value[+n]`.
    pub fn parse(raw: &str, indirect_selection: IndirectSelection) -> Result<Self> {
        let (childrens_parents, rest) = match raw.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, raw),
        };
        let (parents, rest) = leading_reach(rest);
        let (children, rest) = trailing_reach(rest);
        let (name, value) = split_method(rest);
        let criterion = Self {
            raw: raw.to_owned(),
            method: Method::parse(name, value).map_err(|error| error.note(format!("in the selection '{raw}'")))?,
            value: value.to_owned(),
            childrens_parents,
            parents,
            children,
            indirect_selection,
        };
        criterion.check()
    }

    /// Itself, unless its parts do not go together.
    pub fn check(self) -> Result<Self> {
        let wrong =
            |reason: &str| Diagnostic::error(Code::SELECTOR_SYNTAX, format!("The selection '{}' {reason}.", self.raw));
        if self.childrens_parents && self.children != Reach::None {
            return Err(wrong("has both '@' and a trailing '+'")
                .hint("'@' takes the children along already; leave one of the two out."));
        }
        if self.value.is_empty() {
            return Err(wrong("names nothing").hint("Write a name, a path, or method:value, such as tag:nightly."));
        }
        Ok(self)
    }
}

/// `2+rest`, `+rest`.
fn leading_reach(text: &str) -> (Reach, &str) {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text[digits..].strip_prefix('+') {
        Some(rest) => (reach(&text[..digits]), rest),
        None => (Reach::None, text),
    }
}

/// `rest+2`, `rest+`.
fn trailing_reach(text: &str) -> (Reach, &str) {
    let kept = text.trim_end_matches(|c: char| c.is_ascii_digit());
    match kept.strip_suffix('+') {
        Some(rest) => (reach(&text[kept.len()..]), rest),
        None => (Reach::None, text),
    }
}

fn reach(digits: &str) -> Reach {
    match digits.parse() {
        Ok(steps) => Reach::Steps(steps),
        // No digits, or more steps than any graph has.
        Err(_) => Reach::All,
    }
}

/// `config.meta.owner:x` → (`config.meta.owner`, `x`); a text without a method has none.
fn split_method(text: &str) -> (Option<&str>, &str) {
    let is_method = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
    match text.split_once(':') {
        Some((name, value)) if is_method(name) => (Some(name), value),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Criterion {
        Criterion::parse(raw, IndirectSelection::Eager).unwrap()
    }

    #[test]
    fn operators_stand_around_method_and_value() {
        let criterion = parse("12+config.meta.owner:a:b+3");
        assert_eq!((criterion.parents, criterion.children), (Reach::Steps(12), Reach::Steps(3)));
        assert_eq!(criterion.method, Method::Config(vec!["meta".into(), "owner".into()]));
        assert_eq!(criterion.value, "a:b");
        let criterion = parse("@source:raw");
        assert!(criterion.childrens_parents && criterion.method == Method::Source);
        let criterion = parse("+1st_orders+");
        assert_eq!(
            (criterion.parents, criterion.children, criterion.value.as_str()),
            (Reach::All, Reach::All, "1st_orders")
        );
        let criterion = parse("2024_orders");
        assert_eq!((criterion.parents, criterion.value.as_str()), (Reach::None, "2024_orders"));
    }

    #[test]
    fn a_value_without_method_is_a_name_a_path_or_a_file() {
        assert_eq!(parse("orders").method, Method::Fqn);
        assert_eq!(parse("models/orders.sql").method, Method::Path);
        assert_eq!(parse("orders.SQL").method, Method::File);
    }

    #[test]
    fn nonsense_is_refused_with_a_hint() {
        for raw in ["@orders+", "+", "", "tag:"] {
            let error = Criterion::parse(raw, IndirectSelection::Eager).unwrap_err();
            assert_eq!(error.code, Code::SELECTOR_SYNTAX, "{raw}");
            assert!(error.hint.is_some());
        }
        let error = Criterion::parse("tags:x", IndirectSelection::Eager).unwrap_err();
        assert!(error.hint.unwrap().contains("'tag'"));
    }
}
