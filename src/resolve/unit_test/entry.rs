//! What an entry of `unit_tests:` says.

use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::parse::Described;
use crate::resolve::python;
use crate::yaml::{Fields, Yaml};
use serde_json::{Map, Value as Json, json};

/// An entry.
pub struct Entry {
    /// The name of the tested model.
    pub model: String,
    /// Where it stands.
    pub model_span: Span,
    /// The inputs: `input`, `rows`, `format`, `fixture`.
    pub given: Vec<Json>,
    /// What must come out: `rows`, `format`, `fixture`.
    pub expect: Json,
    /// `macros`, `vars` and `env_vars` that are replaced; null when none is.
    pub overrides: Json,
    /// `include` and `exclude`; null for all versions.
    pub versions: Json,
}

impl Entry {
    /// Whether the test says which versions it is for; keys without a value say nothing.
    pub fn names_versions(&self) -> bool {
        ["include", "exclude"].iter().any(|key| self.versions.get(key).is_some_and(|list| !list.is_null()))
    }

    /// Whether a version of the model is to be tested.
    pub fn tests_version(&self, version: &Json) -> bool {
        let lists = |key: &str| {
            let list = self.versions.get(key).and_then(Json::as_array);
            list.map(|list| list.iter().any(|item| python::str(item) == python::str(version)))
        };
        lists("exclude").map(|excluded| !excluded).or(lists("include")).unwrap_or(true)
    }
}

/// Reads an entry.
pub fn read(described: &Described, findings: &mut Vec<Box<Diagnostic>>) -> Result<Entry> {
    let mut fields = Fields::of(&described.yaml, format!("the unit test '{}'", described.name))?;
    fields.allow(&["name", "description", "config"]);
    let model: &Yaml = fields.require("model")?;
    let given: Vec<&Yaml> = fields.take("given")?.unwrap_or_default();
    let expect: &Yaml = fields.require("expect")?;
    let entry = Entry {
        model: model.as_str().ok_or_else(|| model.mismatch("'model'", "the name of a model"))?.to_owned(),
        model_span: model.span.clone(),
        given: given.into_iter().map(input).collect::<Result<_>>()?,
        expect: Json::Object(fixture(expect)?),
        overrides: fields.yaml("overrides").map(overrides).transpose()?.unwrap_or_default(),
        versions: fields.yaml("versions").map(versions).transpose()?.unwrap_or_default(),
    };
    findings.extend(fields.unknown());
    Ok(entry)
}

fn input(yaml: &Yaml) -> Result<Json> {
    let mut fields = Fields::of(yaml, "an input of the unit test")?;
    let mut input = Map::from_iter([("input".to_owned(), Json::String(fields.require("input")?))]);
    input.extend(fixture(yaml)?);
    Ok(Json::Object(input))
}

fn fixture(yaml: &Yaml) -> Result<Map<String, Json>> {
    let mut fields = Fields::of(yaml, "the rows")?;
    let format: String = fields.take("format")?.unwrap_or_else(|| "dict".into());
    if !["dict", "csv", "sql"].contains(&format.as_str()) {
        let span = yaml.get("format").map_or(&yaml.span, |format| &format.span);
        let message = format!("Rows cannot have the format '{format}'.");
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(span).hint("Use dict, csv or sql."));
    }
    Ok(Map::from_iter([
        ("rows".to_owned(), fields.yaml("rows").map_or(Json::Null, Yaml::to_json)),
        ("format".to_owned(), format.into()),
        ("fixture".to_owned(), fields.take::<String>("fixture")?.map_or(Json::Null, Json::from)),
    ]))
}

fn overrides(yaml: &Yaml) -> Result<Json> {
    let mut fields = Fields::of(yaml, "'overrides'")?;
    let mut part =
        |key| -> Result<Json> { Ok(Json::Object(fields.take::<Map<String, Json>>(key)?.unwrap_or_default())) };
    Ok(json!({"macros": part("macros")?, "vars": part("vars")?, "env_vars": part("env_vars")?}))
}

fn versions(yaml: &Yaml) -> Result<Json> {
    let mut fields = Fields::of(yaml, "'versions'")?;
    let [include, exclude] = [fields.take::<Json>("include")?, fields.take::<Json>("exclude")?];
    if include.is_some() && exclude.is_some() {
        let message = "A unit test's versions have 'include' or 'exclude', not both.";
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&yaml.span));
    }
    Ok(json!({"include": include, "exclude": exclude}))
}
