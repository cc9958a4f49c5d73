//! Metrics worked by hand, the table of practices, properties, and a made-up population with known truth.

mod by_hand;
mod made_up;
mod measure;
mod policies;
mod practices;
mod properties;
mod published;

use super::metrics::METRICS;
use super::population::{Account, Population};
use super::*;
use crate::evidence::record::time;

/// The first moment of a day, or a time.
fn at(text: &str) -> Micros {
    let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    time::parse(text.as_bytes()).unwrap()
}

fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to)).unwrap()
}

/// A figure without its borrowed parts.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    metric: &'static str,
    account: Option<String>,
    period: Option<String>,
    group: Option<String>,
    amount: Amount,
    unit: Unit,
    kind: Denominator,
}

fn told(population: &Population, terms: &Terms) -> Vec<Told> {
    let mut all = Vec::new();
    figures(&Study::new(population, terms), &mut |figure| {
        let &Figure { metric, value, numerator, denominator, lower, upper, unit, denominator_kind: kind, .. } = figure;
        assert_eq!(figure.scope == Scope::Account, figure.account.is_some());
        let text = |text: Option<&str>| text.map(str::to_owned);
        let amount = Amount { value, numerator, denominator, lower, upper };
        all.push(Told {
            metric,
            account: text(figure.account),
            period: text(figure.period),
            group: text(figure.group),
            amount,
            unit,
            kind,
        });
    });
    all
}

impl Told {
    /// As `2026-01 median incidents 1/2 = 60`; what is not there is left out, what is unknown is `?`.
    fn line(&self) -> String {
        let mut parts: Vec<String> = [&self.period, &self.group].into_iter().flatten().cloned().collect();
        if self.kind != Denominator::None {
            parts.push(self.kind.name().to_owned());
        }
        if let (Some(numerator), Some(denominator)) = (self.amount.numerator, self.amount.denominator) {
            parts.push(format!("{numerator}/{denominator}"));
        }
        let value = self.amount.value.map_or("?".to_owned(), |value| format!("{}", (value * 1e4).round() / 1e4));
        parts.extend(["=".to_owned(), value]);
        parts.join(" ")
    }
}

/// The lines of a metric, of one account or of all accounts together.
fn lines(all: &[Told], metric: &str, account: Option<&str>) -> Vec<String> {
    let of = |told: &&Told| told.metric == metric && told.account.as_deref() == account;
    all.iter().filter(of).map(Told::line).collect()
}
