//! Pins: an order that a scenario asks for, and one that was found by chance and is asked for again.

use skysim::base::Seed;
use skysim::kernel::output::Silence;
use skysim::scenario::{MessageName, Pin, Plan, Scenario};
use skysim::schedule::{PORTFOLIO, SCHEDULES};
use skysim::world::{Ending, MessageOrder, Recording, RunReport, Staleness, Verdict, World, WorldOptions, pins_of};

/// Two clients add one each to a balance, in two steps. Others keep the node busy.
const SCENARIO: &str = r#"
schema = 1
[node]
luaservice = "./?.lua"
[[service]]
name = "bank"
file = "bank"
args = [".bank"]
[[service]]
name = "post"
file = "bank"
args = [".post"]
[[service]]
name = "client{i}"
file = "client"
args = [".bank"]
repeat = 2
[[service]]
name = "sender{i}"
file = "client"
args = [".post"]
repeat = 3
[[event]]
at = "1s"
send = { to = "client1", args = ["add"] }
[[event]]
at = "1.0001s"
send = { to = "client2", args = ["add"] }
[[event]]
every = "50us"
from = "999ms"
times = 60
send = { to = "sender*", args = ["add"] }
[[check]]
name = "nothing is lost"
at_end = "check.lua"
"#;

const CHECK: &str = "return function(world) return world.services.bank.state.balance == 2, 'an update is lost' end";

const BANK: &str = r#"
local skynet = require "skynet"
require "skynet.manager"
local name = ...
local balance = 0
local handlers = {}
function handlers.read() return balance end
function handlers.write(value) balance = value end
skynet.start(function()
	skynet.register(name)
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(handlers[command](...))
	end)
end)
"#;

const CLIENT: &str = r#"
local skynet = require "skynet"
local bank = ...
skynet.start(function()
	skynet.dispatch("lua", function()
		local balance = skynet.call(bank, "lua", "read")
		skynet.call(bank, "lua", "write", balance + 1)
	end)
end)
"#;

struct Case {
    _folder: tempfile::TempDir,
    plan: Plan,
}

fn case(more: &str) -> Case {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let toml = SCENARIO.to_owned() + more;
    for (name, text) in [("bank.lua", BANK), ("client.lua", CLIENT), ("check.lua", CHECK), ("scenario.toml", &*toml)] {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let scenario = Scenario::read(folder.path()).unwrap_or_else(|error| panic!("{error}: {:?}", error.problems()));
    Case { plan: scenario.expand(Seed(1)), _folder: folder }
}

impl Case {
    fn run(&self) -> RunReport {
        run(&self.plan)
    }
}

fn run(plan: &Plan) -> RunReport {
    let mut options = WorldOptions::new(Box::new(Silence));
    options.recording = Recording::On;
    World::new(plan, options).unwrap_or_else(|error| panic!("{error}")).run()
}

fn failures(report: &RunReport) -> Vec<String> {
    report.failures.iter().map(ToString::to_string).collect()
}

fn pinned(plan: &Plan, pins: &[Pin]) -> Plan {
    Plan { schedule: "skynet".to_owned(), pins: pins.to_vec(), ..plan.clone() }
}

fn order(report: RunReport) -> MessageOrder {
    report.order.expect("it was recorded")
}

/// The first client's answer waits until the second client has been told to begin.
const PIN: &str = r#"
[[pin]]
hold = { to = "client1", from = "bank", type = "response" }
after = { to = "bank", from = "client2", command = "read" }
"#;

#[test]
fn a_pin_decides_the_order() {
    let free = case("").run();
    assert_eq!((free.verdict, failures(&free)), (Verdict::Passed, vec![]));
    let held = case(PIN).run();
    assert_eq!((held.verdict, held.stale_pins.as_slice()), (Verdict::Failed, &[][..]));
    assert!(failures(&held)[0].contains("an update is lost"), "{:?}", failures(&held));
}

#[test]
fn a_pin_holds_under_every_schedule() {
    assert!(PORTFOLIO.len() > SCHEDULES.len());
    for schedule in PORTFOLIO {
        let mut case = case(PIN);
        schedule.clone_into(&mut case.plan.schedule);
        let report = case.run();
        assert_eq!((report.verdict, report.stale_pins.as_slice()), (Verdict::Failed, &[][..]), "{schedule}");
    }
}

/// A pin as a scenario has it.
fn pin(hold: &str, after: &str) -> String {
    format!("\n[[pin]]\nhold = {{ {hold} }}\nafter = {{ {after} }}\n")
}

const FIRST: &str = "to = 'client1', command = 'add'";
const SECOND: &str = "to = 'client2', command = 'add'";
const NEVER: &str = "to = 'bank', command = 'close'";

/// Whatever a pin waits for, the run goes on.
#[test]
fn pins_that_cannot_be_obeyed_are_stale() {
    let stale = |more: &str| {
        let report = case(more).run();
        assert!(matches!(report.ending, Ending::Idle | Ending::Failure), "{more}: {:?}", report.ending);
        report.stale_pins.iter().map(|stale| (stale.number, stale.why)).collect::<Vec<_>>()
    };
    assert_eq!(stale(&pin(FIRST, NEVER)), [(1, Staleness::LetGo)]);
    assert_eq!(stale(&pin("to = 'client1'", "to = 'client1', nth = 3")), [(1, Staleness::LetGo)]);
    assert_eq!(stale(&pin("to = 'client1', nth = 999", "to = 'bank'")), [(1, Staleness::NeverCame)]);
    let killed = pin(FIRST, NEVER) + "[[event]]\nat = '1.00005s'\nkill = 'client1'\n";
    assert_eq!(stale(&killed), [(1, Staleness::NeverCame)]);
    // Two that wait for each other: one is let go, and then the other has what it waits for.
    assert_eq!(stale(&(pin(FIRST, SECOND) + &pin(SECOND, FIRST))), [(1, Staleness::LetGo)]);
}

/// A pin holds a message back for a second at most, also if much else happens.
#[test]
fn nobody_waits_for_ever() {
    let busy = "[[event]]\nevery = '100ms'\nfrom = '1.05s'\ntimes = 30\nsend = { to = 'post', args = ['read'] }\n";
    let order = order(case(&(pin(FIRST, NEVER) + busy)).run());
    let at = |to: &str, command: &str, nth| {
        let is_it = |name: &&MessageName| {
            name.to == to
                && name.from.as_deref() == Some("driver")
                && name.command.as_deref() == Some(command)
                && name.nth == nth
        };
        order.names().position(|name| is_it(&name)).unwrap_or_else(|| panic!("{to} {command} {nth}"))
    };
    let first = at("client1", "add", 1);
    assert!(at("post", "read", 10) < first && first < at("post", "read", 11));
}

#[test]
fn recording_changes_nothing_and_pins_that_are_so_anyway_neither() {
    let Case { plan, _folder } = case("");
    let recorded = order(run(&plan));
    let all = recorded.pins();
    assert!(all.len() > 50, "{}", all.len());
    assert_eq!(recorded.broken(&all), []);
    let again = run(&pinned(&plan, &all));
    assert_eq!(again.stale_pins, []);
    assert!(order(again).names().eq(recorded.names()));
}

fn is_lost(report: &RunReport) -> bool {
    report.failures.iter().any(|failure| failure.to_string().contains("an update is lost"))
}

/// The first seeds under a schedule that lose an update.
fn found(plan: &Plan, schedule: &str, seeds: u64) -> Vec<(Plan, MessageOrder)> {
    let found = (0..seeds).filter_map(|seed| {
        let drawn = Plan { schedule: schedule.to_owned(), seed: Seed(seed), ..plan.clone() };
        let report = run(&drawn);
        is_lost(&report).then(|| (drawn, order(report)))
    });
    found.collect()
}

#[test]
fn what_any_schedule_finds_pins_repeat() {
    let Case { plan, _folder } = case("");
    assert!(found(&plan, "skynet", 2).is_empty());
    for schedule in ["random", "uniform", "fair", "pct:2", "pct:3", "pct:5"] {
        let found = found(&plan, schedule, 10);
        assert!(!found.is_empty(), "{schedule}");
        for (drawn, recorded) in found {
            let pins = pins_of(&recorded, |pins| order(run(&pinned(&drawn, pins))));
            assert!(is_lost(&run(&pinned(&drawn, &pins))), "{schedule} {}: {} pins", drawn.seed, pins.len());
        }
    }
}

/// Found by chance, kept as pins, and made small.
#[test]
fn of_the_pins_that_repeat_a_failure_one_is_left() {
    let Case { plan, _folder } = case("");
    let (drawn, recorded) = found(&plan, "random", 10).swap_remove(0);
    let is_enough = |pins: &[Pin]| is_lost(&run(&pinned(&drawn, pins)));
    let mut pins = pins_of(&recorded, |pins| order(run(&pinned(&drawn, pins))));
    let all = pins.len();
    // From the last to the first: what the failure does not need is left out.
    for index in (0..all).rev() {
        let mut fewer = pins.clone();
        fewer.remove(index);
        if is_enough(&fewer) {
            pins = fewer;
        }
    }
    let left: Vec<String> = pins.iter().map(|pin| format!("{} after {}", pin.hold, pin.after)).collect();
    let needed = "message 1 of client1: response from bank after message 1 of client2: response from bank";
    assert_eq!((left, all > 50), (vec![needed.to_owned()], true), "of {all}");
    // As a file it is the same run.
    let toml = pinned(&drawn, &pins).to_toml();
    let read = Scenario::from_toml(&drawn.file, &toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    assert!(is_lost(&run(&Plan { folder: drawn.folder.clone(), ..read.expand(read.seed()) })), "{toml}");
}
