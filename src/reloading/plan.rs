//! The plan without reloads, and with some.

use crate::base::Value;
use crate::scenario::{Action, Answer, Event, Expect, Glob, Occasion, Origin, Plan, Trigger};

/// What is reloaded, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Reload {
    /// The service, by its name in the scenario.
    pub service: String,
    /// How it is made to.
    pub way: Way,
}

/// How a service is made to load its code anew.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// It is asked, by these values.
    Message(Vec<Value>),
    /// This file runs inside, as the debug console's `inject` does.
    Inject(String),
    /// It is killed and started anew under its name: what it has not stored is gone.
    Restart,
}

impl Reload {
    fn action(&self) -> Action {
        let to = self.service.clone();
        match &self.way {
            Way::Message(args) => {
                Action::Call { to, args: args.clone(), kind: "lua".to_owned(), expect: Answer::default() }
            }
            Way::Inject(file) => Action::Inject { to: Glob::new(to), file: file.clone(), args: Vec::new() },
            Way::Restart => Action::Restart(Glob::new(to)),
        }
    }

    /// Whether an event of the scenario itself reloads this service.
    fn is_done_by(&self, action: &Action) -> bool {
        match (&self.way, action) {
            (Way::Message(wanted), Action::Call { to, args, .. }) => *to == self.service && args == wanted,
            (Way::Message(wanted), Action::Send { to, args, .. }) => to.matches(&self.service) && args == wanted,
            (Way::Inject(wanted), Action::Inject { to, file, .. }) => to.matches(&self.service) && file == wanted,
            (Way::Restart, Action::Restart(service)) => service.matches(&self.service),
            _ => false,
        }
    }
}

/// The plan with the same code from beginning to end. Its own writes of Lua files and its own reloads are left out, and with
/// them everything that may expect them: checks, expected answers, lines and states.
#[must_use]
pub fn bare(plan: &Plan, reload: Option<&Reload>) -> Plan {
    let mut bare = plan.clone();
    let writes_code = |action: &Action| matches!(action, Action::Write { path, .. } if path.ends_with(".lua"));
    let changes_code = |action: &Action| writes_code(action) || reload.is_some_and(|reload| reload.is_done_by(action));
    bare.events.retain(|event| !changes_code(&event.action));
    for event in &mut bare.events {
        if let Action::Call { expect, .. } = &mut event.action {
            *expect = Answer::Any;
        }
    }
    bare.checks.clear();
    bare.expect = Expect { errors: plan.expect.errors.clone(), waiting: plan.expect.waiting, ..Expect::default() };
    bare
}

/// The plan with an event that never happens. Its place among those that were not met tells how many messages
/// the service got.
#[must_use]
pub fn count_messages(plan: &Plan, service: &str) -> Plan {
    with_event(plan.clone(), service, u64::MAX, Action::Log(String::new()))
}

/// The plan with reloads right before these messages to the service, counted from 1.
#[must_use]
pub fn reloading(plan: &Plan, reload: &Reload, moments: &[u64]) -> Plan {
    moments.iter().fold(plan.clone(), |plan, &nth| with_event(plan, &reload.service, nth, reload.action()))
}

fn with_event(mut plan: Plan, service: &str, nth: u64, action: Action) -> Plan {
    let occasion = Occasion { service: Glob::new(service), message: None, nth, kind: None };
    plan.events.push(Event { trigger: Trigger::When(occasion), action, origin: Origin::default() });
    plan
}
