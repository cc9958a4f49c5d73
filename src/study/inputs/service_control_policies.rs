//! `aws organizations list-policies`, `describe-policy` and `list-targets-for-policy`: policies, what they say, and what they are attached to.
//!
//! The list has no content and the targets do not name their policy, so a wrapper `{"PolicyId": ..., "Targets": [...]}` or the caller does.

use super::format::{Format, Item, Kind};
use super::import::{Import, Options};
use super::policy::{Policy, Target};
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    kind: Kind::ServiceControlPolicies,
    forms: "`organizations list-policies`, `describe-policy`, `list-targets-for-policy`",
    fits: |item| item.list("Policies").is_some() || described(item).is_some() || item.list("Targets").is_some(),
    read: |item, options, import| {
        import.incomplete |= item.is_cut();
        if let Some(policies) = item.list("Policies") {
            for policy in policies {
                match policy.as_object().and_then(|summary| summarised(Item::Object(summary))) {
                    Some(policy) => import.policies.push(policy),
                    None => import.problem(0, "a policy without an id"),
                }
            }
            return Ok(());
        }
        if let Some(policy) = described(item) {
            let summary = policy.get("PolicySummary").and_then(Value::as_object).and_then(|summary| summarised(Item::Object(summary)));
            let content = policy.text("Content").map(str::to_owned);
            import.policies.push(Policy { content, ..summary.ok_or("a policy without an id")? });
            return Ok(());
        }
        targets(item, options, import)
    },
};

/// The policy in an answer of `describe-policy`.
fn described(item: Item<'_>) -> Option<Item<'_>> {
    let policy = match item.get("Policy") {
        Some(policy) => Item::Object(policy.as_object()?),
        None => item,
    };
    policy.get("PolicySummary").is_some().then_some(policy)
}

fn summarised(summary: Item<'_>) -> Option<Policy> {
    let text = |name| summary.text(name).map(str::to_owned);
    Some(Policy { id: text("Id")?, name: text("Name"), kind: text("Type"), content: None, targets: None })
}

fn targets(item: Item<'_>, options: &Options, import: &mut Import) -> Result<(), String> {
    let id = item.text("PolicyId").map(str::to_owned).or_else(|| options.policy.clone());
    let id = id.ok_or("a list of targets does not name its policy; name it")?;
    let mut targets = Vec::new();
    for target in item.list("Targets").unwrap_or_default() {
        let text = |name: &str| target.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("TargetId"), text("Type")) {
            (Some(id), Some(kind)) => targets.push(Target { id, kind }),
            _ => import.problem(0, "a target without an id and a type"),
        }
    }
    import.policies.push(Policy { id, name: None, kind: None, content: None, targets: Some(targets) });
    Ok(())
}
