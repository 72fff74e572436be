//! `strftime`, with the directives that Python has on Linux.

use jiff::civil::{DateTime, Weekday};

/// What is written.
pub(super) struct Stamp {
    pub civil: DateTime,
    /// From universal time, in seconds, if known.
    pub offset: Option<i32>,
    /// The zone's abbreviation.
    pub zone: Option<String>,
    /// Seconds since 1970.
    pub epoch: i64,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The text of `format`, its directives replaced; unknown ones stay.
pub(super) fn strftime(stamp: &Stamp, format: &str) -> String {
    let mut written = String::with_capacity(format.len() * 2);
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        written.push_str(&rest[..at]);
        let directive = &rest[at + 1..];
        let (unpadded, directive) = match directive.strip_prefix('-') {
            Some(directive) => (true, directive),
            None => (false, directive),
        };
        let mut chars = directive.chars();
        match chars.next().map(|letter| (letter, expand(stamp, letter))) {
            Some((_, Some(text))) if unpadded => written.push_str(trimmed(&text)),
            Some((_, Some(text))) => written.push_str(&text),
            Some((letter, None)) => written.extend(['%', letter]),
            None => written.push('%'),
        }
        rest = chars.as_str();
    }
    written + rest
}

/// Without leading zeros or blanks, but for the last digit.
fn trimmed(text: &str) -> &str {
    let short = text.trim_start_matches(['0', ' ']);
    if short.is_empty() { text.get(text.len().saturating_sub(1)..).unwrap_or(text) } else { short }
}

fn expand(stamp: &Stamp, letter: char) -> Option<String> {
    date_part(stamp, letter).or_else(|| time_part(stamp, letter)).or_else(|| combined(stamp, letter))
}

fn date_part(stamp: &Stamp, letter: char) -> Option<String> {
    let date = stamp.civil.date();
    let month = MONTHS[usize::try_from(date.month() - 1).unwrap_or(0) % 12];
    let weekday = weekday_name(date.weekday());
    let (week_monday, week_sunday) = weeks(stamp.civil);
    Some(match letter {
        'a' => weekday[..3].to_owned(),
        'A' => weekday.to_owned(),
        'b' | 'h' => month[..3].to_owned(),
        'B' => month.to_owned(),
        'C' => format!("{:02}", date.year() / 100),
        'd' => format!("{:02}", date.day()),
        'e' => format!("{:2}", date.day()),
        'j' => format!("{:03}", date.day_of_year()),
        'm' => format!("{:02}", date.month()),
        'y' => format!("{:02}", date.year().rem_euclid(100)),
        'Y' => date.year().to_string(),
        'G' => date.iso_week_date().year().to_string(),
        'V' => format!("{:02}", date.iso_week_date().week()),
        'U' => format!("{week_sunday:02}"),
        'W' => format!("{week_monday:02}"),
        'u' => date.weekday().to_monday_one_offset().to_string(),
        'w' => date.weekday().to_sunday_zero_offset().to_string(),
        _ => return None,
    })
}

fn time_part(stamp: &Stamp, letter: char) -> Option<String> {
    let time = stamp.civil.time();
    let hour12 = (time.hour() + 11) % 12 + 1;
    let half = if time.hour() < 12 { "AM" } else { "PM" };
    Some(match letter {
        'H' => format!("{:02}", time.hour()),
        'k' => format!("{:2}", time.hour()),
        'I' => format!("{hour12:02}"),
        'l' => format!("{hour12:2}"),
        'M' => format!("{:02}", time.minute()),
        'S' => format!("{:02}", time.second()),
        'f' => format!("{:06}", time.subsec_nanosecond() / 1000),
        'p' => half.to_owned(),
        'P' => half.to_lowercase(),
        's' => stamp.epoch.to_string(),
        'z' => stamp.offset.map(offset).unwrap_or_default(),
        'Z' => stamp.zone.clone().unwrap_or_default(),
        _ => return None,
    })
}

fn combined(stamp: &Stamp, letter: char) -> Option<String> {
    Some(match letter {
        'c' => strftime(stamp, "%a %b %e %H:%M:%S %Y"),
        'x' | 'D' => strftime(stamp, "%m/%d/%y"),
        'X' | 'T' => strftime(stamp, "%H:%M:%S"),
        'F' => strftime(stamp, "%Y-%m-%d"),
        'R' => strftime(stamp, "%H:%M"),
        'r' => strftime(stamp, "%I:%M:%S %p"),
        'n' => "\n".into(),
        't' => "\t".into(),
        '%' => "%".into(),
        _ => return None,
    })
}

fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// The number of the week, weeks beginning on Monday and on Sunday; days before the first such day are in week 0.
fn weeks(civil: DateTime) -> (i16, i16) {
    let day = civil.date().day_of_year() - 1;
    let weekday = civil.date().weekday();
    let since = |offset: i8| (day + 7 - i16::from(offset)) / 7;
    (since(weekday.to_monday_zero_offset()), since(weekday.to_sunday_zero_offset()))
}

/// `+0100`.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}
