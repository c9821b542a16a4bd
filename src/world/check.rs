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
use super::run::{Entry, Phase, World};

/// Checks, ready to be made, and what they have seen.
#[derive(Default)]
pub(super) struct Checks {
    checks: Vec<(CheckMoment, String, Checker)>,
    /// States that were asked for, with how many messages the service had handled: nothing else changes them.
    states: BTreeMap<ServiceId, (u64, Option<Rc<Value>>)>,
    /// The last event that was looked at.
    looked_at: EventNumber,
    /// How often checks were made.
    pub(super) made: u64,
}

impl Checks {
    /// The plan's checks, compiled.
    pub(super) fn new(plan: &Plan, host: &HostFiles) -> Result<Checks, WorldError> {
        let mut checks = Checks::default();
        for check in &plan.checks {
            let source = host.read(&plan.resolve(&check.path))?;
            let checker = Checker::new(&check.path, &source)
                .map_err(|reason| WorldError::Check { name: check.name.clone(), reason })?;
            checks.checks.push((check.moment, check.name.clone(), checker));
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
            self.check(CheckMoment::Always, as_of);
        }
    }

    /// Makes all checks of a moment, up to the first that fails.
    pub(super) fn check(&mut self, moment: CheckMoment, at: VirtualTime) {
        let mut checks = std::mem::take(&mut self.checks.checks);
        for (_, name, checker) in checks.iter_mut().filter(|(when, ..)| *when == moment) {
            self.checks.made += 1;
            let (kernel, checks) = (&mut self.kernel, &mut self.checks);
            let mut scene = Scene { kernel, checks, history: &self.history, seen: BTreeSet::new() };
            if let Err(reason) = checker.check(&mut scene) {
                let services = scene.seen.into_iter().collect();
                self.kernel.tracer_record(&Record::Check { name, check: Check::Fails(&reason) });
                let event = self.kernel.event();
                self.fail(Failure::Check { name: name.clone(), reason, services, at, event });
                break;
            }
        }
        self.checks.checks = checks;
    }
}

/// What a check sees.
struct Scene<'a> {
    kernel: &'a mut Kernel,
    checks: &'a mut Checks,
    history: &'a [Entry],
    /// The services whose state it has read.
    seen: BTreeSet<String>,
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

    fn history(&mut self) -> Value {
        Value::Table(Table { array: self.history.iter().map(entry).collect(), pairs: Vec::new() })
    }
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
