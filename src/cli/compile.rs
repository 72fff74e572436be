//! `compile`: writes the final SQL, without running it.

use super::Call;
use super::arguments::{NodeArguments, SelectionArguments};
use super::call::outcome;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use super::{inline, show};
use crate::diagnostics::Result;
use crate::event::NodeResult;
use crate::execute;
use crate::load::{Flags, IndirectSelection};
use crate::report::Voice;
use crate::resolve::{Graph, ResourceType};
use crate::select::Criteria;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;
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

const COMPILED: [ResourceType; 8] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Test,
    ResourceType::UnitTest,
    ResourceType::Analysis,
    ResourceType::Function,
    ResourceType::Operation,
];

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "compile"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.building.settle(settings, flags)?;
        flags.inject_ephemeral_ctes = self.inject_ephemeral_ctes.unwrap_or(true);
        self.query.settle(settings, flags)
    }

    fn extra_args(&self) -> Map<String, Json> {
        let mut args = self.query.extra_args();
        args.insert("inject_ephemeral_ctes".into(), self.inject_ephemeral_ctes.unwrap_or(true).into());
        args
    }

    fn voice(&self) -> Voice {
        if self.query.inline.is_some() { Voice::Data } else { Voice::Findings }
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let Some(sql) = &self.query.inline else { return self.compile(call) };
        let graph = Arc::new(inline::with_query(call.resolve()?, sql));
        let results = call.run(&graph, &[inline::id(&graph)], execute::Verb::Compile)?;
        self.print(call, &graph, &results);
        self.query.fail(call, &results)?;
        Ok(Outcome::Success)
    }
}

impl Arguments {
    fn compile(&self, call: &Call) -> Result<Outcome> {
        let (graph, results) = call.resolve_for(|graph| {
            let selected = call.select(graph, &COMPILED, &COMPILED)?;
            Ok((graph.clone(), call.run(graph, &selected, execute::Verb::Compile)?))
        })?;
        if !self.selection.select.is_empty() {
            // Only what is named is printed, not the tests that come along.
            let criteria = Criteria::new(call.flags(), &COMPILED, &COMPILED);
            let named =
                call.select_by(&graph, &Criteria { indirect_selection: IndirectSelection::Empty, ..criteria })?;
            let named: HashSet<_> = named.into_iter().collect();
            let named: Vec<_> = results.iter().filter(|result| named.contains(&result.unique_id)).cloned().collect();
            self.print(call, &graph, &named);
        }
        Ok(match outcome(&results) {
            Outcome::Success => Outcome::Success,
            _ => Outcome::Impossible,
        })
    }

    fn print(&self, call: &Call, graph: &Graph, results: &[Arc<NodeResult>]) {
        for result in results {
            if let (Some(sql), Some(node)) = (&result.compiled_code, graph.nodes.get(&result.unique_id)) {
                call.reporter.compiled(node, sql, self.query.is_json());
            }
        }
    }
}
