//! Each stage by itself, in bytes of inflated text a second, on one busy log.
//!
//! `cargo bench --bench stages`. Ratios between stages hold from machine to machine; single figures do not.
#![allow(clippy::unwrap_used, reason = "a bench stops where something is wrong")]

use divan::Bencher;
use divan::counter::BytesCount;
use rootline::convert::Spool;
use rootline::internals::{
    Delimiter, Found, Group, Inflater, Item, OTHER_TYPES, Origin, Plan, Prefilter, Profile, Rows, Runs, Sink, TableWriter, Verdict, WANTED,
    Wanted, Window, content, envelope, make, records,
};
use rootline::record::{Parser, Record};
use rootline::source::Disk;
use rootline::{Config, Silent};
use std::sync::LazyLock;

fn main() {
    divan::main();
}

/// A log of 5,000 records, one in a thousand root's: stored and inflated.
static LOG: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { bytes: 7_000_000, profile: Profile::Even(5000), ..Plan::default() };
    make(&plan, folder.path()).unwrap();
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
    let (needles, names) = WANTED;
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
        let label = |record: &&&[u8]| parser.with(record, |value| rootline::label(&Record::read(value))).unwrap().is_some();
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

/// Putting every record into sorted runs on disk, and giving them back in order.
#[divan::bench]
fn spool_and_merge(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (0..RECORDS.len()).map(|index| format!("{:036x}", index * 7_919 % RECORDS.len())).collect();
    bencher.counter(BytesCount::new(LOG.1.len())).bench(|| {
        let mut writer = Spool::new(folder.path()).writer();
        for (index, (json, id)) in RECORDS.iter().zip(&ids).enumerate() {
            let event_time = Some((index as i64 * 31 % 3600) * 1_000_000);
            let item = Item { event_time, event_id: id.as_bytes(), object: 0, record_index: index as u64, tag: 0, json, line: None };
            writer.push("111122223333", &item);
        }
        let runs = Runs::new(vec![writer.finish().unwrap()]).unwrap();
        let mut group = Group::new();
        let mut items = 0;
        for pile in runs.piles() {
            let mut merge = runs.merge(&pile);
            while merge.next_group(&mut group) {
                items += group.len();
            }
        }
        items
    });
}

/// Parsing every record and writing all its columns to Parquet.
#[divan::bench]
fn parse_and_write_table(bencher: Bencher<'_, '_>) {
    let schema = records::schema(false);
    let mut parser = Parser::default();
    let path = std::path::Path::new("bench.parquet");
    let origin = Origin {
        account_id: "111122223333",
        affected: &[],
        label: None,
        copies: 0,
        id_conflict: false,
        object_uri: "bench.json.gz",
        record_index: 0,
        degraded: false,
    };
    bencher.counter(BytesCount::new(LOG.1.len())).bench_local(|| {
        let mut writer = TableWriter::new(tempfile::tempfile().unwrap(), path, &schema).unwrap();
        let mut rows = Rows::new(&schema, RECORDS.len());
        for record in RECORDS.iter() {
            parser.with_raw(record, |value, raw| records::row(&mut rows, &Record::read(value), &origin, raw, None)).unwrap();
        }
        let group = writer.encode(rows).unwrap();
        writer.write(&group).unwrap();
        writer.finish().unwrap();
    });
}

/// A whole scan of the log, from its file to the labels.
#[divan::bench]
fn scan(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.json.gz"), &LOG.0).unwrap();
    let disk = Disk::new(vec![folder.path().to_path_buf()], None);
    let pool = rootline::pool(1).unwrap();
    bencher.counter(BytesCount::new(LOG.1.len())).bench(|| {
        let scan = pool.install(|| rootline::scan(&[&disk], &Config::default(), &Silent)).unwrap();
        scan.activities.len()
    });
}
