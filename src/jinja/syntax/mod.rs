//! Templates as text: tokens, the syntax tree, and the rewriting that makes minijinja behave as Jinja2 does in Python.
//!
//! minijinja's tokenizer and syntax tree are used in this folder (and in `block` and `extract`) only.

mod balance;
mod lower;
mod lowered;
mod readable;
mod tokens;
mod view;
mod walk;

pub(super) use lower::{Mark, lower_macro, lower_template};
pub(super) use lowered::Lowered;
pub(super) use readable::Readable;
pub(super) use tokens::{Kind, Tokens};
pub(super) use view::View;
pub(super) use walk::{bodies, call_arguments, call_range, expressions, operand, source_range, subexpressions};
