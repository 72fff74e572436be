//! `env_var()` and the secrets among the environment variables.

use super::CallVariables;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::jinja::{Error, Kwargs, Value, raise};
use crate::world::World;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// Variables that begin so are secret: readable in profiles.yml and packages.yml only, never printed.
const SECRET_PREFIX: &str = "DBT_ENV_SECRET";
/// The length, in characters, from which on a secret is hidden in what is printed.
const SHORTEST: usize = 3;
/// Stand around a secret's name while a template is rendered, so that no filter or macro sees the secret.
const MARKS: [&str; 2] = ["\u{1}secret:", "\u{1}"];

/// Whether templates of a file may read secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They may: `env_var` gives a stand-in, which [`reveal`] replaces.
    Readable,
    /// Reading one is an error.
    Forbidden,
}

/// The values that must never be printed, longest first: of variables of the environment and of `--vars` whose names say
/// so. Shorter ones are part of too many words to be hidden.
pub fn secrets(world: &World, vars: &CallVariables) -> Vec<String> {
    let vars = vars.to_json();
    let of_vars = vars.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let is_secret = |(name, value): &(&str, &str)| is_secret(name) && value.trim().chars().count() >= SHORTEST;
    let mut values: Vec<String> =
        world.envs().chain(of_vars).filter(is_secret).map(|(_, value)| value.to_owned()).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values
}

/// Variables as artifacts have them: those whose names say that they are secret have no value.
pub fn without_secrets(vars: &CallVariables) -> Map<String, Json> {
    let hidden = |(name, value): (&String, &Json)| {
        (name.clone(), if is_secret(name) { Json::from("*****") } else { value.clone() })
    };
    vars.to_json().iter().map(hidden).collect()
}

fn is_secret(name: &str) -> bool {
    name.starts_with(SECRET_PREFIX)
}

/// A text without secret values: each is replaced by `*****`.
pub fn scrub(text: impl Into<String>, secrets: &[String]) -> String {
    let without = |text: String, secret: &String| match text.contains(secret) {
        true => text.replace(secret, "*****"),
        false => text,
    };
    secrets.iter().fold(text.into(), without)
}

/// The function `env_var(name, default)`.
pub fn env_var(world: &Arc<World>, secrets: Secrets) -> Value {
    let world = world.clone();
    Value::from_function(move |name: String, default: Option<Value>, named: Kwargs| -> Result<Value, Error> {
        let default = match default {
            Some(default) => Some(default),
            None => named.get::<Option<Value>>("default")?,
        };
        if is_secret(&name) {
            return match secrets {
                Secrets::Forbidden => Err(raise(misplaced(&name))),
                Secrets::Readable if world.env(&name).is_some() => {
                    Ok(Value::from(format!("{}{name}{}", MARKS[0], MARKS[1])))
                }
                Secrets::Readable => given(default).ok_or_else(|| raise(missing(&world, &name))),
            };
        }
        match world.env(&name) {
            Some(value) => Ok(Value::from(value)),
            None => given(default).ok_or_else(|| raise(missing(&world, &name))),
        }
    })
}

/// A rendered text with the secrets in place of their stand-ins.
pub fn reveal(world: &World, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARKS[0]) {
        let Some((name, tail)) = after.split_once(MARKS[1]) else { break };
        out += before;
        out += world.env(name).unwrap_or("");
        rest = tail;
    }
    out + rest
}

/// What the names of variables begin with that are repeated in artifacts, logs and templates.
const CUSTOM_PREFIXES: [&str; 2] = ["DBT_ENV_CUSTOM_ENV_", "DBT_ENGINE_ENV_CUSTOM_ENV_"];

/// The variables that are repeated in artifacts, in JSON logs and as `dbt_metadata_envs`: the rest of the name, and the
/// value.
pub fn custom_variables(world: &World) -> Map<String, Json> {
    let custom = |(name, value): (&str, &str)| {
        let rest = CUSTOM_PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
        Some((rest.to_owned(), value.into()))
    };
    world.envs().filter_map(custom).collect()
}

/// An argument of none counts as not given.
fn given(default: Option<Value>) -> Option<Value> {
    default.filter(|default| !default.is_none() && !default.is_undefined())
}

fn missing(world: &World, name: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(Code::ENV_VAR_MISSING, format!("Env var required but not provided: '{name}'."));
    match nearest(name, world.envs().map(|(name, _)| name)).first() {
        Some(near) => diagnostic.hint(format!("Did you mean '{near}'? Or give a default: env_var('{name}', '…').")),
        None => diagnostic.hint(format!("Set it, or give a default: env_var('{name}', '…').")),
    }
}

fn misplaced(name: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::ENV_VAR_MISSING, format!("The secret '{name}' cannot be read here."))
        .hint(format!("Variables that begin with {SECRET_PREFIX} can be read in profiles.yml and packages.yml only."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn secrets_are_revealed_at_the_end_and_scrubbed() {
        let env = [
            ("DBT_ENV_SECRET_TOKEN", "s3cret"),
            ("DBT_ENV_SECRET_LONG", "s3cret-long"),
            ("DBT_ENV_SECRET_A", "a"),
            ("OTHER", "x"),
        ];
        let env = env.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let world = World::fixed("/", env, Timestamp::UNIX_EPOCH);
        let stand_in = format!("https://{}DBT_ENV_SECRET_TOKEN{}@host", MARKS[0], MARKS[1]);
        assert_eq!(reveal(&world, &stand_in), "https://s3cret@host");
        let vars = serde_json::json!({"DBT_ENV_SECRET_V": "hushhush", "open": "shown"});
        let vars = CallVariables::of_json(&vars).unwrap();
        assert_eq!(scrub("a s3cret-long b s3cret hushhush", &secrets(&world, &vars)), "a ***** b ***** *****");
        assert_eq!(
            Json::Object(without_secrets(&vars)),
            serde_json::json!({"DBT_ENV_SECRET_V": "*****", "open": "shown"})
        );
    }
}
