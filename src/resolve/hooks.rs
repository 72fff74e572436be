//! `on-run-start` and `on-run-end` hooks as nodes.

use super::template_node::{Draft, Drafter, Identity, template_of, text_checksum};
use super::{NodeKind, Operation, ResourceType};
use crate::diagnostics::Result;
use crate::jinja::extract;
use crate::load::Package;
use crate::parse::Settings;
use crate::yaml::Yaml;
use std::sync::Arc;

/// The hooks of a package: those that run at the start, then those at the end.
pub fn drafts(drafter: &Drafter<'_>, package: &Arc<Package>) -> Vec<Result<Draft>> {
    let start = package.settings.on_run_start.iter().enumerate().map(|hook| (hook, false));
    let end = package.settings.on_run_end.iter().enumerate().map(|hook| (hook, true));
    start.chain(end).map(|((index, hook), at_end)| draft(drafter, package, hook, index, at_end)).collect()
}

fn draft(drafter: &Drafter<'_>, package: &Arc<Package>, hook: &Yaml, index: usize, at_end: bool) -> Result<Draft> {
    let moment = if at_end { "on-run-end" } else { "on-run-start" };
    let sql = hook.as_str().ok_or_else(|| hook.mismatch(&format!("A hook of '{moment}'"), "SQL as text"))?;
    let template = template_of(sql, &hook.span);
    let name = format!("{}-{moment}-{index}", package.name);
    let identity = Arc::new(Identity {
        kind: ResourceType::Operation,
        package: package.name.clone(),
        unique_id: format!("operation.{}.{name}", package.name),
        fqn: vec![package.name.clone(), "hooks".into(), name.clone()],
        path: format!("hooks/{name}.sql"),
        original_file_path: "./dbt_project.yml".into(),
        version: None,
        name,
    });
    let mut calls = drafter.declared(&identity, &template, &extract(&template)?)?.calls;
    let none = Settings::default();
    let config = drafter.site.config(identity.kind, &package.name, &identity.fqn, &none, &none);
    let place = drafter.place(&identity, &config.merged.config)?;
    let mut node = drafter.node(&identity, config, place);
    node.tags.retain(|tag| tag != moment);
    node.tags.insert(0, moment.into());
    node.depends_on_macros = std::mem::take(&mut calls.macros);
    node.own_code = Some(sql.to_owned());
    node.checksum = text_checksum(package.file.text().trim());
    node.source = template.file.clone();
    node.span = template;
    node.kind = NodeKind::Operation { index, at_end };
    Ok(Draft { node: Box::new(node), calls })
}

/// The hooks among the nodes, those of the start first; a package's own run in the order written, the root project's last
/// at the start and last at the end.
pub fn operations<'n>(nodes: impl Iterator<Item = &'n Arc<super::Node>>) -> Vec<Operation> {
    let operations = nodes.filter_map(|node| match node.kind {
        NodeKind::Operation { at_end, .. } => Some(Operation { unique_id: node.unique_id.clone(), at_end }),
        _ => None,
    });
    let mut operations: Vec<Operation> = operations.collect();
    operations.sort_by_key(|operation| operation.at_end);
    operations
}
