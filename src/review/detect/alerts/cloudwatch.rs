//! CloudWatch alarms: the history that `describe-alarm-history` gives, notifications of SNS and events of state changes.
//!
//! An alert is one stretch in ALARM. Each source tells changes of state, in any order, so stretches are put together at the end
//! ([`join`]), and once more over several exports. An alarm that is in ALARM already tells nothing of further use (facts: alarms).

use super::alert::{Alert, Vendor};
use super::arn::Arn;
use super::around::Around;
use super::field::{account, at, has_object, text};
use super::format::{Fit, Format, Items, Reader};
use super::note::Note;
use super::reading::Reading;
use crate::evidence::record::time::{self, Micros};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) const FORMAT: Format = Format {
    vendor: Vendor::CloudWatch,
    forms: "CloudWatch alarm histories and notifications",
    items: Some(Items { lists: &["AlarmHistoryItems"], reader: |_| Box::new(Alarms::default()) }),
    sheet: None,
};

/// Actions follow a change of state within this time, in microseconds.
const ACTION: Micros = 60_000_000;

#[derive(Default)]
struct Alarms {
    /// Beginnings and ends of stretches.
    alerts: Vec<Alert>,
    /// ARNs that items of an alarm's history name, by the alarm.
    arns: BTreeMap<String, BTreeSet<Arn>>,
    /// What else they say of it: metric, description.
    words: BTreeMap<String, BTreeSet<String>>,
    /// Alarms whose changes of state come from a history.
    histories: BTreeSet<String>,
    /// Actions of each alarm: when, and whether they were done.
    actions: BTreeMap<String, Vec<(Micros, bool)>>,
}

impl Reader for Alarms {
    fn fit(&self, item: &Value, around: &Around) -> Fit {
        let named = text(item, "AlarmName").is_some();
        let event = around.envelope.as_ref().is_some_and(|envelope| envelope.source == "aws.cloudwatch");
        let fits = text(item, "HistoryItemType").is_some() || text(item, "NewStateValue").is_some() || event && has_object(item, "state");
        if named && fits { Fit::Yes } else { Fit::No }
    }

    fn take(&mut self, item: &Value, around: &Around, reading: &mut Reading<'_>) {
        let Some(name) = text(item, "AlarmName") else { return };
        if text(item, "HistoryItemType").is_some() {
            self.history(name, item, reading);
        } else if text(item, "NewStateValue").is_some() {
            self.notification(name, item, around, reading);
        } else {
            self.event(name, item, around, reading);
        }
    }

    fn finish(&mut self, reading: &mut Reading<'_>) {
        for alert in &mut self.alerts {
            let words = self.words.get(&alert.kind).into_iter().flatten();
            alert.say(words.map(|word| Some(&**word)));
            // A history with actions in it has all of them up to its last item, unless it is cut; one that was asked for changes of state alone
            // says nothing of actions.
            if let Some(raised) = alert.raised.filter(|_| self.histories.contains(&alert.kind)) {
                let of_alarm = self.actions.get(&alert.kind).into_iter().flatten();
                let after: Vec<bool> =
                    of_alarm.filter(|(time, _)| (raised..=raised + ACTION).contains(time)).map(|(_, is_done)| *is_done).collect();
                let later = self.actions.values().flatten().any(|(time, _)| *time > raised + ACTION);
                let is_known = !after.is_empty() || later && !reading.is_truncated();
                alert.notes.extend((is_known && !after.contains(&true)).then_some(Note::NobodyTold));
            }
            if alert.machinery.is_some() {
                continue;
            }
            let arns = self.arns.get(&alert.kind);
            if let Some((arn, own)) = arns.and_then(|arns| home(arns)) {
                alert.machinery = Some(arn.account.clone());
                alert.region = Some(arn.region.clone()).filter(|region| !region.is_empty());
                alert.notes.extend((!own).then_some(Note::AccountFromArn));
            }
        }
        join(std::mem::take(&mut self.alerts)).into_iter().for_each(|alert| reading.add(alert));
    }
}

/// The alarm's own ARN, or one of what it notifies where all of those are in one account and region.
fn home(arns: &BTreeSet<Arn>) -> Option<(&Arn, bool)> {
    let own = arns.iter().find(|arn| arn.service == "cloudwatch").map(|arn| (arn, true));
    own.or_else(|| {
        let first = arns.first()?;
        arns.iter().all(|arn| (&arn.account, &arn.region) == (&first.account, &first.region)).then_some((first, false))
    })
}

/// A change of an alarm's state.
struct Change<'v> {
    old: Option<&'v str>,
    new: &'v str,
    reason: Option<&'v str>,
}

impl Alarms {
    fn history(&mut self, name: &str, item: &Value, reading: &mut Reading<'_>) {
        let summary = text(item, "HistorySummary");
        // JSON in a text; some tools unpack it.
        let packed = text(item, "HistoryData");
        let data: Value = match packed {
            Some(data) => serde_json::from_str(data).unwrap_or_default(),
            None => at(item, "HistoryData").cloned().unwrap_or_default(),
        };
        let named = [summary, packed].into_iter().flatten().flat_map(Arn::find);
        self.arns.entry(name.to_owned()).or_default().extend(named);
        for alarm in ["createdAlarm", "updatedAlarm"].iter().filter_map(|member| at(&data, member)) {
            let said = ["metricName", "alarmDescription"].into_iter().filter_map(|member| text(alarm, member));
            self.words.entry(name.to_owned()).or_default().extend(said.map(str::to_owned));
        }
        if text(item, "HistoryItemType") == Some("Action") {
            let mut scratch = reading.alert(Vendor::CloudWatch, String::new());
            let time = reading.time(&mut scratch, "Timestamp", at(item, "Timestamp"));
            let state = text(&data, "actionState").or(summary).unwrap_or_default();
            let is_done = state.starts_with("Succe") || state.contains("uccessfully executed");
            self.actions.entry(name.to_owned()).or_default().extend(time.map(|time| (time, is_done)));
        }
        if text(item, "HistoryItemType") != Some("StateUpdate") {
            return;
        }
        self.histories.insert(name.to_owned());
        let in_words = summary.and_then(|summary| summary.split_once(" from ")?.1.split_once(" to "));
        let state = |member, word| text(&data, member).or(word);
        let old = state("oldState.stateValue", in_words.map(|(old, _)| old));
        let Some(new) = state("newState.stateValue", in_words.map(|(_, new)| new)) else {
            return reading.problem("a change of state that does not say to what; left out");
        };
        let change = Change { old, new, reason: text(&data, "newState.stateReason").or(summary) };
        let mut alert = reading.alert(Vendor::CloudWatch, String::new());
        let changed = reading.time(&mut alert, "Timestamp", at(item, "Timestamp"));
        self.changed(alert, name, &change, changed, reading);
    }

    /// The JSON in a message to an alarm's topic. Its `Region` is a name for people; the ARN has the code.
    fn notification(&mut self, name: &str, item: &Value, around: &Around, reading: &mut Reading<'_>) {
        let arn = text(item, "AlarmArn").and_then(Arn::parse);
        let mut alert = reading.alert(Vendor::CloudWatch, String::new());
        alert.machinery = account(item, "AWSAccountId").or_else(|| arn.as_ref().map(|arn| arn.account.clone()));
        let topic = around.delivery.as_ref().and_then(|delivery| delivery.topic.as_ref());
        // An alarm notifies topics of its own region only.
        alert.region = arn.as_ref().or(topic).map(|arn| arn.region.clone());
        let said = ["Trigger.MetricName", "AlarmDescription"].into_iter().filter_map(|member| text(item, member));
        self.words.entry(name.to_owned()).or_default().extend(said.map(str::to_owned));
        let changed = reading.time(&mut alert, "StateChangeTime", at(item, "StateChangeTime"));
        let changed = changed.or_else(|| around.delivery.as_ref()?.time(&mut alert.notes));
        let new = text(item, "NewStateValue").unwrap_or_default();
        let change = Change { old: text(item, "OldStateValue"), new, reason: text(item, "NewStateReason") };
        self.changed(alert, name, &change, changed, reading);
    }

    fn event(&mut self, name: &str, item: &Value, around: &Around, reading: &mut Reading<'_>) {
        let envelope = around.envelope.clone().unwrap_or_default();
        let mut alert = reading.alert(Vendor::CloudWatch, String::new());
        (alert.machinery, alert.region) = (envelope.account, envelope.region);
        let said = text(item, "configuration.description");
        self.words.entry(name.to_owned()).or_default().extend(said.map(str::to_owned));
        let changed = reading.time(&mut alert, "state.timestamp", at(item, "state.timestamp")).or(envelope.time);
        let new = text(item, "state.value").unwrap_or_default();
        let change = Change { old: text(item, "previousState.value"), new, reason: text(item, "state.reason") };
        self.changed(alert, name, &change, changed, reading);
    }

    /// Takes a beginning or an end; other changes tell nothing.
    fn changed(&mut self, mut alert: Alert, name: &str, change: &Change<'_>, changed: Option<Micros>, reading: &mut Reading<'_>) {
        const ALARM: &str = "ALARM";
        let (from, to) = (change.old == Some(ALARM), change.new == ALARM);
        if from == to {
            return;
        }
        let Some(changed) = changed else {
            return reading.problem(format!("a change of state of alarm `{}` without a time; left out", super::reading::excerpt(name)));
        };
        alert.kind = name.to_owned();
        alert.title = change.reason.unwrap_or(name).to_owned();
        alert.say([Some(name), change.reason]);
        // The names of alarms are unique in an account and region only, and accounts are compared wherever ids are.
        if to {
            alert.id = format!("{name}@{}", time::format(changed));
            alert.raised = Some(changed);
        } else {
            alert.id = format!("{name}@..{}", time::format(changed));
            alert.cleared = Some(changed);
            alert.notes.insert(Note::BeganBeforeExport);
        }
        self.alerts.push(alert);
    }
}

/// Gives each stretch that has only an end to the last beginning before it, of the same alarm, if that has none. What is left over
/// began before the export. A copy of an end that is known goes.
pub(super) fn join(alerts: Vec<Alert>) -> Vec<Alert> {
    let alarm = |alert: &Alert| (alert.kind.clone(), alert.machinery.clone(), alert.region.clone());
    let (mut begun, mut ends): (Vec<Alert>, Vec<Alert>) = alerts.into_iter().partition(|alert| alert.raised.is_some());
    let mut begins: HashMap<_, BTreeMap<Micros, Vec<usize>>> = HashMap::new();
    for (index, alert) in begun.iter().enumerate() {
        begins.entry(alarm(alert)).or_default().entry(alert.raised.unwrap_or_default()).or_default().push(index);
    }
    ends.sort_by_key(|end| end.cleared);
    for end in ends {
        let before = begins.get(&alarm(&end)).and_then(|begins| begins.range(..=end.cleared.unwrap_or_default()).next_back());
        let copies = before.map_or(&[][..], |(_, copies)| copies);
        // Copies of one beginning are one alert in the end.
        let known = copies.iter().find_map(|copy| begun[*copy].cleared);
        if copies.is_empty() || known.is_some_and(|known| Some(known) != end.cleared) {
            begun.push(end);
            continue;
        }
        for copy in copies {
            begun[*copy].cleared = end.cleared;
            begun[*copy].notes.extend(end.notes.iter().filter(|note| **note != Note::BeganBeforeExport));
        }
    }
    begun.sort_by_key(|alert| alert.position);
    begun
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, golden, only};
    use super::*;
    use crate::review::detect::alerts::{Options, merge, read};

    /// Alarm, raised, cleared.
    fn stretches(alerts: &[Alert]) -> Vec<(&str, Option<Micros>, Option<Micros>)> {
        alerts.iter().map(|alert| (&*alert.kind, alert.raised, alert.cleared)).collect()
    }

    #[test]
    fn a_history_in_any_order_gives_the_stretches_in_alarm() {
        // Unordered. `root-usage`: leaves ALARM at 01:00Z (it was firing when the history begins), OK -> ALARM 02:16:35.551Z,
        // ALARM -> INSUFFICIENT_DATA 02:21:35.551Z, and INSUFFICIENT_DATA -> ALARM 15:20Z, written 16:20+01:00, without an end.
        // `disk-full`: OK -> ALARM 03:00Z, ALARM -> OK 03:05Z as epoch seconds. A change from INSUFFICIENT_DATA to OK tells nothing.
        let import = golden("cloudwatch-history.json");
        let (kept, duplicates) = merge(import.alerts.clone());
        assert_eq!(
            stretches(&kept),
            [
                ("disk-full", at("2026-03-14T03:00:00Z"), at("2026-03-14T03:05:00Z")),
                ("root-usage", None, at("2026-03-14T01:00:00Z")),
                ("root-usage", at("2026-03-14T02:16:35.551Z"), at("2026-03-14T02:21:35.551Z")),
                ("root-usage", at("2026-03-14T15:20:00Z"), None),
            ]
        );
        assert_eq!((duplicates, import.problems.len()), (0, 0));
        // The topic's account is in an item of the history; `disk-full` notifies nobody.
        let root = &kept[2];
        assert_eq!((root.machinery.as_deref(), root.region.as_deref()), (Some("111122223333"), Some("us-east-1")));
        assert_eq!(root.notes, [Note::AccountFromArn].into());
        assert_eq!(kept[1].notes, [Note::AccountFromArn, Note::BeganBeforeExport].into());
        assert_eq!((kept[0].home(), root.about_root), (None, None));
        assert!(root.words.contains("RootAccountUsage"), "the metric's name helps: {}", root.words);
    }

    #[test]
    fn the_account_given_on_the_command_line_is_what_alarms_are_about_wherever_they_are() {
        let options = Options { account: Some("444455556666".to_owned()), ..Options::default() };
        let import = read(include_bytes!("fixtures/cloudwatch-history.json"), &options).unwrap();
        let (kept, _) = merge(import.alerts);
        let accounts: Vec<_> = kept.iter().filter_map(|alert| alert.account.as_deref()).collect();
        assert_eq!(accounts, ["444455556666"; 4]);
    }

    #[test]
    fn notifications_of_one_alarm_make_a_stretch_and_are_the_history_s() {
        // HTTP bodies of SNS: ALARM at 02:16:35.551Z, OK at 02:21:35.551Z; the messages went out 2 s later, which is not when the alarm was raised.
        let import = golden("cloudwatch-notifications.jsonl");
        let alert = only(&import);
        assert_eq!(stretches(&import.alerts), [("root-usage", at("2026-03-14T02:16:35.551Z"), at("2026-03-14T02:21:35.551Z"))]);
        assert_eq!((alert.machinery.as_deref(), alert.region.as_deref()), (Some("111122223333"), Some("us-east-1")));
        assert!(alert.notes.is_empty() && alert.words.contains("RootAccountUsage"));
        let history = golden("cloudwatch-history.json").alerts;
        let (kept, duplicates) = merge(history.into_iter().chain(import.alerts));
        assert_eq!((kept.len(), duplicates), (4, 1));
        // The account is the notification's own now.
        assert!(kept.iter().any(|alert| alert.raised == at("2026-03-14T02:16:35.551Z") && alert.notes.is_empty()));
    }

    #[test]
    fn an_event_of_a_change_of_state_is_one_of_the_alarm() {
        let event = r#"{"version":"0","id":"c4c1c1c9-6542-e61b-6ef0-8c4d36933a92","detail-type":"CloudWatch Alarm State Change",
            "source":"aws.cloudwatch","account":"111122223333","time":"2026-03-14T02:16:36Z","region":"us-east-1","resources":[],
            "detail":{"alarmName":"root-usage","configuration":{"description":"Use of the root user"},
            "previousState":{"value":"OK"},"state":{"value":"ALARM","reason":"Threshold Crossed","timestamp":"2026-03-14T02:16:35.551+0000"}}}"#;
        let import = read(event.as_bytes(), &Options::default()).unwrap();
        let alert = only(&import);
        assert_eq!((alert.vendor, &*alert.id), (Vendor::CloudWatch, "root-usage@2026-03-14T02:16:35.551Z"));
        assert_eq!(
            (alert.machinery.as_deref(), &*alert.words),
            (Some("111122223333"), "root-usage\nThreshold Crossed\nUse of the root user")
        );
    }

    #[test]
    fn a_stretch_over_two_pages_is_one_alert() {
        let page = |change: &str, at: &str| {
            let notified = r#"{"AlarmName":"a","HistoryItemType":"Action","Timestamp":"2026-03-14T00:00:00Z",
                "HistorySummary":"Successfully executed action arn:aws:sns:us-east-1:111122223333:topic"}"#;
            let page = format!(
                r#"{{"AlarmHistoryItems":[{{"AlarmName":"a","HistoryItemType":"StateUpdate","Timestamp":"{at}","HistorySummary":"Alarm updated {change}"}},{notified}]}}"#
            );
            read(page.as_bytes(), &Options::default()).unwrap().alerts
        };
        let (begin, end) = (page("from OK to ALARM", "2026-03-14T02:00:00Z"), page("from ALARM to OK", "2026-03-14T02:05:00Z"));
        let (kept, _) = merge(end.clone().into_iter().chain(begin.clone()));
        assert_eq!(stretches(&kept), [("a", at("2026-03-14T02:00:00Z"), at("2026-03-14T02:05:00Z"))]);
        assert_eq!(merge(begin.into_iter().chain(end)).0[0].notes, kept[0].notes);
        assert!(!kept[0].notes.contains(&Note::BeganBeforeExport));
    }

    #[test]
    fn a_change_that_cannot_be_read_is_a_problem() {
        let items = r#"{"AlarmHistoryItems":[
            {"AlarmName":"a","HistoryItemType":"StateUpdate","Timestamp":"2026-03-14T02:00:00Z","HistoryData":"{not json"},
            {"AlarmName":"a","HistoryItemType":"StateUpdate","Timestamp":"soon","HistorySummary":"Alarm updated from OK to ALARM"}]}"#;
        let import = read(items.as_bytes(), &Options::default()).unwrap();
        let reasons: Vec<_> = import.problems.iter().map(|problem| (problem.position, &*problem.reason)).collect();
        assert_eq!(
            reasons,
            [
                (1, "a change of state that does not say to what; left out"),
                (2, "`Timestamp` is not a time: `soon`; left out"),
                (2, "a change of state of alarm `a` without a time; left out"),
            ]
        );
    }
}
