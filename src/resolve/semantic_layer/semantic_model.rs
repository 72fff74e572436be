//! Semantic models.

use super::Layering;
use super::shape::with_defaults;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::parse::{Described, PropertiesFile, Settings};
use crate::resolve::columns::expression_calls;
use crate::resolve::{ResourceType, python};
use crate::yaml::{Fields, Yaml};
use serde_json::{Map, Value as Json, json};

/// The kinds of elements: the key, a phrase for one, all fields with their defaults, and what may stand in one of them.
const ELEMENTS: [Element; 3] = [
    Element {
        key: "entities",
        noun: "entity",
        defaults: entity,
        chosen: "type",
        choices: &["foreign", "natural", "primary", "unique"],
    },
    Element {
        key: "measures",
        noun: "measure",
        defaults: measure,
        chosen: "agg",
        choices: &["sum", "min", "max", "count_distinct", "sum_boolean", "average", "percentile", "median", "count"],
    },
    Element {
        key: "dimensions",
        noun: "dimension",
        defaults: dimension,
        chosen: "type",
        choices: &["categorical", "time"],
    },
];

/// A kind of elements of a semantic model.
struct Element {
    key: &'static str,
    noun: &'static str,
    defaults: fn() -> Json,
    chosen: &'static str,
    choices: &'static [&'static str],
}

impl Layering<'_> {
    /// The semantic model of an entry.
    pub(super) fn semantic_model(
        &self,
        file: &PropertiesFile,
        entry: &Described,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Result<Map<String, Json>, Vec<Box<Diagnostic>>> {
        let one = |error| vec![error];
        let config = self.config(ResourceType::SemanticModel, file, entry, findings);
        let mut made = self.common(ResourceType::SemanticModel, file, entry, &config, Json::Null).map_err(one)?;
        let what = format!("the semantic model '{}'", entry.name);
        let model: &Yaml = Fields::of(&entry.yaml, what).and_then(|mut fields| fields.require("model")).map_err(one)?;
        let expression = model.as_str().ok_or_else(|| one(model.mismatch("'model'", "a ref() as text")))?;
        let calls = expression_calls(expression, &model.span).map_err(one)?;
        let parents = match config.merged.config.enabled() {
            true => self.linker.resolve(&file.package.name, &calls, &model.span)?,
            false => vec![],
        };
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
        let defaults = written["defaults"].as_object();
        let defaults = defaults.map(|given| json!({"agg_time_dimension": given.get("agg_time_dimension")}));
        made.insert("defaults".into(), defaults.unwrap_or_default());
        made.insert("primary_entity".into(), written["primary_entity"].clone());
        for kind in &ELEMENTS {
            let elements = self.elements(file, entry, kind, &meta).map_err(one)?;
            made.insert(kind.key.into(), elements.into());
        }
        Ok(made)
    }

    fn elements(&self, file: &PropertiesFile, entry: &Described, kind: &Element, meta: &Json) -> Result<Vec<Json>> {
        let mut fields = Fields::of(&entry.yaml, format!("the semantic model '{}'", entry.name))?;
        let elements: Vec<&Yaml> = fields.take(kind.key)?.unwrap_or_default();
        let made = elements.into_iter().map(|yaml| {
            let mut element = shaped(&yaml.to_json(), &(kind.defaults)(), meta);
            let mut fields = Fields::of(yaml, format!("the {} of '{}'", kind.noun, entry.name))?;
            let _: String = fields.require("name")?;
            let chosen = fields.require::<String>(kind.chosen)?.to_lowercase();
            if !kind.choices.contains(&chosen.as_str()) {
                return Err(unknown_choice(kind, &chosen, yaml));
            }
            element[kind.chosen] = chosen.into();
            let description = self.description(&file.package.name, fields.yaml("description"))?;
            element["description"] = description.map_or(Json::Null, Json::from);
            Ok(element)
        });
        made.collect()
    }

    /// The metrics that measures with `create_metric` ask for, as if they were declared.
    pub(super) fn metrics_of_measures<'f>(
        &self,
        file: &'f PropertiesFile,
        entry: &Described,
        model: &Map<String, Json>,
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
            config.set("enabled", model["config"]["enabled"].clone(), &entry.yaml.span);
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
    if let Some(params) = given.get("agg_params").filter(|params| params.is_object()) {
        let defaults = json!({
            "percentile": null, "use_discrete_percentile": false, "use_approximate_percentile": false,
        });
        shaped["agg_params"] = with_defaults(params, defaults);
    }
    if let Some(params) = given.get("non_additive_dimension").filter(|params| params.is_object()) {
        let defaults = json!({"name": null, "window_choice": "min", "window_groupings": []});
        shaped["non_additive_dimension"] = with_defaults(params, defaults);
    }
    if let Some(value) = shaped.get("expr").filter(|expr| !expr.is_null()) {
        shaped["expr"] = python::str(value).into();
    }
    shaped
}

fn unknown_choice(kind: &Element, chosen: &str, yaml: &Yaml) -> Box<Diagnostic> {
    let name = yaml.get("name").map(Yaml::as_key).unwrap_or_default();
    let message = format!("The {} '{name}' has the unknown {} '{chosen}'.", kind.noun, kind.chosen);
    let place = yaml.get(kind.chosen).map_or(&yaml.span, |yaml| &yaml.span);
    let error = Diagnostic::error(Code::CONFIG_INVALID, message).at(place);
    match nearest(chosen, kind.choices.iter().copied()).first() {
        Some(near) => error.hint(format!("Did you mean '{near}'?")),
        None => error.hint(format!("It is one of {}.", kind.choices.join(", "))),
    }
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
