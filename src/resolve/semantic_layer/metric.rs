//! Metrics.

use super::shape::{filter, input_measure, input_metric, window};
use super::{Layering, SemanticLayer, find, id_of, tags, unknown_metric};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::parse::{Described, PropertiesFile};
use crate::resolve::{ResourceType, UniqueId};
use serde_json::{Value as Json, json};

const KINDS: [&str; 5] = ["simple", "ratio", "cumulative", "derived", "conversion"];

impl Layering<'_> {
    /// The metric of an entry, without what it depends on; `None` when it is disabled.
    pub(super) fn metric(&self, file: &PropertiesFile, entry: &Described) -> Result<Option<(UniqueId, Json)>> {
        let Some(config) = self.config(ResourceType::Metric, file, entry) else { return Ok(None) };
        let mut made = self.common(ResourceType::Metric, file, entry, &config)?;
        let written = entry.yaml.to_json();
        let kind = written["type"].as_str().unwrap_or_default().to_lowercase();
        if !KINDS.contains(&kind.as_str()) {
            let message = format!("The metric '{}' has the unknown type '{kind}'.", entry.name);
            let error = Diagnostic::error(Code::CONFIG_INVALID, message).at(&entry.yaml.span);
            return Err(error.hint(format!("The types are {}.", KINDS.join(", "))));
        }
        made.insert("type_params".into(), type_params(&kind, &written["type_params"], entry)?);
        made.insert("type".into(), kind.into());
        made.insert("filter".into(), filter(&written["filter"]));
        made.insert("time_granularity".into(), written["time_granularity"].clone());
        made.insert("meta".into(), config.merged.config.get("meta").cloned().unwrap_or_else(|| json!({})));
        made.insert("tags".into(), tags(&written).into());
        made.insert("sources".into(), json!([]));
        made.insert("metrics".into(), json!([]));
        Ok(Some((id_of(&made), Json::Object(made))))
    }
}

fn type_params(kind: &str, given: &Json, entry: &Described) -> Result<Json> {
    let place = &entry.yaml.span;
    let metrics = given["metrics"].as_array().into_iter().flatten();
    let metrics = metrics.map(|metric| input_metric(metric, place)).collect::<Result<Vec<_>>>()?;
    let expr = match &given["expr"] {
        Json::Number(number) => Json::String(number.to_string()),
        other => other.clone(),
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
    let params = &metric["type_params"];
    let (mut measures, mut parents): (Vec<Json>, Vec<UniqueId>) = (vec![], vec![]);
    let own = [&params["measure"], &params["conversion_type_params"]["base_measure"]];
    let own = own.into_iter().chain([&params["conversion_type_params"]["conversion_measure"]]);
    for measure in own.filter(|measure| !measure.is_null()) {
        parents.push(model_of_measure(layer, measure["name"].as_str().unwrap_or_default(), entry)?);
        measures.push(measure.clone());
    }
    let inputs = params["metrics"].as_array().into_iter().flatten();
    let inputs = inputs.chain([&params["numerator"], &params["denominator"]]).filter(|input| !input.is_null());
    for name in inputs.filter_map(|input| input["name"].as_str()) {
        let input = find(&layer.metrics, package, name).ok_or_else(|| unknown_metric(&layer.metrics, name, entry))?;
        let document = layer.metrics[&input].clone();
        link_one(layer, &input, &document, entry, path)?;
        let linked = layer.metrics[&input]["type_params"]["input_measures"].as_array().cloned().unwrap_or_default();
        measures.extend(linked.into_iter().filter(|measure| !measures.contains(measure)).collect::<Vec<_>>());
        parents.push(input);
    }
    path.pop();
    let mut seen = std::collections::HashSet::new();
    parents.retain(|parent| seen.insert(parent.clone()));
    let parents: Vec<&str> = parents.iter().map(|id| id.as_ref()).collect();
    if let Some(metric) = layer.metrics.get_mut(id) {
        metric["type_params"]["input_measures"] = measures.into();
        metric["depends_on"]["nodes"] = parents.into();
    }
    Ok(())
}

/// The semantic model that has the measure.
fn model_of_measure(layer: &SemanticLayer, name: &str, entry: &Described) -> Result<UniqueId> {
    let measures = |model: &Json| -> Vec<String> {
        let measures = model["measures"].as_array().into_iter().flatten();
        measures.filter_map(|measure| measure["name"].as_str().map(str::to_owned)).collect()
    };
    let found = layer.semantic_models.iter().find(|(_, model)| measures(model).iter().any(|known| known == name));
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
