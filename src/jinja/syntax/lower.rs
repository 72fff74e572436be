//! Rewriting a template so that minijinja renders what Jinja2 on Python renders.
//!
//! Lists and dicts become mutable objects, arithmetic follows Python, and (for a template whose source map is wanted)
//! every piece of output notes where it comes from. The functions that are called are in `python`.

use super::lowered::Lowered;
use super::readable::LargeNumber;
use super::view::View;
use super::walk::{bodies, expressions, source_range, subexpressions};
use crate::diagnostics::{Result, Span};
use crate::jinja::Block;
use minijinja::machinery::ast::{BinOpKind, EmitExpr, EmitRaw, Expr, Slice, Spanned, Stmt, UnaryOpKind};
use std::ops::Range;

/// A piece of output: what it comes from, and whether it is the template's own text, byte for byte.
#[derive(Debug, Clone)]
pub(in crate::jinja) struct Mark {
    pub span: Span,
    pub own: bool,
}

/// A template without marks, or with marks and their places.
pub(in crate::jinja) fn lower_template(template: &Span, marked: bool) -> Result<(Lowered, Vec<Mark>)> {
    let view = View::of(template)?;
    let mut lowering = Lowering { view: &view, edits: vec![], marks: vec![], marked };
    lowering.statement(&view.parse()?, marked);
    lowering.line_ends();
    Ok(lowering.apply())
}

/// The body of a macro, behind code that gives parameters without a value their default.
pub(in crate::jinja) fn lower_macro(block: &Block) -> Result<Lowered> {
    let mut lowered = Lowered::of(&block.body);
    for (name, default) in block.parameters.iter().zip(&block.defaults) {
        if let Some(default) = default {
            lowered.put(&format!("{{%if {name} is __missing%}}{{%set {name}=("), default.start as usize);
            lowered.append(lower_expression(default)?);
            lowered.put(")%}{%endif%}", default.end as usize);
        }
    }
    let text = block.body.file.text();
    let trims_start = text[..block.body.start as usize].ends_with("-%}");
    let trims_end = text[block.body.end as usize..].starts_with("{%-");
    // A comment trims as the tag did; any comment keeps the last line end, which only a template's own end loses.
    lowered.put(if trims_start { "{# -#}" } else { "" }, block.body.start as usize);
    lowered.append(lower_template(&block.body, false)?.0);
    lowered.put(if trims_end { "{#- #}" } else { "{# #}" }, block.body.end as usize);
    Ok(lowered)
}

/// An expression that stands alone, such as a parameter's default.
fn lower_expression(expression: &Span) -> Result<Lowered> {
    let (open, close) = ("{{ ", " }}");
    let text = format!("{open}{}{close}", expression.text());
    let file = crate::diagnostics::SourceFile::new(expression.file.path(), text);
    let inner = file.span(0..file.text().len());
    let place = |diagnostic: Box<crate::diagnostics::Diagnostic>| {
        crate::diagnostics::Diagnostic::error(diagnostic.code, diagnostic.message.clone()).at(expression)
    };
    let (lowered, _) = lower_template(&inner, false).map_err(place)?;
    let mut result = Lowered::of(expression);
    let text = &lowered.text[open.len()..lowered.text.len() - close.len()];
    result.put(text, expression.start as usize);
    Ok(result)
}

/// A change of the view's text.
struct Edit {
    at: usize,
    /// At the same place: what closes comes before what replaces, and that before what opens.
    order: i8,
    text: String,
    deletes: usize,
}

struct Lowering<'v> {
    view: &'v View<'v>,
    edits: Vec<Edit>,
    marks: Vec<Mark>,
    marked: bool,
}

impl Lowering<'_> {
    /// `marking`: whether output here is the template's, and neither captured nor passed on.
    fn statement(&mut self, statement: &Stmt<'_>, marking: bool) {
        let inner = marking && passes_output(statement);
        match statement {
            Stmt::EmitRaw(raw) if marking => self.mark_text(raw),
            Stmt::EmitExpr(emit) => self.emit(emit, marking),
            _ => {}
        }
        expressions(statement, &mut |expression| self.expression(expression));
        for body in bodies(statement) {
            body.iter().for_each(|child| self.statement(child, inner));
        }
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        let range = source_range(expression);
        match expression {
            Expr::List(_) if self.starts_with(range.start, "[") => self.wrap(range, "__list("),
            Expr::Map(_) => self.wrap(range, "__dict("),
            Expr::Var(_) => {
                if let Some(number) = LargeNumber::at(self.view.template.text(), range.start) {
                    self.edit(range.start, 0, format!("\"{}\"", number.decimal), number.length);
                }
            }
            Expr::Slice(node) => self.slice(node, range),
            Expr::UnaryOp(node) if matches!(node.op, UnaryOpKind::Neg) && expression.as_const().is_none() => {
                self.edit(range.start, 0, "", 1);
                self.wrap(range, "__neg(");
            }
            Expr::BinOp(node) => {
                if matches!(node.op, BinOpKind::Eq | BinOpKind::Ne | BinOpKind::In) || is_order(node.op) {
                    self.comparison(expression, &node.left, std::iter::once(&node.right));
                }
                if let Some((function, operator)) = arithmetic(node.op) {
                    let left = source_range(&node.left).end;
                    if let Some(at) = self.view.text[left..range.end].find(operator) {
                        self.edit(left + at, 0, ",", operator.len());
                        self.wrap(range, function);
                    }
                }
            }
            Expr::Compare(node) => self.comparison(expression, &node.expr, node.ops.iter().map(|op| &op.expr)),
            _ => {}
        }
        subexpressions(expression, &mut |inner| self.expression(inner));
    }

    /// `a < b` becomes `__compare(a,"<",b)`, and a chain of comparisons a longer call.
    fn comparison<'x, 'a: 'x>(
        &mut self,
        expression: &Expr<'_>,
        first: &'x Expr<'a>,
        others: impl Iterator<Item = &'x Expr<'a>>,
    ) {
        let range = source_range(expression);
        let start = self.behind_parens(source_range(first).start, expression.span().start_offset as usize);
        let mut end = source_range(first).end;
        for operand in others {
            let operand = source_range(operand);
            let Some(between) = self.view.text.get(end..operand.start) else { return };
            let beside = |c: char| c.is_whitespace() || matches!(c, '(' | ')');
            let operator = between.trim_matches(beside);
            let at = end + (between.len() - between.trim_start_matches(beside).len());
            let name = operator.split_whitespace().collect::<Vec<_>>().join(" ");
            self.edit(at, 0, format!(",\"{name}\","), operator.len());
            end = operand.end;
        }
        self.wrap(start..range.end, "__compare(");
    }

    /// Where the parentheses begin that stand before `at`, not before the token that begins at `limit`.
    fn behind_parens(&self, at: usize, limit: usize) -> usize {
        let before = self.view.text[..at].trim_end();
        match before.ends_with('(') && before.len() - 1 > limit {
            true => self.behind_parens(before.len() - 1, limit),
            false => at,
        }
    }

    /// `x[1:2]` becomes `__slice(x,1,2)`.
    fn slice(&mut self, node: &Slice<'_>, range: Range<usize>) {
        let close = range.end.saturating_sub(1);
        let mut at = source_range(&node.expr).end;
        for (part, before) in [(&node.start, "["), (&node.stop, ":"), (&node.step, ":")] {
            let Some(found) = self.view.text.get(at..close).and_then(|text| text.find(before)) else { break };
            self.edit(at + found, 0, if part.is_some() { "," } else { ",none" }, 1);
            at = part.as_ref().map_or(at + found + 1, |part| source_range(part).end);
        }
        self.edit(close, 0, "", 1);
        self.wrap(range, "__slice(");
    }

    /// `{{ x }}`: notes where it stands; what was a `do` gives nothing.
    fn emit(&mut self, emit: &Spanned<EmitExpr<'_>>, marking: bool) {
        let span = emit.span();
        let start = span.start_offset as usize;
        let trims = self.view.text[start + 2..].starts_with(['-', '+']);
        let range = start + 2 + usize::from(trims)..span.end_offset as usize;
        if self.view.dos.contains(&start) {
            self.wrap(range, "__nothing(");
        } else if marking {
            let mark = self.mark(range.clone(), false);
            self.wrap(range, &format!("__mark({mark},"));
        }
    }

    /// Marks before the first visible character, so that trimming works as before.
    fn mark_text(&mut self, raw: &Spanned<EmitRaw<'_>>) {
        let text = raw.raw;
        let start = text.as_ptr() as usize - self.view.text.as_ptr() as usize;
        let Some(first) = text.find(|c: char| !c.is_whitespace()) else { return };
        if !self.view.raws.contains(&start) {
            let mark = self.mark(start + first..start + text.len(), true);
            self.edit(start + first, 1, format!("{{{{__at({mark})}}}}"), 0);
        }
    }

    fn mark(&mut self, range: Range<usize>, own: bool) -> usize {
        let base = self.view.template.start as usize;
        let text = &self.view.text[range.clone()];
        let visible = base + range.start + (text.len() - text.trim_start().len());
        let span = self.view.template.file.span(visible..(base + range.start + text.trim_end().len()).max(visible));
        self.marks.push(Mark { span, own });
        self.marks.len() - 1
    }

    /// Jinja2 reads `\r\n` and `\r` as `\n`.
    fn line_ends(&mut self) {
        let text = &self.view.text;
        let returns: Vec<_> = text.match_indices('\r').map(|(at, _)| (at, text[at + 1..].starts_with('\n'))).collect();
        for (at, is_pair) in returns {
            self.edit(at, 0, if is_pair { "" } else { "\n" }, 1);
        }
    }

    fn starts_with(&self, at: usize, text: &str) -> bool {
        self.view.text[at..].starts_with(text)
    }

    fn wrap(&mut self, range: Range<usize>, function: &str) {
        self.edit(range.start, 1, function, 0);
        self.edit(range.end, -1, ")", 0);
    }

    fn edit(&mut self, at: usize, order: i8, text: impl Into<String>, deletes: usize) {
        self.edits.push(Edit { at, order, text: text.into(), deletes });
    }

    fn apply(mut self) -> (Lowered, Vec<Mark>) {
        let (template, text) = (self.view.template, &self.view.text);
        let base = template.start as usize;
        let mut lowered = Lowered::of(template);
        let mut done = 0;
        self.edits.sort_by_key(|edit| (edit.at, edit.order));
        for edit in &self.edits {
            // What is put in where something was taken out comes behind it.
            lowered.own(&text[done.min(edit.at)..edit.at], base + done);
            lowered.put(&edit.text, base + edit.at);
            done = done.max(edit.at + edit.deletes);
        }
        lowered.own(&text[done..], base + done);
        debug_assert!(self.marked || self.marks.is_empty());
        (lowered, self.marks)
    }
}

/// Whether what the statement's bodies put out is put out at once, and not captured.
fn passes_output(statement: &Stmt<'_>) -> bool {
    match statement {
        Stmt::Template(_) | Stmt::IfCond(_) | Stmt::WithBlock(_) => true,
        Stmt::ForLoop(node) => !node.recursive,
        _ => false,
    }
}

fn is_order(op: BinOpKind) -> bool {
    matches!(op, BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte)
}

/// The function that stands for an operator, and the operator as written.
fn arithmetic(op: BinOpKind) -> Option<(&'static str, &'static str)> {
    Some(match op {
        BinOpKind::Add => ("__add(", "+"),
        BinOpKind::Sub => ("__sub(", "-"),
        BinOpKind::Mul => ("__mul(", "*"),
        BinOpKind::Div => ("__div(", "/"),
        BinOpKind::FloorDiv => ("__floordiv(", "//"),
        BinOpKind::Rem => ("__mod(", "%"),
        BinOpKind::Pow => ("__pow(", "**"),
        BinOpKind::Concat => ("__concat(", "~"),
        _ => return None,
    })
}
