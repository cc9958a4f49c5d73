//! Every form of evidence, every class.

use crate::run::{folder, gzip, log, role_record, root_record, scan, scan_with, testdata};

#[test]
fn every_form_gives_the_same_two_acts_of_root() {
    for (file, form, records, classes) in [
        ("records.json.gz", "records", 4, "direct 1, sign_in 1"),
        ("records.json", "records", 3, "direct 1, sign_in 1"),
        ("bom.json", "records", 3, "direct 1, sign_in 1"),
        ("utf16.json", "records", 3, "direct 1, sign_in 1"),
        ("record.json", "record", 1, "sign_in 1"),
        ("array.json", "array", 3, "direct 1, sign_in 1"),
        ("lines.ndjson", "ndjson", 3, "direct 1, sign_in 1"),
        ("concatenated.json", "concatenated", 3, "direct 1, sign_in 1"),
        ("lookup-events.json", "lookup_events", 3, "direct 1, sign_in 1"),
        ("lookup-events.jsonl", "lookup_events", 3, "direct 1, sign_in 1"),
        ("eventbridge.json", "eventbridge", 3, "direct 1, sign_in 1"),
        ("cloudwatch-subscription.json", "cloudwatch_logs", 3, "direct 1, sign_in 1"),
        ("cloudwatch-subscription.gz", "cloudwatch_logs", 3, "direct 1, sign_in 1"),
        ("cloudwatch-export.gz", "cloudwatch_export", 3, "direct 1, sign_in 1"),
        ("history-new.csv", "event_history_csv", 4, "direct 1, sign_in 1"),
        ("history-old.csv", "event_history_csv", 4, "direct 1, sign_in 1"),
        ("empty-records.json.gz", "records", 0, ""),
    ] {
        let case = scan(testdata("forms").join(file));
        let object = case.object(file);
        let exit = if records == 0 { 3 } else { 0 };
        assert_eq!((case.run.exit, object.status.as_str()), (exit, "read"), "{file}: {}", object.reason);
        assert_eq!((object.form.as_deref(), object.records[0]), (Some(form), records), "{file}");
        assert_eq!(case.classes(), classes, "{file}");
    }
}

#[test]
fn archives_are_read_entry_by_entry() {
    for archive in ["evidence.tar", "evidence.tar.gz", "evidence.zip"] {
        let case = scan(testdata("forms").join(archive));
        assert_eq!((case.run.exit, case.count("objects.by_status.read"), case.count("records.read")), (0, 2, 7), "{archive}");
        assert_eq!(case.classes(), "direct 2, sign_in 2", "{archive}");
        let manifest = case.manifest();
        let inside = format!("{archive}!/");
        assert!((0..2).all(|row| manifest.text("uri", row).unwrap().contains(&inside)));
    }
}

#[test]
fn the_cap_is_on_the_entries_of_an_archive_and_not_on_their_sum() {
    let mut tar = tar::Builder::new(Vec::new());
    for index in 0..40 {
        let bytes = log(&[root_record(&index.to_string())]);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("logs/{index}.json"), &bytes[..]).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let evidence = folder(&[("logs.tar.gz", &gzip(&tar)), ("cut.tar.gz", &gzip(&tar)[..700])]);
    let case = scan_with(&[evidence.path().join("logs.tar.gz")], &["--max-object-size", "2kB"]);
    assert_eq!((case.run.exit, case.count("root.activities")), (0, 40));
    let cut = scan(evidence.path().join("cut.tar.gz"));
    assert_eq!(cut.run.exit, 3);
    assert!((1..40).contains(&cut.count("root.activities")), "{}", cut.run.stdout);
}

#[test]
fn arrays_of_arrays_are_read_as_slurping_tools_write_them() {
    let text = format!("[[{}],[[{}]]]", root_record("1"), root_record("2"));
    let evidence = folder(&[("slurped.json", text.as_bytes())]);
    let case = scan(evidence.path());
    assert_eq!((case.run.exit, case.object("slurped.json").records), (0, [2, 2, 0, 0]));
    // Beyond all reason it is named.
    let deep = format!("{}{}{}", "[".repeat(20), root_record("1"), "]".repeat(20));
    let evidence = folder(&[("deep.json", deep.as_bytes())]);
    assert_eq!(scan(evidence.path()).run.exit, 3);
}

#[test]
fn each_class_has_its_file() {
    for (file, classes) in [
        ("artefact", "artefact 2"),
        ("attempt", "attempt 3"),
        ("sign_in", "sign_in 3"),
        ("service", "service 3"),
        ("via_service", "via_service 2"),
        ("privileged_session", "about_root 1, privileged_session 1"),
        ("federated", "federated 2"),
        ("direct", "direct 6"),
        ("about_root", "about_root 7"),
        ("signin_invoked", "direct 2"),
        ("escaped", "direct 2"),
        ("not_root", ""),
    ] {
        let case = scan(testdata("classes").join(file).with_extension("json"));
        assert_eq!((case.run.exit, case.classes().as_str()), (0, classes), "{file}");
    }
}

#[test]
fn forged_members_are_not_read_behind_a_log_however_it_is_laid_out() {
    let forged = gzip(&log(&[root_record("forged")]));
    for first in [
        log(&[role_record("1")]),
        format!("{{\"note\":1,\"Records\":[{}]}}", role_record("1")).into_bytes(),
        format!("[{}]", role_record("1")).into_bytes(),
    ] {
        let evidence = folder(&[("log.json.gz", &[gzip(&first), forged.clone()].concat())]);
        let case = scan(evidence.path());
        assert_eq!((case.run.exit, case.count("root.activities")), (3, 0));
        assert!(case.object("log.json.gz").reason.starts_with("data appended after the gzip member"));
    }
    // Lines are many members by nature: pigz, Firehose, cat.
    let lines = [gzip(role_record("1").as_bytes()), gzip(b"\n"), gzip(root_record("2").as_bytes())].concat();
    let evidence = folder(&[("lines.gz", &lines)]);
    let case = scan(evidence.path());
    assert_eq!((case.run.exit, case.count("records.read"), case.count("root.activities")), (0, 2, 1));
}

#[test]
fn an_object_too_large_for_memory_is_streamed_with_the_same_result() {
    // A little over 64 MiB, plain and compressed, with a record of root at either end.
    let mut records: Vec<String> = (0..120_000).map(|index| role_record(&index.to_string())).collect();
    records[0] = root_record("first");
    *records.last_mut().unwrap() = root_record("last");
    let text = log(&records);
    assert!(text.len() > 64 << 20);
    let evidence = folder(&[("large.json", &text), ("large.json.gz", &gzip(&text))]);
    for file in ["large.json", "large.json.gz"] {
        let case = scan(evidence.path().join(file));
        assert_eq!(case.object(file).records, [120_000, 2, 119_998, 0], "{file}");
        assert_eq!(case.count("objects.bytes_inflated"), text.len() as u64);
        let timeline = case.timeline();
        assert_eq!(timeline.cell("record_index", 0), rootline::table::Cell::Number(0));
        assert_eq!(timeline.cell("record_index", 1), rootline::table::Cell::Number(119_999));
    }
}

/// A root sign-in as exports hold it that are not read: name, bytes, what the reason says.
fn exports() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    use base64ct::{Base64, Encoding as _};
    let record = root_record("wrapped");
    let quoted = serde_json::to_string(&record).unwrap();
    let utf16 = |text: &str| [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let inside = format!("{{\"preview\":false,\"result\":{{\"_raw\":{quoted}}}}}");
    vec![
        ("splunk.json", inside.clone().into_bytes(), "fields of CloudTrail records"),
        ("splunk.csv", format!("\"_raw\"\n\"{}\"\n", record.replace('"', "\"\"")).into_bytes(), "fields of CloudTrail records"),
        ("hits.ndjson", format!("{{\"_source\":{{\"event\":{{\"original\":{quoted}}}}}}}").into_bytes(), "fields of CloudTrail records"),
        (
            "sorted.json",
            format!("{{\"payload\":{}}}", record.replacen("\"eventVersion\":\"1.11\",", "", 1)).into_bytes(),
            "fields of CloudTrail records",
        ),
        ("athena.csv", b"eventversion,useridentity,eventname\n1.11,{type=Root},ConsoleLogin\n".to_vec(), "fields of CloudTrail records"),
        (
            "subscription.json",
            format!("{{\"awslogs\":{{\"data\":\"{}\"}}}}", Base64::encode_string(&gzip(record.as_bytes()))).into_bytes(),
            "in base64",
        ),
        ("utf16.csv", utf16(&format!("_raw\n{quoted}\n")), "fields of CloudTrail records"),
        ("logs.json.zst", zstd::encode_all(record.as_bytes(), 1).unwrap(), "compressed with zstd"),
        ("twice.json.gz", gzip(&gzip(record.as_bytes())), "a gzip inside a gzip"),
        ("events.parquet", b"PAR1\x15\x04PAR1".to_vec(), "a Parquet file"),
    ]
}

#[test]
fn what_looks_like_cloudtrail_and_is_not_read_is_evidence_lost() {
    for (name, bytes, reason) in exports() {
        let evidence = folder(&[("known.json", &log(&[role_record("a")])), (name, &bytes)]);
        let case = scan(evidence.path());
        let object = case.object(name);
        assert_eq!((case.run.exit, object.status.as_str()), (3, "unrecognised"), "{name}: {}", object.reason);
        assert!(object.reason.contains(reason), "{name}: {}", object.reason);
        assert_eq!((case.count("objects_with_losses"), case.count("objects.by_status.unrecognised")), (1, 1), "{name}");
    }
    // In an archive, too.
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes, _) in exports() {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, &*bytes).unwrap();
    }
    let evidence = folder(&[("export.tar", &archive.into_inner().unwrap())]);
    let case = scan(evidence.path());
    assert_eq!((case.run.exit, case.count("objects.by_status.unrecognised")), (3, exports().len() as u64));
}

#[test]
fn notifications_of_other_services_are_no_records_and_those_that_hold_records_are_named() {
    let notification = |source: &str, key: &str, held: serde_json::Value| {
        let mut notification = serde_json::json!({
            "eventVersion": "2.1", "eventSource": source, "awsRegion": "us-east-1", "eventTime": "2026-03-14T09:10:00Z",
            "eventName": "ObjectCreated:Put", "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"}, "requestParameters": {}, "responseElements": {},
        });
        notification[key] = held;
        notification
    };
    let object = serde_json::json!({"bucket": {"name": "b"}, "object": {"key": "k"}});
    let plain = notification("aws:s3", "s3", object);
    let data =
        |record: &str| serde_json::json!({"data": <base64ct::Base64 as base64ct::Encoding>::encode_string(&gzip(record.as_bytes()))});
    for (values, status) in [
        (vec![plain.clone()], "not_a_log"),
        (vec![notification("aws:sqs", "body", "hello".into())], "not_a_log"),
        (vec![notification("aws:sqs", "body", plain.to_string().into())], "not_a_log"),
        (vec![notification("aws:kinesis", "kinesis", data("{\"a\":1}"))], "not_a_log"),
        (vec![plain.clone(), notification("aws:sqs", "body", root_record("a").into())], "unrecognised"),
        (vec![notification("aws:sns", "Sns", serde_json::json!({"Message": root_record("a")}))], "unrecognised"),
        (vec![notification("aws:kinesis", "kinesis", data(&root_record("a")))], "unrecognised"),
    ] {
        let lines = values.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for text in [serde_json::json!({"Records": values}).to_string(), lines] {
            let evidence = folder(&[("known.json", &log(&[role_record("a")])), ("notification.json", text.as_bytes())]);
            let case = scan(evidence.path());
            let found = case.object("notification.json");
            assert_eq!((found.status.as_str(), found.records), (status, [0; 4]), "{text}: {}", found.reason);
            assert_eq!(case.run.exit, if status == "unrecognised" { 3 } else { 0 }, "{text}");
        }
    }
}

#[test]
fn text_in_square_brackets_that_is_no_json_is_looked_at_too() {
    for text in ["[INFO] user_identity=Root event_name=ConsoleLogin\n", "{'userIdentity': {'type': 'Root'}, 'eventName': 'ConsoleLogin'}\n"]
    {
        let evidence = folder(&[("known.json", &log(&[role_record("a")])), ("app.log", text.as_bytes())]);
        let case = scan(evidence.path());
        assert_eq!((case.run.exit, case.object("app.log").status.as_str()), (3, "unrecognised"), "{text}");
    }
    let evidence = folder(&[("known.json", &log(&[role_record("a")])), ("app.log", b"[INFO] nothing to see\n")]);
    let case = scan(evidence.path());
    assert_eq!((case.run.exit, case.object("app.log").status.as_str()), (0, "not_a_log"));
}

#[test]
fn what_lies_late_in_a_large_text_is_found() {
    let record = serde_json::to_string(&root_record("a")).unwrap();
    let line = "time=x nothing to see here\n";
    for megabytes in [2, 65] {
        let mut text = line.repeat((megabytes << 20) / line.len());
        text.push_str(&record);
        let evidence = folder(&[("known.json", &log(&[role_record("a")])), ("app.log.gz", &gzip(text.as_bytes()))]);
        let case = scan(evidence.path());
        assert_eq!((case.run.exit, case.object("app.log.gz").status.as_str()), (3, "unrecognised"), "{megabytes} MiB");
    }
}

#[test]
fn archives_put_one_behind_the_other_are_read_whole() {
    let tar = |name: &str, kind: tar::EntryType, record: &str| {
        let mut archive = tar::Builder::new(Vec::new());
        let bytes = log(&[record.to_owned()]);
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, &*bytes).unwrap();
        archive.into_inner().unwrap()
    };
    let regular = tar::EntryType::Regular;
    let both = [tar("a.json", regular, &role_record("a")), tar("b.json", tar::EntryType::Continuous, &root_record("b"))].concat();
    for bytes in [both.clone(), gzip(&both)] {
        let evidence = folder(&[("both.tar.gz", &bytes)]);
        let case = scan(evidence.path());
        assert_eq!((case.run.exit, case.count("records.read"), case.timeline().len()), (0, 2, 1));
    }
}

#[test]
fn records_among_values_that_are_not_read_make_an_object_that_is_read_in_part() {
    let wrapped = format!("{{\"_raw\":{}}}", serde_json::to_string(&root_record("b")).unwrap());
    let lines = [role_record("a"), wrapped.clone(), "{\"note\":\"nothing\"}".to_owned(), wrapped].join("\n");
    let beside = format!("{{\"Records\":[{}],\"more\":{}}}", role_record("a"), serde_json::to_string(&root_record("c")).unwrap());
    for (text, number) in [(lines, 2), (beside, 1)] {
        let evidence = folder(&[("mixed.json", text.as_bytes())]);
        let case = scan(evidence.path());
        let object = case.object("mixed.json");
        assert_eq!((case.run.exit, object.status.as_str(), object.records), (3, "partial", [1, 0, 1, 0]), "{}", object.reason);
        assert!(object.reason.starts_with(&format!("{number} of the values are not read: fields of")), "{}", object.reason);
    }
}
