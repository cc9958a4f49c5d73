//! Selectors: the way to a field.

use super::{Input, Parsed, stop};
use crate::review::pattern::syntax::{Segment, Selector, is_plain};
use winnow::Parser;
use winnow::combinator::{alt, opt, preceded};
use winnow::stream::Stream;
use winnow::token::take_while;

/// Wildcards in one selector (filter and pattern syntax page of the CloudWatch Logs user guide).
const SELECTOR_WILDCARDS: usize = 1;

/// Wildcards in the selectors of a whole pattern (the same).
const PATTERN_WILDCARDS: usize = 3;

pub(super) fn selector(input: &mut Input<'_>) -> Parsed<Selector> {
    let _ = "$".parse_next(input)?;
    let mut segments = Vec::new();
    let mut wildcards = 0;
    loop {
        let before = *input;
        let Some(segment) = opt(segment).parse_next(input)? else { break };
        if segment.is_wildcard() {
            wildcards += 1;
            input.state.wildcards += 1;
            if wildcards > SELECTOR_WILDCARDS {
                return stop(&before, format!("no more than {SELECTOR_WILDCARDS} wildcard in a selector"), None);
            }
            if input.state.wildcards > PATTERN_WILDCARDS {
                return stop(&before, format!("no more than {PATTERN_WILDCARDS} wildcards in the selectors of a pattern"), None);
            }
        }
        segments.push(segment);
    }
    if segments.is_empty() {
        let hint = match input.chars().next() {
            Some(c) if c.is_alphanumeric() => "a dot comes before the name",
            _ => "the record itself has no value to be compared",
        };
        return stop(input, "`.name` or `[0]` after `$`", Some(hint));
    }
    Ok(Selector(segments))
}

fn segment(input: &mut Input<'_>) -> Parsed<Segment> {
    alt((
        ".*".value(Segment::AnyMember),
        "[*]".value(Segment::AnyElement),
        preceded(alt((".['", "['")), quoted_name).map(Segment::Member),
        preceded("[", place).map(Segment::Element),
        preceded(".", name).map(Segment::Member),
    ))
    .parse_next(input)
}

fn name(input: &mut Input<'_>) -> Parsed<String> {
    let name = take_while(0.., is_plain).parse_next(input)?;
    let odd = input.chars().next().filter(|c| name.is_empty() || c.is_alphanumeric() || "/:@#+".contains(*c));
    if name.is_empty() || odd.is_some() {
        return stop(input, "a name of letters, digits, `-` and `_`", Some("other names are written `['odd.name']`"));
    }
    Ok(name.to_owned())
}

/// From after `['` to after `']`; a backslash takes the next character as it is.
fn quoted_name(input: &mut Input<'_>) -> Parsed<String> {
    let start = *input;
    let mut name = String::new();
    loop {
        match input.next_token() {
            Some('\'') => break,
            Some('\\') => name.extend(input.next_token()),
            Some(c) => name.push(c),
            None => return stop(&start, "a name that ends with `']`", None),
        }
    }
    if opt("]").parse_next(input)?.is_some() { Ok(name) } else { stop(input, "`]`", None) }
}

fn place(input: &mut Input<'_>) -> Parsed<usize> {
    const EXPECTED: &str = "the place of an element, `*`, or a name in single quotes";
    let start = *input;
    let digits: &str = take_while(0.., |c: char| c.is_ascii_digit()).parse_next(input)?;
    match digits.parse() {
        Ok(place) if opt("]").parse_next(input)?.is_some() => Ok(place),
        Ok(_) => stop(input, "`]`", None),
        Err(_) if start.starts_with('"') => stop(&start, EXPECTED, Some("names take single quotes here")),
        Err(_) => stop(&start, EXPECTED, Some("places count from 0")),
    }
}
