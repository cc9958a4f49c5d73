//! What can be read off the markup of a plot: that it is well-formed, self-contained, inside its view box, and that no text lies on another.

use super::text;
use roxmltree::{Document, Node};

/// A text's place: left, top, right, bottom.
type Frame = (f64, f64, f64, f64);

/// Everything that must hold of any plot.
pub(super) fn check(svg: &str) {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg:.2000}"));
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("role")), ("svg", Some("img")));
    for name in ["title", "desc"] {
        let words = root.children().find(|node| node.has_tag_name((root.tag_name().namespace().unwrap(), name))).unwrap();
        let id = words.attribute("id").unwrap();
        assert!(root.attribute("aria-labelledby").unwrap().split(' ').any(|part| part == id));
    }
    let view: Vec<f64> = root.attribute("viewBox").unwrap().split(' ').map(|number| number.parse().unwrap()).collect();
    let [0.0, 0.0, width, height] = view[..] else { panic!("{view:?}") };
    assert!(width == 900.0 && height.is_finite() && height > 0.0 && height < 1600.0, "{height}");
    is_self_contained(svg, &document);
    let drawn = root.descendants().filter(|node| node.is_element() && !node.ancestors().any(|above| above.has_tag_name("pattern")));
    let mut texts = Vec::new();
    for node in drawn.filter(|node| !node.has_tag_name("svg")) {
        for (x, y) in places(node) {
            assert!(
                (-0.01..=width + 0.01).contains(&x) && (-0.01..=height + 0.01).contains(&y),
                "{x} {y} of {node:?} in {width} x {height}"
            );
        }
        texts.extend(frame(node));
    }
    texts_lie_apart(&texts, (width, height));
}

/// Neither scripts nor anything that would be fetched.
fn is_self_contained(svg: &str, document: &Document<'_>) {
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(!matches!(name, "script" | "image" | "use" | "a" | "foreignObject" | "iframe"), "{name}");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && !attribute.name().ends_with("href"), "{attribute:?}");
            assert!(!attribute.value().contains("url(") || attribute.value().starts_with("url(#rlp-"), "{attribute:?}");
        }
        if let Some(id) = node.attribute("fill").and_then(|fill| fill.strip_prefix("url(#")).and_then(|fill| fill.strip_suffix(')')) {
            assert!(document.descendants().any(|node| node.attribute("id") == Some(id)), "no pattern {id}");
        }
    }
    let style = document.descendants().find(|node| node.has_tag_name("style")).and_then(|node| node.text()).unwrap();
    assert!(style.contains("prefers-color-scheme") && !style.contains("url(") && !style.contains("@import"));
    assert!(svg.is_ascii() || !svg.contains('\u{feff}'));
}

/// All corners of a shape. Paths are written in absolute commands.
fn places(node: Node<'_, '_>) -> Vec<(f64, f64)> {
    let number = |name: &str| node.attribute(name).map_or(0.0, |value| value.parse::<f64>().unwrap());
    match node.tag_name().name() {
        "rect" => {
            assert!(number("width") >= 0.0 && number("height") >= 0.0);
            vec![(number("x"), number("y")), (number("x") + number("width"), number("y") + number("height"))]
        }
        "line" => vec![(number("x1"), number("y1")), (number("x2"), number("y2"))],
        "text" => vec![(number("x"), number("y"))],
        "path" => path(node.attribute("d").unwrap()),
        _ => Vec::new(),
    }
}

fn path(d: &str) -> Vec<(f64, f64)> {
    const COMMANDS: [char; 5] = ['M', 'L', 'H', 'V', 'Z'];
    assert!(d.is_empty() || d.starts_with('M'), "{d}");
    let mut at = (0.0, 0.0);
    let mut places = Vec::new();
    for (name, rest) in d.match_indices(COMMANDS).map(|(start, name)| (name, &d[start + 1..])) {
        let numbers = rest.split(COMMANDS).next().unwrap_or_default();
        let numbers: Vec<f64> = numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
        match (name, &numbers[..]) {
            ("M" | "L", [x, y]) => at = (*x, *y),
            ("H", [x]) => at.0 = *x,
            ("V", [y]) => at.1 = *y,
            ("Z", []) => {}
            other => panic!("{other:?}"),
        }
        places.push(at);
    }
    places
}

/// The room that a text takes, by the estimate that the plots are laid out with.
fn frame(node: Node<'_, '_>) -> Option<Frame> {
    let words = node.has_tag_name("text").then(|| node.text())?.filter(|words| !words.trim().is_empty())?;
    let size = match node.attribute("class") {
        Some("title") => 19.0,
        Some("subtitle") => 13.0,
        Some("note" | "tick" | "number") => 11.0,
        _ => 12.0,
    };
    let width = text::width(words, size);
    let [x, y] = ["x", "y"].map(|name| node.attribute(name).unwrap().parse::<f64>().unwrap());
    let left = match node.attribute("text-anchor") {
        Some("middle") => x - width / 2.0,
        Some("end") => x - width,
        _ => x,
    };
    Some((left, y - size * 0.72, left + width, y + size * 0.12))
}

fn texts_lie_apart(texts: &[Frame], (width, height): (f64, f64)) {
    for (at, one) in texts.iter().enumerate() {
        assert!(one.0 >= -0.5 && one.2 <= width + 0.5 && one.1 >= 0.0 && one.3 <= height, "{one:?} outside {width} x {height}");
        for other in &texts[at + 1..] {
            let is_apart = one.2 <= other.0 || other.2 <= one.0 || one.3 <= other.1 || other.3 <= one.1;
            assert!(is_apart, "{one:?} and {other:?} overlap");
        }
    }
}
