//! What the alerts make of one incident: when somebody was told, when somebody took it up, when it was over.
//!
//! What cannot be is flagged and not counted; what nobody says stays unknown.

use super::alerts::{Act, Actor, Alert, Note};
use super::matching::{Ground, Matching, Terms};
use crate::evidence::record::time::{Micros, rfc3339};
use crate::named::named;
use crate::review::session::Incident;
use serde::Serialize;
use std::collections::BTreeSet;

named! {
    /// How far an incident was detected.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Outcome {
        /// A person took it up, at a time that is known.
        Acknowledged = "acknowledged",
        /// An alert was raised; no person is known to have taken it up, or nobody says when.
        Alerted = "alerted",
        /// An alert fits it and other incidents; which of them it is about is not known.
        Undecided = "undecided",
        /// No alert.
        Undetected = "undetected",
    }
}

named! {
    /// What is odd about the alerts of an incident.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Flag {
        /// The alarm was in its state before and did not notify again.
        AlreadyFiring = "already_firing",
        /// An alert was raised before the first use by more than clocks may differ, and is not counted.
        RaisedBeforeUse = "raised_before_use",
        /// The first alert is a little before the first use.
        ClockSkew = "clock_skew",
        /// An acknowledgement lies before the first use, and is not counted.
        AcknowledgedBeforeUse = "acknowledged_before_use",
        /// The acknowledgement lies before the alert.
        AcknowledgedBeforeAlert = "acknowledged_before_alert",
        /// A resolution lies before its alert, and is not counted.
        ResolvedBeforeAlert = "resolved_before_alert",
        /// It was taken up, but no export says when.
        AcknowledgementUnknown = "acknowledgement_unknown",
        /// The acknowledgement is only bounded: it may have been earlier.
        AcknowledgedNoLaterThan = "acknowledged_no_later_than",
        /// The log was delivered before the event, by the log's name.
        DeliveredBeforeUse = "delivered_before_use",
        /// Alerts were suppressed, so nobody was told by them.
        Suppressed = "suppressed",
        /// An alert fits other incidents as well.
        Tied = "tied",
        /// An alert is only known to have been there by a time.
        AlertedNoLaterThan = "alerted_no_later_than",
        /// An alarm changed its state, and nobody was told.
        AlarmStateOnly = "alarm_state_only",
        /// An integration took it up; that is not counted.
        AcknowledgedByMachine = "acknowledged_by_machine",
        /// An integration resolved it; that is not counted.
        ResolvedByMachine = "resolved_by_machine",
        /// It was taken up, and nothing says by what; that is not counted.
        AcknowledgedByUnknown = "acknowledged_by_unknown",
        /// It was resolved, and nothing says by what; that is not counted.
        ResolvedByUnknown = "resolved_by_unknown",
    }
}

impl Flag {
    /// The same as a sentence, for people.
    #[must_use]
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::AlreadyFiring => "an alarm was in ALARM already and does not notify again",
            Self::RaisedBeforeUse => "an alert was raised before the first use; it is not counted",
            Self::ClockSkew => "the first alert is a little before the first use: clocks differ",
            Self::AcknowledgedBeforeUse => "an acknowledgement lies before the first use; it is not counted",
            Self::AcknowledgedBeforeAlert => "it was acknowledged before the alert was raised",
            Self::ResolvedBeforeAlert => "a resolution lies before its alert; it is not counted",
            Self::AcknowledgementUnknown => "it was taken up, but no export says when",
            Self::AcknowledgedNoLaterThan => "the acknowledgement is an upper bound",
            Self::DeliveredBeforeUse => "the log's name says that it was delivered before the event",
            Self::Suppressed => "alerts were suppressed; they are not counted",
            Self::Tied => {
                "an alert fits other incidents as well; whether it is about this one is not known, and it is not counted (`--alert-account` if all are about one account)"
            }
            Self::AlertedNoLaterThan => "the time of the alert is an upper bound: that of the finding's last update",
            Self::AlarmStateOnly => {
                "an alarm was in ALARM, but its actions failed, are switched off or are missing: nobody was told; it is not counted"
            }
            Self::AcknowledgedByMachine => "an integration acknowledged it, not a person; that is not counted",
            Self::ResolvedByMachine => "an integration resolved it, not a person; that is not counted",
            Self::AcknowledgedByUnknown => {
                "it was acknowledged, but the export does not say whether by a person; that is not counted (PagerDuty's log entries, or a column mapped to `acknowledged_by`, can tell)"
            }
            Self::ResolvedByUnknown => {
                "it was resolved, but the export does not say whether by a person; that is not counted (PagerDuty's log entries, or a column mapped to `resolved_by`, can tell)"
            }
        }
    }
}

/// What the alerts make of an incident. All times UTC; of several alerts the first alert, the first acknowledgement and the last resolution
/// count, and of the latter two only those by persons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    /// In short.
    pub outcome: Outcome,
    /// Alerts that were matched.
    pub alerts: u64,
    /// When the first was raised.
    #[serde(serialize_with = "rfc3339::maybe")]
    pub first_alert: Option<Micros>,
    /// When a person first took one up.
    #[serde(serialize_with = "rfc3339::maybe")]
    pub acknowledged: Option<Micros>,
    /// By whom.
    pub acknowledged_by: Option<String>,
    /// When a person last resolved one.
    #[serde(serialize_with = "rfc3339::maybe")]
    pub resolved: Option<Micros>,
    /// The first acknowledgement that no person is known to have made.
    pub acknowledged_beside: Option<Act>,
    /// The last resolution that no person is known to have made.
    pub resolved_beside: Option<Act>,
    /// The best ground on which alerts were matched.
    #[serde(skip)]
    pub ground: Option<Ground>,
    /// What is odd.
    pub flags: BTreeSet<Flag>,
}

impl Answer {
    /// What no alert makes of an incident.
    #[must_use]
    pub(crate) const fn nothing() -> Self {
        Self {
            outcome: Outcome::Undetected,
            alerts: 0,
            first_alert: None,
            acknowledged: None,
            acknowledged_by: None,
            resolved: None,
            acknowledged_beside: None,
            resolved_beside: None,
            ground: None,
            flags: BTreeSet::new(),
        }
    }

    /// What the alerts make of the incident of this number.
    #[must_use]
    pub(crate) fn new(number: usize, incident: &Incident<'_>, alerts: &[Alert], matching: &Matching, terms: &Terms) -> Self {
        let matches = matching.of(number);
        // Of an incident without a use, the attempts are what could be noticed.
        let start = incident.first_use.unwrap_or(incident.first);
        let earliest = start.saturating_sub(terms.skew);
        let mut answer = Self { alerts: matches.len() as u64, ground: matches.iter().map(|one| one.ground).min(), ..Self::nothing() };
        let mut taken_up = false;
        let mut was_raised = false;
        let mut by = None;
        let mut no_later_than = None;
        for (alert, is_tied) in matches.iter().map(|one| (&alerts[one.alert], one.is_tied)) {
            if alert.suppressed {
                answer.flags.insert(Flag::Suppressed);
                continue;
            }
            if is_tied {
                answer.flags.insert(Flag::Tied);
                continue;
            }
            if alert.notes.contains(&Note::NobodyTold) {
                answer.flags.insert(Flag::AlarmStateOnly);
                continue;
            }
            // The first delivery that is not before the incident: a finding that is sent again tells of what came later.
            let told = alert.raised.into_iter().chain(alert.told.iter().copied()).filter(|told| *told >= earliest).min();
            match (told, alert.raised) {
                (Some(told), _) => answer.first_alert = Some(answer.first_alert.map_or(told, |first| first.min(told))),
                (None, Some(_)) => match alert.updated.filter(|updated| *updated >= earliest && alert.last_seen >= Some(earliest)) {
                    Some(updated) => no_later_than = Some(no_later_than.map_or(updated, |least: Micros| least.min(updated))),
                    None => _ = answer.flags.insert(Flag::RaisedBeforeUse),
                },
                (None, None) => {}
            }
            was_raised |= told.is_some() || alert.raised.is_none();
            if let Some(act) = alert.acknowledged_beside.clone().filter(|act| act.at >= earliest) {
                answer.acknowledged_by_other(act);
            }
            match alert.acknowledged {
                Some(time) if time < earliest => _ = answer.flags.insert(Flag::AcknowledgedBeforeUse),
                Some(at) if alert.acknowledged_kind != Actor::Person => {
                    answer.flags.extend(alert.notes.contains(&Note::AcknowledgedNoLaterThan).then_some(Flag::AcknowledgedNoLaterThan));
                    answer.acknowledged_by_other(Act { at, by: alert.acknowledged_by.clone(), kind: alert.acknowledged_kind });
                }
                // Of two at one time the name that sorts first, so that order does not matter.
                Some(time) if by.is_none_or(|best| (time, &alert.acknowledged_by) < best) => by = Some((time, &alert.acknowledged_by)),
                Some(_) => {}
                None => {
                    let unknown = [Note::AcknowledgementsEmptied, Note::AcknowledgedAtUnknownTime];
                    // Nobody need have looked at what a machine closed.
                    let by_machine = alert.resolved.is_some() && alert.resolved_kind == Actor::Integration;
                    taken_up |= !by_machine && unknown.iter().any(|note| alert.notes.contains(note));
                }
            }
            match (alert.raised, alert.resolved) {
                (Some(raised), Some(resolved)) if resolved < raised => _ = answer.flags.insert(Flag::ResolvedBeforeAlert),
                (_, Some(at)) if alert.resolved_kind != Actor::Person => {
                    answer.resolved_by_other(Act { at, by: alert.resolved_by.clone(), kind: alert.resolved_kind });
                }
                (_, Some(resolved)) if resolved >= earliest => answer.resolved = answer.resolved.max(Some(resolved)),
                _ => {}
            }
        }
        if answer.first_alert.is_none() && no_later_than.is_some() {
            answer.first_alert = no_later_than;
            answer.flags.insert(Flag::AlertedNoLaterThan);
        }
        if let Some((time, name)) = by {
            answer.acknowledged = Some(time);
            answer.acknowledged_by.clone_from(name);
            let bounded = |alert: &Alert| alert.acknowledged == Some(time) && alert.notes.contains(&Note::AcknowledgedNoLaterThan);
            if matches.iter().any(|one| bounded(&alerts[one.alert])) {
                answer.flags.insert(Flag::AcknowledgedNoLaterThan);
            }
        } else if taken_up {
            answer.flags.insert(Flag::AcknowledgementUnknown);
        }
        answer.outcome = match () {
            () if answer.acknowledged.is_some() => Outcome::Acknowledged,
            () if answer.first_alert.is_some() || was_raised => Outcome::Alerted,
            () if answer.flags.contains(&Flag::Tied) => Outcome::Undecided,
            () => Outcome::Undetected,
        };
        if answer.first_alert.is_some_and(|first| first < start) {
            answer.flags.insert(Flag::ClockSkew);
        }
        if let (Some(first), Some(acknowledged)) = (answer.first_alert, answer.acknowledged)
            && acknowledged < first
        {
            answer.flags.insert(Flag::AcknowledgedBeforeAlert);
        }
        if incident.first_delivery.is_some_and(|delivered| delivered.saturating_add(59_999_999) < start) {
            answer.flags.insert(Flag::DeliveredBeforeUse);
        }
        let mut alarms = matching.alarms.iter().map(|number| &alerts[*number]);
        if alarms.any(|alert| was_firing(alert, start, earliest) && matching.may_be_of(alert, incident.account, terms)) {
            answer.flags.insert(Flag::AlreadyFiring);
        }
        answer
    }

    fn acknowledged_by_other(&mut self, act: Act) {
        let is_known = act.kind == Actor::Integration;
        self.flags.insert(if is_known { Flag::AcknowledgedByMachine } else { Flag::AcknowledgedByUnknown });
        self.acknowledged_beside = self.acknowledged_beside.take().into_iter().chain([act]).min();
    }

    fn resolved_by_other(&mut self, act: Act) {
        let is_known = act.kind == Actor::Integration;
        self.flags.insert(if is_known { Flag::ResolvedByMachine } else { Flag::ResolvedByUnknown });
        self.resolved_beside = self.resolved_beside.take().into_iter().chain([act]).max();
    }
}

/// Whether an alarm was in its state when an incident began, so that it could not go off again.
fn was_firing(alert: &Alert, start: Micros, earliest: Micros) -> bool {
    let began = alert.raised.map_or(alert.notes.contains(&Note::BeganBeforeExport), |raised| raised < earliest);
    let lasted = match alert.cleared {
        Some(cleared) => cleared > start,
        None => alert.raised.is_some(),
    };
    began && lasted
}
