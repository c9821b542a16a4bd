//! Exploration that prefers what is new.

use serde_json::Value as Json;

use crate::support::Test;

/// Three climbers race in each round; only if the third one was first in every round so far, one is a step higher. Nobody is
/// lucky eight times in a row.
const LADDER: &str = r#"
local skynet = require "skynet"
local height, round, reached = 0, 0, {}
local function step()
	if height == 1 then reached[1] = true
	elseif height == 2 then reached[2] = true
	elseif height == 3 then reached[3] = true
	elseif height == 4 then reached[4] = true
	elseif height == 5 then reached[5] = true
	elseif height == 6 then reached[6] = true
	elseif height == 7 then reached[7] = true
	else error "nobody was ever so high" end
end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, number, name)
		if number > round then
			round = number
			if name == "third" and height == round - 1 then
				height = round
				step()
			end
		end
	end)
end)
"#;

const CLIMBER: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ladder, name)
		for round = 1, 8 do
			skynet.sleep(10)
			skynet.send(ladder, "lua", round, name)
		end
		skynet.exit()
	end)
end)
"#;

const MAIN: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	local ladder = skynet.newservice "ladder"
	for _, name in ipairs { "first", "second", "third" } do
		skynet.send(skynet.newservice "climber", "lua", ladder, name)
	end
end)
"#;

fn ladder() -> Test {
    Test::new().file("s/ladder.lua", LADDER).file("s/climber.lua", CLIMBER).file("s/main.lua", MAIN).file(
        "s/scenario.toml",
        "schema = 1\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"main\"\nfile = \"main\"\n",
    )
}

fn explore(test: &Test, more: &[&str]) -> (i32, Json) {
    let args = ["explore", "s", "--seeds", "1500", "--schedule", "random", "--format", "json"];
    let ran = test.run(&[&args[..], more].concat());
    let mut told: Json = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr));
    for found in told["found"].as_array_mut().unwrap() {
        for key in ["folder", "repeat", "tried", "after"] {
            found[key] = Json::Null;
        }
    }
    (ran.status, told)
}

#[test]
fn where_somebody_was_lucky_the_next_luck_is_nearer() {
    let test = ladder();
    assert_eq!(explore(&test, &[]).0, 0, "nobody finds it by luck alone");
    let (status, told) = explore(&test, &["--prefer-new", "--jobs", "2"]);
    assert_eq!(status, 1, "{told}");
    let found = &told["found"][0];
    assert!(found["text"].as_str().unwrap().contains("nobody was ever so high"), "{found}");
    assert!(found["branches"].as_array().unwrap().len() > 1, "{found}");
    assert_eq!(found["same_in_a_fresh_process"], true);
    assert!(told["preferred"]["parents"].as_u64().unwrap() >= 8, "{}", told["preferred"]);
    assert!((600..=750).contains(&told["preferred"]["children"].as_u64().unwrap()), "{}", told["preferred"]);
    let again = test.run(&["replay", found["fingerprint"].as_str().unwrap(), "--check"]);
    assert_eq!(again.status, 1, "{}{}", again.stdout, again.stderr);
    // What is explored does not depend on the number of threads.
    assert_eq!(explore(&test, &["--prefer-new", "--jobs", "1"]).1, told);
}

#[test]
fn what_has_no_batches_is_refused() {
    let test = ladder();
    let refused = |more: &[&str], words: &str| {
        let ran = test.run(&[&["explore", "s", "--prefer-new"], more].concat());
        assert!(ran.status == 2 && ran.stderr.contains(words), "{}{}", ran.stdout, ran.stderr);
    };
    refused(&["--shard", "1/2"], "`--prefer-new` cannot go with `--shard`");
    refused(&["--schedule", "exhaustive"], "`--prefer-new` cannot go with `--schedule exhaustive`");
    refused(&["--branch", "1s"], "cannot be used with '--branch");
    refused(&["--sweep"], "cannot be used with '--sweep");
    let branches = "schema = 1\nbranch = { at = \"1s\", seed = 1 }";
    test.write("s/scenario.toml", &test.read("s/scenario.toml").replace("schema = 1", branches));
    refused(&[], "cannot go with a scenario that branches, at 1.000s");
}
