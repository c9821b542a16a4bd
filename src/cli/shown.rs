//! Runs that are compared: playing one and keeping its log, and telling what differs.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::args::ComparedArgs;
use super::error::CliError;
use super::input::Subject;
use super::play;
use super::terminal::Terminal;
use crate::base::{Handle, VirtualTime};
use crate::kernel::{Incident, Output};
use crate::reloading::{Difference, Shown};
use crate::scenario::Plan;
use crate::world::{HostFiles, Verdict};

/// So many differences are shown.
const DIFFERENCES_SHOWN: usize = 8;

/// So many characters of a value are.
const CHARS_SHOWN: usize = 160;

/// Keeps log lines.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Output for Log {
    fn print(&mut self, _bytes: &[u8]) {}

    fn print_error(&mut self, _bytes: &[u8]) {}

    fn log(&mut self, _now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        self.0.borrow_mut().push(String::from_utf8_lossy(line).into_owned());
    }

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

/// The plan of a scenario that is to be compared with itself.
pub(super) fn plan_of(path: &Path, args: &ComparedArgs) -> Result<Plan, CliError> {
    Subject::read(path, None)?.plan(&args.flags())
}

/// Plays a plan with these files replaced.
pub(super) fn show(
    plan: &Plan,
    replaced: &[(String, Vec<u8>)],
    host: &HostFiles,
    stop: &Arc<AtomicBool>,
) -> Result<Shown, CliError> {
    let log = Log::default();
    let fresh = || -> Box<dyn Output> {
        log.0.borrow_mut().clear();
        Box::new(log.clone())
    };
    let run = play::show(plan, replaced, host, stop, fresh)?;
    Ok(Shown { run, log: log.0.take() })
}

/// A run that fails by itself is nothing to compare with.
pub(super) fn failed_by_itself(path: &Path, shown: &Shown, terminal: &Terminal) -> bool {
    let failed = shown.run.report.verdict == Verdict::Failed;
    if failed {
        terminal.say(&format!("{} fails by itself: nothing can be compared with it\n", path.display()));
        for failure in &shown.run.report.failures {
            terminal.say(&format!("  {failure}\n"));
        }
    }
    failed
}

/// Two texts that differ: of long ones the place where they begin to.
fn shortened(one: &str, two: &str) -> (String, String) {
    let common = one.chars().zip(two.chars()).take_while(|(a, b)| a == b).count();
    let start = if common > CHARS_SHOWN / 2 { common - CHARS_SHOWN / 4 } else { 0 };
    let cut = |text: &str| {
        let part: String = text.chars().skip(start).take(CHARS_SHOWN).collect();
        let open = if start > 0 { ".." } else { "" };
        let close = if text.chars().nth(start + CHARS_SHOWN).is_some() { ".." } else { "" };
        format!("{open}{part}{close}")
    };
    (cut(one), cut(two))
}

/// The first differences, with both sides.
pub(super) fn tell(differences: &[Difference], first: &str, second: &str) -> String {
    let mut text = String::new();
    for Difference { place, about, before, after } in differences.iter().take(DIFFERENCES_SHOWN) {
        text.push_str(&format!("  {place}\n"));
        if !about.is_empty() {
            text.push_str(&format!("    {about}\n"));
        }
        let width = first.len().max(second.len());
        let (before, after) = shortened(before, after);
        text.push_str(&format!("    {first:width$}  {before}\n    {second:width$}  {after}\n"));
    }
    if let Some(more) = differences.len().checked_sub(DIFFERENCES_SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}
