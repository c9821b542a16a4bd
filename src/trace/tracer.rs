//! Records a run: gathers what happened, and hands it on in batches.

use std::fmt;
use std::io::{self, Write};

use super::batch::Batch;
use super::lines::{Digest, LinesWriter};
use super::record::{Envelope, Record};
use super::thread::WriterThread;
use crate::base::{EventNumber, VirtualTime};

/// Records a run. Never fails while doing so: the first I/O error is kept for [`Tracer::finish`].
pub struct Tracer {
    batch: Batch,
    output: Output,
}

enum Output {
    Off,
    /// Lines that are hashed and forgotten.
    Here(LinesWriter),
    /// Lines that are kept. Making them costs about as much as a message does, so another processor does it.
    Thread(WriterThread),
}

impl Tracer {
    /// Records nothing.
    #[must_use]
    pub fn off() -> Tracer {
        Tracer::with(Output::Off)
    }

    /// Writes to `writer`, in large pieces and on a thread of its own.
    #[must_use]
    pub fn to(writer: Box<dyn Write + Send>) -> Tracer {
        Tracer::with(Output::Thread(WriterThread::start(LinesWriter::to(writer))))
    }

    /// Hashes the lines without keeping them: the same [`Digest`] as [`Tracer::to`] gives.
    #[must_use]
    pub fn digest_only() -> Tracer {
        Tracer::with(Output::Here(LinesWriter::digest_only()))
    }

    fn with(output: Output) -> Tracer {
        Tracer { batch: Batch::default(), output }
    }

    /// Whether [`record`](Tracer::record) does anything, for callers to whom gathering a record costs.
    #[inline]
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.output, Output::Off)
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

    /// Writes what is buffered, and gives the hash of the last line.
    ///
    /// # Errors
    /// The first error of the sink, here or earlier; nothing was written after it.
    pub fn finish(mut self) -> (Digest, io::Result<()>) {
        self.hand_on();
        match std::mem::replace(&mut self.output, Output::Off) {
            Output::Off => (Digest::default(), Ok(())),
            Output::Here(lines) => lines.finish(),
            Output::Thread(thread) => thread.finish(),
        }
    }

    #[inline]
    fn deliver(&mut self, number: EventNumber, time: VirtualTime, message: &Envelope, data: &[u8]) {
        if self.batch.is_full() {
            self.hand_on();
        }
        self.batch.deliver(number, time, message, data);
    }

    #[inline(never)]
    fn add(&mut self, number: EventNumber, time: VirtualTime, record: &Record<'_>, place: Option<&[u8]>) {
        if self.batch.is_full() {
            self.hand_on();
        }
        self.batch.add(number, time, record, place);
    }

    /// Makes lines of what waits, or lets the thread do it.
    #[cold]
    fn hand_on(&mut self) {
        match &mut self.output {
            Output::Off => {}
            Output::Here(lines) => {
                lines.write(&self.batch);
                self.batch.clear();
            }
            Output::Thread(thread) => thread.write(&mut self.batch),
        }
    }
}

/// A run that is torn down by a panic still leaves its lines behind.
impl Drop for Tracer {
    fn drop(&mut self) {
        self.hand_on();
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("on", &self.is_on()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::line;
    use super::super::lines::chain;
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
        assert_eq!(only_digest.finish().0, digest);
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
