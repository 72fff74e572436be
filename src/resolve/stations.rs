//! What nodes are made with, by the output of the profile that they are for.

use super::names::Namer;
use super::reach::Reach;
use super::site::Site;
use crate::diagnostics::Result;
use crate::jinja::{Engine, MacroDef, MacroLibrary};
use crate::load::{BaseContext, Output, Outputs, PASSING};
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
    /// All macros but those of other engines.
    definitions: Vec<(Arc<MacroDef>, String)>,
    variables_declare: bool,
}

impl Stations {
    /// The station of the run's target, and room for the others. `variables_declare`: see [`Reach::new`].
    pub fn new(
        default: Site,
        outputs: Arc<Outputs>,
        world: &Arc<World>,
        definitions: Vec<(Arc<MacroDef>, String)>,
        variables_declare: bool,
    ) -> Self {
        let namer = Namer::new(&default);
        let others = outputs.names().into_iter().map(|name| (name, OnceLock::new())).collect();
        let default = Station { site: default, namer, own_macros: vec![] };
        Self { default, others, outputs, world: world.clone(), definitions, variables_declare }
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

    /// All macros: those of the engines in use that are not the run's target's come last.
    pub fn definitions(&self) -> Vec<(Arc<MacroDef>, String)> {
        let mut all: IndexMap<String, (Arc<MacroDef>, String)> = IndexMap::new();
        let others = self.others.values().filter_map(OnceLock::get).flat_map(|station| &station.own_macros);
        for definition in self.definitions.iter().chain(others) {
            all.entry(definition.0.unique_id()).or_insert_with(|| definition.clone());
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
        let definitions: Vec<_> = self.definitions.iter().chain(&own_macros).cloned().collect();
        // What is wrong with the macros has been told by the run's target.
        let reach = Reach::new(&library, &definitions, self.variables_declare, &mut vec![]);
        let base = BaseContext::new(&default.project, &default.invocation, &output, &self.world);
        let site = default.for_output(output, Engine::in_world(library, &self.world, &PASSING), reach, &base);
        let namer = Namer::new(&site);
        Station { site, namer, own_macros }
    }
}
