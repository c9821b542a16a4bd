//! What services print and log, on its way out of the process.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use indicatif::ProgressBar;

use crate::base::{Handle, VirtualTime};
use crate::kernel::{Incident, Output};

/// Bytes gathered for a pipe or a file.
const BUFFER_BYTES: usize = 64 * 1024;

/// Where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Stdout, at once: somebody watches.
    Terminal,
    /// Stdout.
    Stdout,
    /// Stderr, because stdout is for something else.
    Stderr,
    /// Nowhere.
    Nothing,
}

/// What is gathered for a pipe or a file. Another thread can write it out, when the one that runs services hangs.
struct Gathered(Arc<Mutex<Shared>>);

type Shared = BufWriter<Box<dyn Write + Send>>;

/// The one that was made last.
static LAST_GATHERED: Mutex<Weak<Mutex<Shared>>> = Mutex::new(Weak::new());

impl Gathered {
    fn new(into: impl Write + Send + 'static) -> Gathered {
        let into: Box<dyn Write + Send> = Box::new(into);
        let gathered = Arc::new(Mutex::new(BufWriter::with_capacity(BUFFER_BYTES, into)));
        *LAST_GATHERED.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&gathered);
        Gathered(gathered)
    }
}

impl Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Writes what services have printed and nobody has seen, for the moment when the process ends without them.
pub(super) fn write_out() {
    let last = LAST_GATHERED.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
    // Who hangs in the midst of writing will not let go of it.
    if let Some(last) = last
        && let Ok(mut gathered) = last.try_lock()
    {
        let _ = gathered.flush();
    }
}

/// A stream that run loop and caller share.
#[derive(Clone)]
pub(super) struct Stream(Rc<RefCell<Inner>>);

struct Inner {
    writer: Box<dyn Write>,
    errors: Box<dyn Write>,
    /// Hidden while something is written.
    bar: ProgressBar,
    reader: Reader,
    printed: Position,
    errors_printed: Position,
    stop: Arc<AtomicBool>,
}

/// Whether anybody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// As far as is known.
    There,
    /// No more, as after `| head`.
    Gone,
    /// The bytes cannot be written: a full disk.
    Refused(io::ErrorKind),
}

impl Stream {
    /// When the reader goes away, `stop` is set: the rest of the run would be for nobody.
    pub(super) fn new(target: Target, bar: ProgressBar, stop: Arc<AtomicBool>) -> Stream {
        let writer: Box<dyn Write> = match target {
            Target::Terminal => Box::new(io::stdout()),
            Target::Stdout => Box::new(Gathered::new(io::stdout())),
            Target::Stderr => Box::new(Gathered::new(io::stderr())),
            Target::Nothing => Box::new(io::sink()),
        };
        let errors: Box<dyn Write> =
            if target == Target::Nothing { Box::new(io::sink()) } else { Box::new(io::stderr()) };
        Stream(Rc::new(RefCell::new(Inner {
            writer,
            errors,
            bar,
            reader: Reader::There,
            printed: Position::default(),
            errors_printed: Position::default(),
            stop,
        })))
    }

    /// The run begins again, and the same bytes come: those that were written are passed over.
    pub(super) fn rewind(&self) {
        let mut inner = self.0.borrow_mut();
        inner.printed.rewind();
        inner.errors_printed.rewind();
    }

    /// Writes what is buffered.
    pub(super) fn flush(&self) {
        let mut inner = self.0.borrow_mut();
        let result = inner.writer.flush();
        inner.note(&result);
    }

    pub(super) fn reader(&self) -> Reader {
        self.0.borrow().reader
    }
}

/// How far a run's output is.
#[derive(Debug, Default)]
struct Position {
    written: u64,
    skipped: u64,
}

impl Position {
    fn rewind(&mut self) {
        self.skipped = 0;
    }

    /// What of the next bytes is new.
    fn advance<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let old = usize::try_from(self.written - self.skipped).unwrap_or(usize::MAX).min(bytes.len());
        self.skipped += bytes.len() as u64;
        self.written = self.written.max(self.skipped);
        &bytes[old..]
    }
}

impl Inner {
    fn write(&mut self, parts: &[&[u8]]) {
        if self.reader != Reader::There {
            return;
        }
        let bar = self.bar.clone();
        let (printed, writer) = (&mut self.printed, &mut self.writer);
        let result = bar.suspend(|| parts.iter().try_for_each(|part| writer.write_all(printed.advance(part))));
        self.note(&result);
    }

    fn note(&mut self, result: &io::Result<()>) {
        if let Err(error) = result {
            self.reader = match error.kind() {
                io::ErrorKind::BrokenPipe => Reader::Gone,
                kind => Reader::Refused(kind),
            };
            self.stop.store(true, Ordering::SeqCst);
        }
    }
}

impl Output for Stream {
    fn print(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().write(&[bytes]);
    }

    fn print_error(&mut self, bytes: &[u8]) {
        let inner = &mut *self.0.borrow_mut();
        let errors = &mut inner.errors;
        let new = inner.errors_printed.advance(bytes);
        inner.bar.suspend(|| {
            let _ = errors.write_all(new);
        });
    }

    /// Also what the node writes to a log file: that file is not one of the host's.
    fn log(&mut self, _now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        self.0.borrow_mut().write(&[line, b"\n"]);
    }

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn a_repeated_run_prints_only_what_is_new() {
        let mut position = Position::default();
        assert_eq!(position.advance(b"abc"), b"abc");
        position.rewind();
        assert_eq!(position.advance(b"ab"), b"");
        assert_eq!(position.advance(b"cde"), b"de");
        assert_eq!(position.advance(b"f"), b"f");
    }
}
