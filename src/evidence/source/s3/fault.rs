//! Faults of this program on the way of the evidence: a task that ends without what it was for is a loss that is named, never an end of the evidence.

use crate::evidence::source::{Passed, Why};
use std::io;
use tokio::task::JoinError;

/// What a task is told by that ended in a panic.
fn words(error: &JoinError) -> String {
    format!("a fault of this program: {error}")
}

/// Something of which a task was to find out more, and did not.
pub(super) fn passed(uri: String, error: &JoinError) -> Passed {
    Passed { uri, size: 0, why: Why::Unreadable(words(error)) }
}

/// What a fetch came to, whether or not its task came to its end.
pub(super) fn outcome<T>(joined: Result<io::Result<T>, JoinError>) -> io::Result<T> {
    joined.unwrap_or_else(|error| Err(io::Error::other(words(&error))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_panics_is_a_loss_with_a_name() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let joined = runtime.block_on(async { tokio::spawn(async { Err::<(), _>(io::Error::other("refused")) }).await });
        assert_eq!(outcome(joined).unwrap_err().to_string(), "refused");
        let joined = runtime.block_on(async { tokio::spawn(async { panic!("on purpose") }).await });
        let error = outcome::<()>(joined).unwrap_err();
        assert!(error.to_string().contains("a fault of this program") && error.to_string().contains("on purpose"), "{error}");
        let joined: Result<(), JoinError> = runtime.block_on(async { tokio::spawn(async { panic!("on purpose") }).await });
        let lost = passed("s3://b/k/".to_owned(), &joined.unwrap_err());
        assert!(lost.why.is_loss() && lost.uri == "s3://b/k/");
    }
}
