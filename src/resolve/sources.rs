//! Sources.

use super::columns::columns;
use super::config::{check, class_of};
use super::data_test::{self, Tested, What};
use super::drafting::collect;
use super::location::SourceTable;
use super::target::Named;
use super::template_node::{Draft, Drafter};
use super::{ResourceType, Source, SourceFiles, SourceQuoting};
use crate::adapters::{Parts, Relation};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::parse::{Facts, PropertiesFile, Settings, SourceProperties, TableProperties};
use crate::yaml::{Fields, Yaml};
use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The sources and their tests.
#[derive(Default)]
pub struct Drafted {
    /// A source for each table.
    pub sources: Vec<Source>,
    /// The data tests on them.
    pub tests: Vec<Draft>,
}

/// What properties of other packages change, by package and source.
type Overrides<'a> = HashMap<(&'a str, &'a str), &'a SourceProperties>;

/// Makes the sources of all properties files.
pub fn draft(drafter: &Drafter<'_>, files: &[PropertiesFile], findings: &mut Vec<Box<Diagnostic>>) -> Drafted {
    let declared = || files.iter().flat_map(|file| file.sources.iter().map(move |source| (file, source)));
    let mut overrides = Overrides::new();
    for (_, source) in declared() {
        let Some(package) = &source.overrides else { continue };
        let message = format!("'overrides' of the source '{}' is deprecated.", source.name);
        let warning = Diagnostic::warning(Code::SOURCE_OVERRIDE_DEPRECATED, message).at(&source.span);
        findings.push(warning.hint(format!(
            "Configure the source of '{package}' under 'sources:' in dbt_project.yml, or disable it there and declare it anew."
        )));
        if let Some(first) = overrides.insert((package, &source.name), source) {
            let message = format!("The source '{}' of '{package}' is overridden twice.", source.name);
            let error = Diagnostic::error(Code::NAME_DUPLICATE, message).at(&source.span);
            findings.push(error.label(&first.span, "overridden here first").hint("Merge the two entries."));
        }
    }
    let valid = declared().filter(|(_, source)| source.overrides.is_none()).map(|(file, source)| {
        let over = overrides.remove(&(file.package.name.as_str(), source.name.as_str()));
        (file, over.map_or(Cow::Borrowed(source), |over| Cow::Owned(overridden(source, over))))
    });
    let valid: Vec<(&PropertiesFile, Cow<'_, SourceProperties>)> = valid.collect();
    let made = collect(findings, valid.par_iter(), |(file, source), found| {
        let mut drafted = Drafted::default();
        for table in &source.tables {
            let making = Making { drafter, file, source, table };
            match making.source(found) {
                Ok(made) => drafted.sources.push(made),
                Err(error) => found.push(error),
            }
            drafted.tests.extend(making.tests(found));
        }
        Ok(drafted)
    });
    let mut drafted = Drafted::default();
    for made in made.into_iter().flatten() {
        drafted.sources.extend(made.sources);
        drafted.tests.extend(made.tests);
    }
    findings.extend(overrides.into_values().map(|source| {
        let message = format!("There is no source '{}' in '{}' to override.", source.name, given(&source.overrides));
        Diagnostic::warning(Code::PATCH_UNMATCHED, message).at(&source.span)
    }));
    drafted
}

fn given(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or("")
}

/// A source with what an override gives in its place.
fn overridden(source: &SourceProperties, over: &SourceProperties) -> SourceProperties {
    let mut changed = SourceProperties {
        database: over.database.clone().or(source.database.clone()),
        schema: over.schema.clone().or(source.schema.clone()),
        loader: over.loader.clone().or(source.loader.clone()),
        facts: overridden_facts(&source.facts, &over.facts),
        ..source.clone()
    };
    for table in &mut changed.tables {
        if let Some(over) = over.tables.iter().find(|over| over.name == table.name) {
            *table = TableProperties {
                identifier: over.identifier.clone().or(table.identifier.take()),
                external: over.external.clone().or(table.external.take()),
                facts: overridden_facts(&table.facts, &over.facts),
                columns: if over.columns.is_empty() {
                    std::mem::take(&mut table.columns)
                } else {
                    over.columns.clone()
                },
                tests: if over.tests.is_empty() { std::mem::take(&mut table.tests) } else { over.tests.clone() },
                ..table.clone()
            };
        }
    }
    changed
}

fn overridden_facts(facts: &Facts, over: &Facts) -> Facts {
    let or = |new: &Option<Yaml>, old: &Option<Yaml>| new.clone().or_else(|| old.clone());
    Facts {
        description: or(&over.description, &facts.description),
        quoting: or(&over.quoting, &facts.quoting),
        freshness: or(&over.freshness, &facts.freshness),
        loaded_at_field: or(&over.loaded_at_field, &facts.loaded_at_field),
        loaded_at_query: or(&over.loaded_at_query, &facts.loaded_at_query),
        meta: if over.meta.is_empty() { facts.meta.clone() } else { over.meta.clone() },
        tags: if over.tags.is_empty() { facts.tags.clone() } else { over.tags.clone() },
        config: Settings(facts.config.0.iter().chain(&over.config.0).cloned().collect()),
    }
}

struct Making<'a> {
    drafter: &'a Drafter<'a>,
    file: &'a PropertiesFile,
    source: &'a SourceProperties,
    table: &'a TableProperties,
}

impl Making<'_> {
    /// The output that the config names.
    fn target(&self) -> Result<Option<Named>> {
        let (fqn, properties) = (self.fqn(), self.properties()?);
        let key = (ResourceType::Source, self.file.package.name.as_str(), fqn.as_slice());
        Named::before_rendering(self.drafter.site, key, &properties, &Settings::default(), &self.owner())
    }

    fn owner(&self) -> String {
        format!("the source '{}.{}'", self.source.name, self.table.name)
    }

    fn source(&self, findings: &mut Vec<Box<Diagnostic>>) -> Result<Source> {
        let Self { drafter, file, source, table } = self;
        let site = drafter.at(self.target()?.as_ref())?.site;
        let package = &file.package.name;
        let fqn = self.fqn();
        let properties = self.properties()?;
        let config = site.config(ResourceType::Source, package, &fqn, &properties, &Settings::default());
        findings.extend(check(class_of(ResourceType::Source), &config.merged, &self.owner(), &table.span));
        let config_ = Arc::unwrap_or_clone(config.merged.config);
        let description = drafter.docs.render(site, package, table.facts.description.as_ref())?;
        let source_description = drafter.docs.render(site, package, source.facts.description.as_ref())?;
        let quoting = self.quoting()?;
        let schema = source.schema.clone().unwrap_or_else(|| source.name.clone());
        let database = source.database.clone().unwrap_or_else(|| site.output.adapter.database().to_owned());
        let identifier = table.identifier.clone().unwrap_or_else(|| table.name.clone());
        let mut relation = Relation::new(database, schema, identifier);
        let project = site.quoting();
        relation.quote = Parts {
            database: quoting.database.unwrap_or(project.database),
            schema: quoting.schema.unwrap_or(project.schema),
            identifier: quoting.identifier.unwrap_or(project.identifier),
        };
        let meta = config_.get("meta").and_then(Json::as_object).cloned().unwrap_or_default();
        let source_table =
            SourceTable { source_name: &source.name, name: &table.name, relation: &relation, meta: &meta };
        let dialect = site.output.dialect();
        let location = dialect.reads_files.then(|| source_table.location(&config_, dialect)).flatten();
        Ok(Source {
            unique_id: Arc::from(format!("source.{package}.{}.{}", source.name, table.name)),
            package_name: package.clone(),
            source_name: source.name.clone(),
            name: table.name.clone(),
            fqn,
            original_file_path: file.path.clone(),
            source_description: source_description.text,
            description: description.text,
            target: Arc::from(site.output.name()),
            relation,
            location,
            written_place: source.written_place.clone(),
            quoting,
            unrendered_config: config.unrendered,
            meta,
            source_meta: merged_meta(&[&source.facts]),
            tags: config_.strings("tags"),
            columns: columns(site, drafter.docs, package, table.columns.iter())?,
            loader: source.loader.clone().unwrap_or_default(),
            loaded_at_field: config_.str("loaded_at_field").map(str::to_owned),
            loaded_at_query: config_.str("loaded_at_query").map(str::to_owned),
            freshness: config_.get("freshness").cloned(),
            external: table.external.as_ref().map(external),
            files: self.files(findings),
            doc_blocks: description.doc_blocks,
            created_at: site.created_at,
            span: table.span.clone(),
            config: config_,
        })
    }

    /// The files, unless the package that loads external tables elsewhere is installed: then `external` is its business.
    fn files(&self, findings: &mut Vec<Box<Diagnostic>>) -> Option<Arc<SourceFiles>> {
        let Self { drafter, source, table, .. } = self;
        let packages = &drafter.site.project.packages;
        let given = table.external.as_ref().filter(|_| !packages.contains_key("dbt_external_tables"))?;
        let files = SourceFiles::of(given).map_err(|wrong| {
            let message = format!("'external' of the source '{}.{}' is wrong: {wrong}.", source.name, table.name);
            findings.push(Diagnostic::error(Code::CONFIG_INVALID, message).at(&table.span));
        });
        files.ok().flatten().map(Arc::new)
    }

    fn fqn(&self) -> Vec<String> {
        let folders = self.file.relative_path.split('/').collect::<Vec<_>>();
        let folders = folders.split_last().map_or(&[][..], |(_, folders)| folders);
        let mut fqn = vec![self.file.package.name.clone()];
        fqn.extend(folders.iter().map(|folder| (*folder).to_owned()));
        fqn.extend([self.source.name.clone(), self.table.name.clone()]);
        fqn
    }

    /// The table's config over the source's, with what both may also say outside of `config:`.
    fn properties(&self) -> Result<Settings> {
        let (outer, inner) = (&self.source.facts, &self.table.facts);
        let mut properties = Settings::default();
        for setting in outer.config.0.iter().chain(&inner.config.0) {
            properties.set(&setting.key, setting.value.clone(), &setting.span);
        }
        let span = &self.table.span;
        properties.remove("freshness");
        match freshness(&[outer, inner])? {
            Freshness::Unsaid => {}
            Freshness::Off => properties.set("freshness", Json::Null, span),
            Freshness::Checked(thresholds) => properties.set("freshness", thresholds, span),
        }
        let (field, query) = loaded_at(outer, inner);
        properties.set("loaded_at_field", field, span);
        properties.set("loaded_at_query", query, span);
        properties.set("meta", Json::Object(merged_meta(&[outer, inner])), span);
        properties.set("tags", merged_tags(&[outer, inner]).into(), span);
        Ok(properties)
    }

    fn quoting(&self) -> Result<SourceQuoting> {
        let mut quoting = SourceQuoting::default();
        for yaml in [&self.source.facts.quoting, &self.table.facts.quoting].into_iter().flatten() {
            let mut fields = Fields::of(yaml, "'quoting'")?;
            quoting = SourceQuoting {
                database: fields.take("database")?.or(quoting.database),
                schema: fields.take("schema")?.or(quoting.schema),
                identifier: fields.take("identifier")?.or(quoting.identifier),
                column: fields.take("column")?.or(quoting.column),
            };
        }
        Ok(quoting)
    }

    fn tests(&self, findings: &mut Vec<Box<Diagnostic>>) -> Vec<Draft> {
        let tested = Tested {
            file: self.file,
            what: What::Table { source: &self.source.name, table: &self.table.name },
            tags: [self.source.facts.tags.clone(), self.table.facts.tags.clone()].concat(),
            quote_columns: self.quoting().ok().and_then(|quoting| quoting.column),
            attached: None,
            target: self.target().ok().flatten(),
        };
        let of_table = self.table.tests.iter().map(|test| (test, None));
        let of_columns = self.table.columns.iter().flat_map(|c| c.tests.iter().map(move |test| (test, Some(c))));
        let mut drafts = vec![];
        for (test, column) in of_table.chain(of_columns) {
            match data_test::draft(self.drafter, &tested, test, column, findings) {
                Ok(draft) => drafts.push(draft),
                Err(error) => findings.push(error),
            }
        }
        drafts
    }
}

/// `external` with all the keys that artifacts have.
fn external(given: &Json) -> Json {
    let keys = ["location", "file_format", "row_format", "tbl_properties", "partitions"];
    let mut external: Map<String, Json> = keys.into_iter().map(|key| (key.to_owned(), Json::Null)).collect();
    external.extend(given.as_object().cloned().unwrap_or_default());
    Json::Object(external)
}

/// Whether and how freshness is checked.
enum Freshness {
    /// Nothing is said.
    Unsaid,
    /// It is switched off.
    Off,
    /// By these thresholds.
    Checked(Json),
}

/// What source and table say about freshness, each outside and inside of `config:`; the later wins, part by part.
fn freshness(levels: &[&Facts]) -> Result<Freshness> {
    let mut merged = Freshness::Unsaid;
    for facts in levels {
        let inside = facts.config.get("freshness").map(|setting| (setting.value.clone(), setting.span.clone()));
        let outside = facts.freshness.as_ref().map(|yaml| (yaml.to_json(), yaml.span.clone()));
        for (given, span) in [outside, inside].into_iter().flatten() {
            merged = match (merged, given) {
                (_, Json::Null) => Freshness::Off,
                (Freshness::Checked(old), Json::Object(new)) => {
                    Freshness::Checked(thresholds(Some(&old), &new, &span)?)
                }
                (_, Json::Object(new)) => Freshness::Checked(thresholds(None, &new, &span)?),
                (_, _) => {
                    let message = "'freshness' must be a mapping of 'warn_after', 'error_after' and 'filter', or null.";
                    return Err(Diagnostic::error(Code::YAML_TYPE, message).at(&span));
                }
            };
        }
    }
    Ok(merged)
}

fn thresholds(old: Option<&Json>, new: &Map<String, Json>, span: &Span) -> Result<Json> {
    let known = |key: &str| matches!(key, "warn_after" | "error_after" | "filter");
    if let Some(key) = new.keys().find(|key| !known(key)) {
        let message = format!("'freshness' has an unknown key '{key}'.");
        let hint = "It takes 'warn_after', 'error_after' and 'filter'.";
        return Err(Diagnostic::error(Code::YAML_UNKNOWN_KEY, message).at(span).hint(hint));
    }
    let after = |key: &str| -> Result<Json> {
        let before = old.and_then(|old| old.get(key)).cloned();
        match new.get(key) {
            Some(Json::Null) => Ok(Json::Null),
            Some(given) => threshold(key, before.as_ref(), given, span),
            None => Ok(before.unwrap_or_else(|| json!({"count": null, "period": null}))),
        }
    };
    let filter = new.get("filter").or_else(|| old?.get("filter")).cloned().unwrap_or_default();
    Ok(json!({"warn_after": after("warn_after")?, "error_after": after("error_after")?, "filter": filter}))
}

fn threshold(key: &str, before: Option<&Json>, given: &Json, span: &Span) -> Result<Json> {
    let part = |name: &str| given.get(name).or_else(|| before?.get(name)).cloned().unwrap_or_default();
    let (count, period) = (part("count"), part("period"));
    let known = period.as_str().is_none_or(|period| matches!(period, "minute" | "hour" | "day"));
    if !given.is_object() || !(count.is_null() || count.is_i64()) || !known {
        let message =
            format!("'{key}' must have a whole number as 'count', and 'minute', 'hour' or 'day' as 'period'.");
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(span));
    }
    Ok(json!({"count": count, "period": period}))
}

/// `loaded_at_field` and `loaded_at_query`, each the table's if it names one, else the source's. A table that says there
/// is no field has none, nor the source's query.
fn loaded_at(source: &Facts, table: &Facts) -> (Json, Json) {
    let field = |facts: &Facts| {
        let outside = facts.loaded_at_field.as_ref().map(Yaml::to_json);
        outside.filter(|field| !field.is_null()).or_else(|| config_value(facts, "loaded_at_field")).unwrap_or_default()
    };
    let query = |facts: &Facts| {
        let outside = facts.loaded_at_query.as_ref().map(Yaml::to_json);
        outside.or_else(|| config_value(facts, "loaded_at_query")).unwrap_or_default()
    };
    let (table_field, table_query) = (field(table), query(table));
    let field_is_given = table.loaded_at_field.is_some() || !table_field.is_null();
    let query_is_given = field_is_given || !table_query.is_null();
    (if field_is_given { table_field } else { field(source) }, if query_is_given { table_query } else { query(source) })
}

fn config_value(facts: &Facts, key: &str) -> Option<Json> {
    facts.config.get(key).map(|setting| setting.value.clone()).filter(|value| !value.is_null())
}

fn merged_meta(levels: &[&Facts]) -> Map<String, Json> {
    let inside = |facts: &Facts| config_value(facts, "meta").and_then(|meta| meta.as_object().cloned());
    levels.iter().flat_map(|facts| facts.meta.clone().into_iter().chain(inside(facts).unwrap_or_default())).collect()
}

/// Sorted, once each.
fn merged_tags(levels: &[&Facts]) -> Vec<String> {
    let inside = |facts: &Facts| match config_value(facts, "tags") {
        Some(Json::String(tag)) => vec![tag],
        Some(Json::Array(tags)) => tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    };
    let tags = levels.iter().flat_map(|facts| facts.tags.clone().into_iter().chain(inside(facts)));
    tags.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}
