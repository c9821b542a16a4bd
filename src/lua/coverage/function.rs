//! One function of the users' files, for all VMs and threads.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};

use super::FunctionReached;

/// No run has reached it.
const NEVER: u32 = u32::MAX;

// In lua/c/cover.c.
unsafe extern "C" {
    fn skysim_cover_describe(prototype: *const c_void, description: *mut Description);
    fn skysim_cover_child(prototype: *const c_void, index: u32) -> *const c_void;
    fn skysim_cover_walk(prototype: *const c_void, forks: *mut Fork, waiting: *mut u32);
}

/// What a prototype is; borrowed from it.
#[repr(C)]
pub(super) struct Description {
    source: *const u8,
    source_length: usize,
    code: *const u8,
    instructions: u32,
    pub(super) children: u32,
    pub(super) line: u32,
    last_line: u32,
    prototype: *const c_void,
}

impl Description {
    /// # Safety
    /// `prototype` is one of a state that outlives the description.
    pub(super) unsafe fn of(prototype: *const c_void) -> Description {
        let mut description = Description {
            source: std::ptr::null(),
            source_length: 0,
            code: std::ptr::null(),
            instructions: 0,
            children: 0,
            line: 0,
            last_line: 0,
            prototype,
        };
        // SAFETY: as the caller promises; C fills all but the last field, and never with null.
        unsafe { skysim_cover_describe(prototype, &raw mut description) };
        description
    }

    /// The name of its chunk.
    pub(super) fn source(&self) -> &[u8] {
        // SAFETY: see `of`.
        unsafe { std::slice::from_raw_parts(self.source, self.source_length) }
    }

    /// Its instructions.
    pub(super) fn code(&self) -> &[u8] {
        // SAFETY: see `of`; an instruction has four bytes.
        unsafe { std::slice::from_raw_parts(self.code, self.instructions as usize * 4) }
    }

    /// A function in it.
    pub(super) fn child(&self, index: u32) -> *const c_void {
        // SAFETY: see `of`; the caller counts to `children`.
        unsafe { skysim_cover_child(self.prototype, index) }
    }

    /// What each instruction tells by being reached.
    fn forks(&self) -> Vec<Fork> {
        let mut forks = vec![Fork::default(); self.instructions as usize];
        let mut waiting = vec![0_u32; forks.len()];
        // SAFETY: both have a place for each instruction.
        unsafe { skysim_cover_walk(self.prototype, forks.as_mut_ptr(), waiting.as_mut_ptr()) };
        forks
    }
}

/// An instruction, as `skysim_cover_walk` sees it.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Fork {
    line: u32,
    decides: u32,
    next: u32,
}

/// An instruction, as `skysim_cover` reads it: slots are counted from 1.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Step {
    line: u32,
    way: u32,
    next: u32,
}

/// A function. C reads the first three fields.
#[repr(C)]
pub(super) struct Function {
    steps: *const Step,
    first: *const AtomicU32,
    complete: AtomicU32,
    file: String,
    line: u32,
    last_line: u32,
    /// The line of each slot below `decisions`; then two for each decision.
    lines: Vec<u32>,
    decisions: Vec<u32>,
    /// What the pointers point to.
    _steps: Box<[Step]>,
    kept_first: Box<[AtomicU32]>,
}

// SAFETY: the pointers lead to its own boxes, of which only atomics are ever written.
unsafe impl Send for Function {}
// SAFETY: as above.
unsafe impl Sync for Function {}

impl Function {
    pub(super) fn new(file: &str, description: &Description) -> Function {
        let forks = description.forks();
        let is_line = |line: u32| line != 0 && line < NEVER / 2;
        let mut lines: Vec<u32> = forks.iter().map(|fork| fork.line).filter(|line| is_line(*line)).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut decisions: Vec<(u32, u32)> = Vec::new();
        for (at, fork) in forks.iter().enumerate() {
            if fork.decides == at as u32 + 1 && is_line(fork.line) {
                decisions.push((fork.decides, fork.line));
            }
        }
        let line_slot = |line: u32| lines.binary_search(&line).map_or(0, |slot| slot as u32 + 1);
        let way_slot = |decides: u32| {
            let found = decisions.binary_search_by_key(&decides, |(decides, _)| *decides);
            found.map_or(0, |index| (lines.len() + 2 * index) as u32 + 1)
        };
        let steps: Box<[Step]> = forks
            .iter()
            .map(|fork| Step { line: line_slot(fork.line), way: way_slot(fork.decides), next: fork.next })
            .collect();
        let first: Box<[AtomicU32]> = (0..lines.len() + 2 * decisions.len()).map(|_| AtomicU32::new(NEVER)).collect();
        Function {
            steps: steps.as_ptr(),
            first: first.as_ptr(),
            complete: AtomicU32::new(if first.is_empty() { 0 } else { NEVER }),
            file: file.to_owned(),
            line: description.line,
            last_line: description.last_line,
            lines,
            decisions: decisions.into_iter().map(|(_, line)| line).collect(),
            _steps: steps,
            kept_first: first,
        }
    }

    /// A run has reached a slot.
    pub(super) fn note(&self, slot: u32, run: u32) {
        let Some(first) = self.kept_first.get(slot as usize) else { return };
        first.fetch_min(run, Ordering::SeqCst);
        let complete = self.kept_first.iter().map(|first| first.load(Ordering::SeqCst)).max().unwrap_or(0);
        // It only goes down, as every slot does; another thread may see an older slot, and then looks on in vain.
        self.complete.fetch_min(complete, Ordering::SeqCst);
    }

    pub(super) fn reached(&self) -> FunctionReached {
        let first = |slot: usize| {
            let run = self.kept_first.get(slot)?.load(Ordering::SeqCst);
            (run != NEVER).then_some(run)
        };
        let lines: Vec<_> = self.lines.iter().enumerate().map(|(slot, line)| (*line, first(slot))).collect();
        let ways = |index: usize| [0, 1].map(|way| first(self.lines.len() + 2 * index + way));
        FunctionReached {
            file: self.file.clone(),
            line: self.line,
            last_line: self.last_line,
            called: lines.iter().filter_map(|(_, run)| *run).min(),
            branches: self.decisions.iter().enumerate().map(|(index, line)| (*line, ways(index))).collect(),
            lines,
        }
    }
}
