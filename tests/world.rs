//! The shipped scenarios, played to their end by the library as a user's program would.

use std::path::Path;
use std::sync::Arc;

use said::Said;
use skysim::base::{Seed, Span, VirtualTime};
use skysim::lua::coverage::{Coverage, Covering};
use skysim::report::page::{Known, Recording};
use skysim::scenario::{Plan, Scenario};
use skysim::schedule::PORTFOLIO;
use skysim::trace::{Digest, Tracer};
use skysim::world::{
    Checking, Failure, HostFiles, Monitor, Progress, RunReport, TrailKeeping, Verdict, World, WorldOptions, single,
};

mod said;

fn shipped(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"))
}

fn run_with(plan: &Plan, change: impl FnOnce(&mut WorldOptions)) -> (RunReport, Vec<String>) {
    let said = Said::default();
    let mut options = WorldOptions::new(Box::new(said.clone()));
    options.tracer = Tracer::digest_only();
    change(&mut options);
    let report = World::new(plan, options).unwrap_or_else(|error| panic!("{error}")).run();
    let said = String::from_utf8_lossy(&said.take()).lines().map(str::to_owned).collect();
    (report, said)
}

fn run(plan: &Plan) -> (RunReport, Vec<String>) {
    run_with(plan, |_| {})
}

#[test]
fn shipped_scenarios_pass_under_all_schedules() {
    for name in ["chat_room", "chat_room_flood", "chat_room_reload", "structured_service"] {
        let scenario = shipped(name);
        for (seed, schedule) in (7..).zip(PORTFOLIO) {
            // Its 12,000 messages take longer than the scenario when they take random time.
            if name == "chat_room_flood" && schedule != "skynet" {
                continue;
            }
            let mut plan = scenario.expand(Seed(seed));
            schedule.clone_into(&mut plan.schedule);
            let (report, said) = run(&plan);
            let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
            assert_eq!(
                (report.verdict, failures),
                (Verdict::Passed, vec![]),
                "{name} {schedule} {seed}:\n{}",
                said.join("\n")
            );
            assert!(report.snapshots.values().all(|text| text.contains("variables")), "{name}: {:?}", report.snapshots);
        }
    }
}

#[test]
fn a_watched_run_is_the_same_run() {
    for name in ["chat_room_reload", "structured_service"] {
        let plan = shipped(name).expand(Seed(3));
        let (watched, _) = run_with(&plan, |options| options.trail = TrailKeeping::On);
        let (unwatched, _) = run_with(&plan, |options| options.checks = Checking::Off);
        assert!(watched.checks > 100 && unwatched.checks == 0);
        assert_ne!(watched.digest, Digest::default());
        assert_eq!(watched.digest, unwatched.digest, "{name}");
        assert_eq!(watched.snapshots, unwatched.snapshots, "{name}");
    }
}

#[test]
fn a_run_that_becomes_a_page_is_the_same_run() {
    let mut plan = shipped("task_queue").expand(Seed(3));
    plan.until = Some(VirtualTime::ZERO + Span::from_millis(40_000));
    let source = std::fs::read(plan.resolve("monitor.lua")).expect("its monitor");
    let mut monitor = Monitor::new("monitor.lua", &source).unwrap_or_else(|error| panic!("{error}"));
    let mut options = WorldOptions::new(Box::new(Said::default()));
    options.tracer = Tracer::digest_only();
    options.trail = TrailKeeping::On;
    let mut world = World::new(&plan, options).unwrap_or_else(|error| panic!("{error}"));
    let mut recording = Recording::default();
    let mut progress = Progress::Going;
    while progress == Progress::Going {
        progress = world.step();
        recording.follow(&mut world, Some(&mut monitor), Span::from_millis(500));
        if world.events().0.is_multiple_of(100) {
            let _state = world.state_of("tasks");
        }
    }
    let told = recording.since(Known::default());
    assert_eq!(told["complaint"], serde_json::Value::Null);
    assert!(told["samples"].as_array().is_some_and(|samples| samples.len() > 50));
    let (watched, (unwatched, _)) = (world.report(), run(&plan));
    assert_eq!((watched.digest, &watched.snapshots), (unwatched.digest, &unwatched.snapshots));
    assert_eq!((watched.verdict, watched.checks), (unwatched.verdict, unwatched.checks));
}

/// It has hooks of its own, in coroutines too, and tells all that a program can know of them.
const HOOKED: &str = r##"
local skynet = require "skynet"
local function work(n)
	local sum = 0
	for i = 1, n do
		if i % 2 == 0 then sum = sum + i end
	end
	return sum
end
local function show(...) print(select("#", ...), ...) end
skynet.start(function()
	show(debug.gethook())
	for _, mask in ipairs { "l", "c", "r", "crl" } do
		local seen = {}
		local function hook(event, line) seen[#seen + 1] = event .. (line or "") end
		debug.sethook(hook, mask, 3)
		work(3)
		show(select(2, debug.gethook()))
		debug.sethook()
		local thread = coroutine.create(function() work(2) coroutine.yield() work(1) end)
		coroutine.resume(thread)
		debug.sethook(thread, hook, mask)
		coroutine.resume(thread)
		print(table.concat(seen, " "))
	end
	print(collectgarbage "count", tostring({}), load("return 1 + 1", "@text.lua")())
	print(pcall(string.dump(work) == string.dump(work) and error or print, "the end"))
	skynet.fork(function() skynet.sleep(5) print(work(1000)) skynet.exit() end)
end)
"##;

#[test]
fn a_covered_or_counted_run_is_the_same_run() {
    let toml = "schema = 1\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"hooked\"\nfile = \"hooked\"\n";
    let (_folder, hooked) = scenario(toml, &[("hooked.lua", HOOKED)]);
    let mut plans = vec![hooked];
    plans.extend(["chat_room_reload", "structured_service"].map(|name| shipped(name).expand(Seed(3))));
    for plan in &plans {
        let (uncounted, said_uncounted) = run(plan);
        for metered in [None, Some(1)] {
            let (plain, said) = run_with(plan, |options| options.metered_event = metered);
            // Counting, too, is nothing that a service sees: its hooks are its own.
            assert_eq!((&said, plain.digest), (&said_uncounted, uncounted.digest), "metered: {metered:?}");
            let coverage = Arc::new(Coverage::default());
            // Twice: first everything is new, then some of it is known.
            for number in [1, 2] {
                let covering = Covering { coverage: Arc::clone(&coverage), run: number };
                let (covered, told) = run_with(plan, |options| {
                    (options.metered_event, options.coverage) = (metered, Some(covering));
                });
                assert_eq!(said, told);
                assert_eq!((plain.digest, plain.events), (covered.digest, covered.events), "{}", said.join("\n"));
            }
            let reached = coverage.reached();
            assert!(reached.iter().any(|function| function.called == Some(1)), "{reached:?}");
            assert!(reached.iter().all(|function| function.called != Some(2)), "{reached:?}");
        }
    }
}

#[test]
fn a_pinned_plan_needs_no_draws() {
    let plan = shipped("structured_service").expand(Seed(5));
    let (drawn, _) = run(&plan);
    let pinned = drawn.pin(&plan);
    let (again, _) = run(&pinned);
    assert_eq!(drawn.digest, again.digest);
    assert_eq!(drawn.faults, again.faults);
}

/// A folder with a scenario and its services.
fn scenario(toml: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Plan) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    std::fs::write(folder.path().join("scenario.toml"), toml).expect("a file");
    let scenario = Scenario::read(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let plan = scenario.expand(scenario.seed());
    (folder, plan)
}

const COUNTER: &str = r#"
local skynet = require "skynet"
local count = 0
local handlers = {}
function handlers.add(n) count = count + n return count end
function handlers.hang() return skynet.call("NOBODY", "lua") end
function handlers.boom() error "boom" end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(handlers[command](...))
	end)
end)
"#;

const HEAD: &str =
    "schema = 1\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"counter\"\nfile = \"counter\"\n";

#[test]
fn a_violated_check_ends_the_run_and_says_when() {
    let toml = format!(
        "{HEAD}[[event]]\nevery = \"1s\"\ntimes = 9\nsend = {{ to = \"counter\", args = [\"add\", 1] }}\n\
         [[check]]\nalways = \"small.lua\"\n"
    );
    let check =
        "return function(world) local n = world.services.counter.state.count return n < 3, 'count is ' .. n end";
    let (_folder, plan) = scenario(&toml, &[("counter.lua", COUNTER), ("small.lua", check)]);
    let (report, _) = run_with(&plan, |options| options.trail = TrailKeeping::On);
    let [Failure::Check { name, reason, services, at, event }] = report.failures.as_slice() else {
        panic!("{:?}", report.failures)
    };
    assert_eq!((name.as_str(), reason.as_str()), ("small.lua", "count is 3"));
    assert_eq!(services, &["counter"]);
    assert!(*at >= VirtualTime::from_nanos(3_000_000_000) && *at < VirtualTime::from_nanos(3_200_000_000), "{at}");
    let chain = report.chain(*event);
    assert_eq!(chain.last().map(|last| last.what.as_str()), Some(r#""add", 1"#));
    assert_eq!(chain.first().map(|first| first.from.as_str()), Some("scenario"));
}

#[test]
fn hangs_name_who_waits_for_whom() {
    let toml = format!("{HEAD}[[event]]\nat = \"1s\"\ncall = {{ to = \"counter\", args = [\"hang\"] }}\n");
    let (_folder, plan) = scenario(&toml, &[("counter.lua", COUNTER)]);
    let (report, _) = run(&plan);
    let [Failure::Hang { calls }] = report.failures.as_slice() else { panic!("{:?}", report.failures) };
    let waiting: Vec<_> = calls.iter().map(|call| (call.who.as_str(), call.for_whom.as_str())).collect();
    assert_eq!(waiting, [("counter", "NOBODY"), ("driver", "counter")], "oldest first, then by address");
    assert!(calls[0].what.contains("counter.lua:6"), "{}", calls[0].what);
}

#[test]
fn errors_and_injected_code() {
    let toml = format!(
        "{HEAD}[[event]]\nat = \"1s\"\ncall = {{ to = \"counter\", args = [\"boom\"], expect_error = \"call failed\" }}\n\
         [[event]]\nat = \"2s\"\ninject = {{ to = \"counter\", file = \"more.lua\", args = [\"x\"] }}\n\
         [[event]]\nat = \"3s\"\ncall = {{ to = \"counter\", args = [\"double\", 4], expect = [\"x8\"] }}\n\
         [expect]\nerrors = [\"boom\"]\n"
    );
    let more = "local prefix = ... _P.lua.handlers.double = function(n) return prefix .. n * 2 end";
    let (_folder, plan) = scenario(&toml, &[("counter.lua", COUNTER), ("more.lua", more)]);
    let (report, said) = run(&plan);
    assert_eq!(report.verdict, Verdict::Passed, "{:?}\n{}", report.failures, said.join("\n"));
}

#[test]
fn a_service_that_does_not_load_says_why() {
    let (_folder, plan) = scenario(HEAD, &[("counter.lua", "local = 1")]);
    let (report, _) = run(&plan);
    let launch = report.failures.iter().find(|failure| matches!(failure, Failure::Launch { .. }));
    let text = launch.map(ToString::to_string).unwrap_or_default();
    assert!(text.contains("counter.lua:1: <name> expected near '='"), "{text}");
}

#[test]
fn a_lone_file_is_a_main_service() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("hello.lua");
    let text = "local skynet = require 'skynet' skynet.start(function() print('hello from', SERVICE_NAME) end)";
    std::fs::write(&file, text).expect("a file");
    let (report, said) = run(&single(&file).expect("a plan"));
    assert_eq!(report.verdict, Verdict::Passed, "{:?}", report.failures);
    assert!(said.contains(&"hello from\thello".to_owned()), "{said:?}");
}

/// What a run that was suspected has read is what its repetition reads, whatever the host does meanwhile.
#[test]
fn a_metered_repetition_reads_the_same_files() {
    let reader = r#"
local skynet = require "skynet"
local words = {}
skynet.start(function()
	skynet.dispatch("lua", function()
		words[#words + 1] = io.open("word.txt"):read "a" .. require "word" .. loadfile "more.lua" ()
		print(table.concat(words, " "))
		skynet.ret()
	end)
end)
"#;
    let toml = "schema = 1\n[node]\nluaservice = \"./?.lua\"\nlua_path = \"./?.lua\"\n[[service]]\nname = \"reader\"\n\
                file = \"reader\"\n[[event]]\ntimes = 3\nevery = \"1s\"\ncall = { to = \"reader\" }\n\
                [[check]]\nname = \"check\"\nalways = \"check.lua\"\n";
    let word = |word: &str| format!("return '{word}'");
    let check = "return function() return true end";
    let files = [("reader.lua", reader), ("word.txt", "old"), ("check.lua", check)];
    let (folder, plan) = scenario(toml, &files);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("word.lua", &word("old"));
    write("more.lua", &word("old"));
    let host = HostFiles::default();
    let play = |host: &HostFiles, metered_event| {
        run_with(&plan, |options| {
            options.host = host.clone();
            options.metered_event = metered_event;
        })
    };
    let (first, said) = play(&host, None);
    assert_eq!(first.verdict, Verdict::Passed, "{:?}\n{}", first.failures, said.join("\n"));
    for (name, text) in [("word.txt", "new"), ("word.lua", &word("new")), ("more.lua", &word("new"))] {
        write(name, text);
    }
    write("check.lua", "return function() return false, 'changed' end");
    std::fs::remove_file(folder.path().join("reader.lua")).expect("it is there");
    let (again, said_again) = play(&host, Some(40));
    assert_eq!((again.verdict, again.digest), (first.verdict, first.digest), "{:?}", again.failures);
    assert_eq!(said_again, said);
    let (other, _) = play(&HostFiles::default(), Some(40));
    assert_ne!(other.digest, first.digest, "the test has changed nothing that a run reads");
}

#[test]
fn nothing_of_the_host_is_in_reach() {
    let probe = r#"
local skynet = require "skynet"
skynet.start(function()
	assert(not io.open "/etc/passwd" and not io.open "../outside.txt" and io.open "inside.txt")
	assert(not os.getenv "PATH")
	require "skynet.manager"
	skynet.abort()
end)
"#;
    let toml = "schema = 1\n[node]\nstart = \"probe\"\nluaservice = \"./?.lua\"\n";
    let (folder, mut plan) =
        scenario(toml, &[("in/probe.lua", probe), ("in/inside.txt", "x"), ("outside.txt", "secret")]);
    plan.folder = folder.path().join("in");
    let (report, said) = run(&plan);
    assert_eq!(report.verdict, Verdict::Passed, "{:?}\n{}", report.failures, said.join("\n"));
}
