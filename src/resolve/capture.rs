//! Rendering a template to learn what it declares: nothing is asked of the database, `execute` is false, and what is
//! not known yet gives a stand-in.

use super::calls::{Calls, named_call, ref_call, source_call};
use super::facts::Facts;
use super::site::Site;
use crate::diagnostics::{Result, Span};
use crate::jinja::{Error, ErrorKind, Kwargs, Object, Scope, State, Value, from_args, from_json, raise, to_json};
use crate::parse::{Setting, Settings};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a template declared while it was rendered.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    /// Refs, sources and functions.
    pub calls: Calls,
    /// The arguments of `config()`.
    pub config: Settings,
    /// Whether the template was rendered for it.
    pub is_rendered: bool,
}

/// Renders templates of one node and collects what they declare.
pub struct Capture<'a> {
    site: &'a Site,
    scope: Scope,
    record: Record,
}

type Record = Arc<Mutex<Captured>>;

impl<'a> Capture<'a> {
    /// For a node of `package`; `facts` is what its templates see as `model`.
    pub fn new(site: &'a Site, package: &str, template: &Span, facts: Arc<Facts>) -> Self {
        let record = Record::default();
        let mut layer = declaring_names(&record, template, &facts);
        layer.insert("model".into(), Value::from_dyn_object(facts));
        Self { site, scope: site.scope(package, Arc::new(layer), true), record }
    }

    /// Renders a template for what it declares.
    pub fn render(&self, template: &Span) -> Result<()> {
        self.site.engine.render(template, &self.scope).map(drop)
    }

    /// The value of a template that is one expression; otherwise its text.
    pub fn evaluate(&self, template: &Span) -> Result<Value> {
        self.site.engine.evaluate(template, &self.scope)
    }

    /// The same with another name.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        let layer = HashMap::from([(name.to_owned(), value)]);
        self.scope.layers.insert(0, Arc::new(layer));
        self
    }

    /// What was declared so far.
    pub fn captured(&self) -> Captured {
        Captured { is_rendered: true, ..self.record.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }
}

fn declaring_names(record: &Record, template: &Span, facts: &Facts) -> HashMap<String, Value> {
    let this = facts.relation();
    let (database, schema) = facts.database_and_schema();
    let function = |declaration: Declaration| {
        let (record, place, this) = (record.clone(), template.clone(), this.clone());
        Value::from_object(Recorder { declaration, record, place, this })
    };
    let (ref_, source) = (function(Declaration::Ref), function(Declaration::Source));
    let config = function(Declaration::Config);
    let builtins: HashMap<&str, Value> =
        HashMap::from([("ref", ref_.clone()), ("source", source.clone()), ("config", config.clone())]);
    HashMap::from([
        ("ref".to_owned(), ref_),
        ("source".to_owned(), source),
        ("config".to_owned(), config),
        ("function".to_owned(), function(Declaration::Function)),
        ("metric".to_owned(), function(Declaration::Metric)),
        ("builtins".to_owned(), Value::from(builtins)),
        ("this".to_owned(), this),
        ("database".to_owned(), Value::from(database)),
        ("schema".to_owned(), Value::from(schema)),
        ("quarantine".to_owned(), Value::from_function(|relation: Value| relation)),
        ("load_result".to_owned(), Value::from_function(|_: &str| Value::from(()))),
        ("graph".to_owned(), from_json(&Json::Object(Map::new()))),
    ])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declaration {
    Ref,
    Source,
    Function,
    Metric,
    Config,
}

/// A function whose calls are written down.
#[derive(Debug)]
struct Recorder {
    declaration: Declaration,
    record: Record,
    place: Span,
    this: Value,
}

impl Object for Recorder {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (args, kwargs): (&[Value], Kwargs) = from_args(args)?;
        let args: Vec<Json> = args.iter().map(to_json).collect();
        let kwargs = named(&kwargs)?;
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        match self.declaration {
            Declaration::Ref => record.calls.refs.push(ref_call(&args, &kwargs, &self.place).map_err(raise)?),
            Declaration::Source => {
                let source = source_call(&args, &self.place).map_err(raise)?;
                record.calls.sources.push((source, self.place.clone()));
            }
            Declaration::Function => {
                let names = named_call("function", &args, &self.place).map_err(raise)?;
                record.calls.functions.push((names, self.place.clone()));
            }
            Declaration::Metric => {
                let names = named_call("metric", &args, &self.place).map_err(raise)?;
                let name = names.last().cloned().unwrap_or_default();
                record.calls.metrics.push((names, self.place.clone()));
                return Ok(Value::from(name));
            }
            Declaration::Config => {
                let given = args.into_iter().filter_map(into_entries).flatten().chain(kwargs);
                let setting = |(key, value)| Setting { key, value, written: None, span: self.place.clone() };
                record.config.0.extend(given.map(setting));
                return Ok(Value::from(""));
            }
        }
        Ok(self.this.clone())
    }

    /// `config.set()` declares as `config()` does. `config.get()` and its kin: what the config will be is not known yet.
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        if self.declaration != Declaration::Config {
            return Err(Error::from(ErrorKind::UnknownMethod));
        }
        if let ("set", [key, value]) = (method, args) {
            let span = self.place.clone();
            let setting = Setting { key: key.to_string(), value: to_json(value), written: None, span };
            self.record.lock().unwrap_or_else(PoisonError::into_inner).config.0.push(setting);
        }
        Ok(Value::from(""))
    }
}

fn into_entries(json: Json) -> Option<Map<String, Json>> {
    match json {
        Json::Object(map) => Some(map),
        _ => None,
    }
}

fn named(kwargs: &Kwargs) -> Result<Vec<(String, Json)>, Error> {
    kwargs.args().map(|key| Ok((key.to_owned(), to_json(&kwargs.get::<Value>(key)?)))).collect()
}
