//! `.dbtignore`: which files are not part of a package, in the language of `.gitignore`.

use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use globset::{GlobBuilder, GlobMatcher};
use std::path::Path;
use std::sync::Arc;

/// The patterns of a `.dbtignore`; the last one that matches decides.
#[derive(Debug, Default)]
pub struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// The path itself; none for a pattern that means folders only.
    itself: Option<GlobMatcher>,
    /// What is inside it.
    inside: GlobMatcher,
    is_ignored: bool,
}

impl Ignore {
    /// Reads the file.
    pub fn parse(file: &Arc<SourceFile>) -> Result<Self> {
        let rules = file.text().lines().enumerate().filter(|(_, line)| {
            let line = line.trim_end();
            !line.is_empty() && !line.starts_with('#')
        });
        let rule = |(number, line): (usize, &str)| {
            Rule::parse(line.trim_end()).map_err(|error| {
                Diagnostic::error(Code::PROJECT_INVALID, format!("The pattern cannot be read: {error}."))
                    .at(&file.line_span(number as u32 + 1))
            })
        };
        Ok(Self { rules: rules.map(rule).collect::<Result<_>>()? })
    }

    /// Whether a file (relative to the package) is ignored.
    pub fn matches(&self, path: &Path) -> bool {
        self.rules.iter().rev().find(|rule| rule.matches(path)).is_some_and(|rule| rule.is_ignored)
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, globset::Error> {
        let (is_ignored, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (false, pattern),
            None => (true, line.strip_prefix('\\').unwrap_or(line)),
        };
        let (folders_only, pattern) = match pattern.strip_suffix('/') {
            Some(pattern) => (true, pattern),
            None => (false, pattern),
        };
        // A slash anywhere but at the end ties the pattern to the top.
        let pattern = match pattern.strip_prefix('/') {
            Some(anchored) => anchored.to_owned(),
            None if pattern.contains('/') => pattern.to_owned(),
            None => format!("**/{pattern}"),
        };
        let glob = |pattern: &str| {
            GlobBuilder::new(pattern).literal_separator(true).build().map(|glob| glob.compile_matcher())
        };
        let itself = if folders_only { None } else { Some(glob(&pattern)?) };
        Ok(Self { itself, inside: glob(&format!("{pattern}/**"))?, is_ignored })
    }

    fn matches(&self, path: &Path) -> bool {
        self.itself.as_ref().is_some_and(|glob| glob.is_match(path)) || self.inside.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_as_git_reads_them() {
        let text = "# comment\n\n*.draft.sql\n!keep.draft.sql\nold/\n/models/top.sql\nmodels/*/x.sql\n**/deep/*.csv\n";
        let ignore = Ignore::parse(&SourceFile::new(".dbtignore", text)).unwrap();
        for (path, is_ignored) in [
            ("models/a.draft.sql", true),
            ("models/keep.draft.sql", false),
            ("models/old/a.sql", true),
            ("models/old", false),
            ("models/top.sql", true),
            ("models/sub/models/top.sql", false),
            ("models/sub/x.sql", true),
            ("models/sub/sub/x.sql", false),
            ("seeds/a/deep/b.csv", true),
            ("models/a.sql", false),
        ] {
            assert_eq!(ignore.matches(Path::new(path)), is_ignored, "{path}");
        }
    }
}
