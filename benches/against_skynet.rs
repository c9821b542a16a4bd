//! The same Lua work on skysim and on real Skynet with one worker, in turns: medians of the ratios.
//!
//! `SKYNET_HOME=/path/to/a/built/skynet cargo bench --bench against_skynet -- [ROUNDS] [WORK]`; with WORK only
//! the lines whose name contains it, as `table` or `real`.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program that prints what it measures")]

mod measure;

use std::path::Path;
use std::process::Command;

use measure::{Recording, host_time, time};
use mlua::Lua;

/// Kind of work, pieces in a run, the ratio that must be kept, and the one to reach for.
const WORK: [(&str, u64, f64, f64); 6] = [
    ("call", 100_000, 0.20, 0.12),
    ("send", 100_000, 0.22, 0.15),
    ("table", 30_000, 0.35, 0.20),
    ("spread", 100_000, 0.15, 0.10),
    ("fork", 100_000, 0.22, 0.15),
    ("newservice", 2_000, 0.25, 0.18),
];

const REAL_LIBRARY: (f64, f64) = (0.85, 0.75);
const LIMIT: (f64, f64) = (3.0, 2.0);
const TRACED: (f64, f64) = (1.3, 1.15);

fn main() {
    let Some(home) = std::env::var("SKYNET_HOME").ok().filter(|home| !home.is_empty()) else {
        println!("skipped: SKYNET_HOME does not name a built checkout of Skynet");
        return;
    };
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let rounds: usize = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(7);
    let wanted = arguments.iter().find(|argument| argument.parse::<usize>().is_err());
    let is_wanted = |what: &str| wanted.is_none_or(|wanted| what.contains(wanted.as_str()));
    println!("{:<28} {:>10} {:>10} {:>7} {:>9} {:>8}", "work", "skysim ns", "Skynet ns", "ratio", "at most", "stretch");
    let compare = |what: &str, most, stretch, round: &dyn Fn() -> (f64, f64)| {
        if is_wanted(what) {
            compare(what, rounds, most, stretch, round);
        }
    };
    for (what, count, most, stretch) in WORK {
        compare(what, most, stretch, &|| {
            (per_piece(count, || time(what, count, None, Recording::Off)), real(&home, what, count))
        });
    }
    let count = 100_000;
    compare("call, real lualib", REAL_LIBRARY.0, REAL_LIBRARY.1, &|| {
        (per_piece(count, || time("call", count, Some(&home), Recording::Off)), real(&home, "call", count))
    });
    let lua = Lua::new();
    let limit = lua.load(include_str!("lua/limit.lua")).into_function().expect("good Lua");
    compare("call / bare Lua limit", LIMIT.0, LIMIT.1, &|| {
        let bare = host_time(|| limit.call::<()>(count).expect("it ends"));
        (per_piece(count, || time("call", count, None, Recording::Off)), bare.as_nanos() as f64 / count as f64)
    });
    compare("call traced / untraced", TRACED.0, TRACED.1, &|| {
        let traced = per_piece(count, || time("call", count, None, Recording::On));
        (traced, per_piece(count, || time("call", count, None, Recording::Off)))
    });
}

fn per_piece(count: u64, run: impl Fn() -> std::time::Duration) -> f64 {
    run().as_nanos() as f64 / count as f64
}

/// Prints the medians of some rounds, each of which times both sides one after the other.
fn compare(what: &str, rounds: usize, most: f64, stretch: f64, round: impl Fn() -> (f64, f64)) {
    let pairs: Vec<(f64, f64)> = (0..rounds).map(|_| round()).collect();
    let ratio = median(pairs.iter().map(|(ours, theirs)| ours / theirs).collect());
    let ours = median(pairs.iter().map(|(ours, _)| *ours).collect());
    let theirs = median(pairs.iter().map(|(_, theirs)| *theirs).collect());
    println!("{what:<28} {ours:>10.0} {theirs:>10.0} {ratio:>7.3} {most:>9.2} {stretch:>8.2}");
}

/// The middle one of some numbers.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Nanoseconds for a piece of work on the real binary, by its own clock.
fn real(home: &str, what: &str, count: u64) -> f64 {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/lua");
    let folder = tempfile::tempdir().expect("a folder for the config");
    let config = folder.path().join("config");
    let programs = programs.display();
    let text = format!(
        "thread = 1\nharbor = 0\nprofile = false\nstart = 'work'\nbootstrap = 'snlua bootstrap'\n\
         what = '{what}'\ncount = '{count}'\nluaservice = './service/?.lua;{programs}/?.lua'\n\
         lualoader = './lualib/loader.lua'\nlua_path = './lualib/?.lua'\nlua_cpath = './luaclib/?.so'\ncpath = './cservice/?.so'\n"
    );
    std::fs::write(&config, text).expect("the config is written");
    let output =
        Command::new(Path::new(home).join("skynet")).arg(&config).current_dir(home).output().expect("Skynet runs");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let mark = |name: &str| -> f64 {
        let line = lines.lines().find_map(|line| line.strip_prefix(name)).expect("Skynet came to the end");
        line.trim().parse().expect("a number")
    };
    (mark("end") - mark("begin")) / count as f64
}
