//! Whether a record fits.

use super::Missing;
use super::number::Number;
use super::syntax::{Condition, Constant, Expression, Literal, Operand, Order, Segment, Selector, Test};
use crate::evidence::record::view::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

impl Expression {
    pub(super) fn holds(&self, record: Value<'_>, missing: Missing) -> bool {
        match self {
            Self::Test(test) => test.holds(record, missing),
            Self::All(parts) => parts.iter().all(|part| part.holds(record, missing)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(record, missing)),
        }
    }
}

impl Test {
    /// Whether any of the selected fields is as asked; where none is selected, whether that is as asked.
    pub(super) fn holds(&self, record: Value<'_>, missing: Missing) -> bool {
        let mut selected = self.selector.select(record).peekable();
        match (&self.condition, selected.peek()) {
            (Condition::NotExists, found) => found.is_none(),
            (Condition::NotEqual(_), None) => missing == Missing::Matches,
            _ => selected.any(|value| self.condition.admits(value)),
        }
    }
}

impl Selector {
    /// The fields that the way leads to: one at most, unless there is a wildcard.
    pub(super) fn select<'t>(&self, record: Value<'t>) -> impl Iterator<Item = Value<'t>> {
        let wildcard = self.0.iter().position(Segment::is_wildcard);
        let (head, tail) = self.0.split_at(wildcard.unwrap_or(self.0.len()));
        let (wildcard, tail) = tail.split_first().map_or((None, tail), |(wildcard, tail)| (Some(wildcard), tail));
        let start = follow(record, head).into_iter();
        let fields = start.flat_map(move |value| {
            let one = wildcard.is_none().then_some(value);
            let members = (wildcard == Some(&Segment::AnyMember)).then(|| value.members().map(|(_, member)| member));
            let elements = (wildcard == Some(&Segment::AnyElement)).then(|| value.elements());
            one.into_iter().chain(members.into_iter().flatten()).chain(elements.into_iter().flatten())
        });
        fields.filter_map(|value| follow(value, tail))
    }
}

/// The end of a way without wildcards.
fn follow<'t>(value: Value<'t>, way: &[Segment]) -> Option<Value<'t>> {
    way.iter().try_fold(value, |value, segment| match segment {
        Segment::Member(name) => value.get(name),
        Segment::Element(place) => value.elements().nth(*place),
        Segment::AnyMember | Segment::AnyElement => None,
    })
}

impl Condition {
    /// Whether a field that is there is as asked.
    fn admits(&self, value: Value<'_>) -> bool {
        match self {
            Self::Equal(operand) => operand.fits(value),
            Self::NotEqual(operand) => !value.is_object() && !value.is_array() && !operand.fits(value),
            Self::Ordered(order, literal) => {
                Number::of(value).and_then(|number| number.compare(literal.number)).is_some_and(|found| order.admits(found))
            }
            Self::Is(Constant::Null) => value.is_null(),
            Self::Is(Constant::True) => value.boolean() == Some(true),
            Self::Is(Constant::False) => value.boolean() == Some(false),
            Self::NotExists => false,
        }
    }
}

impl Order {
    fn admits(self, found: Ordering) -> bool {
        match self {
            Self::Less => found.is_lt(),
            Self::Greater => found.is_gt(),
            Self::LessOrEqual => found.is_le(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

impl Operand {
    fn fits(&self, value: Value<'_>) -> bool {
        let Some(text) = text_of(value) else { return false };
        match self {
            Self::Text(wanted) => wanted.fits(&text),
            Self::Regular(regular) => regular.fits(&text),
            Self::Number(Literal { number, .. }) => Number::of(value).and_then(|found| found.compare(*number)) == Some(Ordering::Equal),
        }
    }
}

/// The text of a value that can be compared: a string's own, or a number as it is usually written. Nothing else has any.
pub(super) fn text_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    let whole = || value.whole().map(|number| Cow::Owned(number.to_string()));
    let real = || value.real().map(|number| Cow::Owned(format!("{number:?}")));
    value.text().map(Cow::Borrowed).or_else(whole).or_else(real)
}
