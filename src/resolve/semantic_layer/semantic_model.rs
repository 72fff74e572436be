//! Semantic models.

use super::shape::with_defaults;
use super::{Layering, id_of};
use crate::diagnostics::Diagnostic;
use crate::parse::{Described, PropertiesFile, Settings};
use crate::resolve::columns::expression_calls;
use crate::resolve::{ResourceType, UniqueId};
use crate::yaml::{Fields, Yaml};
use serde_json::{Value as Json, json};

impl Layering<'_> {
    /// The semantic model of an entry; `None` when it is disabled.
    pub(super) fn semantic_model(
        &self,
        file: &PropertiesFile,
        entry: &Described,
    ) -> Result<Option<(UniqueId, Json)>, Vec<Box<Diagnostic>>> {
        let one = |error| vec![error];
        let Some(config) = self.config(ResourceType::SemanticModel, file, entry) else { return Ok(None) };
        let mut made = self.common(ResourceType::SemanticModel, file, entry, &config).map_err(one)?;
        let what = format!("the semantic model '{}'", entry.name);
        let model: &Yaml = Fields::of(&entry.yaml, what).and_then(|mut fields| fields.require("model")).map_err(one)?;
        let expression = model.as_str().ok_or_else(|| one(model.mismatch("'model'", "a ref() as text")))?;
        let calls = expression_calls(expression, &model.span).map_err(one)?;
        let parents = self.linker.resolve(&file.package.name, &calls, &model.span)?;
        let group = config.merged.config.str("group");
        self.linker.check_access(
            &format!("The semantic model '{}'", entry.name),
            &file.package.name,
            group,
            &parents,
        )?;
        let parent = parents.first().and_then(|(id, _)| self.nodes.iter().find(|node| node.unique_id == *id));
        let relation = parent.map(|node| {
            json!({
                "alias": node.alias,
                "schema_name": node.schema,
                "database": node.database,
                "relation_name": node.relation.as_ref().map(ToString::to_string),
            })
        });
        let written = entry.yaml.to_json();
        let meta = config.merged.config.get("meta").cloned().unwrap_or_default();
        made["depends_on"] =
            json!({"macros": [], "nodes": parents.iter().map(|(id, _)| id.as_ref()).collect::<Vec<_>>()});
        made["refs"] = calls
            .refs
            .iter()
            .map(|call| json!({"name": call.name, "package": call.package, "version": call.version}))
            .collect();
        made.insert("model".into(), expression.into());
        made.insert("node_relation".into(), relation.unwrap_or_default());
        made.insert("defaults".into(), written["defaults"].clone());
        made.insert("primary_entity".into(), written["primary_entity"].clone());
        for (key, defaults) in [("entities", entity()), ("measures", measure()), ("dimensions", dimension())] {
            let elements = written[key].as_array().into_iter().flatten();
            made.insert(key.into(), elements.map(|element| shaped(element, &defaults, &meta)).collect());
        }
        Ok(Some((id_of(&made), Json::Object(made))))
    }

    /// The metrics that measures with `create_metric` ask for, as if they were declared.
    pub(super) fn metrics_of_measures<'f>(
        &self,
        file: &'f PropertiesFile,
        entry: &Described,
        model: &Json,
    ) -> Vec<(&'f PropertiesFile, Described)> {
        let written = entry.yaml.to_json();
        let measures = written["measures"].as_array().into_iter().flatten();
        let wanted = measures.filter(|measure| measure["create_metric"] == true);
        let metric = |measure: &Json| {
            let name = measure["name"].as_str().unwrap_or_default().to_owned();
            let or = |key: &str, default: Json| {
                measure.get(key).filter(|value| !value.is_null()).cloned().unwrap_or(default)
            };
            let text = or("description", format!("Metric created from measure {name}").into());
            let document = json!({
                "name": name,
                "label": or("label", name.clone().into()),
                "type": "simple",
                "type_params": {"measure": name, "expr": or("expr", name.clone().into())},
                "description": text,
            });
            let mut config = Settings::default();
            config.set("meta", model["config"]["meta"].clone(), &entry.yaml.span);
            let yaml = Yaml::from_json(&document, &entry.yaml.span);
            (file, Described { name, description: yaml.get("description").cloned(), config, yaml })
        };
        wanted.map(metric).collect()
    }
}

/// An element with the keys of its kind; `meta` of the model is below its own.
fn shaped(given: &Json, defaults: &Json, meta: &Json) -> Json {
    let mut shaped = with_defaults(given, defaults.clone());
    let mut merged = meta.as_object().cloned().unwrap_or_default();
    merged.extend(given["config"]["meta"].as_object().cloned().unwrap_or_default());
    shaped["config"] = json!({"meta": merged});
    if shaped.get("create_metric").is_some() {
        // The metric is among the metrics already.
        shaped["create_metric"] = Json::Bool(false);
    }
    if let Some(params) = given.get("type_params").filter(|params| params.is_object()) {
        shaped["type_params"] = with_defaults(params, json!({"time_granularity": null, "validity_params": null}));
    }
    if let Some(number) = shaped.get("expr").filter(|expr| expr.is_number()) {
        shaped["expr"] = number.to_string().into();
    }
    shaped
}

fn entity() -> Json {
    json!({"name": null, "type": null, "description": null, "label": null, "role": null, "expr": null, "config": null})
}

fn measure() -> Json {
    json!({
        "name": null, "agg": null, "description": null, "label": null, "create_metric": false, "expr": null,
        "agg_params": null, "non_additive_dimension": null, "agg_time_dimension": null, "config": null,
    })
}

fn dimension() -> Json {
    json!({
        "name": null, "type": null, "description": null, "label": null, "is_partition": false, "type_params": null,
        "expr": null, "metadata": null, "config": null,
    })
}
