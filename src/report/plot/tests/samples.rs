//! Invented figures to draw.

use crate::report::plot::heat_map::{Cell, HeatMap, Row};
use crate::report::plot::monthly::Monthly;
use crate::report::plot::prevalence::{Point, Prevalence, Share};
use crate::report::plot::survival::{Step, Survival};
use crate::report::plot::{Frame, Month};

const DAY: i64 = 86_400_000_000;
/// 2025-01-01.
const START: i64 = 1_735_689_600_000_000;

/// Any of the plots.
pub(super) enum Plot {
    Prevalence(&'static str, Prevalence),
    Monthly(&'static str, Monthly),
    HeatMap(&'static str, HeatMap),
    Survival(&'static str, Survival),
}

impl Plot {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Prevalence(name, _) | Self::Monthly(name, _) | Self::HeatMap(name, _) | Self::Survival(name, _) => name,
        }
    }

    pub(super) fn svg(&self) -> String {
        match self {
            Self::Prevalence(_, plot) => plot.svg(),
            Self::Monthly(_, plot) => plot.svg(),
            Self::HeatMap(_, plot) => plot.svg(),
            Self::Survival(_, plot) => plot.svg(),
        }
    }
}

pub(super) fn frame(name: &str, title: &str) -> Frame {
    Frame {
        name: name.to_owned(),
        title: title.to_owned(),
        subtitle: "12 accounts, 2025-01-01 to 2025-12-31 UTC".to_owned(),
        source: "Source: an invented case. Denominator: accounts whose logs are covered.".to_owned(),
        no_data: "No account is covered for 28 days.".to_owned(),
    }
}

fn point(day: i64, used: u64, of: u64) -> Point {
    let share = used as f64 / of as f64;
    Point { time: START + day * DAY, share: (of > 0).then_some(Share { used, of, band: Some((share * 0.5, (share * 1.5).min(1.0))) }) }
}

fn prevalence(frame: &Frame, points: Vec<Point>) -> Prevalence {
    Prevalence { frame: frame.clone(), measure: "accounts with root use in the 28 days before".to_owned(), points }
}

fn monthly(frame: &Frame, months: Vec<Option<Vec<u64>>>) -> Monthly {
    let kinds = ["needed root", "formerly needed root", "did not need root"].map(str::to_owned).to_vec();
    Monthly { frame: frame.clone(), measure: "uses of root".to_owned(), kinds, first: Month::of(START), months }
}

fn heat_map(frame: &Frame, rows: Vec<Row>) -> HeatMap {
    let rows_are = ("account".to_owned(), "accounts".to_owned());
    HeatMap { frame: frame.clone(), measure: "uses of root".to_owned(), rows_are, first: Month::of(START), rows }
}

/// Accounts by months, with some of everything.
pub(super) fn accounts(frame: &Frame, accounts: u64, months: u64) -> HeatMap {
    let cell = |account: u64, month: u64| match (account * 31 + month * 17) % 23 {
        0 => Cell::Unknown,
        1 | 2 => Cell::NotCovered,
        3 => Cell::Covered(account % 40 + 1),
        _ => Cell::Covered(0),
    };
    let row = |account| Row {
        label: format!("{:012}", 111_122_223_333 + account),
        cells: (0..months).map(|month| cell(account, month)).collect(),
    };
    heat_map(frame, (0..accounts).map(row).collect())
}

fn step(days: i64, at_risk: u64, events: u64, censored: u64, survival: f64) -> Step {
    let band = Some(((survival - 0.2).max(0.0), (survival + 0.15).min(1.0)));
    Step { time: days * DAY, at_risk, events, censored, survival: Some(survival), band }
}

pub(super) fn survival(frame: &Frame) -> Survival {
    let steps = vec![step(10, 8, 1, 0, 0.875), step(25, 7, 0, 1, 0.875), step(40, 6, 3, 0, 0.4375), step(90, 3, 0, 3, 0.4375)];
    curve(frame, steps, Some(40 * DAY))
}

fn curve(frame: &Frame, steps: Vec<Step>, median: Option<i64>) -> Survival {
    Survival {
        frame: frame.clone(),
        measure: "accounts without root use so far".to_owned(),
        since: "since the account was first covered".to_owned(),
        level: "95 % interval".to_owned(),
        steps,
        median,
    }
}

/// What a person can check by eye.
pub(super) fn small(frame: &Frame) -> Vec<Plot> {
    let points = [(0, 1, 12), (7, 2, 12), (14, 0, 0), (21, 0, 11), (28, 1, 12)].map(|(day, used, of)| point(day, used, of)).to_vec();
    let months = vec![Some(vec![3, 1, 0]), None, Some(vec![0, 0, 0]), Some(vec![1, 2, 1400])];
    vec![
        Plot::Prevalence("prevalence", prevalence(frame, points)),
        Plot::Monthly("monthly", monthly(frame, months)),
        Plot::HeatMap("heat_map", accounts(frame, 3, 6)),
        Plot::Survival("survival", survival(frame)),
        Plot::Prevalence("no_data", prevalence(frame, Vec::new())),
    ]
}

/// As much as a study may bring, and more.
pub(super) fn large(frame: &Frame) -> Vec<Plot> {
    let points = (0..10_000).map(|day| point(day, (day % 7) as u64, if day % 97 == 0 { 0 } else { 1143 })).collect();
    let months = (0..500).map(|month| (month % 13 != 0).then(|| vec![month, u64::MAX / 2, month * month])).collect();
    let steps = (0..10_000).map(|day| step(day, 10_000 - day as u64, 1, 1, 1.0 - day as f64 / 10_000.0)).collect();
    vec![
        Plot::Prevalence("10,000 points", prevalence(frame, points)),
        Plot::Monthly("500 months", monthly(frame, months)),
        Plot::HeatMap("1,143 accounts", accounts(frame, 1143, 36)),
        Plot::HeatMap("5,000 accounts, 300 months", accounts(frame, 5000, 300)),
        Plot::Survival("10,000 steps", curve(frame, steps, Some(5000 * DAY))),
    ]
}

/// One point, all zero, and the like.
pub(super) fn odd(frame: &Frame) -> Vec<Plot> {
    let none = Step { survival: None, band: None, ..step(20, 1, 0, 0, 0.0) };
    vec![
        Plot::Prevalence("one point", prevalence(frame, vec![point(0, 1, 3)])),
        Plot::Prevalence("all zero", prevalence(frame, (0..40).map(|day| point(day, 0, 3)).collect())),
        Plot::Prevalence("all", prevalence(frame, (0..40).map(|day| point(day, 3, 3)).collect())),
        Plot::Prevalence("tiny", prevalence(frame, vec![point(0, 1, u64::MAX), point(9000, 1, u64::MAX)])),
        Plot::Monthly("one month", monthly(frame, vec![Some(vec![0])])),
        Plot::Monthly("huge", monthly(frame, vec![Some(vec![u64::MAX; 12]); 12])),
        Plot::HeatMap("one cell", accounts(frame, 1, 1)),
        Plot::HeatMap(
            "huge",
            heat_map(frame, vec![Row { label: "111122223333".to_owned(), cells: vec![Cell::Covered(u64::MAX); 12] }; 12]),
        ),
        Plot::Survival("at once", curve(frame, vec![step(0, 3, 3, 0, 0.0)], Some(0))),
        Plot::Survival("a gap", curve(frame, vec![step(10, 3, 1, 0, 0.6), none, step(30, 1, 0, 1, 0.6)], None)),
        Plot::Survival("forever", curve(frame, vec![Step { time: i64::MAX, ..step(1, u64::MAX, 1, 1, 0.5) }], Some(i64::MAX))),
    ]
}

/// Every text of a caller is the given one.
pub(super) fn worded(frame: &Frame, words: &str) -> Vec<Plot> {
    let words = words.to_owned();
    let twice = (words.clone(), words.clone());
    let Survival { steps, median, .. } = survival(frame);
    let mut heat_map = accounts(frame, 20, 12);
    heat_map.rows.iter_mut().for_each(|row| row.label.clone_from(&words));
    vec![
        Plot::Prevalence("prevalence", Prevalence { measure: words.clone(), ..prevalence(frame, vec![point(0, 1, 2), point(9, 1, 2)]) }),
        Plot::Monthly(
            "monthly",
            Monthly { measure: words.clone(), kinds: vec![words.clone(); 8], ..monthly(frame, vec![Some(vec![1; 8]); 3]) },
        ),
        Plot::HeatMap("heat map", HeatMap { measure: words.clone(), rows_are: twice, ..heat_map }),
        Plot::Survival(
            "survival",
            Survival { measure: words.clone(), since: words.clone(), level: words, frame: frame.clone(), steps, median },
        ),
    ]
}

/// Nothing, in several ways.
pub(super) fn empty(frame: &Frame) -> Vec<Plot> {
    let undefined = Step { survival: Some(f64::NAN), ..step(3, 1, 1, 0, 0.5) };
    vec![
        Plot::Prevalence("no points", prevalence(frame, Vec::new())),
        Plot::Prevalence("no defined point", prevalence(frame, vec![point(0, 0, 0), point(1, 0, 0)])),
        Plot::Prevalence("no date", prevalence(frame, vec![Point { time: i64::MAX, ..point(0, 1, 1) }])),
        Plot::Monthly("no months", monthly(frame, Vec::new())),
        Plot::Monthly("no known month", monthly(frame, vec![None, None])),
        Plot::HeatMap("no rows", heat_map(frame, Vec::new())),
        Plot::HeatMap("no months", accounts(frame, 3, 0)),
        Plot::Survival("no steps", curve(frame, Vec::new(), None)),
        Plot::Survival("no defined step", curve(frame, vec![undefined], None)),
    ]
}
