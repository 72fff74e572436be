//! What a template refers to, without rendering it.

use super::syntax::{View, bodies, call_arguments, call_range, expressions, source_range, subexpressions};
use crate::diagnostics::{Result, Span};
use minijinja::machinery::ast::{self, BinOpKind, CallArg, Expr, Spanned, Stmt, UnaryOpKind};
use serde_json::Value as Json;
use std::ops::Range;

/// What a template refers to, in the order written.
#[derive(Debug, Clone, Default)]
pub struct Extraction {
    /// `ref(…)` with literal arguments only.
    pub refs: Vec<Call>,
    /// `source(…)` with literal arguments only.
    pub sources: Vec<Call>,
    /// `function(…)` with literal arguments only.
    pub functions: Vec<Call>,
    /// `metric(…)` with literal arguments only.
    pub metrics: Vec<Call>,
    /// The arguments of `config(…)`, each literal or not.
    pub config: Vec<ConfigItem>,
    /// All calls, as macros may have the names of functions: `name(…)` or `name.attribute(…)`, by their dotted text.
    pub calls: Vec<(String, Span)>,
    /// Whether refs, sources, functions or configs can be known only by rendering: a non-literal argument of one of
    /// them, one inside a condition or loop, or one of these names used otherwise than by calling it. Whether a macro
    /// in `calls` contains one is for the caller to find out.
    pub dynamic: bool,
    /// Whether it holds more than text and calls of `ref`, `source` and `config`.
    pub logic: bool,
}

/// A call with literal arguments.
#[derive(Debug, Clone)]
pub struct Call {
    /// Positional arguments.
    pub args: Vec<Json>,
    /// Named arguments.
    pub kwargs: Vec<(String, Json)>,
    /// The whole call.
    pub span: Span,
}

/// An argument of `config(…)`.
#[derive(Debug, Clone)]
pub struct ConfigItem {
    /// The key.
    pub key: String,
    /// The value, if it is a literal.
    pub value: Option<Json>,
    /// The value as written.
    pub span: Span,
}

/// Reads a template's references off its syntax tree.
pub fn extract(template: &Span) -> Result<Extraction> {
    let view = View::of(template)?;
    let mut extractor = Extractor { template, found: Extraction::default() };
    extractor.statement(&view.parse()?, false);
    Ok(extractor.found)
}

/// The functions that declare what a node depends on or how it is configured.
const DECLARING: [&str; 4] = ["ref", "source", "function", "config"];

struct Extractor<'s> {
    template: &'s Span,
    found: Extraction,
}

impl Extractor<'_> {
    /// `sometimes`: whether this may run never or more than once.
    fn statement(&mut self, statement: &Stmt<'_>, sometimes: bool) {
        self.found.logic |= !is_plain(statement);
        match statement {
            Stmt::Do(node) => self.call(&node.call, sometimes),
            Stmt::CallBlock(node) => self.call(&node.call, sometimes),
            _ => expressions(statement, &mut |expression| self.expression(expression, sometimes)),
        }
        let inner =
            sometimes || matches!(statement, Stmt::IfCond(_) | Stmt::ForLoop(_) | Stmt::CallBlock(_) | Stmt::Macro(_));
        for body in bodies(statement) {
            body.iter().for_each(|child| self.statement(child, inner));
        }
    }

    fn expression(&mut self, expression: &Expr<'_>, sometimes: bool) {
        match expression {
            Expr::Call(call) => self.call(call, sometimes),
            Expr::Var(name) => self.found.dynamic |= DECLARING.contains(&name.id) || name.id == "context",
            Expr::GetAttr(node) => {
                self.found.dynamic |= matches!(&node.expr, Expr::Var(name) if name.id == "builtins");
                if !is_declaring(&node.expr) {
                    self.expression(&node.expr, sometimes);
                }
            }
            Expr::IfExpr(node) => {
                self.expression(&node.test_expr, sometimes);
                [&node.true_expr].into_iter().chain(&node.false_expr).for_each(|e| self.expression(e, true));
            }
            Expr::BinOp(node) if matches!(node.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
                self.expression(&node.left, sometimes);
                self.expression(&node.right, true);
            }
            _ => subexpressions(expression, &mut |inner| self.expression(inner, sometimes)),
        }
    }

    fn call(&mut self, call: &Spanned<ast::Call<'_>>, sometimes: bool) {
        let span = self.span(call_range(call));
        if let Some(name) = dotted(&call.expr) {
            self.found.calls.push((name, span.clone()));
        }
        match &call.expr {
            Expr::Var(name) if name.id == "config" => self.config(call, sometimes),
            // A variable may be called `metric`, too: only its calls declare something.
            Expr::Var(name) if DECLARING.contains(&name.id) || name.id == "metric" => {
                self.declaration(name.id, call, span, sometimes);
            }
            Expr::Var(_) => {}
            callee => self.expression(callee, sometimes),
        }
        for value in call_arguments(&call.args) {
            self.expression(value, sometimes);
        }
    }

    /// `ref`, `source`, `function` or `metric`.
    fn declaration(&mut self, name: &str, call: &ast::Call<'_>, span: Span, sometimes: bool) {
        let found = match literal_arguments(&call.args) {
            Some((args, kwargs)) if !sometimes => Call { args, kwargs, span },
            _ => {
                self.found.dynamic = true;
                return;
            }
        };
        match name {
            "ref" => self.found.refs.push(found),
            "source" => self.found.sources.push(found),
            "metric" => self.found.metrics.push(found),
            _ => self.found.functions.push(found),
        }
    }

    fn config(&mut self, call: &ast::Call<'_>, sometimes: bool) {
        self.found.dynamic |= sometimes;
        for arg in &call.args {
            match arg {
                CallArg::Kwarg(key, value) => self.config_item((*key).to_owned(), value),
                CallArg::Pos(Expr::Map(map)) => self.config_map(map),
                _ => self.found.dynamic = true,
            }
        }
    }

    fn config_map(&mut self, map: &ast::Map<'_>) {
        for (key, value) in map.keys.iter().zip(&map.values) {
            match literal(key) {
                Some(Json::String(key)) => self.config_item(key, value),
                _ => self.found.dynamic = true,
            }
        }
    }

    fn config_item(&mut self, key: String, expression: &Expr<'_>) {
        let value = literal(expression);
        self.found.dynamic |= value.is_none();
        let span = self.span(source_range(expression));
        self.found.config.push(ConfigItem { key, value, span });
    }

    fn span(&self, range: Range<usize>) -> Span {
        let base = self.template.start as usize;
        self.template.file.span(base + range.start..base + range.end)
    }
}

/// Whether a statement is text, or nothing but a call of `ref`, `source` or `config`.
fn is_plain(statement: &Stmt<'_>) -> bool {
    match statement {
        Stmt::Template(_) | Stmt::EmitRaw(_) => true,
        Stmt::EmitExpr(node) => match &node.expr {
            Expr::Call(call) => is_declaring(&call.expr) && dotted(&call.expr).is_some_and(|name| name != "function"),
            _ => false,
        },
        _ => false,
    }
}

fn is_declaring(expression: &Expr<'_>) -> bool {
    matches!(expression, Expr::Var(name) if DECLARING.contains(&name.id))
}

/// `a.b.c` as text.
fn dotted(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Var(name) => Some(name.id.to_owned()),
        Expr::GetAttr(node) => Some(format!("{}.{}", dotted(&node.expr)?, node.name)),
        _ => None,
    }
}

type LiteralArguments = (Vec<Json>, Vec<(String, Json)>);

fn literal_arguments(arguments: &[CallArg<'_>]) -> Option<LiteralArguments> {
    let (mut args, mut kwargs) = (vec![], vec![]);
    for argument in arguments {
        match argument {
            CallArg::Pos(value) => args.push(literal(value)?),
            CallArg::Kwarg(key, value) => kwargs.push(((*key).to_owned(), literal(value)?)),
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => return None,
        }
    }
    Some((args, kwargs))
}

/// The value of an expression that consists of literals only.
fn literal(expression: &Expr<'_>) -> Option<Json> {
    match expression {
        Expr::Const(node) => serde_json::to_value(&node.value).ok(),
        Expr::UnaryOp(node) if matches!(node.op, UnaryOpKind::Neg) => {
            serde_json::to_value(expression.as_const()?).ok().filter(Json::is_number)
        }
        Expr::List(node) => node.items.iter().map(literal).collect(),
        Expr::Tuple(node) => node.items.iter().map(literal).collect(),
        Expr::Map(node) => node.keys.iter().zip(&node.values).map(|(k, v)| Some((key(k)?, literal(v)?))).collect(),
        _ => None,
    }
}

fn key(expression: &Expr<'_>) -> Option<String> {
    match literal(expression)? {
        Json::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;

    fn read(text: &str) -> Extraction {
        let file = SourceFile::new("models/a.sql", text);
        extract(&file.span(0..file.text().len())).unwrap()
    }

    #[test]
    fn literals_are_read() {
        let found = read(
            "{{ config(materialized='table', tags=['a', \"b\"], meta={'n': -1.5, 'x': [none, true]}) }}\n\
             select * from {{ ref('a') }} join {{ ref('pkg', 'b', v=2) }} {{ source('s', 't').include(database=false) }}",
        );
        assert!(!found.dynamic);
        let config: Vec<_> = found.config.iter().map(|i| format!("{}={}", i.key, i.value.as_ref().unwrap())).collect();
        assert_eq!(config, ["materialized=\"table\"", "tags=[\"a\",\"b\"]", "meta={\"n\":-1.5,\"x\":[null,true]}"]);
        assert_eq!(found.config[1].span.text(), "['a', \"b\"]");
        assert_eq!(found.refs[1].args, ["pkg", "b"]);
        assert_eq!(found.refs[1].kwargs, [("v".to_owned(), Json::from(2))]);
        assert_eq!(found.refs[0].span.text(), "ref('a')");
        assert_eq!(found.sources[0].span.text(), "source('s', 't')");
    }

    #[test]
    fn what_only_rendering_can_know_is_dynamic() {
        for text in [
            "{{ ref(x) }}",
            "{% if execute %}{{ ref('a') }}{% endif %}",
            "{% for m in ['a'] %}{{ ref(m) }}{% endfor %}",
            "{{ ref('a') if x else 1 }}",
            "{{ config(alias=var('x')) }}",
            "{% set r = ref %}",
            "{{ builtins.ref('a') }}",
            "{{ context['ref']('a') }}",
            "{% call statement() %}{{ ref('a') }}{% endcall %}",
        ] {
            assert!(read(text).dynamic, "{text}");
        }
    }

    #[test]
    fn calls_are_named() {
        let found = read(
            "{{ cents(ref('a')) }}{% do run_query('x') %}{{ dbt_utils.star(from=ref('b')) }}{{ x | upper }}{{ config.get('a') }}",
        );
        let calls: Vec<_> = found.calls.iter().map(|(name, span)| (name.as_str(), span.text())).collect();
        let expected = [
            ("cents", "cents(ref('a'))"),
            ("ref", "ref('a')"),
            ("run_query", "run_query('x')"),
            ("dbt_utils.star", "dbt_utils.star(from=ref('b'))"),
            ("ref", "ref('b')"),
            ("config.get", "config.get('a')"),
        ];
        assert_eq!(calls, expected);
        assert_eq!(found.refs.len(), 2);
        assert!(!found.dynamic);
    }

    #[test]
    fn calls_that_declare_are_no_logic() {
        assert!(!read("{{ config(a=1) }} select * from {{ ref('a') }}, {{ source('s', 't') }}{# {{ b }} #}").logic);
        for text in ["{{ ref('a').schema }}", "{{ function('f') }}", "{{ this }}", "{% set a = 1 %}", "{% do f() %}"] {
            assert!(read(text).logic, "{text}");
        }
    }
}
