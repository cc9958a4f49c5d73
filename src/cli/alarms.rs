//! Metric filters and alarms that are given to commands, and which entries would have raised one.

use super::verify::Given;
use crate::case::table::Table;
use crate::case::{Case, TIMELINE};
use crate::error::Error;
use crate::evidence::record::Parser;
use crate::evidence::record::time::Micros;
use crate::review::pattern::{Missing, Pattern};
use crate::review::replay::{Alarm, Chain, Configuration, Ring, ring};
use crate::review::session::{Entry, Merged};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What alarms there were.
#[derive(Debug, Args)]
pub(super) struct Alarms {
    /// A filter pattern, as `{ $.userIdentity.type = "Root" }` (repeatable)
    #[arg(long, value_name = "PATTERN")]
    pattern: Vec<String>,
    /// What `aws logs describe-metric-filters`, `aws cloudwatch describe-alarms` and `aws sns list-subscriptions` say
    #[arg(long, value_name = "FILE", num_args = 1..)]
    configuration: Vec<PathBuf>,
    /// Whether `!=` holds for a field that is not there, which AWS leaves open
    #[arg(long, value_enum, default_value = "matches")]
    missing: Absent,
    /// How long a log takes to be delivered where its name does not say
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = humantime::parse_duration)]
    delivery: Duration,
    /// One alarm for all accounts, as on the trail of an organisation; else each account has its own
    #[arg(long)]
    organisation: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Absent {
    Matches,
    Fails,
}

impl Alarms {
    /// What `!=` makes of a field that is not there, in words.
    pub(super) fn missing_fields(&self) -> &'static str {
        if self.missing == Absent::Matches { "`!=` holds" } else { "`!=` does not hold" }
    }

    /// The filters that were given; those of `--pattern` have this alarm.
    pub(super) fn chains(&self, alarm: &Alarm, given: &mut Vec<Given>) -> anyhow::Result<Vec<Chain>> {
        let missing = if self.missing == Absent::Matches { Missing::Matches } else { Missing::Fails };
        let mut configuration = Configuration::default();
        for path in &self.configuration {
            let read = serde_json::from_slice::<Configuration>(&Given::read(path, given)?);
            configuration.add(read.with_context(|| format!("`{}` is none of the three answers", path.display()))?);
        }
        let mut chains = configuration.chains().map_err(|(name, fault)| Error::Pattern { name, fault: fault.into() })?;
        anyhow::ensure!(
            self.configuration.is_empty() || !chains.is_empty(),
            "no metric filter in the configuration: give what `aws logs describe-metric-filters` says too"
        );
        for text in &self.pattern {
            let pattern = Pattern::parse(text).map_err(|fault| Error::Pattern { name: "--pattern".to_owned(), fault: fault.into() })?;
            if let Some(fault) = alarm.fault() {
                anyhow::bail!("the alarm of `--pattern` cannot ring: {fault}");
            }
            chains.push(Chain { name: "--pattern".to_owned(), pattern, alarms: vec![alarm.clone()], broken: None, unknown: None });
        }
        Ok(chains.into_iter().map(|chain| Chain { pattern: chain.pattern.with_missing(missing), ..chain }).collect())
    }

    /// When a record was counted: when its log was delivered, as far as that is known.
    pub(super) fn counted(&self, entry: &Entry<'_>) -> Option<Micros> {
        let usual = || Some(entry.time?.saturating_add(Micros::try_from(self.delivery.as_micros()).unwrap_or(Micros::MAX)));
        entry.delivered.or_else(usual)
    }

    /// Whose alarm an account has: its own, or the one of all.
    pub(super) fn owner<'a>(&self, account: &'a str) -> &'a str {
        if self.organisation { "" } else { account }
    }

    /// Whether each entry would have raised an alarm: it matches a filter, and an alarm on that would have rung for it or was in ALARM by then. `None`
    /// where no alarm is known for its account, or the entry has no record.
    pub(super) fn raised(&self, chains: &[Chain], cases: &[Case], merged: &[Merged<'_>]) -> anyhow::Result<Vec<Option<bool>>> {
        let matches = matches(chains, cases, merged)?;
        let mut raised: Vec<Option<bool>> = vec![None; merged.len()];
        for (number, chain) in chains.iter().enumerate() {
            let is_of = |alarm: &Alarm, account: &str| self.organisation || alarm.account().is_none_or(|owner| owner == account);
            let mut counted: BTreeMap<&str, Vec<Micros>> = BTreeMap::new();
            for (place, one) in merged.iter().enumerate() {
                let known = matches[place]
                    .as_ref()
                    .filter(|_| chain.alarms.is_empty() || chain.alarms.iter().any(|alarm| is_of(alarm, one.entry.account)));
                let Some(known) = known.filter(|_| chain.unknown.is_none()) else { continue };
                raised[place].get_or_insert(false);
                if known[number] && chain.broken.is_none() {
                    counted.entry(self.owner(one.entry.account)).or_default().extend(self.counted(&one.entry));
                }
            }
            let of_account = |(account, times): (_, Vec<Micros>)| {
                let alarms = chain.alarms.iter().filter(|alarm| is_of(alarm, account));
                (account, alarms.map(|alarm| alarm.stretches(&times)).collect::<Vec<_>>())
            };
            let stretches: BTreeMap<&str, Vec<_>> = counted.into_iter().map(of_account).collect();
            for (place, one) in merged.iter().enumerate().filter(|(place, _)| matches[*place].as_ref().is_some_and(|known| known[number])) {
                let (Some(all), Some(time)) = (stretches.get(self.owner(one.entry.account)), self.counted(&one.entry)) else { continue };
                if all.iter().any(|stretches| ring(stretches, time, time) != Ring::Never) {
                    raised[place] = Some(true);
                }
            }
        }
        // Where a filter matched of whose alarm nobody can say, another that was silent settles nothing.
        let unknown: Vec<usize> = (0..chains.len()).filter(|number| chains[*number].unknown.is_some()).collect();
        for (place, one) in raised.iter_mut().enumerate() {
            let known = matches[place].as_ref();
            if *one == Some(false) && known.is_some_and(|known| unknown.iter().any(|number| known[*number])) {
                *one = None;
            }
        }
        Ok(raised)
    }
}

/// Records of a timeline that are in memory at once.
const RECORDS: usize = 1 << 16;

/// Which filters match each entry; `None` where it has no record.
fn matches(chains: &[Chain], cases: &[Case], merged: &[Merged<'_>]) -> anyhow::Result<Vec<Option<Vec<bool>>>> {
    let mut parser = Parser::default();
    let mut matches: Vec<Option<Vec<bool>>> = vec![None; merged.len()];
    let mut places: Vec<Vec<(usize, usize)>> = vec![Vec::new(); cases.len()];
    for (place, one) in merged.iter().enumerate() {
        let origin = one.origins[0];
        places[origin.timeline].push((origin.row, place));
    }
    for (case, mut places) in cases.iter().zip(places) {
        places.sort_unstable();
        let mut wanted = places.into_iter().peekable();
        let mut row = 0;
        for part in Table::parts(&case.file(TIMELINE), &["record"], RECORDS) {
            for record in part?.cells("record") {
                if let Some((_, place)) = wanted.next_if(|(of, _)| *of == row) {
                    let text = record.text().unwrap_or_default();
                    matches[place] =
                        parser.with(text.as_bytes(), |value| chains.iter().map(|chain| chain.pattern.matches(value)).collect()).ok();
                }
                row += 1;
            }
        }
    }
    Ok(matches)
}
