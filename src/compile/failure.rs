//! A database's error as the analyst sees it: at the template's line.

use super::Compiled;
use crate::adapters::{DatabaseError, ErrorKind, Violated};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::resolve::{Constraint, Node, NodeKind};
use std::sync::Arc;

/// What statements are about.
#[derive(Default, Clone)]
pub(super) struct Focus {
    node: Option<Arc<Node>>,
    compiled: Option<Arc<Compiled>>,
    place: Option<Span>,
}

impl Focus {
    /// On a node's template; `compiled` is what became of it.
    pub fn on(node: Option<Arc<Node>>, compiled: Option<Arc<Compiled>>) -> Self {
        let place = node.as_ref().map(|node| node.span.clone());
        Self { node, compiled, place }
    }

    /// On what is declared here and is no node.
    pub fn at(place: Span) -> Self {
        Self { place: Some(place), ..Self::default() }
    }

    pub fn node(&self) -> Option<&Arc<Node>> {
        self.node.as_ref()
    }

    pub fn node_id(&self) -> Option<&str> {
        self.node.as_ref().map(|node| node.unique_id.as_ref())
    }

    /// Where the constraint is declared that an error is about, if only one can be meant.
    fn declaration(&self, violated: &Violated) -> Option<Span> {
        let node = self.node.as_ref()?;
        let NodeKind::Model(model) = &node.kind else { return None };
        let of_columns = node.columns.values().flat_map(|column| {
            column.constraints.iter().map(move |constraint| (constraint, std::slice::from_ref(&column.name)))
        });
        let of_model = model.constraints.iter().map(|constraint| (constraint, constraint.columns.as_slice()));
        let mut meant =
            of_columns.chain(of_model).filter(|(constraint, columns)| is_about(violated, constraint, columns));
        match (meant.next(), meant.next()) {
            (Some((constraint, _)), None) => constraint.span.as_ref().map(|span| span.0.clone()),
            _ => None,
        }
    }

    /// The template's place that the byte at `offset` of the SQL sent came from. The compiled query is found inside
    /// what was sent, whatever its materialization wrote around it.
    fn locate(&self, sent: &str, offset: usize) -> Option<Span> {
        let compiled = self.compiled.as_ref()?;
        let query = compiled.sql.trim();
        if query.is_empty() {
            return None;
        }
        let lead = compiled.sql.len() - compiled.sql.trim_start().len();
        let inside = |start: &usize| (*start..=*start + query.len()).contains(&offset);
        let start = sent.match_indices(query).map(|(start, _)| start).find(inside)?;
        compiled.map.locate(lead + offset - start)
    }
}

/// Whether an error about a constraint is about this one, whose columns are these.
fn is_about(violated: &Violated, constraint: &Constraint, columns: &[String]) -> bool {
    let same = |a: &str, b: &str| a.trim_matches('"').eq_ignore_ascii_case(b.trim_matches('"'));
    let kind = constraint.kind.as_str();
    // A primary key demands two things.
    let is_kind = kind == violated.kind || kind == "primary_key" && ["unique", "not_null"].contains(&violated.kind);
    let (named, declared) = (violated.name.as_deref(), constraint.name.as_deref());
    match (named, declared) {
        (Some(named), Some(declared)) if same(named, declared) => true,
        _ if !is_kind || declared.is_some() && named.is_some() => false,
        _ if !violated.columns.is_empty() => {
            let among = |column: &String| columns.iter().any(|own| same(own, column));
            violated.columns.iter().all(among)
                && (violated.columns.len() == columns.len() || violated.kind == "not_null")
        }
        // The engine says nothing of columns, or names the constraint after them.
        _ => named.is_none_or(|named| columns.iter().all(|column| named.contains(column.as_str()))),
    }
}

/// The diagnostic of an error; `sent` is the SQL sent, empty when the program's own query failed.
pub(super) fn diagnose(error: DatabaseError, sent: &str, focus: &Focus) -> Box<Diagnostic> {
    let message = error.message.trim_end();
    let mut diagnostic = Diagnostic::error(code(error.kind, sent), message);
    let declared = error.violated.as_ref().and_then(|violated| focus.declaration(violated));
    let place = error.offset.and_then(|offset| focus.locate(sent, offset)).or(declared);
    if let Some(place) = &place {
        diagnostic = diagnostic.label(place, "");
    } else if let Some(declared) = &focus.place {
        diagnostic = diagnostic.at(declared);
    }
    if let Some(detail) = &error.detail {
        diagnostic = diagnostic.note(detail.trim_end());
    }
    let about_statement = matches!(error.kind, ErrorKind::Statement | ErrorKind::Violation | ErrorKind::Transient);
    if about_statement && let Some(excerpt) = error.offset.and_then(|offset| excerpt(sent, offset)) {
        diagnostic = diagnostic.note(excerpt);
    }
    match error.hint.as_deref().or(hint(error.kind)) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// The code of an error; without a statement sent, a passing failure is one of connecting.
fn code(kind: ErrorKind, sent: &str) -> Code {
    match kind {
        ErrorKind::Transient if sent.is_empty() => Code::CONNECTION_FAILED,
        ErrorKind::Statement => Code::SQL_FAILED,
        ErrorKind::Violation => Code::CONSTRAINT_VIOLATED,
        ErrorKind::Transient => Code::SQL_TRANSIENT,
        ErrorKind::Refused => Code::CONNECTION_REFUSED,
        ErrorKind::Locked => Code::DATABASE_LOCKED,
        ErrorKind::Cancelled => Code::SQL_CANCELLED,
        ErrorKind::Configuration => Code::CONNECTION_FAILED,
    }
}

fn hint(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::Locked => Some("Close the other program that has the database open, or wait for it."),
        _ => None,
    }
}

/// How many lines of the failing statement are shown before and after the place of the error.
const AROUND: usize = 2;

/// How much of a line is shown.
const WIDTH: usize = 120;

/// The lines of a statement around a byte, numbered, with a caret below it.
fn excerpt(sql: &str, offset: usize) -> Option<String> {
    let before = sql.get(..offset)?;
    let failing = before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
    let cut = column.saturating_sub(WIDTH / 2);
    let first = failing.saturating_sub(AROUND);
    let mut out = String::from("in the SQL sent:");
    for (index, line) in sql.lines().enumerate().skip(first).take(failing + AROUND + 1 - first) {
        let shown: String = line.chars().skip(cut).take(WIDTH).collect();
        out.push_str(format!("\n{:>4} {shown}", index + 1).trim_end());
        if index == failing {
            out.push_str(&format!("\n     {}^", " ".repeat(column - cut)));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::Compiled;
    use crate::diagnostics::SourceFile;
    use crate::jinja::SourceMap;

    fn focus(template: &str, sql: &str, entries: &[(usize, std::ops::Range<usize>, bool)]) -> Focus {
        let file = SourceFile::new("models/a.sql", template);
        let entries = entries.iter().map(|(at, range, own)| (*at, file.span(range.clone()), *own)).collect();
        let compiled = Compiled { sql: sql.into(), map: SourceMap { entries }, ..Compiled::default() };
        Focus::on(None, Some(Arc::new(compiled)))
    }

    #[test]
    fn an_error_inside_the_compiled_query_points_at_the_template() {
        let template = "\nselect nope\nfrom {{ ref('b') }}";
        let query = "\nselect nope\nfrom \"d\".\"s\".\"b\"";
        let focus = focus(template, query, &[(0, 0..18, true), (18, 18..32, false)]);
        let sent = format!("/* c */\ncreate view v as (\n{}\n);", query.trim());
        let mut error = DatabaseError::new(ErrorKind::Statement, "column \"nope\" does not exist");
        error.offset = sent.find("nope");
        let diagnostic = diagnose(error.clone(), &sent, &focus);
        assert_eq!(diagnostic.span().map(ToString::to_string).as_deref(), Some("models/a.sql:2:8"));
        insta::assert_snapshot!(diagnostic.notes.join("\n"));
        error.offset = sent.find("\"s\"");
        assert_eq!(diagnose(error.clone(), &sent, &focus).span().map(Span::text), Some("{{ ref('b') }}"));
        let long = format!("select {}\n", "1, ".repeat(100));
        let excerpt = excerpt(&long, 200).unwrap();
        assert!(
            excerpt.lines().all(|line| line.len() < 130) && excerpt.contains(&format!("\n     {}^", " ".repeat(60)))
        );
        error.offset = sent.find("create");
        assert!(diagnose(error, &sent, &focus).span().is_none());
    }
}
