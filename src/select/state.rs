//! What an earlier run left: its manifest, its results, its sources' freshness.

use super::Resource;
use super::comparison::{Comparison, STATES};
use super::search::choice;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::{Graph, UniqueId};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashSet};

/// The artifacts of an earlier run, as data.
#[derive(Debug, Clone, Default)]
pub struct PreviousState {
    /// manifest.json.
    pub manifest: Option<Json>,
    /// run_results.json.
    pub run_results: Option<Json>,
    /// sources.json.
    pub sources: Option<Json>,
    /// The sources.json of the project's own target folder.
    pub current_sources: Option<Json>,
}

impl PreviousState {
    /// The resources of which `state:<question>` is true.
    /// With them come warnings: of contracts that others relied on, of seeds too large to be compared.
    pub fn compare(&self, graph: &Graph, question: &str) -> Result<(HashSet<UniqueId>, Vec<Box<Diagnostic>>)> {
        let manifest = self.manifest.as_ref().ok_or_else(|| missing("manifest.json"))?;
        if !STATES.contains(&question) {
            return Err(choice("state", question, &STATES));
        }
        let comparison = Comparison::new(graph, manifest);
        Ok((comparison.select(question), comparison.findings(question)?))
    }

    /// The resources whose result in the earlier run had this status.
    pub fn with_result(&self, graph: &Graph, status: &str) -> Result<HashSet<UniqueId>> {
        let results = self.run_results.as_ref().ok_or_else(|| missing("run_results.json"))?;
        let with_status: HashSet<&str> = results_of(results)
            .filter(|result| result.get("status").and_then(Json::as_str) == Some(status))
            .filter_map(|result| result.get("unique_id").and_then(Json::as_str))
            .collect();
        Ok(Resource::all(graph).filter(|(id, _)| with_status.contains(&***id)).map(|(id, _)| id.clone()).collect())
    }

    /// The sources that have newer rows than in the earlier run.
    pub fn with_source_status(&self, graph: &Graph, status: &str) -> Result<HashSet<UniqueId>> {
        if status != "fresher" {
            return Err(choice("source_status", status, &["fresher"]));
        }
        let before = newest_rows(self.sources.as_ref().ok_or_else(|| missing("sources.json"))?);
        let now = newest_rows(self.current_sources.as_ref().ok_or_else(|| {
            Diagnostic::error(Code::STATE_MISSING, "The project has no sources.json of its own to compare with.")
                .hint("Run 'source freshness' first.")
        })?);
        let is_fresher =
            |id: &UniqueId| now.get(&**id).is_some_and(|at| before.get(&**id).is_none_or(|then| at > then));
        Ok(graph.sources.keys().filter(|id| is_fresher(id)).cloned().collect())
    }
}

fn missing(artifact: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::STATE_MISSING, format!("The folder of --state has no {artifact} to compare with."))
        .hint("Give the target folder of an earlier run: --state path/to/target.")
}

fn results_of(artifact: &Json) -> impl Iterator<Item = &Json> {
    artifact.get("results").and_then(Json::as_array).into_iter().flatten()
}

/// Source → the time of its newest row.
fn newest_rows(sources: &Json) -> BTreeMap<&str, Timestamp> {
    let newest = |result: &'_ Json| result.get("max_loaded_at")?.as_str()?.parse().ok();
    results_of(sources).filter_map(|result| Some((result.get("unique_id")?.as_str()?, newest(result)?))).collect()
}
