//! `materialized: external`: a file, and a view of the same name.

use super::grants::grants_and_docs;
use super::view::replace;
use super::{Arg, Call, Situation, Step};
use crate::adapters::{ExportFile, ExportFormat, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::Node;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// The query's rows go to the file that `location` names. The view shows the same query on every engine, so that other
/// models can refer to it.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let target = situation.target()?.with_kind(RelationKind::View);
    let mut work = replace(situation, &target, |relation| {
        let call = Call::new("get_create_view_as_sql", [relation.clone().into(), Arg::Sql]);
        vec![Step::Execute { call, main: false, creates: Some(relation.clone()) }]
    });
    work.extend(grants_and_docs(situation.node, &target, situation.existing, true));
    work.push(Step::Export(export_file(situation.node)?));
    Ok(situation.hooks.around(&situation.node.config, work))
}

/// The file that the node's config describes, its path as written. Without `location`: the node's name and its format's
/// ending, in the project's folder. Without `format`: by the location's ending, else Parquet.
fn export_file(node: &Node) -> Result<ExportFile> {
    let option = |name: &str| node.config.get(name).or_else(|| node.config.get("options")?.get(name));
    let location = node.config.str("location").map(PathBuf::from);
    let ending = location.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str()).map(str::to_owned);
    let name = option("format").and_then(Json::as_str).or(ending.as_deref()).unwrap_or("parquet");
    let Some(format) = ExportFormat::parse(name) else {
        let message = format!("'{}' is to be written as '{name}', which is no format.", node.name);
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message)
            .at(&node.span)
            .hint("Formats are csv, json and parquet; they are read off the location's ending or given by `format`."));
    };
    let path = location.unwrap_or_else(|| PathBuf::from(format!("{}.{name}", node.alias)));
    let delimiter = option("delimiter").and_then(Json::as_str).and_then(|text| text.chars().next()).unwrap_or(',');
    let header = option("header").and_then(Json::as_bool).unwrap_or(true);
    Ok(ExportFile { path, format, delimiter, header })
}
