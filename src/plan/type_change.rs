//! What becomes of a stored column when new values have another type.

/// How values of another type fit a stored column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeChange {
    /// The types are the same, or the stored one holds every value of the new one.
    Fits,
    /// The new type holds every value of the stored one, and more.
    Widens,
    /// Some values would be lost.
    Incompatible,
}

impl TypeChange {
    /// From a stored type to a new one, both as an engine writes them.
    pub fn between(stored: &str, new: &str) -> Self {
        let (stored, new) = (Type::read(stored), Type::read(new));
        match () {
            () if new.fits(&stored) => Self::Fits,
            // Numbers that become texts are another column, though nothing would be lost.
            () if stored.fits(&new) && !matches!(new, Type::Text(_)) => Self::Widens,
            () if matches!((&stored, &new), (Type::Text(_), Type::Text(_))) => Self::Widens,
            () => Self::Incompatible,
        }
    }
}

/// A type, as far as matters here. Unlimited sizes are the largest number.
#[derive(Debug, PartialEq)]
enum Type {
    /// Whole numbers of at most so many digits.
    Integer(u32),
    /// Numbers with so many digits before and after the point.
    Decimal(u32, u32),
    /// Numbers in binary, exact for whole numbers of so many digits.
    Float(u32),
    /// Texts of at most so many characters.
    Text(u32),
    Date,
    /// Moments, with or without a zone: engines convert these into each other.
    Moment,
    Other(String),
}

const UNLIMITED: u32 = u32::MAX;

impl Type {
    fn read(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let (name, sizes) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), rest.split(')').next().unwrap_or("")),
            None => (text.as_str(), ""),
        };
        let sizes: Vec<u32> = sizes.split(',').filter_map(|size| size.trim().parse().ok()).collect();
        match name {
            _ if text.ends_with(']') => Self::Other(text),
            "tinyint" | "utinyint" => Self::Integer(3),
            "smallint" | "usmallint" | "int2" => Self::Integer(5),
            "integer" | "int" | "int4" | "uinteger" => Self::Integer(10),
            "bigint" | "int8" => Self::Integer(19),
            "ubigint" => Self::Integer(20),
            "hugeint" | "uhugeint" => Self::Integer(39),
            "numeric" | "decimal" | "number" => match sizes[..] {
                [digits, scale] => Self::Decimal(digits.saturating_sub(scale), scale),
                [digits] => Self::Decimal(digits, 0),
                _ => Self::Decimal(UNLIMITED, UNLIMITED),
            },
            "real" | "float4" => Self::Float(7),
            "double precision" | "double" | "float" | "float8" => Self::Float(15),
            "text" | "varchar" | "character varying" | "string" => {
                Self::Text(sizes.first().copied().unwrap_or(UNLIMITED))
            }
            "date" => Self::Date,
            name if name.starts_with("timestamp") || name == "datetime" => Self::Moment,
            _ => Self::Other(text),
        }
    }

    /// Whether every value of this type is one of the other.
    fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(digits), Self::Integer(room)) => digits <= room,
            (Self::Integer(digits), Self::Decimal(room, _)) => digits <= room,
            (Self::Decimal(digits, scale), Self::Decimal(room, fraction)) => digits <= room && scale <= fraction,
            (Self::Float(digits), Self::Float(room)) => digits <= room,
            (Self::Integer(digits), Self::Float(room)) => digits <= room,
            (Self::Text(size), Self::Text(room)) => size <= room,
            // Anything can be written as text without loss.
            (_, Self::Text(UNLIMITED)) => !matches!(self, Self::Text(_)),
            (Self::Date | Self::Moment, Self::Moment) | (Self::Date, Self::Date) => true,
            (Self::Other(name), Self::Other(other)) => name == other,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TypeChange::{self, Fits, Incompatible, Widens};

    #[test]
    fn a_type_widens_when_nothing_is_lost() {
        for (stored, new, expected) in [
            ("integer", "integer", Fits),
            ("bigint", "integer", Fits),
            ("INTEGER", "BIGINT", Widens),
            ("integer", "numeric(12,2)", Widens),
            ("bigint", "numeric(12,2)", Incompatible),
            ("numeric(10,2)", "numeric(12,4)", Widens),
            ("numeric(10,2)", "numeric(10,4)", Incompatible),
            ("numeric(10,2)", "numeric", Widens),
            ("INTEGER", "DOUBLE", Widens),
            ("BIGINT", "DOUBLE", Incompatible),
            ("double precision", "integer", Fits),
            ("character varying(10)", "character varying(20)", Widens),
            ("character varying(10)", "text", Widens),
            ("text", "character varying(10)", Fits),
            ("text", "integer", Fits),
            ("date", "timestamp without time zone", Widens),
            ("timestamp without time zone", "timestamp with time zone", Fits),
            ("integer", "boolean", Incompatible),
            ("jsonb", "jsonb", Fits),
            ("integer[]", "bigint[]", Incompatible),
        ] {
            assert_eq!(TypeChange::between(stored, new), expected, "{stored} -> {new}");
        }
    }

    #[test]
    fn a_number_column_does_not_become_text() {
        assert_eq!(TypeChange::between("integer", "text"), Incompatible);
    }
}
