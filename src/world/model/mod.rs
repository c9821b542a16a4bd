//! Models of services: what a service answered is compared with what operations in Lua answer, when the run is over.
//!
//! | file | owns |
//! |---|---|
//! | `mod` | the plan's models, and what becomes of them |
//! | `history` | what a service was asked and answered |
//! | `search` | an order in which a model explains a history |
//! | `compare` | a history as operations of a model |
//! | `account` | what could not be explained, in words |

mod account;
mod compare;
mod history;
mod search;

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::base::Value;
use crate::kernel::Sight;
use crate::lua::model;
use crate::scenario::{Model, Plan};
use crate::state;
use crate::trace::{Check, Record};

use super::check::state_of;
use super::error::WorldError;
use super::failure::Failure;
use super::host::HostFiles;
use super::run::World;

pub use account::Unexplained;
use compare::{Against, Compared};
use history::History;

/// The histories, which the watcher of messages writes.
pub(super) type Shared = Rc<RefCell<Vec<History>>>;

/// The plan's models, ready to be asked.
#[derive(Default)]
pub(super) struct Models {
    models: Vec<(Model, model::Model)>,
    histories: Shared,
    /// What became of each.
    judged: Vec<ModelCount>,
}

/// What became of a model in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCount {
    /// The model's name.
    pub name: String,
    /// The service's.
    pub service: String,
    /// How many operations it was asked about.
    pub operations: u64,
    /// Whether it was found out what it says.
    pub decision: Decision,
}

/// Whether a question was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// It was, so or so.
    Decided,
    /// The bound on steps was reached before.
    Open,
}

impl Models {
    /// The plan's models, compiled.
    pub(super) fn new(plan: &Plan, host: &HostFiles) -> Result<Models, WorldError> {
        let mut models = Models::default();
        for model in &plan.models {
            let source = host.read(&plan.resolve(&model.path))?;
            let compiled = model::Model::new(&model.path, &source)
                .map_err(|reason| WorldError::Model { name: model.name.clone(), reason })?;
            models.histories.borrow_mut().push(History::new(&model.service, compiled.commands()));
            models.models.push((model.clone(), compiled));
        }
        Ok(models)
    }

    /// Where the watcher writes what it sees, if anybody will ask.
    pub(super) fn histories(&self) -> Option<Shared> {
        (!self.models.is_empty()).then(|| self.histories.clone())
    }

    /// What became of them.
    pub(super) fn counts(&self) -> Vec<ModelCount> {
        self.judged.clone()
    }

    /// Why the run proves nothing about them, in words.
    pub(super) fn vacuous(&self) -> impl Iterator<Item = String> {
        self.judged.iter().filter_map(|count| {
            let ModelCount { name, service, operations, decision } = count;
            match (operations, decision) {
                (0, _) => Some(format!("the model `{name}` saw none of its operations come to `{service}`")),
                (_, Decision::Open) => Some(format!(
                    "the model `{name}` was not decided about {operations} operations within its steps (`steps`, `key`)"
                )),
                _ => None,
            }
        })
    }
}

/// A message is about to be handled.
pub(super) fn see(histories: &Shared, sight: &Sight<'_>) {
    histories.borrow_mut().iter_mut().for_each(|history| history.see(sight));
}

impl World {
    /// Compares everything that services have answered with what their models say.
    pub(super) fn judge_models(&mut self) {
        let mut models = std::mem::take(&mut self.models);
        for (to, message) in self.kernel.undelivered() {
            let to = self.kernel.context(to).handle();
            models.histories.borrow_mut().iter_mut().for_each(|history| history.see_undelivered(to, message));
        }
        let histories = models.histories.clone();
        for ((plan, model), history) in models.models.iter_mut().zip(&*histories.borrow()) {
            let state = if model.compares_states() { self.state_as_value(&plan.service) } else { None };
            let end = (self.kernel.now(), self.kernel.event());
            let against = Against { plan, model, service: state.as_ref(), end };
            let Compared { operations, decision, unexplained } = compare::compare(against, history);
            let (name, service) = (plan.name.clone(), plan.service.clone());
            models.judged.push(ModelCount { name, service, operations, decision });
            if let Some(unexplained) = unexplained {
                let fails = Check::Fails(&unexplained.what);
                self.kernel.tracer_record(&Record::Check { name: &unexplained.model, check: fails });
                self.failures.push(Failure::Model(Box::new(unexplained)));
            }
        }
        self.models = models;
    }

    /// The private state of the newest service of a name, if it lives.
    fn state_as_value(&mut self, name: &str) -> Option<Value> {
        let id = self.kernel.find_label(name)?;
        if !self.kernel.context(id).is_alive() {
            return None;
        }
        state_of(&mut self.kernel, id).map(|graph| state::to_value(&graph))
    }
}
