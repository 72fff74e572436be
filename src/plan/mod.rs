//! A compiled node × what exists → steps, as data.
