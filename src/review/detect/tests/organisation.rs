//! Alerts as organisations have them: central alarms, tickets, machines that answer, findings that are sent again.

use super::*;

/// Alerts of JSON, one a line, as they are read.
fn of_json(lines: &str) -> Vec<Alert> {
    merge(read(lines.as_bytes(), &Options::default()).unwrap().alerts).0
}

/// A message of a topic in an account that has no incident.
fn message(id: u32, time: &str, subject: &str, text: &str) -> String {
    let topic = "arn:aws:sns:us-east-1:999999999999:security";
    serde_json::json!({"Type": "Notification", "MessageId": format!("m-{id}"), "TopicArn": topic, "Timestamp": time, "Subject": subject, "Message": text}).to_string()
}

#[test]
fn an_alarm_in_the_audit_account_is_about_the_member_that_its_text_names() {
    for text in [
        "Root user of account 111122223333 called iam:ListUsers",
        "root activity from [203.0.113.66]",
        "root: arn:aws:iam::111122223333:root",
        "Root sign-in, account 1111-2222-3333",
    ] {
        let alerts = of_json(&message(1, "2026-03-14T05:03:00.000Z", "security", text));
        assert_eq!(matched(&alerts[0]), Ok(vec![(1, "named_in_text")]), "{text}");
    }
    // The account of a column may be the tool's as well.
    let own = one("account,raised_at,title\n999999999999,2026-03-14T05:03:00Z,root login in 111122223333\n");
    assert_eq!(matched(&own), Ok(vec![(1, "named_in_text")]));
    // What it names contradicts the incident of another account, however near that is.
    let of_other = of_json(&message(1, "2026-03-14T05:03:00.000Z", "root", "root used in 444455556666"));
    assert_eq!(matched(&of_other[0]), Ok(vec![(2, "named_in_text")]));
}

#[test]
fn an_alarm_that_names_nobody_is_shown_at_all_it_fits_as_undecided() {
    let alerts = of_json(&message(1, "2026-03-14T05:03:00.000Z", "root usage", "Threshold crossed"));
    assert_eq!(matched(&alerts[0]), Ok(vec![(1, "time_only"), (2, "time_only")]));
    let answers = answered(alerts);
    let told: Vec<_> = answers.iter().map(|answer| (answer.outcome, answer.first_alert, flags(answer))).collect();
    assert_eq!(told[0], (Outcome::Undetected, None, vec![]));
    assert!(told[1..].iter().all(|told| *told == (Outcome::Undecided, None, vec!["tied"])), "{told:?}");
    // Where only one account has an incident there is nothing to decide.
    let alone = of_json(&message(1, "2026-03-14T01:03:00.000Z", "root usage", "Threshold crossed"));
    assert_eq!(matched(&alone[0]), Ok(vec![(0, "time_only")]));
}

#[test]
fn a_local_alarm_is_about_its_own_account_unless_it_tells_of_others() {
    let local = |id: u32, time: &str, text: &str| message(id, time, "root usage", text).replace("999999999999", OTHER);
    let alerts = of_json(&local(1, "2026-03-14T05:03:00.000Z", "Threshold crossed"));
    assert_eq!(matched(&alerts[0]), Ok(vec![(2, "account_and_time")]));
    // The same topic told of another account before: its account says nothing.
    let named = local(2, "2026-03-14T01:03:00.000Z", "root of 111122223333");
    let alerts = of_json(&[local(1, "2026-03-14T05:03:00.000Z", "Threshold crossed"), named].join("\n"));
    let entries = entries();
    let review = review(&entries);
    let matching = Matching::new(&alerts, &review.incidents, &entries, &Terms::default());
    assert_eq!(matching.central, [OTHER.to_owned()].into());
    let of = |id: &str| -> Vec<_> {
        let number = alerts.iter().position(|alert| alert.id == id).unwrap();
        matching.matches.iter().filter(|one| one.alert == number).map(|one| (one.incident, one.ground.name(), one.is_tied)).collect()
    };
    assert_eq!(of("m-1"), [(1, "time_only", true), (2, "time_only", true)]);
    assert_eq!(of("m-2"), [(0, "named_in_text", false)]);
    let central = Terms { is_central: true, ..Terms::default() };
    let alone = of_json(&local(1, "2026-03-14T05:03:00.000Z", "Threshold crossed"));
    assert_eq!(Matching::new(&alone, &review.incidents, &entries, &central).matches.len(), 2, "as the user says");
}

#[test]
fn a_finding_that_is_sent_again_tells_of_what_came_later() {
    let finding = |updated: &str, last: &str, count: u32| {
        serde_json::json!({"schemaVersion": "2.0", "accountId": ACCOUNT, "region": "us-east-1", "id": "f-1", "type": "Policy:IAMUser/RootCredentialUsage",
            "createdAt": "2026-03-14T01:10:00Z", "updatedAt": updated, "title": "root", "description": "root",
            "resource": {"resourceType": "AccessKey", "accessKeyDetails": {"accessKeyId": "AKIAFIVEEXAMPLE", "userType": "Root"}},
            "service": {"eventFirstSeen": "2026-03-14T01:00:00Z", "eventLastSeen": last, "count": count}})
    };
    let sent = |id: u32, time: &str, finding: &serde_json::Value| message(id, time, "GuardDuty", &finding.to_string());
    let (first, second) =
        (finding("2026-03-14T01:10:00Z", "2026-03-14T01:00:00Z", 1), finding("2026-03-14T05:14:00Z", "2026-03-14T05:00:00Z", 2));
    let both = [sent(1, "2026-03-14T01:11:00.000Z", &first), sent(2, "2026-03-14T05:15:00.000Z", &second)].join("\n");
    let first_alerts = |lines: &str| answered(of_json(lines)).iter().map(|answer| (answer.first_alert, flags(answer))).collect::<Vec<_>>();
    let told = first_alerts(&both);
    assert_eq!((&told[0], &told[1]), (&(Some(at("14T01:10:00")), vec![]), &(Some(at("14T05:15:00")), vec![])));
    let told = first_alerts(&sent(2, "2026-03-14T05:15:00.000Z", &second));
    assert_eq!(told[1], (Some(at("14T05:15:00")), vec![]));
    // A list of findings has the last update only.
    let told = first_alerts(&serde_json::json!({"Findings": [second]}).to_string());
    assert_eq!(told[1], (Some(at("14T05:14:00")), vec!["alerted_no_later_than"]));
}

#[test]
fn an_incident_within_a_finding_s_stretch_has_the_ground_that_is_its_own() {
    let finding = Alert {
        first_seen: Some(at("14T01:00:00")),
        last_seen: Some(at("14T05:00:00")),
        access_keys: ["AKIAFIVEEXAMPLE".to_owned()].into(),
        ..one("account,raised_at\n111122223333,2026-03-14T05:10:00Z\n")
    };
    assert_eq!(matched(&finding), Ok(vec![(0, "account_and_time"), (1, "details")]));
    // One that lies between may be in it or not, unless it is named.
    let around = Alert { first_seen: Some(at("14T00:00:00")), last_seen: Some(at("14T06:00:00")), ..finding };
    let entries = entries();
    let review = review(&entries);
    let matching = Matching::new(&[around], &review.incidents, &entries, &Terms::default());
    let found: Vec<_> = matching.matches.iter().map(|one| (one.incident, one.ground.name(), one.is_tied)).collect();
    assert_eq!(found, [(0, "account_and_time", true), (1, "details", false)]);
}

#[test]
fn only_what_people_do_counts_as_taken_up_and_over() {
    let incident = |acknowledger: &str, resolver: &str| {
        serde_json::json!({"incidents": [{"id": "Q1", "type": "incident", "incident_number": 1, "title": "root login", "created_at": "2026-03-14T01:20:00Z",
            "status": "resolved", "resolved_at": "2026-03-14T01:30:00Z", "last_status_change_by": {"id": "R", "type": resolver, "summary": "R"},
            "acknowledgements": [{"at": "2026-03-14T01:25:00Z", "acknowledger": {"id": "A", "type": acknowledger, "summary": "A"}}]}]}).to_string()
    };
    let (user, machine) = ("user_reference", "generic_email_inbound_integration_reference");
    let told = |acknowledger: &str, resolver: &str| {
        let answer = answer(&of_json(&incident(acknowledger, resolver)));
        (answer.acknowledged.is_some(), answer.resolved.is_some(), flags(&answer))
    };
    assert_eq!(told(user, user), (true, true, vec!["acknowledged_no_later_than"]));
    assert_eq!(told(machine, user), (false, true, vec!["acknowledged_no_later_than", "acknowledged_by_machine"]));
    assert_eq!(told(user, machine), (true, false, vec!["acknowledged_no_later_than", "resolved_by_machine"]));
}

#[test]
fn an_alarm_whose_action_was_not_done_told_nobody() {
    let history = |action: Option<&str>, of: &str| {
        let state = serde_json::json!({"AlarmName": "root-usage", "HistoryItemType": "StateUpdate", "Timestamp": "2026-03-14T01:20:00Z",
            "HistorySummary": "Alarm updated from OK to ALARM"});
        let other = serde_json::json!({"AlarmName": of, "HistoryItemType": "Action", "Timestamp": if of == "later" { "2026-03-14T01:30:00Z" } else { "2026-03-14T01:20:01Z" }, "HistorySummary": action.unwrap_or_default()});
        serde_json::json!({"AlarmHistoryItems": if action.is_some() { vec![state, other] } else { vec![state] }}).to_string()
    };
    let done = "Successfully executed action arn:aws:sns:us-east-1:111122223333:security";
    let failed =
        "Failed to execute action arn:aws:sns:us-east-1:111122223333:security. Received error: not authorized to perform SNS:Publish";
    for (action, of, outcome, said) in [
        (Some(done), "root-usage", Outcome::Alerted, vec![]),
        (Some(failed), "root-usage", Outcome::Undetected, vec!["alarm_state_only"]),
        (Some("No actions were executed: actions are disabled"), "root-usage", Outcome::Undetected, vec!["alarm_state_only"]),
        // The export goes on to later actions, and none is this alarm's.
        (Some(done), "later", Outcome::Undetected, vec!["alarm_state_only"]),
        // The export ends before that can be said: its action may stand on the next page.
        (Some(done), "another", Outcome::Alerted, vec![]),
        // Nobody asked for actions.
        (None, "", Outcome::Alerted, vec![]),
    ] {
        let answer = answer(&of_json(&history(action, of)));
        assert_eq!((answer.outcome, flags(&answer)), (outcome, said), "{action:?}");
    }
    let cut = history(Some(done), "later").replacen('{', "{\"NextToken\":\"more\",", 1);
    assert_eq!(answer(&of_json(&cut)).outcome, Outcome::Alerted, "more pages follow");
}

#[test]
fn what_does_not_say_that_it_is_about_root_is_not_said_to_be_about_another_thing() {
    let alert = Alert { words: "rootlogin".to_owned(), about_root: None, ..one("account,raised_at\n111122223333,2026-03-14T05:10:00Z\n") };
    assert_eq!(matched(&alert), Err("no_word_of_root"));
    assert!(Unmatched::NoWordOfRoot.sentence().contains("--about"));
}

#[test]
fn only_guardduty_says_when_the_act_was_and_an_event_s_time_is_that_of_its_sender() {
    let finding = |product: &str, observed: &str| {
        serde_json::json!({"Findings": [{"SchemaVersion": "2018-10-08", "Id": "c-1", "ProductArn": format!("arn:aws:securityhub:us-east-1::product/{product}"), "GeneratorId": "g",
            "AwsAccountId": ACCOUNT, "Types": ["TTPs/Initial Access"], "CreatedAt": "2026-03-14T05:12:00Z", "UpdatedAt": "2026-03-14T05:12:00Z", "Title": "Root activity",
            "FirstObservedAt": observed, "LastObservedAt": observed, "Resources": []}]}).to_string()
    };
    // Seen by the product twelve minutes after the act, which no clock explains.
    for product in ["111122223333/default", "example/siem"] {
        assert_eq!(matched(&of_json(&finding(product, "2026-03-14T05:12:00Z"))[0]), Ok(vec![(1, "account_and_time")]), "{product}");
    }
    assert_eq!(matched(&of_json(&finding("aws/guardduty", "2026-03-14T05:12:00Z"))[0]), Err("not_in_records"));
    assert_eq!(matched(&of_json(&finding("aws/guardduty", "2026-03-14T05:00:00Z"))[0]), Ok(vec![(1, "account_and_time")]));
    let event = |source: &str| {
        serde_json::json!({"id": "e", "detail-type": "Root activity alert", "source": source, "account": ACCOUNT, "time": "2026-03-14T05:10:05Z", "region": "us-east-1",
            "detail": {"what": "root user was used"}}).to_string()
    };
    assert_eq!(matched(&of_json(&event("com.example.siem"))[0]), Ok(vec![(1, "account_and_time")]));
    assert_eq!(matched(&of_json(&event("aws.config"))[0]), Err("no_activity"));
}

/// A finding of GuardDuty or another with a stretch and a key, as JSON of three kinds.
fn stretched(of: &str, first: &str, last: &str) -> String {
    let (first, last) = (format!("2026-03-{first}Z"), format!("2026-03-{last}Z"));
    let finding = match of {
        "asff" => {
            serde_json::json!({"SchemaVersion": "2018-10-08", "Id": "f", "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty", "GeneratorId": "g",
            "AwsAccountId": ACCOUNT, "Types": ["TTPs/Policy:IAMUser-RootCredentialUsage"], "CreatedAt": "2026-03-14T06:10:00Z", "UpdatedAt": "2026-03-14T06:10:00Z", "Title": "root",
            "FirstObservedAt": first, "LastObservedAt": last, "Resources": [{"Details": {"AwsIamAccessKey": {"AccessKeyId": "AKIAFIVEEXAMPLE", "PrincipalType": "Root"}}}]})
        }
        "ocsf" => {
            serde_json::json!({"class_uid": 2004, "cloud": {"account": {"uid": ACCOUNT}}, "actor": {"user": {"type": "Root", "credential_uid": "AKIAFIVEEXAMPLE"}},
            "finding_info": {"uid": "f", "title": "root", "created_time_dt": "2026-03-14T06:10:00Z", "first_seen_time_dt": first, "last_seen_time_dt": last},
            "metadata": {"product": {"name": "GuardDuty"}}})
        }
        _ => {
            serde_json::json!({"schemaVersion": "2.0", "accountId": ACCOUNT, "id": "f", "type": "AttackSequence:IAM/CompromisedCredentials", "createdAt": "2026-03-14T06:10:00Z",
            "title": "root", "resource": {"resourceType": "AttackSequence"}, "service": {"eventFirstSeen": first, "eventLastSeen": last,
            "detection": {"sequence": {"actors": [{"user": {"type": "Root", "credentialUid": "AKIAFIVEEXAMPLE"}}]}}}})
        }
    };
    finding.to_string()
}

#[test]
fn an_incident_between_the_moments_of_any_vendor_s_finding_is_undecided_unless_the_finding_names_it() {
    for of in ["asff", "ocsf", "sequence"] {
        let alerts = of_json(&stretched(of, "14T00:30:00", "14T06:00:00"));
        let entries = entries();
        let review = review(&entries);
        let matching = Matching::new(&alerts, &review.incidents, &entries, &Terms::default());
        let found: Vec<_> = matching.matches.iter().map(|one| (one.incident, one.ground.name(), one.is_tied)).collect();
        assert_eq!(found, [(0, "account_and_time", true), (1, "details", false)], "{of}");
    }
}

#[test]
fn spellings_in_which_root_is_no_word_are_not_matched_and_never_said_to_be_about_another_thing() {
    let jira = |title: &str| {
        let map = [("raised_at", "Created"), ("title", "Summary"), ("account", "Account")]
            .map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned()));
        let options = Options { map: map.into(), ..Options::default() };
        let export = format!("Created,Summary,Account\n2026-03-14T05:10:00Z,{title},{ACCOUNT}\n");
        merge(read(export.as_bytes(), &options).unwrap().alerts).0.remove(0)
    };
    let page = |title: &str| {
        let incident = serde_json::json!({"incidents": [{"id": "Q1", "type": "incident", "incident_number": 1, "title": format!("{title} {ACCOUNT}"),
            "created_at": "2026-03-14T05:10:00Z", "status": "triggered"}]});
        of_json(&incident.to_string()).remove(0)
    };
    for title in ["ROOTLOGIN", "rootuser-activity", "RootlogonAlarm", "CloudWatch.1", "CIS-4.3"] {
        for alert in [jira(title), page(title)] {
            assert_eq!(matched(&alert), Err("no_word_of_root"), "{title}");
            let words = [title.to_owned()];
            assert!(matching::is_about_root(&alert, &words), "`--about {title}` takes it");
        }
    }
    assert_eq!(matched(&jira("Root login")), Ok(vec![(1, "account_and_time")]));
}

#[test]
fn an_integration_s_acknowledgement_stands_beside_a_person_s_and_what_nobody_says_is_not_counted() {
    let entry = |what: &str, time: &str, agent: serde_json::Value| {
        serde_json::json!({"type": format!("{what}_log_entry"), "created_at": format!("2026-03-14T{time}Z"), "agent": agent,
            "incident": {"id": "Q1", "summary": "root login"}})
        .to_string()
    };
    let (tool, ann) = (
        serde_json::json!({"type": "service_reference", "summary": "CloudWatch"}),
        serde_json::json!({"type": "user_reference", "summary": "Ann"}),
    );
    let log = [
        entry("trigger", "01:15:00", tool.clone()),
        entry("acknowledge", "01:16:00", tool.clone()),
        entry("acknowledge", "01:30:00", ann),
        entry("resolve", "02:00:00", tool),
    ];
    let told = answer(&of_json(&log.join("\n")));
    assert_eq!((told.acknowledged, told.acknowledged_by.as_deref(), told.resolved), (Some(at("14T01:30:00")), Some("Ann"), None));
    let beside = |act: &Option<super::super::alerts::Act>| act.as_ref().map(|act| (act.at, act.kind.name()));
    assert_eq!(beside(&told.acknowledged_beside), Some((at("14T01:16:00"), "integration")));
    assert_eq!(beside(&told.resolved_beside), Some((at("14T02:00:00"), "integration")));
    assert_eq!(flags(&told), ["acknowledged_by_machine", "resolved_by_machine"]);
    // The machine's copy alone, then together with the person's: the person counts, the machine stands beside.
    let (machines, people) = (of_json(&log[..2].join("\n")), of_json(&[&*log[0], &*log[2]].join("\n")));
    assert_eq!(answer(&machines).outcome, Outcome::Alerted);
    let both = merge([machines, people].concat()).0;
    assert_eq!(
        (answer(&both).acknowledged, beside(&answer(&both).acknowledged_beside)),
        (told.acknowledged, beside(&told.acknowledged_beside))
    );
    // Security Hub, a ticket without a name, and PagerDuty without a type do not say who it was.
    let hub = serde_json::json!({"Findings": [{"SchemaVersion": "2018-10-08", "Id": "c-1", "ProductArn": "arn:aws:securityhub:us-east-1::product/example/siem", "GeneratorId": "g",
        "AwsAccountId": ACCOUNT, "CreatedAt": "2026-03-14T01:15:00Z", "UpdatedAt": "2026-03-14T01:30:00Z", "Title": "root", "Resources": [], "Workflow": {"Status": "NOTIFIED"}}]});
    let log = [entry("trigger", "01:15:00", serde_json::Value::Null), entry("acknowledge", "01:30:00", serde_json::Value::Null)];
    let ticket = "number,opened_at,work_start,assigned_to,state,short_description\nINC1,2026-03-14T01:15:00Z,2026-03-14T01:30:00Z,NAME,New,root login\n";
    for text in [hub.to_string(), log.join("\n"), ticket.replace("NAME", ""), ticket.replace("NAME", "SOC Bot")] {
        let told = answer(&of_json(&text));
        assert_eq!((told.outcome, told.acknowledged), (Outcome::Alerted, None), "{text}");
        assert!(flags(&told).contains(&"acknowledged_by_unknown"), "{text}");
        assert_eq!(beside(&told.acknowledged_beside), Some((at("14T01:30:00"), "unknown")));
    }
    assert_eq!(answer(&of_json(&ticket.replace("NAME", "Ann Example"))).outcome, Outcome::Acknowledged);
    let own = |kind: &str| {
        answer(&alerts(&format!(
            "account,raised_at,acknowledged_at,acknowledged_by_kind\n{ACCOUNT},2026-03-14T01:15:00Z,2026-03-14T01:30:00Z,{kind}\n"
        )))
    };
    assert_eq!((own("person").outcome, own("").outcome), (Outcome::Acknowledged, Outcome::Acknowledged));
    assert_eq!((own("Integration").outcome, flags(&own("whoever"))), (Outcome::Alerted, vec!["acknowledged_by_unknown"]));
}
