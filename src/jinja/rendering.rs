//! One rendering: how names are resolved in a template and in the macros it calls.

use super::caller::Caller;
use super::forgiving::Forgiving;
use super::invocation::{Macro, Package};
use super::python::pairs;
use super::recorder::Recorder;
use super::syntax::Lowered;
use super::{Arguments, Dict, Engine, Enumerator, Error, MacroDef, Object, ObjectRepr, Scope, State, Value};
use crate::diagnostics::{Result, Span};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a template and all macros that it calls have in common.
pub(super) struct Rendering {
    pub engine: Engine,
    pub scope: Scope,
    /// The template, unless a macro is called from outside of one.
    pub template: Option<Lowered>,
    /// Whether a value keeps its type if it stands alone.
    pub native: bool,
    /// Notes where output comes from.
    pub recorder: Option<Arc<Recorder>>,
}

/// The name under which minijinja knows the template of a rendering.
pub(super) const TEMPLATE: &str = "template";

/// The name by which Rust functions find the [`Names`] they are called in.
const OWN_NAME: &str = "__names";

/// What names mean in one template or one call of a macro.
pub(super) struct Names {
    pub rendering: Arc<Rendering>,
    /// How many macros are being called.
    pub depth: usize,
    pub call: Option<Bound>,
}

/// A call's parameters and their values.
pub(super) struct Bound {
    pub def: Arc<MacroDef>,
    pub values: Vec<Value>,
    pub varargs: Option<Value>,
    pub kwargs: Option<Value>,
    pub caller: Option<Arc<Caller>>,
}

impl Bound {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some(index) = self.def.block.parameters.iter().position(|parameter| parameter == name) {
            return self.values.get(index).cloned();
        }
        match name {
            "varargs" => self.varargs.clone(),
            "kwargs" => self.kwargs.clone(),
            "caller" => self.caller.clone().map(Value::from_dyn_object),
            _ => None,
        }
    }
}

/// Renders a template with the names that the template or macro sees in which the function with `state` is called;
/// `None` outside of one.
pub fn render_here(state: &State<'_, '_>, template: &Span) -> Option<Result<String>> {
    let rendering = Names::of_state(state)?.rendering.clone();
    Some(rendering.engine.render(template, &rendering.scope).map(|rendered| rendered.text))
}

impl Names {
    /// Those of the template itself.
    pub fn of_template(rendering: Arc<Rendering>) -> Arc<Self> {
        Arc::new(Self { rendering, depth: 0, call: None })
    }

    /// Those in which the function that is called with `state` was called.
    pub fn of_state(state: &State<'_, '_>) -> Option<Arc<Self>> {
        state.lookup(OWN_NAME)?.downcast_object::<Self>()
    }

    /// The macro that a name means to the node.
    pub fn find_macro(&self, name: &str) -> Option<&Arc<MacroDef>> {
        let library = self.rendering.engine.library();
        if library.knows(name) { library.find(&self.rendering.scope.package, name) } else { None }
    }

    /// The macro of the package whose macro is being called.
    fn own_macro(&self, name: &str) -> Option<&Arc<MacroDef>> {
        let call = self.call.as_ref()?;
        self.rendering.engine.library().get(&call.def.package, name)
    }

    /// A macro as something to call.
    pub fn macro_value(self: &Arc<Self>, def: &Arc<MacroDef>) -> Value {
        Value::from_object(Macro { def: def.clone(), names: self.clone() })
    }

    fn package(self: &Arc<Self>, name: &str) -> Option<Value> {
        let known = self.rendering.engine.library().has_package(name);
        known.then(|| Value::from_object(Package { name: name.to_owned(), names: self.clone() }))
    }

    /// What the scope's layers say.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.rendering.engine.note_use(name);
        self.rendering.scope.get(name)
    }

    fn resolve(self: &Arc<Self>, name: &str) -> Option<Value> {
        if name.starts_with("__")
            && let Some(value) = self.internal(name)
        {
            return Some(value);
        }
        let overrides = self.rendering.engine.overrides();
        if let Some(value) = self.call.as_ref().and_then(|call| call.get(name)).or_else(|| overrides.get(name)) {
            return Some(value);
        }
        if let Some(value) = self.rendering.scope.additions.get(name) {
            return Some(value);
        }
        if let Some(def) = self.find_macro(name) {
            return Some(self.macro_value(def));
        }
        self.value(name)
            .or_else(|| self.rendering.engine.language().get(name).cloned())
            .or_else(|| (name == "context").then(|| Value::from_dyn_object(self.clone())))
            .or_else(|| self.own_macro(name).map(|def| self.macro_value(def)))
            .or_else(|| self.package(name))
    }

    /// All names that mean something here, with what they mean.
    fn all(self: &Arc<Self>) -> BTreeMap<String, Value> {
        let library = self.rendering.engine.library();
        let names = self.rendering.scope.names().into_iter().chain(library.names().map(str::to_owned));
        names.filter_map(|name| self.resolve(&name).map(|value| (name, value))).collect()
    }

    /// The functions that templates are rewritten to call.
    fn internal(self: &Arc<Self>, name: &str) -> Option<Value> {
        match name {
            OWN_NAME => Some(Value::from_dyn_object(self.clone())),
            "__at" | "__mark" => self.rendering.recorder.clone().map(Value::from_dyn_object),
            _ => self.rendering.engine.language().get(name).cloned(),
        }
    }

    /// Names that are undefined where they have no meaning, even to the forgiving.
    fn is_implicit(name: &str) -> bool {
        matches!(name, "caller" | "loop" | "varargs" | "kwargs" | "self" | "super")
    }
}

impl Object for Names {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        let found = self.resolve(name);
        if found.is_none() && self.rendering.scope.forgiving && !Self::is_implicit(name) {
            return Some(Forgiving::value());
        }
        found
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.all().into_keys().map(Value::from).collect())
    }

    /// The context has a dict's methods; what is added is seen by all that follows. A name may also be called as
    /// `context.name(…)`.
    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        let additions = &self.rendering.scope.additions;
        match method {
            "get" => {
                let found = self.resolve(&arguments.string(0, "key")?);
                Ok(found.unwrap_or_else(|| arguments.default_or_none(1)))
            }
            "update" => {
                pairs(&arguments)?.into_iter().for_each(|(name, value)| additions.add(name.to_string(), value));
                Ok(Value::from(()))
            }
            "setdefault" => {
                let name = arguments.string(0, "key")?;
                Ok(self.resolve(&name).unwrap_or_else(|| {
                    additions.add(name, arguments.default_or_none(1));
                    arguments.default_or_none(1)
                }))
            }
            "pop" => {
                let name = arguments.string(0, "key")?;
                Ok(additions
                    .remove(&name)
                    .or_else(|| self.resolve(&name))
                    .unwrap_or_else(|| arguments.default_or_none(1)))
            }
            "keys" | "values" | "items" | "copy" => {
                let names = self.all().into_iter().map(|(name, value)| (Value::from(name), value));
                Dict::value(names).call_method(state, method, args)
            }
            name => match self.resolve(name) {
                Some(value) => value.call(state, args),
                None => Err(Error::from(super::ErrorKind::UnknownMethod)),
            },
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<context>")
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<context>")
    }
}
