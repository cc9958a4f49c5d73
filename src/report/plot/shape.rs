//! Elements of a drawing. Every text passes through here, so none is written that was not cleaned; the markup itself is escaped by the
//! writer of the SVG.

use super::text;
use svg::node::Node;
use svg::node::element::{Element, Line, Path, Rectangle, Text, Title};

/// Where a text is held.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A coordinate with two digits after the point, which is finer than any screen.
pub(super) fn round(value: f64) -> f64 {
    // The sum makes a zero of a negative zero.
    (value * 100.0).round() / 100.0 + 0.0
}

/// A rectangle.
pub(super) fn rect((x, y): (f64, f64), (width, height): (f64, f64)) -> Element {
    let shape = Rectangle::new().set("x", round(x)).set("y", round(y));
    shape.set("width", round(width.max(0.0))).set("height", round(height.max(0.0))).into()
}

/// A straight line of a class.
pub(super) fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) -> Element {
    Line::new().set("x1", round(x1)).set("y1", round(y1)).set("x2", round(x2)).set("y2", round(y2)).set("class", class).into()
}

/// A text of a class, cleaned.
pub(super) fn label((x, y): (f64, f64), anchor: Anchor, class: &str, words: &str) -> Element {
    let shape = Text::new(text::clean(words)).set("x", round(x)).set("y", round(y));
    let shape = match anchor {
        Anchor::Start => shape,
        Anchor::Middle => shape.set("text-anchor", "middle"),
        Anchor::End => shape.set("text-anchor", "end"),
    };
    with_class(shape.into(), class)
}

/// The element of a class.
pub(super) fn with_class(mut element: Element, class: &str) -> Element {
    if !class.is_empty() {
        element.assign("class", class);
    }
    element
}

/// The element with a text that is shown when it is pointed at.
pub(super) fn with_tip(element: Element, words: &str) -> Element {
    with(element, Title::new(text::clean(words)))
}

/// The element with another in it.
pub(super) fn with(mut element: Element, inner: impl Into<Element>) -> Element {
    element.append(inner.into());
    element
}

/// A path, in absolute commands.
#[derive(Debug, Default)]
pub(super) struct Trail(String);

impl Trail {
    /// Moves to a point without drawing.
    pub(super) fn start(&mut self, (x, y): (f64, f64)) {
        self.0.push_str(&format!("M{} {}", round(x), round(y)));
    }

    /// A straight line to a place.
    pub(super) fn go(&mut self, (x, y): (f64, f64)) {
        self.0.push_str(&format!("L{} {}", round(x), round(y)));
    }

    /// Through places, from the first. A single one becomes a dash, so that it is seen.
    pub(super) fn through(&mut self, places: &[(f64, f64)]) {
        let Some((first, rest)) = places.split_first() else { return };
        if rest.is_empty() {
            self.start((first.0 - 2.0, first.1));
            self.go((first.0 + 2.0, first.1));
            return;
        }
        self.start(*first);
        rest.iter().for_each(|place| self.go(*place));
    }

    /// Around places, and back to the first.
    pub(super) fn around(&mut self, places: &[(f64, f64)]) {
        if !places.is_empty() {
            self.through(places);
            self.0.push('Z');
        }
    }

    /// A closed rectangle.
    pub(super) fn block(&mut self, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (left, top, right, bottom) = (round(x), round(y), round(x + width), round(y + height));
        self.0.push_str(&format!("M{left} {top}H{right}V{bottom}H{left}Z"));
    }

    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As an element.
    pub(super) fn path(self) -> Element {
        Path::new().set("d", self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cleaned_and_escaped_where_they_are_written() {
        let hostile = "<b>\u{202e}\u{1}&\"";
        let clean = "&lt;b&gt;\\u{202e}\\u{1}&amp;\"";
        assert_eq!(label((1.0, 2.0), Anchor::Start, "", hostile).to_string(), format!("<text x=\"1\" y=\"2\">{clean}</text>"));
        let tip = with_tip(rect((0.0, 0.0), (1.0, 1.0)), hostile).to_string();
        assert!(tip.contains(&format!("<title>{clean}</title>")), "{tip}");
    }

    #[test]
    fn coordinates_are_short_and_never_a_negative_zero() {
        assert_eq!([1.0 / 3.0, -0.001, 900.0].map(|value| round(value).to_string()), ["0.33", "0", "900"]);
    }
}
