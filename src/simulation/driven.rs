//! A simulation that runs, driven by a test.

use super::error::SimulationError;
use super::said::Said;
use super::state::State;
use crate::base::{Span, Value, VirtualTime};
use crate::scenario::{Action, Answer, Content, DEFAULT_KIND, Glob, Plan};
use crate::seri;
use crate::world::{Deed, Failure, Got, HostFiles, Progress, RunReport, TrailKeeping, Verdict, World, WorldOptions};

/// A node whose services have started. Nothing happens but what its methods make happen, and time moves only there.
/// Whatever fails meanwhile (a property, a detector, an uncaught error) is an error of the method that was called.
pub struct Driven {
    world: World,
    said: Said,
    host: HostFiles,
}

/// A request whose answer can be asked for later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked(Deed);

impl Driven {
    pub(super) fn start(plan: &Plan, host: &HostFiles) -> Result<Driven, SimulationError> {
        let said = Said::default();
        let mut options = WorldOptions::new(Box::new(said.clone()));
        options.host = host.clone();
        options.trail = TrailKeeping::On;
        // Nobody watches: instructions are counted from the beginning, so that endless loops end.
        options.metered_event = Some(1);
        let world = World::new(plan, options)?.kept_open();
        let mut driven = Driven { world, said, host: host.clone() };
        driven.run_while(|world| !world.has_started())?;
        Ok(driven)
    }

    /// Calls a service and runs until it has answered.
    ///
    /// # Errors
    /// When the answer is an error, or never comes, or something fails meanwhile.
    pub fn call(&mut self, to: &str, values: Vec<Value>) -> Result<Vec<Value>, SimulationError> {
        let call = format!("{to} ({})", seri::display(&values));
        let Asked(deed) = self.request(to, values)?;
        self.settled(deed, call)
    }

    /// Runs until something that was done has been answered.
    fn settled(&mut self, deed: Deed, call: String) -> Result<Vec<Value>, SimulationError> {
        self.run_while(|world| *world.outcome(deed) == Got::Nothing)?;
        match self.world.outcome(deed) {
            Got::Values(values) => Ok(values.clone()),
            Got::Error(text) => Err(SimulationError::Call { call, text: text.clone() }),
            Got::Nothing => Err(SimulationError::NoAnswer { call }),
        }
    }

    /// Calls a service and does not wait: [`answer`](Driven::answer) tells what came.
    ///
    /// # Errors
    /// When the values cannot be sent, or something fails.
    pub fn request(&mut self, to: &str, values: Vec<Value>) -> Result<Asked, SimulationError> {
        let (to, kind) = (to.to_owned(), DEFAULT_KIND.to_owned());
        self.perform(Action::Call { to, args: values, kind, expect: Answer::Any }).map(Asked)
    }

    /// What came of a request: values, an error as text, or nothing so far.
    #[must_use]
    pub fn answer(&self, asked: Asked) -> Option<Result<Vec<Value>, String>> {
        match self.world.outcome(asked.0) {
            Got::Values(values) => Some(Ok(values.clone())),
            Got::Error(text) => Some(Err(text.clone())),
            Got::Nothing => None,
        }
    }

    /// Sends a message that wants no answer to all services that a pattern means.
    ///
    /// # Errors
    /// When the values cannot be sent, or something fails.
    pub fn send(&mut self, to: &str, values: Vec<Value>) -> Result<(), SimulationError> {
        let (to, kind) = (Glob::new(to), DEFAULT_KIND.to_owned());
        self.perform(Action::Send { to, args: values, kind }).map(drop)
    }

    /// Kills services from outside, in the middle of whatever they do.
    ///
    /// # Errors
    /// When something fails.
    pub fn kill(&mut self, service: &str) -> Result<(), SimulationError> {
        self.perform(Action::Kill { service: Glob::new(service), restart_after: None }).map(drop)
    }

    /// Makes services leave by themselves, as `skynet.exit` does.
    ///
    /// # Errors
    /// When something fails.
    pub fn exit(&mut self, service: &str) -> Result<(), SimulationError> {
        self.perform(Action::Exit { service: Glob::new(service), restart_after: None }).map(drop)
    }

    /// Kills services if they live and starts them anew, with file and arguments as at first. It has not started yet
    /// when this returns.
    ///
    /// # Errors
    /// When something fails.
    pub fn restart(&mut self, service: &str) -> Result<(), SimulationError> {
        self.perform(Action::Restart(Glob::new(service))).map(drop)
    }

    /// Stops the handling of messages; they gather in the mailbox.
    ///
    /// # Errors
    /// When something fails.
    pub fn pause(&mut self, service: &str) -> Result<(), SimulationError> {
        self.perform(Action::Pause(Glob::new(service))).map(drop)
    }

    /// Ends a pause.
    ///
    /// # Errors
    /// When something fails.
    pub fn resume(&mut self, service: &str) -> Result<(), SimulationError> {
        self.perform(Action::Resume(Glob::new(service))).map(drop)
    }

    /// Replaces or makes a file of the node.
    ///
    /// # Errors
    /// When it cannot be written, or something fails.
    pub fn write(&mut self, path: &str, text: &str) -> Result<(), SimulationError> {
        let (path, content) = (path.to_owned(), Content::Text(text.to_owned()));
        self.perform(Action::Write { path, content }).map(drop)
    }

    /// Runs a Lua file of the scenario's folder inside services, as the debug console's `inject` does.
    ///
    /// # Errors
    /// When the file cannot be read, or something fails.
    pub fn inject(&mut self, to: &str, file: &str, args: Vec<Value>) -> Result<(), SimulationError> {
        self.perform(Action::Inject { to: Glob::new(to), file: file.to_owned(), args }).map(drop)
    }

    /// Gives new code to a service, as the `[[reload]]` of that name says (of the scenario, or of
    /// [`Simulation::reloads`](super::Simulation::reloads)), and runs until that is over: what the service answered.
    /// `false` as the first value is a refusal.
    ///
    /// ```
    /// use skysim::simulation::Simulation;
    /// use skysim::values;
    ///
    /// # fn main() -> Result<(), skysim::simulation::SimulationError> {
    /// let ledger = Simulation::of_scenario("scenarios/hot_reload").without_timeline().without_checks();
    /// let second = r#"
    ///     [[reload]]
    ///     name    = "v2"
    ///     service = "ledger"
    ///     write   = [{ path = "services/ledger_impl.lua", from = "versions/v2.lua" }]
    /// "#;
    /// let mut simulation = ledger.reloads(second).start()?;
    /// assert_eq!(simulation.call("ledger", values!["version"])?, values![true, 1]);
    /// assert_eq!(simulation.reload("v2")?[0], true.into());
    /// assert_eq!(simulation.call("ledger", values!["version"])?, values![true, 2]);
    /// simulation.finish()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no such reload, it ends with an error or never, or something fails, such as its `expect`.
    pub fn reload(&mut self, name: &str) -> Result<Vec<Value>, SimulationError> {
        let deed = self.perform(Action::Reload(name.to_owned()))?;
        self.settled(deed, format!("reload {name}"))
    }

    /// Does something that a timeline can do, now.
    ///
    /// # Errors
    /// When the node has ended, a file cannot be read, values cannot be sent, or something fails.
    pub fn perform(&mut self, action: Action) -> Result<Deed, SimulationError> {
        if let Some(ending) = self.world.ending() {
            return Err(SimulationError::Ended(ending.reason()));
        }
        let deed = self.world.perform(action, &self.host)?;
        self.verdict()?;
        Ok(deed)
    }

    /// Does the next thing; `false` if nothing is left to happen.
    ///
    /// # Errors
    /// When something fails.
    pub fn step(&mut self) -> Result<bool, SimulationError> {
        let progress = self.world.step();
        self.verdict()?;
        Ok(progress == Progress::Going)
    }

    /// Lets virtual time pass.
    ///
    /// # Errors
    /// When something fails.
    pub fn run_for(&mut self, span: Span) -> Result<(), SimulationError> {
        let moment = self.world.now() + span;
        self.world.wake_at(moment);
        self.run_while(|world| world.now() < moment)
    }

    /// Runs until nothing is left to happen. Does not end for services with timers that go on for ever.
    ///
    /// # Errors
    /// When something fails.
    pub fn run_to_rest(&mut self) -> Result<(), SimulationError> {
        self.run_while(|_| true)
    }

    /// Runs while something is so, or until nothing is left to happen.
    ///
    /// # Errors
    /// When something fails.
    pub fn run_while(&mut self, mut so: impl FnMut(&World) -> bool) -> Result<(), SimulationError> {
        while so(&self.world) && self.world.step() == Progress::Going {
            self.verdict()?;
        }
        self.verdict()
    }

    /// The private state of a service. Looking changes nothing.
    ///
    /// # Errors
    /// When no such service lives.
    pub fn state(&mut self, service: &str) -> Result<State, SimulationError> {
        let graph = self.world.state_of(service);
        graph.map(State::new).ok_or_else(|| SimulationError::NoService(service.to_owned()))
    }

    /// The names of the services that live, in the order of their birth.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        self.world.service_names()
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> VirtualTime {
        self.world.now()
    }

    /// The log so far, as Skynet writes it.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.said.logged()
    }

    /// What services printed so far.
    #[must_use]
    pub fn printed(&self) -> String {
        self.said.printed()
    }

    /// The world itself, for what is not here.
    pub fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// A plan with everything that the test has done so far, each at its time: as a scenario file
    /// ([`Plan::to_toml`]) it repeats the run without the test.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        self.world.plan()
    }

    /// Ends the run: the checks `at_end` and the detectors have their last look.
    ///
    /// # Errors
    /// When something failed.
    pub fn finish(mut self) -> Result<RunReport, SimulationError> {
        self.world.close();
        let report = self.world.report();
        match report.verdict {
            Verdict::Failed => Err(SimulationError::Failed(report.failures)),
            Verdict::Passed | Verdict::Vacuous | Verdict::Interrupted => Ok(report),
        }
    }

    fn verdict(&self) -> Result<(), SimulationError> {
        let failures: &[Failure] = self.world.failures();
        if failures.is_empty() { Ok(()) } else { Err(SimulationError::Failed(failures.to_vec())) }
    }
}
