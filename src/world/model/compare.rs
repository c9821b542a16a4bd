//! A history as operations of a model: what each was asked, when it may have happened, what is known of its answer, and
//! which thing it is about.

use std::collections::BTreeMap;

use super::Decision;
use super::account::{Account, Unexplained};
use super::history::{Answer, Asked, Entry, History};
use super::search::{self, Found, Interval, Need};
use crate::base::{EventNumber, Value, VirtualTime};
use crate::lua::model::{self, Said};
use crate::scenario::{Model, ModelOrder};
use crate::seri;
use crate::world::answer::same_list;

/// What came of a comparison.
pub(super) struct Compared {
    /// Operations that were compared.
    pub(super) operations: u64,
    pub(super) decision: Decision,
    /// The first thing whose history the model does not explain.
    pub(super) unexplained: Option<Unexplained>,
}

/// What a history is compared with.
pub(super) struct Against<'a> {
    pub(super) plan: &'a Model,
    pub(super) model: &'a mut model::Model,
    /// The service's own state in the end, if the model says anything about it.
    pub(super) service: Option<&'a Value>,
    /// The end of the run.
    pub(super) end: (VirtualTime, EventNumber),
}

/// Something that happened to the service.
#[derive(Clone)]
pub(super) enum Step<'a> {
    /// It did something.
    Operation(Operation<'a>),
    /// It was started anew.
    Restart(EventNumber),
}

/// Something that a service was asked to do.
#[derive(Clone)]
pub(super) struct Operation<'a> {
    pub(super) asked: &'a Asked,
    /// The values behind the command.
    pub(super) args: Vec<Value>,
    /// The answer, if it is known.
    pub(super) got: Option<Vec<Value>>,
}

/// The history of one thing.
struct Part<'a> {
    key: Option<Value>,
    steps: Vec<Step<'a>>,
}

/// Compares a history with a model.
pub(super) fn compare(against: Against<'_>, history: &History) -> Compared {
    let Against { plan, model, service, end } = against;
    let parts = parts(history, plan.key);
    let is_operation = |step: &&Step<'_>| matches!(step, Step::Operation(_));
    let operations = parts.iter().map(|part| part.steps.iter().filter(is_operation).count() as u64).sum();
    let mut steps_left = plan.steps;
    let mut compared = Compared { operations, decision: Decision::Decided, unexplained: None };
    for Part { key, steps } in &parts {
        let account = Account { plan, key: key.as_ref(), steps, end };
        // Somebody may be in the middle of something.
        let is_quiet =
            steps.iter().all(|step| !matches!(step, Step::Operation(op) if matches!(op.asked.answer, Answer::None)));
        let service = service.filter(|_| is_quiet);
        let mut asking = Asking { model: &mut *model, steps, key: key.as_ref(), service, differs: None };
        let intervals = intervals(steps, plan.order);
        let found = asking
            .model
            .init(key.as_ref())
            .and_then(|start| search::search(&mut asking, &intervals, start, &mut steps_left));
        let unexplained = match found {
            Ok(Found::Explained) => continue,
            Ok(Found::Undecided) => {
                compared.decision = Decision::Open;
                break;
            }
            Ok(Found::Stuck(stuck)) => account.stuck(&stuck, &mut asking),
            Err(reason) => account.broken(&reason),
        };
        compared.unexplained = Some(unexplained);
        break;
    }
    compared
}

/// The history of each thing by itself, in the order in which they were first heard of. Whoever starts anew does so for
/// all of them.
fn parts(history: &History, key: Option<u64>) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut places = BTreeMap::new();
    let mut restarts: Vec<Step<'_>> = Vec::new();
    for entry in history.entries() {
        let asked = match entry {
            Entry::Asked(asked) => asked,
            Entry::Restarted(event) => {
                restarts.push(Step::Restart(*event));
                parts.iter_mut().for_each(|part| part.steps.push(Step::Restart(*event)));
                continue;
            }
        };
        // What cannot be unpacked here cannot be unpacked there.
        let Ok(values) = seri::decode(&asked.data) else { continue };
        let args = values.get(1..).unwrap_or_default().to_vec();
        let thing = key.and_then(|key| args.get(usize::try_from(key).ok()?.checked_sub(1)?).cloned());
        let identity = thing.as_ref().map(|thing| seri::encode(std::slice::from_ref(thing)).unwrap_or_default());
        let place = *places.entry(identity).or_insert_with(|| {
            parts.push(Part { key: thing, steps: restarts.clone() });
            parts.len() - 1
        });
        let got = match &asked.answer {
            Answer::Values { data, .. } => seri::decode(data).ok(),
            Answer::None | Answer::Error => None,
        };
        parts[place].steps.push(Step::Operation(Operation { asked, args, got }));
    }
    parts
}

/// When each step may have been. A service starts anew just before its first message.
fn intervals(steps: &[Step<'_>], order: ModelOrder) -> Vec<Interval> {
    let during = |event: EventNumber| event.0 * 2;
    let mut unanswered: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut intervals = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let Operation { asked, got, .. } = match step {
            Step::Operation(operation) => operation,
            Step::Restart(event) => {
                let at = during(*event) - 1;
                intervals.push(Interval { start: at, end: Some(at), need: Need::Certain });
                continue;
            }
        };
        let begun = during(asked.begun);
        let (start, end, need) = match (&asked.answer, order) {
            (Answer::Values { sent, .. }, ModelOrder::Answered) if got.is_some() => {
                (during(*sent), Some(during(*sent)), Need::Certain)
            }
            (Answer::Values { received, .. }, ModelOrder::Linearizable) if got.is_some() => {
                (begun, received.map(|(event, _)| during(event)), Need::Certain)
            }
            _ => (begun, None, Need::Uncertain { twin: unanswered.insert(&asked.data, index) }),
        };
        intervals.push(Interval { start, end, need });
    }
    intervals
}

/// A model that is asked about the history of one thing.
pub(super) struct Asking<'a> {
    model: &'a mut model::Model,
    steps: &'a [Step<'a>],
    key: Option<&'a Value>,
    service: Option<&'a Value>,
    /// Why the service's own state is another one, when that was asked last.
    pub(super) differs: Option<String>,
}

impl Asking<'_> {
    /// What the model says to an operation.
    pub(super) fn says(&mut self, state: &Value, operation: &Operation<'_>) -> Result<(Value, Said), String> {
        self.model.apply(state, &operation.asked.command, &operation.args, operation.got.as_deref())
    }
}

impl search::Model for Asking<'_> {
    type State = Value;
    type Error = String;

    fn apply(&mut self, state: &Value, index: usize) -> Result<Option<Value>, String> {
        let steps = self.steps;
        let Step::Operation(operation) = &steps[index] else {
            return self.model.restart(state, self.key).map(Some);
        };
        let (after, said) = self.says(state, operation)?;
        let fits = match (&operation.got, said) {
            (Some(got), Said::Values(said)) => same_list(&said, got),
            // What the model refuses has done nothing.
            (None, Said::Error) | (_, Said::Refused) | (Some(_), Said::Error) => false,
            (None, Said::Values(_)) | (_, Said::Fits) => true,
        };
        Ok(fits.then_some(after))
    }

    fn identity(&self, state: &Value) -> Vec<u8> {
        seri::encode(std::slice::from_ref(state)).unwrap_or_default()
    }

    fn can_end(&mut self, state: &Value) -> Result<bool, String> {
        let Some(service) = self.service else { return Ok(true) };
        self.differs = self.model.disagrees(state, service, self.key)?;
        Ok(self.differs.is_none())
    }
}
