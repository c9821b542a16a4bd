//! Shrinking within a bounded time.

#![expect(clippy::disallowed_types, reason = "how long to shrink is told in the host's time")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cli::error::CliError;
use crate::cli::play::{Played, Player, quick};
use crate::cli::stream::Target;
use crate::explore::{self, Fingerprint, Judgement, Progress};
use crate::lua::node::Detail;
use crate::report::Sizes;
use crate::scenario::Plan;
use crate::world::{HostFiles, Verdict};

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
    let (smaller, progress): (Plan, Progress) = explore::shrink(plan.clone(), &mut |candidate| {
        if start.elapsed() >= budget || stop.load(Ordering::SeqCst) || wrong.is_some() {
            return Judgement::OutOfTime;
        }
        match quick(candidate, &host, stop) {
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
    });
    if let Some(error) = wrong {
        return Err(error);
    }
    let sizes = Sizes {
        before: explore::size(plan),
        after: explore::size(&smaller),
        tried: progress.tried,
        host_seconds: start.elapsed().as_secs_f64(),
    };
    Ok(Smaller { plan: smaller, sizes })
}
