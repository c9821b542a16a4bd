//! Shrinking within a bounded time.

#![expect(clippy::disallowed_types, reason = "how long to shrink is told in the host's time")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cli::error::CliError;
use crate::cli::play::{Played, Player, Wanted, order_of, quick};
use crate::cli::stream::Target;
use crate::explore::{self, Fingerprint, Judgement, PLAIN_SCHEDULE, Progress};
use crate::lua::node::Detail;
use crate::report::Sizes;
use crate::scenario::{Branch, Pin, Plan};
use crate::world::{self, Failure, Got, HostFiles, MessageOrder, Verdict};

/// The smallest plan that was found.
pub(in crate::cli) struct Smaller {
    pub(in crate::cli) plan: Plan,
    pub(in crate::cli) sizes: Sizes,
}

/// Plays a plan for what is reported of it; what it prints goes nowhere.
pub(in crate::cli) fn play(plan: &Plan, stop: &Arc<AtomicBool>) -> Result<Played, CliError> {
    let player =
        Player { target: Target::Nothing, trace: None, detail: Detail::Plain, watched: false, stop: Arc::clone(stop) };
    player.play(plan, || ())
}

/// Makes a failing plan smaller for as long as `budget` says.
pub(in crate::cli) fn minimize(
    plan: &Plan,
    fingerprint: &Fingerprint,
    budget: Duration,
    stop: &Arc<AtomicBool>,
) -> Result<Smaller, CliError> {
    let start = Instant::now();
    let host = HostFiles::default();
    let mut wrong = None;
    let mut plans = Judge::of(plan, fingerprint, &host, stop)?;
    let mut judge = |candidate: &Plan| {
        if start.elapsed() >= budget || stop.load(Ordering::SeqCst) || wrong.is_some() {
            return Judgement::OutOfTime;
        }
        match plans.is_same(candidate) {
            Ok(true) => Judgement::Same,
            Ok(false) => Judgement::Different,
            Err(error) => {
                wrong = Some(error);
                Judgement::OutOfTime
            }
        }
    };
    let (pinned, mut tried) = pinned(plan, &host, stop, &mut judge)?;
    let (smaller, progress): (Plan, Progress) = explore::shrink(pinned, &mut judge);
    tried += progress.tried;
    if let Some(error) = wrong {
        return Err(error);
    }
    let sizes = Sizes {
        before: explore::size(plan),
        after: explore::size(&smaller),
        tried,
        host_seconds: start.elapsed().as_secs_f64(),
    };
    Ok(Smaller { plan: smaller, sizes })
}

/// Says of plans whether they fail in the same way, and for the same reason as far as can be told.
struct Judge<'a> {
    fingerprint: &'a Fingerprint,
    host: &'a HostFiles,
    stop: &'a Arc<AtomicBool>,
    cause: Cause,
}

/// What a smaller plan must keep besides the fingerprint. A call that expects a sum fails, too, without the events that add up to
/// it: that is the same words about something else.
enum Cause {
    /// A fault or an order: without these the plan does not fail. This was the last one that did not.
    Chance(Box<Plan>),
    /// The plan fails by itself: the answer that nobody expected stays what it is.
    Answer(Option<Got>),
}

impl<'a> Judge<'a> {
    fn of(
        plan: &Plan,
        fingerprint: &'a Fingerprint,
        host: &'a HostFiles,
        stop: &'a Arc<AtomicBool>,
    ) -> Result<Judge<'a>, CliError> {
        let mut judge = Judge { fingerprint, host, stop, cause: Cause::Answer(None) };
        let calm = explore::calm(plan);
        judge.cause = if calm != *plan && judge.failure(&calm)?.is_none() {
            Cause::Chance(Box::new(calm))
        } else {
            Cause::Answer(judge.failure(plan)?.and_then(unexpected_answer))
        };
        Ok(judge)
    }

    fn is_same(&mut self, plan: &Plan) -> Result<bool, CliError> {
        let Some(found) = self.failure(plan)? else { return Ok(false) };
        match &self.cause {
            Cause::Answer(None) => Ok(true),
            Cause::Answer(answer) => Ok(unexpected_answer(found) == *answer),
            Cause::Chance(passed) => {
                let calm = explore::calm(plan);
                if calm != **passed {
                    if self.failure(&calm)?.is_some() {
                        return Ok(false);
                    }
                    self.cause = Cause::Chance(Box::new(calm));
                }
                Ok(true)
            }
        }
    }

    /// What a plan's run fails of, if it is this.
    fn failure(&self, plan: &Plan) -> Result<Option<Failure>, CliError> {
        match quick(plan, self.host, self.stop, Wanted::default()) {
            Ok(report) if report.verdict == Verdict::Failed => {
                let first = report.failures.into_iter().next();
                Ok(first.filter(|failure| Fingerprint::of(failure) == *self.fingerprint))
            }
            // A plan that cannot even begin, for want of a service.
            Ok(_) | Err(CliError::World(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn unexpected_answer(failure: Failure) -> Option<Got> {
    if let Failure::Expectation { got, .. } = failure { Some(got) } else { None }
}

/// The plan with what chance decided about the order said by pins, if it then fails in the same way; else the plan
/// itself. Also how many runs it took.
fn pinned(
    plan: &Plan,
    host: &HostFiles,
    stop: &Arc<AtomicBool>,
    judge: &mut dyn FnMut(&Plan) -> Judgement,
) -> Result<(Plan, u64), CliError> {
    let goes_on_plainly = plan.branches.iter().all(|branch| branch.schedule.is_none());
    if plan.schedule == PLAIN_SCHEDULE && goes_on_plainly {
        return Ok((plan.clone(), 0));
    }
    let with = |pins: &[Pin]| Plan {
        schedule: PLAIN_SCHEDULE.to_owned(),
        pins: [&plan.pins[..], pins].concat(),
        branches: plan.branches.iter().map(Branch::same_schedule).collect(),
        ..plan.clone()
    };
    let order = order_of(plan, host, stop)?;
    let mut tried = 1;
    let mut wrong = None;
    let pins = world::pins_of(&order, |pins| {
        tried += 1;
        order_of(&with(pins), host, stop).unwrap_or_else(|error| {
            wrong.get_or_insert(error);
            MessageOrder::default()
        })
    });
    if let Some(error) = wrong {
        return Err(error);
    }
    let candidate = with(&pins);
    tried += 1;
    let same = judge(&candidate) == Judgement::Same;
    Ok((if same { candidate } else { plan.clone() }, tried))
}
