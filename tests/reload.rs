//! Reload under random operations: code is replaced at any moment, by files that fit and files that do not, and rolled
//! back. No entry is lost or there twice, the generation never goes back, and what is not fit changes nothing. The
//! model is a list of entries and a number.

mod property;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use skysim::base::{Span, Value};
use skysim::simulation::strategy::{self, Disturbances, Step};
use skysim::simulation::{Asked, Driven, Simulation, SimulationError};
use skysim::values;

const HALF_WAY: &str = include_str!("../scenarios/hot_reload/versions/half_way.lua");
const FORGETFUL: &str = include_str!("../scenarios/hot_reload/versions/forgetful.lua");

/// What may be written in the place of the ledger's code.
const FILES: usize = 6;

/// One of them, and its version if it is fit.
fn file(index: usize) -> (String, Option<i64>) {
    let (text, version) = match index {
        0 => (include_str!("../scenarios/hot_reload/versions/v1.lua").to_owned(), Some(1)),
        1 => (include_str!("../scenarios/hot_reload/versions/v2.lua").to_owned(), Some(2)),
        2 => (include_str!("../scenarios/hot_reload/versions/not_lua.lua").to_owned(), None),
        3 => (include_str!("../scenarios/hot_reload/versions/unfinished.lua").to_owned(), None),
        // As they are, both would do for a ledger with few entries: the first is made to fail always, after it has
        // changed the state, and the second to be wrong always.
        4 => (HALF_WAY.replacen("return state", "error(\"too late\", 0)", 1), None),
        _ => (FORGETFUL.replacen("return state", "state.totals = { nobody = 1 } return state", 1), None),
    };
    (text, version)
}

const PATIENCE: Span = Span::from_millis(5_000);

/// What the auditor refuses.
const TOO_MUCH: i64 = 1_000;

#[derive(Clone, Debug)]
enum Operation {
    /// So many entries at once, all of this amount.
    Add(usize, i64),
    /// Another of the files is there.
    Write(usize),
    Reload,
    Rollback,
}

fn operations() -> impl Strategy<Value = Operation> {
    let amount = prop_oneof![9 => 1..100i64, 1 => Just(TOO_MUCH)];
    prop_oneof![
        6 => (1..5usize, amount).prop_map(|(count, amount)| Operation::Add(count, amount)),
        3 => (0..FILES).prop_map(Operation::Write),
        3 => Just(Operation::Reload),
        1 => Just(Operation::Rollback),
    ]
}

#[derive(Default)]
struct Model {
    asked: BTreeMap<String, (i64, Asked)>,
    /// The version of the file that is there.
    file: Option<i64>,
    version: i64,
    /// The highest generation that anybody has heard of.
    generation: i64,
}

impl Model {
    fn operate(&mut self, driven: &mut Driven, operation: &Operation) -> Result<(), SimulationError> {
        match *operation {
            Operation::Add(count, amount) => {
                for _ in 0..count {
                    let id = format!("e{}", self.asked.len());
                    let asked = driven.request("ledger", values!["add", id.as_str(), "ann", amount])?;
                    self.asked.insert(id, (amount, asked));
                }
                Ok(())
            }
            Operation::Write(index) => {
                let (text, version) = file(index);
                self.file = version;
                driven.write("services/ledger_impl.lua", &text)
            }
            Operation::Reload => self.replace(driven, "reload"),
            Operation::Rollback => self.replace(driven, "rollback"),
        }
    }

    /// All or nothing, and `version` tells which.
    fn replace(&mut self, driven: &mut Driven, how: &str) -> Result<(), SimulationError> {
        let answer = driven.call("ledger", values![how])?;
        let new = match &answer[..] {
            [Value::Boolean(true), Value::Integer(version)] => *version,
            [Value::Boolean(false), ..] => self.version,
            _ => return Err(SimulationError::Input(format!("{how} answered {answer:?}"))),
        };
        let wanted = if how == "reload" && new != self.version { self.file } else { Some(new) };
        let now = driven.call("ledger", values!["version"])?;
        if wanted != Some(new) || now != values![true, new] {
            return Err(SimulationError::Input(format!("{how}: {answer:?}, and then version {now:?}")));
        }
        self.version = new;
        Ok(())
    }

    /// What the ledger has is what it said it has taken.
    fn compare(&mut self, driven: &mut Driven) -> Result<(), TestCaseError> {
        let entries = driven.call("ledger", values!["entries"])?;
        let [Value::Integer(_), Value::Boolean(true), list] = &entries[..] else {
            return Err(TestCaseError::fail(format!("entries: {entries:?}")));
        };
        let mut there = BTreeMap::new();
        for place in 1..=list.length() {
            let entry = list.get(&place.to_string());
            let field = |name: &str| entry.and_then(|entry| entry.get(name));
            let id = field("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            let amount = field("amount").and_then(Value::as_integer);
            prop_assert!(there.insert(id.clone(), amount).is_none(), "{id} is there twice");
        }
        for (id, (amount, asked)) in &self.asked {
            let answer = driven.answer(*asked);
            let taken = match &answer {
                Some(Ok(values)) => values.get(1) == Some(&Value::Boolean(true)),
                _ => return Err(TestCaseError::fail(format!("{id} was answered {answer:?}"))),
            };
            prop_assert_eq!(taken, *amount < TOO_MUCH, "{}: {:?}", id, answer);
            prop_assert_eq!(
                there.remove(id),
                taken.then_some(Some(*amount)),
                "{}, which was answered {:?}",
                id,
                answer
            );
        }
        prop_assert!(there.is_empty(), "nobody has sent {there:?}");
        let total = driven.call("ledger", values!["total"])?;
        let sum: i64 = self.asked.values().map(|(amount, _)| *amount).filter(|amount| *amount < TOO_MUCH).sum();
        prop_assert_eq!(total.get(2), Some(&Value::Integer(sum)));
        Ok(())
    }

    /// Whoever asks later hears of no earlier generation.
    fn look_at_generation(&mut self, driven: &mut Driven) -> Result<(), TestCaseError> {
        let state = driven.state("ledger")?;
        let now = state.at("generation").and_then(Value::as_integer).unwrap_or(0);
        prop_assert!(now >= self.generation, "generation {} and then {now}", self.generation);
        self.generation = now;
        Ok(())
    }
}

type Case = (Vec<Step<Operation>>, u64, &'static str);

fn cases() -> impl Strategy<Value = Case> {
    let disturbances = Disturbances::none().stalling(&["ledger", "auditor"]);
    (strategy::steps(operations(), disturbances, 1..20), strategy::seeds(), strategy::schedules())
}

fn property((steps, seed, schedule): Case, scenario: &Simulation) -> Result<(), TestCaseError> {
    let mut driven = scenario.clone().seed(seed).schedule(schedule).start()?;
    let mut model = Model { file: Some(1), version: 1, ..Model::default() };
    for step in steps {
        step.act(&mut driven, |driven, operation| model.operate(driven, &operation))?;
        model.look_at_generation(&mut driven)?;
    }
    driven.run_for(PATIENCE)?;
    model.compare(&mut driven)?;
    driven.finish()?;
    Ok(())
}

fn scenario(path: &str) -> Simulation {
    Simulation::of_scenario(path).without_timeline().without_checks()
}

#[test]
fn no_reload_loses_anything() {
    let scenario = scenario("scenarios/hot_reload");
    property::holds(80, cases(), |case| property(case, &scenario));
}

#[test]
fn a_reload_that_waits_for_nobody_is_found() {
    let scenario = scenario("tests/planted/hot_reload");
    let (reason, (steps, ..)) = property::fails(cases(), |case| property(case, &scenario));
    assert!(reason.contains("which was answered"), "{reason}");
    assert!(steps.len() <= 4, "{steps:?}");
}
