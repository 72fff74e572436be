//! What a profile says of a PostgreSQL target, with dbt-postgres's keys; what it leaves out may come from the `PG*`
//! variables that all of PostgreSQL's clients know.

use super::passfile::{self, Login};
use super::tls::{Files, Mode};
use crate::adapters::DatabaseError;
use crate::adapters::output::Output;
use crate::adapters::registry::Surroundings;
use crate::diagnostics::{Code, Diagnostic};
use crate::world::World;
use serde_json::{Map, Value as Json, json};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

const KEYS: &[&str] = &[
    "host",
    "port",
    "user",
    "password",
    "pass",
    "dbname",
    "database",
    "connect_timeout",
    "role",
    "search_path",
    "keepalives_idle",
    "sslmode",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "application_name",
    "autocommit",
    "retries",
];

/// How to reach a server, and who asks.
pub(super) struct Credentials {
    /// A name, an address, or the directory of a socket.
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: Option<String>,
    pub database: String,
    pub schema: String,
    pub connect_timeout: Duration,
    pub role: Option<String>,
    pub search_path: Option<String>,
    /// `None`: the system's default.
    pub keepalives_idle: Option<Duration>,
    pub sslmode: Mode,
    pub files: Files,
    pub application_name: String,
    /// How often to try again after a failure that may pass.
    pub retries: u64,
}

impl Credentials {
    pub(super) fn read(
        output: &Map<String, Json>,
        surroundings: Surroundings<'_>,
    ) -> Result<(Self, Vec<Diagnostic>), DatabaseError> {
        let (keys, world) = (Output::new("postgres", output), surroundings.world);
        let text =
            |names: &[&'static str], variable: &str| Ok(keys.text(names)?.or_else(|| variable_of(world, variable)));
        let required = |names: &[&'static str], variable: &str| match text(names, variable)? {
            Some(value) => Ok(value),
            None => keys.required_text(names),
        };
        let mut credentials = Self {
            host: required(&["host"], "PGHOST")?,
            port: port(&keys, world)?,
            user: required(&["user"], "PGUSER")?,
            password: text(&["password", "pass"], "PGPASSWORD")?,
            database: required(&["dbname", "database"], "PGDATABASE")?,
            schema: keys.required_text(&["schema"])?,
            connect_timeout: Duration::from_secs(
                number(&keys, "connect_timeout", world, "PGCONNECT_TIMEOUT")?.unwrap_or(10),
            ),
            role: keys.text(&["role"])?,
            search_path: keys.text(&["search_path"])?,
            keepalives_idle: keys.integer("keepalives_idle")?.filter(|idle| *idle > 0).map(Duration::from_secs),
            sslmode: sslmode(&keys, text(&["sslmode"], "PGSSLMODE")?)?,
            files: Files {
                certificate: text(&["sslcert"], "PGSSLCERT")?.map(|path| in_project(&path, surroundings)),
                key: text(&["sslkey"], "PGSSLKEY")?.map(|path| in_project(&path, surroundings)),
                root: text(&["sslrootcert"], "PGSSLROOTCERT")?.map(|path| in_project(&path, surroundings)),
                home: world.home(),
            },
            application_name: text(&["application_name"], "PGAPPNAME")?.unwrap_or_else(|| "sqlbuild".into()),
            retries: keys.integer("retries")?.unwrap_or(1),
        };
        let mut warnings = keys.unknown_keys(KEYS);
        if credentials.password.is_none() {
            let (password, warning) = passfile::password(world, &credentials.login());
            credentials.password = password;
            warnings.extend(warning.map(|warning| *warning));
        }
        warnings.extend(credentials.unverified());
        Ok((credentials, warnings))
    }

    fn login(&self) -> Login<'_> {
        Login { host: &self.host, port: self.port, database: &self.database, user: &self.user }
    }

    /// Whether the host is a directory with a socket in it.
    pub(super) fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    fn is_local(&self) -> bool {
        let loopback = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        self.is_socket() || self.host == "localhost" || loopback
    }

    /// A warning when somebody on the way could pose as the server.
    fn unverified(&self) -> Option<Diagnostic> {
        if self.is_local() || self.sslmode.verifies() {
            return None;
        }
        let message = format!(
            "The connection to {} is not verified: with sslmode '{}' somebody on the way could pose as the server.",
            self.host,
            self.sslmode.name()
        );
        Some(*Diagnostic::warning(Code::CONNECTION_INSECURE, message).hint(
            "Set `sslmode: verify-full` in the profile, and `sslrootcert` when the server's certificate is not from a \
             public authority.",
        ))
    }

    /// Where the server is, for messages.
    pub(super) fn place(&self) -> String {
        match self.is_socket() {
            true => format!("{}/.s.PGSQL.{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// As `debug` shows them, in dbt's order; no password.
    pub(super) fn facts(&self) -> Map<String, Json> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let facts = json!({
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "database": self.database,
            "schema": self.schema,
            "connect_timeout": self.connect_timeout.as_secs(),
            "role": self.role,
            "search_path": self.search_path,
            "keepalives_idle": self.keepalives_idle.map_or(0, |idle| idle.as_secs()),
            "sslmode": self.sslmode.name(),
            "sslcert": path(&self.files.certificate),
            "sslkey": path(&self.files.key),
            "sslrootcert": path(&self.files.root),
            "application_name": self.application_name,
            "retries": self.retries,
        });
        match facts {
            Json::Object(facts) => facts,
            _ => Map::new(),
        }
    }
}

fn variable_of(world: &World, name: &str) -> Option<String> {
    world.env(name).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn number(keys: &Output<'_>, name: &'static str, world: &World, variable: &str) -> Result<Option<u64>, DatabaseError> {
    match (keys.integer(name)?, variable_of(world, variable)) {
        (Some(number), _) => Ok(Some(number)),
        (None, None) => Ok(None),
        (None, Some(text)) => {
            let wrong = |_| keys.invalid(format!("{variable} must be a whole number from 0, not '{text}'."));
            text.parse().map(Some).map_err(wrong)
        }
    }
}

fn port(keys: &Output<'_>, world: &World) -> Result<u16, DatabaseError> {
    let number = number(keys, "port", world, "PGPORT")?.unwrap_or(5432);
    u16::try_from(number).map_err(|_| keys.invalid(format!("'port' must be at most 65535, not {number}.")))
}

fn sslmode(keys: &Output<'_>, name: Option<String>) -> Result<Mode, DatabaseError> {
    let Some(name) = name else { return Ok(Mode::Prefer) };
    Mode::parse(&name).ok_or_else(|| {
        let known: Vec<_> = Mode::ALL.iter().map(|mode| mode.name()).collect();
        keys.invalid(format!("'sslmode' must be one of {}, not '{name}'.", known.join(", ")))
    })
}

/// `system` is no file, but the word for the machine's own certificates.
fn in_project(path: &str, surroundings: Surroundings<'_>) -> PathBuf {
    match (path.strip_prefix("~/"), surroundings.world.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if path == "system" => PathBuf::from(path),
        _ => surroundings.project_dir.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(output: Json, env: &[(&str, &str)]) -> Result<(Credentials, Vec<Diagnostic>), DatabaseError> {
        let env = env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let world = World::fixed("/", env, jiff::Timestamp::UNIX_EPOCH);
        let surroundings = Surroundings { world: &world, project_dir: Path::new("/shop"), threads: 1 };
        Credentials::read(output.as_object().unwrap(), surroundings)
    }

    #[test]
    fn the_environment_fills_what_the_profile_leaves_out() {
        let env =
            [("PGHOST", "db"), ("PGUSER", "ann"), ("PGDATABASE", "shop"), ("PGPORT", "6543"), ("PGPASSWORD", "x")];
        let (credentials, _) = read(json!({"schema": "s", "user": "bob", "pass": ""}), &env).unwrap();
        assert_eq!((credentials.user.as_str(), credentials.place().as_str()), ("bob", "db:6543"));
        assert_eq!(credentials.password.as_deref(), Some("x"));
        let lacking = read(json!({"schema": "s", "user": "bob"}), &env[..1]).err().unwrap();
        assert_eq!(lacking.message, "The profile's postgres output lacks 'dbname'.");
    }

    #[test]
    fn wrong_values_are_named() {
        let full = |key: &str, value: Json| {
            let mut output = json!({"host": "h", "user": "u", "dbname": "d", "schema": "s"});
            output[key] = value;
            read(output, &[]).err().unwrap().message
        };
        assert_eq!(full("port", json!(70000)), "'port' must be at most 65535, not 70000.");
        assert_eq!(
            full("sslmode", json!("on")),
            "'sslmode' must be one of disable, allow, prefer, require, verify-ca, verify-full, not 'on'."
        );
    }

    #[test]
    fn remote_connections_are_warned_about_unless_verified() {
        let warned = |host: &str, sslmode: &str| {
            let output = json!({"host": host, "user": "u", "dbname": "d", "schema": "s", "sslmode": sslmode});
            !read(output, &[]).unwrap().1.is_empty()
        };
        assert!(warned("db.example.com", "require"));
        assert!(!warned("db.example.com", "verify-full"));
        assert!(!warned("127.0.0.1", "prefer") && !warned("/run/postgresql", "prefer") && !warned("::1", "disable"));
    }

    #[test]
    fn facts_hold_no_password() {
        let output = json!({"host": "h", "user": "u", "dbname": "d", "schema": "s", "password": "hush"});
        let facts = read(output, &[]).unwrap().0.facts();
        assert!(!Json::Object(facts).to_string().contains("hush"));
    }
}
