//! A study over cases: what is counted, out of what, and where it goes.

use crate::run::{Run, command, folder, log, role_record, root_record, rootline, scan, scan_with, testdata};
use base64ct::{Base64, Encoding as _};
use rootline::table::Table;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const ACCOUNTS: usize = 1143;

fn account(place: usize) -> String {
    format!("11112222{place:04}")
}

/// Logs of an account: one at each end of the four months, and one with its uses of root.
fn logs(place: usize, uses: &[String]) -> Vec<(String, Vec<u8>)> {
    let account = account(place);
    let named = |day: &str, clock: &str| {
        let (year, month, date) = (&day[..4], &day[4..6], &day[6..]);
        format!(
            "AWSLogs/{account}/CloudTrail/us-east-1/{year}/{month}/{date}/{account}_CloudTrail_us-east-1_{day}T{clock}Z_AAAAAAAAAAAAAAAA.json"
        )
    };
    let quiet = |time: &str| {
        let record = role_record(&format!("{account}-{time}")).replace("2026-03-14T02:00:00Z", time).replace("111122223333", &account);
        log(&[record])
    };
    let mut logs =
        vec![(named("20260701", "0005"), quiet("2026-07-01T00:01:00Z")), (named("20261031", "2305"), quiet("2026-10-31T23:01:00Z"))];
    let record = |number: usize, time: &String| {
        root_record(&format!("{account}-{number}"))
            .replace("2026-03-14T02:00:00Z", time)
            .replace("111122223333", &account)
            .replace("AKIAIOS", "ASIAIOS")
    };
    let records: Vec<String> = uses.iter().enumerate().map(|(number, time)| record(number, time)).collect();
    if !records.is_empty() {
        logs.push((named("20261031", "2310"), log(&records)));
    }
    logs
}

/// A credential report as the API answers it, made at the end of October.
fn report(place: usize) -> String {
    let (key, mfa) = ((100..149).contains(&place), !(200..311).contains(&place));
    let csv = format!(
        "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active\n\
         <root_account>,arn:aws:iam::{}:root,2018-01-01T00:00:00Z,not_supported,no_information,{mfa},{key},{},N/A,false\n",
        account(place),
        if key { "2021-06-01T00:00:00Z" } else { "N/A" }
    );
    json!({"Content": Base64::encode_string(csv.as_bytes()), "ReportFormat": "text/csv", "GeneratedTime": "2026-11-01T00:00:00+00:00"})
        .to_string()
}

fn devices(place: usize) -> String {
    let account = account(place);
    let device = |name: &str, user: &str| json!({"SerialNumber": format!("arn:aws:iam::{account}:mfa/{name}"), "User": {"Arn": format!("arn:aws:iam::{account}:{user}")}, "EnableDate": "2020-01-01T00:00:00Z"});
    let mut all = vec![device("ann", "user/ann")];
    all.extend((400..494).contains(&place).then(|| device("phone", "root")));
    json!({"VirtualMFADevices": all}).to_string()
}

/// A figure of all accounts.
fn figure<'v>(said: &'v Value, metric: &str, kind: &str, period: Option<&str>) -> &'v Value {
    let fits = |figure: &&Value| figure["metric"] == metric && figure["denominator_kind"] == kind && figure["period"].as_str() == period;
    said["figures"].as_array().unwrap().iter().find(fits).unwrap_or_else(|| panic!("no {metric} {kind} {period:?}"))
}

/// What a study of 1,143 accounts published: 35 used in seven days, 49 with access keys, 111 without MFA, 94 without hardware MFA; 15 % used in four months.
#[test]
fn the_published_figures_come_out_of_logs_and_credential_reports() {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for place in 0..ACCOUNTS {
        let uses: Vec<String> = match place {
            0..35 => vec!["2026-08-20T10:00:00Z".to_owned(), format!("2026-10-{:02}T10:00:00Z", 26 + place % 5)],
            35..171 => vec![format!("2026-{:02}-15T10:00:00Z", 7 + place % 4)],
            _ => Vec::new(),
        };
        files.extend(logs(place, &uses));
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let evidence = folder(&files);
    let case = scan(evidence.path());
    assert_eq!(case.run.exit, 0, "{}", case.run.stderr);
    let file = |name: &str, text: String| {
        let path = case.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let join = |text: fn(usize) -> String| (0..ACCOUNTS).map(text).collect::<Vec<_>>().join("\n");
    let listed = (0..ACCOUNTS).map(|place| json!({"Id": account(place), "Status": "ACTIVE"})).collect::<Vec<_>>();
    let accounts = file("accounts.json", json!({"Accounts": listed}).to_string());
    let (reports, devices) = (file("reports.json", join(report)), file("devices.json", join(devices)));
    let study = |flags: &[&str]| {
        let case = case.path();
        let fixed = [
            "study",
            case.to_str().unwrap(),
            "--from",
            "2026-07-01",
            "--to",
            "2026-10-31",
            "--accounts",
            &accounts,
            "--state",
            &reports,
            &devices,
            // Lists of devices have no date of their own, and that of a file says when it was copied.
            "--state-date",
            "2026-11-01",
        ];
        rootline([&fixed[..], flags].concat())
    };
    let run = study(&["--table", "practices", "--format", "json"]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    let rows: Vec<(u64, u64)> = said["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|figure| (figure["numerator"].as_u64().unwrap(), figure["denominator"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [(35, 1143), (49, 1143), (111, 1143), (94, 1143)], "{}", run.stdout);
    let folder = case.folder.path();
    let (table, plots) = (folder.join("study.parquet"), folder.join("plots"));
    let run = study(&["--format", "json", "--out", table.to_str().unwrap(), "--plots", plots.to_str().unwrap()]);
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(["accounts_listed", "accounts_covered", "accounts_seen"].map(|name| said[name].as_u64().unwrap()), [1143; 3]);
    let whole = said["figures"]
        .as_array()
        .unwrap()
        .iter()
        .rfind(|figure| figure["metric"] == "used_since_start" && figure["denominator_kind"] == "accounts_listed");
    assert_eq!((&whole.unwrap()["numerator"], &whole.unwrap()["denominator"]), (&171.into(), &1143.into()));
    assert_eq!(figure(&said, "used_last_7_days", "accounts_covered", None)["numerator"], 35);
    assert!(Table::read(&table).unwrap().len() > 10_000);
    for plot in ["rolling.svg", "monthly.svg", "accounts.svg", "idle.svg"] {
        let text = fs::read_to_string(plots.join(plot)).unwrap();
        assert!(roxmltree::Document::parse(&text).is_ok() && text.contains("<svg") && !text.contains("<script"), "{plot}");
    }
}

#[test]
fn a_small_study_is_told_for_people_and_for_programs() {
    let case = scan(testdata("takeover"));
    let path = case.path();
    let run = rootline(["study", path.to_str().unwrap(), "--period", "7d"]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("2 covered by logs, 2 seen"), "{}", run.stdout);
    let run = rootline(["study", path.to_str().unwrap(), "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
    assert!(reader.records().map(Result::unwrap).any(|row| &row[0] == "records" && &row[5] == "43.0"), "{}", run.stdout);
    // Which use would have raised an alarm: none by this pattern, so in none of the accounts.
    let run = rootline(["study", path.to_str().unwrap(), "--format", "json", "--pattern", "{ $.eventName = \"Nothing\" }"]);
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    let alarmed = figure(&said, "accounts_alarmed", "accounts_tried", None);
    assert_eq!((&alarmed["numerator"], &alarmed["denominator"]), (&0.into(), &2.into()));
}

/// The study of some paths, as programs read it.
fn said(paths: &[&Path], flags: &[&str]) -> Value {
    let run = Run::of(command().arg("study").args(paths).args(["--format", "json"]).args(flags).output().unwrap());
    assert_eq!(run.exit, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// The same whether or not anything is missing.
fn told(paths: &[&Path], flags: &[&str]) -> Value {
    let run = Run::of(command().arg("study").args(paths).args(["--format", "json"]).args(flags).output().unwrap());
    assert!([0, 3].contains(&run.exit), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// The same where something is missing, which the exit code says.
fn incomplete(paths: &[&Path], flags: &[&str]) -> Value {
    let run = Run::of(command().arg("study").args(paths).args(["--format", "json"]).args(flags).output().unwrap());
    assert_eq!(run.exit, 3, "{}{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn evidence_is_studied_through_a_case_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let evidence = testdata("takeover");
    let of_evidence = said(&[&evidence], &["--case", case.to_str().unwrap()]);
    assert_eq!(of_evidence["figures"], said(&[&case], &[])["figures"]);
    assert_eq!(figure(&of_evidence, "records", "accounts_known", Some("2026-03-13/2026-03-16"))["value"], 43.0);
    let run = Run::of(command().arg("study").arg(&evidence).arg("--dry-run").output().unwrap());
    assert!(run.exit == 0 && run.stdout.contains("objects"), "{}", run.stdout);
}

#[test]
fn what_several_cases_have_counts_once_in_any_order() {
    let evidence = testdata("takeover");
    let whole = scan(&evidence);
    // Two parts that share two hours, and so parts of one incident.
    let early = crate::run::scan_with(&[&evidence], &["--to", "2026-03-14T04:00:00Z"]);
    let late = crate::run::scan_with(&[&evidence], &["--from", "2026-03-14T02:00:00Z"]);
    let alone = said(&[&whole.path()], &[]);
    assert_eq!(said(&[&whole.path(), &whole.path()], &[])["figures"], alone["figures"]);
    for paths in [[&early.path(), &late.path()], [&late.path(), &early.path()]] {
        assert_eq!(said(&paths.map(AsRef::as_ref), &[])["figures"], alone["figures"]);
    }
    // An account that is asked for is all that is counted.
    let list = whole.folder.path().join("accounts.txt");
    fs::write(&list, "111122223333\n444455556666\n").unwrap();
    let one = said(&[&whole.path()], &["--account", "444455556666", "--accounts", list.to_str().unwrap()]);
    assert_eq!((&one["accounts_seen"], &one["accounts_listed"]), (&1.into(), &1.into()));
    let records = one["figures"].as_array().unwrap().iter().find(|figure| figure["metric"] == "records").unwrap();
    assert_eq!((&records["value"], &records["denominator"]), (&5.0.into(), &1.into()));
}

#[test]
fn cases_that_were_reviewed_by_other_terms_are_not_mixed_in_silence() {
    let (one, other) = (scan(testdata("takeover")), scan(testdata("takeover")));
    let (first, second) = (one.path(), other.path());
    assert_eq!(rootline(["incidents", first.to_str().unwrap(), "-q"]).exit, 0);
    assert_eq!(rootline(["incidents", second.to_str().unwrap(), "-q", "--incident-gap", "5m"]).exit, 0);
    let both = ["study", first.to_str().unwrap(), second.to_str().unwrap()];
    let run = rootline(both);
    assert!(run.exit == 2 && run.stderr.contains("was reviewed with other gaps"), "{}", run.stderr);
    let told = [&both[..], &["--incident-gap", "5m", "--idle-gap", "60m"]].concat();
    assert_eq!(rootline(told).exit, 0);
}

/// A metric filter with an alarm in an account, and who hears of it.
fn configuration(account: &str, pattern: &str, subscribed: bool) -> String {
    let topic = format!("arn:aws:sns:us-east-1:{account}:alarms");
    let subscription = if subscribed { format!("{topic}:0001") } else { "PendingConfirmation".to_owned() };
    json!({
        "metricFilters": [{"filterName": format!("root-{account}"), "filterPattern": pattern, "logGroupName": "trail",
            "metricTransformations": [{"metricName": account, "metricNamespace": "n", "metricValue": "1"}]}],
        "MetricAlarms": [{"AlarmName": "root", "AlarmArn": format!("arn:aws:cloudwatch:us-east-1:{account}:alarm:root"), "MetricName": account,
            "Namespace": "n", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1, "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "ActionsEnabled": true, "AlarmActions": [topic]}],
        "Subscriptions": [{"TopicArn": topic, "SubscriptionArn": subscription}],
    })
    .to_string()
}

#[test]
fn the_control_score_knows_filters_alarms_and_who_hears_of_them() {
    let case = scan(testdata("takeover"));
    let pattern = "{ $.userIdentity.type = \"Root\" }";
    let score = |files: &[String], flags: &[&str]| {
        let paths: Vec<_> = (0..files.len()).map(|number| case.folder.path().join(format!("{number}.json"))).collect();
        paths.iter().zip(files).for_each(|(path, text)| fs::write(path, text).unwrap());
        let given: Vec<&str> = paths.iter().flat_map(|path| ["--configuration", path.to_str().unwrap()]).collect();
        let said = said(&[&case.path()], &[&given[..], flags].concat());
        let figure = figure(&said, "accounts_alarmed", "accounts_tried", None);
        (figure["numerator"].as_u64().unwrap(), figure["denominator"].as_u64().unwrap())
    };
    let heard = configuration("111122223333", pattern, true);
    // The alarm of one account says nothing of the other, unless it is the organisation's.
    assert_eq!(score(std::slice::from_ref(&heard), &[]), (1, 1));
    assert_eq!(score(std::slice::from_ref(&heard), &["--organisation"]), (2, 2));
    let unheard = configuration("444455556666", pattern, false);
    assert_eq!(score(&[heard, unheard], &[]), (1, 2));
    let elsewhere = configuration("111122223333", "{ $.eventName = \"Nothing\" }", true);
    assert_eq!(score(&[elsewhere], &[]), (0, 1));
}

#[test]
fn policies_that_deny_root_are_joined_with_the_accounts_they_are_attached_to() {
    let case = scan(testdata("takeover"));
    let arn = |account: &str| format!("arn:aws:organizations::111122223333:account/o-exampleorgid/{account}");
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}}]});
    let summary = json!({"Id": "p-examplepolicy", "Arn": "arn:aws:organizations::111122223333:policy/o-exampleorgid/service_control_policy/p-examplepolicy",
        "Name": "no\u{1b}[31m root", "Type": "SERVICE_CONTROL_POLICY"});
    let listed = ["111122223333", "444455556666"].map(|account| json!({"Id": account, "Arn": arn(account), "Status": "ACTIVE"}));
    let files = [
        json!({"Accounts": listed}),
        json!({"Policies": [summary]}),
        json!({"Policy": {"PolicySummary": summary, "Content": deny.to_string()}}),
        json!({"PolicyId": "p-examplepolicy", "Targets": [{"TargetId": "444455556666", "Arn": arn("444455556666"), "Name": "work", "Type": "ACCOUNT"}]}),
    ];
    let paths: Vec<_> = (0..files.len()).map(|number| case.folder.path().join(format!("{number}.json"))).collect();
    paths.iter().zip(&files).for_each(|(path, text)| fs::write(path, text.to_string()).unwrap());
    let state: Vec<&str> = ["--state"].into_iter().chain(paths.iter().map(|path| path.to_str().unwrap())).collect();
    let said = said(&[&case.path()], &state);
    let denied = figure(&said, "root_denied_by_policy", "accounts_known", None);
    assert_eq!((&denied["numerator"], &denied["denominator"]), (&1.into(), &2.into()), "{}", said["problems"]);
    assert_eq!(said["policies"][0]["denies_root"], true);
    let run = Run::of(command().arg("study").arg(case.path()).args(&state).output().unwrap());
    assert!(
        run.stdout.contains("root denies root: everything is denied to the root of every account; attached to 1 target"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains('\u{1b}'));
}

#[test]
fn a_case_of_which_something_was_lost_makes_an_incomplete_study() {
    let evidence =
        folder(&[("log.json", &crate::run::log(&[root_record("one")])), ("cut.json.gz", &crate::run::gzip(b"{\"Records\":[")[..12])]);
    let case = scan(evidence.path());
    assert_eq!(case.run.exit, 3);
    let run = Run::of(command().arg("study").arg(case.path()).output().unwrap());
    assert!(run.exit == 3 && run.stdout.contains("1 of 2 objects were lost"), "{} {}", run.stdout, run.stderr);
}

#[test]
fn what_is_no_case_or_no_state_of_an_account_is_refused() {
    let nowhere = tempfile::tempdir().unwrap();
    let run = rootline(["study", nowhere.path().to_str().unwrap()]);
    assert!(run.exit == 2 && run.stderr.contains("is not a finished case: give the folder for one with `--case DIR`"), "{}", run.stderr);
    let run = rootline(["study", nowhere.path().join("gone").to_str().unwrap()]);
    assert!(run.exit == 2 && run.stderr.contains("no evidence at"), "{}", run.stderr);
    let case = scan(testdata("takeover"));
    let refused = Run::of(command().arg("study").arg(case.path()).args(["--state", "Cargo.toml"]).output().unwrap());
    assert!(refused.exit == 2 && refused.stderr.contains("Cargo.toml"), "{}", refused.stderr);
    // Before any evidence is read.
    let unmade = nowhere.path().join("case");
    let refused = Run::of(command().args(["study", "testdata/takeover", "--state", "Cargo.toml", "--case"]).arg(&unmade).output().unwrap());
    assert!(refused.exit == 2 && !unmade.exists(), "{}", refused.stderr);
    assert!(Path::new("Cargo.toml").exists());
}

/// The one figure of a practice.
fn practice<'v>(said: &'v Value, name: &str) -> &'v Value {
    said["figures"].as_array().unwrap().iter().find(|figure| figure["metric"] == name).unwrap()
}

fn given(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const WINDOW: [&str; 4] = ["--from", "2026-03-01", "--to", "2026-03-14"];

#[test]
fn a_source_that_can_only_say_yes_is_never_its_own_denominator() {
    // An export of root's records alone: of other accounts it says nothing.
    let records: Vec<String> = (0..35).map(|place| root_record(&format!("e-{place}")).replace("111122223333", &account(place))).collect();
    let evidence = folder(&[("export.json", &log(&records))]);
    let case = scan(evidence.path());
    let (path, folder) = (case.path(), &case.folder);
    let list = given(folder, "list.txt", &(0..ACCOUNTS).map(account).collect::<Vec<_>>().join("\n"));
    for name in ["root_used_last_7_days", "root_has_access_keys"] {
        let alone = incomplete(&[&path], &[&WINDOW[..], &["--table", "practices"]].concat());
        let figure = practice(&alone, name);
        assert_eq!((&figure["numerator"], &figure["denominator"], &figure["value"]), (&35.into(), &Value::Null, &Value::Null), "{name}");
        let listed = incomplete(&[&path], &[&WINDOW[..], &["--table", "practices", "--accounts", &list]].concat());
        let figure = practice(&listed, name);
        assert_eq!((&figure["numerator"], &figure["denominator"]), (&35.into(), &ACCOUNTS.into()), "{name}");
        assert_eq!(
            (&figure["denominator_kind"], &figure["lower_bound"], &figure["upper"]),
            (&"accounts_all".into(), &true.into(), &Value::Null)
        );
    }
    let run = rootline([&["study", path.to_str().unwrap(), "--table", "practices", "--accounts", &list][..], &WINDOW].concat());
    assert!(run.stdout.contains("at least 3.1 %") && !run.stdout.contains("100.0 %"), "{}", run.stdout);
    // Nor are the accounts that root's records name accounts of which the evidence has logs.
    let whole = incomplete(&[&path], &WINDOW);
    assert_eq!((&whole["accounts_seen"], &whole["accounts_covered"]), (&0.into(), &0.into()));
    assert_eq!(figure(&whole, "used_last_7_days", "accounts_seen", None)["value"], Value::Null);
    let listed = incomplete(&[&path], &[&WINDOW[..], &["--accounts", &list]].concat());
    let figure = figure(&listed, "used_last_7_days", "accounts_listed", None);
    assert_eq!((&figure["numerator"], &figure["denominator"], &figure["lower_bound"]), (&35.into(), &ACCOUNTS.into(), &true.into()));
}

/// A credential report of one account as the console downloads it.
fn downloaded(arn: &str, enabled: &str, used: &str) -> String {
    format!(
        "user,arn,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_used_date,access_key_2_active,cert_1_active,cert_2_active\n\
         <root_account>,{arn},{enabled},{used},false,false,N/A,false,false,false\n"
    )
}

#[test]
fn a_state_is_of_the_time_that_it_says_and_not_of_its_file() {
    let case = scan(testdata("takeover"));
    let (path, folder) = (case.path(), &case.folder);
    let arn = "arn:aws:iam::111122223333:root";
    let of = |text: &str, flags: &[&str]| {
        let report = given(folder, "report.csv", text);
        let said = told(&[&path], &[&WINDOW[..], &["--table", "practices", "--state", &report], flags].concat());
        let figure = practice(&said, "root_without_mfa").clone();
        (figure["numerator"].as_u64().unwrap(), said["states_unused"].as_array().unwrap().clone())
    };
    // By the latest time in it, whatever its file says.
    assert_eq!(of(&downloaded(arn, "true", "2026-03-12T09:00:00Z"), &[]).1.len(), 0);
    assert_eq!(of(&downloaded(arn, "true", "2026-03-16T09:00:00Z"), &[]).1.len(), 0);
    for (text, flags, reason) in [
        (downloaded(arn, "true", "2020-01-01T00:00:00Z"), &[][..], "does not say when it was made"),
        (downloaded(arn, "true", "2026-03-16T09:00:00Z"), &["--state-grace", "1h"], "after the window"),
        (downloaded(arn, "true", "N/A"), &[], "does not say when it was so"),
        (downloaded(arn, "true", "N/A"), &["--state-date", "2026-02-01"], "before the window"),
    ] {
        let (_, unused) = of(&text, flags);
        assert_eq!(unused.len(), 1, "{reason}");
        assert!(unused[0]["reason"].as_str().unwrap().contains(reason), "{unused:?}");
    }
    assert_eq!(of(&downloaded(arn, "true", "N/A"), &["--state-date", "2026-03-15"]).1.len(), 0);
    let report = given(folder, "report.csv", &downloaded(arn, "true", "N/A"));
    let run = rootline([&["study", path.to_str().unwrap(), "--state", &report][..], &WINDOW].concat());
    assert!(run.exit == 3 && run.stdout.contains("not used") && run.stdout.contains("--state-date"), "{}", run.stdout);
}

#[test]
fn a_root_that_cannot_sign_in_to_a_console_is_not_asked_for_mfa() {
    let case = scan(testdata("takeover"));
    let (path, folder) = (case.path(), &case.folder);
    for (arn, enabled, without) in [
        ("arn:aws-us-gov:iam::999988887777:root", "not_supported", 0),
        ("arn:aws:iam::999988887777:root", "not_supported", 1),
        ("arn:aws:iam::999988887777:root", "FALSE", 0),
    ] {
        let report = given(folder, "report.csv", &downloaded(arn, enabled, "N/A"));
        let flags = [&WINDOW[..], &["--table", "practices", "--account", "999988887777", "--state", &report, "--state-date", "2026-03-15"]]
            .concat();
        assert_eq!(practice(&incomplete(&[&path], &flags), "root_without_mfa")["numerator"], without, "{arn} {enabled}");
    }
}

#[test]
fn a_use_that_a_credential_report_tells_of_is_a_use() {
    let case = scan(testdata("takeover"));
    let (path, folder) = (case.path(), &case.folder);
    let list = given(folder, "list.txt", "111122223333\n444455556666\n999988887777\n");
    let report = given(folder, "report.csv", &downloaded("arn:aws:iam::999988887777:root", "true", "2026-03-12T09:00:00Z"));
    let flags = [&WINDOW[..], &["--accounts", &list]].concat();
    let used =
        |said: &Value| figure(said, "used_since_start", "accounts_listed", Some("2026-03-01/2026-03-15"))["numerator"].as_u64().unwrap();
    let before = used(&said(&[&path], &flags));
    assert_eq!(used(&said(&[&path], &[&flags[..], &["--state", &report]].concat())), before + 1);
}

#[test]
fn what_a_case_does_not_hold_is_neither_covered_nor_unused() {
    let held = scan_with(&[testdata("takeover")], &["--account", "444455556666"]);
    let whole = said(&[&held.path()], &WINDOW);
    assert_eq!(whole["accounts_covered"], 1);
    let days = scan_with(&[testdata("takeover")], &["--from", "2026-03-14", "--to", "2026-03-14"]);
    let of = |from: &str, to: &str| told(&[&days.path()], &["--from", from, "--to", to])["accounts_covered"].as_u64().unwrap();
    assert_eq!((of("2026-03-14", "2026-03-14"), of("2026-03-10", "2026-03-12")), (2, 0));
    // Some regions only show nothing of root, and nothing at all shows nothing either.
    let region = scan_with(&[testdata("takeover")], &["--region", "us-east-1"]);
    let empty = folder(&[("notes.txt", b"nothing")]);
    let empty = scan(empty.path());
    for (case, problem) in [(&region, "holds some regions only"), (&empty, "holds no CloudTrail record")] {
        let path = case.path();
        let run = rootline([&["study", path.to_str().unwrap(), "--format", "json"][..], &WINDOW].concat());
        let said: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.exit, &said["accounts_covered"]), (3, &0.into()), "{problem}");
        assert!(said["problems"][0].as_str().unwrap().contains(problem), "{}", said["problems"]);
        let is_of_use = |figure: &&Value| figure["metric"].as_str().unwrap().starts_with("used_") && figure["unit"] == "share";
        let values = said["figures"].as_array().unwrap().iter().filter(is_of_use);
        values.for_each(|figure| {
            assert!(figure["value"].is_null() || figure["lower_bound"] == true || figure["numerator"] != 0, "{problem}: {figure}");
        });
    }
    // Without a window there is none to be had, and the case of the evidence is there all the same.
    let (nothing, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let into = folder.path().join("case");
    let flags = ["--case", into.to_str().unwrap()];
    assert!(incomplete(&[nothing.path()], &flags)["problems"][0].as_str().unwrap().contains("holds no CloudTrail record"));
}

#[test]
fn a_few_hours_of_a_quarter_do_not_make_an_account_unused() {
    let quiet = log(&[role_record("a")]);
    let name =
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/14/111122223333_CloudTrail_us-east-1_20260314T0205Z_AAAAAAAAAAAAAAAA.json";
    let evidence = folder(&[(name, &quiet)]);
    let case = scan(evidence.path());
    let said = said(&[&case.path()], &["--from", "2026-01-01", "--to", "2026-03-31"]);
    assert_eq!(said["accounts_covered"], 1);
    for (metric, period) in [("used_last_90_days", None), ("used_since_start", Some("2026-01-01/2026-04-01"))] {
        let figure = figure(&said, metric, "accounts_covered", period);
        assert_eq!((&figure["numerator"], &figure["lower_bound"], &figure["upper"]), (&0.into(), &true.into(), &Value::Null), "{metric}");
    }
    assert_eq!(practices_of(&case.path())["denominator"], 0);
}

/// The first practice of a case in the window of these tests.
fn practices_of(case: &Path) -> Value {
    practice(&told(&[case], &[&WINDOW[..], &["--table", "practices"]].concat()), "root_used_last_7_days").clone()
}

#[test]
fn the_cis_filter_matches_the_same_records_everywhere() {
    let case = scan(testdata("takeover"));
    let path = case.path();
    let scanned = case.count("root.cis_match");
    let studied = said(&[&path], &["--period", "year"]);
    let figure = studied["figures"].as_array().unwrap().iter().find(|figure| figure["metric"] == "cis_matches").unwrap();
    assert_eq!(figure["numerator"], scanned);
    let pattern = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }";
    let played = rootline(["replay", path.to_str().unwrap(), "--pattern", pattern, "--format", "json"]);
    let played: Value = serde_json::from_str(&played.stdout).unwrap();
    let filter = &played["filters"][0];
    assert_eq!(filter["usage_matched"].as_u64().unwrap() + filter["noise_matched"].as_u64().unwrap(), scanned);
    let audit = rootline(["audit", path.to_str().unwrap(), "--from", "2026-03-01", "--to", "2026-03-31", "--format", "json"]);
    let audit: Value = serde_json::from_str(&audit.stdout).unwrap();
    let audited: u64 = audit["accounts"].as_array().unwrap().iter().map(|account| account["cis_matches"].as_u64().unwrap()).sum();
    assert_eq!(audited, scanned);
}
