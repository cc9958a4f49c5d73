//! From text to a tree.

mod condition;
mod selector;
mod value;

use super::fault::Fault;
use super::syntax::{Expression, Test};
use condition::condition;
use selector::selector;
use std::borrow::Cow;
use winnow::Parser;
use winnow::combinator::{opt, separated};
use winnow::error::ParserError;
use winnow::stream::{Stateful, Stream};

/// Levels of parentheses. The guide names no number; this one is for the stack's sake.
const MAX_DEPTH: usize = 64;

/// What is left of the text, and what there was of things that are limited.
type Input<'p> = Stateful<&'p str, Seen>;

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    wildcards: usize,
    regulars: usize,
    depth: usize,
}

/// Why a parser stopped: softly, so that another may be tried, or for good.
#[derive(Debug)]
struct Stop {
    /// Bytes of the text from the fault on.
    left: usize,
    /// What could stand there; `None` is soft.
    expected: Option<Cow<'static, str>>,
    hint: Option<Cow<'static, str>>,
}

impl<'p> ParserError<Input<'p>> for Stop {
    type Inner = Self;

    fn from_input(input: &Input<'p>) -> Self {
        Self { left: input.eof_offset(), expected: None, hint: None }
    }

    fn is_backtrack(&self) -> bool {
        self.expected.is_none()
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

type Parsed<T> = Result<T, Stop>;

/// A fault where `input` stands now.
fn stop<T>(input: &Input<'_>, expected: impl Into<Cow<'static, str>>, hint: Option<&'static str>) -> Parsed<T> {
    Err(Stop { left: input.eof_offset(), expected: Some(expected.into()), hint: hint.map(Cow::Borrowed) })
}

/// Reads a whole pattern.
pub(super) fn pattern(text: &str) -> Result<Expression, Fault> {
    let mut input = Input { input: text, state: Seen::default() };
    whole(&mut input).map_err(|stop| {
        let expected = stop.expected.unwrap_or(Cow::Borrowed("a pattern"));
        Fault::at(text, text.len() - stop.left, expected, stop.hint)
    })
}

fn whole(input: &mut Input<'_>) -> Parsed<Expression> {
    space(input);
    dialect(input)?;
    let _ = "{".parse_next(input)?;
    let expression = any(input)?;
    close(input, '}')?;
    space(input);
    if input.is_empty() {
        Ok(expression)
    } else {
        stop(input, "the end", Some("a pattern is one pair of braces; join tests with `&&` and `||` inside it"))
    }
}

/// Refuses patterns of other kinds by their first character.
fn dialect(input: &Input<'_>) -> Parsed<()> {
    const JSON: &str = "a JSON pattern in braces";
    const HINT: &str = "CloudTrail records are JSON, so their filters look like `{ $.eventName = \"ConsoleLogin\" }`";
    match input.chars().next() {
        Some('{') => Ok(()),
        None => stop(input, JSON, Some("an empty pattern matches every event")),
        Some('[') => stop(input, format!("{JSON}, not a space-delimited pattern"), Some(HINT)),
        Some('$') => stop(input, JSON, Some("put the pattern in `{ }`")),
        Some('%') => stop(input, format!("{JSON}, not an unstructured pattern (a regular expression over the whole text)"), Some(HINT)),
        Some('?') => stop(input, format!("{JSON}, not an unstructured pattern (optional terms)"), Some(HINT)),
        Some('-') => stop(input, format!("{JSON}, not an unstructured pattern (excluded terms)"), Some(HINT)),
        Some('"') => stop(input, format!("{JSON}, not an unstructured pattern (a phrase)"), Some(HINT)),
        Some(_) => stop(input, format!("{JSON}, not an unstructured pattern (terms)"), Some(HINT)),
    }
}

fn space(input: &mut Input<'_>) {
    let length = input.len() - input.trim_start().len();
    let _ = input.next_slice(length);
}

/// Tests joined by `&&` and `||`, of which `&&` binds tighter.
fn any(input: &mut Input<'_>) -> Parsed<Expression> {
    let parts: Vec<Expression> = separated(1.., all, sign("||")).parse_next(input)?;
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expression::Any(inner) => flat.extend(inner),
            part => flat.push(part),
        }
    }
    Ok(join(flat, Expression::Any))
}

fn all(input: &mut Input<'_>) -> Parsed<Expression> {
    let parts: Vec<Expression> = separated(1.., term, sign("&&")).parse_next(input)?;
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expression::All(inner) => flat.extend(inner),
            part => flat.push(part),
        }
    }
    Ok(join(flat, Expression::All))
}

/// One expression of several; a single one stands for itself.
fn join(mut parts: Vec<Expression>, kind: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            kind(parts)
        }
    }
}

fn sign<'p>(sign: &'static str) -> impl Parser<Input<'p>, (), Stop> {
    move |input: &mut Input<'p>| {
        space(input);
        sign.void().parse_next(input)
    }
}

fn term(input: &mut Input<'_>) -> Parsed<Expression> {
    const EXPECTED: &str = "a selector such as `$.eventName`, or `(`";
    space(input);
    match input.chars().next() {
        Some('(') => group(input),
        Some('$') => test(input).map(Expression::Test),
        Some(c) if c == '!' || input.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not")) => {
            stop(input, EXPECTED, Some("a test cannot be turned round: use `!=`, or `NOT EXISTS` after the selector"))
        }
        Some('.' | '[') => stop(input, EXPECTED, Some("a selector starts with `$`")),
        Some(c) if c.is_alphanumeric() => stop(input, EXPECTED, Some("a selector starts with `$.`")),
        _ => stop(input, EXPECTED, None),
    }
}

fn group(input: &mut Input<'_>) -> Parsed<Expression> {
    if input.state.depth == MAX_DEPTH {
        return stop(input, format!("no more than {MAX_DEPTH} parentheses inside one another"), None);
    }
    input.state.depth += 1;
    let _ = "(".parse_next(input)?;
    let inner = any(input)?;
    close(input, ')')?;
    input.state.depth -= 1;
    Ok(inner)
}

fn close(input: &mut Input<'_>, bracket: char) -> Parsed<()> {
    space(input);
    if opt(bracket).parse_next(input)?.is_some() {
        return Ok(());
    }
    let word = input.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let hint = match input.chars().next() {
        Some('&') => Some("`and` is `&&`"),
        Some('|') => Some("`or` is `||`"),
        _ if word.eq_ignore_ascii_case("and") => Some("write `&&`"),
        _ if word.eq_ignore_ascii_case("or") => Some("write `||`"),
        Some(c) if c.is_alphanumeric() => Some("text with a space in it takes double quotes"),
        _ => None,
    };
    stop(input, format!("`&&`, `||` or `{bracket}`"), hint)
}

fn test(input: &mut Input<'_>) -> Parsed<Test> {
    let selector = selector(input)?;
    space(input);
    let condition = condition(input)?;
    Ok(Test { selector, condition })
}
