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
    if RESERVED.contains(&name) { Err(invalid(situation, name)) } else { Err(unknown(situation, name, &macro_name)) }
}

/// The words are those that projects' own checks look for in results.
fn unknown(situation: &Situation<'_>, name: &str, macro_name: &str) -> Box<Diagnostic> {
    let package = &situation.node.package_name;
    let message =
        format!("dbt could not find an incremental strategy macro with the name \"{macro_name}\" in {package}");
    let mut hint = valid_strategies(situation, name);
    hint += &format!(" For one of your own, write a macro {macro_name}(arg_dict).");
    Diagnostic::error(Code::STRATEGY_INVALID, message).at(&situation.node.span).hint(hint)
}

fn invalid(situation: &Situation<'_>, name: &str) -> Box<Diagnostic> {
    let Situation { node, dialect, .. } = situation;
    let message = format!(
        "The incremental strategy '{name}' of '{}' is not valid for this adapter, {}.",
        node.name, dialect.name
    );
    Diagnostic::error(Code::STRATEGY_INVALID, message).at(&node.span).hint(valid_strategies(situation, name))
}

fn valid_strategies(situation: &Situation<'_>, name: &str) -> String {
    let valid = situation.dialect.incremental_strategies;
    let list = format!("Valid strategies are: {}.", valid.join(", "));
    match nearest(name, valid.iter().copied()).first() {
        Some(near) => format!("Did you mean '{near}'? {list}"),
        None => list,
    }
}
