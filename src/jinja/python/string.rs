//! Python's methods of text.

use super::arguments::{Arguments, fail};
use super::dict::{Dict, pairs, tuple};
use super::list::{List, position};
use super::str_format::{format_map, str_format};
use super::text::text;
use crate::jinja::{Error, ErrorKind, Value, ValueKind};

/// Calls a method of text; its arguments as written, for `format`, and split.
pub(super) fn method(own: &str, name: &str, raw: &[Value]) -> Result<Value, Error> {
    let args = Arguments::of(name, raw);
    match name {
        "format" => str_format(own, raw),
        "format_map" => format_map(own, &args.require(0, "mapping")?),
        "maketrans" => translation(&args),
        "translate" => translate(own, &args.require(0, "table")?),
        "join" => join(own, &args),
        "replace" => replace(own, &args),
        "split" | "rsplit" => split(own, name, &args),
        "splitlines" => Ok(lines(own, args.flag(0, "keepends"))),
        "partition" | "rpartition" => partition(own, name, &args),
        "strip" | "lstrip" | "rstrip" => strip(own, name, &args),
        "removeprefix" => args.string(0, "prefix").map(|prefix| own.strip_prefix(&*prefix).unwrap_or(own).into()),
        "removesuffix" => args.string(0, "suffix").map(|suffix| own.strip_suffix(&*suffix).unwrap_or(own).into()),
        "startswith" | "endswith" => affix(own, name, &args),
        "find" | "rfind" | "index" | "rindex" | "count" => search(own, name, &args),
        "ljust" | "rjust" | "center" | "zfill" | "expandtabs" => pad(own, name, &args),
        "encode" => Ok(Value::from_bytes(own.as_bytes().to_vec())),
        _ => case(own, name).or_else(|| predicate(own, name)).ok_or_else(|| Error::from(ErrorKind::UnknownMethod)),
    }
}

/// What changes letters.
fn case(own: &str, name: &str) -> Option<Value> {
    Some(Value::from(match name {
        "upper" => own.to_uppercase(),
        "lower" => own.to_lowercase(),
        "casefold" => own.to_lowercase().replace('ß', "ss"),
        "capitalize" => capitalize(own),
        "title" => title(own),
        "swapcase" => own.chars().flat_map(swap_case).collect(),
        _ => return None,
    }))
}

fn swap_case(c: char) -> Vec<char> {
    if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
}

/// The first letter large, all others small.
pub(super) fn capitalize(own: &str) -> String {
    let mut chars = own.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.flat_map(char::to_lowercase)).collect()
}

/// Every first letter of a word large, a word being what stands between other characters than letters.
fn title(own: &str) -> String {
    let mut inside = false;
    let mut written = String::with_capacity(own.len());
    for c in own.chars() {
        if inside {
            written.extend(c.to_lowercase());
        } else {
            written.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    written
}

fn predicate(own: &str, name: &str) -> Option<Value> {
    let all = |test: fn(char) -> bool| !own.is_empty() && own.chars().all(test);
    let any = |test: fn(char) -> bool| own.chars().any(test);
    Some(Value::from(match name {
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isdigit" | "isdecimal" | "isnumeric" => all(char::is_numeric),
        "isspace" => all(char::is_whitespace),
        "isascii" => own.is_ascii(),
        "isprintable" => !any(char::is_control),
        "islower" => any(char::is_lowercase) && !any(char::is_uppercase),
        "isupper" => any(char::is_uppercase) && !any(char::is_lowercase),
        "istitle" => any(char::is_alphabetic) && title(own) == own,
        "isidentifier" => all(|c| c.is_alphanumeric() || c == '_') && !own.starts_with(char::is_numeric),
        _ => return None,
    }))
}

fn join(own: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let mut parts = vec![];
    for item in args.require(0, "iterable")?.try_iter()? {
        match item.as_str() {
            Some(part) => parts.push(part.to_owned()),
            // Where Python asks for `| map('string')`, what is meant is plain.
            None => parts.push(text(&item).into_owned()),
        }
    }
    Ok(Value::from(parts.join(own)))
}

fn replace(own: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let (old, new) = (args.string(0, "old")?, text(&args.require(1, "new")?).into_owned());
    Ok(Value::from(match usize::try_from(args.integer(2, "count", -1)?) {
        Ok(count) => own.replacen(&old, &new, count),
        Err(_) => own.replace(&old, &new),
    }))
}

fn split(own: &str, name: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let most = usize::try_from(args.integer(1, "maxsplit", -1)?).map_or(usize::MAX, |most| most.saturating_add(1));
    let from_right = name == "rsplit";
    let parts: Vec<&str> = match args.get(0, "sep").filter(|sep| !sep.is_none()) {
        None => words(own, most, from_right),
        Some(sep) => match sep.as_str() {
            Some("") | None => return fail(format!("{name}() needs a separator that is not empty text")),
            Some(sep) if from_right => reversed(own.rsplitn(most, sep).collect()),
            Some(sep) => own.splitn(most, sep).collect(),
        },
    };
    Ok(List::value(parts.into_iter().map(Value::from).collect()))
}

/// The words between white space, at most `most`: the rest stays together.
fn words(own: &str, most: usize, from_right: bool) -> Vec<&str> {
    let mut found = vec![];
    let mut rest = if from_right { own.trim_end() } else { own.trim_start() };
    while !rest.is_empty() {
        let cut = if from_right { rest.rfind(char::is_whitespace) } else { rest.find(char::is_whitespace) };
        match cut {
            Some(at) if found.len() + 1 < most => {
                let (left, right) = rest.split_at(at);
                let (word, remains) = if from_right { (right, left) } else { (left, right) };
                found.push(word.trim());
                rest = if from_right { remains.trim_end() } else { remains.trim_start() };
            }
            _ => {
                found.push(rest);
                break;
            }
        }
    }
    if from_right { reversed(found) } else { found }
}

/// `str.maketrans('ab', 'xy', 'c')` or `str.maketrans({'a': 'x'})`: characters as numbers, and what stands for them.
fn translation(args: &Arguments<'_>) -> Result<Value, Error> {
    let code = |c: char| Value::from(u32::from(c));
    let from = args.require(0, "x")?;
    let Some(from) = from.as_str() else {
        let pairs =
            pairs(args)?.into_iter().map(|(key, value)| match key.as_str().and_then(|key| key.chars().next()) {
                Some(c) => (code(c), value),
                None => (key, value),
            });
        return Ok(Dict::value(pairs));
    };
    let (to, removed) = (args.string(1, "y")?, args.get(2, "z").map(|removed| removed.to_string()));
    if from.chars().count() != to.chars().count() {
        return fail("maketrans() takes two texts of the same length");
    }
    let replaced = from.chars().zip(to.chars()).map(|(old, new)| (code(old), code(new)));
    let removed = removed.iter().flat_map(|removed| removed.chars().map(code)).map(|c| (c, Value::from(())));
    Ok(Dict::value(replaced.chain(removed)))
}

fn translate(own: &str, table: &Value) -> Result<Value, Error> {
    let mut written = String::with_capacity(own.len());
    for c in own.chars() {
        let found = table.get_item(&Value::from(u32::from(c)))?;
        match (found.as_usize().and_then(|code| char::from_u32(code as u32)), found.as_str()) {
            (Some(c), _) => written.push(c),
            (_, Some(text)) => written.push_str(text),
            _ if found.is_none() => {}
            _ => written.push(c),
        }
    }
    Ok(Value::from(written))
}

fn reversed<T>(mut items: Vec<T>) -> Vec<T> {
    items.reverse();
    items
}

fn lines(own: &str, keep_ends: bool) -> Value {
    let cut = |line: &str| match keep_ends {
        true => Value::from(line),
        false => Value::from(line.trim_end_matches('\n').trim_end_matches('\r')),
    };
    List::value(own.split_inclusive('\n').map(cut).collect())
}

fn partition(own: &str, name: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let sep = args.string(0, "sep")?;
    let cut = if name == "partition" { own.split_once(&*sep) } else { own.rsplit_once(&*sep) };
    let parts = match cut {
        Some((left, right)) => [left, &sep, right],
        None if name == "partition" => [own, "", ""],
        None => ["", "", own],
    };
    Ok(tuple(parts.map(Value::from)))
}

fn strip(own: &str, name: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let chars = args.get(0, "chars").filter(|chars| !chars.is_none());
    let chars = match &chars {
        Some(chars) => Some(chars.as_str().ok_or_else(|| args.wrong("chars", "text", chars))?),
        None => None,
    };
    let matches = |c: char| chars.map_or_else(|| c.is_whitespace(), |chars| chars.contains(c));
    Ok(Value::from(match name {
        "strip" => own.trim_matches(matches),
        "lstrip" => own.trim_start_matches(matches),
        _ => own.trim_end_matches(matches),
    }))
}

/// `startswith` and `endswith` take one text or several, and a range.
fn affix(own: &str, name: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let (own, _) = range(own, args)?;
    let given = args.require(0, "affix")?;
    let candidates = match given.kind() {
        ValueKind::String => vec![given],
        _ => given.try_iter()?.collect(),
    };
    let mut found = false;
    for candidate in &candidates {
        let affix = candidate.as_str().ok_or_else(|| args.wrong("affix", "text", candidate))?;
        found |= if name == "startswith" { own.starts_with(affix) } else { own.ends_with(affix) };
    }
    Ok(Value::from(found))
}

/// The part of `own` that the second and third argument select, and how many characters come before it.
fn range<'a>(own: &'a str, args: &Arguments<'_>) -> Result<(&'a str, usize), Error> {
    let length = own.chars().count();
    let clamp = |index: i64| position(index, length).clamp(0, length as i64) as usize;
    let start = clamp(args.integer(1, "start", 0)?);
    let end = clamp(args.integer(2, "end", length as i64)?);
    let byte = |index: usize| own.char_indices().nth(index).map_or(own.len(), |(at, _)| at);
    Ok((own.get(byte(start)..byte(end)).unwrap_or(""), start))
}

fn search(own: &str, name: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    let (own, before) = range(own, args)?;
    let wanted = args.string(0, "sub")?;
    let found = match name {
        "count" if wanted.is_empty() => return Ok(Value::from(own.chars().count() + 1)),
        "count" => return Ok(Value::from(own.matches(&*wanted).count())),
        "find" | "index" => own.find(&*wanted),
        _ => own.rfind(&*wanted),
    };
    match found {
        Some(at) => Ok(Value::from(own[..at].chars().count() + before)),
        None if name.ends_with("find") => Ok(Value::from(-1)),
        None => fail(format!("'{wanted}' is not in the text")),
    }
}

fn pad(own: &str, name: &str, args: &Arguments<'_>) -> Result<Value, Error> {
    const WIDEST: i64 = 1 << 20;
    let width = args.integer(0, "width", 8)?.clamp(0, WIDEST) as usize;
    if name == "expandtabs" {
        return Ok(Value::from(expand_tabs(own, width)));
    }
    let missing = width.saturating_sub(own.chars().count());
    let fill = match args.get(1, "fillchar") {
        Some(fill) => fill.as_str().map(str::to_owned).ok_or_else(|| args.wrong("fillchar", "text", &fill))?,
        None => " ".into(),
    };
    Ok(Value::from(match name {
        "ljust" => format!("{own}{}", fill.repeat(missing)),
        "rjust" => format!("{}{own}", fill.repeat(missing)),
        "center" => centered(own, width, &fill),
        _ => zero_filled(own, missing),
    }))
}

/// As Python does: an odd space more goes to the left if the width is odd, else to the right.
fn centered(own: &str, width: usize, fill: &str) -> String {
    let missing = width.saturating_sub(own.chars().count());
    let left = missing / 2 + (missing & width & 1);
    format!("{}{own}{}", fill.repeat(left), fill.repeat(missing - left))
}

fn zero_filled(own: &str, missing: usize) -> String {
    match own.strip_prefix(['-', '+']) {
        Some(digits) => format!("{}{}{digits}", &own[..1], "0".repeat(missing)),
        None => format!("{}{own}", "0".repeat(missing)),
    }
}

fn expand_tabs(own: &str, width: usize) -> String {
    let mut column = 0;
    let mut written = String::with_capacity(own.len());
    for c in own.chars() {
        match c {
            '\t' => {
                let spaces = if width == 0 { 0 } else { width - column % width };
                written.push_str(&" ".repeat(spaces));
                column += spaces;
            }
            '\n' => {
                written.push(c);
                column = 0;
            }
            _ => {
                written.push(c);
                column += 1;
            }
        }
    }
    written
}
