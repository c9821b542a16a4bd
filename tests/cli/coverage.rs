//! What an exploration reached, and the shares of one told as one.

use serde_json::Value as Json;

use crate::support::{Ran, Test};

/// What is asked of it, and whether that fails, is a matter of chance.
const MAIN: &str = r#"local skynet = require "skynet"
local helper = require "helper"

local function never()
	return 1
end

skynet.start(function()
	local n = math.random(1, 40)
	if n == 1 then
		helper.rare(n)
	elseif n == 2 then
		error("two is too much")
	end
	for i = 1, n - 3 do
		helper.often(i)
	end
	local ok, err = pcall(helper.often)
	if not ok then
		skynet.error(err)
	end
	skynet.exit()
end)
"#;

const HELPER: &str = r#"local M = {}
function M.rare(n)
	local sim = require "sim"
	sim.sometimes(n == 1, "it is one")
	sim.sometimes(n == 2, "it is two")
end
function M.often(i)
	return i
end
return M
"#;

const SCENARIO: &str = "schema = 1\n[node]\nluaservice = \"./services/?.lua\"\nlua_path = \"./lib/?.lua\"\n\
                        [[service]]\nname = \"main\"\nfile = \"main\"\n";

fn chance() -> Test {
    Test::new()
        .file("s/services/main.lua", MAIN)
        .file("s/services/idle.lua", "local x = ...\nif x then\n\terror \"never\"\nend\n")
        .file("s/lib/helper.lua", HELPER)
        .file("s/scenario.toml", SCENARIO)
}

fn explore(test: &Test, more: &[&str]) -> Ran {
    test.run(&[&["explore", "s", "--seeds", "300", "--shrink", "0s"], more].concat())
}

fn json(ran: &Ran) -> Json {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.transcript()))
}

/// The value of a line of LCOV, in the record of a file.
fn lcov<'a>(text: &'a str, file: &str, line: &str) -> &'a str {
    let record = text.split("end_of_record\n").find(|record| record.contains(&format!("SF:{file}\n")));
    let record = record.unwrap_or_else(|| panic!("no {file} in {text}"));
    record.lines().find_map(|found| found.strip_prefix(line)).unwrap_or_else(|| panic!("no {line} in {record}"))
}

#[test]
fn lines_branches_and_functions() {
    let test = chance();
    let ran = explore(&test, &["--coverage", "cov", "--jobs", "2"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    let text = test.read("cov/lcov.info");
    let main = "s/services/main.lua";
    for (line, value) in [
        ("DA:1,", "1"),
        ("DA:5,", "0"),
        ("DA:11,", "1"),
        ("DA:13,", "1"),
        ("FN:4,", "never@4"),
        ("FNDA:0,", "never@4"),
        ("BRDA:10,0,0,", "1"),
        ("BRDA:10,0,1,", "1"),
        ("BRDA:15,0,0,", "1"),
        ("BRDA:15,0,1,", "1"),
        // pcall never fails.
        ("BRDA:19,0,0,", "0"),
        ("BRDA:19,0,1,", "1"),
        ("DA:20,", "0"),
    ] {
        assert_eq!(lcov(&text, main, line), value, "{line}: {text}");
    }
    assert_eq!(lcov(&text, "s/lib/helper.lua", "FNDA:1,"), "M.rare@2");
    // Nobody starts it.
    assert_eq!(lcov(&text, "s/services/idle.lua", "LH:"), "0");
    assert_eq!(lcov(&text, "s/services/idle.lua", "BRDA:2,0,0,"), "-");
    for part in [
        "no run after run ",
        "services/idle.lua:3: error \"never\"\n",
        "services/main.lua:20: skynet.error(err)\n",
        "\nall files ",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.transcript());
    }
    assert!(!text.contains("skysim/lualib"), "{text}");
}

/// What follows a call is counted also when what was called has nothing new to tell, however it returns.
#[test]
fn callers_go_on_counting() {
    let main = r#"local skynet = require "skynet"
local function c_function_last(x)
	return tostring(x)
end
local function two(x)
	return x, x
end
local function no_line_is_new(n)
	local s = c_function_last(n)
	if n > 5 then
		s = s .. "!"
	end
	return s
end
local function nor_here(n)
	local a, b = two(n)
	if n > 5 then
		a = b
	end
	return a
end
skynet.start(function()
	for i = 1, 10 do
		no_line_is_new(i)
		nor_here(i)
	end
	local me = skynet.self()
	local name = skynet.address(me)
	print(name)
end)
"#;
    let test = Test::new().file("main.lua", main);
    let ran = test.run(&["explore", "main.lua", "--seeds", "3", "--jobs", "1", "--coverage", "c"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let text = test.read("c/lcov.info");
    assert_eq!(lcov(&text, "main.lua", "LF:"), lcov(&text, "main.lua", "LH:"), "{text}");
    // But the loop is never skipped.
    assert_eq!((lcov(&text, "main.lua", "BRF:"), lcov(&text, "main.lua", "BRH:")), ("6", "5"), "{text}");
}

#[test]
fn the_first_run_is_the_same_however_many_look() {
    let test = chance();
    explore(&test, &["--coverage", "one", "--jobs", "1"]);
    explore(&test, &["--coverage", "three", "--jobs", "3"]);
    for file in ["lcov.info", "coverage.json"] {
        assert_eq!(test.read(&format!("one/{file}")), test.read(&format!("three/{file}")), "{file}");
    }
    let document: Json = serde_json::from_str(&test.read("one/coverage.json")).unwrap();
    let first = &document["files"]["services/main.lua"]["lines"]["11"];
    let seed = first["seed"].as_str().unwrap();
    assert!(first["run"].as_u64().unwrap() > 0, "{first}");
    // A run of that seed reaches it, and no run before it does.
    let alone = |seeds: &str, seed: &str| {
        test.run(&["explore", "s", "--seeds", seeds, "--seed", seed, "--shrink", "0s", "--coverage", "alone"]);
        lcov(&test.read("alone/lcov.info"), "s/services/main.lua", "DA:11,").to_owned()
    };
    assert_eq!(alone("1", seed), "1");
    assert_eq!(
        alone(
            &first["run"].to_string(),
            document["files"]["services/main.lua"]["lines"]["1"]["seed"].as_str().unwrap()
        ),
        "0"
    );
}

#[test]
fn merged_shares_are_the_whole() {
    let test = chance();
    let whole = explore(&test, &["--coverage", "whole", "--out", "w", "--format", "json"]);
    for share in ["1", "2", "3"] {
        let ran = explore(&test, &["--shard", &format!("{share}/3"), "--coverage", "c", "--out", share]);
        assert!(ran.status <= 1 || ran.status == 5, "{}", ran.transcript());
    }
    let merged = test.run(&["merge", "3", "1", "2", "--coverage", "merged", "--junit", "j.xml", "--format", "json"]);
    assert_eq!((merged.status, merged.stderr.as_str()), (whole.status, ""), "{}", merged.transcript());
    for file in ["lcov.info", "coverage.json"] {
        assert_eq!(test.read(&format!("whole/{file}")), test.read(&format!("merged/{file}")), "{file}");
    }
    let (mut one, mut other) = (json(&whole), json(&merged));
    for document in [&mut one, &mut other] {
        // These name the folder.
        let found = document["found"][0].as_object_mut().unwrap();
        found.remove("folder");
        found.remove("repeat");
    }
    assert_eq!(one, other);
    assert!(test.read("j.xml").contains("<failure type=\"failed\""), "{}", test.read("j.xml"));
    let human = test.run(&["merge", "1", "2"]);
    assert!(human.stderr.contains("of 3 shares these are missing: 3\n"), "{}", human.transcript());
    assert!(human.stdout.contains("\n200 runs: ") && human.stdout.contains("\nall files "), "{}", human.transcript());
}

#[test]
fn what_cannot_be_merged() {
    let test = chance();
    explore(&test, &["--shard", "1/2", "--out", "a"]);
    explore(&test, &["--shard", "2/2", "--out", "b", "--seed", "9"]);
    test.write("c/exploration.json", "{}");
    for (args, reason) in [
        (&["merge", "a", "b"][..], "is a share of another exploration"),
        (&["merge", "a", "a"], "which is there already"),
        (&["merge", "a", "--coverage", "x"], "not every share has counted"),
        (&["merge", "nowhere"], "nowhere"),
        (&["merge", "c"], "is no account of an exploration"),
    ] {
        let ran = test.run(args);
        assert_eq!(ran.status, 2, "{}", ran.transcript());
        assert!(ran.stderr.replace("\n  │ ", " ").contains(reason), "{reason}: {}", ran.transcript());
    }
}

#[test]
fn what_no_run_has_seen_is_told() {
    let test = chance();
    test.write("s/services/main.lua", &MAIN.replace("error(\"two is too much\")", "helper.rare(n)"));
    // In some runs it is one, in others two: over all of them both have been seen.
    let ran = explore(&test, &["--junit", "j.xml"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(test.read("j.xml").contains("name=\"300 runs\""), "{}", test.read("j.xml"));
    test.write("s/lib/helper.lua", &HELPER.replace("n == 2", "n == 3"));
    let ran = explore(&test, &["--junit", "j.xml"]);
    assert_eq!(ran.status, 5, "{}", ran.transcript());
    assert!(ran.stdout.starts_with("VACUOUS  s: "), "{}", ran.transcript());
    let words = "`it is two` should sometimes be true, and was in no run";
    assert!(ran.stdout.contains(words) && test.read("j.xml").contains(words), "{}", ran.transcript());
}
