//! `target`: the output of the profile that a resource belongs to.

use super::config::{Merged, class_of};
use super::site::Site;
use super::template_node::{Draft, Drafter};
use super::{NodeKind, ResourceType, Source};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::parse::Settings;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

/// The config key.
const KEY: &str = "target";

/// An output that a config names, and where.
#[derive(Debug, Clone)]
pub struct Named {
    /// The output.
    pub name: String,
    /// Where it is named.
    pub place: Span,
}

impl Named {
    /// What merged config says.
    pub fn of(merged: &Merged, owner: &str, fallback: &Span) -> Result<Option<Self>> {
        let place = merged.origin(KEY).unwrap_or(fallback);
        merged.config.get(KEY).map_or(Ok(None), |value| Self::read(value, owner, place).map(Some))
    }

    /// What the levels of configuration say before a template was rendered.
    pub fn before_rendering(
        site: &Site,
        (kind, package, fqn): (ResourceType, &str, &[String]),
        properties: &Settings,
        template: &Settings,
        owner: &str,
    ) -> Result<Option<Self>> {
        let section = class_of(kind).section;
        let own = site.trees.levels(package, section, fqn);
        let root = &site.root().name;
        let over = if package == root { vec![] } else { site.trees.levels(root, section, fqn) };
        let own = own.iter().map(|branch| &branch.settings).chain([properties, template]);
        let levels: Vec<_> = own.chain(over.iter().map(|branch| &branch.settings)).collect();
        let setting = levels.into_iter().rev().find_map(|settings| settings.get(KEY));
        let given = setting.filter(|setting| !setting.value.is_null());
        given.map_or(Ok(None), |setting| Self::read(&setting.value, owner, &setting.span).map(Some))
    }

    fn read(value: &Json, owner: &str, place: &Span) -> Result<Self> {
        match value.as_str().map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => Ok(Self { name: name.to_owned(), place: place.clone() }),
            None => {
                let message = format!("'{KEY}' of {owner} must be the name of an output of the profile.");
                Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(place))
            }
        }
    }
}

impl<'a> Drafter<'a> {
    /// The drafter for nodes of an output; without a name that of the run's target.
    pub fn at(&self, named: Option<&Named>) -> Result<Drafter<'a>> {
        let station = match named {
            None => &self.stations.default,
            Some(named) => {
                self.stations.get(&named.name).map_err(|error| error.label(&named.place, "named as target here"))?
            }
        };
        Ok(Drafter { site: &station.site, namer: &station.namer, ..*self })
    }
}

/// Which outputs models, seeds, snapshots and sources belong to, by the names that refs and sources call them.
pub struct Belongings<'n> {
    nodes: HashMap<&'n str, BTreeSet<&'n str>>,
    sources: HashMap<(&'n str, &'n str), &'n str>,
}

impl<'n> Belongings<'n> {
    /// `None` where everything belongs to one output.
    pub fn of<D: Iterator<Item = &'n Draft>>(
        drafts: impl Fn() -> D,
        sources: &'n [Source],
        default: &str,
    ) -> Option<Self> {
        let nodes = || drafts().map(|draft| &*draft.node);
        let elsewhere = nodes().any(|node| node.target.as_ref() != default)
            || sources.iter().any(|source| source.target.as_ref() != default);
        if !elsewhere {
            return None;
        }
        let mut by_name: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for node in
            nodes().filter(|node| matches!(node.kind, NodeKind::Model(_) | NodeKind::Seed { .. } | NodeKind::Snapshot))
        {
            by_name.entry(&node.name).or_default().insert(&node.target);
        }
        let sources =
            sources.iter().map(|source| ((source.source_name.as_str(), source.name.as_str()), source.target.as_ref()));
        Some(Self { nodes: by_name, sources: sources.collect() })
    }

    /// The one output that all belongs to that a query without a target of its own reads.
    pub fn followed(&self, draft: &Draft) -> Option<&'n str> {
        if !matches!(draft.node.kind, NodeKind::SingularTest | NodeKind::Analysis)
            || draft.node.config.get(KEY).is_some()
        {
            return None;
        }
        let refs = draft.calls.refs.iter().filter_map(|call| self.nodes.get(call.name.as_str())).flatten();
        let sources = draft
            .calls
            .sources
            .iter()
            .filter_map(|([source, table], _)| self.sources.get(&(source.as_str(), table.as_str())));
        let read: BTreeSet<&str> = refs.chain(sources).copied().collect();
        match read.len() {
            1 => read.into_iter().next().filter(|target| **target != *draft.node.target),
            _ => None,
        }
    }
}
