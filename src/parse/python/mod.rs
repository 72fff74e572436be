//! Models in Python: what they declare is read off their text; nothing of it is run.

mod definition;
mod literal;
mod text;
mod tokens;

use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::jinja::{Call, ConfigItem, Extraction};
use literal::Cursor;
use serde_json::{Value as Json, json};
use std::ops::Range;
use tokens::{Token, tokens};

/// What a model in Python refers to and how it is configured: its calls of `dbt.ref`, `dbt.source`, `dbt.config`,
/// `dbt.config.get` and `dbt.config.meta_get`.
///
/// # Errors
/// The text is no Python, defines no model, or gives one of these functions something that is not written out.
pub fn read(template: &Span) -> Result<Extraction> {
    let text = template.text();
    if let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|tag| text.find(tag)).min() {
        return Err(wrong(template, at..at + 2, "A model in Python must not contain Jinja.".into()));
    }
    let tokens = tokens(template)?;
    definition::check(template, &tokens)?;
    let mut reader = Reader { template, found: Extraction::default(), used: Used::default() };
    for at in 0..tokens.len() {
        if let Some((function, arguments)) = called(text, &tokens, at) {
            reader.call(function, at, Cursor { text, tokens: &tokens, at: arguments })?;
        }
    }
    reader.found.config.extend(reader.used.config());
    Ok(reader.found)
}

/// An error at a place within the template.
fn wrong(template: &Span, range: Range<usize>, message: String) -> Box<Diagnostic> {
    let base = template.start as usize;
    Diagnostic::error(Code::PYTHON_INVALID, message).at(&template.file.span(base + range.start..base + range.end))
}

const FUNCTIONS: [&[&str]; 5] = [&["ref"], &["source"], &["config"], &["config", "get"], &["config", "meta_get"]];

/// The function of `dbt` that is called at this word, and where its arguments begin.
fn called(text: &str, tokens: &[Token], at: usize) -> Option<(&'static str, usize)> {
    let is_attribute = at > 0 && tokens[at - 1].is('.');
    if is_attribute || &text[tokens[at].range.clone()] != "dbt" {
        return None;
    }
    FUNCTIONS.iter().find_map(|path| {
        let mut next = at + 1;
        for part in *path {
            let [dot, name] = tokens.get(next..next + 2)? else { return None };
            if !dot.is('.') || &text[name.range.clone()] != *part {
                return None;
            }
            next += 2;
        }
        tokens.get(next)?.is('(').then_some((*path.last()?, next + 1))
    })
}

struct Reader<'a> {
    template: &'a Span,
    found: Extraction,
    used: Used,
}

/// The keys that the model asks its config for, with what it takes where they have no value.
#[derive(Default)]
struct Used {
    keys: Vec<(Json, Json)>,
    meta_keys: Vec<(Json, Json)>,
    first: Option<Span>,
}

impl Reader<'_> {
    fn call(&mut self, function: &str, start: usize, mut cursor: Cursor<'_>) -> Result<()> {
        let tokens = cursor.tokens;
        let (mut args, mut kwargs, mut items) = (vec![], vec![], vec![]);
        while !cursor.take(')') {
            let keyword = cursor.take_keyword();
            let first = cursor.at;
            let value = cursor.literal();
            let ends = cursor.peek().is_some_and(|token| token.is(',') || token.is(')'));
            let place = self.place(&tokens[first..cursor.at.max(first + 1).min(tokens.len())]);
            let Some(value) = value.filter(|_| ends) else { return Err(not_literal(function, &place)) };
            match keyword {
                Some(key) => {
                    items.push(ConfigItem { key: key.to_owned(), value: Some(value.clone()), span: place });
                    kwargs.push((key.to_owned(), value));
                }
                None => args.push(value),
            }
            cursor.take(',');
        }
        let span = self.place(&tokens[start..cursor.at]);
        match function {
            "ref" => self.found.refs.push(Call { args, kwargs, span }),
            "source" => self.found.sources.push(Call { args, kwargs, span }),
            "config" => {
                let given = args.iter().filter_map(Json::as_object).flatten();
                let given = given.map(|(key, value)| ConfigItem {
                    key: key.clone(),
                    value: Some(value.clone()),
                    span: span.clone(),
                });
                self.found.config.extend(given.chain(items));
            }
            getter => self.used.add(getter, args, span)?,
        }
        Ok(())
    }

    fn place(&self, tokens: &[Token]) -> Span {
        let base = self.template.start as usize;
        let (start, end) = (tokens[0].range.start, tokens[tokens.len() - 1].range.end);
        self.template.file.span(base + start..base + end)
    }
}

impl Used {
    fn add(&mut self, getter: &str, args: Vec<Json>, span: Span) -> Result<()> {
        let count = args.len();
        let mut args = args.into_iter();
        let (Some(key), default, None) = (args.next(), args.next(), args.next()) else {
            let takes = if count == 0 {
                "requires at least one argument".into()
            } else {
                format!("takes at most 2 arguments ({count} given)")
            };
            return Err(Diagnostic::error(Code::PYTHON_INVALID, format!("dbt.config.{getter}() {takes}")).at(&span));
        };
        let list = if getter == "get" { &mut self.keys } else { &mut self.meta_keys };
        list.push((key, default.unwrap_or_default()));
        self.first.get_or_insert(span);
        Ok(())
    }

    /// As configs, which the macros read that write the rest of the script.
    fn config(self) -> Vec<ConfigItem> {
        let Some(span) = self.first else { return vec![] };
        let (keys, defaults): (Vec<_>, Vec<_>) = self.keys.into_iter().unzip();
        let (meta_keys, meta_defaults): (Vec<_>, Vec<_>) = self.meta_keys.into_iter().unzip();
        let lists = [
            ("config_keys_used", keys),
            ("config_keys_defaults", defaults),
            ("meta_keys_used", meta_keys),
            ("meta_keys_defaults", meta_defaults),
        ];
        let item = |(key, list): (&str, Vec<Json>)| ConfigItem {
            key: key.into(),
            value: Some(json!(list)),
            span: span.clone(),
        };
        lists.into_iter().map(item).collect()
    }
}

fn not_literal(function: &str, place: &Span) -> Box<Diagnostic> {
    let message = format!(
        "The arguments of dbt.{function}() in a Python model must be written out as texts, numbers, lists or mappings."
    );
    Diagnostic::error(Code::PYTHON_INVALID, message).at(place).hint("They are read before anything runs.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;

    fn try_read(text: &str) -> Result<Extraction> {
        let file = SourceFile::new("models/a.py", text);
        read(&file.span(0..text.len()))
    }

    #[test]
    fn calls_of_dbt_are_read() {
        let found = try_read(
            "import pandas as pd  # dbt.ref('comment')\n\n\
             def clean(df):\n    return df, 1\n\n\
             def model(dbt, session: 'Session' = None):\n    \"\"\"dbt.ref('docstring')\"\"\"\n    \
             dbt.config(\n        materialized='table', tags=[\"a\", 'b' 'c'], meta={'n': -1_000, 'x': (None, 1.5)},\n    )\n    \
             a = dbt.ref('a').join(dbt.ref(\"pkg\", 'b', v=2), on=f\"{dbt.ref('c').key}\")\n    \
             s = [dbt.source('raw', r'ta\\b')]\n    \
             if dbt.config.get('mode', 'fast') == dbt.config.meta_get('owner'):\n        pass\n    \
             my_dbt.ref('no'); other.dbt.ref('no'); dbt.refs('no')\n    return a\n",
        )
        .unwrap();
        let refs: Vec<_> = found.refs.iter().map(|call| call.span.text()).collect();
        assert_eq!(refs, ["dbt.ref('a')", "dbt.ref(\"pkg\", 'b', v=2)", "dbt.ref('c')"]);
        assert_eq!(found.refs[1].kwargs, [("v".to_owned(), json!(2))]);
        assert_eq!(found.sources[0].args, ["raw", "ta\\b"]);
        let config: Vec<_> = found.config.iter().map(|i| format!("{}={}", i.key, i.value.as_ref().unwrap())).collect();
        assert_eq!(
            config,
            [
                "materialized=\"table\"",
                "tags=[\"a\",\"bc\"]",
                "meta={\"n\":-1000,\"x\":[null,1.5]}",
                "config_keys_used=[\"mode\"]",
                "config_keys_defaults=[\"fast\"]",
                "meta_keys_used=[\"owner\"]",
                "meta_keys_defaults=[null]",
            ]
        );
    }

    #[test]
    fn what_is_no_model_is_refused() {
        let model = |body: &str| format!("def model(dbt, session):\n    {body}\n");
        let table = [
            (model("return dbt.ref(name)"), "must be written out"),
            (model("return dbt.ref('a' + x)"), "must be written out"),
            (model("return dbt.ref(f'a')"), "must be written out"),
            (model("dbt.config(**args)\n    return 1"), "must be written out"),
            (model("return dbt.config.get()"), "requires at least one argument"),
            (model("return dbt.config.get('a', 1, 2)"), "takes at most 2 arguments (3 given)"),
            (model("return a, b"), "must end with the return"),
            (model("return (a, b)"), "must end with the return"),
            (model("x = 1"), "must end with the return"),
            (model("if x:\n        return 1"), "must end with the return"),
            (model("return dbt.ref('{{ a }}')"), "must not contain Jinja"),
            (model("return (a"), "'(' was never closed"),
            (model("return a)"), "')' closes nothing"),
            (model("return 'a"), "The text has no end"),
            (format!("{}{}", model("return 1"), model("return 2")), "this one defines 2"),
            ("x = 1".to_owned(), "this one defines 0"),
            ("def model(session, dbt):\n    return 1".to_owned(), "must be 'dbt'"),
            ("def model(dbt):\n    return 1".to_owned(), "takes two arguments"),
        ];
        for (text, expected) in table {
            let error = try_read(&text).expect_err(&text);
            assert!(error.message.contains(expected), "{text}: {}", error.message);
        }
    }

    #[test]
    fn what_is_unusual_but_right_is_read() {
        for text in [
            "",
            "# nothing\n",
            "def model(dbt, session): return dbt.ref('a')",
            "def model(dbt, session):\n  x = 1; return x",
            "def model(\n    dbt,\n    session,\n) -> 'DataFrame':\n    return (a, b)[0]",
            "def model(dbt, session):\n    return f(a, b)",
            "def model(dbt, session):\n    def model(x):\n        return 1, 2\n    return model",
        ] {
            assert!(try_read(text).is_ok(), "{text}: {:?}", try_read(text).err());
        }
    }
}
