//! `explore --schedule exhaustive`: all orders of a small case, and what is said of them.

use serde_json::Value as Json;

use crate::support::{Ran, Test};

/// Raising it takes two messages.
const COUNTER: &str = r#"
local skynet = require "skynet"
require "skynet.manager"
local value, writes = 0, 0
local CMD = {}
function CMD.get() return value end
function CMD.set(to)
	writes = writes + 1
	value = to
	return true
end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...) skynet.retpack(CMD[command](...)) end)
	skynet.register ".counter"
end)
"#;

const CLIENT: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function()
		skynet.call(".counter", "lua", "set", skynet.call(".counter", "lua", "get") + 1)
		skynet.retpack(true)
	end)
end)
"#;

const CHECK: &str = r#"
return function(world)
	local counter = world.services.counter.state
	assert(counter.value == counter.writes, ("raised %d times, and it is %d"):format(counter.writes, counter.value))
	return true
end
"#;

const SCENARIO: &str = r#"
schema = 1
[node]
luaservice = "./?.lua"
[[service]]
name = "counter"
file = "counter"
[[service]]
name = "client{i}"
file = "client"
repeat = 2
[[event]]
at = "1s"
call = { to = "client{i}", args = ["raise"] }
repeat = 2
[[check]]
at_end = "check.lua"
"#;

fn counter() -> Test {
    Test::new()
        .file("s/counter.lua", COUNTER)
        .file("s/client.lua", CLIENT)
        .file("s/check.lua", CHECK)
        .file("s/scenario.toml", SCENARIO)
}

/// The fixed twin: writes do not depend on what was read.
fn fixed() -> Test {
    counter().file("s/counter.lua", &COUNTER.replace("value = to", "value = value + 1"))
}

fn explore(test: &Test, more: &[&str]) -> Ran {
    test.run(&[&["explore", "s", "--shrink", "2s", "--schedule"], more].concat())
}

fn document(test: &Test, more: &[&str]) -> Json {
    let ran = explore(test, &[more, &["--format", "json"]].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.transcript()))
}

#[test]
fn what_needs_an_order_is_found_and_replayed() {
    // It takes one preemption: the other client comes between two messages of this one.
    assert_eq!(explore(&counter(), &["exhaustive:0"]).status, 0);
    for schedule in ["exhaustive:1", "exhaustive"] {
        let test = counter();
        let ran = explore(&test, &[schedule]);
        assert_eq!(ran.status, 1, "{}", ran.transcript());
        assert!(ran.stdout.contains("raised 2 times, and it is 1"), "{}", ran.transcript());
        let folder = std::fs::read_dir(test.path(".skysim/failures")).unwrap().next().unwrap().unwrap().path();
        let replayed = test.run(&["replay", &folder.to_string_lossy()]);
        assert_eq!(replayed.status, 1, "{}", replayed.transcript());
        // The order by its name, without what was made of it.
        let full = test.run(&["run", &folder.join("full.toml").to_string_lossy(), "--check"]);
        assert_eq!(full.status, 1, "{}", full.transcript());
        assert!(test.read(&folder.join("full.toml").to_string_lossy()).contains("schedule = \"chosen:"));
    }
}

#[test]
fn a_small_case_is_wholly_covered() {
    let test = fixed();
    let ran = explore(&test, &["exhaustive"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(ran.stdout.contains("\nexhaustive: every order was played: "), "{}", ran.transcript());
    let all = document(&test, &["exhaustive"]);
    let orders = &all["all_orders"];
    assert_eq!((&orders["whole"], &orders["reduced"], &orders["open"]), (&true.into(), &true.into(), &0.into()));
    assert_eq!((&orders["orders"], &orders["again"]), (&all["runs"], &0.into()), "no order twice: {orders}");
    assert!(all["runs"].as_u64() > Some(5), "{orders}");
    // So many preemptions that they are no bound: the same orders, found on another way.
    let bounded = document(&test, &["exhaustive:1000", "--seeds", "100000"]);
    assert_eq!(bounded["all_orders"]["orders"], orders["orders"]);
    assert!(bounded["runs"].as_u64() > all["runs"].as_u64(), "{bounded}");
}

#[test]
fn it_says_that_it_is_not_all() {
    let ran = explore(&fixed(), &["exhaustive", "--seeds", "3"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let told = "\nexhaustive: 3 orders were played, and NOT all: --seeds ended it; at least ";
    assert!(ran.stdout.contains(told), "{}", ran.transcript());
}

#[test]
fn with_what_looks_at_the_order_itself_all_orders_differ() {
    let test = fixed();
    test.write("s/scenario.toml", &SCENARIO.replace("at_end =", "always ="));
    let ran = explore(&test, &["exhaustive:0"]);
    assert!(ran.stdout.contains("no two orders were taken for the same: a check looks at all services in between"));
    assert_eq!(document(&test, &["exhaustive:0"])["all_orders"]["reduced"], false);
}

#[test]
fn it_goes_on_one_machine_one_run_at_a_time() {
    for flags in [&["exhaustive", "--shard", "1/2"][..], &["exhaustive", "--jobs", "2"], &["exhaustive", "--sweep"]] {
        let ran = explore(&counter(), flags);
        assert_eq!(ran.status, 2, "{}", ran.transcript());
        assert!(ran.stderr.contains(&format!("cannot go with `{}`", flags[1])), "{}", ran.transcript());
    }
    let ran = explore(&counter(), &["exhaustive:few"]);
    assert_eq!(ran.status, 2, "{}", ran.transcript());
    assert!(ran.stderr.contains("as in `exhaustive:2`"), "{}", ran.transcript());
}
