//! Where a node's relation goes: `generate_database_name`, `generate_schema_name`, `generate_alias_name`.

use super::facts::Facts;
use super::site::Site;
use super::template_node::Identity;
use super::{Config, python};
use crate::adapters::{Parts, Relation};
use crate::diagnostics::Result;
use crate::jinja::{MacroDef, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The three parts of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The database.
    pub database: String,
    /// The schema.
    pub schema: String,
    /// The identifier.
    pub alias: String,
}

/// Calls the macros that make names.
pub struct Namer {
    database: Part,
    schema: Part,
    alias: Part,
    /// Whether the project has no say in aliases, unless a package has a macro of its own.
    has_built_in_alias: bool,
}

/// A part of the name, with its macros.
struct Part {
    macro_name: &'static str,
    /// By package, for packages with a macro of their own.
    by_package: HashMap<String, Arc<MacroDef>>,
    default: Option<Arc<MacroDef>>,
    /// What macros made of a custom name without looking at the node: they will make the same of it again.
    known: Mutex<HashMap<(String, Option<String>), String>>,
}

impl Namer {
    /// Finds the macros: a package's own for its nodes, else the root project's, else the built-in one.
    pub fn new(site: &Site) -> Self {
        let part = |macro_name: &'static str| {
            let library = site.library();
            let packages = site.project.packages.keys().skip(1);
            let own = |package: &String| Some((package.clone(), library.get(package, macro_name)?.clone()));
            Part {
                macro_name,
                by_package: packages.filter_map(own).collect(),
                default: library.find(&site.root().name, macro_name).cloned(),
                known: Mutex::default(),
            }
        };
        Self {
            database: part("generate_database_name"),
            schema: part("generate_schema_name"),
            alias: part("generate_alias_name"),
            has_built_in_alias: !site.library().is_overridden(&site.root().name, "generate_alias_name"),
        }
    }

    /// The names for a node with this config; `site` is what the namer was made for.
    pub fn place(&self, site: &Site, identity: &Arc<Identity>, config: &Arc<Config>) -> Result<Place> {
        let adapter = &site.output.adapter;
        let name = |part, key, fallback| Self::name(site, part, identity, config, key, fallback);
        Ok(Place {
            database: name(&self.database, "database", adapter.database())?,
            schema: name(&self.schema, "schema", adapter.schema())?,
            alias: match self.has_built_in_alias && !self.alias.by_package.contains_key(&identity.package) {
                true => built_in_alias(identity, config.str("alias")),
                false => name(&self.alias, "alias", &identity.name)?,
            },
        })
    }

    fn name(
        site: &Site,
        part: &Part,
        identity: &Arc<Identity>,
        config: &Arc<Config>,
        key: &str,
        fallback: &str,
    ) -> Result<String> {
        let custom = config.str(key);
        let Some(def) = part.by_package.get(&identity.package).or(part.default.as_ref()) else {
            return Ok(custom.unwrap_or(fallback).to_owned());
        };
        let question = (def.package.clone(), custom.map(str::to_owned));
        let lock = || part.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&question) {
            return Ok(known.clone());
        }
        let facts = Facts::new(site, identity.clone(), config.clone());
        let custom = custom.map_or(Value::from(()), Value::from);
        let node = Value::from_dyn_object(facts.clone());
        let names = site.strict_names.get(&def.package).cloned().unwrap_or_default();
        let scope = site.scope(&def.package, names, false);
        let value = site.engine.call(part.macro_name, &[custom, node], &[], &scope)?;
        let name = if value.is_none() { String::new() } else { value.to_string().trim().to_owned() };
        if !facts.was_read() {
            lock().insert(question, name.clone());
        }
        Ok(name)
    }
}

/// What the built-in `generate_alias_name` gives; every node has another one, so that nothing could be kept of calls.
fn built_in_alias(identity: &Identity, custom: Option<&str>) -> String {
    if let Some(custom) = custom.filter(|custom| !custom.is_empty()) {
        return custom.trim().to_owned();
    }
    let version = identity.version.as_ref().filter(|version| !version.is_null()).map(python::str);
    match version.filter(|version| !version.is_empty()) {
        Some(version) => format!("{}_v{}", identity.name, version.replace('.', "_")),
        None => identity.name.trim().to_owned(),
    }
}

/// The relation at a place, quoted as the root project says.
pub fn relation(place: &Place, quoting: Parts) -> Relation {
    Relation { quote: quoting, ..Relation::new(&place.database, &place.schema, &place.alias) }
}
