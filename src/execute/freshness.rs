//! `source freshness`: how old the rows of sources are.

use super::lanes::Lanes;
use super::node_info::source_info;
use super::pool::{self, Skip, Work, skipped};
use super::run::{Run, failed};
use super::schedule::{Order, Schedule};
use super::stopwatch::Stopwatch;
use super::task::Task;
use super::{Options, hooks};
use crate::adapters::Response;
use crate::compile::{Compiler, Session};
use crate::dag::Dag;
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use crate::event::{Event, Freshness, NodeInfo, NodeResult, Status};
use crate::jinja::{Value, from_json};
use crate::resolve::{Source, UniqueId};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Asks the selected sources for their newest rows; those without `freshness` are left out. The project's hooks run
/// around it, unless the project says otherwise; their results are among those returned.
pub fn freshness(compiler: &Arc<Compiler>, selected: &[UniqueId], options: Options) -> Result<Vec<Arc<NodeResult>>> {
    let run = Run::new(compiler, &[], options)?;
    let graph = compiler.graph();
    let flag = graph.invocation.flags.project_flags.get("SOURCE_FRESHNESS_RUN_PROJECT_HOOKS");
    let with_hooks = flag != Some(&Json::Bool(false));
    let sources = selected.iter().filter_map(|id| graph.sources.get(id));
    let ids: Vec<_> = sources.filter(|source| has_limit(source)).map(|source| source.unique_id.clone()).collect();
    let mut results = if with_hooks { hooks::at_start(&run, &run.main)? } else { vec![] };
    if results.iter().any(|result| result.status.is_failure()) {
        let skip = Skip::Parent("an on-run-start hook".into());
        results.extend(ids.iter().map(|id| Arc::new(skipped(id, &skip))));
    } else {
        results.extend(check_all(&run, ids));
    }
    if with_hooks {
        results.extend(hooks::at_end(&run, &run.main, &results)?);
    }
    Ok(results)
}

fn check_all(run: &Run, ids: Vec<UniqueId>) -> Vec<Arc<NodeResult>> {
    let graph = run.compiler.graph();
    let sources = ids.iter().filter_map(|id| Some((id.clone(), Task::Load(graph.sources.get(id)?.clone()))));
    let lanes = Lanes::new(&run.compiler, &sources.collect());
    lanes.sessions().iter().for_each(|session| run.options.cancellation.watch(session));
    let lane = |id: &Arc<str>| graph.sources.get(id).map_or(0, |source| lanes.place(&source.target));
    let schedule = Schedule::new(&Dag::new(ids.clone(), []), Order::Levels, &lane);
    let check = Check { run, lanes: &lanes, total: ids.len(), started: AtomicUsize::new(0) };
    pool::run(schedule, lanes.threads(), graph.invocation.flags.fail_fast, &run.options.cancellation, &check)
}

fn has_limit(source: &Source) -> bool {
    let limit = |key: &str| source.freshness.as_ref().and_then(|freshness| freshness.get(key)).and_then(seconds);
    limit("warn_after").is_some() || limit("error_after").is_some()
}

/// A limit such as `{count: 12, period: hour}`.
fn seconds(limit: &Json) -> Option<f64> {
    let period = match limit.get("period")?.as_str()? {
        "minute" => 60.0,
        "hour" => 3600.0,
        "day" => 86400.0,
        _ => return None,
    };
    Some(limit.get("count")?.as_f64()? * period)
}

struct Check<'a> {
    run: &'a Run,
    lanes: &'a Lanes,
    total: usize,
    started: AtomicUsize,
}

impl Check<'_> {
    fn info(&self, source: &Source) -> Arc<NodeInfo> {
        let index = self.started.fetch_add(1, Ordering::SeqCst) + 1;
        Arc::new(source_info(source, index, self.total))
    }

    fn judge(&self, session: &Arc<Session>, source: &Source) -> Result<NodeResult> {
        let (freshness, response) = self.measure(session, source)?;
        let limits = source.freshness.as_ref();
        let exceeds = |key: &str| {
            let limit = limits.and_then(|limits| limits.get(key)).and_then(seconds);
            limit.is_some_and(|limit| freshness.age > limit)
        };
        let status = match () {
            () if exceeds("error_after") => Status::Error,
            () if exceeds("warn_after") => Status::Warn,
            () => Status::Pass,
        };
        let result = NodeResult { freshness: Some(freshness), ..NodeResult::new(source.unique_id.clone(), status) };
        Ok(match response {
            Some(response) => NodeResult { adapter_response: response.to_json(), ..result },
            None => result,
        })
    }

    /// How old the newest row is, and what the engine said of the query.
    fn measure(&self, session: &Arc<Session>, source: &Source) -> Result<(Freshness, Option<Response>)> {
        let compiler = &self.run.compiler;
        let cx = compiler.source_context(session, source);
        let relation = cx.get("this").unwrap_or_default();
        let in_place = source.files.as_ref().is_some_and(|files| files.is_in_place(session.dialect().reads_files));
        let of_files = (source.files.is_some() && !in_place).then_some("_loaded_at");
        let mut first = 0;
        let answer = match (&source.loaded_at_query, source.loaded_at_field.as_deref().or(of_files)) {
            (Some(query), _) => {
                let template = SourceFile::new(source.original_file_path.as_str(), query.as_str());
                let rendered = compiler.render(&cx, &template.span(0..query.len()))?;
                compiler.call(&cx, "collect_freshness_custom_sql", &[relation, rendered.text.into()], &[])?
            }
            (None, Some(field)) => {
                let filter = source.freshness.as_ref().and_then(|freshness| freshness.get("filter"));
                let filter = filter.map_or(Value::from(()), from_json);
                compiler.call(&cx, "collect_freshness", &[relation, field.into(), filter], &[])?
            }
            (None, None) if session.dialect().knows_last_change => {
                // The schema and the name stand before the times.
                first = 2;
                compiler.call(&cx, "collect_freshness_of_catalog", &[relation], &[])?
            }
            (None, None) => {
                let message = format!("The freshness of the source '{}' cannot be known.", source.name);
                return Err(Diagnostic::error(Code::CONFIG_INVALID, message)
                    .at(&source.span)
                    .hint("Set its loaded_at_field to the column that says when a row was loaded."));
            }
        };
        let table = self.table_of(answer);
        let moment = |index: usize| first_row(&table, first + index).and_then(|value| timestamp(&value));
        let Some(snapshotted_at) = moment(1) else {
            let message = format!("The freshness of '{}' is not a point in time.", source.name);
            return Err(Diagnostic::error(Code::SQL_FAILED, message)
                .at(&source.span)
                .hint("Cast loaded_at_field to a timestamp."));
        };
        let max_loaded_at = moment(0).unwrap_or(Freshness::NEVER);
        let age = snapshotted_at.duration_since(max_loaded_at).as_secs_f64();
        let names = ["collect_freshness", "collect_freshness_custom_sql", "last_modified"];
        let response = names.iter().find_map(|name| cx.response(name));
        Ok((Freshness { max_loaded_at, snapshotted_at, age }, response))
    }
}

impl Check<'_> {
    /// The table of an answer; a project's own macro may give it alone, which is deprecated.
    fn table_of(&self, answer: Value) -> Value {
        match answer.get_attr("table") {
            Ok(table) if !table.is_undefined() => table,
            _ => {
                let message = "The macro 'collect_freshness' gives a table, not all of the answer.";
                let hint = "End it with {{ return(load_result('collect_freshness')) }}.";
                let warning = Diagnostic::warning(Code::FRESHNESS_TABLE_DEPRECATED, message).hint(hint);
                self.run.sink().emit(Event::Warned(warning));
                answer
            }
        }
    }
}

fn first_row(table: &Value, index: usize) -> Option<Value> {
    let rows = table.get_attr("rows").ok()?;
    let row = rows.get_item(&Value::from(0)).ok()?;
    row.get_item(&Value::from(index)).ok().filter(|value| !value.is_none() && !value.is_undefined())
}

/// A point in time as databases and Python write it; without a zone it is UTC.
fn timestamp(value: &Value) -> Option<Timestamp> {
    let text = value.to_string();
    let zoned = text.parse::<Timestamp>().ok();
    let civil = || text.parse::<DateTime>().ok().and_then(|moment| TimeZone::UTC.to_timestamp(moment).ok());
    zoned.or_else(civil)
}

impl Work for Check<'_> {
    fn run(&self, thread: usize, id: &Arc<str>) -> NodeResult {
        let (Some(source), Some(session)) = (self.run.compiler.graph().sources.get(id), self.lanes.session(thread))
        else {
            return failed(id, Diagnostic::error(Code::INTERNAL, format!("{id} is not part of this run.")));
        };
        let info = self.info(source);
        session.report_as(Some(info.clone()));
        self.run.sink().emit(Event::NodeStarted(info.clone()));
        let began = Instant::now();
        let mut watch = Stopwatch::new(self.run.world());
        // There is nothing to compile, but tools look for both phases.
        watch.time("compile", || ());
        let judged = watch.time("execute", || self.judge(session, source));
        let result =
            judged.unwrap_or_else(|diagnostic| NodeResult { status: Status::RuntimeError, ..failed(id, diagnostic) });
        let result = NodeResult {
            timing: watch.into_timing(),
            execution_time: began.elapsed(),
            thread_id: session.name().to_owned(),
            relation_name: info.relation_name.clone(),
            ..result
        };
        self.run.sink().emit(Event::NodeFinished(info, Arc::new(result.clone())));
        result
    }

    fn interrupt(&self) {
        self.lanes.sessions().iter().for_each(|session| session.cancel());
    }

    fn skip(&self, id: &Arc<str>, why: Skip) -> NodeResult {
        skipped(id, &why)
    }
}
