//! Lines of a trace from what was gathered: their hashes, the buffer, the sink.

use std::fmt;
use std::io::{self, Write};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::batch::{Batch, Entry};
use super::line;
use crate::seri::json;

/// Bytes gathered before they are written: few system calls, and it stays in the processor's cache.
const BUFFER_BYTES: usize = 48 * 1024;

/// What follows what is hashed; the digits are a place for the hash.
const LINE_END: [u8; 28] = *b",\"hash\":\"0123456789abcdef\"}\n";

/// Where in it the hash lies.
const HASH: std::ops::Range<usize> = 9..25;

/// The hash of a trace's last line, and so of everything before it; 0 for a trace without lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u64);

/// 16 hex digits, as in the trace.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The hash of a line: of its bytes before `,"hash":`, seeded with the hash of the line before it.
#[inline]
pub(super) fn chain(previous: Digest, line: &[u8]) -> Digest {
    Digest(xxh3_64_with_seed(line, previous.0))
}

/// Makes the lines and puts them where they belong.
pub(super) struct LinesWriter {
    /// `None` if only the hash is wanted.
    sink: Option<Box<dyn Write + Send>>,
    buffer: Vec<u8>,
    digest: Digest,
    error: Option<io::Error>,
}

impl LinesWriter {
    pub(super) fn to(sink: Box<dyn Write + Send>) -> LinesWriter {
        LinesWriter::with(Some(sink))
    }

    pub(super) fn digest_only() -> LinesWriter {
        LinesWriter::with(None)
    }

    fn with(sink: Option<Box<dyn Write + Send>>) -> LinesWriter {
        LinesWriter { sink, buffer: Vec::new(), digest: Digest::default(), error: None }
    }

    /// Adds the lines of a batch, and writes when enough has come together.
    pub(super) fn write(&mut self, batch: &Batch) {
        let mut known = line::Known::default();
        for (entry, data) in batch.entries() {
            let start = self.buffer.len();
            match entry {
                Entry::Delivery { number, time, message } => {
                    line::deliver(*number, *time, message, data, &mut known, &mut self.buffer);
                }
                Entry::Line => self.buffer.extend_from_slice(data),
            }
            self.digest = chain(self.digest, &self.buffer[start..]);
            let mut line_end = LINE_END;
            line_end[HASH].copy_from_slice(&json::hex64(self.digest.0));
            self.buffer.extend_from_slice(&line_end);
            if self.buffer.len() >= BUFFER_BYTES {
                self.write_out();
            }
        }
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// The first error of the sink, here or earlier; nothing was written after it.
    pub(super) fn finish(mut self) -> (Digest, io::Result<()>) {
        self.write_out();
        if let (Some(sink), None) = (&mut self.sink, &self.error) {
            self.error = sink.flush().err();
        }
        (self.digest, self.error.take().map_or(Ok(()), Err))
    }

    #[cold]
    fn write_out(&mut self) {
        if let (Some(sink), None) = (&mut self.sink, &self.error) {
            self.error = sink.write_all(&self.buffer).err();
        }
        self.buffer.clear();
    }
}

/// Lines that nobody asked for an error of are written as well.
impl Drop for LinesWriter {
    fn drop(&mut self) {
        self.write_out();
    }
}
