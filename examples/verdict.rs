//! Whether root was used in a window, account by account, and how much of it was looked at.
//!
//! `cargo run --example verdict -- testdata/takeover 2026-03-13T00:00:00Z 2026-03-15T00:00:00Z`

use rootline::record::parse_time;
use rootline::source::Disk;
use rootline::verdict::{self, Account, Keys};
use rootline::{Config, Error, Silent};
use std::collections::{BTreeSet, HashMap};
use std::env;

/// Runs the example.
#[allow(clippy::print_stdout, reason = "an example shows what it found")]
pub fn main() -> Result<(), Error> {
    let mut arguments = env::args().skip(1);
    let evidence = arguments.next().unwrap_or_else(|| "testdata/takeover".to_owned());
    let from = arguments.next().unwrap_or_else(|| "2026-03-13T00:00:00Z".to_owned());
    let to = arguments.next().unwrap_or_else(|| "2026-03-15T00:00:00Z".to_owned());
    for account in verdicts(&evidence, &from, &to)? {
        let looked = account.observation;
        println!(
            "{}  {}, {} uses, {} of {} hours seen",
            account.account,
            account.verdict.name(),
            account.usage,
            looked.hours,
            looked.hours_expected
        );
    }
    Ok(())
}

/// With digests and public keys this proves; without, as here, it says what was seen.
pub fn verdicts(evidence: &str, from: &str, to: &str) -> Result<Vec<Account>, Error> {
    let evidence = Disk::new(vec![evidence.into()], None);
    let config = Config { integrity: true, ..Config::default() };
    let scan = rootline::scan(&[&evidence], &config, &Silent)?;
    let time = |text: &str| parse_time(text.as_bytes()).expect("a time is written 2026-03-13T00:00:00Z");
    let window = (time(from), time(to));
    let validation = verdict::verify(&scan, &Keys::default(), &HashMap::new(), (Some(window.0), Some(window.1)));
    Ok(verdict::judge(&scan, &validation, BTreeSet::new(), window))
}
