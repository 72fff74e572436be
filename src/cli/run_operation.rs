//! `run-operation`: runs a macro.

use super::Call;
use super::call::outcome;
use super::flags::mapping;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::Result;
use crate::event::{Event, NodeInfo};
use crate::execute;
use crate::load::Flags;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use std::time::Instant;

/// The arguments of `run-operation`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// The macro: name or package.name
    #[arg(value_name = "MACRO")]
    pub name: String,
    /// The macro's arguments, as YAML: '{table: orders}'
    #[arg(long, value_name = "YAML", default_value = "{}", hide_default_value = true)]
    pub args: String,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "run-operation"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        mapping("--args", &self.args).map(drop)
    }

    fn extra_args(&self) -> Map<String, Json> {
        let args = mapping("--args", &self.args).unwrap_or_default();
        [("macro".to_owned(), self.name.as_str().into()), ("args".to_owned(), args.into())].into_iter().collect()
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let args = mapping("--args", &self.args)?;
        let graph = call.graph()?;
        let (compiler, sink) = call.compiler(&graph, &[])?;
        call.cancel_on_interrupt();
        let began = Instant::now();
        let result = execute::run_operation(&compiler, &call.world, &call.cancellation, &self.name, &args)?;
        let result = Arc::new(result);
        call.write_results(&graph, std::slice::from_ref(&result), began.elapsed())?;
        sink.emit(Event::NodeFinished(Arc::new(self.info(&result.unique_id)), result.clone()));
        let cancelled = call.cancellation.is_asked();
        sink.emit(Event::RunFinished { elapsed: began.elapsed(), cancelled });
        Ok(outcome(&[result]))
    }
}

impl Arguments {
    fn info(&self, unique_id: &Arc<str>) -> NodeInfo {
        NodeInfo {
            unique_id: unique_id.clone(),
            resource_type: "macro",
            name: self.name.clone(),
            materialized: "operation".into(),
            relation_name: None,
            display: self.name.clone(),
            path: "command line".into(),
            index: 1,
            total: 1,
        }
    }
}
