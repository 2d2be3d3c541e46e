//! Batches read ahead on a thread of their own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use super::batches::{Batch, Batches};
use crate::error::{Error, Result};

/// Batches in order, read ahead. At most `ahead` batches wait, and one more is being read.
///
/// Ends after the last batch, or after the first error. Dropped, it stops its thread and waits for it.
#[derive(Debug)]
pub struct Loader {
    /// `None` once it is closed, which is what tells the thread to stop.
    batches: Option<Receiver<Result<Batch>>>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// Starts at (epoch, step), both from 0, and ends with the last step of epoch `epochs - 1`. A step at or past an epoch's
    /// end means the next epoch's first.
    ///
    /// # Errors
    /// [`Error::Io`] if the system gives no thread.
    pub fn start(batches: Arc<Batches>, from: (u64, u64), epochs: u64, ahead: usize) -> Result<Self> {
        let (sender, receiver) = sync_channel(ahead);
        let work = move || {
            let mut first = from.1;
            for epoch in from.0..epochs {
                if first < batches.steps() {
                    let order = batches.epoch(epoch);
                    for step in first..batches.steps() {
                        let batch = order.batch(step);
                        let failed = batch.is_err();
                        // Nobody listens any more, or there is nothing more to say.
                        if sender.send(batch).is_err() || failed {
                            return;
                        }
                    }
                }
                first = 0;
            }
        };
        let thread = std::thread::Builder::new().name("batches".into()).spawn(work).map_err(Error::io("batches"))?;
        Ok(Self { batches: Some(receiver), thread: Some(thread) })
    }
}

impl Iterator for Loader {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(batch) = self.batches.as_ref()?.recv() {
            return Some(batch);
        }
        self.batches = None;
        let crashed = self.thread.take().is_some_and(|thread| thread.join().is_err());
        crashed.then(|| Err(Error::Training("the thread that reads batches crashed; please report this".into())))
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // A crash no longer matters to anyone.
            let _ = thread.join();
        }
    }
}
