//! Would the alarm have rung? Metric filters, alarms and their subscribers, played over the records that there are.
//!
//! A metric filter counts a record when its log event arrives in CloudWatch Logs, which is taken to be when its log was delivered; an alarm looks at the counts
//! every minute. What CloudWatch really did stands in its history, not here: this says what a configuration could have done.
//! Sources: "Filter and pattern syntax" and "Using Amazon CloudWatch alarms" in the CloudWatch user guides.

use crate::pattern::{Fault, Pattern};
use crate::record::time::Micros;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const MINUTE: Micros = 60_000_000;

/// A metric filter as `aws logs describe-metric-filters` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricFilter {
    /// Its name.
    #[serde(default)]
    pub filter_name: String,
    /// The pattern.
    #[serde(default)]
    pub filter_pattern: String,
    /// The log group that it looks at.
    #[serde(default)]
    pub log_group_name: String,
    /// The metrics that it feeds.
    #[serde(default)]
    pub metric_transformations: Vec<Transformation>,
}

/// A metric that a filter feeds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transformation {
    /// Its name.
    pub metric_name: String,
    /// Where names are unique.
    pub metric_namespace: String,
}

/// An alarm as `aws cloudwatch describe-alarms` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    /// Its name.
    #[serde(default)]
    pub alarm_name: String,
    /// What it watches.
    #[serde(default)]
    pub metric_name: String,
    /// Where that is.
    #[serde(default)]
    pub namespace: String,
    /// Seconds of a data point.
    #[serde(default = "five_minutes")]
    pub period: u32,
    /// Data points looked at.
    #[serde(default = "one")]
    pub evaluation_periods: u32,
    /// How many of them must breach.
    pub datapoints_to_alarm: Option<u32>,
    /// What they are compared with.
    #[serde(default)]
    pub threshold: f64,
    /// `GreaterThanOrEqualToThreshold`, `GreaterThanThreshold`.
    #[serde(default)]
    pub comparison_operator: String,
    /// Whether its actions are done at all.
    #[serde(default = "yes")]
    pub actions_enabled: bool,
    /// Topics that are told.
    #[serde(default)]
    pub alarm_actions: Vec<String>,
}

const fn five_minutes() -> u32 {
    300
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

impl Default for Alarm {
    /// The one that CIS and Security Hub ask for: one record in five minutes.
    fn default() -> Self {
        Self {
            alarm_name: "one record in five minutes".to_owned(),
            metric_name: String::new(),
            namespace: String::new(),
            period: five_minutes(),
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            threshold: 1.0,
            comparison_operator: "GreaterThanOrEqualToThreshold".to_owned(),
            actions_enabled: true,
            alarm_actions: Vec::new(),
        }
    }
}

/// A subscription as `aws sns list-subscriptions` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subscription {
    /// To what.
    pub topic_arn: String,
    /// `PendingConfirmation` until somebody confirms it.
    #[serde(default)]
    pub subscription_arn: String,
}

/// Any of the three, as exported.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Configuration {
    /// Metric filters.
    #[serde(default, rename = "metricFilters")]
    pub filters: Vec<MetricFilter>,
    /// Alarms.
    #[serde(default, rename = "MetricAlarms")]
    pub alarms: Vec<Alarm>,
    /// Subscriptions; `None` where none were exported, so that nothing is known of them.
    #[serde(default, rename = "Subscriptions")]
    pub subscriptions: Option<Vec<Subscription>>,
}

impl Configuration {
    /// Adds what another export has.
    pub fn add(&mut self, other: Self) {
        self.filters.extend(other.filters);
        self.alarms.extend(other.alarms);
        if let Some(more) = other.subscriptions {
            self.subscriptions.get_or_insert_default().extend(more);
        }
    }

    /// Every filter with a pattern over JSON, its alarms, and what keeps them from telling anybody.
    ///
    /// # Errors
    /// The first pattern that cannot be read, with the filter's name.
    pub fn chains(&self) -> Result<Vec<Chain>, (String, Fault)> {
        let mut chains = Vec::new();
        for filter in &self.filters {
            let pattern = Pattern::parse(&filter.filter_pattern).map_err(|fault| (filter.filter_name.clone(), fault))?;
            let fed = |alarm: &&Alarm| {
                filter
                    .metric_transformations
                    .iter()
                    .any(|fed| fed.metric_name == alarm.metric_name && fed.metric_namespace == alarm.namespace)
            };
            let alarms: Vec<Alarm> = self.alarms.iter().filter(fed).cloned().collect();
            let broken = if alarms.is_empty() {
                Some("no alarm watches its metric".to_owned())
            } else {
                alarms.iter().map(|alarm| self.broken(alarm)).min().flatten()
            };
            chains.push(Chain { name: filter.filter_name.clone(), pattern, alarms, broken });
        }
        Ok(chains)
    }

    /// Why an alarm tells nobody, as far as is known.
    fn broken(&self, alarm: &Alarm) -> Option<String> {
        if !alarm.actions_enabled {
            return Some(format!("the actions of alarm `{}` are switched off", alarm.alarm_name));
        }
        let topics: BTreeSet<&str> = alarm.alarm_actions.iter().map(String::as_str).filter(|arn| arn.contains(":sns:")).collect();
        if topics.is_empty() {
            return Some(format!("alarm `{}` tells no topic", alarm.alarm_name));
        }
        let subscriptions = self.subscriptions.as_ref()?;
        let heard = |one: &&Subscription| topics.contains(one.topic_arn.as_str()) && one.subscription_arn.starts_with("arn:");
        if subscriptions.iter().any(|one| heard(&one)) {
            None
        } else {
            Some(format!("nobody has subscribed to the topic of alarm `{}`", alarm.alarm_name))
        }
    }
}

/// A filter, what watches its metric, and whether anybody would hear of it.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Of the filter.
    pub name: String,
    /// What it counts.
    pub pattern: Pattern,
    /// The alarms on its metric.
    pub alarms: Vec<Alarm>,
    /// Why nobody would hear of it; `None` where somebody would, as far as is known.
    pub broken: Option<String>,
}

impl Alarm {
    fn breaches(&self, count: u64) -> bool {
        let count = count as f64;
        match self.comparison_operator.as_str() {
            "GreaterThanThreshold" => count > self.threshold,
            _ => count >= self.threshold,
        }
    }

    /// When it goes into ALARM, and when it comes back, with records counted at these times, which need not be sorted. A time of delivery has
    /// its minute only, so a record is seen by the look at the end of that minute.
    #[must_use]
    pub fn stretches(&self, counted: &[Micros]) -> Vec<Stretch> {
        let mut times: Vec<Micros> = counted.to_vec();
        times.sort_unstable();
        let period = Micros::from(self.period.max(60)) * 1_000_000;
        let points = Micros::from(self.evaluation_periods.max(1));
        let needed = self.datapoints_to_alarm.unwrap_or(self.evaluation_periods).max(1);
        let window = period.saturating_mul(points);
        let within =
            |from: Micros, to: Micros| (times.partition_point(|time| *time < to) - times.partition_point(|time| *time < from)) as u64;
        let firing = |now: Micros| {
            let breaching = (0..points).filter(|point| self.breaches(within(now - (point + 1) * period, now - point * period)));
            breaching.count() as u64 >= u64::from(needed)
        };
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut at = 0;
        while let Some(first) = times.get(at) {
            // Nothing can change but in the minutes in which a record is in the window.
            let mut now = first.div_euclid(MINUTE) * MINUTE + MINUTE;
            let mut open: Option<Micros> = None;
            loop {
                match (open, firing(now)) {
                    (None, true) => open = Some(now),
                    (Some(from), false) => {
                        stretches.push(Stretch { from, to: now });
                        open = None;
                    }
                    _ => {}
                }
                let last = times.partition_point(|time| *time <= now);
                if last == 0 || times[last - 1].saturating_add(window).saturating_add(2 * MINUTE) < now && open.is_none() {
                    at = last.max(at + 1);
                    break;
                }
                now += MINUTE;
            }
        }
        stretches
    }
}

/// An alarm's time in ALARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// When it goes off, and tells its topics.
    pub from: Micros,
    /// When it is over.
    pub to: Micros,
}

/// What an alarm would have made of something that began at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// It goes off then.
    At(Micros),
    /// It is in ALARM from before, and says nothing new.
    Already(Micros),
    /// It does not.
    Never,
}

/// Whether an alarm that was in ALARM for these stretches rings for something whose records were counted from `first` to `last`.
#[must_use]
pub fn ring(stretches: &[Stretch], first: Micros, last: Micros) -> Ring {
    let touched = stretches.iter().find(|stretch| stretch.to > first && stretch.from <= last.div_euclid(MINUTE) * MINUTE + MINUTE);
    match touched {
        None => Ring::Never,
        Some(stretch) if stretch.from > first => Ring::At(stretch.from),
        Some(stretch) => Ring::Already(stretch.from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(times: &[i64]) -> Vec<Micros> {
        times.iter().map(|time| time * MINUTE).collect()
    }

    fn stretches(alarm: &Alarm, times: &[i64]) -> Vec<(i64, i64)> {
        alarm.stretches(&minutes(times)).into_iter().map(|stretch| (stretch.from / MINUTE, stretch.to / MINUTE)).collect()
    }

    #[test]
    fn one_record_rings_the_next_minute_and_is_over_when_its_period_is() {
        let alarm = Alarm::default();
        // Counted in minute 10, so in the windows that end at 11 to 15; at 16 the window begins after it.
        assert_eq!(stretches(&alarm, &[10]), [(11, 16)]);
        // A second one keeps it in ALARM, a late one rings again.
        assert_eq!(stretches(&alarm, &[10, 13]), [(11, 19)]);
        assert_eq!(stretches(&alarm, &[10, 40, 10]), [(11, 16), (41, 46)]);
        assert_eq!(stretches(&alarm, &[]), []);
    }

    #[test]
    fn a_threshold_waits_for_its_records_within_a_period() {
        let three = Alarm { threshold: 3.0, ..Alarm::default() };
        assert_eq!(stretches(&three, &[10, 11, 12]), [(13, 16)]);
        assert_eq!(stretches(&three, &[10, 14, 18]), []);
        let more = Alarm { comparison_operator: "GreaterThanThreshold".to_owned(), ..Alarm::default() };
        assert_eq!(stretches(&more, &[10]), []);
        assert_eq!(stretches(&more, &[10, 10]), [(11, 16)]);
    }

    #[test]
    fn several_data_points_must_breach_as_many_as_are_asked_for() {
        let both = Alarm { evaluation_periods: 2, period: 60, ..Alarm::default() };
        assert_eq!(stretches(&both, &[10]), []);
        assert_eq!(stretches(&both, &[10, 11]).len(), 1);
        let one_of_two = Alarm { datapoints_to_alarm: Some(1), ..both };
        assert_eq!(stretches(&one_of_two, &[10]).len(), 1);
    }

    #[test]
    fn an_alarm_in_alarm_does_not_ring_again() {
        let stretches = Alarm::default().stretches(&minutes(&[10, 13]));
        assert_eq!(ring(&stretches, 10 * MINUTE, 10 * MINUTE), Ring::At(11 * MINUTE));
        assert_eq!(ring(&stretches, 13 * MINUTE, 13 * MINUTE), Ring::Already(11 * MINUTE));
        assert_eq!(ring(&stretches, 30 * MINUTE, 31 * MINUTE), Ring::Never);
    }

    #[test]
    fn a_chain_is_only_as_good_as_its_last_link() {
        let filters = r#"{"metricFilters":[{"filterName":"root","filterPattern":"{ $.userIdentity.type = \"Root\" }","logGroupName":"g",
            "metricTransformations":[{"metricName":"m","metricNamespace":"n","metricValue":"1"}]}]}"#;
        let alarm = |actions: &str| {
            format!(
                r#"{{"MetricAlarms":[{{"AlarmName":"a","MetricName":"m","Namespace":"n","Period":300,"EvaluationPeriods":1,"Threshold":1.0,
                "ComparisonOperator":"GreaterThanOrEqualToThreshold","ActionsEnabled":true,"AlarmActions":[{actions}]}}]}}"#
            )
        };
        let subscription =
            |arn: &str| format!(r#"{{"Subscriptions":[{{"TopicArn":"arn:aws:sns:us-east-1:111122223333:t","SubscriptionArn":"{arn}"}}]}}"#);
        let topic = r#""arn:aws:sns:us-east-1:111122223333:t""#;
        let broken = |parts: &[String]| {
            let mut all = Configuration::default();
            parts.iter().for_each(|part| all.add(serde_json::from_str(part).unwrap()));
            all.chains().unwrap().remove(0).broken
        };
        let says = |text: &str| Some(text.to_owned());
        assert_eq!(broken(&[filters.to_owned()]), says("no alarm watches its metric"));
        assert_eq!(broken(&[filters.to_owned(), alarm("")]), says("alarm `a` tells no topic"));
        assert_eq!(broken(&[filters.to_owned(), alarm(topic)]), None);
        assert_eq!(
            broken(&[filters.to_owned(), alarm(topic), subscription("PendingConfirmation")]),
            says("nobody has subscribed to the topic of alarm `a`")
        );
        assert_eq!(broken(&[filters.to_owned(), alarm(topic), subscription("arn:aws:sns:us-east-1:111122223333:t:1")]), None);
        let disabled = alarm(topic).replace("\"ActionsEnabled\":true", "\"ActionsEnabled\":false");
        assert_eq!(broken(&[filters.to_owned(), disabled]), says("the actions of alarm `a` are switched off"));
    }
}
