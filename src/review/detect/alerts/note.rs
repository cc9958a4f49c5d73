//! What must be known to read an alert rightly.

use crate::named::named;

named! {
    /// A caveat of an alert.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub(crate) enum Note {
        /// A time without a zone was read in the zone that the user gave.
        AssumedZone = "assumed_zone",
        /// A local time that the clock showed twice.
        AmbiguousTime = "ambiguous_time",
        /// An id made from the content.
        MadeId = "made_id",
        /// The account of an ARN that the alert names.
        AccountFromArn = "account_from_arn",
        /// An event without the time of its delivery.
        NoDeliveryTime = "no_delivery_time",
        /// The export has the end of an alarm or incident, not its beginning.
        BeganBeforeExport = "began_before_export",
        /// The acknowledgement is only bounded.
        AcknowledgedNoLaterThan = "acknowledged_no_later_than",
        /// PagerDuty empties the list of acknowledgements.
        AcknowledgementsEmptied = "acknowledgements_emptied",
        /// Acknowledged, nobody says when.
        AcknowledgedAtUnknownTime = "acknowledged_at_unknown_time",
        /// ServiceNow has no acknowledgement.
        StartOfWork = "start_of_work",
        /// Acknowledged and then not any more.
        Unacknowledged = "unacknowledged",
        /// The resolution is only bounded.
        ResolvedNoLaterThan = "resolved_no_later_than",
        /// Closed instead of resolved.
        ClosedNotResolved = "closed_not_resolved",
        /// Resolved and then open again.
        Reopened = "reopened",
        /// What is said of the activity is said of its last call only.
        LastCallOnly = "last_call_only",
        /// Archived, by a rule or by hand.
        Archived = "archived",
        /// Made up by the vendor on request.
        Sample = "sample",
        /// A check of configuration.
        ConfigurationCheck = "configuration_check",
        /// An event that no reader knows.
        UnknownEvent = "unknown_event",
        /// The alarm's actions failed or are switched off, or it has none.
        NobodyTold = "nobody_told",
    }
}

/// The part of an alert that a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Account,
    Raised,
    Acknowledged,
    Resolved,
    Whole,
}

impl Note {
    /// The same as a sentence, for a reader of the report.
    #[must_use]
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::AssumedZone => "the export gives a time without a zone; it was read in the zone given on the command line",
            Self::AmbiguousTime => "the clock showed a time twice that night; the earlier one was taken",
            Self::MadeId => "the export gives no id; one was made from the content",
            Self::AccountFromArn => "the account of the alarm is that of a resource it notifies, which is normally its own",
            Self::NoDeliveryTime => "a rule matched this event, but nothing says when it was delivered",
            Self::BeganBeforeExport => "the export has its end and not its beginning, so when it was raised is unknown",
            Self::AcknowledgedNoLaterThan => "acknowledged no later than this; the export has only the time of a later state",
            Self::AcknowledgementsEmptied => {
                "PagerDuty empties the acknowledgements of an incident that is resolved or triggered again, so whether it was acknowledged \
                is unknown; its log entries tell"
            }
            Self::AcknowledgedAtUnknownTime => "it was acknowledged, but the export does not say when",
            Self::StartOfWork => "ServiceNow has no acknowledgement; the start of work was taken",
            Self::Unacknowledged => "it went back to unacknowledged later; the first acknowledgement was taken",
            Self::ResolvedNoLaterThan => "resolved no later than this; the export has only the time of the last update",
            Self::ClosedNotResolved => "the export has no time of resolution; the time of closing was taken",
            Self::Reopened => "it was opened again after it had been resolved",
            Self::LastCallOnly => "the calls, keys and addresses are those of the last call only: each update overwrites them",
            Self::Archived => "archived, by a suppression rule before anybody saw it or by hand afterwards; the export does not say which",
            Self::Sample => "a sample that the vendor makes on request; no activity is behind it",
            Self::ConfigurationCheck => "a check of the configuration; no activity is behind it",
            Self::UnknownEvent => "an event of a kind that no reader is for; only its words were looked at",
            Self::NobodyTold => {
                "the alarm changed its state, and its actions failed, are switched off or are missing: nobody was told by it"
            }
        }
    }

    /// What it qualifies. Of an alert in several copies, such a note counts only with the copy that the part was taken from.
    pub(super) const fn part(self) -> Part {
        match self {
            Self::AccountFromArn => Part::Account,
            Self::NoDeliveryTime | Self::BeganBeforeExport | Self::NobodyTold => Part::Raised,
            Self::AcknowledgedNoLaterThan | Self::AcknowledgementsEmptied | Self::AcknowledgedAtUnknownTime | Self::StartOfWork => {
                Part::Acknowledged
            }
            Self::ResolvedNoLaterThan | Self::ClosedNotResolved => Part::Resolved,
            _ => Part::Whole,
        }
    }
}
