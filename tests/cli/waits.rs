//! Bugs of those who wait, found without a line of the scenario about them: wakeups that are lost or hit the wrong one,
//! waits that cannot be, and what is left in the end. Also hot fixes, and all of it on a real checkout's library.

use crate::detect::{call, found, services, silent};
use crate::support::Test;

const SLOW: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, ticks) skynet.sleep(math.tointeger(ticks) or 1) skynet.ret() end)
end)
"#;

/// Whoever asks while somebody loads waits for him.
fn loader(join: &str) -> Test {
    let lua = format!(
        r#"
local slow, waiting, value
local function get()
	if value then return value end
	if waiting then
		local co = coroutine.running()
		{join}
		skynet.wait(co)
		return value
	end
	waiting = {{}}
	skynet.call(slow, "lua", 3)
	value = 7
	for _, co in ipairs(waiting) do skynet.wakeup(co) end
	return value
end
skynet.start(function()
	slow = skynet.newservice("slow")
	skynet.dispatch("lua", function() skynet.retpack(get()) end)
end)
"#
    );
    let calls = format!("{}{}", call("cache", "get"), call("cache", "get"));
    services(&[("cache", &lua)], &calls).file("s/slow.lua", SLOW)
}

#[test]
fn a_wakeup_before_the_wait() {
    insta::assert_snapshot!(found(&loader("table.insert(waiting, co) skynet.call(slow, \"lua\", 9)")));
    let nobody = found(&loader("skynet.call(slow, \"lua\", 9) table.insert(waiting, co)"));
    assert!(nobody.contains("\n  lost_wakeup\n") && nobody.contains("nobody in the service has called"), "{nobody}");
    silent(&loader("table.insert(waiting, co)"));
    let parked = loader("table.insert(waiting, co) skynet.call(slow, \"lua\", 9)");
    let scenario = parked.read("s/scenario.toml");
    parked.write("s/scenario.toml", &format!("{scenario}[expect]\nwaiting = \"allow\"\n"));
    silent(&parked);
}

/// A worker that handles what others put into its list, and answers nobody.
fn worker(before_it_waits: &str) -> Test {
    let lua = format!(
        r#"
local jobs, done, slow, worker = {{}}, 0
local function work()
	worker = coroutine.running()
	while true do
		local job = table.remove(jobs, 1)
		if job then
			skynet.call(slow, "lua", 2)
			done = done + 1
		else
			{before_it_waits}
			skynet.wait(worker)
		end
	end
end
skynet.start(function()
	slow = skynet.newservice("slow")
	skynet.dispatch("lua", function(_, _, job)
		table.insert(jobs, job)
		skynet.wakeup(worker)
	end)
	skynet.fork(work)
end)
"#
    );
    let send = |at: u32| format!("[[event]]\nat = \"{at}ms\"\nsend = {{ to = \"mill\", args = [\"job {at}\"] }}\n");
    // The second comes while the first is at work, the third while the worker says that it is idle.
    let more = format!("detect = [\"check_then_act\"]\n---\n{}{}{}", send(1000), send(1010), send(1060));
    services(&[("mill", &lua)], &more).file("s/slow.lua", SLOW)
}

#[test]
fn a_worker_that_missed_its_wakeup() {
    let account = found(&worker("skynet.call(slow, \"lua\", 3)"));
    assert!(
        account.contains("\n  lost_wakeup\n  mill waits at ./mill.lua:13 for a wakeup that never comes\n"),
        "{account}"
    );
    assert!(account.contains("\n    nobody has touched what came with it: jobs[1]\n"), "{account}");
    silent(&worker(""));
}

/// Waits for an answer for some time, and may leave its coroutine behind.
fn gives_up(clean: &str) -> Test {
    let lua = format!(
        r#"
local pending = {{}}
local command = {{}}
function command.ask(id)
	pending[id] = coroutine.running()
	skynet.sleep(10)
	{clean}
	return true
end
function command.rest()
	skynet.sleep(100)
	return true
end
function command.answer(id)
	local co = pending[id]
	if co then skynet.wakeup(co) end
	return true
end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...) skynet.retpack(command[name](...)) end)
end)
"#
    );
    let at = |ms: u32, args: &str| format!("[[event]]\nat = \"{ms}ms\"\ncall = {{ to = \"desk\", args = {args} }}\n");
    let (ask, rest, answer) = (at(1000, "[\"ask\", \"x\"]"), at(1200, "[\"rest\"]"), at(1300, "[\"answer\", \"x\"]"));
    services(&[("desk", &lua)], &format!("{ask}{rest}{answer}"))
}

#[test]
fn a_wakeup_of_another_task() {
    let test = gives_up("");
    insta::assert_snapshot!(found(&test));
    let idle = test.read("s/scenario.toml").replace("[\"rest\"]", "[\"answer\", \"nobody\"]");
    test.write("s/scenario.toml", &idle);
    let account = found(&test);
    assert!(account.contains("nobody waits with it now"), "{account}");
    silent(&gives_up("pending[id] = nil"));
}

#[test]
fn a_wait_where_nobody_can() {
    let render = |call: &str| {
        let lua = format!(
            r#"
local slow
skynet.start(function()
	slow = skynet.newservice("slow")
	skynet.dispatch("lua", function(_, _, text)
		pcall(string.gsub, text, "%w+", function(word) {call} return word end)
		skynet.retpack(text)
	end)
end)
"#
        );
        services(&[("page", &lua)], &call_twice()).file("s/slow.lua", SLOW)
    };
    let account = found(&render("skynet.call(slow, \"lua\")"));
    assert!(
        account.contains("\n  failed_yield at ") && account.contains("page waits where no coroutine can wait"),
        "{account}"
    );
    let account = found(&render("skynet.sleep(1)"));
    assert!(account.contains("\n  failed_yield at "), "{account}");
    silent(&render("skynet.send(slow, \"lua\", 1)"));
}

fn call_twice() -> String {
    format!("{}{}", call("page", "one"), call("page", "two"))
}

#[test]
fn what_is_left_in_the_end() {
    let test = |body: &str, detector: &str| {
        let lua = format!(
            "local slow\nskynet.start(function() slow = skynet.newservice \"slow\"\n\
             skynet.dispatch(\"lua\", function() {body} skynet.ret() end) end)\n"
        );
        services(&[("one", &lua)], &format!("detect = [\"{detector}\"]\n---\n{}", call("one", "go")))
            .file("s/slow.lua", &SLOW.replace("skynet.ret()", "skynet.ignoreret()"))
    };
    let account = found(&test("skynet.fork(skynet.wait)", "leaked_coroutine"));
    assert!(account.contains("\n  leaked_coroutine\n  one waits for a wakeup since 1.0"), "{account}");
    silent(&test("skynet.fork(skynet.sleep, 10)", "leaked_coroutine"));
    let asks = "for _ in skynet.request { slow, \"lua\" }:select(5) do end";
    let account = found(&test(asks, "leaked_session"));
    assert!(account.contains("\n  leaked_session\n  one gave up the call with session "), "{account}");
    silent(&test("skynet.send(slow, \"lua\")", "leaked_session"));
    let account = found(&test("skynet.timeout(50, print) skynet.ret() skynet.exit()", "orphaned_timer"));
    assert!(
        account.contains("\n  orphaned_timer at 1.5") && account.contains("a timer of one ran off after its end"),
        "{account}"
    );
    silent(&test("skynet.timeout(50, print)", "orphaned_timer"));
}

#[test]
fn a_response_that_nobody_waits_for() {
    let asker = "local slow\nskynet.start(function() slow = skynet.newservice \"slow\"\n\
                 skynet.dispatch(\"lua\", function() skynet.retpack(skynet.call(slow, \"lua\")) end) end)\n";
    let test = |act: &str| {
        let fault = format!("[[fault]]\nmatch = {{ from = \"slow\", type = \"response\" }}\n{act}\n");
        let more = "detect = [\"unknown_response\"]\nexpect = { errors = [\"Unknown session\"] }\n---\n";
        services(&[("asker", asker)], &format!("{more}{}{fault}", call("asker", "go"))).file("s/slow.lua", SLOW)
    };
    let account = found(&test("duplicate = true"));
    assert!(
        account.contains("\n  unknown_response at ") && account.contains("asker got a response of slow that nobody"),
        "{account}"
    );
    silent(&test("delay = \"1ms\""));
}

/// A counter that is fixed while it runs.
fn fixed(fix: &str) -> Test {
    let lua = r#"
local CMD = {}
local seen = {}
function CMD.add(name) seen[name] = true return true end
function CMD.count() local n = 0 for _ in pairs(seen) do n = n + 1 end return n end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...) skynet.retpack(CMD[name](...), seen and nil) end)
end)
"#;
    let add = |ms: u32| format!("[[event]]\nat = \"{ms}ms\"\ncall = {{ to = \"hall\", args = [\"add\", \"{ms}\"] }}\n");
    let inject = "[[event]]\nat = \"1500ms\"\ninject = { to = \"hall\", file = \"fix.lua\" }\n";
    services(&[("hall", lua)], &format!("{}{inject}{}", add(1000), add(2000))).file("s/fix.lua", fix)
}

#[test]
fn a_hot_fix_with_state_of_its_own() {
    let own = "local seen = {}\nfunction _P.lua.CMD.add(name) seen[name] = 1 return true end\n";
    insta::assert_snapshot!(found(&fixed(own)));
    silent(&fixed(&own.replace("= {}", "= _P.lua.seen").replace("= 1", "= true")));
    silent(&fixed("local seen = _P.lua.seen\nfunction _P.lua.CMD.add(name) return true end\n"));
}

/// A service that loads its rules anew.
fn reloaded(count: &str) -> Test {
    let lua = format!(
        r#"
local rules = require "rules"
local count = rules.count
local CMD = {{}}
function CMD.add() rules.add("x") return true end
function CMD.count() return {count}() end
function CMD.reload() package.loaded.rules = nil rules = require "rules" return true end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...) skynet.retpack(CMD[name](...)) end)
end)
"#
    );
    let rules = "local all = {}\nlocal M = {}\nfunction M.add(name) all[#all + 1] = name end\nfunction M.count() return #all end\nreturn M\n";
    let at =
        |ms: u32, what: &str| format!("[[event]]\nat = \"{ms}ms\"\ncall = {{ to = \"hall\", args = [\"{what}\"] }}\n");
    let timeline = format!("{}{}{}", at(1000, "add"), at(1100, "reload"), at(1200, "count"));
    let test = services(&[("hall", &lua)], &timeline).file("s/rules.lua", rules);
    let scenario = test
        .read("s/scenario.toml")
        .replace("luaservice = \"./?.lua\"", "luaservice = \"./?.lua\"\nlua_path = \"./?.lua\"");
    test.write("s/scenario.toml", &scenario);
    test
}

#[test]
fn a_module_loaded_twice_with_state_of_its_own() {
    let account = found(&reloaded("count"));
    assert!(
        account.contains("since rules.lua was put into hall, old and new code each have their own `all`"),
        "{account}"
    );
    let fresh = reloaded("rules.count");
    let lua = fresh.read("s/hall.lua").replace("local count = rules.count\n", "");
    fresh.write("s/hall.lua", &lua);
    silent(&fresh);
}

/// What goes by an old look, with the twins that look again.
#[test]
fn a_look_before_a_wait() {
    let shop = |buy: &str| {
        let lua = format!(
            r#"
local LIMIT = 2
local bought, turn, slow = {{}}, 0
local function buy(name)
	bought[name] = bought[name] or 0
	{buy}
	return true
end
skynet.start(function()
	slow = skynet.newservice("slow")
	skynet.dispatch("lua", function(_, _, name) skynet.retpack(buy(name)) end)
end)
"#
        );
        let calls = call("shop", "ann").repeat(3);
        services(&[("shop", &lua)], &format!("detect = [\"check_then_act\"]\n---\n{calls}")).file("s/slow.lua", SLOW)
    };
    let limit = "if bought[name] >= LIMIT then return false end\n\tskynet.call(slow, \"lua\")\n\t";
    let account = found(&shop(&format!("{limit}bought[name] = bought[name] + 1")));
    assert!(account.contains("it counted bought.ann after a call by what it saw before (line 7)"), "{account}");
    silent(&shop(&format!("{limit}if bought[name] < LIMIT then bought[name] = bought[name] + 1 end")));
    let place = limit.replace("\tskynet.call", "\tbought[name] = bought[name] + 1\n\tskynet.call");
    silent(&shop(&format!("{place}bought[name] = bought[name] - 1")));
    let copy =
        "turn = turn + 1\n\tlocal mine = turn * 10\n\tlocal have = bought[name]\n\tskynet.call(slow, \"lua\")\n\t";
    let account = found(&shop(&format!("{copy}bought[name] = have + mine")));
    assert!(account.contains("it set bought.ann after a call from a copy made before (line 9)"), "{account}");
    silent(&shop(&format!("{copy}bought[name] = bought[name] + mine")));
}

/// The same on a real checkout's library, as far as it can be seen there.
#[test]
fn on_a_checkout() {
    let Some(home) = std::env::var("SKYNET_HOME").ok().filter(|home| !home.is_empty()) else {
        eprintln!("skipped: SKYNET_HOME is not set");
        return;
    };
    let run = |test: &Test| test.run(&["run", "s", "--skynet", &home]);
    let lost = run(&loader("skynet.call(slow, \"lua\", 9) table.insert(waiting, co)"));
    assert!(lost.status == 1 && lost.stderr.contains("\n  lost_wakeup\n"), "{}", lost.transcript());
    let split = run(&fixed("local seen = {}\nfunction _P.lua.CMD.add(name) seen[name] = 1 return true end\n"));
    assert!(split.status == 1 && split.stderr.contains("each have their own `seen`"), "{}", split.transcript());
    let reload = run(&reloaded("count"));
    assert!(reload.status == 1 && reload.stderr.contains("each have their own `all`"), "{}", reload.transcript());
    // The library's coroutines belong to it: who has them, and whether they can wait, is not known.
    let wrong = run(&gives_up(""));
    assert_eq!(wrong.status, 0, "{}", wrong.transcript());
    for twin in [loader("table.insert(waiting, co)"), worker(""), gives_up("pending[id] = nil")] {
        let ran = run(&twin);
        assert_eq!(ran.status, 0, "{}", ran.transcript());
    }
}
