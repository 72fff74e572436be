//! What templates hold in their hands: relations, columns, tables of results, lazily made mappings.

mod column;
mod event_time;
mod lazy;
mod policy;
mod relation;
mod response;
mod row;
mod rows;
mod table;

pub use column::{ColumnObject, column_of, column_value};
pub use event_time::EventTime;
pub use lazy::LazyMap;
pub use policy::parts_of;
pub use relation::{RelationObject, relation_of, relation_value};
pub use response::ResponseObject;
pub use rows::{ColumnsObject, RowsObject, TableColumn};
pub use row::Row;
pub use table::{Table, cell_value};
