//! What stands in `examples` runs, and gives what the commands give.

use crate::run::{rootline, scan, testdata};
use rootline::table::Table;

#[allow(dead_code, reason = "its arguments are given here")]
#[path = "../../examples/convert.rs"]
mod convert;
#[allow(dead_code, reason = "its arguments are given here")]
#[path = "../../examples/scan.rs"]
mod counts;
#[allow(dead_code, reason = "its arguments are given here")]
#[path = "../../examples/timeline.rs"]
mod timeline;
#[allow(dead_code, reason = "its arguments are given here")]
#[path = "../../examples/verdict.rs"]
mod verdict;

#[test]
fn evidence_is_counted_by_class() {
    let counted = counts::counts(vec![testdata("takeover")]).unwrap();
    let case = scan(testdata("takeover"));
    assert_eq!(counted.iter().map(|(_, count)| *count as u64).sum::<u64>(), case.count("root.activities"));
}

#[test]
fn the_timeline_as_a_data_frame_is_the_table_of_the_case() {
    let case = scan(testdata("takeover"));
    let (frame, table) = (timeline::timeline(&case.path()).unwrap(), case.timeline());
    assert_eq!(
        (frame.height(), frame.get_column_names().iter().map(|name| name.as_str()).collect::<Vec<_>>()),
        (table.len(), table.names())
    );
    assert_eq!(frame.column("event_id").unwrap().str().unwrap().get(7), table.text("event_id", 7));
}

#[test]
fn a_conversion_by_the_library_has_the_rows_of_one_by_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let written = convert::convert(&folder.path().join("library")).unwrap();
    let out = folder.path().join("command");
    assert_eq!(rootline(["convert".as_ref(), testdata("takeover").as_os_str(), "--out".as_ref(), out.as_os_str()]).exit, 0);
    let tables = |folder: &std::path::Path| {
        let files =
            walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        files.map(|entry| Table::read(entry.path()).unwrap().len()).collect::<Vec<_>>()
    };
    let rows = tables(&out.join("records"));
    assert_eq!((tables(&folder.path().join("library")), written.rows), (rows.clone(), rows.iter().sum::<usize>() as u64));
}

#[test]
fn the_verdict_by_the_library_is_that_of_the_command() {
    let (from, to) = ("2026-03-13T00:00:00Z", "2026-03-15T00:00:00Z");
    for evidence in ["takeover", "classes"] {
        let evidence = testdata(evidence);
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("case");
        let flags = ["--from", from, "--to", to, "--format", "json", "--case"];
        let run =
            rootline(["audit".as_ref(), evidence.as_os_str()].into_iter().chain(flags.iter().map(AsRef::as_ref)).chain([case.as_os_str()]));
        let attested: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
        let said: Vec<_> =
            attested["accounts"].as_array().unwrap().iter().map(|one| (one["account"].clone(), one["verdict"].clone())).collect();
        let found = verdict::verdicts(&evidence.to_string_lossy(), from, to).unwrap();
        let found: Vec<_> = found.iter().map(|one| (one.account.clone().into(), one.verdict.name().into())).collect();
        assert_eq!((found.is_empty(), found), (false, said));
    }
}
