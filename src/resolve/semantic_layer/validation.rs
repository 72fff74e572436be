//! Whether semantic models, metrics and saved queries fit together: what MetricFlow demands of them.

use super::SemanticLayer;
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::resolve::UniqueId;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The standard units of time, which no name may be.
pub const GRANULARITIES: [&str; 11] =
    ["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// Names that MetricFlow keeps for itself.
const RESERVED: [&str; 2] = ["metric_time", "mf_internal_uuid"];

/// What is wrong with the layer; `granularities` are the project's own units of time. Without metrics, or without
/// semantic models, nothing is demanded.
pub fn check(layer: &SemanticLayer, granularities: &HashSet<String>) -> Vec<Box<Diagnostic>> {
    if layer.metrics.is_empty() || layer.semantic_models.is_empty() {
        return vec![];
    }
    let mut check = Check { layer, errors: vec![] };
    for (id, model) in &layer.semantic_models {
        check.semantic_model(id, model);
    }
    for (id, metric) in &layer.metrics {
        check.metric(id, metric, granularities);
    }
    for (id, query) in &layer.saved_queries {
        check.saved_query(id, query);
    }
    check.across_models();
    check.errors
}

struct Check<'a> {
    layer: &'a SemanticLayer,
    errors: Vec<Box<Diagnostic>>,
}

fn name(json: &Json) -> &str {
    json["name"].as_str().unwrap_or_default()
}

fn list<'j>(json: &'j Json, key: &str) -> impl Iterator<Item = &'j Json> {
    json[key].as_array().into_iter().flatten()
}

impl Check<'_> {
    fn error(&mut self, id: &UniqueId, message: String, hint: &str) {
        let error = Diagnostic::error(Code::SEMANTIC_INVALID, message);
        let error = match self.layer.places.get(id) {
            Some(place) => error.at(place),
            None => error,
        };
        self.errors.push(if hint.is_empty() { error } else { error.hint(hint) });
    }

    fn name(&mut self, id: &UniqueId, what: &str, name: &str) {
        let has_known_form = name.len() >= 2
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !name.ends_with('_')
            && !name.contains("__");
        if !has_known_form {
            let message = format!("The {what} has the name '{name}', which MetricFlow cannot use.");
            let hint = "Names have lower-case letters, digits and single underscores, two characters at least; they begin with a letter and do not end with an underscore.";
            self.error(id, message, hint);
        } else if GRANULARITIES.contains(&name) || RESERVED.contains(&name) {
            self.error(id, format!("The {what} has the name '{name}', which is reserved."), "Choose another name.");
        }
    }

    fn semantic_model(&mut self, id: &UniqueId, model: &Json) {
        self.name(id, "semantic model", name(model));
        let mut seen = HashSet::new();
        for (key, noun) in [("measures", "measure"), ("entities", "entity"), ("dimensions", "dimension")] {
            for element in list(model, key) {
                self.name(id, &format!("{noun} of '{}'", name(model)), name(element));
                if !seen.insert(name(element)) {
                    let message = format!("'{}' has two elements '{}'.", name(model), name(element));
                    self.error(id, message, "Names of entities, dimensions and measures are one set: rename one.");
                }
            }
        }
        self.entities(id, model);
        for measure in list(model, "measures") {
            self.measure(id, model, measure);
        }
    }

    fn entities(&mut self, id: &UniqueId, model: &Json) {
        let of_type = |kind: &str| -> Vec<&str> {
            list(model, "entities").filter(|entity| entity["type"] == kind).map(name).collect()
        };
        let (primary, natural, own) = (of_type("primary"), of_type("natural"), name(model));
        if primary.len() > 1 {
            let message = format!("'{own}' has several primary entities: {}.", primary.join(", "));
            self.error(id, message, "Only one entity can be the primary one.");
        }
        if let ([entity, ..], Some(other)) = (primary.as_slice(), model["primary_entity"].as_str()) {
            let message =
                format!("'{own}' has the primary entity '{entity}' and names '{other}' as its primary_entity.");
            self.error(id, message, "Keep one of the two.");
        }
        if list(model, "dimensions").next().is_some() && primary.is_empty() && model["primary_entity"].is_null() {
            let message = format!("'{own}' has dimensions but no primary entity.");
            self.error(id, message, "Add an entity of the type 'primary', or set 'primary_entity'.");
        }
        if natural.len() > 1 {
            let message = format!("'{own}' has several natural entities: {}.", natural.join(", "));
            self.error(id, message, "Only one entity can be a natural one.");
        }
        let has_window =
            list(model, "dimensions").any(|dimension| !dimension["type_params"]["validity_params"].is_null());
        if !natural.is_empty() && !has_window {
            let message = format!("'{own}' has a natural entity but no span of validity.");
            self.error(id, message, "Set 'validity_params' of the time dimensions that begin and end it.");
        }
    }

    fn measure(&mut self, id: &UniqueId, model: &Json, measure: &Json) {
        let (own, of) = (name(measure), name(model));
        let is_time = |wanted: &str| {
            list(model, "dimensions").any(|dimension| name(dimension) == wanted && dimension["type"] == "time")
        };
        let time = measure["agg_time_dimension"].as_str().or_else(|| model["defaults"]["agg_time_dimension"].as_str());
        match time {
            None => {
                let message = format!("The measure '{own}' of '{of}' has no time dimension to aggregate by.");
                let hint = "Set 'agg_time_dimension' of the measure, or in 'defaults' of the semantic model.";
                self.error(id, message, hint);
            }
            Some(time) if !is_time(time) => {
                let message =
                    format!("The measure '{own}' is aggregated by '{time}', which is no time dimension of '{of}'.");
                self.error(id, message, "");
            }
            Some(_) => {}
        }
        let percentile = measure["agg_params"]["percentile"].as_f64();
        match measure["agg"].as_str() {
            Some("count") if measure["expr"].is_null() => {
                let message = format!("The measure '{own}' of '{of}' counts, but has no 'expr'.");
                self.error(id, message, "To count all rows write 'expr: 1'.");
            }
            Some("percentile") if percentile.is_none_or(|part| part <= 0.0 || part >= 1.0) => {
                let message = format!("The measure '{own}' of '{of}' needs a percentile between 0 and 1.");
                self.error(id, message, "Set 'percentile' in its 'agg_params', such as 0.95.");
            }
            _ => {}
        }
        self.non_additive(id, model, measure);
    }

    fn non_additive(&mut self, id: &UniqueId, model: &Json, measure: &Json) {
        let given = &measure["non_additive_dimension"];
        if given.is_null() {
            return;
        }
        let own = name(measure);
        let dimension = list(model, "dimensions").find(|dimension| name(dimension) == name(given));
        match dimension.map(|dimension| dimension["type"] == "time") {
            None => {
                let message =
                    format!("The measure '{own}' is not additive by '{}', which is no dimension.", name(given));
                self.error(id, message, "");
            }
            Some(false) => {
                let message =
                    format!("The measure '{own}' is not additive by '{}', which is no time dimension.", name(given));
                self.error(id, message, "");
            }
            Some(true) => {}
        }
        if !matches!(given["window_choice"].as_str(), Some("min" | "max")) {
            let message = format!("The measure '{own}' has a 'window_choice' that is neither min nor max.");
            self.error(id, message, "");
        }
        for grouping in list(given, "window_groupings").filter_map(Json::as_str) {
            if !list(model, "entities").any(|entity| name(entity) == grouping) {
                let message =
                    format!("The measure '{own}' is grouped by '{grouping}', which is no entity of '{}'.", name(model));
                self.error(id, message, "");
            }
        }
    }

    fn metric(&mut self, id: &UniqueId, metric: &Json, granularities: &HashSet<String>) {
        self.name(id, "metric", name(metric));
        let (own, params) = (name(metric), &metric["type_params"]);
        let cumulative = &params["cumulative_type_params"];
        if !cumulative["window"].is_null() && !cumulative["grain_to_date"].is_null() {
            let message = format!("The cumulative metric '{own}' has both a 'window' and a 'grain_to_date'.");
            self.error(id, message, "Keep one of them.");
        }
        if metric["type"] == "derived" && list(params, "metrics").next().is_none() {
            let message = format!("The derived metric '{own}' is made of no metrics.");
            self.error(id, message, "Name them in 'metrics' of its 'type_params'.");
        }
        let mut names = HashSet::new();
        for alias in list(params, "metrics").filter_map(|input| input["alias"].as_str()) {
            if !names.insert(alias) {
                self.error(id, format!("The metric '{own}' gives the alias '{alias}' twice."), "Choose another alias.");
            }
        }
        for window in [&cumulative["window"], &params["conversion_type_params"]["window"]] {
            let Some(unit) = window["granularity"].as_str() else { continue };
            if !GRANULARITIES.contains(&unit) && !granularities.contains(unit) {
                let message = format!("The window of the metric '{own}' has the unknown unit '{unit}'.");
                self.error(id, message, "Use a unit such as 'days', or a granularity of a time spine.");
            }
        }
    }

    fn saved_query(&mut self, id: &UniqueId, query: &Json) {
        self.name(id, "saved query", name(query));
        for item in list(&query["query_params"], "group_by").filter_map(Json::as_str) {
            let known = ["Dimension(", "TimeDimension(", "Entity(", "Metric("];
            let item = item.trim();
            if !known.iter().any(|call| item.starts_with(call)) || !item.ends_with(')') {
                let message = format!("The saved query '{}' is grouped by '{item}', which is no call.", name(query));
                self.error(id, message, "Write, for example, Dimension('order__status').");
            }
        }
        let mut names = HashSet::new();
        for export in list(query, "exports").map(name) {
            if !names.insert(export) {
                let message = format!("The saved query '{}' has two exports '{export}'.", name(query));
                self.error(id, message, "Rename one of them.");
            }
        }
    }

    /// Measures have names of their own; labels too; and what has the same name is of the same kind.
    fn across_models(&mut self) {
        let mut measures: HashMap<&str, &str> = HashMap::new();
        let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
        for (id, model) in &self.layer.semantic_models {
            for measure in list(model, "measures").map(name) {
                if let Some(other) = measures.insert(measure, name(model)).filter(|other| *other != name(model)) {
                    let message = format!("'{other}' and '{}' both have a measure '{measure}'.", name(model));
                    self.error(id, message, "Rename one of them.");
                }
            }
            for (key, noun) in [("measures", "a measure"), ("entities", "an entity"), ("dimensions", "a dimension")] {
                for element in list(model, key).map(name) {
                    if let Some(other) = kinds.insert(element, noun).filter(|other| *other != noun) {
                        let message =
                            format!("'{element}' is {noun} in '{}' and {other} in another model.", name(model));
                        self.error(id, message, "Rename one of them.");
                    }
                }
            }
        }
        let models = self.layer.semantic_models.iter();
        for of_kind in [models.collect::<Vec<_>>(), self.layer.metrics.iter().collect()] {
            let mut labels = HashMap::new();
            for (id, document) in of_kind {
                let Some(label) = document["label"].as_str() else { continue };
                if let Some(other) = labels.insert(label, name(document)) {
                    let message = format!("'{other}' and '{}' both have the label '{label}'.", name(document));
                    self.error(id, message, "Give one of them another label.");
                }
            }
        }
    }
}

/// The error for a semantic layer without a calendar.
pub fn without_time_spine(layer: &SemanticLayer) -> Option<Box<Diagnostic>> {
    let (id, model) = layer.semantic_models.first()?;
    let message = format!("There is the semantic model '{}', but no time spine of days or less.", name(model));
    let error = Diagnostic::error(Code::SEMANTIC_INVALID, message);
    let error = match layer.places.get(id) {
        Some(place) => error.at(place),
        None => error,
    };
    Some(error.hint("Add a model with a row a day, and 'time_spine:' in its properties."))
}

/// Where the layer's entries are declared.
pub type Places = HashMap<UniqueId, Span>;
