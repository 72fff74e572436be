//! Matching names: the last part, or the parts from the first on, with or without the package.

use super::pattern::{Pattern, has_wildcard};
use crate::diagnostics::Result;

/// A name to look for among `[package, folders…, name]` lists.
#[derive(Debug)]
pub struct Wanted {
    parts: Vec<String>,
    text: String,
    /// Where the first wildcard stands, and the pattern from there on.
    wild: Option<(usize, Pattern)>,
}

impl Wanted {
    /// Reads a name such as `staging.orders` or `staging.*`.
    pub fn parse(text: &str) -> Result<Self> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let wild = match parts.iter().position(|part| has_wildcard(part)) {
            Some(at) => Some((at, Pattern::name(&parts[at..].join("."))?)),
            None => None,
        };
        Ok(Self { parts, text: text.to_owned(), wild })
    }

    /// Whether a resource is meant. A versioned model's last part is its version.
    pub fn matches(&self, fqn: &[String], versioned: bool) -> bool {
        self.matches_from(fqn, versioned) || self.matches_from(fqn.get(1..).unwrap_or_default(), versioned)
    }

    fn matches_from(&self, fqn: &[String], versioned: bool) -> bool {
        if self.is_leaf(fqn, versioned) {
            return true;
        }
        // A dot within a name counts as a boundary like any other.
        let flat: Vec<&str> = fqn.iter().flat_map(|part| part.split('.')).collect();
        if flat.len() < self.parts.len() {
            return false;
        }
        let literal = self.wild.as_ref().map_or(self.parts.len(), |(at, _)| *at);
        if self.parts[..literal].iter().zip(&flat).any(|(wanted, part)| wanted != part) {
            return false;
        }
        match &self.wild {
            None => true,
            Some((at, pattern)) => {
                let leaf = if versioned { fqn.len().wrapping_sub(2) } else { fqn.len().wrapping_sub(1) };
                let bare = self.parts.len() == 1;
                pattern.fits(flat[*at..].join(".")) || bare && fqn.get(leaf).is_some_and(|leaf| pattern.fits(leaf))
            }
        }
    }

    /// Whether it is the resource's own name; of a versioned model also `name.v2` and `name_v2`.
    fn is_leaf(&self, fqn: &[String], versioned: bool) -> bool {
        match fqn {
            [.., name, version] if versioned => {
                let tail = self.parts[self.parts.len().saturating_sub(2)..].join("_");
                *name == self.text || format!("{name}_{version}") == tail
            }
            [.., name] => *name == self.text,
            [] => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    fn matches(text: &str, fqn: &str, versioned: bool) -> bool {
        let fqn: Vec<String> = fqn.split('/').map(str::to_owned).collect();
        Wanted::parse(text).unwrap().matches(&fqn, versioned)
    }

    #[test]
    fn names_folders_and_packages() {
        let fqn = "shop/staging/jaffle/stg_orders";
        for text in [
            "stg_orders",
            "shop",
            "shop.staging",
            "staging",
            "staging.jaffle.stg_orders",
            "shop.staging.jaffle.stg_orders",
            "*",
            "staging.*",
            "stg_*",
            "shop.*.stg_orders",
            "s*.jaffle.*",
        ] {
            assert!(matches(text, fqn, false), "{text}");
        }
        for text in ["jaffle", "jaffle.stg_orders", "stg", "orders", "staging.stg_*", "stg_?"] {
            assert!(!matches(text, fqn, false), "{text}");
        }
    }

    #[test]
    fn versions_and_dots() {
        for text in ["dim", "dim.v2", "dim_v2", "marts.dim.v2", "marts.dim", "di*"] {
            assert!(matches(text, "shop/marts/dim/v2", true), "{text}");
        }
        assert!(!matches("v2", "shop/marts/dim/v2", true));
        assert!(!matches("dim.v1", "shop/marts/dim/v2", true));
        assert!(matches("raw.orders", "shop/raw.orders", false));
    }
}
