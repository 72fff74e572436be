//! `materialized: external`: a file, and a view of the same name.

use super::export::{self, Export};
use super::grants::grants_and_docs;
use super::view::replace;
use super::{Arg, Call, Situation, Step};
use crate::adapters::RelationKind;
use crate::diagnostics::{Code, Diagnostic, Result};

/// The query's rows go to the file that `location` names. The view shows the same query on every engine, so that other
/// models can refer to it.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    let target = situation.target()?.with_kind(RelationKind::View);
    let mut work = replace(situation, &target, |relation| {
        let call = Call::new("get_create_view_as_sql", [relation.clone().into(), Arg::Sql]);
        vec![Step::Execute { call, main: false, creates: Some(relation.clone()) }]
    });
    work.extend(grants_and_docs(situation, &target, true));
    let option = |name: &str| export::option(node, name);
    let file = export::file(situation, node.config.str("location"), &option);
    let export =
        file.and_then(|file| Ok(Export { relation: None, order_by: export::order_by(option("order_by"))?, file }));
    work.push(Step::Export(export.map_err(|wrong| {
        let message = format!("The file of '{}' cannot be written: {wrong}.", node.name);
        Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span)
    })?));
    Ok(situation.hooks.around(&node.config, work))
}
