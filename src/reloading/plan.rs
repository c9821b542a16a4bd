//! The plan without reloads, and with some.

use crate::scenario::{
    Action, Answer, Event, Expect, Glob, Occasion, Origin, Plan, Reload, ReloadOutcome, ReloadWay, Trigger,
};

/// The plan with the same code from beginning to end. Its own writes of Lua files and its own reloads are left out, and with
/// them everything that may expect them: checks, expected answers, lines and states. The one reload that it has left is
/// this one, which nobody makes.
#[must_use]
pub fn bare(plan: &Plan, reload: Option<&Reload>) -> Plan {
    let mut bare = plan.clone();
    bare.events.retain(|event| keeps_code(&event.action, reload));
    bare.faults.retain(|rule| rule.reload.is_none());
    bare.reloads = reload.map(of_same_code).into_iter().collect();
    for event in &mut bare.events {
        if let Action::Call { expect, .. } = &mut event.action {
            *expect = Answer::Any;
        }
    }
    bare.checks.clear();
    bare.expect = Expect { errors: plan.expect.errors.clone(), waiting: plan.expect.waiting, ..Expect::default() };
    bare
}

/// The places in the plan's timeline of the events that [`bare`] leaves it.
#[must_use]
pub fn kept_places(plan: &Plan, reload: Option<&Reload>) -> Vec<usize> {
    let events = plan.events.iter().enumerate();
    events.filter(|(_, event)| keeps_code(&event.action, reload)).map(|(place, _)| place).collect()
}

fn keeps_code(action: &Action, reload: Option<&Reload>) -> bool {
    match action {
        Action::Write { path, .. } => !path.ends_with(".lua"),
        Action::Reload(_) => false,
        other => !reload.is_some_and(|reload| is_done_by(reload, other)),
    }
}

/// Whether an event reloads the service in the same way, without saying so.
fn is_done_by(reload: &Reload, action: &Action) -> bool {
    match (&reload.way, action) {
        (ReloadWay::Message(wanted), Action::Call { to, args, .. }) => *to == reload.service && args == wanted,
        (ReloadWay::Message(wanted), Action::Send { to, args, .. }) => to.matches(&reload.service) && args == wanted,
        (ReloadWay::Inject { file: wanted, .. }, Action::Inject { to, file, .. }) => {
            to.matches(&reload.service) && file == wanted
        }
        (ReloadWay::Relaunch, Action::Restart(service)) => service.matches(&reload.service),
        _ => false,
    }
}

/// The reload without new files. A service that is asked may say no; what is done to it must work.
fn of_same_code(reload: &Reload) -> Reload {
    let outcome = match reload.way {
        ReloadWay::Message(_) | ReloadWay::Handover { .. } => ReloadOutcome::Any,
        ReloadWay::Inject { .. } | ReloadWay::Snax { .. } | ReloadWay::Relaunch => ReloadOutcome::Done,
    };
    Reload { files: Vec::new(), outcome, ..reload.clone() }
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
    let action = || Action::Reload(reload.name.clone());
    moments.iter().fold(plan.clone(), |plan, &nth| with_event(plan, &reload.service, nth, action()))
}

fn with_event(mut plan: Plan, service: &str, nth: u64, action: Action) -> Plan {
    let occasion = Occasion { service: Glob::new(service), message: None, nth, kind: None };
    plan.events.push(Event { trigger: Trigger::When(occasion), action, origin: Origin::default() });
    plan
}
