//! The actions of the timeline and the moments at which they happen.

use super::{Log, failures, plan, run, world};
use crate::world::{Failure, Got, Verdict};

const ECHO: &str = "[[service]]\nname = \"a\"\nfile = \"echo\"\nargs = [\"one\", 2, true]\n";

fn with_echo(events: &str) -> String {
    format!("{ECHO}{events}")
}

fn passes(events: &str) {
    let report = run(&with_echo(events));
    assert_eq!((failures(&report), report.verdict), (vec![], Verdict::Passed), "{:?}", report.vacuous);
}

fn fails(events: &str) -> Vec<String> {
    let report = run(&with_echo(events));
    assert_eq!(report.verdict, Verdict::Failed);
    failures(&report)
}

#[test]
fn calls_are_compared_with_what_is_expected() {
    passes(
        "[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"hi\", { x = 1 }], expect = [\"hi\", { x = 1 }] }\n",
    );
    passes("[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"fail\"], expect_error = \"call failed\" }\n");
    passes("[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"fail\"] }\n");
    assert_eq!(
        fails("[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"hi\", 1], expect = [\"hi\", 2] }\n"),
        [r#"call a ("hi", 1) was answered with "hi", 1, expected "hi", 2"#]
    );
    assert_eq!(
        fails("[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"hi\"], expect_error = \"no\" }\n"),
        [r#"call a ("hi") was answered with "hi", expected an error with `no`"#]
    );
}

#[test]
fn a_call_without_an_answer() {
    let texts = fails("[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"silent\"], expect = [] }\n");
    assert_eq!(texts[0], r#"call a ("silent") was answered with no answer, expected no values"#);
    assert!(texts[1].starts_with("calls wait for ever:\n  driver waits for a since 0.001s"), "{texts:?}");
    passes("[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"silent\"] }\n[expect]\nwaiting = \"allow\"\n");
}

#[test]
fn again_and_again() {
    let every = "[[event]]\nevery = \"10ms\"\nfrom = \"5ms\"\ntimes = 4\nsend = { to = \"a\", args = [\"x\"] }\n";
    let count = "[[event]]\nat = \"1s\"\ncall = { to = \"a\", args = [\"count\"], expect = [5] }\n";
    passes(&format!("{every}{count}"));
    let every = "[[event]]\nevery = \"10ms\"\nto = \"45ms\"\nsend = { to = \"*\", args = [\"x\"] }\n";
    passes(&format!("{every}{count}"));
}

#[test]
fn killed_and_started_again() {
    let events = |action: &str| {
        format!(
            "[[event]]\nat = \"1ms\"\nsend = {{ to = \"a\", args = [\"x\"] }}\n\
             [[event]]\nat = \"2ms\"\n{action} = \"a\"\nrestart_after = \"3ms\"\n\
             [[event]]\nat = \"4ms\"\ncall = {{ to = \"a\", args = [\"count\"], expect_error = \"no live service `a`\" }}\n\
             [[event]]\nat = \"6ms\"\ncall = {{ to = \"a\", args = [\"count\"], expect = [1] }}\n"
        )
    };
    passes(&events("kill"));
    passes(&events("exit"));
    passes(
        "[[event]]\nat = \"1ms\"\nsend = { to = \"a\", args = [\"x\"] }\n[[event]]\nat = \"2ms\"\nrestart = \"a\"\n\
         [[event]]\nat = \"3ms\"\ncall = { to = \"a\", args = [\"count\"], expect = [1] }\n",
    );
}

#[test]
fn started_with_the_same_arguments_and_name() {
    let log = Log::default();
    let plan = plan(&with_echo("[[event]]\nat = \"1ms\"\nrestart = \"a\"\n"));
    let report = world(&plan, &log).run();
    assert_eq!(report.verdict, Verdict::Passed);
    let launches = log.0.borrow().iter().filter(|line| line.contains("LAUNCH snlua echo one 2 true")).count();
    assert_eq!(launches, 2);
}

#[test]
fn right_before_the_nth_message() {
    // The second message is still in the mailbox when its receiver dies: its sender gets an error.
    passes(
        "[[event]]\nwhen = { service = \"a\", message = \"hi\", nth = 2 }\nkill = \"a\"\n\
         [[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"hi\"], expect = [\"hi\"] }\n\
         [[event]]\nat = \"2ms\"\ncall = { to = \"a\", args = [\"ho\"], expect = [\"ho\"] }\n\
         [[event]]\nat = \"3ms\"\ncall = { to = \"a\", args = [\"hi\"], expect_error = \"call failed\" }\n",
    );
}

#[test]
fn paused_before_a_message_that_waits_on() {
    passes(
        "[[event]]\nwhen = { service = \"a\", message = \"hi\" }\npause = \"a\"\n\
         [[event]]\nwhen = { service = \"a\", message = \"*\", nth = 2 }\nlog = \"second\"\n\
         [[event]]\nat = \"1ms\"\nsend = { to = \"a\", args = [\"hi\"] }\n\
         [[event]]\nat = \"2ms\"\ncall = { to = \"a\", args = [\"count\"], expect = [2] }\n\
         [[event]]\nat = \"9ms\"\nresume = \"a\"\n\
         [expect]\nlogs = [\"second\"]\n",
    );
}

#[test]
fn paused_services_let_messages_gather() {
    let report = run(&with_echo(
        "[[event]]\nat = \"1ms\"\npause = \"a\"\n\
         [[event]]\nat = \"2ms\"\ncall = { to = \"a\", args = [\"count\"], expect = [1] }\n",
    ));
    assert!(matches!(&report.failures[0], Failure::Expectation { got: Got::Nothing, .. }));
    passes(
        "[[event]]\nat = \"1ms\"\npause = \"a\"\n[[event]]\nat = \"9ms\"\nresume = \"a\"\n\
         [[event]]\nat = \"2ms\"\ncall = { to = \"a\", args = [\"count\"], expect = [1] }\n",
    );
}

#[test]
fn what_cannot_be_done_is_a_failure() {
    assert_eq!(
        fails("[[event]]\nat = \"1ms\"\nwrite = { path = \"x\", text = \"y\" }\n"),
        ["write x failed: this node has no files"]
    );
}

#[test]
fn lines_of_the_log() {
    passes("[[event]]\nat = \"1ms\"\nlog = \"half way\"\n[expect]\nlogs = [\"half\"]\nlogs_no = [\"whole\"]\n");
    assert_eq!(
        fails("[[event]]\nat = \"1ms\"\nlog = \"half way\"\n[expect]\nlogs = [\"whole\"]\nlogs_no = [\"half\"]\n"),
        ["no log line contains `whole`", "a log line contains `half`: [:00fffffe] half way"]
    );
}

#[test]
fn faults_meet_the_driver_only_by_name() {
    passes(
        "[[event]]\nat = \"1ms\"\ncall = { to = \"a\", args = [\"x\"], expect = [\"x\"] }\n\
         [[event]]\nat = \"2ms\"\ncall = { to = \"a\", args = [\"y\"], expect_error = \"call failed\" }\n\
         [[fault]]\nmatch = { from = \"driver\", to = \"a\", command = \"y\" }\nerror = true\n",
    );
}
