//! What all readers of one file share: the problems found so far, the holes, lines, and which copy of
//! a repeated entry is being read.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use crate::scenario::error::Problem;
use crate::scenario::plan::Origin;
use crate::scenario::problem::ProblemKind;
use crate::scenario::template::{Draw, Hole, Slot, Target};

/// The state of reading one file.
pub(super) struct Context<'t> {
    text: &'t str,
    /// Offsets at which lines begin.
    lines: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    holes: RefCell<Vec<Hole>>,
    entry: RefCell<Option<Entry>>,
    copy: Cell<Option<u64>>,
}

/// The entry whose holes are found now.
struct Entry {
    target: Target,
    /// What the streams of its holes begin with.
    stream: String,
}

impl<'t> Context<'t> {
    pub(super) fn new(text: &'t str) -> Context<'t> {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Context {
            text,
            lines,
            problems: RefCell::default(),
            holes: RefCell::default(),
            entry: RefCell::default(),
            copy: Cell::default(),
        }
    }

    /// Notes a problem at a place given in bytes.
    pub(super) fn report(&self, place: Range<usize>, kind: ProblemKind) {
        let (line, column) = self.position(place.start);
        self.problems.borrow_mut().push(Problem { kind, place, line, column });
    }

    /// The line that an offset in bytes is in.
    pub(super) fn origin(&self, offset: usize) -> Origin {
        Origin { line: self.position(offset).0 }
    }

    /// Line and column of an offset, both from 1, the column in characters.
    fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let before = self.text.get(self.lines[line - 1]..offset).unwrap_or_default();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(before.chars().count() + 1))
    }

    /// How many problems there are.
    pub(super) fn problem_count(&self) -> usize {
        self.problems.borrow().len()
    }

    /// Enters an entry that may have holes. `number` is its index in the file.
    pub(super) fn enter(&self, target: Target, number: usize, copy: Option<u64>) {
        let kind = match target {
            Target::Service(_) => "service",
            Target::Event(_) => "event",
        };
        let copied = copy.map(|copy| format!(".{copy}")).unwrap_or_default();
        self.copy.set(copy);
        *self.entry.borrow_mut() = Some(Entry { target, stream: format!("scenario/{kind}/{number}{copied}") });
    }

    /// Leaves the entry.
    pub(super) fn leave(&self) {
        self.copy.set(None);
        *self.entry.borrow_mut() = None;
    }

    /// Notes something to be drawn. `key` names its stream within the entry.
    pub(super) fn hole(&self, key: &str, slot: Slot, draw: Draw) {
        if let Some(entry) = &*self.entry.borrow() {
            let stream = format!("{}/{key}", entry.stream);
            self.holes.borrow_mut().push(Hole { target: entry.target, slot, draw, stream });
        }
    }

    /// A text of the file, with the number of the copy in place of `{i}`.
    pub(super) fn substitute(&self, text: &str) -> String {
        match self.copy.get() {
            Some(copy) => text.replace("{i}", &copy.to_string()),
            None => text.to_owned(),
        }
    }

    /// The holes, or else the problems in the order of the file.
    pub(super) fn finish(self) -> Result<Vec<Hole>, Vec<Problem>> {
        let mut problems = self.problems.into_inner();
        if problems.is_empty() {
            return Ok(self.holes.into_inner());
        }
        problems.sort_by_key(|problem| problem.place.start);
        Err(problems)
    }
}
