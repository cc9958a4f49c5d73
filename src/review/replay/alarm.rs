//! An alarm, and whether it is one that a record can ring. When it rings is told by `stretch`.

use super::or_default;
use crate::evidence::source::key::is_account;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Seconds that an alarm can look back: `Period` times `EvaluationPeriods`. Less than an hour of `Period` allows a day only, which is not
/// held against an alarm.
const LONGEST: u64 = 604_800;

/// An alarm as `aws cloudwatch describe-alarms` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Alarm {
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub alarm_name: String,
    /// Its ARN, which tells the account that it is in.
    #[serde(default, deserialize_with = "or_default")]
    pub alarm_arn: String,
    /// What it watches.
    #[serde(default, deserialize_with = "or_default")]
    pub metric_name: String,
    /// Where that is.
    #[serde(default, deserialize_with = "or_default")]
    pub namespace: String,
    /// How the records of a data point make its value: `Sum` and `SampleCount` count them, any other gives what one of them is worth, since
    /// all are worth the same.
    #[serde(default, deserialize_with = "or_default")]
    pub statistic: String,
    /// Seconds of a data point: 10, 20, 30 or a multiple of 60. Less than a minute is taken as one, which is as fine as a metric filter
    /// counts.
    #[serde(default = "five_minutes", deserialize_with = "period")]
    pub period: u32,
    /// Data points looked at.
    #[serde(default = "one", deserialize_with = "evaluation_periods")]
    pub evaluation_periods: u32,
    /// How many of them must breach; all where it is not said.
    #[serde(default, deserialize_with = "whole")]
    pub datapoints_to_alarm: Option<u32>,
    /// What they are compared with; NaN where it is not said.
    #[serde(default = "unsaid", deserialize_with = "threshold")]
    pub threshold: f64,
    /// `GreaterThanOrEqualToThreshold`, `GreaterThanThreshold`; by any other no record rings it.
    #[serde(default, deserialize_with = "or_default")]
    pub comparison_operator: String,
    /// `breaching`, `notBreaching`, `ignore` or `missing`, which is the default.
    #[serde(default, deserialize_with = "or_default")]
    pub treat_missing_data: String,
    /// Whether its actions are done at all.
    #[serde(default = "yes", deserialize_with = "actions_enabled")]
    pub actions_enabled: bool,
    /// Topics that are told.
    #[serde(default, deserialize_with = "or_default")]
    pub alarm_actions: Vec<String>,
    /// Which of the metrics of that name it watches.
    #[serde(default, deserialize_with = "or_default")]
    pub dimensions: Vec<Dimension>,
    /// In place of a metric: one, or several that are reckoned with.
    #[serde(default, deserialize_with = "or_default")]
    pub metrics: Vec<Query>,
    /// A percentile or the like, in place of `statistic`.
    #[serde(default, deserialize_with = "or_default")]
    pub extended_statistic: Option<String>,
    /// Only data in this unit count.
    #[serde(default, deserialize_with = "or_default")]
    pub unit: Option<String>,
    /// Whatever else is said of it.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
    /// Whether the filter gives data where records come that it does not match, so that data is not missing between matches.
    #[serde(skip)]
    pub has_default: bool,
    /// What a record is worth, which the filter says: its `metricValue`. `None` where that is taken from the record.
    #[serde(skip, default = "worth_one")]
    pub worth: Option<f64>,
}

/// A name and a value that tell a metric from its namesakes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Dimension {
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its value.
    #[serde(default, deserialize_with = "or_default")]
    pub value: String,
}

/// One of the metrics or expressions that an alarm is reckoned from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Query {
    /// A metric and its statistic; an expression has none.
    #[serde(default, deserialize_with = "or_default")]
    pub metric_stat: Option<MetricStat>,
    /// The account of the metric, where it is said.
    #[serde(default, deserialize_with = "or_default")]
    pub account_id: Option<String>,
}

/// A metric and its statistic.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MetricStat {
    /// The metric.
    pub metric: WatchedMetric,
    /// Seconds of a data point.
    #[serde(default = "five_minutes", deserialize_with = "period")]
    pub period: u32,
    /// As `statistic` of an alarm, or a percentile.
    #[serde(default, deserialize_with = "or_default")]
    pub stat: String,
    /// Only data in this unit count.
    #[serde(default, deserialize_with = "or_default")]
    pub unit: Option<String>,
}

/// A metric by its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WatchedMetric {
    /// Where names are unique.
    #[serde(default, deserialize_with = "or_default")]
    pub namespace: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub metric_name: String,
    /// Which of that name.
    #[serde(default, deserialize_with = "or_default")]
    pub dimensions: Vec<Dimension>,
}

/// Whether a statistic counts records, or gives what each of them is worth where all are worth the same. Whatever is not said is taken for one that does.
fn is_statistic(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let of_values = ["p", "tm", "wm"]
        .iter()
        .any(|kind| lower.strip_prefix(kind).is_some_and(|rest| rest.starts_with(|symbol: char| symbol.is_ascii_digit() || symbol == '(')));
    matches!(name, "" | "Sum" | "SampleCount" | "Average" | "Minimum" | "Maximum") || lower == "iqm" || of_values
}

/// Members of an alarm that have no part in whether it rings: they describe it, or say what it does at other times.
const WITHOUT_EFFECT: [&str; 10] = [
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

const fn five_minutes() -> u32 {
    300
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

const fn unsaid() -> f64 {
    f64::NAN
}

#[expect(clippy::unnecessary_wraps, reason = "a default has the type of its field")]
const fn worth_one() -> Option<f64> {
    Some(1.0)
}

/// A whole number, which some tools write as `300.0`.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(from)? else { return Ok(None) };
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    if fits {
        Ok(Some(number as u32))
    } else {
        Err(D::Error::custom(format_args!("`{number}` is not a whole number from 0 to {}", u32::MAX)))
    }
}

fn period<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    Ok(whole(from)?.unwrap_or_else(five_minutes))
}

fn evaluation_periods<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    Ok(whole(from)?.unwrap_or_else(one))
}

fn threshold<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_else(unsaid))
}

fn actions_enabled<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_else(yes))
}

impl Default for Alarm {
    /// The one that CIS and Security Hub ask for: one record in five minutes.
    fn default() -> Self {
        Self {
            alarm_name: "one record in five minutes".to_owned(),
            alarm_arn: String::new(),
            metric_name: String::new(),
            namespace: String::new(),
            statistic: "Sum".to_owned(),
            period: five_minutes(),
            evaluation_periods: one(),
            datapoints_to_alarm: None,
            threshold: 1.0,
            comparison_operator: "GreaterThanOrEqualToThreshold".to_owned(),
            treat_missing_data: "missing".to_owned(),
            actions_enabled: true,
            alarm_actions: Vec::new(),
            dimensions: Vec::new(),
            metrics: Vec::new(),
            extended_statistic: None,
            unit: None,
            rest: BTreeMap::new(),
            has_default: false,
            worth: worth_one(),
        }
    }
}

impl Alarm {
    /// Why no record can ring it, whoever listens; `None` where records can.
    #[must_use]
    pub(crate) fn fault(&self) -> Option<String> {
        self.uncompared().or_else(|| self.untaken()).or_else(|| self.always()).or_else(|| self.never())
    }

    /// The same alarm with the metric and the statistic that stand in its list of one metric, which is how the console writes it.
    pub(super) fn plain(&self) -> Self {
        match self.metrics.as_slice() {
            [Query { metric_stat: Some(MetricStat { metric, period, stat, unit }), account_id }]
                if account_id.as_deref().is_none_or(|account| self.account() == Some(account)) =>
            {
                Self {
                    namespace: metric.namespace.clone(),
                    metric_name: metric.metric_name.clone(),
                    dimensions: metric.dimensions.clone(),
                    period: *period,
                    statistic: stat.clone(),
                    unit: unit.clone(),
                    metrics: Vec::new(),
                    ..self.clone()
                }
            }
            _ => self.clone(),
        }
    }

    /// What of it is not played here, so that nobody can say when it rings.
    pub(super) fn unmodelled(&self) -> Option<String> {
        let name = &self.alarm_name;
        let is_said = |value: &Value| !matches!(value, Value::Null) && value.as_array().is_none_or(|list| !list.is_empty());
        let other = self.rest.iter().find(|(member, value)| !WITHOUT_EFFECT.contains(&member.as_str()) && is_said(value));
        let statistic = self.extended_statistic.as_deref().unwrap_or(&self.statistic);
        let why = match (&self.unit, other) {
            _ if !self.metrics.is_empty() => "it reckons with several metrics, an expression, or a metric of another account".to_owned(),
            _ if !is_statistic(statistic) => format!("its statistic `{statistic}` is not followed here"),
            (Some(unit), _) if unit != "None" => format!("it counts data in the unit `{unit}` only"),
            (_, Some((member, _))) => format!("`{member}` is not followed here"),
            _ => return None,
        };
        Some(format!("alarm `{name}`: {why}"))
    }

    /// Why CloudWatch would not have it.
    fn untaken(&self) -> Option<String> {
        let (period, points, needed) = (self.period, self.evaluation_periods, self.needed());
        let why = if !matches!(period, 10 | 20 | 30) && (period == 0 || !period.is_multiple_of(60)) {
            format!("its period is {period} seconds, which is not 10, 20, 30 or a multiple of 60")
        } else if needed == 0 || needed > points {
            format!("it asks for {needed} of {points} data points")
        } else if u64::from(period) * u64::from(points) > LONGEST {
            format!("it looks back {} seconds, and {LONGEST} are the most", u64::from(period) * u64::from(points))
        } else if !self.threshold.is_finite() {
            "its threshold is not a number".to_owned()
        } else {
            return None;
        };
        Some(format!("alarm `{}` is none that CloudWatch would take: {why}", self.alarm_name))
    }

    /// Why its comparison is none for counts.
    fn uncompared(&self) -> Option<String> {
        let (name, operator) = (&self.alarm_name, &self.comparison_operator);
        match operator.as_str() {
            "GreaterThanOrEqualToThreshold" | "GreaterThanThreshold" => None,
            "LessThanThreshold" | "LessThanOrEqualToThreshold" => {
                Some(format!("alarm `{name}` compares by `{operator}`, which no record can reach"))
            }
            "" => Some(format!("alarm `{name}` does not say how it compares")),
            _ => Some(format!("alarm `{name}` compares by `{operator}`, which is not understood here")),
        }
    }

    /// Why it is in ALARM already, and has nothing to tell.
    fn always(&self) -> Option<String> {
        let why = if self.breaches(0) {
            format!("its threshold is {}", self.threshold)
        } else if self.treat_missing_data == "breaching" {
            "missing data are `breaching`".to_owned()
        } else {
            return None;
        };
        Some(format!("alarm `{}` is in ALARM without a record: {why}", self.alarm_name))
    }

    /// Why records do not get it there, however many they are.
    fn never(&self) -> Option<String> {
        let name = &self.alarm_name;
        if self.statistic == "SampleCount" {
            return None;
        }
        let Some(worth) = self.worth else {
            return Some(format!("what alarm `{name}` would see is not known: its value is taken from the record"));
        };
        if self.breaches(1) || self.statistic == "Sum" && worth > 0.0 {
            return None;
        }
        let added = if self.statistic == "Sum" { "" } else { ", and they are not added up" };
        Some(format!("no number of records reaches the threshold {} of alarm `{name}`: each is {worth}{added}", self.threshold))
    }

    /// Whether a data point with so many records breaches. One without records is taken to be 0. The comparison must be one of the two.
    pub(super) fn breaches(&self, count: u64) -> bool {
        let worth = self.worth.unwrap_or_default();
        let value = match self.statistic.as_str() {
            _ if count == 0 => 0.0,
            "Sum" => count as f64 * worth,
            "SampleCount" => count as f64,
            _ => worth,
        };
        if self.comparison_operator == "GreaterThanThreshold" { value > self.threshold } else { value >= self.threshold }
    }

    /// The account that it is in, where its ARN tells.
    #[must_use]
    pub(crate) fn account(&self) -> Option<&str> {
        self.alarm_arn.split(':').nth(4).filter(|account| is_account(account))
    }

    /// Data points that must breach.
    pub(super) fn needed(&self) -> u32 {
        self.datapoints_to_alarm.unwrap_or(self.evaluation_periods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &str) -> Alarm {
        let text =
            format!(r#"{{"AlarmName":"a","Statistic":"Sum","ComparisonOperator":"GreaterThanOrEqualToThreshold","Threshold":1{fields}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    fn named() -> Alarm {
        Alarm { alarm_name: "a".to_owned(), ..Alarm::default() }
    }

    /// An alarm with this fault, which no records ring.
    fn silent(alarm: &Alarm, fault: &str) {
        assert_eq!(alarm.fault().as_deref(), Some(fault), "{alarm:?}");
        assert_eq!(alarm.stretches(&[0, 1, 2, 3, 600_000_000]), [], "{alarm:?}");
    }

    #[test]
    fn the_alarm_that_cis_asks_for_has_no_fault_and_neither_has_one_of_the_longest_look() {
        assert_eq!(named().fault(), None);
        for (period, evaluation_periods) in [(10, 1), (30, 3), (60, 10_080), (604_800, 1), (86_400, 7)] {
            assert_eq!(Alarm { period, evaluation_periods, ..named() }.fault(), None, "{period}");
        }
        let above = Alarm { threshold: 0.0, comparison_operator: "GreaterThanThreshold".to_owned(), ..named() };
        assert_eq!(above.fault(), None);
    }

    #[test]
    fn an_alarm_that_is_in_alarm_without_a_record_tells_nothing() {
        silent(&Alarm { threshold: 0.0, ..named() }, "alarm `a` is in ALARM without a record: its threshold is 0");
        let above = Alarm { threshold: -0.5, comparison_operator: "GreaterThanThreshold".to_owned(), ..named() };
        silent(&above, "alarm `a` is in ALARM without a record: its threshold is -0.5");
        let missing = Alarm { treat_missing_data: "breaching".to_owned(), ..named() };
        silent(&missing, "alarm `a` is in ALARM without a record: missing data are `breaching`");
    }

    #[test]
    fn an_alarm_that_cloudwatch_would_not_take_never_rings() {
        let none = |alarm: Alarm, why: &str| silent(&alarm, &format!("alarm `a` is none that CloudWatch would take: {why}"));
        for period in [0, 40, 90, u32::MAX] {
            let why = format!("its period is {period} seconds, which is not 10, 20, 30 or a multiple of 60");
            none(Alarm { period, ..named() }, &why);
        }
        let look = u64::from(u32::MAX) * 60;
        let why = format!("it looks back {look} seconds, and 604800 are the most");
        none(Alarm { period: 60, evaluation_periods: u32::MAX, ..named() }, &why);
        none(Alarm { period: 604_860, ..named() }, "it looks back 604860 seconds, and 604800 are the most");
        none(Alarm { evaluation_periods: 0, ..named() }, "it asks for 0 of 0 data points");
        none(Alarm { datapoints_to_alarm: Some(0), ..named() }, "it asks for 0 of 1 data points");
        none(Alarm { datapoints_to_alarm: Some(2), ..named() }, "it asks for 2 of 1 data points");
        for threshold in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            none(Alarm { threshold, ..named() }, "its threshold is not a number");
        }
    }

    #[test]
    fn only_a_comparison_that_a_count_can_rise_to_rings() {
        let by = |operator: &str| Alarm { comparison_operator: operator.to_owned(), ..named() };
        silent(&by("LessThanThreshold"), "alarm `a` compares by `LessThanThreshold`, which no record can reach");
        silent(&by("LessThanOrEqualToThreshold"), "alarm `a` compares by `LessThanOrEqualToThreshold`, which no record can reach");
        silent(&by(""), "alarm `a` does not say how it compares");
        for operator in ["GreaterThanUpperThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "greaterThanThreshold"] {
            silent(&by(operator), &format!("alarm `a` compares by `{operator}`, which is not understood here"));
        }
    }

    #[test]
    fn a_statistic_that_does_not_add_up_rings_by_one_record_or_by_none() {
        for statistic in ["Maximum", "Minimum", "Average", ""] {
            let alarm = Alarm { statistic: statistic.to_owned(), ..named() };
            assert_eq!((alarm.fault(), alarm.stretches(&[0]).len()), (None, 1));
            let fault = "no number of records reaches the threshold 2 of alarm `a`: each is 1, and they are not added up";
            silent(&Alarm { threshold: 2.0, ..alarm }, fault);
        }
        for statistic in ["Sum", "SampleCount"] {
            let alarm = Alarm { statistic: statistic.to_owned(), threshold: 2.0, ..named() };
            assert_eq!((alarm.fault(), alarm.stretches(&[0]).len(), alarm.stretches(&[0, 0]).len()), (None, 0, 1));
        }
    }

    #[test]
    fn a_sum_is_of_what_each_record_is_worth() {
        let sum = |worth: Option<f64>, threshold: f64| Alarm { worth, threshold, ..named() };
        assert_eq!(sum(Some(5.0), 10.0).stretches(&[0]), []);
        assert_eq!(sum(Some(5.0), 10.0).stretches(&[0, 0]).len(), 1);
        silent(&sum(Some(0.0), 1.0), "no number of records reaches the threshold 1 of alarm `a`: each is 0");
        silent(&sum(Some(-1.0), 1.0), "no number of records reaches the threshold 1 of alarm `a`: each is -1");
        silent(&sum(None, 1.0), "what alarm `a` would see is not known: its value is taken from the record");
        // How many there are does not depend on it.
        assert_eq!(Alarm { statistic: "SampleCount".to_owned(), ..sum(None, 1.0) }.fault(), None);
    }

    #[test]
    fn null_is_as_good_as_nothing_and_a_whole_number_may_have_a_point() {
        let nulls = read(
            r#","AlarmActions":null,"DatapointsToAlarm":null,"Period":null,"EvaluationPeriods":null,"ActionsEnabled":null,
            "TreatMissingData":null,"MetricName":null,"Namespace":null,"Dimensions":null,"StateValue":"OK""#,
        );
        assert_eq!((nulls.period, nulls.evaluation_periods, nulls.datapoints_to_alarm, nulls.actions_enabled), (300, 1, None, true));
        assert_eq!((nulls.fault(), read("").fault()), (None, None));
        let points = read(r#","Period":120.0,"EvaluationPeriods":2.0,"DatapointsToAlarm":1.0"#);
        assert_eq!((points.period, points.evaluation_periods, points.datapoints_to_alarm), (120, 2, Some(1)));
        for threshold in ["null", "null,\"Metrics\":null"] {
            let text = format!(r#"{{"AlarmName":"a","ComparisonOperator":"GreaterThanThreshold","Threshold":{threshold}}}"#);
            let alarm: Alarm = serde_json::from_str(&text).unwrap();
            silent(&alarm, "alarm `a` is none that CloudWatch would take: its threshold is not a number");
        }
    }

    #[test]
    fn a_field_of_another_type_is_an_error() {
        for fields in [
            r#""Period":"300""#,
            r#""Period":-60"#,
            r#""Period":60.5"#,
            r#""Period":4294967296"#,
            r#""EvaluationPeriods":[1]"#,
            r#""DatapointsToAlarm":"1""#,
            r#""Threshold":"1""#,
            r#""Threshold":1e999"#,
            r#""AlarmActions":"arn""#,
            r#""AlarmActions":[null]"#,
            r#""ActionsEnabled":"true""#,
            r#""Statistic":1"#,
        ] {
            assert!(serde_json::from_str::<Alarm>(&format!("{{{fields}}}")).is_err(), "{fields}");
        }
    }
}
