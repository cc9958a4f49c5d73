//! Every member that AWS's own service models have of filters and alarms is played, has no effect, or makes the answer unknown.

use super::{Chain, Configuration};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;

/// Members that are played, or name something. Values of others are looked at by their names alone.
const PLAYED: [(&str, &[&str]); 3] = [
    ("MetricFilter", &["filterName", "filterPattern", "logGroupName", "metricTransformations", "emitSystemFieldDimensions"]),
    ("MetricTransformation", &["metricName", "metricNamespace", "metricValue", "defaultValue", "dimensions"]),
    (
        "MetricAlarm",
        &[
            "AlarmName",
            "AlarmArn",
            "ActionsEnabled",
            "AlarmActions",
            "MetricName",
            "Namespace",
            "Statistic",
            "ExtendedStatistic",
            "Dimensions",
            "Period",
            "Unit",
            "EvaluationPeriods",
            "DatapointsToAlarm",
            "Threshold",
            "ComparisonOperator",
            "TreatMissingData",
            "Metrics",
        ],
    ),
];

/// Members that tell nothing of whether an alarm rings. Written out here a second time, so that a change of the code's own list is seen.
const WITHOUT_EFFECT: [&str; 12] = [
    "creationTime",
    "unit",
    "AlarmDescription",
    "AlarmConfigurationUpdatedTimestamp",
    "OKActions",
    "InsufficientDataActions",
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "EvaluationState",
];

/// The model of a service, as the Python package `botocore` ships it; `None` where that is not installed.
fn model(service: &str) -> Option<Value> {
    let found = Command::new("python3").args(["-c", "import botocore; print(botocore.__path__[0])"]).output().ok()?;
    let root = PathBuf::from(String::from_utf8(found.stdout).ok()?.trim()).join("data").join(service);
    let version = std::fs::read_dir(root).ok()?.flatten().map(|entry| entry.path()).max()?;
    let mut text = String::new();
    match std::fs::File::open(version.join("service-2.json.gz")) {
        Ok(file) => flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap(),
        Err(_) => std::fs::File::open(version.join("service-2.json")).unwrap().read_to_string(&mut text).unwrap(),
    };
    serde_json::from_str(&text).ok()
}

/// A filter and an alarm on its metric that rings, with one more member in one of them.
fn chain(shape: &str, member: Option<(&str, Value)>) -> Chain {
    let mut transformation = json!({"metricName": "m", "metricNamespace": "n", "metricValue": "1"});
    let mut filter = json!({"filterName": "f", "filterPattern": "{ $.userIdentity.type = \"Root\" }", "logGroupName": "g"});
    let mut alarm = json!({"AlarmName": "a", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:t"]});
    if let Some((name, value)) = member {
        let of = match shape {
            "MetricFilter" => &mut filter,
            "MetricTransformation" => &mut transformation,
            _ => &mut alarm,
        };
        of[name] = value;
    }
    filter["metricTransformations"] = json!([transformation]);
    let configuration: Configuration = serde_json::from_value(json!({"metricFilters": [filter], "MetricAlarms": [alarm]})).unwrap();
    configuration.chains().unwrap().remove(0)
}

#[test]
fn every_member_of_the_service_models_is_played_without_effect_or_unknown() {
    for (service, shapes) in [("logs", &["MetricFilter", "MetricTransformation"][..]), ("cloudwatch", &["MetricAlarm"])] {
        let Some(model) = model(service) else {
            return crate::skipped::skip("the Python package `botocore` is not installed");
        };
        for shape in shapes {
            let told = chain(shape, None);
            assert_eq!((told.broken, told.unknown), (None, None));
            let played = PLAYED.iter().find(|(name, _)| name == shape).unwrap().1;
            let members = model["shapes"][shape]["members"].as_object().unwrap();
            assert!(played.iter().all(|name| members.contains_key(*name)), "{shape}");
            for (name, member) in members.iter().filter(|(name, _)| !played.contains(&name.as_str())) {
                let value = match model["shapes"][member["shape"].as_str().unwrap()]["type"].as_str().unwrap() {
                    "string" => json!("x"),
                    "boolean" => json!(true),
                    "integer" | "long" | "double" | "timestamp" => json!(7),
                    "list" => json!(["x"]),
                    _ => json!({"x": "y"}),
                };
                let told = chain(shape, Some((name, value)));
                assert_eq!(told.broken, None, "{shape}.{name}");
                assert_eq!(told.unknown.is_none(), WITHOUT_EFFECT.contains(&name.as_str()), "{shape}.{name}: {:?}", told.unknown);
            }
        }
    }
}
