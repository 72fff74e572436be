//! `materialized: materialized_view`.

use super::grants::grants_and_docs;
use super::view::replace;
use super::{Arg, Call, Situation, Step};
use crate::adapters::{Relation, RelationKind};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::Config;

/// `on_configuration_change`: what is done when the config of a materialized view has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigurationChange {
    /// The view is changed, or rebuilt where that does not do.
    Apply,
    /// Nothing is done, with a warning.
    Continue,
    /// It is an error.
    Fail,
}

impl ConfigurationChange {
    fn of(config: &Config) -> Option<Self> {
        match config.str("on_configuration_change") {
            None | Some("apply") => Some(Self::Apply),
            Some("continue" | "skip") => Some(Self::Continue),
            Some("fail") => Some(Self::Fail),
            Some(_) => None,
        }
    }

    /// As written in a config.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Continue => "continue",
            Self::Fail => "fail",
        }
    }
}

/// Created when it is missing, rebuilt on a full refresh or when something else is there, else changed or refreshed.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    if !situation.dialect.materialized_views {
        let message =
            format!("'{}' is a materialized view, which {} does not have.", node.name, situation.dialect.name);
        return Err(Diagnostic::error(Code::UNSUPPORTED, message).at(&node.span).hint("Materialize it as a table."));
    }
    let Some(on_change) = ConfigurationChange::of(&node.config) else {
        let message = format!("The on_configuration_change of '{}' is not one that exists.", node.name);
        let hint = "Valid values are: apply, continue, fail.";
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span).hint(hint));
    };
    let target = situation.target()?.with_kind(RelationKind::MaterializedView);
    let mut work = match situation.existing {
        Some(existing) if existing.kind == target.kind && !situation.full_refresh => {
            vec![Step::UpdateMaterializedView { existing: existing.clone(), target: target.clone(), on_change }]
        }
        Some(_) => {
            let mut steps = vec![Step::Log(format!("Applying REPLACE to: {target}"))];
            steps.extend(replace(situation, &target, create));
            steps
        }
        None => create(&target),
    };
    work.extend(grants_and_docs(situation, &target, true));
    Ok(situation.hooks.around(&node.config, work))
}

fn create(relation: &Relation) -> Vec<Step> {
    let call = Call::new("get_create_materialized_view_as_sql", [relation.clone().into(), Arg::Sql]);
    vec![Step::Execute { call, main: true, creates: Some(relation.clone()) }]
}
