//! SQL as text: splitting, common table expressions, comments; analysis over sqlparser.
