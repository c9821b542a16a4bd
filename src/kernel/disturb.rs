//! Carrying out faults that are not about messages: timers that come late, services that do not start,
//! disks that fail, and clocks that jump.

use crate::base::{EventNumber, Handle, MessageKind, Session, Span, VirtualTime};
use crate::trace::{Effect, Envelope, Record};

use super::context::ServiceId;
use super::intercept::{Actor, CallFailure, FileAction, FileFailure, FileVerdict};
use super::message::Message;
use super::node::Kernel;
use super::oddity::Oddity;
use super::output::Incident;
use super::step::Due;
use super::turn::Touch;

/// The timer thread, while it does not run.
#[derive(Default)]
pub(super) struct TimerThread {
    /// Since when it does not.
    stalled_since: Option<VirtualTime>,
    /// The timers that were due meanwhile, in order.
    due: Vec<(ServiceId, Session, EventNumber)>,
}

impl Kernel {
    /// A timer is due: it comes, or waits until the timer thread runs again. That keeps the order of timers,
    /// as the real one does when it catches up (`skynet_updatetime`).
    pub(super) fn timer_is_due(&mut self, service: ServiceId, session: Session, cause: EventNumber) {
        if self.interceptor.is_some() && self.timers.stalled_since.is_none() {
            self.ask_about_timer(service, session, cause);
        }
        if self.timers.stalled_since.is_some() {
            self.timers.due.push((service, session, cause));
        } else {
            self.fire(service, session, cause);
        }
    }

    fn fire(&mut self, service: ServiceId, session: Session, cause: EventNumber) {
        self.touch(Touch::Sent(service));
        // A timer of a dead service is lost (`dispatch_list`: the handle is gone).
        if self.context(service).is_alive() {
            let message = Message::bare(Handle::NONE, session, MessageKind::RESPONSE, cause);
            self.deliver(service, message);
        } else {
            let handle = self.context(service).handle();
            self.output.incident(self.now, Incident::Odd { handle, oddity: Oddity::OrphanedTimer });
        }
    }

    #[cold]
    fn ask_about_timer(&mut self, service: ServiceId, session: Session, cause: EventNumber) {
        let Some(mut interceptor) = self.interceptor.take() else { return };
        let context = self.context(service);
        let to = context.handle;
        let ruling = interceptor.judge_timer(Actor { now: self.now, label: context.label() });
        if let Some((rule, span)) = ruling {
            self.timers.stalled_since = Some(self.now);
            self.queue.push(self.now + span, Due::CatchUp);
            let message = Envelope { cause, from: Handle::NONE, to, session, kind: MessageKind::RESPONSE };
            let effect = Effect::Other { name: "late", amount: span.as_nanos() };
            self.tracer_record(&Record::Fault { rule: interceptor.rule_name(rule), effect, message });
        }
        self.interceptor = Some(interceptor);
    }

    /// Skynet's time: the timer thread counts it, so it stands still while that does.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        self.timers.stalled_since.unwrap_or(self.now).as_ticks()
    }

    /// The timer thread runs again: everything that is due comes at once.
    pub(super) fn catch_up(&mut self) {
        self.timers.stalled_since = None;
        for (service, session, cause) in std::mem::take(&mut self.timers.due) {
            self.fire(service, session, cause);
        }
    }

    /// Whether a fault keeps a service from starting. What the scenario itself starts does start.
    pub(super) fn launch_is_refused(&mut self, module: &str, args: &[u8]) -> bool {
        if self.interceptor.is_none() || module != "snlua" || self.planned.iter().any(|(planned, _)| planned == args) {
            return false;
        }
        let Some(mut interceptor) = self.interceptor.take() else { return false };
        let file = args.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()).unwrap_or_default();
        let ruling = interceptor.judge_launch(Actor { now: self.now, label: &String::from_utf8_lossy(file) });
        if let Some(rule) = ruling {
            let effect = Effect::Other { name: "launch_fails", amount: 0 };
            let by = self.running.map_or(Handle::NONE, |id| self.context(id).handle);
            self.tracer_record(&Record::Fault {
                rule: interceptor.rule_name(rule),
                effect,
                message: self.nothing_sent(by),
            });
        }
        self.interceptor = Some(interceptor);
        ruling.is_some()
    }

    /// What becomes of something that a service does with a file.
    pub fn disturb_file(&mut self, service: ServiceId, path: &[u8], action: FileAction) -> Option<FileFailure> {
        let mut interceptor = self.interceptor.take()?;
        let context = self.context(service);
        let to = context.handle;
        let actor = Actor { now: self.now, label: context.label() };
        let ruling = interceptor.judge_file(actor, &String::from_utf8_lossy(path), action);
        if let Some((rule, verdict)) = ruling {
            let FileVerdict { failure, slow } = verdict;
            self.prolong(slow);
            let failed = failure.map(|failure| match failure {
                FileFailure::Error => Effect::Other { name: "file_error", amount: 0 },
                FileFailure::Full => Effect::Other { name: "disk_full", amount: 0 },
                FileFailure::Short(bytes) => Effect::Other { name: "short_write", amount: bytes },
            });
            let slow = (slow != Span::ZERO).then_some(Effect::Other { name: "slow_disk", amount: slow.as_nanos() });
            for effect in [failed, slow].into_iter().flatten() {
                let message = self.nothing_sent(to);
                self.tracer_record(&Record::Fault { rule: interceptor.rule_name(rule), effect, message });
            }
        }
        self.interceptor = Some(interceptor);
        ruling.and_then(|(_, verdict)| verdict.failure)
    }

    /// How a call of a native function breaks, if it does. Who is to crash in it is among [`Kernel::take_crashed`] then.
    pub fn call_breaks(&mut self, service: ServiceId, name: &str) -> Option<CallFailure> {
        let mut interceptor = self.interceptor.take()?;
        let context = self.context(service);
        let to = context.handle;
        let ruling = interceptor.judge_call(Actor { now: self.now, label: context.label() }, name);
        if let Some((rule, failure)) = ruling {
            let name = match failure {
                CallFailure::Throw => "throw",
                CallFailure::Crash => "crash_in_call",
            };
            let (effect, message) = (Effect::Other { name, amount: 0 }, self.nothing_sent(to));
            self.tracer_record(&Record::Fault { rule: interceptor.rule_name(rule), effect, message });
            if failure == CallFailure::Crash {
                self.crashed.push(service);
            }
        }
        self.interceptor = Some(interceptor);
        ruling.map(|(_, failure)| failure)
    }

    /// The services that have crashed in the middle of a call and are not buried yet, in this order.
    pub fn take_crashed(&mut self) -> Vec<ServiceId> {
        std::mem::take(&mut self.crashed)
    }

    /// What stands in the trace where a fault is not about a message: whose it is.
    fn nothing_sent(&self, to: Handle) -> Envelope {
        let (from, session) = (Handle::NONE, Session::NONE);
        Envelope { cause: self.event, from, to, session, kind: MessageKind::TEXT }
    }

    /// The message that is being handled, or else the next one, takes so much longer.
    pub fn prolong(&mut self, span: Span) {
        self.prolonged = Span::from_nanos(self.prolonged.as_nanos().saturating_add(span.as_nanos()));
    }

    /// The wall clock jumps.
    pub fn jump_clock(&mut self, nanos: i64) {
        self.wall_clock.jump(nanos);
    }

    /// From now on the wall clock gains so much in each second.
    pub fn clock_gains(&mut self, per_second: Span) {
        self.wall_clock.gain(per_second, self.now);
    }

    /// From now on the wall clock loses so much in each second; with a second or more it stands.
    pub fn clock_loses(&mut self, per_second: Span) {
        self.wall_clock.lose(per_second, self.now);
    }

    /// What the wall clock shows, in whole seconds since 1970.
    #[must_use]
    pub fn wall_clock_s(&self) -> i64 {
        self.wall_clock.seconds(self.now)
    }
}
