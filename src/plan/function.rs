//! User-defined functions.

use super::grants::grants_and_docs;
use super::{Call, Situation, Step};
use crate::adapters::RelationKind;
use crate::diagnostics::Result;

/// Created or replaced by the macro of its type and language.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let config = &situation.node.config;
    let target = situation.target()?.with_kind(RelationKind::Function);
    let kind = config.str("type").unwrap_or("scalar");
    let call = Call::new(format!("{kind}_function_sql"), [target.clone().into()]);
    let mut work = vec![Step::Execute { call, main: true, creates: Some(target.clone()) }];
    work.extend(grants_and_docs(situation.node, &target, situation.existing, true));
    Ok(situation.hooks.around(config, work))
}
