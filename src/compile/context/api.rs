//! `api.Relation` and `api.Column`.

use crate::adapters::{Parts, Relation};
use crate::compile::rendering::Rendering;
use crate::compile::values::{
    ColumnClass, RelationObject, created, ephemeral_name, kind_constant, relation_types, scd_args,
};
use crate::jinja::{Arguments, Dict, Error, ErrorKind, Object, ObjectRepr, State, Value};
use std::fmt;
use std::sync::Arc;

/// `api`.
pub fn value(rendering: &Arc<Rendering>) -> Value {
    Dict::value([(Value::from("Relation"), relation(rendering)), (Value::from("Column"), column(rendering))])
}

/// `api.Column`.
pub fn column(rendering: &Rendering) -> Value {
    Value::from_object(ColumnClass(rendering.dialect()))
}

/// `api.Relation`.
pub fn relation(rendering: &Arc<Rendering>) -> Value {
    Value::from_object(RelationClass(rendering.clone()))
}

struct RelationClass(Arc<Rendering>);

impl RelationClass {
    /// What the project says about quoting.
    fn quoting(&self) -> Parts {
        self.0.compiler.graph().project.root().settings.quoting.parts(self.0.dialect())
    }

    /// `create_from(config, node)`: the relation of a node as a mapping.
    fn create_from(&self, node: &Value) -> Result<Value, Error> {
        let text = |key: &str| -> Result<Option<String>, Error> {
            let value = node.get_attr(key)?;
            Ok((!value.is_none() && !value.is_undefined()).then(|| value.to_string()))
        };
        let relation = Relation {
            database: text("database")?,
            schema: text("schema")?,
            identifier: text("identifier")?.or(text("alias")?),
            kind: None,
            quote: self.quoting(),
            include: Parts::ALL,
        };
        Ok(RelationObject::new(relation, self.0.dialect()).into_value())
    }
}

impl Object for RelationClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "get_relation_type" => Some(relation_types()),
            name => kind_constant(name),
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "create" => created(&arguments, self.quoting(), self.0.dialect())?,
            "create_from" => self.create_from(&arguments.require(1, "relation_config")?)?,
            "add_ephemeral_prefix" => Value::from(ephemeral_name(&arguments.string(0, "name")?)),
            "get_relation_type" => arguments.require(0, "type")?,
            "relation_max_name_length" => Value::from(self.0.dialect().max_identifier_length),
            "scd_args" => scd_args(&arguments)?,
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

impl fmt::Debug for RelationClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<class Relation>")
    }
}
