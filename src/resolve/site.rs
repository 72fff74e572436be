//! What making any node needs.

use super::config::{Branch, ConfigTrees, Merged, class_of, join_calls, merge_levels};
use super::reach::Reach;
use super::{ResourceType, absent_database};
use crate::adapters::Parts;
use crate::jinja::{Engine, Layer, MacroLibrary, NameTable, Scope};
use crate::load::{BaseContext, Invocation, Output, Package, Project};
use crate::parse::{Setting, Settings};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The project with its macros and config trees; shared by all threads.
pub struct Site {
    /// What was loaded.
    pub project: Arc<Project>,
    /// This call.
    pub invocation: Arc<Invocation>,
    /// The output of the profile that nodes are made for.
    pub output: Arc<Output>,
    /// Renders with all macros.
    pub engine: Engine,
    /// Which macros may declare something.
    pub reach: Reach,
    /// The config trees.
    pub trees: Arc<ConfigTrees>,
    /// The names that every template of a package sees.
    pub bases: HashMap<String, Vec<Layer>>,
    /// The same where nothing is forgiven: a variable that is not set is an error.
    pub strict_names: HashMap<String, Arc<NameTable>>,
    /// Now, in seconds since 1970.
    pub created_at: f64,
}

/// A node's config, merged and as written.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// Merged.
    pub merged: Merged,
    /// dbt's `unrendered_config`.
    pub unrendered: Map<String, Json>,
}

impl Site {
    /// What making the nodes of a project needs; `now` is when they are made.
    pub fn new(
        project: Arc<Project>,
        invocation: Arc<Invocation>,
        output: Arc<Output>,
        engine: Engine,
        reach: Reach,
        base: &BaseContext,
        now: Timestamp,
    ) -> Self {
        let (bases, strict_names) = names(&project, base);
        let created_at = now.as_microsecond() as f64 / 1e6;
        let trees = Arc::new(ConfigTrees::new(&project));
        Self { project, invocation, output, engine, reach, trees, bases, strict_names, created_at }
    }

    /// The same project as nodes for another output see it.
    pub fn for_output(&self, output: Arc<Output>, engine: Engine, reach: Reach, base: &BaseContext) -> Self {
        let (bases, strict_names) = names(&self.project, base);
        let (project, invocation) = (self.project.clone(), self.invocation.clone());
        let (trees, created_at) = (self.trees.clone(), self.created_at);
        Self { project, invocation, output, engine, reach, trees, bases, strict_names, created_at }
    }

    /// The project that was asked for.
    pub fn root(&self) -> &Arc<Package> {
        self.project.root()
    }

    /// Which parts of relations' names are written in quotes.
    pub fn quoting(&self) -> Parts {
        self.root().settings.quoting.parts(self.output.dialect())
    }

    /// All macros.
    pub fn library(&self) -> &Arc<MacroLibrary> {
        self.engine.library()
    }

    /// What names mean in a template of `package`.
    pub fn scope(&self, package: &str, inner: Layer, forgiving: bool) -> Scope {
        // Built-in macros see what the root project's templates see.
        let base = self.bases.get(package).or_else(|| self.bases.get(&self.root().name));
        let layers = [inner].into_iter().chain(base.into_iter().flatten().cloned()).collect();
        Scope::new(package, layers, forgiving)
    }

    /// The config of what has this name: the package's own dbt_project.yml, then its properties, then its template, and
    /// over all of them the root project's dbt_project.yml.
    pub fn config(
        &self,
        kind: ResourceType,
        package: &str,
        fqn: &[String],
        properties: &Settings,
        template: &Settings,
    ) -> NodeConfig {
        let class = class_of(kind);
        let own = self.trees.levels(package, class.section, fqn);
        let root = &self.root().name;
        let over = if package == root { vec![] } else { self.trees.levels(root, class.section, fqn) };
        let rendered = own.iter().map(|branch| &branch.settings).chain([properties, template]);
        let merged = merge_levels(kind, rendered.chain(over.iter().map(|branch| &branch.settings)));
        // Keys in YAML stay as they are written; those of config() have one form.
        let entry = |setting: &Setting| (setting.key.clone(), setting.value.clone());
        let of_branches = |branches: &[&Branch]| -> Vec<(String, Json)> {
            let settings = branches.iter().flat_map(|branch| &branch.settings.0);
            settings.map(|setting| (setting.key.clone(), setting.unrendered().clone())).collect()
        };
        let (properties, template) = (self.compared(properties), self.compared(template));
        let inner = properties.0.iter().map(entry).chain(join_calls(class, &template));
        let unrendered = of_branches(&own).into_iter().chain(inner).chain(of_branches(&over)).collect();
        NodeConfig { merged, unrendered }
    }

    /// Settings of properties or of `config()` as `unrendered_config` has them: their values, or, if the project says so,
    /// what is written for them.
    fn compared<'s>(&self, settings: &'s Settings) -> Cow<'s, Settings> {
        match self.invocation.flags.behavior("state_modified_compare_more_unrendered_values", false) {
            true => Cow::Owned(settings.unrendered()),
            false => Cow::Borrowed(settings),
        }
    }
}

impl Site {
    /// The packages in which a name without a package is looked up from `package`, before all others.
    pub fn search_order(&self, package: &str) -> Vec<String> {
        search_order(&self.project, &self.invocation, package)
    }
}

/// What templates of each package see, forgiving and not.
fn names(project: &Project, base: &BaseContext) -> (HashMap<String, Vec<Layer>>, HashMap<String, Arc<NameTable>>) {
    let absent = absent_database::layer();
    let layers = |name: &String| (name.clone(), vec![absent.clone(), base.while_parsing(name)]);
    let bases = project.packages.keys().map(layers).collect();
    (bases, project.packages.keys().map(|name| (name.clone(), base.layer(name))).collect())
}

/// The packages in which a name without a package is looked up from `package`, before all others.
pub fn search_order(project: &Project, invocation: &Invocation, package: &str) -> Vec<String> {
    let root = project.root().name.clone();
    if package == root {
        return vec![root];
    }
    match invocation.flags.behavior("require_ref_searches_node_package_before_root", false) {
        true => vec![package.to_owned(), root],
        false => vec![root, package.to_owned()],
    }
}
