//! Generic data tests as properties declare them.

use super::Reader;
use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::parse::Settings;
use crate::yaml::{Fields, Yaml, YamlValue};

/// Configs that may also stand beside a test's arguments, in the order dbt takes them.
const CONFIG_KEYS: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// A generic data test.
#[derive(Debug, Clone)]
pub struct TestDeclaration {
    /// Its name without a package: `unique_combination_of_columns`.
    pub name: String,
    /// The package named before it.
    pub namespace: Option<String>,
    /// The arguments of the test's macro, not rendered.
    pub arguments: Vec<(String, Yaml)>,
    /// Its configs, rendered.
    pub config: Settings,
    /// A name of its own.
    pub custom_name: Option<String>,
    /// The description, not rendered.
    pub description: Option<Yaml>,
    /// Where it is declared.
    pub span: Span,
}

/// Reads `tests:` or `data_tests:`.
pub fn read_all(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Result<Vec<TestDeclaration>> {
    Ok(read_given(reader, fields)?.unwrap_or_default())
}

/// Reads `tests:` or `data_tests:`; `None` when neither is there.
pub fn read_given(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Result<Option<Vec<TestDeclaration>>> {
    let (old, new) = (fields.yaml("tests"), fields.yaml("data_tests"));
    let list = match (old, new) {
        (Some(old), Some(_)) => {
            let message = "Both 'tests' and 'data_tests' are given.";
            return Err(Diagnostic::error(Code::TEST_INVALID, message).at(&old.span).hint("Keep only 'data_tests'."));
        }
        (one, other) => match one.or(other) {
            Some(list) => list,
            None => return Ok(None),
        },
    };
    let items = list.as_seq().ok_or_else(|| list.mismatch("'data_tests'", "a list"))?;
    let mut tests = vec![];
    for item in items {
        match read(reader, item) {
            Ok(test) => tests.push(test),
            Err(error) => reader.findings.push(error),
        }
    }
    Ok(Some(tests))
}

fn read(reader: &mut Reader<'_>, item: &Yaml) -> Result<TestDeclaration> {
    let (full_name, mut entries, span) = name_and_entries(item)?;
    let (namespace, name) = match full_name.split_once('.') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
        None => (None, full_name),
    };
    let arguments = nested_arguments(reader, &name, &span, &mut entries);
    merge_arguments(&mut entries, arguments);
    let mut config = Settings::default();
    let mut nested = take(&mut entries, "config");
    for key in CONFIG_KEYS {
        let outer = take(&mut entries, key).filter(|value| !value.is_null());
        let inner = nested.as_mut().and_then(|nested| take_from(nested, key)).filter(|value| !value.is_null());
        if let (Some(outer), Some(_)) = (&outer, &inner) {
            let message = format!("The test '{name}' gives '{key}' twice: inside and outside of 'config'.");
            return Err(Diagnostic::error(Code::TEST_INVALID, message).at(&outer.span).hint("Keep it in 'config'."));
        }
        add(reader, &mut config, key, outer.or(inner).as_ref())?;
    }
    for (key, value) in nested.iter().flat_map(Yaml::entries) {
        add(reader, &mut config, &key, Some(value))?;
    }
    let description = take(&mut entries, "description");
    let custom_name = take(&mut entries, "name").and_then(|name| name.as_str().map(str::to_owned));
    if let Some(model) = entries.iter().find(|(key, _)| key.as_str() == Some("model")) {
        let message = format!("The test '{name}' has an argument 'model', which is always what it is declared on.");
        return Err(Diagnostic::error(Code::TEST_INVALID, message).at(&model.0.span).hint("Remove the argument."));
    }
    let arguments = entries.into_iter().map(|(key, value)| (key.as_key(), value)).collect();
    Ok(TestDeclaration { name, namespace, arguments, config, custom_name, description, span })
}

/// Takes out what stands under `arguments`, if it is no argument itself; tells of the old ways to write a test.
fn nested_arguments(reader: &mut Reader<'_>, test: &str, span: &Span, entries: &mut Vec<(Yaml, Yaml)>) -> Option<Yaml> {
    let deprecated = |code, message: String, at: &Span| Diagnostic::warning(code, message).at(at);
    if !reader.rules.nested_arguments {
        let key = entries.iter().find(|(key, _)| key.as_str() == Some("arguments")).map(|(key, _)| key);
        reader.findings.extend(key.map(|key| {
            let message = format!("'arguments' of the test '{test}' is passed to it as an argument of this name.");
            deprecated(Code::TEST_ARGUMENTS_KEY_DEPRECATED, message, &key.span)
                .hint("Set the flag 'require_generic_test_arguments_property' to have its entries passed.")
        }));
        return None;
    }
    let arguments = take(entries, "arguments");
    let keys = || entries.iter().filter_map(|(key, _)| Some((key.as_str()?, &key.span)));
    let is_config = |key: &str| CONFIG_KEYS.contains(&key);
    reader.findings.extend(keys().filter(|(key, _)| is_config(key)).map(|(key, span)| {
        let message = format!("'{key}' of the test '{test}' stands outside of 'config'.");
        deprecated(Code::TEST_CONFIG_DEPRECATED, message, span).hint("Move it into 'config:'.")
    }));
    let is_argument = |key: &str| !is_config(key) && !matches!(key, "config" | "column_name" | "description" | "name");
    let has_nested = arguments.as_ref().and_then(Yaml::as_map).is_some_and(|entries| !entries.is_empty());
    if !has_nested && keys().any(|(key, _)| is_argument(key)) {
        let message = format!("The arguments of the test '{test}' do not stand under 'arguments'.");
        let hint = "Indent them below a key 'arguments:'.";
        reader.findings.push(deprecated(Code::TEST_ARGUMENTS_DEPRECATED, message, span).hint(hint));
    }
    arguments
}

/// Puts what stands below `arguments` beside it. Only then configs are looked for, as some write them there, too.
fn merge_arguments(entries: &mut Vec<(Yaml, Yaml)>, arguments: Option<Yaml>) {
    for (key, value) in arguments.iter().flat_map(Yaml::as_map).flatten() {
        match entries.iter_mut().find(|(earlier, _)| earlier == key) {
            Some(earlier) => earlier.1 = value.clone(),
            None => entries.push((key.clone(), value.clone())),
        }
    }
}

/// A test's name, its arguments, and where it is named.
type Named = (String, Vec<(Yaml, Yaml)>, Span);

/// The three ways to write a test: its name; its name over its arguments; all in one mapping with `test_name`.
fn name_and_entries(item: &Yaml) -> Result<Named> {
    let entries = match &item.value {
        YamlValue::Str(name) => return Ok((name.clone(), vec![], item.span.clone())),
        YamlValue::Map(entries) => entries,
        _ => return Err(item.mismatch("A data test", "a name or a mapping")),
    };
    if item.get("test_name").is_some() {
        let mut entries = entries.clone();
        let name = take(&mut entries, "test_name").unwrap_or_else(|| item.clone());
        let text = name.as_str().ok_or_else(|| name.mismatch("'test_name'", "text"))?;
        return Ok((text.to_owned(), entries, name.span.clone()));
    }
    let [(key, value)] = entries.as_slice() else {
        let keys: Vec<_> = entries.iter().map(|(key, _)| format!("'{}'", key.as_key())).collect();
        let message = format!("A data test must have one name, but here are {}: {}.", keys.len(), keys.join(", "));
        return Err(Diagnostic::error(Code::TEST_INVALID, message)
            .at(&item.span)
            .hint("Indent the test's arguments and config below its name, two blanks further than the name."));
    };
    let arguments = match &value.value {
        YamlValue::Map(entries) => entries.clone(),
        YamlValue::Null => vec![],
        _ => return Err(value.mismatch(&format!("The arguments of the test '{}'", key.as_key()), "a mapping")),
    };
    Ok((key.as_key(), arguments, key.span.clone()))
}

fn add(reader: &Reader<'_>, config: &mut Settings, key: &str, value: Option<&Yaml>) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    let rendered = match value.as_str() {
        Some(_) => (reader.rules.render)(reader.package, value)?,
        None => value.clone(),
    };
    if !rendered.is_null() {
        config.set(key, rendered.to_json(), &value.span);
    }
    Ok(())
}

fn take(entries: &mut Vec<(Yaml, Yaml)>, key: &str) -> Option<Yaml> {
    let at = entries.iter().position(|(found, _)| found.as_str() == Some(key))?;
    Some(entries.remove(at).1)
}

fn take_from(mapping: &mut Yaml, key: &str) -> Option<Yaml> {
    match &mut mapping.value {
        YamlValue::Map(entries) => take(entries, key),
        _ => None,
    }
}
