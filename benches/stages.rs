//! Each stage by itself, in bytes of inflated text a second, on one busy log.
//!
//! `cargo bench --bench stages`. Ratios between stages hold from machine to machine; single figures do not.
#![allow(clippy::unwrap_used, reason = "a bench stops where something is wrong")]

use divan::Bencher;
use divan::counter::BytesCount;
use rootline::corpus::{self, Plan, Profile};
use rootline::inflate::Inflater;
use rootline::record::prefilter::{Prefilter, Wanted};
use rootline::record::view::OTHER_TYPES;
use rootline::record::{Delimiter, Found, Parser, Record, Sink, Verdict, Window, content, envelope};
use rootline::root;
use std::sync::LazyLock;

fn main() {
    divan::main();
}

/// A log of 5,000 records, one in a thousand root's: stored and inflated.
static LOG: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { bytes: 7_000_000, profile: Profile::Even(5000), ..Plan::default() };
    corpus::make(&plan, folder.path()).unwrap();
    let files = walkdir::WalkDir::new(folder.path()).into_iter().map(Result::unwrap);
    let file = files.filter(|entry| entry.file_type().is_file()).max_by_key(|entry| entry.metadata().unwrap().len()).unwrap();
    let stored = std::fs::read(file.path()).unwrap();
    let mut text = Vec::new();
    let member = Inflater::default().member(&stored, &mut text, 1 << 30).unwrap();
    text.truncate(member.inflated);
    (stored, text)
});

/// The records of the log.
static RECORDS: LazyLock<Vec<&'static [u8]>> = LazyLock::new(|| {
    struct All(Vec<&'static [u8]>);
    impl Sink for All {
        fn record(&mut self, found: Found<'_>) -> Verdict {
            let start = usize::try_from(found.offset).unwrap();
            self.0.push(&LOG.1[start..start + found.bytes.len()]);
            Verdict::Sound
        }
    }
    let mut all = All(Vec::new());
    envelope::read(&mut Window::whole(&LOG.1, 0), Delimiter::detect(), &mut all);
    all.0
});

#[divan::bench]
fn inflate(bencher: Bencher<'_, '_>) {
    let (mut inflater, mut out) = (Inflater::default(), Vec::new());
    LazyLock::force(&LOG);
    bencher.counter(BytesCount::new(LOG.1.len())).bench_local(|| inflater.member(&LOG.0, &mut out, 1 << 30));
}

#[divan::bench(args = Delimiter::all().iter().map(|way| way.name().to_owned()).collect::<Vec<_>>())]
fn delimit(bencher: Bencher<'_, '_>, name: &str) {
    let way = Delimiter::all().into_iter().find(|way| way.name() == name).unwrap();
    LazyLock::force(&RECORDS);
    bencher.counter(BytesCount::new(LOG.1.len())).bench(|| RECORDS.iter().map(|record| way.object(record, 0).unwrap().end).sum::<usize>());
}

/// Finding every record and deciding which can matter.
#[divan::bench]
fn envelope_and_prefilter(bencher: Bencher<'_, '_>) {
    struct Filter(Prefilter, u64);
    impl Sink for Filter {
        fn record(&mut self, found: Found<'_>) -> Verdict {
            self.1 += u64::from(self.0.may_matter(&found));
            Verdict::Sound
        }
    }
    let (needles, names) = root::WANTED;
    let filter = Prefilter::new(Wanted { needles, names, types: &OTHER_TYPES });
    bencher.counter(BytesCount::new(LOG.1.len())).bench(|| {
        let mut sink = Filter(filter.clone(), 0);
        let tally = envelope::read(&mut Window::whole(&LOG.1, 0), Delimiter::detect(), &mut sink);
        (tally.records, sink.1)
    });
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let mut parser = Parser::default();
    LazyLock::force(&RECORDS);
    bencher
        .counter(BytesCount::new(LOG.1.len()))
        .bench_local(|| RECORDS.iter().filter(|record| parser.with(record, |value| value.is_object()).unwrap()).count());
}

#[divan::bench]
fn parse_and_label(bencher: Bencher<'_, '_>) {
    let mut parser = Parser::default();
    LazyLock::force(&RECORDS);
    bencher.counter(BytesCount::new(LOG.1.len())).bench_local(|| {
        let label = |record: &&&[u8]| parser.with(record, |value| root::label(&Record::read(value))).unwrap().is_some();
        RECORDS.iter().filter(label).count()
    });
}

#[divan::bench]
fn parse_and_fingerprint(bencher: Bencher<'_, '_>) {
    let mut parser = Parser::default();
    LazyLock::force(&RECORDS);
    bencher
        .counter(BytesCount::new(LOG.1.len()))
        .bench_local(|| RECORDS.iter().map(|record| u64::from(parser.with(record, content::fingerprint).unwrap()[0])).sum::<u64>());
}
