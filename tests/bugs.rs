//! The bugs of `tests/bugs`: each is found without a check of its own, its report can be read, and nothing is found in
//! its fixed twin. How soon, `docs/bugs.md` says.

#![expect(clippy::unwrap_used, reason = "tests may fail")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs of a fixed twin.
const TWIN_SEEDS: u32 = 150;

/// Lines of the longest report.
const REPORT_LINES_MAX: usize = 40;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bugs")
}

/// What an exploration of so many runs says on stdout, and its exit code.
fn explore(scenario: &Path, seeds: u32) -> (String, Option<i32>) {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_skysim"));
    command.args(["explore", "--jobs", "1", "--shrink", "5s", "--seeds", &seeds.to_string()]).arg(scenario);
    command.arg("--out").arg(out.path()).env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

/// The bug is found within `seeds` runs of the portfolio, as `kind`; not so in the twin.
fn check(name: &str, kind: &str, seeds: u32) {
    let folder = folder().join(name);
    let (text, exit) = explore(&folder, seeds);
    assert_eq!(exit, Some(1), "{text}");
    // FINGERPRINT  in N runs, first in ..: the account of the first, then a line for each other.
    let found: Vec<&str> =
        text.lines().filter(|line| line.contains("  in ") && line.contains(", first in run ")).collect();
    assert!(found.iter().any(|line| line.contains(kind)), "{kind} is not among {found:?}\n{text}");
    let (_, report) = text.split_once("\nFAILED  ").unwrap();
    let (report, _) = report.split_once("\nsaved: ").unwrap();
    assert!(report.lines().count() <= REPORT_LINES_MAX, "{text}");
    let (text, exit) = explore(&folder.join("fixed.toml"), TWIN_SEEDS);
    assert_eq!(exit, Some(0), "the fixed twin: {text}");
}

macro_rules! bugs {
    ($($name:ident: $kind:literal in $seeds:literal),* $(,)?) => {
        const LISTED: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            check(stringify!($name), $kind, $seeds);
        })*
    };
}

bugs! {
    deadlock_ab: "-deadlock" in 100,
    forgotten_reply: "-forgotten-reply" in 100,
    hot_fix_split: "-upvalue-split" in 10,
    killed_callee: "-unanswerable" in 50,
    lost_wakeup: "-lost-wakeup" in 400,
    pairs_order: "-expectation" in 20,
    session_wrap: "-forgotten-reply" in 60,
    state_across_yield: "-check-then-act" in 200,
    timer_fires_twice: "-error-auction" in 400,
    wrong_coroutine: "-wrong-wakeup" in 20,
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn all_are_listed() {
    let there = names(&folder());
    let there: Vec<&str> = there.iter().map(String::as_str).filter(|name| *name != "README.md").collect();
    assert_eq!(there, LISTED);
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for name in LISTED {
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in the README");
    }
}

/// A twin differs in what is fixed and in nothing else, and every fixed file stands before another.
#[test]
fn twins_are_twins() {
    for name in LISTED {
        let folder = folder().join(name);
        let scenario = fs::read_to_string(folder.join("scenario.toml")).unwrap();
        let twin = fs::read_to_string(folder.join("fixed.toml")).unwrap();
        let paths = twin.replace("fixed/?.lua;services/?.lua", "services/?.lua").replace("\"fixed/", "\"services/");
        assert_eq!(scenario, paths, "{name}");
        let fixed = names(&folder.join("fixed"));
        assert!(!fixed.is_empty() && fixed.is_subset(&names(&folder.join("services"))), "{name}: {fixed:?}");
    }
}
