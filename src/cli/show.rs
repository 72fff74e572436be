//! `show`: the first rows of a model or query.

use super::Call;
use super::arguments::SelectionArguments;
use super::call::outcome;
use super::inline;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::NodeResult;
use crate::execute;
use crate::load::{Flags, IndirectSelection};
use crate::report::Voice;
use crate::resolve::ResourceType;
use crate::select::Criteria;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// The arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// What else.
    #[command(flatten)]
    pub query: QueryArguments,
    /// How many rows to show; -1: all
    #[arg(long, value_name = "N", default_value_t = 5, allow_negative_numbers = true, help_heading = "Output")]
    pub limit: i64,
    /// Build incremental models as if from scratch
    #[arg(long, short, help_heading = "Building")]
    pub full_refresh: Option<bool>,
}

/// What `compile` and `show` share: a query of one's own, and how the output is written.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct QueryArguments {
    /// A query of your own, which may use ref() and macros
    #[arg(long, alias = "inline-direct", value_name = "SQL", allow_hyphen_values = true)]
    pub inline: Option<String>,
    /// How the output is written
    #[arg(long, value_enum, ignore_case = true, value_name = "FORMAT")]
    pub output: Option<Output>,
    /// Let templates query the database while they are compiled
    #[arg(long)]
    pub introspect: Option<bool>,
}

/// How output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// As JSON
    Json,
}

impl QueryArguments {
    /// Puts them into the settings.
    pub fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        flags.introspect = settings.switch(self.introspect, "INTROSPECT", true)?;
        Ok(())
    }

    /// As dbt's artifacts name them.
    pub fn extra_args(&self) -> Map<String, Json> {
        let output = if self.is_json() { "json" } else { "text" };
        let inline = self.inline.iter().map(|sql| ("inline".to_owned(), Json::from(sql.as_str())));
        [("output".to_owned(), output.into())].into_iter().chain(inline).collect()
    }

    /// Whether the output is JSON.
    pub fn is_json(&self) -> bool {
        self.output == Some(Output::Json)
    }

    /// What cannot be shown is the call's own error; of several all but the last are told here.
    pub fn fail(&self, call: &Call, results: &[Arc<NodeResult>]) -> Result<()> {
        let mut errors: Vec<_> = results.iter().filter_map(|result| result.diagnostic.clone()).collect();
        let last = errors.pop();
        errors.iter().for_each(|error| call.reporter.fatal(error));
        last.map_or(Ok(()), Err)
    }
}

const SHOWN: [ResourceType; 6] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Test,
    ResourceType::Analysis,
    ResourceType::UnitTest,
];

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "show"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)?;
        self.query.settle(settings, flags)?;
        flags.full_refresh = settings.switch(self.full_refresh, "FULL_REFRESH", false)?;
        let nothing = flags.select.is_empty() && flags.selector.is_none() && self.query.inline.is_none();
        if nothing {
            return Err(Diagnostic::error(Code::USAGE, "Either --select or --inline must be passed to show.")
                .hint("Such as: show --select orders, or: show --inline \"select * from {{ ref('orders') }}\"."));
        }
        Ok(())
    }

    fn extra_args(&self) -> Map<String, Json> {
        let mut args = self.query.extra_args();
        args.insert("limit".into(), json!(self.limit));
        args
    }

    fn voice(&self) -> Voice {
        Voice::Data
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let limit = usize::try_from(self.limit).ok();
        let (graph, selected) = match &self.query.inline {
            Some(sql) => {
                let graph = Arc::new(inline::with_query(call.resolve()?, sql));
                let selected = vec![inline::id(&graph)];
                (graph, selected)
            }
            None => {
                let graph = call.graph()?;
                // Only what is named is shown, not the tests that come along elsewhere.
                let criteria = Criteria::new(call.flags(), &SHOWN, &SHOWN);
                let criteria = Criteria { indirect_selection: IndirectSelection::Empty, ..criteria };
                let selected = call.select_by(&graph, &criteria)?;
                (graph, selected)
            }
        };
        let results = call.run(&graph, &selected, execute::Verb::Show { limit })?;
        for result in &results {
            if let (Some(preview), Some(node)) = (&result.preview, graph.nodes.get(&result.unique_id)) {
                call.reporter.preview(node, preview, self.query.is_json());
            }
        }
        self.query.fail(call, &results)?;
        Ok(outcome(&results))
    }
}
