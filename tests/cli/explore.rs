//! Exploration, and what is done with what it finds.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value as Json;

use crate::detect::services;
use crate::support::{Ran, Test};

/// Two clients raise a counter: each reads it, and writes what it read and one. `extra` has nothing to do with it.
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
	skynet.dispatch("lua", function(_, _, command)
		if command == "raise" then
			-- Only rarely does the other one come in between.
			skynet.sleep(math.random(0, 9))
			local value = skynet.call(".counter", "lua", "get")
			skynet.call(".counter", "lua", "set", value + 1)
		end
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
name = "one"
file = "client"
[[service]]
name = "two"
file = "client"
[[service]]
name = "extra"
file = "client"
[[event]]
at = "1234ms"
call = { to = "extra", args = ["nothing"] }
[[event]]
at = "2s"
call = { to = "one", args = ["raise"] }
[[event]]
at = "2s"
call = { to = "two", args = ["raise"] }
[[check]]
at_end = "check.lua"
"#;

fn counter() -> Test {
    counter_with(CLIENT)
}

/// With clients that meet each time.
pub fn meeting_counter() -> Test {
    counter_with(&CLIENT.replace("skynet.sleep(math.random(0, 9))", ""))
}

fn counter_with(client: &str) -> Test {
    Test::new()
        .file("s/counter.lua", COUNTER)
        .file("s/client.lua", client)
        .file("s/check.lua", CHECK)
        .file("s/scenario.toml", SCENARIO)
}

fn explore(test: &Test, more: &[&str]) -> Ran {
    test.run(&[&["explore", "s", "--schedule", "random", "--seeds", "60"], more].concat())
}

fn few(test: &Test) -> Ran {
    test.run(&["explore", "s", "--seeds", "1"])
}

/// The only failure that was saved.
fn saved(test: &Test) -> String {
    let folder = test.path(".skysim/failures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
        .unwrap_or_default();
    assert_eq!(names.len(), 1, "{names:?}");
    names.remove(0)
}

#[test]
fn a_bug_is_found_made_smaller_and_kept() {
    let test = counter();
    assert_eq!(test.run(&["run", "s"]).status, 0);
    let ran = explore(&test, &[]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    let name = saved(&test);
    assert!(ran.stderr.contains(&format!("found {name} in run ")), "{}", ran.transcript());
    assert!(ran.stdout.starts_with("FAILED  s: one failure\n"), "{}", ran.transcript());
    assert!(ran.stdout.contains("raised 2 times, and it is 1"), "{}", ran.transcript());
    let folder = format!(".skysim/failures/{name}");
    for file in ["full.toml", "scenario.toml", "report.txt", "report.json", "trace.jsonl", "repeat.txt"] {
        assert!(!test.read(&format!("{folder}/{file}")).is_empty(), "{file}");
    }
    let states = ["before", "at"].map(|when| test.read(&format!("{folder}/state-{when}.txt")));
    assert!(states.iter().all(|state| state.contains("\n== counter (:")) && states[0] != states[1], "{states:?}");
    // What has nothing to do with it is gone.
    assert!(test.read(&format!("{folder}/full.toml")).contains("extra"));
    let minimal = test.read(&format!("{folder}/scenario.toml"));
    assert!(!minimal.contains("extra"), "{minimal}");
    assert!(minimal.contains("\"raise\""), "{minimal}");
}

#[test]
fn a_failure_is_replayed_until_it_is_mended() {
    let test = counter();
    assert_eq!(explore(&test, &[]).status, 1);
    let name = saved(&test);
    for way in [format!(".skysim/failures/{name}"), name[..6].to_owned()] {
        let ran = test.run(&["replay", &way]);
        assert_eq!(ran.status, 1, "{}", ran.transcript());
        assert!(ran.stderr.ends_with(&format!("this is the failure that was saved: {name}\n")), "{}", ran.transcript());
    }
    let again = test.run(&["shrink", &name, "--for", "2s"]);
    assert_eq!(again.status, 0, "{}", again.transcript());
    assert!(again.stdout.starts_with("minimal: "), "{}", again.transcript());
    let there = test.run(&["replay", &name, "--until", "60"]);
    assert_eq!(there.status, 0, "{}", there.transcript());
    for part in
        ["event 60 is over, at ", "what led there, the latest last:\n", "\n== counter (:", "variables of ", "writes = "]
    {
        assert!(there.stdout.contains(part), "{part}: {}", there.transcript());
    }
    // Something unrelated changes in the services: the plan still means the same.
    test.write("s/client.lua", &format!("-- a comment more\n\n{}", test.read("s/client.lua")));
    assert_eq!(test.run(&["replay", &name]).status, 1);
    let raised = test.read("s/counter.lua").replace("value = to", "value = value + 1");
    test.write("s/counter.lua", &raised);
    let ran = test.run(&["replay", &name]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(ran.stderr.ends_with(&format!("{name} does not fail any more\n")), "{}", ran.transcript());
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let test = counter();
    test.write("s/counter.lua", &test.read("s/counter.lua").replace("value = to", "value = value + 1"));
    let ran = explore(&test, &["--jobs", "1"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(ran.stdout.starts_with("PASSED  s: no failure\n\n60 runs: 60 passed, 0 failed; "), "{}", ran.transcript());
    assert!(!test.path(".skysim/failures").exists());
}

/// What is found does not depend on how many threads look, nor on how the runs are shared between machines.
#[test]
fn shares_add_up_to_the_whole() {
    let test = counter();
    let counted = |more: &[&str], out: &str| {
        let ran = explore(&test, &[more, &["--format", "json", "--shrink", "0s", "--out", out]].concat());
        let document: Json =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.transcript()));
        let runs = document["found"][0]["runs"].as_u64().unwrap_or(0);
        (document["runs"].as_u64().unwrap(), runs, document["found"][0]["seed"].clone())
    };
    let whole = counted(&["--jobs", "1"], "a");
    assert_eq!(whole, counted(&["--jobs", "3"], "b"));
    let first = counted(&["--shard", "1/2"], "c");
    let second = counted(&["--shard", "2/2"], "d");
    assert_eq!((first.0 + second.0, first.1 + second.1), (whole.0, whole.1));
    assert!([&first.2, &second.2].contains(&&whole.2));
}

#[test]
fn a_run_that_kills_skysim_is_known_afterwards() {
    let test = counter();
    // As a process that is gone left it: no process has this number.
    test.write(".skysim/running/4194305-0", "skysim run s --seed 12\n");
    let ran = few(&test);
    assert!(
        ran.stderr.starts_with("an earlier exploration died in the middle of this run:\n  skysim run s --seed 12\n"),
        "{}",
        ran.transcript()
    );
    assert_eq!(std::fs::read_dir(test.path(".skysim/running")).unwrap().count(), 0);
    assert!(!few(&test).stderr.contains("earlier"));
}

#[test]
fn what_was_printed_is_there_although_skysim_is_killed() {
    let test = counter();
    for kill_after in 1..=3_u32 {
        let out = format!("out{kill_after}");
        let args = ["explore", "s", "--seeds", "100000", "--schedule", "random", "--out", &out];
        let mut exploring = test.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(exploring.stderr.take().unwrap()).lines();
        let found = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("found ")?.split(' ').next()?.to_owned()));
        std::thread::sleep(std::time::Duration::from_millis(u64::from(kill_after) * 7));
        exploring.kill().unwrap();
        exploring.wait().unwrap();
        let ran = test.run(&["replay", &found.expect("a bug"), "--out", &out]);
        assert!(ran.status == 1 && ran.stderr.contains("this is the failure that was saved"), "{}", ran.transcript());
    }
}

#[test]
fn wrong_use() {
    let test = counter();
    let refused = |arguments: &[&str]| {
        let ran = test.run(arguments);
        assert_eq!(ran.status, 2, "{}", ran.transcript());
        ran.stderr
    };
    assert!(refused(&["explore", "s", "--shard", "3/2"]).contains("2/8 is the second of eight shares"));
    assert!(refused(&["explore", "nowhere"]).contains("nowhere"));
    assert!(refused(&["explore", "s", "--schedule", "nonsense"]).contains("nonsense"));
    assert!(refused(&["replay", "0123"]).contains("`skysim explore` saves them there"));
    assert!(Path::new(&test.path(".skysim/running")).exists());
}

/// The template has other lines than the plan that is saved: `repeat` stands for several events.
#[test]
fn an_expectation_fails_in_a_fresh_process_as_it_does_here() {
    let test = Test::new().echo(
        "s",
        "[[service]]\nname = \"two\"\nfile = \"echo\"\n\
         [[event]]\nat = \"1s\"\nrepeat = 3\ncall = { to = \"echo\", args = [\"{i}\"] }\n\
         [[event]]\nat = \"2s\"\ncall = { to = \"two\", args = [1], expect = [2] }\n\
         [expect]\nsnapshot = [\"echo\", \"two\"]\n",
    );
    let ran = test.run(&["explore", "s", "--seeds", "1", "--jobs", "1"]);
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    // What is left can be read: a service that the snapshots name was left out.
    let failure = test.tree().into_iter().find(|path| path.ends_with("/scenario.toml") && path.contains("failures"));
    let minimal = test.read(&failure.unwrap());
    assert!(minimal.contains("snapshot = [\"two\"]") && !minimal.contains("\"echo\"\n["), "{minimal}");
}

const CAREFUL: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, path)
		local f = assert(io.open(path, "w"))
		f:write(path)
		f:close()
		skynet.retpack(true)
	end)
end)
"#;

/// Also: a failure that names a line of the scenario is the same in the file that it is saved in.
#[test]
fn a_sweep_breaks_each_call_once() {
    let scenario = "schema = 1\ntitle = \"files are written\"\n\n[node]\nluaservice = \"./?.lua\"\n\n\n\
        [[service]]\nname = \"writer\"\nfile = \"writer\"\n\
        [[event]]\nat = \"1s\"\ncall = { to = \"writer\", args = [\"a\"], expect = [true] }\n\
        [[fault]]\nmatch = { to = \"writer\", call = \"*.open\" }\nthrow = true\n\
        [[fault]]\nname = \"disk\"\nmatch = { to = \"writer\", path = \"a\" }\nfile_error = true\n";
    let test = Test::new().file("s/writer.lua", CAREFUL).file("s/scenario.toml", scenario);
    let ran = test.run(&["explore", "s", "--sweep"]);
    // One call of io.open; opening and writing: three runs. The last is not noticed: nobody looks at what `write` gives.
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    assert!(ran.stdout.contains("3 runs: 1 passed, 2 failed"), "{}", ran.transcript());
    assert!(!ran.stdout.contains("NONDETERMINISM"), "{}", ran.transcript());
}

/// A sum is missed without the events that add up to it, too: they stay, for it is the fault that the failure is about.
#[test]
fn what_adds_up_to_an_expected_answer_is_kept() {
    let counter = r#"
require "skynet.manager"
local sum = 0
skynet.start(function()
	skynet.register ".counter"
	skynet.dispatch("lua", function(_, _, command, by)
		if command == "get" then return skynet.retpack(sum) end
		sum = sum + by
	end)
end)
"#;
    let client = r#"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ...) skynet.send(counter, "lua", ...) end)
end)
"#;
    let client = format!("require \"skynet.manager\"\nlocal counter = \".counter\"\n{client}");
    let send = |by: u32| format!("[[event]]\nat = \"1s\"\nsend = {{ to = \"client\", args = [\"add\", {by}] }}\n");
    let get = "[[event]]\nat = \"3s\"\ncall = { to = \"counter\", args = [\"get\"], expect = [7] }\n";
    let timeline = format!("{}{}{}{get}", send(1), send(2), send(4));
    let lost = "[[fault]]\nmatch = { to = \"counter\", command = \"add\" }\ndrop = 0.1\noptional = true\n";
    let minimal = |faults: &str, lua: &str| {
        let test = services(&[("counter", lua), ("client", &client)], &format!("{timeline}{faults}"));
        let ran = test.run(&["explore", "s", "--seeds", "60", "--out", "out"]);
        assert_eq!(ran.status, 1, "{}", ran.transcript());
        let folder =
            std::fs::read_dir(test.path("out/failures")).expect("failures").next().expect("one").expect("readable");
        std::fs::read_to_string(folder.path().join("scenario.toml")).expect("a plan")
    };
    let plan = minimal(lost, counter);
    assert_eq!((plan.matches("send = ").count(), plan.matches("drop = ").count()), (3, 1), "{plan}");
    // One that fails whatever happens: the answer stays.
    let plan = minimal("", &counter.replace("sum + by", "sum + by % 4"));
    assert_eq!(plan.matches("send = ").count(), 2, "{plan}");
}

/// A main service that does its work while it starts, and a timer that goes on for ever.
#[test]
fn a_main_service_of_its_own() {
    let test = Test::new()
        .file("writer.lua", "local skynet = require \"skynet\"\nskynet.start(function()\n\tskynet.dispatch(\"lua\", function(_, _, to, value) skynet.send(to, \"lua\", value) end)\nend)\n")
        .file("cell.lua", "local skynet = require \"skynet\"\nlocal last\nskynet.start(function()\n\tskynet.dispatch(\"lua\", function(_, _, value)\n\t\tif value == \"get\" then return skynet.retpack(last) end\n\t\tlast = value\n\tend)\nend)\n")
        .file("main.lua", "local skynet = require \"skynet\"\nskynet.start(function()\n\tlocal cell = skynet.newservice \"cell\"\n\tfor value = 1, 2 do skynet.send(skynet.newservice \"writer\", \"lua\", cell, value) end\n\tskynet.sleep(10)\n\tassert(skynet.call(cell, \"lua\", \"get\") == 2, \"the last is not 2\")\nend)\n")
        .file("beat.lua", "local skynet = require \"skynet\"\nlocal function beat() skynet.timeout(100, beat) end\nskynet.start(beat)\n");
    let ran = test.run(&["explore", "main.lua", "--schedule", "exhaustive", "--out", "out"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    assert!(
        ran.stdout.contains("the last is not 2") && ran.stdout.contains("every order was played: 2"),
        "{}",
        ran.stdout
    );
    let ran = test.run(&["explore", "beat.lua", "--seeds", "3", "--out", "other"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(ran.stderr.starts_with("each run ends at 10m of virtual time; --until says otherwise\n"), "{}", ran.stderr);
}

/// What fails no run is told all the same, and what fails it is not told twice.
#[test]
fn what_was_noted() {
    let writer = "skynet.start(function() skynet.dispatch(\"lua\", function() skynet.send(0x9999, \"lua\") end) end)\n";
    let more = "[[event]]\nat = \"2s\"\nsend = { to = \"writer\", args = [9] }\n";
    let ran = services(&[("writer", writer)], more).run(&["explore", "s", "--seeds", "5", "--out", "out"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(ran.stdout.contains("\nnoted: message_to_the_dead in 5 runs ("), "{}", ran.stdout);
    let fails = format!("detect = [\"message_to_the_dead\"]\n---\n{more}");
    let ran = services(&[("writer", writer)], &fails).run(&["explore", "s", "--seeds", "5", "--out", "out"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    assert!(!ran.stdout.contains("\nnoted: "), "{}", ran.stdout);
}
