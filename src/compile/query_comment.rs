//! The comment that tells whoever watches the database which node a statement belongs to.

use crate::diagnostics::{Code, Diagnostic, Result, SourceFile};
use crate::jinja::{Engine, Scope, Value, from_json, python_json};
use crate::load::QueryComment as Setting;
use crate::resolve::Node;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::sync::Arc;

/// Makes query comments.
pub(super) struct QueryComment {
    setting: Setting,
    engine: Engine,
    /// What the comment's template sees, but for `node` and `connection_name`.
    scope: Scope,
    /// The part of the built-in comment that is the same for every node.
    facts: Map<String, Json>,
    /// Whether it stands after the statement where the setting does not say.
    append: bool,
}

impl QueryComment {
    pub fn new(setting: Setting, engine: Engine, scope: Scope, facts: Map<String, Json>, append: bool) -> Self {
        Self { setting, engine, scope, facts, append }
    }

    /// The comment of a node's statements, without `/*` and `*/`; empty for none.
    ///
    /// # Errors
    /// The template cannot be rendered, or what it gives would end the comment.
    pub fn render(&self, connection: &str, node: Option<&Node>) -> Result<String> {
        let comment = match &self.setting {
            Setting::Off => String::new(),
            Setting::Default { .. } => self.built_in(connection, node),
            Setting::Template { text, .. } => self.rendered(text, connection, node)?,
        };
        let comment = comment.trim();
        if comment.contains("*/") {
            let message = format!("The query comment contains illegal value \"*/\": {comment}");
            return Err(
                Diagnostic::error(Code::CONFIG_INVALID, message).hint("Change `query-comment` in dbt_project.yml.")
            );
        }
        Ok(comment.to_owned())
    }

    /// The built-in comment.
    fn built_in(&self, connection: &str, node: Option<&Node>) -> String {
        let mut facts = self.facts.clone();
        match node {
            Some(node) => facts.insert("node_id".into(), node.unique_id.as_ref().into()),
            None => facts.insert("connection_name".into(), connection.into()),
        };
        python_json(&Json::Object(facts))
    }

    fn rendered(&self, text: &str, connection: &str, node: Option<&Node>) -> Result<String> {
        let document =
            node.map_or_else(|| Value::from(()), |node| from_json(&super::document::of_node(node).to_json()));
        let names = [("node", document), ("connection_name", Value::from(connection))];
        let names = names.map(|(name, value)| (name.to_owned(), value));
        let mut scope = self.scope.clone();
        scope.layers.insert(0, Arc::new(HashMap::from(names)));
        let template = SourceFile::new("query-comment", text);
        let value = self.engine.evaluate(&template.span(0..text.len()), &scope)?;
        Ok(if value.is_none() { String::new() } else { value.to_string() })
    }

    /// A statement with a comment.
    pub fn add(&self, comment: &str, sql: &str) -> String {
        let append = match self.setting {
            Setting::Off => return sql.to_owned(),
            Setting::Default { append } | Setting::Template { append, .. } => append,
        };
        if comment.is_empty() {
            return sql.to_owned();
        }
        match (append.unwrap_or(self.append), sql.trim_end().strip_suffix(';')) {
            (false, _) => format!("/* {comment} */\n{sql}"),
            (true, Some(statement)) => format!("{statement}\n/* {comment} */;"),
            (true, None) => format!("{}\n/* {comment} */", sql.trim_end()),
        }
    }
}
