//! What services printed and logged, kept for the test.

use std::cell::RefCell;
use std::rc::Rc;

use crate::base::{Handle, VirtualTime};
use crate::kernel::{Incident, Output};

/// Lines, shared between the run and the test.
#[derive(Clone, Debug, Default)]
pub(super) struct Said(Rc<RefCell<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    printed: Vec<u8>,
    logged: Vec<String>,
}

impl Said {
    pub(super) fn printed(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow().printed).into_owned()
    }

    pub(super) fn logged(&self) -> Vec<String> {
        self.0.borrow().logged.clone()
    }
}

impl Output for Said {
    fn print(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().printed.extend_from_slice(bytes);
    }

    fn print_error(&mut self, _bytes: &[u8]) {}

    fn log(&mut self, _now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        self.0.borrow_mut().logged.push(String::from_utf8_lossy(line).into_owned());
    }

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}
