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
use crate::world::{self, HostFiles, MessageOrder, Verdict};

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
    let mut judge = |candidate: &Plan| {
        if start.elapsed() >= budget || stop.load(Ordering::SeqCst) || wrong.is_some() {
            return Judgement::OutOfTime;
        }
        match quick(candidate, &host, stop, Wanted::default()) {
            Ok(report) if report.verdict == Verdict::Failed => {
                let same = report.failures.first().is_some_and(|failure| Fingerprint::of(failure) == *fingerprint);
                if same { Judgement::Same } else { Judgement::Different }
            }
            Ok(_) => Judgement::Different,
            // A plan that cannot even begin, for want of a service.
            Err(CliError::World(_)) => Judgement::Different,
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
