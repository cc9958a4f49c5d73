//! Conditions: what is asked of a field.

use super::value::operand;
use super::{Input, Parsed, Stop, space, stop};
use crate::review::pattern::syntax::{Condition, Constant, Operand, Order};
use winnow::Parser;
use winnow::ascii::Caseless;
use winnow::combinator::{alt, opt};
use winnow::error::ParserError;

pub(super) fn condition(input: &mut Input<'_>) -> Parsed<Condition> {
    alt((comparison, is, not_exists, no_condition)).parse_next(input)
}

fn comparison(input: &mut Input<'_>) -> Parsed<Condition> {
    enum Sign {
        Equal,
        NotEqual,
        Ordered(Order),
    }
    let sign = alt((
        "!=".value(None),
        "<=".value(Some(Order::LessOrEqual)),
        ">=".value(Some(Order::GreaterOrEqual)),
        "<".value(Some(Order::Less)),
        ">".value(Some(Order::Greater)),
    ))
    .map(|order| order.map_or(Sign::NotEqual, Sign::Ordered));
    let sign = alt((sign, "=".map(|_| Sign::Equal))).parse_next(input)?;
    let doubled = match (&sign, input.chars().next()) {
        (_, Some('=')) => Some("equality is a single `=`"),
        (Sign::Ordered(Order::Less), Some('>')) => Some("`<>` is `!=`"),
        (Sign::Equal, Some('>')) => Some("`=>` is `>=`"),
        (Sign::Equal, Some('<')) => Some("`=<` is `<=`"),
        (_, Some('~')) => Some("a regular expression is written `= %...%`"),
        _ => None,
    };
    if doubled.is_some() {
        return stop(input, "a value", doubled);
    }
    space(input);
    match sign {
        Sign::Equal => operand(input).map(Condition::Equal),
        Sign::NotEqual => operand(input).map(Condition::NotEqual),
        Sign::Ordered(order) => {
            let start = *input;
            match operand(input) {
                Ok(Operand::Number(literal)) => Ok(Condition::Ordered(order, literal)),
                Err(stop) if start.is_empty() => Err(stop),
                _ => stop(&start, format!("a number after `{}`", order.sign()), Some("text has only `=` and `!=`")),
            }
        }
    }
}

fn word<'p>(word: &'static str) -> impl Parser<Input<'p>, (), Stop> {
    move |input: &mut Input<'p>| {
        space(input);
        let before = *input;
        Caseless(word).void().parse_next(input)?;
        if input.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            *input = before;
            return Err(Stop::from_input(input));
        }
        Ok(())
    }
}

fn is(input: &mut Input<'_>) -> Parsed<Condition> {
    word("IS").parse_next(input)?;
    let constant = alt((word("NULL").value(Constant::Null), word("TRUE").value(Constant::True), word("FALSE").value(Constant::False)));
    if let Some(constant) = opt(constant).parse_next(input)? {
        return Ok(Condition::Is(constant));
    }
    space(input);
    let not = opt(word("NOT")).parse_next(&mut input.clone())?.is_some();
    let hint = "there is no `IS NOT`: `= *` holds for a field with text or a number, `IS FALSE` for one that is not true";
    stop(input, "`NULL`, `TRUE` or `FALSE` after `IS`", not.then_some(hint))
}

fn not_exists(input: &mut Input<'_>) -> Parsed<Condition> {
    word("NOT").parse_next(input)?;
    if opt(word("EXISTS")).parse_next(input)?.is_some() {
        return Ok(Condition::NotExists);
    }
    space(input);
    stop(input, "`EXISTS` after `NOT`", None)
}

fn no_condition(input: &mut Input<'_>) -> Parsed<Condition> {
    let exists = opt(word("EXISTS")).parse_next(&mut input.clone())?.is_some();
    let hint = match input.chars().next() {
        _ if exists => Some("there is no `EXISTS`: `= *` holds for a field with text or a number"),
        Some('!') => Some("`!` is followed by `=`"),
        Some('~') => Some("a regular expression is written `= %...%`"),
        Some(c) if c.is_alphabetic() => Some("there are no other words than `IS` and `NOT EXISTS`"),
        _ => None,
    };
    stop(input, "`=`, `!=`, `<`, `>`, `<=`, `>=`, `IS` or `NOT EXISTS`", hint)
}
