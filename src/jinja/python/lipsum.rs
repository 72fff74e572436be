//! `lipsum()`: a text that says nothing, to fill a page.

use super::arguments::Arguments;
use crate::jinja::{Error, Value};

const WORDS: &str = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et \
    dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo \
    consequat duis aute irure in reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint \
    occaecat cupidatat non proident sunt culpa qui officia deserunt mollit anim id est laborum";

/// `lipsum(n=5, html=true, min=20, max=100)`: as many paragraphs, each of at least `min` words and less than `max`.
pub(super) fn lipsum(args: &Arguments<'_>) -> Result<Value, Error> {
    let paragraphs = args.integer(0, "n", 5)?.clamp(0, 10_000);
    let is_html = args.get(1, "html").is_none_or(|html| html.is_true());
    let (least, most) = (args.integer(2, "min", 20)?.max(0), args.integer(3, "max", 100)?);
    if least >= most {
        return super::arguments::fail(format!("lipsum(): 'max' ({most}) must be greater than 'min' ({least})"));
    }
    let paragraph = |_| {
        let text = paragraph(between(least, most));
        if is_html { format!("<p>{text}</p>") } else { text }
    };
    let paragraphs: Vec<String> = (0..paragraphs).map(paragraph).collect();
    Ok(Value::from(paragraphs.join(if is_html { "\n" } else { "\n\n" })))
}

/// Sentences of some ten to twenty words, with commas after some three to eight.
fn paragraph(length: i64) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let (mut text, mut last) = (String::new(), "");
    let (mut sentence, mut clause) = (between(10, 20), between(3, 8));
    let mut begins = true;
    for index in 0..length {
        let others = || words.iter().filter(|word| **word != last);
        let word = others().nth(between(0, others().count() as i64) as usize).copied().unwrap_or_default();
        last = word;
        text.push_str(if index > 0 { " " } else { "" });
        match word.split_at_checked(1).filter(|_| begins) {
            Some((first, rest)) => text.push_str(&(first.to_uppercase() + rest)),
            None => text.push_str(word),
        }
        begins = index + 1 == length || index >= sentence;
        if begins {
            text.push('.');
            (sentence, clause) = (index + between(10, 20), index + between(3, 8));
        } else if index >= clause {
            text.push(',');
            clause = index + between(3, 8);
        }
    }
    text
}

/// A number from `from`, less than `to`.
fn between(from: i64, to: i64) -> i64 {
    // The random bits of a UUID.
    let bits = uuid::Uuid::new_v4().as_u64_pair().1 >> 2;
    from + (bits % (to - from).max(1) as u64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_sentences_of_so_many_words() {
        for length in [1, 2, 50] {
            let text = paragraph(length);
            assert_eq!(text.split(' ').count(), length as usize);
            assert!(text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase()), "{text}");
        }
        assert!(lipsum(&Arguments::of("lipsum", &[])).unwrap().to_string().starts_with("<p>"));
    }
}
