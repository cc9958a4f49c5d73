//! Whether a service control policy takes everything from root.
//!
//! Careful on both sides: yes only where one statement denies every action on everything to the root of every account under no other condition; no only where
//! no statement can be about root at all. What lies between is unknown, with the reason. What a policy denies is not what an account is denied: that depends
//! on where it is attached, and the management account is never touched.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is known of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Policy {
    /// `p-...`.
    pub id: String,
    /// As people call it.
    pub name: Option<String>,
    /// `SERVICE_CONTROL_POLICY`, or another.
    pub kind: Option<String>,
    /// Its text, JSON.
    pub content: Option<String>,
    /// What it is attached to; `None` where nobody says.
    pub targets: Option<Vec<Target>>,
    /// Whether those are all.
    pub has_all_targets: bool,
}

/// What a policy is attached to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// An account, `ou-...` or `r-...`.
    pub id: String,
    /// `ACCOUNT`, `ORGANIZATIONAL_UNIT` or `ROOT`.
    pub kind: String,
    /// The management account of its organisation, which its ARN names.
    pub management: Option<String>,
}

/// Whether a policy denies root everything, and why that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denial {
    /// `None` where it cannot be told.
    pub denies_root: Option<bool>,
    /// Why, as a sentence.
    pub reason: String,
}

/// The type of a service control policy.
pub(super) const SERVICE_CONTROL: &str = "SERVICE_CONTROL_POLICY";

/// The policy of AWS that allows everything. It is attached everywhere from the start and cannot be changed, so that nobody asks for its content.
/// (Organizations user guide, `orgs_manage_policies_scps`.)
const ALLOWS_ALL: &str = "p-FullAWSAccess";

impl Policy {
    /// A policy of which nothing more is known.
    #[must_use]
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None, kind: None, content: None, targets: None, has_all_targets: false }
    }

    /// Whether it is, or may be, a service control policy.
    #[must_use]
    pub(crate) fn is_service_control(&self) -> bool {
        self.kind.as_deref().is_none_or(|kind| kind == SERVICE_CONTROL)
    }

    /// Whether it denies root everything.
    #[must_use]
    pub(crate) fn denial(&self) -> Denial {
        let unknown = |reason: String| Denial { denies_root: None, reason };
        match (self.kind.as_deref(), &self.content) {
            (Some(kind), _) if kind != SERVICE_CONTROL => unknown(format!("it is of the type {kind}")),
            (_, Some(content)) => denial(content),
            (_, None) if self.id == ALLOWS_ALL => {
                Denial { denies_root: Some(false), reason: "it is AWS's own, which allows everything".to_owned() }
            }
            (_, None) => unknown("its content was not given".to_owned()),
        }
    }
}

/// One policy out of all that several answers say of it, by id. Lists of targets are put together.
#[must_use]
pub(crate) fn merge(policies: impl IntoIterator<Item = Policy>) -> Vec<Policy> {
    let mut merged: BTreeMap<String, Policy> = BTreeMap::new();
    for policy in policies {
        let Some(known) = merged.get_mut(&policy.id) else {
            merged.insert(policy.id.clone(), policy);
            continue;
        };
        // Of two that differ the greater, so that order does not matter.
        known.name = known.name.take().max(policy.name);
        known.kind = known.kind.take().max(policy.kind);
        known.content = known.content.take().max(policy.content);
        if let Some(targets) = policy.targets {
            known.targets.get_or_insert_default().extend(targets);
        }
        known.has_all_targets |= policy.has_all_targets;
    }
    let sorted = |mut policy: Policy| {
        if let Some(targets) = &mut policy.targets {
            targets.sort();
            targets.dedup_by(|later, kept| {
                let is_same = (&later.id, &later.kind) == (&kept.id, &kept.kind);
                if is_same {
                    kept.management = later.management.take();
                }
                is_same
            });
        }
        policy
    };
    merged.into_values().map(sorted).collect()
}

/// Whether the text of a service control policy denies root everything.
#[must_use]
pub(crate) fn denial(content: &str) -> Denial {
    let Ok(Value::Object(policy)) = serde_json::from_str(content) else {
        return Denial { denies_root: None, reason: "its content is not JSON object".to_owned() };
    };
    let mut unknown = None;
    for statement in one_or_many(policy.get("Statement")) {
        match statement.as_object().map_or(Part::Unknown("a statement is not an object"), judge) {
            Part::All(reason) => return Denial { denies_root: Some(true), reason: reason.to_owned() },
            Part::Unknown(reason) => unknown = unknown.or(Some(reason)),
            Part::None => {}
        }
    }
    match unknown {
        Some(reason) => Denial { denies_root: None, reason: reason.to_owned() },
        None => Denial { denies_root: Some(false), reason: "no statement is about root".to_owned() },
    }
}

/// What a statement takes from root.
enum Part {
    All(&'static str),
    None,
    Unknown(&'static str),
}

fn judge(statement: &Map<String, Value>) -> Part {
    match statement.get("Effect").and_then(Value::as_str) {
        Some("Deny") => {}
        Some("Allow") => return Part::None,
        _ => return Part::Unknown("a statement has no effect that is known"),
    }
    let is_all = |name: &str| one_or_many(statement.get(name)).iter().any(|value| matches!(value.as_str(), Some("*" | "*:*")));
    let everything = is_all("Action") && is_all("Resource");
    let Some(conditions) = conditions(statement.get("Condition")) else { return Part::Unknown("a condition is not understood") };
    let principal = |key: &str| ["aws:PrincipalArn", "aws:PrincipalType", "aws:userid"].iter().any(|known| key.eq_ignore_ascii_case(known));
    match conditions[..] {
        [] if everything => Part::All("everything is denied to everybody"),
        [(operator, key, value)] if key.eq_ignore_ascii_case("aws:PrincipalArn") => match (named(operator, value), everything) {
            (Named::EveryRoot, true) => Part::All("everything is denied to the root of every account"),
            (Named::EveryRoot, false) => Part::Unknown("only some actions or resources are denied to root"),
            (Named::SomeRoots, _) => Part::Unknown("it names root, but not plainly that of every account"),
            (Named::AllBut, true) => Part::Unknown("everything is denied to all but named principals"),
            (Named::Odd, _) => Part::Unknown("a condition on the principal is not understood"),
            (Named::Others, _) | (Named::AllBut, false) => Part::None,
        },
        _ if conditions.iter().any(|(_, key, value)| principal(key) && speaks_of_root(key, value)) => {
            Part::Unknown("root is denied under further conditions, or is named in a way that is not understood")
        }
        // A denial of some actions, or under other conditions, touches root like everybody.
        _ => Part::None,
    }
}

/// Operator, key and values of each condition; `None` where one has another form.
fn conditions(block: Option<&Value>) -> Option<Vec<(&str, &str, &Value)>> {
    let mut all = Vec::new();
    let Some(block) = block else { return Some(all) };
    for (operator, keys) in block.as_object()? {
        all.extend(keys.as_object()?.iter().map(|(key, value)| (operator.as_str(), key.as_str(), value)));
    }
    Some(all)
}

/// Whether a condition may be about root.
fn speaks_of_root(key: &str, value: &Value) -> bool {
    let texts = one_or_many(Some(value));
    let mut texts = texts.iter().filter_map(Value::as_str);
    if key.eq_ignore_ascii_case("aws:PrincipalArn") {
        texts.any(|text| text.ends_with("root") || roots().any(|root| is_like(text, &root)))
    } else {
        texts.any(|text| text == "Account" || text == "Root" || crate::evidence::source::key::is_account(text))
    }
}

/// Whom a condition on `aws:PrincipalArn` names.
enum Named {
    EveryRoot,
    SomeRoots,
    Others,
    AllBut,
    Odd,
}

fn named(operator: &str, value: &Value) -> Named {
    let operator = operator.to_ascii_lowercase();
    // A principal always has an ARN, so that `IfExists` changes nothing.
    let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
    let matches: fn(&str, &str) -> bool = match operator {
        "arnlike" | "arnequals" => is_like_arn,
        "stringlike" => is_like,
        "stringequals" => |pattern, text| pattern == text,
        "stringequalsignorecase" => |pattern, text| pattern.eq_ignore_ascii_case(text),
        "arnnotlike" | "arnnotequals" | "stringnotlike" | "stringnotequals" => return Named::AllBut,
        _ => return Named::Odd,
    };
    let values = one_or_many(Some(value));
    if values.is_empty() || values.iter().any(|value| !value.is_string()) {
        return Named::Odd;
    }
    let mut patterns = values.iter().filter_map(Value::as_str);
    match () {
        () if patterns.clone().any(|pattern| roots().all(|root| matches(pattern, &root))) => Named::EveryRoot,
        () if patterns.any(|pattern| pattern.ends_with("root")) => Named::SomeRoots,
        () => Named::Others,
    }
}

/// Root of ten accounts that stand for all: a pattern with a digit in it does not fit those without.
fn roots() -> impl Iterator<Item = String> {
    (0..10).map(|digit| format!("arn:aws:iam::{}:root", digit.to_string().repeat(12)))
}

/// As IAM compares ARNs: part by part.
fn is_like_arn(pattern: &str, text: &str) -> bool {
    let (patterns, parts) = (pattern.splitn(6, ':'), text.splitn(6, ':'));
    patterns.clone().count() == 6 && patterns.zip(parts).all(|(pattern, part)| is_like(pattern, part))
}

/// Whether a text fits a pattern with `*` and `?`. Goes back to the last `*` only, so it takes no more than pattern times text.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

/// Policies write one value or a list.
fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
}
