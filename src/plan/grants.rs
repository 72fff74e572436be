//! Grants and descriptions, which every relation gets when it is built.

use super::{Arg, Call, Step};
use crate::adapters::Relation;
use crate::resolve::Node;

/// Grants what the config says and writes the descriptions. `replaced`: the relation was built anew, so that whether
/// it has any grants depends on the engine.
pub(super) fn grants_and_docs(
    node: &Node,
    target: &Relation,
    existing: Option<&Relation>,
    replaced: bool,
) -> [Step; 2] {
    let revoke = Call::new("should_revoke", [existing.cloned().into(), replaced.into()]);
    let grants = [target.clone().into(), node.config.get("grants").into(), Arg::returned(revoke)];
    [
        Step::Invoke(Call::new("apply_grants", grants)),
        Step::Invoke(Call::new("persist_docs", [target.clone().into(), Arg::Model])),
    ]
}

/// Creates the indexes of the config.
pub(super) fn indexes(relation: &Relation) -> Step {
    Step::Invoke(Call::new("create_indexes", [relation.clone().into()]))
}
