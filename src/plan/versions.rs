//! The steps by which a snapshot records versions of rows.

use super::aside::session_table;
use super::{Arg, Call, Situation, Slot, Step, snapshot};
use crate::adapters::Relation;

/// The query's rows go to a temporary table, what they change to another; that is looked at before it is carried out.
pub(super) fn steps(situation: &Situation<'_>, target: &Relation) -> Vec<Step> {
    let batch = session_table(target, "__dbt_batch", situation.dialect);
    let changes = session_table(target, "__dbt_changes", situation.dialect);
    let exists = situation.existing.is_some().then(|| target.clone());
    let facts = || Arg::Slot(Slot::Snapshot);
    let finding = Call::new("snapshot_changes", [facts(), batch.clone().into(), exists.clone().into()]);
    let writing = |name| Call::new(name, [facts(), changes.clone().into(), target.clone().into()]);
    let mut steps = vec![
        snapshot::lock(situation, target),
        temporary_table(&batch, Arg::Sql),
        Step::DescribeSnapshot { batch: batch.clone(), target: exists.clone() },
        temporary_table(&changes, Arg::returned(finding)),
        Step::CheckSnapshotChanges { changes: changes.clone(), batch: batch.clone(), target: exists.clone() },
    ];
    match exists {
        Some(_) => {
            steps.push(Step::AlterSnapshot(target.clone()));
            steps.push(Step::Execute { call: writing("snapshot_record"), main: true, creates: None });
        }
        None => {
            let rows = Call::new("snapshot_new_versions", [facts(), changes.clone().into()]);
            let call = Call::new("create_table_as", [false.into(), target.clone().into(), Arg::returned(rows)]);
            steps.push(Step::Execute { call, main: true, creates: Some(target.clone()) });
        }
    }
    steps.push(Step::Execute { call: writing("snapshot_overwrite"), main: false, creates: None });
    steps.extend([Step::DropTemporary(changes), Step::DropTemporary(batch)]);
    steps
}

fn temporary_table(table: &Relation, query: Arg) -> Step {
    let call = Call::new("create_table_as", [true.into(), table.clone().into(), query]);
    Step::Execute { call, main: false, creates: None }
}
