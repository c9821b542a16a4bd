//! The plan's checks: when they are made, and what they see.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::base::{EventNumber, Table, Value, VirtualTime};
use crate::kernel::{Kernel, ServiceId};
use crate::lua::checker::{Checker, ServiceFacts, Subject};
use crate::lua::observe;
use crate::scenario::{CheckMoment, Plan};
use crate::state::{self, StateGraph};
use crate::trace::{Check, Record};

use super::error::WorldError;
use super::failure::{Failure, Got};
use super::host::HostFiles;
use super::run::{CHECK_PERIOD, Entry, Phase, Told, World};

/// Checks, ready to be made, and what they have seen.
#[derive(Default)]
pub(super) struct Checks {
    checks: Vec<Made>,
    /// States that were asked for, with how many messages the service had handled: nothing else changes them.
    states: BTreeMap<ServiceId, (u64, Option<Rc<Value>>)>,
    /// The last event that was looked at.
    looked_at: EventNumber,
    /// How often checks were made.
    pub(super) made: u64,
}

/// A check, compiled.
struct Made {
    moment: CheckMoment,
    name: String,
    checker: Checker,
    /// For one that must hold in the end: since when it does not, and what it said then.
    violated: Option<Violated>,
}

/// What a check found wrong.
struct Violated {
    at: VirtualTime,
    event: EventNumber,
    reason: String,
    services: Vec<String>,
}

impl Checks {
    /// The plan's checks, compiled.
    pub(super) fn new(plan: &Plan, host: &HostFiles) -> Result<Checks, WorldError> {
        let mut checks = Checks::default();
        for check in &plan.checks {
            let source = host.read(&plan.resolve(&check.path))?;
            let checker = Checker::new(&check.path, &source)
                .map_err(|reason| WorldError::Check { name: check.name.clone(), reason })?;
            let (moment, name) = (check.moment, check.name.clone());
            checks.checks.push(Made { moment, name, checker, violated: None });
        }
        Ok(checks)
    }
}

/// The private state of a service, if it has one that can be looked at.
pub(super) fn state_of(kernel: &mut Kernel, id: ServiceId) -> Option<StateGraph> {
    observe::state_of(kernel, id)?.ok()
}

impl World {
    /// Makes the checks of properties that must always hold, if anything happened since the last time.
    /// What they see has been so since `as_of`.
    pub(super) fn make_checks(&mut self, as_of: VirtualTime) {
        if self.phase == Phase::Timeline && self.checks.looked_at != self.kernel.event() {
            self.checks.looked_at = self.kernel.event();
            self.look_at_versions();
            self.check(CheckMoment::Always, as_of);
        }
    }

    /// Makes all checks of a moment, up to the first that fails.
    pub(super) fn check(&mut self, moment: CheckMoment, at: VirtualTime) {
        let mut checks = std::mem::take(&mut self.checks.checks);
        for made in &mut checks {
            let within = match made.moment {
                CheckMoment::Eventually { within } if moment == CheckMoment::Always => Some(within),
                when if when == moment => None,
                _ => continue,
            };
            self.checks.made += 1;
            let mut scene = self.scene();
            let outcome = made.checker.check(&mut scene);
            let services: Vec<String> = scene.seen.into_iter().collect();
            for (name, holds) in made.checker.take_claims() {
                *self.sometimes.entry(name).or_default() |= holds;
            }
            let Err(reason) = outcome else {
                // It holds again, perhaps since a moment after the last look.
                let late = |violated: &Violated| {
                    let since = self.quiet_since(violated.at);
                    within.is_some_and(|within| at.since(since) > within + CHECK_PERIOD)
                };
                if let Some(violated) = made.violated.take().filter(late) {
                    let reason = format!("{} (so from {} to {at})", violated.reason, violated.at);
                    self.fail_check(&made.name, Violated { reason, ..violated });
                    break;
                }
                continue;
            };
            let violated = Violated { at, event: self.kernel.event(), reason, services };
            let Some(within) = within else {
                self.fail_check(&made.name, violated);
                break;
            };
            let since = made.violated.get_or_insert(violated).at;
            if at.since(self.quiet_since(since)) > within
                && let Some(violated) = made.violated.take()
            {
                let reason = format!("{} (so since {since}, for longer than {within})", violated.reason);
                self.fail_check(&made.name, Violated { reason, ..violated });
                break;
            }
        }
        self.checks.checks = checks;
    }

    /// Nothing is left to happen: what does not hold now never will.
    pub(super) fn check_what_never_came(&mut self) {
        let mut checks = std::mem::take(&mut self.checks.checks);
        for made in &mut checks {
            if let Some(violated) = made.violated.take() {
                let reason = format!("{} (so since {}, and nothing is left to happen)", violated.reason, violated.at);
                self.fail_check(&made.name, Violated { reason, ..violated });
            }
        }
        self.checks.checks = checks;
    }

    fn fail_check(&mut self, name: &str, violated: Violated) {
        let Violated { at, event, reason, services } = violated;
        self.kernel.tracer_record(&Record::Check { name, check: Check::Fails(&reason) });
        self.fail(Failure::Check { name: name.to_owned(), reason, services, at, event });
    }
}

/// What a check sees.
pub(super) struct Scene<'a> {
    pub(super) kernel: &'a mut Kernel,
    pub(super) checks: &'a mut Checks,
    pub(super) history: &'a [Entry],
    pub(super) events: &'a [Told],
    /// The services whose state it has read.
    pub(super) seen: BTreeSet<String>,
}

impl Subject for Scene<'_> {
    fn now_s(&self) -> f64 {
        self.kernel.now().as_nanos() as f64 / 1e9
    }

    fn services(&self) -> Vec<ServiceFacts> {
        let mut newest = BTreeMap::new();
        for (id, context) in self.kernel.services().filter(|(_, context)| context.module() != "skysim") {
            newest.insert(context.label(), id);
        }
        let facts = newest.into_iter().map(|(label, id)| {
            let context = self.kernel.context(id);
            let first_word = context.args().split(u8::is_ascii_whitespace).next().unwrap_or_default();
            let file = if context.module() == "snlua" { first_word } else { context.module().as_bytes() };
            ServiceFacts {
                name: label.to_owned(),
                handle: context.handle().0,
                file: String::from_utf8_lossy(file).into_owned(),
                alive: context.is_alive(),
                mailbox: context.mailbox_length(),
            }
        });
        facts.collect()
    }

    fn state(&mut self, name: &str) -> Option<Rc<Value>> {
        let id = self.kernel.find_label(name)?;
        self.seen.insert(name.to_owned());
        let context = self.kernel.context(id);
        let messages = context.messages();
        if !context.is_alive() {
            self.checks.states.remove(&id);
            return None;
        }
        if let Some((looked_at, state)) = self.checks.states.get(&id)
            && *looked_at == messages
        {
            return state.clone();
        }
        let state = state_of(self.kernel, id).map(|graph| Rc::new(state::to_value(&graph)));
        self.checks.states.insert(id, (messages, state.clone()));
        state
    }

    fn events(&mut self) -> Value {
        Value::Table(Table { array: self.events.iter().map(told).collect(), pairs: Vec::new() })
    }

    fn history(&mut self) -> Value {
        Value::Table(Table { array: self.history.iter().map(entry).collect(), pairs: Vec::new() })
    }
}

fn told(told: &Told) -> Value {
    let pairs = vec![
        ("time".into(), Value::Float(told.at.as_nanos() as f64 / 1e9)),
        ("service".into(), told.service.as_str().into()),
        ("name".into(), told.name.as_str().into()),
        ("data".into(), told.data.clone()),
    ];
    Value::Table(Table { array: Vec::new(), pairs })
}

fn entry(entry: &Entry) -> Value {
    let list = |values: &[Value]| Value::Table(Table { array: values.to_vec(), pairs: Vec::new() });
    let mut pairs = vec![
        ("time".into(), Value::Float(entry.at.as_nanos() as f64 / 1e9)),
        ("kind".into(), entry.kind.into()),
        ("to".into(), entry.to.as_str().into()),
        ("args".into(), list(&entry.args)),
    ];
    match &entry.got {
        Got::Values(values) => pairs.push(("result".into(), list(values))),
        Got::Error(text) => pairs.push(("error".into(), text.as_str().into())),
        Got::Nothing => {}
    }
    Value::Table(Table { array: Vec::new(), pairs })
}
