//! Rows as text, for people.

use crate::event::Preview;
use serde_json::Value as Json;

/// The widest a column is drawn.
const WIDEST: usize = 60;

/// The rows in columns, each as wide as its widest value; numbers stand to the right.
pub fn table(preview: &Preview) -> String {
    let columns = 0..preview.columns.len();
    let cells: Vec<Vec<String>> = preview.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let width = |column: usize| {
        let values = cells.iter().filter_map(|row| row.get(column)).map(|cell| console::measure_text_width(cell));
        let name = console::measure_text_width(&preview.columns[column]);
        values.chain([name]).max().unwrap_or(0).min(WIDEST)
    };
    let widths: Vec<usize> = columns.clone().map(width).collect();
    let is_number = |column: usize| {
        let mut values =
            preview.rows.iter().filter_map(|row| row.get(column)).filter(|value| !value.is_null()).peekable();
        values.peek().is_some() && values.all(Json::is_number)
    };
    let right: Vec<bool> = columns.map(is_number).collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).zip(&right).map(|((cell, width), right)| {
            let align = if *right { console::Alignment::Right } else { console::Alignment::Left };
            console::pad_str(cell, *width, align, Some("…")).into_owned()
        });
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule = format!("| {} |\n", widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join(" | "));
    let rows: String = cells.iter().map(|row| line(row)).collect();
    format!("{}{rule}{rows}", line(&preview.columns))
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.replace('\n', "⏎"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_aligned() {
        let preview = Preview {
            columns: vec!["id".into(), "name".into()],
            rows: vec![vec![json!(1), json!("é")], vec![json!(20), json!(null)], vec![json!(null), json!("a\nb")]],
        };
        insta::assert_snapshot!(table(&preview));
    }
}
