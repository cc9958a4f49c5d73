//! Locks that a panic elsewhere does not turn into absence.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is behind a lock, whatever became of the thread that held it before: what it guards is only ever added to or taken whole, and leaving it
/// where it is would lose it in silence.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same of a lock that nobody else has any more.
pub(crate) fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_thread_left_behind_that_panicked_is_not_lost() {
        let shared = Mutex::new(vec![1]);
        let fault = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = shared.lock().unwrap();
            panic!("on purpose");
        }));
        assert!(fault.is_err() && shared.lock().is_err());
        lock(&shared).push(2);
        assert_eq!(into_inner(shared), [1, 2]);
    }
}
