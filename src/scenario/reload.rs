//! Reloads: how a service is given new code. Declared once, by name; events of the timeline, fault rules and swarms say
//! when.

use super::event::{Action, Answer, Content, DEFAULT_KIND};
use super::glob::Glob;
use super::plan::Origin;
use crate::base::Value;

/// One way to give new code to one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Reload {
    /// What events, rules and reports call it.
    pub name: String,
    /// The service, by its name in the scenario.
    pub service: String,
    /// How it gets the code.
    pub way: ReloadWay,
    /// Files that have another content from then on.
    pub files: Vec<NewFile>,
    /// What must come of it.
    pub outcome: ReloadOutcome,
    /// Whether it leads to a later version or to an earlier one.
    pub direction: Direction,
    /// Whether it changes nothing that can be seen.
    pub identity: Identity,
    /// What a reload of the same code may change all the same: patterns over what comparisons show.
    pub may_differ: Vec<String>,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// How a service gets new code.
#[derive(Clone, Debug, PartialEq)]
pub enum ReloadWay {
    /// It is called with these values, and does it itself.
    Message(Vec<Value>),
    /// A Lua file runs inside, as the debug console's `inject` does.
    Inject {
        /// The file.
        file: String,
        /// What it is called with.
        args: Vec<Value>,
    },
    /// A Lua file replaces methods of a snax service, as `snax.hotfix` does.
    Snax {
        /// The file.
        file: String,
        /// What its `hotfix` method is called with.
        args: Vec<Value>,
    },
    /// The code cache is cleared, and the service killed and started anew: what it has not stored is gone.
    Relaunch,
    /// As [`ReloadWay::Relaunch`], but the service is asked for its state before, and the new one is given that.
    Handover {
        /// The values that the old one is called with.
        export: Vec<Value>,
        /// The values that the new one is called with; what the old one answered stands behind them.
        import: Vec<Value>,
    },
}

/// A file of the node and its new content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// The file, as the node sees it.
    pub path: String,
    /// What it contains from then on.
    pub content: Content,
}

/// What must come of a reload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReloadOutcome {
    /// Nothing is asked of it.
    #[default]
    Any,
    /// The new code runs.
    Done,
    /// It does not: an error, or `false` as the first value of an answer.
    Refused,
}

/// Where a reload leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The same version or a later one.
    #[default]
    Forward,
    /// An earlier version.
    Back,
}

/// Whether a reload of the same code changes nothing that can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// Nothing is said of it.
    #[default]
    Unsaid,
    /// It does not, whenever it happens.
    Promised,
}

impl ReloadWay {
    /// The word in scenario files.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            ReloadWay::Message(_) => "message",
            ReloadWay::Inject { .. } => "inject",
            ReloadWay::Snax { .. } => "snax",
            ReloadWay::Relaunch => "relaunch",
            ReloadWay::Handover { .. } => "handover",
        }
    }

    /// The file that runs inside, if one does.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            ReloadWay::Inject { file, .. } | ReloadWay::Snax { file, .. } => Some(file),
            ReloadWay::Message(_) | ReloadWay::Relaunch | ReloadWay::Handover { .. } => None,
        }
    }

    /// Whether the service dies, and another takes its place.
    #[must_use]
    pub const fn replaces(&self) -> bool {
        matches!(self, ReloadWay::Relaunch | ReloadWay::Handover { .. })
    }
}

impl ReloadOutcome {
    /// The word in scenario files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ReloadOutcome::Any => "any",
            ReloadOutcome::Done => "done",
            ReloadOutcome::Refused => "refused",
        }
    }
}

impl Reload {
    /// The events of the timeline that do the same, if there are such. Nothing is asked of their answers.
    #[must_use]
    pub fn spelled_out(&self) -> Option<Vec<Action>> {
        let service = self.service.clone();
        let last = match &self.way {
            ReloadWay::Message(args) => {
                Action::Call { to: service, args: args.clone(), kind: DEFAULT_KIND.to_owned(), expect: Answer::Any }
            }
            ReloadWay::Inject { file, args } => {
                Action::Inject { to: Glob::new(service), file: file.clone(), args: args.clone() }
            }
            ReloadWay::Snax { .. } | ReloadWay::Relaunch | ReloadWay::Handover { .. } => return None,
        };
        let written = self.files.iter().cloned();
        let writes = written.map(|NewFile { path, content }| Action::Write { path, content });
        Some(writes.chain([last]).collect())
    }

    /// Whether code and state stay as they are, so that nothing may change for anybody.
    #[must_use]
    pub fn is_of_same_code(&self) -> bool {
        let keeps = matches!(self.way, ReloadWay::Message(_) | ReloadWay::Handover { .. });
        keeps && self.files.is_empty() && self.direction == Direction::Forward
    }
}
