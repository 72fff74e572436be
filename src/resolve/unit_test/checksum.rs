//! By what a unit test is known to have changed.

use super::entry::Entry;
use crate::parse::sha256;
use crate::resolve::python;
use serde_json::Value as Json;

/// A hash of everything but the description, over the text that dbt hashes.
pub fn of(entry: &Entry, given: &[Json], expect: &Json) -> String {
    let inputs: Vec<String> = given.iter().map(|input| described("UnitTestInputFixture", input)).collect();
    let mut text = format!(
        "{}-{}-[{}]-{}-{}",
        entry.model,
        described("UnitTestNodeVersions", &entry.versions),
        inputs.join(", "),
        described("UnitTestOutputFixture", expect),
        described("UnitTestOverrides", &entry.overrides),
    );
    for input in given.iter().filter(|input| !input["fixture"].is_null()) {
        text.push_str(&format!("-{}", python::str(&input["rows"])));
    }
    sha256(&text)
}

/// A mapping as Python shows an object of this class with these fields.
fn described(class: &str, value: &Json) -> String {
    let Json::Object(fields) = value else { return python::repr(value) };
    let field = |(name, value): (&String, &Json)| match (name.as_str(), value.as_str()) {
        ("format", Some("dict")) => "format=<UnitTestFormat.Dict: 'dict'>".to_owned(),
        ("format", Some(format)) => format!("format=<UnitTestFormat.{}: '{format}'>", format.to_uppercase()),
        _ => format!("{name}={}", python::repr(value)),
    };
    format!("{class}({})", fields.iter().map(field).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::SourceFile;
    use serde_json::json;

    #[test]
    fn it_is_that_of_dbt() {
        let expect = json!({"rows": [{"id": 1}], "format": "dict", "fixture": null});
        let entry = Entry {
            model: "m_a".into(),
            model_span: SourceFile::new("a.yml", "").span(0..0),
            given: vec![],
            expect: expect.clone(),
            overrides: Json::Null,
            versions: Json::Null,
        };
        assert_eq!(of(&entry, &[], &expect), "150c6d8f76055633ff23e1430f843b839ea114c99541b924340c76ae7dc75687");
    }
}
