//! What all workers share, and what each of them owns.

use super::sought::Sought;
use crate::case::spool::{self, Pad, Spool};
use crate::evidence::inflate::Inflater;
use crate::evidence::record::prefilter::{Prefilter, Wanted};
use crate::evidence::record::view::{OTHER_TYPES, Parser};
use crate::evidence::record::{Delimiter, logging, needles};
use crate::evidence::sync::{self, lock};
use crate::pipeline::Config;
use crate::root;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// What all workers share.
pub(in crate::pipeline) struct Reader<'c> {
    pub(super) config: &'c Config,
    pub(super) prefilter: Prefilter,
    pub(super) delimiter: Delimiter,
    /// Where every record goes when all of them are wanted.
    pub(super) spool: Option<&'c Spool>,
    /// What is looked for, where that is all.
    pub(super) sought: Option<&'c Sought>,
    /// Workers not in use; a worker that waits for others to help with an archive must not be entered a second time.
    #[expect(clippy::vec_box, reason = "a worker goes to and fro for each object, and is large")]
    idle: Mutex<Vec<Box<Worker>>>,
    /// Files collected from so far.
    pub(super) files: AtomicU32,
    /// Workers made so far.
    workers: AtomicU32,
}

/// What one worker owns: buffers that are reused from object to object.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Worker {
    pub(super) stored: Vec<u8>,
    pub(super) text: Vec<u8>,
    pub(super) inflater: Inflater,
    pub(super) parser: Parser,
    pub(super) places: Vec<needles::Place>,
    pub pad: Pad,
    pub spool: Option<spool::Writer>,
}

impl Worker {
    /// Whether a text or record could not be kept.
    pub(crate) fn has_failed(&self) -> bool {
        self.pad.has_failed() || self.spool.as_ref().is_some_and(spool::Writer::has_failed)
    }
}

impl<'c> Reader<'c> {
    /// With a spool, every record within the terms goes there; with texts to look for, records that hold one are all that is read.
    pub(crate) fn new(config: &'c Config, spool: Option<&'c Spool>, sought: Option<&'c Sought>) -> Self {
        let (needles, names) = root::WANTED;
        let names: Vec<&'static str> = names.iter().copied().chain(logging::names().filter(|_| config.integrity)).collect();
        let wanted = Wanted { needles, names: &names, types: &OTHER_TYPES };
        let delimiter = Delimiter::detect();
        let delimiter = if spool.is_some() { delimiter.with_ids() } else { delimiter };
        let (idle, files, workers) = (Mutex::default(), AtomicU32::new(0), AtomicU32::new(0));
        Self { config, prefilter: Prefilter::new(wanted), delimiter, spool, sought, idle, files, workers }
    }

    /// A worker that nobody uses, which goes back by [`Reader::release`].
    pub(crate) fn worker(&self) -> Box<Worker> {
        let idle = lock(&self.idle).pop();
        idle.unwrap_or_else(|| {
            let pad = Pad::new(self.workers.fetch_add(1, Ordering::Relaxed), self.config.temp.clone());
            Box::new(Worker { pad, spool: self.spool.map(Spool::writer), ..Worker::default() })
        })
    }

    pub(crate) fn release(&self, worker: Box<Worker>) {
        lock(&self.idle).push(worker);
    }

    /// All workers that there were, with what they kept.
    pub(crate) fn into_workers(self) -> Vec<Worker> {
        sync::into_inner(self.idle).into_iter().map(|worker| *worker).collect()
    }
}
