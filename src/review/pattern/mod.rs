//! CloudWatch Logs filter patterns over JSON: would the alarm have rung?
//!
//! The JSON dialect of the filter and pattern syntax of the CloudWatch Logs user guide, whole: `{ SELECTOR OPERATOR VALUE }`, joined by
//! `&&`, `||` and parentheses. Patterns over unstructured and space-delimited text are recognised and refused. Nothing here knows when a filter was
//! created, when an event was ingested, or what an alarm makes of a metric.
//!
//! ```
//! use rootline::pattern::Pattern;
//! use rootline::record::Parser;
//!
//! let pattern = Pattern::parse(r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS }"#)?;
//! let record = br#"{"userIdentity":{"type":"Root","invokedBy":"signin.amazonaws.com"}}"#;
//! let explanation = Parser::default().with(record, |value| pattern.explain(value));
//! assert_eq!(
//!     explanation.map(|explanation| explanation.to_string()).as_deref(),
//!     Ok(r#"$.userIdentity.invokedBy NOT EXISTS: the record has "signin.amazonaws.com""#)
//! );
//! # Ok::<(), rootline::pattern::Fault>(())
//! ```
//!
//! # What the guide leaves open, and what is taken here
//!
//! | question | taken |
//! |---|---|
//! | `!=` on a field that is not there | [`Missing`] |
//! | `=` and `!=` on `null`, `true`, `false` | only strings and numbers are values: `=` never holds, `!=` does, the field being there and being something else |
//! | `IS TRUE` on the text `"true"` | does not hold: the guide speaks of values, and CloudTrail's `mfaAuthenticated` is text, to be tested with `= "true"` |
//! | a number in the pattern, text in the record | the text is read as a number where all of it is one, as fields of space-delimited events are, which are all text |
//! | text in the pattern, a number in the record | compared with the number as it is usually written, since the guide has `*` match numbers (`= 4*`) |
//! | `*` inside a word | a wildcard like any other; the guide of 2018 took `Ev*ent` literally |
//! | a wildcard selector and several fields | the test holds when it holds for one of them, `!=` too; `NOT EXISTS` when none is there |
//! | `.*` and `[*]` | every member of an object; every element of an array |
//! | keywords | in any case: they stand where only an operator can, so nothing else can be meant |
//! | text without quotes | letters, digits, `_`, `*`, and dots, which AWS's own examples have (`123.123.*`) as have the CIS patterns (`kms.amazonaws.com`) |
//! | escapes in double quotes | `\"`, `\\`, `\/`, `\n`, `\r`, `\t`, and `\*` for the character itself |
//! | a regular expression | fits when any part of the value does; a space is allowed |
//! | a member twice in one object | the first is read, as everywhere in this crate |

mod evaluate;
mod explain;
mod fault;
mod number;
mod parse;
mod regular;
mod syntax;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use explain::Explanation;
pub use fault::Fault;

use crate::evidence::record::view::Value;
use std::fmt;
use std::str::FromStr;
use syntax::Expression;

/// A filter pattern. Its text form is canonical: one that is parsed again is the same pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    expression: Expression,
    missing: Missing,
}

/// What `!=` says of a record that does not have the field.
///
/// The guide does not say, and it matters: by one answer the CIS pattern sees a record without `eventType`, by the other it does not. It is
/// commonly taken to match. Two users who tried it in AWS report that it does not, and that `|| $.field NOT EXISTS` has to be added
/// (<https://github.com/DataBiosphere/azul/issues/5884>,
/// <https://devio-20240701.developers.io/articles/cloudwatch-logs-json-notexists-false-001>; the records shown there have a comma too
/// many to be JSON, though). Who must be certain asks both ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Missing {
    /// `!=` matches: the field does not have that value.
    #[default]
    Matches,
    /// `!=` does not match: there is no field to compare.
    Fails,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`Fault`], also for patterns of the other dialects.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Ok(Self { expression: parse::pattern(text)?, missing: Missing::default() })
    }

    /// The same pattern with another answer to what a missing field is.
    #[must_use]
    pub fn with_missing(self, missing: Missing) -> Self {
        Self { missing, ..self }
    }

    /// Whether a record, given whole, matches.
    #[must_use]
    pub fn matches(&self, record: Value<'_>) -> bool {
        self.expression.holds(record, self.missing)
    }

    /// The same, with what stood in the way.
    #[must_use]
    pub fn explain(&self, record: Value<'_>) -> Explanation {
        explain::explain(&self.expression, record, self.missing)
    }
}

impl FromStr for Pattern {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::parse(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{ {} }}", self.expression)
    }
}
