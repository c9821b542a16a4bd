//! Persistence under random crashes: what a save was answered for is there again, whatever the keeper was doing when it
//! died and whatever the disk refused. The model is three tables of numbers.

mod property;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use skysim::base::{Span, Value};
use skysim::simulation::strategy::{self, Disturbances, Step};
use skysim::simulation::{Driven, Simulation, SimulationError};
use skysim::values;

const KEYS: [&str; 3] = ["ann", "bob", "cleo"];

/// Longer than any save takes.
const PATIENCE: Span = Span::from_millis(2_000);

/// How often one looks whether an answer has come.
const LOOK: Span = Span::from_millis(50);

#[derive(Clone, Debug)]
enum Operation {
    Put(&'static str),
    Save,
}

fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![3 => prop::sample::select(KEYS.to_vec()).prop_map(Operation::Put), 2 => Just(Operation::Save)]
}

/// What goes wrong with the keeper or its disk.
#[derive(Clone, Debug)]
enum Trouble {
    /// It dies when it is about to handle its n-th message; so many bytes of what was not flushed are kept.
    Crash { nth: u32, torn: u32 },
    /// So many bytes of the n-th thing that it does with a file which it writes.
    Full { nth: u32, bytes: u32 },
}

fn troubles() -> impl Strategy<Value = Vec<Trouble>> {
    let one = prop_oneof![
        (1..60u32, 0..100u32).prop_map(|(nth, torn)| Trouble::Crash { nth, torn }),
        (1..30u32, 0..100u32).prop_map(|(nth, bytes)| Trouble::Full { nth, bytes }),
    ];
    prop::collection::vec(one, 0..4)
}

fn rules(troubles: &[Trouble]) -> String {
    let mut toml = "[[fault]]\nname = \"slow\"\nmatch = { to = \"keeper\" }\nprobability = 0.1\n\
                    slow_disk = [\"1ms\", \"50ms\"]\n"
        .to_owned();
    for trouble in troubles {
        let _infallible = match trouble {
            Trouble::Crash { nth, torn } => writeln!(
                toml,
                "[[fault]]\nmatch = {{ to = \"keeper\", nth = {nth} }}\ncrash = true\ntorn = {torn}\nrestart_after = \"200ms\""
            ),
            Trouble::Full { nth, bytes } => writeln!(
                toml,
                "[[fault]]\nmatch = {{ to = \"keeper\", path = \"*.tmp\", nth = {nth} }}\nshort_write = {bytes}"
            ),
        };
    }
    toml
}

/// What must be there, and what may be.
#[derive(Default)]
struct Model {
    /// The last number that was sent.
    sent: BTreeMap<&'static str, i64>,
    /// The last one that a save was answered for.
    safe: BTreeMap<&'static str, i64>,
}

impl Model {
    fn operate(&mut self, driven: &mut Driven, operation: &Operation) -> Result<(), SimulationError> {
        match operation {
            Operation::Put(key) => {
                let number = self.sent.entry(*key).or_default();
                *number += 1;
                let values = values!["put", *key, *number];
                ask(driven, "keeper", values, PATIENCE).map(drop)
            }
            Operation::Save => {
                let there = there(driven);
                let saved = ask(driven, "keeper", values!["save"], PATIENCE)?;
                if let (Some(there), Some([Value::Integer(_)])) = (there, saved.as_deref()) {
                    self.safe = there;
                }
                Ok(())
            }
        }
    }

    fn compare(&self, driven: &mut Driven) -> Result<(), TestCaseError> {
        let Some(there) = there(driven) else { return Ok(()) };
        for key in KEYS {
            let [least, most, found] = [&self.safe, &self.sent, &there].map(|of| of.get(key).copied().unwrap_or(0));
            prop_assert!((least..=most).contains(&found), "{key}: {least} is saved, {most} was sent, {found} is there");
        }
        Ok(())
    }
}

/// What the keeper has in memory, if it lives and has read its files. Looking changes nothing.
fn there(driven: &mut Driven) -> Option<BTreeMap<&'static str, i64>> {
    let state = driven.state("keeper").ok()?;
    // The files are opened before anything else is known.
    state.at("saves")?;
    let number = |key: &str| state.at(&format!("state.values.{key}")).and_then(Value::as_integer).unwrap_or(0);
    Some(KEYS.iter().map(|key| (*key, number(key))).collect())
}

/// Asks, and waits for an answer, but not for ever. `None`: there was no answer, or an error, as when the service died.
fn ask(
    driven: &mut Driven,
    to: &str,
    values: Vec<Value>,
    patience: Span,
) -> Result<Option<Vec<Value>>, SimulationError> {
    let asked = driven.request(to, values)?;
    let deadline = driven.now() + patience;
    while driven.answer(asked).is_none() && driven.now() < deadline {
        driven.run_for(LOOK)?;
    }
    Ok(driven.answer(asked).and_then(Result::ok))
}

type Case = (Vec<Step<Operation>>, Vec<Trouble>, u64, &'static str);

fn cases() -> impl Strategy<Value = Case> {
    let disturbances = Disturbances::none().crashing(&["keeper"]).stalling(&["keeper"]);
    let steps = strategy::steps(operations(), disturbances, 1..25);
    (steps, troubles(), strategy::seeds(), strategy::schedules())
}

fn property((steps, troubles, seed, schedule): Case, scenario: &Simulation) -> Result<(), TestCaseError> {
    let simulation = scenario.clone().seed(seed).schedule(schedule).faults(&rules(&troubles));
    let mut driven = simulation.start()?;
    let mut model = Model::default();
    for step in steps {
        // A rule may have killed it, and starts it again by itself: two at once would write the same files.
        if matches!(step, Step::Crash { .. }) && there(&mut driven).is_none() {
            continue;
        }
        step.act(&mut driven, |driven, operation| model.operate(driven, &operation))?;
        model.compare(&mut driven)?;
    }
    // Whatever it was, in the end it comes back with what is in its files.
    driven.run_for(PATIENCE)?;
    driven.restart("keeper")?;
    driven.run_for(PATIENCE)?;
    if there(&mut driven).is_none() {
        // The last of the crashes came just now.
        driven.run_for(PATIENCE)?;
    }
    prop_assert!(there(&mut driven).is_some(), "the keeper did not come back: {:#?}", driven.log());
    model.compare(&mut driven)
}

fn scenario(path: &str) -> Simulation {
    Simulation::of_scenario(path).without_timeline().without_checks()
}

#[test]
fn what_a_save_was_answered_for_is_there_again() {
    let scenario = scenario("scenarios/persistence");
    property::holds(60, cases(), |case| property(case, &scenario));
}

#[test]
fn a_save_whose_errors_nobody_looks_at_is_found() {
    let scenario = scenario("tests/planted/persistence");
    // The planted scenario has rules of its own that fill the disk: nothing else has to go wrong.
    let (reason, (steps, ..)) = property::fails(cases(), |case| property(case, &scenario));
    assert!(reason.contains("is saved"), "{reason}");
    assert!(steps.iter().any(|step| matches!(step, Step::Do(Operation::Save))), "{steps:?}");
}
