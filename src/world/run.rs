//! The run loop: one step of the kernel at a time, and what the scenario does between steps.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::{EventNumber, Session, Span, VirtualTime};
use crate::faults::{FaultRules, UnknownKind};
use crate::kernel::context::Pace;
use crate::kernel::environment::Environment;
use crate::kernel::{Kernel, Module, NodeOptions, ServiceId, Step};
use crate::lua::{LuaNode, SnluaModule};
use crate::scenario::Plan;
use crate::schedule;

use super::action::Supplies;
use super::beginning::begin;
use super::branch::Ahead;
use super::check::Checks;
use super::detect::{Busy, Fixes, Growth, Oddities, Reentrancy};
use super::driver::{Arrival, Inbox};
use super::error::WorldError;
use super::failure::Failure;
use super::lines::{self, Lines, Sink};
use super::model::Models;
use super::node;
use super::options::{Checking, Recording, TrailKeeping, WorldOptions};
use super::order::Recorder;
use super::pins::{self, Keeper};
use super::reload::Reloads;
use super::report::{Ending, RunReport};
pub(super) use super::request::{Entry, Purpose, Request, Starter, Told};
use super::strike::{Casualties, CrashInCalls};
use super::timeline::{Appointment, Timeline};
use super::trail::{ACTION, Delivery, Trail};
use super::versions::Versions;
use super::watch::{self, Comparing, Lookout, Released};

/// Virtual time between two looks at the properties that must always hold; they are looked at after
/// every action and answer of the timeline, too. After every message would cost many times the run.
pub(super) const CHECK_PERIOD: Span = Span::from_millis(100);

/// Events between two looks at the caller's wish to stop; a power of two.
const STOP_EVENTS: u64 = 1024;

/// The service that `skynet_start` starts second.
const BOOTSTRAP: ServiceId = ServiceId(1);

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It does.
    Going,
    /// Nothing is left to happen, and the caller may do something: only of a world that is [`World::kept_open`].
    Resting,
    /// It is over.
    Over,
}

/// What it means that nothing is left to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtRest {
    /// The run is over.
    Ends,
    /// The caller may do something.
    Waits,
}

/// How far a run has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The node starts its own services.
    Boot,
    /// The plan's services start, one after another; this many have.
    Launch(usize),
    /// The timeline is played.
    Timeline,
    /// It is over.
    Over(Ending),
}

/// What a node is made of, besides the plan.
pub(super) struct Parts {
    pub(super) environment: Environment,
    pub(super) modules: Vec<Rc<dyn Module>>,
    pub(super) lua: Option<Rc<LuaNode>>,
    pub(super) harbor: u8,
    pub(super) log_file: Option<String>,
}

/// One run of a plan.
pub struct World {
    pub(super) plan: Plan,
    pub(super) kernel: Kernel,
    pub(super) lua: Option<Rc<LuaNode>>,
    pub(super) log_file: Option<String>,
    pub(super) driver: ServiceId,
    inbox: Inbox,
    pub(super) lines: lines::Shared,
    pub(super) lookout: watch::Shared,
    pub(super) keeper: pins::Shared,
    pub(super) rules: FaultRules,
    /// Whom they have struck.
    pub(super) casualties: Casualties,
    pub(super) reloads: Reloads,
    pub(super) versions: Rc<RefCell<Versions>>,
    pub(super) timeline: Timeline,
    pub(super) supplies: Supplies,
    pub(super) checks: Checks,
    pub(super) models: Models,
    pub(super) requests: BTreeMap<Session, Request>,
    pub(super) history: Vec<Entry>,
    /// What services said by `sim.event`, if there are checks to see it.
    pub(super) events: Vec<Told>,
    pub(super) failures: Vec<Failure>,
    /// What was noticed by the way.
    pub(super) oddities: Oddities,
    /// What is remembered of services to compare it.
    pub(super) reentrancy: Reentrancy,
    comparing: Comparing,
    crash_in_calls: CrashInCalls,
    /// Mailboxes that were not found empty.
    pub(super) busy: Busy,
    /// What services hold.
    pub(super) growth: Growth,
    /// Code that was put into services.
    pub(super) fixes: Fixes,
    /// What `sim.sometimes` named, and whether it ever held.
    pub(super) sometimes: BTreeMap<String, bool>,
    pub(super) phase: Phase,
    pub(super) at_rest: AtRest,
    /// Whether the last step found nothing left to happen.
    pub(super) resting: bool,
    pub(super) until: VirtualTime,
    events_max: u64,
    next_check: VirtualTime,
    /// The branches that the run has not come to.
    pub(super) ahead: VecDeque<Ahead>,
    pub(super) stop: Option<Arc<AtomicBool>>,
}

impl World {
    /// Builds the node of a plan. Nothing runs yet.
    ///
    /// # Errors
    /// When the plan's files or names are not there.
    pub fn new(plan: &Plan, options: WorldOptions) -> Result<World, WorldError> {
        let built = node::build(plan, &options)?;
        let parts = Parts {
            environment: built.environment,
            modules: vec![Rc::new(SnluaModule(built.lua.clone()))],
            lua: Some(built.lua),
            harbor: built.harbor,
            log_file: built.log_file,
        };
        World::assemble(plan, options, parts)
    }

    /// The world of a plan around a node that is made already.
    pub(super) fn assemble(plan: &Plan, options: WorldOptions, parts: Parts) -> Result<World, WorldError> {
        let ahead = Ahead::of(plan)?;
        let schedule = match options.guide {
            Some(guide) => schedule::guided_by(guide),
            None => schedule::by_name(&plan.schedule, plan.seed)?,
        };
        let rules = FaultRules::new(&plan.faults, &plan.budget, plan.seed)
            .map_err(|UnknownKind(name)| WorldError::MessageKind(name))?;
        let supplies = Supplies::new(plan, &options.host)?;
        let (checks, models) = match options.checks {
            Checking::On => (Checks::new(plan, &options.host)?, Models::new(plan, &options.host)?),
            Checking::Off => (Checks::default(), Models::default()),
        };
        let trail = (options.trail == TrailKeeping::On).then(Trail::default);
        let versions = Rc::new(RefCell::new(Versions::new(plan)));
        let lookout = Lookout::new(plan, trail, &rules, models.histories(), &versions)?;
        let lookout = watch::Shared::new(lookout.into());
        let recorder = (options.recording == Recording::On).then(Recorder::default);
        let keeper = pins::Shared::new(Keeper::new(&plan.pins, recorder)?.into());
        let lines = Lines::new(&plan.expect);
        let start_s = plan.node.start_time.seconds;
        let sink = Sink { lines: lines.clone(), inner: options.output, files: parts.lua.clone(), start_s };
        let mut kernel = Kernel::new(NodeOptions {
            environment: parts.environment,
            harbor: parts.harbor,
            start_time_s: start_s,
            services_max: plan.limits.services,
            first_session: plan.node.first_session.and_then(|first| i32::try_from(first).ok()).unwrap_or(0),
            cost: plan.cost,
            log_file: parts.log_file.clone(),
            schedule,
            output: Box::new(sink),
            tracer: options.tracer,
        });
        for module in parts.modules {
            kernel.add_module(module);
        }
        if !plan.faults.is_empty() {
            kernel.set_interceptor(Box::new(rules.clone()));
        }
        if lookout.borrow().is_needed() {
            kernel.set_watcher(Lookout::watcher(&lookout));
        }
        if keeper.borrow().is_needed() {
            kernel.set_gate(Keeper::gate(&keeper));
        }
        let comparing = lookout.borrow().comparing();
        let crash_in_calls = if rules.crash_in_calls() { CrashInCalls::Some } else { CrashInCalls::None };
        let (driver, inbox) = begin(&mut kernel, plan, parts.lua.as_deref());
        Ok(World {
            plan: plan.clone(),
            kernel,
            lua: parts.lua,
            log_file: parts.log_file,
            driver,
            inbox,
            lines,
            lookout,
            keeper,
            rules,
            casualties: Casualties::default(),
            reloads: Reloads::default(),
            versions,
            timeline: Timeline::default(),
            supplies,
            checks,
            models,
            requests: BTreeMap::new(),
            history: Vec::new(),
            events: Vec::new(),
            failures: Vec::new(),
            oddities: Oddities::default(),
            reentrancy: Reentrancy::default(),
            comparing,
            crash_in_calls,
            busy: Busy::default(),
            growth: Growth::new(plan),
            fixes: Fixes::default(),
            sometimes: BTreeMap::new(),
            phase: Phase::Boot,
            at_rest: AtRest::Ends,
            resting: false,
            until: plan.until.unwrap_or(VirtualTime::MAX),
            events_max: plan.limits.events.unwrap_or(u64::MAX),
            next_check: VirtualTime::ZERO,
            ahead,
            stop: options.stop,
        })
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> VirtualTime {
        self.kernel.now()
    }

    /// The last event.
    #[must_use]
    pub fn events(&self) -> EventNumber {
        self.kernel.event()
    }

    /// The node, for those who look at it between two steps.
    #[must_use]
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// Runs to the end.
    #[must_use]
    pub fn run(mut self) -> RunReport {
        while self.step() == Progress::Going {}
        self.report()
    }

    /// Does the next thing.
    pub fn step(&mut self) -> Progress {
        if matches!(self.phase, Phase::Over(_)) {
            return Progress::Over;
        }
        if !self.ahead.is_empty() {
            self.look_ahead();
        }
        if self.crash_in_calls == CrashInCalls::Some {
            self.spare();
        }
        let mut as_of = self.kernel.now();
        let mut progress = Progress::Going;
        match self.kernel.step(self.until) {
            // If time moved on, what is seen now was so before.
            Step::Waited => self.hear_incidents(),
            Step::Ran(id) => {
                self.after_message(id);
                if self.crash_in_calls == CrashInCalls::Some {
                    self.bury();
                }
                as_of = self.kernel.now();
            }
            Step::Alarm(number) => self.keep_appointment(number),
            Step::Held(id) => self.meet_occasions(id),
            Step::Reached | Step::Idle if self.waits_for_caller() => progress = Progress::Resting,
            Step::Reached => self.end(Ending::Until),
            Step::Idle => self.nothing_left(),
            Step::Halted => self.end(Ending::of_node(self.kernel.halted())),
        }
        if let Phase::Boot = self.phase {
            self.steer_from_main();
            if !self.kernel.context(BOOTSTRAP).is_alive() {
                self.enter(Phase::Launch(0));
            }
        }
        if self.kernel.now() >= self.next_check {
            self.next_check = self.kernel.now() + CHECK_PERIOD;
            self.make_checks(as_of);
            self.look_at_mailboxes();
        }
        self.resting = progress == Progress::Resting;
        if matches!(self.phase, Phase::Over(_)) { Progress::Over } else { progress }
    }

    fn waits_for_caller(&self) -> bool {
        self.at_rest == AtRest::Waits && self.phase == Phase::Timeline
    }

    /// Ends the run.
    #[cold]
    pub(super) fn end(&mut self, ending: Ending) {
        if !matches!(self.phase, Phase::Over(_)) {
            self.phase = Phase::Over(ending);
        }
    }

    /// Adds a failure after which nothing more is worth knowing.
    #[cold]
    pub(super) fn fail(&mut self, failure: Failure) {
        self.failures.push(failure);
        self.end(Ending::Failure);
    }

    /// The last log lines, also those that are not written yet.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let unwritten = self.kernel.unwritten_log();
        let unwritten = unwritten.iter().map(|(_, line)| String::from_utf8_lossy(line).into_owned());
        self.lines.last().into_iter().chain(unwritten).collect()
    }

    fn after_message(&mut self, id: ServiceId) {
        if id == self.driver {
            self.receive();
        } else {
            if self.comparing == Comparing::On {
                self.compare_states(id);
            }
            self.look_at_memory(id);
        }
        self.hear_incidents();
        let events = self.kernel.event().0;
        if events >= self.events_max {
            self.failures.push(Failure::EventLimit { events: self.events_max, at: self.kernel.now() });
            self.end(Ending::EventLimit);
        }
        if events.is_multiple_of(STOP_EVENTS) && self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.end(Ending::Stopped);
        }
    }

    /// Judges what the kernel and services have reported since. Every message asks.
    #[inline(always)]
    fn hear_incidents(&mut self) {
        if self.lines.have_news() {
            self.judge_incidents();
        }
    }

    fn nothing_left(&mut self) {
        match &self.phase {
            Phase::Boot => self.enter(Phase::Launch(0)),
            Phase::Launch(started) => {
                let service = self.plan.services.get(*started).map(|service| service.name.clone()).unwrap_or_default();
                let reason = "it waits for something that never happens".to_owned();
                // Why comes first, if it is known.
                let waits = self.waits();
                let _unexplained = self.detect(&Ending::Idle, &waits);
                self.fail(Failure::Launch { service, reason, lines: self.last_lines() });
            }
            Phase::Timeline => self.end(Ending::Idle),
            Phase::Over(_) => {}
        }
    }

    /// Begins a phase.
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        if self.phase == Phase::Launch(0) {
            self.kernel.steer();
        }
        match self.phase {
            Phase::Launch(started) if started < self.plan.services.len() => {
                let service = &self.plan.services[started];
                let (name, args) = (service.name.clone(), super::action::argument_text(&service.file, &service.args));
                self.kernel.begin_event();
                if let Err(reason) = self.launch(&name, args, Starter::Plan) {
                    self.fail(Failure::Launch { service: name, reason, lines: self.last_lines() });
                }
            }
            Phase::Launch(_) => {
                self.phase = Phase::Timeline;
                self.timeline.begin(&self.plan.events, &mut self.kernel);
                self.lookout.borrow_mut().expect_strikes();
                if let Some(quiet) = self.plan.budget.quiet_after
                    && !self.plan.faults.is_empty()
                {
                    self.timeline.make(&mut self.kernel, quiet, Appointment::Quiet);
                }
            }
            _ => {}
        }
    }

    /// A service of the plan has started.
    pub(super) fn launched(&mut self) {
        if let Phase::Launch(started) = self.phase {
            self.enter(Phase::Launch(started + 1));
        }
    }

    #[cold]
    fn receive(&mut self) {
        loop {
            let arrivals: Vec<Arrival> = std::mem::take(&mut *self.inbox.borrow_mut());
            if arrivals.is_empty() {
                return;
            }
            for arrival in arrivals {
                self.answered(arrival);
            }
            self.make_checks(self.kernel.now());
        }
    }

    #[cold]
    fn keep_appointment(&mut self, number: u64) {
        match self.timeline.keep(number, &self.plan.events, &mut self.kernel) {
            Some(Appointment::Event { index, .. }) => self.act(index),
            Some(Appointment::Restart { label, index }) => {
                self.kernel.begin_event();
                self.restart(&label, Starter::Event(index));
            }
            Some(Appointment::Revive { label } | Appointment::Resume { label }) => self.revive(&label),
            Some(Appointment::Quiet) => self.heal(),
            None => {}
        }
        self.make_checks(self.kernel.now());
    }

    /// A message is about to be handled for which events of the timeline have waited.
    #[cold]
    fn meet_occasions(&mut self, id: ServiceId) {
        let met = self.lookout.borrow_mut().take_met();
        for index in met {
            self.act(index);
        }
        let struck = self.lookout.borrow_mut().take_struck();
        if let Some(struck) = struck
            && self.kernel.context(id).is_alive()
        {
            self.strike(id, &struck);
        }
        let receiver = self.kernel.context(id);
        let released = if !receiver.is_alive() {
            Released::Lost
        } else if receiver.pace() == Pace::Running {
            Released::Handled(EventNumber(self.kernel.event().0 + 1))
        } else {
            Released::Kept(receiver.handle())
        };
        self.lookout.borrow_mut().release(released);
        self.make_checks(self.kernel.now());
    }

    /// Keeps something that the scenario does for the story of a failure.
    pub(super) fn note_action(&self, to: &str, what: &str) {
        self.lookout.borrow_mut().note(|| Delivery {
            event: self.kernel.event(),
            cause: EventNumber(0),
            at: self.kernel.now(),
            from: "scenario".to_owned(),
            to: to.to_owned(),
            kind: ACTION.to_owned(),
            what: what.to_owned(),
        });
    }
}
