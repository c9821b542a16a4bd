//! `--schedule exhaustive`: all orders, one after the other. What a run does says which are left, so that there is one
//! run at a time, on one machine.

#![expect(clippy::disallowed_types, reason = "how long to explore is told in the host's time")]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::workers::{Limits, Work, progress};
use crate::cli::args::ExploreArgs;
use crate::cli::error::CliError;
use crate::cli::play::{self, Wanted};
use crate::explore::orders::{Commuting, Walk, picks};
use crate::explore::{Outcome, Trial};
use crate::lua::coverage::Covering;
use crate::report::{Bound, OrdersAccount};
use crate::scenario::{CheckMoment, Plan, Trigger};
use crate::schedule::Strategy;
use crate::schedule::guided::Picks;
use crate::world::{HostFiles, Verdict};

/// What is walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orders {
    /// The most preemptions, if there is a bound.
    preemptions: Option<u32>,
}

/// Whether all orders are asked for.
pub(super) fn asked_for(args: &ExploreArgs) -> Result<Option<Orders>, CliError> {
    let Some(Ok(Strategy::Exhaustive(preemptions))) = args.schedule.as_deref().map(str::parse) else { return Ok(None) };
    let refuse = |flag: &str, remedy: &str| {
        Err(CliError::usage(format!("`--schedule exhaustive` cannot go with `{flag}`"), remedy))
    };
    if args.shard.is_some() {
        return refuse("--shard", "which order comes next is known only after the one before: explore on one machine");
    }
    if args.jobs.is_some_and(|jobs| jobs.get() > 1) {
        return refuse("--jobs", "which order comes next is known only after the one before: leave it out");
    }
    if args.roll.is_some() {
        return refuse("--runs", "`skysim run` cannot make these runs again");
    }
    if args.branch.is_some() {
        return refuse("--branch", "all orders are those of a whole run");
    }
    if args.sweep {
        return refuse("--sweep", "`--sweep` goes over the faults of one order");
    }
    Ok(Some(Orders { preemptions }))
}

/// What looks at more than services do: then orders that are the same for services may differ.
fn all_differ(plan: &Plan) -> Option<&'static str> {
    if !plan.faults.is_empty() {
        return Some("fault rules draw and count by the order");
    }
    if !plan.pins.is_empty() {
        return Some("pins count messages by the order");
    }
    if plan.events.iter().any(|event| matches!(event.trigger, Trigger::When(_))) {
        return Some("an event waits for a message (`when`)");
    }
    let at_any_moment = plan.checks.iter().any(|check| check.moment != CheckMoment::AtEnd);
    at_any_moment.then_some("a check looks at all services in between (`always`, `eventually`)")
}

/// Plays one order after the other; `tell` gets each run that is over, and of a failed one its plan.
pub(super) fn explore(
    work: &Work<'_>,
    limits: &Limits,
    Orders { preemptions }: Orders,
    mut tell: impl FnMut(Outcome, Option<Box<Plan>>) -> Result<(), CliError>,
) -> Result<(Duration, OrdersAccount), CliError> {
    let start = Instant::now();
    let plan = work.subject.plan(work.flags)?;
    let all_differ = all_differ(&plan);
    let commuting = if all_differ.is_some() { Commuting::Different } else { Commuting::Same };
    let mut walk = Walk::new(preemptions, commuting);
    let mut journal = work.journal.of(0)?;
    let host = HostFiles::default();
    let bar = progress(work, limits);
    let (mut ended_by, mut failed, mut index) = (None, 0, 0);
    while let Some(guide) = walk.ask() {
        if limits.runs.count.is_some_and(|count| index >= count) {
            ended_by = Some(Bound::Runs);
        } else if limits.time.is_some_and(|time| start.elapsed() >= time) {
            ended_by = Some(Bound::Time);
        } else if work.stop.load(Ordering::SeqCst) {
            ended_by = Some(Bound::Stopped);
        } else if work.enough.load(Ordering::SeqCst) {
            ended_by = Some(Bound::Loops);
        }
        if ended_by.is_some() {
            break;
        }
        let trial = |picks: Picks| {
            let schedule = Strategy::Chosen(picks).to_string();
            Trial { index, seed: work.trials.first, schedule, target: None, branches: Vec::new() }
        };
        let flags = super::flags_of(&trial(guide.picks.clone()), work.flags);
        let plan = work.subject.plan(&flags)?;
        journal.begin(&work.subject.command(work.program, plan.seed, &flags))?;
        let run = u32::try_from(index).unwrap_or(u32::MAX - 1);
        let covering = work.coverage.map(|coverage| Covering { coverage: Arc::clone(coverage), run });
        let wanted = Wanted { covering: covering.as_ref(), guide: Some(&guide), ..Wanted::default() };
        let report = play::quick(&plan, &host, work.stop, wanted)?;
        if report.verdict == Verdict::Interrupted {
            ended_by = Some(Bound::Stopped);
            break;
        }
        // Everything that the run took is part of its name, also what the walk made it take.
        let trial = trial(picks(guide.steps.borrow().iter()));
        let plan = (report.verdict == Verdict::Failed).then(|| {
            failed += 1;
            Box::new(report.pin(&Plan { schedule: trial.schedule.clone(), ..plan }))
        });
        walk.learn(&guide).map_err(|strayed| {
            let remedy = "`skysim run --check` shows what differs; please report it";
            CliError::usage(format!("this run does not repeat: {strayed}"), remedy)
        })?;
        bar.inc(1);
        bar.suspend(|| tell(Outcome::of(trial, &report), plan))?;
        index += 1;
    }
    bar.finish_and_clear();
    let name = Strategy::Exhaustive(preemptions).to_string();
    let account = OrdersAccount { name, preemptions, covered: walk.covered(), all_differ, ended_by, failed };
    Ok((start.elapsed(), account))
}
