//! The systems of `scenarios/`, and what `docs/systems.md` says about each that can be counted without running it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use skysim::base::Seed;
use skysim::scenario::{CheckMoment, Scenario};

/// A system: its folder in `scenarios/`, and the tutorial's chapters.
pub const SYSTEMS: [(&str, &str); 12] = [
    ("structured_service", "1.1"),
    ("immutable_state", "2.1"),
    ("persistence", "2.2"),
    ("dependencies", "3.1"),
    ("worker_pool", "3.2"),
    ("graceful_shutdown", "4.1"),
    ("error_recovery", "4.2"),
    ("hot_reload", "5.1, 5.2"),
    ("memory_management", "6.1"),
    ("tiered_cache", "6.2"),
    ("chat_room", "7"),
    ("task_queue", "8"),
];

/// Its scenarios: the folder of that name, and those whose names go on after it.
pub fn scenarios(root: &Path, system: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("scenarios")).expect("the scenarios");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder").path()).collect();
    found.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(system).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    });
    found.sort();
    found
}

/// The beginning of a system's row: name, chapters, scenarios, properties, snapshots.
pub fn counted(root: &Path, system: &str, chapters: &str) -> String {
    let scenarios = scenarios(root, system);
    let (mut properties, mut snapshots) = (BTreeSet::new(), 0);
    for folder in &scenarios {
        let scenario = Scenario::read(folder).unwrap_or_else(|error| panic!("{error}"));
        let plan = scenario.expand(Seed::default());
        for check in &plan.checks {
            let moment = match check.moment {
                CheckMoment::Always => "always",
                CheckMoment::Eventually { .. } => "eventually",
                CheckMoment::AtEnd => "at end",
            };
            let file = plan.folder.join(&check.path).canonicalize().expect("the file of a check");
            properties.insert((moment, file));
        }
        let name = folder.file_name().expect("a name");
        let kept = fs::read_dir(root.join("snapshots").join(name));
        // Not those that wait to be accepted.
        let snapshot = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "snap");
        snapshots += kept.map_or(0, |kept| kept.filter_map(Result::ok).filter(snapshot).count());
    }
    let readme = format!("../scenarios/{system}/README.md");
    format!("| [{system}]({readme}) | {chapters} | {} | {} | {snapshots} |", scenarios.len(), properties.len())
}
