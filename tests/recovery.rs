//! Recovery under random faults: workers of a pool die, are paused and slow, messages to them are lost. Every task is
//! answered once, with its result or a reason, and the pool is itself again when the faults are over. The model is the
//! list of what was asked, and how many workers there should be.

mod property;

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use skysim::base::{Span, Value};
use skysim::simulation::strategy::{self, Disturbances, Step};
use skysim::simulation::{Asked, Driven, Simulation, SimulationError};
use skysim::values;

/// Why a task may have no result.
const REASONS: [&str; 2] = ["no worker", "given up"];

/// From here on nothing goes wrong: longer than the longest case.
const QUIET: &str = "[budget]\nkeep = [\"pool\"]\nquiet_after = \"60s\"\n";
const QUIET_AFTER: Span = Span::from_millis(60_000);

/// By then everybody has given up or recovered.
const RECOVERY: Span = Span::from_millis(10_000);

#[derive(Clone, Debug)]
enum Operation {
    /// So many tasks at once.
    Submit(i64),
    /// The worker in this place dies.
    Kill(i64),
    /// So many workers are wanted.
    Resize(i64),
}

fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (1..8i64).prop_map(Operation::Submit),
        2 => (1..4i64).prop_map(Operation::Kill),
        1 => (0..5i64).prop_map(Operation::Resize),
    ]
}

/// What may go wrong with the workers, each as likely as the case says, in percent.
const FAULTS: [&str; 6] = [
    // With a task: Skynet leaves whoever waits for a service that is killed while it starts without an answer.
    "match = { to = \"worker*\", command = \"process\" }\nkill = PROBABILITY",
    "match = { to = \"worker*\" }\nprobability = PROBABILITY\npause = [\"10ms\", \"2s\"]",
    "match = { to = \"worker*\" }\nprobability = PROBABILITY\nslow = [\"10ms\", \"700ms\"]",
    "match = { from = \"pool\", to = \"worker*\" }\ndrop = PROBABILITY",
    "match = { from = \"worker*\", to = \"pool\", type = \"response\" }\ndrop = PROBABILITY",
    "match = { to = \"worker\" }\nlaunch_fails = PROBABILITY",
];

fn faults() -> impl Strategy<Value = Vec<(&'static str, u32)>> {
    let chosen = prop::sample::subsequence(FAULTS.to_vec(), 0..=FAULTS.len());
    chosen.prop_flat_map(|chosen| chosen.into_iter().map(|fault| (Just(fault), 1..30u32)).collect::<Vec<_>>())
}

fn rules(faults: &[(&str, u32)]) -> String {
    let mut toml = QUIET.to_owned();
    for (fault, percent) in faults {
        let probability = format!("{:.2}", f64::from(*percent) / 100.0);
        let _infallible = writeln!(toml, "[[fault]]\n{}", fault.replace("PROBABILITY", &probability));
    }
    toml
}

struct Model {
    asked: Vec<(i64, Asked)>,
    wanted: i64,
}

impl Model {
    fn operate(&mut self, driven: &mut Driven, operation: &Operation) -> Result<(), SimulationError> {
        match *operation {
            Operation::Submit(count) => {
                for _ in 0..count {
                    let task = i64::try_from(self.asked.len()).unwrap_or(i64::MAX);
                    self.asked.push((task, driven.request("pool", values!["submit", task])?));
                }
            }
            Operation::Kill(place) => driven.send("pool", values!["kill_worker", place])?,
            Operation::Resize(wanted) => {
                self.wanted = wanted;
                driven.send("pool", values!["resize", wanted])?;
            }
        }
        Ok(())
    }

    /// Every task has its answer.
    fn compare(&self, driven: &Driven) -> Result<(), TestCaseError> {
        for (task, asked) in &self.asked {
            let answer = driven.answer(*asked);
            let right = match answer.as_ref() {
                Some(Ok(values)) => match &values[..] {
                    [Value::Boolean(true), result] => *result == Value::Integer(2 * task),
                    [Value::Boolean(false), reason] => reason.as_str().is_some_and(|reason| REASONS.contains(&reason)),
                    _ => false,
                },
                _ => false,
            };
            prop_assert!(right, "task {task} was answered {answer:?}");
        }
        Ok(())
    }
}

type Case = (Vec<Step<Operation>>, Vec<(&'static str, u32)>, u64, &'static str);

fn cases() -> impl Strategy<Value = Case> {
    let steps = strategy::steps(operations(), Disturbances::none().stalling(&["pool"]), 1..15);
    (steps, faults(), strategy::seeds(), strategy::schedules())
}

fn property((steps, faults, seed, schedule): Case, scenario: &Simulation) -> Result<(), TestCaseError> {
    let simulation = scenario.clone().seed(seed).schedule(schedule).faults(&rules(&faults));
    let mut driven = simulation.start()?;
    let mut model = Model { asked: Vec::new(), wanted: 3 };
    for step in steps {
        step.act(&mut driven, |driven, operation| model.operate(driven, &operation))?;
    }
    driven.run_for(QUIET_AFTER)?;
    driven.run_for(RECOVERY)?;
    model.compare(&driven)?;
    // And it is itself again: as many workers as wanted, who work.
    let status = driven.call("pool", values!["status"])?;
    let workers = status.first().map_or(0, Value::length);
    prop_assert_eq!(i64::try_from(workers).unwrap_or(i64::MAX), model.wanted);
    if model.wanted > 0 {
        prop_assert_eq!(driven.call("pool", values!["submit", 21])?, values![true, 42]);
    }
    Ok(())
}

fn scenario(path: &str) -> Simulation {
    Simulation::of_scenario(path).without_timeline().without_checks()
}

#[test]
fn every_task_is_answered_and_the_pool_recovers() {
    let scenario = scenario("scenarios/worker_pool");
    property::holds(80, cases(), |case| property(case, &scenario));
}

#[test]
fn a_pool_that_waits_without_a_limit_is_found() {
    let scenario = scenario("tests/planted/worker_pool");
    let (reason, _) = property::fails(cases(), |case| property(case, &scenario));
    assert!(reason.contains("was answered None"), "{reason}");
}
