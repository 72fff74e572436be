//! `var()`: the project's variables as one package sees them.

use super::{Package, Project};
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::jinja::{
    Arguments, Engine, Error, Layer, Object, ObjectRepr, Scope, State, Value, from_args, from_json, raise,
};
use crate::yaml::Yaml;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::sync::Arc;

/// Variables by name; a later source has won over an earlier one.
#[derive(Debug, Clone, Default)]
pub struct Variables(IndexMap<String, Variable>);

#[derive(Debug, Clone)]
struct Variable {
    value: Json,
    /// The value where it is a template in dbt_project.yml: rendered each time it is asked for.
    template: Option<Yaml>,
}

impl Variables {
    /// What `--vars` gives.
    pub fn of_call<'a>(vars: impl IntoIterator<Item = (&'a String, &'a Json)>) -> Self {
        let variable = |value: &Json| Variable { value: value.clone(), template: None };
        Self(vars.into_iter().map(|(name, value)| (name.clone(), variable(value))).collect())
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

    fn add(&mut self, vars: &Yaml) {
        for (name, yaml) in vars.entries() {
            let is_template = yaml.as_str().is_some_and(|text| text.contains("{{") || text.contains("{%"));
            let template = is_template.then(|| yaml.clone());
            self.0.insert(name, Variable { value: yaml.to_json(), template });
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

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        // A default of none is a default.
        let arguments = Arguments::of("var", args);
        let (name, default) = (arguments.string(0, "name")?, arguments.get(1, "default"));
        match (self.variables.0.get(&name), default) {
            (Some(Variable { template: Some(template), .. }), _) => self.render(template).map_err(raise),
            (Some(variable), _) => Ok(from_json(&variable.value)),
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

impl VarFunction {
    fn render(self: &Arc<Self>, template: &Yaml) -> Result<Value> {
        let own: Layer = Arc::new([("var".to_owned(), Value::from_dyn_object(self.clone()))].into());
        let scope = Scope { package: self.package.clone(), layers: vec![own, self.names.clone()], forgiving: false };
        let rendered = self.engine.render(&template.template(), &scope)?;
        Ok(Value::from(rendered.text))
    }

    fn missing(&self, name: &str) -> Box<Diagnostic> {
        let known = self.variables.0.keys().map(String::as_str);
        let diagnostic =
            Diagnostic::error(Code::VAR_MISSING, format!("The variable '{name}' has no value, and var() no default."));
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
