//! `var()`: the project's variables as one package sees them.

use super::{Package, Project};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, nearest};
use crate::jinja::{
    Arguments, Engine, Error, Layer, Object, ObjectRepr, Scope, State, Value, from_args, from_yaml, raise, render_here,
};
use crate::yaml::{Yaml, YamlValue};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

/// Variables by name; a later source has won over an earlier one.
#[derive(Debug, Clone, Default)]
pub struct Variables(IndexMap<String, Variable>);

/// The value of `--vars`: a mapping, in which dates are dates.
#[derive(Clone, PartialEq)]
pub struct CallVariables(Yaml);

impl CallVariables {
    /// Variables in YAML; `None` if it is no mapping.
    pub fn of_yaml(yaml: Yaml) -> Option<Self> {
        (yaml.is_null() || yaml.as_map().is_some()).then_some(Self(yaml))
    }

    /// Variables as an artifact has them.
    pub fn of_json(json: &Json) -> Option<Self> {
        Self::of_yaml(Yaml::from_json(json, &SourceFile::new("--vars", "").span(0..0)))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.entries().next().is_none()
    }

    /// As plain data.
    pub fn to_json(&self) -> Map<String, Json> {
        self.0.entries().map(|(name, value)| (name, value.to_json())).collect()
    }
}

/// None.
impl Default for CallVariables {
    fn default() -> Self {
        Self(Yaml::new(YamlValue::Null, SourceFile::new("--vars", "").span(0..0)))
    }
}

/// Without places; a date and a text are told apart.
impl std::fmt::Debug for CallVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&written(&self.0))
    }
}

fn written(yaml: &Yaml) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match &yaml.value {
        YamlValue::Seq(items) => format!("[{}]", list(items.iter().map(written).collect())),
        YamlValue::Map(entries) => {
            let pair = |(key, value): &(Yaml, Yaml)| format!("{}: {}", written(key), written(value));
            format!("{{{}}}", list(entries.iter().map(pair).collect()))
        }
        YamlValue::Time(text) => text.clone(),
        _ => yaml.to_json().to_string(),
    }
}

#[derive(Debug, Clone)]
struct Variable {
    value: Yaml,
    /// Whether it is a template in dbt_project.yml: rendered each time it is asked for.
    is_template: bool,
}

impl Variables {
    /// What `--vars` gives.
    pub fn of_call(vars: &CallVariables) -> Self {
        let variable = |value: &Yaml| Variable { value: value.clone(), is_template: false };
        Self(vars.0.entries().map(|(name, value)| (name, variable(value))).collect())
    }

    /// What the templates of a package see: `--vars`, else what the root project says for the package, else for all,
    /// else what the package itself says.
    pub fn of_package(project: &Project, package: &Package) -> Self {
        let root = project.root();
        let mut all = Self::default();
        for project in [package, root] {
            if let Some(vars) = &project.settings.vars {
                all.add(vars);
                if let Some(own) = vars.get(&package.name).filter(|own| own.as_map().is_some()) {
                    all.add(own);
                }
            }
        }
        all.0.extend(Self::of_call(&project.cli_vars).0);
        all
    }

    /// Whether a variable's value is a template, which may `ref` something or call a macro.
    pub fn have_templates(&self) -> bool {
        self.0.values().any(|variable| variable.is_template)
    }

    fn add(&mut self, vars: &Yaml) {
        for (name, yaml) in vars.entries() {
            let is_template = yaml.as_str().is_some_and(|text| text.contains("{{") || text.contains("{%"));
            self.0.insert(name, Variable { value: yaml.clone(), is_template });
        }
    }
}

/// The function `var(name, default)`, with its method `has_var(name)`.
#[derive(Debug, Clone)]
pub struct VarFunction {
    /// The variables.
    pub variables: Variables,
    /// The package whose templates call it.
    pub package: String,
    /// What the variables' own templates see beside `var`.
    pub names: Layer,
    /// Renders them.
    pub engine: Engine,
    /// Whether a variable without a value is none instead of an error.
    pub forgiving: bool,
}

impl Object for VarFunction {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        // A default of none is a default.
        let arguments = Arguments::of("var", args);
        let (name, default) = (arguments.string(0, "name")?, arguments.get(1, "default"));
        match (self.variables.0.get(&name), default) {
            (Some(Variable { value, is_template: true }), _) => self.render(state, value).map_err(raise),
            (Some(variable), _) => Ok(from_yaml(&variable.value)),
            (None, Some(default)) => Ok(default),
            (None, None) if self.forgiving => Ok(Value::from(())),
            (None, None) => Err(raise(self.missing(&name))),
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        if method != "has_var" {
            return Err(Error::new(crate::jinja::ErrorKind::UnknownMethod, format!("var has no method {method}")));
        }
        let (name,): (String,) = from_args(args)?;
        Ok(Value::from(self.variables.0.contains_key(&name)))
    }
}

/// A variable being rendered inside of others.
struct Level;

thread_local! {
    static LEVELS: Cell<usize> = const { Cell::new(0) };
}

impl Level {
    /// Variables inside variables inside variables; people need two or three.
    const DEEPEST: usize = 20;

    fn enter() -> Option<Self> {
        let level = LEVELS.get();
        (level < Self::DEEPEST).then(|| LEVELS.set(level + 1)).map(|()| Self)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVELS.set(LEVELS.get() - 1);
    }
}

impl VarFunction {
    /// Renders a variable's template with the names of the template that asks for it: it may `ref` what that may.
    fn render(self: &Arc<Self>, state: &State<'_, '_>, template: &Yaml) -> Result<Value> {
        let template = template.template();
        let Some(_level) = Level::enter() else {
            let message = "The variable needs its own value.";
            return Err(Diagnostic::error(Code::JINJA_RENDER, message).at(&template));
        };
        if let Some(text) = render_here(state, &template) {
            return Ok(Value::from(text?));
        }
        let own = HashMap::from([("var".to_owned(), Value::from_dyn_object(self.clone()))]);
        let layers: Vec<Layer> = vec![Arc::new(own), self.names.clone()];
        let scope = Scope::new(self.package.as_str(), layers, false);
        Ok(Value::from(self.engine.render(&template, &scope)?.text))
    }

    fn missing(&self, name: &str) -> Box<Diagnostic> {
        let known = self.variables.0.keys().map(String::as_str);
        let diagnostic = Diagnostic::error(Code::VAR_MISSING, format!("Required var '{name}' not found in config."));
        let diagnostic = match nearest(name, known.clone()).first() {
            Some(near) => diagnostic.hint(format!("Did you mean '{near}'?")),
            None => diagnostic.hint(format!(
                "Give it one under 'vars:' in dbt_project.yml or with --vars '{{{name}: …}}', or write var('{name}', default)."
            )),
        };
        let known: Vec<_> = known.collect();
        if known.is_empty() {
            diagnostic.note(format!("No variables are given for the package '{}'.", self.package))
        } else {
            diagnostic.note(format!("Variables given for the package '{}': {}", self.package, known.join(", ")))
        }
    }
}
