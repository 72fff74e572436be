//! What a profile says of a Snowflake target, with dbt-snowflake's keys.

use super::key::{self, UserKey};
use crate::adapters::DatabaseError;
use crate::adapters::output::Output;
use crate::adapters::registry::Surroundings;
use crate::diagnostics::{Code, Diagnostic};
use crate::world::Clock;
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

const KEYS: &[&str] = &[
    "account",
    "user",
    "password",
    "authenticator",
    "private_key",
    "private_key_path",
    "private_key_passphrase",
    "token",
    "oauth_client_id",
    "oauth_client_secret",
    "role",
    "warehouse",
    "database",
    "query_tag",
    "client_session_keep_alive",
    "host",
    "port",
    "protocol",
    "proxy_host",
    "proxy_port",
    "connect_retries",
    "connect_timeout",
    "retry_on_database_errors",
    "retry_all",
    "reuse_connections",
    "insecure_mode",
    "s3_stage_vpce_dns_name",
    "platform_detection_timeout_seconds",
];

/// How to reach an account, and who asks.
pub(super) struct Credentials {
    pub account: String,
    /// Empty where a token says who asks.
    pub user: String,
    pub login: Login,
    pub role: Option<String>,
    pub warehouse: Option<String>,
    pub database: String,
    pub schema: String,
    pub query_tag: Option<String>,
    pub keep_alive: bool,
    pub endpoint: Endpoint,
    pub retries: Retries,
    /// What pauses are taken by, and logins dated.
    pub clock: Clock,
    /// As written in the profile, for `debug`.
    authenticator: Option<String>,
    oauth_client_id: Option<String>,
    reuse_connections: Option<bool>,
}

/// What proves who asks.
pub(super) enum Login {
    Password(String),
    /// A password, and a confirmation on the user's phone.
    PasswordMfa(String),
    KeyPair(UserKey),
    OAuth(String),
    /// A refresh token, which an access token is asked for with.
    OAuthRefresh {
        client: String,
        secret: String,
        refresh_token: String,
    },
    AccessToken(String),
}

/// Where the account is.
pub(super) struct Endpoint {
    /// Such as `https://ab12345.eu-central-1.snowflakecomputing.com`; no slash at the end.
    pub url: String,
    /// Such as `http://proxy:8080`.
    pub proxy: Option<String>,
    pub connect_timeout: Duration,
}

/// Which failures to connect are tried again, and how often.
#[derive(Clone, Copy)]
pub(super) struct Retries {
    pub tries: u64,
    pub on_database_errors: bool,
    pub all: bool,
}

impl Credentials {
    pub(super) fn read(
        output: &Map<String, Json>,
        surroundings: Surroundings<'_>,
    ) -> Result<(Self, Vec<Diagnostic>), DatabaseError> {
        let keys = Output::new("snowflake", output);
        // An account's name may hold underscores, a host's name may not.
        let account = keys.required_text(&["account"])?.replace('_', "-");
        let authenticator = keys.text(&["authenticator"])?;
        let login = login(&keys, authenticator.as_deref(), surroundings)?;
        let user = match login {
            Login::OAuth(_) | Login::OAuthRefresh { .. } | Login::AccessToken(_) => {
                keys.text(&["user"])?.unwrap_or_default()
            }
            _ => keys.required_text(&["user"])?,
        };
        let credentials = Self {
            endpoint: endpoint(&keys, &account)?,
            account,
            user,
            login,
            role: keys.text(&["role"])?,
            warehouse: keys.text(&["warehouse"])?,
            database: keys.required_text(&["database"])?,
            schema: keys.required_text(&["schema"])?,
            query_tag: keys.text(&["query_tag"])?,
            keep_alive: keys.boolean("client_session_keep_alive")?.unwrap_or(false),
            retries: Retries {
                tries: keys.integer("connect_retries")?.unwrap_or(1),
                on_database_errors: keys.boolean("retry_on_database_errors")?.unwrap_or(false),
                all: keys.boolean("retry_all")?.unwrap_or(false),
            },
            clock: surroundings.world.clock().clone(),
            authenticator,
            oauth_client_id: keys.text(&["oauth_client_id"])?,
            reuse_connections: keys.boolean("reuse_connections")?,
        };
        let mut warnings = keys.unknown_keys(KEYS);
        warnings.extend(credentials.unencrypted());
        Ok((credentials, warnings))
    }

    /// A warning when passwords and rows can be read on the way.
    fn unencrypted(&self) -> Option<Diagnostic> {
        let host = self.endpoint.url.strip_prefix("http://")?;
        let local = ["localhost", "127.", "[::1]"].iter().any(|name| host.starts_with(name));
        let message = format!("The connection to {host} is not encrypted.");
        let hint = "Set `protocol: https` in the profile.";
        (!local).then(|| *Diagnostic::warning(Code::CONNECTION_INSECURE, message).hint(hint))
    }

    /// As `debug` shows them, in dbt's order; no secret.
    pub(super) fn facts(&self) -> Map<String, Json> {
        let facts = json!({
            "account": self.account,
            "user": self.user,
            "database": self.database,
            "warehouse": self.warehouse,
            "role": self.role,
            "schema": self.schema,
            "authenticator": self.authenticator,
            "oauth_client_id": self.oauth_client_id,
            "query_tag": self.query_tag,
            "client_session_keep_alive": self.keep_alive,
            "host": self.endpoint.url,
            "proxy": self.endpoint.proxy,
            "connect_retries": self.retries.tries,
            "connect_timeout": self.endpoint.connect_timeout.as_secs(),
            "retry_on_database_errors": self.retries.on_database_errors,
            "retry_all": self.retries.all,
            "reuse_connections": self.reuse_connections,
        });
        match facts {
            Json::Object(facts) => facts,
            _ => Map::new(),
        }
    }
}

fn login(
    keys: &Output<'_>,
    authenticator: Option<&str>,
    surroundings: Surroundings<'_>,
) -> Result<Login, DatabaseError> {
    let token = || keys.required_text(&["token"]);
    let password = || keys.required_text(&["password"]);
    Ok(match authenticator.unwrap_or("snowflake").to_lowercase().as_str() {
        "snowflake" | "snowflake_jwt" => match key::read(keys, surroundings)? {
            Some(key) => Login::KeyPair(key),
            None => Login::Password(keys.text(&["password"])?.ok_or_else(|| {
                keys.invalid(
                    "The profile's snowflake output lacks a login: give 'password', 'private_key_path', 'private_key', \
                     or 'token' with its 'authenticator'.",
                )
            })?),
        },
        "username_password_mfa" => Login::PasswordMfa(password()?),
        "oauth" => match (keys.text(&["oauth_client_id"])?, keys.text(&["oauth_client_secret"])?) {
            (Some(client), Some(secret)) => Login::OAuthRefresh { client, secret, refresh_token: token()? },
            (None, None) => Login::OAuth(token()?),
            (Some(_), None) => return Err(keys.missing("oauth_client_secret")),
            (None, Some(_)) => return Err(keys.missing("oauth_client_id")),
        },
        "jwt" => Login::OAuth(token()?),
        "programmatic_access_token" => Login::AccessToken(token()?),
        other => return Err(unknown_authenticator(keys, other)),
    })
}

fn unknown_authenticator(keys: &Output<'_>, name: &str) -> DatabaseError {
    let interactive = name == "externalbrowser" || name == "workload_identity" || name.starts_with("https://");
    let message = match interactive {
        true => format!("The authenticator '{name}' is not supported."),
        false => format!("'authenticator' must be one that exists, not '{name}'."),
    };
    DatabaseError {
        hint: Some(
            "Leave it out for a password or a key pair, or set one of: username_password_mfa, oauth, jwt, \
             programmatic_access_token."
                .into(),
        ),
        ..keys.invalid(message)
    }
}

fn endpoint(keys: &Output<'_>, account: &str) -> Result<Endpoint, DatabaseError> {
    let protocol = keys.text(&["protocol"])?.unwrap_or_else(|| "https".into()).to_lowercase();
    if !["http", "https"].contains(&protocol.as_str()) {
        return Err(keys.invalid(format!("'protocol' must be https or http, not '{protocol}'.")));
    }
    let host = keys.text(&["host"])?.unwrap_or_else(|| format!("{account}.snowflakecomputing.com"));
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_[]:".contains(c));
    if !plain(&host) {
        return Err(keys.invalid(format!("'host' or 'account' does not make a host's name: '{host}'.")));
    }
    let port = match port(keys, "port")? {
        Some(port) => format!(":{port}"),
        None => String::new(),
    };
    let proxy = match (keys.text(&["proxy_host"])?, port_of_proxy(keys)?) {
        (Some(host), Some(port)) if host.contains("://") => Some(format!("{host}:{port}")),
        (Some(host), Some(port)) => Some(format!("http://{host}:{port}")),
        (Some(_), None) => return Err(keys.missing("proxy_port")),
        (None, Some(_)) => return Err(keys.missing("proxy_host")),
        (None, None) => None,
    };
    Ok(Endpoint {
        url: format!("{protocol}://{host}{port}"),
        proxy,
        connect_timeout: Duration::from_secs(keys.integer("connect_timeout")?.unwrap_or(30).max(1)),
    })
}

fn port_of_proxy(keys: &Output<'_>) -> Result<Option<u16>, DatabaseError> {
    port(keys, "proxy_port")
}

fn port(keys: &Output<'_>, name: &'static str) -> Result<Option<u16>, DatabaseError> {
    let Some(number) = keys.integer(name)? else { return Ok(None) };
    let wrong = |_| keys.invalid(format!("'{name}' must be at most 65535, not {number}."));
    u16::try_from(number).map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use std::path::Path;

    fn read(more: Json) -> Result<(Credentials, Vec<Diagnostic>), DatabaseError> {
        let mut output = json!({"account": "ab_1.eu-central-1", "user": "ann", "database": "d", "schema": "s"});
        for (key, value) in more.as_object().unwrap() {
            output[key] = value.clone();
        }
        let world = World::fixed("/", Default::default(), jiff::Timestamp::UNIX_EPOCH);
        let surroundings = Surroundings { world: &world, project_dir: Path::new("/"), threads: 1 };
        Credentials::read(output.as_object().unwrap(), surroundings)
    }

    fn refusal(more: Json) -> String {
        read(more).err().unwrap().message
    }

    #[test]
    fn the_account_gives_the_host() {
        let url = |more: Json| read(more).unwrap().0.endpoint.url;
        assert_eq!(url(json!({"password": "x"})), "https://ab-1.eu-central-1.snowflakecomputing.com");
        let local = json!({"password": "x", "host": "127.0.0.1", "port": "80", "protocol": "http"});
        assert_eq!(url(local), "http://127.0.0.1:80");
        assert!(refusal(json!({"password": "x", "account": "a/b"})).contains("'a/b.snowflakecomputing.com'"));
    }

    #[test]
    fn logins_need_their_secrets() {
        assert!(refusal(json!({})).contains("lacks a login"));
        assert!(refusal(json!({"authenticator": "oauth"})).ends_with("lacks 'token'."));
        let half = json!({"authenticator": "oauth", "token": "t", "oauth_client_id": "c"});
        assert!(refusal(half).ends_with("lacks 'oauth_client_secret'."));
        assert_eq!(
            refusal(json!({"authenticator": "externalbrowser"})),
            "The authenticator 'externalbrowser' is not supported."
        );
        assert!(refusal(json!({"password": "x", "user": ""})).ends_with("lacks 'user'."));
        let token = json!({"authenticator": "programmatic_access_token", "token": "t", "user": ""});
        assert!(matches!(read(token).unwrap().0.login, Login::AccessToken(_)));
    }

    #[test]
    fn facts_hold_no_secret() {
        let output =
            json!({"authenticator": "oauth", "token": "hush", "oauth_client_id": "c", "oauth_client_secret": "hush"});
        let facts = read(output).unwrap().0.facts();
        assert!(!Json::Object(facts).to_string().contains("hush"));
    }

    #[test]
    fn plain_connections_are_warned_about_unless_local() {
        let warned = |host: &str| {
            let output = json!({"password": "x", "host": host, "protocol": "http"});
            !read(output).unwrap().1.is_empty()
        };
        assert!(warned("sf.example.com") && !warned("127.0.0.1") && !warned("localhost"));
    }
}
