//! What is known about the systems of `scenarios/`: makes the table in `docs/systems.md`. As `cargo bench --bench systems --
//! SEEDS` each scenario is explored with so many seeds; with names behind it, only the rows of these systems are made anew.

#![expect(clippy::print_stdout, reason = "a program that prints what it finds")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

#[path = "../tests/systems/mod.rs"]
mod systems;

/// Seeds of each scenario, if the command does not say.
const SEEDS: u64 = 1_000;

/// Runs after which a planted bug counts as not found.
const PLANTED_SEEDS: u64 = 2_000;

/// What stands above the table.
const HEADING: &str = "\
# The systems

The tutorial's systems, as they are in [scenarios](../scenarios). Made by `cargo bench --bench systems`: do not edit. `scenarios` are those of
failures, `properties` their checks in Lua (detectors not counted), `snapshots` the states that are compared, `seeds` all runs of all
these scenarios. The planted bug is in [tests/planted](../tests/planted), one edit of the system's own files, and found by `explore`.

| system | chapter | scenarios | properties | snapshots | seeds, failed | planted bug | found as | in run |
|---|---|---|---|---|---|---|---|---|
";

fn main() -> Result<(), String> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let seeds = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(SEEDS);
    let names: Vec<&String> = args.iter().filter(|arg| arg.parse::<u64>().is_err()).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let before = std::fs::read_to_string(root.join("docs/systems.md")).map_err(said("docs/systems.md"))?;
    let out = tempfile::tempdir().map_err(said("a folder for results"))?;
    let mut failed: BTreeMap<String, u64> = BTreeMap::new();
    let mut table = HEADING.to_owned();
    for (system, chapters) in systems::SYSTEMS {
        let known = before.lines().find(|row| row.starts_with(&format!("| [{system}]")));
        if let Some(known) = known.filter(|_| !names.is_empty() && !names.contains(&&system.to_owned())) {
            table.push_str(known);
            table.push('\n');
            continue;
        }
        let (mut runs, mut failures) = (0, 0);
        for scenario in systems::scenarios(root, system) {
            let (made, passed) = explored(&scenario, seeds, out.path())?;
            runs += made;
            failures += made - passed;
            if made > passed {
                failed.insert(scenario.display().to_string(), made - passed);
            }
        }
        let (title, kind, run) = planted(&root.join("tests/planted").join(system), out.path())?;
        let counted = systems::counted(root, system, chapters);
        let row = format!("{counted} {runs}, {failures} | {title} | `{kind}` | {run} |\n");
        print!("{row}");
        table.push_str(&row);
    }
    for (scenario, runs) in &failed {
        println!("{scenario}: {runs} runs failed");
    }
    std::fs::write(root.join("docs/systems.md"), table).map_err(said("docs/systems.md"))
}

/// How many runs were made, and how many passed.
fn explored(scenario: &Path, seeds: u64, out: &Path) -> Result<(u64, u64), String> {
    let mut command = explore(scenario, seeds, out);
    let output = command.args(["--format", "json"]).output().map_err(said("skysim explore"))?;
    let document: Json = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let numbers = document["runs"].as_u64().zip(document["passed"].as_u64());
    numbers.ok_or_else(|| format!("an exploration without numbers: {document:#}"))
}

/// What the bug is, as what it is found, and in which run.
fn planted(folder: &Path, out: &Path) -> Result<(String, String, u64), String> {
    let text = std::fs::read_to_string(folder.join("scenario.toml")).map_err(said("a planted bug"))?;
    let title = text.lines().find_map(|line| line.strip_prefix("title  = \"")).unwrap_or_default();
    let title = title.trim_end_matches('"').trim_start_matches("planted: ").to_owned();
    let mut command = explore(folder, PLANTED_SEEDS, out);
    // One at a time, or the first that is printed need not be the first that was begun.
    command.args(["--jobs", "1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(said("skysim"))?;
    let lines = child.stderr.take().map(|pipe| BufReader::new(pipe).lines());
    let first = lines.into_iter().flatten().map_while(Result::ok).find_map(|line| {
        // found FINGERPRINT in run N (seed S, schedule NAME): what
        let (fingerprint, rest) = line.strip_prefix("found ")?.split_once(" in run ")?;
        let run: u64 = rest.split(' ').next()?.parse().ok()?;
        let (_, kind) = fingerprint.split_once('-')?;
        Some((kind.to_owned(), run + 1))
    });
    // It may be over already.
    let _over = child.kill();
    child.wait().map_err(said("skysim"))?;
    let (kind, run) = first.ok_or_else(|| format!("{title}: not found in {PLANTED_SEEDS} runs"))?;
    Ok((title, kind, run))
}

fn explore(scenario: &Path, seeds: u64, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skysim"));
    command.args(["explore", "--shrink", "1s", "--seeds", &seeds.to_string()]).arg(scenario);
    command.arg("--out").arg(out).env_clear().stdin(Stdio::null());
    command
}

fn said<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> String {
    let what = what.to_owned();
    move |error| format!("{what}: {error}")
}
