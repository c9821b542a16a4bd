//! What a model could not explain, in words.

use super::compare::{Asking, Operation, Step};
use super::history::Answer;
use super::search::Stuck;
use crate::base::{EventNumber, Value, VirtualTime};
use crate::lua::model::Said;
use crate::scenario::{Model, ModelOrder};
use crate::seri;
use crate::world::failure::Got;

/// Operations that are told of those before the one that does not fit, and of those of which none does.
const TOLD_MAX: usize = 5;

/// Answers of a service that its model does not explain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// The model's name.
    pub model: String,
    /// What makes two of these the same bug: nothing of values and moments.
    pub shape: String,
    /// What it is, in words.
    pub what: String,
    /// The particulars, a line each.
    pub list: Vec<String>,
    /// The service.
    pub service: String,
    /// When.
    pub at: VirtualTime,
    /// During which event.
    pub event: EventNumber,
}

/// A comparison that came to something.
pub(super) struct Account<'a> {
    pub(super) plan: &'a Model,
    /// The thing that it is about.
    pub(super) key: Option<&'a Value>,
    pub(super) steps: &'a [Step<'a>],
    /// The end of the run.
    pub(super) end: (VirtualTime, EventNumber),
}

impl Account<'_> {
    /// The model itself has failed.
    pub(super) fn broken(&self, reason: &str) -> Unexplained {
        let what = format!("the model `{}` failed: {reason}", self.plan.name);
        self.unexplained("failed".to_owned(), what, Vec::new(), self.end)
    }

    /// No order explains everything.
    pub(super) fn stuck(&self, stuck: &Stuck<Value>, asking: &mut Asking<'_>) -> Unexplained {
        let order: Vec<&Operation<'_>> = stuck.order.iter().filter_map(|index| self.operation(*index)).collect();
        let next: Vec<&Operation<'_>> =
            stuck.next.iter().filter_map(|index| self.operation(*index)).filter(|next| next.got.is_some()).collect();
        let Model { name, service, .. } = self.plan;
        let state = seri::display(std::slice::from_ref(&stuck.state));
        let done = order.len();
        let (shape, what, moment, mut list) = match &next[..] {
            [] => {
                let reason = asking.differs.take().unwrap_or_default();
                let what =
                    format!("the state of {service} is not that of the model `{name}`{}: {reason}", self.thing());
                ("state".to_owned(), what, self.end, Vec::new())
            }
            [one] => {
                let what = format!(
                    "{service} does not answer as the model `{name}` says: {}",
                    differs(one, &stuck.state, asking)
                );
                let place = format!("operation {} of {}{}, {}", done + 1, self.all(), self.thing(), moments(one));
                (one.asked.command.clone(), what, moment(one, self.end), vec![place])
            }
            [first, ..] => {
                let what = format!(
                    "no order of {} operations{} explains what {service} answered by the model `{name}`: after {done} \
                     of them none fits",
                    self.all(),
                    self.thing()
                );
                let told = next.iter().take(TOLD_MAX);
                let told = told.map(|next| format!("{}  {}", moments(next), differs(next, &stuck.state, asking)));
                (String::new(), what, moment(first, self.end), told.collect())
            }
        };
        let shape = match self.plan.order {
            ModelOrder::Answered => shape,
            // Which operation is the first that does not fit is a matter of chance.
            ModelOrder::Linearizable => "linearizable".to_owned(),
        };
        list.push(format!("the model's state then: {state}"));
        let before = order.iter().rev().take(TOLD_MAX).rev();
        list.extend(before.map(|done| format!("before: {}  {} -> {}", moments(done), call(done), answer(done))));
        self.unexplained(shape, what, list, moment)
    }

    fn unexplained(
        &self,
        shape: String,
        what: String,
        list: Vec<String>,
        (at, event): (VirtualTime, EventNumber),
    ) -> Unexplained {
        let Model { name, service, .. } = self.plan;
        Unexplained { model: name.clone(), shape, what, list, service: service.clone(), at, event }
    }

    fn operation(&self, index: usize) -> Option<&Operation<'_>> {
        match self.steps.get(index)? {
            Step::Operation(operation) => Some(operation),
            Step::Restart(_) => None,
        }
    }

    /// How many operations there are.
    fn all(&self) -> usize {
        (0..self.steps.len()).filter(|index| self.operation(*index).is_some()).count()
    }

    /// ` on "gold"`
    fn thing(&self) -> String {
        self.key.map(|key| format!(" on {}", seri::display(std::slice::from_ref(key)))).unwrap_or_default()
    }
}

/// `withdraw ("ann", 40) of teller2`
fn call(operation: &Operation<'_>) -> String {
    let Operation { asked, args, .. } = operation;
    let args = if args.is_empty() { String::new() } else { format!(" ({})", seri::display(args)) };
    let from = if asked.from.is_empty() { String::new() } else { format!(" of {}", asked.from) };
    format!("{}{args}{from}", asked.command)
}

fn answer(operation: &Operation<'_>) -> String {
    match (&operation.got, &operation.asked.answer) {
        (Some(values), _) => Got::Values(values.clone()).to_string(),
        (None, Answer::Error) => "an error".to_owned(),
        (None, _) => Got::Nothing.to_string(),
    }
}

/// What was answered, and what the model says.
fn differs(operation: &Operation<'_>, state: &Value, asking: &mut Asking<'_>) -> String {
    let says = match asking.says(state, operation) {
        Ok((_, Said::Values(values))) => format!("says {}", Got::Values(values)),
        Ok((_, Said::Error)) => "says that there is an error".to_owned(),
        Ok((_, Said::Fits | Said::Refused)) => "does not accept that".to_owned(),
        Err(reason) => format!("fails: {reason}"),
    };
    format!("{} was answered with {}; the model {says}", call(operation), answer(operation))
}

/// From the event in which it began to the one in which its answer was sent.
fn moments(operation: &Operation<'_>) -> String {
    let begun = operation.asked.begun.0;
    match operation.asked.answer {
        Answer::Values { sent, .. } if sent.0 != begun => format!("#{begun}-{}", sent.0),
        _ => format!("#{begun}"),
    }
}

/// When an answer was sent, as far as that is known.
fn moment(operation: &Operation<'_>, end: (VirtualTime, EventNumber)) -> (VirtualTime, EventNumber) {
    match operation.asked.answer {
        Answer::Values { sent, .. } if sent == operation.asked.begun => (operation.asked.at, sent),
        Answer::Values { sent, received, .. } => (received.map_or(end.0, |received| received.1), sent),
        Answer::None | Answer::Error => end,
    }
}
