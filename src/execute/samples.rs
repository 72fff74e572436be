//! Results of checks: a few rows that show what is wrong, and how many there are.

use crate::adapters::{Cell, Rows};

/// Rows as `column=value` lists, a line each.
pub(super) fn shown(rows: &Rows) -> String {
    let line = |row: &Vec<Cell>| {
        let cells = rows.columns.iter().zip(row);
        cells.map(|(column, cell)| format!("{}={}", column.name, cell)).collect::<Vec<_>>().join(", ")
    };
    rows.rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The numbers of the first row.
pub(super) fn counts(rows: &Rows) -> Vec<i64> {
    let number = |cell: &Cell| match cell {
        Cell::Integer(number) => i64::try_from(*number).ok(),
        Cell::Decimal(text) => text.parse().ok(),
        _ => None,
    };
    rows.rows.first().map(|row| row.iter().filter_map(number).collect()).unwrap_or_default()
}
