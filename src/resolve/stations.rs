//! What nodes are made with, by the output of the profile that they are for.

use super::names::Namer;
use super::reach::Reach;
use super::site::Site;
use crate::diagnostics::{Diagnostic, Result};
use crate::jinja::{Engine, MacroDef, MacroLibrary};
use crate::load::{BaseContext, Invocation, Output, Outputs, PASSING, Project, Variables};
use crate::parse;
use crate::world::World;
use indexmap::IndexMap;
use std::sync::{Arc, OnceLock};

/// The project as nodes for one output see it.
pub struct Station {
    /// Its macros, names and configs.
    pub site: Site,
    /// Makes relation names.
    pub namer: Namer,
    /// The macros of its engine, where that is not the one of the run's target.
    pub own_macros: Vec<(Arc<MacroDef>, String)>,
}

/// A place for each output of the profile, made ready when a node is for it.
pub struct Stations {
    /// That of the run's target.
    pub default: Station,
    others: IndexMap<String, OnceLock<Station>>,
    /// The outputs of the profile.
    pub outputs: Arc<Outputs>,
    world: Arc<World>,
    /// Whether variables are templates.
    variables_declare: bool,
}

impl Stations {
    /// The station of the run's target with the macros of this library, and room for the others. What is wrong with the
    /// macros is added to `findings`.
    pub fn new(
        project: &Arc<Project>,
        invocation: &Arc<Invocation>,
        outputs: &Arc<Outputs>,
        base: &BaseContext,
        world: &Arc<World>,
        library: Arc<MacroLibrary>,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Self {
        let mut packages = project.packages.values();
        let variables_declare = packages.any(|package| Variables::of_package(project, package).have_templates());
        let reach = Reach::new(&library, variables_declare, findings);
        let engine = Engine::in_world(library, world, &PASSING);
        let output = outputs.default().clone();
        let site = Site::new(project.clone(), invocation.clone(), output, engine, reach, base, world.now());
        let namer = Namer::new(&site);
        let others = outputs.names().into_iter().map(|name| (name, OnceLock::new())).collect();
        let default = Station { site, namer, own_macros: vec![] };
        Self { default, others, outputs: outputs.clone(), world: world.clone(), variables_declare }
    }

    /// The station of an output.
    ///
    /// # Errors
    /// The profile has no such output, or it cannot be used.
    pub fn get(&self, name: &str) -> Result<&Station> {
        let output = self.outputs.get(name)?;
        match self.others.get(name) {
            Some(place) if name != self.default.site.output.name() => {
                if place.get().is_none() {
                    // Made outside of the lock: making it works in parallel. Of two that are made at once one is kept.
                    let _ = place.set(self.made(output));
                }
                Ok(place.get().unwrap_or(&self.default))
            }
            _ => Ok(&self.default),
        }
    }

    /// All macros, each with its file: behind these those of the engines in use that are not the run's target's.
    pub fn definitions(&self, of_default: Vec<(Arc<MacroDef>, String)>) -> Vec<(Arc<MacroDef>, String)> {
        let mut all: IndexMap<String, (Arc<MacroDef>, String)> = IndexMap::new();
        let others = self.others.values().filter_map(OnceLock::get).flat_map(|station| &station.own_macros);
        for definition in of_default.into_iter().chain(others.cloned()) {
            all.entry(definition.0.unique_id()).or_insert(definition);
        }
        all.into_values().collect()
    }

    /// The macros as nodes for the engines of other outputs see them, by the engine's name.
    pub fn other_libraries(&self) -> IndexMap<&'static str, Arc<MacroLibrary>> {
        let sites = self.others.values().filter_map(OnceLock::get).map(|station| &station.site);
        let own = self.default.site.output.dialect().name;
        let others = sites.filter(|site| site.output.dialect().name != own);
        others.map(|site| (site.output.dialect().name, site.library().clone())).collect()
    }

    fn made(&self, output: Arc<Output>) -> Station {
        let default = &self.default.site;
        let (library, own_macros) = match output.dialect().name == default.output.dialect().name {
            true => (default.library().clone(), vec![]),
            false => {
                let (library, own) = parse::engine_macros(default.library(), output.adapter.as_ref());
                (Arc::new(library), own)
            }
        };
        // What is wrong with the macros has been told by the run's target.
        let reach = Reach::new(&library, self.variables_declare, &mut vec![]);
        let base = BaseContext::new(&default.project, &default.invocation, &output, &self.world);
        let site = default.for_output(output, Engine::in_world(library, &self.world, &PASSING), reach, &base);
        let namer = Namer::new(&site);
        Station { site, namer, own_macros }
    }
}
