//! A batch of rows as a table function of DuckDB's, without a copy in a table.

use super::failed;
use crate::adapters::DatabaseError;
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::core::{DataChunkHandle, LogicalTypeHandle, LogicalTypeId};
use duckdb::vtab::arrow::{record_batch_to_duckdb_data_chunk, to_duckdb_logical_type_for_field};
use duckdb::vtab::{BindInfo, InitInfo, TableFunctionInfo, VTab};
use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The function's name; its argument is the number of a batch.
const RECORDS: &str = "sqlbuild_records";

/// As many rows as DuckDB takes at once.
const CHUNK: usize = 2048;

/// The batches that statements read at the moment.
static BATCHES: Mutex<Option<HashMap<u64, RecordBatch>>> = Mutex::new(None);
static NEXT: AtomicU64 = AtomicU64::new(0);

fn batches() -> MutexGuard<'static, Option<HashMap<u64, RecordBatch>>> {
    BATCHES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Teaches a database the function.
pub(in crate::adapters) fn register(connection: &duckdb::Connection) -> Result<(), DatabaseError> {
    connection.register_table_function::<Records>(RECORDS).map_err(|error| failed(&error))
}

/// Gives `work` the call that stands for a batch in the statements that it sends.
pub(in crate::adapters) fn with_records<T>(batch: RecordBatch, work: impl FnOnce(&str) -> T) -> T {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    batches().get_or_insert_default().insert(number, batch);
    let outcome = work(&format!("{RECORDS}({number}::UBIGINT)"));
    batches().get_or_insert_default().remove(&number);
    outcome
}

struct Records;

impl VTab for Records {
    type BindData = RecordBatch;
    /// How many rows were given.
    type InitData = AtomicUsize;

    fn bind(bind: &BindInfo) -> Result<RecordBatch, Box<dyn Error>> {
        let number = bind.get_parameter(0).to_uint64();
        let batch = batches().as_ref().and_then(|batches| batches.get(&number).cloned());
        let batch = batch.ok_or("there is no such batch")?;
        for field in batch.schema().fields() {
            bind.add_result_column(field.name(), to_duckdb_logical_type_for_field(field)?);
        }
        bind.set_cardinality(batch.num_rows() as u64, true);
        Ok(batch)
    }

    fn init(_: &InitInfo) -> Result<AtomicUsize, Box<dyn Error>> {
        Ok(AtomicUsize::new(0))
    }

    fn func(info: &TableFunctionInfo<Self>, output: &mut DataChunkHandle) -> Result<(), Box<dyn Error>> {
        let batch = info.get_bind_data();
        let given = info.get_init_data().fetch_add(CHUNK, Ordering::Relaxed);
        match batch.num_rows().saturating_sub(given).min(CHUNK) {
            0 => output.set_len(0),
            length => record_batch_to_duckdb_data_chunk(&batch.slice(given, length), output)?,
        }
        Ok(())
    }

    fn parameters() -> Option<Vec<LogicalTypeHandle>> {
        Some(vec![LogicalTypeHandle::from(LogicalTypeId::UBigint)])
    }
}
