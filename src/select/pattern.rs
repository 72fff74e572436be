//! Wildcards.

use crate::diagnostics::{Code, Diagnostic, Result};
use globset::{GlobBuilder, GlobMatcher};
use std::path::Path;

/// A name with the wildcards `*`, `?`, `[abc]` and `[!abc]`; in names, `*` stands for dots and slashes, too.
#[derive(Debug)]
pub struct Pattern(GlobMatcher);

impl Pattern {
    /// A pattern for names.
    pub fn name(text: &str) -> Result<Self> {
        Self::new(text, false)
    }

    /// A pattern for paths: `*` stays within a folder, `**` does not.
    pub fn path(text: &str) -> Result<Self> {
        let text = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        Self::new(text, true)
    }

    fn new(text: &str, literal_separator: bool) -> Result<Self> {
        // Braces mean nothing in selections, but are alternatives in a glob.
        let escaped: String =
            text.chars().map(|c| if "{}".contains(c) { format!("[{c}]") } else { c.to_string() }).collect();
        let glob = GlobBuilder::new(&escaped).literal_separator(literal_separator).backslash_escape(false).build();
        let glob = glob.map_err(|error| {
            Diagnostic::error(Code::SELECTOR_SYNTAX, format!("The pattern '{text}' cannot be read: {}.", error.kind()))
        })?;
        Ok(Self(glob.compile_matcher()))
    }

    /// Whether the whole of `text` fits.
    pub fn fits(&self, text: impl AsRef<Path>) -> bool {
        self.0.is_match(text)
    }
}

/// Whether a text holds a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '[', ']'])
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn stars_cross_separators_in_names_but_not_in_paths() {
        let fits = |pattern: &str, text: &str| Pattern::name(pattern).unwrap().fits(text);
        assert!(fits("a*z", "a.b/z") && fits("[!b]?{x}", "aa{x}") && !fits("a", "ab"));
        let fits = |pattern: &str, text: &str| Pattern::path(pattern).unwrap().fits(text);
        assert!(fits("models/*", "models/a") && !fits("models/*.sql", "models/b/a.sql"));
        assert!(fits("./models/**/a.sql", "models/b/c/a.sql") && fits("models/**/a.sql", "models/a.sql"));
    }
}
