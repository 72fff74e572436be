//! Where a node's relation goes: `generate_database_name`, `generate_schema_name`, `generate_alias_name`.

use super::facts::Facts;
use super::site::Site;
use crate::adapters::{Parts, Relation};
use crate::diagnostics::Result;
use crate::jinja::{Layer, MacroDef, Value};
use crate::load::Quoting;
use serde_json::{Map, Value as Json};
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
pub struct Namer<'a> {
    site: &'a Site<'a>,
    database: Part,
    schema: Part,
    alias: Part,
}

/// A part of the name, with its macros.
struct Part {
    macro_name: &'static str,
    /// By package, for packages with a macro of their own.
    by_package: HashMap<String, Arc<MacroDef>>,
    default: Option<Arc<MacroDef>>,
    /// What macros that do not look at the node made of a custom name.
    known: Mutex<HashMap<(String, Option<String>), String>>,
}

impl<'a> Namer<'a> {
    /// Finds the macros: a package's own for its nodes, else the root project's, else the built-in one.
    pub fn new(site: &'a Site<'a>) -> Self {
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
            site,
            database: part("generate_database_name"),
            schema: part("generate_schema_name"),
            alias: part("generate_alias_name"),
        }
    }

    /// The names for a node with these facts (its `config` among them).
    pub fn place(&self, facts: Map<String, Json>) -> Result<Place> {
        let package = facts.get("package_name").and_then(Json::as_str).unwrap_or("").to_owned();
        let custom = |key: &str| {
            let value = facts.get("config").and_then(|config| config.get(key));
            value.and_then(Json::as_str).map(str::to_owned)
        };
        let (database, schema, alias) = (custom("database"), custom("schema"), custom("alias"));
        let fallback = facts.get("name").and_then(Json::as_str).unwrap_or("").to_owned();
        let node = Value::from_object(Facts(facts));
        let adapter = self.site.adapter;
        Ok(Place {
            database: self.name(&self.database, &package, database, &node, adapter.database())?,
            schema: self.name(&self.schema, &package, schema, &node, adapter.schema())?,
            alias: self.name(&self.alias, &package, alias, &node, &fallback)?,
        })
    }

    fn name(&self, part: &Part, package: &str, custom: Option<String>, node: &Value, fallback: &str) -> Result<String> {
        let Some(def) = part.by_package.get(package).or(part.default.as_ref()) else {
            return Ok(custom.unwrap_or_else(|| fallback.to_owned()));
        };
        // A macro that never looks at its node gives the same answer for the same custom name.
        let looks_at_node = def.block.body.text().contains(def.block.parameters.get(1).map_or("node", String::as_str));
        let key = (def.package.clone(), custom);
        let lock = || part.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !looks_at_node && let Some(known) = lock().get(&key) {
            return Ok(known.clone());
        }
        let custom_value = key.1.as_deref().map_or(Value::from(()), Value::from);
        let scope = self.site.scope(&def.package, Layer::default(), false);
        let value = self.site.engine.call(part.macro_name, &[custom_value, node.clone()], &[], &scope)?;
        let name = if value.is_none() { String::new() } else { value.to_string().trim().to_owned() };
        if !looks_at_node {
            lock().insert(key, name.clone());
        }
        Ok(name)
    }
}

/// The relation at a place, quoted as the root project says.
pub fn relation(place: &Place, quoting: Quoting) -> Relation {
    let mut relation = Relation::new(&place.database, &place.schema, &place.alias);
    relation.quote = Parts {
        database: quoting.database.unwrap_or(true),
        schema: quoting.schema.unwrap_or(true),
        identifier: quoting.identifier.unwrap_or(true),
    };
    relation
}
