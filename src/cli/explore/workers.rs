//! The threads that play runs. Which run a thread plays is a matter of chance; what a run does is not.

#![expect(clippy::disallowed_types, reason = "how long to explore is told in the host's time")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::dealer::Dealer;
use super::futures::{self, Server};
use super::journal::{Entry, Journal};
use crate::cli::args::Shared;
use crate::cli::error::CliError;
use crate::cli::input::Subject;
use crate::cli::play::{self, Digests, Wanted};
use crate::explore::{Outcome, Strategy, Trial, Trials};
use crate::lua::coverage::{Coverage, Covering};
use crate::report::Preferred;
use crate::scenario::Plan;
use crate::world::{HostFiles, Verdict};

/// What is explored.
pub(super) struct Work<'a> {
    pub(super) subject: &'a Subject,
    pub(super) flags: &'a Shared,
    pub(super) trials: &'a Trials,
    pub(super) journal: &'a Journal,
    pub(super) program: &'a str,
    pub(super) stop: &'a Arc<AtomicBool>,
    /// Nothing more is worth finding.
    pub(super) enough: &'a AtomicBool,
    pub(super) watched: bool,
    /// Where the lines that are reached are counted, if they are.
    pub(super) coverage: Option<&'a Arc<Coverage>>,
    /// Which runs come next.
    pub(super) preference: Preference,
    /// Whether traces are hashed.
    pub(super) digests: Digests,
}

/// Which runs are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preference {
    /// None: one comes after the other.
    None,
    /// Those that branch off one that reached something new.
    New,
}

/// How much.
pub(super) struct Limits {
    /// The numbers of the runs.
    pub(super) runs: Runs,
    /// Host time after which no run is begun.
    pub(super) time: Option<Duration>,
    /// Threads.
    pub(super) jobs: usize,
}

/// Some of the runs of an exploration: every `step`th, from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Runs {
    pub(in crate::cli) first: u64,
    pub(in crate::cli) step: u64,
    /// How many; `None`: without end.
    pub(in crate::cli) count: Option<u64>,
}

impl Runs {
    /// Those of them whose number is below an end.
    pub(super) fn up_to(self, end: u64) -> Runs {
        Runs { count: Some(end.saturating_sub(self.first).div_ceil(self.step)), ..self }
    }

    /// The number of the n-th of them.
    pub(super) fn nth(self, n: u64) -> Option<u64> {
        if self.count.is_some_and(|count| n >= count) { None } else { Some(self.first + n * self.step) }
    }
}

type Told = Result<(Outcome, Option<Box<Plan>>), CliError>;

/// How long a run in which everything held may wait to be told of: to wake whoever listens costs as much as a service.
const TELL_EVERY: Duration = Duration::from_millis(10);

/// Plays the runs; `tell` gets each that is over, and of a failed one its plan with all draws fixed. Returns the host
/// time that it took, and what came of preferring some.
pub(super) fn explore(
    work: &Work<'_>,
    limits: &Limits,
    mut tell: impl FnMut(Outcome, Option<Box<Plan>>) -> Result<(), CliError>,
) -> Result<(Duration, Option<Preferred>), CliError> {
    let start = Instant::now();
    let deadline = limits.time.map(|time| start + time);
    let prefer_new_in = work.coverage.filter(|_| work.preference == Preference::New);
    let dealer = Dealer::new(work.trials, limits.runs, prefer_new_in.map(Arc::as_ref));
    let over = AtomicBool::new(false);
    let bar = progress(work, limits);
    let (sender, outcomes) = mpsc::channel::<Vec<Told>>();
    let result = thread::scope(|scope| {
        for worker in 0..limits.jobs {
            let (sender, dealer, over) = (sender.clone(), &dealer, &over);
            scope.spawn(move || play_runs(work, worker, deadline, dealer, over, &sender));
        }
        drop(sender);
        let mut result = Ok(());
        for told in outcomes.into_iter().flatten() {
            bar.inc(1);
            let handled = told.and_then(|(outcome, plan)| bar.suspend(|| tell(outcome, plan)));
            if result.is_ok() && handled.is_err() {
                over.store(true, Ordering::SeqCst);
                result = handled;
            }
        }
        result
    });
    bar.finish_and_clear();
    result.map(|()| (start.elapsed(), dealer.preferred()))
}

fn play_runs(
    work: &Work<'_>,
    worker: usize,
    deadline: Option<Instant>,
    dealer: &Dealer<'_>,
    over: &AtomicBool,
    sender: &mpsc::Sender<Vec<Told>>,
) {
    let mut journal = match work.journal.of(worker) {
        Ok(journal) => journal,
        Err(error) => {
            // Whoever listens ends the exploration; nobody listens only after another error.
            let _told = sender.send(vec![Err(error)]);
            return;
        }
    };
    let host = HostFiles::default();
    let (mut untold, mut last_told) = (Vec::new(), Instant::now());
    let mut server = match server(work) {
        Ok(server) => server,
        Err(error) => {
            let _told = sender.send(vec![Err(error)]);
            return;
        }
    };
    let is_over = || {
        let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        late || work.enough.load(Ordering::SeqCst) || work.stop.load(Ordering::SeqCst) || over.load(Ordering::SeqCst)
    };
    while !is_over() {
        let Some(trial) = dealer.next(is_over) else { break };
        let played = play_one(work, trial, &host, &mut journal, server.as_mut());
        if matches!(&played, Ok((outcome, _)) if outcome.verdict == Verdict::Interrupted) {
            break;
        }
        if let Ok((outcome, _)) = &played {
            dealer.played(outcome);
        }
        let passed = matches!(&played, Ok((outcome, _)) if outcome.verdict == Verdict::Passed);
        untold.push(played);
        // What failed is told at once: it must be on disk before anything more happens.
        if !passed || last_told.elapsed() >= TELL_EVERY {
            last_told = Instant::now();
            // Nobody listens any more only after an error, which has been told.
            if sender.send(std::mem::take(&mut untold)).is_err() {
                return;
            }
        }
    }
    let _told = sender.send(untold);
}

/// The process that plays futures, if runs are such.
fn server(work: &Work<'_>) -> Result<Option<Server>, CliError> {
    let Strategy::Futures(beginning) = &work.trials.strategy else { return Ok(None) };
    Server::start(
        beginning,
        work.subject,
        &super::flags_of(&work.trials.nth(0), work.flags),
        work.coverage.map(Arc::as_ref),
    )
}

fn play_one(work: &Work<'_>, trial: Trial, host: &HostFiles, journal: &mut Entry, server: Option<&mut Server>) -> Told {
    let flags = super::flags_of(&trial, work.flags);
    let plan = trial.apply(work.subject.plan(&flags)?);
    let command = work.subject.command(work.program, plan.seed, &flags);
    journal.begin(&if !trial.branches.is_empty() { format!("{command} ({})", trial.drawn()) } else { command })?;
    if let Some(outcome) = server.and_then(|server| server.play(&trial)) {
        futures::look_at_end(&outcome)?;
        // The plan repeats the future as it is, with all its draws.
        let plan = (outcome.verdict == Verdict::Failed).then(|| Box::new(plan));
        return Ok((outcome, plan));
    }
    let run = u32::try_from(trial.index).unwrap_or(u32::MAX - 1);
    let covering = work.coverage.map(|coverage| Covering { coverage: Arc::clone(coverage), run });
    let wanted = Wanted { covering: covering.as_ref(), digests: work.digests, ..Wanted::default() };
    let report = play::quick(&plan, host, work.stop, wanted)?;
    let plan = (report.verdict == Verdict::Failed).then(|| Box::new(report.pin(&plan)));
    let outcome = Outcome::of(trial, &report);
    if matches!(work.trials.strategy, Strategy::Futures(_)) {
        futures::look_at_end(&outcome)?;
    }
    Ok((outcome, plan))
}

pub(super) fn progress(work: &Work<'_>, limits: &Limits) -> ProgressBar {
    if !work.watched {
        return ProgressBar::hidden();
    }
    let bar = limits.runs.count.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = "{spinner} {pos} runs of {len}  {per_sec}  {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
