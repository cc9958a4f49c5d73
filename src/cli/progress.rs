//! A progress bar on standard error; nothing where that is not a terminal.

use crate::pipeline::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Shows bytes, objects, records a second and the time left.
pub(super) struct Bar {
    bar: ProgressBar,
    total: AtomicU64,
    objects: AtomicU64,
    records: AtomicU64,
    started: Instant,
}

impl Bar {
    /// A bar, or a silent one.
    #[must_use]
    pub(super) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() });
        bar.set_style(ProgressStyle::default_spinner());
        bar.set_message("listing evidence");
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar, total: AtomicU64::new(0), objects: AtomicU64::new(0), records: AtomicU64::new(0), started: Instant::now() }
    }

    /// Says what goes on after reading.
    pub(super) fn say(&self, message: &'static str) {
        self.bar.set_message(message);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn listed(&self, objects: u64, bytes: u64) {
        let first = self.total.swap(objects, Ordering::Relaxed) == 0;
        if self.bar.is_hidden() || bytes == 0 {
            return;
        }
        self.bar.set_length(bytes);
        if first {
            let template = "{bar:30} {binary_bytes}/{binary_total_bytes} {msg} {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
        }
    }

    fn done(&self, bytes: u64, records: u64) {
        let objects = self.objects.fetch_add(1, Ordering::Relaxed) + 1;
        let records = self.records.fetch_add(records, Ordering::Relaxed) + records;
        self.bar.inc(bytes);
        // Text is made for eyes only, and a thousand small files pass in the blink of one.
        if !self.bar.is_hidden() && objects.is_multiple_of(64) {
            let rate = records as f64 / self.started.elapsed().as_secs_f64().max(0.001);
            let total = self.total.load(Ordering::Relaxed);
            let (objects, total, rate) = (HumanCount(objects), HumanCount(total), HumanCount(rate as u64));
            self.bar.set_message(format!("{objects}/{total} objects, {rate} records/s,"));
        }
    }

    fn writing(&self, bytes: u64) {
        self.bar.reset();
        self.bar.set_length(bytes.max(1));
        self.bar.set_message("writing tables,");
    }

    fn wrote(&self, bytes: u64) {
        self.bar.inc(bytes);
    }
}
