//! Foreign keys of other tables that refer to the one that a node builds.

use super::run::Run;
use super::stage::Stage;
use crate::adapters::Relation;
use crate::compile::NodeContext;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, Level};
use crate::jinja::Value;
use crate::resolve::{ConstraintKind, Node, NodeKind};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A foreign key, as the database has it.
#[derive(Debug, Clone)]
pub(super) struct ForeignKey {
    child: Relation,
    name: String,
    definition: String,
    deferrable: bool,
    /// Whether the child is partitioned: such a one holds a key for all of its rows or for none.
    partitioned: bool,
}

/// Whether there can be any foreign keys, by output: asked once a run, so that most projects pay for it once.
#[derive(Default)]
pub(super) struct ForeignKeys {
    exist: Mutex<HashMap<String, bool>>,
}

impl ForeignKeys {
    fn exist(&self, run: &Run, cx: &NodeContext) -> Result<bool> {
        let output = cx.session().output().name();
        let known = || self.exist.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exist) = known().get(output) {
            return Ok(*exist);
        }
        let exist = run.compiler.graph().nodes.values().any(|node| declares_any(node))
            || run.compiler.call(cx, "has_foreign_keys", &[], &[])?.is_true();
        Ok(*known().entry(output.to_owned()).or_insert(exist))
    }
}

fn declares_any(node: &Node) -> bool {
    let NodeKind::Model(info) = &node.kind else { return false };
    let of_columns = node.columns.values().flat_map(|column| &column.constraints);
    node.config.contract_enforced()
        && of_columns.chain(&info.constraints).any(|constraint| constraint.kind == ConstraintKind::ForeignKey)
}

/// The foreign keys that refer to a table: those of other tables, and `itself`: its own too.
fn referring(stage: &Stage<'_>, relation: &Relation, itself: bool) -> Result<Vec<ForeignKey>> {
    if !stage.run.foreign_keys.exist(stage.run, &stage.cx)? {
        return Ok(vec![]);
    }
    let table = stage.call_macro("get_referring_keys", &[stage.relation(relation), itself.into()])?;
    let rows = table.get_attr("rows").and_then(|rows| rows.try_iter());
    let cell = |row: &Value, key: &str| row.get_item(&Value::from(key)).unwrap_or_default();
    let text = |row: &Value, key: &str| cell(row, key).to_string();
    let read = |row: Value| ForeignKey {
        child: Relation {
            schema: Some(text(&row, "child_schema")),
            ..relation.with_identifier(text(&row, "child_name"))
        },
        name: text(&row, "name"),
        definition: text(&row, "definition"),
        deferrable: cell(&row, "deferrable").is_true(),
        partitioned: cell(&row, "partitioned").is_true(),
    };
    Ok(rows.into_iter().flatten().map(read).collect())
}

fn sql(stage: &Stage<'_>, name: &str, key: &ForeignKey, more: &[Value]) -> Result<String> {
    let args: Vec<_> =
        [stage.relation(&key.child), Value::from(&key.name)].into_iter().chain(more.iter().cloned()).collect();
    stage.run.compiler.call_sql(&stage.cx, name, &args, &[])
}

/// Takes off the foreign keys that refer to a table, and keeps them.
pub(super) fn release(stage: &mut Stage<'_>, relation: &Relation) -> Result<()> {
    for key in referring(stage, relation, false)? {
        stage.session.execute(&sql(stage, "get_drop_constraint_sql", &key, &[])?)?;
        stage.released.push(key);
    }
    Ok(())
}

/// Puts foreign keys back that were released. The rows of a child that is built later in the run are checked then;
/// those of any other child are checked now. Where they do not meet the key, it holds for new rows alone, and a warning
/// says so: the child's next build checks it again.
pub(super) fn restore(stage: &mut Stage<'_>, target: &Relation) -> Result<()> {
    let aside = crate::plan::aside(target, stage.session.dialect());
    for mut key in std::mem::take(&mut stage.released) {
        if key.child.name() == aside.name() && key.child.schema_name() == target.schema_name() {
            key.child = target.clone();
        }
        let later = is_checked_later(stage, &key.child);
        let definition = Value::from(&key.definition);
        let whole = sql(stage, "get_add_constraint_sql", &key, &[definition.clone(), key.partitioned.into()])?;
        if let Err(diagnostic) = attempt(stage, &whole)? {
            tell(stage, &key, "is gone", later, &diagnostic);
        } else if !key.partitioned && !later {
            let validate = sql(stage, "get_validate_constraint_sql", &key, &[])?;
            if let Err(diagnostic) = attempt(stage, &validate)? {
                tell(stage, &key, "holds for new rows only", later, &diagnostic);
            }
        }
    }
    Ok(())
}

/// Tries a statement; when the data or the tables do not allow it, all is as before.
fn attempt(stage: &Stage<'_>, sql: &str) -> Result<Result<()>> {
    stage.session.execute("savepoint foreign_key")?;
    match stage.session.execute(sql) {
        Ok(_) => stage.session.execute("release savepoint foreign_key").map(|_| Ok(())),
        Err(diagnostic) if [Code::SQL_FAILED, Code::CONSTRAINT_VIOLATED].contains(&diagnostic.code) => {
            stage.session.execute("rollback to savepoint foreign_key")?;
            Ok(Err(diagnostic))
        }
        Err(diagnostic) => Err(diagnostic),
    }
}

/// Whether the run is yet to build the child, and that checks its foreign keys.
fn is_checked_later(stage: &Stage<'_>, child: &Relation) -> bool {
    let dialect = stage.session.dialect();
    let builds = |node: &Arc<Node>| {
        let own = stage.run.compiler.materialization(node).is_some();
        let place = node.relation.as_ref().map(|relation| relation.key(dialect));
        let (schema, name) = (child.schema_name(), child.name());
        !own && matches!(node.config.materialized(), "table" | "incremental")
            && place.is_some_and(|(_, at, called)| at == schema && called == name)
            && node.unique_id != stage.node.unique_id
    };
    stage.run.is_yet_to_build(&stage.node.unique_id, builds)
}

/// Says what became of a key, as loudly as it matters.
fn tell(stage: &Stage<'_>, key: &ForeignKey, fate: &str, later: bool, because: &Diagnostic) {
    let message =
        format!("The foreign key {} of {} to {} {fate}: {}", key.name, key.child, stage.node.name, because.message);
    let detail = because.notes.first().map(|note| note.lines().next().unwrap_or_default().to_owned());
    if later {
        let text = message;
        stage.run.sink().emit(Event::Message { level: Level::Debug, text });
        return;
    }
    let mut warning = Diagnostic::warning(Code::FOREIGN_KEY_LOOSE, message)
        .at(&stage.node.span)
        .hint(format!("Build {} too, in the same run: then its rows are checked again.", key.child.name()));
    if let Some(detail) = detail {
        warning = warning.note(detail);
    }
    stage.run.sink().emit(Event::Warned(warning));
}

/// Lets the foreign keys that refer to a table wait until its rows are written.
pub(super) fn defer(stage: &mut Stage<'_>, relation: &Relation) -> Result<()> {
    let keys = referring(stage, relation, true)?;
    if keys.is_empty() {
        return Ok(());
    }
    for key in keys.iter().filter(|key| !key.deferrable) {
        stage.session.execute(&sql(stage, "get_make_deferrable_sql", key, &[])?)?;
    }
    let defer = stage.run.compiler.call_sql(&stage.cx, "get_defer_constraints_sql", &[], &[])?;
    stage.session.execute(&defer)?;
    (stage.defers, stage.has_deferred) = (true, true);
    Ok(())
}

/// Checks the foreign keys that wait.
pub(super) fn check(stage: &mut Stage<'_>) -> Result<()> {
    if !std::mem::take(&mut stage.defers) {
        return Ok(());
    }
    let check = stage.run.compiler.call_sql(&stage.cx, "get_check_constraints_sql", &[], &[])?;
    stage.session.execute(&check).map(drop)
}
