//! What must be known to read an alert rightly.

/// A caveat of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Note {
    /// A time without a zone was read in the zone that the user gave.
    AssumedZone,
    /// A local time that the clock showed twice.
    AmbiguousTime,
    /// An id made from the content.
    MadeId,
    /// The account of an ARN that the alert names.
    AccountFromArn,
    /// An event without the time of its delivery.
    NoDeliveryTime,
    /// The export has the end of an alarm or incident, not its beginning.
    BeganBeforeExport,
    /// The acknowledgement is only bounded.
    AcknowledgedNoLaterThan,
    /// PagerDuty empties the list of acknowledgements.
    AcknowledgementsEmptied,
    /// Acknowledged, nobody says when.
    AcknowledgedAtUnknownTime,
    /// An integration acknowledged it.
    AcknowledgedByMachine,
    /// ServiceNow has no acknowledgement.
    StartOfWork,
    /// Acknowledged and then not any more.
    Unacknowledged,
    /// The resolution is only bounded.
    ResolvedNoLaterThan,
    /// Closed instead of resolved.
    ClosedNotResolved,
    /// Resolved and then open again.
    Reopened,
    /// What is said of the activity is said of its last call only.
    LastCallOnly,
    /// Archived, by a rule or by hand.
    Archived,
    /// Made up by the vendor on request.
    Sample,
    /// A check of configuration.
    ConfigurationCheck,
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
    /// All of them, in order.
    pub const ALL: [Self; 19] = [
        Self::AssumedZone,
        Self::AmbiguousTime,
        Self::MadeId,
        Self::AccountFromArn,
        Self::NoDeliveryTime,
        Self::BeganBeforeExport,
        Self::AcknowledgedNoLaterThan,
        Self::AcknowledgementsEmptied,
        Self::AcknowledgedAtUnknownTime,
        Self::AcknowledgedByMachine,
        Self::StartOfWork,
        Self::Unacknowledged,
        Self::ResolvedNoLaterThan,
        Self::ClosedNotResolved,
        Self::Reopened,
        Self::LastCallOnly,
        Self::Archived,
        Self::Sample,
        Self::ConfigurationCheck,
    ];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssumedZone => "assumed_zone",
            Self::AmbiguousTime => "ambiguous_time",
            Self::MadeId => "made_id",
            Self::AccountFromArn => "account_from_arn",
            Self::NoDeliveryTime => "no_delivery_time",
            Self::BeganBeforeExport => "began_before_export",
            Self::AcknowledgedNoLaterThan => "acknowledged_no_later_than",
            Self::AcknowledgementsEmptied => "acknowledgements_emptied",
            Self::AcknowledgedAtUnknownTime => "acknowledged_at_unknown_time",
            Self::AcknowledgedByMachine => "acknowledged_by_machine",
            Self::StartOfWork => "start_of_work",
            Self::Unacknowledged => "unacknowledged",
            Self::ResolvedNoLaterThan => "resolved_no_later_than",
            Self::ClosedNotResolved => "closed_not_resolved",
            Self::Reopened => "reopened",
            Self::LastCallOnly => "last_call_only",
            Self::Archived => "archived",
            Self::Sample => "sample",
            Self::ConfigurationCheck => "configuration_check",
        }
    }

    /// In words, for a reader of the report.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AssumedZone => "the export gives a time without a zone; it was read in the zone given on the command line",
            Self::AmbiguousTime => "the clock showed a time twice that night; the earlier one was taken",
            Self::MadeId => "the export gives no id; one was made from the content",
            Self::AccountFromArn => "the account is that of a resource the alert notifies, which is normally its own",
            Self::NoDeliveryTime => "a rule matched this event, but nothing says when it was delivered",
            Self::BeganBeforeExport => "the export has its end and not its beginning, so when it was raised is unknown",
            Self::AcknowledgedNoLaterThan => "acknowledged no later than this; the export has only the time of a later state",
            Self::AcknowledgementsEmptied => {
                "PagerDuty empties the acknowledgements of an incident that is resolved or triggered again, so whether it was acknowledged \
                is unknown; its log entries tell"
            }
            Self::AcknowledgedAtUnknownTime => "it was acknowledged, but the export does not say when",
            Self::AcknowledgedByMachine => "an integration acknowledged it, perhaps no person",
            Self::StartOfWork => "ServiceNow has no acknowledgement; the start of work was taken",
            Self::Unacknowledged => "it went back to unacknowledged later; the first acknowledgement was taken",
            Self::ResolvedNoLaterThan => "resolved no later than this; the export has only the time of the last update",
            Self::ClosedNotResolved => "the export has no time of resolution; the time of closing was taken",
            Self::Reopened => "it was opened again after it had been resolved",
            Self::LastCallOnly => "the calls, keys and addresses are those of the last call only: each update overwrites them",
            Self::Archived => "archived, by a suppression rule before anybody saw it or by hand afterwards; the export does not say which",
            Self::Sample => "a sample that the vendor makes on request; no activity is behind it",
            Self::ConfigurationCheck => "a check of the configuration; no activity is behind it",
        }
    }

    /// What it qualifies. Of an alert in several copies, such a note counts only with the copy that the part was taken from.
    pub(super) const fn part(self) -> Part {
        match self {
            Self::AccountFromArn => Part::Account,
            Self::NoDeliveryTime | Self::BeganBeforeExport => Part::Raised,
            Self::AcknowledgedNoLaterThan
            | Self::AcknowledgementsEmptied
            | Self::AcknowledgedAtUnknownTime
            | Self::AcknowledgedByMachine
            | Self::StartOfWork => Part::Acknowledged,
            Self::ResolvedNoLaterThan | Self::ClosedNotResolved => Part::Resolved,
            _ => Part::Whole,
        }
    }
}
