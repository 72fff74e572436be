//! Unit tests, in the shape of dbt's manifest.

use super::calls::ref_call;
use super::exposures::fqn;
use super::link::Linker;
use super::template_node::Drafter;
use super::{ResourceType, UniqueId};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::parse::{Described, PropertiesFile, Settings, sha256};
use crate::yaml::{Fields, Yaml};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

use super::calls::Calls;

/// The unit tests of all properties files, by unique id.
pub fn list(
    drafter: &Drafter<'_>,
    linker: &Linker<'_>,
    files: &[PropertiesFile],
    findings: &mut Vec<Box<Diagnostic>>,
) -> IndexMap<UniqueId, Json> {
    let mut tests = IndexMap::new();
    for (file, entry) in files.iter().flat_map(|file| file.unit_tests.iter().map(move |entry| (file, entry))) {
        match unit_test(drafter, linker, file, entry, findings) {
            Ok(Some((id, test))) => drop(tests.insert(id, test)),
            Ok(None) => {}
            Err(errors) => findings.extend(errors),
        }
    }
    tests
}

/// One unit test; `None` when it is disabled.
fn unit_test(
    drafter: &Drafter<'_>,
    linker: &Linker<'_>,
    file: &PropertiesFile,
    entry: &Described,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Result<Option<(UniqueId, Json)>, Vec<Box<Diagnostic>>> {
    let read = read(entry, findings).map_err(|error| vec![error])?;
    let site = drafter.site;
    let package = &file.package.name;
    let fqn = fqn(file, &[&read.model, &entry.name]);
    let config = site.config(ResourceType::UnitTest, package, &fqn, &entry.config, &Settings::default());
    if !config.merged.config.enabled() {
        return Ok(None);
    }
    let call = ref_call(&[read.model.clone().into()], &[], &entry.yaml.span).map_err(|error| vec![error])?;
    let calls = Calls { refs: vec![call], ..Calls::default() };
    let parents = linker.resolve(package, &calls, &entry.yaml.span)?;
    let parents: Vec<&str> = parents.iter().map(|(id, _)| id.as_ref()).collect();
    let description = drafter.docs.render(site, package, entry.description.as_ref()).map_err(|error| vec![error])?;
    let id = format!("unit_test.{package}.{}.{}", read.model, entry.name);
    let test = json!({
        "model": read.model,
        "given": read.given,
        "expect": read.expect,
        "name": entry.name,
        "resource_type": "unit_test",
        "package_name": package,
        "path": file.relative_path,
        "original_file_path": file.path,
        "unique_id": id,
        "fqn": fqn,
        "description": description.text,
        "overrides": read.overrides,
        "depends_on": {"macros": [], "nodes": parents},
        "config": config.merged.config.0,
        "checksum": sha256(&format!("{}{}{}", read.model, read.given, read.expect)),
        "schema": site.adapter.schema(),
        "created_at": site.created_at,
        "versions": read.versions,
        "version": null,
    });
    Ok(Some((Arc::from(id), test)))
}

/// What an entry says.
struct Entry {
    model: String,
    given: Json,
    expect: Json,
    overrides: Json,
    versions: Json,
}

fn read(entry: &Described, findings: &mut Vec<Box<Diagnostic>>) -> Result<Entry> {
    let mut fields = Fields::of(&entry.yaml, format!("the unit test '{}'", entry.name))?;
    fields.allow(&["name", "description", "config"]);
    let model: String = fields.require("model")?;
    let given: Vec<&Yaml> = fields.take("given")?.unwrap_or_default();
    let given = given.into_iter().map(input).collect::<Result<Vec<_>>>()?;
    let expect: &Yaml = fields.require("expect")?;
    let read = Entry {
        model,
        given: given.into(),
        expect: rows(expect)?.into(),
        overrides: fields.take("overrides")?.unwrap_or_default(),
        versions: fields.take("versions")?.unwrap_or_default(),
    };
    findings.extend(fields.unknown());
    Ok(read)
}

fn input(yaml: &Yaml) -> Result<Json> {
    let mut fields = Fields::of(yaml, "an input of the unit test")?;
    let mut input = Map::from_iter([("input".to_owned(), Json::String(fields.require("input")?))]);
    input.extend(rows(yaml)?);
    Ok(Json::Object(input))
}

/// `rows`, `format` and `fixture` of an input or an expectation.
fn rows(yaml: &Yaml) -> Result<Map<String, Json>> {
    let mut fields = Fields::of(yaml, "the rows")?;
    let format: String = fields.take("format")?.unwrap_or_else(|| "dict".into());
    if !["dict", "csv", "sql"].contains(&format.as_str()) {
        let span = yaml.get("format").map_or(&yaml.span, |format| &format.span);
        let message = format!("Rows cannot have the format '{format}'.");
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(span).hint("Use dict, csv or sql."));
    }
    let fixture: Option<String> = fields.take("fixture")?;
    let rows = fields.yaml("rows").map_or(Json::Null, Yaml::to_json);
    let empty = fixture.is_none() && rows.is_null() && format == "dict";
    let rows = if empty { Json::Array(vec![]) } else { rows };
    Ok(Map::from_iter([
        ("rows".to_owned(), rows),
        ("format".to_owned(), format.into()),
        ("fixture".to_owned(), fixture.map_or(Json::Null, Json::from)),
    ]))
}
