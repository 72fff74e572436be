//! Grants, descriptions and indexes, which every relation gets when it is built.

use super::{Arg, Call, Situation, Step};
use crate::adapters::Relation;
use serde_json::Value as Json;

/// Grants what the config says and writes the descriptions; nothing where it asks for neither. `replaced`: the relation
/// was built anew, so that whether it has any grants depends on the engine.
pub(super) fn grants_and_docs(situation: &Situation<'_>, target: &Relation, replaced: bool) -> Vec<Step> {
    let config = &situation.node.config;
    let mut steps = vec![];
    if is_wanted(situation, "apply_grants", config.get("grants")) {
        let revoke = Call::new("should_revoke", [situation.existing.cloned().into(), replaced.into()]);
        let grants = [target.clone().into(), config.get("grants").into(), Arg::returned(revoke)];
        steps.push(Step::Invoke(Call::new("apply_grants", grants)));
    }
    if is_wanted(situation, "persist_docs", config.get("persist_docs")) {
        steps.push(Step::Invoke(Call::new("persist_docs", [target.clone().into(), Arg::Model])));
    }
    steps
}

/// Creates the indexes of the config.
pub(super) fn indexes(situation: &Situation<'_>, relation: &Relation) -> Option<Step> {
    let wanted = is_wanted(situation, "create_indexes", situation.node.config.get("indexes"));
    wanted.then(|| Step::Invoke(Call::new("create_indexes", [relation.clone().into()])))
}

/// Whether a macro has something to do: the config asks for it, or the project has its own version.
fn is_wanted(situation: &Situation<'_>, macro_name: &str, config: Option<&Json>) -> bool {
    let says_something = match config {
        None | Some(Json::Null) => false,
        Some(Json::Object(items)) => !items.is_empty(),
        Some(Json::Array(items)) => !items.is_empty(),
        Some(_) => true,
    };
    says_something || (situation.is_overridden)(macro_name)
}
