//! Why a trace cannot be read.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

use super::VERSION;
use super::lines::Digest;
use super::reader::LINE_BYTES_MAX;

/// Why a trace cannot be read, or not to its end. All lines given before it are sound. `line`
/// counts from 1.
#[derive(Debug, Error, Diagnostic)]
pub enum TraceError {
    /// The file cannot be opened or read.
    #[error("{file}:{line}: cannot read the trace")]
    #[diagnostic(code(skysim::trace::io))]
    Io {
        /// The trace.
        file: String,
        /// The line that was to be read.
        line: u64,
        /// What the system says.
        source: io::Error,
    },
    /// The first line is no header.
    #[error("{file}:1: not a skysim trace: {problem}")]
    #[diagnostic(code(skysim::trace::header), help("traces are written with `skysim run PATH --trace FILE`"))]
    Header {
        /// The file.
        file: String,
        /// What is wrong with the line.
        problem: String,
    },
    /// Another skysim wrote it in another format.
    #[error("{file}:1: trace format {found}, but this skysim reads format {VERSION}")]
    #[diagnostic(
        code(skysim::trace::version),
        help("use the skysim that wrote it, or record the run again with --trace")
    )]
    Version {
        /// The trace.
        file: String,
        /// Its version.
        found: String,
    },
    /// A line is not what the format says.
    #[error("{file}:{line}: not a line of a trace: {problem}")]
    #[diagnostic(code(skysim::trace::line), help("the file was damaged or edited; record the run again with --trace"))]
    Line {
        /// The trace.
        file: String,
        /// The line.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A line's hash does not follow from it and the line before.
    #[error("{file}:{line}: the chain of hashes breaks: the line says {written}, its content gives {computed}")]
    #[diagnostic(
        code(skysim::trace::chain),
        help("this line, or one before it, was changed, removed, added or moved; record the run again with --trace")
    )]
    Chain {
        /// The trace.
        file: String,
        /// The line.
        line: u64,
        /// The hash in the line.
        written: Digest,
        /// The hash of the line.
        computed: Digest,
    },
    /// The file stops in the middle of a line.
    #[error("{file}:{line}: the trace stops in the middle of a line")]
    #[diagnostic(
        code(skysim::trace::unterminated),
        help("the run was killed while it wrote, or the disk was full; the lines before are sound")
    )]
    Unterminated {
        /// The trace.
        file: String,
        /// The unfinished line.
        line: u64,
    },
    /// The file stops before the line of type `end`.
    #[error("{file}:{line}: the trace stops without its last line (type \"end\")")]
    #[diagnostic(
        code(skysim::trace::no_end),
        help("the run was killed, or the file was cut; the lines before are sound")
    )]
    NoEnd {
        /// The trace.
        file: String,
        /// The line that is missing.
        line: u64,
    },
    /// Something follows the line of type `end`.
    #[error("{file}:{line}: the trace goes on after its last line (type \"end\")")]
    #[diagnostic(code(skysim::trace::after_end), help("two traces in one file? keep one run per file"))]
    AfterEnd {
        /// The trace.
        file: String,
        /// The first line too many.
        line: u64,
    },
    /// A line that no run writes.
    #[error("{file}:{line}: the line is longer than {LINE_BYTES_MAX} bytes")]
    #[diagnostic(
        code(skysim::trace::too_long),
        help("is this a trace? traces are written with `skysim run PATH --trace FILE`")
    )]
    TooLong {
        /// The trace.
        file: String,
        /// The line.
        line: u64,
    },
}
