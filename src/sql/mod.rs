//! SQL as text: splitting, common table expressions, comments. Works on any text, right or wrong: it is never a gate.

mod call;
mod cte;
mod piece;
mod statement;

pub use call::rewrite_calls;
pub use cte::{WithClause, with_clause};
pub use piece::{Lexis, Piece, PieceKind, pieces};
pub use statement::statements;
