//! The end of a run: last looks, and the verdict.

use indexmap::IndexMap;

use crate::base::{Span, VirtualTime};
use crate::faults::Enabled;
use crate::kernel::Incident;
use crate::scenario::{CheckMoment, Idleness, LateEvents, Outcome, Trigger, Waiting};
use crate::state;
use crate::trace::{Record, Tracer};

use super::check::state_of;
use super::failure::{Failure, Got};
use super::report::{Ending, RunReport, Verdict};
use super::run::{Phase, Purpose, Told, World};
use super::waits::Waits;

/// A call that has waited for so long counts as waiting for ever where a run is cut off by its `until`.
pub const PATIENCE: Span = Span::from_millis(5_000);

impl World {
    /// Judges what has been reported since it was last asked for.
    #[cold]
    #[inline(never)]
    pub(super) fn judge_incidents(&mut self) {
        for (at, incident) in self.lines.take_incidents() {
            self.judge_incident(at, incident);
        }
    }

    /// Ends the run, wherever it is, and judges it.
    #[must_use]
    pub fn report(mut self) -> RunReport {
        self.end(Ending::Stopped);
        let Phase::Over(mut ending) = std::mem::replace(&mut self.phase, Phase::Boot) else {
            unreachable!("bug in skysim: a run that was ended is not over")
        };
        let waits = self.waits();
        self.write_rest_of_log(&ending);
        let mut vacuous = Vec::new();
        match &ending {
            Ending::Idle | Ending::Until | Ending::Abort | Ending::Exit(_) => {
                self.last_looks(&mut ending, &waits);
                vacuous = self.vacuous();
            }
            Ending::Crash(text) => {
                let (text, at, event) = (text.clone(), self.kernel.now(), self.kernel.event());
                self.failures.push(Failure::Crash { text, at, event });
            }
            Ending::EventLimit | Ending::Failure | Ending::Suspected { .. } | Ending::Stopped => {}
        }
        let verdict = self.verdict(&ending, &vacuous);
        let snapshots = self.snapshots();
        let events = self.kernel.event();
        self.kernel.tracer_record(&Record::End {
            verdict: verdict.as_str(),
            events: events.0,
            reason: &ending.reason(),
        });
        let (digest, written) = std::mem::replace(&mut self.kernel.tracer, Tracer::off()).finish();
        let trail = self.lookout.borrow_mut().take_trail(&self.kernel);
        self.lines.mute();
        self.kernel.shut_down();
        let stale_pins = self.keeper.borrow().stale();
        let order = self.keeper.borrow_mut().take_order();
        RunReport {
            verdict,
            failures: self.failures,
            ending,
            events,
            outcomes: self.history.into_iter().map(|entry| (entry.index, entry.got)).collect(),
            end: self.kernel.now(),
            waiting: waits.calls(),
            sometimes: self.sometimes,
            observations: self.oddities.observations(),
            faults: self.rules.counts(),
            pinned: self.rules.pinned(),
            stale_pins,
            order,
            vacuous: if verdict == Verdict::Vacuous { vacuous } else { Vec::new() },
            snapshots,
            changed: Vec::new(),
            trail,
            models: self.models.counts(),
            checks: self.checks.made,
            digest,
            order_hash: self.kernel.order(),
            trace_error: written.err(),
        }
    }

    /// A run that is cut short still shows what was logged; a node that ended itself loses it, as
    /// the real one does.
    fn write_rest_of_log(&mut self, ending: &Ending) {
        if matches!(ending, Ending::Abort | Ending::Exit(_)) {
            return;
        }
        for (handle, line) in self.kernel.unwritten_log() {
            self.kernel.output.log(self.kernel.now(), handle, &line, self.log_file.as_deref());
        }
    }

    /// Judges something that the kernel or a service has reported.
    pub(super) fn judge_incident(&mut self, at: VirtualTime, incident: Incident) {
        let event = self.kernel.event();
        match incident {
            Incident::Uncaught { handle, text } => {
                let expected = self.plan.expect.errors.iter().any(|part| text.contains(part));
                if !expected {
                    let service = self.kernel.label_of(handle);
                    self.failures.push(Failure::Uncaught { service, text, at, event });
                }
            }
            Incident::EndlessLoop { handle, text } => {
                let service = self.kernel.label_of(handle);
                self.fail(Failure::EndlessLoop { service, text, at, event });
            }
            Incident::Violated { handle, name, reason } => {
                let service = self.kernel.label_of(handle);
                let reason = format!("{reason} (in {service})");
                self.fail(Failure::Check { name, reason, services: vec![service], at, event });
            }
            Incident::Told { handle, name, data } if !self.plan.checks.is_empty() => {
                self.events.push(Told { at, service: self.kernel.label_of(handle), name, data });
            }
            Incident::Told { .. } => {}
            Incident::Odd { handle, oddity } => self.note_oddity(at, handle, oddity),
            Incident::Sometimes { name, holds } => *self.sometimes.entry(name).or_default() |= holds,
        }
    }

    /// Everything that can only be said when the run is over.
    fn last_looks(&mut self, ending: &mut Ending, waits: &Waits) {
        self.phase = Phase::Timeline;
        let now = self.kernel.now();
        self.check(CheckMoment::Always, now);
        if self.phase == Phase::Timeline && *ending == Ending::Idle {
            self.check_what_never_came();
        }
        if self.phase == Phase::Timeline {
            self.check(CheckMoment::AtEnd, now);
        }
        if self.phase == Phase::Timeline {
            self.judge_models();
        }
        if let Phase::Over(failed) = std::mem::replace(&mut self.phase, Phase::Boot) {
            *ending = failed;
        }
        if let Ending::Exit(code) = ending
            && *code != 0
        {
            let text = format!("a service called os.exit({code})");
            let (at, event) = (self.kernel.now(), self.kernel.event());
            self.failures.push(Failure::Crash { text, at, event });
        }
        // What explains why nobody answers comes before the missing answers. A node that ended itself waits for nobody.
        let ended_itself = matches!(ending, Ending::Abort | Ending::Exit(_));
        let mut calls = if ended_itself { Vec::new() } else { self.detect(ending, waits) };
        if *ending != Ending::Idle {
            // Somebody may be about to answer.
            calls.retain(|call| call.since + PATIENCE <= now);
        }
        self.expect_unanswered();
        self.look_at_versions();
        self.judge_versions();
        self.failures.extend(self.lines.failures());
        if self.plan.expect.waiting == Waiting::Forbid && !calls.is_empty() {
            self.failures.push(Failure::Hang { calls });
        }
    }

    /// Calls of the timeline that were never answered, although the plan expects a certain answer.
    fn expect_unanswered(&mut self) {
        let calls = self.requests.values().filter_map(|request| match request.purpose {
            Purpose::Call { index, .. } => Some(index),
            _ => None,
        });
        for index in calls.collect::<Vec<_>>() {
            self.expect(index, &Got::Nothing);
        }
    }

    /// What should have been tried and was not.
    fn vacuous(&self) -> Vec<String> {
        let idle =
            self.rules.counts().into_iter().filter(|count| {
                count.enabled == Enabled::Yes && count.effects == 0 && count.idleness == Idleness::Vacuous
            });
        let idle = idle.map(|count| match count.matches {
            0 => format!("the fault rule `{}` matched nothing", count.name),
            matches => format!("the fault rule `{}` acted on none of {matches} matches", count.name),
        });
        let lookout = self.lookout.borrow();
        let unmet = lookout.unmet().map(|(index, occasion, seen)| {
            let command = occasion.message.as_ref().map(|glob| format!(" `{glob}`")).unwrap_or_default();
            format!(
                "event {} of the timeline waits for message {}{command} to `{}`; {seen} came",
                index + 1,
                occasion.nth,
                occasion.service
            )
        });
        let never = self.sometimes.iter().filter(|(_, held)| !**held);
        let never = never.map(|(name, _)| format!("`{name}` should sometimes be true and never was"));
        idle.chain(unmet).chain(self.late_events()).chain(never).chain(self.models.vacuous()).collect()
    }

    /// Events that the plan's own end comes before.
    fn late_events(&self) -> impl Iterator<Item = String> {
        self.plan.events.iter().enumerate().filter_map(|(index, event)| {
            let at = match event.trigger {
                Trigger::At(at) | Trigger::Every { from: at, .. } => at,
                Trigger::When(_) => return None,
            };
            let until = self.until;
            let number = index + 1;
            (self.plan.late == LateEvents::Vacuous && at > until)
                .then(|| format!("event {number} of the timeline is for {at}, and the run ends at {until}"))
        })
    }

    fn verdict(&mut self, ending: &Ending, vacuous: &[String]) -> Verdict {
        if let Ending::Suspected { .. } = ending {
            return Verdict::Interrupted;
        }
        match (&self.plan.expect.outcome, self.failures.is_empty()) {
            (Outcome::Pass, false) => Verdict::Failed,
            (Outcome::Fail(part), false) if self.failures.iter().any(|failure| failure.to_string().contains(part)) => {
                Verdict::Passed
            }
            _ if *ending == Ending::Stopped => Verdict::Interrupted,
            (Outcome::Fail(part), _) => {
                self.failures.push(Failure::NotFailed { expected: part.clone() });
                Verdict::Failed
            }
            (Outcome::Pass, true) if !vacuous.is_empty() => Verdict::Vacuous,
            (Outcome::Pass, true) => Verdict::Passed,
        }
    }

    /// The final state of the services that the plan compares.
    fn snapshots(&mut self) -> IndexMap<String, String> {
        let names = self.plan.expect.snapshot.clone();
        let texts = names.into_iter().map(|name| {
            let id = self.kernel.find_label(&name);
            let state = id.and_then(|id| state_of(&mut self.kernel, id));
            let text = state.map_or_else(|| "(not running)\n".to_owned(), |graph| state::render(&graph));
            (name, text)
        });
        texts.collect()
    }
}
