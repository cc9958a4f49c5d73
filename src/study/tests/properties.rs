//! What holds of every population.

use super::*;
use crate::coverage::State as Seen;
use crate::root::Need;
use proptest::prelude::*;

const ACCOUNTS: [&str; 5] = ["111122223333", "444455556666", "123456789012", "210987654321", "999988887777"];

/// One thing that is known of an account.
#[derive(Debug, Clone)]
enum Known {
    Listed,
    Covered(Micros, Micros, usize),
    Use(Micros, usize, usize, Option<bool>),
    Attempt(Micros),
    Incident(Micros, Option<Micros>),
    Report(Option<Micros>, Option<bool>, Option<bool>),
}

fn fact() -> impl Strategy<Value = (usize, Known)> {
    let time = || at("2025-11-01")..at("2026-06-01");
    let maybe = || proptest::option::of(any::<bool>());
    let known = prop_oneof![
        1 => Just(Known::Listed),
        2 => (time(), 0..90 * DAY, 0..5_usize).prop_map(|(from, length, state)| Known::Covered(from, from + length, state)),
        6 => (time(), 0..9_usize, 0..3_usize, maybe()).prop_map(|(time, kind, name, mfa)| Known::Use(time, kind, name, mfa)),
        1 => time().prop_map(Known::Attempt),
        1 => (time(), proptest::option::of(0..DAY)).prop_map(|(time, detect)| Known::Incident(time, detect)),
        2 => (proptest::option::of(time()), maybe(), maybe()).prop_map(|(time, keys, mfa)| Known::Report(time, keys, mfa)),
    ];
    (0..ACCOUNTS.len(), known)
}

fn gathered(facts: &[(usize, Known)]) -> Population {
    let mut all = Gathering::default();
    for (account, known) in facts {
        let account = ACCOUNTS[*account];
        match known {
            Known::Listed => all.list(account),
            Known::Covered(from, to, state) => all.cover(account, (*from, *to), Seen::ALL[*state]),
            Known::Use(time, kind, name, mfa) => {
                let name = ["iam:CreateUser", "iam:DeleteAccessKey", "signin:ConsoleLogin"][*name];
                let text = Some(name);
                let need = Some(Need::ALL[name.len() % 3]);
                let one = UseOf {
                    need,
                    key: text,
                    session: text,
                    incident: text,
                    mfa: *mfa,
                    would_alarm: *mfa,
                    ..UseOf::new(*time, UseKind::ALL[*kind], name)
                };
                all.add_use(account, &one);
            }
            Known::Attempt(time) => all.add_attempt(account, Attempt { time: *time, kind: AttemptKind::FailedSignIn }),
            Known::Incident(start, detect) => {
                let (start, to_detect) = (*start, *detect);
                all.add_incident(account, Incident { start, to_alert: to_detect, to_detect, to_remediate: None, break_glass: None });
            }
            Known::Report(time, keys, mfa) => {
                let state = inputs::State::dated(inputs::Source::CredentialReport, *time, None);
                all.add_state(account, inputs::State { keys: *keys, mfa: *mfa, ..state });
            }
        }
    }
    all.population()
}

fn terms(pick: usize) -> Terms {
    Terms::new(window("2025-12-15", "2026-05-03"), Period::ALL[pick])
}

/// The values of a metric of all accounts, of the accounts that are listed.
fn listed<'t>(all: &'t [Told], metric: &'t str) -> impl Iterator<Item = f64> + 't {
    let of = move |told: &&Told| told.metric == metric && told.account.is_none() && told.kind == Denominator::AccountsListed;
    all.iter().filter(of).filter_map(|told| told.amount.value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_what_is_given_does_not_matter(facts in proptest::collection::vec(fact(), 0..60), seed in any::<u64>(), pick in 0..5_usize) {
        let first = told(&gathered(&facts), &terms(pick));
        let mut shuffled = facts;
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        // As text, because what is no number is not equal to itself.
        prop_assert_eq!(format!("{first:?}"), format!("{:?}", told(&gathered(&shuffled), &terms(pick))));
    }

    #[test]
    fn shares_are_shares_and_lie_in_their_intervals(facts in proptest::collection::vec(fact(), 0..60), pick in 0..5_usize) {
        for told in told(&gathered(&facts), &terms(pick)) {
            let Amount { value, numerator, denominator, lower, upper } = told.amount;
            prop_assert!(value.is_none_or(f64::is_finite), "{told:?}");
            if matches!(told.unit, Unit::Share | Unit::Index) {
                prop_assert!(value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{told:?}");
                prop_assert!(denominator != Some(0) || value.is_none(), "{told:?}");
            } else {
                prop_assert!(value.is_none_or(|value| value >= 0.0), "{told:?}");
            }
            if let (Some(numerator), Some(denominator)) = (numerator, denominator)
                && told.unit != Unit::Count {
                prop_assert!(numerator <= denominator, "{told:?}");
            }
            if let (Some(lower), Some(value), Some(upper)) = (lower, value, upper) {
                prop_assert!(lower <= value && value <= upper, "{told:?}");
            }
        }
    }

    #[test]
    fn longer_looks_see_no_less(facts in proptest::collection::vec(fact(), 0..60)) {
        let all = told(&gathered(&facts), &terms(0));
        let snapshots: Vec<f64> = ["used_last_7_days", "used_last_30_days", "used_last_90_days"].into_iter().flat_map(|metric| listed(&all, metric)).collect();
        prop_assert!(snapshots.is_sorted(), "{snapshots:?}");
        let cumulative: Vec<f64> = listed(&all, "used_since_start").collect();
        prop_assert!(cumulative.is_sorted(), "{cumulative:?}");
        prop_assert!(snapshots.last() <= cumulative.last());
        // Day by day the same: seven days out of thirty.
        let series = |metric: &'static str| all.iter().filter(move |told| told.metric == metric && told.kind == Denominator::AccountsListed);
        for long in series("used_trailing_30_days") {
            let short = series("used_trailing_7_days").find(|short| short.period == long.period).unwrap();
            prop_assert!(short.amount.numerator <= long.amount.numerator, "{short:?} {long:?}");
        }
        let survival: Vec<f64> = all.iter().filter(|told| told.metric == "idle_survival").filter_map(|told| told.amount.value).collect();
        prop_assert!(survival.iter().rev().is_sorted(), "{survival:?}");
    }

    #[test]
    fn every_use_is_counted_once_however_the_window_is_cut(facts in proptest::collection::vec(fact(), 0..60)) {
        let population = gathered(&facts);
        let window = terms(0).window;
        let uses: usize = population.accounts().map(|(_, account)| account.uses_in(window.from(), window.to()).len()).sum();
        for pick in 0..5 {
            let all = told(&population, &terms(pick));
            for of_account in [false, true] {
                let of = all.iter().filter(|told| told.metric == "records" && told.account.is_some() == of_account);
                prop_assert_eq!(of.filter_map(|told| told.amount.numerator).sum::<u64>(), uses as u64);
            }
        }
    }
}
