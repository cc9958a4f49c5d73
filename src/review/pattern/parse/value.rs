//! Values that a field is compared with.

use super::{Input, Parsed, stop};
use crate::review::pattern::number::Number;
use crate::review::pattern::regular::{Refusal, Regular};
use crate::review::pattern::syntax::{Literal, Operand};
use crate::review::pattern::text::{Part, Text};
use winnow::Parser;
use winnow::combinator::opt;
use winnow::stream::Stream;
use winnow::token::take_while;

/// Regular expressions in a whole pattern (filter and pattern syntax page of the CloudWatch Logs user guide).
const REGULARS: usize = 2;

pub(super) fn operand(input: &mut Input<'_>) -> Parsed<Operand> {
    let start = *input;
    match input.chars().next() {
        Some('"') => quoted(input).map(Operand::Text),
        Some('%') => regular(input).map(Operand::Regular),
        _ => {
            let ends = |c: char| c.is_whitespace() || "(){}&|\"".contains(c);
            let word: &str = take_while(0.., |c| !ends(c)).parse_next(input)?;
            bare(&start, word)
        }
    }
}

/// A value without quotes: a number, or text of letters, digits and `_`, in which `*` is the wildcard. A dot is let in as AWS does
/// (`123.123.*`, `kms.amazonaws.com` in the CIS patterns).
fn bare(start: &Input<'_>, word: &str) -> Parsed<Operand> {
    const EXPECTED: &str = "a value";
    if let Some(number) = Number::read(word) {
        let literal = Literal { text: word.to_owned(), number };
        return if number.real().is_finite() {
            Ok(Operand::Number(literal))
        } else {
            stop(start, "a number that can be counted with", None)
        };
    }
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_.*".contains(c)) {
        let part = |c| if c == '*' { Part::Anything } else { Part::Literal(c) };
        return Ok(Operand::Text(word.chars().map(part).collect()));
    }
    let hint = match word.chars().next() {
        None if start.is_empty() => None,
        None => Some("text takes double quotes, also when it is empty"),
        Some('\'') => Some("text takes double quotes, not single ones"),
        Some('\\') => Some("the pattern is still escaped for another language: take the backslashes before the quotes away"),
        Some('$') => Some("a field is compared with a value, not with another field"),
        Some('/') => Some("a regular expression stands between two `%`; text with a slash takes double quotes"),
        Some(_) => Some("text with other characters than letters, digits, `_`, `.` and `*` takes double quotes"),
    };
    stop(start, EXPECTED, hint)
}

fn quoted(input: &mut Input<'_>) -> Parsed<Text> {
    let start = *input;
    let _ = "\"".parse_next(input)?;
    let mut parts = Vec::new();
    loop {
        let before = *input;
        parts.push(match input.next_token() {
            Some('"') => return Ok(parts.into_iter().collect()),
            Some('*') => Part::Anything,
            Some('\\') => match input.next_token() {
                Some(c @ ('"' | '\\' | '/' | '*')) => Part::Literal(c),
                Some('n') => Part::Literal('\n'),
                Some('r') => Part::Literal('\r'),
                Some('t') => Part::Literal('\t'),
                _ => {
                    return stop(
                        &before,
                        "an escape: `\\\"`, `\\\\`, `\\/`, `\\*`, `\\n`, `\\r` or `\\t`",
                        Some("a backslash itself is `\\\\`"),
                    );
                }
            },
            Some(c) => Part::Literal(c),
            None => return stop(&start, "text that ends with `\"`", None),
        });
    }
}

fn regular(input: &mut Input<'_>) -> Parsed<Regular> {
    const CHARACTERS: &str = "letters, digits, space, `: _ # = @ / ; , -` and `^ $ ? [ ] { } | \\ * + .`";
    let start = *input;
    let _ = "%".parse_next(input)?;
    let inside = *input;
    let source: &str = take_while(0.., |c| c != '%').parse_next(input)?;
    if opt("%").parse_next(input)?.is_none() || source.is_empty() {
        return stop(&start, "a regular expression between two `%`", None);
    }
    input.state.regulars += 1;
    if input.state.regulars > REGULARS {
        return stop(&start, format!("no more than {REGULARS} regular expressions in a pattern"), None);
    }
    Regular::read(source).or_else(|refusal| match refusal {
        Refusal::Character(at) => {
            let mut fault = inside;
            let _ = fault.next_slice(at);
            let hint = match fault.chars().next() {
                Some('(' | ')') => Some("there are no groups; `\\(` is the character"),
                Some('\\') => Some("a backslash stands before d, D, s, S, w, W, x41 or the character that is meant, but for `%`"),
                _ => None,
            };
            stop(&fault, format!("only {CHARACTERS} in a regular expression"), hint)
        }
        Refusal::Form(reason) => stop(&start, format!("a regular expression ({reason})"), None),
    })
}
