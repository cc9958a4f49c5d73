//! AWS CLI commands as text, to look at or contain what stands. Never run; names in them are chosen by attackers.

use super::effect::Slot;
use super::kind::Kind;

/// What a command needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'s> {
    pub(super) kind: Kind,
    pub(super) name: &'s str,
    pub(super) account: &'s str,
    pub(super) region: &'s str,
    /// The user that a credential belongs to; `None` for root's own.
    pub(super) user: Option<&'s str>,
    pub(super) detail: &'s str,
}

/// Commands to look, and commands to contain. What belongs to root has no user to name: the AWS CLI then takes whoever signs the call.
pub(super) fn commands(slot: Slot, subject: Subject<'_>) -> (Vec<String>, Vec<String>) {
    let Subject { kind, name, region, user, detail, .. } = subject;
    let own = user.map(|user| ("--user-name", user));
    let with_user = |head: &str, rest: Vec<(&str, &str)>| {
        let line = line(head, &rest.into_iter().chain(own).collect::<Vec<_>>());
        if own.is_some() { line } else { line + AS_OWNER }
    };
    match (slot, kind) {
        (Slot::Made, Kind::AccessKey) | (Slot::KeyActivated, _) => (
            vec![with_user("iam list-access-keys", vec![]), line("iam get-access-key-last-used", &[("--access-key-id", name)])],
            vec![with_user("iam update-access-key", vec![("--access-key-id", name), ("--status", "Inactive")])],
        ),
        (Slot::Made, Kind::User) => (
            vec![line("iam get-user", &[("--user-name", name)]), line("iam list-access-keys", &[("--user-name", name)])],
            vec![line("iam put-user-policy", &[("--user-name", name), ("--policy-name", "DenyAll"), ("--policy-document", DENY_ALL)])],
        ),
        (Slot::Made, Kind::Role) => (
            vec![line("iam get-role", &[("--role-name", name)]), line("iam list-attached-role-policies", &[("--role-name", name)])],
            vec![line("iam put-role-policy", &[("--role-name", name), ("--policy-name", "DenyAll"), ("--policy-document", DENY_ALL)])],
        ),
        (Slot::Made, Kind::Group) => (vec![line("iam get-group", &[("--group-name", name)])], vec![]),
        (Slot::Made | Slot::PasswordSet, Kind::LoginProfile) => match user {
            Some(user) => (
                vec![line("iam get-login-profile", &[("--user-name", user)])],
                vec![line("iam delete-login-profile", &[("--user-name", user)])],
            ),
            None => (vec![line("iam get-account-summary", &[])], vec![]),
        },
        (Slot::Made, Kind::InstanceProfile) | (Slot::RoleInProfile, _) => (
            vec![line("iam get-instance-profile", &[("--instance-profile-name", name)])],
            if detail.is_empty() {
                vec![]
            } else {
                vec![line("iam remove-role-from-instance-profile", &[("--instance-profile-name", name), ("--role-name", detail)])]
            },
        ),
        (Slot::Made | Slot::ProviderChanged, Kind::SamlProvider) => (vec![line("iam list-saml-providers", &[])], vec![]),
        (Slot::Made | Slot::ProviderChanged, Kind::OidcProvider) => (vec![line("iam list-open-id-connect-providers", &[])], vec![]),
        (Slot::Made | Slot::PolicyVersion, Kind::Policy) => (vec![line("iam list-policies", &[("--scope", "Local")])], vec![]),
        (Slot::Made, Kind::ServiceCredential) => (
            vec![with_user("iam list-service-specific-credentials", vec![])],
            vec![with_user(
                "iam update-service-specific-credential",
                vec![("--service-specific-credential-id", name), ("--status", "Inactive")],
            )],
        ),
        (Slot::Made, Kind::SigningCertificate) => (
            vec![with_user("iam list-signing-certificates", vec![])],
            vec![with_user("iam update-signing-certificate", vec![("--certificate-id", name), ("--status", "Inactive")])],
        ),
        (Slot::Made, Kind::PublicKey) => (
            vec![with_user("iam list-ssh-public-keys", vec![])],
            vec![with_user("iam update-ssh-public-key", vec![("--ssh-public-key-id", name), ("--status", "Inactive")])],
        ),
        (Slot::Made, Kind::MfaDevice) => {
            (vec![line("iam list-virtual-mfa-devices", &[]), with_user("iam list-mfa-devices", vec![])], vec![])
        }
        (Slot::Made, Kind::Instance) => (
            vec![line("ec2 describe-instances", &[("--region", region), ("--instance-ids", name)])],
            vec![line("ec2 stop-instances", &[("--region", region), ("--instance-ids", name)])],
        ),
        (Slot::Made | Slot::FunctionChanged, Kind::Function) => {
            let (region, bare) = name.split_once('/').unwrap_or((region, name));
            (
                vec![line("lambda get-function", &[("--region", region), ("--function-name", bare)])],
                vec![line(
                    "lambda put-function-concurrency",
                    &[("--region", region), ("--function-name", bare), ("--reserved-concurrent-executions", "0")],
                )],
            )
        }
        (Slot::Made, Kind::KeyPair) => (
            vec![line("ec2 describe-key-pairs", &[("--region", region), ("--key-names", name)])],
            vec![line("ec2 delete-key-pair", &[("--region", region), ("--key-name", name)])],
        ),
        (Slot::Made, Kind::Account) => (vec![line("organizations describe-account", &[("--account-id", name)])], vec![]),
        (Slot::Made | Slot::PermissionSetChanged, Kind::PermissionSet) => {
            let set = [("--instance-arn", INSTANCE), ("--permission-set-arn", name)];
            (vec![line("sso-admin describe-permission-set", &set), line("sso-admin list-managed-policies-in-permission-set", &set)], vec![])
        }
        (Slot::Made, Kind::Assignment) => {
            let set = name.split_once(' ').map_or(name, |(set, _)| set);
            let of = [("--instance-arn", INSTANCE), ("--account-id", subject.account), ("--permission-set-arn", set)];
            (vec![line("sso-admin list-account-assignments", &of)], vec![])
        }
        (Slot::Made, Kind::DirectoryUser) => {
            (vec![line("identitystore describe-user", &[("--identity-store-id", STORE), ("--user-id", name)])], vec![])
        }
        (Slot::PolicyAttached | Slot::InlinePolicy, Kind::User | Kind::Group | Kind::Role) => policies(slot, kind, name, detail),
        (Slot::BoundaryRemoved, Kind::Role) | (Slot::TrustChanged, _) => (vec![line("iam get-role", &[("--role-name", name)])], vec![]),
        (Slot::BoundaryRemoved, _) => (vec![line("iam get-user", &[("--user-name", name)])], vec![]),
        (Slot::Member, Kind::DirectoryUser) => (
            vec![line(
                "identitystore list-group-memberships-for-member",
                &[("--identity-store-id", STORE), ("--member-id", &format!("UserId={name}"))],
            )],
            vec![],
        ),
        (Slot::Made, Kind::DirectoryGroup) => {
            (vec![line("identitystore describe-group", &[("--identity-store-id", STORE), ("--group-id", name)])], vec![])
        }
        (Slot::SessionOpened, Kind::RoleSession) if !detail.is_empty() => (
            vec![line("iam get-role", &[("--role-name", detail)])],
            vec![line(
                "iam put-role-policy",
                &[("--role-name", detail), ("--policy-name", "RevokeOlderSessions"), ("--policy-document", REVOKE)],
            )],
        ),
        (Slot::Opened, Kind::Resource) => (door(name, region), vec![]),
        (Slot::Member, _) => (
            vec![line("iam list-groups-for-user", &[("--user-name", name)])],
            vec![line("iam remove-user-from-group", &[("--group-name", detail), ("--user-name", name)])],
        ),
        (Slot::ProfileAssociated, _) => {
            let filter = format!("Name=instance-id,Values={name}");
            (vec![line("ec2 describe-iam-instance-profile-associations", &[("--region", region), ("--filters", &filter)])], vec![])
        }
        (Slot::MfaRemoved, Kind::User) => (vec![line("iam list-mfa-devices", &[("--user-name", name)])], vec![]),
        (Slot::MfaRemoved, _) => (vec![line("iam get-account-summary", &[])], vec![]),
        (Slot::TrailStopped, _) => (
            vec![line("cloudtrail get-trail-status", &[("--region", region), ("--name", name)])],
            vec![line("cloudtrail start-logging", &[("--region", region), ("--name", name)])],
        ),
        (Slot::TrailDeleted, _) => (vec![line("cloudtrail describe-trails", &[("--region", region)])], vec![]),
        (Slot::TrailChanged, _) => (
            vec![
                line("cloudtrail get-trail", &[("--region", region), ("--name", name)]),
                line("cloudtrail get-event-selectors", &[("--region", region), ("--trail-name", name)]),
            ],
            vec![],
        ),
        _ => (vec![], vec![]),
    }
}

const DENY_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
/// What IAM itself writes to end the sessions of a role; the reader fills in the time.
const REVOKE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"<now>"}}}]}"#;
/// A comment to the shell.
const AS_OWNER: &str = " # with credentials of the owner, root where no user is named";
/// What the evidence does not tell and the reader must fill in.
const INSTANCE: &str = "<instance-arn>";
const STORE: &str = "<identity-store-id>";

/// Whom a resource lets in.
fn door(name: &str, region: &str) -> Vec<String> {
    let (noun, rest) = name.split_once('/').unwrap_or((name, ""));
    let bare = rest.split_once('/').map_or(rest, |(_, bare)| bare);
    let at = ("--region", region);
    let shown = match noun {
        "bucket" => {
            return vec![line("s3api get-bucket-policy", &[("--bucket", rest)]), line("s3api get-bucket-acl", &[("--bucket", rest)])];
        }
        "key" => {
            let key = [at, ("--key-id", bare)];
            return vec![
                line("kms get-key-policy", &[at, ("--key-id", bare), ("--policy-name", "default")]),
                line("kms list-grants", &key),
            ];
        }
        "function" => line("lambda get-policy", &[at, ("--function-name", bare)]),
        "queue" => line("sqs get-queue-url", &[at, ("--queue-name", bare)]),
        "topic" => line("sns list-topics", &[at]),
        "secret" => line("secretsmanager get-resource-policy", &[at, ("--secret-id", bare)]),
        "repository" => line("ecr get-repository-policy", &[at, ("--repository-name", bare)]),
        "snapshot" => line("ec2 describe-snapshot-attribute", &[at, ("--snapshot-id", rest), ("--attribute", "createVolumePermission")]),
        "image" => line("ec2 describe-image-attribute", &[at, ("--image-id", rest), ("--attribute", "launchPermission")]),
        "db_snapshot" => line("rds describe-db-snapshot-attributes", &[at, ("--db-snapshot-identifier", bare)]),
        _ => line("events describe-event-bus", &[at, ("--name", bare)]),
    };
    vec![shown]
}

fn policies(slot: Slot, kind: Kind, name: &str, detail: &str) -> (Vec<String>, Vec<String>) {
    let (noun, option) = match kind {
        Kind::User => ("user", "--user-name"),
        Kind::Group => ("group", "--group-name"),
        _ => ("role", "--role-name"),
    };
    if slot == Slot::PolicyAttached {
        let review = line(&format!("iam list-attached-{noun}-policies"), &[(option, name)]);
        (vec![review], vec![line(&format!("iam detach-{noun}-policy"), &[(option, name), ("--policy-arn", detail)])])
    } else {
        let of = [(option, name), ("--policy-name", detail)];
        (vec![line(&format!("iam get-{noun}-policy"), &of)], vec![line(&format!("iam delete-{noun}-policy"), &of)])
    }
}

/// A command; options without a value are left out.
fn line(head: &str, options: &[(&str, &str)]) -> String {
    let mut line = format!("aws {head}");
    for (option, value) in options.iter().filter(|(_, value)| !value.is_empty()) {
        line.push(' ');
        line.push_str(option);
        // A value that starts like an option is one to the command, quoted or not, unless it is joined to its own.
        line.push(if value.starts_with('-') { '=' } else { ' ' });
        line.push_str(&quoted(value));
    }
    line
}

/// One word of a POSIX shell; with what cannot be seen in a terminal spelled out, one of bash and zsh.
#[must_use]
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    quoted.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key<'s>(name: &'s str, user: Option<&'s str>) -> Subject<'s> {
        Subject { kind: Kind::AccessKey, name, account: "111122223333", region: "", user, detail: "" }
    }

    #[test]
    fn names_cannot_leave_their_word() {
        let (review, contain) = commands(Slot::Made, key("AKIAEXAMPLE", Some("x'; rm -rf ~ #")));
        assert_eq!(review[0], r"aws iam list-access-keys --user-name 'x'\''; rm -rf ~ #'");
        assert_eq!(contain[0], r"aws iam update-access-key --access-key-id AKIAEXAMPLE --status Inactive --user-name 'x'\''; rm -rf ~ #'");
        let (review, _) = commands(Slot::Made, key("AKIAEXAMPLE", Some("--debug")));
        assert_eq!(review[0], "aws iam list-access-keys --user-name=--debug");
        assert_eq!(commands(Slot::Made, key("AKIAEXAMPLE", None)).0[0], format!("aws iam list-access-keys{AS_OWNER}"));
        assert_eq!(quoted("a\u{1b}[2J\n\u{202e}'\\"), r"$'a\x1b[2J\x0a\xe2\x80\xae\'\\'");
    }

    proptest! {
        #[test]
        fn a_quoted_text_is_one_word_and_visible(text in ".*") {
            let word = quoted(&text);
            prop_assert!(word.chars().all(|c| c == ' ' || c.is_ascii_graphic()));
            let told = if let Some(inner) = word.strip_prefix("$'") {
                unescaped(inner.strip_suffix('\'').unwrap())
            } else {
                word.replace(r"'\''", "\u{1}").replace('\'', "").replace('\u{1}', "'").into_bytes()
            };
            prop_assert_eq!(told, text.as_bytes());
        }
    }

    fn unescaped(text: &str) -> Vec<u8> {
        let (mut bytes, mut told) = (text.bytes(), Vec::new());
        while let Some(byte) = bytes.next() {
            match (byte, bytes.clone().next()) {
                (b'\\', Some(b'x')) => {
                    let digits: Vec<u8> = bytes.by_ref().skip(1).take(2).collect();
                    told.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                }
                (b'\\', Some(other)) => {
                    bytes.next();
                    told.push(other);
                }
                (b'\'', _) => panic!("an open quote"),
                _ => told.push(byte),
            }
        }
        told
    }
}
