//! The rules of this repository that no other tool checks: layers, sizes, words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The layers: each may use those of smaller rank, and itself. Modules of one rank do not know each
/// other, unless [`NEIGHBOURS`] says so.
const RANKS: [(&str, u32); 20] = [
    ("base", 0),
    ("memory", 1),
    ("queue", 1),
    ("seri", 1),
    ("vfs", 1),
    ("trace", 2),
    ("scenario", 2),
    ("state", 2),
    ("kernel", 3),
    ("lua", 4),
    ("faults", 4),
    ("schedule", 4),
    ("world", 5),
    ("conform", 6),
    ("explore", 6),
    ("reloading", 6),
    ("simulation", 6),
    ("report", 7),
    ("cli", 8),
    ("main", 9),
];

/// `unsafe` lives here, and nowhere else.
const UNSAFE: [&str; 2] = ["lua", "memory"];

/// Lines of a source file, its tests apart.
const FILE_LINES_MAX: usize = 500;
/// Files that were longer when the rule was made. May only shrink, and lose entries.
const LONG_FILES: [(&str, usize); 2] = [("src/lua/dispatch/receive.rs", 780), ("src/lua/service.rs", 520)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned()
}

fn layer(path: &Path) -> String {
    let below = path.strip_prefix(root().join("src")).expect("a source file");
    let first = below.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules of this crate that a source names, each with its line: `crate::name`, and the first
/// names of what stands in the braces after `crate::`, on as many lines as they take.
fn modules_used(text: &str) -> Vec<(usize, String)> {
    let start = Regex::new(r"\b(?:crate|skysim)::(?:(\{)|([a-z_]+))").expect("a good pattern");
    let first = Regex::new(r"^\s*([a-z_]+)").expect("a good pattern");
    let blank = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
    let code: Vec<String> = text.lines().map(blank).collect();
    let code = code.join("\n");
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    let mut found = Vec::new();
    for capture in start.captures_iter(&code) {
        if let Some(name) = capture.get(2) {
            found.push((line_of(name.start()), name.as_str().to_owned()));
            continue;
        }
        let open = capture.get(1).expect("a brace").end();
        let (mut depth, mut at_name) = (1, true);
        for (index, character) in code[open..].char_indices() {
            if at_name && let Some(name) = first.captures(&code[open + index..]).and_then(|found| found.get(1)) {
                found.push((line_of(open + index + name.start()), name.as_str().to_owned()));
            }
            at_name = character == ',' && depth == 1;
            depth += match character {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[test]
fn imports_on_many_lines_are_seen() {
    let text = "use crate::{\n    base::{Handle, world::X},\n    // cli,\n    lua,\n};\nlet x = skysim::report::y;\n";
    let found: Vec<String> = modules_used(text).into_iter().map(|(line, name)| format!("{line} {name}")).collect();
    assert_eq!(found, ["2 base", "4 lua", "6 report"]);
}

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn imports_point_to_lower_layers() {
    let ranks: BTreeMap<&str, u32> = RANKS.into_iter().collect();
    let mut wrong = Vec::new();
    for path in files("src", "rs") {
        let own = layer(&path);
        if own == "lib" {
            continue;
        }
        let own_rank = *ranks.get(own.as_str()).unwrap_or_else(|| panic!("{own} has no rank: give it one in RANKS"));
        let text = std::fs::read_to_string(&path).expect("readable");
        for (line, name) in modules_used(&text) {
            let Some(rank) = ranks.get(name.as_str()) else { continue };
            if name != own && *rank >= own_rank {
                wrong.push(format!("{}:{line}: {own} uses {name}", shown(&path)));
            }
        }
    }
    assert_none("imports against the direction of the layers", &wrong);
}

#[test]
fn unsafe_lives_in_two_places() {
    let word = Regex::new(r"\bunsafe\b").expect("a good pattern");
    let mut wrong = Vec::new();
    for path in files("src", "rs").into_iter().filter(|path| !UNSAFE.contains(&layer(path).as_str())) {
        let text = std::fs::read_to_string(&path).expect("readable");
        for (number, line) in text.lines().enumerate() {
            if word.is_match(line.split("//").next().unwrap_or("")) {
                wrong.push(format!("{}:{}", shown(&path), number + 1));
            }
        }
    }
    assert_none("unsafe outside of lua and memory", &wrong);
}

#[test]
fn files_stay_small() {
    let mut wrong = Vec::new();
    for path in files("src", "rs") {
        let text = std::fs::read_to_string(&path).expect("readable");
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]\nmod tests {")).count();
        let lines = text.split("#[cfg(test)]\nmod tests {").next().map_or(lines, |code| code.lines().count());
        let name = shown(&path);
        if name.contains("/tests") || name.ends_with("specification.rs") {
            continue;
        }
        let max = LONG_FILES.iter().find(|(file, _)| *file == name).map_or(FILE_LINES_MAX, |(_, max)| *max);
        if lines > max {
            wrong.push(format!("{name}: {lines} lines, at most {max}"));
        }
    }
    assert_none("files that are too long", &wrong);
}

#[test]
fn every_module_says_what_it_owns() {
    let wrong: Vec<String> = files("src", "rs")
        .into_iter()
        .filter(|path| !std::fs::read_to_string(path).expect("readable").trim_start().starts_with("//!"))
        .map(|path| shown(&path))
        .collect();
    assert_none("modules without `//!` at their head", &wrong);
}

#[test]
fn nothing_is_left_to_do_in_a_comment() {
    let words = Regex::new(concat!(r"\b(TO", r"DO|FIX", r"ME|XX", r"X|HA", r"CK)\b")).expect("a good pattern");
    let mut wrong = Vec::new();
    for path in [files("src", "rs"), files("src", "lua"), files("tests", "rs")].concat() {
        let text = std::fs::read_to_string(&path).expect("readable");
        for (number, line) in text.lines().enumerate() {
            if words.is_match(line) {
                wrong.push(format!("{}:{}: {}", shown(&path), number + 1, line.trim()));
            }
        }
    }
    assert_none("open ends", &wrong);
}

#[test]
fn no_module_is_a_drawer() {
    let wrong: Vec<String> = files("src", "rs")
        .into_iter()
        .map(|path| shown(&path))
        .filter(|name| ["util", "helper", "misc", "common"].iter().any(|word| name.contains(word)))
        .collect();
    assert_none("modules named for nothing", &wrong);
}
