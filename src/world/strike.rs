//! Faults that strike services: what rules have drawn for a service that is about to handle a message, the
//! budget that limits them, and the quiet phase that heals what they did.

use std::collections::BTreeMap;

use crate::base::{MessageKind, Span, VirtualTime};
use crate::faults::{Spared, Strike, reaches};
use crate::kernel::ServiceId;
use crate::kernel::context::Pace;
use crate::lua::service::LuaService;
use crate::scenario::{FaultKind, Restart};
use crate::trace::{Effect, Envelope, Record};

use super::reload::Asker;
use super::run::{Phase, Starter, World};
use super::timeline::Appointment;

/// What rules have done to services and not healed yet.
#[derive(Default)]
pub(super) struct Casualties {
    /// By label.
    down: BTreeMap<String, Down>,
    /// Services with less memory than they had, and how much that was.
    limited: Vec<(ServiceId, usize)>,
}

/// Why a service does nothing.
#[derive(Clone, Copy, Debug)]
enum Down {
    /// It is gone.
    Gone(Restart),
    /// It is paused.
    Paused(ServiceId),
}

/// Whether services may crash in the middle of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CrashInCalls {
    /// No rule says so.
    None,
    /// Some may.
    Some,
}

/// A strike, and the message that its service was about to handle.
#[derive(Debug)]
pub(super) struct Struck {
    pub(super) strike: Strike,
    pub(super) message: Envelope,
}

impl World {
    /// Does to a service what a rule has drawn for it, as far as the budget allows.
    pub(super) fn strike(&mut self, id: ServiceId, struck: &Struck) {
        let label = self.kernel.context(id).label().to_owned();
        let mut happened = Vec::new();
        for (kind, amount) in struck.strike.amounts() {
            let may = match (kind, &struck.strike.reload) {
                (FaultKind::Reload, name) => name.as_ref().is_some_and(|name| self.may_reload(name)),
                _ => self.may(*kind, &label),
            };
            if kind.domain().is_none() || !self.kernel.context(id).is_alive() || !may {
                continue;
            }
            if happened.is_empty() {
                self.kernel.begin_event();
            }
            let rule = self.rules.striker(&struck.strike).to_owned();
            let effect = Effect::Other { name: kind.name(), amount: if counts(*kind) { *amount } else { 0 } };
            self.kernel.tracer_record(&Record::Fault { rule: &rule, effect, message: struck.message });
            self.note_action(&label, &format!("{} {label} (fault rule `{rule}`)", kind.name()));
            happened.push(*kind);
            self.carry_out(id, &label, *kind, *amount, &struck.strike);
        }
        self.rules.struck(&struck.strike, &happened);
    }

    /// Says who may not crash in the middle of a call, before the next message is handled.
    pub(super) fn spare(&self) {
        let kinds = self.plan.budget.down.is_none_or(|most| self.casualties.down.len() < most as usize);
        if self.phase != Phase::Timeline || !kinds {
            return self.rules.spare(Spared::Everybody);
        }
        let living = self.living().into_iter().map(|(_, label, ..)| label);
        self.rules.spare(Spared::Some(living.filter(|label| !self.may(FaultKind::Crash, label)).collect()));
    }

    /// Services that crashed in the middle of a call are gone, with what their rules have drawn for them.
    pub(super) fn bury(&mut self) {
        let crashed = self.kernel.take_crashed();
        for (id, strike) in crashed.into_iter().zip(self.rules.take_crashes()) {
            if self.kernel.context(id).is_alive() {
                let label = self.kernel.context(id).label().to_owned();
                let rule = self.rules.striker(&strike).to_owned();
                self.note_action(&label, &format!("crash_in_call {label} (fault rule `{rule}`)"));
                self.carry_out(id, &label, FaultKind::Crash, 1, &strike);
            }
        }
    }

    fn carry_out(&mut self, id: ServiceId, label: &str, kind: FaultKind, amount: u64, strike: &Strike) {
        let span = Span::from_nanos(amount);
        let nanos = i64::try_from(amount).unwrap_or(i64::MAX);
        match kind {
            FaultKind::Kill => {
                self.goes_down(label, strike);
                self.kill(id);
            }
            FaultKind::Exit => {
                self.goes_down(label, strike);
                self.send(id, MessageKind::DEBUG, &["EXIT".into()]);
            }
            FaultKind::Crash => {
                self.goes_down(label, strike);
                let torn = strike.amounts().get(&FaultKind::Torn).copied().unwrap_or_default();
                self.on_lua(id, |service| service.crash(torn));
                self.kill(id);
            }
            FaultKind::Pause => {
                self.kernel.set_pace(id, Pace::Paused);
                self.casualties.down.insert(label.to_owned(), Down::Paused(id));
                let at = self.kernel.now() + span;
                self.timeline.make(&mut self.kernel, at, Appointment::Resume { label: label.to_owned() });
            }
            FaultKind::Slow => self.kernel.prolong(span),
            FaultKind::SlowCpu => {
                self.on_lua(id, |service| service.slow_down(span));
            }
            FaultKind::Memory => {
                let bytes = usize::try_from(amount).unwrap_or(usize::MAX).saturating_mul(1024);
                if let Some(before) = self.on_lua(id, |service| service.leave_memory(bytes)) {
                    self.casualties.limited.push((id, before));
                }
            }
            FaultKind::Reload => {
                if let Some(name) = &strike.reload {
                    self.reload(name, Asker::Rule);
                }
            }
            FaultKind::ClockForward => self.kernel.jump_clock(nanos),
            FaultKind::ClockBack => self.kernel.jump_clock(-nanos),
            FaultKind::ClockGains => self.kernel.clock_gains(span),
            FaultKind::ClockLoses => self.kernel.clock_loses(span),
            _ => {}
        }
    }

    fn on_lua<R>(&mut self, id: ServiceId, action: impl FnOnce(&mut LuaService) -> R) -> Option<R> {
        self.kernel.with_service(id, |_, object| object.downcast_mut::<LuaService>().map(action)).flatten()
    }

    /// Whether the budget has room for this.
    fn may(&self, kind: FaultKind, label: &str) -> bool {
        let stops = matches!(kind, FaultKind::Kill | FaultKind::Exit | FaultKind::Crash | FaultKind::Pause);
        if !stops && kind != FaultKind::Memory {
            return true;
        }
        if self.plan.budget.keep.iter().any(|glob| reaches(glob, label)) {
            return false;
        }
        // What is being started must come up first: a launch that a rule breaks proves nothing about the service.
        let starts = self.requests.values().any(|request| request.launches(label));
        let down = self.casualties.down.len();
        let room = self.plan.budget.down.is_none_or(|most| down < usize::try_from(most).unwrap_or(usize::MAX));
        !stops || (room && !self.casualties.down.contains_key(label) && !starts)
    }

    fn goes_down(&mut self, label: &str, strike: &Strike) {
        self.casualties.down.insert(label.to_owned(), Down::Gone(strike.restart));
        if let Some(after) = strike.amounts().get(&FaultKind::RestartAfter) {
            let at = self.kernel.now() + Span::from_nanos(*after);
            self.timeline.make(&mut self.kernel, at, Appointment::Revive { label: label.to_owned() });
        }
    }

    /// What a rule has stopped goes on, if that has not happened yet.
    pub(super) fn revive(&mut self, label: &str) {
        match self.casualties.down.remove(label) {
            Some(Down::Paused(id)) if self.kernel.context(id).is_alive() => self.kernel.set_pace(id, Pace::Running),
            Some(Down::Paused(_)) | None => {}
            Some(Down::Gone(restart)) => {
                if restart == Restart::Clean {
                    self.lose_files(label);
                }
                self.kernel.begin_event();
                self.restart(label, Starter::Fault);
            }
        }
    }

    fn lose_files(&mut self, label: &str) {
        let Some(node) = &self.lua else { return };
        let incarnations = self.kernel.services().filter(|(_, context)| context.label() == label);
        let writers = incarnations.map(|(id, _)| id.0).collect();
        node.files.borrow_mut().remove_written_by(&writers);
    }

    /// The quiet phase begins: everything that rules have stopped goes on.
    pub(super) fn heal(&mut self) {
        for label in self.casualties.down.keys().cloned().collect::<Vec<_>>() {
            self.revive(&label);
        }
        for (id, before) in std::mem::take(&mut self.casualties.limited) {
            self.on_lua(id, |service| service.limit_memory(before));
        }
    }

    /// The moment from which properties must come true again: faults may keep them from it before.
    pub(super) fn quiet_since(&self, moment: VirtualTime) -> VirtualTime {
        self.plan.budget.quiet_after.map_or(moment, |quiet| moment.max(quiet))
    }
}

/// Whether the amount of a kind says something.
fn counts(kind: FaultKind) -> bool {
    !matches!(kind, FaultKind::Kill | FaultKind::Exit | FaultKind::Crash | FaultKind::Reload)
}
