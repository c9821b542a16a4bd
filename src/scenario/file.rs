//! A scenario file, read and checked: a plan, or a template that a seed makes a plan of.

use std::fs;
use std::path::Path;

use super::error::ScenarioError;
use super::plan::Plan;
use super::read;
use super::swarm::Swarm;
use super::template::{Hole, fill};
use crate::base::Seed;

/// The scenario file of a scenario folder.
pub const FILE_NAME: &str = "scenario.toml";

/// A valid scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The plan with the low end of everything that is drawn.
    outline: Plan,
    holes: Vec<Hole>,
    /// What else the seed decides.
    swarm: Option<Swarm>,
}

impl Scenario {
    /// Reads the text of a scenario file. `file_name` is what errors call the file; relative paths
    /// of the scenario are relative to its folder.
    pub fn from_toml(file_name: &str, text: &str) -> Result<Scenario, ScenarioError> {
        let (outline, holes, swarm) = read::outline(file_name, text)?;
        Ok(Scenario { outline, holes, swarm })
    }

    /// Reads a scenario file, or the `scenario.toml` of a folder.
    pub fn read(path: &Path) -> Result<Scenario, ScenarioError> {
        let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
        let name = file.to_string_lossy();
        let text =
            fs::read_to_string(&file).map_err(|source| ScenarioError::Read { path: name.to_string(), source })?;
        let mut scenario = Scenario::from_toml(&name, &text)?;
        // A name that is not UTF-8 is shown with replacements; the folder itself must stay exact.
        if file.to_str().is_none()
            && let Some(folder) = file.parent()
        {
            scenario.outline.folder = folder.to_owned();
        }
        Ok(scenario)
    }

    /// Whether seeds give different plans, or the faults of a plan are still to be drawn.
    #[must_use]
    pub fn is_template(&self) -> bool {
        !self.holes.is_empty() || self.swarm.is_some() || self.outline.faults.iter().any(|rule| rule.is_random())
    }

    /// The seed that the file gives; 0 if it gives none.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.outline.seed
    }

    /// What no seed changes: node, limits, checks, expectations. Services and events are those with
    /// the low end of everything that is drawn.
    #[must_use]
    pub fn outline(&self) -> &Plan {
        &self.outline
    }

    /// The concrete plan that `seed` gives. The same seed gives the same plan.
    #[must_use]
    pub fn expand(&self, seed: Seed) -> Plan {
        let mut plan = fill(&self.outline, &self.holes, seed);
        if let Some(swarm) = &self.swarm {
            swarm.draw(&mut plan, seed);
        }
        plan
    }
}
