//! How long it takes and how much memory, printed with `--nocapture`. Nothing is asserted of time.

use super::super::population::Use;
use super::super::*;
use super::{at, made_up};
use crate::proof::coverage::{HOUR, State as Seen};
use std::time::Instant;

const REGIONS: usize = 17;
const DAYS: i64 = 120;

/// Resident memory in MiB, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

/// The hours of one region in stretches of one state, as a case has them.
fn stretches(rng: &mut fastrand::Rng, longest: i64) -> Vec<((Micros, Micros), Seen)> {
    let (start, end) = (at(made_up::END) - DAYS * DAY, at(made_up::END));
    let mut all = Vec::new();
    let mut from = start;
    while from < end {
        let to = end.min(from + rng.i64(1..=longest) * HOUR);
        all.push(((from, to), Seen::ALL[rng.usize(0..5)]));
        from = to;
    }
    all
}

#[test]
#[allow(clippy::print_stdout, reason = "the figures are what it is for")]
fn of_1143_accounts_120_days_and_17_regions() {
    println!("a use takes {} bytes, a state {} and {}", size_of::<Use>(), size_of::<inputs::State>(), size_of::<inputs::Detail>());
    let truth = made_up::truth();
    for (name, longest, step) in [
        ("steady: one stretch a region", i64::MAX / HOUR / 2, i64::MAX),
        ("restless: stretches of up to 48 hours", 48, i64::MAX),
        ("the same, hour by hour", 48, HOUR),
    ] {
        let mut rng = fastrand::Rng::with_seed(5);
        let (before, started) = (resident(), Instant::now());
        let mut gathering = Gathering::default();
        let mut given = 0;
        let regions: Vec<String> = (1..=REGIONS).map(|number| format!("eu-west-{number}")).collect();
        for account in &truth {
            for region in &regions {
                for ((mut from, to), seen) in stretches(&mut rng, longest) {
                    while from < to {
                        let next = to.min(from.saturating_add(step));
                        gathering.cover(&account.id, region, (from, next), seen);
                        from = next;
                        given += 1;
                    }
                }
            }
        }
        let covered = resident();
        made_up::add_records(&mut gathering, &truth);
        let population = gathering.population();
        let (gathered, after) = (started.elapsed(), resident());
        let terms = Terms::new(Window::new(at(made_up::END) - DAYS * DAY, at(made_up::END)).unwrap(), Period::Days7);
        let (started, mut rows) = (Instant::now(), 0_u64);
        figures(&Study::new(&population, &terms), &mut |_| rows += 1);
        let hours: u64 =
            population.accounts().map(|(_, account)| account.coverage.sums(terms.window.from(), terms.window.to()).all()).sum();
        assert!(hours >= (made_up::ACCOUNTS * REGIONS) as u64 * DAYS as u64 * 24);
        println!(
            "{name}: {hours} hours in {given} stretches gathered in {gathered:.1?}; {rows} figures in {:.1?}; resident {before:?} -> {covered:?} -> {after:?} MiB",
            started.elapsed()
        );
    }
}
