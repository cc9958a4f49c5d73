//! Time to detect: exports of alerts against the incidents of a case.

use crate::run::{Case, Run, folder, log, root_record, rootline, scan, testdata};
use rootline::table::Table;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A case and exports beside it.
struct Detection {
    case: Case,
}

impl Detection {
    fn of(evidence: impl AsRef<std::ffi::OsStr>) -> Self {
        Self { case: scan(evidence) }
    }

    /// One root call at 02:00 of the 14th of March in 111122223333.
    fn of_one_call() -> Self {
        let evidence = folder(&[("a.json", &log(&[root_record("one")]))]);
        Self::of(evidence.path())
    }

    /// `rootline detect` with an export.
    fn with(&self, export: &str, flags: &[&str]) -> Run {
        let path = self.case.folder.path().join("export");
        fs::write(&path, export).unwrap();
        self.run(&[&["--alerts", path.to_str().unwrap()], flags].concat())
    }

    fn run(&self, flags: &[&str]) -> Run {
        rootline([&["detect", self.case.path().to_str().unwrap()], flags].concat())
    }

    fn json(&self, export: &str, flags: &[&str]) -> (i32, Value) {
        let run = self.with(export, &[&["--format", "json"], flags].concat());
        (run.exit, serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr)))
    }

    /// The figures of all incidents, in the table.
    fn figure(&self, metric: &str) -> (Option<f64>, Option<f64>, Option<f64>) {
        let table = Table::read(&self.case.path().join("detection.parquet")).unwrap();
        let row = (0..table.len()).find(|row| table.text("scope", *row) == Some("total") && table.text("metric", *row) == Some(metric));
        let real = |column| table.cell(column, row.unwrap()).real();
        (real("value"), real("lower"), real("upper"))
    }
}

#[test]
fn without_alerts_it_reports_the_floor_that_delivery_sets_and_nothing_else() {
    let detection = Detection::of(testdata("takeover"));
    let run = detection.run(&[]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("without_alerts", run.stdout);
    let table = Table::read(&detection.case.path().join("detection.parquet")).unwrap();
    let metrics: std::collections::BTreeSet<_> =
        (0..table.len()).filter(|row| table.text("scope", *row) == Some("total")).filter_map(|row| table.text("metric", row)).collect();
    assert_eq!(metrics.len(), 5);
    let incidents = Table::read(&detection.case.path().join("incidents.parquet")).unwrap();
    assert!((0..3).all(|row| incidents.text("detection", row).is_none()));
}

#[test]
fn alerts_are_matched_and_told_for_people() {
    let detection = Detection::of(testdata("takeover"));
    let run = detection.with(
        "id,account,raised_at,acknowledged_at,resolved_at,acknowledged_by,title\n\
         A1,111122223333,2026-03-14T02:13:40Z,2026-03-14T02:31:00Z,2026-03-14T06:10:00Z,duty,root login\n\
         A2,444455556666,2026-03-13T10:04:00Z,,,,root login\n\
         A2,444455556666,2026-03-13T10:04:00Z,,,,root login\n\
         A3,444455556666,2026-03-20T10:04:00Z,,,,root login\n",
        &[],
    );
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("with_alerts", run.stdout);
    let incidents = Table::read(&detection.case.path().join("incidents.parquet")).unwrap();
    let told: Vec<_> =
        (0..3).map(|row| (incidents.text("detection", row).unwrap(), incidents.cell("time_to_detect_seconds", row).real())).collect();
    assert_eq!(told, [("acknowledged", Some(1451.0)), ("undetected", None), ("alerted", None)]);
    let alerts = Table::read(&detection.case.path().join("alerts.parquet")).unwrap();
    let told: Vec<_> = (0..3).map(|row| (alerts.text("alert_id", row).unwrap(), alerts.text("unmatched", row))).collect();
    assert_eq!(told, [("A1", None), ("A2", None), ("A3", Some("no_incident"))]);
}

/// 500 incidents three hours apart, of which four in five were taken up, after 60 s to two hours.
#[test]
fn a_study_of_500_incidents_gives_the_true_quantiles_and_the_estimates_of_lifelines() {
    let start = |number: usize| 1_767_225_600_000_000 + number as i64 * 3 * 3_600_000_000;
    let time = |micros: i64| rootline::record::format_time(micros);
    let (mut records, mut csv, mut taken) = (Vec::new(), "id,account,raised_at,acknowledged_at\n".to_owned(), Vec::new());
    for number in 0..500 {
        let account = format!("{:012}", 100_000_000_000_u64 + number as u64 % 100);
        records.push(
            root_record(&format!("e{number}")).replace("2026-03-14T02:00:00Z", &time(start(number))).replace("111122223333", &account),
        );
        if number % 5 != 3 {
            let after = 60 + number as i64 * 7919 % 7001;
            taken.push(after as f64);
            csv += &format!("A{number},{account},{},{}\n", time(start(number) + 60_000_000), time(start(number) + after * 1_000_000));
        }
    }
    let evidence = folder(&[("a.json", &log(&records))]);
    let detection = Detection::of(evidence.path());
    assert_eq!(detection.with(&csv, &["-q"]).exit, 0);
    taken.sort_by(f64::total_cmp);
    assert_eq!(taken.len(), 400);
    let (share, lower, upper) = detection.figure("share_detected");
    assert!(share == Some(0.8) && lower.unwrap() < 0.8 && upper.unwrap() > 0.8);
    // Place p * 399 of the true times, as numpy 2.4.6 says too: 3566, 6356, 6688.5, 7051.
    for (metric, place, expected) in [
        ("time_to_detect_median", 199.5, 3566.0),
        ("time_to_detect_p90", 359.1, 6356.0),
        ("time_to_detect_p95", 379.05, 6688.5),
        ("time_to_detect_max", 399.0, 7051.0),
    ] {
        let (low, part) = (taken[place as usize], f64::fract(place));
        let true_value = low + (taken[(place as usize + 1).min(399)] - low) * part;
        let (value, ..) = detection.figure(metric);
        assert!((value.unwrap() - true_value).abs() < 1e-6 && (true_value - expected).abs() < 0.5, "{metric}: {value:?} {true_value}");
    }
    // lifelines 0.30.3: KaplanMeierFitter().fit(D, E) with D the times, or for the others the time from their start to the last acknowledgement
    // of all (5392277 s after the first start), and E whether taken up: median 4408, median_survival_times of the interval 4035 and 4822.
    assert_eq!(detection.figure("time_to_detect_survival_median"), (Some(4408.0), Some(4035.0), Some(4822.0)));
}

#[test]
fn times_without_a_zone_need_one() {
    let detection = Detection::of_one_call();
    let csv = "account,raised_at,acknowledged_at\n111122223333,2026-03-14 03:05:00,2026-03-14 03:10:00\n";
    let run = detection.with(csv, &[]);
    assert_eq!(run.exit, 2);
    assert!(
        run.stderr.contains("without a zone") && run.stderr.contains("hint: ") && run.stderr.contains("--alert-timezone"),
        "{}",
        run.stderr
    );
    let (exit, said) = detection.json(csv, &["--alert-timezone", "Europe/Madrid"]);
    assert_eq!((exit, &said["incidents"][0]["time_to_detect_seconds"]), (0, &600.0.into()));
    assert_eq!(detection.with(csv, &["--alert-timezone", "Nowhere"]).exit, 2);
}

#[test]
fn an_alert_may_be_a_little_before_its_event_and_no_more() {
    let detection = Detection::of_one_call();
    let told = |time: &str, flags: &[&str]| {
        let (_, said) = detection.json(&format!("account,raised_at\n111122223333,{time}\n"), flags);
        (said["incidents"][0]["outcome"].clone(), said["incidents"][0]["flags"].clone())
    };
    assert_eq!(told("2026-03-14T01:59:00Z", &[]), ("alerted".into(), serde_json::json!(["clock_skew"])));
    assert_eq!(told("2026-03-14T01:57:00Z", &[]), ("undetected".into(), serde_json::json!([])));
    assert_eq!(told("2026-03-14T01:57:00Z", &["--skew", "5m"]).0, "alerted");
}

/// An alarm's history: in ALARM from the first time to the second.
fn history(from: &str, to: &str) -> String {
    let item = |time: &str, old: &str, new: &str| {
        serde_json::json!({"AlarmName": "root-usage", "AlarmType": "MetricAlarm", "Timestamp": time, "HistoryItemType": "StateUpdate",
            "HistorySummary": format!("Alarm updated from {old} to {new}"),
            "HistoryData": serde_json::json!({"version": "1.0", "oldState": {"stateValue": old}, "newState": {"stateValue": new}}).to_string()})
    };
    serde_json::json!({"AlarmHistoryItems": [item(to, "ALARM", "OK"), item(from, "OK", "ALARM")]}).to_string()
}

#[test]
fn an_alarm_that_was_already_firing_is_no_detection_and_says_why() {
    let detection = Detection::of_one_call();
    let told = |export: &str| {
        let (_, said) = detection.json(export, &[]);
        (
            said["incidents"][0]["outcome"].clone(),
            said["incidents"][0]["flags"].clone(),
            said["incidents"][0]["time_to_alert_seconds"].clone(),
        )
    };
    let firing = told(&history("2026-03-14T01:00:00.000+0000", "2026-03-14T03:00:00.000+0000"));
    assert_eq!(firing, ("undetected".into(), serde_json::json!(["already_firing"]), Value::Null));
    let rang = told(&history("2026-03-14T02:06:00.000+0000", "2026-03-14T03:00:00.000+0000"));
    assert_eq!(rang, ("alerted".into(), serde_json::json!([]), 360.0.into()));
}

#[test]
fn the_same_export_twice_is_one() {
    let detection = Detection::of_one_call();
    let path = detection.case.folder.path().join("export");
    fs::write(&path, history("2026-03-14T02:06:00Z", "2026-03-14T03:00:00Z")).unwrap();
    let path = path.to_str().unwrap();
    let run = detection.run(&["--alerts", path, path, "--format", "json"]);
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((said["alerts"].as_u64(), said["copies"].as_u64(), said["incidents"][0]["alerts"].as_u64()), (Some(1), Some(1), Some(1)));
}

#[test]
fn an_export_that_is_not_whole_is_used_as_far_as_it_goes_and_said() {
    let detection = Detection::of_one_call();
    let whole = "{\"id\":\"A\",\"account\":\"111122223333\",\"raised_at\":\"2026-03-14T02:05:00Z\"}\n";
    let (exit, said) = detection.json(&format!("{whole}{}", &whole[..40]), &[]);
    assert_eq!((exit, said["incidents"][0]["outcome"].as_str()), (3, Some("alerted")));
    assert!(said["imports"][0]["truncated"].is_string());
    let paged = history("2026-03-14T02:06:00Z", "2026-03-14T03:00:00Z").replacen('{', "{\"NextToken\":\"more\",", 1);
    assert_eq!(detection.json(&paged, &[]).0, 3);
}

#[test]
fn what_is_no_export_of_alerts_is_refused_with_what_would_be() {
    let detection = Detection::of_one_call();
    for (text, says) in [("<html></html>", "the format is not known"), ("", "the file is empty")] {
        let run = detection.with(text, &[]);
        assert_eq!(run.exit, 2, "{text}");
        assert!(run.stderr.contains(says) && run.stderr.contains("hint: "), "{}", run.stderr);
    }
    // Nothing was written.
    assert!(!detection.case.path().join("detection.parquet").exists());
}

#[test]
fn other_columns_are_mapped_and_words_chosen() {
    let detection = Detection::of_one_call();
    let csv = "Ticket,Cuenta,Opened at\nT1,111122223333,2026-03-14T02:05:00Z\n";
    let map = ["--map", "id=Ticket", "--map", "account=Cuenta", "--map", "raised_at=Opened at"];
    assert_eq!(detection.json(csv, &map).1["incidents"][0]["outcome"], "alerted");
    assert_eq!(detection.with(csv, &["--map", "colour=Ticket"]).exit, 2);
    let opsgenie = |message: &str| {
        format!(
            r#"{{"data":[{{"id":"o1","tinyId":"1","message":"{message}","status":"open","acknowledged":false,"createdAt":"2026-03-14T02:05:00Z","updatedAt":"2026-03-14T02:05:00Z","source":"x","priority":"P1"}}]}}"#
        )
    };
    let outcome =
        |message: &str, flags: &[&str]| detection.json(&opsgenie(message), flags).1["incidents"][0]["outcome"].as_str().unwrap().to_owned();
    assert_eq!(outcome("Root sign-in", &[]), "alerted");
    assert_eq!(outcome("Disk full", &[]), "undetected");
    assert_eq!(outcome("Wurzelkonto", &["--about", "wurzelkonto"]), "alerted");
    assert_eq!(outcome("Disk full", &["--any-alert"]), "alerted");
}

#[test]
fn every_fixture_of_every_vendor_is_read() {
    let detection = Detection::of(testdata("takeover"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/review/detect/alerts/fixtures");
    let mut vendors = std::collections::BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let run = detection.run(&["--alerts", path.to_str().unwrap(), "--alert-timezone", "UTC", "--format", "json"]);
        let said: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}: {}", path.display(), run.stderr));
        vendors.extend(said["imports"][0]["formats"].as_array().unwrap().iter().map(|vendor| vendor.as_str().unwrap().to_owned()));
    }
    assert!(vendors.len() >= 8, "{vendors:?}");
}

#[test]
fn the_windows_of_the_review_stay_with_it() {
    let detection = Detection::of_one_call();
    let windows = detection.case.folder.path().join("windows.csv");
    fs::write(&windows, "accounts,start,end,ticket\n111122223333,2026-03-14T01:00:00Z,2026-03-14T03:00:00Z,CHG-1\n").unwrap();
    assert_eq!(rootline(["incidents", detection.case.path().to_str().unwrap(), "-q", "--break-glass", windows.to_str().unwrap()]).exit, 0);
    assert_eq!(detection.run(&["-q"]).exit, 0);
    let incidents = Table::read(&detection.case.path().join("incidents.parquet")).unwrap();
    assert_eq!((incidents.text("break_glass", 0), incidents.text("tickets", 0)), (Some("approved"), Some(r#"["CHG-1"]"#)));
}

#[test]
fn an_undecided_incident_is_said_at_every_place_and_is_exit_3() {
    let other = root_record("two").replace("111122223333", "444455556666").replace("02:00:00Z", "02:30:00Z");
    let evidence = folder(&[("a.json", &log(&[root_record("one"), other]))]);
    let detection = Detection::of(evidence.path());
    let message = |text: &str| {
        serde_json::json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:999999999999:security",
            "Timestamp": "2026-03-14T02:33:00.000Z", "Subject": "root usage", "Message": text})
        .to_string()
    };
    let run = detection.with(&message("Threshold crossed"), &[]);
    assert_eq!((run.exit, run.stderr.as_str()), (3, ""));
    assert!(
        run.stdout.contains("0 alerted and not acknowledged, 2 undecided (an alert fits other incidents as well), 0 undetected"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains(" tied: an alert fits other incidents as well"), "{}", run.stdout);
    let incidents = Table::read(&detection.case.path().join("incidents.parquet")).unwrap();
    assert!((0..2).all(|row| incidents.text("detection", row) == Some("undecided")));
    // A study of the case says so too.
    let study = rootline(["study", detection.case.path().to_str().unwrap()]);
    assert!(study.stdout.contains("undecided for 2 incidents") && study.exit == 3, "{}", study.stdout);
    assert_eq!(detection.with(&message("Threshold crossed"), &["--alert-account", "444455556666"]).exit, 0);
    let (exit, said) = detection.json(&message("root of 111122223333"), &[]);
    assert_eq!((exit, &said["incidents"][0]["outcome"], &said["incidents"][1]["outcome"]), (0, &"alerted".into(), &"undetected".into()));
}

#[test]
fn an_alert_without_a_word_of_root_is_named_beside_the_incident_that_it_may_be_about() {
    let detection = Detection::of_one_call();
    let run = detection.with("raised_at,title,account\n2026-03-14T02:05:00Z,CloudWatch.1,111122223333\n", &["--map", "kind=none"]);
    let said = "1 alert not matched by its words may be about an incident called undetected; see below";
    assert!(run.stdout.contains(said) && run.stdout.contains("--about"), "{}", run.stdout);
}

#[test]
fn a_central_alarm_that_was_in_alarm_already_is_named_and_what_machines_did_stands_in_brackets() {
    let detection = Detection::of_one_call();
    let state = |time: &str, summary: &str| {
        serde_json::json!({"AlarmName": "root-usage", "HistoryItemType": "StateUpdate", "Timestamp": time, "HistorySummary": summary,
            "HistoryData": "{}", "AlarmType": "MetricAlarm"})
    };
    let history = serde_json::json!({"AlarmHistoryItems": [state("2026-03-13T00:00:00Z", "Alarm updated from OK to ALARM")]}).to_string();
    let run = detection.with(&history, &["--organisation"]);
    assert!(run.stdout.contains("already_firing"), "{}", run.stdout);
    let csv = "account,raised_at,acknowledged_at,acknowledged_by,acknowledged_by_kind,resolved_at,resolved_by\n\
        111122223333,2026-03-14T02:05:00Z,2026-03-14T02:06:00Z,CloudWatch,integration,2026-03-14T03:00:00Z,SOC bot\n";
    let run = detection.with(csv, &[]);
    assert!(run.stdout.contains("(+6m)") && run.stdout.contains("(CloudWatch)") && run.stdout.contains("(+55m)"), "{}", run.stdout);
    assert!(run.stdout.contains("1 alerted and not acknowledged"), "{}", run.stdout);
    let incidents = Table::read(&detection.case.path().join("incidents.parquet")).unwrap();
    let of = |column| incidents.text(column, 0).unwrap_or_default().to_owned();
    assert_eq!(
        (of("acknowledged_beside_kind"), of("acknowledged_beside_by"), of("resolved_beside_kind")),
        ("integration".into(), "CloudWatch".into(), "unknown".into())
    );
    let alerts = Table::read(&detection.case.path().join("alerts.parquet")).unwrap();
    assert_eq!((alerts.text("acknowledged_by_kind", 0), alerts.text("resolved_by_kind", 0)), (Some("integration"), Some("unknown")));
}
