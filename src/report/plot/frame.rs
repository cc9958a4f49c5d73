//! What is the same around every plot: title, notes, source, the words for readers that see nothing, and the style.

use super::shape::{self, Anchor, Trail, label, rect, with, with_class};
use super::text;
use std::collections::BTreeSet;
use svg::Document;
use svg::node::element::Element;
use svg::node::element::{Circle, Definitions, Description, Group, Pattern, Style, Title};

/// The width of every plot, in the units that all sizes are given in. The height follows from what is drawn.
pub(super) const WIDTH: f64 = 900.0;
/// What is left free at the edges.
pub(super) const MARGIN: f64 = 24.0;
const INNER: f64 = WIDTH - 2.0 * MARGIN;

/// The words around a plot. None of them needs to be escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// What tells the plot from others in the same page; its ids are made of the letters and digits of it.
    pub name: String,
    /// What is shown.
    pub title: String,
    /// Of what, when, by which definition.
    pub subtitle: String,
    /// Where the figures come from and what the denominator is.
    pub source: String,
    /// Why there is nothing, for when there is nothing.
    pub no_data: String,
}

/// The inside of the axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// How a surface is filled: in a colour, and with a texture so that the colour is not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Paint {
    /// A colour of the style.
    Class(&'static str),
    /// Diagonals on grey.
    Hatch,
    /// Dots on yellow.
    Dots,
    /// Diagonals alone, over something else.
    HatchOver,
    /// Dots alone, over something else.
    DotsOver,
    /// The colour and texture of a kind, 0 to 5.
    Kind(usize),
}

/// The colours of kinds.
pub(super) const KINDS: [&str; 6] = ["k0", "k1", "k2", "k3", "k4", "k5"];

/// A plot that is being drawn, from the top down.
pub(super) struct Sheet<'a> {
    frame: &'a Frame,
    id: String,
    shapes: Vec<Element>,
    patterns: BTreeSet<Paint>,
    /// Where the next thing goes.
    pub(super) y: f64,
}

impl Frame {
    /// A sheet with the title on it.
    pub(super) fn sheet(&self) -> Sheet<'_> {
        let mut sheet = Sheet { frame: self, id: id(&self.name), shapes: Vec::new(), patterns: BTreeSet::new(), y: MARGIN - 6.0 };
        // Bold letters are wider by about a tenth.
        sheet.lines(&text::wrap(&self.title, INNER / 1.12, 19.0, 3), "title", 25.0);
        sheet.lines(&text::wrap(&self.subtitle, INNER, 13.0, 3), "subtitle", 18.0);
        sheet.y += 10.0;
        sheet
    }

    /// The plot of nothing.
    pub(super) fn empty(&self) -> String {
        let mut sheet = self.sheet();
        let area = sheet.area(160.0, MARGIN);
        sheet.add(outline(area));
        let centre = WIDTH / 2.0;
        sheet.add(label((centre, area.top + 58.0), Anchor::Middle, "title", "no data"));
        for (at, line) in text::wrap(&self.no_data, INNER - 60.0, 13.0, 3).iter().enumerate() {
            sheet.add(label((centre, area.top + 86.0 + 18.0 * at as f64), Anchor::Middle, "subtitle", line));
        }
        sheet.close(&format!("No data: {}", text::clean(&self.no_data)), &[])
    }
}

/// A name that can be used in ids.
fn id(name: &str) -> String {
    let fit = |symbol: char| if symbol.is_ascii_alphanumeric() { symbol.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().take(40).map(fit).collect();
    format!("rlp-{name}")
}

/// A frame around an area.
pub(super) fn outline(area: Area) -> Element {
    let mut trail = Trail::default();
    trail.block((area.left, area.top), (area.right - area.left, area.bottom - area.top));
    with_class(trail.path(), "frame")
}

impl Sheet<'_> {
    /// Puts an element on top of the others.
    pub(super) fn add(&mut self, element: Element) {
        self.shapes.push(element);
    }

    /// An area of a height, which starts at the left where it is told to.
    pub(super) fn area(&mut self, height: f64, left: f64) -> Area {
        let top = self.y;
        self.y += height;
        Area { left, right: WIDTH - MARGIN, top, bottom: self.y }
    }

    /// Lines of text, one below the other.
    pub(super) fn lines(&mut self, lines: &[String], class: &str, height: f64) {
        for line in lines {
            self.y += height;
            self.add(label((MARGIN, self.y - height * 0.25), Anchor::Start, class, line));
        }
    }

    /// The element filled.
    pub(super) fn painted(&mut self, element: Element, paint: Paint) -> Element {
        let class = match paint {
            Paint::Class(class) => class,
            Paint::Kind(0) => KINDS[0],
            _ => {
                self.patterns.insert(paint);
                let mut element = element;
                svg::Node::assign(&mut element, "fill", format!("url(#{})", pattern_id(&self.id, paint)));
                return element;
            }
        };
        with_class(element, class)
    }

    /// Writes notes and source, and the whole as SVG. The description is read to those who cannot see the plot.
    pub(super) fn close(mut self, description: &str, notes: &[String]) -> String {
        self.y += 8.0;
        for note in notes.iter().chain([&self.frame.source]) {
            self.lines(&text::wrap(note, INNER, 11.0, 4), "note", 15.0);
        }
        let height = shape::round(self.y + MARGIN - 10.0);
        let Self { frame, id, shapes, patterns, .. } = self;
        let said =
            [frame.subtitle.as_str(), description].into_iter().chain(notes.iter().map(String::as_str)).chain([frame.source.as_str()]);
        let said: Vec<String> = said.filter(|part| !part.trim().is_empty()).map(text::clean).collect();
        let mut definitions = Definitions::new();
        for paint in &patterns {
            definitions = definitions.add(pattern(&id, *paint));
        }
        let mut drawing = Group::new();
        for shape in shapes {
            drawing = drawing.add(shape);
        }
        let (title_id, description_id) = (format!("{id}-title"), format!("{id}-desc"));
        let mut document = Document::new()
            .set("version", "1.1")
            .set("class", "rlp")
            .set("role", "img")
            .set("aria-labelledby", format!("{title_id} {description_id}"))
            .set("viewBox", (0, 0, WIDTH, height))
            .set("width", WIDTH)
            .set("height", height)
            .add(Title::new(text::clean(&frame.title)).set("id", title_id))
            .add(Description::new().set("id", description_id).add(svg::node::Text::new(said.join(" "))))
            .add(Style::new(include_str!("style.css")));
        if !patterns.is_empty() {
            document = document.add(definitions);
        }
        let mut out = document.add(with_class(rect((0.0, 0.0), (WIDTH, height)), "paper")).add(drawing).to_string();
        out.push('\n');
        out
    }
}

/// The id of a pattern in a plot.
fn pattern_id(id: &str, paint: Paint) -> String {
    match paint {
        Paint::Class(class) => format!("{id}-{class}"),
        Paint::Hatch => format!("{id}-hatch"),
        Paint::Dots => format!("{id}-dots"),
        Paint::HatchOver => format!("{id}-hatch-over"),
        Paint::DotsOver => format!("{id}-dots-over"),
        Paint::Kind(kind) => format!("{id}-kind{kind}"),
    }
}

/// A texture. It is defined in each plot, because a pattern of another plot in the page is not drawn while that plot is hidden.
fn pattern(id: &str, paint: Paint) -> Element {
    let shape = Pattern::new().set("id", pattern_id(id, paint)).set("patternUnits", "userSpaceOnUse").set("width", 6).set("height", 6);
    // Over something else it is finer, so that rows of two pixels show some of it.
    let shape = if matches!(paint, Paint::HatchOver | Paint::DotsOver) { shape.set("patternTransform", "scale(.5)") } else { shape };
    let path = |class: &str, d: &str| Element::from(svg::node::element::Path::new().set("class", class).set("d", d));
    const DIAGONAL: &str = "M-1 1L1 -1M0 6L6 0M5 7L7 5";
    let texture: Element = match paint {
        Paint::Class(_) => Group::new().into(),
        Paint::Hatch => path("hatch", DIAGONAL),
        Paint::HatchOver => path("over", DIAGONAL),
        Paint::Dots => Circle::new().set("cx", 3).set("cy", 3).set("r", 1).set("class", "dots").into(),
        Paint::DotsOver => Circle::new().set("cx", 3).set("cy", 3).set("r", 1.6).set("class", "dots").into(),
        Paint::Kind(1) => path("weave", DIAGONAL),
        Paint::Kind(2) => Circle::new().set("cx", 3).set("cy", 3).set("r", 1.3).set("class", "paper").into(),
        Paint::Kind(3) => path("weave", "M0 3H6"),
        Paint::Kind(4) => path("weave", "M3 0V6"),
        Paint::Kind(_) => path("weave", "M-1 5L1 7M0 0L6 6M5 -1L7 1"),
    };
    let ground = match paint {
        Paint::Kind(kind) => KINDS[kind.min(5)],
        // What is too small for the texture to be seen is not taken for nothing.
        Paint::Hatch => "hatched",
        Paint::Dots => "dotted",
        Paint::Class(_) | Paint::HatchOver | Paint::DotsOver => "none",
    };
    let shape = with(Element::from(shape), with_class(rect((0.0, 0.0), (6.0, 6.0)), ground));
    with(shape, texture)
}
