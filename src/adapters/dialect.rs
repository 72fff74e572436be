//! The facts of an engine.

use super::Parts;
use crate::sql::Lexis;

/// What is true of an engine, as data; the pipeline decides by these facts, never by the engine's name.
#[derive(Debug)]
pub struct Dialect {
    /// As `target.type` and as the prefix of its macros, such as `postgres`.
    pub name: &'static str,
    /// The longest identifier, in bytes.
    pub max_identifier_length: usize,
    /// What becomes of an unquoted identifier.
    pub identifier_case: IdentifierCase,
    /// Whether names of relations and of seeds' columns are written in quotes where a project does not say.
    pub quotes_names: bool,
    /// How texts and comments are written.
    pub lexis: Lexis,
    /// Whether a table or view takes the place of one of its kind in one statement (`create or replace`).
    pub replaces_relations: bool,
    /// Whether comments in front of a statement are lost: query comments then stand behind it.
    pub strips_leading_comments: bool,
    /// Whether a node's config sets something of the session: macros then run around each node's work.
    pub sessions_are_configured: bool,
    /// Whether temporary tables live in schemas, beside the others.
    pub temporaries_have_schemas: bool,
    /// Whether create, rename and drop are undone by a rollback.
    pub transactional_ddl: bool,
    /// Whether models in Python run inside the engine.
    pub python_models: bool,
    /// Whether the engine has materialized views.
    pub materialized_views: bool,
    /// The kinds of catalogs (`catalog_type` in catalogs.yml) in which the engine keeps tables of lakes.
    pub lake_catalogs: &'static [&'static str],
    /// Whether the engine has grants.
    pub grants: bool,
    /// Whether a dropped relation takes dependent views with it (or must be told to).
    pub drops_cascade: bool,
    /// Whether a table that has indexes can be renamed.
    pub renames_indexed_tables: bool,
    /// Whether constraints of a table can be added and dropped, and its foreign keys checked late.
    pub alters_constraints: bool,
    /// Whether tables can be partitioned by ranges of a column.
    pub range_partitions: bool,
    /// Whether the catalog knows when a table was changed last: what a source without `loaded_at_field` is judged by.
    pub knows_last_change: bool,
    /// Whether a query in `from` must have an alias.
    pub subqueries_need_alias: bool,
    /// Whether batches of a microbatch model may be written at the same time.
    pub concurrent_batches: bool,
    /// The incremental strategies, the default first. A project's own come by macro.
    pub incremental_strategies: &'static [&'static str],
    /// Materializations that the engine has of its own: a project's for all engines does not replace them, one for
    /// this engine does.
    pub own_materializations: &'static [&'static str],
    /// What the engine does with each kind of constraint.
    pub constraints: ConstraintSupport,
    /// Whether files can be read where they are, as tables.
    pub reads_files: bool,
    /// Whether rows can be written to a folder of files, each for one value of a column.
    pub partitions_files: bool,
    /// Whether lists are written `{a,b}`, and JSON cannot hold the character U+0000.
    pub array_literals: bool,
    /// What DuckDB calls types that have other names here; nothing: it has none like them.
    pub duckdb_types: &'static [(&'static str, &'static str)],
    /// What a type of DuckDB's is called here; what has no counterpart is kept as text.
    pub type_of_duckdb: fn(&str) -> String,
    /// Stands for a bound value in a statement.
    pub placeholder: &'static str,
    /// Whether templates see a text type without a limit as it is; else as one of 256 characters, as dbt's plain column
    /// class has it.
    pub unlimited_texts: bool,
    /// Whether blanks and the word `null` in a seed are null in a column of text too; else only nothing at all is.
    pub null_words_in_texts: bool,
    /// Types as dbt's seeds and cross-database macros name them: text.
    pub type_text: &'static str,
    /// Whole numbers that fit four bytes.
    pub type_integer: &'static str,
    /// Whole numbers that need eight bytes.
    pub type_bigint: &'static str,
    /// Numbers with a fraction, as seeds infer them.
    pub type_number: &'static str,
    /// Truth values.
    pub type_boolean: &'static str,
    /// Days.
    pub type_date: &'static str,
    /// Time stamps without a zone.
    pub type_timestamp: &'static str,
}

/// What SQL calls a type of DuckDB's; what has no counterpart everywhere is text.
pub(super) fn standard_type(duckdb: &str) -> String {
    let name = match duckdb {
        "BOOLEAN" | "SMALLINT" | "INTEGER" | "BIGINT" | "DATE" | "TIME" => return duckdb.to_lowercase(),
        "TINYINT" | "UTINYINT" => "smallint",
        "USMALLINT" => "integer",
        "UINTEGER" => "bigint",
        "UBIGINT" | "HUGEINT" | "UHUGEINT" => "numeric(38,0)",
        "FLOAT" => "real",
        "DOUBLE" => "double precision",
        "TIMESTAMP WITH TIME ZONE" => "timestamp with time zone",
        name if name.starts_with("TIMESTAMP") => "timestamp without time zone",
        name if name.starts_with("DECIMAL") && !name.ends_with(']') => {
            return name.to_lowercase().replace("decimal", "numeric");
        }
        _ => "text",
    };
    name.to_owned()
}

/// What becomes of an identifier that is not quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierCase {
    /// Folded to lower case.
    Lower,
    /// Folded to upper case.
    Upper,
    /// Kept, and compared without regard to case, quoted or not.
    Insensitive,
}

/// Whether constraints of each kind can be written and are held, in dbt's terms.
#[derive(Debug, Clone, Copy)]
pub struct ConstraintSupport {
    /// `check (…)`.
    pub check: Enforcement,
    /// `not null`.
    pub not_null: Enforcement,
    /// `unique`.
    pub unique: Enforcement,
    /// `primary key`.
    pub primary_key: Enforcement,
    /// `foreign key … references`.
    pub foreign_key: Enforcement,
}

impl ConstraintSupport {
    /// What becomes of constraints of this type, by dbt's name for it; `None` for others.
    pub fn of(&self, kind: &str) -> Option<Enforcement> {
        Some(match kind {
            "check" => self.check,
            "not_null" => self.not_null,
            "unique" => self.unique,
            "primary_key" => self.primary_key,
            "foreign_key" => self.foreign_key,
            _ => return None,
        })
    }
}

/// What an engine does with a kind of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforcement {
    /// It holds.
    Enforced,
    /// It is recorded but not held.
    NotEnforced,
    /// It cannot be written.
    NotSupported,
}

impl Dialect {
    /// An identifier as the engine compares it.
    pub fn fold(&self, name: &str, quoted: bool) -> String {
        match self.identifier_case {
            IdentifierCase::Insensitive => name.to_lowercase(),
            _ if quoted => name.to_owned(),
            _ => self.unquoted(name),
        }
    }

    /// What the engine calls a thing whose name was written without quotes.
    pub fn unquoted(&self, name: &str) -> String {
        match self.identifier_case {
            IdentifierCase::Insensitive => name.to_owned(),
            IdentifierCase::Lower => name.to_lowercase(),
            IdentifierCase::Upper => name.to_uppercase(),
        }
    }

    /// What the engine calls a column that a config names: in small letters as if without quotes, else as it is.
    pub fn configured(&self, name: &str) -> String {
        if name.chars().any(char::is_uppercase) { name.to_owned() } else { self.unquoted(name) }
    }

    /// Which parts of a relation's name are written in quotes where a project does not say.
    pub fn quoting(&self) -> Parts {
        Parts { database: self.quotes_names, schema: self.quotes_names, identifier: self.quotes_names }
    }

    /// What a thing of this engine is called in another: without quotes it is found there if it is found so here.
    pub fn name_in(&self, other: &Dialect, name: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_plain = name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit());
        if is_plain && self.unquoted(name) == name { other.unquoted(name) } else { name.to_owned() }
    }

    /// An identifier in quotes.
    pub fn quote(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// A text as an SQL literal.
    pub fn literal(&self, text: &str) -> String {
        let text = if self.lexis.backslash_escapes { text.replace('\\', "\\\\") } else { text.to_owned() };
        format!("'{}'", text.replace('\'', "''"))
    }
}
