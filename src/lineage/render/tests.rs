use super::*;
use crate::evidence::record::view::Value;
use crate::evidence::record::{Parser, Record};
use crate::lineage::{Span, Start, Trace};
use crate::root;

/// Root makes a user of that name, which then acts.
fn lineage(name: &str) -> Lineage {
    let account = "111122223333";
    let record = |identity: serde_json::Value, event: &str, time: &str| {
        serde_json::json!({
            "eventTime": time, "eventSource": "iam.amazonaws.com", "eventName": event, "recipientAccountId": account, "userIdentity": identity,
            "requestParameters": {"userName": name},
        })
    };
    let root_identity = serde_json::json!({"type": "Root", "accountId": account, "arn": format!("arn:aws:iam::{account}:root")});
    let user = serde_json::json!({"type": "IAMUser", "accountId": account, "userName": name});
    let records = [record(root_identity, "CreateUser", "2026-01-01T00:00:00Z"), record(user, "ListUsers", "2026-01-01T00:01:00Z")];
    let mut trace = Trace::new(Start::Root, Span::default());
    for (record, handle) in records.iter().zip(0..) {
        let add = |value: Value<'_>| {
            let record = Record::read(value);
            trace.add(&record, root::label(&record).map(|label| label.class), handle);
        };
        Parser::default().with(record.to_string().as_bytes(), add).unwrap();
    }
    trace.resolve()
}

const HOSTILE: &str = "a\"]; n0 -> n1 \\\" <b onclick=x>&amp;\u{1b}[2J%%{init}%% `|\n;\u{202e}";

#[test]
fn a_tree_tells_who_came_from_whom_and_how() {
    let tree = tree(&lineage("ann"), &str::to_owned);
    let lines: Vec<_> = tree.lines().take(3).collect();
    let expected = [
        "root 111122223333  [issued, 1 record]",
        "    2026-01-01T00:00:00Z; persistence 1",
        "  user ann  [created, CreateUser, 2026-01-01T00:00:00Z, 1 record]",
    ];
    assert_eq!(lines, expected);
    assert!(
        tree.contains(
            "Still standing\n  made user ann in 111122223333, since 2026-01-01T00:00:00Z\n    aws iam get-user --user-name ann\n"
        )
    );
}

#[test]
fn every_text_of_a_record_goes_through_the_cleaner() {
    let tree = tree(&lineage(HOSTILE), &|text| text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '.' }).collect());
    assert!(tree.chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic()));
    assert!(tree.contains("user a\"]; n0 -> n1"));
}

#[test]
fn names_cannot_become_syntax_of_a_graph() {
    let lineage = lineage(HOSTILE);
    let dot = dot(&lineage);
    assert!(dot.contains(r#"label="user a\"]; n0 -> n1 \\\" <b onclick=x>&amp;amp;\\u{1b}[2J"#), "{dot}");
    assert_eq!(dot.lines().count(), 7, "a name ends no line: {dot}");
    let mermaid = mermaid(&lineage);
    assert_eq!(mermaid.lines().count(), 4, "{mermaid}");
    let label = mermaid.lines().nth(2).unwrap();
    assert_eq!(label.matches('"').count(), 2, "{label}");
    assert!(!label.contains("<b ") && !label.contains("%%") && !label.contains('`') && !label.contains('|'), "{label}");
}

#[test]
fn a_lineage_is_json() {
    let json = serde_json::to_value(lineage("ann")).unwrap();
    assert_eq!(json["nodes"][1]["kind"], "user");
    assert_eq!(json["nodes"][1]["certainty"], "created");
    assert_eq!(json["traced"][1]["node"], 1);
    assert_eq!(json["standing"][0]["slot"], "made");
}
