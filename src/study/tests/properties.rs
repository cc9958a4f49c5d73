//! What holds of every population.

use super::*;
use crate::proof::coverage::{HOUR, State as Seen};
use crate::root::Need;
use inputs::{Listed, Policy, Target};
use proptest::prelude::*;

const ACCOUNTS: [&str; 5] = ["111122223333", "444455556666", "123456789012", "210987654321", "999988887777"];

const REGIONS: [&str; 2] = ["", "us-east-1"];

/// One thing that is known of an account.
#[derive(Debug, Clone)]
enum Known {
    Listed,
    Covered(usize, (Micros, Micros), usize),
    Use(Micros, usize, usize, Option<bool>),
    Attempt(Micros),
    Incident(Micros, Option<Micros>),
    Report(Option<Micros>, Option<bool>, Option<bool>),
    Organisation(Listed),
    Policy(Policy),
    PolicyList(Option<String>),
}

fn fact() -> impl Strategy<Value = (usize, Known)> {
    let time = || at("2025-11-01")..at("2026-06-01");
    let maybe = || proptest::option::of(any::<bool>());
    let known = prop_oneof![
        1 => Just(Known::Listed),
        2 => (0..2_usize, time(), 0..90 * DAY, 0..5_usize)
            .prop_map(|(region, from, length, state)| Known::Covered(region, (from, from + length), state)),
        6 => (time(), 0..9_usize, 0..3_usize, maybe()).prop_map(|(time, kind, name, mfa)| Known::Use(time, kind, name, mfa)),
        1 => time().prop_map(Known::Attempt),
        1 => (time(), proptest::option::of(0..DAY)).prop_map(|(time, detect)| Known::Incident(time, detect)),
        2 => (proptest::option::of(time()), maybe(), maybe()).prop_map(|(time, keys, mfa)| Known::Report(time, keys, mfa)),
        2 => (management(), path()).prop_map(|(management, paths)| {
            let paths = paths.into_iter().collect();
            Known::Organisation(Listed { account: String::new(), name: None, status: None, joined: None, closed: None, management, paths })
        }),
        2 => policy().prop_map(Known::Policy),
        1 => management().prop_map(Known::PolicyList),
    ];
    (0..ACCOUNTS.len(), known)
}

/// One of two organisations, or nobody says.
fn management() -> impl Strategy<Value = Option<String>> {
    proptest::sample::select(vec![None, Some(ACCOUNTS[0].to_owned()), Some(ACCOUNTS[1].to_owned())])
}

fn path() -> impl Strategy<Value = Option<String>> {
    proptest::sample::select(vec![None, Some("o-1/r-1/".to_owned()), Some("o-1/r-1/ou-1-a/".to_owned()), Some("o-2/r-2/".to_owned())])
}

/// A part of what is known of one of three policies: its content, or what it is attached to.
fn policy() -> impl Strategy<Value = Policy> {
    let content = [ALLOW_ALL, r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#, "?"];
    let content = proptest::sample::select(content.map(str::to_owned).to_vec());
    let attached =
        [("r-1", "ROOT"), ("r-2", "ROOT"), ("ou-1-a", "ORGANIZATIONAL_UNIT"), (ACCOUNTS[2], "ACCOUNT"), (ACCOUNTS[0], "ACCOUNT")];
    let target = (proptest::sample::select(attached.to_vec()), management());
    let target = target.prop_map(|((id, kind), management)| Target { id: id.to_owned(), kind: kind.to_owned(), management });
    let targets = proptest::option::of(proptest::collection::vec(target, 0..3));
    (0..3_usize, proptest::option::of(content), targets, any::<bool>()).prop_map(|(number, content, targets, is_whole)| Policy {
        content,
        has_all_targets: is_whole && targets.is_some(),
        targets,
        ..Policy::new(["p-1", "p-2", "p-3"][number])
    })
}

const ALLOW_ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

fn gathered(facts: &[(usize, Known)]) -> Population {
    let mut all = Gathering::default();
    for (account, known) in facts {
        let account = ACCOUNTS[*account];
        match known {
            Known::Listed => all.list(account),
            Known::Covered(region, stretch, state) => all.cover(account, REGIONS[*region], *stretch, Seen::ALL[*state]),
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
            Known::Organisation(listed) => all.listed(Listed { account: account.to_owned(), ..listed.clone() }),
            Known::Policy(policy) => all.add_policy(policy.clone()),
            Known::PolicyList(organisation) => all.add_policy_list(organisation.clone()),
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
        // As text, because what is not a number is not equal to itself.
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
    fn a_policy_that_allows_everything_changes_nothing(facts in proptest::collection::vec(fact(), 0..40), is_attached in any::<bool>()) {
        let policies = |facts: &[(usize, Known)]| {
            let mut all = told(&gathered(facts), &terms(0));
            all.retain(|told| told.metric == "root_denied_by_policy");
            all
        };
        let root = Target { id: "r-1".to_owned(), kind: "ROOT".to_owned(), management: None };
        let allow = Policy { content: Some(ALLOW_ALL.to_owned()), targets: is_attached.then(|| vec![root]), ..Policy::new("p-0") };
        let more: Vec<(usize, Known)> = facts.iter().cloned().chain([(0, Known::Policy(allow))]).collect();
        let before = policies(&facts);
        prop_assert_eq!(&before, &policies(&more));
        // What is told of all is the sum of what is told of each.
        let (of_all, of_each): (Vec<_>, Vec<_>) = before.iter().partition(|told| told.account.is_none());
        let values: Vec<f64> = of_each.iter().filter_map(|told| told.amount.value).collect();
        let denied = values.iter().filter(|value| **value > 0.5).count() as u64;
        prop_assert_eq!((of_all[0].amount.numerator, of_all[0].amount.denominator), (Some(denied), Some(values.len() as u64)));
    }

    #[test]
    fn coverage_may_be_given_hour_by_hour(facts in proptest::collection::vec(fact(), 0..60), pick in 0..5_usize) {
        let hours = |(from, to): (Micros, Micros)| (0..).map(move |hour| (from + hour * HOUR, to.min(from + (hour + 1) * HOUR))).take_while(|(from, to)| from < to);
        let cut = |(account, known): &(usize, Known)| match known {
            Known::Covered(region, stretch, state) => hours(*stretch).map(|hour| (*account, Known::Covered(*region, hour, *state))).collect(),
            known => vec![(*account, known.clone())],
        };
        let by_hour: Vec<(usize, Known)> = facts.iter().flat_map(cut).collect();
        prop_assert_eq!(format!("{:?}", told(&gathered(&facts), &terms(pick))), format!("{:?}", told(&gathered(&by_hour), &terms(pick))));
    }

    #[test]
    fn overlapping_cases_are_as_one(facts in proptest::collection::vec(fact(), 0..60), pick in 0..5_usize) {
        let twice: Vec<(usize, Known)> =
            facts.iter().cloned().chain(facts.iter().filter(|(_, known)| matches!(known, Known::Covered(..))).cloned()).collect();
        prop_assert_eq!(format!("{:?}", told(&gathered(&facts), &terms(pick))), format!("{:?}", told(&gathered(&twice), &terms(pick))));
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
