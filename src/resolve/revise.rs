//! Models that were edited, but declare what they declared before: all that is known of them stays, but for their text.

use super::calls::Calls;
use super::{Checksum, Graph, Node, NodeKind, RefCall, SpanEq, UniqueId};
use crate::diagnostics::SourceFile;
use crate::jinja::{Extraction, extract};
use crate::load::{FileKind, Package, ProjectFile};
use crate::parse::{self, Template};
use jiff::Timestamp;
use std::sync::Arc;

/// Puts the texts of edited files into a graph; answers with the unique ids of their nodes. `None`: that is not enough,
/// the project has to be understood again.
pub fn revise(graph: &mut Graph, edited: &[(Arc<Package>, ProjectFile)], now: Timestamp) -> Option<Vec<UniqueId>> {
    let revised = edited.iter().map(|(package, file)| revised(graph, package, file, now));
    let revised = revised.collect::<Option<Vec<Node>>>()?;
    let ids = revised.iter().map(|node| node.unique_id.clone()).collect();
    for node in revised {
        graph.nodes.insert(node.unique_id.clone(), Arc::new(node));
    }
    Some(ids)
}

fn revised(graph: &Graph, package: &Arc<Package>, file: &ProjectFile, now: Timestamp) -> Option<Node> {
    if file.kind != FileKind::Model {
        return None;
    }
    let template = parse::model(package, file).ok()?;
    let is_its = |node: &&Arc<Node>| {
        matches!(node.kind, NodeKind::Model(_))
            && node.package_name == package.name
            && node.original_file_path == template.original_file_path
    };
    let old = graph.nodes.values().find(is_its)?;
    let before = SourceFile::new(file.source.path(), old.raw_code());
    let before = extract(&before.span(0..before.text().len())).ok()?;
    if old.is_rendered || !declares_the_same(&before, &template.extraction) {
        return None;
    }
    with_text(old, template, now)
}

/// Whether two templates that need not be rendered declare the same in the same order.
fn declares_the_same(before: &Extraction, after: &Extraction) -> bool {
    let called = |extraction: &Extraction| {
        let mut calls: Vec<_> = extraction.calls.iter().collect();
        calls.sort_by_key(|(_, span)| span.end);
        calls.into_iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let configured = |extraction: &Extraction| {
        let items = extraction.config.iter().map(|item| Some((item.key.clone(), item.value.clone()?)));
        items.collect::<Option<Vec<_>>>()
    };
    let calls = called(after);
    !after.dynamic
        // What is dispatched depends on the arguments.
        && !calls.iter().any(|name| name == "adapter.dispatch")
        && calls == called(before)
        && configured(after).is_some_and(|after| Some(after) == configured(before))
}

/// The node with another text. `None` if not all that it depends on stands in the text, in the order that it stands there.
fn with_text(old: &Node, template: Template, now: Timestamp) -> Option<Node> {
    let Calls { refs, sources, functions, metrics, .. } = Calls::of(&template.extraction).ok()?;
    let sources: Vec<[String; 2]> = sources.into_iter().map(|(source, _)| source).collect();
    let functions: Vec<Vec<String>> = functions.into_iter().map(|(function, _)| function).collect();
    let metrics: Vec<_> = metrics.into_iter().map(|(metric, span)| (metric, SpanEq(span))).collect();
    let same: fn(&RefCall, &RefCall) -> bool =
        |a, b| (&a.package, &a.name, &a.version) == (&b.package, &b.name, &b.version);
    let is_same = old.refs.len() == refs.len() && old.refs.iter().zip(&refs).all(|(a, b)| same(a, b));
    (is_same && old.sources == sources && old.functions == functions && old.metrics == metrics).then(|| Node {
        refs,
        metrics,
        source: template.source().clone(),
        checksum: Checksum { name: template.checksum.0.into(), checksum: template.checksum.1.clone() },
        span: template.span,
        created_at: now.as_microsecond() as f64 / 1e6,
        ..old.clone()
    })
}
