//! `skysim explore`: many runs on all processors, the bugs that they find, each as a small plan that anyone can
//! replay.
//!
//! | file | owns |
//! |---|---|
//! | `workers` | the threads that play the runs |
//! | `dealer` | which run is next |
//! | `orders` | all orders, one after the other |
//! | `futures` | many futures of one beginning |
//! | `promises` | reloads that must change nothing, in some of the runs |
//! | `journal` | what is being run right now, for the case that skysim dies of it |
//! | `ledger` | what is left for `skysim merge` |
//! | `roll` | what each run came to, for who plays them again |
//! | `confirm` | a failure again, in a fresh process |
//! | `minimize` | shrinking within a bounded time, and what is saved of it |

pub(super) mod confirm;
mod dealer;
mod futures;
mod journal;
mod ledger;
pub(super) mod minimize;
mod orders;
mod promises;
mod roll;
mod workers;

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::args::{ExploreArgs, Format, Shared};
use super::error::CliError;
use super::exit::Exit;
use super::failures::{Failures, Saved};
use super::input::Subject;
use super::play::Digests;
use super::shard::Shard;
use super::terminal::Terminal;
use crate::base::Span;
use crate::explore::{Finding, Findings, News, Outcome, Strategy, Trial, Trials, sweep};
use crate::lua::coverage::Coverage;
use crate::report::{self, Account, Found};
use crate::scenario::Plan;
use confirm::Confirmed;
pub(super) use futures::Answer;
use journal::Journal;
use ledger::Identity;
pub(super) use ledger::Ledger;
use roll::Roll;
pub(super) use workers::Runs;
use workers::{Limits, Preference, Work};

/// A main service or a config says not when it ends, and most have a timer that goes on for ever.
const LONE_RUN_MAX: Span = Span::from_millis(600_000);

/// After so many runs that end in an endless loop an exploration is over: each takes seconds of the host's time.
const ENDLESS_MAX: u64 = 10;

pub(super) fn execute(args: &ExploreArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let subject = Subject::read(&args.path, None)?;
    let mut flags = args.flags();
    if flags.until.is_none() && subject.scenario().is_none() {
        terminal.say(&format!("each run ends at {LONE_RUN_MAX} of virtual time; --until says otherwise\n"));
        flags.until = Some(LONE_RUN_MAX);
    }
    let first = subject.plan(&flags)?;
    let strategy = if args.sweep {
        let counted = minimize::play(&sweep::without_faults(&first), &terminal.stop)?;
        Strategy::Sweep(first.schedule.clone(), sweep::targets(&counted.report.faults))
    } else if let Some(beginning) = futures::asked_for(args, &first)? {
        Strategy::Futures(beginning)
    } else {
        args.schedule.clone().map_or(Strategy::Portfolio, Strategy::One)
    };
    let exhaustive = orders::asked_for(args)?;
    let mut runs = args.runs();
    if let Strategy::Sweep(_, targets) = &strategy {
        runs = runs.up_to(targets.len() as u64);
    }
    let trials = Trials { first: first.seed, strategy };
    let preference = dealer::asked_for(args, &first)?;
    let counted = args.coverage.is_some() || preference == Preference::New;
    let coverage = counted.then(|| Arc::new(Coverage::default()));
    let jobs = match exhaustive {
        Some(_) => 1,
        None => args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZero::get),
    };
    let failures = Failures::in_folder(&args.out);
    let journal = Journal::open(&args.out)?;
    for left in journal.left_behind()? {
        terminal.say(&format!("an earlier exploration died in the middle of this run:\n  {left}\n"));
    }
    terminal.say(&report::exploration_begins(&args.path.to_string_lossy(), trials.first, jobs));
    if let Strategy::Futures(beginning) = &trials.strategy {
        terminal.say(&futures::told(beginning, coverage.is_some()));
    }
    let enough = AtomicBool::new(false);
    let work = Work {
        enough: &enough,
        subject: &subject,
        flags: &flags,
        trials: &trials,
        journal: &journal,
        program: &terminal.program,
        stop: &terminal.stop,
        watched: terminal.watched,
        coverage: coverage.as_ref(),
        preference,
        digests: if args.roll.is_some() { Digests::Taken } else { Digests::Off },
    };
    let mut roll = args.roll.as_ref().map(|file| Roll::create(file, runs)).transpose()?;
    let limits = Limits { runs, time: args.time.map(|span| Duration::from_nanos(span.as_nanos())), jobs };
    let mut findings = Findings::default();
    let mut endless = 0;
    let tell_of = |outcome: Outcome, plan: Option<Box<Plan>>| {
        let trial = outcome.trial.clone();
        if outcome.failure.as_ref().is_some_and(|(fingerprint, _)| fingerprint.is_endless_loop()) {
            endless += 1;
            if endless == ENDLESS_MAX {
                enough.store(true, Ordering::SeqCst);
            }
        }
        if let Some(roll) = &mut roll {
            roll.add(&outcome)?;
        }
        if findings.add(outcome) == News::NewBug
            && let Some(plan) = plan
            && let Some(finding) = findings.found.values().find(|finding| finding.quickest == trial)
        {
            // On disk first: whatever is printed is there.
            failures.keep_full(finding, &plan)?;
            terminal.say(&report::news(finding));
        }
        Ok(())
    };
    let (spent, orders, preferred) = match exhaustive {
        Some(bound) => {
            let (spent, orders) = orders::explore(&work, &limits, bound, tell_of)?;
            (spent, Some(orders), None)
        }
        None => {
            let (spent, preferred) = workers::explore(&work, &limits, tell_of)?;
            (spent, None, preferred)
        }
    };
    if enough.load(Ordering::SeqCst) {
        terminal.say(&format!("{ENDLESS_MAX} runs ended in an endless loop: it is enough, since each takes long\n"));
    }
    if let Some(roll) = roll {
        roll.finish()?;
    }
    let promises = if exhaustive.is_some() { None } else { promises::look(&work, runs, findings.runs)? };
    let mut found = Vec::new();
    for finding in findings.found.values() {
        found.push(settle(finding, &subject, &flags, &failures, args, terminal)?);
    }
    let Shard { number: shard, of: shards } = args.share();
    let until = args.until.map(|until| until.to_string());
    let branch = args.branch.map(|branch| branch.to_string());
    let ledger = Ledger {
        identity: Identity::new(&args.path, trials.first, args.schedule.as_deref(), [until, branch], shards),
        shard,
        interrupted: terminal.is_stopped(),
        jobs,
        host_seconds: spent.as_secs_f64(),
        coverage: coverage.map(|coverage| {
            super::coverage::add_files(&coverage, &first);
            coverage.reached()
        }),
        findings,
        found,
        promises,
    };
    ledger.write(&args.out)?;
    let coverage = ledger.coverage.as_ref().map(|reached| super::coverage::account(reached, &first.folder));
    if let (Some(account), Some(into)) = (&coverage, &args.coverage) {
        super::coverage::write(account, &first.folder, trials.first, into)?;
    }
    let account = Account {
        path: ledger.identity.path.clone(),
        findings: &ledger.findings,
        found: &ledger.found,
        jobs,
        host_seconds: ledger.host_seconds,
        coverage,
        orders,
        preferred,
        promises: ledger.promises.as_ref(),
    };
    tell(&account, args.format, args.junit.as_deref(), terminal)?;
    let exit = exit_of(&account);
    Ok(if terminal.is_stopped() { exit.or(Exit::Interrupted) } else { exit })
}

/// Tells what an exploration, or its shares together, came to.
pub(super) fn tell(
    account: &Account<'_>,
    format: Format,
    junit: Option<&Path>,
    terminal: &Terminal,
) -> Result<(), CliError> {
    if let Some(file) = junit {
        let xml = report::junit(&account.path, &report::exploration_cases(account));
        fs::write(file, xml).map_err(CliError::file("write", file))?;
    }
    match format {
        Format::Human => terminal.print(&report::exploration(account, terminal.out)),
        Format::Json => terminal.print(&format!("{:#}\n", report::exploration_document(account))),
    }
    Ok(())
}

/// What it comes to as an exit code.
pub(super) fn exit_of(account: &Account<'_>) -> Exit {
    let exits = account.found.iter().map(|found| if found.same { Exit::Failed } else { Exit::Nondeterminism });
    let broken = account.promises.is_some_and(|promises| !promises.broken.is_empty());
    let exit = exits.fold(if broken { Exit::Failed } else { Exit::Passed }, Exit::or);
    let vacuous = account.findings.runs > 0 && !account.findings.never_tried().is_empty();
    if vacuous { exit.or(Exit::Vacuous) } else { exit }
}

/// What makes a run of the exploration.
fn flags_of(trial: &Trial, flags: &Shared) -> Shared {
    let detect = [&flags.detect[..], trial.detect()].concat();
    Shared { seed: Some(trial.seed), schedule: Some(trial.schedule.clone()), detect, ..flags.clone() }
}

/// What becomes of a bug: confirmed in a fresh process, made smaller, saved.
fn settle(
    finding: &Finding,
    subject: &Subject,
    flags: &Shared,
    failures: &Failures,
    args: &ExploreArgs,
    terminal: &Terminal,
) -> Result<Found, CliError> {
    let flags = flags_of(&finding.quickest, flags);
    let plan = finding.quickest.apply(subject.plan(&flags)?);
    let played = minimize::play(&plan, &terminal.stop)?;
    let full = played.report.pin(&plan);
    let saved: Saved = failures.keep_full(finding, &full)?;
    let confirmed = confirm::confirm(&saved.full, &finding.fingerprint, &terminal.stop)?;
    let repeat = format!("{} replay {}", terminal.program, report::quoted(&saved.folder.to_string_lossy()));
    let mut found = Found {
        finding: finding.clone(),
        same: confirmed == Confirmed::Same,
        difference: match confirmed {
            Confirmed::Different(text) => Some(text),
            Confirmed::Same | Confirmed::Interrupted => None,
        },
        sizes: None,
        folder: saved.folder.to_string_lossy().into_owned(),
        repeat,
        summary: String::new(),
    };
    if !found.same || terminal.is_stopped() {
        return Ok(found);
    }
    let budget = Duration::from_nanos(args.shrink.as_nanos());
    let smaller = minimize::minimize(&full, &finding.fingerprint, budget, &terminal.stop)?;
    found.sizes = Some(smaller.sizes);
    found.summary = failures.keep_minimal(&saved, &smaller.plan, &found.repeat, terminal)?;
    if let Confirmed::Different(text) = confirm::confirm(&saved.minimal, &finding.fingerprint, &terminal.stop)? {
        (found.same, found.difference) = (false, Some(text));
    }
    Ok(found)
}
