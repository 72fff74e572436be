//! The manifest of a graph that is kept: written once, and copied for as long as the graph holds, with what is another in
//! each call put in its place.

use super::manifest::{NodeEntries, manifest_metadata};
use crate::event::NodeResult;
use crate::resolve::{Graph, Node, NodeKind, UniqueId};
use crate::world::World;
use serde_json::StreamDeserializer;
use serde_json::de::SliceRead;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a manifest begins: metadata comes first.
const BEGINNING: &[u8] = br#"{"metadata":"#;
/// More than the metadata takes.
const HEAD: u64 = 1 << 20;

/// Where the manifest of this graph is kept, if the graph is.
pub fn place(folder: &Path, graph: &Graph) -> Option<PathBuf> {
    Some(folder.join("partial_parse").join(format!("manifest.{}.json", graph.kept.as_ref()?.name)))
}

/// Keeps a manifest without results that was just written, and none besides it. Where files cannot have two names, none
/// is kept.
pub fn keep(written: &Path, place: &Path) {
    let Some(dir) = place.parent() else { return };
    let old = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    for old in old.filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
        let _ = std::fs::remove_file(old);
    }
    let _ = std::fs::hard_link(written, place);
}

/// Writes the manifest that is kept in `place` with the metadata of this call and the entries of the nodes that have
/// results.
///
/// # Errors
/// What is kept is gone, or is no manifest of this graph.
pub fn write(
    place: &Path,
    graph: &Graph,
    results: &[Arc<NodeResult>],
    world: &World,
    out: &mut BufWriter<File>,
) -> io::Result<()> {
    let mut kept = File::open(place)?;
    let mut head = vec![];
    Read::by_ref(&mut kept).take(HEAD).read_to_end(&mut head)?;
    let after = value_end(&head, BEGINNING.len()).filter(|_| head.starts_with(BEGINNING)).ok_or_else(broken)?;
    out.write_all(BEGINNING)?;
    serde_json::to_writer(&mut *out, &manifest_metadata(graph, world))?;
    kept.seek(SeekFrom::Start(after as u64))?;
    let revised = graph.kept.as_ref().map(|kept| kept.revised.as_slice()).unwrap_or_default();
    if results.is_empty() && revised.is_empty() {
        out.flush()?;
        return io::copy(&mut kept, out.get_mut()).map(drop);
    }
    let mut rest = vec![];
    kept.read_to_end(&mut rest)?;
    with_entries(&rest, graph, &replaced(graph, revised, results), out)
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
