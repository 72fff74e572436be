//! Text → tree, over saphyr-parser's events.

use super::{Yaml, YamlValue, continuation, mistake, scalar};
use crate::diagnostics::{Code, Diagnostic, Result, SourceFile, Span};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as EventSpan, StrInput, Tag};
use std::collections::HashMap;
use std::sync::Arc;

/// Collections inside collections; people need a dozen.
const MAX_DEPTH: usize = 200;
/// Values that aliases may add to a document, so that a few lines cannot fill the memory.
const MAX_ALIASED: usize = 1_000_000;

/// Reads a document; an empty one is null. Besides the tree: a warning for each key that is given twice (the last one
/// counts).
pub fn parse(file: &Arc<SourceFile>) -> Result<(Yaml, Vec<Box<Diagnostic>>)> {
    let strict = match Reader::new(file, file.text(), Offsets::new(file.text())).document() {
        Err(error) if error.code == Code::YAML_SYNTAX => error,
        read => return read,
    };
    // The parser may have stumbled over an indentation that means nothing; what it says then counts if it came further.
    let indented = continuation::indent(file.text());
    let place = |error: &Diagnostic| error.span().map(|span| span.start);
    match Reader::new(file, &indented.text, Offsets::Table(indented.offsets)).document() {
        Err(error) if place(&error) <= place(&strict) => Err(strict),
        read => read,
    }
}

/// Reads a document that is not a file, such as the value of an option; `name` is what messages call it.
pub fn parse_text(name: &str, text: &str) -> Result<Yaml> {
    parse(&SourceFile::new(name, text)).map(|(yaml, _)| yaml)
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    offsets: Offsets,
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Anchor>,
    /// Values made so far, those that aliases added included.
    made: usize,
    aliased: usize,
    depth: usize,
    warnings: Vec<Box<Diagnostic>>,
}

struct Anchor {
    yaml: Yaml,
    /// How many values it consists of.
    size: usize,
}

impl<'a> Reader<'a> {
    /// A reader of `text`, whose characters stand in `file` where `offsets` says.
    fn new(file: &'a Arc<SourceFile>, text: &'a str, offsets: Offsets) -> Self {
        Self {
            file,
            offsets,
            parser: Parser::new_from_str(text),
            anchors: HashMap::new(),
            made: 0,
            aliased: 0,
            depth: 0,
            warnings: vec![],
        }
    }

    fn document(mut self) -> Result<(Yaml, Vec<Box<Diagnostic>>)> {
        let mut root = None;
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(self
                        .error("The file holds several documents, but only one is read.")
                        .at(&self.span(at))
                        .hint("Take out the '---' line, or put what follows it into a file of its own."));
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                event => root = Some(self.value(event, at)?),
            }
        }
        let root = root.unwrap_or_else(|| Yaml::new(YamlValue::Null, self.file.span(0..0)));
        Ok((root, self.warnings))
    }

    fn next(&mut self) -> Result<(Event<'a>, EventSpan)> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let offset = self.offsets.byte(error.marker());
                Err(mistake::explain(self.file, offset, error.info()))
            }
            None => Ok((Event::StreamEnd, EventSpan::default())),
        }
    }

    fn value(&mut self, event: Event<'a>, at: EventSpan) -> Result<Yaml> {
        let before = self.made;
        self.made += 1;
        let (value, span, anchor) = match event {
            Event::Alias(id) => return self.alias(id, at),
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.span(at);
                let value = if style == ScalarStyle::Plain && tag.is_none() {
                    scalar::resolve(&text)
                } else {
                    self.tagged(self.as_written(&text, style, &span), tag.as_deref(), &span)?
                };
                (value, span, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), at)?;
                let (items, span) = self.nested(at, Self::sequence)?;
                (YamlValue::Seq(items), span, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), at)?;
                let (entries, span) = self.nested(at, Self::mapping)?;
                (YamlValue::Map(entries), span, anchor)
            }
            _ => return Err(self.error("The YAML ends where a value is expected.").at(&self.span(at))),
        };
        let yaml = Yaml::new(value, span);
        if anchor > 0 {
            self.anchors.insert(anchor, Anchor { yaml: yaml.clone(), size: self.made - before });
        }
        Ok(yaml)
    }

    fn alias(&mut self, id: usize, at: EventSpan) -> Result<Yaml> {
        let span = self.span(at);
        let Some(anchor) = self.anchors.get(&id) else {
            return Err(self.error("The alias refers to the value that it is part of.").at(&span));
        };
        self.made += anchor.size;
        self.aliased += anchor.size;
        if self.aliased > MAX_ALIASED {
            return Err(self
                .error(format!("The aliases of this file stand for more than {MAX_ALIASED} values."))
                .at(&span)
                .hint("Aliases of aliases multiply. Write the values out, or take a level away."));
        }
        Ok(Yaml::new(anchor.yaml.value.clone(), span))
    }

    fn nested<T>(
        &mut self,
        at: EventSpan,
        read: fn(&mut Self, &mut usize) -> Result<(T, EventSpan)>,
    ) -> Result<(T, Span)> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self
                .error(format!("The YAML is nested more than {MAX_DEPTH} levels deep."))
                .at(&self.span(at)));
        }
        let start = self.offsets.byte(&at.start);
        let mut last = start;
        let (value, end) = read(self, &mut last)?;
        self.depth -= 1;
        // The end event of an indented collection stands at whatever comes next; only a bracket is part of the value.
        let is_flow = at.start != at.end;
        let end = if is_flow { self.offsets.byte(&end.end) } else { last };
        Ok((value, self.file.span(start..end.max(start))))
    }

    fn sequence(&mut self, last: &mut usize) -> Result<(Vec<Yaml>, EventSpan)> {
        let mut items = vec![];
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok((items, at));
            }
            let item = self.value(event, at)?;
            *last = item.span.end as usize;
            items.push(item);
        }
    }

    fn mapping(&mut self, last: &mut usize) -> Result<(Vec<(Yaml, Yaml)>, EventSpan)> {
        let mut entries: Vec<(Yaml, Yaml)> = vec![];
        let mut merged = vec![];
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                return Ok((merge(merged, entries), at));
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.value(event, at)?;
            self.check_key(&key)?;
            let (event, at) = self.next()?;
            let value = self.value(event, at)?;
            *last = (value.span.end).max(key.span.end) as usize;
            if is_merge {
                self.collect_merged(value, &mut merged)?;
            } else if let Some(earlier) = entries.iter_mut().find(|(earlier, _)| *earlier == key) {
                self.warnings.push(
                    Diagnostic::warning(
                        Code::YAML_DUPLICATE_KEY,
                        format!("The key '{}' is given twice; the last one counts.", key.as_key()),
                    )
                    .label(&key.span, "counts")
                    .label(&earlier.0.span, "is ignored"),
                );
                *earlier = (key, value);
            } else {
                entries.push((key, value));
            }
        }
    }

    /// The mappings behind a `<<` key, the one that counts least first.
    fn collect_merged(&self, value: Yaml, merged: &mut Vec<(Yaml, Yaml)>) -> Result<()> {
        match value.value {
            YamlValue::Map(entries) => merged.extend(entries),
            YamlValue::Seq(items) if items.iter().all(|item| item.as_map().is_some()) => {
                for item in items.into_iter().rev() {
                    self.collect_merged(item, merged)?;
                }
            }
            _ => return Err(value.mismatch("What '<<' merges", "a mapping or a list of mappings")),
        }
        Ok(())
    }

    fn check_key(&self, key: &Yaml) -> Result<()> {
        if key.as_map().is_none() && key.as_seq().is_none() {
            return Ok(());
        }
        let start = key.span.start as usize;
        if self.file.text()[..start].ends_with('{') && key.span.text().starts_with('{') {
            return Err(mistake::unquoted_template(self.file, start - 1));
        }
        Err(key.mismatch("A key", "text").hint("Write the key in quotes if its brackets are meant."))
    }

    /// The value of a scalar that is quoted, a block, or has a tag such as `!!int`.
    fn tagged(&self, text: &str, tag: Option<&Tag>, span: &Span) -> Result<YamlValue> {
        let Some(tag) = tag.filter(|tag| !(tag.handle.is_empty() && tag.suffix == "!")) else {
            return Ok(YamlValue::Str(text.to_owned()));
        };
        let resolved = scalar::resolve(text);
        let value = match (tag.is_yaml_core_schema(), tag.suffix.as_str(), &resolved) {
            (true, "str" | "binary", _) => Some(YamlValue::Str(text.to_owned())),
            (true, "timestamp", YamlValue::Time(_)) => Some(resolved),
            (true, "null", _) => Some(YamlValue::Null),
            (true, "float", YamlValue::Int(whole)) => Some(YamlValue::Float(*whole as f64)),
            (true, "bool", YamlValue::Bool(_)) | (true, "int", YamlValue::Int(_)) => Some(resolved),
            (true, "float", YamlValue::Float(_)) => Some(resolved),
            (true, "float", _) => text.parse().ok().map(YamlValue::Float),
            _ => None,
        };
        value.ok_or_else(|| self.unknown_tag(tag, span))
    }

    /// A block scalar's text; at the file's end without line ends, as dbt takes no notice of a file's last ones.
    fn as_written<'t>(&self, text: &'t str, style: ScalarStyle, span: &Span) -> &'t str {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let ends_file = span.end as usize >= self.file.text().trim_end().len();
        if is_block && ends_file { text.trim_end() } else { text }
    }

    fn check_collection_tag(&self, tag: Option<&Tag>, at: EventSpan) -> Result<()> {
        match tag {
            Some(tag) if !(tag.is_yaml_core_schema() && matches!(tag.suffix.as_str(), "map" | "seq")) => {
                Err(self.unknown_tag(tag, &self.span(at)))
            }
            _ => Ok(()),
        }
    }

    fn unknown_tag(&self, tag: &Tag, span: &Span) -> Box<Diagnostic> {
        self.error(format!("The value does not fit its tag '{tag}', or the tag is unknown."))
            .at(span)
            .hint("If the '!' is part of the text, put the text in quotes.")
    }

    fn error(&self, message: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::error(Code::YAML_SYNTAX, message)
    }

    fn span(&self, at: EventSpan) -> Span {
        let start = self.offsets.byte(&at.start);
        let end = self.offsets.byte(&at.end).max(start);
        let written = self.file.text()[start..end].trim_end();
        self.file.span(start..start + written.len())
    }
}

/// A mapping's own entries over those merged into it; later ones win, first ones give the order.
fn merge(merged: Vec<(Yaml, Yaml)>, entries: Vec<(Yaml, Yaml)>) -> Vec<(Yaml, Yaml)> {
    if merged.is_empty() {
        return entries;
    }
    let mut all: Vec<(Yaml, Yaml)> = vec![];
    for (key, value) in merged.into_iter().chain(entries) {
        match all.iter_mut().find(|(earlier, _)| *earlier == key) {
            Some(earlier) => *earlier = (key, value),
            None => all.push((key, value)),
        }
    }
    all
}

/// From the parser's character counts to bytes.
enum Offsets {
    /// All characters are one byte: the same.
    Same(usize),
    /// The byte offset of each character, and the text's length.
    Table(Vec<u32>),
}

impl Offsets {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Same(text.len());
        }
        Self::Table(text.char_indices().map(|(at, _)| at as u32).chain([text.len() as u32]).collect())
    }

    fn byte(&self, marker: &Marker) -> usize {
        match self {
            Self::Same(length) => marker.index().min(*length),
            Self::Table(table) => table.get(marker.index()).or(table.last()).map_or(0, |at| *at as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Style, render};
    use serde_json::json;

    fn read(text: &str) -> serde_json::Value {
        parse(&SourceFile::new("a.yml", text)).unwrap().0.to_json()
    }

    fn complain(text: &str) -> String {
        let error = parse(&SourceFile::new("models/schema.yml", text)).unwrap_err();
        render(&error, Style { color: false, width: 100 })
    }

    #[test]
    fn values_as_pyyaml_reads_them() {
        assert_eq!(
            read("a: yes\nb: 'yes'\nc: |\n  x\n  y\nd: >-\n  p\n  q\ne: \"x\\ty\"\nf: 2024-01-01\ng: foo:bar\nh:\n"),
            json!({"a": true, "b": "yes", "c": "x\ny\n", "d": "p q", "e": "x\ty", "f": "2024-01-01", "g": "foo:bar", "h": null})
        );
        assert_eq!(read("a: 1\r\nb:\r\n  - x\r\n"), json!({"a": 1, "b": ["x"]}));
        assert_eq!(read("\u{feff}a: é"), json!({"a": "é"}));
        assert_eq!(read("a: !!str 1\nb: !!float 2\nc: ! x"), json!({"a": "1", "b": 2.0, "c": "x"}));
        assert_eq!(read("1: a\non: b\n~: c"), json!({"1": "a", "true": "b", "null": "c"}));
        assert_eq!(read("# nothing\n"), json!(null));
    }

    #[test]
    fn brackets_and_quotes_may_end_at_any_column() {
        assert_eq!(
            read(
                "a:\n  - v: [\n    'x', # it's\n  y: 1,\n z]\n    \"w\": {\n    b: \"p\nq\"\n    }\n    t: |\n      [ 'not\n    s: don't\n"
            ),
            json!({"a": [{"v": ["x", {"y": 1}, "z"], "w": {"b": "p q"}, "t": "[ 'not\n", "s": "don't"}]})
        );
        let text = "a:\n  r: [\n    'x'\n  ]\n  d: 'p\n q'\n";
        let (yaml, _) = parse(&SourceFile::new("a.yml", text)).unwrap();
        assert_eq!(yaml.at(&["a", "r"]).unwrap().span.text(), "[\n    'x'\n  ]");
        assert_eq!(yaml.at(&["a", "d"]).unwrap().span.text(), "'p\n q'");
        let error = parse(&SourceFile::new("a.yml", "a:\n  r: [\n    x\n  ]\nb:\n  - c: 1\n   d: 2\n")).unwrap_err();
        assert_eq!(error.span().unwrap().position().line, 7);
        for end in ["", "\n", "\n\n  \n"] {
            assert_eq!(read(&format!("a: |\n  x{end}")), json!({"a": "x"}));
        }
    }

    #[test]
    fn merges_aliases_and_lists_of_them() {
        assert_eq!(
            read("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n  z: 1\nd:\n  y: 0\n  <<: *b\n"),
            json!({"a": {"x": 1}, "b": {"x": 2, "y": 2}, "c": {"x": 1, "y": 2, "z": 1}, "d": {"x": 2, "y": 0}})
        );
    }

    #[test]
    fn places_are_exact() {
        let text = "é: [a, 'b c']\nmodels:\n  - name: x\n    config: {a: 1}\n\n  - name: y\n";
        let (yaml, _) = parse(&SourceFile::new("a.yml", text)).unwrap();
        assert_eq!(yaml.get("é").unwrap().span.text(), "[a, 'b c']");
        assert_eq!(yaml.get("é").unwrap().as_seq().unwrap()[1].span.text(), "'b c'");
        let first = yaml.get("models").unwrap().items().next().unwrap();
        assert_eq!(first.span.text(), "name: x\n    config: {a: 1}");
        assert_eq!(first.at(&["config", "a"]).unwrap().span.to_string(), "a.yml:4:17");
        let (yaml, _) = parse(&SourceFile::new("a.yml", "a:\n- {b: 1}\n- c\n\nd: 1\n")).unwrap();
        assert_eq!(yaml.get("a").unwrap().span.text(), "{b: 1}\n- c");
    }

    #[test]
    fn a_text_is_a_template_at_its_own_place() {
        let text = "a: \"{{ x }}\"\nb: |\n  one\n  {{ two }}\nc: \"\\t{{ x }}\"\n";
        let (yaml, _) = parse(&SourceFile::new("a.yml", text)).unwrap();
        let template = yaml.get("a").unwrap().template();
        assert_eq!((template.text(), template.to_string().as_str()), ("{{ x }}", "a.yml:1:5"));
        let template = yaml.get("b").unwrap().template();
        assert_eq!((template.text(), template.position().line), ("one\n{{ two }}\n", 3));
        assert_eq!(yaml.get("c").unwrap().template().position().line, 5);
    }

    #[test]
    fn a_key_given_twice_is_told_with_both_places() {
        let (yaml, warnings) = parse(&SourceFile::new("a.yml", "a: 1\nb: 2\na: 3\n")).unwrap();
        assert_eq!(yaml.to_json(), json!({"a": 3, "b": 2}));
        let places: Vec<_> = warnings[0].labels.iter().map(|label| label.span.to_string()).collect();
        assert_eq!(places, ["a.yml:3:1", "a.yml:1:1"]);
    }

    #[test]
    fn common_mistakes_are_explained() {
        let mistakes = [
            "models:\n  - name: x\n   description: y\n",
            "models:\n\t- name: x\n",
            "a:\n  name:x\n  description: y\n",
            "description: see: this\n",
            "schema: {{ var('x') }}\n",
            "schema: {{ var('x') }}_suffix\n",
            "a: 'unterminated\nb: 1\n",
            "a: @x\n",
            "a: *nowhere\n",
            "a: %x\n",
            "a: !custom x\n",
            "a: {b: 1\nc: 2\n",
            "a: 1\n---\nb: 2\n",
        ];
        insta::assert_snapshot!(mistakes.map(complain).join("\n"));
    }

    #[test]
    fn hostile_documents_end_in_an_error() {
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            laughs += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
        }
        assert!(complain(&laughs).contains("stand for more than"));
        assert!(complain(&"- ".repeat(100_000)).contains("nested"));
        complain(&"[".repeat(100_000));
    }
}
