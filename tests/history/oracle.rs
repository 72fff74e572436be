//! What a snapshot should record, told slowly: the observations of one key in their order, one after the other.

use std::fmt::Write as _;

/// How many batches there are.
pub const BATCHES: u8 = 4;
/// The batch in which the query gets a further column.
pub const EXTENDED: u8 = 2;
const DAY: i64 = 86_400_000_000;

/// A row of a batch. `at` counts days.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub batch: u8,
    pub at: u8,
    pub gone: bool,
    pub name: Option<&'static str>,
    pub amount: Option<u8>,
    pub email: Option<u8>,
    pub extra: Option<u8>,
}

/// A row of the snapshot. Times are microseconds since the first day.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub name: Option<String>,
    pub amount: Option<i64>,
    pub email: Option<i64>,
    pub extra: Option<i64>,
    pub deleted: bool,
    pub begins: i64,
    pub ends: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Detection {
    /// Every time is a version.
    Timestamp,
    /// Only where name or amount differ.
    TimestampAndColumns,
    /// Where name or amount differ, at the run's clock.
    Columns,
    /// The same with every column, also those that come later.
    AllColumns,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Deletes {
    Ignore,
    Invalidate,
    NewRecord,
}

/// How a snapshot is configured.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub name: &'static str,
    pub strategy: Detection,
    pub deletes: Deletes,
    /// Whether a batch shows all keys that there are, rather than observations of some.
    pub full: bool,
    pub restitch: bool,
    /// Whether email keeps no history.
    pub type1: bool,
    /// Whether current versions end in a far future rather than in null.
    pub far_future: bool,
}

impl Rules {
    /// The snapshot's config.
    pub fn config(&self) -> String {
        let mut config = vec![];
        config.push(match self.strategy {
            Detection::Timestamp => "strategy='timestamp', updated_at='seen_at'",
            Detection::TimestampAndColumns => {
                "strategy='timestamp', updated_at='seen_at', check_cols=['name', 'amount']"
            }
            Detection::Columns => "strategy='check', check_cols=['name', 'amount']",
            Detection::AllColumns => "strategy='check', check_cols='all'",
        });
        config.push(match self.deletes {
            Deletes::Ignore => "hard_deletes='ignore'",
            Deletes::Invalidate => "hard_deletes='invalidate', max_delete_ratio=1",
            Deletes::NewRecord => "hard_deletes='new_record', max_delete_ratio=1",
        });
        config.extend((!self.full && self.deletes != Deletes::Ignore).then_some("deleted_when=\"op = 'D'\""));
        config.extend(self.restitch.then_some("late_arriving='restitch'"));
        config.extend(self.type1.then_some("type1_cols=['email']"));
        config.extend(self.far_future.then_some("dbt_valid_to_current=\"timestamp '9999-12-31'\""));
        config.join(", ")
    }

    /// The end of a version, as SQL.
    pub fn ends(&self) -> &'static str {
        if self.far_future { "nullif(dbt_valid_to, timestamp '9999-12-31')" } else { "dbt_valid_to" }
    }

    /// The clock of a batch, in half days: never the time of a row.
    pub fn clock(&self, batch: u8) -> u8 {
        batch * 6 + 5
    }

    fn now(&self, batch: u8) -> i64 {
        i64::from(self.clock(batch)) * DAY / 2
    }

    fn differs(&self, version: &Version, row: &Observation) -> bool {
        let named = version.name.as_deref() != row.name || version.amount != row.amount.map(i64::from);
        match self.strategy {
            Detection::Timestamp => true,
            Detection::TimestampAndColumns | Detection::Columns => named,
            Detection::AllColumns => {
                let seen = version.extra != row.extra.map(i64::from);
                named || seen || (!self.type1 && version.email != row.email.map(i64::from))
            }
        }
    }

    /// The versions after each of the batches.
    pub fn versions(&self, observations: &[Observation]) -> Vec<Vec<Version>> {
        let mut history = vec![];
        (0..BATCHES)
            .map(|batch| {
                let mut rows: Vec<_> = observations.iter().filter(|row| row.batch == batch).cloned().collect();
                rows.sort_by_key(|row| row.at);
                rows.iter_mut().filter(|row| row.batch < EXTENDED).for_each(|row| row.extra = None);
                self.arrive(&mut history, &rows, batch);
                history.clone()
            })
            .collect()
    }

    fn arrive(&self, history: &mut Vec<Version>, rows: &[Observation], batch: u8) {
        let newest_before = history.last().map(|version: &Version| version.begins);
        let current_before = history.iter().position(|version| version.ends.is_none() && !version.deleted);
        if self.restitch {
            self.stitch(history, rows, batch);
        } else if self.full && rows.is_empty() {
            self.end(history, batch);
        }
        for row in rows.iter().filter(|_| !self.restitch) {
            let becomes = history.len();
            self.follow(history, row, batch);
            let same = current_before.filter(|_| history.len() == becomes).map(|index| &mut history[index]);
            if let Some(version) = same
                && batch == EXTENDED
                && self.strategy != Detection::AllColumns
                && !row.gone
                && version.ends.is_none()
                && (self.time(row, batch) == version.begins
                    || (self.time(row, batch) > version.begins && !self.differs(version, row)))
            {
                version.extra = row.extra.map(i64::from);
            }
        }
        let newest = rows.iter().rev().find(|row| !row.gone);
        if let Some(row) = newest.filter(|_| self.type1)
            && (self.is_complete() || newest_before.is_none_or(|begins| self.time(row, batch) >= begins))
        {
            history.iter_mut().for_each(|version| version.email = row.email.map(i64::from));
        }
    }

    fn is_complete(&self) -> bool {
        self.full && self.deletes != Deletes::Ignore
    }

    /// Whether the time of a row is that at which it is seen.
    pub fn is_checked(&self) -> bool {
        matches!(self.strategy, Detection::Columns | Detection::AllColumns)
    }

    fn time(&self, row: &Observation, batch: u8) -> i64 {
        if self.is_checked() { self.now(batch) } else { i64::from(row.at) * DAY }
    }

    /// A row against the last version of its key.
    fn follow(&self, history: &mut Vec<Version>, row: &Observation, batch: u8) {
        let at = self.time(row, batch);
        let is_delete = row.gone && self.deletes != Deletes::Ignore && !self.full;
        let Some(last) = history.last_mut() else {
            history.extend((!is_delete).then(|| version(row, at, false)));
            return;
        };
        let alive = last.ends.is_none() && !last.deleted;
        if alive {
            if at > last.begins && (is_delete || self.differs(last, row)) {
                last.ends = Some(at);
                if !is_delete || self.deletes == Deletes::NewRecord {
                    history.push(version(row, at, is_delete));
                }
            }
            return;
        }
        if is_delete {
            return;
        }
        let deleted_at = last.ends.unwrap_or(last.begins);
        let from = match () {
            () if at > deleted_at => at,
            () if self.is_complete() && at == deleted_at && last.ends.is_some() => at,
            () if self.is_complete() && at < deleted_at && deleted_at < self.now(batch) => self.now(batch),
            () => return,
        };
        if last.ends.is_none() {
            last.ends = Some(from);
        }
        history.push(version(row, from, false));
    }

    /// The key is missing from a complete batch.
    fn end(&self, history: &mut Vec<Version>, batch: u8) {
        let Some(last) = history.last_mut().filter(|last| last.ends.is_none() && !last.deleted) else { return };
        if self.deletes == Deletes::Ignore {
            return;
        }
        let at = if last.begins < self.now(batch) { self.now(batch) } else { last.begins + 1 };
        last.ends = Some(at);
        if self.deletes == Deletes::NewRecord {
            let record = Version { begins: at, ends: None, deleted: true, ..last.clone() };
            history.push(record);
        }
    }

    /// Each row where its time belongs; of several with one time the first to arrive stays.
    fn stitch(&self, history: &mut Vec<Version>, rows: &[Observation], batch: u8) {
        let current = history.last().map(|version| version.begins);
        for row in rows {
            let at = self.time(row, batch);
            match history.iter_mut().find(|version| version.begins == at) {
                Some(version) if batch == EXTENDED && Some(at) == current && !row.gone && !version.deleted => {
                    version.extra = row.extra.map(i64::from);
                }
                Some(_) => {}
                None => history.push(version(row, at, row.gone && self.deletes != Deletes::Ignore)),
            }
        }
        history.sort_by_key(|version| version.begins);
        for index in 0..history.len() {
            history[index].ends = history.get(index + 1).map(|next| next.begins);
        }
    }
}

fn version(row: &Observation, begins: i64, deleted: bool) -> Version {
    Version {
        name: row.name.map(str::to_owned),
        amount: row.amount.map(i64::from),
        email: row.email.map(i64::from),
        extra: row.extra.map(i64::from),
        deleted,
        begins,
        ends: None,
    }
}

/// A stream and what became of it, as small tables.
pub fn described(stream: &[Observation], expected: &[Version], actual: &[Version]) -> String {
    let mut out = String::from("arrives\nbatch at gone name amount email extra\n");
    let text = |value: Option<String>| value.unwrap_or("-".into());
    let mut stream = stream.to_vec();
    stream.sort_by_key(|row| (row.batch, row.at));
    for row in &stream {
        let numbers = [row.amount, row.email, row.extra].map(|number| text(number.map(|it| it.to_string())));
        let name = text(row.name.map(|name| format!("{name:?}")));
        let gone = if row.gone { "x" } else { "" };
        let _ = writeln!(out, "{:5} {:2} {gone:4} {name:5} {}", row.batch, row.at, numbers.join("     "));
    }
    for (title, versions) in [("expected", expected), ("recorded", actual)] {
        let _ = writeln!(out, "{title}\n begins  ends deleted name amount email extra");
        for version in versions {
            let days = |time: i64| format!("{:.6}", time as f64 / DAY as f64).trim_end_matches('0').to_owned();
            let numbers =
                [version.amount, version.email, version.extra].map(|number| text(number.map(|it| it.to_string())));
            let name = text(version.name.as_ref().map(|name| format!("{name:?}")));
            let (begins, ends) = (days(version.begins), text(version.ends.map(days)));
            let _ = writeln!(out, "{begins:>7} {ends:>5} {:7} {name:5} {}", version.deleted, numbers.join("     "));
        }
    }
    out
}
