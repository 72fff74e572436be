//! Columns as templates see them.

use super::method::method;
use crate::adapters::{Column, Dialect};
use crate::jinja::{Arguments, Dict, DynObject, Error, ErrorKind, List, Object, ObjectRepr, State, Value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A column as templates see it.
#[derive(Debug, Clone)]
pub struct ColumnObject {
    /// The name.
    pub name: String,
    /// The type, without its size where it is a text or a decimal number.
    pub dtype: String,
    /// The longest text, where there is a limit.
    pub char_size: Option<i64>,
    /// Digits of a decimal number.
    pub numeric_precision: Option<i64>,
    /// Digits after its point.
    pub numeric_scale: Option<i64>,
    /// The engine.
    pub dialect: &'static Dialect,
}

/// A column as templates see it.
pub fn column_value(column: &Column, dialect: &'static Dialect) -> Value {
    Value::from_object(ColumnObject::from_description(&column.name, &column.data_type, dialect))
}

/// The column that a template's value is, if it is one.
pub fn column_of(value: &Value) -> Option<Column> {
    value.downcast_object_ref::<ColumnObject>().map(|column| Column::new(column.name.clone(), column.data_type()))
}

const STRINGS: &[&str] = &["text", "character varying", "character", "varchar"];
/// What a text type without a limit is taken to hold.
const UNSAID_SIZE: i64 = 256;
const NUMERICS: &[&str] = &["numeric", "decimal"];
const FLOATS: &[&str] = &["real", "float4", "float", "double precision", "float8", "double"];
const INTEGERS: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "smallserial",
    "serial",
    "bigserial",
    "int2",
    "int4",
    "int8",
    "serial2",
    "serial4",
    "serial8",
    "tinyint",
    "hugeint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "uhugeint",
    "int1",
    "short",
    "int",
    "signed",
    "long",
];

impl ColumnObject {
    /// A column whose type is written as it is.
    pub fn new(name: &str, dtype: &str, dialect: &'static Dialect) -> Self {
        let (name, dtype) = (name.to_owned(), dtype.to_owned());
        Self { name, dtype, char_size: None, numeric_precision: None, numeric_scale: None, dialect }
    }

    /// A column whose type may have a size: `numeric(10,2)`.
    pub fn from_description(name: &str, data_type: &str, dialect: &'static Dialect) -> Self {
        let mut column = Self::new(name, data_type, dialect);
        let Some((base, sizes)) = data_type.split_once('(').and_then(|(base, rest)| {
            Some((base.trim(), rest.strip_suffix(')')?.split(',').map(|size| size.trim().parse().ok()).collect()))
        }) else {
            return column;
        };
        let sizes: Vec<Option<i64>> = sizes;
        match sizes.as_slice() {
            [Some(size)] if is_one_of(base, STRINGS) => column.char_size = Some(*size),
            [Some(precision)] if is_one_of(base, NUMERICS) => {
                (column.numeric_precision, column.numeric_scale) = (Some(*precision), Some(0));
            }
            [Some(precision), Some(scale)] if is_one_of(base, NUMERICS) => {
                (column.numeric_precision, column.numeric_scale) = (Some(*precision), Some(*scale));
            }
            _ => return column,
        }
        column.dtype = base.to_owned();
        column
    }

    fn is_string(&self) -> bool {
        is_one_of(&self.dtype, STRINGS)
    }

    fn is_numeric(&self) -> bool {
        is_one_of(&self.dtype, NUMERICS)
    }

    /// The type with its size.
    pub fn data_type(&self) -> String {
        match (self.char_size, self.numeric_precision, self.numeric_scale) {
            (None, ..) if self.is_string() && !self.is_unlimited() => string_type(UNSAID_SIZE),
            (Some(size), ..) if self.is_string() => string_type(size),
            (_, Some(precision), Some(scale)) if self.is_numeric() => numeric_type(&self.dtype, precision, scale),
            _ => self.dtype.clone(),
        }
    }

    /// Whether it is a text that the engine writes without a size.
    fn is_unlimited(&self) -> bool {
        self.dialect.unlimited_texts && is_one_of(&self.dtype, &["text", "character varying"])
    }

    fn string_size(&self) -> Result<i64, Error> {
        if !self.is_string() {
            let message = format!("string_size(): the column '{}' is of type {}", self.name, self.dtype);
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
        Ok(self.char_size.filter(|_| self.dtype != "text").unwrap_or(UNSAID_SIZE))
    }

    fn can_expand_to(&self, other: &Value) -> Result<bool, Error> {
        match other.downcast_object_ref::<ColumnObject>() {
            Some(other) if self.is_string() && other.is_string() => Ok(other.string_size()? > self.string_size()?),
            _ => Ok(false),
        }
    }

    /// The fields of a struct, each with the path to it as its name; any other column alone.
    pub fn flatten(&self) -> Vec<ColumnObject> {
        if !self.is_struct() {
            return vec![self.clone()];
        }
        let prefixed = |field: ColumnObject| Self { name: format!("{}.{}", self.name, field.name), ..field };
        self.fields().into_iter().flat_map(|field| field.flatten()).map(prefixed).collect()
    }

    fn is_struct(&self) -> bool {
        self.dtype.len() > 7 && self.dtype[..7].eq_ignore_ascii_case("struct(") && self.dtype.ends_with(')')
    }

    fn fields(&self) -> Vec<ColumnObject> {
        if !self.is_struct() {
            return vec![];
        }
        split_outside_brackets(&self.dtype[7..self.dtype.len() - 1])
            .into_iter()
            .filter_map(|field| field.trim().split_once(' '))
            .map(|(name, dtype)| Self::new(name.trim_matches('"'), dtype.trim(), self.dialect))
            .collect()
    }
}

fn is_one_of(dtype: &str, types: &[&str]) -> bool {
    types.iter().any(|known| dtype.eq_ignore_ascii_case(known))
}

/// At commas that stand in no brackets.
fn split_outside_brackets(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (vec![], 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A text's type with its size.
fn string_type(size: i64) -> String {
    format!("character varying({size})")
}

/// A decimal number's type with its size.
pub fn numeric_type(dtype: &str, precision: i64, scale: i64) -> String {
    format!("{dtype}({precision},{scale})")
}

/// What a type that users write is called here: `string` is `text`.
pub fn translate_type(dtype: &str) -> String {
    if dtype.eq_ignore_ascii_case("string") { "TEXT".into() } else { dtype.into() }
}

impl Object for ColumnObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let number = |number: Option<i64>| number.map_or_else(|| Value::from(()), Value::from);
        Some(match key.as_str()? {
            "name" | "column" => Value::from(self.name.as_str()),
            "quoted" => Value::from(self.dialect.quote(&self.name)),
            "dtype" => Value::from(self.dtype.as_str()),
            "data_type" | "expanded_data_type" => Value::from(self.data_type()),
            "char_size" => number(self.char_size),
            "numeric_precision" => number(self.numeric_precision),
            "numeric_scale" => number(self.numeric_scale),
            "fields" => List::value(self.fields().into_iter().map(Value::from_object).collect()),
            name => return method(self, METHODS, name).or_else(|| method(self, CLASS_METHODS, name)),
        })
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "is_string" => Value::from(self.is_string()),
            "is_numeric" => Value::from(self.is_numeric()),
            "is_integer" => Value::from(is_one_of(&self.dtype, INTEGERS)),
            "is_float" => Value::from(is_one_of(&self.dtype, FLOATS)),
            "is_number" => Value::from([INTEGERS, FLOATS, NUMERICS].iter().any(|types| is_one_of(&self.dtype, types))),
            "is_struct" => Value::from(self.is_struct()),
            "flatten" => List::value(self.flatten().into_iter().map(Value::from_object).collect()),
            "string_size" => Value::from(self.string_size()?),
            "can_expand_to" => Value::from(self.can_expand_to(&arguments.require(0, "other_column")?)?),
            "literal" => Value::from(format!("{}::{}", arguments.require(0, "value")?, self.data_type())),
            _ => return ColumnClass(self.dialect).method(method, &arguments),
        })
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<ColumnObject>()?;
        Some((&self.name, self.data_type()).cmp(&(&other.name, other.data_type())))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Column {} ({})>", self.name, self.data_type())
    }
}

/// The methods of a column.
const METHODS: &[&str] = &[
    "is_string",
    "is_numeric",
    "is_integer",
    "is_float",
    "is_number",
    "is_struct",
    "flatten",
    "string_size",
    "can_expand_to",
    "literal",
];

/// The methods of columns' class.
const CLASS_METHODS: &[&str] = &["create", "from_description", "translate_type", "string_type", "numeric_type"];

/// `api.Column`.
#[derive(Debug)]
pub struct ColumnClass(pub &'static Dialect);

impl ColumnClass {
    fn method(&self, method: &str, arguments: &Arguments<'_>) -> Result<Value, Error> {
        Ok(match method {
            "create" => {
                let (name, dtype) = (arguments.string(0, "name")?, arguments.string(1, "label_or_dtype")?);
                Value::from_object(ColumnObject::new(&name, &translate_type(&dtype), self.0))
            }
            "from_description" => {
                let (name, dtype) = (arguments.string(0, "name")?, arguments.string(1, "raw_data_type")?);
                Value::from_object(ColumnObject::from_description(&name, &dtype, self.0))
            }
            "translate_type" => Value::from(translate_type(&arguments.string(0, "dtype")?)),
            "string_type" => Value::from(format!("character varying({})", arguments.require(0, "size")?)),
            "numeric_type" => {
                let dtype = arguments.string(0, "dtype")?;
                match (arguments.integer(1, "precision", -1)?, arguments.integer(2, "scale", -1)?) {
                    (precision @ 0.., scale @ 0..) => Value::from(numeric_type(&dtype, precision, scale)),
                    _ => Value::from(dtype),
                }
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

impl Object for ColumnClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "TYPE_LABELS" => Some(Dict::value([(Value::from("STRING"), Value::from("TEXT"))])),
            name => method(self, CLASS_METHODS, name),
        }
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of("Column", args);
        let number = |index, name| arguments.get(index, name).and_then(|number| number.as_i64());
        let column = ColumnObject::new(&arguments.string(0, "column")?, &arguments.string(1, "dtype")?, self.0);
        Ok(Value::from_object(ColumnObject {
            char_size: number(2, "char_size"),
            numeric_precision: number(3, "numeric_precision"),
            numeric_scale: number(4, "numeric_scale"),
            ..column
        }))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        self.method(method, &Arguments::of(method, args))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::fixture::dialect;

    #[test]
    fn sizes_are_read_and_written() {
        let column = |data_type| ColumnObject::from_description("c", data_type, dialect());
        for same in ["character varying(20)", "numeric(10,2)", "timestamp(3) without time zone", "integer[]"] {
            assert_eq!(column(same).data_type(), same);
        }
        assert_eq!(column("VARCHAR").data_type(), "character varying(256)");
        assert_eq!(column("numeric(10,2)").dtype, "numeric");
        assert_eq!(column("timestamp(3) without time zone").dtype, "timestamp(3) without time zone");
        assert_eq!(column("numeric(7)").data_type(), "numeric(7,0)");
    }

    #[test]
    fn structs_are_flattened() {
        let column =
            ColumnObject::from_description("s", "STRUCT(a DECIMAL(10,2), b STRUCT(c INTEGER, d VARCHAR))", dialect());
        let flat: Vec<_> = column.flatten().into_iter().map(|c| (c.name, c.dtype)).collect();
        let expected = [("s.a", "DECIMAL(10,2)"), ("s.b.c", "INTEGER"), ("s.b.d", "VARCHAR")];
        assert_eq!(flat, expected.map(|(name, dtype)| (name.to_owned(), dtype.to_owned())));
    }
}
