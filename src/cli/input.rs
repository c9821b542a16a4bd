//! The one place that decides what a PATH is: a scenario, a lone Lua service, or the config file of
//! a real Skynet node; and what plan it gives together with the flags.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::args::Shared;
use super::error::CliError;
use crate::base::{Seed, VirtualTime};
use crate::report::{Heading, quoted};
use crate::scenario::{FILE_NAME, LateEvents, Plan, Scenario};
use crate::world;

/// Keys of which a Skynet config file has at least one.
const CONFIG_KEYS: [&str; 8] =
    ["start", "bootstrap", "luaservice", "lua_path", "lualoader", "cpath", "thread", "harbor"];

/// Something that can be run.
#[derive(Debug)]
pub(super) struct Subject {
    /// As the user named it.
    pub(super) path: PathBuf,
    source: Source,
    /// The folder of its plans, without links: asked for once.
    folder: OnceLock<PathBuf>,
}

#[derive(Debug)]
enum Source {
    /// A scenario.
    Scenario(Box<Scenario>),
    /// A lone Lua file, or a Skynet config file.
    Other(Box<Plan>),
}

impl Subject {
    /// Finds out what `path` is. Relative paths inside a Skynet config file are relative to `root`,
    /// or to the working directory: there real Skynet is started, too.
    pub(super) fn read(path: &Path, root: Option<&Path>) -> Result<Subject, CliError> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let source = if path.is_dir() {
            scenario_folder(path)?
        } else if path.exists() && !path.is_file() {
            // A device may have no end, and a pipe no folder.
            return Err(not_runnable(path, "it is neither a file nor a folder".to_owned()));
        } else if extension == "toml" {
            Source::Scenario(Box::new(Scenario::read(path)?))
        } else {
            let bytes = fs::read(path).map_err(|error| not_runnable(path, error.to_string()))?;
            // Lua takes any bytes, and so do comments and texts in other encodings.
            let text = String::from_utf8_lossy(&bytes);
            if looks_like_config(&text) {
                let root = absolute(root.unwrap_or(Path::new(".")))?;
                Source::Other(Box::new(config_plan(path, &root)?))
            } else if extension == "lua" {
                Source::Other(Box::new(world::single(path)?))
            } else {
                return Err(not_runnable(path, "it is neither of the files below".to_owned()));
            }
        };
        Ok(Subject { path: path.to_owned(), source, folder: OnceLock::new() })
    }

    /// The scenario, if it is one that a seed gives a plan for.
    pub(super) fn scenario(&self) -> Option<&Scenario> {
        match &self.source {
            Source::Scenario(scenario) => Some(scenario),
            Source::Other(_) => None,
        }
    }

    /// The plan, with what the flags change.
    pub(super) fn plan(&self, flags: &Shared) -> Result<Plan, CliError> {
        let mut plan = match &self.source {
            Source::Scenario(scenario) => scenario.expand(flags.seed.unwrap_or(scenario.seed())),
            Source::Other(plan) => (**plan).clone(),
        };
        if let Some(seed) = flags.seed {
            plan.seed = seed;
        }
        if let Some(until) = flags.until {
            plan.until = Some(VirtualTime::ZERO + until);
            plan.late = LateEvents::Wanted;
        }
        if let Some(schedule) = &flags.schedule {
            plan.schedule.clone_from(schedule);
        }
        for detector in &flags.detect {
            if !plan.detect.contains(detector) {
                plan.detect.push(*detector);
            }
        }
        if let Some(skynet) = &flags.skynet {
            let folder = absolute(skynet)?;
            if !folder.join("lualib").is_dir() {
                return Err(CliError::usage(
                    format!("`{}` is no Skynet checkout: there is no folder `lualib` in it", skynet.display()),
                    "--skynet wants the folder that has Skynet's `lualib` and `service` in it",
                ));
            }
            plan.node.skynet = Some(text_of(&folder)?);
        }
        // The folder's name is part of the trace: it must not depend on the working directory.
        plan.folder = match self.folder.get() {
            Some(folder) => folder.clone(),
            None => {
                let folder = absolute(&plan.folder)?;
                self.folder.get_or_init(|| folder).clone()
            }
        };
        Ok(plan)
    }

    /// What reports say of the run of `plan`.
    pub(super) fn heading(&self, program: &str, plan: &Plan, flags: &Shared) -> Heading {
        Heading::new(&self.path.to_string_lossy(), plan, self.command(program, plan.seed, flags))
    }

    /// The command that runs it again.
    pub(super) fn command(&self, program: &str, seed: Seed, flags: &Shared) -> String {
        let mut command = format!("{program} run {} --seed {seed}", quoted(&self.path.to_string_lossy()));
        let mut add = |flag: &str, value: &str| command.push_str(&format!(" {flag} {}", quoted(value)));
        if let Some(until) = flags.until {
            add("--until", &until.to_string());
        }
        if let Some(schedule) = &flags.schedule {
            add("--schedule", schedule);
        }
        for detector in &flags.detect {
            add("--detect", detector.name());
        }
        if let Some(skynet) = &flags.skynet {
            add("--skynet", &skynet.to_string_lossy());
        }
        command
    }
}

impl Shared {
    /// The flags that change the plan, for another process of skysim in the same working directory.
    pub(super) fn as_arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut add = |flag: &str, value: OsString| arguments.extend([flag.into(), value]);
        if let Some(seed) = self.seed {
            add("--seed", seed.to_string().into());
        }
        if let Some(until) = self.until {
            add("--until", until.to_string().into());
        }
        if let Some(schedule) = &self.schedule {
            add("--schedule", schedule.into());
        }
        for detector in &self.detect {
            add("--detect", detector.name().into());
        }
        if let Some(skynet) = &self.skynet {
            add("--skynet", skynet.into());
        }
        arguments
    }
}

fn scenario_folder(path: &Path) -> Result<Source, CliError> {
    if !path.join(FILE_NAME).exists() {
        return Err(not_runnable(path, format!("the folder has no {FILE_NAME}")));
    }
    Ok(Source::Scenario(Box::new(Scenario::read(path)?)))
}

/// A config file is Lua that assigns to a few well-known global variables.
fn looks_like_config(text: &str) -> bool {
    let assigns = |line: &str| {
        let (name, rest) = line.split_once('=').unwrap_or((line, ""));
        CONFIG_KEYS.contains(&name.trim()) && !rest.is_empty() && !rest.starts_with('=')
    };
    let includes = |line: &str| line.starts_with("include ") || line.starts_with("include\"");
    text.lines().any(|line| assigns(line) || includes(line)) && !text.contains("skynet.start")
}

/// The plan that consists of the settings of a Skynet config file.
fn config_plan(path: &Path, root: &Path) -> Result<Plan, CliError> {
    let text = format!("schema = 1\n[node]\nconfig = {}\n", toml::Value::String(text_of(&absolute(path)?)?));
    let scenario = Scenario::from_toml(&path.to_string_lossy(), &text)?;
    let mut plan = scenario.expand(scenario.seed());
    plan.folder = root.to_owned();
    Ok(plan)
}

/// A path that means the same in every working directory, without links in it.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    fs::canonicalize(path).map_err(CliError::file("find", path))
}

fn text_of(path: &Path) -> Result<String, CliError> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        CliError::usage(format!("`{}` has a name that is not UTF-8", path.display()), "give the folder another name")
    })
}

fn not_runnable(path: &Path, problem: String) -> CliError {
    let tried = format!(
        "these can be run:\n\
         - a scenario: a folder with {FILE_NAME}, or a .toml file\n\
         - a main service: a .lua file\n\
         - a Skynet config file: Lua that sets one of {}",
        CONFIG_KEYS.join(", ")
    );
    CliError::NotRunnable { path: path.to_owned(), problem, tried }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_files_are_told_from_services() {
        assert!(looks_like_config("include \"config.path\"\nthread = 8\n"));
        assert!(looks_like_config("root = \"./\"\nluaservice = root..\"service/?.lua\"\n"));
        assert!(!looks_like_config("local skynet = require \"skynet\"\nskynet.start(function() end)\n"));
        assert!(!looks_like_config("thread = 8\nskynet.start(function() end)\n"));
        assert!(!looks_like_config("if start == 1 then print(start) end\n"));
    }
}
