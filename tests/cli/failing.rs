//! Runs that fail, one for each way: the account has at most 40 lines, and the last one is a
//! command that gives the same account again.

use crate::support::{Test, with_echo};

/// A snapshot with a Lua traceback: 5.4 says `in function 'error'` where 5.5 says `in global 'error'`.
macro_rules! assert_with_traceback {
    ($text:expr) => {
        let suffix = if cfg!(feature = "lua54") { "lua54" } else { "" };
        insta::with_settings!({ snapshot_suffix => suffix }, { insta::assert_snapshot!($text) });
    };
}

#[track_caller]
fn fails(test: &Test, args: &[&str], status: i32) -> String {
    let ran = test.run(args);
    assert_eq!(ran.status, status, "{}", ran.transcript());
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines.len() <= 41, "{} lines\n{}", lines.len(), ran.stderr);
    let repeat = lines[lines.len() - 1].trim().strip_prefix("skysim ").unwrap_or_else(|| panic!("{}", ran.stderr));
    let words: Vec<&str> = repeat.split(' ').map(|word| word.trim_matches('\'')).collect();
    let again = test.run(&words);
    assert_eq!((again.status, &again.stderr), (status, &ran.stderr));
    ran.stderr
}

fn service(lua: &str, more: &str) -> Test {
    let lua = format!("local skynet = require \"skynet\"\n{lua}");
    let scenario = format!(
        "schema = 1\ntitle = \"it works\"\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"thing\"\nfile = \"thing\"\n{more}"
    );
    Test::new().file("s/thing.lua", &lua).file("s/scenario.toml", &scenario)
}

const CALL: &str = "[[event]]\nat = \"1s\"\ncall = { to = \"thing\", args = [\"go\", { depth = 2 }] }\n";

#[test]
fn an_expectation() {
    let more = "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", args = [1, \"two\"], expect = [2] }\n";
    insta::assert_snapshot!(fails(&Test::new().echo("s", more), &["run", "s"], 1));
}

#[test]
fn an_uncaught_error() {
    let lua = r#"
local function deeper(n)
	if n == 0 then error("it broke") end
	deeper(n - 1)
	return n
end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, _, options) deeper(options.depth) end)
end)
"#;
    assert_with_traceback!(fails(&service(lua, CALL), &["run", "s", "--seed", "0x10", "--until", "5s"], 1));
}

#[test]
fn a_hang() {
    let lua = "skynet.start(function() skynet.dispatch(\"lua\", function() skynet.wait() end) end)\n";
    insta::assert_snapshot!(fails(&service(lua, CALL), &["run", "s"], 1));
}

#[test]
fn a_service_that_does_not_start() {
    let lua = "skynet.start(function() error \"no configuration\" end)\n";
    assert_with_traceback!(fails(&service(lua, ""), &["run", "s"], 1));
}

#[test]
fn a_main_chunk_that_fails() {
    let account = fails(&service("error \"no configuration\"\n", ""), &["run", "s"], 1);
    assert!(account.contains("loader.lua:46: in main chunk\n\n"), "the loader is the outermost frame\n{account}");
}

#[test]
fn an_exit() {
    let lua = "skynet.start(function() skynet.dispatch(\"lua\", function() os.exit(3) end) end)\n";
    insta::assert_snapshot!(fails(&service(lua, CALL), &["run", "s"], 1));
}

#[test]
fn a_property() {
    let lua = r#"
local sim = require "sim"
skynet.start(function()
	skynet.dispatch("lua", function() sim.always(false, "nobody calls") end)
end)
"#;
    insta::assert_snapshot!(fails(&service(lua, CALL), &["run", "s"], 1));
}

#[test]
fn a_check() {
    let test = Test::new().echo("s", "[[check]]\nname = \"never\"\nat_end = \"never.lua\"\n");
    let test = test.file("s/never.lua", "return function() error(\"it is the end\", 0) end\n");
    insta::assert_snapshot!(fails(&test, &["run", "s"], 1));
}

#[test]
fn a_loop_without_end() {
    let lua = "skynet.start(function() skynet.dispatch(\"lua\", function() while true do end end) end)\n";
    let test = service(lua, &format!("{CALL}[limits]\ninstructions = 1000000\n"));
    insta::assert_snapshot!(fails(&test, &["run", "s"], 1));
}

#[test]
fn lines() {
    let more = "[expect]\nlogs = [\"ready to serve\"]\nlogs_no = [\"LAUNCH snlua echo\"]\n";
    insta::assert_snapshot!(fails(&Test::new().echo("s", more), &["run", "s"], 1));
}

#[test]
fn nothing_tried() {
    let more = "[[fault]]\nname = \"lost mail\"\nmatch = { from = \"echo\", to = \"nobody*\" }\ndrop = true\n";
    insta::assert_snapshot!(fails(&Test::new().echo("s", more), &["run", "s"], 5));
}

#[test]
fn an_expected_failure_that_does_not_come() {
    let more = "[expect]\noutcome = \"fail: it broke\"\n";
    insta::assert_snapshot!(fails(&Test::new().echo("s", more), &["run", "s"], 1));
}

#[test]
fn an_expected_failure() {
    let more = "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", args = [1], expect = [2] }\n[expect]\noutcome = \"fail: expected\"\n";
    let ran = Test::new().echo("s", more).run(&["run", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn many_failures_fit_a_screen() {
    let event = "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", args = [1], expect = [2] }\n";
    let test = Test::new().echo("s", &event.repeat(60));
    let account = fails(&test, &["run", "s"], 1);
    assert!(account.contains(".. and 57 more"), "{account}");
}

#[test]
fn odd_paths_are_quoted() {
    let more = "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", expect = [2] }\n";
    let test = Test::new().file("it's odd/echo.lua", crate::support::ECHO);
    let test = test.file("it's odd/scenario.toml", &with_echo(more));
    let ran = test.run(&["run", "it's odd", "--until", "500 ticks"]);
    assert_eq!(ran.status, 1);
    let last = ran.stderr.lines().last().unwrap();
    assert_eq!(last, r"  skysim run 'it'\''s odd' --seed 0 --until 5s");
}

/// The service that adds one, at first to what a check looks at, and then fails.
const COUNTER: &str = r#"
local count, last, seen = 0, nil, {}
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, n)
		count, last = count + 1, command
		for i = 1, n or 0 do seen[count * 100 + i] = command end
		assert(command ~= "fail", "it failed")
		skynet.retpack(count)
	end)
end)
"#;

fn calls(args: &[&str]) -> String {
    let call = |arg: &&str| format!("[[event]]\nat = \"1s\"\ncall = {{ to = \"thing\", args = [{arg}] }}\n");
    args.iter().map(call).collect()
}

/// The lines about what changed.
fn changed(account: &str) -> Vec<&str> {
    let lines = account.lines().skip_while(|line| *line != "what that changed:").skip(1);
    lines.take_while(|line| !line.is_empty()).map(str::trim).collect()
}

#[test]
fn the_state_that_an_error_changed() {
    let test = service(COUNTER, &calls(&["\"go\"", "\"go\"", "\"fail\", 1"]));
    let account = fails(&test, &["run", "s"], 1);
    let rows: Vec<String> =
        changed(&account).iter().map(|row| row.split_once("  thing  ").unwrap().1.to_owned()).collect();
    assert!(rows.iter().any(|row| row.ends_with("count: 2 -> 3")), "{account}");
    assert!(rows.iter().any(|row| row.ends_with("last: \"go\" -> \"fail\"")), "{account}");
    assert!(rows.iter().any(|row| row.ends_with("seen[301]: nothing -> \"fail\"")), "{account}");
}

#[test]
fn the_state_that_a_check_found_wrong() {
    let more = format!("{}[[check]]\nname = \"few\"\nalways = \"few.lua\"\n", calls(&["\"a\"", "\"b\", 50"]));
    let few = "return function(world) return world.services.thing.state.count < 2, \"too many\" end\n";
    let test = service(COUNTER, &more).file("s/few.lua", few);
    let account = fails(&test, &["run", "s"], 1);
    let rows = changed(&account);
    assert!(rows.iter().any(|row| row.contains("thing  ") && row.ends_with("count: 1 -> 2")), "{account}");
    assert!(rows.len() == 10 && rows[9].starts_with(".. and "), "{account}");
    let document = test.run(&["run", "s", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&document.stdout).unwrap();
    let all = document["run"]["changed"].as_array().unwrap();
    assert!(all.len() > 50 && all[0]["service"] == "thing", "{all:?}");
}

#[test]
fn the_state_that_a_wrong_answer_changed() {
    let more = "[[event]]\nat = \"1s\"\ncall = { to = \"thing\", args = [\"a\"], expect = [5] }\n";
    let account = fails(&service(COUNTER, more), &["run", "s"], 1);
    assert!(changed(&account).iter().any(|row| row.ends_with("count: 0 -> 1")), "{account}");
}
