//! Calling macros.

use super::caller::Caller;
use super::failure::{self, Failure};
use super::library::BUILTIN;
use super::python::{Dict, Missing, ReturnSignal, tuple};
use super::rendering::{Bound, Names};
use super::{Error, ErrorKind, Kwargs, MacroDef, Object, ObjectRepr, State, Value, raise};
use crate::diagnostics::{Code, Diagnostic, nearest};
use std::fmt;
use std::sync::Arc;

/// How many macros may be inside each other: Python gives up at a similar depth.
const DEEPEST: usize = 300;

/// A macro, as something to call.
pub(super) struct Macro {
    pub def: Arc<MacroDef>,
    /// Where it was named.
    pub names: Arc<Names>,
}

impl Macro {
    /// Calls it from Rust, outside of any template.
    pub fn invoke(&self, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        if self.names.depth >= DEEPEST {
            return Err(raise(self.too_deep()));
        }
        let bound = self.bind(state, args)?;
        let caller = bound.caller.clone();
        let rendering = self.names.rendering.clone();
        let names = Names { rendering, depth: self.names.depth + 1, call: Some(bound) };
        let result = self.run(Arc::new(names));
        if let Some(caller) = caller {
            caller.retire();
        }
        result
    }

    fn run(&self, names: Arc<Names>) -> Result<Value, Error> {
        let rendering = names.rendering.clone();
        let environment = rendering.engine.environment(rendering.scope.forgiving);
        let rendered =
            environment.get_template(self.def.id()).and_then(|template| template.render(Value::from_dyn_object(names)));
        match rendered {
            Ok(text) => Ok(Value::from(text)),
            Err(error) => match returned(&error) {
                Some(value) => Ok(value),
                None => Err(self.failed(error)),
            },
        }
    }

    fn failed(&self, error: Error) -> Error {
        let diagnostic = failure::diagnostic(error, &self.names.rendering);
        Failure { diagnostic, callee: format!("macro {}.{}", self.def.package, self.def.name) }.into()
    }

    fn bind(&self, state: &mut State<'_, '_>, args: &[Value]) -> Result<Bound, Error> {
        let (positional, named) = split(args);
        let block = &self.def.block;
        let mut values = Vec::with_capacity(block.parameters.len());
        for (index, parameter) in block.parameters.iter().enumerate() {
            let given = named.as_ref().filter(|named| named.has(parameter)).map(|named| named.peek(parameter));
            values.push(match (positional.get(index), given) {
                (Some(_), Some(_)) => return Err(self.wrong(format!("gets `{parameter}` twice"))),
                (Some(value), None) => value.clone(),
                (None, Some(value)) => value?,
                (None, None) if block.defaults.get(index).is_some_and(Option::is_some) => Missing::value(),
                (None, None) => Value::UNDEFINED,
            });
        }
        let extra = positional.get(values.len()..).unwrap_or_default();
        let mut bound = Bound { def: self.def.clone(), values, varargs: None, kwargs: None, caller: None };
        self.bind_extra(&mut bound, extra)?;
        if let Some(named) = named {
            self.bind_named(&mut bound, state, &named)?;
        } else if self.def.takes_kwargs {
            bound.kwargs = Some(Dict::value([]));
        }
        Ok(bound)
    }

    fn bind_extra(&self, bound: &mut Bound, extra: &[Value]) -> Result<(), Error> {
        if self.def.takes_varargs {
            bound.varargs = Some(tuple(extra.to_vec()));
        } else if !extra.is_empty() {
            let most = bound.values.len();
            return Err(self.wrong(format!("takes at most {most} arguments, and gets {}", most + extra.len())));
        }
        Ok(())
    }

    fn bind_named(&self, bound: &mut Bound, state: &mut State<'_, '_>, named: &Kwargs) -> Result<(), Error> {
        let parameters = &self.def.block.parameters;
        let mut extra = vec![];
        for name in named.args().filter(|name| !parameters.iter().any(|parameter| parameter == name)) {
            if name == "caller" {
                bound.caller = Some(Caller::new(named.peek(name)?, state));
            } else {
                extra.push((Value::from(name), named.peek::<Value>(name)?));
            }
        }
        if self.def.takes_kwargs {
            bound.kwargs = Some(Dict::value(extra));
        } else if let Some((name, _)) = extra.first() {
            let name = name.to_string();
            return Err(self.wrong(format!("has no parameter `{name}`")));
        }
        Ok(())
    }

    fn wrong(&self, what: String) -> Error {
        let parameters = self.def.block.parameters.join(", ");
        raise(
            Diagnostic::error(Code::MACRO_ARGUMENTS, format!("The macro `{}` {what}.", self.def.name))
                .hint(format!("Its signature is `{}({parameters})`.", self.def.name)),
        )
    }

    fn too_deep(&self) -> Box<Diagnostic> {
        let message = format!("More than {DEEPEST} macros are inside each other at `{}`.", self.def.name);
        Diagnostic::error(Code::JINJA_RENDER, message).hint("A macro calls itself without end.")
    }
}

fn split(args: &[Value]) -> (&[Value], Option<Kwargs>) {
    match args.split_last() {
        Some((last, rest)) if last.is_kwargs() => (rest, Kwargs::try_from(last.clone()).ok()),
        _ => (args, None),
    }
}

/// The value of a `return(…)` that ended the macro.
pub(super) fn returned(error: &Error) -> Option<Value> {
    let signal = std::error::Error::source(error)?.downcast_ref::<ReturnSignal>()?;
    Some(signal.0.clone())
}

impl Object for Macro {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => Some(Value::from(self.def.name.as_str())),
            "package_name" => Some(Value::from(self.def.package.as_str())),
            "unique_id" => Some(Value::from(self.def.unique_id())),
            _ => None,
        }
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        self.invoke(state, args)
    }

    fn custom_cmp(self: &Arc<Self>, other: &super::DynObject) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Macro>()?;
        Some((&self.def.package, &self.def.name).cmp(&(&other.def.package, &other.def.name)))
    }
}

impl fmt::Debug for Macro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<macro {}.{}>", self.def.package, self.def.name)
    }
}

/// A package's macros: `dbt_utils.star`.
pub(super) struct Package {
    pub name: String,
    pub names: Arc<Names>,
}

impl Package {
    fn find(&self, name: &str) -> Option<Value> {
        let qualified = format!("{}.{name}", self.name);
        if let Some(value) = self.names.rendering.engine.overrides().get(&qualified) {
            return Some(value);
        }
        let library = self.names.rendering.engine.library();
        let found = library.qualified(&self.name, name).map(|def| self.names.macro_value(def));
        // Some of what dbt writes as macros are functions here: `dbt.run_query`.
        found.or_else(|| (self.name == BUILTIN).then(|| self.names.value(name)).flatten())
    }

    fn unknown(&self, name: &str) -> Box<Diagnostic> {
        let library = self.names.rendering.engine.library();
        let known: Vec<&str> =
            library.iter().filter(|def| def.package == self.name).map(|def| def.name.as_str()).collect();
        let diagnostic =
            Diagnostic::error(Code::MACRO_UNKNOWN, format!("The package `{}` has no macro `{name}`.", self.name));
        match nearest(name, known).as_slice() {
            [] => diagnostic,
            near => diagnostic.hint(format!("Did you mean `{}`?", near.join("` or `"))),
        }
    }
}

impl Object for Package {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.find(key.as_str()?)
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match self.find(method) {
            Some(found) => found.call(state, args),
            None if method == "get" => {
                let (name, default): (String, Option<Value>) = minijinja::value::from_args(args)?;
                Ok(self.find(&name).or(default).unwrap_or_else(|| Value::from(())))
            }
            None => Err(raise(self.unknown(method))),
        }
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<package {}>", self.name)
    }
}

/// The macro that `adapter.dispatch(name, macro_namespace)` means where `state` is.
pub fn dispatch(state: &State<'_, '_>, name: &str, namespace: Option<&str>) -> Result<Value, Error> {
    let Some(names) = Names::of_state(state) else {
        return Err(Error::new(ErrorKind::InvalidOperation, "dispatch is possible inside of templates only"));
    };
    if let Some((package, name)) = name.split_once('.') {
        let hint = format!("Write `adapter.dispatch('{name}', macro_namespace='{package}')`.");
        return Err(raise(Diagnostic::error(Code::MACRO_UNKNOWN, "A macro's name has no dot.").hint(hint)));
    }
    let library = names.rendering.engine.library();
    if let Some(def) = library.dispatch(&names.rendering.scope.package, name, namespace) {
        return Ok(names.macro_value(def));
    }
    let own = names.call.as_ref().map(|call| call.def.package.as_str());
    if let Some(def) = own.and_then(|package| library.dispatch(package, name, namespace)) {
        return Ok(names.macro_value(def));
    }
    let searched: Vec<String> = library
        .candidates(name, namespace)
        .into_iter()
        .map(|(package, name)| package.map_or_else(|| format!("`{name}`"), |package| format!("`{package}.{name}`")))
        .collect();
    let place = namespace.map(|namespace| format!(" in the namespace `{namespace}`")).unwrap_or_default();
    Err(raise(
        Diagnostic::error(Code::MACRO_UNKNOWN, format!("dispatch finds no macro named `{name}`{place}."))
            .note(format!("Searched for: {}", searched.join(", "))),
    ))
}
