//! Rows of files, judged by an embedded DuckDB and inserted as bound values.

use super::connection::SnowflakeConnection;
use super::dialect::SNOWFLAKE;
use super::seed::Insert;
use crate::adapters::intake::{BadRow, Batch, FILE_COLUMNS, REJECT_COLUMNS, Rejected, Taker, TextJudge, load, quoted};
use crate::adapters::{DatabaseError, Destination, FileRows, Reading};

pub(super) fn load_files(
    connection: &mut SnowflakeConnection,
    reading: Reading<'_>,
    destination: Destination<'_>,
) -> Result<Vec<FileRows>, DatabaseError> {
    let own = reading.columns.iter().map(|column| column.name.as_str());
    let columns = quoted(&SNOWFLAKE, own.chain(FILE_COLUMNS));
    let mut inserting = Inserting {
        connection,
        judge: TextJudge::new(reading.columns, &SNOWFLAKE)?,
        reading,
        loaded_at: destination.loaded_at,
        rows: Insert::new(destination.rows, &columns, reading.columns.len() + FILE_COLUMNS.len()),
        rejects: Insert::new(destination.rejects, &quoted(&SNOWFLAKE, REJECT_COLUMNS), REJECT_COLUMNS.len()),
    };
    let rows = load(reading, &SNOWFLAKE, &mut inserting)?;
    inserting.rows.flush(inserting.connection)?;
    inserting.rejects.flush(inserting.connection)?;
    Ok(rows)
}

struct Inserting<'a> {
    connection: &'a mut SnowflakeConnection,
    judge: TextJudge,
    reading: Reading<'a>,
    loaded_at: &'a str,
    rows: Insert,
    rejects: Insert,
}

impl Taker for Inserting<'_> {
    fn take(&mut self, batch: &Batch) -> Result<Vec<BadRow>, DatabaseError> {
        let Self { connection, judge, reading, loaded_at, rows, .. } = self;
        judge.each_good(batch, |row, values| {
            let place = [
                reading.files[batch.files[row]].name.clone(),
                batch.lines.value(row).to_string(),
                (*loaded_at).to_owned(),
            ];
            let own = values.iter().map(|value| value.map(str::to_owned));
            rows.add(connection, own.chain(place.map(Some)))
        })
    }

    fn reject(&mut self, rejects: &[Rejected]) -> Result<(), DatabaseError> {
        rejects.iter().try_for_each(|rejected| {
            let Rejected { file, line, reason, detail, content } = rejected;
            let values = [
                self.reading.files[*file].name.clone(),
                line.to_string(),
                (*reason).to_owned(),
                detail.clone(),
                content.clone(),
                self.loaded_at.to_owned(),
            ];
            self.rejects.add(self.connection, values.into_iter().map(Some))
        })
    }
}
