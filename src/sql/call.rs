//! Calls of a function in an expression.

use super::{Lexis, PieceKind, pieces};

/// Writes the calls of a function, by its name in any case, anew: `write` gets the arguments' texts, in which it was
/// written anew already, and gives `None` for a call that stays as it is.
pub fn rewrite_calls<E>(
    sql: &str,
    lexis: Lexis,
    function: &str,
    write: &mut impl FnMut(&[&str]) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    while let Some(call) = next_call(&sql[at..], lexis, function) {
        let (start, end) = (at + call.start, at + call.end);
        let arguments = call.arguments.iter().map(|range| &sql[at + range.start..at + range.end]);
        let arguments: Vec<String> = arguments
            .map(|argument| rewrite_calls(argument.trim(), lexis, function, write))
            .collect::<Result<_, E>>()?;
        let texts: Vec<_> = arguments.iter().map(String::as_str).collect();
        out += &sql[at..start];
        match write(&texts)? {
            Some(text) => out += &text,
            None => out += &format!("{}({})", &sql[start..start + function.len()], texts.join(", ")),
        }
        at = end;
    }
    out += &sql[at..];
    Ok(out)
}

struct Call {
    start: usize,
    end: usize,
    arguments: Vec<std::ops::Range<usize>>,
}

/// The first call that is closed.
fn next_call(sql: &str, lexis: Lexis, function: &str) -> Option<Call> {
    let mut pieces = pieces(sql, lexis).filter(|piece| !matches!(piece.kind, PieceKind::Space | PieceKind::Comment));
    let mut before = "";
    while let Some(piece) = pieces.next() {
        let text = &sql[piece.range.clone()];
        let named = piece.kind == PieceKind::Word && text.eq_ignore_ascii_case(function) && before != ".";
        before = text;
        let opens = named.then(|| pieces.next()).flatten().filter(|next| &sql[next.range.clone()] == "(");
        let Some(opening) = opens else { continue };
        let (mut depth, mut from, mut arguments) = (1, opening.range.end, vec![]);
        for inner in pieces.by_ref().filter(|inner| inner.kind == PieceKind::Symbol) {
            match &sql[inner.range.clone()] {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                "," if depth == 1 => {
                    arguments.push(from..inner.range.start);
                    from = inner.range.end;
                }
                _ => {}
            }
            if depth == 0 {
                arguments.push(from..inner.range.start);
                return Some(Call { start: piece.range.start, end: inner.range.end, arguments });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Lexis, rewrite_calls};
    use std::convert::Infallible;

    fn reversed(sql: &str) -> String {
        let rewritten = rewrite_calls::<Infallible>(sql, Lexis::default(), "f", &mut |arguments| {
            Ok((arguments.len() == 2).then(|| format!("g({}, {})", arguments[1], arguments[0])))
        });
        rewritten.unwrap_or_default()
    }

    #[test]
    fn calls_are_found_and_nothing_else() {
        for (sql, expected) in [
            ("f(a, b) + 1", "g(b, a) + 1"),
            ("F ( 'x, y)' , h(1, 2) )", "g(h(1, 2), 'x, y)')"),
            ("f(f(1, 2), 3)", "g(3, g(2, 1))"),
            ("f(1) + f(1, 2)", "f(1) + g(2, 1)"),
            ("f + 'f(1, 2)' -- f(1, 2)", "f + 'f(1, 2)' -- f(1, 2)"),
            ("s.f(1, 2) + of(1, 2)", "s.f(1, 2) + of(1, 2)"),
            ("f(1, 2", "f(1, 2"),
        ] {
            assert_eq!(reversed(sql), expected, "{sql}");
        }
    }
}
