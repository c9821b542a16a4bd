//! `--branch`: a process of its own plays the beginning, and copies itself for each future that is asked for. It is only
//! quicker: where there is none, or it does not answer, whoever asks plays the future from its beginning.
//!
//! The two talk in lines of JSON: a [`Branch`] goes there, an [`Answer`] comes back.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::base::VirtualTime;
use crate::cli::args::{ExploreArgs, Shared};
use crate::cli::error::CliError;
use crate::cli::input::Subject;
use crate::explore::{After, Beginning, Outcome, Trial};
use crate::lua::coverage::Coverage;
use crate::scenario::{Branch, Plan};
use crate::world::Verdict;

/// The verb of that process.
pub(super) const VERB: &str = "futures";

/// What became of a future.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::cli) struct Answer {
    /// `None`: whoever asks should play it.
    pub(in crate::cli) outcome: Option<Outcome>,
    /// The hash of its trace, if it was asked for.
    pub(in crate::cli) digest: Option<String>,
}

/// The beginning that futures are asked for.
pub(super) fn asked_for(args: &ExploreArgs, plan: &Plan) -> Result<Option<Beginning>, CliError> {
    let Some(span) = args.branch else { return Ok(None) };
    if let Some(Branch { at, .. }) = plan.branches.first() {
        let problem =
            format!("`{}` branches already, at {at}: --branch wants a scenario that does not", args.path.display());
        return Err(CliError::usage(problem, "take `branch` out of the file, or explore without --branch"));
    }
    let after = if args.schedule.is_some() { After::Same } else { After::Portfolio };
    Ok(Some(Beginning { schedule: plan.schedule.clone(), end: VirtualTime::ZERO + span, after }))
}

/// What is told of how futures are played.
pub(super) fn told(beginning: &Beginning, coverage: bool) -> String {
    let how = match (cfg!(target_os = "linux"), coverage) {
        (true, false) => "each thread plays the beginning once",
        (true, true) => "--coverage counts in one process only: each future is played from its beginning",
        (false, _) => "this system copies no processes: each future is played from its beginning",
    };
    format!("runs differ from {} on; {how}\n", beginning.end)
}

/// A process that has played the beginning, or is about to.
pub(super) struct Server {
    process: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one for these runs, if it can help.
    pub(super) fn start(
        beginning: &Beginning,
        subject: &Subject,
        flags: &Shared,
        coverage: Option<&Coverage>,
    ) -> Result<Option<Server>, CliError> {
        if !cfg!(target_os = "linux") || coverage.is_some() {
            return Ok(None);
        }
        let program = env::current_exe().map_err(CliError::file("find", Path::new("skysim itself")))?;
        let mut command = Command::new(&program);
        let at = beginning.end.since(VirtualTime::ZERO).to_string();
        command.arg(VERB).arg(&subject.path).args(["--at", &at]).args(flags.as_arguments());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(CliError::file("start", &program))?;
        let (Some(asked), Some(answers)) = (process.stdin.take(), process.stdout.take()) else { return Ok(None) };
        Ok(Some(Server { process, asked, answers: BufReader::new(answers) }))
    }

    /// Plays one future; `None` if the process is gone or cannot.
    pub(super) fn play(&mut self, trial: &Trial) -> Option<Outcome> {
        let mut line = serde_json::to_string(trial.branches.last()?).ok()?;
        line.push('\n');
        self.asked.write_all(line.as_bytes()).ok()?;
        line.clear();
        self.answers.read_line(&mut line).ok()?;
        let answer: Answer = serde_json::from_str(&line).ok()?;
        Some(Outcome { trial: trial.clone(), ..answer.outcome? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may still be playing the beginning. If it is gone already, all the better.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// An error if a future was over before it began.
pub(super) fn look_at_end(outcome: &Outcome) -> Result<(), CliError> {
    let Some(Branch { at, .. }) = outcome.trial.branches.last() else { return Ok(()) };
    if outcome.end >= *at || outcome.verdict == Verdict::Interrupted {
        return Ok(());
    }
    let how = if outcome.failure.is_some() { "fails" } else { "is over" };
    let remedy =
        "all runs have that beginning: take an earlier moment, or another --seed; `skysim run` shows what happens";
    Err(CliError::usage(format!("the run {how} at {}, before --branch {at}", outcome.end), remedy))
}
