//! The pattern as a tree, and as canonical text.

use super::number::Number;
use super::regular::Regular;
use super::text::Text;
use std::fmt;

/// Tests and what joins them. No `Any` lies directly in an `Any` and no `All` in an `All`, and neither has fewer than two parts, so that a
/// pattern has one tree however many parentheses it was written with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Test(Test),
    /// `&&`
    All(Vec<Expression>),
    /// `||`
    Any(Vec<Expression>),
}

/// A field and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) selector: Selector,
    pub(super) condition: Condition,
}

/// The way from the record to a field: not empty, with one wildcard at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector(pub(super) Vec<Segment>);

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Member(String),
    Element(usize),
    AnyMember,
    AnyElement,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    Equal(Operand),
    NotEqual(Operand),
    Ordered(Order, Literal),
    Is(Constant),
    NotExists,
}

/// The comparisons that only numbers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Constant {
    Null,
    True,
    False,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Text(Text),
    Number(Literal),
    Regular(Regular),
}

/// A number as it was written, and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) number: Number,
}

impl Segment {
    pub(super) fn is_wildcard(&self) -> bool {
        matches!(self, Self::AnyMember | Self::AnyElement)
    }
}

/// Whether a selector can have the name without quotes.
pub(super) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, sign) = match self {
            Self::Test(test) => return write!(f, "{test}"),
            Self::All(parts) => (parts, "&&"),
            Self::Any(parts) => (parts, "||"),
        };
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                write!(f, " {sign} ")?;
            }
            match part {
                Self::Any(_) => write!(f, "({part})")?,
                _ => write!(f, "{part}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.selector, self.condition)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for segment in &self.0 {
            match segment {
                Segment::Member(name) if !name.is_empty() && name.chars().all(is_plain) => write!(f, ".{name}")?,
                Segment::Member(name) => write!(f, "['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))?,
                Segment::Element(place) => write!(f, "[{place}]")?,
                Segment::AnyMember => f.write_str(".*")?,
                Segment::AnyElement => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(operand) => write!(f, "= {operand}"),
            Self::NotEqual(operand) => write!(f, "!= {operand}"),
            Self::Ordered(order, literal) => write!(f, "{} {}", order.sign(), literal.text),
            Self::Is(Constant::Null) => f.write_str("IS NULL"),
            Self::Is(Constant::True) => f.write_str("IS TRUE"),
            Self::Is(Constant::False) => f.write_str("IS FALSE"),
            Self::NotExists => f.write_str("NOT EXISTS"),
        }
    }
}

impl Order {
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text}"),
            Self::Number(literal) => f.write_str(&literal.text),
            Self::Regular(regular) => write!(f, "{regular}"),
        }
    }
}
