//! Keeps secrets out of everything that is shown or written.

use crate::world::World;

/// The texts that nobody may see: the values of environment variables whose names mark them as secret.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<String>);

/// Environment variables that begin so are secret.
const PREFIXES: [&str; 3] = ["DBT_ENV_SECRET", "SQLBUILD_ENV_SECRET", "DBT_ENGINE_ENV_SECRET"];

impl Secrets {
    /// The secrets of the environment.
    pub fn of(world: &World) -> Self {
        let is_secret = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let mut values: Vec<String> = world
            .envs()
            .filter(|(name, value)| is_secret(name) && !value.is_empty())
            .map(|(_, value)| value.to_owned())
            .collect();
        // A secret that contains another one goes first.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values)
    }

    /// The text with every secret replaced by stars.
    pub fn scrub(&self, text: String) -> String {
        self.0
            .iter()
            .fold(text, |text, secret| if text.contains(secret) { text.replace(secret, "*****") } else { text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn longer_secrets_go_first() {
        let env = [("DBT_ENV_SECRET_A", "key"), ("DBT_ENV_SECRET_B", "keyring"), ("DBT_ENV_OPEN", "open")];
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let secrets = Secrets::of(&World::fixed(".", env, Timestamp::UNIX_EPOCH));
        assert_eq!(secrets.scrub("keyring key open".into()), "***** ***** open");
    }
}
