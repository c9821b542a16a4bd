//! The thread that makes a trace's lines while the run goes on. It gets batches in their order and nothing of it
//! comes back into the run.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::batch::Batch;
use super::lines::{Digest, LinesWriter};

/// How many batches may wait. Then the run waits, too: a slow disk must not fill the memory.
const BATCHES_MAX: usize = 4;

/// Its end that the run holds.
pub(super) struct WriterThread {
    /// `None` once it shall end.
    full: Option<SyncSender<Batch>>,
    /// Batches come back to be filled again.
    empty: Receiver<Batch>,
    thread: Option<JoinHandle<LinesWriter>>,
}

impl WriterThread {
    #[expect(clippy::disallowed_methods, reason = "it only writes down what the run has done")]
    pub(super) fn start(mut lines: LinesWriter) -> WriterThread {
        let (full, batches) = sync_channel::<Batch>(BATCHES_MAX);
        let (back, empty) = sync_channel(BATCHES_MAX + 1);
        let thread = std::thread::spawn(move || {
            for mut batch in batches {
                lines.write(&batch);
                batch.clear();
                // When nobody fills it again, it is not needed.
                let _unwanted = back.try_send(batch);
            }
            lines
        });
        WriterThread { full: Some(full), empty, thread: Some(thread) }
    }

    /// Takes what is in the batch and leaves it empty.
    pub(super) fn write(&mut self, batch: &mut Batch) {
        if batch.is_empty() {
            return;
        }
        let filled = std::mem::replace(batch, self.empty.try_recv().unwrap_or_default());
        if let Some(full) = &self.full
            && full.send(filled).is_err()
        {
            // It ends before us only by a panic, which `finish` passes on.
            self.full = None;
        }
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// The first error of the sink.
    ///
    /// # Panics
    /// As the thread did, which is a bug of ours.
    pub(super) fn finish(mut self) -> (Digest, io::Result<()>) {
        match self.join() {
            Some(Ok(lines)) => lines.finish(),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => (Digest::default(), Ok(())),
        }
    }

    fn join(&mut self) -> Option<std::thread::Result<LinesWriter>> {
        self.full = None;
        self.thread.take().map(JoinHandle::join)
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        // The lines are written when they are dropped; a panic there has been printed.
        let _lines = self.join();
    }
}
