//! The two streams of the process: whether they are terminals and want colours, writing to them
//! without minding that nobody reads, and showing errors.

use std::cell::Cell;
use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::error::CliError;
use crate::report::{Style, quoted};

/// Width at which errors are wrapped.
const ERROR_COLUMNS: usize = 100;

/// The process's surroundings, looked at once.
pub(super) struct Terminal {
    /// How to write to stdout.
    pub(super) out: Style,
    /// How to write to stderr.
    pub(super) err: Style,
    /// Whether somebody watches stderr.
    pub(super) watched: bool,
    /// Whether stdout goes to somebody who watches.
    pub(super) out_watched: bool,
    /// How skysim was called, for commands that repeat something.
    pub(super) program: String,
    /// Set when the runs should end: Ctrl-C.
    pub(super) stop: Arc<AtomicBool>,
    /// Why some of what was for stdout is lost.
    lost: Cell<Option<io::ErrorKind>>,
}

impl Terminal {
    #[expect(clippy::disallowed_methods, reason = "the environment decides about colours")]
    pub(super) fn new() -> Terminal {
        let (out_watched, watched) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let plain = set("NO_COLOR") || env::var_os("TERM").is_some_and(|value| value == "dumb");
        let style = |watched: bool| if watched && !plain { Style::Colour } else { Style::Plain };
        let called = env::args_os().next().unwrap_or_default();
        let program = Path::new(&called).to_string_lossy();
        let program = if program.is_empty() { "skysim".to_owned() } else { quoted(&program) };
        let stop = Arc::new(AtomicBool::new(false));
        Terminal {
            out: style(out_watched),
            err: style(watched),
            watched,
            out_watched,
            program,
            stop,
            lost: Cell::new(None),
        }
    }

    /// Ctrl-C, or whoever ends processes (`SIGTERM`, `SIGHUP`), stops the run, which then tells how far it came; the second
    /// one stops skysim.
    #[expect(clippy::disallowed_methods, reason = "the second Ctrl-C must not wait for anything")]
    pub(super) fn catch_interrupts(&self) {
        let stop = Arc::clone(&self.stop);
        let handler = move || {
            if stop.swap(true, Ordering::SeqCst) {
                std::process::exit(i32::from(super::Exit::Interrupted.code()));
            }
        };
        // Without a handler Ctrl-C ends skysim at once: less polite, and no reason to refuse to run.
        let _ = ctrlc::set_handler(handler);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Writes to stdout. That nobody reads it is no error; what else goes wrong is told at the end.
    pub(super) fn print(&self, text: &str) {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        let failed = written.err().map(|error| error.kind());
        self.lost.set(self.lost.get().or(failed.filter(|kind| *kind != io::ErrorKind::BrokenPipe)));
    }

    /// Whether all that was printed is on its way.
    pub(super) fn finish(&self) -> Result<(), CliError> {
        let remedy = "what was written is not whole; free some space or name another file";
        let told = |kind| Err(CliError::usage(format!("cannot write to stdout: {kind}"), remedy));
        self.lost.get().map_or(Ok(()), told)
    }

    /// Writes to stderr.
    pub(super) fn say(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Shows an error with its remedy and, if it has one, its place in a file.
    pub(super) fn complain(&self, error: &dyn Diagnostic) {
        let theme = match self.err {
            Style::Colour => GraphicalTheme::unicode(),
            Style::Plain => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(ERROR_COLUMNS).with_links(false);
        let mut text = String::new();
        if handler.render_report(&mut text, error).is_err() {
            text.clear();
            let _ = writeln!(text, "error: {error}");
        }
        self.say(&text);
    }
}

/// Whether this is a build machine, where nothing may be accepted: `CI` is set, and not to `false`.
#[expect(clippy::disallowed_methods, reason = "nothing else tells that this is a build server")]
pub(super) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}
