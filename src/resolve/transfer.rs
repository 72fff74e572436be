//! Rows that go from one output of the profile to another, because something there reads them.

use super::calls::Calls;
use super::{Config, ConstraintKind, Graph, Lookup, Node, NodeKind, ResourceType, UniqueId, expression_calls};
use crate::adapters::{Dialect, Parts, Relation};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::jinja::extract;
use crate::load::Output;
use crate::parse::sha256;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The config key that says how rows of a model or source are moved.
const KEY: &str = "transfer";

/// What schemas of moved rows end in.
const SCHEMA: &str = "_transfers";

/// The rows of a model, seed, snapshot or source, moved to an output that it does not belong to.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Such as `transfer.shop.orders.lake`.
    pub unique_id: UniqueId,
    /// What the rows are of.
    pub parent: UniqueId,
    /// Its name, or that of a source and its table.
    pub name: String,
    /// The output that the rows come from.
    pub from: Arc<str>,
    /// The output that they go to.
    pub to: Arc<str>,
    /// Where they come from.
    pub origin: Relation,
    /// Where they go.
    pub relation: Relation,
    /// The column that only grows, by which new rows are told; none: all rows are moved each time.
    pub watermark: Option<String>,
    /// The columns that tell rows apart.
    pub unique_key: Vec<String>,
    /// The file that declares the parent.
    pub path: String,
    /// Where the parent is declared.
    pub span: Span,
}

impl Graph {
    /// What a query of the root project reads, as far as it is written out, and the output that it belongs to: the one
    /// of all that it reads, else the run's target.
    pub fn reads(&self, query: &Span) -> (Vec<UniqueId>, Arc<str>) {
        let calls = extract(query).and_then(|extraction| Calls::of(&extraction)).unwrap_or_default();
        let read = self.called(&calls, &[self.project.root().name.clone()]);
        let targets: BTreeSet<Arc<str>> = read.iter().filter_map(|id| self.target(id)).cloned().collect();
        match targets.len() {
            1 => (read, targets.into_iter().next().unwrap_or_default()),
            _ => (read, Arc::from(self.outputs.default().name())),
        }
    }

    /// The nodes and sources that are called so where these packages are searched.
    fn called(&self, calls: &Calls, search: &[String]) -> Vec<UniqueId> {
        let nodes = self.nodes.values().map(AsRef::as_ref);
        let lookup = Lookup::new(nodes, [], self.sources.values().map(AsRef::as_ref), []);
        let refs = calls.refs.iter().filter_map(|call| lookup.node(call, search).ok());
        let sources = calls.sources.iter().filter_map(|(call, _)| lookup.source(call, search).ok());
        refs.chain(sources).cloned().collect()
    }

    /// The output that a node or source belongs to.
    fn target(&self, id: &UniqueId) -> Option<&Arc<str>> {
        let node = self.nodes.get(id).map(|node| &node.target);
        node.or_else(|| self.sources.get(id).map(|source| &source.target))
    }

    /// How the rows of a node or source get to an output; `None` where they are there.
    pub fn transfer(&self, parent: &UniqueId, to: &Output) -> Option<Transfer> {
        let (node, source) = (self.nodes.get(parent), self.sources.get(parent));
        let target = self.target(parent)?;
        if target.as_ref() == to.name() {
            return None;
        }
        let part = match (node, source) {
            (Some(node), _) => Part {
                id: parent,
                name: node.name.clone(),
                target,
                relation: node.relation.as_ref()?,
                config: &node.config,
                path: &node.original_file_path,
                span: &node.span,
            },
            (None, Some(source)) => Part {
                id: parent,
                name: format!("{}.{}", source.source_name, source.name),
                target,
                relation: &source.relation,
                config: &source.config,
                path: &source.original_file_path,
                span: &source.span,
            },
            (None, None) => return None,
        };
        Some(part.transfer(to, self.project.root().settings.quoting.parts(to.dialect())))
    }

    /// How the rows get to a node that it reads, itself or through ephemeral models.
    pub fn transfers(&self, node: &Node) -> Vec<Transfer> {
        let Ok(to) = self.outputs.get(&node.target) else { return vec![] };
        // Hooks of the run move nothing.
        if matches!(node.kind, NodeKind::Operation { .. }) {
            return vec![];
        }
        let through = |id: &UniqueId| match self.nodes.get(id).filter(|parent| parent.is_ephemeral()) {
            Some(parent) => self.transfers(parent),
            None => self.transfer(id, &to).into_iter().collect(),
        };
        node.depends_on.iter().flat_map(through).collect()
    }

    /// What no rows can be moved for: an ephemeral model or a function of another output, a foreign key to something there,
    /// and a `transfer` that cannot be understood.
    pub(super) fn check_transfers(&self) -> Vec<Box<Diagnostic>> {
        let mut errors = vec![];
        let nodes = self.nodes.values().map(|node| (&node.unique_id, &node.config, &node.span));
        let sources = self.sources.values().map(|source| (&source.unique_id, &source.config, &source.span));
        errors.extend(nodes.chain(sources).filter_map(|(id, config, span)| misunderstood(id, config, span)));
        for node in self.nodes.values() {
            let parents = node.depends_on.iter().filter_map(|id| self.nodes.get(id));
            errors
                .extend(parents.filter(|parent| parent.target != node.target).filter_map(|parent| tied(node, parent)));
            if node.depends_on.iter().filter_map(|id| self.target(id)).any(|target| *target != node.target) {
                errors.extend(self.keys_that_cross(node));
            }
        }
        errors
    }

    /// The errors for foreign keys that refer to another output.
    fn keys_that_cross(&self, node: &Node) -> Vec<Box<Diagnostic>> {
        let NodeKind::Model(model) = &node.kind else { return vec![] };
        let constraints = node.columns.values().flat_map(|column| &column.constraints).chain(&model.constraints);
        let keys = constraints.filter(|constraint| constraint.kind == ConstraintKind::ForeignKey);
        let search = [node.package_name.clone(), self.project.root().name.clone()];
        let crossing = keys.filter(|_| node.config.contract_enforced()).filter_map(|key| {
            let place = key.span.as_ref().map_or(&node.span, |span| &span.0);
            let calls = expression_calls(key.to.as_ref()?, place).ok()?;
            let parent = self.called(&calls, &search).into_iter().find(|id| self.target(id) != Some(&node.target))?;
            let message = format!(
                "{} is built in '{}', and {parent}, which its foreign key refers to, belongs to '{}'.",
                node.unique_id,
                node.target,
                self.target(&parent)?
            );
            let hint = "A key holds within one database: give both the same target, or test it with a relationships data test.";
            Some(Diagnostic::error(Code::TARGETS_DIFFER, message).at(place).hint(hint))
        });
        crossing.collect()
    }
}

/// What is moved.
struct Part<'a> {
    id: &'a UniqueId,
    name: String,
    target: &'a Arc<str>,
    relation: &'a Relation,
    config: &'a Config,
    path: &'a str,
    span: &'a Span,
}

impl Part<'_> {
    fn transfer(&self, to: &Output, quote: Parts) -> Transfer {
        let given = |key: &str| self.config.get(KEY).and_then(|transfer| transfer.get(key));
        let keys = given("unique_key").map(texts).unwrap_or_else(|| self.config.strings("unique_key"));
        let rest = self.id.split_once('.').map_or("", |(_, rest)| rest);
        Transfer {
            unique_id: Arc::from(format!("transfer.{rest}.{}", to.name())),
            parent: self.id.clone(),
            name: self.name.clone(),
            from: self.target.clone(),
            to: Arc::from(to.name()),
            origin: self.relation.clone(),
            relation: Relation {
                quote,
                ..Relation::new(
                    to.adapter.database(),
                    format!("{}{SCHEMA}", to.adapter.schema()),
                    identifier(
                        &[&[self.target.as_ref()], &rest.split('.').collect::<Vec<_>>()[..]].concat(),
                        to.dialect(),
                    ),
                )
            },
            watermark: given("watermark").and_then(Json::as_str).map(str::to_owned),
            unique_key: keys,
            path: self.path.to_owned(),
            span: self.span.clone(),
        }
    }
}

/// `pg__shop__orders`; with a hash where that would be too long, or is not what the parts alone would give.
fn identifier(parts: &[&str], dialect: &Dialect) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '_' };
    let joined = parts.join("__");
    let name: String = joined.chars().map(plain).collect();
    // Room for what is added while the table is loaded.
    let most = dialect.max_identifier_length.min(64) - 12;
    let is_clear = name == joined.to_lowercase() && !parts.iter().any(|part| part.contains("__"));
    if is_clear && name.len() <= most {
        return name;
    }
    format!("{}_{}", &name[..name.len().min(most - 9)], &sha256(&joined)[..8])
}

fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    }
}

fn misunderstood(id: &str, config: &Config, span: &Span) -> Option<Box<Diagnostic>> {
    let given = config.get(KEY)?;
    let is_texts = |value: &Json| {
        value.is_string() || value.as_array().is_some_and(|items| items.iter().all(|item| item.is_string()))
    };
    let fits = |(key, value): (&String, &Json)| match key.as_str() {
        "watermark" => value.is_string(),
        "unique_key" => is_texts(value),
        _ => false,
    };
    if given.as_object().is_some_and(|given| given.iter().all(fits)) {
        return None;
    }
    let message = format!("'{KEY}' of {id} must be a mapping of 'watermark' (a column) and 'unique_key' (columns).");
    Some(Diagnostic::error(Code::CONFIG_INVALID, message).at(span))
}

/// The error for a parent of another output that has no rows to move.
fn tied(node: &Node, parent: &Node) -> Option<Box<Diagnostic>> {
    let hint = match parent.resource_type() {
        ResourceType::Model if parent.is_ephemeral() => {
            "An ephemeral model is part of the query that reads it: give both the same target, or make it a view or table."
        }
        ResourceType::Function => "A function works where it was created: give both the same target.",
        _ => return None,
    };
    let message = format!(
        "{} is built in '{}', and {}, which it uses, belongs to '{}'.",
        node.unique_id, node.target, parent.unique_id, parent.target
    );
    Some(Diagnostic::error(Code::TARGETS_DIFFER, message).at(&node.span).hint(hint))
}
