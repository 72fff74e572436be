//! Metrics.

use super::shape::{filter, input_measure, input_metric, window};
use super::{Layering, SemanticLayer, tags};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::parse::{Described, PropertiesFile};
use crate::resolve::{ResourceType, UniqueId, python};
use crate::yaml::Fields;
use indexmap::IndexSet;
use serde_json::{Map, Value as Json, json};

const KINDS: [&str; 5] = ["simple", "ratio", "cumulative", "derived", "conversion"];

impl Layering<'_> {
    /// The metric of an entry, without what it depends on.
    pub(super) fn metric(
        &self,
        file: &PropertiesFile,
        entry: &Described,
        findings: &mut Vec<Box<Diagnostic>>,
    ) -> Result<Map<String, Json>> {
        check_name(entry)?;
        let mut fields = Fields::of(&entry.yaml, format!("the metric '{}'", entry.name))?;
        let _: String = fields.require("label")?;
        let kind = fields.require::<String>("type")?.to_lowercase();
        let _: Map<String, Json> = fields.require("type_params")?;
        if !KINDS.contains(&kind.as_str()) {
            let message = format!("The metric '{}' has the unknown type '{kind}'.", entry.name);
            let error = Diagnostic::error(Code::CONFIG_INVALID, message).at(&entry.yaml.span);
            return Err(error.hint(format!("The types are {}.", KINDS.join(", "))));
        }
        let config = self.config(ResourceType::Metric, file, entry, findings);
        let mut made = self.common(ResourceType::Metric, file, entry, &config, "".into())?;
        let written = entry.yaml.to_json();
        made.insert("type_params".into(), type_params(&kind, &written["type_params"], entry)?);
        made.insert("type".into(), kind.into());
        made.insert("filter".into(), filter(&written["filter"]));
        made.insert("time_granularity".into(), written["time_granularity"].clone());
        let outer = fields.take::<Map<String, Json>>("meta")?.map(Json::Object);
        let meta = config.merged.config.get("meta").filter(|meta| **meta != json!({})).cloned().or(outer);
        made.insert("meta".into(), meta.unwrap_or_else(|| json!({})));
        made.insert("tags".into(), tags(&written).into());
        made.insert("sources".into(), json!([]));
        made.insert("metrics".into(), json!([]));
        Ok(made)
    }
}

/// A metric's name is a column's later.
fn check_name(entry: &Described) -> Result<()> {
    let name = &entry.name;
    let mut wrong = vec![];
    if name.contains(' ') {
        wrong.push("cannot contain spaces");
    }
    if name.chars().count() > 250 {
        wrong.push("cannot contain more than 250 characters");
    }
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        wrong.push("must begin with a letter");
    }
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        wrong.push("must contain only letters, numbers and underscores");
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let message = format!("The metric name '{name}' is invalid: it {}.", wrong.join(", "));
    Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&entry.yaml.span))
}

fn type_params(kind: &str, given: &Json, entry: &Described) -> Result<Json> {
    let place = &entry.yaml.span;
    let metrics = given["metrics"].as_array().into_iter().flatten();
    let metrics = metrics.map(|metric| input_metric(metric, place)).collect::<Result<Vec<_>>>()?;
    let expr = match &given["expr"] {
        Json::Null => Json::Null,
        other => python::str(other).into(),
    };
    Ok(json!({
        "measure": input_measure(&given["measure"]),
        "input_measures": [],
        "numerator": input_metric(&given["numerator"], place)?,
        "denominator": input_metric(&given["denominator"], place)?,
        "expr": expr,
        "window": window(&given["window"], place)?,
        "grain_to_date": given["grain_to_date"],
        "metrics": metrics,
        "conversion_type_params": conversion(&given["conversion_type_params"], entry)?,
        "cumulative_type_params": if kind == "cumulative" { cumulative(given, entry)? } else { Json::Null },
        "metric_aggregation_params": null,
    }))
}

fn conversion(given: &Json, entry: &Described) -> Result<Json> {
    if !given.is_object() {
        return Ok(Json::Null);
    }
    let calculation = given["calculation"].as_str().unwrap_or("conversion_rate");
    Ok(json!({
        "base_measure": input_measure(&given["base_measure"]),
        "conversion_measure": input_measure(&given["conversion_measure"]),
        "entity": given["entity"],
        "calculation": calculation,
        "window": window(&given["window"], &entry.yaml.span)?,
        "constant_properties": given["constant_properties"],
    }))
}

/// `cumulative_type_params`; `window` and `grain_to_date` may also stand one level up.
fn cumulative(given: &Json, entry: &Described) -> Result<Json> {
    let inner = &given["cumulative_type_params"];
    let either = |key: &str| if inner[key].is_null() { &given[key] } else { &inner[key] };
    let period = inner["period_agg"].as_str().unwrap_or("first");
    Ok(json!({
        "window": window(either("window"), &entry.yaml.span)?,
        "grain_to_date": either("grain_to_date"),
        "period_agg": period,
        "metric": null,
    }))
}

/// Fills in the measures that a metric is made of, and what it depends on: semantic models or other metrics.
pub fn link(layer: &mut SemanticLayer, entry: &Described) -> Result<()> {
    let found = layer.metrics.iter().find(|(_, metric)| metric["name"] == entry.name.as_str());
    let Some((id, metric)) = found.map(|(id, metric)| (id.clone(), metric.clone())) else { return Ok(()) };
    link_one(layer, &id, &metric, entry, &mut vec![])
}

fn link_one(
    layer: &mut SemanticLayer,
    id: &UniqueId,
    metric: &Json,
    entry: &Described,
    path: &mut Vec<UniqueId>,
) -> Result<()> {
    if path.contains(id) {
        let names: Vec<&str> = path.iter().map(|id| id.as_ref()).collect();
        let message = format!("These metrics are made of each other: {}.", names.join(", "));
        return Err(Diagnostic::error(Code::CYCLE, message).at(&entry.yaml.span));
    }
    path.push(id.clone());
    let package = metric["package_name"].as_str().unwrap_or_default();
    let (mut measures, mut parents): (Vec<Json>, Vec<UniqueId>) = (vec![], vec![]);
    for measure in own_measures(metric, entry)? {
        parents.push(model_of_measure(layer, measure["name"].as_str().unwrap_or_default(), entry)?);
        measures.push(measure.clone());
    }
    for name in inputs(metric, entry)?.into_iter().filter_map(|input| input["name"].as_str()) {
        let input = layer.metric_named(package, name, entry)?;
        let document = layer.metrics[&input].clone();
        link_one(layer, &input, &document, entry, path)?;
        let linked = layer.metrics[&input]["type_params"]["input_measures"].as_array().cloned().unwrap_or_default();
        measures.extend(linked);
        parents.push(input);
    }
    path.pop();
    let parents: IndexSet<&str> = parents.iter().map(|id| id.as_ref()).collect();
    let mut distinct: Vec<Json> = vec![];
    for measure in measures {
        if !distinct.contains(&measure) {
            distinct.push(measure);
        }
    }
    if let Some(metric) = layer.metrics.get_mut(id) {
        metric["type_params"]["input_measures"] = distinct.into();
        metric["depends_on"]["nodes"] = parents.into_iter().collect();
    }
    Ok(())
}

/// The measures that a metric names itself.
fn own_measures<'m>(metric: &'m Json, entry: &Described) -> Result<Vec<&'m Json>> {
    let params = &metric["type_params"];
    let lacks = |what: &str| {
        let kind = metric["type"].as_str().unwrap_or_default();
        let message = format!("The {kind} metric '{}' has no '{what}' in its 'type_params'.", entry.name);
        Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&entry.yaml.span))
    };
    match metric["type"].as_str() {
        Some("simple" | "cumulative") if params["measure"].is_null() => lacks("measure"),
        Some("simple" | "cumulative") => Ok(vec![&params["measure"]]),
        Some("conversion") => {
            let conversion = &params["conversion_type_params"];
            let measures = ["base_measure", "conversion_measure"].map(|key| (key, &conversion[key]));
            match measures.iter().find(|(_, measure)| measure.is_null()) {
                Some((key, _)) => lacks(key),
                None => Ok(measures.map(|(_, measure)| measure).to_vec()),
            }
        }
        _ => Ok(vec![]),
    }
}

/// The metrics that a metric is made of.
fn inputs<'m>(metric: &'m Json, entry: &Described) -> Result<Vec<&'m Json>> {
    let params = &metric["type_params"];
    match metric["type"].as_str() {
        Some("ratio") if params["numerator"].is_null() || params["denominator"].is_null() => {
            let message = format!("The ratio metric '{}' needs a numerator and a denominator.", entry.name);
            Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&entry.yaml.span))
        }
        Some("ratio") => Ok(vec![&params["numerator"], &params["denominator"]]),
        Some("derived") => Ok(params["metrics"].as_array().into_iter().flatten().collect()),
        _ => Ok(vec![]),
    }
}

/// The semantic model that has the measure.
fn model_of_measure(layer: &SemanticLayer, name: &str, entry: &Described) -> Result<UniqueId> {
    let measures = |model: &Json| -> Vec<String> {
        let measures = model["measures"].as_array().into_iter().flatten();
        measures.filter_map(|measure| measure["name"].as_str().map(str::to_owned)).collect()
    };
    let found = layer.semantic_models.iter().find(|(_, model)| measures(model).iter().any(|known| known == name));
    let has_it = |(_, model): &&(UniqueId, Json)| measures(model).iter().any(|known| known == name);
    if let (None, Some((_, model))) = (&found, layer.disabled.iter().find(has_it)) {
        let (metric, model) = (&entry.name, model["name"].as_str().unwrap_or_default());
        let message = format!(
            "The metric '{metric}' uses the measure '{name}' of the semantic model '{model}', which is disabled."
        );
        return Err(Diagnostic::error(Code::REF_DISABLED, message).at(&entry.yaml.span));
    }
    found.map(|(id, _)| id.clone()).ok_or_else(|| {
        let message = format!("The metric '{}' uses the measure '{name}', which no semantic model has.", entry.name);
        let error = Diagnostic::error(Code::REF_UNKNOWN, message).at(&entry.yaml.span);
        let known: Vec<String> = layer.semantic_models.values().flat_map(measures).collect();
        match nearest(name, known.iter().map(String::as_str)).first() {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error,
        }
    })
}
