//! Runs that go well.

use crate::support::Test;

#[test]
fn a_scenario() {
    let more = "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", args = [1, \"two\"], expect = [1, \"two\"] }\n";
    let ran = Test::new().echo("s", more).run(&["run", "s"]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!(ran.transcript());
}

#[test]
fn a_lone_service_with_everything_that_it_says() {
    let service = r#"
local skynet = require "skynet"
skynet.start(function()
	print("printed", 1)
	io.stderr:write("to stderr\n")
	skynet.error("logged", 2)
	skynet.timeout(100, function() print("later", skynet.now()) end)
end)
"#;
    let ran = Test::new().file("main.lua", service).run(&["run", "main.lua"]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!(ran.transcript());
}

#[test]
fn until_ends_it() {
    let service = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.fork(function()
		while true do
			skynet.sleep(100)
			print(skynet.now())
		end
	end)
end)
"#;
    let test = Test::new().file("main.lua", service);
    let ran = test.run(&["run", "main.lua", "--until", "3500ms"]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!(ran.transcript());
    assert!(test.run(&["run", "main.lua", "--until", "250 ticks"]).stderr.contains("\n  2.500s of virtual time"));
}

#[test]
fn a_real_week_takes_no_time() {
    let service = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.timeout(7 * 24 * 3600 * 100, function() print(os.date("!%Y-%m-%d", skynet.time() // 1)) end)
end)
"#;
    let ran = Test::new().file("main.lua", service).run(&["run", "main.lua"]);
    assert_eq!((ran.status, &*ran.stdout), (0, "2024-01-08\n"));
}

#[test]
fn the_trace_is_the_same_each_time() {
    let test = Test::new().echo("s", "");
    for file in ["a", "b"] {
        assert_eq!(test.run(&["run", "s", "--trace", file]).status, 0);
    }
    assert_eq!(test.read("a"), test.read("b"));
    assert!(test.read("a").lines().last().unwrap().contains("\"type\":\"end\",\"verdict\":\"passed\""));
}

#[test]
fn calls_that_may_wait_are_told() {
    let service = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function() skynet.wait() end)
end)
"#;
    let scenario = "schema = 1\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"mute\"\nfile = \"mute\"\n\
                    [[event]]\nat = \"1s\"\ncall = { to = \"mute\" }\n[expect]\nwaiting = \"allow\"\n";
    let ran = Test::new().file("s/scenario.toml", scenario).file("s/mute.lua", service).run(&["run", "s"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn texts_in_other_encodings() {
    let test = Test::new();
    for (name, bytes) in [
        (
            "main.lua",
            &b"local skynet = require 'skynet'\nskynet.start(function() print('\xc4\xe3\xba\xc3') end) -- \xc4"[..],
        ),
        ("config", b"-- \xc4\xe3\nstart = 'main'\nluaservice = './?.lua'\n"),
    ] {
        std::fs::write(test.path(name), bytes).unwrap();
    }
    for path in ["main.lua", "config"] {
        let ran = test.run(&["run", path]);
        assert!(ran.status == 0 && ran.stdout.starts_with('\u{fffd}'), "{}", ran.transcript());
    }
}

#[test]
fn what_comes_after_the_end_proves_nothing() {
    let scenario = "schema = 1\nuntil = \"10s\"\n[[event]]\nat = \"10s\"\nlog = \"in time\"\n\
                    [[event]]\nat = \"11s\"\nlog = \"late\"\n";
    let test = Test::new().file("s/scenario.toml", scenario);
    let ran = test.run(&["run", "s"]);
    assert!(
        ran.status == 5 && ran.stderr.contains("event 2 of the timeline is for 11.000s, and the run ends at 10.000s"),
        "{}",
        ran.transcript()
    );
    assert_eq!(test.run(&["run", "s", "--until", "5s"]).status, 0, "whoever cuts a run short knows");
    assert_eq!(test.run(&["run", "s", "--until", "12s"]).status, 0);
}

/// A checkout as it lies on disk, its binary named like itself, with a config that tells where its loader is; and the
/// same config elsewhere, where there is none.
#[test]
fn a_checkout_with_a_config() {
    let config = "thread = 1\nharbor = 0\nstart = \"main\"\nbootstrap = \"snlua bootstrap\"\n\
        luaservice = \"./service/?.lua\"\nlualoader = \"./lualib/loader.lua\"\n";
    let test = Test::new()
        .file("skynet/skynet", "the binary")
        .file("skynet/config", config)
        .file(
            "skynet/lualib/loader.lua",
            "print('a loader', ..., require('sim').event ~= nil, pcall(require, 'simulator'))\n",
        )
        .file("skynet/service/bootstrap.lua", "")
        .file("elsewhere/config", config);
    for place in ["skynet/config", "elsewhere/config"] {
        let ran = test.run(&["run", place, "--skynet", &test.path("skynet").to_string_lossy()]);
        let said = "a loader\tbootstrap\ttrue\tfalse\tmodule 'simulator' not found:";
        assert!(ran.stdout.starts_with(said), "{}", ran.transcript());
    }
}
