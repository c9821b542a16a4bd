//! What leaves a run besides its trace: lines and incidents. Implemented by those who run kernels.

use super::oddity::Oddity;
use crate::base::{Handle, Value, VirtualTime};

/// Something that the run's judge must know of.
#[derive(Clone, Debug, PartialEq)]
pub enum Incident {
    /// An error that no Lua code caught.
    Uncaught {
        /// Whose.
        handle: Handle,
        /// Message and traceback.
        text: String,
    },
    /// Something that a service said must always hold did not (`sim.always`).
    Violated {
        /// Whose.
        handle: Handle,
        /// The property.
        name: String,
        /// Where.
        reason: String,
    },
    /// Something that a service said must hold at least once was evaluated (`sim.sometimes`).
    Sometimes {
        /// The property.
        name: String,
        /// Whether it held this time.
        holds: bool,
    },
    /// Something that a service tells the checks (`sim.event`).
    Told {
        /// Whose.
        handle: Handle,
        /// What it is called.
        name: String,
        /// What goes with it; a table as its text.
        data: Value,
    },
    /// Something that real Skynet hardly speaks of, and that may be a bug.
    Odd {
        /// Whose.
        handle: Handle,
        /// What.
        oddity: Oddity,
    },
    /// A handler that does not end.
    EndlessLoop {
        /// Whose.
        handle: Handle,
        /// Where it was.
        text: String,
    },
}

/// Where a run's lines go.
pub trait Output {
    /// What services print: to standard output in real Skynet.
    fn print(&mut self, bytes: &[u8]);

    /// What services write to standard error.
    fn print_error(&mut self, bytes: &[u8]);

    /// One finished log line, without its newline. `file` is the log file, if the node has one.
    fn log(&mut self, now: VirtualTime, handle: Handle, line: &[u8], file: Option<&str>);

    /// Bytes for the end of a file of the node.
    fn append(&mut self, path: &str, bytes: &[u8]);

    /// Something that the judge must know of.
    fn incident(&mut self, now: VirtualTime, incident: Incident);
}

/// For a run whose lines are nobody's concern any more.
pub struct Silence;

impl Output for Silence {
    fn print(&mut self, _bytes: &[u8]) {}

    fn print_error(&mut self, _bytes: &[u8]) {}

    fn log(&mut self, _now: VirtualTime, _handle: Handle, _line: &[u8], _file: Option<&str>) {}

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}
