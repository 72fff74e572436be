//! What is done once, when the database is open: extensions, secrets, attachments.

use super::credentials::{derived_name, local_path, refuse_remote};
use super::dialect::DUCKDB;
use super::errors::unusable;
use crate::adapters::DatabaseError;
use crate::adapters::output::{Output, scalar};
use crate::adapters::registry::Surroundings;
use serde_json::Value as Json;

/// A step that prepares an open database.
#[derive(Debug, PartialEq)]
pub(super) enum Setup {
    /// Load an extension; install it (from a repository) when it is not there.
    Extension { name: String, repository: Option<String> },
    /// A statement, which may hold secrets, and what it is about.
    Statement { what: String, sql: String },
}

impl Setup {
    /// Carries the step out.
    pub(super) fn apply(&self, connection: &duckdb::Connection) -> Result<(), DatabaseError> {
        match self {
            Setup::Statement { what, sql } => connection.execute_batch(sql).map_err(|error| unusable(what, &error)),
            Setup::Extension { name, repository } => {
                let quoted = DUCKDB.quote(name);
                let load = format!("LOAD {quoted}");
                let from = repository.as_deref().map(|repository| format!(" FROM {repository}")).unwrap_or_default();
                // What is linked in, or was installed before, loads without a network.
                connection
                    .execute_batch(&load)
                    .or_else(|_| connection.execute_batch(&format!("INSTALL {quoted}{from}; {load}")))
                    .map_err(|error| unusable(&format!("the extension '{name}'"), &error))
            }
        }
    }
}

/// All steps of a profile, in the order in which they depend on each other, and the names of what is attached.
pub(super) fn read(
    keys: &Output<'_>,
    surroundings: Surroundings<'_>,
) -> Result<(Vec<Setup>, Vec<String>), DatabaseError> {
    let attachments = attachments(keys, surroundings)?;
    let names = attachments.iter().map(|attachment| attachment.name.clone()).collect();
    let mut steps = extensions(keys)?;
    steps.extend(secrets(keys)?);
    steps.extend((1..).zip(attachments).map(|(number, attachment)| {
        // Its path may be a connection string with a password, so it is told by its place.
        Setup::Statement { what: format!("attachment {number} of the profile"), sql: attachment.sql }
    }));
    Ok((steps, names))
}

/// A database beside the main one.
struct Attachment {
    name: String,
    sql: String,
}

fn attachments(keys: &Output<'_>, surroundings: Surroundings<'_>) -> Result<Vec<Attachment>, DatabaseError> {
    keys.list("attach")?.iter().map(|item| attachment(keys, item, surroundings)).collect()
}

fn attachment(keys: &Output<'_>, item: &Json, surroundings: Surroundings<'_>) -> Result<Attachment, DatabaseError> {
    let Json::Object(map) = item else { return Err(keys.ill_typed("attach", "a list of mappings", item)) };
    let entry = Output::new("duckdb", map);
    let path = entry.text(&["path"])?.ok_or_else(|| keys.invalid("An entry of 'attach' lacks 'path'."))?;
    refuse_remote(&entry, &path)?;
    let kind = entry.text(&["type"])?;
    let is_file = kind.as_deref().is_none_or(|kind| ["duckdb", "sqlite"].contains(&kind.to_lowercase().as_str()));
    let path = if is_file { local_path(&path, surroundings) } else { path };
    let alias = entry.text(&["alias"])?;
    let mut options: Vec<String> = vec![];
    options.extend(kind.map(|kind| format!("TYPE {}", DUCKDB.quote(&kind))));
    options.extend(entry.text(&["secret"])?.map(|secret| format!("SECRET {}", DUCKDB.quote(&secret))));
    options.extend(entry.boolean("read_only")?.filter(|read_only| *read_only).map(|_| "READ_ONLY".to_owned()));
    for (option, value) in entry.options("options")? {
        match value.as_str() {
            "false" => {}
            "true" => options.push(DUCKDB.quote(&option)),
            _ => options.push(format!("{} {}", DUCKDB.quote(&option), DUCKDB.literal(&value))),
        }
    }
    let named = alias.as_deref().map(|alias| format!(" AS {}", DUCKDB.quote(alias))).unwrap_or_default();
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
    Ok(Attachment {
        name: alias.unwrap_or_else(|| derived_name(&path)),
        sql: format!("ATTACH IF NOT EXISTS {}{named}{options}", DUCKDB.literal(&path)),
    })
}

fn extensions(keys: &Output<'_>) -> Result<Vec<Setup>, DatabaseError> {
    let extension = |item: &Json| match item {
        Json::String(name) => Ok(Setup::Extension { name: name.clone(), repository: None }),
        Json::Object(map) => {
            let entry = Output::new("duckdb", map);
            let repository = entry.text(&["repo"])?;
            Ok(Setup::Extension { name: entry.required_text(&["name"])?, repository })
        }
        other => Err(keys.ill_typed("extensions", "a list of names", other)),
    };
    keys.list("extensions")?.iter().map(extension).collect()
}

fn secrets(keys: &Output<'_>) -> Result<Vec<Setup>, DatabaseError> {
    let mut secrets = keys
        .list("secrets")?
        .iter()
        .enumerate()
        .map(|(index, item)| secret(keys, index + 1, item))
        .collect::<Result<Vec<_>, _>>()?;
    match keys.text(&["use_credential_provider"])?.as_deref() {
        None => {}
        Some("aws") => secrets.push(Setup::Statement {
            what: "the provider 'aws'".into(),
            sql: "CREATE OR REPLACE SECRET (TYPE s3, PROVIDER credential_chain)".into(),
        }),
        Some(other) => return Err(keys.invalid(format!("'use_credential_provider' must be 'aws', not '{other}'."))),
    }
    Ok(secrets)
}

fn secret(keys: &Output<'_>, number: usize, item: &Json) -> Result<Setup, DatabaseError> {
    let Json::Object(map) = item else { return Err(keys.ill_typed("secrets", "a list of mappings", item)) };
    let entry = Output::new("duckdb", map);
    let kind = entry.text(&["type"])?.ok_or_else(|| keys.invalid("An entry of 'secrets' lacks 'type'."))?;
    let name = entry.text(&["name"])?.unwrap_or_else(|| format!("_dbt_secret_{number}"));
    let persistent = if entry.boolean("persistent")?.unwrap_or(false) { "PERSISTENT " } else { "" };
    let mut options = vec![format!("TYPE {}", DUCKDB.quote(&kind))];
    for (key, value) in map.iter().filter(|(key, _)| !["type", "name", "persistent"].contains(&key.as_str())) {
        match (key.as_str(), value) {
            (_, Json::Null) => {}
            ("provider", Json::String(provider)) => options.push(format!("PROVIDER {}", DUCKDB.quote(provider))),
            ("scope", Json::Array(scopes)) => {
                options.extend(scopes.iter().filter_map(secret_value).map(|scope| format!("SCOPE {scope}")));
            }
            (key, value) => {
                let value = secret_value(value)
                    .ok_or_else(|| keys.ill_typed(&format!("secrets.{key}"), "a plain value, list or map", value))?;
                options.push(format!("{} {value}", DUCKDB.quote(key)));
            }
        }
    }
    let sql = format!("CREATE OR REPLACE {persistent}SECRET {} ({})", DUCKDB.quote(&name), options.join(", "));
    Ok(Setup::Statement { what: format!("the secret '{name}'"), sql })
}

/// A value as an option of `CREATE SECRET`: text, a list or a map of texts.
fn secret_value(value: &Json) -> Option<String> {
    match value {
        Json::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(secret_value).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Json::Object(map) => {
            let entries: Option<Vec<_>> = map
                .iter()
                .map(|(key, value)| Some(format!("{}: {}", DUCKDB.literal(key), secret_value(value)?)))
                .collect();
            Some(format!("MAP {{{}}}", entries?.join(", ")))
        }
        plain => scalar(plain).map(|text| DUCKDB.literal(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn every_name_and_value_is_quoted() {
        let output = json!({
            "extensions": ["httpfs", {"name": "h3", "repo": "community"}],
            "secrets": [{"type": "s3", "key_id": "it's", "scope": ["s3://a", "s3://b"]}],
            "attach": [{"path": "x'y.db", "alias": "x", "read_only": true}, {"path": "dbname=a", "type": "postgres"}],
        });
        let world = World::fixed("/", Default::default(), jiff::Timestamp::UNIX_EPOCH);
        let surroundings = Surroundings { world: &world, project_dir: Path::new("/shop"), threads: 1 };
        let (steps, names) = read(&Output::new("duckdb", output.as_object().unwrap()), surroundings).unwrap();
        let shown: Vec<_> = steps.iter().map(|step| format!("{step:?}")).collect();
        insta::assert_snapshot!(shown.join("\n"));
        assert_eq!(names, ["x", "dbname=a"]);
    }

    #[test]
    fn errors_hide_passwords() {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        for path in ["no/dbname=a password='hu sh'", "no/postgres://ann:hu sh@host/d"] {
            let sql = format!("ATTACH {}", DUCKDB.literal(path));
            let error = Setup::Statement { what: "attachment 1".into(), sql }.apply(&connection).unwrap_err();
            assert!(error.message.contains("********") && !error.message.contains("hu sh"), "{}", error.message);
        }
    }
}
