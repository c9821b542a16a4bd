//! The same bytes everywhere: in fresh processes with other addresses, directories, time zones,
//! locales, environments and processor features; in several threads of one process; in debug and
//! release builds; with and without somebody looking.
//!
//! | variable | |
//! |---|---|
//! | `SKYSIM_OTHER_BUILD` | a program `skysim` of the same version, built otherwise; it makes the second of two runs |
//! | `SKYSIM_SEEDS` | more seeds; 200 are the full claim |
//! | `SKYSIM_SCENARIOS` | only these, with commas in between |
//! | `SKYSIM_EXPLORED` | more explored runs that are made again; 10000 are the full claim |
//! | `SKYSIM_ACCEPT` | stores the snapshot of the program of leaks anew |

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use said::Said;
use serde_json::Value as Json;
use skysim::base::Seed;
use skysim::scenario::{Outcome, Scenario};
use skysim::trace::{Digest, Tracer};
use skysim::world::{Checking, Verdict, World, WorldOptions};
use xxhash_rust::xxh3::xxh3_64;

mod said;

const SCHEDULES: [&str; 5] = ["skynet", "random", "uniform", "fair", "pct:3"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, reason = "whoever starts the tests decides how much they do")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// All that are shipped.
fn scenarios() -> Vec<String> {
    let folders = fs::read_dir(root().join("scenarios")).expect("the scenarios").filter_map(Result::ok);
    let folders = folders.filter(|folder| folder.path().join("scenario.toml").exists());
    let mut names: Vec<String> = folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.len() >= 4, "{names:?}");
    if let Some(wanted) = variable("SKYSIM_SCENARIOS") {
        names.retain(|name| wanted.split(',').any(|wanted| wanted == name));
        assert!(!names.is_empty(), "SKYSIM_SCENARIOS names none: {wanted}");
    }
    names
}

/// The program that these tests were built with, and the other one: if none is named, the same.
fn builds() -> [PathBuf; 2] {
    let own = PathBuf::from(env!("CARGO_BIN_EXE_skysim"));
    let Some(other) = variable("SKYSIM_OTHER_BUILD") else { return [own.clone(), own] };
    let builds = [own, root().join(other)];
    let [left, right] = builds.each_ref().map(|build| {
        let output = Command::new(build).arg("--version").output();
        output.unwrap_or_else(|error| panic!("{}: {error}", build.display())).stdout
    });
    assert_eq!(String::from_utf8_lossy(&left), String::from_utf8_lossy(&right), "two versions cannot be compared");
    builds
}

/// Runs a scenario in this process: its output and its trace's digest.
fn run(path: &Path, seed: u64, schedule: &str, checks: Checking) -> (Vec<u8>, Digest) {
    run_metered(path, seed, schedule, checks, None)
}

fn run_metered(
    path: &Path,
    seed: u64,
    schedule: &str,
    checks: Checking,
    metered_event: Option<u64>,
) -> (Vec<u8>, Digest) {
    let scenario = Scenario::read(path).unwrap_or_else(|error| panic!("{error}"));
    let mut plan = scenario.expand(Seed(seed));
    schedule.clone_into(&mut plan.schedule);
    let said = Said::default();
    let mut options = WorldOptions::new(Box::new(said.clone()));
    options.tracer = Tracer::digest_only();
    options.checks = checks;
    options.metered_event = metered_event;
    let report = World::new(&plan, options).unwrap_or_else(|error| panic!("{error}")).run();
    let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    let output = said.take();
    assert_ne!(report.verdict, Verdict::Failed, "{failures:?}\n{}", String::from_utf8_lossy(&output));
    assert_eq!(checks == Checking::On && !plan.checks.is_empty(), report.checks > 0, "{}", path.display());
    (output, report.digest)
}

fn program() -> PathBuf {
    root().join("tests/determinism/program")
}

/// What is different about a process.
type Change<'a> = &'a dyn Fn(&mut Command);

/// What came of the program of leaks in a fresh process.
#[derive(PartialEq, Eq)]
struct Leaks {
    text: String,
    trace: Vec<u8>,
}

fn leaks(build: &Path, change: impl FnOnce(&mut Command)) -> Leaks {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trace");
    let mut command = Command::new(build);
    command.args(["run", "--until", "1h", "--seed", "7", "--trace"]).arg(&file).arg(program().join("leaks.lua"));
    change(&mut command);
    let output = command.output().expect("skysim starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("\nend: "), "{text}");
    Leaks { text, trace: fs::read(&file).expect("a trace") }
}

/// The first line in which two outputs differ.
fn difference<'a>(left: &'a str, right: &'a str) -> Option<(&'a str, &'a str)> {
    if left == right {
        return None;
    }
    let pairs = left.lines().zip(right.lines());
    Some(pairs.into_iter().find(|(left, right)| left != right).unwrap_or(("as long as the shorter", "")))
}

#[test]
fn no_process_shows() {
    let [build, other_build] = builds();
    let first = leaks(&build, |_| {});
    let elsewhere = tempfile::tempdir().expect("a folder");
    let changes: [(&str, Change<'_>); 9] = [
        ("again", &|_| {}),
        ("and again", &|_| {}),
        ("another directory", &|command| {
            command.current_dir(elsewhere.path());
        }),
        ("another time zone", &|command| {
            command.env("TZ", "Asia/Kathmandu");
        }),
        ("another locale", &|command| {
            command.envs([("LC_ALL", "tr_TR.UTF-8"), ("LANG", "de_DE.UTF-8")]);
        }),
        ("a larger environment", &|command| {
            command.env("PROBE", "x".repeat(60_000));
        }),
        ("no environment", &|command| {
            command.env_clear();
        }),
        ("another processor", &|command| {
            command.env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX,-FMA4");
        }),
        ("other allocations", &|command| {
            command.env("MALLOC_ARENA_MAX", "1").env("MALLOC_PERTURB_", "85");
        }),
    ];
    let same = |other: Leaks, name: &str| {
        assert_eq!(difference(&first.text, &other.text), None, "{name}");
        assert!(first.trace == other.trace, "{name}: the traces differ");
    };
    for (name, change) in changes {
        same(leaks(&build, change), name);
    }
    same(leaks(&other_build, |_| {}), "another build");
}

#[test]
fn no_thread_shows() {
    let run_once = || run(&program(), 7, "skynet", Checking::On);
    let alone = run_once();
    let together: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run_once)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a run")).collect()
    });
    for other in together {
        let (left, right) = (String::from_utf8_lossy(&alone.0), String::from_utf8_lossy(&other.0));
        assert_eq!(difference(&left, &right), None);
        assert_eq!(alone.1, other.1, "the traces differ");
    }
}

#[test]
fn no_machine_shows() {
    let lua = if cfg!(feature = "lua54") { "lua54" } else { "lua55" };
    let path = root().join("tests/determinism").join(format!("leaks-{lua}.txt"));
    let Leaks { text, .. } = leaks(&builds()[0], |_| {});
    let hashed = text.lines().filter_map(|line| line.split_once(": ").filter(|(name, _)| !name.starts_with('[')));
    let now: String = hashed.map(|(name, rest)| format!("{name}: {:016x}\n", xxh3_64(rest.as_bytes()))).collect();
    if variable("SKYSIM_ACCEPT").is_some() {
        fs::write(&path, &now).expect("the snapshot");
    }
    let stored = fs::read_to_string(&path).expect("a snapshot; SKYSIM_ACCEPT=1 makes it");
    assert_eq!(
        difference(&stored, &now),
        None,
        "If allocations of the library have changed on purpose: SKYSIM_ACCEPT=1, for both versions of Lua"
    );
}

#[test]
fn nobody_looking_shows() {
    let (seen, digest) = run(&program(), 7, "skynet", Checking::On);
    let (unseen, other) = run(&program(), 7, "skynet", Checking::Off);
    assert_eq!(difference(&String::from_utf8_lossy(&seen), &String::from_utf8_lossy(&unseen)), None);
    assert_eq!(digest, other);
    for name in scenarios() {
        let path = root().join("scenarios").join(&name);
        // A run that must fail ends where somebody looks.
        let scenario = Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
        if scenario.outline().expect.outcome != Outcome::Pass {
            continue;
        }
        for schedule in SCHEDULES {
            // Its messages take longer than the scenario when they take random time.
            if name == "chat_room_flood" && schedule != "skynet" {
                continue;
            }
            let seen = run(&path, 3, schedule, Checking::On);
            let unseen = run(&path, 3, schedule, Checking::Off);
            assert_eq!(seen.1, unseen.1, "{name} {schedule}");
        }
    }
}

/// A scenario's trace, what is printed and the exit code, from a fresh process.
fn trace(build: &Path, folder: &Path, name: &str, seed: u64, schedule: &str) -> (Vec<u8>, Vec<u8>, Option<i32>) {
    let file = folder.join("trace");
    let output = Command::new(build)
        .arg("run")
        .arg(root().join("scenarios").join(name))
        .args(["--seed", &seed.to_string(), "--schedule", schedule, "--trace"])
        .arg(&file)
        .current_dir(folder)
        .env("PROBE", "x".repeat((seed * 1237 % 5000) as usize))
        .output()
        .expect("skysim starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let trace = fs::read(&file).unwrap_or_else(|error| panic!("{name} {seed} {schedule}: {error}\n{said}"));
    (trace, output.stdout, output.status.code())
}

#[test]
fn seeds_repeat() {
    let seeds = variable("SKYSIM_SEEDS").map_or(1_u64, |text| text.parse().expect("a number of seeds"));
    let builds = builds();
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let names = scenarios();
    let mut differing = Vec::new();
    let mut distinct = std::collections::BTreeSet::new();
    for name in &names {
        for schedule in SCHEDULES {
            for seed in 0..seeds {
                let play = |side: usize| trace(&builds[side], folders[side].path(), name, seed, schedule);
                let (left, right) = std::thread::scope(|scope| {
                    let right = scope.spawn(|| play(1));
                    (play(0), right.join().expect("a run"))
                });
                let parts =
                    [("trace", left.0 == right.0), ("output", left.1 == right.1), ("exit code", left.2 == right.2)];
                for (part, _) in parts.into_iter().filter(|(_, same)| !same) {
                    differing.push(format!("{name} {schedule} {seed}: {part}"));
                }
                assert!(left.0.len() > 1000, "{name} {schedule} {seed}: an empty trace");
                distinct.insert(xxh3_64(&left.0));
            }
        }
    }
    assert_eq!(differing, Vec::<String>::new());
    let pairs = names.len() * SCHEDULES.len() * seeds as usize;
    println!("{pairs} pairs of runs, no difference; {} traces are distinct", distinct.len());
    assert!(distinct.len() as u64 > seeds * 4, "seeds make no difference: {} traces", distinct.len());
}

/// What an explored run was, and what it came to: a line of `explore --runs`.
struct Explored {
    scenario: &'static str,
    line: Json,
}

/// Scenarios with faults, databases, files and checks.
const EXPLORED: [&str; 5] = ["bank", "chat_room", "stores_crash", "tiered_cache_level_down", "worker_pool_deaths"];

fn explore(build: &Path, scenario: &'static str, seeds: u64, jobs: u32) -> Vec<Explored> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("runs");
    let mut command = Command::new(build);
    command.arg("explore").arg(root().join("scenarios").join(scenario)).args(["--seeds", &seeds.to_string()]);
    command.args(["--jobs", &jobs.to_string(), "--shrink", "1ms", "--runs"]).arg(&file);
    let output = command.arg("--out").arg(folder.path().join("out")).output().expect("skysim starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{scenario}: {error}\n{said}"));
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
    let explored: Vec<Explored> = lines.map(|line| Explored { scenario, line }).collect();
    assert_eq!(explored.len() as u64, seeds, "{scenario}\n{said}");
    explored
}

/// Makes an explored run alone in a fresh process. What differs, if anything does.
fn differs(build: &Path, folder: &Path, explored: &Explored) -> Option<String> {
    let line = &explored.line;
    let text = |key: &str| line[key].as_str().expect("a text").to_owned();
    let mut command = Command::new(build);
    command.arg("run").arg(root().join("scenarios").join(explored.scenario)).args(["--format", "json", "--seed"]);
    command.args([line["seed"].to_string(), "--schedule".to_owned(), text("schedule")]);
    for detector in line["detect"].as_array().expect("a list") {
        command.args(["--detect", detector.as_str().expect("a name")]);
    }
    let output = command.arg("--trace").arg(folder.join("trace")).output().expect("skysim starts");
    let again: Json = serde_json::from_slice(&output.stdout).expect("a report");
    let again = &again["run"];
    let same =
        again["digest"] == line["trace"] && again["verdict"] == line["verdict"] && again["events"] == line["events"];
    (!same)
        .then(|| format!("{} {line}: {} {} {}", explored.scenario, again["verdict"], again["events"], again["digest"]))
}

#[test]
fn explored_runs_repeat() {
    let runs = variable("SKYSIM_EXPLORED").map_or(60_u64, |text| text.parse().expect("a number of runs"));
    let [build, other_build] = builds();
    let each = runs.div_ceil(EXPLORED.len() as u64);
    let explored: Vec<Explored> = EXPLORED.iter().flat_map(|name| explore(&build, name, each, 2)).collect();
    let halves: Vec<Vec<String>> = std::thread::scope(|scope| {
        let again = |half: &[Explored]| -> Vec<String> {
            let folder = tempfile::tempdir().expect("a folder");
            half.iter().filter_map(|explored| differs(&other_build, folder.path(), explored)).collect()
        };
        let halves = explored.chunks(explored.len().div_ceil(2));
        let threads: Vec<_> = halves.map(|half| scope.spawn(move || again(half))).collect();
        threads.into_iter().map(|thread| thread.join().expect("runs")).collect()
    });
    assert_eq!(halves.concat(), Vec::<String>::new());
    let distinct: std::collections::BTreeSet<String> =
        explored.iter().map(|explored| explored.line["trace"].to_string()).collect();
    println!("{} explored runs made again, no difference; {} traces are distinct", explored.len(), distinct.len());
    assert!(distinct.len() as u64 > runs / 2, "seeds make no difference: {} traces", distinct.len());
}

/// Memory, templates and code of earlier runs are used again: what a run comes to must not depend on which they were.
#[test]
fn no_earlier_run_shows() {
    let runs: Vec<(&str, u64)> = EXPLORED.iter().flat_map(|name| (1..7).map(move |seed| (*name, seed))).collect();
    let play = |(name, seed): &(&str, u64)| run(&root().join("scenarios").join(name), *seed, "skynet", Checking::On).1;
    let forth: Vec<Digest> = runs.iter().map(play).collect();
    let back: Vec<Digest> = runs.iter().rev().map(play).collect();
    assert!(forth.iter().eq(back.iter().rev()), "the order of runs in a process shows");
    let mixed: Vec<Digest> = std::thread::scope(|scope| {
        let halves: Vec<_> = runs.chunks(runs.len().div_ceil(2)).collect();
        let threads: Vec<_> = halves
            .into_iter()
            .map(|half| scope.spawn(move || half.iter().rev().map(play).collect::<Vec<_>>().into_iter().rev()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("runs")).collect()
    });
    assert_eq!(forth, mixed, "runs in other threads show");
}

/// Whether the instructions of a message are counted depends on the host's load: the run must not.
#[test]
fn no_suspicion_shows() {
    for (name, schedule, seed) in [("chat_room_reload", "random", 94), ("chat_room", "skynet", 1)] {
        let path = root().join("scenarios").join(name);
        let free = run(&path, seed, schedule, Checking::On);
        for event in (1..200).step_by(20) {
            let metered = run_metered(&path, seed, schedule, Checking::On, Some(event));
            assert_eq!(free.1, metered.1, "{name}: event {event} was metered");
            assert_eq!(free.0, metered.0, "{name}: event {event} was metered");
        }
    }
}
