//! `skysim run`: one run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::args::{Format, RunArgs, Shared};
use super::check::{self, Comparison, First};
use super::error::CliError;
use super::exit::Exit;
use super::input::Subject;
use super::play::{Played, Player};
use super::stream::{Reader, Target};
use super::terminal::Terminal;
use crate::lua::node::Detail;
use crate::report::{self, Colour, Heading};
use crate::world::{RunReport, Verdict};

pub(super) fn execute(args: &RunArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let flags = &args.shared;
    let subject = Subject::read(&args.path, flags.hidden.root.as_deref())?;
    let plan = subject.plan(flags)?;
    let heading = subject.heading(&terminal.program, &plan, flags);
    let trace = TraceFile::new(flags)?;
    let player = Player {
        target: target(flags.format, terminal),
        trace: trace.path().map(Path::to_owned),
        detail: if flags.hidden.positions { Detail::Where } else { Detail::Plain },
        watched: terminal.watched,
        stop: Arc::clone(&terminal.stop),
    };
    let Played { report, reader } = player.play(&plan, || terminal.say(&report::first_line(&heading)))?;
    if let Some(error) = &report.trace_error {
        let remedy = "there is no whole trace of this run; free some space or name another file";
        return Err(CliError::usage(format!("cannot write the trace: {error}"), remedy));
    }
    if let Reader::Refused(kind) = reader {
        let remedy = "the run was broken off; free some space or name another file";
        return Err(CliError::usage(format!("cannot write what services print: {kind}"), remedy));
    }
    let exit = exit_of(report.verdict);
    if reader == Reader::Gone && exit == Exit::Interrupted {
        return Ok(Exit::Passed);
    }
    let comparison = match trace.path() {
        Some(path) if flags.check && exit != Exit::Interrupted => {
            let first = First { trace: path, run: report::run(&report) };
            check::again(&subject.path, plan.seed, flags, &first, &terminal.stop)?
        }
        _ => Comparison::NotMade,
    };
    Ok(tell(&heading, &report, comparison, flags, terminal))
}

/// Tells everything, and what it comes to.
fn tell(heading: &Heading, report: &RunReport, comparison: Comparison, flags: &Shared, terminal: &Terminal) -> Exit {
    let (exit, verdict) = match comparison {
        Comparison::Different(_) => (Exit::Nondeterminism, "nondeterminism"),
        Comparison::Interrupted => (Exit::Interrupted, "interrupted"),
        Comparison::Same | Comparison::NotMade => (exit_of(report.verdict), report.verdict.as_str()),
    };
    if flags.format == Format::Json {
        let difference = match &comparison {
            Comparison::Different(text) => Some(text.as_str()),
            _ => None,
        };
        let document = report::document(heading, report, verdict, exit.code(), difference);
        terminal.print(&format!("{document:#}\n"));
    }
    match comparison {
        Comparison::Different(text) => {
            let word = terminal.err.paint(Colour::Bad, "NONDETERMINISM");
            let (scenario, repeat) = (&heading.scenario, &heading.repeat);
            terminal.say(&format!(
                "{word}  {scenario}: two runs of the same plan differ\n\n{text}\nrepeat it:\n  {repeat} --check\n"
            ));
        }
        Comparison::Same => {
            terminal.say(&report::summary(heading, report, terminal.err));
            if report.verdict == Verdict::Passed {
                terminal.say("  a second run in a fresh process was the same, event by event\n");
            }
        }
        Comparison::NotMade | Comparison::Interrupted => {
            terminal.say(&report::summary(heading, report, terminal.err));
        }
    }
    exit
}

/// Where services print.
pub(super) fn target(format: Format, terminal: &Terminal) -> Target {
    match format {
        Format::Json => Target::Stderr,
        Format::Human if terminal.out_watched => Target::Terminal,
        Format::Human => Target::Stdout,
    }
}

/// The exit code of a run alone.
pub(super) fn exit_of(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Passed => Exit::Passed,
        Verdict::Failed => Exit::Failed,
        Verdict::Vacuous => Exit::Vacuous,
        Verdict::Interrupted => Exit::Interrupted,
    }
}

/// The file that the trace goes to: the user's, or one for the time of a check.
pub(super) enum TraceFile {
    None,
    Named(PathBuf),
    Temporary(NamedTempFile),
}

impl TraceFile {
    pub(super) fn new(flags: &Shared) -> Result<TraceFile, CliError> {
        match &flags.trace {
            Some(path) => Ok(TraceFile::Named(path.clone())),
            None if flags.check => Ok(TraceFile::Temporary(check::temporary_file()?)),
            None => Ok(TraceFile::None),
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            TraceFile::None => None,
            TraceFile::Named(path) => Some(path),
            TraceFile::Temporary(file) => Some(file.path()),
        }
    }
}
