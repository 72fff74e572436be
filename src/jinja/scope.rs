//! What names mean while a template is rendered.

use super::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Names and their values.
pub type Layer = Arc<HashMap<String, Value>>;

/// What names mean: macros' own arguments, then macros visible from `package`, then `layers` (the first wins), then the
/// language's own functions, then package names (`dbt_utils.star`).
#[derive(Debug, Clone)]
pub struct Scope {
    /// The package of the node that is rendered: its macros are seen without a prefix.
    pub package: String,
    /// Values, innermost first.
    pub layers: Vec<Layer>,
    /// While parsing: names that mean nothing give a value that swallows calls, attributes and items, instead of an error.
    pub forgiving: bool,
}
