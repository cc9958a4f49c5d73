//! AWS Config: results of the three managed rules about root, of one account (`get-compliance-details-by-config-rule`) or of an aggregator
//! (`get-aggregate-compliance-details-by-config-rule`).
//!
//! Rules are known by the managed rule's name somewhere in their own, because Security Hub, conformance packs and organisations put text around it; a rule with
//! another name is passed over and named. The rules about MFA say `NOT_APPLICABLE` where root has no credentials; the rule about hardware says
//! `NON_COMPLIANT` also where a virtual device is beside the hardware one.

use super::format::{Format, Item};
use super::import::{Import, Kind, Options};
use super::state::{Source, State};
use crate::evidence::source::key::is_account;
use crate::proof::credential_report::moment;
use serde_json::Value;

/// A managed rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Keys,
    Mfa,
    HardwareMfa,
}

const RULES: [(&str, Rule); 3] = [
    ("iam-root-access-key-check", Rule::Keys),
    ("root-account-mfa-enabled", Rule::Mfa),
    ("root-account-hardware-mfa-enabled", Rule::HardwareMfa),
];

pub(super) const FORMAT: Format = Format {
    kind: Kind::ConfigCompliance,
    forms: "`get-compliance-details-by-config-rule`, `get-aggregate-compliance-details-by-config-rule`",
    fits: |item| results(item).is_some(),
    read: |item, options, import| {
        let results = results(item).ok_or("no results")?;
        import.incomplete |= item.is_cut();
        for result in results.iter().filter_map(Value::as_object) {
            if let Err(reason) = take(Item::Object(result), item, options, import) {
                import.problem(0, reason);
            }
        }
        Ok(())
    },
};

fn results(item: Item<'_>) -> Option<&[Value]> {
    item.list("EvaluationResults").or_else(|| item.list("AggregateEvaluationResults"))
}

fn take(result: Item<'_>, around: Item<'_>, options: &Options, import: &mut Import) -> Result<(), String> {
    let identifier = result.get("EvaluationResultIdentifier");
    let qualifier = identifier.and_then(|identifier| identifier.get("EvaluationResultQualifier"));
    let said = |name: &str| qualifier?.get(name)?.as_str();
    let name = said("ConfigRuleName").ok_or("a result without the name of its rule")?;
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let Some((_, rule)) = RULES.into_iter().find(|(managed, _)| plain.contains(managed)) else {
        let name: String = name.chars().take(80).collect();
        return Err(format!("the rule `{name}` is none of those about root"));
    };
    let account = result.text("AccountId").or_else(|| said("ResourceId")).filter(|account| is_account(account));
    let account = account.map(str::to_owned).or_else(|| around.account(options)).ok_or("a result without an account")?;
    let times = ["ConfigRuleInvokedTime", "ResultRecordedTime"].map(|name| result.get(name).and_then(moment));
    let mut state = State::dated(Source::Config, times[0].or(times[1]), options.date);
    let complies = match result.text("ComplianceType") {
        Some("COMPLIANT") => Some(true),
        Some("NON_COMPLIANT") => Some(false),
        Some("NOT_APPLICABLE") => {
            // The rule about keys has no such answer that means this.
            state.credentials = (rule != Rule::Keys).then_some(false);
            None
        }
        _ => None,
    };
    match rule {
        Rule::Keys => state.keys = complies.map(|complies| !complies),
        Rule::Mfa => state.mfa = complies,
        Rule::HardwareMfa => {
            state.hardware_mfa = complies;
            // Hardware is MFA; what is not hardware may be virtual, or nothing.
            state.mfa = complies.filter(|complies| *complies);
        }
    }
    import.states.push((account, state));
    Ok(())
}
