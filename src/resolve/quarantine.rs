//! `quarantine`: rules that rows must not break, and where those go that do.

use super::Config;
use serde_json::{Map, Value as Json};

/// A model's `quarantine` config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// The name of the relation that the bad rows go to, unless it is the model's with `_quarantine`.
    pub relation: Option<String>,
    /// Whether the row stays that an incremental model has of a key, when what comes under that key is bad.
    pub keep_last_good: bool,
    /// What makes a row bad; the first rule that does gives the reason.
    pub rules: Vec<QuarantineRule>,
}

/// A rule and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRule {
    /// Why a row is bad that breaks it.
    pub reason: String,
    /// What makes a row bad.
    pub condition: QuarantineCondition,
}

/// What makes a row bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuarantineCondition {
    /// That this SQL is true of it.
    When(String),
    /// That `column` has a value, and no row of another relation has it in `field`.
    Unmatched {
        /// A column of the model.
        column: String,
        /// An expression such as `ref('customers')`.
        to: String,
        /// A column of the other relation.
        field: String,
    },
}

impl Quarantine {
    /// Reads the config; an error says what is wrong with it.
    pub fn of(config: &Config) -> Result<Option<Self>, String> {
        let Some(given) = config.get("quarantine").filter(|given| !given.is_null()) else { return Ok(None) };
        let given = given.as_object().ok_or("it is not a mapping")?;
        expect_keys(given, &["relation", "keep_last_good", "rules"])?;
        let relation = match given.get("relation") {
            None | Some(Json::Null) => None,
            Some(Json::String(name)) => Some(name.clone()),
            Some(_) => return Err("its `relation` is not a name".into()),
        };
        let keep_last_good = match given.get("keep_last_good") {
            None | Some(Json::Null) => false,
            Some(given) => given.as_bool().ok_or("its `keep_last_good` is neither true nor false")?,
        };
        let rules = given.get("rules").and_then(Json::as_array).filter(|rules| !rules.is_empty());
        let rules = rules.ok_or("it has no list of `rules`")?.iter().map(rule).collect::<Result<_, _>>()?;
        Ok(Some(Self { relation, keep_last_good, rules }))
    }

    /// The texts that may refer to other nodes, as templates.
    pub fn templates(&self) -> impl Iterator<Item = String> + '_ {
        self.rules.iter().map(|rule| match &rule.condition {
            QuarantineCondition::When(sql) => sql.clone(),
            QuarantineCondition::Unmatched { to, .. } => expression(to),
        })
    }
}

/// An expression as the template that gives its value.
pub fn expression(text: &str) -> String {
    format!("{{{{ {text} }}}}")
}

fn rule(given: &Json) -> Result<QuarantineRule, String> {
    let given = given.as_object().ok_or("a rule is not a mapping")?;
    expect_keys(given, &["reason", "when", "column", "to", "field"])?;
    let text = |key: &str| given.get(key).and_then(Json::as_str).map(str::to_owned);
    let reason = text("reason").ok_or("a rule has no `reason`")?;
    let condition = match (text("when"), text("column"), text("to"), text("field")) {
        (Some(sql), None, None, None) => QuarantineCondition::When(sql),
        (None, Some(column), Some(to), field) => {
            QuarantineCondition::Unmatched { field: field.unwrap_or_else(|| column.clone()), column, to }
        }
        _ => return Err(format!("the rule '{reason}' has neither `when` nor `column`, `to` and `field`")),
    };
    Ok(QuarantineRule { reason, condition })
}

fn expect_keys(given: &Map<String, Json>, known: &[&str]) -> Result<(), String> {
    match given.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("it has no key '{key}', only {}", known.join(", "))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(given: Json) -> Result<Option<Quarantine>, String> {
        Quarantine::of(&Config::from_iter([("quarantine", given)]))
    }

    #[test]
    fn rules_are_predicates_or_relationships() {
        let quarantine = read(json!({"rules": [
            {"reason": "no_key", "when": "id is null"},
            {"reason": "orphan", "column": "customer_id", "to": "ref('customers')"},
        ]}));
        let quarantine = quarantine.unwrap().unwrap();
        assert_eq!(quarantine.templates().collect::<Vec<_>>(), ["id is null", "{{ ref('customers') }}"]);
        let QuarantineCondition::Unmatched { field, .. } = &quarantine.rules[1].condition else { panic!() };
        assert_eq!(field, "customer_id");
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(read(Json::Null), Ok(None));
        for (given, wrong) in [
            (json!("x"), "it is not a mapping"),
            (json!({"rules": []}), "it has no list of `rules`"),
            (json!({"rule": []}), "it has no key 'rule', only relation, keep_last_good, rules"),
            (json!({"keep_last_good": "yes", "rules": []}), "its `keep_last_good` is neither true nor false"),
            (json!({"rules": [{"when": "x"}]}), "a rule has no `reason`"),
            (
                json!({"rules": [{"reason": "r", "when": "x", "column": "y"}]}),
                "the rule 'r' has neither `when` nor `column`, `to` and `field`",
            ),
        ] {
            assert_eq!(read(given).unwrap_err(), wrong);
        }
    }
}
