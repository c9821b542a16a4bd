//! Which services are simulated, and how they run.

use std::path::Path;

use super::driven::Driven;
use super::error::SimulationError;
use crate::base::{Seed, Value};
use crate::scenario::{Budget, Origin, Plan, Scenario, Service};
use crate::world::{HostFiles, single};

/// A simulation that has not begun.
#[derive(Clone, Debug)]
pub struct Simulation {
    source: Result<Source, String>,
    seed: Option<Seed>,
    schedule: Option<String>,
    services: Vec<Service>,
    faults: Vec<String>,
    reloads: Vec<String>,
    timeline: Part,
    checks: Part,
    host: HostFiles,
}

#[derive(Clone, Debug)]
enum Source {
    Scenario(Box<Scenario>),
    Plan(Box<Plan>),
}

/// What becomes of a part of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Kept,
    LeftOut,
}

impl Simulation {
    /// The services, faults and properties of a scenario: its folder, or the `.toml` file. What is wrong with it is told
    /// by [`start`](Simulation::start).
    #[must_use]
    pub fn of_scenario(path: impl AsRef<Path>) -> Simulation {
        let scenario = Scenario::read(path.as_ref()).map(|scenario| Source::Scenario(Box::new(scenario)));
        Simulation::from_source(scenario.map_err(|error| error.to_string()))
    }

    /// A main service: a Lua file, whose folder is where further services are found.
    #[must_use]
    pub fn of_service(path: impl AsRef<Path>) -> Simulation {
        let plan = single(path.as_ref()).map(|plan| Source::Plan(Box::new(plan)));
        Simulation::from_source(plan.map_err(|error| error.to_string()))
    }

    /// The services found by these patterns, as `luaservice` has them; none is started but those that
    /// [`service`](Simulation::service) names.
    #[must_use]
    pub fn of_folder(folder: impl AsRef<Path>, luaservice: &str) -> Simulation {
        let scenario = Scenario::from_toml("simulation", "schema = 1\n");
        let plan = scenario.map_err(|error| error.to_string()).map(|scenario| {
            let mut plan = scenario.expand(Seed::default());
            plan.folder = folder.as_ref().to_owned();
            plan.node.luaservice = Some(luaservice.to_owned());
            plan
        });
        Simulation::from_source(plan.map(|plan| Source::Plan(Box::new(plan))))
    }

    /// A plan.
    #[must_use]
    pub fn of_plan(plan: Plan) -> Simulation {
        Simulation::from_source(Ok(Source::Plan(Box::new(plan))))
    }

    fn from_source(source: Result<Source, String>) -> Simulation {
        Simulation {
            source,
            seed: None,
            schedule: None,
            services: Vec::new(),
            faults: Vec::new(),
            reloads: Vec::new(),
            timeline: Part::Kept,
            checks: Part::Kept,
            host: HostFiles::default(),
        }
    }

    /// What all chance is drawn from, instead of the scenario's own seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Simulation {
        self.seed = Some(Seed(seed));
        self
    }

    /// Who runs next: `skynet`, `random`, `uniform`, `fair`, `pct:3`.
    #[must_use]
    pub fn schedule(mut self, name: &str) -> Simulation {
        self.schedule = Some(name.to_owned());
        self
    }

    /// One more service, started before anything is done: its name in this test, its file, its arguments (texts,
    /// numbers, booleans).
    #[must_use]
    pub fn service(mut self, name: &str, file: &str, args: Vec<Value>) -> Simulation {
        self.services.push(Service { name: name.to_owned(), file: file.to_owned(), args, origin: Origin::default() });
        self
    }

    /// Further rules about what goes wrong, as a scenario file has them: `[[fault]]`, and `[budget]`, which takes the
    /// place of the one before. So a test draws faults as it draws operations; what they leave to chance comes from the
    /// seed. What is wrong with them is told by [`start`](Simulation::start).
    #[must_use]
    pub fn faults(mut self, toml: &str) -> Simulation {
        self.faults.push(toml.to_owned());
        self
    }

    /// Further ways to give services new code, as a scenario file has them: `[[reload]]`. The test says when, by
    /// [`Driven::reload`]. What is wrong with them is told by [`start`](Simulation::start).
    #[must_use]
    pub fn reloads(mut self, toml: &str) -> Simulation {
        self.reloads.push(toml.to_owned());
        self
    }

    /// Leaves the events of the scenario out, and what the log must contain because of them: the test does what happens.
    #[must_use]
    pub fn without_timeline(mut self) -> Simulation {
        self.timeline = Part::LeftOut;
        self
    }

    /// Leaves the checks of the scenario out: some are about what its events did.
    #[must_use]
    pub fn without_checks(mut self) -> Simulation {
        self.checks = Part::LeftOut;
        self
    }

    /// The plan that this gives.
    ///
    /// # Errors
    /// When the scenario cannot be read.
    pub fn plan(&self) -> Result<Plan, SimulationError> {
        let mut plan = match &self.source {
            Ok(Source::Scenario(scenario)) => scenario.expand(self.seed.unwrap_or(scenario.seed())),
            Ok(Source::Plan(plan)) => (**plan).clone(),
            Err(reason) => return Err(SimulationError::Input(reason.clone())),
        };
        plan.seed = self.seed.unwrap_or(plan.seed);
        if let Some(schedule) = &self.schedule {
            plan.schedule.clone_from(schedule);
        }
        plan.services.extend(self.services.iter().cloned());
        if self.timeline == Part::LeftOut {
            plan.events.clear();
            plan.expect.logs.clear();
            plan.expect.prints.clear();
        }
        if self.checks == Part::LeftOut {
            plan.checks.clear();
            plan.models.clear();
        }
        for text in &self.faults {
            add_faults(&mut plan, text)?;
        }
        for text in &self.reloads {
            add_reloads(&mut plan, text)?;
        }
        Ok(plan)
    }

    /// Builds the node and runs until its services have started. A simulation can be started many times: files are read
    /// once.
    ///
    /// # Errors
    /// When the scenario or its files are wrong, or a service does not start.
    pub fn start(&self) -> Result<Driven, SimulationError> {
        Driven::start(&self.plan()?, &self.host)
    }
}

fn add_reloads(plan: &mut Plan, text: &str) -> Result<(), SimulationError> {
    let read = |text: &str| -> Result<Plan, SimulationError> {
        let scenario = Scenario::from_toml("reloads", text);
        Ok(scenario.map_err(|error| SimulationError::Input(error.to_string()))?.expand(plan.seed))
    };
    // A file may reload only what it starts.
    let started = Plan { services: plan.services.clone(), ..read("schema = 1\n")? };
    let more = read(&format!("{}\n{text}", started.to_toml()))?;
    if let Some(twice) = more.reloads.iter().find(|reload| plan.reload(&reload.name).is_some()) {
        return Err(SimulationError::Input(format!(
            "there are two reloads called `{}`: give one another name",
            twice.name
        )));
    }
    plan.reloads.extend(more.reloads);
    Ok(())
}

fn add_faults(plan: &mut Plan, text: &str) -> Result<(), SimulationError> {
    let scenario = Scenario::from_toml("faults", &format!("schema = 1\n{text}"));
    let mut more = scenario.map_err(|error| SimulationError::Input(error.to_string()))?.expand(plan.seed);
    // Each draws from a stream of its own, by its name.
    let before = plan.faults.len();
    for (index, rule) in more.faults.iter_mut().enumerate() {
        if rule.name == format!("fault-{}", index + 1) {
            rule.name = format!("fault-{}", before + index + 1);
        }
    }
    plan.faults.append(&mut more.faults);
    if more.budget != Budget::default() {
        plan.budget = more.budget;
    }
    Ok(())
}
