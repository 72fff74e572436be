//! What templates hold in their hands: relations, columns, tables of results, lazily made mappings.

mod column;
mod data_type;
mod event_time;
mod lazy;
mod method;
mod outlet;
mod policy;
mod record;
mod relation;
mod response;
mod row;
mod rows;
mod table;
mod table_bins;
mod table_join;
mod table_set;
mod table_shapes;
mod table_text;

pub use column::{ColumnClass, ColumnObject, column_of, column_value, translate_type};
pub use data_type::DataType;
pub use event_time::EventTime;
pub use lazy::LazyMap;
pub use outlet::Outlet;
pub use record::Record;
pub use relation::{
    RelationObject, created, ephemeral_name, kind_constant, relation_of, relation_types, relation_value, scd_args,
    source_object,
};
pub use response::ResponseObject;
pub use row::Row;
pub use rows::{ColumnsObject, RowsObject};
pub use table::Table;
