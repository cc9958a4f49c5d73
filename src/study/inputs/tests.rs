//! Inputs as AWS's tools write them, and as nobody should.

use super::import::{Kind, Unreadable};
use super::policy::denial;
use super::*;
use crate::evidence::record::time;
use base64ct::{Base64, Encoding};
use proptest::prelude::*;

fn import(text: &str, options: &Options) -> Import {
    read(text.as_bytes(), options).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn at(text: &str) -> Option<i64> {
    Some(time::parse(text.as_bytes()).unwrap())
}

fn of(account: &str, date: &str) -> Options {
    Options { account: Some(account.to_owned()), date: at(date), policy: None }
}

const REPORT: &str = "user,arn,user_creation_time,password_enabled,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_2_active,access_key_2_last_rotated\n\
    <root_account>,arn:aws:iam::111122223333:root,2016-01-01T00:00:00Z,TRUE,true,false,N/A,false,N/A\n\
    ann,arn:aws:iam::111122223333:user/ann,2026-10-20T00:00:00Z,true,false,false,N/A,false,N/A";

#[test]
fn a_report_is_dated_by_itself_else_by_the_caller_else_by_what_is_in_it() {
    let wrapped = format!(
        r#"{{"Content":"{}","ReportFormat":"text/csv","GeneratedTime":"2026-11-01T04:00:00+00:00"}}"#,
        Base64::encode_string(REPORT.as_bytes())
    );
    let given = Options { date: at("2026-11-02T00:00:00Z"), ..Options::default() };
    for (text, options, date, dated) in [
        (wrapped.as_str(), &given, "2026-11-01T04:00:00Z", Dated::Stated),
        (REPORT, &given, "2026-11-02T00:00:00Z", Dated::Given),
        // Ann was made then, so the report is not older.
        (REPORT, &Options::default(), "2026-10-20T00:00:00Z", Dated::NotBefore),
    ] {
        let import = import(text, options);
        let (account, state) = &import.states[0];
        assert_eq!((account.as_str(), state.at, state.dated), ("111122223333", at(date), dated));
        assert_eq!((state.password, state.keys, state.credentials, state.mfa), (Some(true), Some(false), Some(true), Some(true)));
        assert_eq!(import.kinds.iter().collect::<Vec<_>>(), [&Kind::CredentialReport]);
    }
}

#[test]
fn summaries_are_read_with_their_account_and_missing_counts_are_not_zero() {
    let map = r#""SummaryMap":{"AccountMFAEnabled":1,"AccountAccessKeysPresent":0,"Users":7}"#;
    let wrapped = format!(r#"{{"AccountId":"444455556666",{map}}}"#);
    let options = of("111122223333", "2026-11-01T00:00:00Z");
    for (text, account) in [(format!("{{{map}}}"), "111122223333"), (wrapped, "444455556666")] {
        let (named, state) = &import(&text, &options).states[0];
        assert_eq!(named, account);
        // Whether there is a password nobody says, so neither whether there are any credentials.
        assert_eq!((state.mfa, state.keys, state.password, state.credentials), (Some(true), Some(false), None, None));
    }
    let odd = import(r#"{"SummaryMap":{"AccountMFAEnabled":"yes","AccountAccessKeysPresent":-1}}"#, &options);
    assert_eq!((odd.states[0].1.mfa, odd.states[0].1.keys, odd.problems.len()), (None, None, 2));
    let error = read(format!("{{{map}}}").as_bytes(), &Options::default()).unwrap_err();
    assert!(matches!(error, Unreadable::Useless(reason) if reason.contains("name it")));
}

#[test]
fn a_virtual_device_is_roots_by_its_user_or_by_the_name_it_has_by_default() {
    let device = |serial: &str, rest: &str| {
        format!(r#"{{"VirtualMFADevices":[{{"SerialNumber":"arn:aws:iam::111122223333:mfa/{serial}"{rest}}}]}}"#)
    };
    let ann = r#","User":{"Arn":"arn:aws:iam::111122223333:user/ann"},"EnableDate":"2026-01-01T00:00:00+00:00""#;
    let root = r#","User":{"Arn":"arn:aws:iam::111122223333:root"},"EnableDate":"2026-01-01T00:00:00+00:00""#;
    for (text, expected) in [
        (device("my-phone", root), Some(true)),
        (device("root-account-mfa-device", r#","EnableDate":"2026-01-01T00:00:00+00:00""#), Some(true)),
        (device("ann", ann), Some(false)),
        // Never switched on; and nothing in the list is in use, so it may be the list of unassigned ones.
        (device("root-account-mfa-device", ""), None),
        (r#"{"VirtualMFADevices":[]}"#.to_owned(), Some(false)),
        (device("ann", ann).replace("]}", r#"],"IsTruncated":true,"Marker":"x"}"#), None),
    ] {
        assert_eq!(import(&text, &of("111122223333", "2026-11-01T00:00:00Z")).states[0].1.virtual_mfa, expected, "{text}");
    }
}

#[test]
fn accounts_of_an_organisation_are_listed_with_or_without_their_wrapper() {
    let account = r#"{"Id":"111122223333","Arn":"arn:aws:organizations::444455556666:account/o-1/111122223333","Email":"a@example.com","Name":"prod","Status":"ACTIVE","JoinedTimestamp":1735689600.5}"#;
    let management = account.replace("444455556666", "111122223333").replace("1735689600.5", r#""2025-01-01T01:00:00+01:00""#);
    for text in [
        format!(r#"{{"Accounts":[{account},{management},{{"Id":"x"}}],"NextToken":"x"}}"#),
        format!("[{account},{management},{{\"Id\":\"x\"}}]"),
    ] {
        let import = import(&text, &Options::default());
        assert_eq!(import.problems.len(), 1);
        let told: Vec<_> = import.accounts.iter().map(|one| (one.joined.unwrap(), one.is_management(), one.status.as_deref())).collect();
        // 2025-01-01 is day 20089.
        assert_eq!(told, [(1_735_689_600_500_000, Some(false), Some("ACTIVE")), (1_735_689_600_000_000, Some(true), Some("ACTIVE"))]);
        assert_eq!(import.incomplete, text.contains("NextToken"));
    }
}

#[test]
fn paths_of_an_account_are_kept_where_they_name_the_root() {
    let account =
        |rest: &str| format!(r#"{{"Id":"111122223333","Arn":"arn:aws:organizations::444455556666:account/o-1/111122223333"{rest}}}"#);
    let paths = |rest: &str| import(&format!("[{}]", account(rest)), &Options::default()).accounts.remove(0).paths;
    assert_eq!(paths(r#","Paths":["o-1/r-1/ou-1-b/","o-1/r-1/ou-1-a/",7,"ou-1-a/"]"#), ["o-1/r-1/ou-1-a/", "o-1/r-1/ou-1-b/"]);
    assert_eq!((paths(""), paths(r#","Paths":"o-1/r-1/""#)), (Vec::<String>::new(), Vec::new()));
}

#[test]
fn config_results_answer_one_question_each() {
    let result = |rule: &str, compliance: &str| {
        format!(
            r#"{{"EvaluationResultIdentifier":{{"EvaluationResultQualifier":{{"ConfigRuleName":"{rule}","ResourceType":"AWS::::Account","ResourceId":"111122223333"}},"OrderingTimestamp":1}},"ComplianceType":"{compliance}","ResultRecordedTime":1767225601.5,"ConfigRuleInvokedTime":1767225600.0}}"#
        )
    };
    let text = format!(
        r#"{{"EvaluationResults":[{},{},{},{},{}]}}"#,
        result("iam-root-access-key-check", "NON_COMPLIANT"),
        result("securityhub-root-account-mfa-enabled-1a2b", "NOT_APPLICABLE"),
        result("OrgConfigRule-root-account-hardware-mfa-enabled-x", "NON_COMPLIANT"),
        result("ROOT_ACCOUNT_MFA_ENABLED", "INSUFFICIENT_DATA"),
        result("s3-bucket-versioning-enabled", "COMPLIANT")
    );
    let import = import(&text, &Options::default());
    let told: Vec<_> = import.states.iter().map(|(_, state)| (state.keys, state.has_mfa(), state.hardware_mfa)).collect();
    assert_eq!(told, [(Some(true), None, None), (None, Some(Answer::NotApplicable), None), (None, None, Some(false)), (None, None, None)]);
    assert_eq!(import.states[0].1.at, at("2026-01-01T00:00:00Z"));
    assert_eq!(import.problems[0].reason, "the rule `s3-bucket-versioning-enabled` is none of those about root");
    let aggregate = text
        .replace("EvaluationResults", "AggregateEvaluationResults")
        .replace(r#""ComplianceType""#, r#""AccountId":"444455556666","ComplianceType""#);
    assert!(read(aggregate.as_bytes(), &Options::default()).unwrap().states.iter().all(|(account, _)| account == "444455556666"));
}

#[test]
fn a_policy_denies_root_only_where_it_says_so_without_ifs() {
    let deny = |action: &str, resource: &str, condition: &str| {
        format!(r#"{{"Statement":[{{"Effect":"Deny","Action":{action},"Resource":{resource},"Condition":{condition}}}]}}"#)
    };
    let all = |condition: &str| deny(r#""*""#, r#""*""#, condition);
    for (content, expected) in [
        (all(r#"{"StringLike":{"aws:PrincipalArn":["arn:aws:iam::*:root"]}}"#), Some(true)),
        (all(r#"{"ArnLike":{"AWS:principalarn":"arn:*:iam::*:root"}}"#), Some(true)),
        (deny(r#"["s3:*","*"]"#, r#"["*"]"#, r#"{"StringLike":{"aws:PrincipalArn":"*:root"}}"#), Some(true)),
        (all("{}"), Some(true)),
        // ARNs are compared part by part, and this has three parts.
        (all(r#"{"ArnLike":{"aws:PrincipalArn":"*::*:root"}}"#), None),
        // No wildcard without `Like`.
        (all(r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}"#), None),
        (all(r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}}"#), None),
        (deny(r#""ec2:*""#, r#""*""#, r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}"#), None),
        (all(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"},"Null":{"aws:SourceVpc":"true"}}"#), None),
        (all(r#"{"StringEquals":{"aws:PrincipalType":"Account"}}"#), None),
        (all(r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}"#), None),
        (all(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*0*:root"}}"#), None),
        (all(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:root"}}"#), None),
        (all(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"},"Bool":"true"}"#), None),
        (all(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*"},"Null":{"aws:SourceVpc":"true"}}"#), None),
        (all(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*"}}"#), Some(true)),
        ("?".to_owned(), None),
        (deny(r#""organizations:LeaveOrganization""#, r#""*""#, "{}"), Some(false)),
        (deny(r#""iam:*""#, r#""*""#, r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}"#), Some(false)),
        (all(r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#), Some(false)),
        (all(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}"#), Some(false)),
        (r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#.to_owned(), Some(false)),
    ] {
        let denial = denial(&content);
        assert_eq!(denial.denies_root, expected, "{content}: {}", denial.reason);
    }
}

#[test]
fn a_policy_is_put_together_out_of_its_list_its_text_and_its_targets() {
    let list =
        r#"{"Policies":[{"Id":"p-1","Name":"no-root","Type":"SERVICE_CONTROL_POLICY"},{"Id":"p-2","Name":"tags","Type":"TAG_POLICY"}]}"#;
    let text = r#"{"Policy":{"PolicySummary":{"Id":"p-1","Type":"SERVICE_CONTROL_POLICY"},"Content":"{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:root\"}}}]}"}}"#;
    let targets = r#"{"PolicyId":"p-1","Targets":[{"TargetId":"ou-1","Name":"all","Type":"ORGANIZATIONAL_UNIT"}]}"#;
    let alone = import(list, &Options::default());
    assert_eq!(alone.policies[0].denial().denies_root, None);
    let import = import(&format!("{targets}\n{list}\n{text}"), &Options::default());
    let merged = merge(import.policies.clone());
    assert_eq!(merged, merge(import.policies.into_iter().rev()));
    assert_eq!((merged.len(), merged[0].denial().denies_root, merged[0].name.as_deref()), (2, Some(true), Some("no-root")));
    assert_eq!(merged[0].targets.as_ref().unwrap()[0].id, "ou-1");
    assert_eq!((merged[1].denial().denies_root, merged[1].targets.is_none()), (None, true));
    let known = |policy: &Policy| policy.targets.as_ref().map(|targets| (targets.len(), policy.has_all_targets));
    assert_eq!(merged.iter().map(known).collect::<Vec<_>>(), [Some((1, true)), None]);
    // Of a policy of another type nothing is said, whatever is in it.
    let other = Policy { kind: Some("RESOURCE_CONTROL_POLICY".to_owned()), ..merged[0].clone() };
    assert_eq!(other.denial(), Denial { denies_root: None, reason: "it is of the type RESOURCE_CONTROL_POLICY".to_owned() });
}

#[test]
fn lists_of_policies_and_of_targets_are_whole_only_where_nothing_is_missing() {
    let listed = |policies: &str, rest: &str| import(&format!(r#"{{"Policies":[{policies}]{rest}}}"#), &Options::default()).policy_lists;
    let own =
        r#"{"Id":"p-1","Arn":"arn:aws:organizations::444455556666:policy/o-1/service_control_policy/p-1","Type":"SERVICE_CONTROL_POLICY"}"#;
    let of_aws = r#"{"Id":"p-FullAWSAccess","Arn":"arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess","Type":"SERVICE_CONTROL_POLICY"}"#;
    let whole = |organisation: Option<&str>| std::collections::BTreeSet::from([organisation.map(str::to_owned)]);
    let none = std::collections::BTreeSet::new();
    for (policies, rest, expected) in [
        (format!("{own},{of_aws}"), "", whole(Some("444455556666"))),
        (of_aws.to_owned(), "", whole(None)),
        (own.to_owned(), r#","NextToken":"x""#, none.clone()),
        (format!("{own},{{}}"), "", none.clone()),
        // Of another type; and of no type that can be seen.
        (own.replace("SERVICE_CONTROL_POLICY", "TAG_POLICY"), "", none.clone()),
        (String::new(), "", none),
    ] {
        assert_eq!(listed(&policies, rest), expected, "{policies}{rest}");
    }
    let targets = |targets: &str, rest: &str| {
        let options = Options { policy: Some("p-1".to_owned()), ..Options::default() };
        import(&format!(r#"{{"Targets":[{targets}]{rest}}}"#), &options).policies.remove(0)
    };
    let root = r#"{"TargetId":"r-1","Arn":"arn:aws:organizations::444455556666:root/o-1/r-1","Name":"Root","Type":"ROOT"}"#;
    for (text, rest, number, is_whole) in
        [(root, "", 1, true), ("", "", 0, true), (root, r#","NextToken":"x""#, 1, false), (&format!("{root},{{}}"), "", 1, false)]
    {
        let policy = targets(text, rest);
        assert_eq!((policy.targets.unwrap().len(), policy.has_all_targets), (number, is_whole), "{text}{rest}");
    }
    // Pages are put together, and one target that is told twice is one.
    let bare = r#"{"TargetId":"r-1","Type":"ROOT"}"#;
    let merged = merge([targets(bare, r#","NextToken":"x""#), targets(root, ""), targets(bare, "")]);
    assert_eq!((merged[0].targets.as_ref().unwrap().len(), merged[0].has_all_targets), (1, true));
    assert_eq!(merged[0].targets.as_ref().unwrap()[0].management.as_deref(), Some("444455556666"));
}

#[test]
fn of_the_policy_that_allows_everything_nobody_need_give_the_content() {
    assert_eq!(Policy::new("p-FullAWSAccess").denial().denies_root, Some(false));
    assert_eq!(Policy::new("p-1").denial().denies_root, None);
}

#[test]
fn what_is_damaged_or_strange_is_said() {
    assert_eq!(read(b" \n", &Options::default()), Err(Unreadable::Empty));
    assert_eq!(read(b"a,b\n1,2", &Options::default()), Err(super::formats::unknown()));
    assert!(matches!(read(br#"{"Records":[]}"#, &Options::default()), Err(Unreadable::Useless(_))));
    assert!(matches!(read(b"\xff", &Options::default()), Err(Unreadable::NotText(0))));
    let good = r#"{"AccountId":"111122223333","SummaryMap":{"AccountMFAEnabled":1}}"#;
    let cut = import(&format!("{good}{good}{{\"Accou"), &Options::default());
    assert_eq!((cut.states.len(), cut.incomplete, cut.problems[0].position), (2, true, 3));
    let many = import(&format!("[{good}{}]", ",0".repeat(5_000)), &Options::default());
    assert_eq!((many.states.len(), many.problems.len(), many.more_problems), (1, 1_000, 4_000));
}

#[test]
fn deep_lists_end() {
    assert!(read("[".repeat(1 << 20).as_bytes(), &Options::default()).is_err());
    assert_eq!(denial(&r#"{"Statement":"#.repeat(1 << 16)).denies_root, None);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        pick in 0..9usize,
        value in "(\\{|\\[|\"|:|,|\\}|\\]|Id|Arn|-1|1e999|null|arn:aws:iam::111122223333:root|Type|Content|Policy|é){0,24}",
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let name = ["SummaryMap", "VirtualMFADevices", "Accounts", "EvaluationResults", "AggregateEvaluationResults", "Policies", "Policy", "Targets", "Content"][pick];
        let options = of("111122223333", "2026-11-01T00:00:00Z");
        drop(read(format!("{{\"{name}\":{value}}}").as_bytes(), &options));
        drop(read(format!("{{\"{name}\":[{{\"Id\":\"{}\"}},{value}]}}", value.replace('"', "")).as_bytes(), &options));
        drop(read(&bytes, &options));
        drop(denial(&format!("{{\"Statement\":{value}}}")));
    }
}
