//! Relations as templates see them.

use super::EventTime;
use super::method::method;
use super::policy::{parts_of, parts_of_mapping, parts_value};
use crate::adapters::{Dialect, Parts, Relation, RelationKind};
use crate::jinja::{Arguments, Dict, DynObject, Enumerator, Error, ErrorKind, List, Object, ObjectRepr, State, Value};
use crate::resolve::Source;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A relation as templates see it: written as it stands in SQL, with limits around it where the run has some.
#[derive(Debug, Clone)]
pub struct RelationObject {
    /// The name.
    pub relation: Relation,
    /// The engine.
    pub dialect: &'static Dialect,
    /// How many rows of it are seen: 0 for `--empty`.
    pub limit: Option<u64>,
    /// Which stretch of time of it is seen.
    pub event_time: Option<EventTime>,
    /// What is written instead of the name: a file or a function that the engine reads as a table.
    pub location: Option<String>,
    /// A view of the information schema, which follows the name.
    pub view: Option<String>,
}

/// A relation as templates see it.
pub fn relation_value(relation: &Relation, dialect: &'static Dialect) -> Value {
    RelationObject::new(relation.clone(), dialect).into_value()
}

/// A source's table, or what is read in its place.
pub fn source_object(source: &Source, dialect: &'static Dialect) -> RelationObject {
    RelationObject { location: source.location.clone(), ..RelationObject::new(source.relation.clone(), dialect) }
}

/// The relation that a template's value is, if it is one.
pub fn relation_of(value: &Value) -> Option<Relation> {
    value.downcast_object_ref::<RelationObject>().map(|object| object.relation.clone())
}

impl RelationObject {
    /// A relation without limits.
    pub fn new(relation: Relation, dialect: &'static Dialect) -> Self {
        Self { relation, dialect, limit: None, event_time: None, location: None, view: None }
    }

    /// As a value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    fn with(&self, relation: Relation) -> Value {
        Self { relation, ..self.clone() }.into_value()
    }

    /// The name as it stands in SQL, without limits.
    fn name(&self) -> String {
        match (&self.location, &self.view) {
            (Some(location), _) => location.clone(),
            (None, Some(view)) => format!("{}.{view}", self.relation),
            (None, None) => self.relation.to_string(),
        }
    }

    /// The name in a query that leaves out what is not to be seen.
    fn limited(&self) -> String {
        if self.relation.kind == Some(RelationKind::Function) {
            return self.name();
        }
        let limited = match self.limit {
            None => self.name(),
            Some(0) => format!("(select * from {} where false limit 0){}", self.name(), self.alias("limit")),
            Some(limit) => format!("(select * from {} limit {limit}){}", self.name(), self.alias("limit")),
        };
        match &self.event_time {
            Some(filter) => {
                format!("(select * from {limited} where {}){}", filter.condition(), self.alias("et_filter"))
            }
            None => limited,
        }
    }

    fn alias(&self, namespace: &str) -> String {
        match self.dialect.subqueries_need_alias {
            true => format!(" _dbt_{namespace}_subq_{}", self.relation.name()),
            false => String::new(),
        }
    }

    /// The relation with the parts that a mapping names: `replace_path`, and the `path` of `incorporate`.
    fn with_path(relation: &Relation, part: impl Fn(&str) -> Option<Value>) -> Relation {
        let text = |name: &str, standing: &Option<String>| match part(name) {
            Some(value) if value.is_none() || value.is_undefined() => None,
            Some(value) => Some(value.to_string()),
            None => standing.clone(),
        };
        Relation {
            database: text("database", &relation.database),
            schema: text("schema", &relation.schema),
            identifier: text("identifier", &relation.identifier),
            ..relation.clone()
        }
    }

    /// `incorporate(path={…}, type='view', quote_policy={…}, include_policy={…}, limit=…)`.
    fn incorporate(&self, arguments: &Arguments<'_>) -> Value {
        let mut changed = self.clone();
        for (name, value) in arguments.named() {
            let relation = &mut changed.relation;
            match name {
                "path" => {
                    let part = |part: &str| value.get_attr(part).ok().filter(|found| !found.is_undefined());
                    *relation = Self::with_path(relation, part);
                }
                "type" => relation.kind = value.as_str().and_then(RelationKind::parse),
                "quote_policy" => relation.quote = parts_of_mapping(&value, relation.quote),
                "include_policy" => relation.include = parts_of_mapping(&value, relation.include),
                "limit" => changed.limit = value.as_usize().map(|limit| limit as u64),
                "information_schema_view" => changed.view = value.as_str().map(str::to_owned),
                _ => {}
            }
        }
        changed.into_value()
    }

    /// The information schema of the relation's database, or a view in it.
    fn information_schema(&self, view: Option<Value>) -> Value {
        let mut relation = self.relation.clone();
        relation.schema = None;
        relation.identifier = Some("INFORMATION_SCHEMA".into());
        relation.kind = Some(RelationKind::View);
        relation.include.schema = false;
        relation.include.identifier = true;
        relation.quote.identifier = false;
        let view = view.and_then(|view| view.as_str().map(str::to_owned));
        Self { view, ..Self::new(relation, self.dialect) }.into_value()
    }

    /// Whether the given parts are this relation's.
    fn matches(&self, arguments: &Arguments<'_>) -> bool {
        let other = Self::with_path(&self.relation, |part| {
            let index = ["database", "schema", "identifier"].iter().position(|name| *name == part)?;
            arguments.get(index, part).filter(|value| !value.is_none())
        });
        self.relation.same_place(&other, self.dialect)
    }

    fn without_identifier(&self) -> Value {
        let mut relation = self.relation.clone();
        relation.identifier = None;
        relation.include.identifier = false;
        self.with(relation)
    }

    fn kind_value(&self) -> Value {
        self.relation.kind.map_or_else(|| Value::from(()), |kind| Value::from(kind.as_str()))
    }

    fn is(&self, kind: RelationKind) -> Value {
        Value::from(self.relation.kind == Some(kind))
    }

    fn path(&self) -> Value {
        Dict::value(["database", "schema", "identifier"].map(|part| (Value::from(part), self.part(part))))
    }

    fn part(&self, part: &str) -> Value {
        let name = match part {
            "database" => &self.relation.database,
            "schema" => &self.relation.schema,
            _ => &self.relation.identifier,
        };
        name.as_deref().map_or_else(|| Value::from(()), Value::from)
    }

    /// Whether the relation can be renamed or replaced while it is in use.
    fn replaceable(&self) -> bool {
        matches!(self.relation.kind, Some(RelationKind::Table | RelationKind::View))
    }

    /// `relation.get(key, default)`: `metadata` tells packages that it is a relation.
    fn get(self: &Arc<Self>, arguments: &Arguments<'_>) -> Result<Value, Error> {
        let key = arguments.string(0, "key")?;
        if key == "metadata" {
            return Ok(Dict::value([(Value::from("type"), Value::from("Relation"))]));
        }
        let default = || arguments.get(1, "default").unwrap_or_else(|| Value::from(()));
        Ok(self.get_value_by_str(&key).unwrap_or_else(default))
    }
}

/// `Relation.create(database, schema, identifier, type, quote_policy={…}, include_policy={…})`.
///
/// # Errors
/// There is no such type of relations.
pub fn created(arguments: &Arguments<'_>, quote: Parts, dialect: &'static Dialect) -> Result<Value, Error> {
    let text = |index, name| {
        let value = arguments.get(index, name).filter(|value| !value.is_none() && !value.is_undefined());
        value.map(|value| value.to_string())
    };
    let kind = text(3, "type");
    if let Some(unknown) = kind.as_deref().filter(|kind| !KINDS.iter().any(|(_, known)| known == kind)) {
        let message = format!("there is no type of relations '{unknown}'");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    let mut relation = Relation {
        database: text(0, "database"),
        schema: text(1, "schema"),
        identifier: text(2, "identifier"),
        kind: kind.as_deref().and_then(RelationKind::parse),
        quote,
        include: Parts::ALL,
    };
    for (name, value) in arguments.named() {
        match name {
            "quote_policy" => relation.quote = parts_of_mapping(&value, relation.quote),
            "include_policy" => relation.include = parts_of_mapping(&value, relation.include),
            _ => {}
        }
    }
    Ok(RelationObject::new(relation, dialect).into_value())
}

/// `scd_args(primary_key, updated_at)`: the columns that identify a version of a row.
pub fn scd_args(arguments: &Arguments<'_>) -> Result<Value, Error> {
    let key = arguments.require(0, "primary_key")?;
    let mut columns: Vec<Value> = match key.as_str() {
        Some(_) => vec![key],
        None => key.try_iter()?.collect(),
    };
    columns.push(arguments.require(1, "updated_at")?);
    Ok(List::value(columns))
}

/// The kinds of relations: as a relation's class calls them, and as they are written.
const KINDS: &[(&str, &str)] = &[
    ("Table", "table"),
    ("View", "view"),
    ("CTE", "cte"),
    ("MaterializedView", "materialized_view"),
    ("DynamicTable", "dynamic_table"),
    ("External", "external"),
    ("PointerTable", "pointer_table"),
    ("Function", "function"),
];

/// `get_relation_type`: `get_relation_type.View`, `get_relation_type('view')`.
#[derive(Debug)]
struct RelationTypes;

impl Object for RelationTypes {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        kind_constant(key.as_str()?)
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        Arguments::of("get_relation_type", args).require(0, "type")
    }
}

/// `get_relation_type`.
pub fn relation_types() -> Value {
    Value::from_object(RelationTypes)
}

/// The names that a relation's class has for its kinds: `api.Relation.View`.
pub fn kind_constant(name: &str) -> Option<Value> {
    let (_, kind) = KINDS.iter().find(|(known, _)| *known == name)?;
    Some(Value::from(*kind))
}

/// The keys of a relation where it is taken as a mapping.
const KEYS: &[&str] = &["path", "type", "quote_character", "include_policy", "quote_policy", "dbt_created", "limit"];

/// The methods of a relation.
const METHODS: &[&str] = &[
    "render",
    "render_limited",
    "include",
    "quote",
    "create",
    "incorporate",
    "replace_path",
    "without_identifier",
    "information_schema",
    "information_schema_only",
    "quoted",
    "matches",
    "to_dict",
    "add_ephemeral_prefix",
];

/// A relation is a mapping too: packages tell by that whether something is a relation.
impl Object for RelationObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(KEYS)
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "database" | "schema" | "identifier" => self.part(key),
            "name" | "table" => self.part("identifier"),
            "type" => self.kind_value(),
            "is_table" => self.is(RelationKind::Table),
            "is_view" => self.is(RelationKind::View),
            "is_cte" | "is_ephemeral" => self.is(RelationKind::Cte),
            "is_materialized_view" => self.is(RelationKind::MaterializedView),
            "is_dynamic_table" => self.is(RelationKind::DynamicTable),
            "is_function" => self.is(RelationKind::Function),
            "is_external" => self.is(RelationKind::External),
            "is_pointer" => Value::from(false),
            "can_be_renamed" | "can_be_replaced" => Value::from(self.replaceable()),
            "renameable_relations" | "replaceable_relations" => {
                List::value(["table", "view"].map(Value::from).to_vec())
            }
            "quote_character" => Value::from("\""),
            "path" => self.path(),
            "quote_policy" => parts_value(self.relation.quote),
            "include_policy" => parts_value(self.relation.include),
            "limit" => self.limit.map_or_else(|| Value::from(()), Value::from),
            "require_alias" => Value::from(self.dialect.subqueries_need_alias),
            "external" => self.location.as_deref().map_or_else(|| Value::from(()), Value::from),
            "information_schema_view" => self.view.as_deref().map_or_else(|| Value::from(()), Value::from),
            "dbt_created" => Value::from(false),
            "catalog" | "event_time_filter" => Value::from(()),
            "get_relation_type" => relation_types(),
            _ => return kind_constant(key).or_else(|| method(self, METHODS, key)),
        })
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let arguments = Arguments::of(method, args);
        let relation = &self.relation;
        Ok(match method {
            "render" => Value::from(self.name()),
            "render_limited" => Value::from(self.limited()),
            "include" => self.with(Relation { include: parts_of(&arguments, relation.include), ..relation.clone() }),
            "quote" => self.with(Relation { quote: parts_of(&arguments, relation.quote), ..relation.clone() }),
            "create" => created(&arguments, self.dialect.quoting(), self.dialect)?,
            "get_relation_type" => arguments.require(0, "type")?,
            "get_default_quote_policy" => parts_value(self.dialect.quoting()),
            "get_default_include_policy" => parts_value(Parts::ALL),
            "scd_args" => scd_args(&arguments)?,
            "to_dict" => {
                Dict::value(KEYS.iter().filter_map(|key| Some((Value::from(*key), self.get_value_by_str(key)?))))
            }
            "incorporate" | "replace" => self.incorporate(&arguments),
            "replace_path" => {
                let named = arguments.named();
                let part = |part: &str| named.iter().find(|(name, _)| *name == part).map(|(_, value)| value.clone());
                self.with(Self::with_path(relation, part))
            }
            "without_identifier" => self.without_identifier(),
            "information_schema" | "information_schema_only" => self.information_schema(arguments.get(0, "view_name")),
            "quoted" => Value::from(self.dialect.quote(&arguments.string(0, "identifier")?)),
            "matches" => Value::from(self.matches(&arguments)),
            "get" => self.get(&arguments)?,
            "add_ephemeral_prefix" => Value::from(ephemeral_name(&arguments.string(0, "name")?)),
            "relation_max_name_length" => Value::from(self.dialect.max_identifier_length),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<RelationObject>()?;
        Some(self.relation.key(self.dialect).cmp(&other.relation.key(other.dialect)))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.limited())
    }
}

/// The name under which an ephemeral model appears in the queries of its children.
pub fn ephemeral_name(identifier: &str) -> String {
    format!("__dbt__cte__{identifier}")
}
