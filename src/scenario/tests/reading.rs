//! What valid files mean.

use std::path::Path;

use super::{FULL, read};
use crate::base::{Seed, Span, Table, Value, VirtualTime};
use crate::scenario::{
    Action, Answer, CheckMoment, Detector, Dialect, Dose, FaultKind, Glob, Level, Outcome, Permission, Plan, ReloadWay,
    Scenario, Trigger, Waiting, WallTime,
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
    let limits = &plan.limits;
    assert_eq!(
        (limits.memory, limits.instructions, limits.services, limits.events),
        (Some(64 << 20), 1000, 50, Some(99))
    );
    assert_eq!((plan.allow.bytecode, plan.allow.native.as_slice()), (Permission::Allowed, &["lpeg".to_owned()][..]));
    assert_eq!((plan.allow.detectors, plan.detect), (vec![Detector::MessageToTheDead], vec![Detector::Reentrancy]));
    assert_eq!(plan.checks[1].moment, CheckMoment::Eventually { within: Span::from_millis(5000) });
    assert_eq!((plan.node.thread, plan.node.harbor, plan.node.profile), (Some(8), Some(1), Some(false)));
    assert_eq!(plan.dialect, Dialect::Tutorial);
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
    let [first, second, ..] = &*plan.faults else { panic!() };
    let dose = |kind| first.doses[&kind].clone();
    assert_eq!(dose(FaultKind::Drop), Dose::Probability(0.5));
    assert_eq!(dose(FaultKind::Duplicate), Dose::Probability(1.0));
    assert_eq!(dose(FaultKind::Error), Dose::Matches([3, 17].into()));
    assert_eq!(dose(FaultKind::Delay), Dose::Amount(1_000_000, 80_000_000));
    assert_eq!(first.matches.before, Some(VirtualTime::from_nanos(2_000_000_000)));
    assert_eq!(second.name, "fault-2");
    let delays = Dose::Amounts([(3, 12_000_000), (17, 80_000_000)].into());
    assert_eq!(second.doses, [(FaultKind::Delay, delays)].into());
}

#[test]
fn a_rule_is_about_one_thing() {
    let problem = |text: &str| {
        let error = Scenario::from_toml("x.toml", &format!("schema = 1\n[[fault]]\n{text}\n")).unwrap_err();
        error.to_string()
    };
    assert!(problem("drop = 0.1\nkill = 0.1").contains("`kill`"), "{}", problem("drop = 0.1\nkill = 0.1"));
    assert!(problem("drop = 0.1\nrestart_after = \"1s\"").contains("restart_after"));
    assert!(problem("reorder = [3, 1]").contains("before it begins"));
    assert!(problem("probability = 0.5").contains("what goes wrong"));
}

#[test]
fn every_kind_of_fault_has_a_key_of_its_form() {
    use crate::scenario::Form as Drawn;
    use crate::scenario::keys::{FAULT, Form};
    for kind in FaultKind::ALL {
        let key = FAULT.iter().find(|key| key.name == kind.name()).unwrap_or_else(|| panic!("{kind:?} has no key"));
        let fits = matches!(
            (&key.form, kind.form()),
            (Form::Chance, Drawn::Chance) | (Form::Delay, Drawn::Span) | (Form::Count, Drawn::Count)
        );
        assert!(fits, "{kind:?}");
        assert_eq!(FaultKind::by_name(kind.name()), Some(kind));
    }
}

#[test]
fn reloads_are_known_by_their_names() {
    let text = |more: &str| {
        let service = "[[service]]\nname = \"room\"\nfile = \"room\"\n";
        format!("schema = 1\n{service}[[reload]]\nname = \"v2\"\nservice = \"room\"\n{more}\n")
    };
    let problem = |more: &str| Scenario::from_toml("x.toml", &text(more)).unwrap_err().to_string();
    let event = |name: &str| format!("[[event]]\nat = \"1s\"\nreload = \"{name}\"");
    let plan = Scenario::from_toml("x.toml", &text(&event("v2"))).unwrap().expand(Seed(0));
    assert_eq!(plan.reloads[0].way, ReloadWay::Message(vec!["reload".into()]));
    assert_eq!(plan.level(Detector::DoubleReply), Level::Fails);
    assert!(problem(&event("v22")).contains("did you mean `v2`?"));
    assert!(problem("[[fault]]\nreload = 0.1").contains("with = \"..\""));
    assert!(problem("[[fault]]\nreload = 0.1\nwith = \"old\"").contains("there are v2"));
    assert!(problem("[[fault]]\ndrop = 0.1\nwith = \"v2\"").contains("means nothing"));
    assert!(problem("how = \"patch\"").contains("there are message, inject, snax, relaunch and handover"));
    assert!(problem("how = \"inject\"").contains("no `file`"));
    assert!(problem("file = \"x.lua\"").contains("means nothing"));
    assert!(problem("how = \"relaunch\"\nargs = [1]").contains("means nothing"));
    assert!(problem("[[reload]]\nname = \"v2\"\nservice = \"room\"").contains("v2"));
    let none = "schema = 1\n[swarm]\nkinds = [\"reload\"]\n";
    assert!(Scenario::from_toml("x.toml", none).unwrap_err().to_string().contains("no [[reload]]"));
    assert!(problem("[expect]\nversions = [\"state rom.x\"]").contains("no service is called `rom`"));
}

#[test]
fn a_swarm_draws_whole_kinds() {
    let text = "schema = 1\n[swarm]\nkinds = [\"drop\", \"kill\", \"sessions\"]\nmatch = { to = \"a*\" }\n";
    let scenario = Scenario::from_toml("x.toml", text).unwrap();
    assert!(scenario.is_template());
    let plans: Vec<Plan> = (0..64).map(|seed| scenario.expand(crate::base::Seed(seed))).collect();
    for name in ["swarm-drop", "swarm-kill"] {
        let with = plans.iter().filter(|plan| plan.faults.iter().any(|rule| rule.name == name)).count();
        assert!((16..48).contains(&with), "{name}: {with}");
    }
    assert!(plans.iter().any(|plan| plan.faults.is_empty() && plan.node.first_session.is_none()));
    assert!(plans.iter().all(|plan| plan.budget.down == Some(1)));
    for plan in &plans {
        let again = Scenario::from_toml("x.toml", &plan.to_toml()).unwrap();
        assert_eq!(again.expand(again.seed()), *plan);
    }
}
