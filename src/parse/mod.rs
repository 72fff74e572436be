//! Text → typed, unresolved nodes.
