//! `skysim conform`: scenarios on the real binary and in skysim, side by side.
//!
//! | file | owns |
//! |---|---|
//! | `case` | one scenario, on both sides |
//! | `real` | the real node: its folder and its process |
//! | `simulated` | the run in skysim |
//! | `stand_in` | the SQLite of a real node that has none |

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value as Json, json};

use super::args::{ConformArgs, Format};
use super::error::CliError;
use super::exit::Exit;
use super::suite;
use super::terminal::Terminal;
use crate::lua::LUA_VERSION;
use crate::report::Colour;

use case::{Case, Verdict};

mod case;
mod real;
mod simulated;
mod stand_in;

pub(super) use stand_in::{StandInArgs, execute as stand_in};

/// Lines of each difference that are shown.
const SHOWN_LINES: usize = 12;

/// Differences of a scenario that are shown.
const SHOWN: usize = 6;

const REMEDY: &str = "set SKYNET_HOME to the folder of a built Skynet, with `skynet`, `lualib` and `luaclib` in it";

pub(super) fn execute(args: &ConformArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let home = home()?;
    let found = suite::discover(&args.paths)?;
    let cases: Vec<(String, PathBuf)> = found.cases.into_iter().map(|case| (case.name, case.path)).collect();
    let mut results: Vec<Option<Case>> = cases.iter().map(|_| None).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| -> Result<(), CliError> {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..args.jobs.get().min(cases.len()) {
            let (sender, next, cases, home) = (sender.clone(), &next, &cases, &home);
            let stop = &terminal.stop;
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, path)) = cases.get(index) else { return };
                    if stop.load(Ordering::SeqCst)
                        || sender.send((index, case::play(args, name, path, home, stop))).is_err()
                    {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut told = 0;
        for (index, case) in receiver {
            results[index] = Some(case?);
            // In the order of the names.
            while let Some(Some(case)) = results.get(told) {
                if args.format == Format::Human {
                    terminal.print(&account(case, terminal));
                }
                told += 1;
            }
        }
        Ok(())
    })?;
    if terminal.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    let cases: Vec<Case> = results.into_iter().flatten().collect();
    let exit = exit_of(&cases);
    match args.format {
        Format::Human => terminal.print(&totals(&cases)),
        Format::Json => terminal.print(&format!("{:#}\n", document(&cases, exit))),
    }
    Ok(exit)
}

/// The built Skynet, if it is one with the Lua of this build.
#[expect(clippy::disallowed_methods, reason = "where the real binary is, is the business of who runs this")]
fn home() -> Result<PathBuf, CliError> {
    let Some(home) = env::var_os("SKYNET_HOME").filter(|home| !home.is_empty()) else {
        return Err(CliError::usage("SKYNET_HOME is not set: there is no real Skynet to compare with", REMEDY));
    };
    let folder = super::input::absolute(Path::new(&home))?;
    let binary = folder.join("skynet");
    let Ok(bytes) = fs::read(&binary) else {
        let problem = format!("`{}` is no built Skynet: there is no `skynet` in it", folder.display());
        return Err(CliError::usage(problem, REMEDY));
    };
    let mark = format!("LuaVersion: Lua {LUA_VERSION}");
    if !bytes.windows(mark.len()).any(|window| window == mark.as_bytes()) {
        return Err(CliError::usage(
            format!("`{}` has another Lua in it than this skysim, which has {LUA_VERSION}", binary.display()),
            "compare with a Skynet of the same Lua, or build skysim for the other one (the features `lua55`, `lua54`)",
        ));
    }
    Ok(folder)
}

/// A difference is worse than nothing to compare.
fn exit_of(cases: &[Case]) -> Exit {
    let any = |wanted: fn(&Verdict) -> bool| cases.iter().any(|case| wanted(&case.verdict));
    if any(|verdict| matches!(verdict, Verdict::Differs(_))) {
        Exit::Failed
    } else if any(|verdict| matches!(verdict, Verdict::NotPlayable(_))) {
        Exit::Usage
    } else {
        Exit::Passed
    }
}

fn account(case: &Case, terminal: &Terminal) -> String {
    let (word, colour, rest) = match &case.verdict {
        Verdict::Equal => ("equal", Colour::Good, compared(case)),
        Verdict::Differs(found) => ("differs", Colour::Bad, format!("{}\n{}", compared(case), differences(found))),
        Verdict::NotPlayable(reason) => ("not playable", Colour::Bad, reason.clone()),
        Verdict::NotMeant(reason) => ("not meant", Colour::Doubtful, reason.clone()),
    };
    format!("{}  {}: {}\n", terminal.out.paint(colour, word), case.name, rest.trim_end())
}

fn compared(case: &Case) -> String {
    let mut counted = format!("{} replies, {} log lines, {} s", case.replies, case.log_lines, case.seconds);
    if case.by_timing > 0 {
        counted.push_str(&format!("; {} depend on timing", case.by_timing));
    }
    if case.left_out.is_empty() { counted } else { format!("{counted}; without {}", case.left_out.join(", ")) }
}

fn differences(found: &[String]) -> String {
    let mut text = String::new();
    for difference in found.iter().take(SHOWN) {
        for line in difference.lines().take(SHOWN_LINES) {
            text.push_str(&format!("  {line}\n"));
        }
        if difference.lines().count() > SHOWN_LINES {
            text.push_str("  ..\n");
        }
    }
    if found.len() > SHOWN {
        text.push_str(&format!("  and {} more differences\n", found.len() - SHOWN));
    }
    text
}

fn totals(cases: &[Case]) -> String {
    let count = |wanted: fn(&Verdict) -> bool| cases.iter().filter(|case| wanted(&case.verdict)).count();
    let not_meant = match count(|verdict| matches!(verdict, Verdict::NotMeant(_))) {
        0 => String::new(),
        number => format!(", {number} not meant for real Skynet"),
    };
    format!(
        "\n{} scenarios: {} equal, {} differ, {} not playable{not_meant}\n",
        cases.len(),
        count(|verdict| matches!(verdict, Verdict::Equal)),
        count(|verdict| matches!(verdict, Verdict::Differs(_))),
        count(|verdict| matches!(verdict, Verdict::NotPlayable(_))),
    )
}

fn document(cases: &[Case], exit: Exit) -> Json {
    let one = |case: &Case| {
        let (verdict, reason, differences) = match &case.verdict {
            Verdict::Equal => ("equal", None, &[][..]),
            Verdict::Differs(found) => ("differs", None, &found[..]),
            Verdict::NotPlayable(reason) => ("not playable", Some(reason), &[][..]),
            Verdict::NotMeant(reason) => ("not meant", Some(reason), &[][..]),
        };
        json!({
            "name": case.name,
            "verdict": verdict,
            "reason": reason,
            "replies": case.replies,
            "log_lines": case.log_lines,
            "seconds": case.seconds,
            "by_timing": case.by_timing,
            "left_out": case.left_out,
            "differences": differences,
        })
    };
    json!({ "schema": 1, "exit_code": exit.code(), "scenarios": cases.iter().map(one).collect::<Vec<_>>() })
}
