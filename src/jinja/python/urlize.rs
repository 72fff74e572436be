//! The filter `urlize`: web and mail addresses in a text become links.

use super::arguments::Arguments;
use super::text::text;
use super::text_filters::escaped;
use crate::jinja::{Error, Value};
use fancy_regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What is taken for a web address: a host behind `http://`, `https://` or `www.`, or one below a well-known domain.
static WEB: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let host = r"(?:https?://|www\.)(?:[\w%-]+\.)*(?:[a-z]{2,63}|xn--[\w%]{2,59})";
    let known = r"(?:[\w%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)";
    let number = r"https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\])";
    Regex::new(&format!(r"(?i)^(?:{host}|{known}|{number})(?::\d{{1,5}})?(?:[/?#]\S*)?$")).ok()
});
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\S+@\w[\w.-]*\.\w+$").ok());

const OPENING: [&str; 3] = ["(", "<", "&lt;"];
const CLOSING: [&str; 6] = [")", ">", ".", ",", "\n", "&gt;"];
const BRACKETS: [(&str, &str); 3] = [("(", ")"), ("<", ">"), ("&lt;", "&gt;")];

/// `urlize(trim_url_limit, nofollow, target, rel, extra_schemes)`.
pub(super) fn urlize(value: &Value, args: &Arguments<'_>) -> Result<Value, Error> {
    let given = |index, name| args.get(index, name).filter(|value| !value.is_none());
    let limit = given(0, "trim_url_limit").and_then(|limit| limit.as_usize());
    let mut rel: BTreeSet<String> =
        given(3, "rel").map(|rel| text(&rel).split_whitespace().map(str::to_owned).collect()).unwrap_or_default();
    if args.flag(1, "nofollow") {
        rel.insert("nofollow".into());
    }
    rel.insert("noopener".into());
    let rel = rel.into_iter().collect::<Vec<_>>().join(" ");
    let target = given(2, "target").map(|target| format!(" target=\"{}\"", escaped(&text(&target))));
    let schemes = given(4, "extra_schemes").map(|schemes| schemes.try_iter()).transpose()?;
    let links = Links {
        attributes: format!(" rel=\"{}\"{}", escaped(&rel), target.unwrap_or_default()),
        limit,
        schemes: schemes.into_iter().flatten().map(|scheme| text(&scheme).into_owned()).collect(),
    };
    let own = escaped(&text(value));
    let words = own.split_inclusive(char::is_whitespace).map(|word| {
        let bare = word.trim_end_matches(char::is_whitespace);
        format!("{}{}", links.word(bare), &word[bare.len()..])
    });
    Ok(Value::from(words.collect::<String>()))
}

/// How links are written.
struct Links {
    /// `rel` and `target`.
    attributes: String,
    /// How many characters of an address are shown.
    limit: Option<usize>,
    /// Further beginnings of addresses.
    schemes: Vec<String>,
}

impl Links {
    /// A word, between whose brackets and punctuation may stand an address.
    fn word(&self, word: &str) -> String {
        let mut inner = word;
        while let Some(rest) = OPENING.iter().find_map(|opening| inner.strip_prefix(opening)) {
            inner = rest;
        }
        let head = &word[..word.len() - inner.len()];
        let behind = inner;
        while let Some(rest) = CLOSING.iter().find_map(|closing| inner.strip_suffix(closing)) {
            inner = rest;
        }
        let end = balanced_end(behind, inner.len());
        format!("{head}{}{}", self.link(&behind[..end]), &behind[end..])
    }

    fn link(&self, address: &str) -> String {
        let is = |pattern: &LazyLock<Option<Regex>>, text: &str| {
            pattern.as_ref().is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
        };
        let link = |target: &str, shown: &str| format!("<a href=\"{target}\"{}>{shown}</a>", self.attributes);
        if is(&WEB, address) {
            let has_scheme = address.starts_with("https://") || address.starts_with("http://");
            let scheme = if has_scheme { "" } else { "https://" };
            return link(&format!("{scheme}{address}"), &self.cut(address));
        }
        if let Some(mail) = address.strip_prefix("mailto:").filter(|mail| is(&MAIL, mail)) {
            return format!("<a href=\"{address}\">{mail}</a>");
        }
        if !address.starts_with("www.") && !address.starts_with('@') && !address.contains(':') && is(&MAIL, address) {
            return format!("<a href=\"mailto:{address}\">{address}</a>");
        }
        match self.schemes.iter().any(|scheme| address != scheme && address.starts_with(scheme.as_str())) {
            true => link(address, address),
            false => address.to_owned(),
        }
    }

    fn cut(&self, address: &str) -> String {
        match self.limit.filter(|limit| address.chars().count() > *limit) {
            Some(limit) => address.chars().take(limit).chain("...".chars()).collect(),
            None => address.to_owned(),
        }
    }
}

/// Where an address ends that begins at the start of `text`: at `end`, or later when brackets that open in it close
/// behind it.
fn balanced_end(text: &str, mut end: usize) -> usize {
    for (opening, closing) in BRACKETS {
        let opened = text[..end].matches(opening).count();
        if opened <= text[..end].matches(closing).count() {
            continue;
        }
        for _ in 0..opened.min(text[end..].matches(closing).count()) {
            end += text[end..].find(closing).map_or(0, |at| at + closing.len());
        }
    }
    end
}
