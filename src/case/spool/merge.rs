//! Giving spooled records back in order.

use super::row::{Item, hash_of, sort_time};
use super::write::{Mark, NO_HOUR, Part, Stretch};
use memmap2::Mmap;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::ops::Range;

/// A pile takes no further hours when it has grown to this many bytes.
const PILE_BYTES: u64 = 128 << 20;

/// Event ids that are looked at together when repeated ones are searched for.
const MARKS_AT_ONCE: u64 = 1 << 21;

/// Runs that are looked into before their memory is given back: the system maps more of each than is read.
const RUNS_AT_ONCE: usize = 128;

const HOURS: i64 = 24;

/// All that was spooled.
#[derive(Debug)]
pub struct Runs {
    maps: Vec<Option<Mmap>>,
    accounts: Vec<Box<str>>,
    /// Sorted by account, hour, part, place; accounts by their number in all parts.
    stretches: Vec<(usize, Stretch)>,
    /// Part, and where in it.
    marks: Vec<(usize, Range<u64>)>,
    /// From a part's numbers of accounts to those of all parts.
    numbers: Vec<Vec<u32>>,
    items: u64,
}

/// Records of one account and day that belong into one file: all of them, or some hours.
#[derive(Debug, Clone)]
pub struct Pile {
    account: u32,
    /// Days since 1970; `None` for records without a time.
    pub day: Option<i64>,
    /// From the first record to the last.
    pub items: u64,
    /// In the spool.
    pub bytes: u64,
    stretches: Range<usize>,
}

impl Runs {
    /// Joins what the workers wrote.
    ///
    /// # Errors
    /// When a file cannot be mapped.
    pub fn new(parts: Vec<Part>) -> io::Result<Self> {
        let mut accounts: Vec<Box<str>> = parts.iter().flat_map(|part| part.accounts.iter().cloned()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut runs = Self { maps: Vec::new(), accounts, stretches: Vec::new(), marks: Vec::new(), numbers: Vec::new(), items: 0 };
        for (index, part) in parts.into_iter().enumerate() {
            let number = |account: &str| {
                runs.accounts.binary_search_by(|other| (**other).cmp(account)).map_or(u32::MAX, |at| u32::try_from(at).unwrap_or(u32::MAX))
            };
            let numbers: Vec<u32> = part.accounts.iter().map(|account| number(account)).collect();
            runs.stretches.extend(
                part.stretches.into_iter().map(|stretch| (index, Stretch { account: numbers[stretch.account as usize], ..stretch })),
            );
            runs.marks.extend(part.marks.into_iter().map(|range| (index, range)));
            runs.numbers.push(numbers);
            runs.items += part.items;
            // SAFETY: the file has no name and no other handle, so nobody can change or cut it while it is mapped.
            let map = part.file.map(|file| unsafe { Mmap::map(&file) }).transpose()?;
            runs.maps.push(map);
        }
        runs.stretches.sort_unstable_by_key(|(part, stretch)| (stretch.account, stretch.hour, *part, stretch.bytes.start));
        Ok(runs)
    }

    /// All records.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }

    /// The account of a pile, as it was given.
    #[must_use]
    pub fn account(&self, pile: &Pile) -> &str {
        &self.accounts[pile.account as usize]
    }

    /// Everything in piles, by account and time. The cut into piles depends on the records alone.
    #[must_use]
    pub fn piles(&self) -> Vec<Pile> {
        let mut piles: Vec<Pile> = Vec::new();
        for (index, (_, stretch)) in self.stretches.iter().enumerate() {
            let day = (stretch.hour != NO_HOUR).then(|| stretch.hour.div_euclid(HOURS));
            let (items, bytes) = (u64::from(stretch.items), stretch.bytes.end - stretch.bytes.start);
            let same_hour = index > 0 && self.stretches[index - 1].1.hour == stretch.hour;
            match piles.last_mut() {
                Some(pile) if pile.account == stretch.account && pile.day == day && (same_hour || pile.bytes < PILE_BYTES) => {
                    pile.items += items;
                    pile.bytes += bytes;
                    pile.stretches.end = index + 1;
                }
                _ => piles.push(Pile { account: stretch.account, day, items, bytes, stretches: index..index + 1 }),
            }
        }
        piles
    }

    fn bytes(&self, part: usize, range: &Range<u64>) -> &[u8] {
        let map = self.maps[part].as_deref().unwrap_or_default();
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(map.len());
        &map[at(range.start)..at(range.end)]
    }

    /// The records of a pile in order of time and event id.
    #[must_use]
    pub fn merge(&self, pile: &Pile) -> Merge<'_> {
        let mut stretches: Vec<(usize, u32, Range<u64>)> =
            self.stretches[pile.stretches.clone()].iter().map(|(part, stretch)| (*part, stretch.run, stretch.bytes.clone())).collect();
        // The hours of one run follow each other, in order.
        stretches.sort_unstable_by_key(|(part, _, range)| (*part, range.start));
        stretches.dedup_by(|later, first| {
            let follows = later.0 == first.0 && later.1 == first.1 && later.2.start == first.2.end;
            if follows {
                first.2.end = later.2.end;
            }
            follows
        });
        let heads = stretches.iter().filter_map(|(part, _, range)| Head::next(self.bytes(*part, range)));
        Merge { heads: heads.map(Reverse).collect() }
    }

    /// Gives the memory of what was read back to the system; it can be read again.
    pub fn release(&self) {
        self.maps.iter().flatten().for_each(super::release);
    }

    /// The event ids that stand on records of different times or accounts, by their hash, each with the first of those.
    /// Ids are compared by a 64-bit hash: with ten million records the chance of a false match is about 1 in 300,000.
    #[must_use]
    pub fn repeated_ids(&self) -> Repeated {
        let slices = (self.items / MARKS_AT_ONCE + 1).min(1 << 16);
        let width = u64::MAX / slices;
        let mut repeated = HashMap::new();
        let mut marks: Vec<Mark> = Vec::new();
        for slice in 0..slices {
            let from = slice * width;
            let to = if slice + 1 == slices { None } else { Some(from + width) };
            marks.clear();
            for (index, (part, range)) in self.marks.iter().enumerate() {
                if index % RUNS_AT_ONCE == 0 {
                    self.release();
                }
                let (all, _) = self.bytes(*part, range).as_chunks::<{ Mark::BYTES }>();
                let place = |bound: u64| all.partition_point(|mark| Mark::read(mark).hash < bound);
                let numbers = &self.numbers[*part];
                marks.extend(all[place(from)..to.map_or(all.len(), place)].iter().map(|mark| {
                    let mark = Mark::read(mark);
                    Mark { account: numbers[mark.account as usize], ..mark }
                }));
            }
            rayon::slice::ParallelSliceMut::par_sort_unstable(&mut marks[..]);
            for same in marks.chunk_by(|one, other| one.hash == other.hash) {
                // Sorted by time and account within the hash.
                if let [first, .., last] = same
                    && (first.time, first.account) != (last.time, last.account)
                {
                    repeated.insert(first.hash, (first.time, first.account));
                }
            }
        }
        Repeated(repeated)
    }
}

/// Event ids that stand on records of different times or accounts.
#[derive(Debug, Default)]
pub struct Repeated(HashMap<u64, (i64, u32)>);

impl Repeated {
    /// Whether the id of a record of this pile stands on an earlier record of another time, or another account.
    #[must_use]
    pub fn has_earlier(&self, pile: &Pile, item: &Item<'_>) -> bool {
        if self.0.is_empty() || item.event_id.is_empty() {
            return false;
        }
        self.0.get(&hash_of(item.event_id)).is_some_and(|first| *first < (sort_time(item.event_time), pile.account))
    }
}

/// The next item of one run, and what follows it there.
#[derive(Debug, Clone, Copy)]
struct Head<'s> {
    item: Item<'s>,
    rest: &'s [u8],
}

impl<'s> Head<'s> {
    fn next(mut rest: &'s [u8]) -> Option<Self> {
        let item = Item::take(&mut rest)?;
        Some(Self { item, rest })
    }

    fn key(&self) -> (i64, &'s [u8]) {
        (sort_time(self.item.event_time), self.item.event_id)
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Head<'_> {}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Records of the same time and event id, in no order.
pub type Group<'s> = Vec<Item<'s>>;

/// The records of a pile, in order.
#[derive(Debug, Default)]
pub struct Merge<'s> {
    heads: BinaryHeap<Reverse<Head<'s>>>,
}

impl<'s> Merge<'s> {
    /// Fills `group` with the next records; `false` when there are none.
    pub fn next_group(&mut self, group: &mut Group<'s>) -> bool {
        group.clear();
        while let Some(mut head) = self.heads.peek_mut() {
            let first: &Item<'_> = group.first().unwrap_or(&head.0.item);
            if (first.event_time, first.event_id) != (head.0.item.event_time, head.0.item.event_id) {
                break;
            }
            group.push(head.0.item);
            match Head::next(head.0.rest) {
                Some(next) => head.0 = next,
                None => {
                    std::collections::binary_heap::PeekMut::pop(head);
                }
            }
        }
        !group.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::spool::Spool;
    use proptest::prelude::*;

    /// An account, a time or none, and an id or none.
    fn record() -> impl Strategy<Value = (u8, Option<i64>, Option<u8>)> {
        // A few hours around two midnights.
        let time = (0..6i64, 0..4i64).prop_map(|(hour, second)| (hour * 7 - 10) * 3_600_000_000 + second);
        (0..3u8, proptest::option::weighted(0.9, time), proptest::option::weighted(0.9, 0..40u8))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn whatever_goes_in_comes_out_in_order_however_it_was_cut(
            records in proptest::collection::vec(record(), 0..200),
            workers in 1..4usize,
            run_bytes in 1..2000usize,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let spool = Spool::new(folder.path()).with_run_bytes(run_bytes);
            let mut writers: Vec<_> = (0..workers).map(|_| spool.writer()).collect();
            let texts: Vec<_> = records.iter().map(|(account, time, id)| {
                (account.to_string(), *time, id.map_or_else(String::new, |id| format!("id-{id:08}")))
            }).collect();
            for (index, (account, time, id)) in texts.iter().enumerate() {
                let json = format!("{{{index}}}");
                let number = index as u64;
                let item = Item { event_time: *time, event_id: id.as_bytes(), object: 0, record_index: number, tag: 0, json: json.as_bytes(), line: None };
                writers[index % workers].push(account, &item);
            }
            let runs = Runs::new(writers.into_iter().map(|writer| writer.finish().unwrap()).collect()).unwrap();
            let repeated = runs.repeated_ids();
            let mut out = Vec::new();
            for pile in runs.piles() {
                let mut merge = runs.merge(&pile);
                let mut group = Group::new();
                while merge.next_group(&mut group) {
                    for item in &group {
                        let json = format!("{{{}}}", item.record_index);
                        prop_assert_eq!(item.json, json.as_bytes());
                        prop_assert_eq!(item.event_time.map(|time| time.div_euclid(86_400_000_000)), pile.day);
                        let (account, time, id) = &texts[item.record_index as usize];
                        prop_assert_eq!(account, runs.account(&pile));
                        let earlier = !id.is_empty()
                            && texts.iter().any(|(other, at, same)| same == id && (sort_time(*at), other) < (sort_time(*time), account));
                        prop_assert_eq!(repeated.has_earlier(&pile, item), earlier);
                        out.push((account.clone(), *time, id.clone(), item.record_index));
                    }
                }
            }
            let mut expected: Vec<_> =
                texts.iter().enumerate().map(|(index, (account, time, id))| (account.clone(), *time, id.clone(), index as u64)).collect();
            expected.sort();
            let key = |(account, time, id, _): &(String, Option<i64>, String, u64)| (account.clone(), *time, id.clone());
            prop_assert_eq!(out.iter().map(key).collect::<Vec<_>>(), expected.iter().map(key).collect::<Vec<_>>());
            out.sort();
            prop_assert_eq!(out, expected);
        }
    }
}
