//! From criteria to nodes.

use super::criterion::Criterion;
use super::definition::Definitions;
use super::expression::{Combination, Expression, Group};
use super::fqn::Wanted;
use super::method::Method;
use super::pattern::Pattern;
use super::{Criteria, PreviousState, Resource, version};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::IndirectSelection;
use crate::resolve::{Graph, NodeKind, ResourceType, UniqueId};
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::Path;

type Ids = HashSet<UniqueId>;

/// What was selected.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The nodes, parents before children.
    pub nodes: Vec<UniqueId>,
    /// Of criteria that match nothing, and of what a comparison with an earlier run found.
    pub warnings: Vec<Box<Diagnostic>>,
}

/// Finds what the criteria ask for. Without `--select`, `--exclude` and `--selector` the default selector of
/// selectors.yml counts, or else everything.
///
/// # Errors
/// Criteria that cannot be understood, unknown selectors, and `state:`, `result:` or `source_status:` without the
/// artifacts they compare with.
pub fn select(graph: &Graph, criteria: &Criteria, previous: Option<&PreviousState>) -> Result<Selection> {
    let definitions = Definitions::parse(graph.project.selectors.as_ref(), criteria.indirect_selection)?;
    let expression = expression(criteria, &definitions)?;
    let mut search = Search { graph, previous, definitions: &definitions, warnings: vec![] };
    let found = match &expression {
        Some(expression) => search.evaluate(expression)?.direct,
        None => Resource::all(graph).map(|(id, _)| id.clone()).collect(),
    };
    let keep = |id: &UniqueId| {
        found.contains(id)
            && Resource::find(graph, id).is_some_and(|resource| {
                criteria.kinds.contains(&resource.kind()) && (criteria.include_blank || !resource.is_blank())
            })
    };
    let nodes = graph.dag().topological().into_iter().filter(keep).collect();
    Ok(Selection { nodes, warnings: search.warnings })
}

/// The whole selection; `None`: everything.
fn expression(criteria: &Criteria, definitions: &Definitions) -> Result<Option<Expression>> {
    let mode = criteria.indirect_selection;
    let asked = !criteria.select.is_empty() || !criteria.exclude.is_empty();
    let included = match &criteria.selector {
        Some(name) => Some(definitions.get(name)?.clone()),
        None if !criteria.select.is_empty() => Some(Expression::parse(&criteria.select, mode)?),
        None if !asked => definitions.preset().cloned(),
        None => None,
    };
    if criteria.exclude.is_empty() || criteria.selector.is_some() {
        return Ok(included);
    }
    let included = match included {
        Some(included) => included,
        None => Expression::group(Combination::Union, vec![everything(mode)?], mode),
    };
    Ok(Some(included.without(Expression::parse(&criteria.exclude, mode)?, mode)))
}

fn everything(mode: IndirectSelection) -> Result<Expression> {
    let all = ["fqn:*", "source:*", "exposure:*", "metric:*", "semantic_model:*"];
    let criteria = all.into_iter().map(|text| Criterion::parse(text, mode).map(Expression::Criterion));
    Ok(Expression::group(Combination::Union, criteria.collect::<Result<_>>()?, mode))
}

/// Resources that are selected, and tests that would be if all their parents were.
#[derive(Debug, Default)]
struct Found {
    direct: Ids,
    indirect: Ids,
}

struct Search<'a> {
    graph: &'a Graph,
    previous: Option<&'a PreviousState>,
    definitions: &'a Definitions,
    warnings: Vec<Box<Diagnostic>>,
}

impl Search<'_> {
    fn evaluate(&mut self, expression: &Expression) -> Result<Found> {
        match expression {
            Expression::Criterion(criterion) => self.criterion(criterion),
            Expression::Group(group) => self.group(group),
        }
    }

    fn group(&mut self, group: &Group) -> Result<Found> {
        let parts = group.parts.iter().map(|part| self.evaluate(part)).collect::<Result<Vec<_>>>()?;
        let mut direct = combine(group.combination, parts.iter().map(|found| found.direct.clone()));
        let all = parts.into_iter().map(|found| &found.direct | &found.indirect);
        let indirect = combine(group.combination, all);
        self.incorporate(&mut direct, &indirect, group.indirect_selection);
        if let Some(raw) = group.expected.as_ref().filter(|_| direct.is_empty()) {
            self.warnings.push(Diagnostic::warning(
                Code::SELECTION_EMPTY,
                format!("The selection criterion '{raw}' does not match any enabled nodes"),
            ));
        }
        Ok(Found { direct, indirect })
    }

    fn criterion(&mut self, criterion: &Criterion) -> Result<Found> {
        let mut selected = if criterion.method == Method::Selector {
            let selector = self.definitions.get(&criterion.value)?.clone();
            self.evaluate(&selector)?.direct
        } else {
            self.matches(criterion)?
        };
        selected.extend(self.relatives(criterion, &selected));
        Ok(self.with_tests(selected, criterion.indirect_selection))
    }

    /// The resources that the operators `@` and `+` add.
    fn relatives(&self, criterion: &Criterion, selected: &Ids) -> Ids {
        let dag = self.graph.dag();
        let mut relatives = Ids::new();
        if criterion.childrens_parents {
            let family = &dag.descendants_of_any(selected, None) | selected;
            relatives.extend(dag.ancestors_of_any(&family, None));
            relatives.extend(family);
        }
        if let Some(depth) = criterion.parents.depth() {
            relatives.extend(dag.ancestors_of_any(selected, depth));
        }
        if let Some(depth) = criterion.children.depth() {
            relatives.extend(dag.descendants_of_any(selected, depth));
        }
        relatives
    }

    /// Adds the tests of what is selected, as the mode says.
    fn with_tests(&self, selected: Ids, mode: IndirectSelection) -> Found {
        let mut found = Found { direct: selected.clone(), indirect: Ids::new() };
        if mode == IndirectSelection::Empty {
            return found;
        }
        let reachable = self.buildable(&selected, mode);
        for id in selected.iter().flat_map(|id| self.graph.dag().children(id)) {
            let Some(test) = Resource::find(self.graph, id).filter(Resource::is_test) else { continue };
            let complete =
                mode == IndirectSelection::Eager || test.depends_on().iter().all(|id| reachable.contains(id));
            if complete { &mut found.direct } else { &mut found.indirect }.insert(id.clone());
        }
        found
    }

    /// Adds tests whose parents have all come together in a combination.
    fn incorporate(&self, direct: &mut Ids, indirect: &Ids, mode: IndirectSelection) {
        if !matches!(mode, IndirectSelection::Cautious | IndirectSelection::Buildable) {
            return;
        }
        let reachable = self.buildable(direct, mode);
        let complete = |id: &&UniqueId| {
            self.graph.nodes.get(*id).is_some_and(|test| test.depends_on.iter().all(|id| reachable.contains(id)))
        };
        direct.extend(indirect.iter().filter(complete).cloned());
    }

    /// What a test may depend on to be taken along.
    fn buildable(&self, selected: &Ids, mode: IndirectSelection) -> Ids {
        let mut reachable = selected.clone();
        if mode == IndirectSelection::Buildable {
            reachable.extend(self.graph.dag().ancestors_of_any(selected, None));
            reachable.extend(self.graph.sources.keys().cloned());
        }
        reachable
    }

    /// The resources that the method finds.
    fn matches(&mut self, criterion: &Criterion) -> Result<Ids> {
        let value = criterion.value.as_str();
        match &criterion.method {
            Method::Fqn => {
                let wanted = Wanted::parse(value)?;
                Ok(self.filter(|of| of.kind() != ResourceType::Source && wanted.matches(&of.fqn(), of.is_versioned())))
            }
            Method::Tag => self.named(value, |of, tag| of.tags().iter().any(|own| tag.fits(own))),
            Method::Group => self.named(value, |of, group| of.group().is_some_and(|own| group.fits(own))),
            Method::Package => {
                let value = if value == "this" { self.graph.project.root().name.as_str() } else { value };
                self.named(value, |of, package| package.fits(of.package()))
            }
            Method::File => self.named(value, |of, file| {
                let path = Path::new(of.file());
                [path.file_name(), path.file_stem()].into_iter().flatten().any(|name| file.fits(name))
            }),
            Method::Path => self.path(value),
            Method::Source => self.source(criterion),
            Method::Exposure => self.scoped(criterion, ResourceType::Exposure),
            Method::Metric => self.scoped(criterion, ResourceType::Metric),
            Method::SemanticModel => self.scoped(criterion, ResourceType::SemanticModel),
            Method::SavedQuery => self.scoped(criterion, ResourceType::SavedQuery),
            Method::UnitTest => self.scoped(criterion, ResourceType::UnitTest),
            Method::Access => Ok(self.filter(|of| has_access(of, value))),
            Method::Config(keys) => Ok(self.filter(|of| has_config(of, keys, value))),
            Method::TestName => self.named(value, |of, name| match of {
                Resource::Node(node) => match &node.kind {
                    NodeKind::GenericTest(test) => name.fits(&test.name),
                    _ => false,
                },
                _ => of.kind() == ResourceType::UnitTest && name.fits(of.name()),
            }),
            Method::TestType => self.test_type(value),
            Method::ResourceType => self.resource_type(value),
            Method::Version => self.version(value),
            Method::State => {
                let (found, warnings) = self.state()?.compare(self.graph, value)?;
                let new = |warning: &Diagnostic| !self.warnings.iter().any(|told| told.message == warning.message);
                let new: Vec<_> = warnings.into_iter().filter(|warning| new(warning)).collect();
                self.warnings.extend(new);
                Ok(found)
            }
            Method::Result => self.state()?.with_result(self.graph, value),
            Method::SourceStatus => self.state()?.with_source_status(self.graph, value),
            Method::Selector => Ok(Ids::new()),
        }
    }

    fn filter(&self, mut wanted: impl FnMut(&Resource<'_>) -> bool) -> Ids {
        Resource::all(self.graph).filter(|(_, resource)| wanted(resource)).map(|(id, _)| id.clone()).collect()
    }

    fn named(&self, value: &str, wanted: impl Fn(&Resource<'_>, &Pattern) -> bool) -> Result<Ids> {
        let pattern = Pattern::name(value)?;
        Ok(self.filter(|resource| wanted(resource, &pattern)))
    }

    fn path(&self, value: &str) -> Result<Ids> {
        let root = &self.graph.project.root().dir;
        let relative = Path::new(value).strip_prefix(root).map_or(value, |path| path.to_str().unwrap_or(value));
        let pattern = Pattern::path(relative)?;
        let whole = matches!(relative.trim_end_matches('/'), "." | "");
        Ok(self.filter(|of| {
            let mut places = Path::new(of.file()).ancestors().filter(|place| !place.as_os_str().is_empty());
            whole
                || places.any(|place| pattern.fits(place))
                || of.properties_file().is_some_and(|file| pattern.fits(file))
        }))
    }

    /// `source`, `source.table` or `package.source.table`.
    fn source(&self, criterion: &Criterion) -> Result<Ids> {
        let parts: Vec<&str> = criterion.value.split('.').collect();
        let (package, source, table) = match parts.as_slice() {
            [source] => ("*", *source, "*"),
            [source, table] => ("*", *source, *table),
            [package, source, table] => (*package, *source, *table),
            _ => return Err(malformed(criterion, "source:name, source:name.table or source:package.name.table")),
        };
        let (package, source, table) = (Pattern::name(package)?, Pattern::name(source)?, Pattern::name(table)?);
        Ok(self.filter(|of| match of {
            Resource::Source(own) => {
                package.fits(&own.package_name) && source.fits(&own.source_name) && table.fits(&own.name)
            }
            _ => false,
        }))
    }

    /// `name` or `package.name`, of one kind.
    fn scoped(&self, criterion: &Criterion, kind: ResourceType) -> Result<Ids> {
        let parts: Vec<&str> = criterion.value.split('.').collect();
        let (package, name) = match parts.as_slice() {
            [name] => ("*", *name),
            [package, name] => (*package, *name),
            _ => {
                return Err(malformed(criterion, &format!("{kind}:name or {kind}:package.name", kind = kind.as_str())));
            }
        };
        let (package, name) = (Pattern::name(package)?, Pattern::name(name)?);
        Ok(self.filter(|of| of.kind() == kind && package.fits(of.package()) && name.fits(of.name())))
    }

    fn test_type(&self, value: &str) -> Result<Ids> {
        let (generic, singular, unit) = match value {
            "generic" | "schema" => (true, false, false),
            "singular" => (false, true, false),
            "data" => (true, true, false),
            "unit" => (false, false, true),
            _ => return Err(choice("test_type", value, &["generic", "singular", "data", "unit"])),
        };
        Ok(self.filter(|of| match of {
            Resource::Node(node) => match node.kind {
                NodeKind::GenericTest(_) => generic,
                NodeKind::SingularTest => singular,
                _ => false,
            },
            _ => unit && of.kind() == ResourceType::UnitTest,
        }))
    }

    fn resource_type(&self, value: &str) -> Result<Ids> {
        match super::criteria::kind(value) {
            Some(kind) => Ok(self.filter(|of| of.kind() == kind)),
            None => Err(choice("resource_type", value, &super::criteria::KINDS.map(ResourceType::as_str))),
        }
    }

    fn version(&self, value: &str) -> Result<Ids> {
        let wanted: fn(Option<Ordering>) -> bool = match value {
            "latest" => |order| order == Some(Ordering::Equal),
            "prerelease" => |order| order == Some(Ordering::Greater),
            "old" => |order| order == Some(Ordering::Less),
            "none" => |order| order.is_none(),
            _ => return Err(choice("version", value, &["latest", "prerelease", "old", "none"])),
        };
        Ok(self.filter(|of| match of {
            Resource::Node(node) => match &node.kind {
                NodeKind::Model(model) => wanted(match (&model.version, &model.latest_version) {
                    (Some(version), Some(latest)) => Some(version::compare(version, latest)),
                    _ => None,
                }),
                _ => false,
            },
            _ => false,
        }))
    }

    fn state(&self) -> Result<&PreviousState> {
        self.previous.ok_or_else(|| {
            Diagnostic::error(Code::STATE_MISSING, "Got a state selector method, but no comparison manifest.")
                .hint("Give the folder with the artifacts of an earlier run: --state path/to/target.")
        })
    }
}

fn combine(combination: Combination, sets: impl Iterator<Item = Ids>) -> Ids {
    let with: fn(Ids, Ids) -> Ids = match combination {
        Combination::Union => |one, other| &one | &other,
        Combination::Intersection => |one, other| &one & &other,
        Combination::Difference => |one, other| &one - &other,
    };
    sets.reduce(with).unwrap_or_default()
}

fn has_access(resource: &Resource<'_>, access: &str) -> bool {
    match resource {
        Resource::Node(node) => matches!(&node.kind, NodeKind::Model(model) if model.access.as_str() == access),
        _ => false,
    }
}

/// Whether the config value below the keys is, or as a list holds, this text, number or truth value.
fn has_config(resource: &Resource<'_>, keys: &[String], wanted: &str) -> bool {
    let Some((first, rest)) = keys.split_first() else { return false };
    let Some(top) = resource.config().and_then(|config| config.get(first)) else { return false };
    let Some(value) = rest.iter().try_fold(top, |value, key| value.get(key)) else { return false };
    let ignore_case = matches!(keys, [key] if key == "severity");
    let is_wanted = |value: &Json| match value {
        Json::String(text) if ignore_case => text.eq_ignore_ascii_case(wanted),
        Json::String(text) => text == wanted,
        Json::Bool(truth) => wanted.eq_ignore_ascii_case(&truth.to_string()),
        Json::Number(number) => number.to_string() == wanted,
        _ => false,
    };
    match value {
        Json::Array(items) => items.iter().any(is_wanted),
        value => is_wanted(value),
    }
}

fn malformed(criterion: &Criterion, forms: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::SELECTOR_SYNTAX, format!("The selection '{}' has too many parts.", criterion.raw))
        .hint(format!("Write {forms}."))
}

/// The error for a value that is none of the known ones.
pub(super) fn choice(method: &str, value: &str, known: &[&str]) -> Box<Diagnostic> {
    let error = Diagnostic::error(Code::SELECTOR_SYNTAX, format!("'{value}' is not a valid value of '{method}:'."));
    error.hint(format!("Use one of {}.", known.join(", ")))
}
