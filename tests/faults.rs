//! Faults in whole runs: what services see of them, that a run says what it drew, and that the plan made of
//! that does the same again.

use played::{actor, call, passes, scenario, service, twice};
use skysim::base::Seed;
use skysim::world::Verdict;

mod played;

const COUNT: &str = "local count = 0\nfunction handlers.add() count = count + 1 return count end\n";

#[test]
fn a_service_is_killed_at_its_third_message_and_comes_back() {
    let mut toml = service("counter");
    for (at, expect) in
        [("1s", "expect = [1]"), ("2s", "expect = [2]"), ("3s", "expect_error = \"\""), ("4s", "expect = [1]")]
    {
        toml += &call(at, "counter", "[\"add\"]", expect);
    }
    let fault = "[[fault]]\nmatch = { to = \"counter\", command = \"add\", nth = 3 }\n";
    for end in ["kill", "crash"] {
        let toml = format!("{toml}{fault}{end} = true\nrestart_after = [\"10ms\", \"200ms\"]\n");
        let said = passes(&toml, &[("counter.lua", &actor(COUNT))]);
        assert!(said.contains("KILL"), "{said}");
    }
    // It leaves only after it has handled the message.
    let toml = toml.replace("expect_error = \"\"", "expect = [3]");
    passes(&format!("{toml}{fault}exit = true\nrestart_after = \"50ms\"\n"), &[("counter.lua", &actor(COUNT))]);
}

#[test]
fn a_pause_and_a_slow_handler_take_time() {
    let now = "function handlers.now() return skynet.now() end\n";
    for (effect, after) in [("pause = \"300ms\"", 130), ("slow = \"400ms\"", 100)] {
        let toml = service("clock")
            + &call("1s", "clock", "[\"now\"]", &format!("expect = [{after}]"))
            + &format!("[[fault]]\nmatch = {{ to = \"clock\", command = \"now\" }}\n{effect}\n");
        let (_folder, scenario) = scenario(&toml, &[("clock.lua", &actor(now))]);
        let (report, said) = twice(&scenario.expand(Seed(1)));
        assert_eq!((report.verdict, report.faults[0].effects), (Verdict::Passed, 1), "{said}{:?}", report.failures);
        assert!(report.end.as_nanos() >= 1_300_000_000, "{effect}: {}", report.end);
    }
}

#[test]
fn a_message_overtakes_others_of_its_mailbox() {
    let sender = actor("function handlers.go() for i = 1, 5 do skynet.send(\".sink\", \"lua\", \"got\", i) end end\n");
    let sink = "skynet.register \".sink\"\nlocal order = {}\nfunction handlers.got(i) order[#order + 1] = i end\n\
                function handlers.order() return table.concat(order, \" \") end\n";
    let toml = service("sender")
        + &service("sink")
        + &call("1s", "sender", "[\"go\"]", "expect = []")
        + &call("2s", "sink", "[\"order\"]", "expect = [\"1 2 5 3 4\"]")
        + "[[fault]]\nmatch = { from = \"sender\", to = \"sink\", nth = 5 }\nreorder = 2\n";
    passes(&toml, &[("sender.lua", &sender), ("sink.lua", &actor(sink))]);
}

#[test]
fn the_budget_holds_and_the_quiet_phase_heals() {
    let mut toml = String::new();
    for name in ["a", "b", "c", "d"] {
        toml += &format!("[[service]]\nname = \"{name}\"\nfile = \"counter\"\n");
        toml += &format!("[[event]]\nevery = \"100ms\"\ntimes = 40\nsend = {{ to = \"{name}\", args = [\"add\"] }}\n");
    }
    toml += "[[fault]]\nkill = 0.3\n[[fault]]\nname = \"stop\"\nprobability = 0.5\npause = \"10m\"\noptional = true\n";
    let toml = toml.replace(
        "[[fault]]\nkill = 0.3",
        "[[fault]]\nname = \"kill\"\nprobability = 0.3\nkill = true\noptional = true",
    );
    let budget = "[budget]\ndown = 2\nkeep = [\"a\"]\nquiet_after = \"2s\"\n";
    let always = "return function(world) local down = 0 for name, s in pairs(world.services) do \
                  if not s.alive and (name == 'b' or name == 'c' or name == 'd') then down = down + 1 end end \
                  return world.services.a.alive and down <= 2, down .. ' are down' end";
    let back = "return function(world) for _, name in ipairs { 'a', 'b', 'c', 'd' } do \
                local s = world.services[name] if not s.alive or s.mailbox > 1 then return false, name end end \
                return world.now < 1.5 or world.services.b.state.count ~= nil end";
    let checks = "[[check]]\nalways = \"always.lua\"\n[[check]]\neventually = \"back.lua\"\nwithin = \"100ms\"\n";
    let files = [("counter.lua", &*actor(COUNT)), ("always.lua", always), ("back.lua", back)];
    let (_folder, scenario) = scenario(&format!("{toml}{budget}{checks}"), &files);
    for seed in 0..8 {
        let (report, said) = twice(&scenario.expand(Seed(seed)));
        assert_eq!(report.verdict, Verdict::Passed, "{said}{:?}", report.failures);
        let effects: u64 = report.faults.iter().map(|count| count.effects).sum();
        assert_eq!(effects, 2, "two are down until the quiet phase begins");
    }
}

#[test]
fn a_crash_loses_what_was_not_flushed() {
    let writer = "local f\nfunction handlers.write(text, flush) f = f or io.open(\"log\", \"a\") f:write(text) \
                  if flush then f:flush() end end\n\
                  function handlers.read() local f <close> = io.open(\"log\") return f and f:read(\"a\") end\n";
    let toml = service("writer")
        + &call("1s", "writer", "[\"write\", \"safe,\", true]", "expect = []")
        + &call("2s", "writer", "[\"write\", \"lost\"]", "expect = []")
        + &call("3s", "writer", "[\"write\", \"never\"]", "expect_error = \"\"");
    let fault = "[[fault]]\nmatch = { to = \"writer\", command = \"write\", nth = 3 }\nrestart_after = \"1ms\"\n";
    for (how, text) in [
        ("crash = true", "\"safe,\""),
        ("crash = true\ntorn = 2", "\"safe,lo\""),
        ("kill = true", "\"safe,lost\""),
        ("kill = true\nrestart = \"clean\"", "{ nil = true }"),
    ] {
        let read = call("4s", "writer", "[\"read\"]", &format!("expect = [{text}]"));
        passes(&format!("{toml}{read}{fault}{how}\n"), &[("writer.lua", &actor(writer))]);
    }
}

#[test]
fn names_of_files_stay_if_that_fails() {
    let handlers = "local lfs = require \"lfs\"\n\
                    local function told(ok, why, code) return ok and \"done\" or why .. \" \" .. code end\n\
                    function handlers.go() io.open(\"a\", \"w\"):close()\n\
                    local first, again = told(os.rename(\"a\", \"b\")), told(os.rename(\"a\", \"b\"))\n\
                    return first, again, told(os.remove \"b\"), io.open \"b\" ~= nil, told(lfs.mkdir \"sub\"), lfs.attributes \"sub\" == nil end\n";
    let expect =
        "[\"Input/output error 5\", \"done\", \"b: Input/output error 5\", true, \"Input/output error 5\", true]";
    let toml = service("disk")
        + &call("1s", "disk", "[\"go\"]", &format!("expect = {expect}"))
        + "[[fault]]\nmatch = { path = \"b\" }\nprobability = { nth = [1, 3] }\nfile_error = true\n"
        + "[[fault]]\nmatch = { path = \"sub\" }\nfile_error = true\n";
    passes(&toml, &[("disk.lua", &actor(handlers))]);
}

#[test]
fn files_fail_as_the_c_library_says() {
    let handlers = "function handlers.write() local f, why, code = io.open(\"out\", \"w\")\n\
                    if not f then return false, why, code end\n\
                    local ok, why, code = f:write(\"12345678\") f:close()\n\
                    local f <close> = io.open(\"out\") return ok and true, why, code, f:read(\"a\") end\n";
    for (effect, expect) in [
        ("match = { path = \"out\", nth = 1 }\nfile_error = true", "[false, \"out: Input/output error\", 5]"),
        ("match = { to = \"disk\" }\ndisk_full = true", "[{ nil = true }, \"No space left on device\", 28, \"\"]"),
        ("match = { path = \"o*\" }\nshort_write = 3", "[{ nil = true }, \"No space left on device\", 28, \"123\"]"),
        (
            "match = { path = \"other\" }\noptional = true\ndisk_full = true",
            "[true, { nil = true }, { nil = true }, \"12345678\"]",
        ),
        ("slow_disk = [\"1ms\", \"9ms\"]", "[true, { nil = true }, { nil = true }, \"12345678\"]"),
    ] {
        let toml = service("disk")
            + &call("1s", "disk", "[\"write\"]", &format!("expect = {expect}"))
            + &format!("[[fault]]\n{effect}\n");
        passes(&toml, &[("disk.lua", &actor(handlers))]);
    }
}

#[test]
fn a_slow_processor_takes_time_for_each_instruction() {
    let handlers = "function handlers.work(n) local x = 0 for i = 1, n do x = x + i end end\n\
                    function handlers.since(ticks) return skynet.now() - ticks end\n";
    let slow = |cost: &str, ticks: u32| {
        let toml = service("worker")
            + &call("1s", "worker", "[\"work\", 10]", "expect = []")
            + &call("1001ms", "worker", "[\"since\", 100]", "expect = [0]")
            + &call("2s", "worker", "[\"work\", 100000]", "expect = []")
            + &call("2001ms", "worker", "[\"since\", 200]", &format!("expect = [{ticks}]"))
            + &format!("[[fault]]\nmatch = {{ to = \"worker\", command = \"work\" }}\nslow_cpu = \"{cost}\"\n");
        passes(&toml, &[("worker.lua", &actor(handlers))]);
    };
    // Two instructions for each time around.
    slow("1us", 20);
    slow("10us", 200);
}

#[test]
fn late_timers_come_at_once_and_in_order() {
    let handlers = "local seen = {}\n\
                    function handlers.go() for i = 1, 4 do skynet.timeout(i, function() \
                    seen[#seen + 1] = i .. \"@\" .. skynet.now() end) end end\n\
                    function handlers.seen() return table.concat(seen, \" \") end\n";
    let toml = service("timers")
        + &call("1s", "timers", "[\"go\"]", "expect = []")
        + &call("2s", "timers", "[\"seen\"]", "expect = [\"1@103 2@103 3@103 4@104\"]")
        + "[[fault]]\nmatch = { to = \"timers\", after = \"1s\", nth = 1 }\nlate = \"25ms\"\n";
    passes(&toml, &[("timers.lua", &actor(handlers))]);
}

#[test]
fn the_wall_clock_jumps_and_skynets_does_not() {
    let handlers = "function handlers.time() return os.time() - 1704067200, skynet.time() // 1 - 1704067200 end\n";
    for (effect, wall) in [("clock_forward = \"1h\"", 3601), ("clock_back = \"10s\"", -9)] {
        let toml = service("clock")
            + &call("1s", "clock", "[\"time\"]", &format!("expect = [{wall}, 1.0]"))
            + &format!("[[fault]]\nmatch = {{ to = \"clock\", command = \"time\" }}\n{effect}\n");
        passes(&toml, &[("clock.lua", &actor(handlers))]);
    }
}

#[test]
fn the_wall_clock_goes_wrong_and_skynets_does_not() {
    let handlers = "function handlers.time() return os.time() - 1704067200, skynet.time() // 1 - 1704067200 end\n";
    for (effect, wall) in
        [("clock_gains = \"100ms\"", 111), ("clock_loses = \"500ms\"", 51), ("clock_loses = \"2s\"", 1)]
    {
        let toml = service("clock")
            + &call("1s", "clock", "[\"time\"]", "expect = [1, 1.0]")
            + &call("101s", "clock", "[\"time\"]", &format!("expect = [{wall}, 101.0]"))
            + &format!("[[fault]]\nmatch = {{ to = \"clock\", command = \"time\", nth = 1 }}\n{effect}\n");
        passes(&toml, &[("clock.lua", &actor(handlers))]);
    }
}

#[test]
fn sessions_begin_where_the_plan_says() {
    let handlers = "function handlers.next() return skynet.genid() end\n";
    for (first, next) in [(0x6fff_fff0_u32, 0x6fff_fff0_u32..0x7000_0010), (0x7fff_fffe, 1..16)] {
        let check = format!(
            "return function(world) local n = world.history[1].result[1] return n >= {} and n < {}, n end",
            next.start, next.end
        );
        let toml = "first_session = FIRST\n".replace("FIRST", &first.to_string())
            + &service("ids")
            + &call("1s", "ids", "[\"next\"]", "")
            + "[[check]]\nat_end = \"next.lua\"\n";
        let toml = toml.replace(", }", " }").replace("], }", "] }");
        passes(&toml, &[("ids.lua", &actor(handlers)), ("next.lua", &check)]);
    }
}

#[test]
fn nobody_waits_for_a_service_that_is_killed_while_it_starts() {
    let handlers = "function handlers.start() return (pcall(skynet.newservice, \"slow\")) end\n";
    let slow = "local skynet = require \"skynet\"\nskynet.start(function() skynet.sleep(50) end)\n";
    let toml = service("starter")
        + &service("slow")
        + &call("1s", "starter", "[\"start\"]", "expect = [false]")
        + "[[event]]\nat = \"1200ms\"\nkill = \"slow*\"\n"
        + "[[event]]\nat = \"2s\"\nrestart = \"slow\"\n[[event]]\nat = \"2200ms\"\nkill = \"slow\"\n";
    passes(&toml, &[("starter.lua", &actor(handlers)), ("slow.lua", slow)]);
}

#[test]
fn a_launch_fails() {
    let handlers = "function handlers.start() return (pcall(skynet.newservice, \"other\")) end\n";
    let toml = service("parent")
        + &call("1s", "parent", "[\"start\"]", "expect = [true]")
        + &call("2s", "parent", "[\"start\"]", "expect = [false]")
        + &call("3s", "parent", "[\"start\"]", "expect = [true]")
        + "[[fault]]\nmatch = { to = \"other\", nth = 2 }\nlaunch_fails = true\n";
    passes(&toml, &[("parent.lua", &actor(handlers)), ("other.lua", &actor(""))]);
}

#[test]
fn memory_runs_out() {
    let handlers = "function handlers.fill(n) return (pcall(string.rep, \"x\", n)) end\n";
    let toml = service("glutton")
        + &call("1s", "glutton", "[\"fill\", 1000000]", "expect = [true]")
        + &call("2s", "glutton", "[\"fill\", 1000000]", "expect = [false]")
        + &call("4s", "glutton", "[\"fill\", 1000000]", "expect = [true]")
        + "[[fault]]\nmatch = { to = \"glutton\", command = \"fill\", nth = 2 }\nmemory = 512\n\
           [budget]\nquiet_after = \"3s\"\n";
    passes(&toml, &[("glutton.lua", &actor(handlers))]);
}

#[test]
fn a_call_of_a_native_function_raises_an_error() {
    let handlers = "function handlers.upper(...) local ok, text = pcall(string.upper, ...) return ok, text end\n\
                    function handlers.yield() return select(2, pcall(string.gsub, 'ab', '.', { a = 'x' })) end\n";
    let broken = "expect = [false, \"string.upper failed (a fault of the scenario)\"]";
    let toml = service("text")
        + &call("1s", "text", "[\"upper\", \"a\"]", "expect = [true, \"A\"]")
        + &call("2s", "text", "[\"upper\", \"b\"]", broken)
        + &call("3s", "text", "[\"upper\", \"c\"]", "expect = [true, \"C\"]")
        + &call("4s", "text", "[\"yield\"]", "expect = [\"xb\", 2]")
        + "[[fault]]\nmatch = { to = \"text\", call = \"string.*per\", nth = 2 }\nthrow = true\n";
    passes(&toml, &[("text.lua", &actor(handlers))]);
}

#[test]
fn a_service_is_gone_in_the_middle_of_its_handler() {
    let handlers = "local sim = require \"sim\"\n\
                    local function save(text) local f <close> = io.open(\"s.tmp\", \"w\") f:write(text) f:flush()\n\
                    os.rename(\"s.tmp\", \"s\") sim.event(\"saved\") end\n\
                    function handlers.save(text)\n\
                    local guard <close> = setmetatable({}, { __close = function() io.open(\"closed\", \"a\"):write(text):close() end })\n\
                    pcall(save, text) skynet.fork(io.open, \"after\" .. text, \"w\") return true end\n\
                    local function all(name) local f <close> = io.open(name) return f and f:read(\"a\") or \"none\" end\n\
                    function handlers.read() return all \"s\", all \"s.tmp\", all \"closed\", all \"after2\", all \"after3\" end\n";
    let send = |at: &str, text: &str| {
        format!("[[event]]\nat = \"{at}\"\nsend = {{ to = \"saver\", args = [\"save\", \"{text}\"] }}\n")
    };
    let fault = |call: &str, more: &str| {
        format!("[[fault]]\nmatch = {{ to = \"saver\", call = \"{call}\", nth = 2 }}\ncrash_in_call = true\n{more}")
    };
    let toml = service("saver")
        + &call("1s", "saver", "[\"save\", \"1\"]", "expect = [true]")
        + &send("2s", "2")
        + &call("3s", "saver", "[\"read\"]", "expect = [\"1\", \"2\", \"1\", \"none\", \"none\"]")
        + &send("4s", "3")
        + &call("5s", "saver", "[\"read\"]", "expect = [\"3\", \"none\", \"1\", \"none\", \"none\"]")
        + &fault("os.rename", "restart_after = \"10ms\"\n")
        + &fault("sim:saved", "restart_after = \"10ms\"\n");
    let said = passes(&toml, &[("saver.lua", &actor(handlers))]);
    assert!(!said.contains("traceback") && !said.contains("error"), "{said}");
}

#[test]
fn a_budget_spares_services_also_in_the_middle_of_a_handler() {
    let handlers = "function handlers.go() return os.time() > 0 end\n";
    for budget in ["down = 0", "keep = [\"a*\"]"] {
        let toml = service("asker")
            + &call("1s", "asker", "[\"go\"]", "expect = [true]")
            + "[[fault]]\nmatch = { call = \"os.time\" }\ncrash_in_call = true\noptional = true\n"
            + &format!("[budget]\n{budget}\n");
        passes(&toml, &[("asker.lua", &actor(handlers))]);
    }
}

#[test]
fn pairs_may_go_in_any_order() {
    let handlers = "function handlers.order() local t, seen = { 1, 2, 3 }, {}\n\
                    for i = 1, 20 do t[\"k\" .. i] = i end t.k7 = nil\n\
                    for k, v in pairs(t) do seen[#seen + 1] = k\n\
                    if k == \"k1\" then t.k2 = nil elseif k == \"k2\" then t.k1 = nil end end\n\
                    assert(#seen == 21, #seen) assert(seen[1] == 1 and seen[3] == 3)\n\
                    return table.concat(seen, \" \") end\n";
    let toml = |pairs: &str| {
        format!("pairs = \"{pairs}\"\n") + &service("map") + &call("1s", "map", "[\"order\"]", "expect = []").repeat(2)
    };
    let orders = |pairs: &str, seed| {
        let (_folder, scenario) = scenario(&toml(pairs), &[("map.lua", &actor(handlers))]);
        let (report, _) = twice(&scenario.expand(Seed(seed)));
        let got = report.failures.iter().map(ToString::to_string);
        got.filter_map(|text| text.split("answered with").nth(1).map(str::to_owned)).collect::<Vec<String>>()
    };
    let [first, second] = &*orders("table", 1) else { panic!("{:?}", orders("table", 1)) };
    assert_eq!(first, second);
    let [third, fourth] = &*orders("shuffled", 1) else { panic!("two calls") };
    assert_ne!(third, fourth, "each call has an order of its own");
    assert_ne!(orders("shuffled", 1), orders("shuffled", 2));
}

#[test]
fn swarms_differ_by_seed_and_repeat() {
    let client = "function handlers.go(n) for i = 1, n do pcall(skynet.call, \".counter\", \"lua\", \"add\") \
                  skynet.sleep(1) end end\n";
    let counter = format!("skynet.register \".counter\"\n{COUNT}");
    let toml = service("counter")
        + &service("client")
        + "[[event]]\nat = \"1s\"\nsend = { to = \"client\", args = [\"go\", 50] }\n\
           [swarm]\nkinds = [\"drop\", \"delay\", \"duplicate\", \"error\", \"reorder\", \"kill\", \"exit\", \"crash\",\
           \"pause\", \"slow\", \"late\", \"clock_forward\", \"sessions\", \"pairs\"]\n[expect]\nwaiting = \"allow\"\n\
           [budget]\nquiet_after = \"5s\"\n";
    let (_folder, scenario) = scenario(&toml, &[("counter.lua", &actor(&counter)), ("client.lua", &actor(client))]);
    let mut acted = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let mut plan = scenario.expand(Seed(seed));
        if seed % 2 == 1 {
            plan.schedule = "random".to_owned();
        }
        let (report, _) = twice(&plan);
        assert_ne!(report.verdict, Verdict::Vacuous, "a swarm may be idle");
        acted.extend(report.faults.into_iter().filter(|count| count.effects > 0).map(|count| count.name));
    }
    assert!(acted.len() >= 10, "{acted:?}");
}
