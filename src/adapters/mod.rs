//! Databases: one folder an engine, with the same file names in each, behind the traits of `adapter`.
//!
//! Only [`registry`] names a concrete engine. A difference between engines is a fact in [`Dialect`], a method of
//! [`Connection`], or a macro in the engine's `macros/`.

mod adapter;
mod batches;
mod catalog;
mod column;
mod dialect;
mod duckdb;
mod error;
mod export;
mod in_place;
mod intake;
mod macros;
mod output;
mod postgres;
pub mod registry;
mod relation;
mod rows;
mod seed;
mod snowflake;

pub use adapter::{Adapter, Cancel, Connection, MacroFile, Response, RowChanges};
pub use batches::{Batch, BatchSchema};
pub use catalog::Catalog;
pub use column::Column;
pub use dialect::{ConstraintSupport, Dialect, Enforcement, IdentifierCase};
pub use error::{DatabaseError, ErrorKind, Violated};
pub use export::{ExportFile, ExportFormat};
pub use in_place::InPlace;
pub use intake::{
    Destination, FILE_COLUMNS, FileColumn, FileRows, REJECT_COLUMNS, Reading, Survey, SurveyedColumn, survey,
};
pub use macros::BUILTIN_MACROS;
pub use relation::{Parts, Relation, RelationKind};
pub use rows::{Cell, ColumnType, Rows, RowsColumn};
pub use seed::{SeedColumn, SeedTable};
