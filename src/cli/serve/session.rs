//! The run that a page shows. It goes forwards only, as far as somebody wants to see; how a service stood at an
//! earlier event is found out by playing the run once more beside it.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Value as Json, json};

use super::super::error::CliError;
use super::super::play::variables;
use crate::base::{EventNumber, Handle, Span, VirtualTime};
use crate::kernel::output::Silence;
use crate::kernel::{Incident, Output};
use crate::report::page::{self, Known, Line, Recording};
use crate::scenario::Plan;
use crate::state;
use crate::world::{Checking, HostFiles, Monitor, Progress, TrailKeeping, Verdict, World, WorldOptions};

/// The monitor that a scenario has beside it.
const MONITOR: &str = "monitor.lua";

/// Samples that a run of known length should have.
const SAMPLES: u64 = 720;

/// The shortest time between two samples, unless the user says otherwise; and the one for runs without an end.
const PERIOD_MIN: Span = Span::from_millis(100);
const PERIOD: Span = Span::from_millis(250);

/// How far a run is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// To a time.
    Time(VirtualTime),
    /// To the end of an event.
    Event(u64),
    /// To its end.
    End,
}

/// A run that is looked at while it is played.
pub(super) struct Session {
    plan: Plan,
    host: HostFiles,
    stop: Arc<AtomicBool>,
    monitor: Option<Monitor>,
    period: Span,
    log: Log,
    recording: Recording,
    /// The run; none when it is over.
    world: Option<World>,
    now: VirtualTime,
    event: EventNumber,
    end: Option<End>,
    /// The same run, somewhere before.
    earlier: Option<World>,
}

struct End {
    verdict: Verdict,
    told: Json,
}

impl Session {
    /// Stands before the first event.
    pub(super) fn begin(
        plan: Plan,
        monitor: Option<&Path>,
        every: Option<Span>,
        stop: &Arc<AtomicBool>,
    ) -> Result<Session, CliError> {
        let host = HostFiles::default();
        let monitor = monitor_of(&plan, monitor)?;
        let by_length = plan.until.map(|until| Span::from_nanos(until.as_nanos() / SAMPLES).max(PERIOD_MIN));
        let period = every.or(by_length).unwrap_or(PERIOD);
        let log = Log::default();
        let mut options = options(&host, stop, Box::new(log.clone()));
        options.trail = TrailKeeping::On;
        let world = World::new(&plan, options)?;
        let (now, event) = (world.now(), world.events());
        Ok(Session {
            plan,
            host,
            stop: Arc::clone(stop),
            monitor,
            period,
            log,
            recording: Recording::default(),
            world: Some(world),
            now,
            event,
            end: None,
            earlier: None,
        })
    }

    /// Goes on, for at most so many steps.
    pub(super) fn go_on(&mut self, goal: Goal, steps_max: u64) {
        let mut steps = 0;
        while let Some(world) = &mut self.world {
            let reached = match goal {
                Goal::Time(time) => world.now() >= time,
                Goal::Event(event) => world.events().0 >= event,
                Goal::End => false,
            };
            if reached || steps == steps_max {
                return;
            }
            steps += 1;
            let progress = world.step();
            self.take_down(progress);
        }
    }

    fn take_down(&mut self, progress: Progress) {
        let Some(world) = &mut self.world else { return };
        self.recording.follow(world, self.monitor.as_mut(), self.period);
        for said in self.log.0.take() {
            let name = said.handle.map_or_else(|| "stdout".to_owned(), |handle| world.kernel().label_of(handle));
            let at = said.at.unwrap_or_else(|| world.now());
            self.recording.line(Line(at.as_nanos(), name, said.text));
        }
        (self.now, self.event) = (world.now(), world.events());
        if progress == Progress::Over
            && let Some(mut world) = self.world.take()
        {
            self.recording.sample(&mut world, self.monitor.as_mut());
            let last = world.standing();
            let report = world.report();
            self.end = Some(End { verdict: report.verdict, told: page::end(&report, &last) });
        }
    }

    /// What somebody who knows so much does not know yet.
    pub(super) fn since(&self, known: Known) -> Json {
        let end = self.end.as_ref().map(|end| end.told.clone());
        let place = json!({ "now": self.now.as_nanos(), "event": self.event.0, "end": end });
        page::merged([place, self.recording.since(known)])
    }

    /// The verdict, when the run is over.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.end.as_ref().map(|end| end.verdict)
    }

    /// How a service stood after an event, as text; none if it did not live, or has no state to look at.
    pub(super) fn state(&mut self, service: &str, event: u64) -> Result<Option<String>, CliError> {
        if event >= self.event.0
            && let Some(world) = &mut self.world
        {
            return Ok(world.state_of(service).map(|graph| state::render(&graph)));
        }
        let mut world = match self.earlier.take().filter(|world| world.events().0 <= event) {
            Some(world) => world,
            None => {
                let mut options = options(&self.host, &self.stop, Box::new(Silence));
                options.checks = Checking::Off;
                World::new(&self.plan, options)?
            }
        };
        while world.events().0 < event && world.step() == Progress::Going {}
        let text = world.state_of(service).map(|graph| state::render(&graph));
        self.earlier = Some(world);
        Ok(text)
    }
}

fn options(host: &HostFiles, stop: &Arc<AtomicBool>, output: Box<dyn Output>) -> WorldOptions {
    let mut options = WorldOptions::new(output);
    options.host = host.clone();
    options.stop = Some(Arc::clone(stop));
    options.variables = variables();
    // No watchdog repeats this run: instructions are counted from the beginning, so that endless loops end.
    options.metered_event = Some(1);
    options
}

/// The monitor that the user names, or that lies beside the scenario.
fn monitor_of(plan: &Plan, named: Option<&Path>) -> Result<Option<Monitor>, CliError> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => plan.folder.join(MONITOR),
    };
    if named.is_none() && !path.is_file() {
        return Ok(None);
    }
    let source = fs::read(&path).map_err(CliError::file("read the monitor", &path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Some(Monitor::new(&name, &source)?))
}

/// What services have said since the last look.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<Said>>>);

/// A line, with what is known of it: prints have no sender.
struct Said {
    at: Option<VirtualTime>,
    handle: Option<Handle>,
    text: String,
}

impl Log {
    fn printed(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.trim_end_matches('\n').split('\n');
        self.0.borrow_mut().extend(lines.map(|line| Said { at: None, handle: None, text: line.to_owned() }));
    }
}

impl Output for Log {
    fn print(&mut self, bytes: &[u8]) {
        self.printed(bytes);
    }

    fn print_error(&mut self, bytes: &[u8]) {
        self.printed(bytes);
    }

    fn log(&mut self, now: VirtualTime, handle: Handle, line: &[u8], _file: Option<&str>) {
        let line = String::from_utf8_lossy(line);
        // The page has the service's name beside it.
        let text = line.strip_prefix(&format!("[{handle}] ")).unwrap_or(&line).to_owned();
        self.0.borrow_mut().push(Said { at: Some(now), handle: Some(handle), text });
    }

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}
