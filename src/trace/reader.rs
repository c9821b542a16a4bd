//! The reader: checks version, chain and form of every line, and trusts nothing.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::VERSION;
use super::error::TraceError;
use super::lines::{Digest, chain};
use crate::base::{EventNumber, VirtualTime};

/// The longest line that is read, in bytes: what is longer is no trace.
pub const LINE_BYTES_MAX: u64 = 64 << 20;

/// What stands before and after the 16 digits at the end of each line.
const HASH_OPEN: &[u8] = b",\"hash\":\"";
const HASH_CLOSE: &[u8] = b"\"}";

/// A line of a trace. `text` is the line as written, without its hash.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The first.
    Header(Header),
    /// Any other.
    Event(Event),
}

/// The first line of a trace, of type `start`.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The format's version.
    pub version: u64,
    /// All fields but `v`, `type` and `hash`.
    pub fields: Map<String, Json>,
    /// The line as written, without `,"hash":..`.
    pub text: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The number of the event.
    pub number: EventNumber,
    /// When.
    pub time: VirtualTime,
    /// The record type: `deliver`, `log`, ..; readers pass over types that they do not know.
    pub kind: String,
    /// All fields but `n`, `t`, `type` and `hash`.
    pub fields: Map<String, Json>,
    /// The line as written, without `,"hash":..`.
    pub text: String,
}

impl Line {
    /// The record type.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Line::Header(_) => "start",
            Line::Event(event) => &event.kind,
        }
    }

    /// The fields of the record type.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Json> {
        match self {
            Line::Header(header) => &header.fields,
            Line::Event(event) => &event.fields,
        }
    }

    /// The line as written, without `,"hash":..`.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Line::Header(header) => &header.text,
            Line::Event(event) => &event.text,
        }
    }

    /// The number of the event; 0 for the header.
    #[must_use]
    pub fn number(&self) -> EventNumber {
        match self {
            Line::Header(_) => EventNumber(0),
            Line::Event(event) => event.number,
        }
    }
}

/// Opens a trace.
///
/// # Errors
/// When the file cannot be opened. Everything else is found while reading.
pub fn read(path: &Path) -> Result<Lines<BufReader<File>>, TraceError> {
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => Ok(Lines::new(BufReader::with_capacity(64 * 1024, file), name)),
        Err(source) => Err(TraceError::Io { file: name, line: 1, source }),
    }
}

/// The lines of a trace in order, each checked. After an error there are no more.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    file: String,
    digest: Digest,
    line: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    Events,
    Ended,
    Over,
}

/// A line whose hash and beginning were checked, but not its fields.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) text: String,
    pub(super) envelope: Envelope,
}

/// What each line begins with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Envelope {
    Header,
    Event(EventNumber, VirtualTime),
}

impl<R: BufRead> Lines<R> {
    /// Reads from `reader`; `file` is the name that errors use.
    pub fn new(reader: R, file: impl Into<String>) -> Lines<R> {
        Lines { reader, file: file.into(), digest: Digest(0), line: 0, stage: Stage::Header }
    }

    /// The name that errors use.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The hash of the last line read.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The next line without its fields, or `None` after the line of type `end`.
    pub(super) fn next_checked(&mut self) -> Result<Option<Checked>, TraceError> {
        if self.stage == Stage::Over {
            return Ok(None);
        }
        let result = self.check_next();
        if !matches!(result, Ok(Some(_))) {
            self.stage = Stage::Over;
        }
        result
    }

    fn check_next(&mut self) -> Result<Option<Checked>, TraceError> {
        self.line += 1;
        let Some(mut bytes) = self.next_bytes()? else {
            return match self.stage {
                Stage::Header => Err(self.not_a_header("the file is empty")),
                Stage::Events => Err(TraceError::NoEnd { file: self.file.clone(), line: self.line }),
                Stage::Ended | Stage::Over => Ok(None),
            };
        };
        if self.stage == Stage::Ended {
            return Err(TraceError::AfterEnd { file: self.file.clone(), line: self.line });
        }
        let header = self.stage == Stage::Header;
        if header {
            self.check_version(&bytes)?;
        }
        let Some((length, written)) = split_hash(&bytes) else {
            return Err(self.malformed("it does not end with `,\"hash\":\"<16 hex digits>\"}`"));
        };
        bytes.truncate(length);
        let computed = chain(self.digest, &bytes);
        if computed != written {
            return Err(TraceError::Chain { file: self.file.clone(), line: self.line, written, computed });
        }
        let text = String::from_utf8(bytes).map_err(|_| self.malformed("it is not UTF-8"))?;
        let envelope = if header { Some((Envelope::Header, "start")) } else { event_envelope(&text) };
        let Some((envelope, kind)) = envelope else {
            return Err(self.malformed("it does not begin with `{\"n\":<number>,\"t\":<number>,\"type\":\"<word>\"`"));
        };
        self.stage = if kind == "end" { Stage::Ended } else { Stage::Events };
        self.digest = computed;
        Ok(Some(Checked { text, envelope }))
    }

    /// The bytes of the next line without its end.
    fn next_bytes(&mut self) -> Result<Option<Vec<u8>>, TraceError> {
        let mut bytes = Vec::new();
        let limit = LINE_BYTES_MAX + 1;
        if let Err(source) = self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes) {
            return Err(TraceError::Io { file: self.file.clone(), line: self.line, source });
        }
        match bytes.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(bytes)),
            Some(_) if bytes.len() as u64 + 1 == limit => {
                Err(TraceError::TooLong { file: self.file.clone(), line: self.line })
            }
            // A file of one unfinished line is more likely no trace at all.
            Some(_) if self.line == 1 && !bytes.starts_with(b"{\"v\":") => Err(self.not_a_header(NO_HEADER)),
            Some(_) => Err(TraceError::Unterminated { file: self.file.clone(), line: self.line }),
        }
    }

    /// Looks at the version before anything else: other versions may hash and write otherwise.
    fn check_version(&self, bytes: &[u8]) -> Result<(), TraceError> {
        let header: Map<String, Json> = serde_json::from_slice(bytes)
            .map_err(|error| self.not_a_header(&format!("not a JSON object ({error})")))?;
        let version = header.get("v").ok_or_else(|| self.not_a_header(NO_HEADER))?;
        if version.as_u64() != Some(VERSION) {
            return Err(TraceError::Version { file: self.file.clone(), found: version.to_string() });
        }
        if header.get("type").and_then(Json::as_str) != Some("start") {
            return Err(self.not_a_header("its type is not \"start\""));
        }
        Ok(())
    }

    /// Parses a checked line's fields.
    pub(super) fn parse(&self, checked: Checked) -> Result<Line, TraceError> {
        let Checked { text, envelope } = checked;
        let mut fields: Map<String, Json> =
            serde_json::from_str(&format!("{text}}}")).map_err(|error| self.malformed(&error.to_string()))?;
        let kind = fields.shift_remove("type");
        Ok(match envelope {
            Envelope::Header => {
                fields.shift_remove("v");
                Line::Header(Header { version: VERSION, fields, text })
            }
            Envelope::Event(number, time) => {
                fields.shift_remove("n");
                fields.shift_remove("t");
                let kind = kind.as_ref().and_then(Json::as_str).unwrap_or_default().to_owned();
                Line::Event(Event { number, time, kind, fields, text })
            }
        })
    }

    fn not_a_header(&self, problem: &str) -> TraceError {
        TraceError::Header { file: self.file.clone(), problem: problem.to_owned() }
    }

    fn malformed(&self, problem: &str) -> TraceError {
        TraceError::Line { file: self.file.clone(), line: self.line, problem: problem.to_owned() }
    }
}

const NO_HEADER: &str = "its first line is not `{\"v\":..,\"type\":\"start\",..}`";

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Line, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.next_checked().and_then(|line| line.map(|line| self.parse(line)).transpose()).transpose();
        if matches!(line, Some(Err(_))) {
            self.stage = Stage::Over;
        }
        line
    }
}

/// The length of a line without its hash, and the hash.
fn split_hash(line: &[u8]) -> Option<(usize, Digest)> {
    let (rest, digits) = line.strip_suffix(HASH_CLOSE)?.split_last_chunk::<16>()?;
    let content = rest.strip_suffix(HASH_OPEN)?;
    if !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let hash = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((content.len(), Digest(hash)))
}

/// The fixed beginning of every line but the first: its number and time, and its type.
fn event_envelope(text: &str) -> Option<(Envelope, &str)> {
    let (number, rest) = text.strip_prefix("{\"n\":")?.split_once(",\"t\":")?;
    let (time, rest) = rest.split_once(",\"type\":\"")?;
    let (kind, _) = rest.split_once('"')?;
    let number = EventNumber(decimal(number)?);
    let time = VirtualTime::from_nanos(decimal(time)?);
    Some((Envelope::Event(number, time), kind))
}

/// A number as JSON writes it: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    let canonical = !text.starts_with('+') && (text.len() == 1 || !text.starts_with('0'));
    canonical.then_some(number)
}
