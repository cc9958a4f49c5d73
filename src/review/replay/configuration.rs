//! What was set up, as the answers of three AWS commands have it, and the chains from a filter to somebody who hears of it.

use super::{Alarm, or_default};
use crate::review::pattern::{Fault, Pattern};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeSet;

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
    #[expect(dead_code, reason = "what has none is not a metric filter")]
    pub log_group_name: String,
    /// The metrics that it feeds.
    #[serde(default, deserialize_with = "or_default")]
    pub metric_transformations: Vec<Transformation>,
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

/// Any of the three, as exported.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Configuration {
    /// Metric filters.
    #[serde(default, rename = "metricFilters", deserialize_with = "or_default")]
    pub filters: Vec<MetricFilter>,
    /// Alarms.
    #[serde(default, rename = "MetricAlarms", deserialize_with = "or_default")]
    pub alarms: Vec<Alarm>,
    /// Alarms on the state of other alarms: it is only known that there are some.
    #[serde(default, rename = "CompositeAlarms", deserialize_with = "or_default")]
    composites: Vec<IgnoredAny>,
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
        let fed = |alarm: &Alarm| {
            let mut fed = filter.metric_transformations.iter();
            let fed = fed.find(|fed| fed.metric_name == alarm.metric_name && fed.metric_namespace == alarm.namespace)?;
            Some(Alarm { worth: fed.worth(), ..alarm.clone() })
        };
        let watching: Vec<(Alarm, Option<String>)> =
            self.alarms.iter().filter_map(fed).map(|alarm| (self.broken(&alarm), alarm)).map(|(why, alarm)| (alarm, why)).collect();
        let broken = if watching.is_empty() {
            Some("no alarm watches its metric".to_owned())
        } else {
            // Nothing is less than any reason, so one alarm that is whole is enough.
            watching.iter().map(|(_, broken)| broken).min().cloned().flatten()
        };
        let alarms = watching.into_iter().filter(|(_, why)| broken.is_some() || why.is_none()).map(|(alarm, _)| alarm).collect();
        Ok(Chain { name: filter.filter_name.clone(), pattern, alarms, broken })
    }

    /// Why an alarm tells nobody, as far as is known.
    fn broken(&self, alarm: &Alarm) -> Option<String> {
        if let Some(fault) = alarm.fault() {
            return Some(fault);
        }
        if !alarm.actions_enabled {
            return Some(format!("the actions of alarm `{}` are switched off", alarm.alarm_name));
        }
        let topics: BTreeSet<&str> = alarm.alarm_actions.iter().map(String::as_str).filter(|arn| arn.contains(":sns:")).collect();
        if topics.is_empty() {
            let followed = if self.composites.is_empty() { "" } else { "; composite alarms are not followed" };
            return Some(format!("alarm `{}` tells no topic{followed}", alarm.alarm_name));
        }
        let subscriptions = self.subscriptions.as_ref()?;
        let heard = |one: &Subscription| topics.contains(one.topic_arn.as_str()) && one.subscription_arn.starts_with("arn:");
        if subscriptions.iter().any(heard) {
            None
        } else {
            Some(format!("nobody has subscribed to the topic of alarm `{}`", alarm.alarm_name))
        }
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
        assert_eq!(broken(&[&topicless, composite]), says("alarm `a` tells no topic; composite alarms are not followed"));
        assert_eq!(broken(&[&alarm("a", "", ""), composite]), None);
    }

    #[test]
    fn what_a_record_adds_to_the_metric_is_what_the_filter_says() {
        let worth = |value: &str| chain(&[&filter(value), &alarm("a", "", "")]).alarms[0].worth;
        assert_eq!((worth("\"1\""), worth("null"), worth("\" 2.5 \"")), (Some(1.0), Some(1.0), Some(2.5)));
        for value in ["\"$.count\"", "\"NaN\"", "\"inf\"", "\"\""] {
            assert_eq!(worth(value), None, "{value}");
        }
        let taken = chain(&[&filter("\"$.count\""), &alarm("a", "", "")]);
        assert_eq!(taken.broken, says("what alarm `a` would see is not known: its value is taken from the record"));
        assert!(taken.alarms[0].stretches(&[0, 0]).is_empty());
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
