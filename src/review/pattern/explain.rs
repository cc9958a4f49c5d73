//! Why a record does not match.

use super::Missing;
use super::evaluate::text_of;
use super::syntax::{Condition, Expression, Test};
use crate::evidence::record::view::Value;
use std::borrow::Cow;
use std::fmt;

/// Values that one test shows, where a wildcard selects several.
const VALUES: usize = 3;

/// Characters of one value that are shown.
const LENGTH: usize = 80;

/// What a pattern says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it matches.
    pub matches: bool,
    /// The smallest set of failed tests that would have had to hold for a match, in the pattern's order; none when it matches. Of an `||`
    /// it is the side that came closest, the first of equals.
    pub misses: Vec<Miss>,
    /// How many such sets there are, this one included; more than one after an `||` with sides equally far off. 0 when it matches.
    pub ways: u64,
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// In canonical form, such as `$.userIdentity.invokedBy NOT EXISTS`.
    pub test: String,
    /// What the record has there, in words. It quotes the record: control characters are escaped and long text is cut, but it is the
    /// writer's task to escape it for CSV or HTML.
    pub found: String,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.test, self.found)
    }
}

/// One miss a line.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.matches {
            return f.write_str("matches");
        }
        for (place, miss) in self.misses.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{miss}")?;
        }
        match self.ways {
            0 | 1 => Ok(()),
            2 => f.write_str("\n(or as many tests of another side of an `||`)"),
            ways => write!(f, "\n(or as many tests in one of {} other combinations)", ways - 1),
        }
    }
}

/// The failed tests that stand between an expression and its truth.
struct Distance<'e> {
    misses: Vec<&'e Test>,
    ways: u64,
}

impl<'e> Distance<'e> {
    /// `None` when the expression holds.
    fn of(expression: &'e Expression, record: Value<'_>, missing: Missing) -> Option<Self> {
        match expression {
            Expression::Test(test) => (!test.holds(record, missing)).then(|| Self { misses: vec![test], ways: 1 }),
            Expression::All(parts) => parts.iter().filter_map(|part| Self::of(part, record, missing)).reduce(Self::and),
            Expression::Any(parts) => {
                let sides: Option<Vec<Self>> = parts.iter().map(|part| Self::of(part, record, missing)).collect();
                sides?.into_iter().reduce(Self::or)
            }
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.misses.extend(other.misses);
        self.ways = self.ways.saturating_mul(other.ways);
        self
    }

    fn or(mut self, other: Self) -> Self {
        match self.misses.len().cmp(&other.misses.len()) {
            std::cmp::Ordering::Less => self,
            std::cmp::Ordering::Greater => other,
            std::cmp::Ordering::Equal => {
                self.ways = self.ways.saturating_add(other.ways);
                self
            }
        }
    }
}

/// Explains what an expression says of a record.
pub(super) fn explain(expression: &Expression, record: Value<'_>, missing: Missing) -> Explanation {
    match Distance::of(expression, record, missing) {
        None => Explanation { matches: true, misses: Vec::new(), ways: 0 },
        Some(Distance { misses, ways }) => {
            let misses = misses.into_iter().map(|test| Miss { test: test.to_string(), found: found(test, record) });
            Explanation { matches: false, misses: misses.collect(), ways }
        }
    }
}

fn found(test: &Test, record: Value<'_>) -> String {
    let mut selected = test.selector.select(record);
    let shown: Vec<String> = selected.by_ref().take(VALUES).map(show).collect();
    let more = selected.count();
    match (&test.condition, shown.is_empty()) {
        (Condition::NotEqual(_), true) => "the record has no such field, and that is taken as no match".to_owned(),
        (_, true) => "the record has no such field".to_owned(),
        _ if more > 0 => format!("the record has {} and {more} more", shown.join(", ")),
        _ => format!("the record has {}", shown.join(", ")),
    }
}

fn show(value: Value<'_>) -> String {
    let number = || text_of(value).map(Cow::into_owned);
    let other = || match value.boolean() {
        Some(truth) => truth.to_string(),
        None if value.is_null() => "null".to_owned(),
        None if value.is_array() => "an array".to_owned(),
        None => "an object".to_owned(),
    };
    value.text().map(quote).or_else(number).unwrap_or_else(other)
}

fn quote(text: &str) -> String {
    let start: String = text.chars().take(LENGTH).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{cut}")
}
