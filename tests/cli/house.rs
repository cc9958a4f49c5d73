//! The code is as `docs/architecture.md` says: which room imports which, and where libraries are named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ALL: &str = "all";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rows of the table with these headings: cells without backticks and blanks around them.
fn table(headings: &[&str]) -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let cells = |line: &str| line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines = page.lines().skip_while(|line| cells(line) != headings);
    lines.next().unwrap_or_else(|| panic!("no table {headings:?}"));
    lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// The names in a cell.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split(',').map(|name| name.trim().trim_matches('`').to_owned()).filter(|name| !name.is_empty()).collect()
}

/// A source file by its path below `src`, without comments, its tests and what only they use.
fn code() -> Vec<(PathBuf, String)> {
    let files = walkdir::WalkDir::new(root().join("src")).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    let mut code = Vec::new();
    for entry in files {
        let path = entry.path().strip_prefix(root().join("src")).unwrap().to_path_buf();
        if path.iter().any(|part| part == "tests" || part == "tests.rs") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.push((path, lines.collect::<Vec<_>>().join("\n")));
    }
    code
}

/// The room of a file, or `None` for those that belong to all.
fn room(path: &Path) -> Option<String> {
    let mut parts = path.iter();
    let first = parts.next()?.to_str()?.to_owned();
    parts.next().is_some().then_some(first)
}

/// What stands after each `crate::`.
fn imported(text: &str) -> BTreeSet<String> {
    let names = text.split("crate::").skip(1).flat_map(|rest| match rest.strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap_or_default().split(',').map(str::trim).collect::<Vec<_>>(),
        None => vec![rest],
    });
    let word = |text: &str| text.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect::<String>();
    names.map(word).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_room_imports_what_the_page_says_and_nothing_else() {
    let rooms: BTreeMap<String, BTreeSet<String>> =
        table(&["room", "holds", "imports"]).into_iter().map(|row| (row[0].trim_matches('`').to_owned(), names(&row[2]))).collect();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in code() {
        let Some(room) = room(&path) else { continue };
        let allowed = rooms.get(&room).unwrap_or_else(|| panic!("`{room}` is not on the page"));
        for other in imported(&text).into_iter().filter(|other| *other != room && rooms.contains_key(other)) {
            assert!(allowed.contains(&other) || allowed.contains(ALL), "{} imports `{other}`", path.display());
            used.entry(room.clone()).or_default().insert(other);
        }
    }
    for (room, allowed) in rooms.iter().filter(|(_, allowed)| !allowed.contains(ALL)) {
        assert_eq!(used.get(room).cloned().unwrap_or_default(), *allowed, "what the page says that `{room}` imports");
    }
}

#[test]
fn no_room_imports_one_that_the_page_has_above_it() {
    let rows = table(&["room", "holds", "imports"]);
    let order: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    for (place, row) in rows.iter().enumerate() {
        let below: BTreeSet<&str> = order[place + 1..].iter().copied().collect();
        assert!(names(&row[2]).iter().all(|name| name == ALL || below.contains(name.as_str())), "{row:?}");
    }
}

#[test]
fn a_library_is_named_only_where_the_page_says() {
    for row in table(&["library", "where"]) {
        let places = names(&row[1]);
        for library in names(&row[0]) {
            let named = format!("{library}::");
            let mut count = 0;
            for (path, text) in code() {
                let is_named = text
                    .match_indices(&named)
                    .any(|(at, _)| !text[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_'));
                if is_named {
                    count += 1;
                    assert!(places.iter().any(|place| path.starts_with(place)), "{} names `{library}`", path.display());
                }
            }
            assert!(count > 0, "`{library}` is named nowhere");
        }
    }
}

/// Files that are one thing and longer than the rest, with the lines that they may have: this list only grows shorter.
const LONG: [(&str, usize); 2] = [("evidence/record/envelope.rs", 540), ("evidence/record/delimit/mod.rs", 540)];

#[test]
fn a_file_is_short_enough_to_be_held_in_the_head() {
    for entry in walkdir::WalkDir::new(root().join("src")).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(root().join("src")).unwrap();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let lines = fs::read_to_string(entry.path()).unwrap().lines().count();
            let most = LONG.iter().find(|(name, _)| Path::new(name) == path).map_or(500, |(_, most)| *most);
            assert!(lines <= most, "{} has {lines} lines", path.display());
        }
    }
}
