//! Saved queries.

use super::shape::{filter, with_defaults};
use super::{Layering, find, id_of, tags, unknown_metric};
use crate::diagnostics::Result;
use crate::parse::{Described, PropertiesFile};
use crate::resolve::{Config, ResourceType, UniqueId};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

impl Layering<'_> {
    /// The saved query of an entry; `None` when it is disabled.
    pub(super) fn saved_query(
        &self,
        file: &PropertiesFile,
        entry: &Described,
        metrics: &IndexMap<UniqueId, Json>,
    ) -> Result<Option<(UniqueId, Json)>> {
        let Some(config) = self.config(ResourceType::SavedQuery, file, entry) else { return Ok(None) };
        let mut made = self.common(ResourceType::SavedQuery, file, entry, &config)?;
        let written = entry.yaml.to_json();
        let defaults = json!({"metrics": [], "group_by": [], "where": null, "order_by": [], "limit": null});
        let mut params = with_defaults(&written["query_params"], defaults);
        params["where"] = filter(&params["where"]);
        let mut parents = vec![];
        for name in params["metrics"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let id = find(metrics, &file.package.name, name).ok_or_else(|| unknown_metric(metrics, name, entry))?;
            parents.push(id.to_string());
        }
        let tags: BTreeSet<String> = tags(&written).into_iter().chain(config.merged.config.strings("tags")).collect();
        let exports = written["exports"].as_array().into_iter().flatten();
        let exports: Vec<Json> = exports.map(|export| self.export(export, &config.merged.config)).collect();
        made["depends_on"] = json!({"macros": [], "nodes": parents});
        made.insert("query_params".into(), params);
        made.insert("exports".into(), exports.into());
        made.insert("tags".into(), tags.into_iter().collect::<Vec<_>>().into());
        Ok(Some((id_of(&made), Json::Object(made))))
    }

    /// An export: its own config over the query's, and the target's place where none is said.
    fn export(&self, given: &Json, config: &Config) -> Json {
        let own = |key: &str| given["config"].get(key).filter(|value| !value.is_null()).cloned();
        let either = |key: &str| own(key).or_else(|| config.get(key).cloned());
        let adapter = self.drafter.site.adapter;
        let schema = own("schema_name").or_else(|| either("schema")).unwrap_or_else(|| adapter.schema().into());
        json!({
            "name": given["name"],
            "config": {
                "export_as": either("export_as"),
                "schema_name": schema,
                "alias": own("alias").unwrap_or_else(|| given["name"].clone()),
                "database": own("database").unwrap_or_else(|| adapter.database().into()),
            },
            "unrendered_config": given.get("config").cloned().unwrap_or_else(|| json!({})),
        })
    }
}
