//! Lines inside of brackets and quotes may be indented anyhow in PyYAML, but not in saphyr-parser:
//!
//! ```yaml
//! values: [
//!   'a'
//! ]
//! ```
//!
//! Such lines are indented further before they are parsed; blanks at the start of these lines mean nothing.

/// A text with enough indentation, and for each of its characters (and the end) the byte of the original it stands for.
pub struct Indented {
    /// The text.
    pub text: String,
    /// The offsets.
    pub offsets: Vec<u32>,
}

/// Indents every line that continues brackets or quotes as far as these began.
pub fn indent(original: &str) -> Indented {
    let mut indented = Indented { text: String::with_capacity(original.len()), offsets: vec![] };
    let mut state = State::default();
    let mut start = 0;
    for line in original.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let padding = state.padding().saturating_sub(blanks);
        indented.text.extend(std::iter::repeat_n(' ', padding));
        indented.offsets.extend(std::iter::repeat_n(start as u32, padding));
        indented.text += line;
        indented.offsets.extend(line.char_indices().map(|(at, _)| (start + at) as u32));
        state.read(line);
        start += line.len();
    }
    indented.offsets.push(original.len() as u32);
    indented
}

/// Where the reading of a text is, between two lines.
#[derive(Default)]
struct State {
    /// How many brackets are open.
    brackets: usize,
    /// The quote that is open.
    quote: Option<char>,
    /// One past the column at which the outermost open bracket or quote stands.
    column: usize,
    /// Lines that are indented further than this are text of a `|` or `>` scalar.
    block: Option<usize>,
}

impl State {
    fn padding(&self) -> usize {
        if self.brackets > 0 || self.quote.is_some() { self.column } else { 0 }
    }

    fn read(&mut self, line: &str) {
        let chars: Vec<char> = line.trim_end_matches(['\n', '\r']).chars().collect();
        let Some(first) = chars.iter().position(|c| *c != ' ') else { return };
        if self.block.is_some_and(|indentation| first > indentation) && self.padding() == 0 {
            return;
        }
        self.block = None;
        let mut cursor = Cursor { chars: &chars, at: first, may_start: true, parent: None };
        while cursor.at < chars.len() {
            if let Some(quote) = self.quote {
                self.read_quoted(quote, &mut cursor);
            } else if !self.read_token(&mut cursor) {
                return;
            }
        }
    }

    fn read_quoted(&mut self, quote: char, cursor: &mut Cursor<'_>) {
        match cursor.chars[cursor.at] {
            '\\' if quote == '"' => cursor.at += 1,
            c if c == quote && quote == '\'' && cursor.next() == Some('\'') => cursor.at += 1,
            c if c == quote => {
                self.quote = None;
                cursor.may_start = false;
            }
            _ => {}
        }
        cursor.at += 1;
    }

    /// Whether the rest of the line matters.
    fn read_token(&mut self, cursor: &mut Cursor<'_>) -> bool {
        let c = cursor.chars[cursor.at];
        let in_brackets = self.brackets > 0;
        match c {
            ' ' | '\t' => {}
            '#' if cursor.follows_blank() => return false,
            '[' | '{' if in_brackets || cursor.may_start => {
                self.open(cursor);
                self.brackets += 1;
                cursor.may_start = true;
            }
            ']' | '}' if in_brackets => {
                self.brackets -= 1;
                cursor.may_start = false;
            }
            ',' if in_brackets => cursor.may_start = true,
            '"' | '\'' if cursor.may_start => {
                self.open(cursor);
                self.quote = Some(c);
            }
            '-' | '?' if cursor.may_start && !in_brackets && cursor.is_before_blank() => {
                cursor.parent = Some(cursor.at)
            }
            ':' if cursor.is_before_blank() || in_brackets => cursor.may_start = true,
            '|' | '>' if cursor.may_start && !in_brackets => {
                self.block = cursor.parent;
                return false;
            }
            '&' | '!' if cursor.may_start => cursor.skip_word(),
            _ => {
                if cursor.may_start && !in_brackets && !cursor.follows_colon() {
                    cursor.parent = Some(cursor.at);
                }
                cursor.may_start = false;
            }
        }
        cursor.at += 1;
        true
    }

    fn open(&mut self, cursor: &Cursor<'_>) {
        if self.padding() == 0 {
            self.column = cursor.at + 1;
        }
    }
}

/// A place in a line.
struct Cursor<'a> {
    chars: &'a [char],
    at: usize,
    /// Whether a value or key may begin here: only there are brackets and quotes more than text.
    may_start: bool,
    /// The column of the last `-` or key, whose value a block scalar would be.
    parent: Option<usize>,
}

impl Cursor<'_> {
    fn next(&self) -> Option<char> {
        self.chars.get(self.at + 1).copied()
    }

    fn is_before_blank(&self) -> bool {
        self.next().is_none_or(|c| c == ' ' || c == '\t')
    }

    fn follows_blank(&self) -> bool {
        self.at.checked_sub(1).is_none_or(|before| matches!(self.chars[before], ' ' | '\t'))
    }

    /// Whether what begins here is the value of a key on this line.
    fn follows_colon(&self) -> bool {
        self.chars[..self.at].iter().rev().find(|c| **c != ' ') == Some(&':')
    }

    fn skip_word(&mut self) {
        while !self.is_before_blank() {
            self.at += 1;
        }
    }
}
