//! Which scenarios there are below some paths, and where their snapshots belong.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::snapshots::{self, Orphans};
use crate::cli::error::CliError;
use crate::cli::input::absolute;
use crate::scenario::FILE_NAME;

/// The folder that holds scenarios, and the one beside it that holds their snapshots.
const SCENARIOS: &str = "scenarios";
const SNAPSHOTS: &str = "snapshots";

/// One scenario to be tested.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// Its folder's path below `scenarios`, or its folder's name elsewhere.
    pub name: String,
    /// The path that the user would give: its folder, or the .toml file.
    pub path: PathBuf,
    /// What snapshots say they are of: the same from every working directory.
    pub source: String,
    /// Where its snapshots are: `snapshots/<name>` beside `scenarios`, or `snapshots` in its folder.
    pub snapshots: PathBuf,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of their names.
    pub cases: Vec<Case>,
    /// Folders of snapshots all of whose scenarios were found.
    pub whole: BTreeSet<PathBuf>,
}

/// Finds the scenarios below `paths`: folders with a scenario.toml, at any depth; a .toml file is
/// one itself.
///
/// # Errors
/// When a path cannot be read, or has no scenario.
pub fn discover(paths: &[PathBuf]) -> Result<Found, CliError> {
    let mut found = Found::default();
    let mut cases = BTreeSet::new();
    for path in paths {
        let before = cases.len();
        if path.is_dir() {
            search(path, &mut cases, &mut found.whole)?;
        } else {
            fs::metadata(path).map_err(CliError::file("find the scenario", path))?;
            cases.insert(case(path)?);
        }
        if cases.len() == before && !cases.iter().any(|case| case.path.starts_with(path)) {
            let remedy = format!("scenarios are folders with a {FILE_NAME}; `skysim new NAME` makes one");
            return Err(CliError::usage(format!("there is no scenario in `{}`", path.display()), remedy));
        }
    }
    found.cases = cases.into_iter().collect();
    Ok(found)
}

/// Stored snapshots that no scenario asks for. `expected` are the files that the cases ask for.
///
/// # Errors
/// When a folder cannot be read.
pub fn orphans(found: &Found, expected: &BTreeSet<PathBuf>) -> Result<Orphans, CliError> {
    let mut stored = BTreeSet::new();
    for case in &found.cases {
        snapshots::stored(&case.snapshots, snapshots::Depth::Here, &mut stored)?;
    }
    for folder in &found.whole {
        snapshots::stored(folder, snapshots::Depth::All, &mut stored)?;
    }
    Ok(Orphans { files: stored.difference(expected).cloned().collect() })
}

fn search(folder: &Path, cases: &mut BTreeSet<Case>, whole: &mut BTreeSet<PathBuf>) -> Result<(), CliError> {
    if absolute(folder)?.file_name().is_some_and(|name| name == SCENARIOS) {
        whole.insert(absolute(folder)?.with_file_name(SNAPSHOTS));
    }
    if folder.join(FILE_NAME).is_file() {
        cases.insert(case(folder)?);
    }
    for entry in fs::read_dir(folder).map_err(CliError::file("read the folder", folder))? {
        let entry = entry.map_err(CliError::file("read the folder", folder))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links are not followed: they may lead back.
        let inner = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if inner && !hidden {
            search(&entry.path(), cases, whole)?;
        }
    }
    Ok(())
}

fn case(path: &Path) -> Result<Case, CliError> {
    let place = absolute(path)?;
    // Every .toml but the scenario.toml of a folder has a name of its own.
    let place = match place.file_name() {
        Some(name) if name == FILE_NAME => place.with_file_name(""),
        _ => place.with_extension(if path.is_dir() {
            place.extension().unwrap_or_default().to_owned()
        } else {
            "".into()
        }),
    };
    let place: PathBuf = place.components().collect();
    let home = place.ancestors().skip(1).find(|above| above.file_name().is_some_and(|name| name == SCENARIOS));
    let (name, source, snapshots) = match home {
        Some(home) => {
            let name = place.strip_prefix(home).unwrap_or(&place);
            (name.to_owned(), Path::new(SCENARIOS).join(name), home.with_file_name(SNAPSHOTS).join(name))
        }
        None => {
            let folder = if path.is_dir() { place.clone() } else { place.with_file_name("") };
            let name = PathBuf::from(place.file_name().unwrap_or_default());
            (name.clone(), name, folder.join(SNAPSHOTS))
        }
    };
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    Ok(Case { name: text(name), path: path.to_owned(), source: text(source), snapshots })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "schema = 1\n").unwrap();
    }

    #[test]
    fn scenarios_and_their_snapshots() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        write(&root.join("scenarios/b/scenario.toml"));
        write(&root.join("scenarios/a/deep/scenario.toml"));
        write(&root.join("scenarios/.hidden/scenario.toml"));
        write(&root.join("alone/scenario.toml"));
        let found = discover(std::slice::from_ref(&root)).unwrap();
        let names: Vec<_> = found.cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names, ["a/deep", "alone", "b"]);
        let places: Vec<_> = found.cases.iter().map(|case| case.snapshots.clone()).collect();
        assert_eq!(places, [root.join("snapshots/a/deep"), root.join("alone/snapshots"), root.join("snapshots/b")]);
        assert_eq!(found.whole, BTreeSet::from([root.join("snapshots")]));

        let one = discover(&[root.join("scenarios/b")]).unwrap();
        assert_eq!(one.cases[0].name, "b");
        assert!(one.whole.is_empty());
        assert!(discover(&[root.join("snapshots")]).is_err());
    }

    #[test]
    fn a_file_of_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        write(&root.join("scenarios/b/smoke.toml"));
        let found = discover(&[root.join("scenarios/b/smoke.toml")]).unwrap();
        assert_eq!(found.cases[0].name, "b/smoke");
        assert_eq!(found.cases[0].snapshots, root.join("snapshots/b/smoke"));
    }
}
