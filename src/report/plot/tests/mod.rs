//! What holds of all plots, whatever they are given.

mod geometry;
mod samples;

use super::heat_map::HeatMap;
use super::monthly::Monthly;
use super::prevalence::Prevalence;
use super::survival::Survival;
use super::{Frame, Month, text};
use geometry::check;
use proptest::prelude::*;
use samples::Plot;

/// What an attacker may write into a label.
const HOSTILE: &str = "</text><script>alert(1)</script>\"'&amp;]]>\u{0}\u{1b}[31m\u{202e}evil\u{2066}\u{ffff}\u{feff}\r\n\u{85}\u{e0041}";

#[test]
fn plots_are_drawn_as_they_were() {
    for plot in samples::small(&samples::frame("golden", "Use of root")) {
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(plot.name(), without_style(&plot.svg()));
        });
    }
}

/// The style is the same in all, and changes for other reasons.
fn without_style(svg: &str) -> String {
    let (before, rest) = svg.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}<style/>{after}")
}

#[test]
fn small_large_and_odd_plots_keep_to_their_bounds() {
    let frame = samples::frame("bounds", "Use of root");
    for plot in samples::small(&frame).into_iter().chain(samples::large(&frame)).chain(samples::odd(&frame)) {
        let svg = plot.svg();
        assert!(svg.len() < 1_500_000, "{} has {} bytes", plot.name(), svg.len());
        check(&svg);
    }
}

#[test]
fn no_label_becomes_markup_or_turns_the_text() {
    let frame = Frame {
        name: HOSTILE.to_owned(),
        title: HOSTILE.repeat(40),
        subtitle: HOSTILE.repeat(40),
        source: HOSTILE.repeat(40),
        no_data: HOSTILE.repeat(40),
    };
    for plot in samples::worded(&frame, HOSTILE).into_iter().chain(samples::empty(&frame)) {
        let svg = plot.svg();
        check(&svg);
        assert!(!svg.contains("<script"), "{}", plot.name());
        assert_eq!(svg.chars().find(|symbol| symbol.is_control() && *symbol != '\n'), None, "{}", plot.name());
        assert!(!svg.contains(['\u{202e}', '\u{2066}', '\u{ffff}', '\u{feff}', '\u{e0041}']), "{}", plot.name());
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts = document.descendants().filter(|node| node.has_tag_name("text") || node.has_tag_name("title"));
        // It is not lost either: what is written can be read.
        assert!(texts.filter_map(|node| node.text()).any(|text| text.contains("</text><script>alert(1)")), "{}", plot.name());
    }
}

#[test]
fn plots_of_nothing_say_so_and_why() {
    let frame = samples::frame("none", "Use of root");
    for plot in samples::empty(&frame) {
        let svg = plot.svg();
        check(&svg);
        assert!(svg.contains(">no data<") && svg.contains(">No account is covered for 28 days.<"), "{}", plot.name());
    }
}

#[test]
fn two_plots_in_a_page_share_no_id() {
    let [one, other] = ["one", "other"].map(|name| {
        let plots = samples::small(&samples::frame(name, "Use of root"));
        plots.iter().map(Plot::svg).find(|svg| svg.contains("<pattern")).unwrap()
    });
    let ids = |svg: &str| -> std::collections::BTreeSet<String> {
        let document = roxmltree::Document::parse(svg).unwrap();
        document.descendants().filter_map(|node| node.attribute("id").map(str::to_owned)).collect()
    };
    assert!(ids(&one).len() >= 3 && ids(&one).is_disjoint(&ids(&other)));
}

#[test]
fn rows_that_are_put_together_are_said_in_the_plot() {
    let frame = samples::frame("folded", "Use of root");
    let svg = samples::accounts(&frame, 1143, 36).svg();
    assert!(svg.contains(">1,143 accounts: each row sums 3 of them in their order, named by the first."), "{svg:.3000}");
    assert!(!samples::accounts(&frame, 480, 36).svg().contains("each row sums"));
}

#[test]
fn a_survival_without_a_median_marks_none() {
    let frame = samples::frame("median", "Use of root");
    let with = samples::survival(&frame).svg();
    let without = Survival { median: None, ..samples::survival(&frame) }.svg();
    assert_eq!((with.matches("class=\"median\"").count(), without.matches("class=\"median\"").count()), (3, 1));
    assert!(without.contains("median: does not exist"));
}

#[test]
fn the_order_of_points_and_steps_changes_nothing() {
    let frame = samples::frame("order", "Use of root");
    for plot in samples::small(&frame) {
        let drawn = plot.svg();
        let turned = match plot {
            Plot::Prevalence(_, mut plot) => {
                plot.points.reverse();
                plot.svg()
            }
            Plot::Survival(_, mut plot) => {
                plot.steps.reverse();
                plot.svg()
            }
            Plot::Monthly(_, _) | Plot::HeatMap(_, _) => continue,
        };
        assert_eq!(turned, drawn);
    }
}

/// Any floating-point number, those that are none among them.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(f64::MAX), 0.0..1.0, any::<f64>()]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), 1_600_000_000_000_000i64..1_800_000_000_000_000]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..5, 0u64..2000, any::<u64>(), Just(u64::MAX)]
}

fn frame() -> impl Strategy<Value = Frame> {
    (".{0,20}", "\\PC{0,300}|.{0,300}").prop_map(|(name, words)| Frame {
        name,
        title: words.clone(),
        subtitle: words.clone(),
        source: words.clone(),
        no_data: words,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_prevalence_is_well_formed_and_stays_inside(
        frame in frame(), measure in ".{0,60}",
        points in proptest::collection::vec((time(), proptest::option::of((count(), count(), proptest::option::of((number(), number()))))), 0..60),
    ) {
        type Raw = (u64, u64, Option<(f64, f64)>);
        let point = |(time, share): (i64, Option<Raw>)| super::prevalence::Point {
            time,
            share: share.map(|(used, of, band)| super::prevalence::Share { used, of, band }),
        };
        let plot = Prevalence { frame, measure, points: points.into_iter().map(point).collect() };
        check(&plot.svg());
        prop_assert_eq!(plot.svg(), plot.svg());
    }

    #[test]
    fn any_monthly_use_is_well_formed_and_stays_inside(
        frame in frame(), measure in ".{0,60}", kinds in proptest::collection::vec(".{0,30}", 0..9), first in time(),
        months in proptest::collection::vec(proptest::option::of(proptest::collection::vec(count(), 0..9)), 0..300),
    ) {
        let plot = Monthly { frame, measure, kinds, first: Month::of(first), months };
        check(&plot.svg());
        prop_assert_eq!(plot.svg(), plot.svg());
    }

    #[test]
    fn any_heat_map_is_well_formed_and_stays_inside(
        frame in frame(), measure in ".{0,60}", first in time(), label in ".{0,60}",
        rows in proptest::collection::vec(proptest::collection::vec(proptest::option::of(proptest::option::of(count())), 0..40), 0..40),
    ) {
        use super::heat_map::{Cell, Row};
        let cell = |cell: Option<Option<u64>>| cell.map_or(Cell::Unknown, |cell| cell.map_or(Cell::NotCovered, Cell::Covered));
        let rows = rows.into_iter().map(|cells| Row { label: label.clone(), cells: cells.into_iter().map(cell).collect() }).collect();
        let plot = HeatMap { frame, measure, rows_are: (label.clone(), label.clone()), first: Month::of(first), rows };
        check(&plot.svg());
        prop_assert_eq!(plot.svg(), plot.svg());
    }

    #[test]
    fn any_survival_is_well_formed_and_stays_inside(
        frame in frame(), words in ".{0,60}", median in proptest::option::of(time()),
        steps in proptest::collection::vec(
            (time(), (count(), count(), count()), proptest::option::of(number()), proptest::option::of((number(), number()))), 0..60),
    ) {
        type Raw = (i64, (u64, u64, u64), Option<f64>, Option<(f64, f64)>);
        let step = |(time, (at_risk, events, censored), survival, band): Raw| super::survival::Step { time, at_risk, events, censored, survival, band };
        let steps = steps.into_iter().map(step).collect();
        let plot = Survival { frame, measure: words.clone(), since: words.clone(), level: words, steps, median };
        check(&plot.svg());
        prop_assert_eq!(plot.svg(), plot.svg());
    }
}
