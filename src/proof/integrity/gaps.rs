//! Hours and digests that are not there.

use super::chain::{Checking, HOUR, Link, NO_DIGEST, TOLD};
use super::digest::Place;
use super::finding::{Finding, Kind};
use super::{Found, Item};
use crate::evidence::record::logging::Event;
use crate::evidence::record::time::{self, Micros};
use crate::evidence::source::key::DigestName;
use crate::evidence::source::{self, Key};
use std::collections::{HashMap, HashSet};

impl Checking<'_> {
    /// Hours without a digest: before the first, between two, after the last.
    pub(super) fn gaps(&mut self, (region, trail): (&str, &str), links: &[Link<'_>], window: (Option<Micros>, Option<Micros>)) {
        let Some(first) = links.first() else { return };
        let account = first.digest.account.clone();
        if let (Some(from), Some(previous)) = (window.0, &first.digest.previous) {
            // Aligned with the digests that are there.
            let hours = (first.digest.start - from + HOUR - 1) / HOUR;
            let start = first.digest.start - hours.max(0) * HOUR;
            self.missing((&account, region, trail), (start, first.digest.start), Some(&previous.place), NO_DIGEST);
        }
        let mut end = first.digest.end;
        for pair in links.windows(2) {
            let (before, link) = (&pair[0], &pair[1]);
            let start = link.digest.start;
            match &link.digest.previous {
                None => {
                    let events: Vec<String> = self
                        .events
                        .iter()
                        .filter(|event| event.explains(&account, trail, end - HOUR, start + HOUR))
                        .map(Event::words)
                        .collect();
                    let why = if events.is_empty() { "no record says why".to_owned() } else { events.join(", ") };
                    let reason = format!("nothing vouches for the time from {} to {}: {why}", time::format(end), time::format(start));
                    self.tell(link, region, Kind::Restart, link.uri.to_owned(), reason);
                }
                Some(previous) if start > end => self.missing((&account, region, trail), (end, start), Some(&previous.place), NO_DIGEST),
                Some(previous) if !links.iter().any(|link| link.digest.place == previous.place) => {
                    let reason = format!(
                        "it follows s3://{}/{}, which is not there, and not {}",
                        previous.place.bucket, previous.place.key, before.uri
                    );
                    self.tell(link, region, Kind::HashMismatch, link.uri.to_owned(), reason);
                }
                Some(_) => {}
            }
            end = end.max(link.digest.end);
        }
        // Whole hours that other digests or logs are beyond; every trail has an hour of its own, so less than one means nothing. The end of the window
        // is not to be waited for: what is before it must be covered.
        let behind = self.extent.1.map_or(0, |horizon| (horizon - end) / HOUR);
        let wanted = window.1.map_or(0, |to| (to - end + HOUR - 1) / HOUR);
        let hours = behind.max(wanted).max(0);
        self.missing((&account, region, trail), (end, end + hours * HOUR), None, NO_DIGEST);
    }

    /// Backfill digests that later ones name and that are not there. They come when there is need for one, not every hour, so only their chain tells of
    /// them; and a missing one may have named others that are missing, too. Nothing names the newest digest of a chain.
    pub(super) fn backfill_gaps(&mut self, (region, trail): (&str, &str), links: &[Link<'_>], window: (Option<Micros>, Option<Micros>)) {
        let Some(first) = links.first() else { return };
        let account = first.digest.account.clone();
        let there: HashMap<&Place, Micros> = links.iter().map(|link| (&link.digest.place, link.digest.end)).collect();
        let mut ends: Vec<Micros> = links.iter().map(|link| link.digest.end).collect();
        ends.sort_unstable();
        // By the end of the hour that the digest before is for; its name tells that of one that is not there.
        let of_name = |place: &Place| DigestName::parse(place.key.rsplit('/').next().unwrap_or_default()).map(|name| name.end);
        let befores = links.iter().map(|link| link.digest.previous.as_ref().map(|previous| &previous.place));
        let befores: Vec<_> =
            befores.map(|place| place.map(|place| (place, there.get(place).copied().or_else(|| of_name(place))))).collect();
        // A chain goes by the time of writing. Where what is there also goes by the hours, nothing of an hour after the missing one is taken to be
        // missing with it; where it does not, a missing digest may have been for any hour.
        let is_in_order = links.iter().zip(&befores).all(|(link, before)| match before {
            // None was written before the first.
            None => ends.first().is_none_or(|first| link.digest.end <= *first),
            Some((_, None)) => false,
            Some((_, Some(before))) => {
                let between = ends.partition_point(|end| end <= before)..ends.partition_point(|end| *end < link.digest.end);
                *before <= link.digest.end && between.is_empty()
            }
        });
        let missing: Vec<_> = befores.iter().flatten().filter(|(place, _)| !there.contains_key(place)).collect();
        const WHY: &str =
            "a backfill digest that a later one names is not there; it, or one before it that is missing too, may have been for this hour";
        if is_in_order {
            for (place, to) in missing.iter().filter_map(|(place, to)| Some((place, (*to)?))) {
                // Evidence of a period holds nothing from before it.
                if window.0.is_some_and(|from| to <= from) {
                    continue;
                }
                let known = ends[..ends.partition_point(|end| *end < to)].last().copied();
                let from = known.or(window.0).or(self.extent.0).unwrap_or(to - HOUR).min(to - HOUR);
                self.missing((&account, region, trail), (from, to), Some(place), WHY);
            }
        } else if let Some((place, _)) = missing.last() {
            let (first, last) = (ends.first().copied(), ends.last().copied());
            let from = window.0.into_iter().chain(self.extent.0).chain(first.map(|end| end - HOUR)).min();
            let to = window.1.map(|to| to.saturating_add(HOUR)).into_iter().chain(self.extent.1).chain(last).max();
            if let (Some(from), Some(to)) = (from, to) {
                self.missing((&account, region, trail), (from, to), Some(place), WHY);
            }
        }
        // The first of a chain has none before it. A second first, or one after digests that lead elsewhere, begins another.
        let oldest = missing.iter().filter_map(|(_, to)| *to).min();
        let mut begun = false;
        for link in links.iter().filter(|link| link.digest.previous.is_none()) {
            if begun || is_in_order && oldest.is_some_and(|end| end < link.digest.end) {
                let reason = "a second chain of backfill digests begins: nothing vouches for those before it".to_owned();
                self.tell(link, region, Kind::Restart, link.uri.to_owned(), reason);
            }
            begun = true;
        }
    }

    /// Digests that are known to have been in the bucket, of accounts of which there is something.
    pub(super) fn absent(&mut self, known: &[&str], found: &[Found<'_>], window: (Option<Micros>, Option<Micros>)) {
        if known.is_empty() {
            return;
        }
        let there: HashSet<&str> = found.iter().filter_map(|one| one.digest.as_ref().ok()).map(|digest| &*digest.place.key).collect();
        // Evidence may be of some accounts only.
        let logs = self.items.iter().filter(|item| item.is_log).filter_map(|item| Key::parse(item.uri).account);
        let accounts: HashSet<&str> = self.out.chains.iter().map(|chain| &*chain.account).chain(logs).collect();
        let mut findings = Vec::new();
        for key in known.iter().filter(|key| !there.contains(**key)) {
            let Some(name) = DigestName::parse(key.rsplit('/').next().unwrap_or_default()) else { continue };
            let is_asked = window.0.is_none_or(|from| name.end > from) && window.1.is_none_or(|to| name.end - HOUR < to);
            if is_asked && accounts.contains(name.account) {
                findings.push(Finding {
                    account: name.account.to_owned(),
                    region: name.region.to_owned(),
                    from: name.end - HOUR,
                    to: name.end,
                    kind: Kind::MissingDigest,
                    uri: (*key).to_owned(),
                    reason: "its signature was exported, and it is not in the evidence".to_owned(),
                });
            }
        }
        // An hour that is missing from its chain anyway is told once.
        let told = Missing::new(&self.out.findings);
        findings.retain(|finding| !told.holds(finding));
        self.out.findings.extend(findings);
    }

    /// Logs that no digest names, as far as they are of the window.
    pub(super) fn uncovered(&mut self, (from, to): (Option<Micros>, Option<Micros>)) {
        let of_window = |item: &Item<'_>| {
            // Events of the last minutes are delivered in the hour after the window.
            let delivered = Key::parse(item.uri).delivered_at;
            delivered.is_none_or(|time| from.is_none_or(|from| time >= from) && to.is_none_or(|to| time < to.saturating_add(HOUR)))
        };
        let items = self.items.iter().enumerate();
        let bare = items.filter(|(index, item)| item.is_log && !self.named.contains(index) && of_window(item));
        self.out.uncovered_logs = bare.map(|(_, item)| item.uri.to_owned()).collect();
    }

    /// A finding for each hour without a digest.
    pub(super) fn missing(
        &mut self,
        (account, region, trail): (&str, &str, &str),
        (from, to): (Micros, Micros),
        last: Option<&Place>,
        what: &str,
    ) {
        let mut start = from;
        while start < to {
            // What is left over of an hour belongs to the last.
            let end = match (to - start) / HOUR {
                0 | 1 => to,
                hours if hours > TOLD => start + (hours - TOLD) * HOUR,
                _ => start + HOUR,
            };
            let uri = last.filter(|_| end == to).map(|place| source::s3::Location::uri(&place.bucket, &place.key));
            let why = self.events.iter().find(|event| event.explains(account, trail, from - HOUR, from + HOUR));
            let reason = why.map_or_else(|| what.to_owned(), |event| format!("{what}, after {}", event.words()));
            self.out.findings.push(Finding {
                account: account.to_owned(),
                region: region.to_owned(),
                from: start,
                to: end,
                kind: Kind::MissingDigest,
                uri: uri.unwrap_or_default(),
                reason,
            });
            start = end;
        }
    }
}

/// Periods without digests by account and region, in order, joined where they meet.
pub(super) struct Missing<'f>(HashMap<(&'f str, &'f str), Vec<(Micros, Micros)>>);

impl<'f> Missing<'f> {
    pub(super) fn new(findings: &'f [Finding]) -> Self {
        let mut periods: HashMap<_, Vec<(Micros, Micros)>> = HashMap::new();
        for Finding { account, region, from, to, .. } in findings.iter().filter(|finding| finding.kind == Kind::MissingDigest) {
            periods.entry((&**account, &**region)).or_default().push((*from, *to));
        }
        for periods in periods.values_mut() {
            periods.sort_unstable();
            periods.dedup_by(|(from, to), before| {
                let meets = *from <= before.1;
                before.1 = if meets { before.1.max(*to) } else { before.1 };
                meets
            });
        }
        Self(periods)
    }

    /// Whether all of the finding's period is among them. A part is not enough: the rest would be told by nothing.
    pub(super) fn holds(&self, finding: &Finding) -> bool {
        let periods = self.0.get(&(&*finding.account, &*finding.region)).map_or(&[][..], Vec::as_slice);
        let begun = periods.partition_point(|(from, _)| *from <= finding.from);
        begun.checked_sub(1).is_some_and(|last| finding.to <= periods[last].1)
    }
}
