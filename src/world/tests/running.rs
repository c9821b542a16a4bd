//! How runs begin, end, and are judged.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Log, failures, plan, run, world};
use crate::base::{EventNumber, VirtualTime};
use crate::trace::Tracer;
use crate::world::{Ending, Failure, Progress, Verdict, WorldOptions};

const ECHO: &str = "[[service]]\nname = \"a\"\nfile = \"echo\"\n";

#[test]
fn nothing_to_do_is_no_failure() {
    let report = run("[node]\nstart = \"main\"\n");
    assert_eq!((report.verdict, report.ending), (Verdict::Passed, Ending::Idle));
}

#[test]
fn the_run_ends_at_its_time() {
    let text =
        "until = \"5ms\"\n".to_owned() + ECHO + "[[event]]\nevery = \"1ms\"\nsend = { to = \"a\", args = [\"x\"] }\n";
    let report = run(&text);
    assert_eq!((report.verdict, report.ending), (Verdict::Passed, Ending::Until));
    assert!(report.end >= VirtualTime::from_nanos(5_000_000));
}

#[test]
fn a_call_that_is_cut_off_early_may_still_be_answered() {
    let asks = |at: &str, until: &str| {
        let every = "[[event]]\nevery = \"1s\"\nsend = { to = \"a\", args = [\"x\"] }\n";
        let call = "call = { to = \"a\", args = [\"silent\"] }\n";
        run(&format!("until = \"{until}\"\n{ECHO}{every}[[event]]\nat = \"{at}\"\n{call}"))
    };
    assert_eq!(asks("2s", "6s").verdict, Verdict::Passed);
    assert!(matches!(asks("1s", "9s").failures[..], [Failure::Hang { .. }]));
}

#[test]
fn services_that_do_not_start() {
    let report = run("[[service]]\nname = \"b\"\nfile = \"broken\"\n");
    assert_eq!((report.verdict, report.ending), (Verdict::Failed, Ending::Failure));
    let Failure::Launch { service, reason, lines } = &report.failures[0] else { panic!("{:?}", report.failures) };
    assert_eq!((service.as_str(), reason.as_str()), ("b", "call failed"));
    assert!(lines.iter().any(|line| line.contains("launch snlua FAILED")), "{lines:?}");
    let report = run("[[service]]\nname = \"s\"\nfile = \"stuck\"\n");
    assert!(failures(&report)[0].contains("it waits for something that never happens"));
}

#[test]
fn uncaught_errors_must_be_expected() {
    let cry = format!("{ECHO}[[event]]\nat = \"1ms\"\nsend = {{ to = \"a\", args = [\"cry\"] }}\n");
    assert_eq!(failures(&run(&cry)), ["uncaught error in a: attempt to cry"]);
    let report = run(&format!("{cry}[expect]\nerrors = [\"attempt to\"]\n"));
    assert_eq!(report.verdict, Verdict::Passed);
}

#[test]
fn a_failure_may_be_what_is_expected() {
    let cry = format!("{ECHO}[[event]]\nat = \"1ms\"\nsend = {{ to = \"a\", args = [\"cry\"] }}\n");
    let report = run(&format!("{cry}[expect]\noutcome = \"fail: attempt to cry\"\n"));
    assert_eq!((report.verdict, report.failures.len()), (Verdict::Passed, 1));
    let report = run(&format!("{ECHO}[expect]\noutcome = \"fail: attempt\"\n"));
    assert_eq!(report.verdict, Verdict::Failed);
    assert!(matches!(&report.failures[0], Failure::NotFailed { .. }));
}

#[test]
fn what_never_happens_proves_nothing() {
    let report = run(&format!("{ECHO}[[fault]]\nmatch = {{ to = \"a\" }}\ndrop = true\n"));
    assert_eq!(report.verdict, Verdict::Vacuous);
    assert_eq!(report.vacuous, ["the fault rule `fault-1` matched nothing"]);
    let report = run(&format!("{ECHO}[[event]]\nwhen = {{ service = \"a\", message = \"hi\" }}\nkill = \"a\"\n"));
    assert_eq!(report.vacuous, ["event 1 of the timeline waits for message 1 `hi` to `a`; 0 came"]);
}

#[test]
fn too_many_events() {
    let text = format!("[limits]\nevents = 50\n{ECHO}[[event]]\nevery = \"1ms\"\nsend = {{ to = \"a\", args = [] }}\n");
    let report = run(&text);
    assert_eq!((report.verdict, report.ending), (Verdict::Failed, Ending::EventLimit));
}

#[test]
fn the_caller_may_stop_a_run() {
    let text = format!("{ECHO}[[event]]\nevery = \"1ms\"\nsend = {{ to = \"a\", args = [] }}\n");
    let plan = plan(&text);
    let mut running = world(&plan, &Log::default());
    running.stop = Some(Arc::new(AtomicBool::new(true)));
    let report = running.run();
    assert_eq!((report.verdict, report.ending), (Verdict::Interrupted, Ending::Stopped));
    let mut running = world(&plan, &Log::default());
    for _ in 0..100 {
        assert_eq!(running.step(), Progress::Going);
    }
    assert_eq!(running.report().verdict, Verdict::Interrupted);
}

#[test]
fn the_chain_that_led_to_an_event() {
    let text = format!("{ECHO}[[event]]\nat = \"1ms\"\nsend = {{ to = \"a\", args = [\"cry\", 1] }}\n");
    let report = run(&text);
    let Some((_, Some(event))) = report.failures[0].moment() else { panic!("{:?}", report.failures) };
    let chain: Vec<String> = report
        .chain(event)
        .iter()
        .map(|one| format!("{} -> {}: {} {}", one.from, one.to, one.kind, one.what))
        .collect();
    assert_eq!(chain, [r#"scenario -> a: action send a ("cry", 1)"#, r#"driver -> a: lua "cry", 1"#]);
    assert!(report.chain(EventNumber(999_999)).is_empty());
}

#[test]
fn looking_and_keeping_change_nothing() {
    let text = format!(
        "{ECHO}[[event]]\nevery = \"1ms\"\ntimes = 9\ncall = {{ to = \"a\", args = [\"count\"] }}\n\
         [[fault]]\nmatch = {{ to = \"a\", from = \"driver\" }}\ndelay = [\"0ms\", \"5ms\"]\nduplicate = 0.5\n"
    );
    let digest = |keep| {
        let mut options = WorldOptions::new(Box::new(Log::default()));
        options.tracer = Tracer::digest_only();
        options.trail = keep;
        let parts = super::parts();
        crate::world::World::assemble(&plan(&text), options, parts).unwrap().run().digest
    };
    assert_eq!(digest(crate::world::TrailKeeping::On), digest(crate::world::TrailKeeping::Off));
}
