use super::*;
use std::convert::Infallible;
use std::fs;

#[derive(Default)]
struct Seen(Vec<String>);

impl RecordSink for Seen {
    type Error = Infallible;

    fn row(&mut self, row: &Row<'_>) -> Result<(), Infallible> {
        let fields =
            row.fields.iter().map(|field| format!("{}={}", field.name, field.value.as_deref().unwrap_or("NULL")));
        self.0.push(format!("{} {}", row.line, fields.collect::<Vec<_>>().join("|")));
        Ok(())
    }

    fn reject(&mut self, reject: Reject<'_>) -> Result<(), Infallible> {
        self.0.push(format!("{} !{} {}", reject.line, reject.reason, reject.content));
        Ok(())
    }
}

fn seen(name: &str, content: &[u8], options: &ReadOptions) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    let files = list(folder.path(), name).unwrap();
    let mut seen = Seen::default();
    files.iter().for_each(|file| read(file, options, &mut seen).unwrap());
    seen.0
}

fn plain() -> ReadOptions {
    ReadOptions::default()
}

#[test]
fn csv_records_know_their_lines() {
    let text = "\u{feff}id,\"full name\"\r\n1,\"a\r\n\"\"b\"\"\"\r\n\r\n2,\r\n3\r\n4,d,e\r\n";
    assert_eq!(
        seen("a.csv", text.as_bytes(), &plain()),
        ["2 id=1|full name=a\r\n\"b\"", "5 id=2|full name=NULL", "6 !wrong_columns 3", "7 !wrong_columns 4,d,e"]
    );
    assert_eq!(seen("a.csv", b"id\n1\n\xff\n3", &plain()), ["2 id=1", "3 !not_utf8 \u{fffd}", "4 id=3"]);
    assert_eq!(seen("a.csv", b"a,b\n1,\"2\n3,4\n", &plain()), ["2 !unclosed_quote 1,\"2\n3,4"]);
    assert_eq!(
        seen("a.csv", b"a,b\n1,\"x\n2,\"y\"\n3,5\" pipe\n", &plain()),
        ["2 !bad_quotes 1,\"x\n2,\"y\"", "4 a=3|b=5\" pipe"]
    );
    assert_eq!(seen("a.csv", b"a,b\n\"\",\"\"\"\"\n", &plain()), ["2 a=NULL|b=\""]);
    assert_eq!(seen("a.csv", b"", &plain()), Vec::<String>::new());
}

#[test]
fn csv_options_are_followed() {
    let csv = CsvOptions { delimiter: b';', header: false, skip: 1, nulls: vec!["NA".into()], ..CsvOptions::default() };
    let options = ReadOptions { format: Some(FileFormat::Csv), csv, ..ReadOptions::default() };
    assert_eq!(seen("a.dat", b"made today\n1;NA\n", &options), ["2 column0=1|column1=NULL"]);
}

#[test]
fn each_json_file_is_judged_by_itself() {
    for (text, wanted) in [
        (r#"{"a": 1, "b": null, "c": "x\n", "d": {"e": [1, 2]}}"#, vec!["1 a=1|b=NULL|c=x\n|d={\"e\": [1, 2]}"]),
        ("[{\"a\": 1.50},\n {\"a\": true}, 3]", vec!["1 a=1.50", "2 a=true", "3 !not_an_object 3"]),
        ("[]", vec![]),
        (" [ ] \n", vec![]),
        ("[{\"a\": \"],}\\\"\"}, {\"b\": [1, {\"c\": 2}]}]", vec!["1 a=],}\"", "2 b=[1, {\"c\": 2}]"]),
        ("[{\"a\": 1}, {\"a\": 2}", vec!["1 !not_json [{\"a\": 1}, {\"a\": 2}"]),
        ("[{\"a\": 1},]", vec!["1 !not_json [{\"a\": 1},]"]),
        ("[{\"a\": 1}}", vec!["1 !not_json [{\"a\": 1}}"]),
        ("[{\"a\": 1}] [", vec!["1 !not_json [{\"a\": 1}] ["]),
        ("{\"a\": 1}\n\n{\"a\": 2\n{\"a\": 3}\n", vec!["1 a=1", "3 !not_json {\"a\": 2", "4 a=3"]),
        ("{\"a\": 1,}\n{\"a\": 2}\n", vec!["1 !not_json {\"a\": 1,}", "2 a=2"]),
        ("{\"a\": {\"b\": 1}\n, \"c\": 2}", vec!["1 a={\"b\": 1}|c=2"]),
        ("{\"a\": 1", vec!["1 !not_json {\"a\": 1"]),
        ("{\n\"a\": 1,\n}\n", vec!["1 !not_json {\n\"a\": 1,\n}\n"]),
        ("", vec!["1 !not_json "]),
    ] {
        assert_eq!(seen("a.json", text.as_bytes(), &plain()), wanted, "{text}");
    }
    assert_eq!(
        seen("a.jsonl", b"nothing\n{\"a\": \"\xff\"}\n", &plain()),
        ["1 !not_json nothing", "2 !not_utf8 {\"a\": \"\u{fffd}\"}"]
    );
}

#[test]
fn a_list_is_read_element_by_element_or_not_at_all() {
    let element = format!("{{\"a\": \"{}\"}}", "x".repeat(70_000));
    let list = format!("[{}]", vec![element.as_str(); 40].join(",\n"));
    let rows = seen("a.json", list.as_bytes(), &plain());
    assert_eq!(rows.len(), 40);
    assert!(rows[39].starts_with("40 a=xxx") && rows[39].len() == "40 a=".len() + 70_000);
    let cut = seen("a.json", &list.as_bytes()[..list.len() - 1], &plain());
    assert!(cut.len() == 1 && cut[0].starts_with("1 !not_json [{") && cut[0].len() < (1 << 20) + 100);
}

#[test]
fn compressed_files_are_read_and_broken_ones_rejected() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    packed.write_all(b"{\"a\": 1}\n").unwrap();
    let packed = packed.finish().unwrap();
    assert_eq!(seen("a.json.gz", &packed, &plain()), ["1 a=1"]);
    assert_eq!(seen("a.jsonl.gz", b"no gzip", &plain()), ["1 !unreadable "]);
}

#[test]
fn other_encodings_are_written_anew() {
    let options = |encoding| ReadOptions { encoding, ..ReadOptions::default() };
    assert_eq!(seen("a.csv", b"name\nJos\xe9\n", &options(Encoding::Latin1)), ["2 name=José"]);
    let text: Vec<u8> = "\u{feff}name\né😀\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(seen("a.csv", &text, &options(Encoding::Utf16)), ["2 name=é😀"]);
    let text: Vec<u8> = "\u{feff}name\né😀\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(seen("a.csv", &text, &options(Encoding::Utf16)), ["2 name=é😀"]);
    assert_eq!(seen("a.csv", b"n\0\n\0\x00\xd8\n\0", &options(Encoding::Utf16)), ["2 !not_utf8 \u{fffd}"]);
}

#[test]
fn globs_mean_the_projects_folder() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a/1.csv", "a/b/2.csv", "a/3.json", "c.csv"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let names =
        |location: &str| list(folder.path(), location).unwrap().into_iter().map(|file| file.name).collect::<Vec<_>>();
    assert_eq!(names("a/*.csv"), ["a/1.csv"]);
    assert_eq!(names("a/**/*.csv"), ["a/1.csv", "a/b/2.csv"]);
    assert_eq!(names("./c.csv"), ["c.csv"]);
    assert_eq!(names("no/*.csv"), Vec::<String>::new());
    assert_eq!(names("a"), Vec::<String>::new());
}
