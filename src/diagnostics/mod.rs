//! What went wrong, where, and what to do: the one shape of every error and warning.
//!
//! A [`Diagnostic`] has a [`Code`], a plain message, the source it points at ([`Span`]), the macro
//! calls that led there, and a hint. Nothing else in the program prints errors.

mod code;
mod diagnostic;
mod render;
mod span;
pub mod stored;
mod suggest;

pub use code::{CODES, Code};
pub use diagnostic::{Diagnostic, Frame, Label, Result, Severity};
pub use render::{Style, render};
pub use span::{Position, SourceFile, Span};
pub use suggest::nearest;
