//! What a run of an exploration costs, and what a second processor brings: five services that pass 200 messages along.
//! `cargo bench --bench exploring -- ROUNDS SECONDS`. Everything is measured in turns, and what is said are medians of
//! ratios within a turn: on a machine that others use, too, only those mean something.

#![expect(clippy::print_stdout, reason = "a program that prints what it measures")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// Turns, and how long each of their explorations takes, if the command does not say.
const ROUNDS: usize = 7;
const SECONDS: u64 = 3;

/// Each round goes along four calls and comes back: eight messages.
const CALLS: u32 = 25;

/// The stations, the last first: each must be there before the one that calls it.
const STATIONS: [&str; 5] = ["e", "d", "c", "b", "a"];

/// Whether anything is asked of the services.
#[derive(Clone, Copy)]
enum Messages {
    /// Nothing: they only start.
    None,
    /// The 200 messages.
    All,
}

fn main() -> Result<(), String> {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let rounds = numbers.next().map_or(ROUNDS, |rounds| rounds as usize);
    let seconds = numbers.next().unwrap_or(SECONDS);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let busy = scenario(&folder.path().join("busy"), Messages::All)?;
    let idle = scenario(&folder.path().join("idle"), Messages::None)?;
    let (mut one, mut scaling, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let [single, double] = [1, 2].map(|jobs| runs_per_second(&busy, jobs, seconds));
        let (single, double, bare) = (single?, double?, runs_per_second(&idle, 1, seconds)?);
        let (whole, building) = (1e6 / single, 1e6 / bare);
        println!(
            "{single:.0} runs/s on one processor, {double:.0} on two ({:.2} times); a run: {whole:.0} us, without messages {building:.0} us",
            double / single
        );
        one.push(single);
        scaling.push(double / single);
        shares.push(building / (whole - building));
    }
    println!("median: {:.0} runs/s on one processor", median(one));
    println!("median: two processors make {:.2} times the runs of one (wanted: 1.9)", median(scaling));
    println!("median: everything but the messages costs {:.2} times the messages (wanted: 1)", median(shares));
    Ok(())
}

/// Writes the scenario to a folder.
fn scenario(folder: &Path, messages: Messages) -> Result<PathBuf, String> {
    let mut text = "schema = 1\ntitle = \"five stations\"\nseed = 1\n[node]\nluaservice = \"?.lua\"\n".to_owned();
    for (index, name) in STATIONS.iter().enumerate() {
        let following = index.checked_sub(1).map(|index| format!(", \".{}\"", STATIONS[index])).unwrap_or_default();
        let _ = write!(text, "[[service]]\nname = \"{name}\"\nfile = \"station\"\nargs = [\"{name}\"{following}]\n");
    }
    if let Messages::All = messages {
        let _ = write!(text, "[[event]]\nat = \"100ms\"\ncall = {{ to = \"a\", args = [\"work\", {CALLS}] }}\n");
    }
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).map_err(|error| error.to_string());
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    write("scenario.toml", &text)?;
    write("station.lua", include_str!("lua/station.lua"))?;
    Ok(folder.to_owned())
}

fn runs_per_second(scenario: &Path, jobs: u32, seconds: u64) -> Result<f64, String> {
    let out = scenario.join("out");
    let mut explore = Command::new(env!("CARGO_BIN_EXE_skysim"));
    explore.arg("explore").arg(scenario).args(["--for", &format!("{seconds}s"), "--jobs", &jobs.to_string()]);
    let status = explore.arg("--out").arg(&out).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !status.map_err(|error| error.to_string())?.success() {
        return Err(format!("the runs of {} fail", scenario.display()));
    }
    let text = fs::read_to_string(out.join("exploration.json")).map_err(|error| error.to_string())?;
    let account: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let (runs, spent) = (account["findings"]["runs"].as_f64(), account["host_seconds"].as_f64());
    runs.zip(spent).map(|(runs, spent)| runs / spent).ok_or_else(|| "an account without runs".to_owned())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
