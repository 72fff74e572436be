//! Diagnostics as text: the message, the analyst's own line underlined, the trace, the hint.

use super::{Diagnostic, Severity};
use std::fmt;
use std::fmt::Write;

/// How diagnostics are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With ANSI colours.
    pub color: bool,
    /// Width in columns to wrap at.
    pub width: usize,
}

/// The diagnostic as people read it, ending in a newline.
pub fn render(diagnostic: &Diagnostic, style: Style) -> String {
    let theme = if style.color { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::unicode_nocolor() };
    let handler = miette::GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_context_lines(1)
        .with_wrap_lines(true);
    let mut out = String::new();
    if handler.render_report(&mut out, &Report(diagnostic)).is_err() {
        let _ = writeln!(out, "{diagnostic}");
    }
    for label in elsewhere(diagnostic) {
        let _ = writeln!(out, "   also: {}: {}", label.span, label.text);
    }
    for frame in &diagnostic.trace {
        match &frame.span {
            Some(span) => writeln!(out, "     in: {} ({span})", frame.name),
            None => writeln!(out, "     in: {}", frame.name),
        }
        .ok();
    }
    for note in &diagnostic.notes {
        for line in note.lines() {
            let _ = writeln!(out, "   | {line}");
        }
    }
    out
}

/// Labels in other files than the primary one's; a drawing shows only one file.
fn elsewhere(diagnostic: &Diagnostic) -> impl Iterator<Item = &super::Label> {
    let primary = diagnostic.span().map(|span| span.file.path());
    diagnostic.labels.iter().filter(move |label| Some(label.span.file.path()) != primary)
}

#[derive(Debug)]
struct Report<'a>(&'a Diagnostic);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.0.code.id))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.0.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.0.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.0.span().map(|span| span.file.as_ref() as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let primary = self.0.span()?.file.path();
        Some(Box::new(self.0.labels.iter().filter(move |label| label.span.file.path() == primary).map(|label| {
            let text = Some(label.text.clone()).filter(|text| !text.is_empty());
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            miette::LabeledSpan::new(text, start, end.saturating_sub(start))
        })))
    }
}

impl miette::SourceCode for super::SourceFile {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let contents = self.text().read_span(span, before, after)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.path().display().to_string(),
            contents.data(),
            *contents.span(),
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Code, SourceFile};

    #[test]
    fn shows_line_hint_trace_and_notes() {
        let file = SourceFile::new("models/a.sql", "select *\nfrom {{ ref('stg_order') }}\n");
        let macro_file = SourceFile::new("macros/m.sql", "{{ x }}\n");
        let diagnostic = Diagnostic::error(Code::REF_UNKNOWN, "No node is named 'stg_order'.")
            .label(&file.span(18..28), "referenced here")
            .label(&macro_file.span(0..7), "through this macro")
            .frame("macro shop.m", Some(macro_file.span(0..7)))
            .hint("Did you mean 'stg_orders'?")
            .note("compiled SQL:\nselect 1");
        insta::assert_snapshot!(render(&diagnostic, Style { color: false, width: 100 }));
    }
}
