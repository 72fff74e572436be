//! `docs generate`: describes the project and its tables.

use super::Call;
use super::arguments::SelectionArguments;
use super::call::outcome;
use super::docs_serve::page;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::adapters::Relation;
use crate::compile::{Compiler, relation_value};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::execute;
use crate::jinja::{self, Value};
use crate::load::Flags;
use crate::report::Voice;
use crate::report::artifacts::{self, CatalogColumn, CatalogEntry, Folder};
use crate::resolve::{Graph, ResourceType, UniqueId};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use walkdir::WalkDir;

/// The arguments of `docs generate`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Compile the models first, so that their SQL is described, too
    #[arg(long)]
    pub compile: Option<bool>,
    /// Do not ask the database: write a catalog.json without tables
    #[arg(long)]
    pub empty_catalog: Option<bool>,
    /// Put the data into one page, static_index.html; index.html must be in the target folder
    #[arg(long)]
    pub r#static: Option<bool>,
}

const DESCRIBED: [ResourceType; 8] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Test,
    ResourceType::UnitTest,
    ResourceType::Analysis,
    ResourceType::Function,
    ResourceType::Operation,
];

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "docs generate"
    }

    fn settle(&self, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
        self.selection.settle(settings, flags)
    }

    fn extra_args(&self) -> Map<String, Json> {
        let args = [
            ("compile", self.compile.unwrap_or(true)),
            ("empty_catalog", self.empty_catalog.unwrap_or(false)),
            ("static", self.r#static.unwrap_or(false)),
        ];
        args.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect()
    }

    fn voice(&self) -> Voice {
        Voice::Findings
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        // Without compiling there is no new manifest.json: one with compiled SQL may be there from before.
        let graph = Arc::new(call.resolve()?);
        let selected = call.select(&graph, &DESCRIBED, &DESCRIBED)?;
        let results = match self.compile {
            Some(false) => vec![],
            _ => call.run(&graph, &selected, execute::Verb::Compile)?,
        };
        if outcome(&results) == Outcome::Failure {
            return Ok(Outcome::Impossible);
        }
        let entries = match self.empty_catalog {
            Some(true) => vec![],
            _ => entries(call, &graph, &selected)?,
        };
        let described: Option<HashSet<UniqueId>> = match self.compile {
            Some(false) => None,
            _ => {
                let sources = call.select(&graph, &[ResourceType::Source], &[ResourceType::Source])?;
                Some(selected.into_iter().chain(sources).collect())
            }
        };
        let is_described = |id: &UniqueId| described.as_ref().is_none_or(|described| described.contains(id));
        let catalog = artifacts::catalog(&graph, &entries, &is_described, &call.invocation, &call.world);
        let folder = call.folder(&graph);
        folder.write("catalog.json", &catalog)?;
        copy_assets(&graph, folder.path())?;
        if self.r#static == Some(true) {
            write_static_page(&folder, &catalog)?;
        }
        call.reporter.note(&format!("Catalog written to {}", folder.path().join("catalog.json").display()));
        Ok(Outcome::Success)
    }
}

/// Writes the page with the data in it: one file that needs no server.
fn write_static_page(folder: &Folder, catalog: &Json) -> Result<()> {
    let page = page(folder.path())?;
    let manifest = std::fs::read_to_string(folder.path().join("manifest.json")).map_err(|error| {
        Diagnostic::error(Code::IO, format!("Cannot read the manifest.json to put into the page: {error}."))
    })?;
    let page = page.replace("\"MANIFEST.JSON INLINE DATA\"", &manifest);
    let page = page.replace("\"CATALOG.JSON INLINE DATA\"", &catalog.to_string());
    folder.write_text(Path::new("static_index.html"), &page)
}

/// Copies the project's asset folders, which descriptions may show pictures from, into the target folder.
fn copy_assets(graph: &Graph, target: &Path) -> Result<()> {
    let root = graph.project.root();
    for folder in &root.settings.asset_paths {
        for entry in
            WalkDir::new(root.dir.join(folder)).into_iter().flatten().filter(|entry| entry.file_type().is_file())
        {
            let relative = entry.path().strip_prefix(&root.dir).unwrap_or(entry.path());
            let to = target.join(relative);
            let copied =
                to.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::copy(entry.path(), &to));
            copied.map_err(|error| {
                Diagnostic::error(Code::IO, format!("Cannot copy {} to {}: {error}", relative.display(), to.display()))
            })?;
        }
    }
    Ok(())
}

/// What the databases' catalogs say of the schemas that the project uses: one query a database.
fn entries(call: &Call, graph: &Arc<Graph>, selected: &[UniqueId]) -> Result<Vec<CatalogEntry>> {
    let (compiler, _) = call.compiler(graph, selected)?;
    let mut found = vec![];
    for ((target, database), relations) in relations(graph) {
        let table = ask(&compiler, &target, &database, &relations)?;
        let rows = rows(&target, &table).map_err(|error| {
            Diagnostic::error(Code::MACRO_ARGUMENTS, format!("The macro get_catalog gave no table: {error}"))
        })?;
        found.extend(rows);
    }
    Ok(found)
}

/// What the project builds and reads, by output and database.
fn relations(graph: &Graph) -> BTreeMap<(String, String), Vec<Relation>> {
    let nodes = graph.nodes.values().filter_map(|node| Some((&node.target, artifacts::place(node)?)));
    let sources = graph.sources.values().map(|source| (&source.target, source.relation.clone()));
    let mut relations: BTreeMap<(String, String), Vec<Relation>> = BTreeMap::new();
    for (target, relation) in nodes.chain(sources) {
        let own = || graph.outputs.get(target).map_or_else(|_| String::new(), |it| it.adapter.database().to_owned());
        let database = relation.database.clone().unwrap_or_else(own);
        relations.entry((target.to_string(), database)).or_default().push(relation);
    }
    relations
}

/// Calls `get_catalog` for the schemas of the relations, or, where the project has its own, `get_catalog_relations`.
fn ask(compiler: &Arc<Compiler>, target: &str, database: &str, relations: &[Relation]) -> Result<Value> {
    let session = compiler.session_with("catalog", target);
    let cx = compiler.project_context(&session);
    let dialect = session.dialect();
    let quote = compiler.graph().project.root().settings.quoting.parts(dialect);
    let place = Relation { identifier: None, quote, ..Relation::new(database, "information_schema", "") };
    let place = relation_value(&place, dialect);
    if compiler.is_overridden(&cx, "get_catalog_relations") {
        let relations = Value::from_iter(relations.iter().map(|relation| relation_value(relation, dialect)));
        return compiler.call(&cx, "get_catalog_relations", &[place, relations], &[]);
    }
    let schemas: BTreeSet<&str> = relations.iter().map(|relation| relation.schema_name()).collect();
    compiler.call(&cx, "get_catalog", &[place, Value::from_iter(schemas)], &[])
}

/// The table's rows, a column each, as relations.
fn rows(target: &str, table: &Value) -> Result<Vec<CatalogEntry>, jinja::Error> {
    let mut entries: IndexMap<[String; 3], CatalogEntry> = IndexMap::new();
    for row in table.get_attr("rows")?.try_iter()? {
        let text = |name: &str| -> Result<String, jinja::Error> { Ok(optional(&row, name)?.unwrap_or_default()) };
        let key = [text("table_database")?, text("table_schema")?, text("table_name")?];
        let [database, schema, name] = key.clone();
        let kind = text("table_type")?;
        let (comment, owner) = (optional(&row, "table_comment")?, optional(&row, "table_owner")?);
        let entry = entries.entry(key).or_insert_with(|| CatalogEntry {
            target: target.to_owned(),
            database,
            schema,
            name,
            kind,
            comment,
            owner,
            columns: vec![],
        });
        entry.columns.push(CatalogColumn {
            name: text("column_name")?,
            index: i64::try_from(row.get_item(&Value::from("column_index"))?).unwrap_or(entry.columns.len() as i64 + 1),
            data_type: text("column_type")?,
            comment: optional(&row, "column_comment")?,
        });
    }
    Ok(entries.into_values().collect())
}

fn optional(row: &Value, name: &str) -> Result<Option<String>, jinja::Error> {
    let value = row.get_item(&Value::from(name))?;
    Ok(Some(value).filter(|value| !value.is_none() && !value.is_undefined()).map(|value| value.to_string()))
}
