//! Log lines, prints and incidents on their way out: compared with what the plan expects, then
//! handed on.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use jiff::Timestamp;

use crate::base::{Handle, VirtualTime};
use crate::kernel::{Incident, Output};
use crate::lua::LuaNode;
use crate::scenario::Expect;
use crate::vfs::OpenMode;

use super::failure::{Failure, LineKind};

/// How many log lines are kept to explain why a service did not start.
const KEPT_LINES: usize = 12;

/// What the world learns from lines.
pub(super) type Shared = Rc<Lines>;

/// The lines so far, as far as they matter.
pub(super) struct Lines {
    /// Incidents wait to be taken.
    news: Cell<bool>,
    /// Nothing is handed on any more: the run is over, and services are being taken down.
    muted: Cell<bool>,
    noted: RefCell<Noted>,
}

struct Noted {
    wanted: Vec<Wanted>,
    forbidden: Vec<Forbidden>,
    incidents: Vec<(VirtualTime, Incident)>,
    last: VecDeque<String>,
    now: VirtualTime,
}

struct Wanted {
    kind: LineKind,
    text: String,
    came: Came,
}

#[derive(PartialEq, Eq)]
enum Came {
    Yes,
    NotYet,
}

struct Forbidden {
    kind: LineKind,
    text: String,
    line: Option<(VirtualTime, String)>,
}

impl Lines {
    pub(super) fn new(expect: &Expect) -> Shared {
        let wanted = |kind, texts: &[String]| -> Vec<Wanted> {
            texts.iter().map(|text| Wanted { kind, text: text.clone(), came: Came::NotYet }).collect()
        };
        let forbidden = |kind, texts: &[String]| -> Vec<Forbidden> {
            texts.iter().map(|text| Forbidden { kind, text: text.clone(), line: None }).collect()
        };
        let noted = Noted {
            wanted: [wanted(LineKind::Log, &expect.logs), wanted(LineKind::Print, &expect.prints)]
                .into_iter()
                .flatten()
                .collect(),
            forbidden: [forbidden(LineKind::Log, &expect.logs_no), forbidden(LineKind::Print, &expect.prints_no)]
                .into_iter()
                .flatten()
                .collect(),
            incidents: Vec::new(),
            last: VecDeque::new(),
            now: VirtualTime::ZERO,
        };
        Rc::new(Lines { news: Cell::new(false), muted: Cell::new(false), noted: RefCell::new(noted) })
    }

    /// Whether there were incidents since they were last taken.
    #[inline(always)]
    pub(super) fn have_news(&self) -> bool {
        self.news.get()
    }

    /// Those incidents.
    pub(super) fn take_incidents(&self) -> Vec<(VirtualTime, Incident)> {
        self.news.set(false);
        std::mem::take(&mut self.noted.borrow_mut().incidents)
    }

    /// The last log lines.
    pub(super) fn last(&self) -> Vec<String> {
        self.noted.borrow().last.iter().cloned().collect()
    }

    /// Hands nothing on from now on.
    pub(super) fn mute(&self) {
        self.muted.set(true);
    }

    /// What the plan asks of lines and did not get.
    pub(super) fn failures(&self) -> Vec<Failure> {
        let noted = self.noted.borrow();
        let missing = noted.wanted.iter().filter(|wanted| wanted.came == Came::NotYet);
        let missing = missing.map(|wanted| Failure::LineMissing { kind: wanted.kind, text: wanted.text.clone() });
        let forbidden = noted.forbidden.iter().filter_map(|forbidden| {
            let (at, line) = forbidden.line.clone()?;
            Some(Failure::LineForbidden { kind: forbidden.kind, text: forbidden.text.clone(), line, at })
        });
        missing.chain(forbidden).collect()
    }

    fn look(&self, kind: LineKind, line: &[u8]) {
        let mut noted = self.noted.borrow_mut();
        let noted = &mut *noted;
        if kind == LineKind::Print && !noted.cares_for_prints() {
            return;
        }
        let line = String::from_utf8_lossy(line);
        for wanted in noted.wanted.iter_mut().filter(|wanted| wanted.kind == kind && wanted.came == Came::NotYet) {
            if line.contains(&wanted.text) {
                wanted.came = Came::Yes;
            }
        }
        for forbidden in noted.forbidden.iter_mut().filter(|other| other.kind == kind && other.line.is_none()) {
            if line.contains(&forbidden.text) {
                forbidden.line = Some((noted.now, line.trim_end().to_owned()));
            }
        }
        if kind == LineKind::Log {
            if noted.last.len() == KEPT_LINES {
                noted.last.pop_front();
            }
            noted.last.push_back(line.into_owned());
        }
    }
}

impl Noted {
    fn cares_for_prints(&self) -> bool {
        let wanted = self.wanted.iter().any(|wanted| wanted.kind == LineKind::Print);
        wanted || self.forbidden.iter().any(|forbidden| forbidden.kind == LineKind::Print)
    }
}

/// The kernel's end of it.
pub(super) struct Sink {
    pub(super) lines: Shared,
    pub(super) inner: Box<dyn Output>,
    /// Where log files are, if the node has files.
    pub(super) files: Option<Rc<LuaNode>>,
    /// Wall clock at virtual time 0, in seconds since 1970.
    pub(super) start_s: i64,
}

impl Sink {
    /// Adds to a file of the node, as far as its file system allows.
    fn add_to_file(&mut self, path: &str, bytes: &[u8], now: VirtualTime) {
        let Some(node) = &self.files else { return };
        let now_s = self.start_s + i64::try_from(now.as_nanos() / 1_000_000_000).unwrap_or(i64::MAX);
        let mut files = node.files.borrow_mut();
        // Real Skynet does not look at what comes of a write to its log, either.
        if let Ok(file) = files.open(path.as_bytes(), OpenMode::Append, now_s) {
            let end = files.bytes(file).map_or(0, |bytes| bytes.len() as u64);
            let _ = files.write_at(file, end, bytes, now_s);
            files.close(file);
        }
    }

    /// `%d/%m/%y %H:%M:%S.cc `, UTC (`timestring` in `service_logger.c`).
    fn time_prefix(&self, now: VirtualTime) -> String {
        let ticks = now.as_ticks();
        let seconds = self.start_s.saturating_add(i64::try_from(ticks / 100).unwrap_or(i64::MAX));
        let stamp = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        format!("{}.{:02} ", stamp.strftime("%d/%m/%y %H:%M:%S"), ticks % 100)
    }
}

impl Output for Sink {
    fn print(&mut self, bytes: &[u8]) {
        if !self.lines.muted.get() {
            self.lines.look(LineKind::Print, bytes);
            self.inner.print(bytes);
        }
    }

    fn print_error(&mut self, bytes: &[u8]) {
        if !self.lines.muted.get() {
            self.inner.print_error(bytes);
        }
    }

    fn log(&mut self, now: VirtualTime, handle: Handle, line: &[u8], file: Option<&str>) {
        if self.lines.muted.get() {
            return;
        }
        self.lines.noted.borrow_mut().now = now;
        self.lines.look(LineKind::Log, line);
        if let Some(path) = file {
            let text = [self.time_prefix(now).as_bytes(), line, b"\n"].concat();
            self.add_to_file(path, &text, now);
        }
        self.inner.log(now, handle, line, file);
    }

    fn append(&mut self, path: &str, bytes: &[u8]) {
        if !self.lines.muted.get() {
            let now = self.lines.noted.borrow().now;
            self.add_to_file(path, bytes, now);
            self.inner.append(path, bytes);
        }
    }

    fn incident(&mut self, now: VirtualTime, incident: Incident) {
        if self.lines.muted.get() {
            return;
        }
        self.lines.noted.borrow_mut().incidents.push((now, incident.clone()));
        self.lines.news.set(true);
        self.inner.incident(now, incident);
    }
}
