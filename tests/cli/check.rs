//! `--check`.

use crate::support::Test;

const CALL: &str = "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", args = [1], expect = [1] }\n";

#[test]
fn the_same() {
    let test = Test::new().echo("s", CALL);
    for args in [&["run", "s", "--check"][..], &["run", "./s/../s", "--check", "--schedule", "random", "--seed", "5"]] {
        let ran = test.run(args);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(ran.stderr.ends_with("  a second run in a fresh process was the same, event by event\n"));
    }
}

#[test]
fn a_failure_that_repeats_is_a_failure() {
    let more = CALL.replace("expect = [1]", "expect = [2]");
    let ran = Test::new().echo("s", &more).run(&["run", "s", "--check"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
}

/// A config file hands the environment to the services: what a check finds first.
#[test]
fn a_planted_difference_is_found() {
    let lua = r#"
local skynet = require "skynet"
local function tell(zone)
	skynet.send(skynet.self(), "lua", zone)
end
skynet.start(function()
	skynet.dispatch("lua", function() end)
	skynet.fork(function()
		skynet.sleep(1)
		tell(skynet.getenv "zone")
	end)
end)
"#;
    let config = "start = \"main\"\nharbor = 0\nluaservice = \"./app/?.lua\"\nzone = \"$TZ\"\n";
    let test = Test::new().file("node/app/main.lua", lua).file("node/config", config).variable("TZ", "UTC");
    let root = test.path("node");
    let root = root.to_str().unwrap();
    let ran = test.run(&["run", "node/config", "--root", root, "--check"]);
    assert_eq!(ran.status, 4, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr);
    let ran = test.run(&["run", "node/config", "--root", root, "--check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["verdict"], "nondeterminism");
    assert!(document["difference"].as_str().unwrap().starts_with("the traces part at event "));
}
