//! `skysim conform`: what it asks for, and a scenario on the real binary where there is one.

use crate::support::Test;

/// Talks, counts and dies.
const COUNTER: &str = r#"
local skynet = require "skynet"
local count = 0
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		count = count + 1
		if command == "fail" then
			error("as it was told")
		end
		skynet.error("count is", count, math.random(1000))
		print("printed", count)
		skynet.retpack(count, skynet.self(), math.random(1000), skynet.time(), { command, ... })
	end)
end)
"#;

const SCENARIO: &str = r#"
schema = 1
[node]
luaservice = "./?.lua"
[[service]]
name = "counter"
file = "counter"
[[event]]
every = "100ms"
times = 3
call = { to = "counter", args = ["a\nb", 1.5, [1, 2], { x = true }] }
[[event]]
at = "350ms"
call = { to = "counter", args = ["fail"] }
[[event]]
at = "400ms"
kill = "counter"
restart_after = "200ms"
[[event]]
at = "500ms"
call = { to = "counter", args = ["nobody"] }
[[event]]
at = "800ms"
call = { to = "counter", args = ["somebody"] }
[[event]]
when = { service = "counter", nth = 2 }
pause = "counter"
[expect]
errors = ["as it was told"]
"#;

#[test]
fn without_a_real_skynet() {
    let test = Test::new().echo("s", "");
    let missing = test.run(&["conform", "s"]);
    let test = Test::new().echo("s", "").variable("SKYNET_HOME", ".");
    let empty = test.run(&["conform", "s"]);
    assert_eq!((missing.status, empty.status), (2, 2));
    assert!(missing.stderr.contains("SKYNET_HOME is not set"), "{}", missing.stderr);
    assert!(empty.stderr.contains("no built Skynet"), "{}", empty.stderr);
    for ran in [missing, empty] {
        assert!(ran.stderr.contains("set SKYNET_HOME to the folder of a built Skynet"), "{}", ran.stderr);
    }
}

#[test]
fn another_lua() {
    let test = Test::new().echo("s", "").file("real/skynet", "LuaVersion: Lua 5.1").variable("SKYNET_HOME", "real");
    let ran = test.run(&["conform", "s"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("has another Lua in it"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_played_is_said() {
    let mark = format!("LuaVersion: Lua {}", skysim::lua::LUA_VERSION);
    let test = Test::new()
        .echo("forever", "[[event]]\nevery = \"1s\"\nlog = \"x\"\n")
        .echo("long", "until = \"1d\"\n[[event]]\nevery = \"1h\"\nlog = \"x\"\n")
        .echo("danger", "[[event]]\nat = \"1s\"\nwrite = { path = \"/etc/hosts\", text = \"\" }\n")
        .file("real/skynet", &mark)
        .variable("SKYNET_HOME", "real");
    test.write("long/scenario.toml", "schema = 1\nuntil = \"24h\"\n[[event]]\nevery = \"1h\"\nlog = \"x\"\n");
    let ran = test.run(&["conform", "forever", "long", "danger"]);
    assert_eq!(ran.status, 2);
    for reason in ["forever: its timeline never ends", "long: it lasts 86400 s", "danger: it writes `/etc/hosts`"] {
        assert!(ran.stdout.contains(&format!("not playable  {reason}")), "{}", ran.transcript());
    }
}

#[test]
fn a_dialect_is_passed_over() {
    let mark = format!("LuaVersion: Lua {}", skysim::lua::LUA_VERSION);
    let test = Test::new().file("s/scenario.toml", "schema = 1\ndialect = \"tutorial\"\n");
    let test = test.file("real/skynet", &mark).variable("SKYNET_HOME", "real");
    let ran = test.run(&["conform", "s"]);
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.starts_with("not meant  s: ") && ran.stdout.contains("1 not meant"), "{}", ran.transcript());
}

/// Needs the real binary.
#[test]
fn a_scenario_is_the_same_on_the_real_binary() {
    let Some(home) = std::env::var("SKYNET_HOME").ok().filter(|home| !home.is_empty()) else {
        eprintln!("skipped: SKYNET_HOME is not set");
        return;
    };
    let test =
        Test::new().file("s/counter.lua", COUNTER).file("s/scenario.toml", SCENARIO).variable("SKYNET_HOME", &home);
    let ran = test.run(&["conform", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(ran.stdout.starts_with("equal  s: 7 replies, "), "{}", ran.transcript());
    assert!(ran.stdout.contains("without 1 `when`") || ran.stdout.contains("without 1 pause"), "{}", ran.transcript());
}

/// Asks a database and a cache, which real Skynet lacks.
const KEEPER: &str = r#"
local skynet = require "skynet"
local redis = require "skynet.db.redis"
skynet.start(function()
	local cache = redis.connect { host = "cache" }
	skynet.dispatch("lua", function(_, _, sql, ...)
		cache:incr "asked"
		skynet.retpack(cache:get "asked", skynet.call(".sql", "lua", "query", sql, ...))
	end)
end)
"#;

const STORES: &str = r#"
schema = 1
until = "1s"
[node]
luaservice = "./?.lua"
[[service]]
name = "sql"
file = "sqlite_server"
args = ["data.db", 1, ".sql"]
[[service]]
name = "keeper"
file = "keeper"
[[event]]
at = "100ms"
call = { to = "keeper", args = ["CREATE TABLE t(a UNIQUE, b)"] }
[[event]]
at = "200ms"
call = { to = "keeper", args = ["INSERT INTO t VALUES(?, ?)", "x", 1.5] }
[[event]]
at = "300ms"
call = { to = "keeper", args = ["INSERT INTO t VALUES(?, ?)", "x", 2] }
[[event]]
at = "400ms"
kill = "sql"
restart_after = "100ms"
[[event]]
at = "700ms"
call = { to = "keeper", args = ["SELECT * FROM t"] }
[[event]]
at = "800ms"
call = { to = "keeper", args = ["SELEKT"] }
"#;

/// Needs the real binary.
#[test]
fn databases_and_caches_are_there_on_the_real_binary() {
    let Some(home) = std::env::var("SKYNET_HOME").ok().filter(|home| !home.is_empty()) else {
        eprintln!("skipped: SKYNET_HOME is not set");
        return;
    };
    let test = Test::new().file("s/keeper.lua", KEEPER).file("s/scenario.toml", STORES).variable("SKYNET_HOME", &home);
    let ran = test.run(&["conform", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    assert!(ran.stdout.starts_with("equal  s: 6 replies, "), "{}", ran.transcript());
}

/// Something that passes for a built Skynet: a script that is given the folder of the run, and the number of its run.
fn pretend(test: &Test, script: &str) {
    let head = format!(
        "#!/bin/sh\n# LuaVersion: Lua {}\ncd \"$(dirname \"$1\")\" && own=\"$(dirname \"$0\")\"\n\
         echo x >> \"$own/runs\" && run=$(wc -l < \"$own/runs\")\n",
        skysim::lua::LUA_VERSION
    );
    test.write("real/skynet", &(head + script));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(test.path("real/skynet"), mode).unwrap();
}

/// The log of a node with one service, as far as it is compared.
const LOG: &str = "cat > log <<'END'
01/01/26 00:00:00.00 [:00000002] LAUNCH snlua bootstrap
01/01/26 00:00:00.00 [:00000003] LAUNCH snlua launcher
01/01/26 00:00:00.00 [:00000004] LAUNCH snlua cdummy
01/01/26 00:00:00.00 [:00000005] LAUNCH harbor 0 4
01/01/26 00:00:00.00 [:00000006] LAUNCH snlua datacenterd
01/01/26 00:00:00.00 [:00000007] LAUNCH snlua service_mgr
01/01/26 00:00:00.00 [:00000008] LAUNCH snlua skysim_conform_driver
01/01/26 00:00:00.00 [:00000009] LAUNCH snlua echo
01/01/26 00:00:00.00 [:00000002] KILL self
END
";

fn with_call() -> Test {
    let call = "until = \"1s\"\n[[event]]\nat = \"10ms\"\ncall = { to = \"echo\", args = [\"x\"] }\n";
    let test = Test::new().echo("s", "").variable("SKYNET_HOME", "real").variable("PATH", "/usr/bin:/bin");
    let text = test.read("s/scenario.toml");
    let (schema, rest) = text.split_once('\n').unwrap();
    let (until, call) = call.split_once('\n').unwrap();
    test.write("s/scenario.toml", &format!("{schema}\n{until}\n{rest}{call}"));
    test
}

#[test]
fn a_driver_that_does_not_start_is_not_waited_for() {
    let test = with_call();
    pretend(&test, "echo '01/01/26 00:00:00.00 [:00000002] KILL self' > log; exec sleep 1000\n");
    let ran = test.run(&["conform", "s"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("the real node did not start its driver"), "{}", ran.transcript());
}

#[test]
fn real_skynet_may_differ_from_itself() {
    let (right, wrong) = ("values 0 1 -0c78", "error 0 1 -77726f6e67");
    let play = |answers: [&str; 3]| {
        let test = with_call();
        let [first, second, third] = answers;
        let choice = format!("case $run in 1) echo '{first}';; 2) echo '{second}';; *) echo '{third}';; esac");
        pretend(&test, &format!("{LOG}({choice}; echo end) > transcript\n"));
        (test.run(&["conform", "s"]), test.read("real/runs").lines().count())
    };
    let (ran, runs) = play([right, wrong, wrong]);
    assert_eq!((ran.status, runs), (0, 1), "{}", ran.transcript());
    let (ran, runs) = play([wrong, right, wrong]);
    assert_eq!((ran.status, runs), (0, 2), "{}", ran.transcript());
    let (ran, runs) = play([wrong, wrong, wrong]);
    assert_eq!((ran.status, runs), (1, 3), "{}", ran.transcript());
    assert!(ran.stdout.contains("real Skynet: error: wrong\n"), "{}", ran.transcript());
    // Neither does what skysim does, and so nothing is left that agrees.
    let (ran, _) = play([wrong, "error 0 1 -77", "error 0 1 -78"]);
    assert_eq!(ran.status, 2, "{}", ran.transcript());
    assert!(ran.stdout.contains("not playable  s: nothing comes of it in 1 s"), "{}", ran.transcript());
}
