//! What exists in the database: read once per schema, kept true by the steps that change it.

use super::{Connection, DatabaseError, Dialect, Relation};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

/// The relations of the schemas that were asked about; shared by all threads of a run.
#[derive(Debug)]
pub struct Catalog {
    dialect: &'static Dialect,
    schemas: Mutex<HashMap<(String, String), BTreeMap<String, Relation>>>,
}

impl Catalog {
    /// Knows nothing yet.
    pub fn new(dialect: &'static Dialect) -> Self {
        Self { dialect, schemas: Mutex::default() }
    }

    fn place(&self, relation: &Relation) -> ((String, String), String) {
        let (database, schema, identifier) = relation.key(self.dialect);
        ((database, schema), identifier)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), BTreeMap<String, Relation>>> {
        self.schemas.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Reads a schema unless it is known.
    pub fn read(&self, connection: &mut dyn Connection, schema: &Relation) -> Result<(), DatabaseError> {
        let (key, _) = self.place(schema);
        if self.lock().contains_key(&key) {
            return Ok(());
        }
        let found = connection.list_relations(&key.0, &key.1)?;
        let relations = found.into_iter().map(|relation| (self.place(&relation).1, relation)).collect();
        self.lock().entry(key).or_insert(relations);
        Ok(())
    }

    /// These relations are what a schema holds.
    pub fn fill(&self, schema: &Relation, found: Vec<Relation>) {
        let relations = found.into_iter().map(|relation| (self.place(&relation).1, relation)).collect();
        self.lock().insert(self.place(schema).0, relations);
    }

    /// The relation as it stands in the database, its kind known; `None` when there is none.
    pub fn get(&self, connection: &mut dyn Connection, relation: &Relation) -> Result<Option<Relation>, DatabaseError> {
        self.read(connection, relation)?;
        let (key, identifier) = self.place(relation);
        Ok(self.lock().get(&key).and_then(|relations| relations.get(&identifier)).cloned())
    }

    /// All relations of a schema.
    pub fn list(&self, connection: &mut dyn Connection, schema: &Relation) -> Result<Vec<Relation>, DatabaseError> {
        self.read(connection, schema)?;
        let (key, _) = self.place(schema);
        Ok(self.lock().get(&key).map(|relations| relations.values().cloned().collect()).unwrap_or_default())
    }

    /// A relation was created.
    pub fn add(&self, relation: Relation) {
        let (key, identifier) = self.place(&relation);
        if let Some(relations) = self.lock().get_mut(&key) {
            relations.insert(identifier, relation);
        }
    }

    /// A relation was dropped.
    pub fn remove(&self, relation: &Relation) {
        let (key, identifier) = self.place(relation);
        if let Some(relations) = self.lock().get_mut(&key) {
            relations.remove(&identifier);
        }
    }

    /// A relation was renamed.
    pub fn rename(&self, from: &Relation, to: &Relation) {
        let kind = {
            let (key, identifier) = self.place(from);
            self.lock().get_mut(&key).and_then(|relations| relations.remove(&identifier)).and_then(|found| found.kind)
        };
        self.add(Relation { kind: kind.or(to.kind), ..to.clone() });
    }

    /// A schema was created or dropped, or may have changed in unknown ways: it is read again when asked about.
    pub fn forget(&self, schema: &Relation) {
        self.lock().remove(&self.place(schema).0);
    }
}
