//! The names that every template of a call sees, whatever it belongs to: the base that node contexts build upon.

use super::environment::{self, Secrets};

use super::variables::{VarFunction, Variables};
use super::{Invocation, Output, Package, Project};
use crate::diagnostics::{Code, Result};
use crate::jinja::{
    Engine, Layer, MacroLibrary, Moment, NameTable, Object, Scope, Value, from_json, has_tags, to_json,
};
use crate::world::World;
use crate::yaml::Yaml;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// What templates see as `dbt_version`: the release whose behaviour is followed. Packages compare it.
pub const DBT_VERSION: &str = "1.11.16";

/// The names whose values are others in each call.
pub const PASSING: [&str; 5] =
    ["flags", "invocation_args_dict", "invocation_id", "run_started_at", "dbt_metadata_envs"];

/// The base names of every package's templates.
#[derive(Debug)]
pub struct BaseContext {
    packages: IndexMap<String, TextRenderer>,
}

impl BaseContext {
    /// The names for all packages of a project, where `target` is this output.
    pub fn new(project: &Project, invocation: &Invocation, output: &Output, world: &Arc<World>) -> Self {
        let names = Names { world, invocation, target: Some(target(&project.profile.name, output)) };
        let of_package = |package: &Arc<Package>| {
            let variables = Variables::of_package(project, package);
            let renderer =
                TextRenderer::new(&names, &package.name, &project.root().name, variables, Secrets::Forbidden);
            (package.name.clone(), renderer)
        };
        Self { packages: project.packages.values().map(of_package).collect() }
    }

    /// The same names while templates are only looked through: a variable without a value is none there.
    pub fn while_parsing(&self, package: &str) -> Layer {
        let own = self.packages.get(package).or_else(|| self.packages.values().next());
        let Some(renderer) = own else { return Arc::new(NameTable::default()) };
        let mut names = NameTable::clone(&renderer.layer);
        let var = VarFunction { forgiving: true, ..(*renderer.var).clone() };
        names.insert("var".to_owned(), Value::from_object(var));
        Arc::new(names)
    }

    /// The names as templates of a package see them: `var`, `env_var`, `target`, `flags`, `project_name`,
    /// `invocation_id`, `run_started_at`, `dbt_version`, `invocation_args_dict`, `dbt_metadata_envs`, `thread_id`.
    pub fn layer(&self, package: &str) -> Arc<NameTable> {
        self.packages
            .get(package)
            .or_else(|| self.packages.values().next())
            .map(|own| own.layer.clone())
            .unwrap_or_default()
    }

    /// Whether rendering makes something else of a text.
    pub fn changes(text: &str) -> bool {
        has_tags(text) || text.ends_with('\n')
    }

    /// A text of a package's YAML, rendered; the answer may be any value. Other values stay as they are.
    pub fn render(&self, package: &Package, text: &Yaml) -> Result<Yaml> {
        match self.packages.get(&package.name) {
            Some(renderer) => renderer.render(text),
            None => Ok(text.clone()),
        }
    }
}

/// What the names are made from.
pub struct Names<'a> {
    /// The environment.
    pub world: &'a Arc<World>,
    /// The call.
    pub invocation: &'a Invocation,
    /// `target`, once the profile is known.
    pub target: Option<Json>,
}

impl Names<'_> {
    /// All names but `var`.
    fn layer(&self, project_name: &str, secrets: Secrets) -> NameTable {
        let Invocation { id, args, .. } = self.invocation;
        let mut names: NameTable = [
            ("env_var".to_owned(), environment::env_var(self.world, secrets)),
            ("flags".to_owned(), Value::from_object(FlagsObject(args.clone()))),
            ("project_name".to_owned(), Value::from(project_name)),
            ("invocation_id".to_owned(), Value::from(id.as_str())),
            ("run_started_at".to_owned(), Moment::utc(self.invocation.clock()).value()),
            ("dbt_version".to_owned(), Value::from(DBT_VERSION)),
            ("invocation_args_dict".to_owned(), from_json(args)),
            ("dbt_metadata_envs".to_owned(), from_json(&Json::Object(environment::custom_variables(self.world)))),
            ("thread_id".to_owned(), Value::from("MainThread")),
        ]
        .into_iter()
        .collect();
        if let Some(target) = &self.target {
            names.insert("target".to_owned(), from_json(target));
        }
        names
    }
}

/// Renders the texts of YAML files in the base names of a package.
#[derive(Debug, Clone)]
pub struct TextRenderer {
    engine: Engine,
    var: Arc<VarFunction>,
    package: String,
    layer: Arc<NameTable>,
    world: Arc<World>,
    forgiving: bool,
}

impl TextRenderer {
    /// A renderer for a package's files; `project_name` is the root project's.
    pub fn new(names: &Names<'_>, package: &str, project_name: &str, variables: Variables, secrets: Secrets) -> Self {
        let engine = Engine::in_world(Arc::new(MacroLibrary::default()), &names.world.clone(), &PASSING);
        let mut layer = names.layer(project_name, secrets);
        let var = Arc::new(VarFunction {
            variables,
            package: package.to_owned(),
            names: Arc::new(layer.clone()),
            engine: engine.clone(),
            forgiving: false,
        });
        layer.insert("var".to_owned(), Value::from_dyn_object(var.clone()));
        Self {
            engine,
            var,
            package: package.to_owned(),
            layer: Arc::new(layer),
            world: names.world.clone(),
            forgiving: false,
        }
    }

    /// The same, but names and variables without a value are empty instead of an error.
    pub fn forgiving(self) -> Self {
        Self { forgiving: true, ..self }
    }

    /// A text, rendered; other values stay as they are.
    pub fn render(&self, text: &Yaml) -> Result<Yaml> {
        let Some(written) = text.as_str() else { return Ok(text.clone()) };
        if !has_tags(written) {
            // As a template without tags it would lose its last end of line.
            let value = Json::from(written.strip_suffix('\n').unwrap_or(written));
            return Ok(Yaml::from_json(&value, &text.span));
        }
        let scope = Scope::new(self.package.as_str(), vec![self.layer.clone()], self.forgiving);
        let value = match self.engine.evaluate(&text.template(), &scope) {
            Err(error) if self.forgiving && error.code == Code::VAR_MISSING => Json::Null,
            value => to_json(&value?),
        };
        let value = match value {
            Json::String(text) => Json::String(environment::reveal(&self.world, &text)),
            other => other,
        };
        Ok(Yaml::from_json(&value, &text.span))
    }
}

/// `target`: what the engine tells of itself, and what every engine has.
pub fn target(profile: &str, output: &Output) -> Json {
    let target = &output.target;
    let mut facts: Map<String, Json> = output.adapter.public_facts();
    facts.insert("type".into(), target.kind.clone().into());
    facts.insert("threads".into(), target.threads.into());
    facts.insert("name".into(), target.name.clone().into());
    facts.insert("target_name".into(), target.name.clone().into());
    facts.insert("profile_name".into(), profile.into());
    Json::Object(facts)
}

/// `flags`: the settings by their names in upper case (or lower).
#[derive(Debug)]
struct FlagsObject(Json);

impl Object for FlagsObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?.to_lowercase()).map(from_json)
    }
}
