//! A template and its properties → a node.

use super::calls::Calls;
use super::capture::{Capture, Captured};
use super::columns::{columns, constraints, referenced};
use super::config::{Merged, check, class_of, join_calls};
use super::descriptions::Docs;
use super::facts::Facts;
use super::names::{Namer, Place, relation};
use super::patches::Patch;
use super::reach::{called_macros, needs_rendering};
use super::site::{NodeConfig, Site};
use super::stations::Stations;
use super::target::Named;
use super::{Access, Checksum, Config, Language, ModelInfo, Node, NodeKind, Quarantine, ResourceType, function};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span};
use crate::jinja::{Extraction, extract};
use crate::parse::{Setting, Settings, Template, TemplateKind, sha256};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// A node with what it declares that is not yet resolved.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The node: it is large, and goes through several lists.
    pub node: Box<Node>,
    /// What it refers to, with places.
    pub calls: Calls,
}

/// Makes the nodes of templates.
#[derive(Clone, Copy)]
pub struct Drafter<'a> {
    /// What nodes for other outputs are made with.
    pub stations: &'a Stations,
    /// The project, as nodes for one output see it.
    pub site: &'a Site,
    /// Makes relation names.
    pub namer: &'a Namer,
    /// Docs blocks.
    pub docs: &'a Docs,
}

/// What identifies a node.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its kind.
    pub kind: ResourceType,
    /// Its package.
    pub package: String,
    /// Its name.
    pub name: String,
    /// Its unique id.
    pub unique_id: String,
    /// Its fully qualified name.
    pub fqn: Vec<String>,
    /// dbt's `path`.
    pub path: String,
    /// Its file.
    pub original_file_path: String,
    /// Its version.
    pub version: Option<Json>,
}

impl Identity {
    /// Of a template, with the properties that describe it.
    pub fn of(template: &Template, patch: Option<&Patch<'_>>) -> Self {
        let kind = resource_type(template.kind);
        let package = template.package.name.clone();
        let version = patch.and_then(|patch| patch.version);
        let name = match (version, patch) {
            (Some(_), Some(patch)) => patch.entry.name.clone(),
            _ => template.name.clone(),
        };
        let mut fqn = [vec![package.clone()], template.folders.clone(), vec![name.clone()]].concat();
        let mut unique_id = format!("{}.{package}.{name}", kind.as_str());
        if let Some(version) = version {
            fqn.push(version.suffix());
            unique_id = format!("{unique_id}.{}", version.suffix());
        }
        Self {
            kind,
            package,
            name,
            unique_id,
            fqn,
            path: template.path.clone(),
            original_file_path: template.original_file_path.clone(),
            version: version.map(|version| version.version.clone()),
        }
    }

    /// For messages: `the model 'orders'`.
    pub fn noun(&self) -> String {
        let noun = if self.kind == ResourceType::Test { "data test" } else { self.kind.as_str() };
        format!("the {noun} '{}'", self.name)
    }
}

/// The kind of node that a template becomes.
fn resource_type(kind: TemplateKind) -> ResourceType {
    match kind {
        TemplateKind::Model => ResourceType::Model,
        TemplateKind::Seed => ResourceType::Seed,
        TemplateKind::Snapshot => ResourceType::Snapshot,
        TemplateKind::Analysis => ResourceType::Analysis,
        TemplateKind::Function => ResourceType::Function,
        TemplateKind::SingularTest => ResourceType::Test,
    }
}

impl Drafter<'_> {
    /// The node of a template, made for the output that its config names. What is wrong with it but does not keep it from
    /// being made is added to `findings`.
    pub fn draft(
        &self,
        template: &Template,
        patch: Option<&Patch<'_>>,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Result<Draft> {
        let identity = Arc::new(Identity::of(template, patch));
        let (properties, in_file) =
            (patch.map(Patch::config).unwrap_or_default(), literal_config(&template.extraction));
        let key = (identity.kind, identity.package.as_str(), identity.fqn.as_slice());
        let named = Named::before_rendering(self.site, key, &properties, &in_file, &identity.noun())?;
        self.draft_for(named, &identity, template, patch, findings)
    }

    /// The same where the output is known already.
    pub fn draft_for(
        &self,
        named: Option<Named>,
        identity: &Arc<Identity>,
        template: &Template,
        patch: Option<&Patch<'_>>,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Result<Draft> {
        let at = self.at(named.as_ref())?;
        let mut found = vec![];
        let (draft, says) = at.draft_here(identity, template, patch, &mut found)?;
        // Only rendering shows what a macro or an expression names.
        let moves = says.filter(|says| says.name != at.site.output.name());
        let draft = match &moves {
            None => draft,
            Some(_) => {
                found.clear();
                self.at(moves.as_ref())?.draft_here(identity, template, patch, &mut found)?.0
            }
        };
        findings.extend(found);
        Ok(draft)
    }

    fn draft_here(
        &self,
        identity: &Arc<Identity>,
        template: &Template,
        patch: Option<&Patch<'_>>,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Result<(Draft, Option<Named>)> {
        let package = &identity.package;
        findings.extend(itertools(&template.extraction));
        let Captured { mut calls, config: in_file, is_rendered } =
            self.declared(identity, &template.span, &template.extraction)?;
        if let Some(setting) = in_file.given_both_ways() {
            return Err(given_both_ways(identity, setting));
        }
        let mut properties = patch.map(Patch::config).unwrap_or_default();
        if template.kind == TemplateKind::Model && Language::of_file(&template.original_file_path) == Language::Python {
            // Whatever dbt_project.yml says: a view cannot be one.
            let materialized = properties.get("materialized").map_or("table".into(), |setting| setting.value.clone());
            properties.set("materialized", materialized, &template.span);
        }
        let config = self.site.config(identity.kind, package, &identity.fqn, &properties, &in_file);
        findings.extend(check(class_of(identity.kind), &config.merged, &identity.noun(), &template.span));
        let says = Named::of(&config.merged, &identity.noun(), &template.span)?;
        calls.extend(self.config_calls(identity, &config.merged, &template.span)?);
        let place = self.place(identity, &config.merged.config)?;
        let description = self.docs.render(self.site, package, patch.and_then(Patch::description))?;
        let first_tags = properties.get("tags").map(|_| self.tags_without_properties(identity, &in_file));
        let mut node = Node {
            columns: match patch {
                Some(patch) => columns(self.site, self.docs, package, patch.columns())?,
                None => Default::default(),
            },
            description: description.text,
            doc_blocks: description.doc_blocks,
            patch_path: patch.map(|patch| patch.file.id()),
            source: template.source().clone(),
            span: template.span.clone(),
            checksum: Checksum { name: template.checksum.0.into(), checksum: template.checksum.1.clone() },
            config_call: join_calls(class_of(identity.kind), &in_file),
            depends_on_macros: std::mem::take(&mut calls.macros),
            is_rendered,
            kind: kind(template, patch)?,
            ..self.node(identity, config, place)
        };
        node.tags = once_each(first_tags.into_iter().flatten().chain(node.tags), String::clone);
        if let NodeKind::Model(info) = &mut node.kind {
            *info = model_info(&node.config, patch)?;
            let keys = node.columns.values().flat_map(|column| &column.constraints).chain(&info.constraints);
            let place = patch.map_or(&template.span, |patch| &patch.entry.span);
            calls.extend(referenced(keys, &node.name, place)?);
        }
        Ok((Draft { node: Box::new(node), calls }, says))
    }

    /// Whether a template is enabled as far as is known without properties and without rendering it.
    pub fn enabled_by_itself(&self, template: &Template) -> bool {
        let identity = Identity::of(template, None);
        let (none, in_file) = (Settings::default(), literal_config(&template.extraction));
        let config = self.site.config(identity.kind, &identity.package, &identity.fqn, &none, &in_file);
        config.merged.config.enabled()
    }

    /// A node's own list of tags begins with those that are not from properties.
    fn tags_without_properties(&self, identity: &Identity, in_file: &Settings) -> Vec<String> {
        let none = Settings::default();
        let config = self.site.config(identity.kind, &identity.package, &identity.fqn, &none, in_file);
        config.merged.config.strings("tags")
    }

    /// What a template of a node declares: read off its text if possible, else by rendering it.
    pub fn declared(&self, identity: &Arc<Identity>, template: &Span, extraction: &Extraction) -> Result<Captured> {
        let (library, package) = (self.site.library(), identity.package.as_str());
        let macros = called_macros(library, package, extraction);
        let mut declared = if needs_rendering(library, package, extraction, &macros, &self.site.reach) {
            let capture = self.capture(identity, template);
            capture.render(template)?;
            with_exact_places(capture.captured(), extraction)
        } else {
            let mut calls = Calls::of(extraction)?;
            if identity.kind == ResourceType::Model && !extraction.logic {
                // dbt lists them so where it need not render a model.
                calls.sources = once_each(calls.sources, |(source, _)| source.clone());
            }
            Captured { calls, config: literal_config(extraction), is_rendered: false }
        };
        for setting in &mut declared.config.0 {
            let item = extraction.config.iter().rfind(|item| item.key == setting.key && item.value.is_none());
            setting.written = item.map(|item| format!("{{{{ {} }}}}", item.span.text()).into());
        }
        declared.calls.macros = macros;
        Ok(declared)
    }

    /// For rendering templates of a node whose properties are not known yet.
    fn capture(&self, identity: &Arc<Identity>, template: &Span) -> Capture<'_> {
        let none = Settings::default();
        let early = self.site.config(identity.kind, &identity.package, &identity.fqn, &none, &none);
        let facts = Facts::new(self.site, identity.clone(), early.merged.config);
        Capture::new(self.site, &identity.package, template, facts)
    }

    /// What the templates in the node's config refer to: its hooks, its rules of quarantine.
    fn config_calls(&self, identity: &Arc<Identity>, merged: &Merged, fallback: &Span) -> Result<Calls> {
        let mut templates = vec![];
        for key in ["pre-hook", "post-hook"] {
            let hooks = merged.config.get(key).and_then(Json::as_array).into_iter().flatten();
            templates.extend(hooks.filter_map(|hook| Some((key, hook.get("sql")?.as_str()?.to_owned()))));
        }
        // What is wrong with it is told when the model is built.
        let quarantine = Quarantine::of(&merged.config).ok().flatten();
        templates.extend(quarantine.iter().flat_map(Quarantine::templates).map(|template| ("quarantine", template)));
        let mut calls = Calls::default();
        for (key, text) in templates.into_iter().filter(|(_, text)| text.contains('{')) {
            let template = template_of(&text, merged.origin(key).unwrap_or(fallback));
            calls.extend(self.declared(identity, &template, &extract(&template)?)?.calls);
        }
        Ok(calls)
    }

    /// Where the node's relation goes.
    pub fn place(&self, identity: &Arc<Identity>, config: &Arc<Config>) -> Result<Place> {
        let mut place = self.namer.place(self.site, identity, config)?;
        if identity.kind == ResourceType::Snapshot {
            // Older than the general keys, and stronger.
            let given = |key: &str| config.str(key).filter(|name| !name.is_empty()).map(str::to_owned);
            place.database = given("target_database").unwrap_or(place.database);
            place.schema = given("target_schema").unwrap_or(place.schema);
        }
        Ok(place)
    }

    /// The part of a node that is alike for all kinds.
    pub fn node(&self, identity: &Identity, config: NodeConfig, place: Place) -> Node {
        let NodeConfig { merged: Merged { config, .. }, unrendered } = config;
        let config = Arc::unwrap_or_clone(config);
        let tags = once_each(config.strings("tags"), String::clone);
        let meta = config.get("meta").and_then(Json::as_object).cloned().unwrap_or_default();
        let nothing = SourceFile::new(&identity.original_file_path, "");
        Node {
            unique_id: Arc::from(identity.unique_id.as_str()),
            name: identity.name.clone(),
            package_name: identity.package.clone(),
            path: identity.path.clone(),
            original_file_path: identity.original_file_path.clone(),
            fqn: identity.fqn.clone(),
            span: nothing.span(0..0),
            source: nothing,
            own_code: None,
            checksum: Checksum { name: "none".into(), checksum: String::new() },
            target: Arc::from(self.site.output.name()),
            relation: has_relation(identity.kind, &config, self.site).then(|| relation(&place, self.site.quoting())),
            config,
            unrendered_config: unrendered,
            config_call: Map::new(),
            database: place.database,
            schema: place.schema,
            alias: place.alias,
            tags,
            meta,
            description: String::new(),
            columns: Default::default(),
            patch_path: None,
            refs: vec![],
            sources: vec![],
            functions: vec![],
            metrics: vec![],
            depends_on: vec![],
            depends_on_macros: vec![],
            is_rendered: false,
            doc_blocks: vec![],
            created_at: self.site.created_at,
            kind: NodeKind::SqlOperation,
        }
    }
}

/// A warning if a template calls something of `modules.itertools`.
fn itertools(extraction: &Extraction) -> Option<Box<Diagnostic>> {
    let (_, span) = extraction.calls.iter().find(|(name, _)| name.starts_with("modules.itertools."))?;
    let warning = Diagnostic::warning(Code::ITERTOOLS_DEPRECATED, "modules.itertools is deprecated.").at(span);
    Some(warning.hint("Jinja's loops and filters can do the same."))
}

/// The first of the items of each key.
fn once_each<T, K: Hash + Eq>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut known = HashSet::new();
    items.into_iter().filter(|item| known.insert(key(item))).collect()
}

/// Whether a node builds something in the database.
fn has_relation(kind: ResourceType, config: &Config, site: &Site) -> bool {
    match kind {
        ResourceType::Model => config.materialized() != "ephemeral",
        ResourceType::Seed | ResourceType::Snapshot | ResourceType::Function => true,
        ResourceType::Test => config.bool("store_failures").unwrap_or(site.invocation.flags.store_failures),
        _ => false,
    }
}

fn literal_config(extraction: &Extraction) -> Settings {
    let items = extraction.config.iter().filter_map(|item| {
        let (key, value, span) = (item.key.clone(), item.value.clone()?, item.span.clone());
        Some(Setting { key, value, written: None, span })
    });
    Settings(items.collect())
}

/// Rendering knows only the whole template as the place of a call; literal calls and configs have exact places.
fn with_exact_places(mut captured: Captured, extraction: &Extraction) -> Captured {
    let literal = Calls::of(extraction).unwrap_or_default();
    for call in &mut captured.calls.refs {
        if let Some(exact) = literal.refs.iter().find(|exact| *exact == call) {
            call.span = exact.span.clone();
        }
    }
    for (source, span) in &mut captured.calls.sources {
        if let Some((_, exact)) = literal.sources.iter().find(|(exact, _)| exact == source) {
            *span = exact.clone();
        }
    }
    for setting in &mut captured.config.0 {
        if let Some(item) = extraction.config.iter().find(|item| item.key == setting.key) {
            setting.span = item.span.clone();
        }
    }
    captured
}

/// A text given as a config value, as a template whose places are those of the file where possible.
pub fn template_of(text: &str, origin: &Span) -> Span {
    if let Some(at) = origin.text().find(text) {
        let start = origin.start as usize + at;
        return origin.file.span(start..start + text.len());
    }
    let lines = "\n".repeat(origin.position().line as usize - 1);
    let copy = SourceFile::new(origin.file.path(), format!("{lines}{text}"));
    copy.span(lines.len()..copy.text().len())
}

fn kind(template: &Template, patch: Option<&Patch<'_>>) -> Result<NodeKind> {
    Ok(match template.kind {
        TemplateKind::Model => NodeKind::Model(ModelInfo::default()),
        TemplateKind::Seed => NodeKind::Seed { disk_path: template.disk_path.clone() },
        TemplateKind::Snapshot => NodeKind::Snapshot,
        TemplateKind::Analysis => NodeKind::Analysis,
        TemplateKind::SingularTest => NodeKind::SingularTest,
        TemplateKind::Function => NodeKind::Function(function::signature(patch)?),
    })
}

fn model_info(config: &Config, patch: Option<&Patch<'_>>) -> Result<ModelInfo> {
    let access = match config.str("access") {
        Some("private") => Access::Private,
        Some("public") => Access::Public,
        _ => Access::Protected,
    };
    let Some(patch) = patch else {
        return Ok(ModelInfo { access, group: config.str("group").map(str::to_owned), ..ModelInfo::default() });
    };
    Ok(ModelInfo {
        access,
        group: config.str("group").map(str::to_owned),
        version: patch.version_value().cloned(),
        latest_version: patch.version.and_then(|_| patch.latest_version()),
        deprecation_date: patch.deprecation_date().map(point_in_time),
        constraints: constraints(patch.constraints(), &format!("the model '{}'", patch.entry.name))?,
        time_spine: patch.entry.time_spine.as_ref().map(time_spine),
        ..ModelInfo::default()
    })
}

fn given_both_ways(identity: &Identity, setting: &Setting) -> Box<Diagnostic> {
    let dashed = setting.key.replace('_', "-");
    let message =
        format!("Invalid config of {}, has conflicting keys \"{}\" and \"{dashed}\".", identity.noun(), setting.key);
    Diagnostic::error(Code::CONFIG_INVALID, message).at(&setting.span).hint("They are two names of one key: keep one.")
}

/// `time_spine` with all the keys that artifacts have.
fn time_spine(given: &Json) -> Json {
    let granularities = given["custom_granularities"].as_array().into_iter().flatten();
    let granularity = |given: &Json| json!({"name": given["name"], "column_name": given["column_name"]});
    json!({
        "standard_granularity_column": given["standard_granularity_column"],
        "custom_granularities": granularities.map(granularity).collect::<Vec<_>>(),
    })
}

/// A date as artifacts have it: with a time and an offset.
fn point_in_time(date: &str) -> String {
    let Ok(pieces) = Pieces::parse(date) else { return date.to_owned() };
    let civil = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    let zoned = civil.to_zoned(offset.to_time_zone());
    zoned.map_or_else(|_| date.to_owned(), |zoned| zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// The hash of a text that stands for a file.
pub fn text_checksum(text: &str) -> Checksum {
    Checksum { name: "sha256".into(), checksum: sha256(text) }
}
