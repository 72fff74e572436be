//! package-lock.yml: which packages were chosen, and a hash of what was asked for then.

use super::fetch::Fetched;
use super::request::{Request, entries};
use crate::diagnostics::Result;
use crate::load::context::TextRenderer;
use crate::world::World;
use crate::yaml;
use serde_json::{Map, Value as Json};
use sha1::{Digest, Sha1};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The file's name.
pub const FILE_NAME: &str = "package-lock.yml";
const HASH_KEY: &str = "sha1_hash";

/// The locked packages, if the file was made for just these requests.
pub fn read(world: &World, dir: &Path, requests: &[Request], renderer: &TextRenderer) -> Result<Option<Vec<Request>>> {
    let path = dir.join(FILE_NAME);
    if !path.is_file() {
        return Ok(None);
    }
    let (yaml, _) = yaml::parse(&world.read(&path, FILE_NAME)?)?;
    let is_current = yaml.get(HASH_KEY).and_then(yaml::Yaml::as_str) == Some(hash(requests).as_str());
    match yaml.get("packages").filter(|_| is_current) {
        Some(list) => entries(list, |text| renderer.render(text)).map(Some),
        None => Ok(None),
    }
}

/// Writes the file as dbt writes it.
pub fn write(world: &World, dir: &Path, requests: &[Request], fetched: &[Arc<Fetched>]) -> Result<()> {
    let mut text = String::from("packages:\n");
    for package in fetched {
        for (i, line) in yaml::write(&Json::Object(package.lock.clone())).lines().enumerate() {
            text += if i == 0 { "  - " } else { "    " };
            text += line;
            text.push('\n');
        }
    }
    text += &format!("{HASH_KEY}: {}\n", hash(requests));
    world.write(&dir.join(FILE_NAME), text)
}

/// The hash that dbt makes of a list of packages: over their entries as Python writes them, sorted.
fn hash(requests: &[Request]) -> String {
    let mut entries: Vec<String> = requests.iter().map(entry).collect();
    entries.sort();
    Sha1::digest(entries.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry(request: &Request) -> String {
    let mut entry: Map<String, Json> = match &request.rendered {
        Json::Object(entry) => entry.clone(),
        _ => Map::new(),
    };
    entry.retain(|_, value| !value.is_null());
    if entry.contains_key("package") {
        entry.entry("install_prerelease").or_insert(Json::Bool(false));
    }
    entry.insert("unrendered".into(), request.written.clone());
    let mut entry = Json::Object(entry);
    entry.sort_all_objects();
    let mut bytes = vec![];
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, PythonFormatter);
    match serde::Serialize::serialize(&entry, &mut serializer) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    }
}

/// JSON as Python's `json.dumps` lays it out.
struct PythonFormatter;

impl serde_json::ser::Formatter for PythonFormatter {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for c in fragment.chars() {
            if c.is_ascii() {
                write!(writer, "{c}")?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse_text;

    #[test]
    fn the_hash_is_dbts() {
        let text = "
- {package: dbt-labs/dbt_utils, version: ['>=1.0.0', '<2.0.0']}
- {git: 'https://x/y.git', revision: v1, subdirectory: s, warn-unpinned: false}
- {local: ../x}
- {tarball: 'https://x/y.tgz', name: y}
- {package: a/c, version: 1.0.0, install_prerelease: true}
";
        let list = parse_text("packages.yml", text).unwrap();
        let requests = entries(&list, |text| Ok(text.clone())).unwrap();
        assert_eq!(hash(&requests), "a8cf82c5b42d96ab28372ad265f348b17d2b7d4c");
    }
}
