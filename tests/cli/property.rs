//! What must hold for any evidence.

use crate::run::{gzip, log, role_record, root_record, testdata};
use proptest::prelude::*;
use rootline::internals::{manifest, timeline};
use rootline::source::Disk;
use rootline::{Config, Scan, Silent};
use std::fs;
use std::path::{Path, PathBuf};

fn scan(roots: &[PathBuf], config: &Config, threads: usize) -> Scan {
    let disk = Disk::new(roots.to_vec(), None);
    rootline::pool(threads).unwrap().install(|| rootline::scan(&[&disk], config, &Silent)).unwrap()
}

/// The tables of a scan as bytes.
fn tables(scan: &Scan) -> [Vec<u8>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| (fs::File::create(folder.path().join(name)).unwrap(), folder.path().join(name));
    let (one, path) = file("timeline");
    timeline::write(&scan.activities, &scan.texts, |object| &scan.manifest[object as usize].uri, one, &path).unwrap();
    let (other, path) = file("manifest");
    manifest::write(&scan.manifest, other, &path).unwrap();
    ["timeline", "manifest"].map(|name| fs::read(folder.path().join(name)).unwrap())
}

fn one_file(bytes: &[u8]) -> (tempfile::TempDir, Scan) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("evidence"), bytes).unwrap();
    let scan = scan(&[folder.path().to_path_buf()], &Config::default(), 1);
    (folder, scan)
}

/// How many bytes another reader gets out of a gzip member that may be cut.
fn inflated(stored: &[u8]) -> usize {
    let mut decoder = flate2::read::GzDecoder::new(stored);
    let (mut bytes, mut length) = ([0; 64], 0);
    while let Ok(more @ 1..) = std::io::Read::read(&mut decoder, &mut bytes) {
        length += more;
    }
    length
}

#[test]
fn any_number_of_threads_and_any_order_give_the_same_bytes() {
    let config = Config::default();
    let parts = ["takeover", "forms", "classes", "damage"].map(testdata);
    let reference = tables(&scan(&parts, &config, 1));
    for threads in [2, 3, 8] {
        assert!(tables(&scan(&parts, &config, threads)) == reference, "{threads} threads");
    }
    let mut turned = parts.to_vec();
    turned.reverse();
    assert!(tables(&scan(&turned, &config, 2)) == reference, "turned round");
}

#[test]
fn one_wrong_byte_of_structure_loses_nothing_in_silence() {
    let records: Vec<String> = (0..4).map(|index| root_record(&index.to_string())).collect();
    let folder = tempfile::tempdir().unwrap();
    let roots = [folder.path().to_path_buf()];
    let pool = rootline::pool(1).unwrap();
    for text in [log(&records), records.join("\n").into_bytes(), format!("[{}]", records.join(",")).into_bytes()] {
        // Brackets, quotes, commas and colons, and the letters of the envelope's key.
        for at in (0..text.len()).filter(|at| b"{}[]\",:".contains(&text[*at]) || *at < 12) {
            for byte in [b' ', b'x', b'}', 0] {
                let mut text = text.clone();
                text[at] = byte;
                fs::write(folder.path().join("evidence"), &text).unwrap();
                let disk = Disk::new(roots.to_vec(), None);
                let scan = pool.install(|| rootline::scan(&[&disk], &Config::default(), &Silent)).unwrap();
                let (found, row) = (scan.activities.len(), &scan.manifest[0]);
                let what = || format!("{byte:?} at {at} of {}...: {found} activities, {row:?}", String::from_utf8_lossy(&text[..30]));
                assert!(found == 4 || row.status.is_loss(), "{}", what());
                assert!(found >= 2, "{}", what());
            }
        }
    }
}

#[test]
fn the_pre_filter_finds_what_the_full_parse_finds() {
    for part in ["takeover", "forms", "classes", "damage"] {
        let both = [false, true].map(|full_parse| tables(&scan(&[testdata(part)], &Config { full_parse, ..Config::default() }, 2)));
        assert!(both[0] == both[1], "{part}");
    }
}

/// A log of several of the pieces that text is inflated in.
fn long_log() -> Vec<u8> {
    let record = |index: usize| {
        let id = format!("{:016x}", (index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        if index.is_multiple_of(40) { root_record(&id) } else { role_record(&id) }
    };
    let records: Vec<String> = (0..900).map(record).collect();
    log(&records)
}

/// What stored bytes give when their text is read while it is inflated, and what they give when it is all inflated first, as whoever looks at
/// integrity needs it.
fn in_pieces_and_at_once(stored: &[u8]) -> [[Vec<u8>; 2]; 2] {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("evidence"), stored).unwrap();
    let roots = [folder.path().to_path_buf()];
    [false, true].map(|integrity| tables(&scan(&roots, &Config { integrity, ..Config::default() }, 1)))
}

#[test]
fn a_log_read_while_it_is_inflated_is_what_it_is_when_inflated_first() {
    let text = long_log();
    let stored = gzip(&text);
    let length = stored.len();
    assert!(text.len() > 500_000, "{}", text.len());
    let changed = |at: usize| {
        let mut stored = stored.clone();
        stored[at] ^= 0x10;
        stored
    };
    let middle = text.len() / 2;
    let broken = |with: &[u8]| gzip(&[&text[..middle], with, &text[middle..]].concat());
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.iter().flat_map(|byte| [*byte, 0])).collect();
    for (what, stored) in [
        ("whole", stored.clone()),
        ("wrong checksum", changed(length - 6)),
        ("wrong length", changed(length - 2)),
        ("wrong data", changed(length / 2)),
        ("cut", stored[..length / 2].to_vec()),
        ("trailer cut", stored[..length - 3].to_vec()),
        ("bytes behind it", [&stored[..], b"more"].concat()),
        ("a second member", [&stored[..], &gzip(&text)].concat()),
        ("lines, two members", [gzip(&lines(&text)), gzip(&lines(&text))].concat()),
        ("lines", gzip(&lines(&text))),
        ("a quote too many", broken(b"\"")),
        ("a bracket too many", broken(b"}")),
        ("a control character", broken(b"\x01")),
        ("text cut", gzip(&text[..middle])),
        ("text twice", gzip(&[&text[..], &text].concat())),
        ("UTF-16", gzip(&utf16)),
        ("no log", gzip(&b"nothing of the kind ".repeat(20_000))),
    ] {
        let [pieces, once] = in_pieces_and_at_once(&stored);
        assert!(pieces == once, "{what}");
    }
    let (_folder, scan) = one_file(&stored);
    assert_eq!((scan.manifest[0].records, scan.activities.len()), (900, 23));
}

/// The records of a log, one a line.
fn lines(log: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(log).unwrap();
    let inner = text.strip_prefix("{\"Records\":[").and_then(|text| text.strip_suffix("]}")).unwrap();
    inner.replace("},{\"eventVersion", "}\n{\"eventVersion").into_bytes()
}

/// The letters of a word, each plain or as an escape.
fn escaped(word: &'static str) -> impl Strategy<Value = String> {
    proptest::collection::vec((any::<bool>(), any::<bool>()), word.len()).prop_map(move |choices| {
        let letters = word.chars().zip(choices).map(|(letter, (escape, upper))| match (escape, upper) {
            (false, _) => letter.to_string(),
            (true, false) => format!("\\u{:04x}", letter as u32),
            (true, true) => format!("\\u{:04X}", letter as u32),
        });
        letters.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_spelling_hides_root(kind in escaped("Root"), key in escaped("type"), identity in escaped("userIdentity"), time in escaped("eventTime")) {
        let record = root_record("1")
            .replace("\"Root\"", &format!("\"{kind}\""))
            .replace("\"type\"", &format!("\"{key}\""))
            .replace("\"userIdentity\"", &format!("\"{identity}\""))
            .replace("\"eventTime\"", &format!("\"{time}\""));
        let (_folder, scan) = one_file(&log(&[role_record("2"), record, role_record("3")]));
        prop_assert_eq!(scan.activities.len(), 1);
        prop_assert_eq!(scan.manifest[0].records, 3);
        prop_assert_eq!(scan.manifest[0].no_event_time, 0);
        prop_assert!(scan.manifest[0].first_event_time.is_some());
    }

    #[test]
    fn damage_is_the_same_in_pieces_and_at_once(hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), in_text in any::<bool>()) {
        let mut text = long_log();
        let hit = |bytes: &mut [u8]| hits.iter().for_each(|(at, byte)| bytes[at.index(bytes.len())] = *byte);
        if in_text {
            hit(&mut text);
        }
        let mut stored = gzip(&text);
        if !in_text {
            hit(&mut stored);
        }
        let [pieces, once] = in_pieces_and_at_once(&stored);
        prop_assert!(pieces == once);
    }

    #[test]
    fn no_bytes_make_it_panic_or_lose_count(bytes in proptest::collection::vec(any::<u8>(), 0..2000), as_gzip in any::<bool>()) {
        let stored = if as_gzip { gzip(&bytes) } else { bytes };
        let (_folder, scan) = one_file(&stored);
        prop_assert_eq!(scan.manifest.len(), 1);
        let row = &scan.manifest[0];
        prop_assert_eq!(row.records, row.labelled + row.passed_over + row.damaged);
        prop_assert_eq!(scan.activities.len() as u64 + row.duplicates, row.labelled);
    }

    #[test]
    fn a_cut_log_gives_the_records_before_the_cut(share in 0.0f64..1.0, as_gzip in any::<bool>()) {
        let records: Vec<String> = (0..20).map(|index| root_record(&index.to_string())).collect();
        let text = log(&records);
        let stored = if as_gzip { gzip(&text) } else { text.clone() };
        let cut = (stored.len() as f64 * share) as usize;
        let (_folder, scan) = one_file(&stored[..cut]);
        let row = &scan.manifest[0];
        let whole_in = |length: usize| (0..=20).rev().find(|count| log(&records[..*count]).len() - 2 <= length).unwrap_or(0);
        // Of gzip so much as another reader gets out of what is left.
        let left = if as_gzip { inflated(&stored[..cut]) } else { cut };
        let whole = whole_in(left);
        // Of the last bits the one may make a symbol more than the other.
        prop_assert!(scan.activities.len().abs_diff(whole) <= usize::from(as_gzip), "{} of {whole}", scan.activities.len());
        // The last bytes may be white space to a reader of JSON, but never to the one who counts. Of less than a beginning nobody knows what it was.
        prop_assert!(row.status.is_loss() || row.records == 20 || left < 16, "{row:?}");
    }

    #[test]
    fn damaged_bytes_are_survived_and_accounted_for(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        layout in 0..4usize,
    ) {
        let records: Vec<String> = (0..12).map(|index| root_record(&index.to_string())).collect();
        let mut text = match layout {
            0 => log(&records),
            1 => records.join("\n").into_bytes(),
            2 => format!("[{}]", records.join(",")).into_bytes(),
            _ => fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/forms/lookup-events.json")).unwrap(),
        };
        let (_folder, sound) = one_file(&text);
        let all = sound.activities.len();
        prop_assert!(layout == 3 || all == 12);
        let before = text.clone();
        let hurt = hits.len();
        for (index, byte) in hits {
            let at = index.index(text.len());
            text[at] = byte;
        }
        let (_folder, scan) = one_file(&text);
        let row = &scan.manifest[0];
        prop_assert_eq!(row.records, row.labelled + row.passed_over + row.damaged);
        prop_assert_eq!(scan.activities.len() as u64 + row.duplicates, row.labelled);
        // A byte costs the record that it is in, and where it stands between two, both; what is lost is said.
        let kept = scan.activities.len() + usize::try_from(row.passed_over + row.duplicates).unwrap();
        prop_assert!(kept + 2 * hurt >= all || row.status.is_loss(), "{kept} of {all} after {hurt} hits: {row:?}");
        prop_assert!(text != before || kept == all);
    }

    #[test]
    fn json_of_other_programs_is_no_log(value in json()) {
        let (_folder, scan) = one_file(value.to_string().as_bytes());
        prop_assert!(scan.activities.is_empty());
        prop_assert!(!scan.manifest[0].status.is_loss(), "{:?}", scan.manifest[0]);
    }
}

/// Any JSON value that is an object or an array.
fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Z \\\\\"{}\\[\\]]{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof!["[a-z]{1,8}", Just("detail".to_owned()), Just("message".to_owned()), Just("Records".to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    value.prop_filter("an object or an array", |value| value.is_object() || value.is_array())
}
