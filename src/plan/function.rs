//! User-defined functions.

use super::grants::grants_and_docs;
use super::{Call, Situation, Step};
use crate::adapters::RelationKind;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::resolve::Language;

/// Created or replaced by the macro of its type and language.
pub(super) fn steps(situation: &Situation<'_>) -> Result<Vec<Step>> {
    let node = situation.node;
    let target = situation.target()?.with_kind(RelationKind::Function);
    let call = Call::new(function_macro(situation)?, [target.clone().into()]);
    let mut work = vec![Step::Execute { call, main: true, creates: Some(target.clone()) }];
    work.extend(grants_and_docs(situation, &target, true));
    Ok(situation.hooks.around(&node.config, work))
}

/// `scalar_function_sql`, `aggregate_function_python`…
fn function_macro(situation: &Situation<'_>) -> Result<String> {
    let node = situation.node;
    let kind = node.config.str("type").unwrap_or("scalar");
    let required: &[(&str, &str)] = match node.language() {
        Language::Python => &[("runtime_version", "A"), ("entry_point", "An")],
        Language::Sql => &[],
    };
    let language = node.language().as_str();
    if let Some((key, article)) = required.iter().find(|(key, _)| node.config.get(key).is_none()) {
        let message = format!("{article} `{key}` is required for {language} functions; '{}' has none.", node.name);
        return Err(Diagnostic::error(Code::CONFIG_INVALID, message).at(&node.span));
    }
    let name = format!("{kind}_function_{language}");
    if (situation.has_macro)(&name) {
        return Ok(name);
    }
    let message =
        format!("No macro named '{name}' found within namespace 'dbt': {} cannot make it.", situation.dialect.name);
    Err(Diagnostic::error(Code::MACRO_UNKNOWN, message)
        .at(&node.span)
        .hint("The macro creates functions of this type and language; a project can define it."))
}
