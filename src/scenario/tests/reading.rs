//! What valid files mean.

use std::path::Path;

use super::{FULL, read};
use crate::base::{Seed, Span, Table, Value, VirtualTime};
use crate::scenario::{
    Action, Answer, Chance, CheckMoment, Delay, Detector, Glob, Outcome, Permission, Plan, Trigger, Waiting, WallTime,
};

fn full() -> Plan {
    read(FULL).outline().clone()
}

#[test]
fn the_smallest_file_has_the_defaults() {
    let scenario = read("schema = 1");
    assert!(!scenario.is_template());
    let plan = scenario.expand(Seed(3));
    let mut expected = Plan::empty("full/scenario.toml");
    expected.folder = "full".into();
    expected.seed = Seed(3);
    assert_eq!(plan, expected);
    assert_eq!((plan.schedule.as_str(), plan.cost), ("skynet", Span::from_nanos(1000)));
    assert_eq!(plan.node.start_time, WallTime { seconds: 1_704_067_200, nanos: 0 });
}

#[test]
fn the_top_and_the_node() {
    let plan = full();
    assert_eq!((plan.seed, plan.until), (Seed(42), Some(VirtualTime::from_nanos(60_000_000_000))));
    assert_eq!(plan.folder, Path::new("full/../elsewhere"));
    assert_eq!(plan.resolve("x/y.lua"), Path::new("full/../elsewhere/x/y.lua"));
    assert_eq!((plan.limits.memory, plan.limits.instructions, plan.limits.events), (Some(64 << 20), 1000, Some(99)));
    assert_eq!((plan.allow.bytecode, plan.allow.native.as_slice()), (Permission::Allowed, &["lpeg".to_owned()][..]));
    assert_eq!((plan.allow.detectors, plan.detect), (vec![Detector::MessageToTheDead], vec![Detector::Reentrancy]));
    assert_eq!(plan.checks[1].moment, CheckMoment::Eventually { within: Span::from_millis(5000) });
    assert_eq!((plan.node.thread, plan.node.harbor, plan.node.profile), (Some(8), Some(1), Some(false)));
    assert_eq!(plan.node.env["answer"], Value::Integer(42));
    assert_eq!(plan.node.start_time.to_string(), "2024-02-29T11:00:00Z");
    assert_eq!((plan.expect.waiting, plan.expect.outcome), (Waiting::Allow, Outcome::Fail("members".into())));
}

#[test]
fn repeated_entries_are_numbered_from_1() {
    let plan = full();
    let names: Vec<&str> = plan.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["room", "user:1", "user:2", "user:3"]);
    assert_eq!(plan.services[3].args, ["u3".into()]);
    assert_eq!(plan.services[3].origin.line, plan.services[1].origin.line);
    assert!(matches!(&plan.events[4].action, Action::Exit { service, .. } if service.as_str() == "user:2"));
}

#[test]
fn arguments_are_lua_values() {
    let plan = full();
    let Action::Send { args, .. } = &plan.events[1].action else { panic!() };
    let table = Table { array: vec![Value::Integer(1)], pairs: vec![(Value::Float(2.5), Value::Boolean(true))] };
    assert_eq!(*args, [Value::String(vec![255, 0]), Value::Pointer(5), Value::Table(table)]);
    let Action::Call { expect: Answer::Values(expected), to, .. } = &plan.events[0].action else { panic!() };
    let names = Table { array: vec!["ann".into(), "{i}".into()], pairs: Vec::new() };
    let pairs = Table { array: Vec::new(), pairs: vec![("a".into(), Value::Integer(1))] };
    assert_eq!(*expected, [Value::Boolean(true), Value::Table(names), Value::Table(pairs), Value::Nil]);
    assert_eq!(to, "room");
}

#[test]
fn triggers_and_their_defaults() {
    let plan = full();
    let period = Span::from_millis(8000);
    let from = VirtualTime::ZERO + period;
    assert_eq!(plan.events[8].trigger, Trigger::Every { period, from, to: None, times: None });
    let Trigger::When(occasion) = &plan.events[2].trigger else { panic!() };
    assert_eq!((occasion.nth, occasion.message.as_ref()), (3, Some(&Glob::new("say"))));
    assert_eq!(plan.events[5].trigger, Trigger::At(VirtualTime::from_ticks(5)));
    assert_eq!(plan.events[5].origin.line, FULL[..FULL.find("at = \"5 ticks\"").unwrap()].lines().count() as u32);
}

#[test]
fn fault_rules() {
    let plan = full();
    let [first, second] = &*plan.faults else { panic!() };
    assert_eq!((&first.drop, &first.duplicate), (&Chance::Probability(0.5), &Chance::Probability(1.0)));
    assert_eq!(first.error, Chance::Matches([3, 17].into()));
    assert_eq!(first.delay, Delay::Range(Span::from_millis(1), Span::from_millis(80)));
    assert_eq!(first.matches.before, Some(VirtualTime::from_nanos(2_000_000_000)));
    assert_eq!((second.name.as_str(), &second.drop), ("fault-2", &Chance::Never));
    assert_eq!(second.delay, Delay::Matches([(3, Span::from_millis(12)), (17, Span::from_millis(80))].into()));
}
