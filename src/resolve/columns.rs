//! Columns and constraints as properties describe them, resolved.

use super::calls::Calls;
use super::descriptions::Docs;
use super::site::Site;
use super::{ColumnInfo, Constraint, ConstraintKind};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span, nearest};
use crate::jinja::extract;
use crate::parse::ColumnProperties;
use crate::yaml::{Fields, OneOrMany, Yaml};
use indexmap::IndexMap;

/// The columns by name.
pub fn columns<'c>(
    site: &Site,
    docs: &Docs,
    package: &str,
    columns: impl Iterator<Item = &'c ColumnProperties>,
) -> Result<IndexMap<String, ColumnInfo>> {
    let columns = columns.map(|column| Ok((column.name.clone(), column_info(site, docs, package, column)?)));
    let mut columns = columns.collect::<Result<IndexMap<_, _>>>()?;
    // A project may have a hundred thousand of them.
    columns.shrink_to_fit();
    Ok(columns)
}

fn column_info(site: &Site, docs: &Docs, package: &str, column: &ColumnProperties) -> Result<ColumnInfo> {
    let description = docs.render(site, package, column.description.as_ref())?;
    Ok(ColumnInfo {
        name: column.name.clone(),
        description: description.text,
        data_type: column.data_type.clone(),
        meta: column.meta.clone(),
        tags: column.tags.clone(),
        constraints: constraints(&column.constraints, &format!("the column '{}'", column.name))?,
        quote: column.quote,
        granularity: column.granularity.clone(),
        doc_blocks: description.doc_blocks,
        extra: column.extra.clone(),
        span: Some(column.span.clone()),
    })
}

const KINDS: [ConstraintKind; 6] = [
    ConstraintKind::Check,
    ConstraintKind::NotNull,
    ConstraintKind::Unique,
    ConstraintKind::PrimaryKey,
    ConstraintKind::ForeignKey,
    ConstraintKind::Custom,
];

/// Reads `constraints:` of what `owner` names.
pub fn constraints(list: &[Yaml], owner: &str) -> Result<Vec<Constraint>> {
    list.iter().map(|yaml| constraint(yaml, owner)).collect()
}

fn constraint(yaml: &Yaml, owner: &str) -> Result<Constraint> {
    let mut fields = Fields::of(yaml, format!("a constraint of {owner}"))?;
    let kind: &Yaml = fields.require("type")?;
    let name = kind.as_key();
    let Some(known) = KINDS.into_iter().find(|kind| kind.as_str() == name) else {
        let names = KINDS.map(ConstraintKind::as_str);
        let message = format!("A constraint of {owner} has the unknown type '{name}'.");
        let error = Diagnostic::error(Code::CONTRACT_INVALID, message).at(&kind.span);
        return Err(match nearest(&name, names).first() {
            Some(near) => error.hint(format!("Did you mean '{near}'?")),
            None => error.hint(format!("The types are {}.", names.join(", "))),
        });
    };
    Ok(Constraint {
        kind: known,
        name: fields.take("name")?,
        expression: fields.take("expression")?,
        warn_unenforced: fields.take("warn_unenforced")?.unwrap_or(true),
        warn_unsupported: fields.take("warn_unsupported")?.unwrap_or(true),
        columns: fields.take::<OneOrMany<String>>("columns")?.map(|names| names.0).unwrap_or_default(),
        to: fields.take("to")?,
        to_columns: fields.take::<OneOrMany<String>>("to_columns")?.map(|names| names.0).unwrap_or_default(),
        span: Some(super::SpanEq(yaml.span.clone())),
    })
}

/// What foreign keys of the model `own` refer to, but for itself.
pub fn referenced<'c>(constraints: impl Iterator<Item = &'c Constraint>, own: &str, place: &Span) -> Result<Calls> {
    let mut calls = Calls::default();
    for to in constraints.filter(|c| c.kind == ConstraintKind::ForeignKey).filter_map(|c| c.to.as_ref()) {
        let of_key = expression_calls(to, place)?;
        if of_key.refs.len() + of_key.sources.len() != 1 {
            let message = format!("A foreign key's 'to' is neither a ref() nor a source(), but '{to}'.");
            let hint = "Write to: ref('model'), or to: source('source', 'table').";
            return Err(Diagnostic::error(Code::CONTRACT_INVALID, message).at(place).hint(hint));
        }
        calls.extend(of_key);
    }
    calls.refs.retain(|call| call.package.is_some() || call.version.is_some() || call.name != own);
    Ok(calls)
}

/// What an expression such as `ref('orders')` refers to; its places are `place`.
pub fn expression_calls(expression: &str, place: &Span) -> Result<Calls> {
    let file = SourceFile::new(place.file.path(), format!("{{{{ {expression} }}}}"));
    let mut calls = Calls::of(&extract(&file.span(0..file.text().len())).map_err(|error| error.at_if_nowhere(place))?)?;
    for call in &mut calls.refs {
        call.span = Some(super::SpanEq(place.clone()));
    }
    calls.sources.iter_mut().for_each(|(_, span)| *span = place.clone());
    calls.functions.iter_mut().chain(&mut calls.metrics).for_each(|(_, span)| *span = place.clone());
    Ok(calls)
}
