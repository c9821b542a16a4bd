//! Bugs that are found without a line of the scenario about them: each in a small service, and its mended twin, about
//! which nothing is said under any schedule.

use crate::support::Test;

/// Seeds that a mended service runs with.
const SEEDS: u32 = 30;

/// A folder with services, each a name and its Lua, and a scenario with what follows.
pub fn services(all: &[(&str, &str)], more: &str) -> Test {
    let mut scenario = "schema = 1\n".to_owned();
    let (top, tables) = more.split_once("---\n").unwrap_or(("", more));
    scenario.push_str(top);
    scenario.push_str("[node]\nluaservice = \"./?.lua\"\n");
    let mut test = Test::new();
    for (name, lua) in all {
        scenario.push_str(&format!("[[service]]\nname = \"{name}\"\nfile = \"{name}\"\n"));
        test = test.file(&format!("s/{name}.lua"), &format!("local skynet = require \"skynet\"\n{lua}"));
    }
    scenario.push_str(tables);
    test.file("s/scenario.toml", &scenario)
}

pub fn call(to: &str, command: &str) -> String {
    format!("[[event]]\nat = \"1s\"\ncall = {{ to = \"{to}\", args = [\"{command}\"] }}\n")
}

/// The account of a run that fails.
#[track_caller]
pub fn found(test: &Test) -> String {
    let ran = test.run(&["run", "s"]);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    let last = ran.stderr.lines().last().unwrap_or_default();
    let words: Vec<&str> = last.trim().strip_prefix("skysim ").unwrap_or_default().split(' ').collect();
    assert_eq!(test.run(&words).stderr, ran.stderr, "the same again");
    ran.stderr
}

/// Nothing is found, whoever is next.
#[track_caller]
pub fn silent(test: &Test) {
    let ran = test.run(&["run", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    for seed in 0..SEEDS {
        let ran = test.run(&["run", "s", "--schedule", "random", "--seed", &seed.to_string()]);
        assert_eq!(ran.status, 0, "seed {seed}\n{}", ran.transcript());
    }
}

/// Handles one command at a time, and asks the other for the rest.
fn partner(own: &str, other: &str, locked: bool) -> String {
    let enter = if locked { "return lock(f, ...)" } else { "return f(...)" };
    format!(
        r#"
require "skynet.manager"
local queue = require "skynet.queue"
local lock = queue()
local function locked(f, ...) {enter} end
local command = {{}}
function command.transfer()
	return skynet.call("{other}", "lua", "deposit")
end
function command.deposit()
	return true
end
skynet.start(function()
	skynet.register "{own}"
	skynet.dispatch("lua", function(_, _, name) skynet.retpack(locked(command[name])) end)
end)
"#
    )
}

/// Two accounts that transfer to each other.
fn accounts(locked: bool) -> Test {
    let (ann, bob) = (partner(".ann", ".bob", locked), partner(".bob", ".ann", locked));
    services(&[("ann", &ann), ("bob", &bob)], &format!("{}{}", call("ann", "transfer"), call("bob", "transfer")))
}

#[test]
fn a_deadlock_of_two_locks() {
    insta::assert_snapshot!(found(&accounts(true)));
    silent(&accounts(false));
}

#[test]
fn a_deadlock_while_the_rest_goes_on() {
    let clock = "local function tick() skynet.timeout(100, tick) end\nskynet.start(tick)\n";
    let test = accounts(true).file("s/clock.lua", &format!("local skynet = require \"skynet\"\n{clock}"));
    let scenario = test.read("s/scenario.toml").replacen("schema = 1\n", "schema = 1\nuntil = \"20s\"\n", 1);
    test.write("s/scenario.toml", &format!("{scenario}[[service]]\nname = \"clock\"\nfile = \"clock\"\n"));
    let account = found(&test);
    assert!(
        account.contains("  deadlock\n  calls wait for each other: ann -call-> bob -queue-> bob -call-> ann"),
        "{account}"
    );
}

/// Calls itself: with a lock that is entered again, or without one.
fn narcissist(lock: &str) -> Test {
    let lua = format!(
        r#"
local lock = {lock}
local command = {{}}
function command.outer() return skynet.call(skynet.self(), "lua", "inner") end
function command.inner() return 1 end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, name) skynet.retpack(lock(command[name])) end)
end)
"#
    );
    services(&[("thing", &lua)], &call("thing", "outer"))
}

#[test]
fn a_service_that_waits_for_itself() {
    insta::assert_snapshot!(found(&narcissist("(require \"skynet.queue\")()")));
    silent(&narcissist("function(f) return f() end"));
}

/// A lock made by hand.
fn by_hand(wait: &str) -> Test {
    let ann = format!(
        r#"
require "skynet.manager"
local busy, waiting = false, {{}}
local command = {{}}
function command.open()
	busy = true
	local answer = skynet.call(".bob", "lua", "look")
	busy = false
	for _, co in ipairs(waiting) do skynet.wakeup(co) end
	return answer
end
function command.state()
	if busy then {wait} end
	return "open"
end
skynet.start(function()
	skynet.register ".ann"
	skynet.dispatch("lua", function(_, _, name) skynet.retpack(command[name]()) end)
end)
"#
    );
    let bob = r#"
require "skynet.manager"
skynet.start(function()
	skynet.register ".bob"
	skynet.dispatch("lua", function() skynet.retpack(skynet.call(".ann", "lua", "state")) end)
end)
"#;
    services(&[("ann", &ann), ("bob", bob)], &call("ann", "open"))
}

#[test]
fn a_deadlock_of_a_lock_made_by_hand() {
    insta::assert_snapshot!(found(&by_hand("waiting[#waiting + 1] = coroutine.running() skynet.wait()")));
    silent(&by_hand("return \"busy\""));
}

fn shop(last: &str) -> Test {
    let lua = format!(
        r#"
local stock = {{ apple = 2 }}
local function buy(name)
	if not stock[name] then
		return
	end
	stock[name] = stock[name] - 1
	skynet.retpack(true)
end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, name)
		buy(name)
		{last}
	end)
end)
"#
    );
    services(&[("shop", &lua)], &format!("{}{}", call("shop", "apple"), call("shop", "pear")))
}

#[test]
fn a_forgotten_reply() {
    insta::assert_snapshot!(found(&shop("")));
    silent(&shop("if not stock[name] then skynet.retpack(false) end"));
}

#[test]
fn a_forgotten_reply_that_is_allowed_is_a_hang() {
    let test = shop("");
    let scenario = test.read("s/scenario.toml");
    let with = |more: &str| {
        test.write("s/scenario.toml", &scenario.replacen("schema = 1\n", &format!("schema = 1\n{more}"), 1));
        test.run(&["run", "s"])
    };
    let ran = with("allow = { detectors = [\"forgotten_reply\"] }\n");
    assert!(ran.status == 1 && ran.stderr.contains("\n  hang\n"), "{}", ran.transcript());
    let ran = with("expect = { waiting = \"allow\" }\n");
    assert!(ran.status == 1 && ran.stderr.contains("\n  forgotten_reply at 1.000"), "{}", ran.transcript());
    let ran = with("allow = { detectors = [\"forgotten_reply\"] }\nexpect = { waiting = \"allow\" }\n");
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let ran = with("allow = { detectors = [\"forgoten_reply\"] }\n");
    assert!(
        ran.status == 2 && ran.stderr.contains("did you mean") && ran.stderr.contains("`forgotten_reply`?"),
        "{}",
        ran.transcript()
    );
    let ran = with("detect = [\"magic\"]\n");
    assert!(ran.status == 2 && ran.stderr.contains("no detector is called `magic`; there are"), "{}", ran.transcript());
}

/// A callee that is killed at work, and a caller who may give up.
fn killed(caller: &str) -> Test {
    let slow = "skynet.start(function() skynet.dispatch(\"lua\", function() skynet.sleep(500) skynet.ret() end) end)\n";
    let asker = format!(
        r#"
local slow
skynet.start(function()
	slow = skynet.newservice("slow")
	skynet.dispatch("lua", function() skynet.retpack({caller}) end)
end)
"#
    );
    let test =
        services(&[("asker", &asker)], &format!("{}[[event]]\nat = \"2s\"\nkill = \"slow*\"\n", call("asker", "go")));
    test.file("s/slow.lua", &format!("local skynet = require \"skynet\"\n{slow}"))
}

#[test]
fn a_callee_that_died() {
    insta::assert_snapshot!(found(&killed("skynet.call(slow, \"lua\")")));
    let gives_up = "(function()
		local co, answer = coroutine.running()
		skynet.fork(function() answer = pcall(skynet.call, slow, \"lua\") skynet.wakeup(co) end)
		skynet.sleep(300)
		return answer
	end)()";
    let account = found(&killed(gives_up));
    assert!(account.contains("slow died before it answered"), "the forked call still waits: {account}");
    let selects = "(function()
		for _, answer in skynet.request { slow, \"lua\", \"x\" }:select(300) do return answer[1] end
		return \"nothing\"
	end)()";
    silent(&killed(selects));
}

fn replies(second: &str) -> Test {
    let lua = format!(
        r#"
skynet.start(function()
	skynet.dispatch("lua", function()
		skynet.retpack(1)
		{second}
	end)
end)
"#
    );
    services(&[("thing", &lua)], &format!("detect = [\"double_reply\"]\n---\n{}", call("thing", "go")))
}

#[test]
fn a_double_reply() {
    insta::assert_snapshot!(found(&replies("pcall(skynet.retpack, 2)")));
    silent(&replies(""));
}

#[test]
fn messages_to_the_dead_and_of_unknown_types() {
    let mailer = r#"
skynet.register_protocol { name = "odd", id = 20, pack = skynet.pack, unpack = skynet.unpack }
skynet.start(function()
	skynet.dispatch("lua", function(_, _, to)
		local address = skynet.localname(".box")
		skynet.send(address, "lua", 1)
		pcall(skynet.call, address, "odd")
		skynet.kill(address)
		skynet.send(address, "lua", 2)
		skynet.ret()
	end)
end)
"#;
    let mailbox = "require \"skynet.manager\"\nskynet.start(function() skynet.register \".box\" skynet.dispatch(\"lua\", function() end) end)\n";
    let mailer = format!("require \"skynet.manager\"\n{mailer}");
    let more = format!("detect = [\"message_to_the_dead\", \"unregistered_protocol\"]\n---\n{}", call("mailer", "go"));
    let test = services(&[("box", mailbox), ("mailer", &mailer)], &more);
    insta::assert_snapshot!(found(&test));
    let counted = test
        .read("s/scenario.toml")
        .replace("detect = [", "allow = { detectors = [")
        .replace("]\n[node]", "] }\n[node]");
    test.write("s/scenario.toml", &counted);
    silent(&test);
}

/// A purse whose balance is checked, then logged elsewhere, then lowered.
fn purse(enter: &str) -> Test {
    let lua = format!(
        r#"
local queue = require "skynet.queue"
local lock = queue()
local balance, served = 100, 0
local ledger
local function withdraw(amount)
	if balance < amount then return false end
	skynet.call(ledger, "lua", amount)
	balance = balance - amount
	served = served + 1
	return true
end
skynet.start(function()
	ledger = skynet.newservice("ledger")
	skynet.dispatch("lua", function(_, _, amount) skynet.retpack({enter}) end)
end)
"#
    );
    let ledger = r#"
local skynet = require "skynet"
skynet.start(function() skynet.dispatch("lua", function() skynet.sleep(1) skynet.ret() end) end)
"#;
    let call = "[[event]]\nat = \"1s\"\ncall = { to = \"purse\", args = [80] }\n";
    let more = format!("detect = [\"reentrancy\"]\n---\n{call}{call}");
    services(&[("purse", &lua)], &more).file("s/ledger.lua", ledger)
}

#[test]
fn check_then_act_over_a_yield() {
    let test = purse("withdraw(amount)");
    insta::assert_snapshot!(found(&test));
    silent(&purse("lock(withdraw, amount)"));
    let scenario = test.read("s/scenario.toml").replace("detect = [\"reentrancy\"]\n", "");
    test.write("s/scenario.toml", &scenario);
    silent(&test);
}

/// Two handlers that ask by `skynet.request` whether they may enter the same name.
fn register(enter: &str) -> Test {
    let lua = format!(
        r#"
local sums, slow = {{}}, nil
local function ask(...)
	for _, answer in skynet.request {{ slow, "lua", ... }}:select(50) do
		if answer then return table.unpack(answer) end
	end
end
local function add(name, amount)
	{enter}
	return true
end
skynet.start(function()
	slow = skynet.newservice("slow")
	skynet.dispatch("lua", function(_, _, ...) skynet.retpack(add(...)) end)
end)
"#
    );
    let slow = r#"
local skynet = require "skynet"
skynet.start(function() skynet.dispatch("lua", function() skynet.sleep(1) skynet.retpack(true) end) end)
"#;
    let call = |by: u32| format!("[[event]]\nat = \"1s\"\ncall = {{ to = \"register\", args = [\"ann\", {by}] }}\n");
    services(&[("register", &lua)], &format!("detect = [\"check_then_act\"]\n---\n{}{}", call(1), call(2)))
        .file("s/slow.lua", slow)
}

#[test]
fn check_then_act_over_a_request() {
    let seat = found(&register("if sums[name] then return false end ask(name) sums[name] = amount"));
    assert!(seat.contains("it set sums.ann anew after a call: it was free before, and taken meanwhile"), "{seat}");
    assert!(seat.contains("< ./register.lua:5 < ./register.lua:10 <"), "the asker's own place: {seat}");
    silent(&register("ask(name)\n\tsums[name] = (sums[name] or 0) + amount"));
}

#[test]
fn a_mailbox_that_is_never_empty() {
    let press = |cost: &str| {
        let busy = "skynet.start(function() skynet.dispatch(\"lua\", function() end) end)\n";
        let event = "[[event]]\nevery = \"20ms\"\nfrom = \"1s\"\ntimes = 400\nsend = { to = \"busy\" }\n";
        services(&[("busy", busy)], &format!("detect = [\"starvation\"]\ncost = \"{cost}\"\n---\n{event}"))
    };
    let account = found(&press("25ms"));
    assert!(account.contains("busy always has messages waiting since "), "{account}");
    silent(&press("1ms"));
}

/// Whoever waits for ever while it starts is told why, once for all orders of the log.
#[test]
fn what_a_service_waits_for_while_it_starts() {
    let main = "skynet.start(function() skynet.call(skynet.newservice('mail'), 'lua', 'cyd') end)";
    let mail = "local skynet = require \"skynet\"\nskynet.start(function()\n\tskynet.dispatch('lua', function() {} end)\nend)\n";
    let with = |handler: &str| services(&[("main", main)], "").file("s/mail.lua", &mail.replace("{}", handler));
    let told = found(&with(""));
    assert!(told.contains("  mail forgot to answer: its handler ./mail.lua:3 returned\n"), "{told}");
    assert!(told.contains("  the service `main` did not start: it waits for something that never happens"), "{told}");
    silent(&with("skynet.retpack(true)"));
}

/// Each run of a function has its own variables, even if they have one name.
#[test]
fn variables_of_several_coroutines_are_not_one() {
    let main = r#"
skynet.start(function()
	for _ = 1, 4 do
		local a = skynet.newservice("agent")
		skynet.fork(function()
			for _ = 1, 3 do if not pcall(skynet.call, a, "lua", "work") then break end end
		end)
		skynet.fork(function() skynet.sleep(math.random(1, 40)) skynet.send(a, "lua", "leave") end)
	end
end)
"#;
    let agent = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command)
		if command == "leave" then return skynet.exit() end
		skynet.sleep(math.random(1, 5))
		skynet.retpack(true)
	end)
end)
"#;
    silent(&services(&[("main", main)], "detect = [\"check_then_act\"]\n---\n").file("s/agent.lua", agent));
}
