//! `skysim test`: every scenario, compared with its snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value as Json, json};

use super::args::{Format, TestArgs};
use super::error::CliError;
use super::exit::Exit;
use super::suite::{self, Case, Found, Outcome, Policy, Settings};
use super::terminal::{Terminal, is_ci};
use crate::base::VirtualTime;
use crate::report::{self, CaseResult, Colour};
use crate::scenario::FILE_NAME;

/// The default of PATH.
const SCENARIOS: &str = "scenarios";

type Judged = Result<Outcome, CliError>;

pub(super) fn execute(args: &TestArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let settings = settings(args, terminal)?;
    let found = suite::discover(&paths(args))?;
    if args.shared.trace.is_some() && found.cases.len() > 1 {
        return Err(CliError::usage("--trace is for one scenario, and there are several", "name one scenario"));
    }
    let mut results: Vec<(&Case, Judged)> = Vec::new();
    run_all(&found.cases, &settings, |case, judged| {
        if args.shared.format == Format::Human {
            terminal.print(&account(case, &judged, terminal));
        }
        if let Err(error) = &judged {
            terminal.complain(error);
        }
        results.push((case, judged));
    });
    let ends = results.iter().map(|(_, judged)| judged.as_ref().map_or(Exit::Usage, |outcome| outcome.exit));
    let exit = ends.fold(Exit::Passed, Exit::or);
    let orphaned = orphans(&found, &results, settings.policy, exit)?;
    let exit = if orphaned.is_some() { exit.or(Exit::SnapshotDiffers) } else { exit };
    if let Some(file) = &args.junit {
        let xml = report::junit("scenarios", &cases(&results, orphaned.as_deref()));
        fs::write(file, xml).map_err(CliError::file("write", file))?;
    }
    match args.shared.format {
        Format::Human => terminal.print(&totals(&results, orphaned.as_deref(), args, terminal)),
        Format::Json => terminal.print(&format!("{:#}\n", document(&results, orphaned.as_deref(), exit))),
    }
    Ok(exit)
}

fn settings(args: &TestArgs, terminal: &Terminal) -> Result<Settings, CliError> {
    let policy = match (args.accept, is_ci()) {
        (true, true) => {
            let remedy = "accept on your own machine, look at the change, and commit it (CI is set here)";
            return Err(CliError::usage("snapshots are not accepted on a build server", remedy));
        }
        (true, false) => Policy::Accept,
        (false, true) => Policy::Compare,
        (false, false) => Policy::Propose,
    };
    Ok(Settings {
        style: terminal.out,
        program: terminal.program.clone(),
        stop: Arc::clone(&terminal.stop),
        flags: args.shared.clone(),
        ..Settings::new(policy)
    })
}

fn paths(args: &TestArgs) -> Vec<PathBuf> {
    if !args.paths.is_empty() {
        return args.paths.clone();
    }
    let alone = !Path::new(SCENARIOS).exists() && Path::new(FILE_NAME).exists();
    vec![PathBuf::from(if alone { "." } else { SCENARIOS })]
}

/// Runs the cases on all processors; `done` gets them in their order.
fn run_all<'c>(cases: &'c [Case], settings: &Settings, mut done: impl FnMut(&'c Case, Judged)) {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(cases.len());
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < cases.len())
                {
                    if sender.send((index, suite::run(&cases[index], settings))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut told = 0;
        for (index, judged) in receiver {
            waiting.insert(index, judged);
            while let Some(judged) = waiting.remove(&told) {
                done(&cases[told], judged);
                told += 1;
            }
        }
    });
}

/// What is said of one scenario.
fn account(case: &Case, judged: &Judged, terminal: &Terminal) -> String {
    let (colour, word) = match judged {
        Ok(Outcome { exit: Exit::Passed, .. }) => (Colour::Good, "ok"),
        Ok(Outcome { exit: Exit::Vacuous, .. }) => (Colour::Doubtful, "vacuous"),
        Ok(Outcome { exit: Exit::Interrupted, .. }) => (Colour::Doubtful, "stopped"),
        Ok(Outcome { exit: Exit::SnapshotDiffers, .. }) => (Colour::Bad, "SNAPSHOT"),
        Ok(Outcome { exit: Exit::Nondeterminism, .. }) => (Colour::Bad, "DIFFERS"),
        Ok(_) => (Colour::Bad, "FAILED"),
        Err(_) => (Colour::Bad, "INVALID"),
    };
    let mut text = format!("{}  {}", terminal.out.paint(colour, &format!("{word:8}")), case.name);
    let Ok(outcome) = judged else { return text + "\n" };
    text.push_str(&format!("  ({}, {} events)\n", outcome.end, outcome.events));
    for file in &outcome.written {
        text.push_str(&format!("          wrote {}\n", file.display()));
    }
    for line in outcome.text.lines() {
        let line = format!("          {line}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Snapshots that nothing asks for, in words. With `--accept` they are removed instead.
fn orphans(found: &Found, results: &[(&Case, Judged)], policy: Policy, exit: Exit) -> Result<Option<String>, CliError> {
    if exit == Exit::Usage || exit == Exit::Interrupted {
        // Nobody knows what an invalid scenario would ask for.
        return Ok(None);
    }
    let outcomes = results.iter().filter_map(|(_, judged)| judged.as_ref().ok());
    let expected: BTreeSet<PathBuf> = outcomes.flat_map(|outcome| outcome.snapshots.clone()).collect();
    let orphans = suite::orphans(found, &expected)?;
    if policy == Policy::Accept {
        orphans.remove()?;
        return Ok(None);
    }
    let lines: Vec<String> =
        orphans.files.iter().map(|file| format!("  {}\n", suite::from_here(file).display())).collect();
    Ok((!lines.is_empty()).then(|| format!("snapshots that no scenario asks for:\n{}", lines.concat())))
}

fn totals(results: &[(&Case, Judged)], orphaned: Option<&str>, args: &TestArgs, terminal: &Terminal) -> String {
    let passed = results.iter().filter(|(_, judged)| matches!(judged, Ok(Outcome { exit: Exit::Passed, .. }))).count();
    let mut text = String::new();
    if let Some(orphaned) = orphaned {
        let paths: String =
            args.paths.iter().map(|path| format!(" {}", report::quoted(&path.to_string_lossy()))).collect();
        text.push_str(&format!("{orphaned}to remove them:\n  {} test{paths} --accept\n", terminal.program));
    }
    let failed = results.len() - passed;
    text.push_str(&format!("{passed} passed, {failed} failed\n"));
    text
}

fn document(results: &[(&Case, Judged)], orphaned: Option<&str>, exit: Exit) -> Json {
    let all = results.iter().map(|(case, judged)| match judged {
        Ok(outcome) => outcome.document.clone(),
        Err(error) => {
            json!({ "scenario": case.path.to_string_lossy(), "verdict": "invalid", "exit": Exit::Usage.code(), "error": error.line() })
        }
    });
    let scenarios: Vec<Json> = all.collect();
    json!({ "v": report::FORMAT_VERSION, "exit": exit.code(), "orphans": orphaned, "scenarios": scenarios })
}

fn cases(results: &[(&Case, Judged)], orphaned: Option<&str>) -> Vec<report::Case> {
    let one = |(case, judged): &(&Case, Judged)| {
        let result = match judged {
            Ok(Outcome { exit: Exit::Passed, .. }) => CaseResult::Passed,
            Ok(outcome) => {
                let kind = outcome.document["verdict"].as_str().unwrap_or("failed").to_owned();
                CaseResult::Failed { kind, text: outcome.text.clone() }
            }
            Err(error) => CaseResult::Error { text: error.line() },
        };
        let end = judged.as_ref().map_or(VirtualTime::ZERO, |outcome| outcome.end);
        report::Case { name: case.name.clone(), end, result }
    };
    let mut all: Vec<report::Case> = results.iter().map(one).collect();
    if let Some(text) = orphaned {
        let result = CaseResult::Failed { kind: "orphans".to_owned(), text: text.to_owned() };
        all.push(report::Case { name: "snapshots".to_owned(), end: VirtualTime::ZERO, result });
    }
    all
}
