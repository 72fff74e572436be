//! `api.Relation` and `api.Column`.

use crate::adapters::{Parts, Relation, RelationKind};
use crate::compile::rendering::Rendering;
use crate::compile::values::{ColumnClass, RelationObject, ephemeral_name, kind_constant, parts_of_mapping};
use crate::jinja::{Arguments, Dict, Error, ErrorKind, Object, ObjectRepr, State, Value};
use std::fmt;
use std::sync::Arc;

/// `api`.
pub fn value(rendering: &Arc<Rendering>) -> Value {
    Dict::value([(Value::from("Relation"), relation(rendering)), (Value::from("Column"), column(rendering))])
}

/// `api.Column`.
pub fn column(rendering: &Rendering) -> Value {
    Value::from_object(ColumnClass(rendering.compiler.dialect()))
}

/// `api.Relation`.
pub fn relation(rendering: &Arc<Rendering>) -> Value {
    Value::from_object(RelationClass(rendering.clone()))
}

struct RelationClass(Arc<Rendering>);

impl RelationClass {
    /// What the project says about quoting.
    fn quoting(&self) -> Parts {
        let quoting = self.0.compiler.graph().project.root().settings.quoting;
        Parts {
            database: quoting.database.unwrap_or(true),
            schema: quoting.schema.unwrap_or(true),
            identifier: quoting.identifier.unwrap_or(true),
        }
    }

    fn create(&self, arguments: &Arguments<'_>) -> Value {
        let text = |index, name| {
            let value = arguments.get(index, name).filter(|value| !value.is_none() && !value.is_undefined());
            value.map(|value| value.to_string())
        };
        let mut relation = Relation {
            database: text(0, "database"),
            schema: text(1, "schema"),
            identifier: text(2, "identifier"),
            kind: text(3, "type").as_deref().and_then(RelationKind::parse),
            quote: self.quoting(),
            include: Parts::ALL,
        };
        for (name, value) in arguments.named() {
            match name {
                "quote_policy" => relation.quote = parts_of_mapping(&value, relation.quote),
                "include_policy" => relation.include = parts_of_mapping(&value, relation.include),
                _ => {}
            }
        }
        RelationObject::new(relation, self.0.compiler.dialect()).into_value()
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
        Ok(RelationObject::new(relation, self.0.compiler.dialect()).into_value())
    }
}

impl Object for RelationClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "get_relation_type" => Some(Value::from_dyn_object(self.clone())),
            name => kind_constant(name),
        }
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        // `get_relation_type('view')`.
        Ok(args.first().cloned().unwrap_or_default())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        Ok(match method {
            "create" => self.create(&arguments),
            "create_from" => self.create_from(&arguments.require(1, "relation_config")?)?,
            "add_ephemeral_prefix" => Value::from(ephemeral_name(&arguments.string(0, "name")?)),
            "get_relation_type" => arguments.require(0, "type")?,
            "relation_max_name_length" => Value::from(self.0.compiler.dialect().max_identifier_length),
            "scd_args" => super::adapter::scd_args(&arguments)?,
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

impl fmt::Debug for RelationClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<class Relation>")
    }
}
