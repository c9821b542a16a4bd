//! The README's promises: its commands work, and print what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::as_lua_55;

const README: &str = include_str!("../../README.md");

/// The blocks of the README that are sessions at a terminal: commands after `$`, then their output.
fn sessions() -> Vec<(String, String)> {
    let mut sessions = Vec::new();
    for block in README.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for session in block.split("$ ").skip(1) {
            let (command, output) = session.split_once('\n').unwrap();
            sessions.push((command.trim().to_owned(), output.trim().to_owned()));
        }
    }
    sessions
}

/// Runs the commands in the order of the README, in a copy of the scenarios.
#[test]
fn sessions_are_real() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["scenarios", "snapshots"] {
        copy(&root.join(name), &folder.path().join(name));
    }
    let bin = Path::new(env!("CARGO_BIN_EXE_skysim")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let sessions = sessions();
    assert!(sessions.len() >= 5);
    for (command, expected) in sessions {
        let command = command.replace("cargo run --release --", "skysim");
        // A README shows what a terminal shows: both streams.
        let script = format!("{{ {command} ; }} 2>&1");
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env_remove("CI")
            .output()
            .unwrap();
        let text = as_lua_55(&String::from_utf8_lossy(&output.stdout)).trim().to_owned();
        assert_matches(&command, &text, &expected);
    }
}

/// `...` on a line of its own stands for any lines.
fn assert_matches(command: &str, text: &str, expected: &str) {
    let mut rest = text;
    for (index, part) in format!("{expected}\n").split("...\n").enumerate() {
        let part = part.trim();
        let found = if index == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        let Some(at) = found else { panic!("$ {command}\n{text}\n\nThe README says:\n{expected}\n") };
        rest = &rest[at + part.len()..];
    }
    assert!(
        rest.trim().is_empty() || expected.ends_with("..."),
        "$ {command}\n{text}\n\nThe README says:\n{expected}\n"
    );
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for link in README.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        if link.starts_with("http") || link.starts_with('#') {
            continue;
        }
        let (file, heading) = link.split_once('#').unwrap_or((link, ""));
        assert!(root.join(file).exists(), "README.md links to {link}");
        if !heading.is_empty() {
            let text = fs::read_to_string(root.join(file)).unwrap();
            let mut headings = text.lines().filter_map(|line| line.strip_prefix('#'));
            let is_it = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-") == heading;
            assert!(headings.any(is_it), "README.md links to {link}, which is no heading");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
