//! Services in the hands of a Rust test: what `skysim::simulation` promises to those who write such tests.

use std::cell::RefCell;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use skysim::base::{Span, Value};
use skysim::simulation::strategy::{self, Disturbances, Step};
use skysim::simulation::{Driven, Simulation, SimulationError};
use skysim::values;
use skysim::world::{Failure, Verdict};
use tempfile::TempDir;

/// Keeps numbers; `BUG` is what a careless author would leave out or add.
const STORE: &str = r#"
local skynet = require "skynet"
local kept, total = {}, 0
local CMD = {}
function CMD.put(key, number)
	total = total - (kept[key] or 0) + number
	kept[key] = number
	return total
end
function CMD.remove(key)
	if kept[key] then
		--BUG total = total - kept[key]
		kept[key] = nil
	end
	return total
end
function CMD.fail() error "no such thing" end
function CMD.slow() skynet.sleep(100) return "done" end
function CMD.never() skynet.wait() end
function CMD.crash() skynet.fork(function() error "in the background" end) return true end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...) skynet.retpack(CMD[command](...)) end)
	print("ready")
end)
"#;

fn folder(store: &str) -> TempDir {
    let folder = TempDir::new().unwrap_or_else(|error| panic!("{error}"));
    let written = std::fs::write(folder.path().join("store.lua"), store);
    written.unwrap_or_else(|error| panic!("{error}"));
    folder
}

fn correct() -> String {
    STORE.replace("--BUG ", "")
}

fn simulation(folder: &Path) -> Simulation {
    Simulation::of_folder(folder, "./?.lua").service("store", "store", values![])
}

fn started(folder: &TempDir) -> Driven {
    simulation(folder.path()).start().unwrap_or_else(|error| panic!("{error}"))
}

type Tested = Result<(), SimulationError>;

#[test]
fn a_service_is_called_looked_at_and_left() -> Tested {
    let folder = folder(&correct());
    let mut store = started(&folder);
    assert_eq!(store.call("store", values!["put", "a", 2])?, values![2]);
    let before = store.state("store")?;
    assert_eq!(store.call("store", values!["put", "b", 3])?, values![5]);
    let after = store.state("store")?;
    assert_eq!((after.at("total"), after.at("kept.b"), after.at("kept.c")), (Some(&5.into()), Some(&3.into()), None));
    assert_eq!(after.changes_since(&before), ["kept.b: nothing -> 3", "total: 2 -> 5"]);
    assert!(after.text().contains("total = 5"));
    assert_eq!((store.services(), store.printed()), (vec!["store".to_owned()], "ready\n".to_owned()));
    assert_eq!(store.finish()?.verdict, Verdict::Passed);
    Ok(())
}

#[test]
fn time_passes_only_when_it_is_told_to() -> Tested {
    let folder = folder(&correct());
    let mut store = started(&folder);
    let asked = store.request("store", values!["slow"])?;
    let begun = store.now();
    assert_eq!(store.answer(asked), None);
    store.run_for(Span::from_millis(900))?;
    assert_eq!((store.answer(asked), store.now()), (None, begun + Span::from_millis(900)));
    store.run_for(Span::from_millis(200))?;
    assert_eq!(store.answer(asked), Some(Ok(values!["done"])));
    let later = store.now();
    store.run_to_rest()?;
    // Nothing happens any more, and time passes all the same.
    store.run_for(Span::from_millis(86_400_000))?;
    assert_eq!(store.now(), later + Span::from_millis(86_400_000));
    Ok(())
}

#[test]
fn services_die_and_come_back() -> Tested {
    let folder = folder(&correct());
    let mut store = started(&folder);
    store.call("store", values!["put", "a", 2])?;
    store.kill("store")?;
    assert!(matches!(store.state("store"), Err(SimulationError::NoService(_))));
    assert!(matches!(store.call("store", values!["put", "a", 2]), Err(SimulationError::Call { .. })));
    store.restart("store")?;
    store.run_to_rest()?;
    assert_eq!(store.call("store", values!["put", "b", 1])?, values![1]);
    store.pause("store")?;
    let asked = store.request("store", values!["put", "b", 2])?;
    store.run_for(Span::from_millis(50))?;
    assert_eq!(store.answer(asked), None);
    store.resume("store")?;
    store.run_to_rest()?;
    assert_eq!(store.answer(asked), Some(Ok(values![2])));
    Ok(())
}

#[test]
fn what_fails_is_an_error_of_the_method() -> Tested {
    let folder = folder(&correct());
    let mut store = started(&folder);
    let crashed = store.call("store", values!["crash"]).and_then(|_| store.run_to_rest());
    let Err(SimulationError::Failed(failures)) = crashed else { panic!("{crashed:?}") };
    assert!(matches!(&failures[..], [Failure::Uncaught { text, .. }] if text.contains("in the background")));

    let mut store = started(&folder);
    let unanswered = store.call("store", values!["never"]);
    assert!(
        matches!(&unanswered, Err(SimulationError::NoAnswer { call }) if call == "store (\"never\")"),
        "{unanswered:?}"
    );
    let Err(SimulationError::Failed(failures)) = store.finish() else { panic!("nobody noticed") };
    assert!(failures.iter().any(|failure| failure.to_string().contains("never")), "{failures:?}");

    let missing = Simulation::of_folder(folder.path(), "./?.lua").service("x", "nothing", values![]).start();
    assert!(matches!(missing.map(drop), Err(SimulationError::Failed(_))));
    let nowhere = Simulation::of_scenario("scenarios/nowhere").start();
    assert!(matches!(nowhere.map(drop), Err(SimulationError::Input(_))));
    Ok(())
}

#[test]
fn what_a_test_did_is_a_plan_that_repeats_it() -> Tested {
    let folder = folder(&correct());
    let mut store = simulation(folder.path()).seed(5).schedule("random").start()?;
    store.call("store", values!["put", "a", 2])?;
    store.run_for(Span::from_millis(300))?;
    store.write("notes.txt", "x")?;
    store.send("store", values!["put", "b", 40])?;
    store.run_to_rest()?;
    let state = store.state("store")?.text();
    let text = store.plan().to_toml();
    let plan = store.plan().clone();
    drop(store.finish()?);
    for part in ["seed = 5", "schedule = \"random\"", "\"put\"", "notes.txt"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let mut again = Simulation::of_plan(plan).start()?;
    again.run_to_rest()?;
    assert_eq!(again.state("store")?.text(), state);
    Ok(())
}

/// One thing that a client may do.
#[derive(Clone, Debug, PartialEq)]
enum Operation {
    Put(&'static str, i64),
    Remove(&'static str),
}

fn operations() -> impl Strategy<Value = Operation> {
    let key = || prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![(key(), 0..100i64).prop_map(|(key, n)| Operation::Put(key, n)), key().prop_map(Operation::Remove)]
}

/// Does the steps, and compares each answer with a model.
fn plays(simulation: &Simulation, steps: &[Step<Operation>]) -> Result<(), TestCaseError> {
    let mut store = simulation.start()?;
    let model = RefCell::new(std::collections::BTreeMap::new());
    for step in steps {
        if matches!(step, Step::Crash { .. }) {
            model.borrow_mut().clear();
        }
        step.clone().act(&mut store, |store, operation| {
            let mut model = model.borrow_mut();
            let values = match operation {
                Operation::Put(key, number) => {
                    model.insert(key, number);
                    values!["put", key, number]
                }
                Operation::Remove(key) => {
                    model.remove(key);
                    values!["remove", key]
                }
            };
            let got = store.call("store", values)?;
            let total = Value::Integer(model.values().sum());
            let right = got == [total.clone()];
            right.then_some(()).ok_or_else(|| SimulationError::Input(format!("{got:?}, and not {total:?}")))
        })?;
        store.run_to_rest()?;
    }
    store.finish()?;
    Ok(())
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(
        Config { cases: 32, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

#[test]
fn proptest_finds_what_is_wrong_and_makes_it_small() {
    let disturbances = || Disturbances::none().crashing(&["store"]).stalling(&["store"]);
    let drawn = || strategy::steps(operations(), disturbances(), 1..20);
    let right = folder(&correct());
    let simulation = simulation(right.path());
    runner().run(&drawn(), |steps| plays(&simulation, &steps)).unwrap_or_else(|error| panic!("{error}"));

    let wrong = folder(STORE);
    let simulation = self::simulation(wrong.path());
    let found = runner().run(&drawn(), |steps| plays(&simulation, &steps));
    let Err(TestError::Fail(_, smallest)) = found else { panic!("{found:?}") };
    let [Step::Do(Operation::Put(put, 1)), Step::Do(Operation::Remove(removed))] = &smallest[..] else {
        panic!("{smallest:?}")
    };
    assert_eq!(put, removed);
}

#[test]
fn values_of_the_strategy_can_be_sent() {
    let echo = folder(
        "local skynet = require 'skynet' skynet.start(function() skynet.dispatch('lua', function(_, _, ...) skynet.retpack(...) end) end)",
    );
    let simulation = simulation(echo.path());
    let mut store = simulation.start().unwrap_or_else(|error| panic!("{error}"));
    let sent = RefCell::new(0);
    runner()
        .run(&strategy::values(), |value| {
            *sent.borrow_mut() += 1;
            let got = store_call(&simulation, &value)?;
            prop_assert!(skysim::seri::display(&got).len() == skysim::seri::display(&[value]).len());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(sent.into_inner() > 10 && store.step().is_ok());
}

fn store_call(simulation: &Simulation, value: &Value) -> Result<Vec<Value>, SimulationError> {
    simulation.start()?.call("store", vec![value.clone()])
}

#[test]
fn parts_of_a_plan_lead_to_the_event_that_matters() {
    let wrong = folder(STORE);
    let mut store = started(&wrong);
    let did: Result<(), SimulationError> = (|| {
        for key in ["a", "b", "c"] {
            store.call("store", values!["put", key, 1])?;
        }
        store.call("store", values!["remove", "b"])?;
        store.call("store", values!["put", "c", 5]).map(drop)
    })();
    did.unwrap_or_else(|error| panic!("{error}"));
    let plan = store.plan().clone();
    let found = runner().run(&strategy::parts_of(plan), |part| {
        let mut store = Simulation::of_plan(part).start()?;
        store.run_to_rest()?;
        let state = store.state("store")?;
        let kept: i64 = ["a", "b", "c"].iter().filter_map(|key| state.at(&format!("kept.{key}"))?.as_integer()).sum();
        prop_assert_eq!(state.at("total").and_then(Value::as_integer), Some(kept));
        Ok(())
    });
    let Err(TestError::Fail(_, smallest)) = found else { panic!("{found:?}") };
    assert_eq!(smallest.events.len(), 2, "{}", smallest.to_toml());
}

#[test]
fn a_test_says_when_code_is_replaced() {
    let ledger = Simulation::of_scenario("scenarios/hot_reload").without_timeline().without_checks();
    let way = |name: &str, service: &str, from: &str| {
        let file = format!("write = [{{ path = \"services/ledger_impl.lua\", from = \"versions/{from}.lua\" }}]");
        format!("[[reload]]\nname = \"{name}\"\nservice = \"{service}\"\n{file}\n")
    };
    let ways = way("second", "ledger", "v2") + &way("broken", "ledger", "not_lua") + "expect = \"refused\"\n";
    let mut simulation = ledger.clone().reloads(&ways).start().unwrap_or_else(|error| panic!("{error}"));
    let mut version = |name: &str| {
        let said = simulation.reload(name).unwrap_or_else(|error| panic!("{error}"));
        let version = simulation.call("ledger", values!["version"]).unwrap_or_else(|error| panic!("{error}"));
        (said[0].clone(), version[1].clone())
    };
    assert_eq!(version("second"), (true.into(), 2.into()));
    // That of the scenario itself.
    assert_eq!(version("again"), (true.into(), 2.into()));
    assert_eq!(version("broken"), (false.into(), 2.into()));
    let unknown = simulation.reload("third").err().map(|error| error.to_string());
    assert_eq!(unknown.as_deref(), Some("reload third was answered with an error: the plan has no reload `third`"));

    let wrong = |ways: &str| ledger.clone().reloads(ways).start().err().map(|error| error.to_string());
    let twice = wrong(&way("again", "ledger", "v2"));
    assert!(twice.is_some_and(|said| said.contains("two reloads called `again`")));
    let nobody = wrong(&way("other", "nobody", "v2"));
    assert!(nobody.is_some_and(|said| said.contains("nobody")));
}
