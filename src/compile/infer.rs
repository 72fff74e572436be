//! What the values of a seed's column are, judged by their texts.
//!
//! The rules are those that dbt's users know: a column is the first of number, date, date and time, truth value that
//! all its values can be read as, else text. Empty values and `null` fit everything.

use crate::adapters::{Cell, ColumnType, Dialect};
use jiff::civil::DateTime;
use std::borrow::Cow;

/// What the values of a column turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inferred {
    Integer,
    BigInteger,
    Number,
    Date,
    DateTime,
    Boolean,
    Text,
}

impl Inferred {
    /// The engine's type for such values.
    pub(super) fn data_type(self, dialect: &Dialect) -> &'static str {
        match self {
            Self::Integer => dialect.type_integer,
            Self::BigInteger => dialect.type_bigint,
            Self::Number => dialect.type_number,
            Self::Date => dialect.type_date,
            Self::DateTime => dialect.type_timestamp,
            Self::Boolean => dialect.type_boolean,
            Self::Text => dialect.type_text,
        }
    }

    /// The class of such values.
    pub(super) fn kind(self) -> ColumnType {
        match self {
            Self::Integer | Self::BigInteger => ColumnType::Integer,
            Self::Number => ColumnType::Number,
            Self::Date => ColumnType::Date,
            Self::DateTime => ColumnType::Timestamp,
            Self::Boolean => ColumnType::Boolean,
            Self::Text => ColumnType::Text,
        }
    }

    /// The value itself. A date or time that can only be read by the engine stays a text.
    pub(super) fn cell(self, text: &str) -> Cell {
        let clean = self.clean(text);
        match self {
            _ if is_null(clean.trim()) => Cell::Null,
            Self::Integer | Self::BigInteger => clean.parse().map_or_else(|_| Cell::Text(clean.into()), Cell::Integer),
            Self::Number => Cell::Decimal(clean.into()),
            Self::Boolean => Cell::Boolean(clean.eq_ignore_ascii_case("true")),
            Self::Date => clean.parse().map_or_else(|_| Cell::Text(clean.into()), Cell::Date),
            Self::DateTime => clean.parse().map_or_else(|_| Cell::Text(clean.into()), Cell::DateTime),
            Self::Text => Cell::Text(clean.into()),
        }
    }

    /// The value as an engine reads it; empty for null.
    pub(super) fn clean(self, text: &str) -> Cow<'_, str> {
        self.cleaner()(text)
    }

    /// What [`Self::clean`] does.
    pub(super) fn cleaner(self) -> fn(&str) -> Cow<'_, str> {
        match self {
            Self::Text => |text| if is_null(text.trim()) { "".into() } else { text.into() },
            Self::Integer | Self::BigInteger | Self::Number => clean_number,
            Self::Boolean => |text| match text.trim() {
                null if is_null(null) => "".into(),
                truth => truth.replace(',', "").into(),
            },
            Self::Date | Self::DateTime => |text| match text.trim() {
                null if is_null(null) => "".into(),
                time => time.into(),
            },
        }
    }
}

fn clean_number(text: &str) -> Cow<'_, str> {
    match text.trim() {
        null if is_null(null) => "".into(),
        plain if plain_number(plain).is_some() => plain.into(),
        other => number(other).map_or(text.into(), |number| number.text.into()),
    }
}

/// Whether a text can be read as a column's type; types that are not known take everything.
pub(super) fn fits(data_type: &str, text: &str) -> bool {
    let text = text.trim();
    let name = data_type.to_lowercase();
    let is = |part: &str| name.contains(part);
    if is_null(text) {
        true
    } else if is("int") && !is("interval") {
        number(text).is_some_and(|number| number.kind != Inferred::Number)
    } else if ["numeric", "decimal", "float", "double", "real"].into_iter().any(is) {
        number(text).is_some()
    } else if name == "date" {
        matches!(text.split_once('-'), Some((year, rest)) if is_date(year, rest))
    } else {
        true
    }
}

/// Whether a column's type holds texts.
pub(super) fn is_text(data_type: &str) -> bool {
    let name = data_type.to_lowercase();
    ["char", "text", "string"].into_iter().any(|part| name.contains(part))
}

fn is_null(trimmed: &str) -> bool {
    trimmed.is_empty() || trimmed.eq_ignore_ascii_case("null")
}

/// What the values seen so far leave possible.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    /// Whether a null was written in words or blanks.
    has_null_words: bool,
    /// Whether a value was written with something that belongs to text alone: blanks around it, a comma in it.
    has_ornaments: bool,
    /// Whether a number had zeros at its end that a whole number must not have: `1.0`.
    has_padded_numbers: bool,
    /// Whether a number was written in any other way than [`plain_number`] has it.
    has_fancy_numbers: bool,
    number: bool,
    date: bool,
    plain_datetime: bool,
    iso_datetime: bool,
    boolean: bool,
    /// The widest of the numbers.
    widest: Inferred,
}

impl Default for Guess {
    fn default() -> Self {
        let widest = Inferred::Integer;
        Self {
            has_null_words: false,
            has_ornaments: false,
            has_padded_numbers: false,
            has_fancy_numbers: false,
            number: true,
            date: true,
            plain_datetime: true,
            iso_datetime: true,
            boolean: true,
            widest,
        }
    }
}

impl Guess {
    /// Takes a value into account.
    pub(super) fn see(&mut self, written: &str) {
        let text = written.trim();
        if is_null(text) {
            self.has_null_words |= !written.is_empty();
            return;
        }
        if self.is_text() {
            return;
        }
        self.has_ornaments |= text.len() != written.len() || self.boolean && text.contains(',');
        if self.number {
            match self.number_kind(text) {
                None => self.number = false,
                Some(Inferred::Number) => self.widest = Inferred::Number,
                Some(kind) if self.widest == Inferred::Integer => self.widest = kind,
                Some(_) => {}
            }
        }
        self.date = self.date && matches!(text.split_once('-'), Some((year, rest)) if is_date(year, rest));
        self.plain_datetime = self.plain_datetime && is_plain_datetime(text);
        self.iso_datetime = self.iso_datetime && is_iso_datetime(text);
        self.boolean = self.boolean && ["true", "false"].contains(&text.replace(',', "").to_ascii_lowercase().as_str());
    }

    /// What a number is, if a text is one; notes how it is written.
    fn number_kind(&mut self, text: &str) -> Option<Inferred> {
        if let Some(kind) = plain_number(text) {
            return Some(kind);
        }
        let padded = padded_number(text);
        self.has_padded_numbers |= padded.is_some();
        self.has_fancy_numbers |= padded.is_none();
        padded.or_else(|| number(text).map(|number| number.kind))
    }

    /// Takes a value into account of a column whose type is known.
    pub(super) fn see_text(&mut self, written: &str) {
        self.has_null_words |= !written.is_empty() && is_null(written.trim());
    }

    /// Whether an engine reads all values seen as they are written; `keeps_words`: it shall keep what else means null.
    pub(super) fn is_plain(&self, inferred: Inferred, keeps_words: bool) -> bool {
        let is_as_written = match inferred {
            Inferred::Text => true,
            Inferred::Integer | Inferred::BigInteger => {
                !self.has_ornaments && !self.has_fancy_numbers && !self.has_padded_numbers
            }
            Inferred::Number => !self.has_ornaments && !self.has_fancy_numbers,
            Inferred::Date | Inferred::DateTime | Inferred::Boolean => !self.has_ornaments,
        };
        is_as_written && (keeps_words || !self.has_null_words)
    }

    /// Whether nothing but text is left.
    fn is_text(&self) -> bool {
        !(self.number || self.date || self.plain_datetime || self.iso_datetime || self.boolean)
    }

    /// The first type that fits all values seen.
    pub(super) fn inferred(&self) -> Inferred {
        match self {
            _ if self.number => self.widest,
            _ if self.date => Inferred::Date,
            _ if self.plain_datetime || self.iso_datetime => Inferred::DateTime,
            _ if self.boolean => Inferred::Boolean,
            _ => Inferred::Text,
        }
    }
}

struct Number {
    /// Without ornaments; whole numbers as digits alone.
    text: String,
    kind: Inferred,
}

/// What a number is that is written as an engine reads it, with neither ornaments nor leading or trailing zeros.
fn plain_number(text: &str) -> Option<Inferred> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    if !is_digits(whole) || whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    match fraction {
        Some(fraction) => (is_digits(fraction) && !fraction.ends_with('0')).then_some(Inferred::Number),
        None if text == "-0" => None,
        None if whole.len() < 10 => Some(Inferred::Integer),
        None => text.parse().ok().map(integer_kind),
    }
}

/// What a number is that has zeros at its end, and is a plain one without them: `1.50`, `1.0`.
fn padded_number(text: &str) -> Option<Inferred> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = fraction.trim_end_matches('0');
    match digits.is_empty() {
        true => plain_number(whole).filter(|_| !fraction.is_empty()),
        false => plain_number(&text[..text.len() - (fraction.len() - digits.len())]),
    }
}

const CURRENCIES: &[char] =
    &['؋', '$', 'ƒ', '៛', '¥', '₡', '₱', '£', '€', '¢', '﷼', '₪', '₩', '₭', '₮', '₦', '฿', '₤', '₫'];

/// Reads a number, which may have a currency, a percent sign, and commas between thousands.
fn number(text: &str) -> Option<Number> {
    let text = text.trim_matches('%');
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let plain = text.trim_matches(CURRENCIES).replace(',', "");
    let (own_sign, digits) = match plain.split_at_checked(1) {
        Some(("-", rest)) if sign.is_empty() => ("-", rest),
        Some(("-", rest)) => ("", rest),
        Some(("+", rest)) => (sign, rest),
        _ => (sign, plain.as_str()),
    };
    if ["nan", "inf", "infinity"].contains(&digits.to_ascii_lowercase().as_str()) {
        return Some(Number { text: format!("{own_sign}{digits}"), kind: Inferred::Number });
    }
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let (text, kind) = match whole_number(own_sign, whole, fraction.trim_end_matches('0'), exponent) {
        Some(value) => (value.to_string(), integer_kind(value)),
        None => (format!("{own_sign}{digits}"), Inferred::Number),
    };
    Some(Number { text, kind })
}

/// The value, if it has no fraction and is not huge.
fn whole_number(sign: &str, whole: &str, fraction: &str, exponent: i32) -> Option<i128> {
    let zeros = usize::try_from(exponent).ok().and_then(|exponent| exponent.checked_sub(fraction.len()))?;
    let zeros = "0".repeat(Some(zeros).filter(|zeros| *zeros < 40)?);
    format!("{sign}{whole}{fraction}{zeros}").parse().ok()
}

fn integer_kind(value: i128) -> Inferred {
    if i32::try_from(value).is_ok() {
        Inferred::Integer
    } else if i64::try_from(value).is_ok() {
        Inferred::BigInteger
    } else {
        Inferred::Number
    }
}

/// Year, month and day; the latter two may lack a leading zero.
fn is_date(year: &str, rest: &str) -> bool {
    let Some((month, day)) = rest.split_once('-') else { return false };
    let digits =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i16>().ok()).flatten();
    let short = |part: &str| digits(part).filter(|_| part.len() <= 2).map(|part| part as i8);
    match (digits(year).filter(|_| year.len() == 4), short(month), short(day)) {
        (Some(year), Some(month), Some(day)) => jiff::civil::Date::new(year, month, day).is_ok(),
        _ => false,
    }
}

fn is_plain_datetime(text: &str) -> bool {
    let Some((date, time)) = text.split_once(' ') else { return false };
    let parts: Vec<_> = time.trim_start().split(':').collect();
    let in_range = |part: &str, limit: u8| part.len() <= 2 && part.parse::<u8>().is_ok_and(|value| value < limit);
    matches!(date.split_once('-'), Some((year, rest)) if is_date(year, rest))
        && matches!(parts[..], [hour, minute, second]
            if in_range(hour, 24) && in_range(minute, 60) && in_range(second, 62))
}

/// ISO 8601 with a `T`.
fn is_iso_datetime(text: &str) -> bool {
    text.contains('T') && (text.parse::<DateTime>().is_ok() || text.parse::<jiff::Timestamp>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer(values: &[&str]) -> Inferred {
        let mut guess = Guess::default();
        values.iter().for_each(|value| guess.see(value));
        guess.inferred()
    }

    #[test]
    fn types_are_those_of_dbt() {
        for (values, expected) in [
            (&["1", "", "-3"][..], Inferred::Integer),
            (&["1", "3000000000"], Inferred::BigInteger),
            (&["1", "99999999999999999999"], Inferred::Number),
            (&["1.0", "2"], Inferred::Integer),
            (&["1.5", "2"], Inferred::Number),
            (&["1e3", "null"], Inferred::Integer),
            (&["$1,000", "5%"], Inferred::Integer),
            (&["NaN"], Inferred::Number),
            (&["", "NULL"], Inferred::Integer),
            (&["2020-1-5", "2020-02-29"], Inferred::Date),
            (&["2020-02-30"], Inferred::Text),
            (&["20200105", "2020-02-05"], Inferred::Text),
            (&["2020-01-01 10:00:00"], Inferred::DateTime),
            (&["2020-01-01T10:00:00", "2020-01-01T10:00:00Z"], Inferred::DateTime),
            (&["2020-01-01", "2020-01-01 10:00:00"], Inferred::Text),
            (&["true", "FALSE"], Inferred::Boolean),
            (&["true", "1"], Inferred::Text),
            (&["1", "x"], Inferred::Text),
        ] {
            assert_eq!(infer(values), expected, "{values:?}");
        }
    }

    #[test]
    fn plain_numbers_are_what_all_numbers_are() {
        for text in
            ["0", "-0", "7", "-12", "007", "1.5", "-0.25", "1.50", "1.", ".5", "2147483648", "1e3", "", "-", "x", "1.0"]
        {
            if let Some(kind) = plain_number(text) {
                let number = number(text).unwrap();
                assert_eq!((number.kind, number.text.as_str()), (kind, text));
            }
            if let Some(kind) = padded_number(text) {
                assert_eq!(number(text).unwrap().kind, kind, "{text}");
            }
        }
        assert_eq!(["7", "-0.25", "007"].map(|text| plain_number(text).is_some()), [true, true, false]);
        let padded = ["1.50", "-2.0", "30000000000.00", "1.5", "01.0", "-0.0", "1.", "$1.0"].map(padded_number);
        let kinds = [Some(Inferred::Number), Some(Inferred::Integer), Some(Inferred::BigInteger)];
        assert_eq!((&padded[..3], padded[3..].iter().flatten().count()), (&kinds[..], 1));
    }

    #[test]
    fn values_lose_their_ornaments() {
        assert_eq!(Inferred::Integer.clean(" $1,000 "), "1000");
        assert_eq!(Inferred::Integer.clean("-1.0"), "-1");
        assert_eq!(Inferred::Number.clean("2.5e-3"), "2.5e-3");
        assert_eq!(Inferred::Text.clean(" a "), " a ");
        assert_eq!(Inferred::Text.clean("Null"), "");
    }
}
