//! The manifest of a graph that is kept: written once, and copied for as long as the graph holds, with what is another in
//! each call put in its place.

use super::manifest::{NodeEntries, manifest, manifest_metadata};
use crate::diagnostics::Result;
use crate::event::NodeResult;
use crate::resolve::{Graph, Node, NodeKind, UniqueId};
use crate::world::World;
use serde_json::de::SliceRead;
use serde_json::value::RawValue;
use serde_json::{Map, StreamDeserializer};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// How it begins: a base has no metadata.
const BEGINNING: &[u8] = br#"{"metadata":{}"#;

/// Stands behind the JSON, with its length: a file that was cut off does not end like this.
const SEAL: &[u8; 16] = b"sqlbuild whole 1";

/// A kept manifest.
pub struct Base {
    file: File,
    /// How long the JSON in it is.
    length: u64,
}

impl Base {
    /// That of this graph, which is written now if it is not there. None if the graph is not kept, or its base cannot be.
    pub fn of(graph: &Graph, folder: &Path, world: &World) -> Option<Self> {
        let kept = graph.kept.as_ref()?;
        let folder = folder.join("partial_parse");
        let name = format!("manifest.{}", kept.name);
        let place = folder.join(&name);
        if let Some(base) = Self::open(&place, world) {
            return Some(base);
        }
        // With edited models in it, it would not be that of the graph that is kept.
        if !kept.revised.is_empty() {
            return None;
        }
        write(&place, graph, world).ok()?;
        world.remove_files(&folder, |other| other.starts_with("manifest.") && other != name);
        Self::open(&place, world)
    }

    /// What is there, if it is whole.
    fn open(place: &Path, world: &World) -> Option<Self> {
        let mut file = world.open(place).ok()?;
        let mut end = [0; SEAL.len() + 8];
        let length = file.seek(SeekFrom::End(-(end.len() as i64))).ok()?;
        file.read_exact(&mut end).ok()?;
        let (seal, written) = end.split_at(SEAL.len());
        (seal == SEAL && written == length.to_le_bytes()).then_some(Self { file, length })
    }

    /// Writes it with the metadata of this call and the entries of the nodes that were edited or have results.
    ///
    /// # Errors
    /// It cannot be read or written, or is no manifest of this graph.
    pub fn copy(
        mut self,
        graph: &Graph,
        results: &[Arc<NodeResult>],
        world: &World,
        out: &mut BufWriter<File>,
    ) -> io::Result<()> {
        out.write_all(br#"{"metadata":"#)?;
        serde_json::to_writer(&mut *out, &manifest_metadata(graph, world))?;
        let after = BEGINNING.len() as u64;
        self.file.seek(SeekFrom::Start(after))?;
        let mut kept = self.file.take(self.length.saturating_sub(after));
        let revised = graph.kept.as_ref().map(|kept| kept.revised.as_slice()).unwrap_or_default();
        if results.is_empty() && revised.is_empty() {
            out.flush()?;
            return io::copy(&mut kept, out.get_mut()).map(drop);
        }
        let mut rest = vec![];
        kept.read_to_end(&mut rest)?;
        with_entries(&rest, graph, &replaced(graph, revised, results), out)
    }
}

fn write(place: &Path, graph: &Graph, world: &World) -> Result<()> {
    world.write_with(place, |file| {
        let mut counted = Counted { inner: &mut *file, written: 0 };
        serde_json::to_writer(&mut counted, &manifest(graph, &[], Map::new()))?;
        let length = counted.written;
        file.write_all(SEAL)?;
        file.write_all(&length.to_le_bytes())
    })
}

/// A writer that knows how much was written.
struct Counted<W> {
    inner: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The nodes whose entries are other ones than those that are kept, with their results, in the order of the manifest: those
/// of functions come last.
fn replaced<'g>(
    graph: &'g Graph,
    revised: &[UniqueId],
    results: &'g [Arc<NodeResult>],
) -> Vec<(&'g Node, Option<&'g NodeResult>)> {
    let mut replaced: HashMap<&str, Option<&NodeResult>> = revised.iter().map(|id| (&**id, None)).collect();
    replaced.extend(results.iter().map(|result| (&*result.unique_id, Some(result.as_ref()))));
    let nodes = graph.nodes.values().filter_map(|node| Some((node.as_ref(), *replaced.get(&*node.unique_id)?)));
    let (functions, others): (Vec<_>, Vec<_>) = nodes.partition(|(node, _)| matches!(node.kind, NodeKind::Function(_)));
    others.into_iter().chain(functions).collect()
}

/// Copies `rest` with new entries for these nodes, in one pass.
fn with_entries<'g>(
    rest: &[u8],
    graph: &'g Graph,
    replaced: &[(&'g Node, Option<&'g NodeResult>)],
    out: &mut BufWriter<File>,
) -> io::Result<()> {
    let entries = NodeEntries::new(graph);
    let mut at = 0;
    for (node, result) in replaced {
        let key = format!("{}:", serde_json::to_string(&node.unique_id)?);
        // What is text within the manifest has a backslash before its quotes: this is found as a key alone.
        let found = memchr::memmem::find(&rest[at..], format!("{key}{{").as_bytes()).ok_or_else(broken)?;
        let start = at + found + key.len();
        out.write_all(&rest[at..start])?;
        serde_json::to_writer(&mut *out, &entries.of(node, *result))?;
        at = value_end(rest, start).ok_or_else(broken)?;
    }
    out.write_all(&rest[at..])
}

/// Where the JSON value that begins at `start` ends.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut values = StreamDeserializer::<_, Box<RawValue>>::new(SliceRead::new(bytes.get(start..)?));
    values.next()?.ok()?;
    Some(start + values.byte_offset())
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what is kept is no manifest of this graph")
}
