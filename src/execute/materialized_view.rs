//! Materialized views that are there already.

use super::stage::Stage;
use crate::adapters::{Relation, Response};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, Level};
use crate::jinja::Value;
use crate::plan::{ConfigurationChange, aside};

/// Refreshes the view, or does what its config says when that has changed.
pub(super) fn update(
    stage: &mut Stage<'_>,
    existing: &Relation,
    target: &Relation,
    on_change: ConfigurationChange,
) -> Result<()> {
    let config = stage.cx.get("config").unwrap_or_default();
    let changes =
        stage.call_macro("get_materialized_view_configuration_changes", &[stage.relation(existing), config])?;
    if changes.is_none() || changes.is_undefined() {
        return refresh(stage, target);
    }
    match on_change {
        ConfigurationChange::Apply => alter(stage, existing, target, changes),
        ConfigurationChange::Continue => {
            let warning = Diagnostic::warning(Code::SCHEMA_CHANGED, changed(target, "continue")).at(&stage.node.span);
            stage.run.sink().emit(Event::Warned(warning));
            let message = format!("skip {target}");
            stage.cx.set_response("main", Response { message, code: "skip".into(), ..Response::default() });
            Ok(())
        }
        ConfigurationChange::Fail => {
            Err(Diagnostic::error(Code::SCHEMA_CHANGED, changed(target, "fail")).at(&stage.node.span))
        }
    }
}

fn changed(target: &Relation, policy: &str) -> String {
    format!("Configuration changes were identified and `on_configuration_change` was set to `{policy}` for `{target}`.")
}

fn refresh(stage: &mut Stage<'_>, target: &Relation) -> Result<()> {
    let sql = stage.call_macro("refresh_materialized_view", &[stage.relation(target)])?.to_string();
    stage.send(&sql, true)
}

fn alter(stage: &mut Stage<'_>, existing: &Relation, target: &Relation, changes: Value) -> Result<()> {
    let dialect = stage.session.dialect();
    let full = changes.get_item(&Value::from("requires_full_refresh")).is_ok_and(|value| value.is_true());
    let text = format!("Applying {} to: {target}", if full { "REPLACE" } else { "ALTER" });
    stage.run.sink().emit(Event::Message { level: Level::Debug, text });
    let backup = target.with_identifier(format!("{}__dbt_backup", target.name()));
    let args = [
        stage.relation(target),
        changes,
        stage.sql(),
        stage.relation(existing),
        stage.relation(&backup),
        stage.relation(&aside(target, dialect)),
    ];
    let sql = stage.call_macro("get_alter_materialized_view_as_sql", &args)?.to_string();
    stage.send(&sql, true)
}
