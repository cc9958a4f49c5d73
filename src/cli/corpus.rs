//! `rootline corpus`.

use super::Exit;
use super::reading::size;
use crate::corpus::{self, Plan, Profile};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use indicatif::{HumanBytes, HumanCount};
use std::io::{self, Write};
use std::path::PathBuf;

/// Make up CloudTrail logs.
#[derive(Debug, Args)]
pub(super) struct Corpus {
    /// The folder to make; it must not hold anything yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Size of the JSON, inflated: 100MB, 2GB
    #[arg(long, value_name = "SIZE", default_value = "100MB", value_parser = size)]
    size: u64,
    /// Records in a file: quiet (median 5), busy (1,000 to 10,000)
    #[arg(long, value_enum, default_value = "quiet")]
    profile: Named,
    /// This many records in every file, in place of a profile
    #[arg(long, value_name = "N", conflicts_with = "profile")]
    records_per_file: Option<std::num::NonZeroU32>,
    /// The share of records that are root's, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.001, value_parser = share)]
    root: f64,
    /// Accounts
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    accounts: u32,
    /// Days, from 2026-01-01
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..3650))]
    days: u32,
    /// Regions: us-east-1 and up to three more
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=4))]
    regions: u8,
    /// Also hourly signed digests, the public key that signed them, and their signatures
    #[arg(long)]
    digests: bool,
    /// The same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Named {
    Quiet,
    Busy,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a share from 0 to 1".to_owned())
}

impl Corpus {
    /// Runs the command.
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        if std::fs::read_dir(&self.folder).is_ok_and(|mut entries| entries.next().is_some()) {
            anyhow::bail!("`{}` is not empty", self.folder.display());
        }
        let profile = match (self.records_per_file, self.profile) {
            (Some(records), _) => Profile::Even(records.get()),
            (None, Named::Quiet) => Profile::Quiet,
            (None, Named::Busy) => Profile::Busy,
        };
        let plan = Plan {
            seed: self.seed,
            bytes: self.size,
            profile,
            root_per_million: (self.root * 1e6).round() as u32,
            accounts: self.accounts,
            days: self.days,
            regions: usize::from(self.regions),
            digests: self.digests,
            ..Plan::default()
        };
        let made = corpus::make(&plan, &self.folder).context("cannot make the corpus")?;
        writeln!(
            io::stdout(),
            "{} objects, {} records ({} of root), {} inflated, {} stored",
            HumanCount(made.objects),
            HumanCount(made.records),
            HumanCount(made.root),
            HumanBytes(made.inflated),
            HumanBytes(made.stored)
        )?;
        Ok(Exit::Clean)
    }
}
