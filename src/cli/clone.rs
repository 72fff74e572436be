//! `clone`: copies models from another environment.

use super::Call;
use super::arguments::{SelectionArguments, TypeArguments};
use super::call::outcome;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::execute;
use crate::load::Flags;
use crate::resolve::ResourceType;

/// The arguments of `clone`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Which kinds of nodes.
    #[command(flatten)]
    pub types: TypeArguments,
    /// Replace what exists already
    #[arg(long, short, help_heading = "Building")]
    pub full_refresh: Option<bool>,
}

const CLONED: [ResourceType; 3] = [ResourceType::Model, ResourceType::Seed, ResourceType::Snapshot];

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "clone"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.types.settle(settings, flags)?;
        flags.full_refresh = settings.switch(self.full_refresh, "FULL_REFRESH", false)?;
        Ok(())
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let graph = call.graph()?;
        let from = call.deferred(&graph)?;
        let mut selected = call.select(&graph, &CLONED, &CLONED)?;
        selected.retain(|id| graph.nodes.get(id).is_some_and(|node| !node.is_ephemeral()));
        let results = call.run(&graph, &selected, execute::Verb::Clone { from })?;
        // A clone of an environment onto itself brings nothing over.
        if call.compares_with_itself(&graph) { Ok(Outcome::Failure) } else { Ok(outcome(&results)) }
    }
}
