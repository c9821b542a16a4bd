//! A look at a run that a Lua file words: from the state of services it makes numbers and tables for a page.

use std::collections::BTreeSet;

use crate::base::Value;
use crate::lua::checker::Checker;

use super::check::Scene;
use super::error::WorldError;
use super::run::World;

/// A Lua file that sees what checks see, and returns what is worth showing.
pub struct Monitor {
    checker: Checker,
}

impl Monitor {
    /// Compiles a monitor. The file must return a function, which is called with the world.
    ///
    /// # Errors
    /// When the file does not compile, fails, or returns something else.
    pub fn new(name: &str, source: &[u8]) -> Result<Monitor, WorldError> {
        match Checker::new(name, source) {
            Ok(checker) => Ok(Monitor { checker }),
            Err(reason) => Err(WorldError::Monitor { name: name.to_owned(), reason }),
        }
    }
}

impl World {
    /// What a monitor makes of the run as it stands. Looking changes nothing.
    ///
    /// # Errors
    /// What it raised, or why its answer is no value.
    pub fn monitored(&mut self, monitor: &mut Monitor) -> Result<Value, String> {
        let answer = monitor.checker.ask(&mut self.scene());
        // Only checks can claim something: whether somebody watches must not decide a verdict.
        drop(monitor.checker.take_claims());
        answer
    }

    pub(super) fn scene(&mut self) -> Scene<'_> {
        let (kernel, checks) = (&mut self.kernel, &mut self.checks);
        Scene { kernel, checks, history: &self.history, events: &self.events, seen: BTreeSet::new() }
    }
}
