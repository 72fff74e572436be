//! What a snapshot should record, told slowly: the observations of one key in their order, one after the other.

use super::property::{table, text};

/// How many batches there are.
pub const BATCHES: u8 = 4;
/// The batch in which the query gets a further column.
pub const EXTENDED: u8 = 2;
const DAY: i64 = 86_400_000_000;

/// A row of a batch. `at` counts days; a row that is untimed does not say it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub batch: u8,
    pub at: u8,
    pub untimed: bool,
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
    /// Whether a batch has one row of a key at most.
    pub single: bool,
    pub restitch: bool,
    /// Whether email keeps no history.
    pub type1: bool,
    /// Whether current versions end in a far future rather than in null.
    pub far_future: bool,
    /// The columns of the key.
    pub key: &'static [&'static str],
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
        let (mut history, mut events) = (vec![], vec![]);
        (0..BATCHES)
            .map(|batch| {
                let mut rows: Vec<_> = observations.iter().filter(|row| row.batch == batch).cloned().collect();
                rows.sort_by_key(|row| self.time(row, batch));
                rows.iter_mut().filter(|row| row.batch < EXTENDED).for_each(|row| row.extra = None);
                match self.restitch {
                    true => self.stitch(&mut history, &mut events, &rows, batch),
                    false => self.arrive(&mut history, &rows, batch),
                }
                history.clone()
            })
            .collect()
    }

    fn arrive(&self, history: &mut Vec<Version>, rows: &[Observation], batch: u8) {
        let newest_before = history.last().map(|version: &Version| version.begins);
        let current_before = history.iter().position(|version| version.ends.is_none() && !version.deleted);
        if self.full && rows.is_empty() {
            self.end(history, batch);
        }
        for row in rows {
            let becomes = history.len();
            let is_news = newest_before.is_none() || (self.is_complete() && current_before.is_none());
            if !row.untimed || is_news {
                self.follow(history, row, batch);
            }
            let same = current_before.filter(|_| history.len() == becomes).map(|index| &mut history[index]);
            if let Some(version) = same
                && version.ends.is_none()
            {
                self.fill(version, row, batch);
            }
        }
        let newest = rows.iter().rev().find(|row| !row.gone);
        if let Some(row) = newest.filter(|_| self.type1)
            && (self.is_complete() || row.untimed || newest_before.is_none_or(|begins| self.time(row, batch) >= begins))
        {
            history.iter_mut().for_each(|version| version.email = row.email.map(i64::from));
        }
    }

    /// A current version takes the values of a new column from a row that shows it as it is.
    fn fill(&self, version: &mut Version, row: &Observation, batch: u8) {
        let at = self.time(row, batch);
        let compares = self.strategy != Detection::Timestamp;
        let shows =
            row.untimed || at == version.begins || (compares && at > version.begins && !self.differs(version, row));
        if batch == EXTENDED && self.strategy != Detection::AllColumns && !row.gone && shows {
            version.extra = row.extra.map(i64::from);
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
        if self.is_checked() || row.untimed { self.now(batch) } else { i64::from(row.at) * DAY }
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

    /// All that is known of the key, in the order of its times, is told anew with each batch. Of several rows with one
    /// time the first to arrive stays.
    fn stitch(&self, history: &mut Vec<Version>, events: &mut Vec<Version>, rows: &[Observation], batch: u8) {
        if rows.is_empty() && !self.full {
            return;
        }
        let is_known = !events.is_empty();
        let current = history.last().filter(|version| version.ends.is_none() && !version.deleted).cloned();
        let deleted_at = history.last().filter(|_| current.is_none()).map(|last| last.ends.unwrap_or(last.begins));
        if self.full && rows.is_empty() && self.deletes != Deletes::Ignore {
            let last = events.iter().map(|event| event.begins).max();
            if let (Some(current), Some(last)) = (&current, last) {
                let at = if last < self.now(batch) { self.now(batch) } else { last + 1 };
                events.push(Version { begins: at, ends: None, deleted: true, ..current.clone() });
            }
        }
        for row in rows.iter().filter(|row| !row.untimed || !is_known) {
            let at = self.time(row, batch);
            if !events.iter().any(|event| event.begins == at) {
                events.push(version(row, at, row.gone && self.deletes != Deletes::Ignore));
            }
        }
        if let (Some(row), Some(deleted_at), true) = (rows.last(), deleted_at, self.is_complete())
            && (row.untimed || self.time(row, batch) <= deleted_at)
            && deleted_at < self.now(batch)
        {
            events.push(version(row, self.now(batch), false));
        }
        events.sort_by_key(|event| event.begins);
        if let Some(current) = current {
            self.fill_stitched(events, &current, rows, batch);
        }
        *history = self.told(events);
        let newest = match self.full {
            true => rows.last().map(|row| row.email.map(i64::from)),
            false => {
                let known =
                    events.iter().filter(|event| !event.deleted).map(|event| (event.begins, false, event.email));
                let shown = rows.iter().filter(|row| !row.gone);
                let shown = shown.map(|row| (self.time(row, batch), true, row.email.map(i64::from)));
                known.chain(shown).max_by_key(|(at, is_new, _)| (*at, *is_new)).map(|(.., email)| email)
            }
        };
        if let Some(email) = newest.filter(|_| self.type1) {
            history.iter_mut().for_each(|version| version.email = email);
            // What is taken for a version later, does not know better.
            let told: Vec<i64> = history.iter().map(|version| version.begins).collect();
            let recorded = events.iter_mut().filter(|event| told.contains(&event.begins));
            recorded.for_each(|event| event.email = email);
        }
    }

    /// The newest row that shows the version which was current before, and no new version in between.
    fn fill_stitched(&self, events: &mut [Version], current: &Version, rows: &[Observation], batch: u8) {
        let told: Vec<i64> = self.telling(events).map(|event| event.begins).collect();
        let shown = |row: &&Observation| {
            let at = self.time(row, batch);
            !told.iter().any(|begins| *begins > current.begins && *begins <= at)
        };
        let mut filled = current.clone();
        rows.iter().filter(shown).for_each(|row| self.fill(&mut filled, row, batch));
        if let Some(event) = events.iter_mut().find(|event| event.begins == current.begins) {
            event.extra = filled.extra;
        }
    }

    /// The versions that events in order make.
    fn told(&self, events: &[Version]) -> Vec<Version> {
        let mut versions: Vec<Version> = vec![];
        for event in self.telling(events) {
            if let Some(last) = versions.last_mut().filter(|last| last.ends.is_none()) {
                last.ends = Some(event.begins);
            }
            if !event.deleted || self.deletes == Deletes::NewRecord {
                versions.push(event.clone());
            }
        }
        versions
    }

    /// The events that begin or end a version.
    fn telling<'a>(&self, events: &'a [Version]) -> impl Iterator<Item = &'a Version> {
        let compares = self.strategy == Detection::TimestampAndColumns;
        let each_deletion = self.deletes == Deletes::NewRecord && !compares;
        let mut state: Option<&Version> = None;
        events.iter().filter(move |event| {
            let before = state.filter(|state| !state.deleted);
            let repeats = match event.deleted {
                true => before.is_none() && !each_deletion,
                false => compares && before.is_some_and(|it| it.name == event.name && it.amount == event.amount),
            };
            state = if repeats { state } else { Some(event) };
            !repeats
        })
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
    let mut stream = stream.to_vec();
    stream.sort_by_key(|row| (row.batch, row.at));
    let arrived = stream.iter().map(|row| {
        let at = if row.untimed { "-".to_owned() } else { row.at.to_string() };
        let gone = if row.gone { "x" } else { "" }.to_owned();
        let [amount, email, extra] = [row.amount, row.email, row.extra].map(|number| text(&number));
        vec![row.batch.to_string(), at, gone, text(&row.name.map(|name| format!("{name:?}"))), amount, email, extra]
    });
    let arrived = table(&["batch", "at", "gone", "name", "amount", "email", "extra"], arrived);
    let days = |time: i64| format!("{:.6}", time as f64 / DAY as f64).trim_end_matches('0').to_owned();
    let told = |versions: &[Version]| {
        let versions = versions.iter().map(|it| {
            let name = text(&it.name.as_ref().map(|name| format!("{name:?}")));
            let [amount, email, extra] = [it.amount, it.email, it.extra].map(|number| text(&number));
            let gone = if it.deleted { "x" } else { "" }.to_owned();
            vec![days(it.begins), text(&it.ends.map(days)), gone, name, amount, email, extra]
        });
        table(&["begins", "ends", "gone", "name", "amount", "email", "extra"], versions)
    };
    format!("arrives\n{arrived}expected\n{}recorded\n{}", told(expected), told(actual))
}
