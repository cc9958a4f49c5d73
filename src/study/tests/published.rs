//! The made-up organisation gives the figures that were published, out of files and records.

use super::super::practices::{Row, table};
use super::made_up::{self, ACCOUNTS, RECENT, USED, VIRTUAL_MFA, WITH_KEYS, WITHOUT_MFA};
use super::*;
use inputs::Source;

/// Number, share in percent, and both ends of the interval, as `proportion_confint(k, 1143, method="wilson")` of statsmodels gives it.
const PUBLISHED: [(usize, &str, f64, f64); 4] = [
    (RECENT, "3.1", 0.022_098_860_995, 0.042_287_945_265),
    (WITH_KEYS, "4.3", 0.032_577_783_630, 0.056_223_905_599),
    (WITHOUT_MFA, "9.7", 0.081_271_660_130, 0.115_653_082_242),
    (VIRTUAL_MFA, "8.2", 0.067_677_420_019, 0.099_600_678_750),
];

fn check(rows: &[Row]) {
    for (row, (count, percent, lower, upper)) in rows.iter().zip(PUBLISHED) {
        let amount = row.amount();
        assert_eq!((row.yes, row.yes + row.no, row.unknown, row.not_applicable), (count as u64, ACCOUNTS as u64, 0, 0), "{}", row.name);
        assert_eq!(format!("{:.1}", amount.value.unwrap() * 100.0), percent);
        assert!((amount.lower.unwrap() - lower).abs() < 1e-9 && (amount.upper.unwrap() - upper).abs() < 1e-9, "{amount:?}");
        assert_eq!(row.conflicts, []);
    }
}

#[test]
fn out_of_files_and_records() {
    let truth = made_up::truth();
    let mut gathering = Gathering::default();
    made_up::add_files(&mut gathering, &truth);
    made_up::add_records(&mut gathering, &truth);
    let population = gathering.population();
    let terms = Terms::new(made_up::study_window(), Period::Month);
    let study = Study::new(&population, &terms);
    let rows = table(&study);
    check(&rows);
    assert_eq!(rows[0].sources.keys().collect::<Vec<_>>(), [&Source::Logs]);
    let all = told(&population, &terms);
    let lines = |metric| lines(&all, metric, None);
    assert_eq!(lines("used_last_7_days")[0], format!("accounts_listed {RECENT}/{ACCOUNTS} = 0.0306"));
    // 15 % at least once over the four months.
    assert_eq!(lines("used_since_start")[9], format!("2026-07-01/2026-11-01 accounts_listed {USED}/{ACCOUNTS} = 0.1496"));
    assert_eq!(lines("root_has_access_keys").last().unwrap(), &format!("accounts_known {WITH_KEYS}/{ACCOUNTS} = 0.0429"));
    // At the end of July nobody had MFA.
    assert_eq!(lines("root_without_mfa")[0], format!("2026-07 accounts_known {ACCOUNTS}/{ACCOUNTS} = 1"));
}

#[test]
fn out_of_files_alone() {
    let truth = made_up::truth();
    let mut gathering = Gathering::default();
    made_up::add_files(&mut gathering, &truth);
    let population = gathering.population();
    let rows = table(&Study::new(&population, &Terms::new(made_up::study_window(), Period::Month)));
    check(&rows);
    assert!(rows.iter().all(|row| row.sources.keys().collect::<Vec<_>>() == [&Source::CredentialReport]));
    // No MFA and MFA that is virtual are different accounts, and together those without hardware MFA.
    assert_eq!(rows[2].yes + rows[3].yes, (WITHOUT_MFA + VIRTUAL_MFA) as u64);
}
