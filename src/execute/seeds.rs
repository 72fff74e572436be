//! A seed's file into its table.

use super::attempt::full_refresh;
use super::stage::Stage;
use crate::adapters::{Relation, Response, SeedTable};
use crate::compile::{explain_refusal, seed_table};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use crate::event::Preview;
use crate::resolve::NodeKind;
use serde_json::Value as Json;
use std::path::Path;
use std::sync::Arc;

/// Creates the table.
pub(super) fn create(stage: &mut Stage<'_>, target: &Relation, temporary: bool) -> Result<()> {
    let seed = read(stage)?;
    let dialect = stage.session.dialect();
    let columns = seed.columns.iter().map(|column| format!("{} {}", dialect.quote(&column.name), column.data_type));
    let create = match temporary {
        true if dialect.replaces_relations => "create or replace temporary table",
        true => "create temporary table",
        false => "create table",
    };
    let sql = format!("{create} {target} ({})", columns.collect::<Vec<_>>().join(", "));
    stage.send(&sql, false)?;
    if temporary { Ok(()) } else { stage.created(target) }
}

/// The file must have the table's columns.
pub(super) fn check(stage: &mut Stage<'_>, target: &Relation) -> Result<()> {
    let seed = read(stage)?;
    let there = stage.run.compiler.columns(&stage.cx, target)?;
    let known = |name: &str| there.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let new: Vec<_> = seed.columns.iter().map(|column| column.name.as_str()).filter(|name| !known(name)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let message = format!("The seed '{}' has columns that {target} lacks: {}.", stage.node.name, new.join(", "));
    Err(Diagnostic::error(Code::SEED_INVALID, message)
        .at(&file(stage)?.1.line_span(1))
        .hint("Build the table anew: add --full-refresh."))
}

/// How many rows of a seed are shown at most.
const SHOWN: usize = 10;

/// The first rows, as `--show` shows them.
pub(super) fn preview(seed: &SeedTable) -> Preview {
    let rows = seed.first_rows(SHOWN).into_iter();
    Preview {
        columns: seed.columns.iter().map(|column| column.name.clone()).collect(),
        rows: rows.map(|row| row.into_iter().map(Json::from).collect()).collect(),
    }
}

/// Fills the table.
pub(super) fn load(stage: &mut Stage<'_>, target: &Relation) -> Result<()> {
    let seed = read(stage)?;
    let rows = match stage.session.load_seed(target, &seed) {
        Ok(rows) => rows as i64,
        Err(error) => return Err(explain_refusal(error, &file(stage)?.1, &seed)),
    };
    let code = if full_refresh(stage.run, &stage.cx, stage.node)? { "CREATE" } else { "INSERT" };
    let response = Response {
        message: format!("{code} {rows}"),
        code: code.into(),
        rows_affected: Some(rows),
        ..Response::default()
    };
    stage.cx.set_response("main", response);
    Ok(())
}

fn read(stage: &mut Stage<'_>) -> Result<Arc<SeedTable>> {
    if let Some(seed) = &stage.seed {
        return Ok(seed.clone());
    }
    let dialect = stage.session.dialect();
    let (path, file) = file(stage)?;
    let seed = Arc::new(seed_table(stage.node, path, &file, dialect)?);
    stage.seed = Some(seed.clone());
    Ok(seed)
}

/// The seed's file: where it lies, and what errors point into.
fn file<'a>(stage: &Stage<'a>) -> Result<(&'a Path, Arc<SourceFile>)> {
    let NodeKind::Seed { disk_path } = &stage.node.kind else {
        return Err(Diagnostic::error(Code::INTERNAL, format!("{} is not a seed.", stage.node.unique_id)));
    };
    Ok((disk_path, stage.run.world().read_late(disk_path, stage.node.source.path())))
}
