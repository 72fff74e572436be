//! Templates, properties and hooks → nodes that are not linked yet.

use super::data_test::{self, Tested, What};
use super::patches::{Patch, Patches, match_up};
use super::target::{Belongings, Named};
use super::template_node::{Draft, Drafter, Identity};
use super::{Source, duplicates, hooks, sources};
use crate::diagnostics::{Diagnostic, Result};
use crate::parse::{PropertiesFile, Template, TemplateKind};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// Nodes and sources on their way, those that take part and those that do not.
#[derive(Default)]
pub struct Drafts {
    /// Nodes that take part.
    pub enabled: Vec<Draft>,
    /// Nodes that do not.
    pub disabled: Vec<Draft>,
    /// Sources that take part.
    pub sources: Vec<Source>,
    /// Sources that do not.
    pub disabled_sources: Vec<Source>,
}

impl Drafts {
    /// Drafts everything; what is wrong is added to `findings`. A template is gone as soon as it is a node.
    pub fn new(
        drafter: &Drafter<'_>,
        templates: Vec<Template>,
        properties: &[PropertiesFile],
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Self {
        let mut drafts = Self::default();
        let patches = match_up(&templates, properties, &|template| drafter.enabled_by_itself(template), findings);
        let sources = sources::draft(drafter, properties, findings);
        let attached = drafts.add_templates(drafter, templates, &patches, &sources.sources, findings);
        drafts.add_hooks(drafter, findings);
        let tests = collect(findings, patches.testable.par_iter(), |(patch, template), found| {
            Ok(declared_tests(drafter, patch, template.and_then(|at| attached[at].clone()), found))
        });
        tests.into_iter().flatten().flatten().for_each(|draft| drafts.add(draft));
        sources.tests.into_iter().for_each(|draft| drafts.add(draft));
        (drafts.sources, drafts.disabled_sources) =
            sources.sources.into_iter().partition(|source| source.config.enabled());
        findings.extend(duplicates::same_source(drafts.sources.iter()));
        let nodes = || drafts.enabled.iter().map(|draft| &*draft.node);
        findings.extend(duplicates::same_id(nodes()));
        findings.extend(duplicates::same_files(nodes(), drafts.sources.iter(), &drafter.stations.outputs));
        drafts
    }

    fn add(&mut self, draft: Draft) {
        let list = if draft.node.config.enabled() { &mut self.enabled } else { &mut self.disabled };
        list.push(draft);
    }

    /// Answers which node each template became.
    fn add_templates(
        &mut self,
        drafter: &Drafter<'_>,
        templates: Vec<Template>,
        patches: &Patches<'_>,
        sources: &[Source],
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Vec<Option<Attached>> {
        let followers = followers(&templates, drafter);
        let mut drafts = collect(findings, templates.into_par_iter().enumerate(), |(at, template), found| {
            drafter.draft(&template, patches.by_template[at].as_ref(), found)
        });
        for (at, named) in following(&drafts, sources, drafter) {
            let Some(template) = followers.get(&at) else { continue };
            let patch = patches.by_template[at].as_ref();
            let identity = Arc::new(Identity::of(template, patch));
            match drafter.draft_for(Some(named), &identity, template, patch, &mut vec![]) {
                Ok(draft) => drafts[at] = Some(draft),
                Err(error) => findings.push(error),
            }
        }
        let add = |draft: Option<Draft>| {
            let Draft { node, .. } = draft.as_ref()?;
            let target = Named { name: node.target.to_string(), place: node.span.clone() };
            let attached = Attached {
                id: node.unique_id.to_string(),
                group: node.group().map(str::to_owned),
                target: Some(target),
            };
            self.add(draft?);
            Some(attached)
        };
        drafts.into_iter().map(add).collect()
    }

    fn add_hooks(&mut self, drafter: &Drafter<'_>, findings: &mut Vec<Box<Diagnostic>>) {
        for hook in drafter.site.project.packages.values().flat_map(|package| hooks::drafts(drafter, package)) {
            match hook {
                Ok(draft) => self.add(draft),
                Err(error) => findings.push(error),
            }
        }
    }
}

/// The templates that may belong where what they read does, by their places; none where there is one output.
fn followers(templates: &[Template], drafter: &Drafter<'_>) -> HashMap<usize, Template> {
    if drafter.stations.outputs.names().len() == 1 {
        return HashMap::new();
    }
    let follows = |(_, template): &(usize, &Template)| {
        matches!(template.kind, TemplateKind::SingularTest | TemplateKind::Analysis)
    };
    templates.iter().enumerate().filter(follows).map(|(at, template)| (at, template.clone())).collect()
}

/// The queries without a target of their own that read only what belongs to one output, and that output.
fn following(drafts: &[Option<Draft>], sources: &[Source], drafter: &Drafter<'_>) -> Vec<(usize, Named)> {
    let known = || drafts.iter().flatten();
    let Some(belongings) = Belongings::of(known, sources, drafter.site.output.name()) else { return vec![] };
    let follow = |(at, draft): (usize, &Option<Draft>)| {
        let draft = draft.as_ref()?;
        let name = belongings.followed(draft)?.to_owned();
        Some((at, Named { name, place: draft.node.span.clone() }))
    };
    drafts.iter().enumerate().filter_map(follow).collect()
}

/// A node that data tests are attached to.
#[derive(Clone)]
struct Attached {
    id: String,
    group: Option<String>,
    target: Option<Named>,
}

/// How many items a thread takes at once: at the end none should have many left while others have none.
const AT_ONCE: usize = 32;

/// Works in parallel and keeps the order; what goes wrong with one item is added to `findings`.
pub fn collect<I: IndexedParallelIterator, T: Send>(
    findings: &mut Vec<Box<Diagnostic>>,
    items: I,
    make: impl Fn(I::Item, &mut Vec<Box<Diagnostic>>) -> Result<T> + Sync + Send,
) -> Vec<Option<T>> {
    let made = items.with_max_len(AT_ONCE).map(|item| {
        let mut found = vec![];
        let made = make(item, &mut found).map_err(|error| found.push(error)).ok();
        (made, found)
    });
    let made: Vec<_> = made.collect();
    made.into_iter()
        .map(|(made, found)| {
            findings.extend(found);
            made
        })
        .collect()
}

/// The data tests that an entry of properties declares.
fn declared_tests(
    drafter: &Drafter<'_>,
    patch: &Patch<'_>,
    attached: Option<Attached>,
    findings: &mut Vec<Box<Diagnostic>>,
) -> Vec<Draft> {
    let what =
        What::Node { section: patch.entry.section.key(), name: &patch.entry.name, version: patch.version_value() };
    let target = attached.as_ref().and_then(|attached| attached.target.clone());
    let attached = attached.map(|attached| (attached.id, attached.group));
    let quote_columns = patch.entry.quote_columns;
    let tested = Tested { file: patch.file, what, tags: vec![], quote_columns, attached, target };
    let of_columns = patch.columns().flat_map(|column| column.tests.iter().map(move |test| (test, Some(column))));
    let of_whole = patch.tests().iter().map(|test| (test, None));
    let mut drafts = vec![];
    for (test, column) in of_columns.chain(of_whole) {
        match data_test::draft(drafter, &tested, test, column, findings) {
            Ok(draft) => drafts.push(draft),
            Err(error) => findings.push(error),
        }
    }
    drafts
}
