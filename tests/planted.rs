//! The bugs of `tests/planted`, one for each system of `scenarios/`: each is found by a property or a detector, and with
//! the unaltered files the same runs pass. `docs/systems.md` has how soon.

#![expect(clippy::unwrap_used, reason = "tests may fail")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod systems;

/// Runs after which one gives up.
const SEEDS_MAX: u32 = 60;

/// Runs without the bug, at least: those up to the one in which it was found, and so many.
const RIGHT_MIN: u32 = 5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().unwrap()
}

fn explore(scenario: &Path, seeds: u32, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skysim"));
    command.args(["explore", "--jobs", "1", "--shrink", "1s", "--seeds", &seeds.to_string()]).arg(scenario);
    command.arg("--out").arg(out).env_clear().stdin(Stdio::null());
    command
}

/// The first failure: what it is called, and how many runs it took.
fn first_failure(scenario: &Path, out: &Path) -> Option<(String, u32)> {
    let mut child = explore(scenario, SEEDS_MAX, out).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.map_while(Result::ok).find_map(|line| {
        // found FINGERPRINT in run N (seed S, schedule NAME): what
        let (fingerprint, rest) = line.strip_prefix("found ")?.split_once(" in run ")?;
        let run: u32 = rest.split(' ').next()?.parse().ok()?;
        Some((fingerprint.to_owned(), run + 1))
    });
    // The rest, and its shrinking, is not wanted. It may be over already.
    let _over = child.kill();
    child.wait().unwrap();
    first
}

/// The scenario of a planted bug without the folder of its altered files.
fn unaltered(name: &str, text: &str) -> String {
    let altered = format!("../../tests/planted/{name}/");
    let folder = root().join("scenarios").join(name);
    let mut lines = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(" = \"") else {
            lines.push(line.to_owned());
            continue;
        };
        let value = value.trim_end_matches('"');
        let paths: Vec<&str> = value.split(';').filter(|path| !path.starts_with(&altered)).collect();
        lines.push(match key.trim() {
            "folder" => format!("folder = \"{}\"", folder.display()),
            "luaservice" | "lua_path" => format!("{key} = \"{}\"", paths.join(";")),
            _ => line.to_owned(),
        });
    }
    lines.join("\n") + "\n"
}

fn check(name: &str, kind: &str) {
    let folder = root().join("tests/planted").join(name);
    let out = tempfile::tempdir().unwrap();
    let found = first_failure(&folder, out.path());
    let (fingerprint, runs) = found.unwrap_or_else(|| panic!("not found in {SEEDS_MAX} runs"));
    assert!(fingerprint.contains(kind), "{fingerprint} is no {kind}");
    // The same runs, all of them pass.
    let text = fs::read_to_string(folder.join("scenario.toml")).unwrap();
    let right = unaltered(name, &text);
    assert!(!right.contains("tests/planted"), "{right}");
    let scenario = out.path().join("scenario.toml");
    fs::write(&scenario, right).unwrap();
    let output = explore(&scenario, runs.max(RIGHT_MIN), &out.path().join("right")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "without the bug: {said}");
}

macro_rules! planted {
    ($($name:ident: $kind:literal),* $(,)?) => {
        const LISTED: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            check(stringify!($name), $kind);
        })*
    };
}

planted! {
    chat_room: "-check",
    dependencies: "-check-settled",
    error_recovery: "-check-three-recoveries",
    graceful_shutdown: "-check-nothing-lost",
    hot_reload: "-check-nothing-lost",
    immutable_state: "-check-counts",
    memory_management: "-check-tidy",
    persistence: "-check-safe",
    structured_service: "-expectation",
    task_queue: "-check-books",
    tiered_cache: "-check-coherent",
    worker_pool: "-check-answers",
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn all_are_listed_and_belong_to_a_system() {
    let folder = root().join("tests/planted");
    assert_eq!(names(&folder), LISTED.iter().map(|name| (*name).to_owned()).collect());
    for name in LISTED {
        let system = root().join("scenarios").join(name);
        assert!(system.join("scenario.toml").is_file(), "there is no system {name}");
        for kind in names(&folder.join(name)).iter().filter(|entry| *entry != "scenario.toml") {
            let altered = names(&folder.join(name).join(kind));
            assert!(!altered.is_empty() && altered.is_subset(&names(&system.join(kind))), "{name}: {altered:?}");
        }
    }
}

/// What can be counted without running anything is right in the table, and every system has its row and its bug.
#[test]
fn the_table_of_systems_is_up_to_date() {
    let table = fs::read_to_string(root().join("docs/systems.md")).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| [")).collect();
    assert_eq!(rows.len(), systems::SYSTEMS.len());
    for ((system, chapters), row) in systems::SYSTEMS.iter().zip(rows) {
        let counted = systems::counted(&root(), system, chapters);
        assert!(row.starts_with(&counted), "cargo bench --bench systems: {row}\n{counted}");
        assert!(LISTED.contains(system), "{system} has no planted bug");
    }
}
