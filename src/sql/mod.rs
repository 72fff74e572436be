//! SQL as text: splitting, common table expressions, comments. Works on any text, right or wrong: it is never a gate.

mod call;
mod comment;
mod cte;
mod piece;
mod statement;

pub use call::rewrite_calls;
pub use comment::without_comments;
pub use cte::{WithClause, with_clause};
pub use piece::{Piece, PieceKind, pieces};
pub use statement::statements;
