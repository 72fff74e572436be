//! A contract that does not hold, column by column.

use crate::diagnostics::{Code, Diagnostic};
use crate::jinja::Value;

struct Typed {
    name: String,
    /// As it is compared.
    data_type: String,
    /// As it is shown.
    shown: String,
}

fn columns(list: &Value) -> Vec<Typed> {
    let text = |column: &Value, key: &str| {
        column
            .get_attr(key)
            .ok()
            .filter(|found| !found.is_undefined() && !found.is_none())
            .map(|found| found.to_string())
    };
    let column = |column: Value| {
        let data_type = text(&column, "data_type").or_else(|| text(&column, "formatted")).unwrap_or_default();
        let shown = text(&column, "shown").unwrap_or_else(|| data_type.clone());
        Typed { name: text(&column, "name").unwrap_or_default(), data_type, shown }
    };
    list.try_iter().map(|items| items.map(column).collect()).unwrap_or_default()
}

/// The diagnostic of columns that a query gives otherwise than its contract says: a table of the differences.
pub fn mismatch(declared: &Value, given: &Value) -> Box<Diagnostic> {
    let (declared, given) = (columns(declared), columns(given));
    let same = |a: &Typed, b: &Typed| a.name.eq_ignore_ascii_case(&b.name);
    let mut differences = vec![];
    for column in &given {
        let row = |contract: &str, reason| [&column.name, &column.shown, contract, reason].map(str::to_owned);
        match declared.iter().find(|known| same(known, column)) {
            None => differences.push(row("", "missing in contract")),
            Some(known) if known.data_type != column.data_type => {
                differences.push(row(&known.shown, "data type mismatch"));
            }
            Some(_) => {}
        }
    }
    let missing = declared.iter().filter(|known| !given.iter().any(|column| same(known, column)));
    differences
        .extend(missing.map(|known| [&known.name, "", &known.shown, "missing in definition"].map(str::to_owned)));
    differences.sort();
    Diagnostic::error(Code::CONTRACT_BROKEN, "This model has an enforced contract that failed.")
        .note(aligned(&differences))
        .hint("Change the query, or `columns:` in the model's properties.")
}

/// The differences under their headings.
fn aligned(rows: &[[String; 4]]) -> String {
    let headings = ["column_name", "definition_type", "contract_type", "mismatch_reason"].map(str::to_owned);
    let mut width = headings.each_ref().map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in width.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let rule = width.map(|width| "-".repeat(width));
    let line = |cells: &[String; 4]| {
        let cells = cells.iter().zip(width).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
    };
    [&headings, &rule].into_iter().chain(rows).map(line).collect::<Vec<_>>().join("\n")
}
