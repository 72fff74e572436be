//! The file that a graph is kept in: a head that says what it holds for, and pieces that are read in parallel.

use super::inputs::{Digest, Inputs, variable};
use crate::diagnostics::stored::FileTable;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::load::{Invocation, Outputs, Package, Project, ProjectFile};
use crate::parse;
use crate::resolve::{self, Exposure, Graph, Group, Kept, Macro, Node, Source, UniqueId};
use crate::world::World;
use indexmap::IndexMap;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Begins every such file; changes with its form.
const MAGIC: &[u8; 16] = b"sqlbuild graph 1";

/// With more edited files than these, the project is understood again.
const MOST_EDITED: usize = 64;

/// How many nodes are in a piece.
const PIECE: usize = 512;

/// What is known before the pieces are read.
#[derive(Serialize, Deserialize)]
struct Head {
    /// Names the graph.
    name: String,
    frame: Digest,
    files: Vec<Digest>,
    /// The environment variables that were asked for, and what they held.
    variables: Vec<(String, Option<Digest>)>,
    /// The files that spans point into.
    table: Vec<Place>,
    /// How long the pieces are: those with nodes, those with sources, and the rest.
    nodes: Vec<usize>,
    sources: Vec<usize>,
    rest: usize,
    /// CRC-32 of all pieces.
    checksum: u32,
}

/// Where a text comes from.
#[derive(Serialize, Deserialize)]
enum Place {
    /// A package's file, by their numbers.
    File(usize, usize),
    /// Elsewhere: its path and text.
    Text(PathBuf, String),
}

/// All but nodes and sources.
#[derive(Serialize, Deserialize)]
struct Rest<'g> {
    exposures: Cow<'g, IndexMap<UniqueId, Arc<Exposure>>>,
    unit_tests: Cow<'g, IndexMap<UniqueId, Json>>,
    metrics: Cow<'g, IndexMap<UniqueId, Json>>,
    semantic_models: Cow<'g, IndexMap<UniqueId, Json>>,
    saved_queries: Cow<'g, IndexMap<UniqueId, Json>>,
    groups: Cow<'g, IndexMap<UniqueId, Group>>,
    macros: Cow<'g, IndexMap<String, Macro>>,
    docs: Cow<'g, IndexMap<String, Json>>,
    disabled: Cow<'g, IndexMap<UniqueId, Vec<Arc<Node>>>>,
    loose: Cow<'g, IndexMap<UniqueId, Arc<Node>>>,
    disabled_sources: Cow<'g, IndexMap<UniqueId, Vec<Arc<Source>>>>,
    disabled_exposures: Cow<'g, IndexMap<UniqueId, Vec<Arc<Exposure>>>>,
    disabled_documents: Cow<'g, Documents>,
    findings: Cow<'g, [Box<Diagnostic>]>,
}

/// Disabled documents by unique id.
type Documents = IndexMap<UniqueId, Vec<Arc<(UniqueId, Json)>>>;

type Unwritten = Box<dyn std::error::Error + Send + Sync>;

/// Keeps a graph, and what was found while it was made; answers with its name. `world` is the one that it was made in.
pub fn write(
    place: &Path,
    inputs: &Inputs,
    graph: &Graph,
    findings: &[Box<Diagnostic>],
    world: &World,
) -> Result<String, Unwritten> {
    let name = Uuid::new_v4().simple().to_string();
    let table = Arc::new(FileTable::default());
    let nodes = pieces(&graph.nodes, &table)?;
    let sources = pieces(&graph.sources, &table)?;
    let rest = table.lend(|| rmp_serde::to_vec(&Rest::of(graph, findings)))?;
    let mut checksum = crc32fast::Hasher::new();
    let all = || nodes.iter().chain(&sources).chain([&rest]);
    all().for_each(|piece| checksum.update(piece));
    let head = Head {
        name: name.clone(),
        frame: inputs.frame,
        files: inputs.files.clone(),
        variables: world.witness().variables().into_iter().map(|name| (name.clone(), variable(world, &name))).collect(),
        table: places(&graph.project, &table),
        nodes: nodes.iter().map(Vec::len).collect(),
        sources: sources.iter().map(Vec::len).collect(),
        rest: rest.len(),
        checksum: checksum.finalize(),
    };
    let head = rmp_serde::to_vec(&head)?;
    world.write_with(place, |file| {
        file.write_all(MAGIC)?;
        file.write_all(&(head.len() as u64).to_le_bytes())?;
        file.write_all(&head)?;
        all().try_for_each(|piece| file.write_all(piece))
    })?;
    Ok(name)
}

fn pieces<T: Serialize + Sync + Send>(
    resources: &IndexMap<UniqueId, Arc<T>>,
    table: &Arc<FileTable>,
) -> Result<Vec<Vec<u8>>, rmp_serde::encode::Error> {
    let resources: Vec<&Arc<T>> = resources.values().collect();
    resources.par_chunks(PIECE).map(|piece| table.lend(|| rmp_serde::to_vec(piece))).collect()
}

fn places(project: &Project, table: &FileTable) -> Vec<Place> {
    let mut known = HashMap::new();
    for (number, package) in project.packages.values().enumerate() {
        known.extend(package.files.iter().enumerate().map(|(at, file)| (Arc::as_ptr(&file.source), (number, at))));
    }
    let place = |file: &Arc<SourceFile>| match known.get(&Arc::as_ptr(file)) {
        Some((package, at)) => Place::File(*package, *at),
        None => Place::Text(file.path().to_owned(), file.text().to_owned()),
    };
    table.files().iter().map(place).collect()
}

/// The graph that is kept, with edited models put into it, and what was found while it was made, if it holds for these inputs.
pub fn read(
    place: &Path,
    inputs: &Inputs,
    project: &Arc<Project>,
    invocation: &Arc<Invocation>,
    outputs: &Arc<Outputs>,
    world: &World,
) -> Option<(Graph, Vec<Box<Diagnostic>>)> {
    let mut bytes = vec![];
    world.open(place).and_then(|mut file| file.read_to_end(&mut bytes)).ok()?;
    let (head, pieces) = split(&bytes)?;
    let edited = edited(&head, inputs, project, world)?;
    if crc32fast::hash(pieces) != head.checksum {
        return None;
    }
    let table = head.table.into_iter().map(|place| found(place, project)).collect::<Option<Vec<_>>>()?;
    let table = Arc::new(FileTable::of(table));
    let ((nodes, sources, rest), library) = rayon::join(
        || {
            let mut pieces = pieces;
            let nodes = taken::<Node>(&mut pieces, &head.nodes, &table, |node| &node.unique_id);
            let sources = taken::<Source>(&mut pieces, &head.sources, &table, |source| &source.unique_id);
            (nodes, sources, table.lend(|| rmp_serde::from_slice::<Rest<'static>>(pieces)).ok())
        },
        || parse::macros(project, outputs.default().adapter.as_ref(), &mut vec![]).library,
    );
    let rest = rest?;
    let (nodes, sources) = (nodes?, sources?);
    let documents = [&*rest.unit_tests, &*rest.semantic_models, &*rest.metrics, &*rest.saved_queries];
    let mut graph = Graph {
        dag: resolve::dag(&nodes, &sources, &rest.exposures, documents),
        operations: resolve::operations(nodes.values()),
        project: project.clone(),
        invocation: invocation.clone(),
        outputs: outputs.clone(),
        library: Arc::new(library),
        other_libraries: Default::default(),
        kept: None,
        nodes,
        sources,
        exposures: rest.exposures.into_owned(),
        unit_tests: rest.unit_tests.into_owned(),
        metrics: rest.metrics.into_owned(),
        semantic_models: rest.semantic_models.into_owned(),
        saved_queries: rest.saved_queries.into_owned(),
        groups: rest.groups.into_owned(),
        macros: rest.macros.into_owned(),
        docs: rest.docs.into_owned(),
        disabled: rest.disabled.into_owned(),
        loose: rest.loose.into_owned(),
        disabled_sources: rest.disabled_sources.into_owned(),
        disabled_exposures: rest.disabled_exposures.into_owned(),
        disabled_documents: rest.disabled_documents.into_owned(),
    };
    let findings = rest.findings.into_owned();
    let revised = match edited.is_empty() {
        true => vec![],
        false => {
            let is_told_of = |file: &ProjectFile| findings.iter().any(|finding| points_into(finding, &file.source));
            if edited.iter().any(|(_, file)| is_told_of(file)) {
                return None;
            }
            resolve::revise(&mut graph, &edited, world.now())?
        }
    };
    graph.kept = Some(Kept { name: head.name, revised });
    Some((graph, findings))
}

/// The files that hold something else than those of the kept graph; `None`: it does not hold, or there are too many.
fn edited(head: &Head, inputs: &Inputs, project: &Project, world: &World) -> Option<Vec<(Arc<Package>, ProjectFile)>> {
    let holds = head.frame == inputs.frame
        && head.files.len() == inputs.files.len()
        && head.variables.iter().all(|(name, held)| variable(world, name) == *held);
    if !holds {
        return None;
    }
    let all = project.packages.values().flat_map(|package| package.files.iter().map(move |file| (package, file)));
    let pairs = head.files.iter().zip(&inputs.files).zip(all).filter(|((kept, now), _)| kept != now);
    let edited: Vec<_> =
        pairs.map(|(_, (package, file))| (package.clone(), file.clone())).take(MOST_EDITED + 1).collect();
    (edited.len() <= MOST_EDITED).then_some(edited)
}

fn points_into(finding: &Diagnostic, file: &Arc<SourceFile>) -> bool {
    let spans = finding.labels.iter().map(|label| &label.span);
    let spans = spans.chain(finding.trace.iter().filter_map(|frame| frame.span.as_ref()));
    spans.into_iter().any(|span| Arc::ptr_eq(&span.file, file))
}

fn split(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (length, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= rest.len())?;
    let (head, pieces) = rest.split_at(length);
    let head: Head = rmp_serde::from_slice(head).ok()?;
    let expected: usize = head.nodes.iter().chain(&head.sources).sum::<usize>() + head.rest;
    (expected == pieces.len()).then_some((head, pieces))
}

fn found(place: Place, project: &Project) -> Option<Arc<SourceFile>> {
    match place {
        Place::File(package, at) => {
            project.packages.get_index(package)?.1.files.get(at).map(|file| file.source.clone())
        }
        Place::Text(path, text) => Some(SourceFile::new(path, text)),
    }
}

/// Reads the next pieces, which are so long.
fn taken<T: DeserializeOwned + Send + Sync>(
    bytes: &mut &[u8],
    lengths: &[usize],
    table: &Arc<FileTable>,
    id: impl Fn(&T) -> &UniqueId,
) -> Option<IndexMap<UniqueId, Arc<T>>> {
    let mut pieces = vec![];
    for length in lengths {
        pieces.push(bytes.split_off(..*length)?);
    }
    let read: Vec<Vec<Arc<T>>> =
        pieces.par_iter().map(|piece| table.lend(|| rmp_serde::from_slice(piece)).ok()).collect::<Option<_>>()?;
    Some(read.into_iter().flatten().map(|resource| (id(&resource).clone(), resource)).collect())
}

impl<'g> Rest<'g> {
    fn of(graph: &'g Graph, findings: &'g [Box<Diagnostic>]) -> Self {
        Self {
            exposures: Cow::Borrowed(&graph.exposures),
            unit_tests: Cow::Borrowed(&graph.unit_tests),
            metrics: Cow::Borrowed(&graph.metrics),
            semantic_models: Cow::Borrowed(&graph.semantic_models),
            saved_queries: Cow::Borrowed(&graph.saved_queries),
            groups: Cow::Borrowed(&graph.groups),
            macros: Cow::Borrowed(&graph.macros),
            docs: Cow::Borrowed(&graph.docs),
            disabled: Cow::Borrowed(&graph.disabled),
            loose: Cow::Borrowed(&graph.loose),
            disabled_sources: Cow::Borrowed(&graph.disabled_sources),
            disabled_exposures: Cow::Borrowed(&graph.disabled_exposures),
            disabled_documents: Cow::Borrowed(&graph.disabled_documents),
            findings: Cow::Borrowed(findings),
        }
    }
}
