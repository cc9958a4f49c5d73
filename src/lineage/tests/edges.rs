//! Each sort of edge: what follows from it, and what does not when it failed, came later, was somebody else's or happened elsewhere.

use super::*;

struct Case {
    name: &'static str,
    /// By root, from second 100 on.
    issue: Vec<Value>,
    /// What the new or altered identity does at a time, in an account.
    child: fn(i64, &str) -> Value,
    certainty: Certainty,
    /// By a key, which is the same in every account.
    by_key: bool,
}

const KEY: &str = "AKIACHILDEXAMPLE";
const TEMPORARY: &str = "ASIACHILDEXAMPLE";

fn iam(seconds: i64, event: &str, request: Value, response: Value) -> Value {
    call(seconds, root(ACCOUNT), "iam", event, request, response)
}

fn cases() -> Vec<Case> {
    let by = || root(ACCOUNT);
    let ann = |seconds, account: &str| use_of(seconds, user(account, "ann_lee"));
    let by_key = |seconds, account: &str| use_of(seconds, with_key(user(account, "ann_lee"), KEY));
    let role = |seconds, account: &str| use_of(seconds, session(account, "backup-role", "nightly", "ASIAOTHEREXAMPLE", seconds - 5));
    let temporary = |seconds, account: &str| use_of(seconds, session(account, "elsewhere", "s-1", TEMPORARY, 100));
    let instance =
        |seconds, account: &str| use_of(seconds, session(account, "worker", "i-0123456789abcdef0", "ASIAOTHEREXAMPLE", seconds - 5));
    let function = |seconds, account: &str| use_of(seconds, session(account, "worker", "resize-images", "ASIAOTHEREXAMPLE", seconds - 5));
    let console = |seconds, account: &str| use_of(seconds, with_start(user(account, "ann_lee"), "ASIACONSOLEEXAMPLE", seconds - 5));
    let case = |name, issue, child, certainty, by_key| Case { name, issue, child, certainty, by_key };
    let named = |name: &str| json!({"userName": name});
    let changed = |name, event, request| case(name, vec![iam(100, event, request, Value::Null)], ann, Certainty::Changed, false);
    let changed_role = |name, event, request| case(name, vec![iam(100, event, request, Value::Null)], role, Certainty::Changed, false);
    let launch = json!({"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0", "instanceType": "p4d.24xlarge"}]}});
    let runs = json!({"functionName": "resize-images", "role": format!("arn:aws:iam::{ACCOUNT}:role/service/worker"),
        "functionArn": format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:resize-images")});
    let lambda = |event, certainty| {
        let issue = call(100, by(), "lambda", event, json!({"functionName": "resize-images"}), runs.clone());
        case(event, vec![issue], function, certainty, false)
    };
    let provider = format!("arn:aws:iam::{ACCOUNT}:saml-provider/partner");
    let saml = |seconds| {
        let identity = json!({"type": "SAMLUser", "principalId": "x:y", "userName": "y", "accountId": ACCOUNT});
        let mut record = assume_role(seconds, identity, ACCOUNT, "elsewhere", "s-1", TEMPORARY);
        record["eventName"] = "AssumeRoleWithSAML".into();
        record["requestParameters"]["principalArn"] = provider.clone().into();
        record
    };
    let oidc = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/login.example.com/path");
    let web = |seconds| {
        let identity = json!({"type": "WebIdentityUser", "principalId": "x", "identityProvider": oidc.clone()});
        let mut record = assume_role(seconds, identity, ACCOUNT, "elsewhere", "s-1", TEMPORARY);
        record["eventName"] = "AssumeRoleWithWebIdentity".into();
        record["recipientAccountId"] = ACCOUNT.into();
        record
    };
    let set = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-5555666677778888";
    let reserved = |seconds, account: &str| {
        use_of(seconds, session(account, "AWSReservedSSO_BreakGlass_0123456789abcdef", "carla", "ASIAOTHEREXAMPLE", seconds - 5))
    };
    vec![
        case("CreateUser", vec![create_user(100, by(), "ann_lee", "AIDAANNEXAMPLE")], ann, Certainty::Created, false),
        case("CreateAccessKey", vec![create_key(100, by(), "ann_lee", KEY)], by_key, Certainty::Issued, true),
        case(
            "CreateAccessKey of root",
            vec![iam(100, "CreateAccessKey", Value::Null, json!({"accessKey": {"accessKeyId": KEY}}))],
            by_key,
            Certainty::Issued,
            true,
        ),
        case(
            "UpdateAccessKey",
            vec![iam(100, "UpdateAccessKey", json!({"userName": "x", "accessKeyId": KEY, "status": "Active"}), Value::Null)],
            by_key,
            Certainty::Changed,
            true,
        ),
        case("CreateLoginProfile", vec![iam(100, "CreateLoginProfile", named("ann_lee"), Value::Null)], ann, Certainty::Changed, false),
        case(
            "UpdateLoginProfile and sign-in",
            vec![iam(100, "UpdateLoginProfile", named("ann_lee"), Value::Null), sign_in(194, user(ACCOUNT, "ann_lee"), true)],
            console,
            Certainty::Created,
            false,
        ),
        changed(
            "AttachUserPolicy",
            "AttachUserPolicy",
            json!({"userName": "ann_lee", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ),
        changed("PutUserPolicy", "PutUserPolicy", json!({"userName": "ann_lee", "policyName": "x"})),
        changed("DeleteUserPermissionsBoundary", "DeleteUserPermissionsBoundary", named("ann_lee")),
        changed("AddUserToGroup", "AddUserToGroup", json!({"userName": "ann_lee", "groupName": "admins"})),
        changed("DeactivateMFADevice", "DeactivateMFADevice", json!({"userName": "ann_lee", "serialNumber": "arn:aws:iam::1:mfa/ann"})),
        changed("EnableMFADevice", "EnableMFADevice", json!({"userName": "ann_lee", "serialNumber": "arn:aws:iam::1:mfa/ann"})),
        changed("UploadSSHPublicKey", "UploadSSHPublicKey", named("ann_lee")),
        changed("UploadSigningCertificate", "UploadSigningCertificate", named("ann_lee")),
        changed("CreateServiceSpecificCredential", "CreateServiceSpecificCredential", named("ann_lee")),
        case("CreateRole", vec![create_role(100, by(), "backup-role")], role, Certainty::Created, false),
        changed_role("UpdateAssumeRolePolicy", "UpdateAssumeRolePolicy", json!({"roleName": "backup-role", "policyDocument": "{}"})),
        changed_role("AttachRolePolicy", "AttachRolePolicy", json!({"roleName": "backup-role", "policyArn": "arn:aws:iam::aws:policy/X"})),
        changed_role("PutRolePolicy", "PutRolePolicy", json!({"roleName": "backup-role", "policyName": "x"})),
        case("AssumeRole", vec![assume_role(100, by(), ACCOUNT, "elsewhere", "s-1", TEMPORARY)], temporary, Certainty::Issued, true),
        case(
            "AssumeRoleWithSAML",
            vec![iam(100, "UpdateSAMLProvider", json!({"sAMLProviderArn": provider.clone()}), Value::Null), saml(110)],
            temporary,
            Certainty::Changed,
            true,
        ),
        case(
            "AssumeRoleWithWebIdentity",
            vec![
                iam(100, "CreateOpenIDConnectProvider", json!({"url": "https://x"}), json!({"openIDConnectProviderArn": oidc.clone()})),
                web(110),
            ],
            temporary,
            Certainty::Created,
            true,
        ),
        case(
            "GetSessionToken",
            vec![call(100, by(), "sts", "GetSessionToken", Value::Null, json!({"credentials": {"accessKeyId": TEMPORARY}}))],
            |seconds, account| use_of(seconds, with_key(user(account, "somebody"), TEMPORARY)),
            Certainty::Issued,
            true,
        ),
        case(
            "GetFederationToken",
            vec![call(
                100,
                by(),
                "sts",
                "GetFederationToken",
                json!({"name": "guest"}),
                json!({"credentials": {"accessKeyId": TEMPORARY}}),
            )],
            |seconds, account| {
                let arn = format!("arn:aws:sts::{account}:federated-user/guest");
                use_of(
                    seconds,
                    json!({"type": "FederatedUser", "arn": arn, "accountId": account, "accessKeyId": TEMPORARY,
                    "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/x"}}}),
                )
            },
            Certainty::Issued,
            true,
        ),
        case("RunInstances", vec![call(100, by(), "ec2", "RunInstances", Value::Null, launch)], instance, Certainty::Created, false),
        case(
            "AssociateIamInstanceProfile",
            vec![call(
                100,
                by(),
                "ec2",
                "AssociateIamInstanceProfile",
                json!({"AssociateIamInstanceProfileRequest": {"InstanceId": "i-0123456789abcdef0", "IamInstanceProfile": {"Name": "p"}}}),
                Value::Null,
            )],
            instance,
            Certainty::Changed,
            false,
        ),
        case(
            "SendSSHPublicKey",
            vec![call(100, by(), "ec2-instance-connect", "SendSSHPublicKey", json!({"instanceId": "i-0123456789abcdef0"}), Value::Null)],
            instance,
            Certainty::Inferred,
            false,
        ),
        lambda("CreateFunction20150331", Certainty::Created),
        lambda("UpdateFunctionCode20150331v2", Certainty::Changed),
        case(
            "permission set",
            vec![call(
                100,
                by(),
                "sso",
                "CreatePermissionSet",
                json!({"name": "BreakGlass"}),
                json!({"permissionSet": {"permissionSetArn": set}}),
            )],
            reserved,
            Certainty::Created,
            // It acts in any account it is given in.
            true,
        ),
        case(
            "SwitchRole",
            vec![create_user(100, by(), "ann_lee", "AIDAANNEXAMPLE"), switch(195)],
            |seconds, account| use_of(seconds, session(account, "elsewhere", "ann_lee", "ASIACONSOLEEXAMPLE", 196)),
            Certainty::Created,
            false,
        ),
    ]
}

fn switch(seconds: i64) -> Value {
    let mut record = call(
        seconds,
        session(ACCOUNT, "elsewhere", "ann_lee", "", seconds),
        "signin",
        "SwitchRole",
        Value::Null,
        json!({"SwitchRole": "Success"}),
    );
    record["userIdentity"].as_object_mut().unwrap().remove("sessionContext");
    record["additionalEventData"] = json!({"SwitchFrom": format!("arn:aws:iam::{ACCOUNT}:user/ann_lee")});
    record
}

/// What becomes of the child's record, which comes last.
fn child(records: Vec<Value>) -> (Option<Certainty>, Lineage) {
    let lineage = trace(Start::Root, &records);
    lineage.check();
    (lineage.certainty(records.len() - 1), lineage)
}

#[test]
fn each_edge_leads_to_what_came_of_it() {
    for case in cases() {
        let (certainty, lineage) = child([case.issue, vec![(case.child)(200, ACCOUNT)]].concat());
        assert_eq!(certainty, Some(case.certainty), "{}", case.name);
        assert!(lineage.edges.iter().any(|edge| edge.handle == 0), "{}", case.name);
        assert!(lineage.nodes.iter().filter(|node| node.depth > 0).all(|node| node.tainted.is_some()));
    }
}

#[test]
fn a_denied_call_leads_nowhere() {
    for case in cases() {
        let issue: Vec<Value> = case.issue.into_iter().map(denied).collect();
        let (certainty, lineage) = child([issue, vec![(case.child)(200, ACCOUNT)]].concat());
        assert_eq!((certainty, lineage.edges.len()), (None, 0), "{}", case.name);
    }
}

#[test]
fn what_came_before_the_edge_is_not_traced() {
    for case in cases() {
        let (certainty, _) = child([case.issue, vec![(case.child)(99, ACCOUNT)]].concat());
        assert_eq!(certainty, None, "{}", case.name);
    }
}

#[test]
fn the_same_names_in_another_account_are_somebody_else() {
    for case in cases().into_iter().filter(|case| !case.by_key) {
        let (certainty, _) = child([case.issue, vec![(case.child)(200, OTHER)]].concat());
        assert_eq!(certainty, None, "{}", case.name);
    }
}

#[test]
fn what_the_innocent_do_leads_nowhere() {
    for case in cases() {
        let by_innocent = |mut record: Value| {
            if record["userIdentity"]["type"] == "Root" {
                record["userIdentity"] = user(ACCOUNT, "an_administrator");
            }
            record
        };
        let issue: Vec<Value> = case.issue.into_iter().map(by_innocent).collect();
        let (certainty, lineage) = child([vec![use_of(10, root(ACCOUNT))], issue, vec![(case.child)(200, ACCOUNT)]].concat());
        assert_eq!((certainty, lineage.traced.len()), (None, 1), "{}", case.name);
    }
}

#[test]
fn the_way_of_a_record_reads_from_root_down() {
    let records = [
        create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE"),
        create_key(110, root(ACCOUNT), "ann_lee", KEY),
        assume_role(120, with_key(user(ACCOUNT, "ann_lee"), KEY), OTHER, "deploy", "s-1", TEMPORARY),
        call(
            130,
            session(OTHER, "deploy", "s-1", TEMPORARY, 120),
            "ec2",
            "RunInstances",
            Value::Null,
            json!({"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0", "instanceType": "p4d.24xlarge"}]}}),
        ),
        use_of(200, session(OTHER, "worker", "i-0123456789abcdef0", "ASIAOTHEREXAMPLE", 140)),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(lineage.way(3), ["root", "user", "access_key", "role_session"]);
    assert_eq!(lineage.way(4), ["root", "user", "access_key", "role_session", "instance", "role_session"]);
    assert_eq!(lineage.record(4).unwrap().depth, 5);
    assert_eq!((lineage.certainty(3), lineage.certainty(4)), (Some(Certainty::Issued), Some(Certainty::Created)));
}

#[test]
fn groups_and_policies_hand_on_what_was_done_to_them_while_they_hold() {
    let policy = format!("arn:aws:iam::{ACCOUNT}:policy/team");
    let admin = || user(ACCOUNT, "an_administrator");
    let member =
        |seconds, event: &str, name: &str| call(seconds, admin(), "iam", event, json!({"groupName": "ops", "userName": name}), Value::Null);
    let records = [
        member(10, "AddUserToGroup", "ann_lee"),
        member(11, "AddUserToGroup", "bob_ray"),
        member(20, "RemoveUserFromGroup", "bob_ray"),
        call(12, admin(), "iam", "AttachUserPolicy", json!({"userName": "cat_fox", "policyArn": policy}), Value::Null),
        iam(100, "PutGroupPolicy", json!({"groupName": "ops", "policyName": "all"}), Value::Null),
        iam(100, "CreatePolicyVersion", json!({"policyArn": policy, "setAsDefault": true}), Value::Null),
        use_of(200, user(ACCOUNT, "ann_lee")),
        use_of(200, user(ACCOUNT, "bob_ray")),
        use_of(200, user(ACCOUNT, "cat_fox")),
        use_of(99, user(ACCOUNT, "ann_lee")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    let told: Vec<_> = (6..10).map(|handle| lineage.certainty(handle)).collect();
    assert_eq!(told, [Some(Certainty::Changed), None, Some(Certainty::Changed), None]);
}

#[test]
fn a_policy_on_a_role_that_others_use_makes_nobody_else_issued() {
    let records = [
        assume_role(50, user(ACCOUNT, "an_administrator"), ACCOUNT, "backup-role", "theirs", "ASIATHEIRSEXAMPLE"),
        iam(100, "AttachRolePolicy", json!({"roleName": "backup-role", "policyArn": "arn:aws:iam::aws:policy/X"}), Value::Null),
        assume_role(110, root(ACCOUNT), ACCOUNT, "backup-role", "mine", "ASIAMINEEXAMPLE"),
        use_of(200, session(ACCOUNT, "backup-role", "theirs", "ASIATHEIRSEXAMPLE", 50)),
        use_of(200, session(ACCOUNT, "backup-role", "mine", "ASIAMINEEXAMPLE", 110)),
        use_of(90, session(ACCOUNT, "backup-role", "theirs", "ASIATHEIRSEXAMPLE", 50)),
    ];
    let lineage = trace(Start::Root, &records);
    let told: Vec<_> = (3..6).map(|handle| lineage.certainty(handle)).collect();
    assert_eq!(told, [Some(Certainty::Changed), Some(Certainty::Issued), None]);
}

#[test]
fn a_session_of_assume_root_belongs_to_who_opened_it_and_else_is_a_start() {
    let open = |seconds, by: Value, target: &str, key: &str| {
        call(seconds, by, "sts", "AssumeRoot", json!({"targetPrincipal": target}), json!({"credentials": {"accessKeyId": key}}))
    };
    let records = [
        create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE"),
        open(110, user(ACCOUNT, "ann_lee"), OTHER, "ASIAONEEXAMPLE"),
        open(110, user(ACCOUNT, "an_administrator"), THIRD, "ASIATWOEXAMPLE"),
        use_of(120, with_start(root(OTHER), "ASIAONEEXAMPLE", 110)),
        call(121, with_start(root(THIRD), "ASIATWOEXAMPLE", 110), "iam", "CreateUser", json!({"userName": "dan_poe"}), Value::Null),
        use_of(130, user(THIRD, "dan_poe")),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!(lineage.way(3), ["root", "user", "root_session"]);
    assert_eq!(lineage.way(5), ["root_session", "user"]);
    assert!(lineage.notes.iter().any(|note| matches!(note, Note::PrivilegedStart { .. })));
}

#[test]
fn both_copies_of_a_call_into_another_account_prove_it() {
    let by = with_key(with_id(user(ACCOUNT, "ann_lee"), "AIDAANNEXAMPLE"), KEY);
    let own = assume_role(120, by, OTHER, "deploy", "s-1", TEMPORARY);
    let mut theirs = own.clone();
    theirs["recipientAccountId"] = OTHER.into();
    theirs["userIdentity"] = json!({"type": "AWSAccount", "principalId": "AIDAANNEXAMPLE", "accountId": ACCOUNT});
    for copies in [vec![own.clone(), theirs.clone()], vec![own], vec![theirs]] {
        let mut records =
            vec![create_user(100, root(ACCOUNT), "ann_lee", "AIDAANNEXAMPLE"), create_key(110, root(ACCOUNT), "ann_lee", KEY)];
        records.extend(copies);
        records.push(use_of(200, session(OTHER, "deploy", "s-1", TEMPORARY, 120)));
        let lineage = trace(Start::Root, &records);
        lineage.check();
        assert!(lineage.certainty(records.len() - 1) >= Some(Certainty::Created), "{records:?}");
    }
}

#[test]
fn an_assignment_to_a_known_user_is_followed_by_the_name_of_the_session() {
    let set = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-5555666677778888";
    let sso = |seconds, by: Value, service: &str, event: &str, request: Value, response: Value| {
        call(seconds, by, service, event, request, response)
    };
    let admin = || user(ACCOUNT, "an_administrator");
    let records = [
        sso(10, admin(), "sso", "CreatePermissionSet", json!({"name": "Admin"}), json!({"permissionSet": {"permissionSetArn": set}})),
        sso(100, root(ACCOUNT), "identitystore", "CreateUser", json!({"userName": "mallory"}), json!({"userId": "11112222-3333"})),
        sso(
            110,
            root(ACCOUNT),
            "sso",
            "CreateAccountAssignment",
            json!({"permissionSetArn": set, "targetId": OTHER, "principalType": "USER", "principalId": "11112222-3333"}),
            Value::Null,
        ),
        use_of(200, session(OTHER, "AWSReservedSSO_Admin_0123456789abcdef", "mallory", "ASIAOTHEREXAMPLE", 190)),
        use_of(200, session(OTHER, "AWSReservedSSO_Admin_0123456789abcdef", "carla", "ASIAOTHEREXAMPLE", 190)),
        use_of(200, session(THIRD, "AWSReservedSSO_Admin_0123456789abcdef", "mallory", "ASIAOTHEREXAMPLE", 190)),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    let told: Vec<_> = (3..6).map(|handle| lineage.certainty(handle)).collect();
    assert_eq!(told, [Some(Certainty::Created), None, None]);
}

#[test]
fn a_new_account_is_followed_through_the_role_that_lets_its_maker_in() {
    let role = "OrganizationAccountAccessRole";
    let mut result = call(
        105,
        json!({"accountId": ACCOUNT, "invokedBy": "AWS Internal"}),
        "organizations",
        "CreateAccountResult",
        Value::Null,
        Value::Null,
    );
    result["serviceEventDetails"] = json!({"createAccountStatus": {"id": "car-1234", "state": "SUCCEEDED", "accountId": OTHER}});
    let status = json!({"createAccountStatus": {"id": "car-1234", "state": "IN_PROGRESS"}});
    let records = [
        call(100, root(ACCOUNT), "organizations", "CreateAccount", json!({"accountName": "x"}), status),
        result,
        use_of(200, session(OTHER, role, "s-1", "ASIAOTHEREXAMPLE", 190)),
        use_of(200, session(THIRD, role, "s-1", "ASIAOTHEREXAMPLE", 190)),
    ];
    let lineage = trace(Start::Root, &records);
    lineage.check();
    assert_eq!((lineage.certainty(2), lineage.certainty(3)), (Some(Certainty::Created), None));
}

#[test]
fn what_somebody_did_before_the_taint_leads_nowhere() {
    let records = [
        create_user(50, user(ACCOUNT, "ann_lee"), "bob_ray", "AIDABOBEXAMPLE"),
        create_key(60, user(ACCOUNT, "ann_lee"), "cat_fox", KEY),
        assume_role(70, user(ACCOUNT, "ann_lee"), ACCOUNT, "elsewhere", "s-1", TEMPORARY),
        iam(100, "PutUserPolicy", json!({"userName": "ann_lee", "policyName": "all"}), Value::Null),
        use_of(200, user(ACCOUNT, "bob_ray")),
        use_of(200, with_key(user(ACCOUNT, "cat_fox"), KEY)),
        use_of(200, session(ACCOUNT, "elsewhere", "s-1", TEMPORARY, 70)),
    ];
    let lineage = trace(Start::Root, &records);
    let told: Vec<u64> = lineage.traced.iter().map(|traced| traced.handle).collect();
    assert_eq!(told, [3]);
}

#[test]
fn a_session_that_only_bears_the_name_of_an_instance_or_function_is_somebody_elses() {
    let launch = json!({"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0", "instanceType": "p4d.24xlarge"}]}});
    let runs = json!({"role": format!("arn:aws:iam::{ACCOUNT}:role/worker")});
    for name in ["i-0123456789abcdef0", "resize-images"] {
        let made = [
            call(100, root(ACCOUNT), "ec2", "RunInstances", Value::Null, launch.clone()),
            call(100, root(ACCOUNT), "lambda", "CreateFunction20150331", json!({"functionName": "resize-images"}), runs.clone()),
        ];
        let asked = |by| assume_role(150, by, ACCOUNT, "worker", name, TEMPORARY);
        let used = use_of(200, session(ACCOUNT, "worker", name, TEMPORARY, 150));
        let service = json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com", "accountId": ACCOUNT});
        for (by, certainty) in [(service, Some(Certainty::Created)), (user(ACCOUNT, "an_administrator"), None)] {
            let (told, _) = child([made.to_vec(), vec![asked(by), used.clone()]].concat());
            assert_eq!(told, certainty, "{name}");
        }
    }
}

#[test]
fn sessions_of_one_name_opened_in_one_second_are_told_apart_by_their_keys() {
    let mine = assume_role(100, root(ACCOUNT), ACCOUNT, "shared", "s-1", "ASIAMINEEXAMPLE");
    let theirs = assume_role(100, user(ACCOUNT, "an_administrator"), ACCOUNT, "shared", "s-1", "ASIATHEIRSEXAMPLE");
    let use_by = |key| use_of(110, session(ACCOUNT, "shared", "s-1", key, 100));
    let used = [use_by("ASIAMINEEXAMPLE"), use_by("ASIATHEIRSEXAMPLE"), use_by("ASIATABEXAMPLE")];
    let told = |issues: Vec<Value>| {
        let lineage = trace(Start::Root, &[used.to_vec(), issues].concat());
        lineage.check();
        [0, 1, 2].map(|handle| lineage.certainty(handle))
    };
    // Of a key that nobody is seen to issue the session is all that is known.
    assert_eq!(told(vec![mine.clone()]), [Some(Certainty::Issued), Some(Certainty::Created), Some(Certainty::Created)]);
    assert_eq!(told(vec![mine, theirs]), [Some(Certainty::Issued), None, Some(Certainty::Inferred)]);
}
