//! `skysim reload` and `skysim upgrade`: each property holds for the scenarios that are shipped, and fails for a planted bug.

use crate::detect::services;
use crate::support::Test;

/// A counter whose code is a table that `reload` replaces; `reload` is what the handler does. It notes one more each tick.
fn counter(reload: &str) -> Test {
    let lua = format!(
        r#"
local impl = {{}}
local state = {{ count = 0, ticks = 0, log = {{}} }}
local slow

local function load_impl()
	return {{
		add = function(state, n)
			skynet.call(slow, "lua", 2)
			state.count = state.count + n
			return state.count
		end,
	}}
end

local handlers = {{}}
function handlers.add(n) return impl.add(state, n) end
function handlers.read() return state.count, state.ticks end
function handlers.reload()
	{reload}
	return true
end

local function beat(owned)
	skynet.timeout(10, function()
		if owned.ticks < 20 then
			owned.ticks = owned.ticks + 1
			beat(owned)
		end
	end)
end

skynet.start(function()
	impl = load_impl()
	slow = skynet.newservice("slow")
	skynet.dispatch("lua", function(_, _, command, ...) skynet.retpack(handlers[command](...)) end)
	beat(state)
end)
"#
    );
    let add = |n| format!("[[event]]\nat = \"1s\"\ncall = {{ to = \"room\", args = [\"add\", {n}] }}\n");
    let calls: String = (1..=3).map(add).collect();
    let late = "[[event]]\nat = \"3s\"\ncall = { to = \"room\", args = [\"read\"] }\n";
    services(&[("room", &lua)], &format!("{calls}{late}")).file(
        "s/slow.lua",
        r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ticks) skynet.sleep(ticks) skynet.retpack(true) end)
end)
"#,
    )
}

/// What `skysim reload` says of it.
fn reloaded(test: &Test, more: &[&str]) -> (i32, String) {
    let ran = test.run(&[&["reload", "s", "--service", "room"], more].concat());
    (ran.status, ran.stdout + &ran.stderr)
}

#[test]
fn the_same_code_changes_nothing() {
    let (status, said) = reloaded(&counter("impl = load_impl()"), &[]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains(" 0 refused: no answer, log line or state differs"), "{said}");
    let twice = reloaded(&counter("impl = load_impl()"), &["--times", "2"]);
    assert_eq!(twice.0, 0, "{}", twice.1);
    // One that takes its time uses up sessions that others would have had.
    let (status, said) = reloaded(&counter("for _ = 1, 5 do skynet.sleep(1) end impl = load_impl()"), &[]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn a_reload_that_the_end_cuts_off_shows_nothing() {
    let test = counter("skynet.sleep(1000) impl = load_impl()");
    test.write("s/scenario.toml", &format!("until = \"3500ms\"\n{}", test.read("s/scenario.toml")));
    let (status, said) = reloaded(&test, &[]);
    assert_eq!(status, 5, "{said}");
}

#[test]
fn a_reload_that_forgets_its_state() {
    let (status, said) = reloaded(&counter("impl = load_impl() state = { count = 0, ticks = 0, log = {} }"), &[]);
    assert_eq!(status, 1);
    assert!(said.starts_with("reloading room changes something\n  reloaded at "), "{said}");
    assert!(
        said.contains("  reply room.") && said.contains("repeat it:\n  skysim reload s --service room --before "),
        "{said}"
    );
}

/// The timer goes on counting in the table that nobody reads any more.
#[test]
fn a_reload_that_splits_its_state() {
    let copy = "impl = load_impl() local old = state state = { count = old.count, ticks = old.ticks, log = old.log }";
    let (status, said) = reloaded(&counter(copy), &["--ignore", "reply room.add*"]);
    assert_eq!(status, 1);
    assert!(said.contains("  reply room.read[2]\n"), "{said}");
}

#[test]
fn a_reload_that_loses_requests() {
    let (status, said) = reloaded(&counter("impl = { add = function() skynet.wait() end }"), &["--ignore", "state *"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("  failure ") || said.contains("with     no answer\n"), "{said}");
}

/// Whoever is inside answers by himself, and the new code once more.
#[test]
fn a_reload_that_answers_twice() {
    let twice = "impl = { add = function(state, n) skynet.retpack(7) return 7 end }";
    let (_, said) = reloaded(&counter(twice), &["--ignore", "reply *", "--ignore", "state *"]);
    assert!(said.contains("  failure double_reply\n") || said.contains("  failure uncaught\n"), "{said}");
}

#[test]
fn a_reload_that_raises_an_error() {
    let (status, said) = reloaded(&counter("error('no such file')"), &["--before", "2"]);
    assert_eq!(status, 1);
    assert!(said.contains("  reload\n    without  an answer\n    with     the error `"), "{said}");
    assert!(said.contains("--before 2"), "{said}");
}

#[test]
fn a_reload_that_is_always_refused_shows_nothing() {
    let (status, said) = reloaded(&counter("do return false, 'busy' end"), &[]);
    assert_eq!(status, 5, "{said}");
}

#[test]
fn what_may_differ_is_said() {
    let grows = "impl = load_impl() table.insert(state.log, 'reloaded')";
    let (status, said) = reloaded(&counter(grows), &[]);
    assert_eq!(status, 1);
    assert!(said.contains("  state room.state.log"), "{said}");
    let (status, said) = reloaded(&counter(grows), &["--ignore", "state room.state.log*"]);
    assert_eq!(status, 0, "{said}");
}

/// A patch from inside, and a service that has nothing to lose.
#[test]
fn other_ways_to_reload() {
    let test = counter("").file("s/same.lua", "local a = 1\nreturn a\n");
    let (status, said) = reloaded(&test, &["--inject", "same.lua"]);
    assert_eq!(status, 0, "{said}");
    let (status, said) = reloaded(&test, &["--restart", "--before", "3"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("  reply room."), "{said}");
}

#[test]
fn who_is_to_be_reloaded_is_known() {
    let ran = counter("").run(&["reload", "s", "--service", "rom"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("the scenario has no service `rom`"), "{}", ran.stderr);
}

fn scenario(name: &str) -> String {
    format!("{}/scenarios/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn shipped_scenarios_are_the_same_after_it() {
    let ran = Test::new().run(&["reload", &scenario("chat_room_reload"), "--service", "room"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    // This one counts its generations, and the scenario says where that shows.
    let ran = Test::new().run(&["reload", &scenario("hot_reload")]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
}

#[test]
fn the_first_answer_that_differs() {
    let test = counter("").file("s/new.lua", "");
    let old = test.read("s/room.lua");
    test.write("s/new.lua", &old);
    let same = test.run(&["upgrade", "s", "--with", "room.lua=s/new.lua"]);
    assert_eq!(same.status, 0, "{}", same.transcript());
    test.write("s/new.lua", &old.replace("state.count + n", "state.count + 2 * n"));
    let ran = test.run(&["upgrade", "s", "--with", "room.lua=s/new.lua"]);
    assert_eq!(ran.status, 1);
    let first = "  reply room.add[1]\n    call room (\"add\", 1) at 1.000s\n    old  1\n    new  2\n";
    assert!(ran.stdout.contains(first), "{}", ran.transcript());
    let wrong = test.run(&["upgrade", "s", "--with", "rom.lua=s/new.lua"]);
    assert_eq!(wrong.status, 2, "a name that no service reads: {}", wrong.transcript());
}

/// The old code is gone by then: its answers are in a trace.
#[test]
fn the_first_answer_that_differs_from_a_trace() {
    let test = counter("").file("s/new.lua", "");
    let old = test.read("s/room.lua");
    let ran = test.run(&["run", "s", "--seed", "5", "--schedule", "random", "--trace", "old.jsonl"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    test.write("s/new.lua", &old);
    let upgrade = ["upgrade", "s", "--recorded", "old.jsonl", "--with", "room.lua=s/new.lua"];
    test.write("s/room.lua", "this is no Lua\n");
    let same = test.run(&upgrade);
    assert_eq!(same.status, 0, "{}", same.transcript());
    assert!(same.stderr.contains("4 calls, and no answer differs"), "{}", same.transcript());
    test.write("s/new.lua", &old.replace("return state.count, state.ticks", "return state.count, -state.ticks"));
    let ran = test.run(&upgrade);
    assert_eq!(ran.status, 1);
    let first = "  reply room.read[2]\n    call room (\"read\") at 3.000s\n    old  20\n    new  -20\n";
    assert!(ran.stdout.contains(first), "{}", ran.transcript());
    let scenario = test.read("s/scenario.toml");
    test.write("s/scenario.toml", &scenario.replace("\"read\"", "\"reed\""));
    let other = test.run(&upgrade);
    assert_eq!(other.status, 2, "{}", other.transcript());
    assert!(other.stderr.contains("and the trace has `call room (\"read\")` there"), "{}", other.transcript());
}

/// What the scenario says about itself needs no flags.
#[test]
fn each_reload_of_the_scenario_that_keeps_the_code() {
    let reload = "[[reload]]\nname = \"again\"\nservice = \"room\"\n";
    let more = "[[reload]]\nname = \"new\"\nservice = \"room\"\nwrite = [{ path = \"room.lua\", text = \"\" }]\n";
    let with = |lua: &str, reloads: &str| {
        let test = counter(lua);
        let scenario = test.read("s/scenario.toml");
        test.write("s/scenario.toml", &format!("{scenario}{reloads}"));
        test
    };
    let test = with("impl = load_impl()", &format!("{reload}{more}"));
    let ran = test.run(&["reload", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let refused = test.run(&["reload", "s", "--reload", "new"]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("the reload `new` writes files"), "{}", refused.transcript());
    let grows = "impl = load_impl() table.insert(state.log, 'reloaded')";
    let ran = with(grows, reload).run(&["reload", "s"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("  skysim reload s --reload again --before "), "{}", ran.transcript());
    let differs = format!("{reload}may_differ = [\"state room.state.log*\"]\n");
    let ran = with(grows, &differs).run(&["reload", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    // What a reload promises is tested, too.
    let promised = format!("{reload}identity = true\n");
    let ran = with("impl = load_impl()", &promised).run(&["test", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let ran = with(grows, &promised).run(&["test", "s"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    assert!(ran.transcript().contains("reloading room changes something\n"), "{}", ran.transcript());
    assert!(ran.transcript().contains("skysim reload s --reload again --before "), "{}", ran.transcript());
    // And looked at in some runs of an exploration, however it is spread.
    let test = with(grows, &promised);
    let ran = test.run(&["explore", "s", "--seeds", "67", "--out", "whole"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    let told =
        "reload again, which must change nothing, did in 3 runs, first in run 0: reloading room changes something\n";
    assert!(ran.stdout.contains(told), "{}", ran.transcript());
    assert!(
        ran.stdout.contains("3 runs were made again with reloads that must change nothing\n"),
        "{}",
        ran.transcript()
    );
    for shard in ["1/2", "2/2"] {
        test.run(&["explore", "s", "--seeds", "67", "--shard", shard, "--out", &format!("share{}", &shard[..1])]);
    }
    let merged = test.run(&["merge", "share1", "share2"]);
    assert_eq!(merged.status, 1, "{}", merged.transcript());
    assert!(merged.stdout.contains(told), "{}", merged.transcript());
    let repeat =
        ran.stdout.lines().find(|line| line.contains(" reload s --reload again --before ")).unwrap_or_default();
    let words: Vec<&str> = repeat.split_whitespace().skip(1).collect();
    assert_eq!(test.run(&words).status, 1, "{repeat}");
    let ran = with("impl = load_impl()", &promised).run(&["explore", "s", "--seeds", "67"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let none = counter("").run(&["reload", "s"]);
    assert_eq!(none.status, 2);
    assert!(none.stderr.contains("name a service: --service NAME"), "{}", none.transcript());
}

#[test]
fn a_new_version_that_does_not_start() {
    let test = counter("").file("s/new.lua", "this is no Lua\n");
    let ran = test.run(&["upgrade", "s", "--with", "room.lua=s/new.lua"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("the new version fails:\n"), "{}", ran.transcript());
    assert!(ran.stdout.contains("the service `room` did not start"), "{}", ran.transcript());
}

#[test]
fn a_shipped_upgrade() {
    let room = scenario("chat_room_reload");
    let with = format!("../chat_room/services/room_logic.lua={room}/v2/room_logic.lua");
    let ran = Test::new().run(&["upgrade", &room, "--with", &with]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    assert!(ran.stdout.contains("  reply room.version[1]\n"), "{}", ran.transcript());
    let ran = Test::new().run(&[
        "upgrade",
        &room,
        "--with",
        &with,
        "--ignore",
        "reply room.version*",
        "--ignore",
        "reply room.reload*",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
}
