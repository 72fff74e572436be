//! The `script` file of a golden project.
//!
//! ```text
//! # What the case shows.
//! engines: duckdb postgres          (optional: duckdb and postgres by default; snowflake is an emulator)
//!
//! sqlbuild build --select orders
//! DBT_X=1 sqlbuild run              (with an environment variable)
//! query select * from orders        (shows the rows)
//! execute insert into raw values 1  (runs it, shows nothing)
//! show target/run/x.sql             (shows a file)
//! remove models/old.sql
//! on postgres: query select 1       (only there)
//! write models/new.sql
//!     select 1                      (indented by four: the file's text)
//! ```

use super::Engine;

/// A script, read.
pub struct Script {
    pub about: String,
    pub engines: Vec<Engine>,
    pub steps: Vec<Step>,
}

/// A line of a script.
#[derive(Clone)]
pub enum Step {
    Run { arguments: Vec<String>, env: Vec<(String, String)> },
    Query(String),
    Execute(String),
    Write { path: String, text: String },
    Remove(String),
    Show(String),
    Only { engine: Engine, step: Box<Step> },
}

/// Reads a script.
pub fn parse(text: &str) -> Result<Script, String> {
    let mut script = Script { about: String::new(), engines: Engine::DEFAULT.to_vec(), steps: vec![] };
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix('#') {
            if script.steps.is_empty() {
                script.about.push_str(comment.trim_start());
                script.about.push('\n');
            }
        } else if let Some(names) = line.strip_prefix("engines:") {
            script.engines = names.split_whitespace().map(Engine::parse).collect::<Result<_, _>>()?;
        } else if !line.trim().is_empty() {
            let mut block = String::new();
            while let Some(next) = lines.peek().filter(|next| next.starts_with("    ") || next.trim().is_empty()) {
                block.push_str(next.get(4..).unwrap_or(""));
                block.push('\n');
                lines.next();
            }
            script.steps.push(step(line, &block)?);
        }
    }
    script.about = script.about.trim_end().to_owned();
    Ok(script)
}

fn step(line: &str, block: &str) -> Result<Step, String> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    Ok(match verb {
        "query" => Step::Query(rest.to_owned()),
        "execute" => Step::Execute(rest.to_owned()),
        "show" => Step::Show(rest.to_owned()),
        "remove" => Step::Remove(rest.to_owned()),
        "write" => Step::Write { path: rest.to_owned(), text: format!("{}\n", block.trim_end()) },
        "on" => {
            let (engine, rest) = rest.split_once(": ").ok_or_else(|| format!("no step after: {line}"))?;
            Step::Only { engine: Engine::parse(engine)?, step: Box::new(step(rest, block)?) }
        }
        _ => run(line)?,
    })
}

/// `NAME=value … sqlbuild arguments`, with words in single or double quotes.
fn run(line: &str) -> Result<Step, String> {
    let mut words = words(line).into_iter();
    let mut env = vec![];
    for word in words.by_ref() {
        match word.split_once('=') {
            Some((name, value)) => env.push((name.to_owned(), value.to_owned())),
            None if word == "sqlbuild" => return Ok(Step::Run { arguments: words.collect(), env }),
            None => break,
        }
    }
    Err(format!("not a step: {line}"))
}

fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut open) = (vec![], String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => (quote, open) = (Some(c), true),
            (None, ' ') => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            _ => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}
