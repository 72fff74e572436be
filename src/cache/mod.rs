//! The graph of an earlier call, kept on disk, so that what has not changed since is not understood again.
//!
//! What is kept holds for the same program, files, settings, variables, target and environment variables; where a
//! template asked for what is another in each call (the time, the call's flags or id), nothing is kept. It is checked
//! against all of these each time: nothing has to be told that something changed. A file is read only when the file system
//! says that it may have changed. What edited files say is put into the graph that is kept, as long as others see
//! nothing of it. What cannot be read is made anew.

mod index;
mod inputs;
mod kept;
mod parts;

use crate::diagnostics::{Diagnostic, Result, Severity, SourceFile};
use crate::event::EventSink;
use crate::load::{Invocation, Outline, Outputs, Package, Project, ProjectFile};
use crate::resolve::{self, Edit, Graph, Kept, Revision};
use crate::world::{FileTime, World};
use index::{Entry, Index, Seen};
use inputs::Digest;
use kept::KeptGraph;
use std::path::PathBuf;
use std::sync::Arc;

/// With more edited files than these, the project is understood again.
const MOST_EDITED: usize = 64;

/// A call that understands a project.
pub struct Call {
    /// Facts of it.
    pub invocation: Arc<Invocation>,
    /// The engines of the profile.
    pub outputs: Arc<Outputs>,
    /// The outside.
    pub world: Arc<World>,
    /// Where artifacts are written.
    pub folder: PathBuf,
}

/// A project that is understood, in this call or an earlier one.
pub struct Understanding {
    call: Call,
    outline: Outline,
    project: Arc<Project>,
    state: State,
}

enum State {
    /// In an earlier one: it is not in memory yet.
    Kept(Box<KeptGraph>),
    Known(Box<Graph>),
}

/// Understands a project as [`resolve::understand`] does; what is wrong with it is an error, or told to `sink`.
pub fn understand(outline: Outline, call: Call, sink: &dyn EventSink) -> Result<Understanding, Vec<Box<Diagnostic>>> {
    let frame = inputs::frame(&outline, &call.invocation, call.outputs.default(), &call.world);
    let kept = call.kept(frame, &outline);
    let moment = call.world.file_time();
    let known = kept.as_ref().map(|(_, index)| index);
    let seen = index::look(&outline.files(), known, &call.world).map_err(|error| vec![error])?;
    let standing = kept.and_then(|(kept, known)| call.standing(kept, known, &outline, &seen, moment));
    let (project, state, findings) = match standing {
        Some(standing) => standing,
        None => call.anew(frame, &outline, seen, moment)?,
    };
    resolve::announce(findings, sink)?;
    Ok(Understanding { call, outline, project, state })
}

/// A project, what is known of it, and what is wrong with it.
type Understood = (Arc<Project>, State, Vec<Box<Diagnostic>>);

impl Call {
    fn place(&self, name: &str) -> PathBuf {
        self.folder.join("partial_parse").join(name)
    }

    /// The graph that is kept, if it holds but for the files, and what is known of these.
    fn kept(&self, frame: Digest, outline: &Outline) -> Option<(KeptGraph, Index)> {
        if !self.invocation.flags.partial_parse {
            return None;
        }
        let kept = KeptGraph::open(&self.place("graph"), frame, &self.world)?;
        let index = Index::read(&self.place("files"), kept.name(), &self.world)?;
        let count = outline.files().len();
        (kept.file_count() == count && index.entries.len() == count).then_some((kept, index))
    }

    /// What is kept, with what the files say that were edited since. None: that is not enough.
    fn standing(
        &self,
        kept: KeptGraph,
        known: Index,
        outline: &Outline,
        seen: &[Seen],
        moment: FileTime,
    ) -> Option<Understood> {
        let is_edited = |(entry, seen): &(&Entry, &Seen)| entry.digest != seen.entry.digest;
        let edited: Vec<bool> = known.entries.iter().zip(seen).map(|pair| is_edited(&pair)).collect();
        let count = edited.iter().filter(|is_edited| **is_edited).count();
        if count > MOST_EDITED {
            return None;
        }
        let sources = outline.files().into_iter().zip(seen).zip(&edited).enumerate();
        let sources = sources.map(|(number, ((file, seen), is_edited))| match &seen.source {
            Some(source) if !is_edited => source.clone(),
            _ => kept.source(number, &file.shown),
        });
        let project = Arc::new(outline.with_sources(sources));
        let findings = kept.findings(&project)?;
        let (project, state) = match count {
            0 => (project, State::Kept(Box::new(kept))),
            _ => {
                let graph = self.revised(&kept, outline, &project, seen, &edited, &findings)?;
                (graph.project.clone(), State::Known(Box::new(graph)))
            }
        };
        self.renew(known, seen, &edited, moment);
        Some((project, state, findings))
    }

    /// The kept graph, of the project as it was `before`, with what edited files say.
    fn revised(
        &self,
        kept: &KeptGraph,
        outline: &Outline,
        before: &Arc<Project>,
        seen: &[Seen],
        edited: &[bool],
        findings: &[Box<Diagnostic>],
    ) -> Option<Graph> {
        let is_told_of = |file: &ProjectFile| findings.iter().any(|finding| points_into(finding, &file.source));
        if before.files().zip(edited).any(|(file, is_edited)| *is_edited && is_told_of(file)) {
            return None;
        }
        let sources = before.files().zip(seen).map(|(file, seen)| seen.source.as_ref().unwrap_or(&file.source).clone());
        let project = Arc::new(outline.with_sources(sources));
        let files = project.packages.values().flat_map(|package| package.files.iter().map(move |file| (package, file)));
        let files = files.zip(before.files()).zip(edited).filter(|(_, is_edited)| **is_edited);
        let edit = |(((package, after), before), _): (((&Arc<Package>, &ProjectFile), &ProjectFile), &bool)| Edit {
            package: package.clone(),
            before: before.clone(),
            after: after.clone(),
        };
        let edits: Vec<Edit> = files.map(edit).collect();
        let mut graph = kept.graph(before, &self.invocation, &self.outputs)?;
        graph.project = project;
        let revision = resolve::revise(&mut graph, &edits, &self.world)?;
        graph.kept = Some(Kept { name: kept::hex(kept.name()), revision });
        Some(graph)
    }

    /// Notes what the file system says now of the files that were read and hold what they held.
    fn renew(&self, known: Index, seen: &[Seen], edited: &[bool], moment: FileTime) {
        let was_read = |(seen, is_edited): (&Seen, &bool)| seen.source.is_some() && !is_edited;
        if !self.invocation.flags.write_json || !seen.iter().zip(edited).any(was_read) {
            return;
        }
        let entries = known.entries.iter().zip(seen).zip(edited).map(|((known, seen), is_edited)| match is_edited {
            true => Entry { stamp: None, ..*known },
            false => seen.entry,
        });
        let index = Index { moment, entries: entries.collect(), ..known };
        // What is not noted is read again.
        let _ = index.write(&self.place("files"), &self.world);
    }

    /// The project understood anew, and kept if that will hold in another call.
    fn anew(
        &self,
        frame: Digest,
        outline: &Outline,
        mut seen: Vec<Seen>,
        moment: FileTime,
    ) -> Result<Understood, Vec<Box<Diagnostic>>> {
        if seen.iter().any(|seen| seen.source.is_none()) {
            seen = index::look(&outline.files(), None, &self.world).map_err(|error| vec![error])?;
        }
        let (entries, sources): (Vec<Entry>, Vec<Option<Arc<SourceFile>>>) =
            seen.into_iter().map(|seen| (seen.entry, seen.source)).unzip();
        let project = Arc::new(outline.with_sources(sources.into_iter().flatten()));
        let witnessed = Arc::new(self.world.witnessed());
        let (invocation, outputs) = (self.invocation.clone(), self.outputs.clone());
        let (mut graph, findings) = resolve::understand(project.clone(), invocation, outputs, &witnessed);
        let is_whole = findings.iter().all(|finding| finding.severity == Severity::Warning);
        // What other outputs of the profile say is no part of the inputs.
        let has_one_output = self.outputs.used().len() == 1;
        if is_whole && has_one_output && !witnessed.witness().saw_passing() && self.invocation.flags.write_json {
            // A graph that cannot be kept is made anew next time.
            let index = Index { graph: Default::default(), moment, entries };
            graph.kept = self.keep(frame, &graph, &findings, &witnessed, index);
        }
        Ok((project, State::Known(Box::new(graph)), findings))
    }

    fn keep(
        &self,
        frame: Digest,
        graph: &Graph,
        findings: &[Box<Diagnostic>],
        witnessed: &World,
        mut index: Index,
    ) -> Option<Kept> {
        index.graph = kept::write(&self.place("graph"), frame, graph, findings, witnessed).ok()?;
        index.write(&self.place("files"), &self.world).ok()?;
        Some(Kept { name: kept::hex(index.graph), revision: Revision::default() })
    }
}

impl Understanding {
    /// The project.
    pub fn project(&self) -> &Arc<Project> {
        &self.project
    }

    /// The name of the graph that is kept, if the project is still what it was made from.
    pub fn unchanged(&self) -> Option<String> {
        match &self.state {
            State::Kept(kept) => Some(kept::hex(kept.name())),
            State::Known(_) => None,
        }
    }

    /// How many nodes and sources there are.
    pub fn size(&self) -> (usize, usize) {
        match &self.state {
            State::Kept(kept) => kept.size(),
            State::Known(graph) => (graph.nodes.len(), graph.sources.len()),
        }
    }

    /// The graph.
    ///
    /// # Errors
    /// What is kept is broken, and the project has errors by now.
    pub fn graph(self) -> Result<Graph, Vec<Box<Diagnostic>>> {
        let Self { call, outline, project, state } = self;
        let kept = match state {
            State::Known(graph) => return Ok(*graph),
            State::Kept(kept) => kept,
        };
        if let Some(graph) = kept.graph(&project, &call.invocation, &call.outputs) {
            return Ok(graph);
        }
        let frame = inputs::frame(&outline, &call.invocation, call.outputs.default(), &call.world);
        let moment = call.world.file_time();
        let seen = index::look(&outline.files(), None, &call.world).map_err(|error| vec![error])?;
        let (_, state, findings) = call.anew(frame, &outline, seen, moment)?;
        match state {
            State::Known(graph) if findings.iter().all(|finding| finding.severity == Severity::Warning) => Ok(*graph),
            _ => Err(findings),
        }
    }
}

fn points_into(finding: &Diagnostic, file: &Arc<SourceFile>) -> bool {
    let spans = finding.labels.iter().map(|label| &label.span);
    let spans = spans.chain(finding.trace.iter().filter_map(|frame| frame.span.as_ref()));
    spans.into_iter().any(|span| Arc::ptr_eq(&span.file, file))
}
