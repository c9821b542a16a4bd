//! The writer: lines, chain, buffer, sink.

use std::fmt;
use std::io::{self, Write};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::batch::Batch;
use super::line;
use super::record::{Envelope, Record};
use crate::base::{EventNumber, VirtualTime};
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

/// Records a run. Never fails while doing so: the first I/O error is kept for [`Tracer::finish`].
pub struct Tracer {
    sink: Sink,
    /// What comes after all that `buffer` holds.
    batch: Batch,
    buffer: Vec<u8>,
    /// Where the lines end that `buffer` has without their hash, oldest first.
    unhashed: Vec<usize>,
    /// Of the lines that have theirs.
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
        Tracer {
            sink,
            batch: Batch::default(),
            buffer: Vec::new(),
            unhashed: Vec::new(),
            digest: Digest(0),
            error: None,
        }
    }

    /// Whether [`record`](Tracer::record) does anything, for callers to whom gathering a record costs.
    #[inline]
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.sink, Sink::Off)
    }

    /// The hash of the last line so far.
    #[must_use]
    pub fn digest(&mut self) -> Digest {
        self.write_batch();
        self.digest
    }

    /// Adds a line. The first must be a [`Record::Start`], the last a [`Record::End`].
    #[inline]
    pub fn record(&mut self, number: EventNumber, time: VirtualTime, record: &Record<'_>) {
        if self.is_on() {
            match record {
                Record::Deliver { message, data } => self.deliver(number, time, message, data),
                _ => self.add(number, time, record, None),
            }
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
        self.write_batch();
        self.write_out();
        if let (Sink::Writer(writer), None) = (&mut self.sink, &self.error) {
            self.error = writer.flush().err();
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.digest),
        }
    }

    #[inline]
    fn deliver(&mut self, number: EventNumber, time: VirtualTime, message: &Envelope, data: &[u8]) {
        if !self.batch.has_room(data) {
            self.write_batch();
            if !self.batch.has_room(data) {
                return self.add(number, time, &Record::Deliver { message: *message, data }, None);
            }
        }
        self.batch.add(number, time, message, data);
    }

    #[inline(never)]
    fn add(&mut self, number: EventNumber, time: VirtualTime, record: &Record<'_>, place: Option<&[u8]>) {
        self.write_batch();
        let start = self.buffer.len();
        line::write(number, time, record, place, &mut self.buffer);
        self.buffer.extend_from_slice(&LINE_END);
        self.unhashed.push(self.buffer.len());
        self.close_lines(start);
    }

    /// Makes lines of the deliveries that wait.
    #[inline(never)]
    fn write_batch(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let start = self.buffer.len();
        let mut known = line::Known::default();
        for (delivery, data) in self.batch.deliveries() {
            line::deliver(delivery.number, delivery.time, &delivery.message, data, &mut known, &mut self.buffer);
            self.buffer.extend_from_slice(&LINE_END);
            self.unhashed.push(self.buffer.len());
        }
        self.batch.clear();
        self.close_lines(start);
    }

    /// Gives the lines after `start` their hashes, and writes when enough has come together.
    fn close_lines(&mut self, mut start: usize) {
        for end in self.unhashed.drain(..) {
            let (line, line_end) = self.buffer[start..end].split_at_mut(end - start - LINE_END.len());
            self.digest = chain(self.digest, line);
            line_end[HASH].copy_from_slice(&json::hex64(self.digest.0));
            start = end;
        }
        if matches!(self.sink, Sink::Digest) {
            self.buffer.clear();
        } else if self.buffer.len() >= BUFFER_BYTES {
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
        self.write_batch();
        self.write_out();
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("on", &self.is_on()).field("digest", &self.digest).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::base::{Handle, MessageKind, Session};
    use crate::trace::PAYLOAD_BYTES_MAX;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Deliveries whose numbers go on, stay, jump and grow past eight and sixteen digits, some with other lines
    /// between them.
    fn records(each: &mut dyn FnMut(EventNumber, VirtualTime, &Record<'_>)) {
        let short = crate::seri::encode(&["ping".into(), crate::base::Value::Integer(7)]).unwrap();
        let long = vec![b'x'; PAYLOAD_BYTES_MAX + 1];
        let starts = [0, 8, 98, 99_999_990, 9_999_999_999_999_995, u64::MAX - 300];
        for (round, number) in starts.into_iter().flat_map(|start| (start..start + 300).enumerate()) {
            let cause = EventNumber(if round % 3 == 0 { number / 7 } else { number.saturating_sub(1) });
            let message = Envelope {
                cause,
                from: Handle(9),
                to: Handle(10),
                session: Session(round as i32 / 2 - 3),
                kind: if round % 2 == 0 { MessageKind::LUA } else { MessageKind::TEXT },
            };
            let data = if round % 50 == 49 { &long } else { &short };
            let time = VirtualTime::from_nanos(number / 3 * 2);
            each(EventNumber(number), time, &Record::Deliver { message, data });
            if round % 70 == 69 {
                each(EventNumber(number), time, &Record::Log { handle: Handle(9), text: b"between" });
            }
        }
    }

    #[test]
    fn lines_made_in_batches_are_the_lines() {
        let mut expected = Vec::new();
        let mut digest = Digest(0);
        records(&mut |number, time, record| {
            let mut bytes = Vec::new();
            line::write(number, time, record, None, &mut bytes);
            digest = chain(digest, &bytes);
            expected.extend_from_slice(&bytes);
            expected.extend_from_slice(format!(",\"hash\":\"{digest}\"}}\n").as_bytes());
        });
        let shared = Shared::default();
        let mut tracer = Tracer::to(Box::new(shared.clone()));
        let mut only_digest = Tracer::digest_only();
        records(&mut |number, time, record| {
            tracer.record(number, time, record);
            only_digest.record(number, time, record);
        });
        assert_eq!((tracer.digest(), only_digest.digest()), (digest, digest));
        // As a panic does it.
        drop(tracer);
        assert_eq!(String::from_utf8(shared.0.lock().unwrap().clone()), String::from_utf8(expected));
    }

    #[test]
    fn numbers_are_themselves_whatever_came_before() {
        let mut lines = String::new();
        records(&mut |number, time, record| {
            let mut bytes = Vec::new();
            line::write(number, time, record, None, &mut bytes);
            lines = String::from_utf8(bytes).unwrap();
            assert!(lines.starts_with(&format!("{{\"n\":{number},\"t\":{},", time.as_nanos())), "{lines}");
            if let Record::Deliver { message, .. } = record {
                let cause = message.cause;
                assert!(lines.contains(&format!(",\"cause\":{cause},\"from\":\":00000009\",")), "{lines}");
                assert!(lines.contains(&format!(",\"session\":{},", message.session)), "{lines}");
            }
        });
    }
}
