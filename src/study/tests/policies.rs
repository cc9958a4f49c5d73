//! Service control policies joined with accounts, worked by hand.

use super::super::policies::Policies;
use super::*;
use inputs::{Options, Policy};

/// The management account.
const M: &str = "111122223333";
/// In a unit below another.
const A: &str = "444455556666";
/// Beside it, right below the root.
const B: &str = "123456789012";
/// In another organisation, which D manages.
const C: &str = "210987654321";
const D: &str = "999988887777";
/// On a plain list only.
const E: &str = "555566667777";

const DENY: &str = r#"{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:root\"}}}]}"#;
const ALLOW: &str = r#"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"#;
/// Of which it cannot be told.
const SOME: &str = r#"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"ec2:*\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"aws:PrincipalArn\":\"*:root\"}}}}"#;

fn account(id: &str, management: &str, rest: &str) -> String {
    format!(r#"{{"Id":"{id}","Arn":"arn:aws:organizations::{management}:account/o-{management}/{id}"{rest}}}"#)
}

/// The accounts of both organisations, the first with paths.
fn accounts() -> String {
    let paths = |units: &str| format!(r#","Paths":["o-1/r-1/{units}"]"#);
    [account(M, M, &paths("")), account(A, M, &paths("ou-1-a/ou-1-b/")), account(B, M, &paths("")), account(C, D, ""), account(D, D, "")]
        .join("\n")
}

/// The accounts as older answers have them.
fn accounts_without_paths() -> String {
    [account(M, M, ""), account(A, M, ""), account(B, M, ""), account(C, D, ""), account(D, D, "")].join("\n")
}

fn summary(id: &str, management: &str) -> String {
    format!(
        r#"{{"Id":"{id}","Arn":"arn:aws:organizations::{management}:policy/o-{management}/service_control_policy/{id}","Type":"SERVICE_CONTROL_POLICY"}}"#
    )
}

/// The list of the first organisation's policies.
fn list() -> String {
    format!(r#"{{"Policies":[{},{}]}}"#, summary("p-1", M), summary("p-FullAWSAccess", "aws"))
}

fn described(id: &str, content: &str) -> String {
    format!(r#"{{"Policy":{{"PolicySummary":{},"Content":"{content}"}}}}"#, summary(id, M))
}

/// What `p-1` is attached to, as an id and a kind each.
fn targets(of: &[(&str, &str)]) -> String {
    let target = |(id, kind): &(&str, &str)| {
        format!(r#"{{"TargetId":"{id}","Arn":"arn:aws:organizations::{M}:{}/o-{M}/{id}","Type":"{kind}"}}"#, kind.to_lowercase())
    };
    format!(r#"{{"PolicyId":"p-1","Targets":[{}]}}"#, of.iter().map(target).collect::<Vec<_>>().join(","))
}

fn population(files: &[String]) -> Population {
    let mut all = Gathering::default();
    all.list(E);
    for file in files {
        all.add_import(&inputs::read(file.as_bytes(), &Options::default()).unwrap());
    }
    all.population()
}

/// What is told of M, A, B, C and E: `+` denied, `-` not, `?` unknown.
fn rulings(files: &[String]) -> String {
    let population = population(files);
    let policies = Policies::new(&population);
    let ruling = |id: &str| population.account(id).and_then(|account| policies.of(id, account).is_denied);
    [M, A, B, C, E].map(ruling).map(|is_denied| is_denied.map_or('?', |is_denied| if is_denied { '+' } else { '-' })).iter().collect()
}

const ROOT: (&str, &str) = ("r-1", "ROOT");
const UNIT: (&str, &str) = ("ou-1-a", "ORGANIZATIONAL_UNIT");

#[test]
fn a_policy_holds_for_what_it_is_attached_to_and_all_below_but_never_for_the_management_account() {
    let with = |of: &[(&str, &str)]| rulings(&[accounts(), list(), described("p-1", DENY), targets(of)]);
    assert_eq!(with(&[ROOT]), "-++??");
    assert_eq!(with(&[UNIT]), "-+-??");
    assert_eq!(with(&[("ou-1-b", "ORGANIZATIONAL_UNIT")]), "-+-??");
    assert_eq!(with(&[("ou-1-c", "ORGANIZATIONAL_UNIT")]), "---??");
    assert_eq!(with(&[(B, "ACCOUNT"), (M, "ACCOUNT")]), "--+??");
    // An account that is on no organisation's list is of that which its attachment names.
    assert_eq!(with(&[(E, "ACCOUNT")]), "---?+");
    assert_eq!(with(&[]), "---??");
}

#[test]
fn without_paths_nothing_is_said_of_what_a_unit_holds() {
    let with = |of: &[(&str, &str)]| rulings(&[accounts_without_paths(), list(), described("p-1", DENY), targets(of)]);
    assert_eq!(with(&[ROOT]), "-++??");
    assert_eq!(with(&[UNIT]), "-????");
    assert_eq!(with(&[UNIT, (B, "ACCOUNT")]), "-?+??");
    // One answer has paths, and another that is as good has none.
    assert_eq!(rulings(&[accounts(), accounts_without_paths(), list(), described("p-1", DENY), targets(&[UNIT])]), "-+-??");
    // The account was moved.
    let moved = account(A, M, r#","Paths":["o-1/r-1/ou-1-c/"]"#);
    assert_eq!(rulings(&[accounts(), moved, list(), described("p-1", DENY), targets(&[UNIT])]), "-?-??");
}

#[test]
fn no_takes_all_policies_with_their_content() {
    assert_eq!(rulings(&[accounts(), list(), described("p-1", ALLOW)]), "---??");
    // No content, or one that leaves it open, matters where the policy is attached or may be.
    assert_eq!(rulings(&[accounts(), list()]), "-????");
    assert_eq!(rulings(&[accounts(), list(), targets(&[UNIT])]), "-?-??");
    assert_eq!(rulings(&[accounts(), list(), described("p-1", SOME), targets(&[ROOT])]), "-????");
    // It denies, but nobody says what it is attached to, or not all of it.
    assert_eq!(rulings(&[accounts(), list(), described("p-1", DENY)]), "-????");
    assert_eq!(rulings(&[accounts(), list(), described("p-1", DENY), targets(&[UNIT]).replacen('{', r#"{"NextToken":"x","#, 1)]), "-+???");
    // No list, or a page of one: there may be others.
    assert_eq!(rulings(&[accounts(), described("p-1", DENY), targets(&[UNIT])]), "-+???");
    assert_eq!(rulings(&[accounts(), list().replacen('{', r#"{"NextToken":"x","#, 1), described("p-1", ALLOW)]), "?????");
    // Policies of other types do not count.
    let tags = list().replace("SERVICE_CONTROL_POLICY", "TAG_POLICY").replace("p-1", "p-2");
    assert_eq!(rulings(&[accounts(), tags.clone()]), "?????");
    assert_eq!(rulings(&[accounts(), tags, list(), described("p-1", ALLOW)]), "---??");
    assert_eq!(rulings(&[accounts()]), "?????");
}

#[test]
fn a_list_that_names_no_organisation_is_of_the_only_one() {
    let of_aws = format!(r#"{{"Policies":[{}]}}"#, summary("p-FullAWSAccess", "aws"));
    assert_eq!(rulings(&[account(M, M, ""), account(A, M, ""), of_aws.clone()]), "--???");
    assert_eq!(rulings(&[accounts(), of_aws]), "?????".replacen('?', "-", 1));
    // Likewise a root, as somebody wrote it down without its ARN.
    let bare = r#"{"PolicyId":"p-1","Targets":[{"TargetId":"r-1","Type":"ROOT"}]}"#.to_owned();
    assert_eq!(rulings(&[account(M, M, ""), account(A, M, ""), described("p-1", DENY), bare.clone()]), "-+???");
    assert_eq!(rulings(&[accounts_without_paths(), described("p-1", DENY), bare]), "-????");
}

#[test]
fn the_policy_that_decides_is_named() {
    let population = population(&[accounts(), list(), described("p-1", DENY), described("p-0", SOME), targets(&[UNIT])]);
    let policies = Policies::new(&population);
    let ruling = |id: &str| policies.of(id, population.account(id).unwrap());
    assert_eq!(ruling(A).policy.map(|policy| policy.id.as_str()), Some("p-1"));
    assert_eq!((ruling(B).policy.map(|policy| policy.id.as_str()), ruling(B).is_denied), (Some("p-0"), None));
    let ids: Vec<&str> = population.policies().iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!(ids, ["p-0", "p-1", "p-FullAWSAccess"]);
}

fn told_of(files: &[String]) -> Vec<Told> {
    told(&population(files), &Terms::new(window("2026-01-01", "2026-05-01"), Period::Month))
}

#[test]
fn the_share_is_of_accounts_of_which_it_is_known() {
    // Known of M, A, B, and of D, which is a management account too; A is denied.
    let all = told_of(&[accounts(), list(), described("p-1", DENY), targets(&[UNIT])]);
    assert_eq!(lines(&all, "root_denied_by_policy", None), ["accounts_known 1/4 = 0.25"]);
    let of = |account| lines(&all, "root_denied_by_policy", Some(account)).remove(0);
    assert_eq!([M, A, B, C, D, E].map(of), ["= 0", "= 1", "= 0", "= ?", "= 0", "= ?"]);
    let told = all.iter().find(|told| told.metric == "root_denied_by_policy" && told.account.is_none()).unwrap();
    // Wilson of 1 of 4: (1/4 + z²/8 ∓ z √(3/64 + z²/64)) / (1 + z²/4), z = 1.959963984540.
    assert!((told.amount.lower.unwrap() - 0.045_587_260_810).abs() < 1e-9 && (told.amount.upper.unwrap() - 0.699_358_157_417).abs() < 1e-9);
}

#[test]
fn where_no_policies_are_given_nothing_is_known_of_them() {
    assert_eq!(lines(&told_of(&[accounts()]), "root_denied_by_policy", None), ["accounts_known 0/0 = ?"]);
    assert_eq!(Policies::new(&Population::default()).of(A, &Account::default()).is_denied, None);
    assert_eq!(population(&[accounts()]).policies(), Vec::<Policy>::new());
}
