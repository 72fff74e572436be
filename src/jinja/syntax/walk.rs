//! Walking a syntax tree.

use minijinja::machinery::ast::{BinOpKind, Call, CallArg, Expr, Spanned, Stmt};
use minijinja::machinery::{Span, parse_expr};
use std::ops::Range;

/// Calls `visit` with the expressions that stand directly in a statement, in the order written. What is assigned to
/// is not an expression.
pub(in crate::jinja) fn expressions<'x, 'a>(statement: &'x Stmt<'a>, visit: &mut dyn FnMut(&'x Expr<'a>)) {
    match statement {
        Stmt::EmitExpr(emit) => visit(&emit.expr),
        Stmt::ForLoop(node) => std::iter::once(&node.iter).chain(&node.filter_expr).for_each(visit),
        Stmt::IfCond(node) => visit(&node.expr),
        Stmt::WithBlock(node) => node.assignments.iter().for_each(|(_, value)| visit(value)),
        Stmt::Set(node) => visit(&node.expr),
        Stmt::SetBlock(node) => node.filter.iter().for_each(visit),
        Stmt::AutoEscape(node) => visit(&node.enabled),
        Stmt::FilterBlock(node) => visit(&node.filter),
        Stmt::Import(node) => visit(&node.expr),
        Stmt::FromImport(node) => visit(&node.expr),
        Stmt::Extends(node) => visit(&node.name),
        Stmt::Include(node) => visit(&node.name),
        Stmt::Macro(node) => node.defaults.iter().for_each(visit),
        Stmt::CallBlock(node) => {
            call_parts(&node.call, visit);
            node.macro_decl.defaults.iter().for_each(visit);
        }
        Stmt::Do(node) => call_parts(&node.call, visit),
        Stmt::Template(_) | Stmt::EmitRaw(_) | Stmt::Block(_) | Stmt::Continue(_) | Stmt::Break(_) => {}
    }
}

/// The lists of statements inside a statement.
pub(in crate::jinja) fn bodies<'x, 'a>(statement: &'x Stmt<'a>) -> Vec<&'x [Stmt<'a>]> {
    match statement {
        Stmt::Template(node) => vec![&node.children],
        Stmt::ForLoop(node) => vec![&node.body, &node.else_body],
        Stmt::IfCond(node) => vec![&node.true_body, &node.false_body],
        Stmt::WithBlock(node) => vec![&node.body],
        Stmt::SetBlock(node) => vec![&node.body],
        Stmt::AutoEscape(node) => vec![&node.body],
        Stmt::FilterBlock(node) => vec![&node.body],
        Stmt::Block(node) => vec![&node.body],
        Stmt::Macro(node) => vec![&node.body],
        Stmt::CallBlock(node) => vec![&node.macro_decl.body],
        _ => vec![],
    }
}

/// Calls `visit` with the expressions directly inside an expression, in the order written.
pub(in crate::jinja) fn subexpressions<'x, 'a>(expression: &'x Expr<'a>, visit: &mut dyn FnMut(&'x Expr<'a>)) {
    match expression {
        Expr::Var(_) | Expr::Const(_) => {}
        Expr::Slice(node) => {
            visit(&node.expr);
            [&node.start, &node.stop, &node.step].into_iter().flatten().for_each(visit);
        }
        Expr::UnaryOp(node) => visit(&node.expr),
        Expr::BinOp(node) => [&node.left, &node.right].into_iter().for_each(visit),
        Expr::Compare(node) => {
            std::iter::once(&node.expr).chain(node.ops.iter().map(|op| &op.expr)).for_each(visit);
        }
        Expr::IfExpr(node) => {
            [&node.true_expr, &node.test_expr].into_iter().chain(&node.false_expr).for_each(visit);
        }
        Expr::Filter(node) => node.expr.iter().chain(call_arguments(&node.args)).for_each(visit),
        Expr::Test(node) => std::iter::once(&node.expr).chain(call_arguments(&node.args)).for_each(visit),
        Expr::GetAttr(node) => visit(&node.expr),
        Expr::GetItem(node) => [&node.expr, &node.subscript_expr].into_iter().for_each(visit),
        Expr::Call(node) => call_parts(node, visit),
        Expr::List(node) => node.items.iter().for_each(visit),
        Expr::Tuple(node) => node.items.iter().for_each(visit),
        Expr::Map(node) => node.keys.iter().zip(&node.values).for_each(|(key, value)| {
            visit(key);
            visit(value);
        }),
    }
}

fn call_parts<'x, 'a>(call: &'x Call<'a>, visit: &mut dyn FnMut(&'x Expr<'a>)) {
    std::iter::once(&call.expr).chain(call_arguments(&call.args)).for_each(visit);
}

/// The values of a call's arguments.
pub(in crate::jinja) fn call_arguments<'x, 'a>(args: &'x [CallArg<'a>]) -> impl Iterator<Item = &'x Expr<'a>> {
    args.iter().map(|arg| match arg {
        CallArg::Pos(value) | CallArg::Kwarg(_, value) | CallArg::PosSplat(value) | CallArg::KwargSplat(value) => value,
    })
}

/// Where an expression stands in the parsed text.
///
/// The parser's own span of what follows an operand (`.x`, `[x]`, `(x)`, `| x`) begins at that operator, or, for
/// comparisons and inline conditions, one token early.
pub(in crate::jinja) fn source_range(expression: &Expr<'_>) -> Range<usize> {
    let span = expression.span();
    start(expression)..span.end_offset as usize
}

fn start(expression: &Expr<'_>) -> usize {
    let own = expression.span().start_offset as usize;
    match expression {
        Expr::GetAttr(node) => own.min(start(&node.expr)),
        Expr::GetItem(node) => own.min(start(&node.expr)),
        Expr::Slice(node) => own.min(start(&node.expr)),
        Expr::Call(node) => own.min(start(&node.expr)),
        Expr::Filter(node) => node.expr.as_ref().map_or(own, |inner| own.min(start(inner))),
        Expr::Test(node) => own.min(start(&node.expr)),
        Expr::IfExpr(node) => start(&node.true_expr),
        Expr::Compare(node) => start(&node.expr),
        Expr::BinOp(node) if is_comparison(node.op) => start(&node.left),
        _ => own,
    }
}

fn is_comparison(op: BinOpKind) -> bool {
    use BinOpKind::{Eq, Gt, Gte, In, Lt, Lte, Ne};
    matches!(op, Eq | Ne | Lt | Lte | Gt | Gte | In)
}

/// Where the call of a `do` or `call` statement stands in the parsed text.
pub(in crate::jinja) fn call_range(call: &Spanned<Call<'_>>) -> Range<usize> {
    let span = call.span();
    start(&call.expr).min(span.start_offset as usize)..span.end_offset as usize
}

/// Where the left or right operand stands in the text of an operation.
pub(in crate::jinja) fn operand(text: &str, right: bool) -> Option<Range<usize>> {
    match parse_expr(text).ok()? {
        Expr::BinOp(node) => Some(source_range(if right { &node.right } else { &node.left })),
        Expr::Slice(node) => Some(source_range(&node.expr)),
        Expr::UnaryOp(node) if right => Some(source_range(&node.expr)),
        _ => None,
    }
}

/// The range of the whole expression that the parser gives the (possibly too short) span `range`.
pub(in crate::jinja) fn widest(statement: &Stmt<'_>, range: Range<usize>) -> Range<usize> {
    let mut found = range.clone();
    let mut consider = |span: Span, whole: Range<usize>| {
        if (span.start_offset as usize, span.end_offset as usize) == (range.start, range.end) {
            found.start = found.start.min(whole.start);
        }
    };
    search(statement, &mut consider);
    found
}

fn search(statement: &Stmt<'_>, visit: &mut dyn FnMut(Span, Range<usize>)) {
    match statement {
        Stmt::Do(node) => visit(node.call.span(), call_range(&node.call)),
        Stmt::CallBlock(node) => visit(node.call.span(), call_range(&node.call)),
        _ => {}
    }
    expressions(statement, &mut |expression| search_expression(expression, visit));
    bodies(statement).into_iter().flatten().for_each(|inner| search(inner, visit));
}

fn search_expression(expression: &Expr<'_>, visit: &mut dyn FnMut(Span, Range<usize>)) {
    visit(expression.span(), source_range(expression));
    subexpressions(expression, &mut |inner| search_expression(inner, visit));
}
