//! What a run shows when it is over: its answers and the final states, as values that another run's can be compared with.

use std::collections::BTreeMap;

use crate::base::{EventNumber, Value, VirtualTime};
use crate::state::StateGraph;

use super::error::WorldError;
use super::failure::Got;
use super::node::wall_clock_s;
use super::report::RunReport;
use super::run::{Phase, Progress, World};

/// A run that is over, with all that can be seen of it from outside.
#[derive(Debug)]
pub struct Showing {
    /// The run, judged.
    pub report: RunReport,
    /// What the timeline did and what came of it, in the order in which it was done.
    pub exchanges: Vec<Exchange>,
    /// The final states of the services that live, by name; none of the runtime's own.
    pub states: BTreeMap<String, StateGraph>,
    /// How many messages came for each event of the timeline whose message never came, by its place.
    pub unmet: BTreeMap<usize, u64>,
    /// How many of them had come when the timeline began, and all services had started.
    pub unmet_at_start: BTreeMap<usize, u64>,
}

/// One thing that the timeline did.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The event's place in the timeline.
    pub event: usize,
    /// The word for its action: `call`.
    pub action: &'static str,
    /// To whom or what it was done.
    pub to: String,
    /// The values that were sent.
    pub args: Vec<Value>,
    /// When.
    pub at: VirtualTime,
    /// The answer.
    pub got: Got,
    /// During which event it came, if it did.
    pub answered: Option<EventNumber>,
}

impl World {
    /// Replaces a file of the node before anything runs.
    ///
    /// # Errors
    /// When the node has no such file.
    pub fn replace_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), WorldError> {
        let now_s = wall_clock_s(&self.plan, self.kernel.now());
        let none = |reason: String| WorldError::NodeFile { path: path.to_owned(), reason };
        let Some(node) = &self.lua else { return Err(none("this node has no files".to_owned())) };
        let mut files = node.files.borrow_mut();
        files.read(path.as_bytes()).map_err(|errno| none(errno.to_string()))?;
        files.put(path.as_bytes(), bytes, now_s).map_err(|errno| none(errno.to_string()))
    }

    /// Plays to the end and tells everything that can be seen of it.
    #[must_use]
    pub fn show(mut self) -> Showing {
        while matches!(self.phase, Phase::Boot | Phase::Launch(_)) && self.step() == Progress::Going {}
        let unmet_at_start = self.unmet();
        while self.step() == Progress::Going {}
        let names = self.service_names();
        let states = names.into_iter().filter_map(|name| Some((name.clone(), self.state_of(&name)?))).collect();
        let unmet = self.unmet();
        let history = std::mem::take(&mut self.history).into_iter();
        let exchanges = history
            .map(|entry| Exchange {
                event: entry.index,
                action: entry.kind,
                to: entry.to,
                args: entry.args,
                at: entry.at,
                got: entry.got,
                answered: entry.answered,
            })
            .collect();
        Showing { report: self.report(), exchanges, states, unmet, unmet_at_start }
    }

    fn unmet(&self) -> BTreeMap<usize, u64> {
        self.lookout.borrow().unmet().map(|(index, _, seen)| (index, seen)).collect()
    }
}
