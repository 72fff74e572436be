//! What a profile says of a DuckDB target, with dbt-duckdb's keys.

use super::setup::{self, Setup};
use crate::adapters::DatabaseError;
use crate::adapters::output::Output;
use crate::adapters::registry::Surroundings;
use crate::diagnostics::{Code, Diagnostic};
use serde_json::{Map, Value as Json};
use std::path::{Path, PathBuf};

const KEYS: &[&str] = &[
    "path",
    "database",
    "config_options",
    "extensions",
    "settings",
    "secrets",
    "attach",
    "disable_transactions",
    "retries",
    "external_root",
    "use_credential_provider",
    "keep_open",
    "is_ducklake",
    "remote",
    "plugins",
    "filesystems",
    "module_paths",
];

/// Keys that only mean something to Python.
const PYTHON_KEYS: &[&str] = &["plugins", "filesystems", "module_paths"];

/// How to open the database and set up a connection to it.
pub(super) struct Credentials {
    /// The file, or `:memory:`.
    pub path: String,
    pub database: String,
    pub schema: String,
    /// Given to the engine when the file is opened.
    pub config_options: Vec<(String, String)>,
    /// Done once, when the database is open.
    pub on_open: Vec<Setup>,
    /// Set on every connection.
    pub settings: Vec<(String, String)>,
    pub disable_transactions: bool,
    pub retries: Retries,
    /// As `target` and `debug` show it.
    pub facts: Map<String, Json>,
}

/// What the profile's `retries` says.
pub(super) struct Retries {
    /// How often to try to open the file while another process holds it.
    pub connect_attempts: u64,
    /// How often to try a statement that fails with one of `retryable`.
    pub query_attempts: u64,
    /// Classes of errors as DuckDB writes them: `IO Error`.
    pub retryable: Vec<String>,
}

impl Retries {
    fn read(keys: &Output<'_>) -> Result<Self, DatabaseError> {
        let empty = Map::new();
        let map = match keys.json("retries") {
            None => &empty,
            Some(Json::Object(map)) => map,
            Some(other) => return Err(keys.ill_typed("retries", "a mapping", other)),
        };
        let entry = Output::new("duckdb", map);
        // The names are those of Python's exceptions: `IOException`.
        let named = entry.list("retryable_exceptions")?.iter().filter_map(Json::as_str);
        let retryable: Vec<_> = named.map(|name| name.replace("Exception", " Error")).collect();
        Ok(Self {
            connect_attempts: entry.integer("connect_attempts")?.unwrap_or(1).max(1),
            query_attempts: entry.integer("query_attempts")?.unwrap_or(1).max(1),
            retryable: if retryable.is_empty() { vec!["IO Error".into()] } else { retryable },
        })
    }

    /// Whether a statement that failed so may be tried once more after as many attempts.
    pub(super) fn allow(&self, error: &DatabaseError, attempts: u64) -> bool {
        attempts < self.query_attempts && error.code.as_ref().is_some_and(|code| self.retryable.contains(code))
    }
}

impl Credentials {
    pub(super) fn read(
        output: &Map<String, Json>,
        surroundings: Surroundings<'_>,
    ) -> Result<(Self, Vec<Diagnostic>), DatabaseError> {
        let keys = Output::new("duckdb", output);
        let (on_open, attached) = setup::read(&keys, surroundings)?;
        let path = keys.text(&["path"])?.unwrap_or_else(|| ":memory:".into());
        refuse_remote(&keys, &path)?;
        let path = local_path(&path, surroundings);
        let credentials = Self {
            database: database(&keys, &path, &attached)?,
            schema: keys.text(&["schema"])?.unwrap_or_else(|| "main".into()),
            config_options: keys.options("config_options")?,
            on_open,
            settings: settings(&keys, surroundings)?,
            disable_transactions: keys.boolean("disable_transactions")?.unwrap_or(false),
            retries: Retries::read(&keys)?,
            facts: facts(output, &path),
            path,
        };
        Ok((credentials.with_database_fact(), warnings(&keys)))
    }

    fn with_database_fact(mut self) -> Self {
        self.facts.insert("database".into(), self.database.clone().into());
        self.facts.insert("schema".into(), self.schema.clone().into());
        self
    }
}

pub(super) fn refuse_remote(keys: &Output<'_>, path: &str) -> Result<(), DatabaseError> {
    if ["md:", "motherduck:"].iter().any(|scheme| path.starts_with(scheme)) {
        return Err(keys.invalid("MotherDuck is not supported: 'path' must be a local file or ':memory:'."));
    }
    match keys.json("remote") {
        Some(_) => Err(keys.invalid("A remote DuckDB server ('remote') is not supported.")),
        None => Ok(()),
    }
}

/// A relative path means the project's folder; `~` the user's. A path with a scheme (`s3://`, `ducklake:`) stays.
pub(super) fn local_path(path: &str, surroundings: Surroundings<'_>) -> String {
    if path.starts_with(":memory:") || has_scheme(path) {
        return path.to_owned();
    }
    let expanded = match (path.strip_prefix("~/"), surroundings.world.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    };
    surroundings.project_dir.join(expanded).to_string_lossy().into_owned()
}

/// Whether a text starts like `s3:`; a single letter is a drive of Windows.
fn has_scheme(path: &str) -> bool {
    path.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// The name that DuckDB gives to a database: the file's name up to its first point, unless that is reserved.
pub(super) fn derived_name(path: &str) -> String {
    if path.starts_with(":memory:") {
        return "memory".into();
    }
    let path = path.split_once("ducklake:").map_or(path, |(_, rest)| rest);
    let file = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = file.split('.').next().unwrap_or("").to_owned();
    if ["main", "temp", "system"].contains(&stem.as_str()) { format!("{stem}_db") } else { stem }
}

fn database(keys: &Output<'_>, path: &str, attached: &[String]) -> Result<String, DatabaseError> {
    let derived = derived_name(path);
    match keys.text(&["database"])? {
        None => Ok(derived),
        Some(name) if name.eq_ignore_ascii_case(&derived) => Ok(name),
        Some(name) if attached.contains(&name) => Ok(name),
        Some(name) => Err(keys.invalid(format!(
            "'database' is '{name}', but the database of path '{path}' is named '{derived}'. Leave 'database' out, or name \
             the file or an attachment's alias so."
        ))),
    }
}

/// The profile's settings; files that SQL names by a relative path are sought in the project's folder.
fn settings(keys: &Output<'_>, surroundings: Surroundings<'_>) -> Result<Vec<(String, String)>, DatabaseError> {
    let mut settings = keys.options("settings")?;
    let search_path = "file_search_path";
    if surroundings.project_dir != surroundings.world.cwd() && settings.iter().all(|(name, _)| name != search_path) {
        settings.push((search_path.into(), surroundings.project_dir.to_string_lossy().into_owned()));
    }
    Ok(settings)
}

fn warnings(keys: &Output<'_>) -> Vec<Diagnostic> {
    let mut warnings = keys.unknown_keys(KEYS);
    for key in PYTHON_KEYS.iter().filter(|key| keys.json(key).is_some()) {
        let message = format!("'{key}' in the profile needs Python; it is ignored.");
        let hint = "Sources that read through a plugin will fail; DuckDB reads many formats by its extensions.";
        warnings.push(*Diagnostic::warning(Code::UNSUPPORTED, message).hint(hint));
    }
    warnings
}

/// The output as dbt shows it, in dbt's order, without secrets.
fn facts(output: &Map<String, Json>, path: &str) -> Map<String, Json> {
    let mut facts = Map::new();
    for key in ["database", "schema", "path"] {
        facts.insert(key.into(), Json::Null);
    }
    facts.insert("path".into(), path.into());
    for key in ["config_options", "extensions", "settings", "external_root", "attach", "disable_transactions"] {
        facts.insert(key.into(), output.get(key).map_or(Json::Null, |value| without_secrets(key, value)));
    }
    if facts["external_root"].is_null() {
        facts.insert("external_root".into(), ".".into());
    }
    facts
}

/// Hides values by their key, and connection strings that hold a password.
fn without_secrets(key: &str, value: &Json) -> Json {
    let hidden =
        |text: &str| ["secret", "password", "token", "key"].iter().any(|word| text.to_lowercase().contains(word));
    match value {
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), without_secrets(key, value))).collect(),
        Json::Array(items) => items.iter().map(|item| without_secrets(key, item)).collect(),
        _ if hidden(key) => "********".into(),
        Json::String(text) if hidden(text) || (text.contains("://") && text.contains('@')) => "********".into(),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use serde_json::json;

    fn read(output: Json) -> Result<(Credentials, Vec<Diagnostic>), DatabaseError> {
        let world = World::fixed("/elsewhere", Default::default(), jiff::Timestamp::UNIX_EPOCH);
        let surroundings = Surroundings { world: &world, project_dir: Path::new("/shop"), threads: 1 };
        Credentials::read(output.as_object().unwrap(), surroundings)
    }

    #[test]
    fn paths_are_the_projects_and_name_the_database() {
        let named =
            |path: &str| read(json!({"type": "duckdb", "path": path})).map(|(c, _)| (c.path, c.database)).unwrap();
        assert_eq!(named("dev.duckdb"), ("/shop/dev.duckdb".into(), "dev".into()));
        assert_eq!(named("/data/a.b.db"), ("/data/a.b.db".into(), "a".into()));
        assert_eq!(named("main.duckdb").1, "main_db");
        assert_eq!(read(json!({"type": "duckdb"})).unwrap().0.database, "memory");
    }

    #[test]
    fn a_database_must_be_the_paths_or_an_attachments() {
        let refused = read(json!({"path": "dev.duckdb", "database": "prod"})).err().unwrap();
        assert!(refused.message.starts_with("'database' is 'prod', but"), "{}", refused.message);
        let attached = read(json!({"database": "lake", "attach": [{"path": "lake.db", "alias": "lake"}]}));
        assert_eq!(attached.unwrap().0.database, "lake");
        assert!(read(json!({"path": "md:shop"})).err().unwrap().message.starts_with("MotherDuck"));
    }

    #[test]
    fn statements_are_tried_again_as_the_profile_says() {
        let retries = |json: Json| read(json!({"retries": json})).map(|(credentials, _)| credentials.retries).unwrap();
        let error = |code: &str| DatabaseError {
            code: Some(code.into()),
            ..DatabaseError::new(crate::adapters::ErrorKind::Statement, "x")
        };
        let twice = retries(json!({"query_attempts": 2}));
        assert!(twice.allow(&error("IO Error"), 1) && !twice.allow(&error("IO Error"), 2));
        assert!(!twice.allow(&error("Binder Error"), 1));
        let http = retries(json!({"query_attempts": 2, "retryable_exceptions": ["HTTPException"]}));
        assert!(http.allow(&error("HTTP Error"), 1) && !http.allow(&error("IO Error"), 1));
        assert!(!retries(json!({})).allow(&error("IO Error"), 1));
    }

    #[test]
    fn facts_hold_no_secrets() {
        let (credentials, _) = read(json!({
            "settings": {"s3_secret_access_key": "hush", "threads": 4},
            "attach": [{"path": "postgres://u:hush@h/d", "type": "postgres"}],
        }))
        .unwrap();
        let shown = serde_json::to_string(&credentials.facts).unwrap();
        assert!(!shown.contains("hush") && shown.contains("\"threads\":4"), "{shown}");
    }
}
