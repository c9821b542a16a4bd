//! The command line, as it is written: verbs, flags, help. What the flags mean for a plan is decided in `input`.

mod explore;

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::conform::StandInArgs;
use super::exit;
use super::futures::FuturesArgs;
use super::upgrade::Replacement;
use crate::base::{Seed, Span};
use crate::scenario::Detector;
pub(super) use explore::{ExploreArgs, MergeArgs};

/// Version of skysim, and the Lua inside it.
pub(super) const VERSION: &str = if cfg!(feature = "lua54") {
    concat!(env!("CARGO_PKG_VERSION"), " (Lua 5.4)")
} else {
    concat!(env!("CARGO_PKG_VERSION"), " (Lua 5.5)")
};

/// Runs the Lua services of a Skynet server inside one thread, under virtual time, with all chance
/// drawn from one seed: a run repeats to the last byte.
#[derive(Debug, Parser)]
#[command(name = "skysim", version = VERSION, max_term_width = 100, after_help = exit::HELP)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run one scenario, one Lua service, or the node of a real Skynet config file
    Run(RunArgs),
    /// Run all scenarios and compare the state of their services with snapshots/
    Test(TestArgs),
    /// Run many seeds on all processors; group, shrink and save what fails
    Explore(ExploreArgs),
    /// Play the beginning of a run once, and futures of it as they are asked for: what `explore --branch` starts
    #[command(hide = true)]
    Futures(FuturesArgs),
    /// Tell the shares of an exploration, made on several machines, as one
    Merge(MergeArgs),
    /// Run a saved failure again
    Replay(ReplayArgs),
    /// Make a saved failure smaller
    Shrink(ShrinkArgs),
    /// Step through a run, forwards and backwards, and look at everything on the way
    Debug(DebugArgs),
    /// Play scenarios on a real Skynet, too, and compare replies and logs
    Conform(ConformArgs),
    /// The database of a real node that `conform` has started
    #[command(hide = true)]
    StandIn(StandInArgs),
    /// Show a run in a browser, over virtual time: as it is played, or from a trace
    Serve(ServeArgs),
    /// Write a run as one HTML page that needs nothing else
    Report(ReportArgs),
    /// Reload a service's own code in the middle of a run, and show what that changed: nothing should have
    Reload(ReloadArgs),
    /// Play the calls of a scenario under another version of a file, and show the first answer that differs
    Upgrade(UpgradeArgs),
    /// Print the plan that a scenario and a seed give, with nothing left to chance
    Expand(ExpandArgs),
    /// Print the JSON Schema of scenario files, for editors
    Schema,
    /// Show where two traces part, or how two snapshots differ
    Diff(DiffArgs),
    /// Make a starter project that runs as it is, or one of the listings in a text
    New(NewArgs),
    /// Check that this machine and this build are sound
    Doctor,
}

/// What is the same for everything that runs.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Shared {
    /// Draw all chance from this seed instead of the scenario's: decimal, 0x.., or a git hash
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) seed: Option<Seed>,
    /// End the run at this virtual time: 250ms, 60s, "5 ticks"
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(super) until: Option<Span>,
    /// Who runs next: `skynet` (as with one worker thread), or drawn from the seed: `random`, `uniform`, `fair`, `pct:D`
    #[arg(long, value_name = "NAME")]
    pub(super) schedule: Option<String>,
    /// Let this detector fail the run, too (docs/detectors.md); may be given several times
    #[arg(long, value_name = "NAME", value_parser = detector)]
    pub(super) detect: Vec<Detector>,
    /// Use the Lua library of this Skynet checkout instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub(super) skynet: Option<PathBuf>,
    /// Write everything that happens to this file (JSON Lines, see docs/trace.md)
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Run again in a fresh process and compare event by event
    #[arg(long)]
    pub(super) check: bool,
    #[command(flatten)]
    pub(super) hidden: Hidden,
}

/// A detector by its name.
fn detector(name: &str) -> Result<Detector, String> {
    let names = || Detector::ALL.map(Detector::name).join(", ");
    Detector::by_name(name).ok_or_else(|| format!("there are {}", names()))
}

/// Flags that skysim gives to itself: how a check starts its second run.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Hidden {
    /// What relative paths of a Skynet config file are relative to.
    #[arg(long, hide = true)]
    pub(super) root: Option<PathBuf>,
    /// Traces remember where in the code messages were sent.
    #[arg(long, hide = true)]
    pub(super) positions: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text; services print to stdout
    #[default]
    Human,
    /// One JSON document on stdout; services print to stderr
    Json,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// A scenario (folder or .toml), a main service (.lua), or a Skynet config file
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) shared: Shared,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Scenarios, or folders with scenarios somewhere below [default: scenarios/]
    pub(super) paths: Vec<PathBuf>,
    /// Write the snapshots instead of comparing them, and remove orphans
    #[arg(long, conflicts_with_all = ["seed", "until", "schedule"])]
    pub(super) accept: bool,
    /// Also write the results to this file, in JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(super) shared: Shared,
}

/// Where explorations leave what they find.
const OUT: &str = ".skysim";

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// The folder of a failure, or the beginning of its fingerprint
    pub(super) failure: PathBuf,
    /// Stop after this event (the number behind `#` in reports) and show the state of all services
    #[arg(long, value_name = "EVENT", conflicts_with_all = ["trace", "check", "format"])]
    pub(super) until: Option<u64>,
    /// Write everything that happens to this file (JSON Lines, see docs/trace.md)
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// Run again in a fresh process and compare event by event
    #[arg(long)]
    pub(super) check: bool,
    /// Where failures are kept
    #[arg(long, value_name = "DIR", default_value = OUT)]
    pub(super) out: PathBuf,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ShrinkArgs {
    /// The folder of a failure, or the beginning of its fingerprint
    pub(super) failure: PathBuf,
    /// For how long, of your time
    #[arg(long = "for", value_name = "T", default_value = "30s")]
    pub(super) time: Span,
    /// Where failures are kept
    #[arg(long, value_name = "DIR", default_value = OUT)]
    pub(super) out: PathBuf,
}

/// What verbs that look at one run may change of it.
#[derive(Clone, Debug, Args)]
pub(super) struct Changes {
    /// Draw all chance from this seed instead of the scenario's: decimal, 0x.., or a git hash
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) seed: Option<Seed>,
    /// End the run at this virtual time: 250ms, 60s, "5 ticks"
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(super) until: Option<Span>,
    /// Who runs next: `skynet`, `random`, `uniform`, `fair`, `pct:D`
    #[arg(long, value_name = "NAME")]
    pub(super) schedule: Option<String>,
    /// Use the Lua library of this Skynet checkout instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub(super) skynet: Option<PathBuf>,
}

impl Changes {
    /// The flags as `run` has them.
    pub(super) fn flags(&self) -> Shared {
        let Changes { seed, until, schedule, skynet } = self.clone();
        Shared { seed, until, schedule, skynet, ..Shared::default() }
    }

    fn are_any(&self) -> bool {
        let Changes { seed, until, schedule, skynet } = self;
        seed.is_some() || until.is_some() || schedule.is_some() || skynet.is_some()
    }
}

#[derive(Debug, Args)]
pub(super) struct DebugArgs {
    /// What `run` takes; or a saved failure: its folder, or the beginning of its fingerprint
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Where failures are kept
    #[arg(long, value_name = "DIR", default_value = OUT)]
    pub(super) out: PathBuf,
}

/// What `serve` and `report` look at.
#[derive(Debug, Args)]
pub(super) struct LookArgs {
    /// What `run` takes; or a trace (what `--trace` wrote)
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// A Lua file that says what to show (see docs/serve.md) [default: monitor.lua beside the scenario]
    #[arg(long, value_name = "FILE")]
    pub(super) monitor: Option<PathBuf>,
    /// Virtual time between two looks at mailboxes and monitor [default: 720 looks, if the run has an `until`]
    #[arg(long, value_name = "T")]
    pub(super) every: Option<Span>,
}

impl LookArgs {
    /// Whether something is said that only a run that is played can obey.
    pub(super) fn is_about_a_run(&self) -> bool {
        let LookArgs { path: _, changes, monitor, every } = self;
        changes.are_any() || every.is_some() || monitor.is_some()
    }
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) look: LookArgs,
    /// Where to listen, on this machine only; 0 is any free port
    #[arg(long, value_name = "N", default_value_t = 7007)]
    pub(super) port: u16,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) look: LookArgs,
    /// The file to write
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Real Skynet is the built checkout that SKYNET_HOME names.")]
pub(super) struct ConformArgs {
    /// Scenarios, or folders with scenarios somewhere below
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Draw all chance from this seed instead of the scenario's: decimal, 0x.., or a git hash
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) seed: Option<Seed>,
    /// End longer runs here: real Skynet has only real time, and so long it takes
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(super) until: Option<Span>,
    /// Real nodes at a time
    #[arg(long, value_name = "N", default_value = "4")]
    pub(super) jobs: NonZero<usize>,
    /// Keep the driver, the config and what the real nodes wrote in this folder
    #[arg(long, value_name = "DIR")]
    pub(super) keep: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ReloadArgs {
    /// A scenario (folder or .toml)
    pub(super) path: PathBuf,
    /// The service, by its name in the scenario [default: what each [[reload]] of the scenario says that keeps the code]
    #[arg(long, value_name = "NAME", conflicts_with = "reload")]
    pub(super) service: Option<String>,
    /// Only the [[reload]] of the scenario with this name
    #[arg(long, value_name = "NAME")]
    pub(super) reload: Option<String>,
    /// Call it with these values [default: reload]
    #[arg(long, value_name = "VALUE", num_args = 1.., requires = "service", conflicts_with_all = ["inject", "restart"])]
    pub(super) message: Vec<String>,
    /// Run this Lua file of the scenario's folder inside, instead of a message
    #[arg(long, value_name = "FILE", requires = "service", conflicts_with = "restart")]
    pub(super) inject: Option<String>,
    /// Kill it and start it anew, instead of a message: only for a service that stores its state
    #[arg(long, requires = "service")]
    pub(super) restart: bool,
    /// How many runs with reloads
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) tries: u64,
    /// How many reloads in each of them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(super) times: u64,
    /// Reload before the N-th message to the service, instead of drawn moments; may be given several times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) before: Vec<u64>,
    #[command(flatten)]
    pub(super) compared: ComparedArgs,
}

#[derive(Debug, Args)]
pub(super) struct UpgradeArgs {
    /// A scenario (folder or .toml)
    pub(super) path: PathBuf,
    /// FILE as services see it has the content of NEW from the start; may be given several times
    #[arg(long = "with", required = true, value_name = "FILE=NEW")]
    pub(super) with: Vec<Replacement>,
    /// Compare with the answers in this trace of the scenario, instead of those of the code that is there now
    #[arg(long, value_name = "TRACE")]
    pub(super) recorded: Option<PathBuf>,
    #[command(flatten)]
    pub(super) compared: ComparedArgs,
}

/// What is the same for verbs that compare runs.
#[derive(Clone, Debug, Args)]
pub(super) struct ComparedArgs {
    /// What may differ: a pattern over what is shown, as "state room.generation" or "reply room.*"
    #[arg(long, value_name = "PATTERN")]
    pub(super) ignore: Vec<String>,
    /// Draw all chance from this seed instead of the scenario's: decimal, 0x.., or a git hash
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) seed: Option<Seed>,
    /// End the runs at this virtual time: 250ms, 60s, "5 ticks"
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub(super) until: Option<Span>,
    /// Who runs next: `skynet`, `random`, `uniform`, `fair`, `pct:D`
    #[arg(long, value_name = "NAME")]
    pub(super) schedule: Option<String>,
}

impl ComparedArgs {
    /// The flags as `run` has them.
    pub(super) fn flags(&self) -> Shared {
        Shared { seed: self.seed, until: self.until, schedule: self.schedule.clone(), ..Shared::default() }
    }
}

#[derive(Debug, Args)]
pub(super) struct ExpandArgs {
    /// A scenario: folder or .toml
    pub(super) path: PathBuf,
    /// The seed to draw from, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<Seed>,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// A trace or a snapshot
    pub(super) left: PathBuf,
    /// Another one
    pub(super) right: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The folder to make
    pub(super) name: PathBuf,
    /// Put the Lua listings of this Markdown file into it, with a scenario that starts them (docs/tutorial.md)
    #[arg(long, value_name = "FILE")]
    pub(super) from: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }
}
