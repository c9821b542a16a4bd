//! How soon the bugs of `tests/bugs` are found, and how small they become: makes the table in `docs/bugs.md`. As
//! `cargo bench --bench bugs -- NAME` it shows the rows of those whose name contains NAME, and writes nothing.

#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program that prints what it measures, in the host's time"
)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value as Json;

/// How runs are ordered; none is the portfolio.
const STRATEGIES: [Option<&str>; 3] = [Some("random"), Some("pct:3"), None];

/// Runs after which one gives up.
const SEEDS_MAX: u64 = 20_000;

/// Runs of a twin, in which nothing may be found.
const TWIN_SEEDS: u64 = 10_000;

/// What stands above the table.
const HEADING: &str = "\
# How bugs are found

Made by `cargo bench --bench bugs`, from the services in [tests/bugs](../tests/bugs/README.md): do not edit. One thread;
seconds are those of the machine that made it, in the build that made it. `seeds` are runs up to and with the first that fails. A plan's
parts are its events, faults, services, checks and pins; the order of a run found by chance becomes pins, so that few parts may become more.

| bug | found as | `random`: seeds (s) | `pct:3`: seeds (s) | portfolio: seeds (s) | parts of the plan, shrunken | events of the run, shrunken | shrinking (s) | runs of the fixed twin, alarms |
|---|---|---|---|---|---|---|---|---|
";

fn main() -> Result<(), String> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut table = HEADING.to_owned();
    for folder in bugs(&root.join("tests/bugs"))? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part)) {
            continue;
        }
        let row = row(&name, &folder)?;
        print!("{row}");
        table.push_str(&row);
    }
    if wanted.is_empty() {
        std::fs::write(root.join("docs/bugs.md"), table).map_err(said("docs/bugs.md"))?;
    }
    Ok(())
}

fn bugs(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(said("tests/bugs"))?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

/// One line of the table.
fn row(name: &str, folder: &Path) -> Result<String, String> {
    let out = std::env::temp_dir().join(format!("skysim-bugs-{}", std::process::id())).join(name);
    let mut row = format!("| {name} ");
    let mut found = String::new();
    let mut last = None;
    for strategy in STRATEGIES {
        match first_failure(folder, strategy, &out)? {
            Some(first) => {
                let _infallible = write!(found, "| {} ({:.1}) ", first.seeds, first.seconds);
                last = Some(first.fingerprint);
            }
            None => {
                let _infallible = write!(found, "| not in {SEEDS_MAX} ");
            }
        }
    }
    let kind = last.as_deref().and_then(|print| print.split_once('-')).map_or("", |(_, words)| words);
    let _infallible = write!(row, "| {kind} {found}");
    row.push_str(&match &last {
        Some(fingerprint) => shrunken(fingerprint, &out)?,
        None => "| | | ".to_owned(),
    });
    let alarms = alarms(&folder.join("fixed.toml"), &out)?;
    let _infallible = writeln!(row, "| {TWIN_SEEDS}, {alarms} |");
    std::fs::remove_dir_all(&out).map_err(said(name))?;
    Ok(row)
}

/// The first run of an exploration that fails.
struct First {
    fingerprint: String,
    seeds: u64,
    seconds: f64,
}

/// Explores until something is found.
fn first_failure(scenario: &Path, strategy: Option<&str>, out: &Path) -> Result<Option<First>, String> {
    let mut command = skysim(&["explore", "--jobs", "1", "--seeds", &SEEDS_MAX.to_string()]);
    command.arg(scenario).arg("--out").arg(out).stdout(Stdio::null()).stderr(Stdio::piped());
    if let Some(strategy) = strategy {
        command.args(["--schedule", strategy]);
    }
    let start = Instant::now();
    let mut child = command.spawn().map_err(said("skysim"))?;
    let lines = child.stderr.take().map(|pipe| BufReader::new(pipe).lines());
    let first = lines.into_iter().flatten().map_while(Result::ok).find_map(|line| {
        // found FINGERPRINT in run N (seed S, schedule NAME): what
        let (fingerprint, rest) = line.strip_prefix("found ")?.split_once(" in run ")?;
        let run: u64 = rest.split(' ').next()?.parse().ok()?;
        let seconds = start.elapsed().as_secs_f64();
        Some(First { fingerprint: fingerprint.to_owned(), seeds: run + 1, seconds })
    });
    if first.is_some() {
        // What was printed is saved.
        child.kill().map_err(said("skysim"))?;
    }
    child.wait().map_err(said("skysim"))?;
    Ok(first)
}

/// The columns about shrinking.
fn shrunken(fingerprint: &str, out: &Path) -> Result<String, String> {
    let mut command = skysim(&["shrink", fingerprint, "--for", "30s"]);
    let output = command.arg("--out").arg(out).output().map_err(said("skysim shrink"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // minimal: 9 parts of the plan -> 7  (23 runs, 0.5 s)
    let numbers: Vec<&str> = text
        .lines()
        .find_map(|line| line.strip_prefix("minimal: "))
        .map(|line| line.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|part| !part.is_empty()).collect())
        .unwrap_or_default();
    let [before, after, _, seconds, ..] = numbers[..] else { return Err(format!("skysim shrink said: {text}")) };
    let folder = out.join("failures").join(fingerprint);
    let (full, minimal) = (events(&folder.join("full.toml"))?, events(&folder.join("scenario.toml"))?);
    Ok(format!("| {before}, {after} | {full}, {minimal} | {seconds} "))
}

/// How many events a run has.
fn events(plan: &Path) -> Result<u64, String> {
    let output = skysim(&["run", "--format", "json"]).arg(plan).output().map_err(said("skysim run"))?;
    let document: Json = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    document["run"]["events"].as_u64().ok_or_else(|| "a run without events".to_owned())
}

/// How many runs of a twin fail.
fn alarms(twin: &Path, out: &Path) -> Result<u64, String> {
    let seeds = TWIN_SEEDS.to_string();
    let mut command = skysim(&["explore", "--format", "json", "--shrink", "1s", "--seeds", &seeds]);
    let output = command.arg(twin).arg("--out").arg(out).output().map_err(said("skysim explore"))?;
    let document: Json = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    match (document["runs"].as_u64(), document["passed"].as_u64()) {
        (Some(runs), Some(passed)) if runs == TWIN_SEEDS => Ok(runs - passed),
        _ => Err(format!("an exploration without numbers: {document:#}")),
    }
}

fn skysim(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skysim"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

fn said<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> String {
    let what = what.to_owned();
    move |error| format!("{what}: {error}")
}
