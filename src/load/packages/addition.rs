//! `deps --add-package`: an entry more in packages.yml.

use super::request::invalid;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::world::World;
use crate::yaml::{self, Yaml};
use serde_json::{Map, Value as Json};
use std::fmt;
use std::path::Path;

/// A package to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Its name, address or path.
    pub name: String,
    /// The version or revision, with commas between several bounds.
    pub version: Option<String>,
    /// The key that says where it comes from: `package`, `git` or `local`.
    key: &'static str,
}

impl Addition {
    /// Reads `name@version` (a local package needs no version); `source` is `hub`, `git` or `local`.
    pub fn parse(text: &str, source: &str) -> Result<Self> {
        let usage = |message: String| Diagnostic::error(Code::USAGE, message);
        let key = match source {
            "hub" => "package",
            "git" => "git",
            "local" => "local",
            _ => return Err(usage(format!("There is no source '{source}'.")).hint("Use hub, git or local.")),
        };
        // The `@` of git@github.com:org/repo.git is no separator: only one after the last `/` is.
        let name_start = text.rfind('/').map_or(0, |slash| slash + 1);
        let (name, version) = match text[name_start..].rfind('@') {
            Some(at) => (&text[..name_start + at], Some(text[name_start + at + 1..].to_owned())),
            None => (text, None),
        };
        if name.is_empty() || (version.as_deref().unwrap_or("").is_empty() && key != "local") {
            return Err(usage(format!("'{text}' is no package with a version."))
                .hint("Write --add-package dbt-labs/dbt_utils@1.3.0."));
        }
        Ok(Self { name: name.to_owned(), version, key })
    }

    /// Writes the entry into packages.yml (or dependencies.yml if the packages are there) in place of one for the same
    /// package; the rest of the file stays as it is.
    pub fn write(&self, world: &World, dir: &Path) -> Result<()> {
        let has_packages = |name: &str| -> Result<bool> {
            let path = dir.join(name);
            let yaml = if path.is_file() { Some(yaml::parse(&world.read(&path, name)?)?.0) } else { None };
            Ok(yaml.is_some_and(|yaml| yaml.get("packages").is_some()))
        };
        let name = if has_packages("dependencies.yml")? { "dependencies.yml" } else { "packages.yml" };
        let path = dir.join(name);
        let text = match path.is_file() {
            true => {
                let file = world.read(&path, name)?;
                self.added(file.text(), &yaml::parse(&file)?.0)?
            }
            false => format!("packages:\n{}", self.entry("  ")),
        };
        world.write(&path, text)
    }

    fn added(&self, text: &str, yaml: &Yaml) -> Result<String> {
        let Some(list) = yaml.get("packages") else {
            let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            return Ok(format!("{text}{end}packages:\n{}", self.entry("  ")));
        };
        let items = list.as_seq().unwrap_or_default();
        let is_block = !list.span.text().starts_with('[');
        if list.as_seq().is_some_and(|items| !items.is_empty()) && !is_block
            || (list.as_seq().is_none() && !list.is_null())
        {
            return Err(invalid("'packages' is not written as a block list, and is left as it is.")
                .at(&list.span)
                .hint("Write each package on a line of its own that begins with '- '."));
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let first_line = |item: &Yaml| item.span.position().line as usize - 1;
        let last_line = |item: &Yaml| item.span.file.position(item.span.end).line as usize - 1;
        let Some(last) = items.last() else {
            return Ok(self.as_only_entry(&lines, yaml));
        };
        let indent = &lines[first_line(last)][..lines[first_line(last)].find('-').unwrap_or(0)];
        let dropped: Vec<_> =
            items.iter().filter(|item| self.is_same(item)).map(|item| first_line(item)..=last_line(item)).collect();
        let mut out = String::new();
        for (number, line) in lines.iter().enumerate() {
            if !dropped.iter().any(|range| range.contains(&number)) {
                out += line;
            }
            if number == last_line(last) {
                if !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
                out += &self.entry(indent);
            }
        }
        Ok(out)
    }

    /// The file with the entry below `packages:`, which holds nothing (or `[]`) so far.
    fn as_only_entry(&self, lines: &[&str], yaml: &Yaml) -> String {
        let key = yaml.as_map().unwrap_or_default().iter().find(|(key, _)| key.as_str() == Some("packages"));
        let at = key.map_or(0, |(key, _)| key.span.position().line as usize - 1);
        let replaced = format!("packages:\n{}", self.entry("  "));
        lines.iter().enumerate().map(|(number, line)| if number == at { replaced.as_str() } else { line }).collect()
    }

    /// The entry's lines.
    fn entry(&self, indent: &str) -> String {
        let mut entry = Map::new();
        entry.insert(self.key.to_owned(), self.name.clone().into());
        if let Some(version) = &self.version {
            let key = if self.key == "git" { "revision" } else { "version" };
            let bounds: Vec<Json> = version.split(',').map(|bound| bound.trim().into()).collect();
            let value = if bounds.len() > 1 { Json::Array(bounds) } else { version.clone().into() };
            entry.insert(key.to_owned(), value);
        }
        let text = yaml::write(&Json::Object(entry));
        let line = |(number, line): (usize, &str)| format!("{indent}{}{line}\n", if number == 0 { "- " } else { "  " });
        text.lines().enumerate().map(line).collect()
    }

    /// Whether an entry is for the same package: the same name, or the same last part of its address.
    fn is_same(&self, item: &Yaml) -> bool {
        let keys = ["package", "git", "private", "local", "tarball"];
        let Some(other) = keys.iter().find_map(|key| item.get(key)?.as_str()) else { return false };
        let short = |name: &str| {
            let name = name.trim_end_matches('/').trim_end_matches(".git");
            name.rsplit('/').next().unwrap_or(name).replace('-', "_").to_lowercase()
        };
        short(other) == short(&self.name)
    }
}

impl fmt::Display for Addition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.version.as_ref().map_or(Ok(()), |version| write!(f, " {version}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;

    fn added(text: &str, name: &str) -> String {
        let yaml = yaml::parse(&SourceFile::new("packages.yml", text)).unwrap().0;
        Addition::parse(name, "hub").unwrap().added(text, &yaml).unwrap()
    }

    #[test]
    fn names_and_versions_are_told_apart() {
        let parse = |text, source| Addition::parse(text, source).map(|added| (added.name, added.version));
        assert_eq!(parse("a/b@1.0.0", "hub").unwrap(), ("a/b".into(), Some("1.0.0".into())));
        let git = parse("git@github.com:a/b.git@v1", "git").unwrap();
        assert_eq!(git, ("git@github.com:a/b.git".into(), Some("v1".into())));
        assert_eq!(parse("../b", "local").unwrap(), ("../b".into(), None));
        assert!(parse("a/b", "hub").is_err() && parse("a/b@1", "ftp").is_err());
    }

    #[test]
    fn the_entry_is_added_and_the_rest_stays() {
        assert_eq!(
            added("# ours\npackages:\n  - package: a/b # keep\n    version: 1.0.0\n\n# end\n", "c/d@>=1.0.0,<2.0.0"),
            "# ours\npackages:\n  - package: a/b # keep\n    version: 1.0.0\n  - package: c/d\n    version:\n    - '>=1.0.0'\n    - <2.0.0\n\n# end\n"
        );
        assert_eq!(added("packages: []\n", "a/b@1.0.0"), "packages:\n  - package: a/b\n    version: 1.0.0\n");
        assert_eq!(added("", "a/b@1.0.0"), "packages:\n  - package: a/b\n    version: 1.0.0\n");
    }

    #[test]
    fn an_entry_for_the_same_package_is_replaced() {
        let text = "packages:\n- git: https://github.com/x/dbt-utils.git\n  revision: v1\n- local: y";
        let expected = "packages:\n- local: y\n- package: dbt-labs/dbt_utils\n  version: 1.3.0\n";
        assert_eq!(added(text, "dbt-labs/dbt_utils@1.3.0"), expected);
    }
}
