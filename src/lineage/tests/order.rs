//! The same facts give the same lineage, in whatever order and however often they are shown; and nothing that is shown breaks it.

use super::*;
use proptest::prelude::*;

/// Records of the story.
const RECORDS: usize = 27;

/// A story with most sorts of records in it.
fn story() -> Vec<Value> {
    let iam = |seconds, by: Value, event: &str, request: Value| call(seconds, by, "iam", event, request, Value::Null);
    let ann = || with_key(with_id(user(ACCOUNT, "ann_lee"), "AIDAANNEXAMPLE"), "AKIAANNEXAMPLE");
    let outsider = json!({"type": "AWSAccount", "accountId": THIRD, "principalId": "AIDAOUTEXAMPLE"});
    let everybody = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*"}});
    let trust = |seconds| {
        let allow = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": [THIRD, ACCOUNT]}, "Action": "sts:AssumeRole"}]});
        iam(seconds, root(ACCOUNT), "UpdateAssumeRolePolicy", json!({"roleName": "opened", "policyDocument": allow.to_string()}))
    };
    let got = |seconds| {
        let mut record = call(seconds, outsider.clone(), "s3", "GetObject", json!({"bucketName": "the-ledgers"}), Value::Null);
        record["recipientAccountId"] = ACCOUNT.into();
        record
    };
    let first = |seconds| session(OTHER, "shared", "root", "ASIAONEEXAMPLE", seconds);
    vec![
        sign_in(90, root(ACCOUNT), true),
        create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE"),
        create_key(100, root(ACCOUNT), "ann_lee", "AKIAANNEXAMPLE"),
        iam(101, root(ACCOUNT), "AttachUserPolicy", json!({"userName": "ann_lee", "policyArn": "arn:aws:iam::aws:policy/X"})),
        assume_role(102, ann(), OTHER, "shared", "root", "ASIAONEEXAMPLE"),
        assume_role(102, user(OTHER, "an_administrator"), OTHER, "shared", "root", "ASIATWOEXAMPLE"),
        use_of(103, first(102)),
        use_of(103, session(OTHER, "shared", "root", "ASIATWOEXAMPLE", 102)),
        use_of(103, session(OTHER, "shared", "root", "ASIATHREEEXAMPLE", 102)),
        call(
            104,
            first(102),
            "ec2",
            "RunInstances",
            Value::Null,
            json!({"instancesSet": {"items": [{"instanceId": "i-0a", "instanceType": "p5.48xlarge"}]}}),
        ),
        use_of(105, session(OTHER, "worker", "i-0a", "ASIAFOUREXAMPLE", 104)),
        iam(106, ann(), "UpdateLoginProfile", json!({"userName": "bob_ray"})),
        sign_in(107, user(ACCOUNT, "bob_ray"), true),
        use_of(108, with_start(user(ACCOUNT, "bob_ray"), "ASIABOBEXAMPLE", 108)),
        iam(109, user(ACCOUNT, "an_administrator"), "DeleteUser", json!({"userName": "ann_lee"})),
        create_user(109, user(ACCOUNT, "an_administrator"), "ann_lee", "AIDAANOTHEREXAMPLE"),
        use_of(110, user(ACCOUNT, "ann_lee")),
        call(111, first(102), "cloudtrail", "StopLogging", json!({"name": "main"}), Value::Null),
        call(112, first(102), "ec2", "TerminateInstances", json!({"instancesSet": {"items": [{"instanceId": "i-0a"}]}}), Value::Null),
        trust(113),
        assume_role(113, outsider.clone(), ACCOUNT, "opened", "in", "ASIAINEXAMPLE"),
        assume_role(112, user(ACCOUNT, "cat_fox"), ACCOUNT, "opened", "was", "ASIAWASEXAMPLE"),
        assume_role(114, user(ACCOUNT, "cat_fox"), ACCOUNT, "opened", "is", "ASIAISEXAMPLE"),
        call(115, root(ACCOUNT), "s3", "PutBucketPolicy", json!({"bucketName": "the-ledgers", "bucketPolicy": everybody}), Value::Null),
        got(116),
        call(
            117,
            root(ACCOUNT),
            "identitystore",
            "CreateGroupMembership",
            json!({"groupId": "g-1", "memberId": {"userId": "u-1"}}),
            Value::Null,
        ),
        call(118, root(ACCOUNT), "rolesanywhere", "CreateProfile", json!({"name": "p"}), Value::Null),
    ]
}

fn resolved(records: &[String], order: impl IntoIterator<Item = usize>) -> Lineage {
    let (mut trace, mut parser) = (Trace::new(Start::Root, Span::default()), Parser::default());
    order.into_iter().for_each(|number| show(&mut trace, &mut parser, &records[number], number as u64));
    trace.resolve()
}

proptest! {
    #[test]
    fn the_order_of_records_does_not_matter(
        order in Just((0..RECORDS).collect::<Vec<usize>>()).prop_shuffle(),
        again in proptest::collection::vec(0..RECORDS, 0..10),
    ) {
        let records = texts(&story());
        let lineage = resolved(&records, order.into_iter().chain(again));
        lineage.check();
        prop_assert_eq!(&lineage, &resolved(&records, 0..RECORDS));
        let json = serde_json::to_string(&lineage).unwrap();
        prop_assert_eq!(json, serde_json::to_string(&resolved(&records, (0..RECORDS).rev())).unwrap());
    }

    #[test]
    fn a_part_of_the_records_never_tells_of_more_records_than_there_are(kept in proptest::collection::vec(any::<bool>(), RECORDS)) {
        let records = texts(&story());
        let lineage = resolved(&records, (0..RECORDS).filter(|number| kept[*number]));
        lineage.check();
        prop_assert!(lineage.traced.len() <= kept.iter().filter(|kept| **kept).count());
    }

    #[test]
    fn nothing_that_is_shown_breaks_a_trace(
        number in 0..RECORDS, path in 0..15usize, with in 0..6usize, text in "[\\PC\\x00-\\x1f]{0,20}",
    ) {
        let mut records = story();
        let paths = [
            "/eventTime", "/userIdentity", "/userIdentity/arn", "/userIdentity/accountId", "/userIdentity/principalId", "/userIdentity/type",
            "/requestParameters", "/responseElements", "/requestParameters/userName", "/responseElements/credentials/accessKeyId",
            "/userIdentity/sessionContext", "/recipientAccountId", "/requestParameters/policyDocument", "/requestParameters/bucketPolicy",
            "/requestParameters/memberId",
        ];
        let values = [Value::Null, json!([]), json!({}), json!(7), json!(text), json!([{"items": [text]}])];
        if let Some(place) = records[number].pointer_mut(paths[path]) {
            *place = values[with].clone();
        }
        let texts = texts(&records);
        let lineage = trace_in(Start::Root, Span::default(), &texts, 3);
        lineage.check();
        let drawn = [render::tree(&lineage, &|text| text.escape_default().to_string()), render::dot(&lineage), render::mermaid(&lineage)];
        prop_assert!(drawn.iter().all(|text| text.chars().all(|c| c == '\n' || !c.is_control())));
    }
}
