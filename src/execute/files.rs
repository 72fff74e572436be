//! A source's files into its table: those that are new or have changed, in one transaction.

use super::ledger::{Ledger, Sorted};
use super::rollback::rolled_back;
use super::run::Run;
use crate::adapters::{
    Cell, Destination, FILE_COLUMNS, FileColumn, FileRows, REJECT_COLUMNS, Relation, RelationKind, Survey,
    SurveyedColumn,
};
use crate::compile::{NodeContext, Session, relation_value};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::{Event, NodeResult, Quarantined, Status};
use crate::files::{FileFormat, RawFile, list};
use crate::resolve::{Source, SourceFiles};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Makes a source's table hold what its files hold now.
pub(super) fn load(run: &Run, session: &Arc<Session>, source: &Arc<Source>) -> Result<NodeResult> {
    let Some(files) = source.files.as_deref() else {
        return Err(Diagnostic::error(Code::INTERNAL, format!("{} has no files.", source.unique_id)));
    };
    let declared = declared(session, source);
    let load = Load { run, session, source, files, declared, cx: run.compiler.project_context(session) };
    let reads_files = session.dialect().reads_files;
    let done = match () {
        () if files.is_in_place(reads_files) => load.read_in_place(),
        () if files.is_address() => return load.leave_alone(),
        () => load.bring_up_to_date(),
    };
    let outcome = done.and_then(|message| Ok((message, load.quarantined()?)));
    let (message, quarantined) = outcome.map_err(|diagnostic| {
        [&source.relation, &source.quarantine_relation(), &source.ledger_relation()]
            .into_iter()
            .for_each(|relation| session.catalog().forget(relation));
        rolled_back(session, diagnostic.at_if_nowhere(&source.span))
    })?;
    let result = NodeResult::new(source.unique_id.clone(), Status::Success);
    Ok(NodeResult { message: Some(message), quarantined: Some(quarantined), ..result })
}

/// The declared columns by the names that they have in the database.
fn declared(session: &Session, source: &Source) -> Vec<FileColumn> {
    let dialect = session.dialect();
    let name = |name: &str, quote: bool| if quote { name.to_owned() } else { dialect.unquoted(name) };
    let declared = source.columns.values().map(|column| {
        let data_type = column.data_type.clone().filter(|data_type| !data_type.trim().is_empty());
        let quote = column.quote.or(source.quoting.column).unwrap_or(false);
        FileColumn { name: name(&column.name, quote), is_guessed: data_type.is_none(), data_type }
    });
    declared.filter(|column| !FILE_COLUMNS.contains(&column.name.as_str())).collect()
}

pub(super) struct Load<'a> {
    pub(super) run: &'a Run,
    pub(super) session: &'a Arc<Session>,
    pub(super) source: &'a Source,
    pub(super) files: &'a SourceFiles,
    pub(super) declared: Vec<FileColumn>,
    pub(super) cx: NodeContext,
}

impl Load<'_> {
    fn bring_up_to_date(&self) -> Result<String> {
        let found = self.find()?;
        let ledger = self.read_ledger()?;
        self.check_found(&found, &ledger)?;
        let anew = ledger.is_none_for(&self.definition()) || self.full_refresh();
        let is_cancelled = || self.session.is_cancelled();
        let mut sorted = Sorted::of(found.clone(), ledger, anew, &is_cancelled);
        if sorted.is_settled() && !anew {
            return Ok(format!("{} unchanged", count(sorted.unchanged.len(), "file")));
        }
        let mut known = if anew { self.declared.clone() } else { self.existing_columns()? };
        let mut survey = self.session.survey(&sorted.changed, &self.files.options, &known)?;
        let is_widened = survey.columns.iter().any(|column| column.is_widened);
        if is_widened {
            // A type is what all values look like, whenever they came.
            self.tell_of_widening(&survey);
            sorted = Sorted::of(found, Ledger::empty(), true, &is_cancelled);
            known = self.declared.clone();
            survey = self.session.survey(&sorted.changed, &self.files.options, &known)?;
        }
        let rows = self.replace_rows(&sorted, &survey, known.len(), anew || is_widened)?;
        self.tell_of_shapes(&sorted, &survey, known.len(), &rows);
        Ok(described(&sorted, rows.iter().map(|file| file.good).sum()))
    }

    /// An address that the engine cannot read is another program's business, if that has made a table of it.
    fn leave_alone(&self) -> Result<NodeResult> {
        let location = &self.files.location;
        if self.existing(&self.source.relation)?.is_none() {
            let engine = self.session.dialect().name;
            let message = format!("A target of type {engine} cannot read '{location}'.");
            return Err(Diagnostic::error(Code::FILES_OUT_OF_REACH, message).at(&self.source.span).hint(
                "DuckDB reads addresses in place. For other engines copy the files to a folder and give that as the \
                 location, or make the source's table by other means.",
            ));
        }
        let result = NodeResult::new(self.source.unique_id.clone(), Status::Success);
        Ok(NodeResult { message: Some(format!("{location} is not ours to read")), ..result })
    }

    pub(super) fn find(&self) -> Result<Vec<RawFile>> {
        let root = &self.run.compiler.graph().project.root().dir;
        list(root, &self.files.location).map_err(|error| {
            Diagnostic::error(Code::IO, format!("The files '{}' cannot be listed: {error}", self.files.location))
        })
    }

    /// That there is nothing is said; what was loaded goes only where that is asked for.
    pub(super) fn check_found(&self, found: &[RawFile], ledger: &Ledger) -> Result<()> {
        if !found.is_empty() {
            return Ok(());
        }
        let message = format!("No file matches '{}'.", self.files.location);
        let hint = "The path is relative to the project's folder; * stands for a name, ** for folders.";
        if !ledger.files.is_empty() && !self.full_refresh() {
            let message = format!("{message} {} loaded before.", count_were(ledger.files.len()));
            return Err(Diagnostic::error(Code::FILES_MISSING, message)
                .at(&self.source.span)
                .hint(format!("{hint} If the files are gone for good, --full-refresh empties the table.")));
        }
        if self.source.columns.is_empty() {
            return Err(Diagnostic::error(Code::FILES_MISSING, message).at(&self.source.span).hint(hint));
        }
        let warning = Diagnostic::warning(Code::FILES_MISSING, format!("{message} The table is empty."));
        self.run.sink().emit(Event::Warned(warning.at(&self.source.span).hint(hint)));
        Ok(())
    }

    pub(super) fn full_refresh(&self) -> bool {
        self.run.compiler.graph().invocation.flags.full_refresh
    }

    /// The table's columns as they are; the types of those that nobody has declared may be widened.
    fn existing_columns(&self) -> Result<Vec<FileColumn>> {
        let there = self.run.compiler.columns(&self.cx, &self.source.relation)?.into_iter();
        let own = there.filter(|column| !FILE_COLUMNS.contains(&column.name.as_str()));
        let is_guessed = |name: &str| {
            let declared = self.declared.iter().find(|column| column.name.eq_ignore_ascii_case(name));
            declared.is_none_or(|column| column.data_type.is_none())
        };
        let known = |name: String, data_type| FileColumn { is_guessed: is_guessed(&name), name, data_type };
        Ok(own.map(|column| known(column.name, Some(column.data_type))).collect())
    }

    /// Reads the files that changed and puts their rows in the place of what was there; returns how many each has.
    fn replace_rows(&self, sorted: &Sorted, survey: &Survey, known: usize, anew: bool) -> Result<Vec<FileRows>> {
        self.session.begin()?;
        if anew {
            self.drop_tables()?;
            self.create_tables(&survey.columns)?;
        } else {
            self.add_columns(&survey.columns, known)?;
            let outdated = sorted.outdated();
            for relation in [&self.source.relation, &self.source.quarantine_relation(), &self.source.ledger_relation()]
            {
                self.delete(relation, &outdated)?;
            }
        }
        let now = self.now();
        let typed = |column: &SurveyedColumn| FileColumn {
            name: column.name.clone(),
            data_type: Some(column.data_type.clone()),
            is_guessed: column.is_guessed,
        };
        let columns: Vec<_> = survey.columns.iter().map(typed).collect();
        let (rows, rejects) = (&self.source.relation, &self.source.quarantine_relation());
        let destination = Destination { rows, rejects, loaded_at: &now };
        let loaded = self.session.load_files(&sorted.changed, &self.files.options, &columns, destination)?;
        self.write_ledger(&sorted.ledger_rows(&loaded), &self.definition(), &now)?;
        self.session.commit()?;
        Ok(loaded)
    }

    /// The run's clock, in UTC.
    pub(super) fn now(&self) -> String {
        self.run.world().now().to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
    }

    pub(super) fn drop_tables(&self) -> Result<()> {
        let places = [self.source.relation.clone(), self.source.quarantine_relation(), self.source.ledger_relation()];
        for place in places {
            let Some(there) = self.existing(&place)? else { continue };
            let dependents = self.run.dependents.of(self.run, &self.cx, &self.source.span, &there)?;
            let value = relation_value(&there, self.session.dialect());
            self.run.compiler.call(&self.cx, "drop_relation", &[value], &[])?;
            dependents.iter().chain([&place]).for_each(|gone| self.session.catalog().remove(gone));
        }
        Ok(())
    }

    pub(super) fn existing(&self, place: &Relation) -> Result<Option<Relation>> {
        let catalog = self.session.catalog();
        self.session.with_connection(|connection| catalog.get(connection, place))
    }

    fn create_tables(&self, columns: &[SurveyedColumn]) -> Result<()> {
        let dialect = self.session.dialect();
        let own = columns.iter().map(|column| (column.name.as_str(), column.data_type.as_str()));
        let [file, line, loaded_at] = FILE_COLUMNS;
        let of_files = [(file, dialect.type_text), (line, dialect.type_bigint), (loaded_at, dialect.type_timestamp)];
        self.create(&self.source.relation, own.chain(of_files))?;
        self.create_quarantine()?;
        self.create_ledger()
    }

    pub(super) fn create_quarantine(&self) -> Result<()> {
        let dialect = self.session.dialect();
        let kind = |name: &'static str| match name {
            "_line" => dialect.type_bigint,
            "_loaded_at" => dialect.type_timestamp,
            _ => dialect.type_text,
        };
        self.create(&self.source.quarantine_relation(), REJECT_COLUMNS.into_iter().map(|name| (name, kind(name))))
    }

    pub(super) fn create<'c>(
        &self,
        relation: &Relation,
        columns: impl Iterator<Item = (&'c str, &'c str)>,
    ) -> Result<()> {
        let dialect = self.session.dialect();
        let columns: Vec<_> = columns.map(|(name, kind)| format!("{} {kind}", dialect.quote(name))).collect();
        self.session.execute(&format!("create table {relation} ({})", columns.join(", ")))?;
        self.session.catalog().add(relation.clone().with_kind(RelationKind::Table));
        Ok(())
    }

    fn add_columns(&self, columns: &[SurveyedColumn], known: usize) -> Result<()> {
        let dialect = self.session.dialect();
        for column in &columns[known.min(columns.len())..] {
            let (table, name) = (&self.source.relation, dialect.quote(&column.name));
            self.session.execute(&format!("alter table {table} add column {name} {}", column.data_type))?;
        }
        Ok(())
    }

    /// Deletes what came of these files.
    fn delete(&self, relation: &Relation, files: &[&str]) -> Result<()> {
        let dialect = self.session.dialect();
        for some in files.chunks(1000) {
            let names: Vec<_> = some.iter().map(|name| dialect.literal(name)).collect();
            let file = dialect.quote(FILE_COLUMNS[0]);
            self.session.execute(&format!("delete from {relation} where {file} in ({})", names.join(", ")))?;
        }
        Ok(())
    }

    fn tell_of_widening(&self, survey: &Survey) {
        for column in survey.columns.iter().filter(|column| column.is_widened) {
            let message = format!(
                "The column '{}' of {}.{} is {} from now on: its earlier type does not hold all values. All files are read again.",
                column.name, self.source.source_name, self.source.name, column.data_type
            );
            let warning = Diagnostic::warning(Code::FILE_SHAPE, message).at(&self.source.span);
            self.run.sink().emit(Event::Warned(warning.hint("Declare its data_type, under 'columns'.")));
        }
    }

    /// Separated values of which some files have columns that others lack, or lack what is known.
    fn tell_of_shapes(&self, sorted: &Sorted, survey: &Survey, known: usize, rows: &[FileRows]) {
        let is_csv = |place: usize| {
            let name = sorted.changed.get(place).map(|file| file.name.as_str()).unwrap_or_default();
            self.files.options.format_of(name) == Some(FileFormat::Csv)
        };
        let read: Vec<usize> = (0..rows.len()).filter(|at| is_csv(*at) && rows[*at].good > 0).collect();
        for (at, column) in survey.columns.iter().enumerate() {
            let has = |place: &&usize| column.files.contains(place);
            let (having, lacking): (Vec<&usize>, Vec<&usize>) = read.iter().partition(has);
            let (files, verb) = match at < known {
                true => (lacking, "lack"),
                false if known == 0 && lacking.is_empty() => continue,
                false => (having, "have"),
            };
            let Some(first) = files.first().and_then(|place| sorted.changed.get(**place)) else { continue };
            let (verb, effect) = match verb {
                "lack" => (if files.len() == 1 { "lacks" } else { "lack" }, "it is null there"),
                _ => (if files.len() == 1 { "has" } else { "have" }, "the table gets it"),
            };
            let message = format!(
                "{} of {}.{} {verb} the column '{}': {effect}. The first is {}.",
                count(files.len(), "file"),
                self.source.source_name,
                self.source.name,
                column.name,
                first.name
            );
            let warning = Diagnostic::warning(Code::FILE_SHAPE, message).at(&self.source.span);
            self.run
                .sink()
                .emit(Event::Warned(warning.hint("Declare the columns that all files should have, under 'columns'.")));
        }
    }

    fn quarantined(&self) -> Result<Quarantined> {
        let relation = self.source.quarantine_relation();
        let sql = format!("select reason, count(*) from {relation} group by reason order by count(*) desc, reason");
        let (_, rows) = self.session.query(&sql, None)?;
        let reasons = rows.rows.iter().filter_map(|row| match row.as_slice() {
            [reason, Cell::Integer(count)] => Some((reason.to_string(), *count as u64)),
            _ => None,
        });
        Ok(Quarantined { relation: relation.to_string(), reasons: reasons.collect() })
    }

    /// There is a relation that somebody else made.
    pub(super) fn in_the_way(&self, relation: &Relation) -> Box<Diagnostic> {
        let message = format!("{relation} exists and was not loaded from files.");
        Diagnostic::error(Code::RELATION_IN_THE_WAY, message)
            .at(&self.source.span)
            .hint("Drop or rename it, or give the source's table another 'identifier' or 'schema'.")
    }
}

fn described(sorted: &Sorted, rows: u64) -> String {
    let mut parts = vec![format!("{} of {}", count(rows as usize, "row"), count(sorted.changed.len(), "file"))];
    if !sorted.unchanged.is_empty() {
        parts.push(format!("{} unchanged", sorted.unchanged.len()));
    }
    if !sorted.gone.is_empty() {
        parts.push(format!("{} gone", sorted.gone.len()));
    }
    parts.join(", ")
}

pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn count_were(number: usize) -> String {
    format!("{} {}", count(number, "file"), if number == 1 { "was" } else { "were" })
}
