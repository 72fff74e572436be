//! The file that a graph is kept in: texts, findings and pieces of the graph, and behind them a head that says what they
//! are and what they hold for. Each part is read when it is needed.

use super::inputs::{Digest, variable};
use super::parts::{Part, Parts, Texts};
use crate::diagnostics::stored::FileTable;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::load::{Invocation, Outputs, Project};
use crate::parse;
use crate::resolve::{self, Exposure, Graph, Group, Kept, Macro, Node, Revision, Source, UniqueId};
use crate::world::World;
use indexmap::IndexMap;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// Ends every such file; changes with its form.
const MAGIC: &[u8; 16] = b"sqlbuild graph 2";

/// The length and the checksum of the head, and the magic.
const FOOT: usize = 8 + 4 + MAGIC.len();

/// How many nodes are in a piece.
const PIECE: usize = 256;

/// How many pieces are made at once.
const AT_ONCE: usize = 4;

/// What is known before anything else is read.
#[derive(Serialize, Deserialize)]
struct Head {
    /// Names the graph.
    name: [u8; 16],
    frame: Digest,
    /// The environment variables that were asked for, and what they held.
    variables: Vec<(String, Option<Digest>)>,
    /// When it was made, and up to when the same is found.
    made: String,
    until: Option<String>,
    /// How many nodes and sources there are.
    size: (usize, usize),
    /// How long the text of each file is.
    texts: Vec<u32>,
    all_texts: Part,
    /// The files that spans point into.
    table: Part,
    /// What was found while it was made, if anything was.
    findings: Option<Part>,
    nodes: Vec<Part>,
    sources: Vec<Part>,
    rest: Part,
}

/// Where a text comes from.
#[derive(Serialize, Deserialize)]
enum Place {
    /// A file of the project, by its number.
    File(usize),
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
}

/// Disabled documents by unique id.
type Documents = IndexMap<UniqueId, Vec<Arc<(UniqueId, Json)>>>;

type Unwritten = Box<dyn std::error::Error + Send + Sync>;

/// Keeps a graph, and what was found while it was made; answers with its name. `world` is the one that it was made in.
pub fn write(
    place: &Path,
    frame: Digest,
    graph: &Graph,
    findings: &[Box<Diagnostic>],
    world: &World,
) -> Result<[u8; 16], Unwritten> {
    let name = Uuid::new_v4().into_bytes();
    let mut failure = None;
    let written = world.write_with(place, |file| {
        let mut writing = Writing { file, at: 0, table: Arc::default() };
        let written = writing.all(name, frame, graph, findings, world);
        written.map_err(|error| std::io::Error::other(failure.insert(error).to_string()))
    });
    written.map_err(|error| failure.unwrap_or_else(|| error.to_string().into()))?;
    Ok(name)
}

/// A graph on its way into its file.
struct Writing<'f> {
    file: &'f mut BufWriter<File>,
    at: u64,
    table: Arc<FileTable>,
}

impl Writing<'_> {
    fn all(
        &mut self,
        name: [u8; 16],
        frame: Digest,
        graph: &Graph,
        findings: &[Box<Diagnostic>],
        world: &World,
    ) -> Result<(), Unwritten> {
        let files: Vec<_> = graph.project.files().collect();
        let texts = files.iter().map(|file| u32::try_from(file.source.text().len()));
        let made = world.now();
        let head = Head {
            name,
            frame,
            variables: variables(world),
            made: made.to_string(),
            until: resolve::warnings_hold_until(&graph.nodes, made).map(|until| until.to_string()),
            size: (graph.nodes.len(), graph.sources.len()),
            texts: texts.collect::<Result<_, _>>()?,
            all_texts: self.texts(&graph.project)?,
            nodes: self.pieces(&graph.nodes)?,
            sources: self.pieces(&graph.sources)?,
            rest: self.encoded(&Rest::of(graph))?,
            findings: (!findings.is_empty()).then(|| self.encoded(findings)).transpose()?,
            // What spans point into is known once all of them are written.
            table: self.places(&graph.project)?,
        };
        let head = rmp_serde::to_vec(&head)?;
        self.file.write_all(&head)?;
        self.file.write_all(&(head.len() as u64).to_le_bytes())?;
        self.file.write_all(&crc32fast::hash(&head).to_le_bytes())?;
        Ok(self.file.write_all(MAGIC)?)
    }

    fn texts(&mut self, project: &Project) -> Result<Part, Unwritten> {
        let (start, mut checksum) = (self.at, crc32fast::Hasher::new());
        for file in project.files() {
            let text = file.source.text().as_bytes();
            checksum.update(text);
            self.file.write_all(text)?;
            self.at += text.len() as u64;
        }
        Ok(Part { start, length: self.at - start, checksum: checksum.finalize() })
    }

    /// Only a few pieces are in memory at the same time.
    fn pieces<T: Serialize + Sync + Send>(
        &mut self,
        resources: &IndexMap<UniqueId, Arc<T>>,
    ) -> Result<Vec<Part>, Unwritten> {
        let resources: Vec<&Arc<T>> = resources.values().collect();
        let mut buffers: [Vec<u8>; AT_ONCE] = Default::default();
        let mut parts = vec![];
        for few in resources.chunks(PIECE * AT_ONCE) {
            let table = &self.table;
            few.par_chunks(PIECE).zip(buffers.par_iter_mut()).try_for_each(|(piece, buffer)| {
                buffer.clear();
                table.lend(|| rmp_serde::encode::write(buffer, piece))
            })?;
            for piece in buffers.iter().take(few.len().div_ceil(PIECE)) {
                parts.push(self.part(piece)?);
            }
        }
        Ok(parts)
    }

    fn encoded(&mut self, value: &(impl Serialize + ?Sized)) -> Result<Part, Unwritten> {
        let bytes = self.table.lend(|| rmp_serde::to_vec(value))?;
        self.part(&bytes)
    }

    fn part(&mut self, bytes: &[u8]) -> Result<Part, Unwritten> {
        let part = Part { start: self.at, length: bytes.len() as u64, checksum: crc32fast::hash(bytes) };
        self.file.write_all(bytes)?;
        self.at += part.length;
        Ok(part)
    }

    fn places(&mut self, project: &Project) -> Result<Part, Unwritten> {
        let numbered = project.files().enumerate();
        let known: HashMap<_, _> = numbered.map(|(number, file)| (Arc::as_ptr(&file.source), number)).collect();
        let place = |file: &Arc<SourceFile>| match known.get(&Arc::as_ptr(file)) {
            Some(number) => Place::File(*number),
            None => Place::Text(file.path().to_owned(), file.text().to_owned()),
        };
        let places: Vec<Place> = self.table.files().iter().map(place).collect();
        self.encoded(&places)
    }
}

fn variables(world: &World) -> Vec<(String, Option<Digest>)> {
    let names = world.witness().variables().into_iter();
    names.map(|name| (name.clone(), variable(world, &name))).collect()
}

/// A kept graph of which only the head was read.
pub struct KeptGraph {
    head: Head,
    parts: Arc<Parts>,
    texts: Arc<Texts>,
}

impl KeptGraph {
    /// The graph that is kept, if it holds for this frame in this world. What its files hold is another question.
    pub fn open(place: &Path, frame: Digest, world: &World) -> Option<Self> {
        let mut file = world.open(place).ok()?;
        let foot_at = file.seek(SeekFrom::End(-(FOOT as i64))).ok()?;
        let mut foot = [0; FOOT];
        file.read_exact(&mut foot).ok()?;
        let (length, rest) = foot.split_first_chunk()?;
        let (checksum, magic) = rest.split_first_chunk()?;
        let length = u64::from_le_bytes(*length);
        let start = foot_at.checked_sub(length).filter(|_| magic == MAGIC)?;
        let parts = Arc::new(Parts::of(file));
        let head = parts.read(Part { start, length, checksum: u32::from_le_bytes(*checksum) })?;
        let head: Head = rmp_serde::from_slice(&head).ok()?;
        let texts = Arc::new(Texts::new(parts.clone(), head.all_texts, &head.texts));
        let kept = Self { head, parts, texts };
        kept.holds(frame, world).then_some(kept)
    }

    fn holds(&self, frame: Digest, world: &World) -> bool {
        let moment = |text: &String| text.parse::<Timestamp>().ok();
        let made = moment(&self.head.made);
        let until = self.head.until.as_ref().map(moment);
        let now = world.now();
        self.head.frame == frame
            && made.is_some_and(|made| made <= now)
            && until.is_none_or(|until| until.is_some_and(|until| now <= until))
            && self.head.variables.iter().all(|(name, held)| variable(world, name) == *held)
    }

    /// Names the graph.
    pub fn name(&self) -> [u8; 16] {
        self.head.name
    }

    /// How many nodes and sources there are.
    pub fn size(&self) -> (usize, usize) {
        self.head.size
    }

    /// How many files it was made from.
    pub fn file_count(&self) -> usize {
        self.head.texts.len()
    }

    /// A file of the project as the graph was made from it, whose text is read when it is needed.
    pub fn source(&self, number: usize, shown: &Path) -> Arc<SourceFile> {
        let texts = self.texts.clone();
        SourceFile::lazy(shown, move || texts.get(number))
    }

    /// What was found while it was made. None: it cannot be read.
    pub fn findings(&self, project: &Project) -> Option<Vec<Box<Diagnostic>>> {
        let Some(part) = self.head.findings else { return Some(vec![]) };
        // Without the texts, a span would show nothing.
        self.decoded(part, &self.table(project)?).filter(|_| self.texts.are_readable())
    }

    /// The files that spans point into.
    fn table(&self, project: &Project) -> Option<Arc<FileTable>> {
        let places: Vec<Place> = rmp_serde::from_slice(&self.parts.read(self.head.table)?).ok()?;
        let files: Vec<_> = project.files().collect();
        let found = |place| match place {
            Place::File(number) => files.get(number).map(|file| file.source.clone()),
            Place::Text(path, text) => Some(SourceFile::new(path, text)),
        };
        Some(Arc::new(FileTable::of(places.into_iter().map(found).collect::<Option<Vec<_>>>()?)))
    }

    /// The graph itself. None: it cannot be read.
    pub fn graph(&self, project: &Arc<Project>, invocation: &Arc<Invocation>, outputs: &Arc<Outputs>) -> Option<Graph> {
        let table = self.table(project)?;
        let ((nodes, sources), (rest, library)) = rayon::join(
            || {
                let nodes = self.resources::<Node>(&self.head.nodes, &table, |node| &node.unique_id);
                (nodes, self.resources::<Source>(&self.head.sources, &table, |source| &source.unique_id))
            },
            || {
                // Without the texts, a span would show nothing.
                let rest = Some(self.head.rest).filter(|_| self.texts.are_readable());
                let rest = rest.and_then(|rest| self.decoded::<Rest<'static>>(rest, &table));
                (rest, parse::macros(project, outputs.default().adapter.as_ref(), &mut vec![]).library)
            },
        );
        let (nodes, sources, rest) = (nodes?, sources?, rest?);
        Some(Graph {
            dag: OnceLock::new(),
            operations: resolve::operations(nodes.values()),
            project: project.clone(),
            invocation: invocation.clone(),
            outputs: outputs.clone(),
            library: Arc::new(library),
            other_libraries: Default::default(),
            kept: Some(Kept { name: hex(self.head.name), revision: Revision::default() }),
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
        })
    }

    fn resources<T: DeserializeOwned + Send + Sync>(
        &self,
        parts: &[Part],
        table: &Arc<FileTable>,
        id: impl Fn(&T) -> &UniqueId,
    ) -> Option<IndexMap<UniqueId, Arc<T>>> {
        // New memory costs as much as what is done with it.
        let read = parts.par_iter().with_min_len(AT_ONCE).map_init(Vec::new, |bytes, part| {
            self.parts.read_into(bytes, *part)?;
            table.lend(|| rmp_serde::from_slice::<Vec<Arc<T>>>(bytes)).ok()
        });
        let read: Vec<Vec<Arc<T>>> = read.collect::<Option<_>>()?;
        let mut resources = IndexMap::with_capacity(read.iter().map(Vec::len).sum());
        resources.extend(read.into_iter().flatten().map(|resource| (id(&resource).clone(), resource)));
        Some(resources)
    }

    fn decoded<T: DeserializeOwned>(&self, part: Part, table: &Arc<FileTable>) -> Option<T> {
        let bytes = self.parts.read(part)?;
        table.lend(|| rmp_serde::from_slice(&bytes)).ok()
    }
}

/// A name as it is part of files' names.
pub fn hex(name: [u8; 16]) -> String {
    Uuid::from_bytes(name).simple().to_string()
}

impl<'g> Rest<'g> {
    fn of(graph: &'g Graph) -> Self {
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
        }
    }
}
