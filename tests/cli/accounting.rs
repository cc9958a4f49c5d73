//! Records in = labelled + passed over + damaged, on every object of every run.

use crate::run::{scan, testdata};
use rootline::table::Cell;

#[test]
fn the_sums_hold_over_all_test_data() {
    let case = scan(testdata(""));
    let manifest = case.manifest();
    let mut sums = [0; 4];
    for row in 0..manifest.len() {
        let counts = ["records", "labelled", "passed_over", "damaged"].map(|column| match manifest.cell(column, row) {
            Cell::Number(number) => number,
            other => panic!("{column} is {other:?}"),
        });
        assert_eq!(counts[0], counts[1] + counts[2] + counts[3], "{:?}", manifest.text("uri", row));
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let summary = ["records.read", "records.labelled", "records.passed_over", "records.damaged"].map(|path| case.count(path));
    assert_eq!(sums, summary);
    assert_eq!(case.count("root.activities") + case.count("records.duplicates"), sums[1]);
    assert_eq!(case.timeline().len() as u64, case.count("root.activities"));
}
