//! Where failures are kept: a folder for each bug, named by its fingerprint.
//!
//! | file | is |
//! |---|---|
//! | `full.toml` | the run that found it, as a plan with nothing left to draw |
//! | `scenario.toml` | the smallest plan that fails in the same way |
//! | `report.txt`, `report.json` | what that plan's run says |
//! | `trace.jsonl` | everything that happened in it |
//! | `state-before.txt`, `state-at.txt` | all services before the event at which it failed, and after it |
//! | `repeat.txt` | the command that runs it again |

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::error::CliError;
use super::input::absolute;
use super::play::{self, Player};
use super::stream::Target;
use super::terminal::Terminal;
use crate::explore::Finding;
use crate::lua::node::Detail;
use crate::report::{self, Heading, Style};
use crate::scenario::{FILE_NAME, Plan};

/// Below the folder for everything that an exploration leaves.
const FOLDER: &str = "failures";

/// The plan as it was found.
pub(super) const FULL: &str = "full.toml";

/// All failures of a project.
pub(super) struct Failures {
    folder: PathBuf,
}

/// Where one failure is kept.
pub(super) struct Saved {
    pub(super) folder: PathBuf,
    pub(super) full: PathBuf,
    pub(super) minimal: PathBuf,
}

impl Saved {
    fn at(folder: PathBuf) -> Saved {
        Saved { full: folder.join(FULL), minimal: folder.join(FILE_NAME), folder }
    }

    /// The plan to play: the smaller one, unless skysim was stopped before there was one.
    pub(super) fn plan_file(&self) -> PathBuf {
        if self.minimal.exists() { self.minimal.clone() } else { self.full.clone() }
    }

    /// The fingerprint that it is kept under.
    pub(super) fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Failures {
    pub(super) fn in_folder(out: &Path) -> Failures {
        Failures { folder: out.join(FOLDER) }
    }

    /// Keeps the plan of a run that failed, before anything else is done with it.
    pub(super) fn keep_full(&self, finding: &Finding, plan: &Plan) -> Result<Saved, CliError> {
        let saved = Saved::at(self.folder.join(finding.fingerprint.as_str()));
        fs::create_dir_all(&saved.folder).map_err(CliError::file("make the folder", &saved.folder))?;
        write(&saved.full, &text_for(&saved.folder, plan)?)?;
        Ok(saved)
    }

    /// Keeps the smaller plan, with what its run says; returns that.
    pub(super) fn keep_minimal(
        &self,
        saved: &Saved,
        plan: &Plan,
        repeat: &str,
        terminal: &Terminal,
    ) -> Result<String, CliError> {
        write(&saved.minimal, &text_for(&saved.folder, plan)?)?;
        let player = Player {
            target: Target::Nothing,
            trace: Some(saved.folder.join("trace.jsonl")),
            detail: Detail::Plain,
            watched: false,
            stop: Arc::clone(&terminal.stop),
        };
        let played = player.play(plan, || ())?;
        let heading = Heading::new(&saved.minimal.to_string_lossy(), plan, repeat.to_owned());
        let verdict = played.report.verdict.as_str();
        let document = report::document(&heading, &played.report, verdict, super::exit::Exit::Failed.code(), None);
        write(&saved.folder.join("report.json"), &format!("{document:#}\n"))?;
        let summary = report::summary(&heading, &played.report, Style::Plain);
        write(&saved.folder.join("report.txt"), &summary)?;
        if let Some(failure) = played.report.failures.first() {
            let event = failure.moment().and_then(|(_, event)| event).unwrap_or(played.report.events);
            let [before, at] = play::stand_around(plan, event, &terminal.stop)?;
            write(&saved.folder.join("state-before.txt"), &report::standing(&before))?;
            write(&saved.folder.join("state-at.txt"), &report::standing(&at))?;
        }
        write(&saved.folder.join("repeat.txt"), &format!("{repeat}\n"))?;
        Ok(report::summary(&heading, &played.report, terminal.out))
    }

    /// The failure that somebody names: its folder, or the beginning of its fingerprint.
    pub(super) fn find(&self, name: &Path) -> Result<Saved, CliError> {
        if name.is_dir() {
            return Ok(Saved::at(name.to_owned()));
        }
        let beginning = name.to_string_lossy();
        let mut known: Vec<PathBuf> = fs::read_dir(&self.folder)
            .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
            .unwrap_or_default();
        known.sort_unstable();
        let names = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fitting: Vec<&PathBuf> = known.iter().filter(|path| names(path).starts_with(&*beginning)).collect();
        if let [one] = &fitting[..] {
            return Ok(Saved::at((*one).clone()));
        }
        let all: Vec<String> = known.iter().map(names).collect();
        let remedy = match (&all[..], fitting.len()) {
            ([], _) => format!("there are no failures in {}; `skysim explore` saves them there", self.folder.display()),
            (_, 0) => format!("the failures in {} are:\n- {}", self.folder.display(), all.join("\n- ")),
            _ => format!("several begin like that; the failures are:\n- {}", all.join("\n- ")),
        };
        Err(CliError::usage(format!("`{beginning}` is no saved failure"), remedy))
    }
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    fs::write(path, text).map_err(CliError::file("write", path))
}

/// A plan's file in `folder`, which leads to the plan's own files.
pub(super) fn text_for(folder: &Path, plan: &Plan) -> Result<String, CliError> {
    let way = way(&absolute(folder)?, &plan.folder);
    Ok(plan.to_toml_elsewhere(&way.to_string_lossy()))
}

/// The relative path that leads from one folder to another; both are absolute and without links.
pub(super) fn way(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(left, right)| left == right).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_folder_to_folder() {
        let between = |from: &str, to: &str| way(Path::new(from), Path::new(to)).to_string_lossy().into_owned();
        assert_eq!(between("/p/.skysim/failures/x", "/p/scenarios/bank"), "../../../scenarios/bank");
        assert_eq!(between("/p", "/p"), ".");
        assert_eq!(between("/p", "/p/a/b"), "a/b");
    }
}
