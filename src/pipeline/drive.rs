//! Drives a run: lists the evidence, reads each object on whatever thread is free, and folds what was read.

use super::Progress;
use super::fold::Fold;
use super::read::{Part, Reader, Worker};
use crate::case::Journal;
use crate::error::Result;
use crate::evidence::source::{Flow, Object, Source, Step};
use std::cmp::Reverse;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// An object to be read.
pub(super) struct Queued<'s> {
    pub source: &'s dyn Source,
    pub object: Object,
    /// Its place in the listing.
    listed: u32,
}

/// Stored bytes beyond which an object is read before the others.
const LARGE: u64 = 4 << 20;

impl Queued<'_> {
    /// Sorts the largest before all others, so that none of them is left for the end when the other threads have nothing more to do.
    pub(super) fn large_first(&self) -> Reverse<u64> {
        Reverse(if self.object.size > LARGE { self.object.size } else { 0 })
    }
}

/// What there is to read.
pub(super) struct Evidence<'s> {
    pub queue: Vec<Queued<'s>>,
    /// What comes while it is found.
    flows: Vec<Box<dyn Flow + 's>>,
    /// What is not read.
    passed: Vec<Part>,
    /// What earlier runs learnt of objects, and where this one keeps what it does.
    journal: Option<Arc<Journal>>,
}

/// What came of reading everything.
pub(super) struct Done<F> {
    pub folded: F,
    /// With what they kept.
    pub workers: Vec<Worker>,
    /// Objects that were not fetched because an earlier run had read them.
    pub recalled: u64,
}

impl<'s> Evidence<'s> {
    /// Lists what the sources hold.
    pub(super) fn list(sources: &[&'s dyn Source], journal: Option<&Arc<Journal>>) -> Result<Self> {
        let mut evidence = Self { queue: Vec::new(), flows: Vec::new(), passed: Vec::new(), journal: journal.cloned() };
        for source in sources {
            let journal = journal.map(Arc::clone);
            if let Some(flow) = source.flow(Arc::new(move |object| journal.as_ref().is_some_and(|journal| journal.holds(object)))) {
                evidence.flows.push(flow);
                continue;
            }
            let listing = source.list()?;
            evidence.passed.extend(listing.passed.into_iter().map(Part::passed));
            let objects = listing.objects.into_iter().zip(evidence.queue.len()..);
            evidence.queue.extend(objects.map(|(object, place)| {
                let listed = u32::try_from(place).expect("names of four billion objects do not fit into memory");
                Queued { source: *source, object, listed }
            }));
        }
        Ok(evidence)
    }

    /// Reads the queue in its order and then what flows, on all threads of the current pool.
    pub(super) fn read<F: Fold>(self, reader: Reader<'_>, progress: &dyn Progress) -> Done<F> {
        let Self { queue, flows, passed, journal } = self;
        let (next, recalled) = (AtomicUsize::new(0), AtomicU64::new(0));
        let run = Run { reader, journal, progress, stopped: AtomicBool::new(false), recalled };
        let (objects, bytes) = (queue.len() as u64, queue.iter().map(|queued| queued.object.size).sum::<u64>());
        let listed = || {
            let (more, more_bytes) = flows.iter().map(|flow| flow.found()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            progress.listed(objects + more, bytes + more_bytes);
        };
        listed();
        let folds = rayon::broadcast(|_| {
            let mut folded = F::default();
            while run.goes_on()
                && let Some(queued) = queue.get(next.fetch_add(1, Ordering::Relaxed))
            {
                run.with_worker(|worker| run.queued(queued, worker)).into_iter().for_each(|part| folded.take(part));
            }
            for flow in &flows {
                while run.goes_on()
                    && let Some(step) = flow.next()
                {
                    run.with_worker(|worker| run.step(&**flow, step, worker)).into_iter().for_each(|part| folded.take(part));
                    listed();
                }
            }
            folded
        });
        let mut folded = F::default();
        passed.into_iter().for_each(|part| folded.take(part));
        folds.into_iter().for_each(|fold| folded.append(fold));
        Done { folded, workers: run.reader.into_workers(), recalled: run.recalled.into_inner() }
    }
}

/// What the threads of a run share.
struct Run<'r> {
    reader: Reader<'r>,
    journal: Option<Arc<Journal>>,
    progress: &'r dyn Progress,
    /// Whether nothing good can come of the rest, because something cannot be kept.
    stopped: AtomicBool,
    recalled: AtomicU64,
}

impl Run<'_> {
    fn goes_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    fn with_worker(&self, read: impl FnOnce(&mut Worker) -> Vec<Part>) -> Vec<Part> {
        let mut worker = self.reader.worker();
        let parts = read(&mut worker);
        if worker.has_failed() {
            self.stopped.store(true, Ordering::Relaxed);
        }
        self.reader.release(worker);
        parts
    }

    fn queued(&self, Queued { source, object, listed }: &Queued<'_>, worker: &mut Worker) -> Vec<Part> {
        let mut parts = self.reader.object(*source, object, worker);
        parts.iter_mut().for_each(|part| part.entry.row.listed = *listed);
        self.done(object, parts)
    }

    fn step(&self, flow: &dyn Flow, step: Step, worker: &mut Worker) -> Vec<Part> {
        match step {
            Step::Passed(passed) => vec![Part::passed(passed)],
            Step::Known(object) => {
                let parts = self.journal.as_ref().and_then(|journal| self.reader.recall(journal, &object, worker));
                self.recalled.fetch_add(u64::from(parts.is_some()), Ordering::Relaxed);
                let parts = parts.unwrap_or_else(|| {
                    let error = io::Error::other("the journal of the case cannot be read (hint: scan again with `--rescan`)");
                    vec![Part::unreadable(&object.uri, object.size, &error)]
                });
                self.done(&object, parts)
            }
            Step::Arrived(mut arrival) => {
                let parts = self.reader.arrival(flow, &mut arrival, worker);
                if let Some(journal) = &self.journal
                    && !parts.iter().any(|part| part.entry.row.is_unreadable)
                {
                    journal.keep(&arrival.object, &parts.iter().map(|part| &part.entry).collect::<Vec<_>>());
                }
                self.done(&arrival.object, parts)
            }
        }
    }

    fn done(&self, object: &Object, parts: Vec<Part>) -> Vec<Part> {
        self.progress.done(object.size, parts.iter().map(|part| part.entry.row.records).sum());
        parts
    }
}
