//! Generic data tests: a declaration in properties → a node.

mod identity;
mod name;

use self::identity::{Metadata, unique_id};
use super::calls::{Calls, ref_call};
use super::capture::{Capture, Captured};
use super::config::{check, class_of};
use super::facts::Facts;
use super::python;
use super::reach::called_macros;
use super::target::Named;
use super::template_node::{Draft, Drafter, Identity};
use super::{GenericTest, NodeKind, ResourceType, SpanEq};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span, nearest};
use crate::jinja::{Dict, List, MacroDef, MacroLibrary, Value, extract, from_json, from_yaml};
use crate::parse::{ColumnProperties, PropertiesFile, Settings, TestDeclaration};
use crate::yaml::{Yaml, YamlValue};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::sync::Arc;

/// The name under which a test's macro call gets its arguments.
const KWARGS: &str = "_dbt_generic_test_kwargs";

/// What a data test is declared on.
#[derive(Debug, Clone)]
pub struct Tested<'a> {
    /// The properties file.
    pub file: &'a PropertiesFile,
    /// What it is.
    pub what: What<'a>,
    /// Tags that its tests have, too.
    pub tags: Vec<String>,
    /// Whether names of columns that do not say are quoted.
    pub quote_columns: Option<bool>,
    /// The node, if it exists, and its group.
    pub attached: Option<(String, Option<String>)>,
    /// The output that it belongs to; `None`: the run's target.
    pub target: Option<Named>,
}

/// A node or a source's table.
#[derive(Debug, Clone, Copy)]
pub enum What<'a> {
    /// A model, seed or snapshot.
    Node {
        /// Its section in the properties file.
        section: &'static str,
        /// Its name.
        name: &'a str,
        /// Its version.
        version: Option<&'a Json>,
    },
    /// A table of a source.
    Table {
        /// The source's name.
        source: &'a str,
        /// The table's name.
        table: &'a str,
    },
}

impl What<'_> {
    /// The call that gives its relation.
    fn call(&self) -> String {
        match self {
            Self::Node { name, version: Some(version), .. } => {
                format!("ref('{name}', version='{}')", python::str(version))
            }
            Self::Node { name, .. } => format!("ref('{name}')"),
            Self::Table { source, table } => format!("source('{source}', '{table}')"),
        }
    }

    fn file_key_name(&self) -> String {
        match self {
            Self::Node { section, name, .. } => format!("{section}.{name}"),
            Self::Table { source, .. } => format!("sources.{source}"),
        }
    }
}

/// Makes the node of a declared test, for the output of what it tests unless its config names another.
pub fn draft(
    drafter: &Drafter<'_>,
    tested: &Tested<'_>,
    declaration: &TestDeclaration,
    column: Option<&ColumnProperties>,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Result<Draft> {
    let at = drafter.at(tested.target.as_ref())?;
    let mut found = vec![];
    let (draft, says) = draft_here(&at, tested, declaration, column, &mut found)?;
    let moves = says.filter(|says| says.name != at.site.output.name());
    let draft = match &moves {
        None => draft,
        Some(_) => {
            found.clear();
            draft_here(&drafter.at(moves.as_ref())?, tested, declaration, column, &mut found)?.0
        }
    };
    findings.extend(found);
    Ok(draft)
}

fn draft_here(
    drafter: &Drafter<'_>,
    tested: &Tested<'_>,
    declaration: &TestDeclaration,
    column: Option<&ColumnProperties>,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Result<(Draft, Option<Named>)> {
    let making = Making { drafter, tested, declaration };
    let package = tested.file.package.name.as_str();
    let definition = making.definition(package);
    if definition.is_none() {
        findings.push(making.unknown());
    }
    let column_name = column.map(|column| making.column_name(column));
    let kwargs = making.kwargs(column_name.as_deref());
    let (short, full) = making.names(&kwargs);
    let mut own = declaration.config.clone();
    if short != full && own.get("alias").is_none() {
        own.set("alias", short.clone().into(), &declaration.span);
    }
    let raw_code = raw_code(declaration, &own);
    let metadata = Metadata { namespace: declaration.namespace.as_deref(), name: &declaration.name, kwargs: &kwargs };
    let identity = Arc::new(making.identity(&short, full, &metadata));

    let Captured { mut calls, config: in_template, .. } = making.declared(&identity, definition, &kwargs, &raw_code)?;
    // dbt reads the declaration's config, renders the test, whose macro may have a config() of its own, and then the
    // declaration's as a config() call behind it: what the declaration says wins, and its lists count twice.
    let mut call_config = own.clone();
    if !definition.is_some_and(takes_short_way) {
        call_config.0.extend(in_template.0);
        call_config.0.extend(own.0.iter().cloned());
    }
    let none = Settings::default();
    let config = drafter.site.config(ResourceType::Test, package, &identity.fqn, &none, &call_config);
    let errors = check(class_of(ResourceType::Test), &config.merged, &identity.noun(), &declaration.span);
    findings.extend(errors);
    let says = Named::of(&config.merged, &identity.noun(), &declaration.span)?;
    let place = drafter.place(&identity, &config.merged.config)?;
    let description = drafter.docs.render(drafter.site, package, declaration.description.as_ref())?;
    let mut node = drafter.node(&identity, config, place);
    node.tags = making.tags(column, &own, node.tags);
    node.source = tested.file.source.clone();
    node.span = declaration.span.clone();
    node.own_code = Some(raw_code);
    node.config_call = call_config.to_json();
    node.description = description.text;
    node.doc_blocks = description.doc_blocks;
    node.depends_on_macros = std::mem::take(&mut calls.macros);
    let (attached_node, group) = tested.attached.clone().map_or((None, None), |(id, group)| (Some(id), group));
    node.kind = NodeKind::GenericTest(GenericTest {
        name: declaration.name.clone(),
        namespace: declaration.namespace.clone(),
        kwargs,
        column_name,
        attached_node: attached_node.map(Arc::from),
        group,
        file_key_name: tested.what.file_key_name(),
    });
    Ok((Draft { node: Box::new(node), calls }, says))
}

struct Making<'a> {
    drafter: &'a Drafter<'a>,
    tested: &'a Tested<'a>,
    declaration: &'a TestDeclaration,
}

/// The macro of a generic test that is used in `package`, and that its author looked for in `namespace` if named.
pub fn test_macro<'l>(
    library: &'l MacroLibrary,
    package: &str,
    namespace: Option<&str>,
    name: &str,
) -> Option<&'l MacroDef> {
    let name = format!("test_{name}");
    let found = match namespace {
        Some(namespace) => library.get(namespace, &name),
        None => library.find(package, &name),
    };
    found.map(Arc::as_ref)
}

impl Making<'_> {
    /// The test's macro.
    fn definition(&self, package: &str) -> Option<&MacroDef> {
        let TestDeclaration { name, namespace, .. } = self.declaration;
        test_macro(self.drafter.site.library(), package, namespace.as_deref(), name)
    }

    /// Only a warning, as everything else can be built: the test fails when it runs.
    fn unknown(&self) -> Box<Diagnostic> {
        let TestDeclaration { name, namespace, span, .. } = self.declaration;
        let library = self.drafter.site.library();
        if let Some(namespace) = namespace.as_ref().filter(|namespace| !library.has_package(namespace)) {
            return Diagnostic::warning(Code::TEST_UNKNOWN, format!("The package '{namespace}' has no macros."))
                .at(span)
                .hint("Add the package to packages.yml and run 'deps'.");
        }
        let warning = Diagnostic::warning(Code::TEST_UNKNOWN, format!("There is no data test '{name}'.")).at(span);
        let known: Vec<&str> = library.iter().filter_map(|def| def.name.strip_prefix("test_")).collect();
        match nearest(name, known).first() {
            Some(near) => warning.hint(format!("Did you mean '{near}'?")),
            None => warning.hint(format!("Define it in tests/generic: {{% test {name}(model, column_name) %}}")),
        }
    }

    fn column_name(&self, column: &ColumnProperties) -> String {
        if column.quote.or(self.tested.quote_columns).unwrap_or(false) {
            return self.drafter.site.output.dialect().quote(&column.name);
        }
        column.name.clone()
    }

    /// The arguments in the order in which dbt has them.
    fn kwargs(&self, column_name: Option<&str>) -> Map<String, Json> {
        let arguments = self.declaration.arguments.iter();
        let mut kwargs: Map<String, Json> = arguments.map(|(key, value)| (key.clone(), value.to_json())).collect();
        if let Some(column_name) = column_name {
            kwargs.insert("column_name".into(), column_name.into());
        }
        kwargs.insert("model".into(), format!("{{{{ get_where_subquery({}) }}}}", self.tested.what.call()).into());
        kwargs
    }

    /// The short and the full name.
    fn names(&self, kwargs: &Map<String, Json>) -> (String, String) {
        if let Some(name) = &self.declaration.custom_name {
            return (name.clone(), name.clone());
        }
        let TestDeclaration { name, namespace, .. } = self.declaration;
        let (kind, target) = match self.tested.what {
            What::Node { name: target, version: Some(version), .. } => {
                (name.clone(), format!("{target}_v{}", python::str(version)))
            }
            What::Node { name: target, .. } => (name.clone(), target.to_owned()),
            What::Table { source, table } => (format!("source_{name}"), format!("{source}_{table}")),
        };
        let kind = namespace.as_ref().map(|namespace| format!("{namespace}_{kind}")).unwrap_or(kind);
        name::synthesize(&kind, &target, kwargs)
    }

    fn identity(&self, short: &str, full: String, metadata: &Metadata<'_>) -> Identity {
        let file = self.tested.file;
        let package = file.package.name.clone();
        // The folders of the properties file below the first one.
        let folders = file.path.split('/').skip(1).collect::<Vec<_>>();
        let folders = folders.split_last().map_or(&[][..], |(_, folders)| folders);
        let mut fqn = vec![package.clone()];
        fqn.extend(folders.iter().map(|folder| (*folder).to_owned()));
        fqn.push(full.clone());
        Identity {
            kind: ResourceType::Test,
            unique_id: unique_id(&package, &full, metadata),
            fqn,
            path: format!("{short}.sql"),
            original_file_path: file.path.clone(),
            version: None,
            name: full,
            package,
        }
    }

    /// What the test refers to, and the configs that its macro gives.
    fn declared(
        &self,
        identity: &Arc<Identity>,
        definition: Option<&MacroDef>,
        kwargs: &Map<String, Json>,
        raw_code: &str,
    ) -> Result<Captured> {
        let id = definition.map(MacroDef::unique_id);
        let package = identity.package.as_str();
        let mut needs_rendering = id.as_ref().is_some_and(|id| self.drafter.site.reach.declares(id));
        let mut calls = Calls { macros: id.into_iter().collect(), ..Calls::default() };
        for (key, argument) in &self.declaration.arguments {
            for text in texts(argument) {
                let Some(template) = argument_template(text) else { continue };
                let Some(template) = template.filter(|_| key != "column_name") else { continue };
                let extraction = extract(&template).map_err(|error| error.at_if_nowhere(&text.span))?;
                let (library, reach) = (self.drafter.site.library(), &self.drafter.site.reach);
                let called = called_macros(library, package, &extraction);
                needs_rendering |= super::reach::needs_rendering(library, package, &extraction, &called, reach);
                calls.extend(Calls { macros: called, ..placed(Calls::of(&extraction)?, &text.span) });
            }
        }
        let is_short = definition.is_some_and(takes_short_way);
        calls.extend(self.model_call(is_short)?);
        if !is_short && let Some(def) = self.drafter.site.library().find(package, "get_where_subquery") {
            calls.call_macro(def.unique_id());
        }
        if !needs_rendering {
            return Ok(Captured { calls, ..Captured::default() });
        }
        let mut captured = self.rendered(identity, kwargs, raw_code)?;
        captured.calls.macros = calls.macros;
        Ok(captured)
    }

    /// The reference to what is tested: on the short way with the version as declared, else as the template has it.
    fn model_call(&self, is_short: bool) -> Result<Calls> {
        let span = &self.declaration.span;
        match self.tested.what {
            What::Node { name, version, .. } => {
                let written = |version: &Json| if is_short { version.clone() } else { python::str(version).into() };
                let version = version.map(|version| ("version".to_owned(), written(version)));
                let call = ref_call(&[name.into()], version.as_slice(), span)?;
                Ok(Calls { refs: vec![call], ..Calls::default() })
            }
            What::Table { source, table } => {
                let call = ([source.to_owned(), table.to_owned()], span.clone());
                Ok(Calls { sources: vec![call], ..Calls::default() })
            }
        }
    }

    /// Renders the arguments and the test for what they declare.
    fn rendered(&self, identity: &Arc<Identity>, kwargs: &Map<String, Json>, raw_code: &str) -> Result<Captured> {
        let site = self.drafter.site;
        let span = &self.declaration.span;
        let none = Settings::default();
        let config = site.config(ResourceType::Test, &identity.package, &identity.fqn, &none, &self.declaration.config);
        let facts = Facts::new(site, identity.clone(), config.merged.config);
        let capture = Capture::new(site, &identity.package, span, facts);
        let mut values: Vec<(Value, Value)> = vec![];
        for (key, value) in kwargs {
            let yaml = Yaml::from_json(value, span);
            let value = if key == "column_name" { from_json(value) } else { argument(&capture, &yaml)? };
            values.push((Value::from(key.as_str()), value));
        }
        let kwargs = Dict::value(values);
        let capture = capture.with(KWARGS, kwargs);
        let call = raw_code.split_inclusive(&format!("{KWARGS}) }}}}")).next().unwrap_or(raw_code);
        let file = SourceFile::new(format!("data test {}", identity.name), call);
        capture.render(&file.span(0..call.len())).map_err(|error| error.label(span, "declared here"))?;
        Ok(capture.captured())
    }

    /// The column's tags and those of the declaration, sorted; then those of other levels.
    fn tags(&self, column: Option<&ColumnProperties>, own: &Settings, merged: Vec<String>) -> Vec<String> {
        let mut tags = self.tested.tags.clone();
        tags.extend(column.into_iter().flat_map(|column| column.tags.clone()));
        tags.extend(match own.get("tags").map(|setting| &setting.value) {
            Some(Json::String(tag)) => vec![tag.clone()],
            Some(Json::Array(list)) => list.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
            _ => vec![],
        });
        tags.sort();
        tags.dedup();
        for tag in merged {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }
}

/// Whether dbt does not render a test to learn what it refers to.
fn takes_short_way(definition: &MacroDef) -> bool {
    matches!(definition.unique_id().as_str(), "macro.dbt.test_not_null" | "macro.dbt.test_unique")
}

/// The test's template: the call of its macro, and its own configs as a call.
fn raw_code(declaration: &TestDeclaration, config: &Settings) -> String {
    let namespace = declaration.namespace.as_ref().map(|namespace| format!("{namespace}.")).unwrap_or_default();
    let call = format!("{{{{ {namespace}test_{}(**{KWARGS}) }}}}", declaration.name);
    if config.is_empty() {
        return call;
    }
    let written = config.0.iter().map(|setting| {
        let value = match &setting.value {
            Json::String(text) => format!("\"{}\"", text.replace('"', "\\\"")),
            other => python::str(other),
        };
        format!("{}={value}", setting.key)
    });
    format!("{call}{{{{ config({}) }}}}", written.collect::<Vec<_>>().join(","))
}

/// All texts in an argument.
fn texts(yaml: &Yaml) -> Vec<&Yaml> {
    match &yaml.value {
        YamlValue::Str(_) => vec![yaml],
        YamlValue::Seq(items) => items.iter().flat_map(texts).collect(),
        YamlValue::Map(entries) => entries.iter().flat_map(|(_, value)| texts(value)).collect(),
        _ => vec![],
    }
}

/// A text argument as a template; `None` inside when it is a constant, outside when it is no text.
fn argument_template(yaml: &Yaml) -> Option<Option<Span>> {
    Some(test_argument(yaml.as_str()?).map(|template| match template {
        Cow::Borrowed(_) => yaml.template(),
        Cow::Owned(template) => {
            let lines = "\n".repeat(yaml.span.position().line as usize - 1);
            let file = SourceFile::new(yaml.span.file.path(), format!("{lines}{template}"));
            file.span(lines.len()..file.text().len())
        }
    }))
}

/// The template that a data test's argument is: a text with tags itself, a bare call such as `ref('orders')` put in
/// braces, nothing for a constant.
pub fn test_argument(text: &str) -> Option<Cow<'_, str>> {
    if is_call(text) {
        return Some(Cow::Owned(format!("{{{{ {text} }}}}")));
    }
    (text.contains("{{") || text.contains("{%")).then_some(Cow::Borrowed(text))
}

/// Whether a text is a call that is evaluated even without braces: `ref('orders')`.
fn is_call(text: &str) -> bool {
    let text = text.trim();
    let Some((name, rest)) = text.split_once('(') else { return false };
    let known = matches!(name.trim_end(), "env_var" | "ref" | "var" | "source" | "doc");
    known && rest.len() > 1 && rest.ends_with(')')
}

/// An argument's value.
fn argument(capture: &Capture<'_>, yaml: &Yaml) -> Result<Value> {
    match &yaml.value {
        YamlValue::Seq(items) => {
            let items = items.iter().map(|item| argument(capture, item)).collect::<Result<Vec<_>>>()?;
            Ok(List::value(items))
        }
        YamlValue::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Ok((Value::from(key.as_key()), argument(capture, value)?)));
            Ok(Dict::value(entries.collect::<Result<Vec<_>>>()?))
        }
        _ => match argument_template(yaml) {
            Some(Some(template)) => capture.evaluate(&template),
            _ => Ok(from_yaml(yaml)),
        },
    }
}

/// Calls with the argument's place: the template may be a copy.
fn placed(mut calls: Calls, span: &Span) -> Calls {
    calls.refs.iter_mut().for_each(|call| call.span = Some(SpanEq(span.clone())));
    calls.sources.iter_mut().for_each(|(_, place)| *place = span.clone());
    calls.functions.iter_mut().chain(&mut calls.metrics).for_each(|(_, place)| *place = span.clone());
    calls
}

#[cfg(test)]
mod tests {
    use super::is_call;

    #[test]
    fn calls_are_known_by_their_look() {
        assert!(is_call("ref('orders')") && is_call(" source('a', 'b') ") && is_call("var('x')"));
        assert!(!is_call("reference('a')") && !is_call("ref()") && !is_call("ref('a') + 1") && !is_call("lower(x)"));
    }
}
