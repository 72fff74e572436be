//! Ephemeral models: common table expressions in the queries that read them.

use super::Compiled;
use crate::diagnostics::Span;
use crate::jinja::SourceMap;
use crate::resolve::UniqueId;
use crate::sql::{Lexis, WithClause, with_clause};
use std::sync::Arc;

/// An ephemeral model's query.
#[derive(Debug)]
pub(super) struct Cte {
    pub id: UniqueId,
    /// The name under which it is read.
    pub name: String,
    /// The query, without what it reads itself.
    pub sql: String,
    pub map: SourceMap,
    /// The model's template.
    pub span: Span,
}

impl Cte {
    /// As it stands in a `with` clause.
    pub fn text(&self) -> String {
        format!(" {} as (\n{}\n)", self.name, self.body())
    }

    /// A semicolon at the end would end the whole statement.
    fn body(&self) -> &str {
        let trimmed = self.sql.trim_end();
        if trimmed.ends_with(';') { trimmed.trim_end_matches(';') } else { &self.sql }
    }
}

/// A query with the common table expressions that it reads, in order, and the way back to all their templates.
pub(super) fn inject(sql: &str, map: &SourceMap, ctes: &[Arc<Cte>], lexis: Lexis) -> Compiled {
    let texts = ctes.iter().map(|cte| (cte.id.clone(), cte.text())).collect();
    if ctes.is_empty() {
        return Compiled { sql: sql.to_owned(), map: map.clone(), ctes: texts, ..Compiled::default() };
    }
    let (at, open, close) = match with_clause(sql, lexis) {
        WithClause::Missing(at) => (at, "with", " "),
        WithClause::After(at) => (at, "", ", "),
    };
    let mut writer = Writer::default();
    writer.copy(sql, map, 0..at);
    writer.text.push_str(open);
    for (index, cte) in ctes.iter().enumerate() {
        let separator = if index > 0 { ", " } else { "" };
        writer.glue(&format!("{separator} {} as (\n", cte.name), &cte.span);
        writer.copy(&cte.sql, &cte.map, 0..cte.body().len());
        writer.glue("\n)", &cte.span);
    }
    writer.text.push_str(close);
    writer.copy(sql, map, at..sql.len());
    Compiled { sql: writer.text, map: SourceMap { entries: writer.entries }, ctes: texts, ..Compiled::default() }
}

/// Puts a text together from parts that know where they come from.
#[derive(Default)]
struct Writer {
    text: String,
    entries: Vec<(usize, Span, bool)>,
}

impl Writer {
    /// A text of the program's own, which stands for a whole template.
    fn glue(&mut self, text: &str, span: &Span) {
        self.entries.push((self.text.len(), span.clone(), false));
        self.text.push_str(text);
    }

    /// A part of a text with the part of its map.
    fn copy(&mut self, text: &str, map: &SourceMap, range: std::ops::Range<usize>) {
        let offset = self.text.len();
        let later = map.entries.partition_point(|(start, ..)| *start <= range.start);
        if let (Some(place), Some((.., own))) = (map.locate(range.start), map.entries[..later].last()) {
            self.entries.push((offset, place, *own));
        }
        let within = map.entries[later..].iter().take_while(|(start, ..)| *start < range.end);
        self.entries.extend(within.map(|(start, span, own)| (start - range.start + offset, span.clone(), *own)));
        self.text.push_str(&text[range]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;

    fn cte(name: &str, sql: &str) -> Arc<Cte> {
        let file = SourceFile::new(format!("models/{name}.sql"), sql);
        let span = file.span(0..sql.len());
        let map = SourceMap { entries: vec![(0, span.clone(), true)] };
        Arc::new(Cte { id: Arc::from(name), name: format!("__dbt__cte__{name}"), sql: sql.into(), map, span })
    }

    fn injected(sql: &str) -> Compiled {
        let file = SourceFile::new("models/m.sql", sql);
        let map = SourceMap { entries: vec![(0, file.span(0..sql.len()), true)] };
        inject(sql, &map, &[cte("a", "select 1 as one"), cte("b", "select 2 as two;\n")], Lexis::default())
    }

    #[test]
    fn stands_where_the_reference_puts_it() {
        let queries = [
            "\n\nselect 1\n",
            "-- hi\nWITH x as (select 1)\nselect * from x",
            "with recursive\nx as (select 1) select 1;",
        ];
        let all: Vec<String> = queries.iter().map(|sql| injected(sql).sql).collect();
        insta::assert_snapshot!(all.join("\n=====\n"));
    }

    #[test]
    fn every_part_leads_back_to_its_template() {
        let compiled = injected("with x as (select nope) select * from x");
        let place = |text: &str| {
            let offset = compiled.sql.find(text).unwrap();
            compiled.map.locate(offset).unwrap().to_string()
        };
        assert_eq!(place("one"), "models/a.sql:1:13");
        assert_eq!(place("two"), "models/b.sql:1:13");
        assert_eq!(place("nope"), "models/m.sql:1:19");
        assert_eq!(place("__dbt__cte__b"), "models/b.sql:1:1");
    }
}
