//! `skysim debug`: what is typed comes from a pipe here.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::Test;

const COUNTER: &str = r#"
local skynet = require "skynet"
local count, last = 0, nil
local CMD = {}
function CMD.add(by) count = count + by return count end
function CMD.name(name) last = name return true end
function CMD.hello(name) print("hello " .. name) return true end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...) skynet.retpack(CMD[command](...)) end)
end)
"#;

const SCENARIO: &str = r#"
schema = 1
[node]
luaservice = "./?.lua"
[[service]]
name = "counter"
file = "counter"
[[event]]
at = "1s"
call = { to = "counter", args = ["hello", "ann"] }
[[event]]
at = "2s"
call = { to = "counter", args = ["add", 2], expect = [2] }
[[event]]
at = "3s"
call = { to = "counter", args = ["name", "bob"] }
[[event]]
at = "4s"
call = { to = "counter", args = ["add", 3], expect = [6] }
"#;

fn typed(commands: &str) -> String {
    let test = Test::new().file("s/counter.lua", COUNTER).file("s/scenario.toml", SCENARIO);
    let mut command = test.command(&["debug", "s"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(commands.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", test.clean(&output.stderr));
    test.clean(&output.stdout)
}

#[test]
fn a_run_is_walked_through() {
    insta::assert_snapshot!(typed(
        "go 2s\nservices\nmail\nwaits\nstep 2\nchain\nstate counter\ngo end\nfailures\nstep\nnothing\nquit\n"
    ));
}

#[test]
fn breakpoints_stop_it() {
    insta::assert_snapshot!(typed(
        "break message add\nbreak change counter last\nbreak service nobody\nbreak property\nbreaks\nc\nc\ndelete 1\ndelete 9\nc\nc\n"
    ));
}

#[test]
fn a_failure_stops_it_without_a_breakpoint() {
    let told = typed("continue\nfailures\ncontinue\nquit\n");
    let (first, _) = told.split_once("the run is over").expect(&told);
    assert!(first.contains("was answered with 5, expected 6\n  expectation\n"), "{told}");
}

#[test]
fn going_back_shows_the_same_again_and_prints_nothing_twice() {
    let there = typed("go 2500ms\nstate counter\n");
    let back = typed("go end\ngo 2500ms\nback 3\nstep 3\nstate counter\n");
    let state = |text: &str| text[text.rfind("handlers").unwrap()..].to_owned();
    assert_eq!(state(&back), state(&there));
    assert!(state(&back).contains("count = 2"), "{back}");
    assert_eq!(back.matches("hello ann").count(), 1 + back.matches("\"hello ann\"").count(), "{back}");
}

#[test]
fn what_is_neither_a_path_nor_a_failure_is_told() {
    let ran = Test::new().run(&["debug", "nowhere"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`nowhere` is no saved failure"), "{}", ran.stderr);
}
