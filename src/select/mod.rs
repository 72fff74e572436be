//! The selection grammar → a set of nodes.
