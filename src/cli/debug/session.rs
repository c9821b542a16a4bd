//! The run that is looked at. Going back is going forwards again from the beginning: the same run, and what it
//! printed is not printed twice.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use indicatif::ProgressBar;

use super::super::error::CliError;
use super::super::play::variables;
use super::super::stream::{Stream, Target};
use super::breakpoint::{Armed, Breakpoint};
use super::command::Goal;
use crate::scenario::Plan;
use crate::world::{HostFiles, Progress, TrailKeeping, World, WorldOptions};

/// A run, and how it began.
pub(super) struct Session {
    plan: Plan,
    host: HostFiles,
    stream: Stream,
    world: World,
}

/// Why a run stands still.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// It is where it was to go, or over.
    Goal,
    /// A breakpoint; one without a number nobody has set.
    Breakpoint { number: Option<u32>, why: String },
    /// Ctrl-C.
    Interrupted,
}

impl Session {
    /// Stands before the first event.
    pub(super) fn begin(plan: Plan, target: Target) -> Result<Session, CliError> {
        let stream = Stream::new(target, ProgressBar::hidden(), Arc::new(AtomicBool::new(false)));
        let host = HostFiles::default();
        let world = build(&plan, &host, &stream)?;
        Ok(Session { plan, host, stream, world })
    }

    /// The run as it stands.
    pub(super) fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// The last event.
    pub(super) fn event(&self) -> u64 {
        self.world.events().0
    }

    /// Where the run stands, for the prompt.
    pub(super) fn place(&self) -> String {
        format!("#{} {}", self.world.events(), self.world.now())
    }

    /// Whether it has gone beyond a place.
    pub(super) fn is_past(&self, goal: &Goal) -> bool {
        match goal {
            Goal::Event(event) => self.event() > *event,
            Goal::Time(time) => self.world.now() > *time,
            Goal::End => false,
        }
    }

    /// Stands before the first event again.
    pub(super) fn begin_again(&mut self) -> Result<(), CliError> {
        self.stream.rewind();
        self.world = build(&self.plan, &self.host, &self.stream)?;
        Ok(())
    }

    /// Goes back to the moment after an event.
    pub(super) fn return_to(&mut self, event: u64) -> Result<(), CliError> {
        self.begin_again()?;
        self.go_on(&Goal::Event(event), [], || false).map(|_| ())
    }

    /// Goes on to a place, unless a breakpoint or the end of the run comes before. `interrupted` is asked after
    /// each event.
    pub(super) fn go_on<'a>(
        &mut self,
        goal: &Goal,
        breakpoints: impl IntoIterator<Item = (Option<u32>, &'a Breakpoint)>,
        interrupted: impl Fn() -> bool,
    ) -> Result<Pause, CliError> {
        let mut armed: Vec<(Option<u32>, Armed<'_>)> =
            breakpoints.into_iter().map(|(number, breakpoint)| (number, breakpoint.arm(&mut self.world))).collect();
        let pause = loop {
            if self.has_reached(goal) {
                break Pause::Goal;
            }
            let before = self.event();
            let progress = self.world.step();
            if self.event() != before {
                let last = self.world.last_delivery().filter(|_| !armed.is_empty());
                let struck = armed
                    .iter_mut()
                    .filter_map(|(number, armed)| Some((*number, armed.strikes(&mut self.world, last.as_ref())?)))
                    .next();
                if let Some((number, why)) = struck {
                    break Pause::Breakpoint { number, why };
                }
            }
            if progress == Progress::Over {
                break Pause::Goal;
            }
            if interrupted() {
                break Pause::Interrupted;
            }
        };
        self.stream.flush();
        Ok(pause)
    }

    fn has_reached(&self, goal: &Goal) -> bool {
        match goal {
            Goal::Event(event) => self.event() >= *event,
            Goal::Time(time) => self.world.now() >= *time,
            Goal::End => false,
        }
    }
}

fn build(plan: &Plan, host: &HostFiles, stream: &Stream) -> Result<World, CliError> {
    let mut options = WorldOptions::new(Box::new(stream.clone()));
    options.host = host.clone();
    options.trail = TrailKeeping::On;
    options.variables = variables();
    // Nobody watches: instructions are counted from the beginning, so that endless loops end.
    options.metered_event = Some(1);
    Ok(World::new(plan, options)?)
}
