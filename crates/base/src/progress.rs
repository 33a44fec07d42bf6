//! Long work shows progress: events as data; whoever started the work decides whether and how to draw them.

use std::sync::atomic::{AtomicBool, Ordering};

/// Receives what is being worked on. Called from many threads.
pub trait Progress: Sync {
    /// `done` of `total` subjects of `stage` are finished; `subject` was the last.
    fn step(&self, stage: &str, subject: &str, done: usize, total: usize);
}

/// Draws nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _stage: &str, _subject: &str, _done: usize, _total: usize) {}
}

/// A request to stop, checked at the heads of long loops.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
