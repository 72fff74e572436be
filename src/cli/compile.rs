//! `compile`: writes the final SQL, without running it.

use super::Call;
use super::arguments::{NodeArguments, SelectionArguments};
use super::call::outcome;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use super::{inline, show};
use crate::diagnostics::Result;
use crate::execute;
use crate::load::Flags;
use crate::report::Voice;
use crate::resolve::ResourceType;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// The arguments of `compile`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// How they are built.
    #[command(flatten)]
    pub building: NodeArguments,
    /// What else.
    #[command(flatten)]
    pub query: show::QueryArguments,
    /// Put the SQL of ephemeral models into that of their users
    #[arg(long, hide = true)]
    pub inject_ephemeral_ctes: Option<bool>,
}

const COMPILED: [ResourceType; 7] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Test,
    ResourceType::UnitTest,
    ResourceType::Analysis,
    ResourceType::Function,
];

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "compile"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.building.settle(settings, flags)?;
        self.query.settle(settings, flags)
    }

    fn extra_args(&self) -> Map<String, Json> {
        self.query.extra_args()
    }

    fn voice(&self) -> Voice {
        if self.query.inline.is_some() { Voice::Data } else { Voice::Findings }
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let (graph, selected) = match &self.query.inline {
            Some(sql) => {
                let graph = Arc::new(inline::with_query(call.resolve()?, sql));
                let selected = vec![inline::id(&graph)];
                (graph, selected)
            }
            None => {
                let graph = call.graph()?;
                let selected = call.select(&graph, &COMPILED, &COMPILED)?;
                (graph, selected)
            }
        };
        let results = call.run(&graph, &selected, execute::Verb::Compile)?;
        if self.query.inline.is_some() || !self.selection.select.is_empty() {
            for result in &results {
                if let (Some(sql), Some(node)) = (&result.compiled_code, graph.nodes.get(&result.unique_id)) {
                    call.reporter.compiled(node, sql, self.query.is_json());
                }
            }
        }
        self.query.fail(&results)?;
        Ok(outcome(&results))
    }
}
