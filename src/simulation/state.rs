//! The private state of a service, as a test looks at it.

use crate::base::Value;
use crate::state::{self, StateGraph};

/// A state, as it was when it was looked at.
#[derive(Clone, Debug)]
pub struct State {
    graph: StateGraph,
    value: Value,
}

impl State {
    pub(super) fn new(graph: StateGraph) -> State {
        State { value: state::to_value(&graph), graph }
    }

    /// All of it: a table of the service's variables, as the checks of scenarios see it (`docs/state.md`).
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What is at a path of keys, with dots between them: `rooms.lobby.members`, `queue.1`. `None`: nothing.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.value, |value, key| value.get(key))
    }

    /// The canonical text, as snapshots have it.
    #[must_use]
    pub fn text(&self) -> String {
        state::render(&self.graph)
    }

    /// The places that differ from an earlier state, one line each.
    #[must_use]
    pub fn changes_since(&self, earlier: &State) -> Vec<String> {
        let nothing = || "nothing".to_owned();
        let changes = state::changes(&earlier.graph, &self.graph).into_iter();
        changes
            .map(|change| {
                let (before, after) = (change.before.unwrap_or_else(nothing), change.after.unwrap_or_else(nothing));
                format!("{}: {before} -> {after}", change.path)
            })
            .collect()
    }
}
