//! One scenario, run and judged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value as Json;

use super::find::Case;
use super::snapshots::{self, Compared, Policy};
use crate::base::{EventNumber, VirtualTime};
use crate::cli::args::Shared;
use crate::cli::check::{self, Comparison, First};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::identity::{self, Kept};
use crate::cli::input::Subject;
use crate::cli::play::{Played, Player};
use crate::cli::run::{TraceFile, exit_of};
use crate::cli::stream::Target;
use crate::lua::node::Detail;
use crate::report::{self, Heading, Style};
use crate::scenario::Plan;
use crate::world::{RunReport, Verdict};

/// Runs with a reload, for each that promises to change nothing: `skysim reload` makes more.
const RELOADS_TRIED: u64 = 5;

/// How scenarios are tested.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What may be written.
    pub policy: Policy,
    /// What is said of failures, in colour or not.
    pub style: Style,
    /// How skysim was called, for commands that repeat something.
    pub program: String,
    /// Ends the runs early.
    pub stop: Arc<AtomicBool>,
    /// The flags of the command line.
    pub(in crate::cli) flags: Shared,
}

impl Settings {
    /// Compares, and writes only what `policy` says.
    #[must_use]
    pub fn new(policy: Policy) -> Settings {
        Settings {
            policy,
            style: Style::Plain,
            program: "skysim".to_owned(),
            stop: Arc::new(AtomicBool::new(false)),
            flags: Shared::default(),
        }
    }
}

/// What came of a scenario.
#[derive(Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// The exit code that it asks for.
    pub exit: Exit,
    /// What is to be said about it, if it is not well.
    pub text: String,
    /// The files that were written.
    pub written: Vec<PathBuf>,
    /// The snapshots that it asks for.
    pub snapshots: Vec<PathBuf>,
    /// Virtual time at the end.
    pub end: VirtualTime,
    /// The last event.
    pub events: EventNumber,
    /// The same for programs.
    pub document: Json,
}

/// Runs a scenario with its own seed and compares the states that it asks for.
///
/// # Errors
/// When the scenario, or a file that it needs, is wrong.
pub fn run(case: &Case, settings: &Settings) -> Result<Outcome, CliError> {
    let subject = Subject::read(&case.path, None)?;
    let plan = subject.plan(&settings.flags)?;
    let heading = subject.heading(&settings.program, &plan, &settings.flags);
    let trace = TraceFile::new(&settings.flags)?;
    let player = Player {
        target: Target::Nothing,
        trace: trace.path().map(Path::to_owned),
        detail: Detail::Plain,
        watched: false,
        stop: Arc::clone(&settings.stop),
    };
    let Played { report, .. } = player.play(&plan, || ())?;
    let mut outcome = Outcome {
        name: case.name.clone(),
        exit: exit_of(report.verdict),
        text: String::new(),
        written: Vec::new(),
        snapshots: plan.expect.snapshot.iter().map(|name| snapshots::file_of(&case.snapshots, name)).collect(),
        end: report.end,
        events: report.events,
        document: Json::Null,
    };
    let mut verdict = report.verdict.as_str();
    if outcome.exit == Exit::Passed {
        outcome.compare(case, &report, settings)?;
        // It passes, and perhaps only since it speaks of what never happens.
        outcome.text.extend(report::stale_pins(&report.stale_pins).map(|line| format!("{line}\n")));
        if let Some(text) = broken_promise(&case.path, &plan, settings)? {
            outcome.text.push_str(&text);
            outcome.exit = Exit::Failed;
            verdict = Verdict::Failed.as_str();
        } else if outcome.exit == Exit::SnapshotDiffers {
            verdict = "snapshot differs";
        }
    } else {
        outcome.text = report::summary(&heading, &report, settings.style);
    }
    if let Some(path) = trace.path()
        && outcome.exit != Exit::Interrupted
    {
        verdict = outcome.check_again(case, &plan, path, &heading, &report, settings)?.unwrap_or(verdict);
    }
    let difference = Some(outcome.text.as_str()).filter(|_| verdict != report.verdict.as_str());
    outcome.document = report::document(&heading, &report, verdict, outcome.exit.code(), difference);
    Ok(outcome)
}

/// What a reload changes that must change nothing, in words.
fn broken_promise(path: &Path, plan: &Plan, settings: &Settings) -> Result<Option<String>, CliError> {
    for reload in identity::promised(plan) {
        match identity::look(path, plan, reload, RELOADS_TRIED, &settings.program, &settings.stop)? {
            Kept::No(text) => return Ok(Some(text)),
            Kept::FailsByItself(command) => {
                let text = "without its own reloads the scenario fails by itself";
                return Ok(Some(format!("{text}\nsee it:\n  {command}\n")));
            }
            Kept::Yes | Kept::Interrupted => {}
        }
    }
    Ok(None)
}

impl Outcome {
    fn compare(&mut self, case: &Case, report: &RunReport, settings: &Settings) -> Result<(), CliError> {
        for ((service, state), file) in report.snapshots.iter().zip(&self.snapshots) {
            let file = from_here(file);
            match snapshots::compare(&file, state, &case.source, service, settings.policy)? {
                Compared::Same => {}
                Compared::Written => self.written.push(file),
                Compared::Wrong(text) => {
                    self.exit = Exit::SnapshotDiffers;
                    self.text.push_str(&format!("{text}\n"));
                }
            }
        }
        if self.exit == Exit::SnapshotDiffers {
            let path = report::quoted(&case.path.to_string_lossy());
            self.text.push_str(&format!("if this is as it should be:\n  {} test {path} --accept\n", settings.program));
        }
        Ok(())
    }

    /// Runs it again in a fresh process, if the flags say so.
    fn check_again(
        &mut self,
        case: &Case,
        plan: &Plan,
        trace: &Path,
        heading: &Heading,
        report: &RunReport,
        settings: &Settings,
    ) -> Result<Option<&'static str>, CliError> {
        if !settings.flags.check {
            return Ok(None);
        }
        let first = First { trace, run: report::run(report) };
        match check::again(&case.path, plan.seed, &settings.flags, &first, &settings.stop)? {
            Comparison::Different(text) => {
                self.exit = Exit::Nondeterminism;
                let repeat = &heading.repeat;
                self.text = format!("two runs of the same plan differ\n\n{text}\nrepeat it:\n  {repeat} --check\n");
                Ok(Some("nondeterminism"))
            }
            Comparison::Interrupted => {
                self.exit = Exit::Interrupted;
                Ok(Some("interrupted"))
            }
            Comparison::Same | Comparison::NotMade => Ok(None),
        }
    }
}

/// A path as short as it can be said from the working directory.
pub(in crate::cli) fn from_here(path: &Path) -> PathBuf {
    let here = crate::cli::input::absolute(Path::new("."));
    here.ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).to_owned()
}
