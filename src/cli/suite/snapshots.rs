//! Stored states of services, one file each, in insta's format: `cargo insta review` works on them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::lines;
use crate::cli::error::CliError;

/// Lines of a difference that are shown.
const DIFFERENCE_LINES_MAX: usize = 40;

const EXTENSION: &str = "snap";
const NEW_EXTENSION: &str = "snap.new";

/// What may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing.
    Compare,
    /// What is new stands beside what is stored, for a review.
    Propose,
    /// What is new is stored.
    Accept,
}

/// Snapshots that nothing asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    /// In order.
    pub files: Vec<PathBuf>,
}

impl Orphans {
    /// Removes them.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub fn remove(&self) -> Result<(), CliError> {
        self.files.iter().try_for_each(|file| fs::remove_file(file).map_err(CliError::file("remove", file)))
    }
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// The states are the same.
    Same,
    /// The state was stored.
    Written,
    /// They are not; what is wrong, in words and lines.
    Wrong(String),
}

/// The file of a service's state.
pub(super) fn file_of(folder: &Path, service: &str) -> PathBuf {
    let name: String = service.chars().map(|c| if matches!(c, '/' | '\\') { '_' } else { c }).collect();
    folder.join(format!("{name}.{EXTENSION}"))
}

/// Compares a state with the stored one: lines of code may have moved, as long as nobody stores anything.
pub(super) fn compare(
    file: &Path,
    state: &str,
    scenario: &str,
    service: &str,
    policy: Policy,
) -> Result<Compared, CliError> {
    let stored = read(file)?;
    let proposal = file.with_extension(NEW_EXTENSION);
    let state = state.trim_end();
    let same = |stored: &str| stored == state || (policy != Policy::Accept && lines::same_but_moved(stored, state));
    if stored.as_deref().is_some_and(same) {
        if policy != Policy::Compare {
            remove_if_there(&proposal)?;
        }
        return Ok(Compared::Same);
    }
    match policy {
        Policy::Accept => {
            write(file, &contents(state, scenario, service))?;
            remove_if_there(&proposal)?;
            return Ok(Compared::Written);
        }
        Policy::Propose => write(&proposal, &contents(state, scenario, service))?,
        Policy::Compare => {}
    }
    let name = file.display();
    Ok(Compared::Wrong(match stored.as_deref() {
        None => format!("the snapshot {name} is missing"),
        Some("") => format!("the snapshot {name} is empty"),
        Some(stored) => {
            // Lines that have moved would hide what has changed.
            let (old, new) = (lines::without(stored), lines::without(state));
            let shown = if old == new { difference(stored, state) } else { difference(&old, &new) };
            format!("the state of `{service}` is not as in {name}:\n{shown}")
        }
    }))
}

/// How two texts differ, as a unified diff of bounded length.
pub(in crate::cli) fn difference(old: &str, new: &str) -> String {
    let (old, new) = (format!("{}\n", old.trim_end()), format!("{}\n", new.trim_end()));
    let diff = TextDiff::from_lines(&old, &new);
    let text = diff.unified_diff().context_radius(3).to_string();
    let lines: Vec<&str> = text.lines().collect();
    let mut shown = lines[..lines.len().min(DIFFERENCE_LINES_MAX)].join("\n");
    if lines.len() > DIFFERENCE_LINES_MAX {
        shown.push_str(&format!("\n.. and {} more lines", lines.len() - DIFFERENCE_LINES_MAX));
    }
    shown.push('\n');
    shown
}

/// The state in a snapshot's text, without insta's header.
pub(in crate::cli) fn body(text: &str) -> &str {
    let header = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    header.map_or(text, |(_, body)| body)
}

/// How deep a folder is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// The folder itself.
    Here,
    /// Those in it, too.
    All,
}

/// The snapshots of a folder; none if there is no folder.
pub(super) fn stored(folder: &Path, depth: Depth, found: &mut BTreeSet<PathBuf>) -> Result<(), CliError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(CliError::file("read the folder", folder)(error)),
    };
    for entry in entries {
        let path = entry.map_err(CliError::file("read the folder", folder))?.path();
        if path.is_dir() {
            if depth == Depth::All {
                stored(&path, depth, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
            found.insert(path);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Option<String>, CliError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(body(&text.replace("\r\n", "\n")).trim_end().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::file("read the snapshot", file)(error)),
    }
}

/// insta has no constructor for snapshots that are not of its own macros; the format is stable.
fn contents(state: &str, scenario: &str, service: &str) -> String {
    // A JSON string is a YAML string.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let expression = format!("the final state of {service}");
    format!("---\nsource: {}\nexpression: {}\n---\n{state}\n", quoted(scenario), quoted(&expression))
}

fn write(file: &Path, text: &str) -> Result<(), CliError> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(CliError::file("make the folder", folder))?;
    }
    fs::write(file, text).map_err(CliError::file("write the snapshot", file))
}

fn remove_if_there(file: &Path) -> Result<(), CliError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CliError::file("remove", file)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insta_reads_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(&folder.path().join("deep"), "user:1/a");
        let state = "a: 1\n---\n  b: \"two\"\n";
        let compared = |policy| compare(&file, state, "scenarios/it's: odd", "user:1/a", policy).unwrap();
        assert!(matches!(compared(Policy::Compare), Compared::Wrong(text) if text.ends_with("is missing")));
        assert_eq!(compared(Policy::Accept), Compared::Written);
        assert_eq!(compared(Policy::Compare), Compared::Same);
        let snapshot = insta::Snapshot::from_file(&file).unwrap();
        assert_eq!(snapshot.metadata().source(), Some("scenarios/it's: odd"));
        assert_eq!(snapshot.metadata().expression(), Some("the final state of user:1/a"));
        assert_eq!(snapshot.as_text().unwrap().to_string(), state.trim_end());
    }

    #[test]
    fn proposals_come_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(folder.path(), "room");
        let compared = |state: &str, policy| compare(&file, state, "s", "room", policy).unwrap();
        compared("a: 1\n", Policy::Accept);
        let Compared::Wrong(text) = compared("a: 2\n", Policy::Propose) else { panic!("the same?") };
        assert!(text.contains("-a: 1\n+a: 2\n"), "{text}");
        let proposal = folder.path().join("room.snap.new");
        assert!(insta::Snapshot::from_file(&proposal).is_ok());
        assert_eq!(compared("a: 1\n", Policy::Propose), Compared::Same);
        assert!(!proposal.exists());
        fs::write(&file, "---\nsource: x\n---\n").unwrap();
        assert!(matches!(compared("a: 1\n", Policy::Compare), Compared::Wrong(text) if text.ends_with("is empty")));
    }
}
