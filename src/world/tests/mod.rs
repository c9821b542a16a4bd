//! Runs over scripted services: no Lua, so that only the world itself is tested.

mod doubles;
mod running;
mod timeline;

use std::cell::RefCell;
use std::rc::Rc;

use crate::base::{Handle, Seed, VirtualTime};
use crate::kernel::environment::Environment;
use crate::kernel::{Incident, Output};
use crate::scenario::{Plan, Scenario};

use super::run::Parts;
use super::{RunReport, TrailKeeping, World, WorldOptions};

/// Log lines of a run, shared with the test.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Output for Log {
    fn print(&mut self, _bytes: &[u8]) {}
    fn print_error(&mut self, _bytes: &[u8]) {}
    fn log(&mut self, now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        self.0.borrow_mut().push(format!("{now} {}", String::from_utf8_lossy(line)));
    }
    fn append(&mut self, _path: &str, _bytes: &[u8]) {}
    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

/// The plan of a scenario text.
fn plan(text: &str) -> Plan {
    let scenario = Scenario::from_toml("test.toml", &format!("schema = 1\n{text}")).unwrap();
    scenario.expand(Seed(7))
}

/// The world of a plan over the scripted services.
fn world(plan: &Plan, log: &Log) -> World {
    let mut options = WorldOptions::new(Box::new(log.clone()));
    options.trail = TrailKeeping::On;
    World::assemble(plan, options, parts()).unwrap()
}

fn parts() -> Parts {
    Parts {
        environment: Environment::default(),
        modules: vec![Rc::new(doubles::Scripted)],
        lua: None,
        harbor: 0,
        log_file: None,
    }
}

/// Runs a scenario text.
fn run(text: &str) -> RunReport {
    world(&plan(text), &Log::default()).run()
}

/// The texts of a report's failures.
fn failures(report: &RunReport) -> Vec<String> {
    report.failures.iter().map(ToString::to_string).collect()
}
