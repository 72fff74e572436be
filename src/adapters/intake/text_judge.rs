//! Rows on their way to an engine that reads texts.

use super::batch::Batch;
use super::{BadRow, Cast, FileColumn, cast, complaint, failed, with_records};
use crate::adapters::{DatabaseError, Dialect};
use duckdb::arrow::array::{Array, AsArray, StringArray};

/// An embedded DuckDB that judges values for another engine.
pub(in crate::adapters) struct TextJudge {
    connection: duckdb::Connection,
    casts: Vec<Cast>,
    /// The columns that have to be judged.
    typed: Vec<usize>,
    /// What is asked of them, but for the rows that it is asked of.
    question: String,
}

impl TextJudge {
    pub(in crate::adapters) fn new(columns: &[FileColumn], dialect: &Dialect) -> Result<Self, DatabaseError> {
        let connection = cast::judge()?;
        let cast_to = |column: &FileColumn| Cast::to(&connection, column.data_type.as_deref().unwrap_or(""), dialect);
        let casts: Vec<_> = columns.iter().map(cast_to).collect();
        let typed: Vec<_> = (0..casts.len()).filter(|at| !casts[*at].is_free()).collect();
        let (mut values, mut answers, mut faults) = (vec!["*".to_owned()], vec![], vec![]);
        for at in typed.iter().copied() {
            let FileColumn { name, data_type, is_guessed } = &columns[at];
            values.push(format!("{} AS v{at}", casts[at].value(at)));
            answers.push(casts[at].text(&format!("v{at}")));
            let complaint = complaint(at, name, data_type.as_deref().unwrap_or(""), *is_guessed);
            faults.push(format!("WHEN c{at} IS NOT NULL AND v{at} IS NULL THEN {complaint}"));
        }
        answers.push(format!("CASE {} END", faults.join(" ")));
        let question = format!("SELECT {} FROM (SELECT {} FROM", answers.join(", "), values.join(", "));
        Ok(Self { connection, casts, typed, question })
    }

    /// The columns that the engine has to judge itself.
    pub(in crate::adapters) fn foreign(&self) -> Vec<usize> {
        (0..self.casts.len()).filter(|at| self.casts[*at] == Cast::Foreign).collect()
    }

    /// Hands on the good rows of a batch, each with its number and its values as the engine reads them, and returns the
    /// others.
    pub(in crate::adapters) fn each_good(
        &self,
        batch: &Batch,
        mut take: impl FnMut(usize, &[Option<&str>]) -> Result<(), DatabaseError>,
    ) -> Result<Vec<BadRow>, DatabaseError> {
        if self.typed.is_empty() {
            let columns: Vec<_> = batch.values.iter().collect();
            let mut values = vec![];
            for row in 0..batch.files.len() {
                fill(&mut values, columns.iter().map(|column| (*column, row)));
                take(row, &values)?;
            }
            return Ok(vec![]);
        }
        let records = batch.columns(&self.typed).map_err(|error| failed(&error))?;
        with_records(records, |records| self.each_judged(records, batch, take))
    }

    fn each_judged(
        &self,
        records: &str,
        batch: &Batch,
        mut take: impl FnMut(usize, &[Option<&str>]) -> Result<(), DatabaseError>,
    ) -> Result<Vec<BadRow>, DatabaseError> {
        let query = format!("{} {records})", self.question);
        let mut statement = self.connection.prepare(&query).map_err(|error| failed(&error))?;
        drop(statement.stream_arrow([]).map_err(|error| failed(&error))?);
        let (mut bad, mut before) = (vec![], 0);
        // The judge has one thread: rows come in the order in which they were given.
        while let Some(chunk) = statement.step().map_err(|error| failed(&error))? {
            let judged: Vec<_> = chunk.columns().iter().map(|column| column.as_string::<i32>()).collect();
            let Some((details, judged)) = judged.split_last() else { continue };
            let place = |at: &usize| self.typed.binary_search(at).ok();
            let sources: Vec<_> = (0..batch.values.len()).map(|at| place(&at).ok_or(at)).collect();
            let mut values = vec![];
            for at in 0..chunk.len() {
                let row = before + at;
                if details.is_valid(at) {
                    bad.push(BadRow { row, detail: details.value(at).to_owned() });
                    continue;
                }
                fill(
                    &mut values,
                    sources.iter().map(|source| match source {
                        Ok(typed) => (judged[*typed], at),
                        Err(free) => (&batch.values[*free], row),
                    }),
                );
                take(row, &values)?;
            }
            before += chunk.len();
        }
        Ok(bad)
    }
}

fn fill<'a>(values: &mut Vec<Option<&'a str>>, cells: impl Iterator<Item = (&'a StringArray, usize)>) {
    values.clear();
    values.extend(cells.map(|(column, row)| column.is_valid(row).then(|| column.value(row))));
}
