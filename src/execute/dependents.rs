//! What a dropped relation takes with it.

use super::run::Run;
use crate::adapters::Relation;
use crate::compile::{NodeContext, Session};
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::jinja::Value;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Schema and name.
type Place = (String, String);

/// Which relations depend on which, as the databases have it, by output. Asked once a run, when something is dropped for the first
/// time.
#[derive(Default)]
pub(super) struct Dependents {
    known: Mutex<HashMap<String, Arc<Known>>>,
}

/// What is known of an output.
struct Known {
    /// By what they depend on.
    dependents: HashMap<Place, Vec<Place>>,
    /// Where the project's own relations are.
    own: HashSet<Place>,
}

impl Dependents {
    /// All relations that dropping `relation` takes with it, however far. The error names those that are not the
    /// project's: they are never dropped.
    pub(super) fn of(&self, run: &Run, cx: &NodeContext, place: &Span, relation: &Relation) -> Result<Vec<Relation>> {
        if !cx.session().dialect().drops_cascade {
            return Ok(vec![]);
        }
        let known = self.known(run, cx)?;
        let taken = known.reach(relation);
        let mut foreign: Vec<_> = taken.iter().filter(|place| !known.own.contains(*place)).collect();
        foreign.sort();
        if foreign.is_empty() {
            let relation_at =
                |(schema, name): Place| Relation { schema: Some(schema), ..relation.with_identifier(name) };
            return Ok(taken.into_iter().map(relation_at).collect());
        }
        let names: Vec<_> = foreign.into_iter().map(|(schema, name)| format!("{schema}.{name}")).collect();
        let message = format!(
            "{relation} cannot be replaced: that would also drop what depends on it and is not part of this project: {}.",
            names.join(", ")
        );
        Err(Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
            .at(place)
            .hint("Drop these yourself, or let them be built by this project, or select from something else in them."))
    }

    fn known(&self, run: &Run, cx: &NodeContext) -> Result<Arc<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match known.entry(cx.session().output().name().to_owned()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => {
                let known = Known { dependents: read(run, cx)?, own: own_places(run, cx.session()) };
                unknown.insert(Arc::new(known)).clone()
            }
        })
    }
}

impl Known {
    fn reach(&self, relation: &Relation) -> HashSet<Place> {
        let mut taken = HashSet::new();
        let mut open = vec![(relation.schema_name().to_owned(), relation.name().to_owned())];
        while let Some(place) = open.pop() {
            let next = self.dependents.get(&place).into_iter().flatten();
            open.extend(next.filter(|place| taken.insert((*place).clone())).cloned().collect::<Vec<_>>());
        }
        taken
    }
}

fn own_places(run: &Run, session: &Session) -> HashSet<Place> {
    let graph = run.compiler.graph();
    let (output, dialect) = (session.output(), session.dialect());
    let nodes = graph.nodes.values().filter(|node| *node.target == *output.name());
    let relations = nodes.filter_map(|node| node.relation.as_ref());
    let place = |relation: &Relation| {
        let (_, schema, name) = relation.key(dialect);
        (schema, name)
    };
    relations.flat_map(|relation| [place(relation), place(&crate::plan::aside(relation, dialect))]).collect()
}

fn read(run: &Run, cx: &NodeContext) -> Result<HashMap<Place, Vec<Place>>> {
    let table = run.compiler.call(cx, "get_relations", &[], &[])?;
    let mut known: HashMap<Place, Vec<Place>> = HashMap::new();
    let text = |row: &Value, key: &str| row.get_item(&Value::from(key)).map(|value| value.to_string());
    for row in table.get_attr("rows").and_then(|rows| rows.try_iter()).into_iter().flatten() {
        let place = |end: &str| Ok((text(&row, &format!("{end}_schema"))?, text(&row, &format!("{end}_name"))?));
        let pair: Result<_, crate::jinja::Error> = place("referenced").and_then(|to| Ok((to, place("dependent")?)));
        let Ok((referenced, dependent)) = pair else { continue };
        known.entry(referenced).or_default().push(dependent);
    }
    Ok(known)
}
