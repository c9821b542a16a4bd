//! The writer: lines, chain, buffer, sink.

use std::fmt;
use std::io::{self, Write};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::line;
use super::record::Record;
use crate::base::{EventNumber, VirtualTime};
use crate::seri::json;

/// Bytes gathered before they are written: few system calls, and it stays in the processor's cache.
const BUFFER_BYTES: usize = 64 * 1024;

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

/// Records a run. Never fails while doing so: the first I/O error is kept for [`Tracer::finish`].
pub struct Tracer {
    sink: Sink,
    buffer: Vec<u8>,
    digest: Digest,
    error: Option<io::Error>,
}

enum Sink {
    Off,
    Digest,
    Writer(Box<dyn Write + Send>),
}

impl Tracer {
    /// Records nothing.
    #[must_use]
    pub fn off() -> Tracer {
        Tracer::with(Sink::Off)
    }

    /// Writes to `writer`, in large pieces.
    #[must_use]
    pub fn to(writer: Box<dyn Write + Send>) -> Tracer {
        Tracer::with(Sink::Writer(writer))
    }

    /// Hashes the lines without keeping them: the same [`Digest`] as [`Tracer::to`] gives.
    #[must_use]
    pub fn digest_only() -> Tracer {
        Tracer::with(Sink::Digest)
    }

    fn with(sink: Sink) -> Tracer {
        Tracer { sink, buffer: Vec::new(), digest: Digest(0), error: None }
    }

    /// Whether [`record`](Tracer::record) does anything, for callers to whom gathering a record costs.
    #[inline]
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.sink, Sink::Off)
    }

    /// The hash of the last line so far.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Adds a line. The first must be a [`Record::Start`], the last a [`Record::End`].
    #[inline]
    pub fn record(&mut self, number: EventNumber, time: VirtualTime, record: &Record<'_>) {
        if self.is_on() {
            self.add(number, time, record, None);
        }
    }

    /// Adds a line with the Lua traceback of whoever caused the event (`where`), for runs in detail.
    pub fn record_where(&mut self, number: EventNumber, time: VirtualTime, record: &Record<'_>, traceback: &[u8]) {
        if self.is_on() {
            self.add(number, time, record, Some(traceback));
        }
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// The first error of the sink, here or earlier. It is given once; nothing is written after it.
    pub fn finish(mut self) -> io::Result<Digest> {
        self.write_out();
        if let (Sink::Writer(writer), None) = (&mut self.sink, &self.error) {
            self.error = writer.flush().err();
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.digest),
        }
    }

    fn add(&mut self, number: EventNumber, time: VirtualTime, record: &Record<'_>, place: Option<&[u8]>) {
        let start = self.buffer.len();
        line::write(number, time, record, place, &mut self.buffer);
        self.digest = chain(self.digest, &self.buffer[start..]);
        if matches!(self.sink, Sink::Digest) {
            self.buffer.clear();
            return;
        }
        let mut end = *b",\"hash\":\"0123456789abcdef\"}\n";
        end[9..25].copy_from_slice(&json::hex64(self.digest.0));
        self.buffer.extend_from_slice(&end);
        if self.buffer.len() >= BUFFER_BYTES {
            self.write_out();
        }
    }

    #[cold]
    fn write_out(&mut self) {
        if let (Sink::Writer(writer), None) = (&mut self.sink, &self.error) {
            self.error = writer.write_all(&self.buffer).err();
        }
        self.buffer.clear();
    }
}

/// A run that is torn down by a panic still leaves its lines behind.
impl Drop for Tracer {
    fn drop(&mut self) {
        self.write_out();
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("on", &self.is_on()).field("digest", &self.digest).finish_non_exhaustive()
    }
}
