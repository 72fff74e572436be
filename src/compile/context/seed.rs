//! `load_agate_table()`: the rows of a seed's file, for templates that load seeds themselves.

use super::native::Body;
use crate::compile::rendering::Rendering;
use crate::compile::seed_file::SeedFile;
use crate::compile::values::Table;
use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::{Error, State, Value, raise};
use crate::resolve::NodeKind;
use std::sync::Arc;

/// The functions by name.
pub const FUNCTIONS: &[(&str, Body)] = &[("load_agate_table", load), ("load_dataframe", load)];

fn load(rendering: &Arc<Rendering>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
    let node = rendering.node.as_ref();
    let Some((node, NodeKind::Seed { disk_path })) = node.map(|node| (node, &node.kind)) else {
        return Err(raise(Diagnostic::error(Code::SEED_INVALID, "load_agate_table() is for seeds alone.")));
    };
    let file = rendering.compiler.world().read_late(disk_path, node.source.path());
    let rows = SeedFile::read(node, disk_path, &file).map_err(raise)?.into_rows(rendering.dialect());
    Ok(Table::new(rows, rendering.compiler.outlet()).into_value())
}
