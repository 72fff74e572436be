use super::load::{BadRow, Taker};
use super::*;
use crate::adapters::postgres::POSTGRES;
use crate::files::{Encoding, list};
use std::fs;
use std::io::Write;
use std::path::Path;

/// What a load has found, in words.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// `name type` of each column; `?` where nobody has declared it, `>` where it became wider.
    columns: Vec<String>,
    /// `file:line value|value` of each good row.
    rows: Vec<String>,
    /// `file:line reason: content`, of a value with what is said of it.
    rejects: Vec<String>,
    /// `good/bad` of each file.
    counts: Vec<String>,
}

/// Judges rows as another engine's loader does, and remembers them.
struct Noting<'a> {
    judge: TextJudge,
    files: &'a [RawFile],
    found: Found,
}

impl Taker for Noting<'_> {
    fn take(&mut self, batch: &Batch) -> Result<Vec<BadRow>, DatabaseError> {
        let Self { judge, files, found } = self;
        judge.each_good(batch, |row, values| {
            let values: Vec<_> = values.iter().map(|value| value.unwrap_or("NULL")).collect();
            let place = format!("{}:{}", files[batch.files[row]].name, batch.lines.value(row));
            found.rows.push(format!("{place} {}", values.join("|")));
            Ok(())
        })
    }

    fn reject(&mut self, rejects: &[Rejected]) -> Result<(), DatabaseError> {
        let told = rejects.iter().map(|rejected| {
            let Rejected { file, line, reason, detail, content } = rejected;
            let detail = if *reason == "bad_value" { format!(" {detail}") } else { String::new() };
            format!("{}:{line} {reason}:{detail} {content}", self.files[*file].name)
        });
        self.found.rejects.extend(told);
        Ok(())
    }
}

fn column(name: &str, data_type: Option<&str>) -> FileColumn {
    FileColumn { name: name.to_owned(), data_type: data_type.map(str::to_owned), is_guessed: data_type.is_none() }
}

fn loaded(folder: &Path, known: &[FileColumn], options: &ReadOptions) -> Found {
    let files = list(folder, "**/*").unwrap();
    let cancelled = AtomicBool::new(false);
    let reading = Reading { files: &files, options, columns: known, cancelled: &cancelled };
    let survey = survey(reading, &POSTGRES).unwrap();
    let typed = |column: &SurveyedColumn| FileColumn {
        name: column.name.clone(),
        data_type: Some(column.data_type.clone()),
        is_guessed: column.is_guessed,
    };
    let columns: Vec<_> = survey.columns.iter().map(typed).collect();
    let judge = TextJudge::new(&columns, &POSTGRES).unwrap();
    let mut noting = Noting { judge, files: &files, found: Found::default() };
    let counts = load(Reading { columns: &columns, ..reading }, &POSTGRES, &mut noting).unwrap();
    let word = |column: &SurveyedColumn| {
        let (guessed, widened) = (if column.is_guessed { "?" } else { "" }, if column.is_widened { ">" } else { "" });
        format!("{} {}{guessed}{widened}", column.name, column.data_type)
    };
    Found {
        columns: survey.columns.iter().map(word).collect(),
        counts: counts.iter().map(|rows| format!("{}/{}", rows.good, rows.bad)).collect(),
        ..noting.found
    }
}

/// What files of these names and contents give.
fn found(files: &[(&str, &[u8])], known: &[FileColumn]) -> Found {
    found_with(files, known, &ReadOptions::default())
}

fn found_with(files: &[(&str, &[u8])], known: &[FileColumn], options: &ReadOptions) -> Found {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    loaded(folder.path(), known, options)
}

#[test]
fn a_column_is_of_the_narrowest_type_that_holds_all_its_values() {
    let text = b"whole,number,truth,day,moment,word,mixed,code,none\n\
        1,1,true,2024-02-29,2024-01-01 10:00:00,a,1,1,\n\
        -7,2.50,FALSE,2023-01-01,2024-01-02T11:30:00.5,2,2024-01-01,007,\n\
        ,,,,,,,,\n";
    let found = found(&[("a.csv", text)], &[]);
    assert_eq!(
        found.columns,
        [
            "whole bigint?",
            "number float8?",
            "truth boolean?",
            "day date?",
            "moment timestamp without time zone?",
            "word text?",
            "mixed text?",
            "code text?",
            "none text?",
        ]
    );
    assert_eq!(
        found.rows,
        [
            "a.csv:2 1|1.0|true|2024-02-29|2024-01-01 10:00:00|a|1|1|NULL",
            "a.csv:3 -7|2.5|false|2023-01-01|2024-01-02 11:30:00.5|2|2024-01-01|007|NULL",
            "a.csv:4 NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
        ]
    );
}

#[test]
fn a_text_of_json_stays_a_text() {
    let found = found(&[("a.json", br#"[{"n": 1, "t": "1", "l": [1, "x"]}, {"n": 2.5, "t": "2", "l": null}]"#)], &[]);
    assert_eq!(found.columns, ["n float8?", "t text?", "l text?"]);
    assert_eq!(found.rows, [r#"a.json:1 1.0|1|[1, "x"]"#, "a.json:2 2.5|2|NULL"]);
}

#[test]
fn a_value_that_is_not_of_its_columns_type_makes_the_row_bad() {
    let known = [
        column("i", Some("integer")),
        column("d", Some("numeric(5, 2)")),
        column("s", Some("varchar(3)")),
        column("day", Some("date")),
    ];
    let text =
        b"i,d,s,day\n1,2.5,abc,2024-01-01\n1.5,1,a,2024-01-01\n1,1,abcd,2024-01-01\n1,12345.6,a,\n1,1,a,2024-02-30\n";
    let found = found(&[("a.csv", text)], &known);
    assert_eq!(found.rows, ["a.csv:2 1|2.50|abc|2024-01-01"]);
    assert_eq!(
        found.rejects,
        [
            "a.csv:3 bad_value: '1.5' in i is no integer. 1.5,1,a,2024-01-01",
            "a.csv:4 bad_value: 'abcd' in s is no varchar(3). 1,1,abcd,2024-01-01",
            "a.csv:5 bad_value: '12345.6' in d is no numeric(5, 2). 1,12345.6,a,",
            "a.csv:6 bad_value: '2024-02-30' in day is no date. 1,1,a,2024-02-30",
        ]
    );
    assert_eq!(found.counts, ["1/4"]);
}

#[test]
fn lists_and_documents_are_written_as_the_engine_reads_them() {
    let known = [column("l", Some("integer[]")), column("t", Some("text[]")), column("j", Some("jsonb"))];
    let text = br#"{"l": [1, null], "t": ["a\"b", "c\\d"], "j": {"x": 1}}
{"l": [1], "t": [], "j": "\u0000"}
{"l": ["x"], "t": null, "j": "word"}
{"l": null, "t": null, "j": "word"}
{"l": [1.5], "t": null, "j": null}
"#;
    let found = found(&[("a.jsonl", text)], &known);
    assert_eq!(found.rows, [r#"a.jsonl:1 {"1",NULL}|{"a\"b","c\\d"}|{"x": 1}"#, r#"a.jsonl:4 NULL|NULL|"word""#]);
    assert_eq!(found.rejects.len(), 3);
    assert!(found.rejects[0].starts_with(r#"a.jsonl:2 bad_value: '"\u0000"' in j is no jsonb."#), "{found:?}");
    assert!(found.rejects[1].starts_with(r#"a.jsonl:3 bad_value: '["x"]' in l is no integer[]."#), "{found:?}");
    assert!(found.rejects[2].starts_with("a.jsonl:5 bad_value: '[1.5]' in l is no integer[]."), "{found:?}");
}

#[test]
fn a_type_that_only_the_engine_knows_is_left_to_it() {
    let columns = [column("i", Some("integer")), column("a", Some("inet"))];
    let judge = TextJudge::new(&columns, &POSTGRES).unwrap();
    assert_eq!(judge.foreign(), [1]);
    assert_eq!(found(&[("a.csv", b"i,a\n1,nowhere\n")], &columns).rows, ["a.csv:2 1|nowhere"]);
}

#[test]
fn fields_find_their_columns_by_name() {
    let files: [(&str, &[u8]); 3] =
        [("1.csv", b"Id,Name\n1,a\n"), ("2.csv", b"name,id,extra\nb,2,x\n"), ("3.jsonl", b"{\"name\": \"c\"}\n")];
    let found = found(&files, &[column("id", Some("integer"))]);
    assert_eq!(found.columns, ["id integer", "name text?", "extra text?"]);
    assert_eq!(found.rows, ["1.csv:2 1|a|NULL", "2.csv:2 2|b|x", "3.jsonl:1 NULL|c|NULL"]);
}

#[test]
fn a_field_with_a_name_that_the_table_needs_gets_another() {
    let found = found(&[("a.csv", b"id,_file,_LINE\n1,x,y\n")], &[]);
    assert_eq!(found.columns, ["id bigint?", "_file_ text?", "_line_ text?"]);
    assert_eq!(found.rows, ["a.csv:2 1|x|y"]);
}

#[test]
fn a_guessed_type_becomes_wider_and_a_declared_one_does_not() {
    let guessed = |data_type: &str| FileColumn { is_guessed: true, ..column("n", Some(data_type)) };
    let fractions: [(&str, &[u8]); 1] = [("a.csv", b"n\n1.5\n")];
    assert_eq!(found(&fractions, &[guessed("bigint")]).columns, ["n float8?>"]);
    assert_eq!(found(&[("a.csv", b"n\n2\n")], &[guessed("bigint")]).columns, ["n bigint?"]);
    let kept = found(&[("a.csv", b"n\nword\n")], &[guessed("bigint")]);
    assert_eq!(kept.columns, ["n bigint?"]);
    assert!(kept.rejects[0].contains("which earlier values are; declare its data_type"), "{kept:?}");
    let declared = found(&fractions, &[column("n", Some("bigint"))]);
    assert_eq!((declared.columns, declared.rejects.len()), (vec!["n bigint".to_owned()], 1));
}

#[test]
fn what_cannot_be_read_is_rejected_with_its_line_and_reason() {
    let mut packed = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    packed.write_all(b"{\"n\": 6}\n{\"n\"\n").unwrap();
    let packed = packed.finish().unwrap();
    let files: [(&str, &[u8]); 8] = [
        ("1.csv", b"n\n1\n\xff\n\"2\"x\n3,4\n\"5\n"),
        ("2.json", b"{\"n\": 2}"),
        ("3.json", b"[{\"n\": 3}, 4]"),
        ("4.json", b"[{\"n\": 4}"),
        ("5.json", b""),
        ("6.jsonl.gz", &packed),
        ("7.jsonl.gz", b"no gzip"),
        ("8.parquet", b"nothing"),
    ];
    let found = found(&files, &[column("n", Some("bigint"))]);
    assert_eq!(found.rows, ["1.csv:2 1", "2.json:1 2", "3.json:1 3", "6.jsonl.gz:1 6"]);
    assert_eq!(
        found.rejects,
        [
            "1.csv:3 not_utf8: \u{fffd}",
            "1.csv:4 bad_quotes: \"2\"x",
            "1.csv:5 wrong_columns: 3,4",
            "1.csv:6 unclosed_quote: \"5",
            "3.json:2 not_an_object: 4",
            "4.json:1 not_json: [{\"n\": 4}",
            "5.json:1 not_json: ",
            "6.jsonl.gz:2 not_json: {\"n\"",
            "7.jsonl.gz:1 unreadable: ",
            "8.parquet:1 not_parquet: ",
        ]
    );
    assert_eq!(found.counts, ["1/4", "1/0", "1/1", "0/1", "0/1", "1/1", "0/1", "0/1"]);
}

#[test]
fn files_without_rows_have_columns_all_the_same() {
    assert_eq!(
        found(&[], &[column("n", Some("bigint"))]),
        Found { columns: vec!["n bigint".into()], ..Found::default() }
    );
    let empty = found(&[("a.csv", b""), ("b.csv", b"n,m\n")], &[]);
    assert_eq!((empty.columns, empty.counts), (vec!["n text?".to_owned(), "m text?".into()], vec!["0/0".into(); 2]));
}

#[test]
fn folders_and_encodings_are_read_as_the_options_say() {
    let options = ReadOptions { encoding: Encoding::Latin1, hive_partitioning: true, ..ReadOptions::default() };
    let files: [(&str, &[u8]); 2] =
        [("year=2023/part=__HIVE_DEFAULT_PARTITION__/a.csv", b"n\n\xe9\n"), ("year=2024/part=x/a.csv", b"n\nb\n")];
    let found = found_with(&files, &[], &options);
    assert_eq!(found.columns, ["n text?", "year bigint?", "part text?"]);
    assert_eq!(
        found.rows,
        ["year=2023/part=__HIVE_DEFAULT_PARTITION__/a.csv:2 é|2023|NULL", "year=2024/part=x/a.csv:2 b|2024|x"]
    );
}

#[test]
fn parquet_has_types_of_its_own_and_rows_are_numbered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let rows = "SELECT i::INTEGER AS id, (i * 1.25)::DECIMAL(9, 2) AS price, [i] AS list FROM range(1, 3) AS r(i)";
    let copy = format!(
        "COPY ({rows}) TO {} (FORMAT parquet)",
        crate::adapters::duckdb::DUCKDB.literal(path.to_str().unwrap())
    );
    cast::judge().unwrap().execute_batch(&copy).unwrap();
    let found = loaded(folder.path(), &[], &ReadOptions::default());
    assert_eq!(found.columns, ["id integer?", "price numeric(9,2)?", "list text?"]);
    assert_eq!(found.rows, ["a.parquet:1 1|1.25|[1]", "a.parquet:2 2|2.50|[2]"]);
}

#[test]
fn batches_follow_each_other_without_a_gap() {
    let mut text = b"n,s\n".to_vec();
    (0..150_000).for_each(|number| writeln!(text, "{number},{}", if number == 70_000 { "long" } else { "s" }).unwrap());
    let found = found(&[("a.csv", &text)], &[column("n", Some("bigint")), column("s", Some("varchar(2)"))]);
    assert_eq!(found.counts, ["149999/1"]);
    assert_eq!(found.rejects, ["a.csv:70002 bad_value: 'long' in s is no varchar(2). 70000,long"]);
    let wanted =
        (0..150_000).filter(|number| *number != 70_000).map(|number| format!("a.csv:{} {number}|s", number + 2));
    assert!(found.rows.iter().map(String::as_str).eq(wanted.collect::<Vec<_>>().iter().map(String::as_str)));
}

#[test]
fn whoever_asks_to_stop_is_heeded_while_a_file_is_only_looked_through() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing of it is handed on before its end has been seen.
    fs::write(folder.path().join("a.json"), "[{\"n\": 1}, {\"n\": 2}").unwrap();
    let files = list(folder.path(), "*.json").unwrap();
    let (options, cancelled) = (ReadOptions::default(), AtomicBool::new(true));
    let columns = [column("n", Some("bigint"))];
    let reading = Reading { files: &files, options: &options, columns: &columns, cancelled: &cancelled };
    let judge = TextJudge::new(&columns, &POSTGRES).unwrap();
    let mut noting = Noting { judge, files: &files, found: Found::default() };
    let stopped = load(reading, &POSTGRES, &mut noting).unwrap_err();
    assert_eq!((stopped.kind, noting.found), (ErrorKind::Cancelled, Found::default()));
}
