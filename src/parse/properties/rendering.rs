//! Which texts of properties are templates to render at once, and which are kept: descriptions, data tests, hooks and
//! filters are rendered later, where more names are known.

use crate::diagnostics::Result;
use crate::load::{BaseContext, Package};
use crate::yaml::Yaml;
use std::borrow::Cow;

/// Renders a text of a package's YAML; the answer may be any value.
pub type TextRenderer<'a> = dyn Fn(&Package, &Yaml) -> Result<Yaml> + Sync + 'a;

/// An entry of a section with its templates rendered.
pub fn render_entry<'y>(
    package: &Package,
    section: &str,
    entry: &'y Yaml,
    render: &TextRenderer<'_>,
) -> Result<Cow<'y, Yaml>> {
    if !entry.has_text(&BaseContext::changes) {
        return Ok(Cow::Borrowed(entry));
    }
    let rendered = entry.map_texts(&mut |path, text| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if is_late(section, &path) { Ok(None) } else { render(package, text).map(Some) }
    });
    rendered.map(Cow::Owned)
}

fn is_late(section: &str, path: &[&str]) -> bool {
    match (section, path) {
        ("sources", ["description" | "loaded_at_query", ..] | ["config", "loaded_at_query", ..]) => true,
        ("sources", ["tables", _, rest @ ..]) => is_late_in_node(rest),
        ("sources", _) => false,
        ("macros", ["arguments", rest @ ..]) => is_late_in_node(rest),
        ("metrics", [.., "filter"] | [.., "filter", _]) => true,
        ("saved_queries", ["query_params", "where", ..]) => true,
        ("exposures" | "unit_tests" | "groups", ["description", ..]) => true,
        _ => is_late_in_node(path),
    }
}

fn is_late_in_node(path: &[&str]) -> bool {
    matches!(
        path,
        ["tests" | "data_tests" | "description" | "loaded_at_query", ..]
            | [_, "tests" | "data_tests" | "description" | "loaded_at_query"]
            | ["config", "pre_hook" | "post_hook" | "pre-hook" | "post-hook" | "loaded_at_query", ..]
            | ["columns" | "dimensions" | "measures" | "entities", _, "tests" | "data_tests" | "description", ..]
            | ["versions", _, "tests" | "data_tests" | "description", ..]
            | ["versions", _, "config", "pre_hook" | "post_hook" | "pre-hook" | "post-hook", ..]
            | ["versions", _, "columns", _, "tests" | "data_tests" | "description", ..]
    )
}

#[cfg(test)]
mod tests {
    use super::is_late;

    #[test]
    fn tests_descriptions_and_hooks_wait() {
        for late in [
            ("models", vec!["description"]),
            ("models", vec!["columns", "0", "tests", "1", "relationships", "to"]),
            ("models", vec!["versions", "0", "columns", "1", "data_tests", "0"]),
            ("seeds", vec!["config", "post_hook", "0"]),
            ("sources", vec!["tables", "0", "columns", "2", "description"]),
            ("metrics", vec!["type_params", "numerator", "filter"]),
        ] {
            assert!(is_late(late.0, &late.1), "{late:?}");
        }
        for early in [
            ("models", vec!["config", "schema"]),
            ("models", vec!["columns", "0", "name"]),
            ("sources", vec!["tables", "0", "identifier"]),
            ("sources", vec!["schema"]),
        ] {
            assert!(!is_late(early.0, &early.1), "{early:?}");
        }
    }
}
