//! Rows that a unit test got against those it expected.

use crate::adapters::{Cell, Rows};

const SIDE: &str = "actual_or_expected";

/// Compares the two sides of a unit test's query, in any order of rows; `None`: they are the same. Otherwise a table of
/// the differences: `+++` marks a row that should not be there, `---` one that is missing, `→` one with wrong values
/// (`expected→actual`).
pub(super) fn difference(rows: &Rows) -> Option<String> {
    let side = rows.columns.iter().position(|column| column.name.eq_ignore_ascii_case(SIDE))?;
    let names = rows.columns.iter().enumerate().filter(|(index, _)| *index != side);
    let names: Vec<String> = names.map(|(_, column)| column.name.to_lowercase()).collect();
    let of = |wanted: &str| -> Vec<Vec<String>> {
        let chosen = rows.rows.iter().filter(|row| row.get(side) == Some(&Cell::Text(wanted.to_owned())));
        let cells = |row: &Vec<Cell>| {
            row.iter().enumerate().filter(|(index, _)| *index != side).map(|(_, cell)| cell.to_string()).collect()
        };
        let mut found: Vec<Vec<String>> = chosen.map(cells).collect();
        found.sort();
        found
    };
    let (mut actual, expected) = (of("actual"), of("expected"));
    let mut missing = vec![];
    let mut lines = vec![];
    for row in expected {
        match actual.iter().position(|other| *other == row) {
            Some(index) => lines.push((" ".to_owned(), actual.remove(index))),
            None => missing.push(row),
        }
    }
    if missing.is_empty() && actual.is_empty() {
        return None;
    }
    for row in missing {
        lines.push(match closest(&row, &actual) {
            Some(index) => ("→".to_owned(), changed(&row, &actual.remove(index))),
            None => ("---".to_owned(), row),
        });
    }
    lines.extend(actual.into_iter().map(|row| ("+++".to_owned(), row)));
    lines.insert(0, ("@@".to_owned(), names));
    Some(format!("actual differs from expected:\n\n{}", table(lines)))
}

/// The row that shares most values with `row`: at least half of them.
fn closest(row: &[String], others: &[Vec<String>]) -> Option<usize> {
    let shared = |other: &Vec<String>| row.iter().zip(other).filter(|(a, b)| a == b).count();
    let best = (0..others.len()).rev().max_by_key(|index| shared(&others[*index]))?;
    (shared(&others[best]) * 2 >= row.len()).then_some(best)
}

fn changed(expected: &[String], actual: &[String]) -> Vec<String> {
    let cell = |(expected, actual): (&String, &String)| {
        if expected == actual { expected.clone() } else { format!("{expected}→{actual}") }
    };
    expected.iter().zip(actual).map(cell).collect()
}

fn table(lines: Vec<(String, Vec<String>)>) -> String {
    let rows: Vec<Vec<String>> = lines.into_iter().map(|(mark, cells)| [vec![mark], cells].concat()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{ColumnType, RowsColumn};

    fn rows(rows: &[(i128, &str, &str)]) -> Rows {
        let column = |name: &str| RowsColumn { name: name.into(), kind: ColumnType::Text, data_type: "text".into() };
        let cells = |(id, name, side): &(i128, &str, &str)| {
            vec![Cell::Integer(*id), Cell::Text((*name).into()), Cell::Text((*side).into())]
        };
        Rows { columns: ["id", "name", SIDE].map(column).to_vec(), rows: rows.iter().map(cells).collect() }
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let same = rows(&[(1, "a", "actual"), (2, "b", "actual"), (2, "b", "expected"), (1, "a", "expected")]);
        assert_eq!(difference(&same), None);
    }

    #[test]
    fn differences_are_drawn() {
        let different = rows(&[
            (1, "a", "actual"),
            (2, "wrong", "actual"),
            (4, "d", "actual"),
            (1, "a", "expected"),
            (2, "b", "expected"),
            (3, "c", "expected"),
        ]);
        insta::assert_snapshot!(difference(&different).unwrap());
    }
}
