//! Which activities a run is about: a window of event time, accounts, regions.

use crate::evidence::record::time::Micros;
use std::collections::BTreeSet;

/// The terms of a run. Everything is read and counted whatever they are; they decide what goes into the timeline.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// First event time, inclusive.
    pub from: Option<Micros>,
    /// First event time after the window.
    pub to: Option<Micros>,
    /// Accounts; empty for all.
    pub accounts: BTreeSet<String>,
    /// Regions; empty for all.
    pub regions: BTreeSet<String>,
}

impl Filter {
    /// Whether an activity is within the terms. One without a time cannot be placed, so no window leaves it out.
    #[must_use]
    pub fn admits(&self, event_time: Option<Micros>, account: &str, region: Option<&str>) -> bool {
        self.admits_time(event_time)
            && (self.accounts.is_empty() || self.accounts.contains(account))
            && (self.regions.is_empty() || region.is_some_and(|region| self.regions.contains(region)))
    }

    /// The same for an activity that concerns several accounts: it is within the terms of each of them.
    #[must_use]
    pub fn admits_any<'a>(&self, event_time: Option<Micros>, accounts: impl IntoIterator<Item = &'a str>, region: Option<&str>) -> bool {
        accounts.into_iter().any(|account| self.admits(event_time, account, region))
    }

    fn admits_time(&self, event_time: Option<Micros>) -> bool {
        event_time.is_none_or(|time| self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_holds_its_first_moment_and_not_its_last_and_keeps_what_has_no_time() {
        let filter = Filter { from: Some(10), to: Some(20), ..Filter::default() };
        let admitted: Vec<_> = [9, 10, 19, 20].into_iter().filter(|time| filter.admits(Some(*time), "1", None)).collect();
        assert_eq!(admitted, [10, 19]);
        assert!(filter.admits(None, "1", None));
    }
}
