//! Saved queries.

use super::shape::{filter, with_defaults};
use super::{Layering, SemanticLayer, tags};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::parse::{Described, PropertiesFile};
use crate::resolve::{Config, ResourceType};
use crate::yaml::{Fields, Yaml};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

impl Layering<'_> {
    /// The saved query of an entry.
    pub(super) fn saved_query(
        &self,
        file: &PropertiesFile,
        entry: &Described,
        layer: &SemanticLayer,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Result<Map<String, Json>> {
        let mut fields = Fields::of(&entry.yaml, format!("the saved query '{}'", entry.name))?;
        let _: Map<String, Json> = fields.require("query_params")?;
        let config = self.config(ResourceType::SavedQuery, file, entry, findings);
        let mut made = self.common(ResourceType::SavedQuery, file, entry, &config, Json::Null)?;
        let written = entry.yaml.to_json();
        let defaults = json!({"metrics": [], "group_by": [], "where": null, "order_by": [], "limit": null});
        let mut params = with_defaults(&written["query_params"], defaults);
        params["where"] = filter(&params["where"]);
        let mut parents = vec![];
        for name in params["metrics"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if config.merged.config.enabled() {
                parents.push(layer.metric_named(&file.package.name, name, entry)?.to_string());
            }
        }
        let tags: BTreeSet<String> = tags(&written).into_iter().chain(config.merged.config.strings("tags")).collect();
        let exports: Vec<&Yaml> = fields.take("exports")?.unwrap_or_default();
        let exports = exports.into_iter().map(|export| self.export(export, &config.merged.config));
        if entry.description.is_none() {
            made["description"] = Json::Null;
        }
        made["depends_on"] = json!({"macros": [], "nodes": parents});
        made.insert("query_params".into(), params);
        made.insert("exports".into(), exports.collect::<Result<Vec<_>>>()?.into());
        made.insert("tags".into(), tags.into_iter().collect::<Vec<_>>().into());
        Ok(made)
    }

    /// An export: its own config over the query's, and the target's place where none is said.
    fn export(&self, yaml: &Yaml, config: &Config) -> Result<Json> {
        let name: String = Fields::of(yaml, "the export")?.require("name")?;
        let given = yaml.to_json();
        let own = |key: &str| given["config"].get(key).filter(|value| !value.is_null()).cloned();
        let either = |key: &str| own(key).or_else(|| config.get(key).cloned());
        let adapter = &self.drafter.site.output.adapter;
        let schema = own("schema_name").or_else(|| either("schema")).unwrap_or_else(|| adapter.schema().into());
        if either("export_as").is_none() {
            let message = format!("The export '{name}' does not say what it becomes.");
            let error = Diagnostic::error(Code::CONFIG_INVALID, message).at(&yaml.span);
            return Err(error.hint("Set 'export_as' to table or view in its 'config:' or in that of the saved query."));
        }
        Ok(json!({
            "name": name,
            "config": {
                "export_as": either("export_as"),
                "schema_name": schema,
                "alias": own("alias").unwrap_or_else(|| name.as_str().into()),
                "database": own("database").unwrap_or_else(|| adapter.database().into()),
            },
            "unrendered_config": given.get("config").cloned().unwrap_or_else(|| json!({})),
        }))
    }
}
