//! A project with one snapshot, on an engine, whose query gives one batch after another.

use super::oracle::{Deletes, Observation, Rules, Version};
use super::property::{self, Engine, KEY_PARTS};
use sqlbuild::adapters::Cell;
use std::collections::BTreeMap;
use std::process::Output;

/// A key and what is observed of it.
pub type Stream = (usize, Vec<Observation>);

pub struct Project {
    pub project: property::Project,
    rules: Rules,
}

impl Project {
    pub fn new(engine: Engine, rules: Rules) -> Self {
        let project = property::Project::new(engine, &format!("history_{}", rules.name));
        project.write("snapshots/versions.sql", &snapshot(&rules, &project.schema));
        Self { project, rules }
    }

    /// Puts what is observed of all streams where the snapshot reads it.
    pub fn load(&self, streams: &[Stream]) {
        let number = |number: Option<u8>| number.map_or("null".to_owned(), |number| number.to_string());
        let mut rows = vec![];
        for (key, observations) in streams {
            for it in observations {
                let time = match it.untimed {
                    true => "null".to_owned(),
                    false => format!("timestamp '2024-01-01' + interval '{} days'", it.at),
                };
                let name = it.name.map_or("null".to_owned(), |name| format!("'{name}'"));
                let (amount, email, extra) = (number(it.amount), number(it.email), number(it.extra));
                let operation = if it.gone { "D" } else { "U" };
                rows.push(format!(
                    "({}, {key}, {}, '{operation}', {time}, {name}, {amount}, {email}, {extra})",
                    it.batch,
                    key_parts(*key)
                ));
            }
        }
        let columns = "batch integer, number integer, k1 text, k2 text, k3 integer, op text, seen_at timestamp, name text, amount integer, \
                       email integer, extra integer";
        self.project.load("feed", columns, &rows);
    }

    /// The arguments that take the snapshot of a batch at its clock.
    pub fn arguments(&self, batch: u8) -> [String; 5] {
        let clock = format!("2024-01-{:02}T12:00:00", self.rules.clock(batch) / 2 + 1);
        ["snapshot".into(), "--as-of".into(), clock, "--vars".into(), format!("{{batch: {batch}}}")]
    }

    pub fn snapshot(&self, batch: u8, killed_after: Option<usize>) -> Output {
        self.project.run(&self.arguments(batch).each_ref().map(String::as_str), killed_after)
    }

    /// The same; it must succeed.
    pub fn take(&self, batch: u8) {
        self.project.succeed(&self.arguments(batch).each_ref().map(String::as_str));
    }

    /// What the table has of each key, and all of it as text.
    pub fn versions(&self) -> (BTreeMap<String, Vec<Version>>, String) {
        let extended = self.project.has_column("versions", "extra");
        let deleted = if self.rules.deletes == Deletes::NewRecord { "dbt_is_deleted = 'True'" } else { "false" };
        let microseconds =
            |column: &str| format!("cast(extract(epoch from {column} - timestamp '2024-01-01') * 1000000 as bigint)");
        let sql = format!(
            "select k1, k2, k3, name, amount, email, {}, {deleted} as deleted, {} as begins, {} as ends, dbt_scd_id
             from {}.versions order by k1, k2, k3, dbt_valid_from, dbt_valid_to, deleted, name, amount",
            if extended { "extra" } else { "null as extra" },
            microseconds("dbt_valid_from"),
            microseconds(self.rules.ends()),
            self.project.schema
        );
        let rows = self.project.query(&sql);
        let number = |cell: &Cell| match cell {
            Cell::Null => None,
            Cell::Integer(number) => Some(*number as i64),
            other => panic!("no number: {other:?}"),
        };
        let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        let mut text = String::new();
        for row in &rows {
            let key = row[..3].iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join(", ");
            text.push_str(&format!("{row:?}\n"));
            versions.entry(key).or_default().push(Version {
                name: (row[3] != Cell::Null).then(|| row[3].to_string()),
                amount: number(&row[4]),
                email: number(&row[5]),
                extra: number(&row[6]),
                deleted: row[7] == Cell::Boolean(true),
                begins: number(&row[8]).unwrap(),
                ends: number(&row[9]),
            });
        }
        (versions, text)
    }

    /// How keys are told in what `versions` returns.
    pub fn keys(&self, keys: impl Iterator<Item = usize>) -> BTreeMap<usize, String> {
        let queries: Vec<String> = keys.map(|key| format!("select {key} as number, {}", key_columns(key))).collect();
        let mut names = BTreeMap::new();
        for queries in queries.chunks(500) {
            for row in self.project.query(&queries.join(" union all ")) {
                let number: usize = row[0].to_string().parse().unwrap();
                names.insert(number, row[1..].iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join(", "));
            }
        }
        names
    }
}

fn key_parts(key: usize) -> String {
    let (group, key) = (key / 99, key % 99 + 1);
    let part = |number: usize| number.checked_sub(1).map_or("null", |number| KEY_PARTS[number]);
    format!("{}, {}, {group}", part(key / 10), part(key % 10))
}

fn key_columns(key: usize) -> String {
    let parts = key_parts(key);
    let parts: Vec<&str> = parts.splitn(3, ", ").collect();
    format!("cast({} as text) as k1, cast({} as text) as k2, cast({} as integer) as k3", parts[0], parts[1], parts[2])
}

fn snapshot(rules: &Rules, schema: &str) -> String {
    format!(
        "{{% snapshot versions %}}
         {{{{ config(unique_key={:?}, {}) }}}}
         select
           number, k1, k2, k3, {} name, email,
           cast(amount as {{{{ 'integer' if var('batch') < 2 else 'bigint' }}}}) as amount
           {{%- if var('batch') >= 2 %}}, extra{{% endif %}}
         from {schema}.feed
         where batch = {{{{ var('batch') }}}}
         {{% endsnapshot %}}",
        rules.key,
        rules.config(),
        if rules.is_checked() { "" } else { "op, seen_at," },
    )
}
