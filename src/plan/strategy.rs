//! Incremental strategies.

use super::Situation;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use serde_json::Value as Json;

/// The names that are built in on some engine; a project cannot give one of them a meaning where the engine lacks it.
const RESERVED: &[&str] = &["append", "delete+insert", "merge", "insert_overwrite", "microbatch", "accumulating"];

/// The macro that gives the SQL of the node's incremental strategy.
pub(super) fn strategy_macro(situation: &Situation<'_>) -> Result<String> {
    let config = &situation.node.config;
    let name = match config.get("incremental_strategy") {
        None => "default",
        Some(Json::String(name)) => name,
        Some(other) => return Err(invalid(situation, &other.to_string())),
    };
    let macro_name = format!("get_incremental_{}_sql", name.replace('+', "_"));
    let built_in = name == "default" || situation.dialect.incremental_strategies.contains(&name);
    if built_in || (!RESERVED.contains(&name) && (situation.has_macro)(&macro_name)) {
        return Ok(macro_name);
    }
    Err(invalid(situation, name))
}

fn invalid(situation: &Situation<'_>, name: &str) -> Box<Diagnostic> {
    let Situation { node, dialect, .. } = situation;
    let valid = dialect.incremental_strategies;
    let message = format!(
        "The incremental strategy '{name}' of '{}' is not valid for this adapter, {}.",
        node.name, dialect.name
    );
    let mut hint = format!("Valid strategies are: {}.", valid.join(", "));
    if let Some(near) = nearest(name, valid.iter().copied()).first() {
        hint = format!("Did you mean '{near}'? {hint}");
    }
    if !RESERVED.contains(&name) {
        hint +=
            &format!(" For one of your own, write a macro get_incremental_{}_sql(arg_dict).", name.replace('+', "_"));
    }
    Diagnostic::error(Code::STRATEGY_INVALID, message).at(&node.span).hint(hint)
}
