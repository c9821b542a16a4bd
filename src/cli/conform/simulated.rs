//! The run in skysim: the same plan with the same preloaded file, and what is left of it.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::base::{Handle, VirtualTime};
use crate::cli::error::CliError;
use crate::cli::play::variables;
use crate::conform::Gathered;
use crate::kernel::{Incident, Output};
use crate::scenario::Plan;
use crate::world::{Ending, Failure, World, WorldOptions};

use super::real::now_s;

struct Collect(Rc<RefCell<Gathered>>);

impl Output for Collect {
    fn print(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().prints.extend_from_slice(bytes);
    }

    fn print_error(&mut self, _bytes: &[u8]) {}

    fn log(&mut self, _now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        self.0.borrow_mut().log.push(String::from_utf8_lossy(line).into_owned());
    }

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

/// Plays it, and says how and when it ended.
pub(super) fn play(
    plan: &Plan,
    preload: &Path,
    stop: &Arc<AtomicBool>,
) -> Result<(Gathered, Ending, VirtualTime), CliError> {
    let mut plan = plan.clone();
    plan.node.preload = Some(preload.to_string_lossy().into_owned());
    plan.node.start_time.seconds = now_s();
    let gathered = Rc::new(RefCell::new(Gathered::default()));
    let mut options = WorldOptions::new(Box::new(Collect(gathered.clone())));
    options.stop = Some(Arc::clone(stop));
    options.variables = variables();
    // Endless loops end by their instructions alone.
    options.metered_event = Some(1);
    let report = World::new(&plan, options)?.run();
    let mut gathered = gathered.take();
    gathered.outcomes = report.outcomes;
    gathered.failed_launches.extend(report.failures.iter().filter_map(|failure| match failure {
        Failure::Launch { service, .. } => Some(service.clone()),
        _ => None,
    }));
    Ok((gathered, report.ending, report.end))
}
