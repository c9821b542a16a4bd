//! `skysim futures`, which `explore --branch` starts: plays the beginning of a run once, and what comes after it as often
//! as it is asked. Each future is played in a copy of this process, which therefore has one thread: the watchdog rests
//! when copies are made, and wakes in each of them.

use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::args::Shared;
use super::error::CliError;
use super::exit::Exit;
use super::explore::Answer;
use super::input::Subject;
use super::play::{give_up, variables};
use crate::base::{Seed, Span, VirtualTime};
use crate::explore::{Outcome, Trial};
use crate::kernel::output::Silence;
use crate::lua::watchdog::{Patience, Watchdog};
use crate::memory::in_a_copy;
use crate::scenario::{Branch, Plan};
use crate::trace::Tracer;
use crate::world::{Ending, Progress, World, WorldOptions};

/// The arguments of that process.
#[derive(Debug, Args)]
pub(super) struct FuturesArgs {
    /// What `run` takes.
    path: PathBuf,
    /// Where the beginning ends.
    #[arg(long)]
    at: Span,
    /// Tell the hash of each future's trace, too.
    #[arg(long)]
    digest: bool,
    #[command(flatten)]
    shared: Shared,
}

pub(super) fn execute(args: &FuturesArgs) -> Result<Exit, CliError> {
    let plan = Subject::read(&args.path, None)?.plan(&args.shared)?;
    let mut beginning = Stood::at(&plan, VirtualTime::ZERO + args.at, args)?;
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let answer = beginning.as_mut().map(|beginning| beginning.answer(&line)).unwrap_or_default();
        let mut out = io::stdout().lock();
        let text = if answer.is_empty() { b"{}".to_vec() } else { answer };
        if out.write_all(&text).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    Ok(Exit::Passed)
}

/// A run that stands where its futures begin.
struct Stood {
    /// Taken only in copies of the process.
    world: Option<World>,
    watchdog: Watchdog,
    patience: Patience,
    seed: Seed,
    schedule: String,
}

impl Stood {
    /// Plays a beginning; `None` if the run is over before its end.
    fn at(plan: &Plan, end: VirtualTime, args: &FuturesArgs) -> Result<Option<Stood>, CliError> {
        let mut metered_event = None;
        loop {
            let patience = if metered_event.is_none() { Patience::Short } else { Patience::Long };
            let mut watchdog = Watchdog::start(patience, give_up);
            let mut options = WorldOptions::new(Box::new(Silence));
            options.watch = Some(watchdog.watch());
            options.metered_event = metered_event;
            options.variables = variables();
            if args.digest {
                options.tracer = Tracer::digest_only();
            }
            let mut world = World::new(plan, options)?;
            while !world.has_come_to(end) && world.step() == Progress::Going {}
            watchdog.rest();
            match world.ending() {
                None => {
                    let (seed, schedule) = (plan.seed, plan.schedule.clone());
                    return Ok(Some(Stood { world: Some(world), watchdog, patience, seed, schedule }));
                }
                Some(Ending::Suspected { event }) if metered_event.is_none() => metered_event = Some(*event),
                Some(_) => return Ok(None),
            }
        }
    }

    /// The answer to a line; empty if whoever asks should play the future.
    fn answer(&mut self, line: &str) -> Vec<u8> {
        let Ok(branch) = serde_json::from_str::<Branch>(line) else { return Vec::new() };
        in_a_copy(|| self.play(branch).unwrap_or_default()).ok().flatten().unwrap_or_default()
    }

    /// Plays a future, in a copy of the process.
    fn play(&mut self, branch: Branch) -> Option<Vec<u8>> {
        let trial = Trial {
            index: 0,
            seed: self.seed,
            schedule: self.schedule.clone(),
            target: None,
            branches: vec![branch.clone()],
        };
        let mut world = self.world.take()?;
        world.branch_off(branch).ok()?;
        self.watchdog.wake(self.patience, give_up);
        let report = world.run();
        if matches!(report.ending, Ending::Suspected { .. }) {
            return None;
        }
        let outcome = Some(Outcome::of(trial, &report));
        serde_json::to_vec(&Answer { outcome, digest: Some(report.digest.to_string()) }).ok()
    }
}
