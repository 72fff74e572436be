//! `list`: the resources of the project, selected.

use super::Call;
use super::arguments::{NarrowingArguments, TypeArguments};
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, EventSink};
use crate::jinja::python_json;
use crate::load::Flags;
use crate::report::{Voice, artifacts};
use crate::resolve::{Graph, ResourceType};
use crate::select::{Criteria, Resource};
use serde_json::{Map, Value as Json};

/// The arguments of `list`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// What to list: names, paths, tag:…, +parents, children+ [default: everything]
    #[arg(long, short, num_args = 1.., action = clap::ArgAction::Append, value_name = "NODES", help_heading = "Selection")]
    pub select: Vec<String>,
    /// Like --select, for models only
    #[arg(long, short, alias = "model", num_args = 1.., action = clap::ArgAction::Append, value_name = "NODES", help_heading = "Selection")]
    pub models: Vec<String>,
    /// How the selection is narrowed down.
    #[command(flatten)]
    pub narrowing: NarrowingArguments,
    /// Which kinds of resources.
    #[command(flatten)]
    pub types: TypeArguments,
    /// How each resource is written
    #[arg(long, value_enum, default_value_t, ignore_case = true, help_heading = "Output")]
    pub output: Output,
    /// With --output json: the keys to write, such as name or config.materialized
    #[arg(long, num_args = 1.., action = clap::ArgAction::Append, value_name = "KEYS", help_heading = "Output")]
    pub output_keys: Vec<String>,
}

/// How a resource is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// As --select takes it
    #[default]
    Selector,
    /// Its name
    Name,
    /// Its file
    Path,
    /// A JSON object
    Json,
}

const LISTED: [ResourceType; 11] = [
    ResourceType::Model,
    ResourceType::Snapshot,
    ResourceType::Seed,
    ResourceType::Test,
    ResourceType::Source,
    ResourceType::Exposure,
    ResourceType::Metric,
    ResourceType::SavedQuery,
    ResourceType::SemanticModel,
    ResourceType::UnitTest,
    ResourceType::Function,
];

/// The keys of a JSON object when none are asked for.
const KEYS: [&str; 10] = [
    "name",
    "resource_type",
    "package_name",
    "original_file_path",
    "unique_id",
    "source_name",
    "alias",
    "config",
    "tags",
    "depends_on",
];

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "list"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.narrowing.settle(settings, flags)?;
        self.types.settle(settings, flags)?;
        if self.models.is_empty() {
            flags.select.clone_from(&self.select);
            return Ok(());
        }
        let other = [("--select", &self.select), ("--resource-type", &self.types.resource_types)];
        if let Some((other, _)) = other.iter().find(|(_, given)| !given.is_empty()) {
            return Err(Diagnostic::error(Code::USAGE, format!("--models and {other} exclude each other.")));
        }
        flags.select.clone_from(&self.models);
        flags.resource_types = vec!["model".into()];
        Ok(())
    }

    fn voice(&self) -> Voice {
        Voice::Data
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let graph = call.graph()?;
        let all: Vec<ResourceType> = LISTED.into_iter().chain([ResourceType::Analysis]).collect();
        let criteria = Criteria { include_blank: true, ..Criteria::new(call.flags(), &LISTED, &all) };
        let mut selected = call.select_by(&graph, &criteria)?;
        selected.sort();
        if selected.is_empty() {
            let warning = Diagnostic::warning(Code::NOTHING_TO_DO, "No nodes selected!");
            call.reporter.emit(Event::Warned(warning));
        }
        for line in selected.iter().filter_map(|id| self.line(&graph, id)) {
            call.reporter.data(&line);
        }
        Ok(Outcome::Success)
    }
}

impl Arguments {
    fn line(&self, graph: &Graph, id: &str) -> Option<String> {
        let resource = Resource::find(graph, id)?;
        Some(match self.output {
            Output::Selector => selector(&resource),
            Output::Name => name(&resource),
            Output::Path => resource.file().to_owned(),
            Output::Json => python_json(&Json::Object(self.keys(&artifacts::resource(graph, id)?))),
        })
    }

    fn keys(&self, resource: &Json) -> Map<String, Json> {
        let asked: Vec<&str> = self.output_keys.iter().flat_map(|keys| keys.split_whitespace()).collect();
        let keys = if asked.is_empty() { KEYS.to_vec() } else { asked };
        let value = |key: &str| key.split('.').try_fold(resource, |value, part| value.get(part));
        keys.into_iter().filter_map(|key| Some((key.to_owned(), value(key)?.clone()))).collect()
    }
}

/// The text that selects just this resource.
fn selector(resource: &Resource<'_>) -> String {
    match resource {
        Resource::Source(source) => format!("source:{}.{}.{}", source.package_name, source.source_name, source.name),
        Resource::Node(node) => node.fqn.join("."),
        _ => format!("{}:{}.{}", resource.kind().as_str(), resource.package(), resource.name()),
    }
}

fn name(resource: &Resource<'_>) -> String {
    match (resource, resource.version()) {
        (Resource::Source(source), _) => format!("{}.{}", source.source_name, source.name),
        (_, Some(Json::String(version))) => format!("{}.v{version}", resource.name()),
        (_, Some(version)) => format!("{}.v{version}", resource.name()),
        _ => resource.name().to_owned(),
    }
}
