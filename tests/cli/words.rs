//! Turns of phrase that have to be read twice: how often they still stand in the code. The numbers may only fall.

use std::fs;
use std::path::{Path, PathBuf};

/// A phrase, and how many lines have it.
const PHRASES: [(&str, usize); 9] = [
    ("In words.", 0),
    ("told apart", 0),
    ("could not be had", 0),
    ("had back", 0),
    ("come upon", 0),
    (" anew", 0),
    ("of which", 97),
    (" is no ", 43),
    (" are no ", 29),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests/cli/words.rs") {
            found.push(path);
        }
    }
}

#[test]
fn turns_of_phrase_that_have_to_be_read_twice_only_get_fewer() {
    let mut found = Vec::new();
    ["src", "tests", "benches"].iter().for_each(|folder| files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found));
    let texts: Vec<String> = found.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for (phrase, allowed) in PHRASES {
        let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| line.contains(phrase)).count();
        assert!(lines <= allowed, "`{phrase}` is in {lines} lines, {allowed} are allowed: write it in other words");
        assert!(lines == allowed, "`{phrase}` is in {lines} lines only: lower the number in this test from {allowed}");
    }
}
