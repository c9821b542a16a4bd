//! One scenario: what of it can be played, both runs, and the comparison.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::base::{Seed, Span, VirtualTime};
use crate::cli::args::{ConformArgs, Shared};
use crate::cli::error::CliError;
use crate::cli::input::Subject;
use crate::conform::{self, Moments, Transcript};
use crate::scenario::{Dialect, Plan};
use crate::world::Ending;

use super::real::Real;
use super::simulated;

/// Runs that take longer than this must be asked for.
const LONGEST: VirtualTime = VirtualTime::from_nanos(600_000_000_000);

/// What is waited for on the real node after the last thing that skysim did.
const GRACE: Span = Span::from_millis(1_000);

/// The folders of skysim's own Lua files.
const LIBRARY: [&str; 2] = ["./skysim/", "skysim/"];

/// Other orders that are tried where something differs.
const ORDERS: u64 = 16;

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
    let found = match real.play(&plan, &source, until, stop)? {
        Ok(found) => found,
        Err(problem) => return Ok(Case { verdict: Verdict::Differs(vec![problem]), ..case }),
    };
    let library = format!("{}/", home.display());
    let theirs = Transcript::new(found, &[&library]);
    let mine = Transcript::new(mine, &LIBRARY);
    case.replies = mine.outcomes.values().map(Vec::len).sum();
    case.log_lines = mine.logs.values().map(Vec::len).sum();
    let from_s = real.started_s() as f64 - 1.0;
    let moments = Moments { from_s, to_s: from_s + case.seconds as f64 + 30.0 };
    let describe = |event: usize| match plan.events.get(event) {
        Some(event) => format!("line {}: {}", event.origin.line, crate::world::describe(&event.action)),
        None => format!("event {event}"),
    };
    let mut all = vec![mine];
    let alone = conform::compare(&theirs, &all, moments, describe);
    if !alone.differences.is_empty() {
        // Perhaps it is only a matter of who was quicker.
        for seed in 1..=ORDERS {
            let mut other = plan.clone();
            other.seed = Seed(seed);
            other.schedule = "random".to_owned();
            let (other, _, _) = simulated::play(&other, &real.preload(), stop)?;
            all.push(Transcript::new(other, &LIBRARY));
        }
        let found = conform::compare(&theirs, &all, moments, describe);
        case.by_timing = found.by_timing;
        if !found.differences.is_empty() {
            case.verdict = Verdict::Differs(found.differences);
        }
    }
    Ok(case)
}

/// A plan that ends at `until` at the latest.
fn cut(mut plan: Plan, until: Option<Span>) -> Plan {
    let cut = until.map(|until| VirtualTime::ZERO + until);
    plan.until = [plan.until, cut].into_iter().flatten().min();
    plan
}
