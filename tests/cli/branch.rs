//! Many futures of one beginning.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value as Json, json};

use crate::explore::meeting_counter;
use crate::support::Test;

/// Draws from everything that there is to draw from: the order, faults, `sim.buggify`, a shuffled `pairs`, `math.randomseed`, the
/// seeds of new services. All of it shows in what the services send.
const DRAWER: &str = r#"
local skynet = require "skynet"
local sim = require "sim"
local heard = {}
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		if command == "draw" then
			local order = {}
			for key in pairs { a = 1, b = 2, c = 3, d = 4, e = 5 } do order[#order + 1] = key end
			local odd = sim.buggify("odd", 0.5)
			if odd then math.randomseed() end
			local child = skynet.newservice("child")
			local drawn = skynet.call(child, "lua")
			skynet.retpack(table.concat(order), odd, math.random(1 << 40), drawn)
		else
			heard[#heard + 1] = ...
			skynet.retpack(#heard)
		end
	end)
end)
"#;

const CHILD: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function() skynet.retpack(math.random(1 << 40)) end)
end)
"#;

const TALKER: &str = r#"
local skynet = require "skynet"
local other
skynet.start(function()
	skynet.dispatch("lua", function(_, _, drawer)
		for round = 1, 5 do
			skynet.sleep(7)
			skynet.send(drawer, "lua", "hear", round)
			skynet.call(drawer, "lua", "draw")
		end
	end)
end)
"#;

const MAIN: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	local drawer = skynet.newservice("drawer")
	for _ = 1, 4 do skynet.send(skynet.newservice("talker"), "lua", drawer) end
end)
"#;

/// The rest of a scenario file; `top` stands before its first table.
fn drawing(top: &str) -> String {
    format!(
        r#"schema = 1
seed = 3
schedule = "random"
expect = {{ waiting = "allow" }}
{top}
[node]
luaservice = "./?.lua"
pairs = "shuffled"
[[service]]
name = "main"
file = "main"
[[fault]]
match = {{ to = "drawer", command = "hear" }}
drop = 0.3
"#
    )
}

fn drawers() -> Test {
    Test::new()
        .file("s/drawer.lua", DRAWER)
        .file("s/child.lua", CHILD)
        .file("s/talker.lua", TALKER)
        .file("s/main.lua", MAIN)
        .file("s/scenario.toml", &drawing(""))
}

const SCHEDULES: [Option<&str>; 8] =
    [None, Some("skynet"), Some("random"), Some("uniform"), Some("fair"), Some("pct:2"), Some("pct:3"), None];

/// What the process that copies itself says of these futures.
fn futures(test: &Test, at: &str, branches: &[Json]) -> Vec<Json> {
    let mut command = test.command(&["futures", "s", "--at", at, "--digest"]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut asked = process.stdin.take().unwrap();
    for branch in branches {
        writeln!(asked, "{branch}").unwrap();
    }
    drop(asked);
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn trace_of(test: &Test, scenario: &str) -> (Json, Vec<Json>) {
    let ran = test.run(&["run", scenario, "--format", "json", "--trace", "trace.jsonl"]);
    assert!(ran.status < 2, "{}{}", ran.stdout, ran.stderr);
    let lines = test.read("trace.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (serde_json::from_str(&ran.stdout).unwrap(), lines)
}

#[test]
#[cfg(target_os = "linux")]
fn a_future_of_a_copied_process_is_the_run_of_its_plan() {
    let test = drawers();
    let branch =
        |(seed, schedule): (usize, &Option<&str>)| json!({ "at": 150_000_000, "seed": seed, "schedule": schedule });
    let branches: Vec<Json> = SCHEDULES.iter().enumerate().map(branch).collect();
    let answers = futures(&test, "150ms", &branches);
    assert_eq!(answers.len(), SCHEDULES.len());
    let (_, plain) = trace_of(&test, "s");
    let mut digests = std::collections::BTreeSet::new();
    for (seed, (schedule, answer)) in SCHEDULES.iter().zip(&answers).enumerate() {
        let after = schedule.map(|name| format!(", schedule = \"{name}\"")).unwrap_or_default();
        test.write("s/future.toml", &drawing(&format!("branch = {{ at = \"150ms\", seed = {seed}{after} }}")));
        let (told, lines) = trace_of(&test, "s/future.toml");
        let hash = &lines.last().unwrap()["hash"];
        assert_eq!(answer["digest"], *hash, "seed {seed}, schedule {schedule:?}");
        assert_eq!(answer["outcome"]["events"], told["run"]["events"]);
        digests.insert(hash.to_string());
        // Up to there it is the run without a branch.
        let early = |line: &&Json| line["t"].as_u64().is_none_or(|at| at < 150_000_000);
        let beginning: Vec<&Json> = lines.iter().take_while(early).collect();
        let same: Vec<&Json> = plain.iter().take_while(early).collect();
        assert!(beginning.len() > 50 && beginning == same, "seed {seed}");
    }
    assert_eq!(digests.len(), SCHEDULES.len(), "no two futures are the same");
    let checked = test.run(&["run", "s/future.toml", "--check"]);
    assert_eq!(checked.status, 0, "{}{}", checked.stdout, checked.stderr);
}

#[test]
fn a_future_has_futures_again() {
    let test = drawers();
    let first = "{ at = \"150ms\", seed = 1 }";
    let mut traces = Vec::new();
    for branches in [first.to_owned(), format!("[{first}, {{ at = \"200ms\", seed = 2, schedule = \"fair\" }}]")] {
        test.write("s/future.toml", &drawing(&format!("branch = {branches}")));
        let checked = test.run(&["run", "s/future.toml", "--check"]);
        assert_eq!(checked.status, 0, "{}{}", checked.stdout, checked.stderr);
        assert!(test.run(&["expand", "s/future.toml"]).stdout.contains(&format!("branch = {branches}\n")));
        traces.push(trace_of(&test, "s/future.toml").1);
    }
    let same = traces[0].iter().zip(&traces[1]).skip(1).take_while(|(once, twice)| once == twice).count();
    assert!(traces[0][same]["t"].as_u64().unwrap() < 200_000_000, "they are the same up to the second branch");
    assert!(traces[0][same + 1]["t"].as_u64().unwrap() >= 200_000_000, "and not after it");
    test.write("s/future.toml", &drawing("branch = [{ at = \"2s\", seed = 1 }, { at = \"1s\", seed = 1 }]"));
    let backwards = test.run(&["run", "s/future.toml"]);
    assert_eq!(backwards.status, 2, "{}{}", backwards.stdout, backwards.stderr);
    assert!(
        backwards.stderr.contains("cannot branch at 1.000s after it has branched at 2.000s"),
        "{}",
        backwards.stderr
    );
}

/// What was found, without what depends on the machine.
fn account(test: &Test, more: &[&str]) -> Json {
    let args = [&["explore", "s", "--seeds", "60", "--branch", "1500ms", "--format", "json"][..], more].concat();
    let ran = test.run(&args);
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    let mut told: Json = serde_json::from_str(&ran.stdout).unwrap();
    told["coverage"] = Json::Null;
    for found in told["found"].as_array_mut().unwrap() {
        for key in ["folder", "repeat", "tried", "after"] {
            found[key] = Json::Null;
        }
    }
    told
}

#[test]
fn what_is_found_is_a_plan_that_says_its_branch() {
    let test = meeting_counter();
    let told = account(&test, &["--jobs", "2"]);
    let found = &told["found"][0];
    assert_eq!((&told["runs"], &found["branches"][0]["at"]), (&json!(60), &json!(1_500_000_000_u64)));
    assert_eq!(found["same_in_a_fresh_process"], true);
    let folder = format!(".skysim/failures/{}", found["fingerprint"].as_str().unwrap());
    assert!(test.read(&format!("{folder}/full.toml")).contains("\nbranch = { at = \"1500ms\", seed = "));
    let again = test.run(&["replay", found["fingerprint"].as_str().unwrap()]);
    assert_eq!(again.status, 1, "{}{}", again.stdout, again.stderr);
    let full = test.run(&["run", &format!("{folder}/full.toml"), "--check"]);
    assert_eq!(full.status, 1, "{}{}", full.stdout, full.stderr);
    // Neither the number of threads nor whether processes are copied makes a difference.
    assert_eq!(account(&test, &["--jobs", "1"]), told);
    assert_eq!(account(&test, &["--coverage", "coverage"]), told);
}

#[test]
fn what_cannot_branch_is_refused() {
    let test = meeting_counter();
    let late = test.run(&["explore", "s", "--seeds", "3", "--branch", "1h", "--jobs", "1"]);
    assert_eq!(late.status, 2);
    assert!(late.stderr.contains("before --branch 3600.000s"), "{}", late.stderr);
    let all = test.run(&["explore", "s", "--schedule", "exhaustive", "--branch", "1s"]);
    assert_eq!(all.status, 2);
    assert!(all.stderr.contains("`--schedule exhaustive` cannot go with `--branch`"), "{}", all.stderr);
    let branch = "schema = 1\nbranch = { at = \"1s\", seed = 1, schedule = \"exhaustive\" }";
    test.write("s/late.toml", &test.read("s/scenario.toml").replace("schema = 1", branch));
    let twice = test.run(&["explore", "s/late.toml", "--branch", "1s"]);
    assert_eq!(twice.status, 2);
    assert!(twice.stderr.contains("branches already"), "{}", twice.stderr);
    let ran = test.run(&["run", "s/late.toml"]);
    assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("cannot take over at a branch"), "{}", ran.stderr);
}

/// One service for each thing that is drawn; each tells what, every 100 ms.
const TELLING: [(&str, &str); 6] = [
    (
        "order",
        "local order = {} for key in pairs { a = 1, b = 2, c = 3, d = 4 } do order[#order + 1] = key end tell(table.concat(order))",
    ),
    ("odd", "tell(require 'sim'.buggify('odd', 0.5))"),
    ("seeded", "math.randomseed() tell(math.random(1 << 40))"),
    ("born", "tell(skynet.call(skynet.newservice 'child', 'lua'))"),
    ("own", "tell(math.random(1 << 40))"),
    ("fault", "skynet.send('.heard', 'lua')"),
];

const HEARD: &str = r#"
local skynet = require "skynet"
require "skynet.manager"
local count = 0
skynet.start(function()
	skynet.dispatch("lua", function() skynet.error("TOLD fault", skynet.now()) end)
	skynet.register ".heard"
end)
"#;

/// What each of them told in a run with this branch, and when.
fn told(test: &Test, branch: &str) -> Vec<(String, String)> {
    let services: String =
        TELLING.iter().map(|(name, _)| format!("[[service]]\nname = \"{name}\"\nfile = \"{name}\"\n")).collect();
    let scenario = format!(
        "schema = 1\nuntil = \"2s\"\n{branch}\n[node]\nluaservice = \"./?.lua\"\npairs = \"shuffled\"\n[[service]]\nname = \"heard\"\n\
         file = \"heard\"\n{services}[[fault]]\nmatch = {{ to = \"heard\" }}\ndrop = 0.5\n"
    );
    test.write("t/scenario.toml", &scenario);
    let ran = test.run(&["run", "t"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let words = |line: &str| {
        let (_, told) = line.split_once("TOLD ")?;
        let (name, what) = told.split_once(' ')?;
        Some((name.to_owned(), what.to_owned()))
    };
    ran.stdout.lines().filter_map(words).collect()
}

#[test]
fn all_chance_after_a_branch_comes_from_its_seed() {
    let mut test = Test::new().file("t/heard.lua", HEARD).file("t/child.lua", CHILD);
    for (name, code) in TELLING {
        let service = format!(
            "local skynet = require 'skynet'\nlocal function tell(what) skynet.error('TOLD {name}', skynet.now(), what) end\n\
             skynet.start(function() skynet.fork(function() while true do skynet.sleep(10) {code} end end) end)\n"
        );
        test = test.file(&format!("t/{name}.lua"), &service);
    }
    let plain = told(&test, "");
    let branch = |seed| told(&test, &format!("branch = {{ at = \"450ms\", seed = {seed} }}"));
    let futures = [branch(0), branch(1), branch(2)];
    for (name, _) in TELLING {
        let of = |told: &[(String, String)]| -> Vec<String> {
            told.iter().filter(|(teller, _)| teller == name).map(|(_, what)| what.clone()).collect()
        };
        let (plain, all) = (of(&plain), futures.each_ref().map(|future| of(future)));
        assert!(plain.len() > 3, "{name}: {plain:?}");
        let early = |told: &[String]| -> Vec<String> {
            let now = |what: &str| what.split(' ').next().and_then(|now| now.parse::<u32>().ok()).unwrap();
            told.iter().filter(|what| now(what) < 45).cloned().collect()
        };
        for future in &all {
            assert_eq!(early(future), early(&plain), "{name}");
        }
        if name == "own" {
            assert!(all.iter().all(|future| *future == plain), "a generator of a service is part of its state");
        } else {
            // The scenario's own seed is 0, too: its streams do not begin again.
            assert!(all.iter().all(|future| *future != plain), "{name}: {plain:?}");
            assert!(all[0] != all[1] && all[1] != all[2], "{name}: {all:?}");
        }
    }
}
