//! One scenario: what of it can be played, both runs, and the comparison.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::{Span, VirtualTime};
use crate::cli::args::{ConformArgs, Shared};
use crate::cli::error::CliError;
use crate::cli::input::Subject;
use crate::conform::{self, Comparison, Moments, Transcript};
use crate::scenario::{Dialect, Plan};
use crate::world::Ending;

use super::real::{Real, now_s};
use super::simulated;

/// Runs that take longer than this must be asked for.
const LONGEST: VirtualTime = VirtualTime::from_nanos(600_000_000_000);

/// What is waited for on the real node after the last thing that skysim did.
const GRACE: Span = Span::from_millis(1_000);

/// The folders of skysim's own Lua files.
const LIBRARY: [&str; 2] = ["./skysim/", "skysim/"];

/// How often the real node plays a scenario once more where it agrees with no order of skysim: it may not agree with
/// itself, either.
const AGAIN: usize = 2;

/// What a scenario came to.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) verdict: Verdict,
    pub(super) replies: usize,
    pub(super) log_lines: usize,
    /// How long the real node ran.
    pub(super) seconds: u64,
    pub(super) left_out: Vec<String>,
    /// Answers and logs that depend on the order of messages, and agree with none of skysim's.
    pub(super) by_timing: usize,
}

pub(super) enum Verdict {
    Equal,
    Differs(Vec<String>),
    NotPlayable(String),
    /// It was never meant for real Skynet.
    NotMeant(String),
}

/// Plays a scenario on both sides.
pub(super) fn play(
    args: &ConformArgs,
    name: &str,
    path: &Path,
    home: &Path,
    stop: &Arc<AtomicBool>,
) -> Result<Case, CliError> {
    let plan = Subject::read(path, None)?.plan(&Shared { seed: args.seed, ..Shared::default() })?;
    let speaks = plan.dialect;
    let mut case = Case {
        name: name.to_owned(),
        verdict: Verdict::Equal,
        replies: 0,
        log_lines: 0,
        seconds: 0,
        left_out: Vec::new(),
        by_timing: 0,
    };
    let reduced = match conform::reduce(&cut(plan, args.until)) {
        Ok(reduced) => reduced,
        Err(reason) if speaks == Dialect::Tutorial => {
            return Ok(Case { verdict: Verdict::NotMeant(reason), ..case });
        }
        Err(reason) => return Ok(Case { verdict: Verdict::NotPlayable(reason), ..case }),
    };
    case.left_out = reduced.left_out;
    let plan = reduced.plan;
    if plan.until.is_none() && conform::last_event(&plan).is_none() {
        let reason = "its timeline never ends: give --until".to_owned();
        return Ok(Case { verdict: Verdict::NotPlayable(reason), ..case });
    }
    let real = Real::new(name, &plan, home, args.keep.as_deref())?;
    let (mine, ending, end) = simulated::play(&plan, &real.preload(), stop)?;
    let until = match ending {
        Ending::Until => end,
        Ending::Idle | Ending::Failure => end + GRACE,
        other => {
            let reason = format!("it does not end by itself: {}", other.reason());
            return Ok(Case { verdict: Verdict::NotPlayable(reason), ..case });
        }
    };
    case.seconds = until.as_nanos() / 1_000_000_000;
    if args.until.is_none() && until > LONGEST {
        let reason = format!("it lasts {} s, and real Skynet has only real time: give --until", case.seconds);
        return Ok(Case { verdict: Verdict::NotPlayable(reason), ..case });
    }
    let read = |file: &str| {
        let path = plan.resolve(file);
        fs::read(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
    };
    let source = match conform::driver(&plan, until, &real.transcript(), read) {
        Ok(source) => source,
        Err(reason) => return Ok(Case { verdict: Verdict::NotPlayable(reason), ..case }),
    };
    let runs = Runs { plan: &plan, real: &real, driver: &source, until, home, stop };
    runs.compare(&mut case, Transcript::new(mine, &LIBRARY))?;
    Ok(case)
}

/// The runs of a plan on both sides, as many as it takes to see that they agree.
struct Runs<'a> {
    plan: &'a Plan,
    real: &'a Real,
    driver: &'a str,
    until: VirtualTime,
    home: &'a Path,
    stop: &'a Arc<AtomicBool>,
}

impl Runs<'_> {
    fn compare(&self, case: &mut Case, mine: Transcript) -> Result<(), CliError> {
        case.replies = mine.outcomes.values().map(Vec::len).sum();
        case.log_lines = mine.logs.values().map(Vec::len).sum();
        let (mut real, mut ours) = (Vec::new(), vec![mine]);
        for _ in 0..=AGAIN {
            match self.played()? {
                Ok(run) => real.push(run),
                Err(problem) => {
                    case.verdict = Verdict::Differs(vec![problem]);
                    return Ok(());
                }
            }
            if self.stop.load(Ordering::SeqCst) || self.agree(case, &real, &mut ours)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether real Skynet's runs so far agree with skysim's, of which there are made more if they do not.
    fn agree(&self, case: &mut Case, real: &[Transcript], ours: &mut Vec<Transcript>) -> Result<bool, CliError> {
        loop {
            let found = conform::compare(real, ours, self.moments(), |event| self.describe(event));
            // Who was quicker is settled only when all have been asked.
            let is_settled = found.differences.is_empty() && found.by_timing == 0;
            let number = ours.len() - 1;
            if is_settled || number == conform::ORDERS || self.stop.load(Ordering::SeqCst) {
                case.take(found);
                return Ok(is_settled);
            }
            let (other, _, _) =
                simulated::play(&conform::in_order(self.plan, number), &self.real.preload(), self.stop)?;
            ours.push(Transcript::new(other, &LIBRARY));
        }
    }

    fn played(&self) -> Result<Result<Transcript, String>, CliError> {
        let library = format!("{}/", self.home.display());
        let found = self.real.play(self.plan, self.driver, self.until, self.stop)?;
        Ok(found.map(|found| Transcript::new(found, &[&library, &self.real.stores()])))
    }

    /// The wall clock from the beginning until now: of all runs so far.
    fn moments(&self) -> Moments {
        let length_s = self.until.as_nanos() as f64 / 1e9;
        Moments { from_s: self.real.started_s() as f64 - 1.0, to_s: now_s() as f64 + length_s + 1.0 }
    }

    fn describe(&self, event: usize) -> String {
        match self.plan.events.get(event) {
            Some(event) => format!("line {}: {}", event.origin.line, crate::world::describe(&event.action)),
            None => format!("event {event}"),
        }
    }
}

impl Case {
    fn take(&mut self, found: Comparison) {
        self.by_timing = found.by_timing;
        self.verdict = if !found.differences.is_empty() {
            Verdict::Differs(found.differences)
        } else if found.agreed == 0 {
            Verdict::NotPlayable(format!("nothing comes of it in {} s that could be compared", self.seconds))
        } else {
            Verdict::Equal
        };
    }
}

/// A plan that ends at `until` at the latest.
fn cut(mut plan: Plan, until: Option<Span>) -> Plan {
    let cut = until.map(|until| VirtualTime::ZERO + until);
    plan.until = [plan.until, cut].into_iter().flatten().min();
    plan
}
