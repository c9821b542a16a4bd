//! An output that keeps what a run prints and logs, line by line.

use std::cell::RefCell;
use std::rc::Rc;

use skysim::base::{Handle, VirtualTime};
use skysim::kernel::{Incident, Output};

/// Everything that a run says. Clones share it.
#[derive(Clone, Default)]
pub struct Said(Rc<RefCell<Vec<u8>>>);

impl Said {
    /// What was said, and forgets it.
    pub fn take(&self) -> Vec<u8> {
        self.0.take()
    }

    fn line(&self, bytes: &[u8]) {
        let mut all = self.0.borrow_mut();
        all.extend_from_slice(bytes);
        if !bytes.ends_with(b"\n") {
            all.push(b'\n');
        }
    }
}

impl Output for Said {
    fn print(&mut self, bytes: &[u8]) {
        self.line(bytes);
    }
    fn print_error(&mut self, bytes: &[u8]) {
        self.line(bytes);
    }
    fn log(&mut self, _now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        self.line(line);
    }
    fn append(&mut self, _path: &str, _bytes: &[u8]) {}
    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}
