//! Times a part of a run: from the line that a program prints at its begin to the one at its end.

#![expect(clippy::disallowed_types, reason = "a benchmark looks at the host's clock")]

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use skysim::base::{Handle, Value, VirtualTime};
use skysim::kernel::{Incident, Output};
use skysim::trace::Tracer;
use skysim::world::{self, HostFiles, World, WorldOptions};

/// Whether the run is recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// No.
    Off,
    /// To a file in memory.
    On,
}

struct Marks(Rc<RefCell<Vec<Instant>>>);

impl Output for Marks {
    fn print(&mut self, bytes: &[u8]) {
        if bytes.starts_with(b"begin") || bytes.starts_with(b"end") {
            self.0.borrow_mut().push(Instant::now());
        }
    }

    fn print_error(&mut self, _bytes: &[u8]) {}

    fn log(&mut self, _now: VirtualTime, _handle: Handle, _line: &[u8], _file: Option<&str>) {}

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

/// How long `count` pieces of `what` take in skysim, built-in library or a checkout's.
pub fn time(what: &str, count: u64, checkout: Option<&str>, recording: Recording) -> Duration {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/lua/work.lua");
    let mut plan = world::single(&program).expect("a program is a plan");
    plan.node.skynet = checkout.map(str::to_owned);
    let settings = [("what", Value::from(what)), ("count", Value::Integer(count as i64))];
    plan.node.env.extend(settings.map(|(key, value)| (key.to_owned(), value)));
    let marks = Rc::new(RefCell::new(Vec::new()));
    let mut options = WorldOptions::new(Box::new(Marks(marks.clone())));
    options.host = HostFiles::default();
    if recording == Recording::On {
        options.tracer = Tracer::to(Box::new(std::io::sink()));
    }
    // Only the time counts; that the work is done is what the marks say.
    let _judged = World::new(&plan, options).expect("it runs").run();
    let marks = marks.borrow();
    assert!(marks.len() == 2, "{what} did not come to its end");
    marks[1] - marks[0]
}

/// How long something takes.
pub fn host_time(action: impl FnOnce()) -> Duration {
    let start = Instant::now();
    action();
    start.elapsed()
}
