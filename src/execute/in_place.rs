//! A source's files that are read where they are: its table is a view of them.

use super::files::Load;
use super::ledger::LedgerRow;
use crate::adapters::{DatabaseError, FILE_COLUMNS, InPlace, REJECT_COLUMNS, RelationKind};
use crate::diagnostics::Result;
use crate::files::{FileFormat, RawFile};
use sha2::{Digest, Sha256};

/// Files, some of which may be broken.
struct Places {
    files: Vec<RawFile>,
    /// Those that cannot be read, and why.
    broken: Vec<(RawFile, String)>,
    query: String,
}

impl Load<'_> {
    /// Makes the source's table a view of the files; what cannot be read at all goes to the quarantine.
    pub(super) fn read_in_place(&self) -> Result<String> {
        let ledger = self.read_ledger()?;
        let places = match self.files.is_address() {
            true => {
                Places { files: vec![], broken: vec![], query: self.query(std::slice::from_ref(&self.files.location))? }
            }
            false => {
                let found = self.find()?;
                self.check_found(&found, &ledger)?;
                self.readable(found)?
            }
        };
        let what = match self.files.is_address() {
            true => format!("{} in place", self.files.location),
            false => format!("{} in place", super::files::count(places.files.len(), "file")),
        };
        let definition = definition(&places);
        if ledger.is_of(&definition) && !self.full_refresh() {
            return Ok(format!("{what}, unchanged"));
        }
        self.session.begin()?;
        self.drop_tables()?;
        let relation = &self.source.relation;
        self.session.execute(&format!("create view {relation} as {}", places.query))?;
        self.session.catalog().add(relation.clone().with_kind(RelationKind::View));
        self.create_quarantine()?;
        self.create_ledger()?;
        let now = self.now();
        self.write_rejects(&places.broken, &now)?;
        let row = |file: &RawFile| LedgerRow { file: file.clone(), hash: String::new(), rows: None };
        let mut rows: Vec<_> = places.files.iter().chain(places.broken.iter().map(|(file, _)| file)).map(row).collect();
        if rows.is_empty() {
            let place = RawFile { name: self.files.location.clone(), ..RawFile::default() };
            rows.push(row(&place));
        }
        self.write_ledger(&rows, &definition, &now)?;
        self.session.commit()?;
        Ok(what)
    }

    /// Sets files aside that cannot be read. That one of them is broken shows when all are looked at; which one, when
    /// each is.
    fn readable(&self, found: Vec<RawFile>) -> Result<Places> {
        let all = self.try_query(&found)?;
        match all {
            Ok(query) => return Ok(Places { files: found, broken: vec![], query }),
            Err(error) if self.files.format != FileFormat::Parquet => {
                self.session.with_connection(|_| Err::<(), _>(error))?;
            }
            Err(_) => {}
        }
        let (mut files, mut broken) = (vec![], vec![]);
        for file in found {
            match self.try_query(std::slice::from_ref(&file))? {
                Ok(_) => files.push(file),
                Err(error) => {
                    let detail = error.message.lines().next().unwrap_or_default().to_owned();
                    broken.push((file, detail));
                }
            }
        }
        let query = match self.try_query(&files)? {
            Ok(query) => query,
            Err(error) => self.session.with_connection(|_| Err(error))?,
        };
        Ok(Places { files, broken, query })
    }

    fn query(&self, places: &[String]) -> Result<String> {
        self.session.with_connection(|connection| connection.files_query(self.reading(places, "")))
    }

    /// The query of local files; the inner error is the engine's, about them.
    fn try_query(&self, files: &[RawFile]) -> Result<std::result::Result<String, DatabaseError>> {
        if files.is_empty() {
            return Ok(Ok(self.nothing()));
        }
        let mut root = self.run.compiler.graph().project.root().dir.to_string_lossy().into_owned();
        root.push('/');
        let places: Vec<_> = files.iter().map(|file| file.path.to_string_lossy().into_owned()).collect();
        let reading = self.reading(&places, &root);
        self.session.with_connection(|connection| Ok(connection.files_query(reading)))
    }

    fn reading<'r>(&'r self, places: &'r [String], root: &'r str) -> InPlace<'r> {
        InPlace {
            places,
            root,
            format: self.files.format,
            options: &self.files.options,
            reader_options: &self.files.reader_options,
            columns: &self.declared,
        }
    }

    /// A query without rows.
    fn nothing(&self) -> String {
        let dialect = self.session.dialect();
        let columns = self.declared.iter().map(|column| {
            let data_type = column.data_type.as_deref().unwrap_or(dialect.type_text);
            format!("cast(null as {data_type}) as {}", dialect.quote(&column.name))
        });
        let of_files = [(FILE_COLUMNS[0], dialect.type_text), (FILE_COLUMNS[1], dialect.type_bigint)];
        let of_files = of_files.map(|(name, kind)| format!("cast(null as {kind}) as {}", dialect.quote(name)));
        format!("select {} where false", columns.chain(of_files).collect::<Vec<_>>().join(", "))
    }

    fn write_rejects(&self, broken: &[(RawFile, String)], now: &str) -> Result<()> {
        let dialect = self.session.dialect();
        let columns: Vec<_> = REJECT_COLUMNS.iter().map(|name| dialect.quote(name)).collect();
        for (file, detail) in broken {
            let (name, detail, now) = (dialect.literal(&file.name), dialect.literal(detail), dialect.literal(now));
            let (relation, columns) = (self.source.quarantine_relation(), columns.join(", "));
            let values = format!("{name}, 1, 'not_parquet', {detail}, '', {now}");
            self.session.execute(&format!("insert into {relation} ({columns}) values ({values})"))?;
        }
        Ok(())
    }
}

/// Changes with what the view is made of.
fn definition(places: &Places) -> String {
    let broken: Vec<_> = places.broken.iter().map(|(file, detail)| (&file.name, detail)).collect();
    let digest = Sha256::digest(format!("in place {} {broken:?}", places.query));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
