//! `aws organizations list-policies`, `describe-policy` and `list-targets-for-policy`: policies, what they say, and what they are attached to.
//!
//! The list has no content and the targets do not name their policy, so a wrapper `{"PolicyId": ..., "Targets": [...]}` or the caller does. An answer of
//! `list-policies-for-target` looks like the list of all policies and would be taken for one: it is not to be given.

use super::format::{Format, Item};
use super::import::{Import, Kind, Options};
use super::organization_accounts::management;
use super::policy::{Policy, SERVICE_CONTROL, Target};
use serde_json::Value;

pub(super) const FORMAT: Format = Format {
    kind: Kind::ServiceControlPolicies,
    forms: "`organizations list-policies`, `describe-policy`, `list-targets-for-policy`",
    fits: |item| item.list("Policies").is_some() || described(item).is_some() || item.list("Targets").is_some(),
    read: |item, options, import| {
        import.incomplete |= item.is_cut();
        if let Some(policies) = item.list("Policies") {
            listed(item, policies, import);
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

fn listed(item: Item<'_>, policies: &[Value], import: &mut Import) {
    // Of lists of other types, and of those that have no policy to show their type, nothing follows.
    let (mut is_whole, mut is_service_control, mut organisation) = (!item.is_cut(), false, None);
    for policy in policies {
        let Some((summary, policy)) = policy.as_object().and_then(|summary| Some((summary, summarised(Item::Object(summary))?))) else {
            import.problem(0, "a policy without an id");
            is_whole = false;
            continue;
        };
        is_service_control |= policy.kind.as_deref() == Some(SERVICE_CONTROL);
        organisation = organisation.max(management(Item::Object(summary)));
        import.policies.push(policy);
    }
    if is_whole && is_service_control {
        import.policy_lists.insert(organisation.map(str::to_owned));
    }
}

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
    Some(Policy { name: text("Name"), kind: text("Type"), ..Policy::new(text("Id")?) })
}

fn targets(item: Item<'_>, options: &Options, import: &mut Import) -> Result<(), String> {
    let id = item.text("PolicyId").map(str::to_owned).or_else(|| options.policy.clone());
    let id = id.ok_or("a list of targets does not name its policy; name it")?;
    let given = item.list("Targets").unwrap_or_default();
    let mut targets = Vec::new();
    for target in given {
        match target.as_object().and_then(|target| attached(Item::Object(target))) {
            Some(target) => targets.push(target),
            None => import.problem(0, "a target without an id and a type"),
        }
    }
    let has_all_targets = !item.is_cut() && targets.len() == given.len();
    import.policies.push(Policy { targets: Some(targets), has_all_targets, ..Policy::new(id) });
    Ok(())
}

fn attached(target: Item<'_>) -> Option<Target> {
    let text = |name| target.text(name).map(str::to_owned);
    Some(Target { id: text("TargetId")?, kind: text("Type")?, management: management(target).map(str::to_owned) })
}
