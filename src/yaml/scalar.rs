//! What an unquoted scalar means in YAML 1.1, by PyYAML's rules.

use super::YamlValue;
use jiff::civil;

/// The value of an unquoted scalar.
pub fn resolve(text: &str) -> YamlValue {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(YamlValue::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(YamlValue::Bool(true)),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(YamlValue::Bool(false)),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => number(text),
        _ => None,
    };
    value.unwrap_or_else(|| YamlValue::Str(text.to_owned()))
}

fn number(text: &str) -> Option<YamlValue> {
    int(text)
        .map(YamlValue::Int)
        .or_else(|| float(text).map(YamlValue::Float))
        .or_else(|| timestamp(text).map(YamlValue::Time))
}

/// `2024-01-31`, or with a time: `2024-1-31 6:00:00.5 +02:00`. Written as Python's `isoformat` does.
fn timestamp(text: &str) -> Option<String> {
    let date_end = text.find(['T', 't', ' ', '\t']).unwrap_or(text.len());
    let (date, rest) = text.split_at(date_end);
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let date =
        civil::Date::new(whole(year, 4..=4)? as i16, whole(month, 1..=2)? as i8, whole(day, 1..=2)? as i8).ok()?;
    if rest.is_empty() {
        // Without a time both have two digits.
        return (text.len() == 10).then(|| date.to_string());
    }
    let rest = rest[1..].trim_start_matches([' ', '\t']);
    let zone_at = rest.find(['Z', '+', '-', ' ', '\t']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone_at);
    Some(format!("{date}T{}{}", clock(time)?, offset(zone.trim_start_matches([' ', '\t']))?))
}

fn clock(time: &str) -> Option<String> {
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return None };
    let (hour, minute, second) = (whole(hour, 1..=2)?, whole(minute, 2..=2)?, whole(second, 2..=2)?);
    if hour > 23 || minute > 59 || second > 59 || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros = if micros == "000000" { String::new() } else { format!(".{micros}") };
    Some(format!("{hour:02}:{minute:02}:{second:02}{micros}"))
}

fn offset(zone: &str) -> Option<String> {
    match zone.strip_prefix(['+', '-']) {
        None if zone.is_empty() => Some(String::new()),
        None => (zone == "Z").then(|| "+00:00".to_owned()),
        Some(digits) => {
            let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "00"));
            Some(format!("{}{:02}:{:02}", &zone[..1], whole(hours, 1..=2)?, whole(minutes, 2..=2)?))
        }
    }
}

/// Digits only, as many as are allowed.
fn whole(digits: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_whole = length.contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
    is_whole.then(|| digits.parse().ok()).flatten()
}

/// Decimal, `0x`, `0b`, octal with a leading zero, base 60 with colons; underscores between digits.
fn int(text: &str) -> Option<i64> {
    let (sign, digits) = signed(text);
    let plain = digits.replace('_', "");
    let magnitude = if let Some(bits) = plain.strip_prefix("0b") {
        radix(bits, 2)?
    } else if let Some(hex) = plain.strip_prefix("0x") {
        radix(hex, 16)?
    } else if digits.len() > 1 && digits.starts_with('0') {
        radix(&plain, 8)?
    } else if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    } else if let Some((first, rest)) = plain.split_once(':') {
        sixties(radix(first, 10)?, rest)?
    } else {
        radix(&plain, 10)?
    };
    magnitude.checked_mul(sign)
}

fn radix(digits: &str, base: u32) -> Option<i64> {
    if digits.chars().all(|c| c.is_digit(base)) { i64::from_str_radix(digits, base).ok() } else { None }
}

/// `first` and further base-60 places, such as `30:15` of `12:30:15`.
fn sixties(first: i64, rest: &str) -> Option<i64> {
    rest.split(':').try_fold(first, |value, place| {
        let place = Some(place).filter(|place| place.len() <= 2).and_then(|place| radix(place, 10))?;
        if place < 60 { value.checked_mul(60)?.checked_add(place) } else { None }
    })
}

/// Needs a point (`1e3` is text); an exponent needs its sign. Also `.inf`, `.nan`, base 60.
fn float(text: &str) -> Option<f64> {
    let (sign, unsigned) = signed(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(sign as f64 * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(f64::NAN),
        _ => {}
    }
    let (whole, rest) = unsigned.split_once('.')?;
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let is_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    let exponent_is_fine =
        exponent.is_none_or(|e| e.len() > 1 && e.starts_with(['+', '-']) && e[1..].chars().all(|c| c.is_ascii_digit()));
    if !is_digits(fraction) || !exponent_is_fine {
        return None;
    }
    if let Some((first, places)) = whole.split_once(':') {
        let whole = sixties(radix(&first.replace('_', ""), 10)?, places)?;
        return format!("{whole}.{fraction}").parse::<f64>().ok().map(|value| sign as f64 * value);
    }
    let starts_with_digit = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let is_number = if whole.is_empty() {
        starts_with_digit(fraction) && unsigned == text
    } else {
        starts_with_digit(whole) && is_digits(whole)
    };
    if !is_number {
        return None;
    }
    unsigned.replace('_', "").parse::<f64>().ok().map(|value| sign as f64 * value)
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_pyyaml_reads_them() {
        for (text, value) in [
            ("010", 8),
            ("1_000", 1000),
            ("0x1F", 31),
            ("-0b11", -3),
            ("12:30", 750),
            ("1:00:05", 3605),
            ("+5", 5),
            ("0", 0),
            ("-0", 0),
        ] {
            assert_eq!(resolve(text), YamlValue::Int(value), "{text}");
        }
        for (text, value) in
            [("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1.e+3", 1000.0), ("-1_0.2_5", -10.25), ("1:30.5", 90.5)]
        {
            assert_eq!(resolve(text), YamlValue::Float(value), "{text}");
        }
        assert_eq!(resolve("-.inf"), YamlValue::Float(f64::NEG_INFINITY));
    }

    #[test]
    fn dates_and_times_are_read_as_pyyaml_reads_them() {
        for (text, value) in [
            ("2024-01-31", "2024-01-31"),
            ("2024-1-31 6:00:00", "2024-01-31T06:00:00"),
            ("2024-01-31t06:00:00.5Z", "2024-01-31T06:00:00.500000+00:00"),
            ("2024-01-31 06:00:00 -5", "2024-01-31T06:00:00-05:00"),
        ] {
            assert_eq!(resolve(text), YamlValue::Time(value.into()), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for text in [
            "08",
            "0o10",
            "1e3",
            "1.5e3",
            "1.2.3",
            "-.5",
            "2024-1-1",
            "2024-13-01",
            "2024-01-01 12:00",
            "2024-01-01x",
            "1:75",
            "0:30",
            "y",
            "n",
            "-",
            ".",
            "+",
            "12abc",
            "_1",
            "9223372036854775808",
            "10:3:",
            ".nano",
        ] {
            assert_eq!(resolve(text), YamlValue::Str(text.into()), "{text}");
        }
    }
}
