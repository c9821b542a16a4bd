//! Reloads: services get new code as the plan's `[[reload]]` says, whoever wants it. An event of the timeline and a fault
//! rule come to the same.

use crate::base::{EventNumber, MessageKind, Value, VirtualTime};
use crate::faults::reaches;
use crate::kernel::ServiceId;
use crate::scenario::{Direction, Glob, Reload, ReloadOutcome, ReloadWay};

use super::detect::Fix;
use super::failure::{Failure, Got};
use super::run::{Purpose, Starter, World};

/// The service behind every snax service, and its method that takes a patch: numbers that both sides of a call
/// agree on.
const SNAX_SERVICE: &[u8] = b"snaxd";
const SNAX_HOTFIX: i64 = 3;

/// How the functions of such a patch name their file.
const SNAX_PATCH: &str = "patch";

/// All reloads of a run, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Reloads(Vec<Attempt>);

/// One reload.
#[derive(Debug)]
struct Attempt {
    /// Its place in the plan.
    reload: usize,
    by: Asker,
    since: EventNumber,
    ended: Option<(EventNumber, Ended)>,
    /// The state that is to be handed over.
    state: Vec<Value>,
}

/// Who wants a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// An event of the timeline, by its place and that in the history.
    Event { index: usize, entry: usize },
    /// A fault rule.
    Rule,
}

/// What was asked of a service for a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To do it, or to take over a state: it says no by `false`.
    Ask,
    /// To run a file or take a patch: it says first whether that ran.
    Patch,
    /// To give its state.
    Export,
}

/// How a reload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Done,
    Refused,
}

impl Reloads {
    /// The events between which services were on their way back to an earlier version: from the moment when that was
    /// asked for until it was answered. One without an answer may still happen.
    pub(super) fn ways_back(&self, reloads: &[Reload], service: &str) -> Vec<(EventNumber, EventNumber)> {
        let is_way_back = |attempt: &&Attempt| {
            let reload = reloads.get(attempt.reload);
            reload.is_some_and(|reload| reload.direction == Direction::Back && reload.service == service)
        };
        let way = |attempt: &Attempt| match attempt.ended {
            Some((_, Ended::Refused)) => None,
            Some((until, Ended::Done)) => Some((attempt.since, until)),
            None => Some((attempt.since, EventNumber(u64::MAX))),
        };
        self.0.iter().filter(is_way_back).filter_map(way).collect()
    }
}

impl World {
    /// Gives new code to a service.
    pub(super) fn reload(&mut self, name: &str, by: Asker) {
        let found = self.plan.reloads.iter().position(|reload| reload.name == name);
        let Some((place, reload)) = found.and_then(|place| Some((place, self.plan.reloads.get(place)?.clone()))) else {
            if let Asker::Event { index, entry } = by {
                self.settle(index, entry, Got::Error(format!("the plan has no reload `{name}`")), b"");
            }
            return;
        };
        let since = self.kernel.event();
        let attempt = self.reloads.0.len();
        self.reloads.0.push(Attempt { reload: place, by, since, ended: None, state: Vec::new() });
        if let Err(reason) = self.begin_reload(attempt, &reload) {
            self.reload_over(attempt, Ended::Refused, Got::Error(reason), b"");
        }
    }

    fn begin_reload(&mut self, attempt: usize, reload: &Reload) -> Result<(), String> {
        for file in &reload.files {
            self.put_file(&file.path, &file.content)?;
        }
        let to = self.reloaded_service(&reload.service)?;
        match &reload.way {
            ReloadWay::Message(args) => self.ask(attempt, to, args, Step::Ask),
            ReloadWay::Inject { file, args } => {
                self.note_fix(to, file, Fix::Injected);
                let source = Value::String(self.supplies.get(file).to_vec());
                let values = [&["RUN".into(), source, file.as_str().into()], &**args].concat();
                self.ask_by(MessageKind::DEBUG, attempt, to, &values, Step::Patch);
            }
            ReloadWay::Snax { file, args } => {
                let is_snax = self.kernel.context(to).args().starts_with(SNAX_SERVICE);
                if !is_snax {
                    return Err(format!(
                        "`{}` is no snax service: only one that snaxd runs has methods to replace",
                        reload.service
                    ));
                }
                self.note_fix(to, SNAX_PATCH, Fix::Injected);
                let source = Value::String(self.supplies.get(file).to_vec());
                let values = [&[Value::Integer(SNAX_HOTFIX), source], &**args].concat();
                self.ask_by(MessageKind::SNAX, attempt, to, &values, Step::Patch);
            }
            ReloadWay::Relaunch => self.relaunch(to, attempt),
            ReloadWay::Handover { export, .. } => self.ask(attempt, to, export, Step::Export),
        }
        Ok(())
    }

    /// The newest service of that name.
    fn reloaded_service(&self, name: &str) -> Result<ServiceId, String> {
        self.live(&Glob::new(name)).pop().ok_or_else(|| format!("no live service `{name}`"))
    }

    fn ask(&mut self, attempt: usize, to: ServiceId, args: &[Value], step: Step) {
        self.ask_by(MessageKind::LUA, attempt, to, args, step);
    }

    fn ask_by(&mut self, kind: MessageKind, attempt: usize, to: ServiceId, args: &[Value], step: Step) {
        let name = self.reload_of(attempt).map(|reload| reload.name.clone()).unwrap_or_default();
        let what = format!("reload {name}");
        self.request(to, kind, args, Purpose::Reload { attempt, step }, what);
    }

    /// The code cache is cleared, or the new service would have the old code.
    fn relaunch(&mut self, service: ServiceId, attempt: usize) {
        let label = self.kernel.context(service).label().to_owned();
        if let Some(node) = &self.lua {
            node.code.borrow_mut().clear();
        }
        self.restart(&label, Starter::Reload(attempt));
    }

    fn reload_of(&self, attempt: usize) -> Option<&Reload> {
        self.plan.reloads.get(self.reloads.0.get(attempt)?.reload)
    }

    /// A service has answered what was asked of it for a reload.
    pub(super) fn reload_answered(&mut self, attempt: usize, step: Step, got: Got, packed: &[u8]) {
        let yes = match (&got, step) {
            (Got::Values(values), Step::Patch) => values.first() == Some(&Value::Boolean(true)),
            (Got::Values(values), Step::Ask | Step::Export) => values.first() != Some(&Value::Boolean(false)),
            _ => false,
        };
        if !yes {
            return self.reload_over(attempt, Ended::Refused, got, packed);
        }
        if step != Step::Export {
            return self.reload_over(attempt, Ended::Done, got, packed);
        }
        let Some(service) = self.reload_of(attempt).map(|reload| reload.service.clone()) else { return };
        if let (Some(known), Got::Values(state)) = (self.reloads.0.get_mut(attempt), got) {
            known.state = state;
        }
        match self.reloaded_service(&service) {
            Ok(service) => self.relaunch(service, attempt),
            Err(reason) => self.reload_over(attempt, Ended::Refused, Got::Error(reason), b""),
        }
    }

    /// The service that takes another's place was started, or was not.
    pub(super) fn relaunched(&mut self, attempt: usize, started: Result<(), String>) {
        let Some(reload) = self.reload_of(attempt).cloned() else { return };
        let to = started.and_then(|()| self.reloaded_service(&reload.service));
        match (to, &reload.way) {
            (Err(reason), _) => self.reload_over(attempt, Ended::Refused, Got::Error(reason), b""),
            (Ok(to), ReloadWay::Handover { import, .. }) => {
                let state = self.reloads.0.get_mut(attempt).map(|known| std::mem::take(&mut known.state));
                let args = [&**import, &*state.unwrap_or_default()].concat();
                self.ask(attempt, to, &args, Step::Ask);
            }
            (Ok(_), _) => self.reload_over(attempt, Ended::Done, Got::Values(Vec::new()), b""),
        }
    }

    fn reload_over(&mut self, attempt: usize, ended: Ended, got: Got, packed: &[u8]) {
        let now = (self.kernel.now(), self.kernel.event());
        let Some(known) = self.reloads.0.get_mut(attempt) else { return };
        known.ended = Some((now.1, ended));
        let by = known.by;
        let reason = match &got {
            Got::Values(values) if values.is_empty() => String::new(),
            got => format!(" ({got})"),
        };
        if let Asker::Event { index, entry } = by {
            self.settle(index, entry, got, packed);
        }
        if self.overlaps(attempt) {
            return;
        }
        let wrong = |reload: &&Reload| match (reload.outcome, ended) {
            (ReloadOutcome::Done, Ended::Refused) | (ReloadOutcome::Refused, Ended::Done) => true,
            (ReloadOutcome::Any | ReloadOutcome::Done | ReloadOutcome::Refused, _) => false,
        };
        if let Some(reload) = self.reload_of(attempt).filter(wrong) {
            let failure = unexpected(reload, ended, &reason, now);
            self.failures.push(failure);
        }
    }

    /// Whether another reload of the same service was under way meanwhile: then nobody can say which of their files was
    /// read, and so what must have come of it.
    fn overlaps(&self, attempt: usize) -> bool {
        let (Some(one), Some(reload)) = (self.reloads.0.get(attempt), self.reload_of(attempt)) else { return false };
        let others = self.reloads.0.iter().enumerate().filter(|(index, _)| *index != attempt);
        let meanwhile = |other: &Attempt| other.ended.is_none_or(|(ended, _)| ended >= one.since);
        others
            .filter(|(_, other)| meanwhile(other))
            .any(|(index, _)| self.reload_of(index).is_some_and(|other| other.service == reload.service))
    }

    /// Whether a rule may give new code to a service now: it lives, and no other is about to take its place.
    pub(super) fn may_reload(&self, name: &str) -> bool {
        let Some(reload) = self.plan.reload(name) else { return false };
        let replaces = |attempt: usize| {
            let other = self.reload_of(attempt);
            other.is_some_and(|other| other.service == reload.service && other.way.replaces())
        };
        let changes = self.requests.values().any(|request| match &request.purpose {
            Purpose::Reload { attempt, .. } => replaces(*attempt),
            Purpose::Launch { label, .. } => *label == reload.service,
            Purpose::Call { .. } | Purpose::Inject { .. } => false,
        });
        let kept = self.plan.budget.keep.iter().any(|glob| reaches(glob, &reload.service));
        let must_stay = kept && reload.way.replaces();
        !changes && !must_stay && self.reloaded_service(&reload.service).is_ok()
    }
}

fn unexpected(reload: &Reload, ended: Ended, reason: &str, (at, event): (VirtualTime, EventNumber)) -> Failure {
    let reason = match ended {
        Ended::Done => format!("was done{reason}, and must be refused"),
        Ended::Refused => format!("was refused{reason}, and must be done"),
    };
    let (name, service, origin) = (reload.name.clone(), reload.service.clone(), reload.origin);
    Failure::Reload { name, service, origin, reason, at, event }
}
