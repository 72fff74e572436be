//! The steps by which a snapshot records versions of rows.

use super::aside::{beside, session_table};
use super::lookup::{join_settings, lookup_settings};
use super::{Arg, Call, Situation, Slot, Step, snapshot};
use crate::adapters::{Dialect, Relation, RelationKind};
use crate::resolve::Config;

/// The first time, each row of the query is a version, and only keys with more than that are looked at closely. Later,
/// the rows of the query are brought down to what is new in them.
pub(super) fn steps(situation: &Situation<'_>, target: &Relation) -> Vec<Step> {
    let mut steps = vec![snapshot::lock(situation, target)];
    let places = Places::of(situation, target);
    match situation.existing {
        Some(_) => {
            steps.push(temporary_table(&places.rows, Arg::Sql));
            steps.extend(places.record(true));
            steps.push(Step::DropTemporary(places.rows));
        }
        None if situation.dialect.transactional_ddl => steps.extend(places.first(true)),
        None => {
            // What is seen outside is whole from the beginning.
            let built = Places { target: session_table(target, "__dbt_tmp", situation.dialect), ..places };
            steps.extend(built.first(false));
            let call = Call::new(
                "create_table_as",
                [false.into(), target.clone().into(), Arg::SelectAll(built.target.clone())],
            );
            steps.push(Step::Execute { call, main: true, creates: Some(target.clone()) });
            steps.push(Step::DropTemporary(built.target));
        }
    }
    steps
}

/// The table of observations that no version of a snapshot shows, if it keeps them: where late rows are put where their
/// time belongs, and not every observation is a version.
fn unrecorded(config: &Config, target: &Relation, dialect: &Dialect) -> Option<Relation> {
    let given = |key: &str| config.get(key).is_some_and(|value| !value.is_null());
    let drops = given("deleted_when") && config.str("hard_deletes") != Some("new_record");
    let keeps = config.str("late_arriving") == Some("restitch") && (given("check_cols") || drops);
    keeps.then(|| beside(target, "__observations", dialect).with_kind(RelationKind::Table))
}

/// The tables that take part.
struct Places {
    target: Relation,
    /// The rows of the query.
    rows: Relation,
    /// What is new in them.
    news: Relation,
    /// What the table has of the keys that are in the news.
    known: Relation,
    changes: Relation,
    unrecorded: Option<Relation>,
}

impl Places {
    fn of(situation: &Situation<'_>, target: &Relation) -> Self {
        let table = |suffix| session_table(target, suffix, situation.dialect);
        Self {
            target: target.clone(),
            rows: table("__dbt_rows"),
            news: table("__dbt_batch"),
            known: table("__dbt_known"),
            changes: table("__dbt_changes"),
            unrecorded: unrecorded(&situation.node.config, target, situation.dialect),
        }
    }

    fn first(&self, visible: bool) -> Vec<Step> {
        let target = || Arg::from(self.target.clone());
        let versions = Arg::returned(Call::new("snapshot_first_versions", [facts(), Arg::Sql]));
        let create = Call::new("create_table_as", [(!visible).into(), target(), versions]);
        let chains = Arg::returned(Call::new("snapshot_first_chains", [facts(), target()]));
        let forget = Call::new("snapshot_forget_chains", [facts(), target()]);
        let mut apart = vec![temporary_table(&self.rows, chains), execute(forget)];
        apart.extend(self.record(false));
        apart.push(Step::DropTemporary(self.rows.clone()));
        vec![
            Step::DescribeSnapshot { rows: None, target: None },
            Step::Execute { call: create, main: visible, creates: visible.then(|| self.target.clone()) },
            Step::CountSnapshotRows { rows: self.target.clone(), first: true },
            Step::WhereChained(apart),
        ]
    }

    /// Records what the query's rows say; `main`: as the answer to the node.
    fn record(&self, main: bool) -> Vec<Step> {
        let (rows, news, known, changes) = (&self.rows, &self.news, &self.known, &self.changes);
        let target = || Arg::from(self.target.clone());
        let unrecorded = || Arg::from(self.unrecorded.clone());
        let new = Call::new("snapshot_news", [facts(), rows.clone().into(), target()]);
        let versions = Call::new("snapshot_known", [facts(), news.clone().into(), target()]);
        let found = Call::new("snapshot_changes", [facts(), news.clone().into(), known.clone().into(), unrecorded()]);
        let record = Call::new("snapshot_record", [facts(), changes.clone().into(), target(), unrecorded()]);
        let overwrite = Call::new("snapshot_overwrite", [facts(), changes.clone().into(), target(), unrecorded()]);
        let index = Call::new("snapshot_key_index", [facts(), target()]);
        let mut steps = vec![
            Step::DescribeSnapshot { rows: Some(rows.clone()), target: Some(self.target.clone()) },
            Step::CountSnapshotRows { rows: rows.clone(), first: false },
            execute(index),
            lookup_settings(),
        ];
        steps.extend(self.unrecorded.clone().map(|table| Step::PrepareUnrecorded { table, rows: rows.clone() }));
        let find = [temporary_table(news, Arg::returned(new)), analyze(news, "sqlbuild_sought")];
        steps.extend(find.clone());
        steps.extend([
            Step::CountSnapshotNews { news: news.clone(), target: self.target.clone() },
            Step::WhereRepeated([vec![Step::DropTemporary(news.clone())], find.to_vec()].concat()),
            temporary_table(known, Arg::returned(versions)),
            analyze(known, "sqlbuild_ends"),
            Step::CheckCurrentVersions { known: known.clone(), target: self.target.clone() },
            join_settings(),
            temporary_table(changes, Arg::returned(found)),
            analyze(changes, "dbt_change_type"),
            lookup_settings(),
            Step::CheckSnapshotChanges { changes: changes.clone(), target: self.target.clone() },
            Step::AlterSnapshot(self.target.clone()),
            Step::Execute { call: record, main, creates: None },
            execute(overwrite),
            Step::DropTemporary(changes.clone()),
            Step::DropTemporary(known.clone()),
            Step::DropTemporary(news.clone()),
        ]);
        steps
    }
}

fn facts() -> Arg {
    Arg::Slot(Slot::Snapshot)
}

fn execute(call: Call) -> Step {
    Step::Execute { call, main: false, creates: None }
}

/// `kind`: a column that tells rows apart.
fn analyze(table: &Relation, kind: &str) -> Step {
    execute(Call::new("snapshot_analyze", [table.clone().into(), kind.into()]))
}

fn temporary_table(table: &Relation, query: Arg) -> Step {
    execute(Call::new("create_table_as", [true.into(), table.clone().into(), query]))
}
