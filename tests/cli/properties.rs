//! What users say must hold: `eventually`, and `sim` in services and checks.

use crate::support::{Ran, Test};

/// A lamp that is switched on so long after each call.
const LAMP: &str = r#"
local skynet = require "skynet"
local sim = require "sim"
local on = true
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ticks)
		on = false
		sim.event("off", ticks)
		sim.sometimes(ticks > 100, "long nights")
		if sim.buggify("flicker", 0.5) then print "flicker" end
		if ticks >= 0 then skynet.timeout(ticks, function() on = true sim.reachable "morning" end) end
		skynet.ret()
	end)
end)
"#;

const CHECK: &str = "return function(world) return world.services.lamp.state.on, 'it is dark' end";

fn lamp(top: &str, ticks: &[i32], checks: &str) -> Test {
    let mut scenario = format!(
        "schema = 1\n{top}[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"lamp\"\nfile = \"lamp\"\n{checks}"
    );
    for (second, ticks) in ticks.iter().enumerate() {
        let at = second * 3 + 1;
        scenario.push_str(&format!("[[event]]\nat = \"{at}s\"\ncall = {{ to = \"lamp\", args = [{ticks}] }}\n"));
    }
    Test::new().file("s/lamp.lua", LAMP).file("s/scenario.toml", &scenario).file("s/bright.lua", CHECK)
}

fn run(test: &Test) -> Ran {
    test.run(&["run", "s", "--format", "json"])
}

const EVENTUALLY: &str = "[[check]]\neventually = \"bright.lua\"\nwithin = \"1500ms\"\n";

#[test]
fn what_must_hold_in_the_end() {
    let fast = lamp("", &[120, 110], EVENTUALLY);
    assert_eq!(fast.run(&["run", "s"]).status, 0, "{}", fast.run(&["run", "s"]).transcript());
    let slow = lamp("", &[120, 170], EVENTUALLY).run(&["run", "s"]);
    assert_eq!(slow.status, 1, "{}", slow.transcript());
    insta::assert_snapshot!(slow.stderr);
    let never = lamp("", &[101, -1], EVENTUALLY).run(&["run", "s"]);
    assert!(never.status == 1 && never.stderr.contains("and nothing is left to happen"), "{}", never.transcript());
    let no_time_left = lamp("until = \"5s\"\n", &[120, 300], EVENTUALLY).run(&["run", "s"]);
    assert_eq!(no_time_left.status, 0, "not false for long enough\n{}", no_time_left.transcript());
    let within = lamp("", &[1], "[[check]]\nalways = \"bright.lua\"\nwithin = \"1s\"\n").run(&["run", "s"]);
    assert!(within.status == 2 && within.stderr.contains("`eventually`"), "{}", within.transcript());
    let without = lamp("", &[1], "[[check]]\neventually = \"bright.lua\"\n").run(&["run", "s"]);
    assert!(without.status == 2 && without.stderr.contains("`within`"), "{}", without.transcript());
}

#[test]
fn what_must_be_seen_once() {
    let seen = run(&lamp("", &[120], ""));
    let document: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    assert_eq!(
        (seen.status, &document["run"]["sometimes"]),
        (0, &serde_json::json!({"long nights": true, "morning": true}))
    );
    let unseen = run(&lamp("", &[10], ""));
    let document: serde_json::Value = serde_json::from_str(&unseen.stdout).unwrap();
    assert_eq!((unseen.status, &document["run"]["sometimes"]["long nights"]), (5, &serde_json::json!(false)));
    let check = "return function(world) sim.sometimes(world.now > 100, 'a century') sim.reachable 'checked' end";
    let test = lamp("", &[120], "[[check]]\nalways = \"century.lua\"\n").file("s/century.lua", check);
    let ran = test.run(&["run", "s"]);
    assert!(ran.status == 5 && ran.stderr.contains("`a century` should sometimes be true"), "{}", ran.transcript());
}

#[test]
fn what_services_tell_checks() {
    let check = r#"return function(world)
		local events = world.events
		assert(#events == 2, #events)
		local first = events[1]
		return first.name == "off" and first.data == 120 and first.service == "lamp" and first.time == 1, first.data
	end"#;
    let test = lamp("", &[120, 110], "[[check]]\nat_end = \"told.lua\"\n").file("s/told.lua", check);
    let ran = test.run(&["run", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
}

#[test]
fn misbehaviour_on_purpose() {
    let flickers = |top: &str, seed: u32| {
        let test = lamp(top, &[101, 101, 101, 101, 101, 101], "");
        let ran = test.run(&["run", "s", "--seed", &seed.to_string()]);
        assert_eq!(ran.status, 0, "{}", ran.transcript());
        ran.stdout.matches("flicker").count()
    };
    let counts: Vec<usize> = (0..6).map(|seed| flickers("", seed)).collect();
    assert!(counts.iter().sum::<usize>() > 6 && counts.iter().any(|count| *count != counts[0]), "{counts:?}");
    assert_eq!(counts[2], flickers("", 2));
    assert_eq!((0..6).map(|seed| flickers("buggify = false\n", seed)).sum::<usize>(), 0);
}
