//! What a run does, fully concrete: the data that the run loop works from. No ranges and no `repeat`
//! are left here; the only chance left is that of the fault rules, drawn while the run goes on.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::branch::Branch;
use super::detector::Detector;
use super::event::Event;
use super::fault::FaultRule;
use super::glob::Glob;
use super::model::Model;
use super::pin::Pin;
use super::reload::Reload;
use super::version::VersionPlace;
use super::walltime::WallTime;
use crate::base::{Seed, Span, Value, VirtualTime};

/// The schedule of a file that names none.
pub(super) const DEFAULT_SCHEDULE: &str = "skynet";

/// What handling a message costs in a file that does not say: about what the real runtime needs.
pub(super) const DEFAULT_COST: Span = Span::from_nanos(1_000);

/// Events after the end of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LateEvents {
    /// They prove nothing, and look as if they did.
    #[default]
    Vacuous,
    /// Somebody has cut the run short, and knows.
    Wanted,
}

/// A concrete scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The file that it was read from, as reports name it.
    pub file: String,
    /// What the relative paths of the plan are relative to.
    pub folder: PathBuf,
    /// One sentence: what must hold. May be empty.
    pub title: String,
    /// What the run's own chance (schedule, faults, Lua's random numbers) is drawn from.
    pub seed: Seed,
    /// When the run ends at the latest; `None`: when nothing is left to happen.
    pub until: Option<VirtualTime>,
    /// What events mean that come after that. No key: a file that has such events says too much.
    pub late: LateEvents,
    /// The name of the schedule. Not checked here.
    pub schedule: String,
    /// Virtual time that handling one message takes.
    pub cost: Span,
    /// From when on another seed is drawn from.
    pub branches: Vec<Branch>,
    /// What a run may use.
    pub limits: Limits,
    /// What services may do that is refused by default.
    pub allow: Allow,
    /// Detectors whose findings fail the run, although by default they do not.
    pub detect: Vec<Detector>,
    /// Whether `sim.buggify` may say yes.
    pub buggify: Permission,
    /// Which names services have.
    pub dialect: Dialect,
    /// The simulated Skynet node.
    pub node: NodeSettings,
    /// Services to start before the timeline, in order. Names are unique.
    pub services: Vec<Service>,
    /// How services are given new code. Names are unique.
    pub reloads: Vec<Reload>,
    /// The timeline, in the order of the file.
    pub events: Vec<Event>,
    /// Rules about what goes wrong; the first that matches wins. Names are unique.
    pub faults: Vec<FaultRule>,
    /// What these rules may do at most.
    pub budget: Budget,
    /// Which of two messages is handled first.
    pub pins: Vec<Pin>,
    /// Properties in Lua.
    pub checks: Vec<Check>,
    /// What the answers of services are compared with.
    pub models: Vec<Model>,
    /// What the run must and must not show.
    pub expect: Expect,
}

impl Plan {
    /// The plan of a file that says nothing.
    pub(super) fn empty(file: &str) -> Plan {
        Plan {
            file: file.to_owned(),
            folder: PathBuf::new(),
            title: String::new(),
            seed: Seed::default(),
            until: None,
            late: LateEvents::default(),
            schedule: DEFAULT_SCHEDULE.to_owned(),
            cost: DEFAULT_COST,
            branches: Vec::new(),
            limits: Limits::default(),
            allow: Allow::default(),
            detect: Vec::new(),
            buggify: Permission::Allowed,
            dialect: Dialect::default(),
            node: NodeSettings::default(),
            services: Vec::new(),
            reloads: Vec::new(),
            events: Vec::new(),
            faults: Vec::new(),
            budget: Budget::default(),
            pins: Vec::new(),
            checks: Vec::new(),
            models: Vec::new(),
            expect: Expect::default(),
        }
    }

    /// The reload with this name.
    #[must_use]
    pub fn reload(&self, name: &str) -> Option<&Reload> {
        self.reloads.iter().find(|reload| reload.name == name)
    }

    /// A path of the plan, as the host opens it.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(Path::new(path))
    }
}

/// Bounds of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that one service's Lua state may use; `None`: no limit.
    pub memory: Option<u64>,
    /// Lua instructions that handling one message may take before it counts as an endless loop.
    pub instructions: u64,
    /// Services that may live at once.
    pub services: u32,
    /// Events after which the run is stopped; `None`: no limit.
    pub events: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        // 10^9 instructions are several seconds of real time: no honest handler comes near.
        // Each service takes 4 GiB of the 128 TiB of address space that a process has.
        Limits { memory: None, instructions: 1_000_000_000, services: 20_000, events: None }
    }
}

/// What fault rules may do at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// How many services may be dead or paused at once because of rules; `None`: all.
    pub down: Option<u32>,
    /// Services that no rule may stop.
    pub keep: Vec<Glob>,
    /// From then on no rule acts, and what rules have stopped goes on.
    pub quiet_after: Option<VirtualTime>,
}

/// What is refused unless a scenario allows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// Loading of precompiled Lua.
    pub bytecode: Permission,
    /// The native modules (as `require` names them) that may be loaded from `lua_cpath`.
    pub native: Vec<String>,
    /// Detectors that stay silent.
    pub detectors: Vec<Detector>,
}

/// Whether something may be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permission {
    /// It fails.
    #[default]
    Refused,
    /// It works.
    Allowed,
}

/// Which names services have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Those of real Skynet.
    #[default]
    Skynet,
    /// Also those that a tutorial takes for granted and real Skynet lacks.
    Tutorial,
}

/// The simulated node: the keys of a Skynet config file. `None`: Skynet's (or skysim's) default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeSettings {
    /// The main service.
    pub start: Option<String>,
    /// Where services are found: patterns with `?`, separated by `;`.
    pub luaservice: Option<String>,
    /// Where `require` looks for Lua modules.
    pub lua_path: Option<String>,
    /// Where `require` looks for native modules.
    pub lua_cpath: Option<String>,
    /// Where snax services are found.
    pub snax: Option<String>,
    /// A Lua file that runs in every service before its own.
    pub preload: Option<String>,
    /// The Lua file that loads services.
    pub lualoader: Option<String>,
    /// The first service and its arguments.
    pub bootstrap: Option<String>,
    /// Worker threads of the real server. The simulation has one; services can read the number.
    pub thread: Option<u32>,
    /// The node's harbor id; 0 is a single node.
    pub harbor: Option<u8>,
    /// The log file or logger service.
    pub logger: Option<String>,
    /// Whether Skynet counts each service's processor time.
    pub profile: Option<bool>,
    /// Further keys of the environment: strings, integers, floats and booleans.
    pub env: IndexMap<String, Value>,
    /// A real Skynet config file to use instead of the keys above (not of `env`, which adds to it).
    pub config: Option<String>,
    /// A real Skynet checkout, whose Lua library is used instead of the built-in one.
    pub skynet: Option<String>,
    /// The wall clock at virtual time 0.
    pub start_time: WallTime,
    /// The session after which services begin to count. `None`: 0.
    pub first_session: Option<u32>,
    /// The order in which `pairs` goes.
    pub pairs: PairsOrder,
}

/// The order in which `pairs` goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairsOrder {
    /// That of the table, which the run's hash seed makes.
    #[default]
    Table,
    /// Another each time, but for 1, 2, ..
    Shuffled,
}

/// A service started before the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// What the scenario and reports call it.
    pub name: String,
    /// What is started, as `skynet.newservice` names it.
    pub file: String,
    /// Its arguments: strings, integers, floats and booleans.
    pub args: Vec<Value>,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// Where in its file something is written. No part of what it means: all origins are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// The line, from 1; 0 if it was not read from a file.
    pub line: u32,
}

impl PartialEq for Origin {
    fn eq(&self, _: &Origin) -> bool {
        true
    }
}

impl Eq for Origin {}

/// A property, written in Lua.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What reports call it; the path if the file gives no name.
    pub name: String,
    /// When it must hold.
    pub moment: CheckMoment,
    /// The Lua file.
    pub path: String,
    /// Where the scenario says so.
    pub origin: Origin,
}

/// When a check is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckMoment {
    /// After every action and answer of the timeline, and every 100 ms of virtual time: after every
    /// message would cost many times the run.
    Always,
    /// On the same occasions; it may be false, but never for longer than this.
    Eventually {
        /// So long.
        within: Span,
    },
    /// Once, when the run is over.
    AtEnd,
}

/// What a run must and must not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// Each is part of some log line.
    pub logs: Vec<String>,
    /// None is part of any log line.
    pub logs_no: Vec<String>,
    /// Each is part of some line that services print.
    pub prints: Vec<String>,
    /// None is part of any line that services print.
    pub prints_no: Vec<String>,
    /// Parts of uncaught Lua errors that may happen; any other uncaught error fails the run.
    pub errors: Vec<String>,
    /// Whether calls may still wait for their answer at the end.
    pub waiting: Waiting,
    /// The services whose final state is compared with a stored one.
    pub snapshot: Vec<String>,
    /// What never goes back to an earlier version.
    pub versions: Vec<VersionPlace>,
    /// How the run must end.
    pub outcome: Outcome,
}

/// What calls that still wait at the end of a run mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waiting {
    /// The run fails.
    #[default]
    Forbid,
    /// Nothing.
    Allow,
}

/// How a run must end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Everything holds.
    #[default]
    Pass,
    /// It fails, and the verdict contains this text (empty: any failure will do).
    Fail(String),
}
