//! Which columns files have, and of which types.

use super::batch::Gatherer;
use super::columns::Columns;
use super::load::partitions;
use super::parquet::Parquet;
use super::{FileColumn, Reading, cast, failed, texts, with_records};
use crate::adapters::{DatabaseError, Dialect, ErrorKind};
use crate::files::{Field, FileFormat, RawFile, RecordSink, Reject, Row, ValueKind};

/// What files hold.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The columns with their types: those that were known, then those found.
    pub columns: Vec<SurveyedColumn>,
}

/// A column with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyedColumn {
    /// Its name.
    pub name: String,
    /// The engine's type.
    pub data_type: String,
    /// Whether nobody has declared the type.
    pub is_guessed: bool,
    /// Whether the type that earlier values look like does not hold all of these, and `data_type` does.
    pub is_widened: bool,
    /// Which files have it, by their place.
    pub files: Vec<usize>,
}

/// Finds out which columns files have, and of which types those are that nobody has declared.
///
/// # Errors
/// The reading was cancelled. A bad file is none: it has no columns.
pub fn survey(reading: Reading<'_>, dialect: &Dialect) -> Result<Survey, DatabaseError> {
    let mut surveyor = Surveyor {
        reading,
        dialect,
        names: Columns::new(dialect, reading.columns.iter().map(|column| column.name.as_str())),
        columns: vec![],
        gatherer: Gatherer::new(0),
        judge: None,
        file: 0,
    };
    reading.columns.iter().try_for_each(|column| surveyor.add_known(column))?;
    for (place, file) in reading.files.iter().enumerate() {
        surveyor.file = place;
        reading.check_cancelled()?;
        let partitions = if reading.options.hive_partitioning { partitions(&file.name) } else { vec![] };
        match reading.options.format_of(&file.name) {
            Some(FileFormat::Parquet) => surveyor.look_at_parquet(file)?,
            _ => crate::files::read(file, reading.options, &mut surveyor)?,
        }
        for (key, value) in partitions {
            surveyor.see_value(&key, value.as_deref())?;
        }
    }
    surveyor.judge_values()?;
    let columns = surveyor.columns.into_iter().map(|column| column.settled(dialect)).collect();
    Ok(Survey { columns })
}

/// What is known of a column so far.
struct Seen {
    column: FileColumn,
    guess: Guess,
    files: Vec<usize>,
}

impl Seen {
    fn settled(self, dialect: &Dialect) -> SurveyedColumn {
        let FileColumn { name, data_type, is_guessed } = self.column;
        let guessed = self.guess.first().map(|kind| kind.name(dialect));
        let (data_type, is_widened) = match (data_type, guessed) {
            (Some(_), Some(guessed)) if self.guess.known != self.guess.first() => (guessed.to_owned(), true),
            (Some(known), _) => (known, false),
            (None, guessed) => (guessed.unwrap_or(dialect.type_text).to_owned(), false),
        };
        SurveyedColumn { name, data_type, is_guessed, is_widened, files: self.files }
    }
}

/// The types that values may look like, the narrowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Number,
    Boolean,
    Date,
    Timestamp,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Integer, Self::Number, Self::Boolean, Self::Date, Self::Timestamp];

    fn name(self, dialect: &Dialect) -> &'static str {
        match self {
            Self::Integer => dialect.type_bigint,
            Self::Number => dialect.type_number,
            Self::Boolean => dialect.type_boolean,
            Self::Date => dialect.type_date,
            Self::Timestamp => dialect.type_timestamp,
        }
    }

    fn duckdb_name(self) -> &'static str {
        match self {
            Self::Integer => "BIGINT",
            Self::Number => "DOUBLE",
            Self::Boolean => "BOOLEAN",
            Self::Date => "DATE",
            Self::Timestamp => "TIMESTAMP",
        }
    }

    /// The kinds that hold all of its values.
    fn wider(self) -> &'static [Self] {
        match self {
            Self::Integer => &[Self::Integer, Self::Number],
            Self::Number => &[Self::Number],
            Self::Boolean => &[Self::Boolean],
            Self::Date => &[Self::Date, Self::Timestamp],
            Self::Timestamp => &[Self::Timestamp],
        }
    }

    /// What is true of a text that looks like it. Numbers that begin with a nought are texts.
    fn condition(self, column: &str) -> String {
        let condition = match self {
            Self::Integer => {
                "NOT regexp_matches({}, '^\\s*[-+]?0[0-9]') AND regexp_full_match({}, '\\s*[-+]?[0-9]+\\s*') \
                 AND TRY_CAST({} AS BIGINT) IS NOT NULL"
            }
            Self::Number => {
                "NOT regexp_matches({}, '^\\s*[-+]?0[0-9]') AND TRY_CAST({} AS DOUBLE) IS NOT NULL \
                 AND NOT regexp_matches({}, '[A-DF-Za-df-z]')"
            }
            Self::Boolean => "lower({}) IN ('true', 'false')",
            Self::Date => "regexp_full_match({}, '\\d{4}-\\d{2}-\\d{2}') AND TRY_CAST({} AS DATE) IS NOT NULL",
            Self::Timestamp => {
                "regexp_matches({}, '^\\d{4}-\\d{2}-\\d{2}([ T]\\d{2}:|$)') AND TRY_CAST({} AS TIMESTAMP) IS NOT NULL"
            }
        };
        condition.replace("{}", column)
    }
}

/// What the type of a column may be.
#[derive(Default)]
struct Guess {
    /// What earlier values look like.
    known: Option<Kind>,
    /// What all values so far look like.
    possible: Vec<Kind>,
    has_values: bool,
}

impl Guess {
    fn first(&self) -> Option<Kind> {
        self.possible.first().copied().filter(|_| self.has_values)
    }
}

struct Surveyor<'a> {
    reading: Reading<'a>,
    dialect: &'a Dialect,
    names: Columns<'a>,
    columns: Vec<Seen>,
    /// Values of the columns whose type is open.
    gatherer: Gatherer,
    judge: Option<duckdb::Connection>,
    /// The file that is looked at, by its place.
    file: usize,
}

impl Surveyor<'_> {
    fn judge(&mut self) -> Result<&duckdb::Connection, DatabaseError> {
        Ok(match &mut self.judge {
            Some(judge) => judge,
            none => none.insert(cast::judge()?),
        })
    }

    fn add_known(&mut self, column: &FileColumn) -> Result<(), DatabaseError> {
        let guess = match &column.data_type {
            Some(data_type) if column.is_guessed => {
                let dialect = self.dialect;
                let name = cast::duckdb_name(self.judge()?, data_type, dialect);
                let known = Kind::ALL.into_iter().find(|kind| name.as_deref() == Some(kind.duckdb_name()));
                Guess { known, possible: known.map_or(vec![], |kind| kind.wider().to_vec()), has_values: false }
            }
            Some(_) => Guess::default(),
            None => Guess { possible: Kind::ALL.to_vec(), ..Guess::default() },
        };
        self.columns.push(Seen { column: column.clone(), guess, files: vec![] });
        self.gatherer.add_column();
        Ok(())
    }

    /// Adds a column of this name, if it is a new one.
    fn add_new(&mut self, name: Option<String>) {
        let Some(name) = name else { return };
        let column = FileColumn { name, data_type: None, is_guessed: true };
        let guess = Guess { possible: Kind::ALL.to_vec(), ..Guess::default() };
        self.columns.push(Seen { column, guess, files: vec![] });
        self.gatherer.add_column();
    }

    /// The place of a column that the present file has.
    fn see(&mut self, (place, new): (usize, Option<String>)) -> usize {
        self.add_new(new);
        let files = &mut self.columns[place].files;
        if files.last() != Some(&self.file) {
            files.push(self.file);
        }
        place
    }

    fn see_value(&mut self, name: &str, value: Option<&str>) -> Result<(), DatabaseError> {
        let named = self.names.of_name(name);
        let place = self.see(named);
        self.gatherer.put(place, value);
        self.end_row()
    }

    fn look_at(&mut self, place: usize, field: &Field<'_>) {
        let guess = &mut self.columns[place].guess;
        if guess.possible.is_empty() {
            return;
        }
        // What a file says is a text is one, unless earlier values were not.
        if guess.known.is_none() && matches!(field.kind, ValueKind::Text | ValueKind::Nested) {
            *guess = Guess::default();
        } else {
            self.gatherer.put(place, field.value.as_deref());
        }
    }

    fn end_row(&mut self) -> Result<(), DatabaseError> {
        match self.gatherer.end_row(0, 0, None) {
            true => self.judge_values(),
            false => self.reading.check_cancelled(),
        }
    }

    fn look_at_parquet(&mut self, file: &RawFile) -> Result<(), DatabaseError> {
        let columns = Parquet::new(self.judge()?, file).columns();
        let columns = match columns {
            Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
            columns => columns.unwrap_or_default(),
        };
        for (name, data_type) in columns {
            let named = self.names.of_name(&name);
            let place = self.see(named);
            let name = (self.dialect.type_of_duckdb)(&data_type);
            let seen = &mut self.columns[place];
            seen.guess = Guess::default();
            seen.column.data_type.get_or_insert(name);
        }
        Ok(())
    }

    /// Looks at the values that were gathered.
    fn judge_values(&mut self) -> Result<(), DatabaseError> {
        let Some(batch) = self.gatherer.take() else { return Ok(()) };
        let open: Vec<_> = (0..self.columns.len()).filter(|at| !self.columns[*at].guess.possible.is_empty()).collect();
        if open.is_empty() {
            return Ok(());
        }
        let questions = open.iter().flat_map(|at| {
            let column = format!("c{at}");
            let conditions = self.columns[*at].guess.possible.iter().map(|kind| kind.condition(&column));
            let conditions = conditions
                .map(|condition| format!("(bool_and({condition}) FILTER ({column} IS NOT NULL))::VARCHAR"))
                .collect::<Vec<_>>();
            std::iter::once(format!("(count({column}) > 0)::VARCHAR")).chain(conditions)
        });
        let questions = questions.collect::<Vec<_>>().join(", ");
        let records = batch.columns(&open).map_err(|error| failed(&error))?;
        let judge = self.judge()?;
        let answers = with_records(records, |records| texts(judge, &format!("SELECT {questions} FROM {records}")))?;
        let mut answers = answers.into_iter().flatten();
        for at in open {
            let guess = &mut self.columns[at].guess;
            guess.has_values |= answers.next().as_deref() == Some("true");
            guess.possible.retain(|_| answers.next().as_deref() != Some("false"));
        }
        Ok(())
    }
}

impl RecordSink for Surveyor<'_> {
    type Error = DatabaseError;

    fn header(&mut self, names: &[String]) -> Result<bool, DatabaseError> {
        for name in names {
            let named = self.names.of_name(name);
            self.see(named);
        }
        Ok(self.columns.iter().any(|column| !column.guess.possible.is_empty()))
    }

    fn check_cancelled(&mut self) -> Result<(), DatabaseError> {
        self.reading.check_cancelled()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), DatabaseError> {
        for (position, field) in row.fields.iter().enumerate() {
            let named = self.names.of_field(position, field);
            let place = self.see(named);
            self.look_at(place, field);
        }
        self.end_row()
    }

    fn reject(&mut self, _: Reject<'_>) -> Result<(), DatabaseError> {
        self.reading.check_cancelled()
    }
}
