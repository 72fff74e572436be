//! Descriptions: texts with `{{ doc('…') }}` in them.

use super::site::Site;
use crate::diagnostics::{Code, Diagnostic, Result, nearest};
use crate::jinja::{Error, Rest, Value, has_tags, raise};
use crate::parse::{BUILTIN_PACKAGE, DocsBlock};
use crate::yaml::Yaml;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

const OVERVIEW: &str = include_str!("overview.md");

/// A rendered description.
#[derive(Debug, Clone, Default)]
pub struct Description {
    /// The text.
    pub text: String,
    /// The unique ids of the docs blocks in it.
    pub doc_blocks: Vec<String>,
}

/// All docs blocks: name → package → block.
#[derive(Debug, Default)]
pub struct Docs {
    blocks: Arc<HashMap<String, IndexMap<String, DocsBlock>>>,
}

impl Docs {
    /// Takes the blocks; two of the same name in a package are an error in `findings`.
    pub fn new(parsed: Vec<DocsBlock>, findings: &mut Vec<Box<Diagnostic>>) -> Self {
        let mut blocks: HashMap<String, IndexMap<String, DocsBlock>> = HashMap::new();
        for block in parsed {
            let of_name = blocks.entry(block.name.clone()).or_default();
            if let Some(first) = of_name.get(&block.package.name) {
                let message = format!("There are two docs blocks '{}' in '{}'.", block.name, block.package.name);
                let error = Diagnostic::error(Code::NAME_DUPLICATE, message)
                    .at(&block.span)
                    .label(&first.span, "defined here first")
                    .hint("Rename or remove one of them.");
                findings.push(error);
                continue;
            }
            of_name.insert(block.package.name.clone(), block);
        }
        Self { blocks: Arc::new(blocks) }
    }

    /// The blocks as dbt's manifest has them, by unique id.
    pub fn to_manifest(&self) -> IndexMap<String, Json> {
        let mut blocks: Vec<&DocsBlock> = self.blocks.values().flat_map(IndexMap::values).collect();
        blocks.sort_by_key(|block| (&block.package.name, &block.original_file_path, block.span.start));
        let entry = |block: &DocsBlock| {
            let id = unique_id(block);
            let json = json!({
                "name": block.name, "resource_type": "doc", "package_name": block.package.name, "path": block.path,
                "original_file_path": block.original_file_path, "unique_id": id, "block_contents": block.contents,
            });
            (id, json)
        };
        blocks.into_iter().map(entry).chain([overview()]).collect()
    }

    /// Renders a description of something in `package`.
    pub fn render(&self, site: &Site, package: &str, description: Option<&Yaml>) -> Result<Description> {
        let Some(yaml) = description.filter(|yaml| !yaml.is_null()) else { return Ok(Description::default()) };
        let text = match yaml.as_str() {
            Some(text) if !has_tags(text) => text.to_owned(),
            Some(_) => return self.render_template(site, package, yaml),
            None => return Err(yaml.mismatch("'description'", "text")),
        };
        Ok(Description { text, doc_blocks: vec![] })
    }

    fn render_template(&self, site: &Site, package: &str, yaml: &Yaml) -> Result<Description> {
        let used: Arc<Mutex<Vec<String>>> = Arc::default();
        let (blocks, note) = (self.blocks.clone(), used.clone());
        let search = site.search_order(package);
        let doc = move |args: Rest<String>| -> Result<Value, Error> {
            let block = find(&blocks, &search, &args).map_err(raise)?;
            note.lock().unwrap_or_else(PoisonError::into_inner).push(unique_id(block));
            Ok(Value::from(block.contents.as_str()))
        };
        let layer = HashMap::from([("doc".to_owned(), Value::from_function(doc))]);
        let scope = site.scope(package, Arc::new(layer), false);
        let text = site.engine.render(&yaml.template(), &scope)?.text;
        let doc_blocks = used.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Description { text, doc_blocks })
    }
}

/// The first page of the documentation, as long as the project has none.
fn overview() -> (String, Json) {
    let id = "doc.dbt.__overview__";
    let json = json!({
        "name": "__overview__", "resource_type": "doc", "package_name": BUILTIN_PACKAGE, "path": "overview.md",
        "original_file_path": "docs/overview.md", "unique_id": id, "block_contents": OVERVIEW.trim(),
    });
    (id.to_owned(), json)
}

fn unique_id(block: &DocsBlock) -> String {
    format!("doc.{}.{}", block.package.name, block.name)
}

/// The block that `doc(name)` or `doc(package, name)` means.
fn find<'a>(
    blocks: &'a HashMap<String, IndexMap<String, DocsBlock>>,
    search: &[String],
    args: &[String],
) -> Result<&'a DocsBlock> {
    let (package, name) = match args {
        [name] => (None, name),
        [package, name] => (Some(package), name),
        _ => {
            let message = "doc() takes one or two texts: the block, or its package and the block.";
            return Err(Diagnostic::error(Code::DOC_UNKNOWN, message));
        }
    };
    let of_name = blocks.get(name);
    let found = of_name.and_then(|of_name| match package {
        Some(package) => of_name.get(package),
        None => search.iter().find_map(|package| of_name.get(package)).or_else(|| of_name.values().next()),
    });
    found.ok_or_else(|| {
        let place = package.map(|package| format!(" in the package '{package}'")).unwrap_or_default();
        let error = Diagnostic::error(Code::DOC_UNKNOWN, format!("There is no docs block '{name}'{place}."));
        match nearest(name, blocks.keys().map(String::as_str)).first() {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error.hint(format!("Write it in a .md file: {{% docs {name} %}} … {{% enddocs %}}")),
        }
    })
}
