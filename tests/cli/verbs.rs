//! `new`, `doctor`, `schema`, `expand`, `diff`.

use crate::support::Test;

#[test]
fn a_starter_project_runs_as_it_is() {
    let test = Test::new();
    let made = test.run(&["new", "demo"]);
    assert_eq!(made.status, 0);
    let mut all = made.transcript();
    for args in [
        &["run", "demo"][..],
        &["run", "demo/services/main.lua"],
        &["test", "demo", "--accept"],
        &["test", "demo"],
        &["new", "demo"],
    ] {
        all.push_str(&format!("\n$ skysim {}\n{}", args.join(" "), test.run(args).transcript()));
    }
    insta::assert_snapshot!(all);
}

/// A text with listings of all kinds.
const TEXT: &str = "\
# 1 A counter (in Lua)
```lua
-- services/counter.lua: counts
local skynet = require \"skynet\"
local step = require \"step\"
local total = 0
skynet.start(function()
\tskynet.dispatch(\"lua\", function()
\t\ttotal = step(total)
\t\tskynet.retpack(total)
\tend)
\tskynet.register \"COUNTER\"
end)
```
Its steps:
```lua
-- services/step.lua
return function(number) return number + 1 end
```
## 1.1 A service that does not start
```lua
local skynet = require \"skynet\"
skynet.start(function() error \"it rains\" end)
```
## 1.2 Two pieces
```lua
local function twice(number) return 2 * number end
```
```lua
local function count() return twice(skynet.call(skynet.query \"COUNTER\", \"lua\")) end
```
```sh
skysim run demo
```
";

#[test]
fn the_listings_of_a_text_become_a_project() {
    let test = Test::new().file("text.md", TEXT).file("plain.md", "no listing\n");
    let mut all = String::new();
    for args in [
        &["new", "demo", "--from", "text.md"][..],
        &["new", "demo", "--from", "text.md"],
        &["new", "other", "--from", "plain.md"],
        &["new", "other", "--from", "nowhere.md"],
    ] {
        all.push_str(&format!("$ skysim {}\n{}\n", args.join(" "), test.run(args).transcript()));
    }
    assert!(!test.path("other").exists());
    all.push_str(&test.read("demo/scenario.toml"));
    insta::assert_snapshot!(all);
    let ran = test.run(&["run", "demo"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    for part in ["it rains", "the listing services/1_1_a_service_that_does_not_start did not start"] {
        assert!(ran.stderr.contains(part), "{}", ran.transcript());
    }
    let call = "[[event]]\nat = \"1s\"\ncall = { to = \"fragments\", args = [\"count\"], expect = [2] }\n\
                [expect]\nerrors = [\"it rains\", \"did not start\"]\n";
    test.write("demo/scenario.toml", &format!("{}{call}", test.read("demo/scenario.toml")));
    let ran = test.run(&["run", "demo"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
}

#[test]
fn the_doctor_is_content() {
    let ran = Test::new().run(&["doctor"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.starts_with("ok   ")), "{}", ran.stdout);
    assert_eq!((ran.stdout.lines().count(), &*ran.stderr), (4, ""));
}

#[test]
fn the_doctor_finds_a_machine_without_address_space() {
    let test = Test::new();
    let command = format!("ulimit -v 100000000; exec {} doctor", env!("CARGO_BIN_EXE_skysim"));
    let output = std::process::Command::new("sh").args(["-c", &command]).current_dir(test.path("")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("BAD  the system refuses address space") && text.contains("remedy: `ulimit -v unlimited`"),
        "{text}"
    );
}

#[test]
fn a_machine_without_address_space_is_no_bug() {
    let test = Test::new().echo("s", "");
    let command = format!("ulimit -v 100000000; exec {} run s", env!("CARGO_BIN_EXE_skysim"));
    let output = std::process::Command::new("sh").args(["-c", &command]).current_dir(test.path("")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("GiB more of address space") && text.contains("lift `ulimit -v`"), "{text}");
    assert!(!text.contains("bug"), "{text}");
}

#[test]
fn the_schema_is_json() {
    let ran = Test::new().run(&["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(schema, skysim::scenario::schema());
}

const RANDOM: &str = "\
[[event]]
at = [\"1s\", \"2s\"]
call = { to = \"echo\", args = [1] }

[[event]]
every = \"100ms\"
from = \"3s\"
times = 20
send = { to = \"echo\", args = [2] }

[[service]]
name = \"talker\"
file = \"talker\"

[[fault]]
name = \"slow\"
match = { from = \"talker\", to = \"echo*\", type = \"lua\" }
delay = [\"1ms\", \"80ms\"]
";

const TALKER: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.fork(function()
		local echo = skynet.newservice "echo"
		for i = 1, 5 do
			skynet.sleep(10)
			skynet.call(echo, "lua", i, math.random(1000))
		end
	end)
end)
"#;

#[test]
fn expanding_leaves_nothing_to_chance() {
    let test = Test::new().echo("s", RANDOM).file("s/talker.lua", TALKER);
    let ran = test.run(&["expand", "s", "--seed", "3"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    insta::assert_snapshot!(ran.stdout);
    // The plan means the same with any seed for its faults, and gives itself when expanded.
    test.write("s/plan.toml", &ran.stdout);
    assert_eq!(test.run(&["expand", "s/plan.toml"]).stdout, ran.stdout);
    assert_eq!(test.run(&["run", "s", "--seed", "3", "--trace", "a"]).status, 0);
    assert_eq!(test.run(&["run", "s/plan.toml", "--trace", "b"]).status, 0);
    let diff = test.run(&["diff", "a", "b"]);
    assert_eq!(diff.status, 0, "{}", diff.transcript());
}

#[test]
fn only_scenarios_can_be_expanded() {
    let test = Test::new().file("main.lua", "");
    let ran = test.run(&["expand", "main.lua"]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
}

#[test]
fn traces_and_snapshots_differ_in_their_own_ways() {
    let test = Test::new().echo("s", RANDOM).file("s/talker.lua", TALKER);
    for seed in ["1", "2"] {
        assert_eq!(test.run(&["run", "s", "--seed", seed, "--trace", seed]).status, 0);
    }
    test.write("a.snap", "---\nsource: \"x\"\n---\ntotal = 1\nname = \"a\"\n");
    test.write("b.snap", "---\nsource: \"y\"\n---\ntotal = 2\nname = \"a\"\n");
    let mut all = String::new();
    for (left, right, status) in [
        ("1", "2", 1),
        ("1", "1", 0),
        ("a.snap", "b.snap", 1),
        ("a.snap", "a.snap", 0),
        ("1", "a.snap", 2),
        ("1", "nowhere", 2),
    ] {
        let ran = test.run(&["diff", left, right]);
        assert_eq!(ran.status, status, "{}", ran.transcript());
        all.push_str(&format!("$ skysim diff {left} {right}\n{}\n", ran.transcript()));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_plan_leads_to_the_folder_that_its_scenario_names() {
    let test = Test::new().echo("lib", "").file(
        "s/scenario.toml",
        "schema = 1\nfolder = \"../lib\"\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"echo\"\nfile = \"echo\"\n",
    );
    let expanded = test.run(&["expand", "s"]);
    assert!(expanded.stdout.contains("folder = \"../lib\""), "{}", expanded.stdout);
    test.write("s/plan.toml", &expanded.stdout);
    assert_eq!(test.run(&["run", "s/plan.toml"]).status, 0);
}
