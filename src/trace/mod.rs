//! The versioned record of everything that happened in a run: JSON Lines, chain-hashed
//! (`docs/trace.md`). Snapshot, diff, report and replay read only this. Owns the format, its writer,
//! its reader and the comparison of two traces; must not know the kernel, Lua or scenarios.
//!
//! To add a record type: a variant of [`Record`], an arm in `line::fields`, a struct in the tests'
//! specification, a row in `docs/trace.md`. New types and fields keep the version; see there.

mod batch;
mod diff;
mod error;
mod line;
mod lines;
mod payload;
mod reader;
mod record;
mod thread;
mod tracer;

#[cfg(test)]
mod specification;

pub use diff::{CONTEXT_LINES, Difference, FieldDifference, Side, first_difference};
pub use error::TraceError;
pub use lines::Digest;
pub use payload::{PAYLOAD_BYTES_MAX, result_fields};
pub use reader::{Event, Header, LINE_BYTES_MAX, Line, Lines, read};
pub use record::{Check, DiscardReason, Effect, Envelope, ExitHow, Outcome, Record};
pub use tracer::Tracer;

/// The version of the format that this skysim writes and reads.
pub const VERSION: u64 = 1;
