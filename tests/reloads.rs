//! Reloads in whole runs: each way to give new code to a service, by the timeline and by fault rules, and what is found
//! wrong about one without anybody having written a check.

use played::{actor, call, passes, scenario, service, twice};
use skysim::base::Seed;
use skysim::scenario::FaultKind;
use skysim::world::{RunReport, Verdict};

mod played;

/// A counter whose code is a file that it can read anew, and that gives its state away.
const COUNTER: &str = r#"
local skynet = require "skynet"

local function load_impl()
	skynet.cache.clear()
	return assert(loadfile("impl.lua"))()
end

local impl, state = load_impl(), { count = 0 }
local handlers = {}

function handlers.add(n)
	return impl.version, impl.add(state, n)
end

function handlers.reload()
	local ok, new = pcall(load_impl)
	if not ok then
		return false, new
	end
	impl = new
	return true, impl.version
end

function handlers.export()
	return state
end

function handlers.import(given)
	state = given
	return true
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(handlers[command](...))
	end)
end)
"#;

/// Its code, which adds so many times what it is told to.
fn implementation(version: u32) -> String {
    format!(
        "return {{ version = {version}, add = function(state, n) state.count = state.count + {version} * n return state.count end }}\n"
    )
}

const BROKEN: &str = "return {";

/// The counter with some reloads of it, and what else a scenario has.
fn counter(reloads: &str, more: &str) -> (String, Vec<(&'static str, String)>) {
    let files = vec![
        ("counter.lua", COUNTER.to_owned()),
        ("impl.lua", implementation(1)),
        ("v2.lua", implementation(2)),
        ("broken.lua", BROKEN.to_owned()),
    ];
    (service("counter") + reloads + more, files)
}

fn borrowed<'a>(files: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    files.iter().map(|(name, text)| (*name, text.as_str())).collect()
}

/// The failures of a run, each in words.
fn failures((toml, files): (String, Vec<(&'static str, String)>)) -> (RunReport, Vec<String>) {
    let (_folder, scenario) = scenario(&toml, &borrowed(&files));
    let (report, _) = twice(&scenario.expand(Seed(1)));
    let failures = report.failures.iter().map(ToString::to_string).collect();
    (report, failures)
}

fn reload(at: &str, name: &str) -> String {
    format!("[[event]]\nat = \"{at}\"\nreload = \"{name}\"\n")
}

fn add(at: &str, version: u32, count: u32) -> String {
    call(at, "counter", "[\"add\", 1]", &format!("expect = [{version}, {count}]"))
}

const NEW_FILE: &str = "write = [{ path = \"impl.lua\", from = \"v2.lua\" }]\n";

#[test]
fn a_service_reloads_itself_when_it_is_called() {
    let reloads = format!(
        "[[reload]]\nname = \"v2\"\nservice = \"counter\"\n{NEW_FILE}expect = \"done\"\n\
         [[reload]]\nname = \"broken\"\nservice = \"counter\"\nexpect = \"refused\"\n\
         write = [{{ path = \"impl.lua\", from = \"broken.lua\" }}]\n"
    );
    let more = add("1s", 1, 1) + &reload("2s", "v2") + &add("3s", 2, 3) + &reload("4s", "broken") + &add("5s", 2, 5);
    let (toml, files) = counter(&reloads, &more);
    passes(&toml, &borrowed(&files));
}

#[test]
fn a_relaunched_service_has_new_code_and_no_state() {
    for (how, count) in [("relaunch", 2), ("handover", 3)] {
        let reloads =
            format!("[[reload]]\nname = \"v2\"\nservice = \"counter\"\nhow = \"{how}\"\n{NEW_FILE}expect = \"done\"\n");
        let more = add("1s", 1, 1) + &reload("2s", "v2") + &add("3s", 2, count);
        let (toml, files) = counter(&reloads, &more);
        passes(&toml, &borrowed(&files));
    }
}

/// Without the cleared cache it would be the old code.
#[test]
fn a_restart_alone_runs_the_old_code() {
    let mut files = counter("", "").1;
    files[0].1 = COUNTER.replace("\tskynet.cache.clear()\n", "");
    let write = "[[event]]\nat = \"2s\"\nwrite = { path = \"impl.lua\", from = \"v2.lua\" }\n";
    let old = service("counter") + &add("1s", 1, 1) + write + "[[event]]\nat = \"2s\"\nrestart = \"counter\"\n";
    passes(&(old + &add("3s", 1, 1)), &borrowed(&files));
    let reloads = format!("[[reload]]\nname = \"v2\"\nservice = \"counter\"\nhow = \"relaunch\"\n{NEW_FILE}");
    let new = service("counter") + &reloads + &add("1s", 1, 1) + &reload("2s", "v2") + &add("3s", 2, 2);
    passes(&new, &borrowed(&files));
}

#[test]
fn a_service_that_does_not_start_any_more_is_gone() {
    let reloads = "[[reload]]\nname = \"broken\"\nservice = \"counter\"\nhow = \"relaunch\"\nexpect = \"refused\"\n\
                   write = [{ path = \"impl.lua\", from = \"broken.lua\" }]\n\
                   [[reload]]\nname = \"gone\"\nservice = \"counter\"\nexpect = \"refused\"\n";
    let more = add("1s", 1, 1)
        + &reload("2s", "broken")
        + &call("3s", "counter", "[\"add\", 1]", "expect_error = \"no live service\"")
        + &reload("4s", "gone")
        + "[expect]\nerrors = [\"impl.lua\"]\n";
    let (toml, files) = counter(reloads, &more);
    passes(&toml, &borrowed(&files));
}

#[test]
fn what_must_come_of_a_reload() {
    let refused = "[[reload]]\nname = \"broken\"\nservice = \"counter\"\nexpect = \"done\"\n\
                   write = [{ path = \"impl.lua\", from = \"broken.lua\" }]\n";
    let (_, found) = failures(counter(refused, &reload("1s", "broken")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("the reload `broken` of counter was refused (false, \""), "{found:?}");
    assert!(found[0].ends_with(", and must be done"), "{found:?}");
    let done = "[[reload]]\nname = \"same\"\nservice = \"counter\"\nexpect = \"refused\"\n";
    let (_, found) = failures(counter(done, &reload("1s", "same")));
    assert_eq!(found, ["the reload `same` of counter was done (true, 1), and must be refused"]);
}

#[test]
fn a_rule_reloads_at_the_moment_that_it_draws() {
    let reloads = format!("[[reload]]\nname = \"v2\"\nservice = \"counter\"\n{NEW_FILE}expect = \"done\"\n");
    let rule = "[[fault]]\nmatch = { to = \"counter\", command = \"add\", nth = 3 }\nreload = true\nwith = \"v2\"\n";
    let calls = "[[event]]\nevery = \"100ms\"\ntimes = 4\ncall = { to = \"counter\", args = [\"add\", 1] }\n";
    // The third message is on its way already.
    let more = format!("{rule}{calls}") + &add("2s", 2, 7);
    let (report, found) = failures(counter(&reloads, &more));
    assert_eq!((found, report.verdict), (vec![], Verdict::Passed));
    assert_eq!(report.faults[0].effects, 1);
    assert!(report.pinned[0].doses.contains_key(&FaultKind::Reload) && report.pinned[0].reload.is_some());
}

/// While one takes another's place, and while nobody is there, no rule does it again.
#[test]
fn many_reloads_by_rules() {
    let reloads = "[[reload]]\nname = \"hand\"\nservice = \"counter\"\nhow = \"handover\"\nexpect = \"done\"\n";
    let rule = "[[fault]]\nmatch = { to = \"counter\" }\nreload = 0.5\nwith = \"hand\"\n";
    let calls = "[[event]]\nevery = \"100ms\"\ntimes = 40\ncall = { to = \"counter\", args = [\"add\", 1] }\n";
    let (report, found) = failures(counter(reloads, &format!("{rule}{calls}")));
    assert!(report.faults[0].effects > 3, "{found:?}");
    assert!(!found.iter().any(|failure| failure.contains("must be done")), "{found:?}");
}

/// A snax service whose method counts.
const SNAX: &str = "local count = 0\nfunction response.add(n) count = count + n return count end\n\
                    function response.read() return count end\nfunction init() end\n";

/// Starts the snax service, and speaks to it.
const FRONT: &str = r#"
local snax = require "skynet.snax"
local counter
skynet.init(function()
	counter = snax.newservice "snaxcounter"
	skynet.name(".counter", counter.handle)
end)
function handlers.add(n) return counter.req.add(n) end
function handlers.read() return counter.req.read() end
"#;

fn snax(patch: &str, more: &str) -> (String, Vec<(&'static str, String)>) {
    let toml = "snax = \"./?.lua\"\n".to_owned()
        + &service("front")
        + "[[reload]]\nname = \"patch\"\nservice = \".counter\"\nhow = \"snax\"\nfile = \"patch.lua\"\nexpect = \"done\"\n"
        + &reload("2s", "patch")
        + more;
    let files =
        vec![("front.lua", actor(FRONT)), ("snaxcounter.lua", SNAX.to_owned()), ("patch.lua", patch.to_owned())];
    (toml, files)
}

#[test]
fn a_patch_of_a_snax_service_keeps_its_variables() {
    let calls = call("1s", "front", "[\"add\", 2]", "expect = [2]")
        + &call("3s", "front", "[\"add\", 2]", "expect = [22]")
        + &call("4s", "front", "[\"read\"]", "expect = [22]");
    // Without a value it is joined with the variable of the same name.
    let patch = "local count\nfunction response.add(n) count = count + 10 * n return count end\n";
    let (toml, files) = snax(patch, &calls);
    passes(&toml, &borrowed(&files));
}

#[test]
fn a_patch_with_a_variable_of_its_own_is_a_split() {
    let calls = call("1s", "front", "[\"add\", 2]", "") + &call("3s", "front", "[\"add\", 2]", "");
    let patch = "local count = 5\nfunction response.add(n) count = count + n return count end\n";
    let (_, found) = failures(snax(patch, &calls));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("old and new code each have their own `count`"), "{found:?}");
}

#[test]
fn only_a_snax_service_takes_a_patch() {
    let reloads =
        "[[reload]]\nname = \"patch\"\nservice = \"counter\"\nhow = \"snax\"\nfile = \"v2.lua\"\nexpect = \"done\"\n";
    let (_, found) = failures(counter(reloads, &reload("1s", "patch")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`counter` is no snax service: only one that snaxd runs"), "{found:?}");
}

#[test]
fn an_injected_patch_with_a_variable_of_its_own_is_a_split() {
    let reloads =
        "[[reload]]\nname = \"fix\"\nservice = \"quota\"\nhow = \"inject\"\nfile = \"fix.lua\"\nexpect = \"done\"\n";
    let quota = "local used = {}\nfunction handlers.take(who) used[who] = (used[who] or 0) + 1 return used[who] end\n\
                 function handlers.read(who) return used[who] end\n";
    let take = |at| call(at, "quota", "[\"take\", \"ann\"]", "");
    let toml = service("quota") + reloads + &take("1s") + &reload("2s", "fix") + &take("3s");
    let fix = |first: &str| {
        format!(
            "local used = {first}\nlocal handlers = _P.lua.handlers\n\
             function handlers.take(who) used[who] = (used[who] or 0) + 2 return used[who] end\n"
        )
    };
    let files = |fix: String| vec![("quota.lua", actor(quota)), ("fix.lua", fix)];
    let (_, found) = failures((toml.clone(), files(fix("{}"))));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("old and new code each have their own `used`"), "{found:?}");
    assert!(found[0].contains("fix.lua:3"), "{found:?}");
    passes(&toml, &borrowed(&files(fix("select(2, debug.getupvalue(_P.lua.handlers.take, 1))"))));
}

/// The same handler answers for the old code and for the new one.
#[test]
fn a_reload_that_answers_twice_fails_though_the_error_is_caught() {
    let reloads = "[[reload]]\nname = \"same\"\nservice = \"counter\"\n";
    let again = "\timpl = new\n\timpl.add = function() skynet.retpack(0) pcall(skynet.retpack, 1) end\n";
    let (toml, mut files) = counter(reloads, &(reload("1s", "same") + &call("2s", "counter", "[\"add\", 1]", "")));
    files[0].1 = COUNTER.replace("\timpl = new\n", again).replace(
        "\t\tskynet.retpack(handlers[command](...))\n",
        "\t\tlocal answer = table.pack(handlers[command](...))\n\t\tif answer[2] then skynet.retpack(table.unpack(answer)) end\n",
    );
    let (_, found) = failures((toml, files));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("counter answers a request a second time"), "{found:?}");
}

/// Whoever waits inside of the service when it is relaunched gets no answer.
#[test]
fn a_relaunch_that_loses_a_request() {
    let reloads = "[[reload]]\nname = \"anew\"\nservice = \"counter\"\nhow = \"relaunch\"\n";
    let ask = "function handlers.ask(...) return skynet.call(\".counter\", \"lua\", ...) end\n";
    let (toml, mut files) = counter(reloads, "");
    let toml = toml
        + &service("client")
        + "[[event]]\nat = \"1s\"\ncall = { to = \"client\", args = [\"ask\", \"add\", 1] }\n"
        + &reload("1100ms", "anew");
    files[0].1 =
        COUNTER.replace("\treturn impl.version, impl", "\tskynet.sleep(50)\n\treturn impl.version, impl").replace(
            "skynet.start(function()\n",
            "require \"skynet.manager\"\nskynet.start(function()\n\tskynet.register \".counter\"\n",
        );
    files.push(("client.lua", actor(ask)));
    let (_, found) = failures((toml, files));
    assert!(found.iter().any(|failure| failure.contains("client") && failure.contains("counter")), "{found:?}");
}

/// Each answer begins with the version; a relaunch forgets which one was in use.
#[test]
fn a_version_that_goes_back() {
    let reloads = format!(
        "[[reload]]\nname = \"v2\"\nservice = \"counter\"\n{NEW_FILE}\
         [[reload]]\nname = \"old\"\nservice = \"counter\"\nBACKwrite = [{{ path = \"impl.lua\", from = \"v1.lua\" }}]\n"
    );
    let adds = "[[event]]\nevery = \"200ms\"\ntimes = 20\ncall = { to = \"counter\", args = [\"add\", 1] }\n";
    let more = adds.to_owned() + &reload("1100ms", "v2") + &reload("2100ms", "old");
    let versions = |places: &str| format!("[expect]\nversions = [{places}]\n");
    let test = |back: &str, places: &str| {
        let (toml, mut files) = counter(&reloads.replace("BACK", back), &(more.clone() + &versions(places)));
        files.push(("v1.lua", implementation(1)));
        failures((toml, files)).1
    };
    let found = test("", "\"reply counter.add[1]\"");
    assert_eq!(found.len(), 1, "{found:?}");
    let start = "the check `no version goes back` failed: `reply counter.add[1]` was 2 at ";
    assert!(found[0].starts_with(start) && found[0].contains(", and 1 at 2."), "{found:?}");
    let found = test("", "\"state counter.impl.version\"");
    assert!(found[0].contains("`state counter.impl.version` was 2 at "), "{found:?}");
    // Whoever says that it leads back may.
    assert!(test("back = true\n", "\"reply counter.*[1]\", \"state counter.impl.version\"").is_empty());
}

#[test]
fn a_swarm_draws_reloads() {
    let reloads = format!(
        "[[reload]]\nname = \"v2\"\nservice = \"counter\"\n{NEW_FILE}[[reload]]\nname = \"same\"\nservice = \"counter\"\n"
    );
    let (toml, files) = counter(&reloads, "[swarm]\nkinds = [\"reload\"]\n");
    let (_folder, scenario) = scenario(&toml, &borrowed(&files));
    let drawn: Vec<Vec<String>> =
        (0..64).map(|seed| scenario.expand(Seed(seed)).faults.into_iter().map(|rule| rule.name).collect()).collect();
    for wanted in [&[][..], &["swarm-reload-v2"], &["swarm-reload-same"], &["swarm-reload-v2", "swarm-reload-same"]] {
        assert!(drawn.iter().any(|names| names == wanted), "{wanted:?}");
    }
}
