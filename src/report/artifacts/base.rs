//! The manifests of a graph that is kept: made once, and copied for as long as the graph holds, with what is another in each
//! call put in its place.

use super::manifest::{
    Call, Identified, NodeEntries, Relatives, family, manifest, manifest_metadata, nodes_and_functions,
};
use super::section::{Places, in_order};
use super::semantic_manifest;
use crate::diagnostics::Result;
use crate::event::NodeResult;
use crate::resolve::{Graph, UniqueId};
use crate::world::World;
use serde_json::Map;
use serde_json::value::to_raw_value;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How it begins: a base has no metadata.
const BEGINNING: &[u8] = br#"{"metadata":{}"#;

/// Stands at the end, behind the lengths of the parts: a file that was cut off does not end like this.
const SEAL: &[u8; 16] = b"sqlbuild whole 3";

/// The lengths of three parts, and the seal.
const FOOT: usize = 3 * 8 + SEAL.len();

/// What is not longer than this goes through memory.
const SHORT: u64 = 64 * 1024;

/// A file with the manifest of a kept graph, the places of the entries of nodes in it, and the semantic manifest.
pub struct Base {
    file: File,
    manifest: u64,
    places: u64,
    semantic_manifest: u64,
}

impl Base {
    /// That of the graph that is kept under this name, if it is there and whole.
    pub fn of(name: &str, folder: &Path, world: &World) -> Option<Self> {
        let mut file = world.open(&folder.join(place(name))).ok()?;
        let end = file.seek(SeekFrom::End(-(FOOT as i64))).ok()?;
        let mut foot = [0; FOOT];
        file.read_exact(&mut foot).ok()?;
        let (lengths, seal) = foot.as_chunks::<8>().0.split_at(3);
        let lengths: Vec<u64> = lengths.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let &[manifest, places, semantic_manifest] = lengths.as_slice() else { return None };
        let is_whole = seal.as_flattened() == SEAL
            && lengths.iter().try_fold(0u64, |sum, length| sum.checked_add(*length)) == Some(end);
        is_whole.then_some(Self { file, manifest, places, semantic_manifest })
    }

    /// That of this graph, which is made now if it is not there. None if the graph is not kept, or its base cannot be.
    pub fn of_graph(graph: &Graph, folder: &Path, world: &World) -> Option<Self> {
        let kept = graph.kept.as_ref()?;
        if let Some(base) = Self::of(&kept.name, folder, world) {
            return Some(base);
        }
        // With edited models in it, it would not be that of the graph that is kept.
        if !kept.revision.is_empty() {
            return None;
        }
        write(&folder.join(place(&kept.name)), graph, world).ok()?;
        let name = format!("manifest.{}", kept.name);
        world.remove_files(&folder.join(FOLDER), |other| other.starts_with("manifest.") && other != name);
        Self::of(&kept.name, folder, world)
    }

    /// Writes the manifest with the metadata of this call.
    pub fn copy(&mut self, call: &Call<'_>, out: &mut BufWriter<File>) -> io::Result<()> {
        self.begin(call, out)?;
        self.copy_range(BEGINNING.len() as u64..self.manifest, out)
    }

    /// The same with the entries of the nodes that were edited or have results.
    ///
    /// # Errors
    /// It cannot be read or written, or is no manifest of this graph.
    pub fn copy_with(
        &mut self,
        graph: &Graph,
        results: &[Arc<NodeResult>],
        call: &Call<'_>,
        out: &mut BufWriter<File>,
    ) -> io::Result<()> {
        let replaced = self.replaced(graph, results)?;
        self.begin(call, out)?;
        let entries = NodeEntries::new(graph);
        let mut at = BEGINNING.len() as u64;
        let make = |(new, _): &(Replacement<'_>, Range<u64>)| match new {
            Replacement::Node(node, result) => to_raw_value(&entries.of(node.1, *result)),
            Replacement::Relatives(relatives) => to_raw_value(relatives),
        };
        in_order(&replaced, make, |(_, place), text| {
            self.copy_range(at..place.start, out)?;
            out.write_all(text?.get().as_bytes())?;
            at = place.end;
            io::Result::Ok(())
        })?;
        self.copy_range(at..self.manifest, out)
    }

    /// Writes the semantic manifest.
    pub fn copy_semantic_manifest(&mut self, out: &mut BufWriter<File>) -> io::Result<()> {
        let start = self.manifest + self.places;
        self.copy_range(start..start + self.semantic_manifest, out)
    }

    fn begin(&self, call: &Call<'_>, out: &mut BufWriter<File>) -> io::Result<()> {
        out.write_all(br#"{"metadata":"#)?;
        Ok(serde_json::to_writer(out, &manifest_metadata(call))?)
    }

    fn copy_range(&mut self, range: Range<u64>, out: &mut BufWriter<File>) -> io::Result<()> {
        let length = range.end.checked_sub(range.start).ok_or_else(broken)?;
        self.file.seek(SeekFrom::Start(range.start))?;
        let mut part = Read::by_ref(&mut self.file).take(length);
        if length <= SHORT {
            let mut bytes = vec![0; length as usize];
            part.read_exact(&mut bytes)?;
            return out.write_all(&bytes);
        }
        out.flush()?;
        // From file to file the kernel does it.
        let copied = io::copy(&mut part, out.get_mut())?;
        if copied == length { Ok(()) } else { Err(broken()) }
    }

    /// What is another than what is kept, and where that stands, in the order of the manifest.
    fn replaced<'g>(
        &mut self,
        graph: &'g Graph,
        results: &'g [Arc<NodeResult>],
    ) -> io::Result<Vec<(Replacement<'g>, Range<u64>)>> {
        let mut bytes = vec![0; usize::try_from(self.places).map_err(|_| broken())?];
        self.file.seek(SeekFrom::Start(self.manifest))?;
        self.file.read_exact(&mut bytes)?;
        let (nodes, functions) = nodes_and_functions(graph);
        let places = bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect::<Vec<_>>();
        let places = places.as_chunks::<2>().0;
        let revision = graph.kept.as_ref().map(|kept| &kept.revision);
        let relatives = match revision.is_some_and(|revision| revision.is_rewired) {
            true => family(graph).map(|relatives| Some(Replacement::Relatives(relatives))),
            false => [None, None],
        };
        if places.len() != nodes.len() + relatives.len() + functions.len() {
            return Err(broken());
        }
        let revised = revision.into_iter().flat_map(|revision| &revision.nodes);
        let mut new: HashMap<&UniqueId, Option<&NodeResult>> = revised.map(|id| (id, None)).collect();
        new.extend(results.iter().map(|result| (&result.unique_id, Some(result.as_ref()))));
        let of_node = |node: Identified<'g>| Some(Replacement::Node(node, *new.get(node.0)?));
        let (nodes, functions) = (nodes.into_iter().map(of_node), functions.into_iter().map(of_node));
        let all = nodes.chain(relatives).chain(functions).zip(places);
        Ok(all.filter_map(|(new, [start, end])| Some((new?, *start..*end))).collect())
    }
}

/// What stands in the place of what is kept.
enum Replacement<'g> {
    /// The entry of a node with its result.
    Node(Identified<'g>, Option<&'g NodeResult>),
    /// Everybody's parents or children.
    Relatives(Relatives<'g>),
}

/// Where what is kept is, below the target folder.
const FOLDER: &str = "partial_parse";

fn place(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("manifest.{name}"))
}

fn write(place: &Path, graph: &Graph, world: &World) -> Result<()> {
    world.write_with(place, |file| {
        let places = Places::default();
        serde_json::to_writer(places.writer(&mut *file), &manifest(graph, &[], Map::new(), Some(&places)))?;
        let manifest = places.written();
        let entries = places.entries();
        for entry in &entries {
            file.write_all(&entry.start.to_le_bytes())?;
            file.write_all(&entry.end.to_le_bytes())?;
        }
        let semantic_manifest = serde_json::to_vec(&semantic_manifest(graph))?;
        file.write_all(&semantic_manifest)?;
        for length in [manifest, entries.len() as u64 * 16, semantic_manifest.len() as u64] {
            file.write_all(&length.to_le_bytes())?;
        }
        file.write_all(SEAL)
    })
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what is kept is no manifest of this graph")
}
