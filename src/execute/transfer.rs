//! The rows of a model or source into another output: loaded aside, counted, and put into their place at once.

use super::attempt::{Failed, repeated};
use super::rollback::rolled_back;
use super::run::Run;
use crate::adapters::{Batch, BatchSchema, Cell, Column, DatabaseError, ErrorKind, Relation, RelationKind, Response};
use crate::compile::{NodeContext, Session, column_value, relation_value};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{NodeResult, Status};
use crate::jinja::{List, Value};
use crate::plan::aside;
use crate::resolve::Transfer;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// How many batches may wait between the one who reads and the one who writes.
const WAITING: usize = 4;

/// Makes the table of moved rows hold what is to be moved; again when it fails for a reason that may pass.
pub(super) fn carry(run: &Run, session: &Arc<Session>, transfer: &Transfer) -> Result<NodeResult> {
    repeated(run, || carry_once(run, session, transfer).map_err(Failed::undone))
}

fn carry_once(run: &Run, session: &Arc<Session>, transfer: &Transfer) -> Result<NodeResult> {
    let reader = run.compiler.session_with(&format!("{}-reader", session.name()), &transfer.from);
    run.options.cancellation.watch(&reader);
    let cx = run.compiler.project_context(session);
    let outcome = run.compiler.standing_place(&reader, &transfer.parent, &transfer.origin).and_then(|origin| {
        let carrier = Carrier { run, session, reader: &reader, transfer, origin, cx };
        carrier.carry()
    });
    reader.close();
    match outcome {
        Ok(moved) => Ok(NodeResult {
            adapter_response: moved.response().to_json(),
            message: Some(moved.response().message),
            ..NodeResult::new(transfer.unique_id.clone(), Status::Success)
        }),
        Err(diagnostic) => {
            session.catalog().forget(&transfer.relation);
            Err(rolled_back(session, diagnostic.at_if_nowhere(&transfer.span)))
        }
    }
}

/// What was moved.
struct Moved {
    rows: u64,
    /// How many rows the table has now, where not all were moved.
    of: Option<u64>,
}

impl Moved {
    fn response(&self) -> Response {
        let of = self.of.map(|of| format!(" of {of}")).unwrap_or_default();
        Response {
            message: format!("TRANSFER {}{of}", self.rows),
            code: "TRANSFER".into(),
            rows_affected: i64::try_from(self.rows).ok(),
            ..Response::default()
        }
    }
}

struct Carrier<'a> {
    run: &'a Run,
    /// With the output that the rows go to.
    session: &'a Arc<Session>,
    /// With the output that they come from.
    reader: &'a Arc<Session>,
    transfer: &'a Transfer,
    /// Where the rows are.
    origin: Relation,
    cx: NodeContext,
}

impl Carrier<'_> {
    fn carry(&self) -> Result<Moved> {
        let flags = &self.run.compiler.graph().invocation.flags;
        let all = format!("select * from {}", self.origin);
        let columns = self.columns(&self.reader.batch_schema(&all)?)?;
        if flags.empty {
            return self.keep_or_make_empty(&columns, &all);
        }
        if !flags.full_refresh
            && let Some(moved) = self.add_new(&columns)?
        {
            return Ok(moved);
        }
        self.replace(&columns, &all)
    }

    /// The columns here, by the names that are found without quotes where they were so there.
    fn columns(&self, schema: &BatchSchema) -> Result<Vec<Column>> {
        let (from, to) = (self.reader.dialect(), self.session.dialect());
        let columns: Vec<Column> = self.session.with_connection(|connection| {
            let column = |field: &Arc<_>| (connection.type_name(field), field.clone());
            let typed: Vec<_> = schema.fields().iter().map(column).collect();
            let named = typed.into_iter().map(|(kind, field)| Column::new(from.name_in(to, field.name()), kind));
            Ok(named.collect())
        })?;
        let mut seen = HashSet::new();
        match columns.iter().find(|column| !seen.insert(to.fold(&column.name, true))) {
            None => Ok(columns),
            Some(twin) => {
                let message = format!(
                    "Two columns of {} would be called '{}' in '{}'.",
                    self.origin, twin.name, self.transfer.to
                );
                Err(Diagnostic::error(Code::TRANSFER_FAILED, message).hint("Rename one of them in the model."))
            }
        }
    }

    /// Moves the rows that are new, or as new as the newest that are here; `None` where that cannot be done, or would not
    /// make the table hold as many rows as there are.
    fn add_new(&self, columns: &[Column]) -> Result<Option<Moved>> {
        let Some(watermark) = &self.transfer.watermark else { return Ok(None) };
        let Some(existing) = self.standing()? else { return Ok(None) };
        let [watermark, keys @ ..] = &self.named(watermark, columns)?[..] else { return Ok(None) };
        let Some(newest) = self.newest(&existing, &watermark.here, columns)? else { return Ok(None) };
        let delta = self.aside();
        self.drop_leftover(&delta)?;
        self.session.begin()?;
        self.create(&delta, columns)?;
        if self.shape(&delta)? != self.shape(&existing)? {
            self.give_up(&delta)?;
            return Ok(None);
        }
        let newer = format!("{} >= {newest} or {0} is null", watermark.there);
        let moved = self.load(&delta, columns, &format!("select * from {} where {newer}", self.origin))?;
        self.merge(&delta, &existing, columns, keys, &format!("{} >= {newest} or {0} is null", watermark.here))?;
        let (here, there) = (self.count(self.session, &existing)?, self.count(self.reader, &self.origin)?);
        if here != there {
            // Rows have gone, or changed without a newer mark.
            self.give_up(&delta)?;
            return Ok(None);
        }
        self.drop(&delta)?;
        self.session.commit()?;
        Ok(Some(Moved { rows: moved, of: Some(here) }))
    }

    /// The watermark and then the keys, by their names on both sides, quoted.
    fn named(&self, watermark: &str, columns: &[Column]) -> Result<Vec<Named>> {
        let (from, to) = (self.reader.dialect(), self.session.dialect());
        let known = self.reader.with_connection(|connection| connection.columns(&self.origin))?;
        let find = |name: &str| {
            let is_it =
                |column: &&Column| from.fold(&column.name, true) == from.fold(name, false) || column.name == name;
            let there = known.iter().find(is_it).map(|column| column.name.clone());
            let here = there.as_ref().map(|there| from.name_in(to, there));
            match (there, here) {
                (Some(there), Some(here)) if columns.iter().any(|column| column.name == here) => {
                    Ok(Named { there: from.quote(&there), here: to.quote(&here) })
                }
                _ => {
                    let message = format!("{} has no column '{name}', which its 'transfer' names.", self.origin);
                    let known: Vec<_> = known.iter().map(|column| column.name.as_str()).collect();
                    Err(Diagnostic::error(Code::TRANSFER_FAILED, message)
                        .hint(format!("Its columns are: {}.", known.join(", "))))
                }
            }
        };
        [watermark].into_iter().chain(self.transfer.unique_key.iter().map(String::as_str)).map(find).collect()
    }

    /// The greatest value of the watermark here, as the other engine reads it; `None` where there is none.
    fn newest(&self, existing: &Relation, watermark: &str, columns: &[Column]) -> Result<Option<String>> {
        let there = self.shape(existing)?;
        let is_known = |column: &Column| there.iter().any(|known| known.name == column.name);
        if !columns.iter().all(is_known) {
            return Ok(None);
        }
        let (_, rows) = self.session.query(&format!("select max({watermark}) from {existing}"), None)?;
        let cell = rows.rows.into_iter().next().and_then(|row| row.into_iter().next()).unwrap_or(Cell::Null);
        match cell {
            Cell::Null => Ok(None),
            Cell::Integer(_) | Cell::Float(_) | Cell::Decimal(_) => Ok(Some(cell.to_string())),
            Cell::Date(_) | Cell::DateTime(_) | Cell::Timestamp(_) => {
                Ok(Some(self.reader.dialect().literal(&cell.to_string())))
            }
            _ => {
                let message = format!("The watermark {watermark} of {} is neither a number nor a time.", self.origin);
                let hint = "What is greater must be newer, in both engines.";
                Err(Diagnostic::error(Code::TRANSFER_FAILED, message).hint(hint))
            }
        }
    }

    /// Puts the new rows in the place of those that have their keys, or, without keys, of those that are as new.
    fn merge(&self, delta: &Relation, to: &Relation, columns: &[Column], keys: &[Named], newer: &str) -> Result<()> {
        let dialect = self.session.dialect();
        if keys.is_empty() {
            let names: Vec<_> = columns.iter().map(|column| dialect.quote(&column.name)).collect();
            let names = names.join(", ");
            self.session.execute(&format!("delete from {to} where {newer}"))?;
            self.session.execute(&format!("insert into {to} ({names}) select {names} from {delta}"))?;
            return Ok(());
        }
        let columns = columns.iter().map(|column| column_value(column, dialect));
        let args = [
            relation_value(to, dialect),
            relation_value(delta, dialect),
            List::value(keys.iter().map(|key| Value::from(key.here.as_str())).collect()),
            List::value(columns.collect()),
        ];
        let sql = self.run.compiler.call_sql(&self.cx, "get_delete_insert_merge_sql", &args, &[])?;
        self.session.execute(&sql).map(drop)
    }

    /// Moves all rows.
    fn replace(&self, columns: &[Column], rows: &str) -> Result<Moved> {
        let (relation, aside) = (&self.transfer.relation, self.aside());
        self.drop_leftover(&aside)?;
        self.session.begin()?;
        self.create(&aside, columns)?;
        let moved = self.load(&aside, columns, rows)?;
        let existing = self.standing()?;
        if self.session.dialect().replaces_relations {
            self.session.execute(&format!("create or replace table {relation} as select * from {aside}"))?;
            self.drop(&aside)?;
        } else {
            if let Some(existing) = existing {
                let span = &self.transfer.span;
                let dependents = self.run.dependents.of(self.run, &self.cx, span, &existing)?;
                self.drop(&existing)?;
                dependents.iter().for_each(|gone| self.session.catalog().remove(gone));
            }
            self.call("rename_relation", &[&aside, relation])?;
            self.session.catalog().remove(&aside);
        }
        self.session.commit()?;
        self.session.catalog().add(relation.clone().with_kind(RelationKind::Table));
        Ok(Moved { rows: moved, of: None })
    }

    /// With `--empty` the rows that are here stay, if the columns are those of now.
    fn keep_or_make_empty(&self, columns: &[Column], all: &str) -> Result<Moved> {
        if let Some(existing) = self.standing()? {
            let (names, there) = (columns.iter().map(|column| &column.name), self.shape(&existing)?);
            if names.eq(there.iter().map(|column| &column.name)) {
                return Ok(Moved { rows: 0, of: None });
            }
        }
        self.replace(columns, &format!("{all} where 1 = 0"))
    }

    /// Streams a query's rows into a table, and counts them there.
    fn load(&self, into: &Relation, columns: &[Column], query: &str) -> Result<u64> {
        let dialect = self.session.dialect();
        let names: Vec<_> = columns.iter().map(|column| dialect.quote(&column.name)).collect();
        let (sender, receiver) = sync_channel(WAITING);
        let (sent, taken) = std::thread::scope(|scope| {
            let reading = scope.spawn(move || {
                let sent = self.reader.read_batches(query, &mut |batch| {
                    sender
                        .send(Ok(batch))
                        .map_err(|_| DatabaseError::new(ErrorKind::Cancelled, "Nobody takes the rows."))
                });
                if let Err(diagnostic) = &sent {
                    // The one who writes must not take this for the end.
                    let _ = sender.send(Err(DatabaseError::new(ErrorKind::Transient, diagnostic.message.clone())));
                }
                sent
            });
            let taken = self.session.write_batches(into, &names.join(", "), &mut Arriving(Some(receiver)));
            let lost = || Err(Diagnostic::error(Code::INTERNAL, "Reading the rows to be moved has broken off."));
            (reading.join().unwrap_or_else(|_| lost()), taken)
        });
        let (sent, taken) = match (sent, taken) {
            (Ok(sent), Ok(taken)) => (sent, taken),
            // Who reads fails too when nobody writes any more.
            (Err(error), Err(other)) if error.code == Code::SQL_CANCELLED => return Err(other),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let counted = self.count(self.session, into)?;
        if sent != taken || sent != counted {
            let message = format!(
                "{sent} rows were read from {}, {taken} were sent to {into}, and {counted} are there.",
                self.origin
            );
            return Err(
                Diagnostic::error(Code::TRANSFER_FAILED, message).hint("Nothing has been changed. Run it again.")
            );
        }
        Ok(sent)
    }

    fn count(&self, session: &Session, relation: &Relation) -> Result<u64> {
        let (_, rows) = session.query(&format!("select count(*) from {relation}"), None)?;
        match rows.rows.first().and_then(|row| row.first()) {
            Some(Cell::Integer(count)) => Ok(u64::try_from(*count).unwrap_or(0)),
            _ => Err(Diagnostic::error(Code::TRANSFER_FAILED, format!("The rows of {relation} cannot be counted."))),
        }
    }

    fn aside(&self) -> Relation {
        aside(&self.transfer.relation, self.session.dialect()).with_kind(RelationKind::Table)
    }

    fn create(&self, relation: &Relation, columns: &[Column]) -> Result<()> {
        let dialect = self.session.dialect();
        let columns: Vec<_> =
            columns.iter().map(|column| format!("{} {}", dialect.quote(&column.name), column.data_type)).collect();
        self.session.execute(&format!("create table {relation} ({})", columns.join(", ")))?;
        self.session.catalog().add(relation.clone());
        Ok(())
    }

    /// The columns as the engine's catalog has them.
    fn shape(&self, relation: &Relation) -> Result<Vec<Column>> {
        self.session.with_connection(|connection| connection.columns(relation))
    }

    fn standing(&self) -> Result<Option<Relation>> {
        let relation = &self.transfer.relation;
        self.session.with_connection(|connection| self.session.catalog().get(connection, relation))
    }

    /// What an earlier run has left behind goes.
    fn drop_leftover(&self, relation: &Relation) -> Result<()> {
        let there = self.session.with_connection(|connection| self.session.catalog().get(connection, relation))?;
        there.map_or(Ok(()), |there| self.drop(&there)).and_then(|()| self.session.commit())
    }

    /// Undoes what was begun; the run goes on.
    fn give_up(&self, delta: &Relation) -> Result<()> {
        self.session.rollback()?;
        self.session.catalog().forget(delta);
        Ok(())
    }

    fn drop(&self, relation: &Relation) -> Result<()> {
        self.call("drop_relation", &[relation])?;
        self.session.catalog().remove(relation);
        Ok(())
    }

    fn call(&self, name: &str, relations: &[&Relation]) -> Result<()> {
        let args: Vec<_> = relations.iter().map(|relation| relation_value(relation, self.session.dialect())).collect();
        self.run.compiler.call(&self.cx, name, &args, &[]).map(drop)
    }
}

/// A column by its quoted names.
struct Named {
    there: String,
    here: String,
}

/// Batches as they come from the one who reads, up to the first error.
struct Arriving(Option<Receiver<std::result::Result<Batch, DatabaseError>>>);

impl Iterator for Arriving {
    type Item = std::result::Result<Batch, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.0.as_ref()?.recv().ok()?;
        if batch.is_err() {
            self.0 = None;
        }
        Some(batch)
    }
}
