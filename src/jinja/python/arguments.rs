//! Reading the arguments of calls as Python binds them.

use crate::jinja::{Error, ErrorKind, Kwargs, Value};

/// The arguments of one call.
pub struct Arguments<'a> {
    function: &'a str,
    positional: &'a [Value],
    named: Option<Kwargs>,
}

impl<'a> Arguments<'a> {
    /// Splits off the named ones. `function` is for error messages.
    pub fn of(function: &'a str, values: &'a [Value]) -> Self {
        match values.split_last() {
            Some((last, rest)) if last.is_kwargs() => {
                Self { function, positional: rest, named: Kwargs::try_from(last.clone()).ok() }
            }
            _ => Self { function, positional: values, named: None },
        }
    }

    /// All positional ones.
    pub fn positional(&self) -> &'a [Value] {
        self.positional
    }

    /// All named ones.
    pub fn named(&self) -> Vec<(&str, Value)> {
        let Some(named) = &self.named else { return vec![] };
        named.args().filter_map(|key| Some((key, named.peek(key).ok()?))).collect()
    }

    /// The argument at `index`, which may also be given by name.
    pub fn get(&self, index: usize, name: &str) -> Option<Value> {
        match self.positional.get(index) {
            Some(value) => Some(value.clone()),
            None => self.named.as_ref().filter(|named| named.has(name)).and_then(|named| named.peek(name).ok()),
        }
    }

    /// The same, which must be given.
    pub fn require(&self, index: usize, name: &str) -> Result<Value, Error> {
        self.get(index, name).ok_or_else(|| {
            Error::new(ErrorKind::MissingArgument, format!("{}() misses its argument '{name}'", self.function))
        })
    }

    /// The same, as text.
    pub fn string(&self, index: usize, name: &str) -> Result<String, Error> {
        let value = self.require(index, name)?;
        match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.wrong(name, "text", &value)),
        }
    }

    /// The argument as a whole number, or `default` if it is not given or none.
    pub fn integer(&self, index: usize, name: &str, default: i64) -> Result<i64, Error> {
        match self.get(index, name) {
            Some(value) if !value.is_none() => value.as_i64().ok_or_else(|| self.wrong(name, "a whole number", &value)),
            _ => Ok(default),
        }
    }

    /// The argument `default`, else none.
    pub fn default_or_none(&self, index: usize) -> Value {
        self.get(index, "default").unwrap_or_else(|| Value::from(()))
    }

    /// Whether the argument is given and true.
    pub fn flag(&self, index: usize, name: &str) -> bool {
        self.get(index, name).is_some_and(|value| value.is_true())
    }

    /// An error that says what an argument should be.
    pub fn wrong(&self, name: &str, wanted: &str, value: &Value) -> Error {
        let message = format!("{}(): '{name}' must be {wanted}, not {}", self.function, value.kind());
        Error::new(ErrorKind::InvalidOperation, message)
    }
}

/// An error with a message.
pub(super) fn fail<T>(message: impl Into<String>) -> Result<T, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.into()))
}
