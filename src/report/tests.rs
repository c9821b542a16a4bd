//! Rendering, on reports made by hand: the worst that can come.

use indexmap::IndexMap;

use super::{Case, CaseResult, Heading, LINES_MAX, Style, document, junit, summary};
use crate::base::{EventNumber, Handle, Seed, Session, VirtualTime};
use crate::faults::{Enabled, RuleCount};
use crate::kernel::Order;
use crate::scenario::{Detector, Idleness, MessageName, Origin, Pin};
use crate::state::Change;
use crate::trace::Digest;
use crate::world::{
    Changed, Delivery, Ending, Failure, Look, Observation, RunReport, StalePin, Staleness, Verdict, WaitingCall,
};

fn heading() -> Heading {
    Heading {
        scenario: "scenarios/worst".to_owned(),
        title: "nothing goes wrong".to_owned(),
        seed: Seed(u64::MAX),
        schedule: "random".to_owned(),
        lua: "5.5",
        file: "scenarios/worst/scenario.toml".to_owned(),
        repeat: "skysim run scenarios/worst --seed 18446744073709551615".to_owned(),
    }
}

fn at(seconds: u64) -> VirtualTime {
    VirtualTime::from_nanos(seconds * 1_000_000_000)
}

fn worst() -> RunReport {
    let text = format!("one\ntwo\nthree\nfour\nfive\nsix\nstack traceback:\n{}", "\t[C]: in ?\n".repeat(30));
    let failure = |event| Failure::Uncaught {
        service: "room".to_owned(),
        text: text.clone(),
        at: at(1),
        event: EventNumber(event),
    };
    let delivery = |event: u64| Delivery {
        event: EventNumber(event),
        cause: EventNumber(event - 1),
        at: at(event),
        from: "a\u{1b}[31m".to_owned(),
        to: "b".to_owned(),
        kind: "lua".to_owned(),
        what: "x\ny".repeat(200),
    };
    let call = |session| WaitingCall {
        who: "a".to_owned(),
        handle: Handle(8),
        for_whom: "b".to_owned(),
        session: Session(session),
        since: at(1),
        what: String::new(),
    };
    let fault = RuleCount {
        name: "slow".to_owned(),
        enabled: Enabled::Yes,
        matches: 2,
        effects: 1,
        idleness: Idleness::Vacuous,
    };
    let name = |nth| MessageName { to: "room".to_owned(), from: None, kind: None, command: None, nth };
    let pin = Pin { hold: name(1), after: name(2), origin: Origin::default() };
    let stale = StalePin { number: 3, pin, why: Staleness::LetGo };
    let change =
        |number: u32| Change { path: format!("rooms[{number}]"), before: None, after: Some("\"x\"".repeat(100)) };
    let changes = (1..30).map(change).collect();
    RunReport {
        verdict: Verdict::Failed,
        failures: (20..40).map(failure).collect(),
        ending: Ending::Idle,
        events: EventNumber(50),
        outcomes: Vec::new(),
        end: at(9),
        waiting: (1..30).map(call).collect(),
        sometimes: [("the queue fills up".to_owned(), true)].into(),
        observations: vec![Observation { detector: Detector::DoubleReply, count: 2, first: String::new() }],
        faults: vec![fault; 9],
        pinned: Vec::new(),
        stale_pins: vec![stale; 9],
        order: None,
        vacuous: Vec::new(),
        snapshots: IndexMap::new(),
        changed: vec![Changed { look: Look { service: "room".to_owned(), event: EventNumber(20) }, changes }],
        trail: (1..50).map(delivery).collect(),
        models: Vec::new(),
        checks: 1,
        digest: Digest(0),
        order_hash: Order::default(),
        trace_error: None,
    }
}

#[test]
fn the_worst_failure_fits_a_screen_and_ends_with_the_command() {
    let text = summary(&heading(), &worst(), Style::Plain);
    assert_eq!(text.lines().count(), LINES_MAX, "{text}");
    assert!(text.ends_with("repeat it:\n  skysim run scenarios/worst --seed 18446744073709551615\n"));
    assert!(!text.contains('\u{1b}'), "services cannot colour a report: {text}");
    assert!(text.starts_with("FAILED  scenarios/worst: nothing goes wrong\n"));
    assert!(text.contains("\nwhat that changed:\n") && text.contains("rooms[1]: nothing -> "), "{text}");
}

#[test]
fn every_verdict_fits_a_screen() {
    for verdict in [Verdict::Passed, Verdict::Vacuous, Verdict::Interrupted] {
        let reasons = if verdict == Verdict::Vacuous { 30 } else { 0 };
        let vacuous = vec!["nothing was tried".to_owned(); reasons];
        let mut report = RunReport { verdict, vacuous, ..worst() };
        report.trail.iter_mut().for_each(|delivery| delivery.from = "scenario".to_owned());
        let text = summary(&heading(), &report, Style::Colour);
        assert!(text.lines().count() <= LINES_MAX, "{text}");
    }
}

#[test]
fn documents_keep_everything() {
    let document = document(&heading(), &worst(), "failed", 1, None);
    assert_eq!(document["seed"], "18446744073709551615");
    assert_eq!(document["run"]["failures"].as_array().map(Vec::len), Some(20));
    assert_eq!(document["run"]["failures"][0]["chain"].as_array().map(Vec::len), Some(20));
    assert_eq!(document["run"]["failures"][0]["traceback"].as_array().map(Vec::len), Some(30));
    assert_eq!(document["run"]["stale_pins"][8]["hold"], "message 1 of room");
    assert_eq!(document["run"]["waiting"].as_array().map(Vec::len), Some(29));
}

#[test]
fn xml_stays_xml() {
    let text = "a < b && \"c\" \u{0} \u{1b} \u{fffe}\n".to_owned();
    let result = CaseResult::Failed { kind: "failed".to_owned(), text };
    let xml = junit("scenarios", &[Case { name: "<odd>".to_owned(), end: at(2), result }]);
    assert!(xml.contains("name=\"&lt;odd&gt;\" time=\"2.000\""), "{xml}");
    assert!(xml.contains(">a &lt; b &amp;&amp; &quot;c&quot; \u{fffd} \u{fffd} \u{fffd}\n</failure>"), "{xml}");
}
