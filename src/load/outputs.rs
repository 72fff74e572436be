//! The outputs of the profile with their engines.

use super::catalogs::Catalog;
use super::context::TextRenderer;
use super::profiles_yml::{missing, read_target};
use super::{Flags, Profile, Target};
use crate::adapters::{Adapter, Dialect, registry};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::world::World;
use crate::yaml::Yaml;
use indexmap::IndexMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// An output of the profile with its engine.
pub struct Output {
    /// What the profile says.
    pub target: Target,
    /// The engine.
    pub adapter: Arc<dyn Adapter>,
}

impl Output {
    /// Prepares the engine of an output; does not connect. `place`: where the output is written.
    pub(super) fn new(world: &World, flags: &Flags, profile: &str, target: Target, place: &Span) -> Result<Self> {
        let surroundings = registry::Surroundings { world, project_dir: &flags.project_dir, threads: target.threads };
        let adapter = registry::adapter(&target.output, surroundings).map_err(|error| {
            let is_known = registry::TYPES.contains(&target.kind.as_str());
            let code = if is_known { Code::PROFILE_INVALID } else { Code::ADAPTER_UNKNOWN };
            let message = format!("The target '{}' of the profile '{profile}' cannot be used: {error}", target.name);
            let diagnostic = Diagnostic::error(code, message).at(place);
            match error.hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic,
            }
        })?;
        Ok(Self { target, adapter })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.target.name
    }

    /// The facts of its engine.
    pub fn dialect(&self) -> &'static Dialect {
        self.adapter.dialect()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}

/// The outputs of the call's profile. One is rendered and its engine prepared when something first names it: what
/// another one needs, such as an environment variable, may not be there.
pub struct Outputs {
    profile: String,
    written: Yaml,
    renderer: TextRenderer,
    world: Arc<World>,
    flags: Flags,
    default: Arc<Output>,
    others: Mutex<IndexMap<String, Result<Arc<Output>>>>,
    /// Where tables of lakes are written.
    pub catalogs: Vec<Catalog>,
}

impl Outputs {
    /// Of a profile as it is written, of which one output is the run's target.
    pub(super) fn new(
        profile: &Profile,
        written: Yaml,
        renderer: TextRenderer,
        world: &Arc<World>,
        flags: &Flags,
        default: Output,
    ) -> Self {
        Self {
            profile: profile.name.clone(),
            written,
            renderer,
            world: world.clone(),
            flags: flags.clone(),
            default: Arc::new(default),
            others: Mutex::default(),
            catalogs: vec![],
        }
    }

    /// The run's target.
    pub fn default(&self) -> &Arc<Output> {
        &self.default
    }

    /// The output of this name.
    ///
    /// # Errors
    /// The profile has none, or it cannot be used.
    pub fn get(&self, name: &str) -> Result<Arc<Output>> {
        if name == self.default.name() {
            return Ok(self.default.clone());
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.entry(name.to_owned()).or_insert_with(|| self.read(name).map(Arc::new)).clone()
    }

    /// The facts of an output's engine; of one that cannot be used those of the run's target.
    pub fn dialect(&self, name: &str) -> &'static Dialect {
        self.get(name).map_or_else(|_| self.default.dialect(), |output| output.dialect())
    }

    /// The names of all outputs.
    pub fn names(&self) -> Vec<String> {
        self.written.entries().map(|(name, _)| name).collect()
    }

    /// The outputs that something has named, the run's target first.
    pub fn used(&self) -> Vec<Arc<Output>> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        [self.default.clone()].into_iter().chain(others.values().flatten().cloned()).collect()
    }

    fn read(&self, name: &str) -> Result<Output> {
        let Some(output) = self.written.get(name) else {
            let message = format!("The profile '{}' does not have an output named '{name}'.", self.profile);
            return Err(missing(message, name, self.names().into_iter()));
        };
        let target = read_target(&self.flags, name.to_owned(), output, &self.renderer)?;
        Output::new(&self.world, &self.flags, &self.profile, target, &output.span)
    }
}

impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outputs({})", self.names().join(", "))
    }
}
