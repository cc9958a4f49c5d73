//! What was set up, as the answers of three AWS commands have it, and the chains from a filter to somebody who hears of it.

use super::{Alarm, or_default};
use crate::review::pattern::{Fault, Pattern};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A metric filter as `aws logs describe-metric-filters` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricFilter {
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub filter_name: String,
    /// The pattern.
    #[serde(default, deserialize_with = "or_default")]
    pub filter_pattern: String,
    /// The log group that it looks at.
    #[serde(default, deserialize_with = "or_default")]
    pub log_group_name: String,
    /// The metrics that it feeds.
    #[serde(default, deserialize_with = "or_default")]
    pub metric_transformations: Vec<Transformation>,
    /// Fields of the system that become dimensions.
    #[serde(default, deserialize_with = "or_default")]
    pub emit_system_field_dimensions: Vec<String>,
    /// Whatever else is said of it.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// A metric that a filter feeds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transformation {
    /// Its name.
    pub metric_name: String,
    /// Where names are unique.
    pub metric_namespace: String,
    /// What a record adds to it: a number, or a field of the record such as `$.count`. Nothing is taken as `1`.
    #[serde(default, deserialize_with = "or_default")]
    pub metric_value: Option<String>,
    /// What a record that does not match adds, where any came.
    #[serde(default, deserialize_with = "or_default")]
    pub default_value: Option<f64>,
    /// Names, and the fields of the record that tell metrics of that name apart.
    #[serde(default, deserialize_with = "or_default")]
    pub dimensions: BTreeMap<String, String>,
    /// Whatever else is said of it.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl Transformation {
    /// What a record is worth; `None` where the record itself says.
    fn worth(&self) -> Option<f64> {
        self.metric_value.as_deref().map_or(Some(1.0), |text| text.trim().parse().ok().filter(|worth: &f64| worth.is_finite()))
    }
}

/// A subscription as `aws sns list-subscriptions` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Subscription {
    /// To what.
    pub topic_arn: String,
    /// `PendingConfirmation` until somebody confirms it.
    #[serde(default, deserialize_with = "or_default")]
    pub subscription_arn: String,
}

/// A composite alarm. It is not played: only whether it looks at another alarm is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Composite {
    /// An expression over the states of alarms, each by its name or ARN; none may look at any alarm.
    #[serde(default, deserialize_with = "or_default")]
    alarm_rule: String,
}

/// Any of the three, as exported.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Configuration {
    /// Metric filters.
    #[serde(default, rename = "metricFilters", deserialize_with = "or_default")]
    pub filters: Vec<MetricFilter>,
    /// Alarms.
    #[serde(default, rename = "MetricAlarms", deserialize_with = "or_default")]
    pub alarms: Vec<Alarm>,
    /// Alarms on the state of other alarms.
    #[serde(default, rename = "CompositeAlarms", deserialize_with = "or_default")]
    composites: Vec<Composite>,
    /// Subscriptions; `None` where none were exported, so that nothing is known of them.
    #[serde(default, rename = "Subscriptions")]
    pub subscriptions: Option<Vec<Subscription>>,
}

impl Configuration {
    /// Adds what another export has.
    pub(crate) fn add(&mut self, other: Self) {
        self.filters.extend(other.filters);
        self.alarms.extend(other.alarms);
        self.composites.extend(other.composites);
        if let Some(more) = other.subscriptions {
            self.subscriptions.get_or_insert_default().extend(more);
        }
    }

    /// Every filter with a pattern over JSON, its alarms, and what keeps them from telling anybody.
    ///
    /// # Errors
    /// The first pattern that cannot be read, with the filter's name.
    pub(crate) fn chains(&self) -> Result<Vec<Chain>, (String, Fault)> {
        self.filters.iter().map(|filter| self.chain(filter)).collect()
    }

    fn chain(&self, filter: &MetricFilter) -> Result<Chain, (String, Fault)> {
        let pattern = Pattern::parse(&filter.filter_pattern).map_err(|fault| (filter.filter_name.clone(), fault))?;
        let mut unknown: BTreeSet<String> = BTreeSet::new();
        let mut watching: Vec<(Alarm, Option<String>)> = Vec::new();
        for alarm in self.alarms.iter().map(Alarm::plain) {
            match filter.feeds(&alarm) {
                Feeds::No => {}
                Feeds::Unknown(why) => _ = unknown.insert(why),
                Feeds::Yes(alarm) if let Some(other) = self.other_feeder(filter, &alarm) => {
                    unknown.insert(format!(
                        "filter `{other}` feeds the metric of alarm `{}` too, and several filters on one metric are not played together",
                        alarm.alarm_name
                    ));
                }
                Feeds::Yes(alarm) => match self.broken(&alarm) {
                    Heard::Unknown(why) => _ = unknown.insert(why),
                    Heard::Broken(why) => watching.push((*alarm, Some(why))),
                    Heard::Yes => watching.push((*alarm, None)),
                },
            }
        }
        let broken = if watching.is_empty() && !unknown.is_empty() {
            None
        } else if watching.is_empty() {
            Some("no alarm watches its metric".to_owned())
        } else {
            // Nothing is less than any reason, so one alarm that is whole is enough.
            watching.iter().map(|(_, broken)| broken).min().cloned().flatten()
        };
        let watching_is_empty = watching.is_empty();
        let alarms = watching.into_iter().filter(|(_, why)| broken.is_some() || why.is_none()).map(|(alarm, _)| alarm).collect();
        // An alarm that is whole settles it, whatever the others are.
        let unknown = if broken.is_none() && !watching_is_empty { None } else { unknown.into_iter().next() };
        let broken = broken.filter(|_| unknown.is_none());
        Ok(Chain { name: filter.filter_name.clone(), pattern, alarms, broken, unknown })
    }

    /// Another filter whose records the alarm sees as well. The same filter on another log group is none: each record lies in one of them.
    fn other_feeder(&self, filter: &MetricFilter, alarm: &Alarm) -> Option<&str> {
        let same = |other: &MetricFilter| {
            let worths = |of: &MetricFilter| of.fed(&alarm.namespace, &alarm.metric_name).and_then(Transformation::worth);
            other.filter_pattern == filter.filter_pattern
                && other.log_group_name != filter.log_group_name
                && worths(other) == worths(filter)
        };
        let others = self.filters.iter().filter(|other| !std::ptr::eq(*other, filter) && !same(other));
        others.into_iter().find(|other| !matches!(other.feeds(alarm), Feeds::No)).map(|other| other.filter_name.as_str())
    }

    /// Whether somebody hears of an alarm, as far as is known.
    fn broken(&self, alarm: &Alarm) -> Heard {
        let name = &alarm.alarm_name;
        match self.broken_by_itself(alarm) {
            // What looks at its state may tell somebody, whatever its own actions do.
            Heard::Broken(why) if alarm.fault().is_none() && self.composites.iter().any(|one| one.may_look_at(name)) => {
                Heard::Unknown(format!("{why}; a composite alarm looks at it, and those are not followed"))
            }
            heard => heard,
        }
    }

    fn broken_by_itself(&self, alarm: &Alarm) -> Heard {
        if let Some(fault) = alarm.fault() {
            // What each record adds stands in the record, and is not read here.
            return if alarm.worth.is_none() { Heard::Unknown(fault) } else { Heard::Broken(fault) };
        }
        let name = &alarm.alarm_name;
        if !alarm.actions_enabled {
            return Heard::Broken(format!("the actions of alarm `{name}` are switched off"));
        }
        let is_of = |arn: &str, services: &[&str]| arn.split(':').nth(2).is_some_and(|service| services.contains(&service));
        let (topics, others): (BTreeSet<&str>, BTreeSet<&str>) =
            alarm.alarm_actions.iter().map(String::as_str).partition(|arn| is_of(arn, &["sns"]));
        // A function, a plan of Incident Manager or an item of OpsCenter may tell somebody.
        if others.iter().any(|arn| is_of(arn, &["lambda", "ssm", "ssm-incidents"])) {
            return Heard::Yes;
        }
        if let Some(other) = others.iter().find(|arn| !is_of(arn, &["automate", "autoscaling", "swf"])) {
            return Heard::Unknown(format!("alarm `{name}` does something that is not followed here: `{other}`"));
        }
        if topics.is_empty() {
            return Heard::Broken(format!("alarm `{name}` tells no topic"));
        }
        let Some(subscriptions) = &self.subscriptions else { return Heard::Yes };
        let heard = |one: &Subscription| topics.contains(one.topic_arn.as_str()) && one.subscription_arn.starts_with("arn:");
        if subscriptions.iter().any(heard) {
            Heard::Yes
        } else {
            Heard::Broken(format!("nobody has subscribed to the topic of alarm `{name}`"))
        }
    }
}

impl Composite {
    fn may_look_at(&self, alarm: &str) -> bool {
        self.alarm_rule.is_empty() || self.alarm_rule.contains(alarm)
    }
}

/// Whether somebody hears of an alarm.
enum Heard {
    Yes,
    Broken(String),
    Unknown(String),
}

/// Whether a filter feeds the metric that an alarm watches.
enum Feeds {
    No,
    /// The alarm as it sees the filter's records.
    Yes(Box<Alarm>),
    Unknown(String),
}

/// Members of a filter, and of what it feeds, that have no part in whether an alarm rings.
const WITHOUT_EFFECT: [&str; 2] = ["creationTime", "unit"];

/// The first member that is said and not known.
fn unfollowed(rest: &BTreeMap<String, Value>) -> Option<&str> {
    let is_said = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    rest.iter().find(|(member, value)| !WITHOUT_EFFECT.contains(&member.as_str()) && is_said(value)).map(|(member, _)| member.as_str())
}

impl MetricFilter {
    /// What it adds to a metric.
    fn fed(&self, namespace: &str, name: &str) -> Option<&Transformation> {
        self.metric_transformations.iter().find(|fed| fed.metric_name == name && fed.metric_namespace == namespace)
    }

    fn feeds(&self, alarm: &Alarm) -> Feeds {
        let in_math = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
        if in_math.map(|stat| &stat.metric).any(|metric| self.fed(&metric.namespace, &metric.metric_name).is_some()) {
            return alarm.unmodelled().map_or(Feeds::No, Feeds::Unknown);
        }
        let Some(fed) = self.fed(&alarm.namespace, &alarm.metric_name) else { return Feeds::No };
        let name = &self.filter_name;
        let given: BTreeSet<&str> = fed.dimensions.keys().chain(&self.emit_system_field_dimensions).map(String::as_str).collect();
        let watched: BTreeSet<&str> = alarm.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
        // Metrics of one name with other dimensions are other metrics.
        if given != watched {
            return Feeds::No;
        }
        let why = if let Some(member) = unfollowed(&self.rest).or_else(|| unfollowed(&fed.rest)) {
            format!("`{member}` of filter `{name}` is not followed here")
        } else if !given.is_empty() {
            format!("filter `{name}` gives a metric to each value of its dimensions, which are not followed here")
        } else if let Some(default) = fed.default_value.filter(|default| *default != 0.0) {
            format!("the default value {default} of filter `{name}` counts records that it does not match")
        } else if fed.default_value.is_some() && !matches!(alarm.statistic.as_str(), "Sum" | "Maximum") {
            format!(
                "the default value 0 of filter `{name}` counts with records that it does not match, of which nobody knows how many there were"
            )
        } else if let Some(why) = alarm.unmodelled() {
            why
        } else {
            return Feeds::Yes(Box::new(Alarm { worth: fed.worth(), has_default: fed.default_value.is_some(), ..alarm.clone() }));
        };
        Feeds::Unknown(why)
    }
}

/// A filter, what watches its metric, and whether anybody would hear of it.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    /// Of the filter.
    pub name: String,
    /// What it counts.
    pub pattern: Pattern,
    /// The alarms on its metric that somebody would hear; where nobody would hear any, all of them, so that it can be told which would have
    /// rung.
    pub alarms: Vec<Alarm>,
    /// Why nobody would hear of it; `None` where somebody would, as far as is known. The first reason in the order of their texts where
    /// there are several.
    pub broken: Option<String>,
    /// Why nobody can say whether it rings or is heard: something that is set up is not played here.
    pub unknown: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:t";

    fn filter(value: &str) -> String {
        format!(
            r#"{{"metricFilters":[{{"filterName":"root","filterPattern":"{{ $.userIdentity.type = \"Root\" }}","logGroupName":"g",
            "metricTransformations":[{{"metricName":"m","metricNamespace":"n","metricValue":{value},"defaultValue":0.0,"unit":"None"}}]}}]}}"#
        )
    }

    /// The answer with an alarm by this name that tells the topic, changed as asked.
    fn alarm(name: &str, from: &str, to: &str) -> String {
        let text = format!(
            r#"{{"MetricAlarms":[{{"AlarmName":"{name}","MetricName":"m","Namespace":"n","Statistic":"Sum","Period":300,"EvaluationPeriods":1,
            "Threshold":1.0,"ComparisonOperator":"GreaterThanOrEqualToThreshold","ActionsEnabled":true,"AlarmActions":["{TOPIC}"],
            "TreatMissingData":"notBreaching"}}],"CompositeAlarms":[]}}"#
        );
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    }

    fn chain(parts: &[&str]) -> Chain {
        let mut all = Configuration::default();
        parts.iter().for_each(|part| all.add(serde_json::from_str(part).unwrap()));
        all.chains().unwrap().remove(0)
    }

    fn broken(parts: &[&str]) -> Option<String> {
        chain(&[&[&filter("\"1\"")[..]], parts].concat()).broken
    }

    fn says(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_chain_is_only_as_good_as_its_last_link() {
        let subscription = |arn: &str| format!(r#"{{"Subscriptions":[{{"TopicArn":"{TOPIC}","SubscriptionArn":{arn}}}]}}"#);
        let whole = alarm("a", "", "");
        assert_eq!(broken(&[]), says("no alarm watches its metric"));
        assert_eq!(broken(&[&alarm("a", "\"n\"", "\"other\"")]), says("no alarm watches its metric"));
        assert_eq!(broken(&[&alarm("a", &format!("\"{TOPIC}\""), "")]), says("alarm `a` tells no topic"));
        assert_eq!(broken(&[&whole]), None);
        for arn in [r#""PendingConfirmation""#, "null"] {
            assert_eq!(broken(&[&whole, &subscription(arn)]), says("nobody has subscribed to the topic of alarm `a`"));
        }
        assert_eq!(broken(&[&whole, &subscription(&format!("\"{TOPIC}:1\""))]), None);
        assert_eq!(broken(&[&alarm("a", "d\":true", "d\":false")]), says("the actions of alarm `a` are switched off"));
    }

    #[test]
    fn an_alarm_that_no_record_can_ring_breaks_its_chain() {
        let always = alarm("a", "\"Threshold\":1.0", "\"Threshold\":0");
        assert_eq!(broken(&[&always]), says("alarm `a` is in ALARM without a record: its threshold is 0"));
        let missing = alarm("a", "notBreaching", "breaching");
        assert_eq!(broken(&[&missing]), says("alarm `a` is in ALARM without a record: missing data are `breaching`"));
        let less = alarm("a", "GreaterThanOrEqualToThreshold", "LessThanThreshold");
        assert_eq!(broken(&[&less]), says("alarm `a` compares by `LessThanThreshold`, which no record can reach"));
    }

    #[test]
    fn a_topic_that_only_a_composite_alarm_tells_is_not_said_to_be_silent_without_more() {
        let topicless = alarm("a", &format!("\"{TOPIC}\""), "");
        let composite =
            r#"{"CompositeAlarms":[{"AlarmName":"c","AlarmRule":"ALARM(a)","AlarmActions":["arn:aws:sns:us-east-1:111122223333:t"]}]}"#;
        let told = chain(&[&filter("\"1\""), &topicless, composite]);
        let unknown = "alarm `a` tells no topic; a composite alarm looks at it, and those are not followed";
        assert_eq!((told.broken, told.unknown), (None, says(unknown)));
        assert_eq!(broken(&[&alarm("a", "", ""), composite]), None);
        // Its own actions switched off, or a topic without subscribers: the composite's may be heard all the same.
        let off = alarm("a", "d\":true", "d\":false");
        let subscription = r#"{"Subscriptions":[]}"#;
        for parts in [vec![&*off, composite], vec![&alarm("a", "", ""), composite, subscription]] {
            let told = chain(&[&[&filter("\"1\"")[..]], &parts[..]].concat());
            assert!(told.broken.is_none() && told.unknown.is_some_and(|why| why.contains("a composite alarm looks at it")), "{parts:?}");
        }
        // One on other alarms is nothing to it.
        assert_eq!(broken(&[&topicless, &composite.replace("ALARM(a)", "ALARM(other)")]), says("alarm `a` tells no topic"));
    }

    #[test]
    fn several_filters_on_one_metric_make_its_alarm_unknown_unless_they_are_one_filter_on_several_log_groups() {
        let whole = alarm("a", "", "");
        let named = |pattern: &str, group: &str| {
            filter("\"1\"").replace("\\\"Root\\\"", pattern).replace("\"g\"", &format!("\"{group}\"")).replace(":\"root\"", ":\"other\"")
        };
        let told = |other: String| chain(&[&filter("\"1\""), &other, &whole]).unknown;
        assert_eq!(told(named("\\\"Root\\\"", "h")), None);
        for other in [named("\\\"IAMUser\\\"", "h"), named("\\\"Root\\\"", "g"), named("\\\"Root\\\"", "h").replace("\"1\"", "\"2\"")] {
            assert!(told(other.clone()).is_some_and(|why| why.starts_with("filter `other` feeds the metric of alarm `a` too")), "{other}");
        }
        // Another metric is another's.
        assert_eq!(told(named("\\\"IAMUser\\\"", "g").replace("\"m\"", "\"m2\"")), None);
    }

    #[test]
    fn what_a_record_adds_to_the_metric_is_what_the_filter_says() {
        let worth = |value: &str| chain(&[&filter(value), &alarm("a", "", "")]).alarms[0].worth;
        assert_eq!((worth("\"1\""), worth("null"), worth("\" 2.5 \"")), (Some(1.0), Some(1.0), Some(2.5)));
        for value in ["\"$.count\"", "\"NaN\"", "\"inf\"", "\"\""] {
            assert!(chain(&[&filter(value), &alarm("a", "", "")]).unknown.is_some(), "{value}");
        }
        let taken = chain(&[&filter("\"$.count\""), &alarm("a", "", "")]);
        let unknown = says("what alarm `a` would see is not known: its value is taken from the record");
        assert_eq!((taken.broken, taken.unknown, taken.alarms.len()), (None, unknown, 0));
    }

    #[test]
    fn a_chain_rings_by_its_whole_alarms_only_and_by_all_where_none_is_whole() {
        let names = |chain: &Chain| chain.alarms.iter().map(|alarm| alarm.alarm_name.clone()).collect::<Vec<_>>();
        let (filter, whole) = (filter("\"1\""), alarm("whole", "", ""));
        let off = |name: &str| alarm(name, "d\":true", "d\":false");
        let some = chain(&[&filter, &off("off"), &whole, &off("also")]);
        assert_eq!((names(&some), some.broken), (vec!["whole".to_owned()], None));
        let none = chain(&[&filter, &off("off"), &off("also")]);
        assert_eq!(names(&none), ["off", "also"]);
        assert_eq!(none.broken, says("the actions of alarm `also` are switched off"));
        // It would have rung, but nobody would have heard.
        assert_eq!(none.alarms[0].stretches(&[0]).len(), 1);
    }

    #[test]
    fn what_is_set_up_and_not_played_makes_the_answer_unknown_with_its_name() {
        let filter = |more: &str, of_metric: &str| {
            filter("\"1\"")
                .replace("\"unit\":\"None\"", &format!("\"unit\":\"None\"{of_metric}"))
                .replace("\"logGroupName\"", &format!("{more}\"logGroupName\""))
        };
        let whole = || alarm("a", "", "");
        let with = |more: &str| alarm("a", "\"Period\"", &format!("{more}\"Period\""));
        for (filter, alarm, named) in [
            (filter("\"fieldSelectionCriteria\":\"@aws.account = 1\",", ""), whole(), "`fieldSelectionCriteria` of filter `root`"),
            (filter("\"applyOnTransformedLogs\":true,", ""), whole(), "`applyOnTransformedLogs`"),
            (filter("\"somethingNew\":[1],", ""), whole(), "`somethingNew`"),
            (filter("", ",\"somethingNew\":1"), whole(), "`somethingNew`"),
            (filter("", ",\"dimensions\":{\"who\":\"$.who\"}"), with("\"Dimensions\":[{\"Name\":\"who\",\"Value\":\"x\"}],"), "dimensions"),
            (filter("", ""), with("\"Unit\":\"Count\","), "the unit `Count`"),
            (filter("", ""), with("\"EvaluateLowSampleCountPercentile\":\"ignore\","), "`EvaluateLowSampleCountPercentile`"),
            (filter("", ""), with("\"ExtendedStatistic\":\"TC(2:8)\","), "`TC(2:8)`"),
            (filter("", ""), alarm("a", "\"Sum\"", "\"Average\""), "the default value 0"),
            (filter("", "").replace("0.0", "1"), whole(), "the default value 1"),
            (filter("", ""), alarm("a", &format!("\"{TOPIC}\""), "\"arn:aws:events:us-east-1:111122223333:rule/x\""), "not followed here"),
        ] {
            let told = chain(&[&filter, &alarm]);
            assert!(told.broken.is_none() && told.unknown.as_ref().is_some_and(|why| why.contains(named)), "{named}: {told:?}");
        }
        // What has no effect, or says nothing, changes nothing.
        let plain = filter("\"creationTime\":1,\"applyOnTransformedLogs\":false,\"fieldSelectionCriteria\":\"\",", "");
        let told = chain(&[&plain, &with("\"StateValue\":\"OK\",\"Dimensions\":[],\"Metrics\":[],\"Unit\":null,")]);
        assert_eq!((told.broken, told.unknown), (None, None));
    }

    #[test]
    fn metrics_of_one_name_with_other_dimensions_are_other_metrics() {
        let given = filter("\"1\"").replace("\"unit\":\"None\"", "\"unit\":\"None\",\"dimensions\":{\"who\":\"$.who\"}");
        let watched = alarm("a", "\"Period\"", "\"Dimensions\":[{\"Name\":\"who\",\"Value\":\"x\"}],\"Period\"");
        let emitted = filter("\"1\"").replace("\"logGroupName\"", "\"emitSystemFieldDimensions\":[\"@aws.account\"],\"logGroupName\"");
        let plain = filter("\"1\"");
        for (filter, alarm) in [(&given, alarm("a", "", "")), (&plain, watched), (&emitted, alarm("a", "", ""))] {
            assert_eq!(chain(&[filter, &alarm]).broken, says("no alarm watches its metric"));
        }
    }

    #[test]
    fn an_alarm_on_a_list_of_one_metric_is_one_on_that_metric_and_functions_may_tell_somebody() {
        let listed = r#"{"MetricAlarms":[{"AlarmName":"a","Metrics":[{"Id":"m1","ReturnData":true,"MetricStat":{"Metric":{"Namespace":"n","MetricName":"m",
            "Dimensions":[]},"Period":300,"Stat":"Sum"}}],"EvaluationPeriods":1,"Threshold":1.0,"ComparisonOperator":"GreaterThanOrEqualToThreshold",
            "ActionsEnabled":true,"AlarmActions":["arn:aws:lambda:us-east-1:111122223333:function:page"],"TreatMissingData":"notBreaching"}]}"#;
        let told = chain(&[&filter("\"1\""), listed]);
        assert_eq!((told.broken, told.unknown, told.alarms[0].stretches(&[0]).len()), (None, None, 1));
        let reckoned = listed.replace("[{\"Id\"", "[{\"Id\":\"e1\",\"Expression\":\"FILL(m1, 0)\"},{\"Id\"");
        let told = chain(&[&filter("\"1\""), &reckoned]);
        assert!(told.broken.is_none() && told.unknown.unwrap().contains("an expression"));
    }

    #[test]
    fn nulls_and_fields_that_are_not_known_say_nothing_and_wrong_types_are_an_error() {
        let nulls = r#"{"metricFilters":null,"MetricAlarms":null,"CompositeAlarms":null,"Subscriptions":null,"nextToken":"x"}"#;
        let read: Configuration = serde_json::from_str(nulls).unwrap();
        assert!(read.filters.is_empty() && read.alarms.is_empty() && read.subscriptions.is_none());
        let empty = r#"{"filterName":null,"filterPattern":null,"logGroupName":null,"metricTransformations":null,"creationTime":1}"#;
        let read: Configuration = serde_json::from_str(&format!(r#"{{"metricFilters":[{empty}]}}"#)).unwrap();
        assert_eq!(read.filters.len(), 1);
        for text in [r#"{"metricFilters":{}}"#, r#"{"MetricAlarms":[1]}"#, r#"{"Subscriptions":[{"TopicArn":1}]}"#, &filter("1")] {
            assert!(serde_json::from_str::<Configuration>(text).is_err(), "{text}");
        }
    }
}
