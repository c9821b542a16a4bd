//! `skysim doctor`: whether this machine and this build can do what skysim promises. A line for each
//! thing, with the remedy where it fails.

use std::env;
use std::fs;
use std::panic;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::args::VERSION;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::lua::state::check_linked_lua;
use crate::memory::Arena;
use crate::report::Colour;
use crate::trace;

/// Services that must be possible at once.
const SERVICES: u64 = 10_000;

/// A program that shows what differs between processes where nothing is done against it.
const PROGRAM: &str = include_str!("starter/doctor.lua");

/// What was found.
enum Finding {
    Good(String),
    Bad { problem: String, remedy: &'static str },
}

pub(super) fn execute(terminal: &Terminal) -> Exit {
    let mut exit = Exit::Passed;
    // Each needs what those before it have found.
    for look in [version, address_space, linked_lua, two_processes] {
        let line = match look() {
            Finding::Good(text) => format!("{}  {text}\n", terminal.out.paint(Colour::Good, "ok ")),
            Finding::Bad { problem, remedy } => {
                exit = Exit::Failed;
                format!("{}  {problem}\n     remedy: {remedy}\n", terminal.out.paint(Colour::Bad, "BAD"))
            }
        };
        terminal.print(&line);
        if exit != Exit::Passed {
            break;
        }
    }
    exit
}

fn version() -> Finding {
    Finding::Good(format!("skysim {VERSION} on {} {}", env::consts::OS, env::consts::ARCH))
}

fn linked_lua() -> Finding {
    match check_linked_lua() {
        Ok(()) => Finding::Good("the Lua inside is the deterministic one that build.rs makes".to_owned()),
        Err(problem) => {
            Finding::Bad { problem, remedy: "build skysim by itself, with `cargo build --release` in its own folder" }
        }
    }
}

fn address_space() -> Finding {
    // The refusal is a panic, which is no bug of skysim here.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let possible = panic::catch_unwind(|| (0..SERVICES).map(Arena::new).collect::<Vec<_>>().len());
    panic::set_hook(hook);
    match possible {
        Ok(_) => Finding::Good(format!("address space for {SERVICES} services")),
        Err(_) => Finding::Bad {
            problem: format!("the system refuses address space for {SERVICES} services"),
            remedy: "`ulimit -v unlimited`, and vm.overcommit_memory = 0 or 1 (4 GiB are reserved, not used, for each service)",
        },
    }
}

fn two_processes() -> Finding {
    match difference() {
        Ok(None) => Finding::Good("two fresh processes give the same run, event by event".to_owned()),
        Ok(Some(text)) => Finding::Bad {
            problem: format!("two fresh processes give different runs:\n{text}"),
            remedy: "please report this, with the name of the machine's processor and system",
        },
        Err(problem) => Finding::Bad { problem, remedy: "make the folder for temporary files writable (TMPDIR)" },
    }
}

/// Runs the program twice. `None`: the same; an error: it could not be done.
fn difference() -> Result<Option<String>, String> {
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let program = folder.path().join("main.lua");
    fs::write(&program, PROGRAM).map_err(|error| error.to_string())?;
    let traces = ["first.jsonl", "second.jsonl"].map(|name| folder.path().join(name));
    for trace in &traces {
        run(&program, trace)?;
    }
    let open = |path: &Path| trace::read(path).map_err(|error| error.to_string());
    let found = trace::first_difference(open(&traces[0])?, open(&traces[1])?).map_err(|error| error.to_string())?;
    Ok(found.map(|difference| difference.render("first process", "second process")))
}

fn run(program: &Path, trace: &Path) -> Result<(), String> {
    let skysim = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(skysim);
    command.arg("run").arg(program).args(["--seed", "7", "--trace"]).arg(trace);
    command.stdin(Stdio::null());
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
