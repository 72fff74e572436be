//! dbt_project.yml → [`PackageSettings`].

use super::context::TextRenderer;
use super::version::Version;
use super::{PackageSettings, QueryComment, Quoting};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use crate::world::World;
use crate::yaml::{self, Fields, FromYaml, OneOrMany, Yaml, YamlValue};
use indexmap::IndexMap;
use std::path::Path;
use std::sync::Arc;

/// The file's name.
pub const FILE_NAME: &str = "dbt_project.yml";
/// Sections whose trees configure nodes: as written, and as [`PackageSettings::config_trees`] names them.
const TREES: &[(&str, &str)] = &[
    ("models", "models"),
    ("seeds", "seeds"),
    ("snapshots", "snapshots"),
    ("tests", "tests"),
    ("data_tests", "tests"),
    ("sources", "sources"),
    ("exposures", "exposures"),
    ("metrics", "metrics"),
    ("unit_tests", "unit_tests"),
    ("functions", "functions"),
    ("analyses", "analyses"),
    ("semantic-models", "semantic-models"),
    ("saved-queries", "saved-queries"),
];
/// Keys of old releases, and what they are called now.
const RENAMED: &[(&str, &str, Code)] = &[
    ("source-paths", "model-paths", Code::SOURCE_PATHS_DEPRECATED),
    ("data-paths", "seed-paths", Code::DATA_PATHS_DEPRECATED),
];
/// Keys that belong to the command line or the environment now, and their defaults, which nobody minds.
const MOVED: &[(&str, &str, Code)] =
    &[("log-path", "logs", Code::LOG_PATH_DEPRECATED), ("target-path", "target", Code::TARGET_PATH_DEPRECATED)];
/// Names that mean something else where a project's name stands.
const RESERVED_NAMES: &[&str] = &["external_project", "dbt"];

/// A dbt_project.yml as it is written.
#[derive(Debug)]
pub struct ProjectYml {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Its contents, unrendered.
    pub yaml: Yaml,
    /// Keys given twice.
    pub warnings: Vec<Box<Diagnostic>>,
}

impl ProjectYml {
    /// Reads the file of the project in `dir`.
    pub fn read(world: &World, dir: &Path, shown_dir: &Path) -> Result<Self> {
        let path = dir.join(FILE_NAME);
        if !path.is_file() {
            return Err(missing(dir));
        }
        let file = world.read(&path, shown_dir.join(FILE_NAME))?;
        let (yaml, warnings) = yaml::parse(&file)?;
        if yaml.as_map().is_none() {
            return Err(yaml.mismatch(FILE_NAME, "a mapping"));
        }
        Ok(Self { file, yaml, warnings })
    }

    /// `name:`, which is not rendered.
    pub fn name(&self) -> Result<String> {
        let yaml = self.yaml.get("name").filter(|name| !name.is_null());
        let Some(yaml) = yaml else {
            return Err(invalid("The project has no 'name'.")
                .at(&self.file.line_span(1))
                .hint("Add 'name: my_project'."));
        };
        let name = String::from_yaml(yaml, "'name'")?;
        if !is_name(&name) {
            return Err(invalid(format!("The project's name '{name}' cannot be used."))
                .at(&yaml.span)
                .hint("Use letters, digits and underscores only; the first is not a digit."));
        }
        Ok(name)
    }

    /// Everything the file says, rendered, and a warning for each key that is written in an old way.
    pub fn settings(&self, renderer: &TextRenderer) -> Result<(PackageSettings, Vec<Box<Diagnostic>>)> {
        let rendered = self.yaml.map_texts(&mut |path, text| {
            if is_rendered_later(path) { Ok(None) } else { renderer.render(text).map(Some) }
        })?;
        let deprecations = deprecated_keys(&rendered)?;
        let mut fields = Fields::of(&rendered, "the project file")?;
        fields.allow(&["name", "packages", "project-root", "anchors"]);
        check_version(fields.yaml("version"))?;
        fields.take::<serde_json::Map<_, _>>("dbt-cloud")?;
        check_config_version(fields.yaml("config-version"))?;
        let target_path = fields.take("target-path")?.unwrap_or_else(|| "target".to_owned());
        let mut given =
            |key| -> Result<Option<Vec<String>>> { Ok(fields.take::<OneOrMany<String>>(key)?.map(|paths| paths.0)) };
        let (old_model_paths, old_seed_paths) = (given("source-paths")?, given("data-paths")?);
        let mut paths =
            |key, default: &str| -> Result<Vec<String>> { Ok(given(key)?.unwrap_or_else(|| vec![default.to_owned()])) };
        let settings = PackageSettings {
            model_paths: old_model_paths.map_or_else(|| paths("model-paths", "models"), Ok)?,
            seed_paths: old_seed_paths.map_or_else(|| paths("seed-paths", "seeds"), Ok)?,
            snapshot_paths: paths("snapshot-paths", "snapshots")?,
            analysis_paths: paths("analysis-paths", "analyses")?,
            test_paths: paths("test-paths", "tests")?,
            macro_paths: paths("macro-paths", "macros")?,
            function_paths: paths("function-paths", "functions")?,
            clean_targets: paths("clean-targets", &target_path)?,
            docs_paths: fields.take::<OneOrMany<String>>("docs-paths")?.map(|paths| paths.0),
            asset_paths: fields.take::<OneOrMany<String>>("asset-paths")?.map_or(vec![], |paths| paths.0),
            target_path,
            version: fields.take("version")?,
            profile: fields.take("profile")?,
            log_path: fields.take("log-path")?.unwrap_or_else(|| "logs".to_owned()),
            packages_install_path: fields.take("packages-install-path")?.unwrap_or_else(|| "dbt_packages".to_owned()),
            config_trees: config_trees(&mut fields)?,
            vars: vars(&mut fields)?,
            dispatch: fields.yaml("dispatch").map(dispatch).transpose()?.unwrap_or_default(),
            quoting: fields.yaml("quoting").map(quoting).transpose()?.unwrap_or_default(),
            on_run_start: hooks(&mut fields, "on-run-start"),
            on_run_end: hooks(&mut fields, "on-run-end"),
            query_comment: query_comment(rendered.get("query-comment"))?,
            flags: fields.take("flags")?.unwrap_or_default(),
            require_dbt_version: fields.take::<OneOrMany<String>>("require-dbt-version")?.map_or(vec![], |v| v.0),
            restrict_access: fields.take("restrict-access")?.unwrap_or(false),
            raw: self.yaml.to_json(),
        };
        fields.allow(&["query-comment"]);
        fields.refuse_unknown()?;
        Ok((settings, deprecations))
    }
}

/// A warning for each key that is written in an old way; an error where the new way is used beside it.
fn deprecated_keys(project: &Yaml) -> Result<Vec<Box<Diagnostic>>> {
    let mut warnings = vec![];
    for (key, value) in project.as_map().unwrap_or_default() {
        let name = key.as_key();
        if let Some((old, new, code)) = RENAMED.iter().find(|(old, ..)| name == *old) {
            let message = format!("The key '{old}' is now called '{new}'.");
            if let Some(other) = project.get(new) {
                return Err(invalid(format!("'{old}' and '{new}' are both given: they mean the same."))
                    .at(&key.span)
                    .label(&other.span, "the other"));
            }
            warnings.push(Diagnostic::warning(*code, message).at(&key.span).hint(format!("Write '{new}:' instead.")));
        }
        if let Some((key_name, default, code)) = MOVED.iter().find(|(name_, ..)| name == *name_)
            && value.as_str() != Some(default)
        {
            let option = format!("--{key_name}");
            let message = format!("'{key_name}' in {FILE_NAME} is deprecated.");
            let hint = format!("Use {option} or DBT_{}.", key_name.to_uppercase().replace('-', "_"));
            warnings.push(Diagnostic::warning(*code, message).at(&key.span).hint(hint));
        }
    }
    Ok(warnings)
}

/// Whether a project can have this name.
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_numeric())
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !RESERVED_NAMES.contains(&name)
}

/// Whether a text below these keys is a template that is rendered where it is used, not when the file is read.
fn is_rendered_later(path: &[String]) -> bool {
    let is_hook = |key: &String| {
        matches!(key.trim_start_matches(['+', ' ']), "pre-hook" | "post-hook" | "pre_hook" | "post_hook")
    };
    match path.first().map(String::as_str) {
        Some("on-run-start" | "on-run-end" | "query-comment" | "vars" | "name") => true,
        Some("models" | "seeds" | "snapshots" | "tests" | "data_tests") => path.iter().any(is_hook),
        _ => false,
    }
}

/// The project's own version is a number, or two or three of them with points in between.
fn check_version(version: Option<&Yaml>) -> Result<()> {
    let Some(version) = version else { return Ok(()) };
    let is_version = match &version.value {
        YamlValue::Int(_) | YamlValue::Float(_) => true,
        YamlValue::Str(text) => Version::parse(text).is_some() || text.parse::<f64>().is_ok(),
        _ => false,
    };
    match is_version {
        true => Ok(()),
        false => Err(invalid(format!("The project's version '{}' is no version.", version.as_key()))
            .at(&version.span)
            .hint("Write it like '1.0.0', or leave it out.")),
    }
}

fn check_config_version(version: Option<&Yaml>) -> Result<()> {
    match version {
        Some(version) if i64::from_yaml(version, "'config-version'")? != 2 => {
            Err(invalid("Only config-version 2 is supported.").at(&version.span))
        }
        _ => Ok(()),
    }
}

fn config_trees(fields: &mut Fields<'_>) -> Result<IndexMap<String, Yaml>> {
    let mut trees: IndexMap<String, Yaml> = IndexMap::new();
    for (written, name) in TREES {
        let Some(tree) = fields.yaml(written) else { continue };
        if tree.as_map().is_none() {
            return Err(tree.mismatch(&format!("'{written}'"), "a mapping"));
        }
        if let Some(other) = trees.get(*name).filter(|other| other.entries().next().is_some()) {
            return Err(invalid("'tests' and 'data_tests' are the same section; give one of them.")
                .at(&tree.span)
                .label(&other.span, "the other"));
        }
        trees.insert((*name).to_owned(), tree.clone());
    }
    Ok(trees)
}

fn vars(fields: &mut Fields<'_>) -> Result<Option<Yaml>> {
    match fields.yaml("vars") {
        Some(vars) if vars.as_map().is_none() => Err(vars.mismatch("'vars'", "a mapping")),
        vars => Ok(vars.cloned()),
    }
}

fn dispatch(yaml: &Yaml) -> Result<IndexMap<String, Vec<String>>> {
    let entries = Vec::<&Yaml>::from_yaml(yaml, "'dispatch'")?;
    let entry = |yaml: &Yaml| {
        let mut fields = Fields::of(yaml, "the dispatch entry")?;
        Ok((fields.require("macro_namespace")?, fields.require("search_order")?))
    };
    entries.into_iter().map(entry).collect()
}

fn quoting(yaml: &Yaml) -> Result<Quoting> {
    let mut fields = Fields::of(yaml, "'quoting'")?;
    let (database, project) = (fields.take("database")?, fields.take("project")?);
    Ok(Quoting {
        database: database.or(project),
        schema: fields.take("schema")?,
        identifier: fields.take("identifier")?,
    })
}

fn hooks(fields: &mut Fields<'_>, key: &'static str) -> Vec<Yaml> {
    let Some(yaml) = fields.yaml(key) else { return vec![] };
    let hooks = yaml.as_seq().unwrap_or(std::slice::from_ref(yaml));
    hooks.iter().filter(|hook| !hook.is_null()).cloned().collect()
}

fn query_comment(yaml: Option<&Yaml>) -> Result<QueryComment> {
    let Some(yaml) = yaml else { return Ok(QueryComment::Default { append: None }) };
    let of_text = |yaml: &Yaml, append| -> Result<QueryComment> {
        Ok(match &yaml.value {
            YamlValue::Null | YamlValue::Bool(false) => QueryComment::Off,
            YamlValue::Str(text) if text.trim().is_empty() => QueryComment::Off,
            _ => QueryComment::Template { text: String::from_yaml(yaml, "The query comment")?, append },
        })
    };
    if yaml.as_map().is_none() {
        return of_text(yaml, None);
    }
    let mut fields = Fields::of(yaml, "'query-comment'")?;
    let append = fields.take("append")?;
    match yaml.get("comment") {
        Some(comment) => of_text(comment, append),
        None => Ok(QueryComment::Default { append }),
    }
}

fn missing(dir: &Path) -> Box<Diagnostic> {
    Diagnostic::error(Code::PROJECT_MISSING, format!("There is no {FILE_NAME} in {}.", dir.display()))
        .hint("Go to the project's folder, or name it with --project-dir. 'sqlbuild init' starts a new project.")
}

fn invalid(message: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(Code::PROJECT_INVALID, message)
}
