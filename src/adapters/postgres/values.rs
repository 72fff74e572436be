//! PostgreSQL's values, in the text form that every type has; so none is unknown.

use crate::adapters::{Cell, ColumnType};
use jiff::{Timestamp, civil};
use postgres::types::{Kind, Type};
use serde_json::Value as Json;

/// Makes the server write days and times as they are read here; the order of day and month in its input stays.
pub(super) const OUTPUT_STYLE: &str = "set datestyle = iso";

/// A type's name as SQL writes it.
pub(super) fn type_name(kind: &Type) -> String {
    if let Kind::Array(inner) = kind.kind() {
        return format!("{}[]", type_name(inner));
    }
    match kind.name() {
        "bool" => "boolean",
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "varchar" => "character varying",
        "bpchar" => "character",
        "varbit" => "bit varying",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        name => name,
    }
    .to_owned()
}

/// What the values of a type are.
pub(super) fn column_type(kind: &Type) -> ColumnType {
    match kind.name() {
        "bool" => ColumnType::Boolean,
        "int2" | "int4" | "int8" | "oid" => ColumnType::Integer,
        "float4" | "float8" | "numeric" => ColumnType::Number,
        "date" => ColumnType::Date,
        "timestamp" | "timestamptz" => ColumnType::Timestamp,
        _ => ColumnType::Text,
    }
}

/// One value. What does not fit the type's Rust value, such as the day `infinity`, stays text.
pub(super) fn cell(kind: &Type, text: Option<&str>) -> Cell {
    let Some(text) = text else { return Cell::Null };
    decoded(kind, text).unwrap_or_else(|| Cell::Text(text.to_owned()))
}

fn decoded(kind: &Type, text: &str) -> Option<Cell> {
    match kind.kind() {
        Kind::Array(inner) => return array(inner, text).map(Cell::Nested),
        Kind::Domain(inner) => return decoded(inner, text),
        _ => {}
    }
    Some(match kind.name() {
        "bool" => Cell::Boolean(text == "t"),
        "int2" | "int4" | "int8" | "oid" => Cell::Integer(text.parse().ok()?),
        "float4" | "float8" => Cell::Float(text.parse().ok()?),
        "numeric" => Cell::Decimal(text.to_owned()),
        "date" => Cell::Date(text.parse().ok()?),
        "time" => Cell::Time(text.parse().ok()?),
        "timestamp" => Cell::DateTime(text.parse::<civil::DateTime>().ok()?),
        "timestamptz" => Cell::Timestamp(text.parse::<Timestamp>().ok()?),
        "json" | "jsonb" => Cell::Nested(serde_json::from_str(text).ok()?),
        "bytea" => Cell::Bytes(bytes(text)?),
        _ => return None,
    })
}

/// `\x` and two digits a byte.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?;
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

/// An array as a JSON list: `{1,NULL,"a \"b\"",{2}}`, perhaps with its bounds `[0:1]=` in front.
fn array(element: &Type, text: &str) -> Option<Json> {
    let text = if text.starts_with('[') { text.split_once('=')?.1 } else { text };
    let mut parser = ArrayText { element, rest: text };
    let list = parser.list()?;
    parser.rest.is_empty().then_some(list)
}

struct ArrayText<'a> {
    element: &'a Type,
    rest: &'a str,
}

impl ArrayText<'_> {
    fn list(&mut self) -> Option<Json> {
        self.rest = self.rest.strip_prefix('{')?;
        let mut items = vec![];
        loop {
            match self.rest.chars().next()? {
                '}' => break,
                // Boxes are the one type whose elements are parted by a semicolon.
                ',' | ';' => self.rest = &self.rest[1..],
                '{' => items.push(self.list()?),
                '"' => {
                    let text = self.quoted()?;
                    items.push(self.item(Some(&text)));
                }
                _ => {
                    let end = self.rest.find([',', ';', '}'])?;
                    let (text, rest) = self.rest.split_at(end);
                    self.rest = rest;
                    items.push(self.item(Some(text).filter(|text| *text != "NULL")));
                }
            }
        }
        self.rest = &self.rest[1..];
        Some(Json::Array(items))
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        loop {
            match chars.next()? {
                (_, '\\') => text.push(chars.next()?.1),
                (at, '"') => {
                    self.rest = &self.rest[at + 1..];
                    return Some(text);
                }
                (_, c) => text.push(c),
            }
        }
    }

    fn item(&self, text: Option<&str>) -> Json {
        match (cell(self.element, text), text) {
            (Cell::Null, _) => Json::Null,
            (Cell::Boolean(value), _) => value.into(),
            (Cell::Integer(value), Some(text)) => i64::try_from(value).map_or_else(|_| text.into(), Json::from),
            (Cell::Float(value), _) => value.into(),
            (Cell::Nested(value), _) => value,
            (_, text) => text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_keep_their_type_or_stay_text() {
        let shown = |kind: Type, text: &str| format!("{:?}", cell(&kind, Some(text)));
        assert_eq!(shown(Type::TIMESTAMPTZ, "2024-01-02 03:04:05.6+05:30"), "Timestamp(2024-01-01T21:34:05.6Z)");
        assert_eq!(shown(Type::TIMESTAMPTZ, "2024-01-02 03:04:05+00"), "Timestamp(2024-01-02T03:04:05Z)");
        assert_eq!(shown(Type::TIMESTAMP, "2024-01-02 03:04:05"), "DateTime(2024-01-02T03:04:05)");
        assert_eq!(shown(Type::DATE, "0044-03-15 BC"), "Text(\"0044-03-15 BC\")");
        assert_eq!(shown(Type::FLOAT8, "NaN"), "Float(NaN)");
        assert_eq!(shown(Type::NUMERIC, "1.500"), "Decimal(\"1.500\")");
        assert_eq!(shown(Type::BYTEA, "\\x00ff"), "Bytes([0, 255])");
        assert_eq!(shown(Type::INET, "::1"), "Text(\"::1\")");
        assert_eq!(cell(&Type::INT4, None), Cell::Null);
    }

    #[test]
    fn arrays_are_lists() {
        let read = |kind: Type, text: &str| array(&kind, text);
        assert_eq!(read(Type::INT4, "{1,NULL,{2}}"), Some(json!([1, null, [2]])));
        assert_eq!(
            read(Type::TEXT, r#"{a b,"c,\"d\\",NULL,"NULL",""}"#),
            Some(json!(["a b", "c,\"d\\", null, "NULL", ""]))
        );
        assert_eq!(read(Type::DATE, "[0:0]={2024-01-02}"), Some(json!(["2024-01-02"])));
        assert_eq!(read(Type::TEXT, "{}"), Some(json!([])));
        assert_eq!(read(Type::TEXT, "{a"), None);
    }
}
