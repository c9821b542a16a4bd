//! Playing one plan: its lines go to a stream, and whoever watches sees how far it is.

#![expect(clippy::disallowed_types, reason = "progress is shown in the host's time")]

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::error::CliError;
use super::exit::Exit;
use super::stream::{self, Reader, Stream, Target};
use crate::base::EventNumber;
use crate::kernel::Output;
use crate::kernel::output::Silence;
use crate::lua::coverage::Covering;
use crate::lua::node::Detail;
use crate::lua::watchdog::{Patience, Watchdog};
use crate::scenario::Plan;
use crate::schedule::guided::Guide;
use crate::trace::Tracer;
use crate::world::{
    Changed, Checking, Ending, HostFiles, MessageOrder, Progress, Recording, RunReport, Showing, Standing,
    TrailKeeping, Verdict, World, WorldOptions,
};

/// Runs shorter than this show no progress.
const PROGRESS_AFTER: Duration = Duration::from_millis(500);

/// Host time between two looks at how far it is.
const PROGRESS_PERIOD: Duration = Duration::from_millis(100);

/// Steps between two looks at the host's clock.
const STEPS_PER_LOOK: u32 = 256;

/// How a plan is played.
pub(super) struct Player {
    /// Where lines go.
    pub(super) target: Target,
    /// The file that the record goes to.
    pub(super) trace: Option<PathBuf>,
    /// Whether the record says where in the code messages were sent.
    pub(super) detail: Detail,
    /// Whether somebody watches stderr.
    pub(super) watched: bool,
    /// Ends the run early.
    pub(super) stop: Arc<AtomicBool>,
}

/// A run that is over.
pub(super) struct Played {
    pub(super) report: RunReport,
    pub(super) reader: Reader,
}

impl Player {
    /// Plays the plan; `before` is called when nothing more can be wrong with the input.
    pub(super) fn play(self, plan: &Plan, before: impl FnOnce()) -> Result<Played, CliError> {
        let bar = ProgressBar::hidden();
        let stream = Stream::new(self.target, bar.clone(), Arc::clone(&self.stop));
        let mut watch = Watch::new(bar, self.watched);
        let host = HostFiles::default();
        let watchdog = Watchdog::start(Patience::Short, give_up);
        let options = self.options(plan, &stream, &watchdog, &host)?;
        let world = World::new(plan, options)?;
        before();
        let mut report = watch.follow(world, &stream);
        drop(watchdog);
        let mut metered_event = None;
        if let Ending::Suspected { event } = report.ending {
            stream.rewind();
            let watchdog = Watchdog::start(Patience::Long, give_up);
            let mut options = self.options(plan, &stream, &watchdog, &host)?;
            metered_event = Some(event);
            options.metered_event = metered_event;
            report = watch.follow(World::new(plan, options)?, &stream);
        }
        if report.verdict == Verdict::Failed {
            report.changed = self.look_again(plan, &report, metered_event, &host)?;
        }
        watch.bar.finish_and_clear();
        stream.flush();
        Ok(Played { report, reader: stream.reader() })
    }

    /// Repeats a run up to what failed, to see what changed there.
    fn look_again(
        &self,
        plan: &Plan,
        report: &RunReport,
        metered_event: Option<u64>,
        host: &HostFiles,
    ) -> Result<Vec<Changed>, CliError> {
        let looks = report.looks();
        if looks.is_empty() {
            return Ok(Vec::new());
        }
        let mut options = WorldOptions::new(Box::new(Silence));
        options.checks = Checking::Off;
        options.detail = self.detail;
        options.metered_event = metered_event;
        options.host = host.clone();
        options.stop = Some(Arc::clone(&self.stop));
        options.variables = variables_for(plan);
        Ok(World::new(plan, options)?.look_at(looks))
    }

    /// A run and its repetition see the same files.
    fn options(
        &self,
        plan: &Plan,
        stream: &Stream,
        watchdog: &Watchdog,
        host: &HostFiles,
    ) -> Result<WorldOptions, CliError> {
        let mut options = WorldOptions::new(Box::new(stream.clone()));
        options.watch = Some(watchdog.watch());
        options.host = host.clone();
        options.tracer = tracer_to(self.trace.as_deref())?;
        options.detail = self.detail;
        options.trail = TrailKeeping::On;
        options.stop = Some(Arc::clone(&self.stop));
        options.variables = variables_for(plan);
        Ok(options)
    }
}

/// What is wanted of a run besides its verdict.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The order of its messages.
    pub(super) order: Recording,
    /// Which lines are reached.
    pub(super) covering: Option<&'a Covering>,
    /// It goes as somebody says who walks through all orders.
    pub(super) guide: Option<&'a Guide>,
    /// The hash of its trace.
    pub(super) digests: Digests,
}

/// Whether traces are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digests {
    /// There are none.
    Off,
    /// Of each run, without keeping the trace.
    Taken,
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Wanted { order: Recording::Off, covering: None, guide: None, digests: Digests::Off }
    }
}

/// The order in which a plan's run handles its messages.
pub(super) fn order_of(plan: &Plan, host: &HostFiles, stop: &Arc<AtomicBool>) -> Result<MessageOrder, CliError> {
    let wanted = Wanted { order: Recording::On, ..Wanted::default() };
    Ok(quick(plan, host, stop, wanted)?.order.unwrap_or_default())
}

/// Plays a plan for all that can be seen of it: with these files of the node replaced; its lines go to `output`, which is made
/// anew if the run must be repeated.
pub(super) fn show(
    plan: &Plan,
    replaced: &[(String, Vec<u8>)],
    host: &HostFiles,
    stop: &Arc<AtomicBool>,
    output: impl Fn() -> Box<dyn Output>,
) -> Result<Showing, CliError> {
    let play = |patience, metered_event| -> Result<Showing, CliError> {
        let watchdog = Watchdog::start(patience, give_up);
        let mut options = WorldOptions::new(output());
        options.watch = Some(watchdog.watch());
        options.host = host.clone();
        options.metered_event = metered_event;
        options.stop = Some(Arc::clone(stop));
        options.variables = variables_for(plan);
        let mut world = World::new(plan, options)?;
        for (path, bytes) in replaced {
            world.replace_file(path, bytes)?;
        }
        Ok(world.show())
    };
    let shown = play(Patience::Short, None)?;
    match shown.report.ending {
        Ending::Suspected { event } => play(Patience::Long, Some(event)),
        _ => Ok(shown),
    }
}

/// Plays a plan for what is wanted of it: nothing is printed or kept. `host` may be that of other runs.
pub(super) fn quick(
    plan: &Plan,
    host: &HostFiles,
    stop: &Arc<AtomicBool>,
    wanted: Wanted<'_>,
) -> Result<RunReport, CliError> {
    let play = |patience, metered_event| -> Result<RunReport, CliError> {
        let watchdog = Watchdog::start(patience, give_up);
        let mut options = WorldOptions::new(Box::new(Silence));
        options.watch = Some(watchdog.watch());
        options.host = host.clone();
        options.recording = wanted.order;
        options.coverage = wanted.covering.cloned();
        options.guide = wanted.guide.map(Guide::afresh);
        if wanted.digests == Digests::Taken {
            options.tracer = Tracer::digest_only();
        }
        options.metered_event = metered_event;
        options.stop = Some(Arc::clone(stop));
        options.variables = variables_for(plan);
        Ok(World::new(plan, options)?.run())
    };
    let report = play(Patience::Short, None)?;
    match report.ending {
        Ending::Suspected { event } => play(Patience::Long, Some(event)),
        _ => Ok(report),
    }
}

/// How things stand after an event of a plan.
pub(super) fn stand_at(plan: &Plan, event: EventNumber, stop: &Arc<AtomicBool>) -> Result<Standing, CliError> {
    Ok(shown_world(plan, stop)?.stand_at(event))
}

/// How things stand before an event of a plan, and after it.
pub(super) fn stand_around(plan: &Plan, event: EventNumber, stop: &Arc<AtomicBool>) -> Result<[Standing; 2], CliError> {
    Ok(shown_world(plan, stop)?.stand_around(event))
}

/// A run to look at. What it prints goes nowhere, and endless loops end by their instructions alone.
fn shown_world(plan: &Plan, stop: &Arc<AtomicBool>) -> Result<World, CliError> {
    let mut options = WorldOptions::new(Box::new(Silence));
    options.trail = TrailKeeping::On;
    options.stop = Some(Arc::clone(stop));
    options.variables = variables_for(plan);
    // Nobody watches: instructions are counted from the beginning, so that endless loops end.
    options.metered_event = Some(1);
    Ok(World::new(plan, options)?)
}

/// The environment, if there is a config file that may ask for it.
fn variables_for(plan: &Plan) -> BTreeMap<String, String> {
    if plan.node.config.is_some() { variables() } else { BTreeMap::new() }
}

/// The environment, for config files that ask for it.
pub(super) fn variables() -> BTreeMap<String, String> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// A C function or a finalizer that does not come back cannot be interrupted: the process ends. Called on the
/// watchdog's thread.
#[expect(clippy::disallowed_methods, reason = "the thread that would end the process hangs")]
pub(super) fn give_up(event: u64) {
    stream::write_out();
    let before = event.saturating_sub(1);
    let text = format!(
        "\nevent {event} hangs in a C function (a string pattern, string.rep, table.concat, ..) or in a finalizer (`__gc`), where nothing can \
         interrupt it; skysim gives up\n`skysim debug PATH` with the command `go {before}` stands before it\n"
    );
    let _ = io::stderr().lock().write_all(text.as_bytes());
    process::exit(i32::from(Exit::Failed.code()));
}

/// The record of a run in a file, or none.
fn tracer_to(path: Option<&Path>) -> Result<Tracer, CliError> {
    let Some(path) = path else { return Ok(Tracer::off()) };
    let file = File::create(path).map_err(CliError::file("write the trace", path))?;
    Ok(Tracer::to(Box::new(file)))
}

struct Watch {
    bar: ProgressBar,
    started: Instant,
    looked: Instant,
    watched: bool,
}

impl Watch {
    fn new(bar: ProgressBar, watched: bool) -> Watch {
        let now = Instant::now();
        Watch { bar, started: now, looked: now, watched }
    }

    /// Runs to the end, and shows how far it is.
    fn follow(&mut self, mut world: World, stream: &Stream) -> RunReport {
        let mut steps = 0;
        while world.step() == Progress::Going {
            steps += 1;
            if steps == STEPS_PER_LOOK {
                steps = 0;
                self.look(&world, stream);
            }
        }
        world.report()
    }

    fn look(&mut self, world: &World, stream: &Stream) {
        let now = Instant::now();
        if now.duration_since(self.looked) < PROGRESS_PERIOD {
            return;
        }
        self.looked = now;
        stream.flush();
        let elapsed = now.duration_since(self.started);
        if !self.watched || elapsed < PROGRESS_AFTER {
            return;
        }
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                self.bar.set_style(style);
            }
        }
        let events = world.events().0;
        let rate = u128::from(events) * 1000 / elapsed.as_millis().max(1);
        let seconds = world.now().as_nanos() / 1_000_000_000;
        self.bar.set_message(format!("{seconds} s of virtual time, {events} events, {rate} events/s"));
        self.bar.tick();
    }
}
