//! The plots of a study, from its figures and its population.

use crate::evidence::record::time::{self, Micros};
use crate::report::plot::heat_map::{Cell, HeatMap, Row};
use crate::report::plot::monthly::Monthly;
use crate::report::plot::prevalence::{Point, Prevalence, Share};
use crate::report::plot::survival::{Step, Survival};
use crate::report::plot::{Frame, Month};
use crate::root::Need;
use crate::study::{DAY, Denominator, Figure, Period, Scope, Span, Study};
use std::path::Path;

/// What plots take from the figures as they go by.
#[derive(Debug, Default)]
pub(super) struct Seen {
    rolling: Vec<Point>,
    idle: Vec<Step>,
    median: Option<Micros>,
}

impl Seen {
    pub(super) fn take(&mut self, figure: &Figure<'_>) {
        if figure.scope != Scope::Population {
            return;
        }
        match figure.metric {
            "used_trailing_30_days" if figure.denominator_kind == Denominator::AccountsCovered => {
                let day = figure.period.and_then(|day| time::parse(format!("{day}T00:00:00Z").as_bytes()));
                let share = figure.numerator.zip(figure.denominator).filter(|(_, of)| *of > 0);
                let share = share.map(|(used, of)| Share { used, of, band: figure.lower.zip(figure.upper) });
                self.rolling.extend(day.map(|time| Point { time, share }));
            }
            "idle_survival" => {
                let days: Option<f64> = figure.group.and_then(|days| days.parse().ok());
                self.idle.extend(days.map(|days| Step {
                    time: (days * DAY as f64) as Micros,
                    at_risk: figure.numerator.unwrap_or_default(),
                    events: 0,
                    censored: 0,
                    survival: figure.value,
                    band: figure.lower.zip(figure.upper),
                }));
            }
            "idle_median" => self.median = figure.value.map(|days| (days * DAY as f64) as Micros),
            _ => {}
        }
    }
}

fn frame(name: &str, title: &str, subtitle: String) -> Frame {
    Frame {
        name: name.to_owned(),
        title: title.to_owned(),
        subtitle,
        source: "Source: CloudTrail, by rootline".to_owned(),
        no_data: "no account was covered by logs for long enough".to_owned(),
    }
}

/// Writes the four plots into a folder.
pub(super) fn write(folder: &Path, study: &Study<'_>, seen: Seen) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let window = study.terms.window;
    let period = format!("{} to {}, UTC", time::format(window.from()), time::format(window.to()));
    let of_covered = format!("{period}; of accounts covered by logs in those days");
    let title = "Accounts in which root was used in the 30 days before";
    let rolling = Prevalence { frame: frame("rolling", title, of_covered), measure: "share of accounts".to_owned(), points: seen.rolling };
    let idle = Survival {
        frame: frame("idle", "How long root lies idle", format!("{period}; accounts used or covered by logs")),
        measure: "share of accounts still idle".to_owned(),
        since: "since the last use".to_owned(),
        level: "accounts".to_owned(),
        steps: seen.idle,
        median: seen.median,
    };
    let (first, spans) = (Month::of(window.from()), Period::Month.spans(window));
    let frame_of = |name, title| frame(name, title, period.clone());
    let monthly = Monthly {
        frame: frame_of("monthly", "Use of root by month and need"),
        measure: "records of use".to_owned(),
        kinds: ["needed root", "once needed root", "did not need root", "no task"].map(str::to_owned).to_vec(),
        first,
        months: by_need(study, first, spans.len()),
    };
    let heat_map = HeatMap {
        frame: frame_of("accounts", "Use of root by account and month"),
        measure: "records of use".to_owned(),
        rows_are: ("account".to_owned(), "accounts".to_owned()),
        first,
        rows: rows(study, first, &spans),
    };
    for (name, svg) in
        [("rolling.svg", rolling.svg()), ("monthly.svg", monthly.svg()), ("accounts.svg", heat_map.svg()), ("idle.svg", idle.svg())]
    {
        std::fs::write(folder.join(name), svg)?;
    }
    Ok(())
}

fn place(first: Option<Month>, time: Micros, months: usize) -> Option<usize> {
    Month::of(time)?.since(first?).filter(|place| *place < months)
}

fn by_need(study: &Study<'_>, first: Option<Month>, months: usize) -> Vec<Option<Vec<u64>>> {
    let mut counts = vec![vec![0; 4]; months];
    let window = study.terms.window;
    for (_, account) in study.population.accounts() {
        for one in account.uses_in(window.from(), window.to()) {
            let kind = match one.need {
                Some(Need::Required) => 0,
                Some(Need::FormerlyRequired) => 1,
                Some(Need::NotRequired) => 2,
                None => 3,
            };
            if let Some(place) = place(first, one.time, months) {
                counts[place][kind] += 1;
            }
        }
    }
    counts.into_iter().map(Some).collect()
}

/// A row an account, the busiest first.
fn rows(study: &Study<'_>, first: Option<Month>, months: &[Span]) -> Vec<Row> {
    let window = study.terms.window;
    let mut rows: Vec<(u64, Row)> = Vec::new();
    for (id, account) in study.population.accounts() {
        let mut uses = vec![0u64; months.len()];
        let used = account.uses_in(window.from(), window.to()).iter().filter_map(|one| place(first, one.time, months.len()));
        used.for_each(|place| uses[place] += 1);
        let cell = |(uses, month): (&u64, &Span)| match *uses {
            0 if !study.is_covered(account, month.from, month.to) => Cell::NotCovered,
            uses => Cell::Covered(uses),
        };
        rows.push((uses.iter().sum(), Row { label: id.to_owned(), cells: uses.iter().zip(months).map(cell).collect() }));
    }
    rows.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.label.cmp(&other.1.label)));
    rows.into_iter().map(|(_, row)| row).collect()
}
