//! Templates and what seeds make of them.

use super::{FULL, read};
use crate::base::{Seed, Span, Value, VirtualTime};
use crate::scenario::{Action, Plan, Trigger};

fn event(text: &str, seed: u64) -> Plan {
    read(&format!("schema = 1\n[[service]]\nname = 's'\nfile = 's'\n[[event]]\n{text}")).expand(Seed(seed))
}

#[test]
fn the_same_seed_gives_the_same_plan() {
    let scenario = read(FULL);
    assert!(scenario.is_template());
    assert_eq!(scenario.expand(Seed(1)), scenario.expand(Seed(1)));
    assert_ne!(scenario.expand(Seed(1)), scenario.expand(Seed(2)));
    assert_eq!(scenario.expand(Seed(9)).seed, Seed(9));
}

/// What seed 7 makes of the template below.
const DRAWN: &str = r#"[[event]]
at = "1626592us"
send = { to = "s", args = [675, "c"] }"#;

#[test]
fn draws_are_fixed_for_ever() {
    // A recorded seed must mean the same in every version.
    let plan =
        event("at = ['1s', '2s']\nsend = { to = 's', args = [{ int = [1, 1000] }, { choice = ['a', 'b', 'c'] }] }", 7);
    assert_eq!(plan.to_toml().lines().skip(7).collect::<Vec<_>>().join("\n"), DRAWN);
}

#[test]
fn ranges_hold_and_reach_both_ends() {
    let mut seen = [0; 3];
    for seed in 0..100 {
        let plan =
            event("at = ['1us', '3us']\nsend = { to = 's', args = [{ int = [-1, 1] }, { float = [1.0, 1.5] }] }", seed);
        let Trigger::At(at) = plan.events[0].trigger else { panic!() };
        seen[usize::try_from(at.as_nanos() / 1000 - 1).unwrap()] += 1;
        let Action::Send { args, .. } = &plan.events[0].action else { panic!() };
        assert!(matches!(args[0], Value::Integer(-1..=1)));
        assert!(matches!(args[1], Value::Float(x) if (1.0..=1.5).contains(&x)));
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
}

#[test]
fn one_more_draw_shifts_nothing() {
    let plain = event("at = ['1s', '9s']\nlog = 'x'", 5);
    let more = event("at = ['1s', '9s']\nsend = { to = 's', args = [{ int = [1, 9] }] }\nprobability = 1.0", 5);
    assert_eq!(plain.events[0].trigger, more.events[0].trigger);
}

#[test]
fn the_copies_of_an_event_are_drawn_apart() {
    let plan = event("at = ['1s', '9s']\nlog = '{i}'\nrepeat = 5", 5);
    let logs: Vec<&Action> = plan.events.iter().map(|event| &event.action).collect();
    assert_eq!(logs[4], &Action::Log("5".into()));
    assert_ne!(plan.events[0].trigger, plan.events[1].trigger);
}

#[test]
fn improbable_events_are_left_out() {
    let count = |text: &str| (0..100).map(|seed| event(text, seed).events.len()).sum::<usize>();
    assert_eq!(count("at = '1s'\nlog = 'x'\nprobability = 0"), 0);
    assert_eq!(count("at = '1s'\nlog = 'x'\nprobability = 1"), 100);
    assert!((20..40).contains(&count("at = '1s'\nlog = 'x'\nprobability = 0.3")));
}

#[test]
fn every_begins_after_its_own_drawn_period() {
    let plan = event("every = ['1ms', '9s']\nlog = 'x'", 5);
    let Trigger::Every { period, from, .. } = plan.events[0].trigger else { panic!() };
    assert!(from == VirtualTime::ZERO + period && period > Span::from_millis(1));
    // An end drawn before the beginning is an event that does not happen.
    let lengths = (0..50).map(|seed| event("every = '1s'\nfrom = ['1s', '9s']\nto = ['1s', '9s']\nlog = 'x'", seed));
    assert!(lengths.map(|plan| plan.events.len()).sum::<usize>() < 50);
}

#[test]
fn draws_are_found_inside_tables() {
    let texts = (0..20).map(|seed| match &read(FULL).expand(Seed(seed)).events[0].action {
        Action::Call { args, .. } => format!("{args:?}"),
        other => panic!("{other:?}"),
    });
    let texts: Vec<String> = texts.collect();
    assert!(texts.iter().all(|text| !text.contains("Float(0.0)")));
    assert!((-5..=5).filter(|k| texts.iter().any(|text| text.contains(&format!("Integer({k}))]")))).count() > 4);
}
