//! A study over cases: what is counted, out of what, and where it goes.

use crate::run::{Run, command, folder, root_record, rootline, scan, testdata};
use base64ct::{Base64, Encoding as _};
use rootline::table::Table;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

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
    let empty = b"{\"Records\":[]}".to_vec();
    let mut logs = vec![(named("20260701", "0005"), empty.clone()), (named("20261031", "2305"), empty)];
    let record = |number: usize, time: &String| {
        root_record(&format!("{account}-{number}"))
            .replace("2026-03-14T02:00:00Z", time)
            .replace("111122223333", &account)
            .replace("AKIAIOS", "ASIAIOS")
    };
    let records: Vec<String> = uses.iter().enumerate().map(|(number, time)| record(number, time)).collect();
    if !records.is_empty() {
        logs.push((named("20261031", "2310"), crate::run::log(&records)));
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
        // Lists of devices have no date but that of their file.
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_793_491_200);
        fs::File::options().write(true).open(&path).unwrap().set_modified(made).unwrap();
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
    let alarmed = said["figures"].as_array().unwrap().iter().find(|figure| figure["metric"] == "accounts_alarmed").unwrap();
    assert_eq!((&alarmed["numerator"], &alarmed["denominator"]), (&0.into(), &2.into()));
}

/// The study of some paths, as programs read it.
fn said(paths: &[&Path], flags: &[&str]) -> Value {
    let run = Run::of(command().arg("study").args(paths).args(["--format", "json"]).args(flags).output().unwrap());
    assert_eq!(run.exit, 0, "{}", run.stderr);
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
        let figure = said["figures"].as_array().unwrap().iter().find(|figure| figure["metric"] == "accounts_alarmed").unwrap().clone();
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
    assert!(run.exit == 2 && run.stderr.contains("is no finished case: give the folder for one with `--case DIR`"), "{}", run.stderr);
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
