//! Which column a field of a file belongs to.

use super::FILE_COLUMNS;
use crate::adapters::Dialect;
use crate::files::Field;
use indexmap::IndexSet;
use std::collections::HashMap;

/// Columns by the names that files give them.
pub(super) struct Columns<'a> {
    dialect: &'a Dialect,
    /// As the engine compares them.
    keys: IndexSet<String>,
    places: HashMap<String, usize>,
    /// The names and places of the fields of the row before, which the next row is likely to have too.
    row: Vec<(String, usize)>,
}

impl<'a> Columns<'a> {
    pub(super) fn new<'n>(dialect: &'a Dialect, known: impl IntoIterator<Item = &'n str>) -> Self {
        let keys = known.into_iter().map(key).collect();
        Self { dialect, keys, places: HashMap::new(), row: vec![] }
    }

    /// The place of a row's field, which stands at `position` in it. A column that is new has the name that is returned
    /// too.
    pub(super) fn of_field(&mut self, position: usize, field: &Field<'_>) -> (usize, Option<String>) {
        if let Some((name, place)) = self.row.get(position)
            && *name == field.name
        {
            return (*place, None);
        }
        let (place, is_new) = self.of_name(&field.name);
        self.row.truncate(position);
        if position == self.row.len() {
            self.row.push((field.name.clone().into_owned(), place));
        }
        (place, is_new)
    }

    /// The place of a column by the name that a file gives it, and its name in the table if it is new.
    pub(super) fn of_name(&mut self, name: &str) -> (usize, Option<String>) {
        if let Some(place) = self.places.get(name) {
            return (*place, None);
        }
        // What needs no quotes is called as it is without them.
        let own = if is_plain(name) { self.dialect.unquoted(name) } else { name.to_owned() };
        let key = key(&own);
        let own = if key.len() > own.len() { format!("{own}{}", &key[own.len()..]) } else { own };
        let (place, is_new) = self.keys.insert_full(key);
        self.places.insert(name.to_owned(), place);
        (place, is_new.then_some(own))
    }
}

/// A name as it is compared; one that the table needs itself is another's.
fn key(name: &str) -> String {
    let mut key = name.to_lowercase();
    while FILE_COLUMNS.contains(&key.as_str()) {
        key.push('_');
    }
    key
}

fn is_plain(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit())
}
