//! The driver on skysim itself: what it sends is what the plan says, and it plays the timeline.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use proptest::prelude::*;

use super::driver::{DRIVER, LAST_WORDS, driver};
use crate::base::{Handle, Value, VirtualTime};
use crate::kernel::{Incident, Output};
use crate::scenario::{Plan, Scenario};
use crate::seri;
use crate::world::{self, World, WorldOptions};

/// Prints what it gets, as digits.
const ECHO: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(session, _, ...)
		local text = skynet.packstring(...)
		print((string.gsub(text, ".", function(char) return string.format("%02x", string.byte(char)) end)))
		if session ~= 0 then
			skynet.retpack(...)
		end
	end)
end)
"#;

#[derive(Default)]
struct Lines {
    prints: Vec<u8>,
    logs: Vec<String>,
}

struct Collect(Rc<RefCell<Lines>>);

impl Output for Collect {
    fn print(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().prints.extend_from_slice(bytes);
    }

    fn print_error(&mut self, _bytes: &[u8]) {}

    fn log(&mut self, now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        self.0.borrow_mut().logs.push(format!("{} {}", now.as_ticks(), String::from_utf8_lossy(line)));
    }

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

fn plan(events: &str) -> Plan {
    let text = format!("schema = 1\n[[service]]\nname = \"echo\"\nfile = \"echo\"\nargs = [\"x\", 1]\n{events}");
    let scenario = Scenario::from_toml("test.toml", &text).unwrap();
    scenario.expand(scenario.seed())
}

/// Plays a plan by its driver, in skysim.
fn play(plan: &Plan, until_ms: u64) -> Lines {
    let folder = tempfile::tempdir().unwrap();
    let until = VirtualTime::from_nanos(until_ms * 1_000_000);
    let source = driver(plan, until, Path::new("transcript"), |file| Ok(format!("-- {file}").into_bytes())).unwrap();
    let path = folder.path().join(format!("{DRIVER}.lua"));
    fs::write(folder.path().join("echo.lua"), ECHO).unwrap();
    fs::write(&path, source).unwrap();
    let lines = Rc::new(RefCell::new(Lines::default()));
    let options = WorldOptions::new(Box::new(Collect(lines.clone())));
    let report = World::new(&world::single(&path).unwrap(), options).unwrap().run();
    assert!(lines.borrow().logs.iter().any(|line| line.ends_with(LAST_WORDS)), "{:?}", lines.borrow().logs);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    lines.take()
}

fn printed(lines: &Lines) -> Vec<Vec<Value>> {
    let text = String::from_utf8(lines.prints.clone()).unwrap();
    let bytes = |line: &str| -> Vec<u8> {
        (0..line.len() / 2).map(|at| u8::from_str_radix(&line[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    text.lines().map(|line| seri::decode(&bytes(line)).unwrap()).collect()
}

/// A value in words that do not depend on the order of pairs, and tell all numbers apart.
fn canonical(value: &Value) -> String {
    match value {
        Value::Float(number) if number.is_nan() => "nan".to_owned(),
        Value::Float(number) => format!("float {:x}", number.to_bits()),
        Value::Table(table) => {
            let array = table.array.iter().zip(1..).map(|(value, key)| (Value::Integer(key), value.clone()));
            let pairs = array.chain(table.pairs.iter().cloned()).filter(|(_, value)| *value != Value::Nil);
            let mut pairs: Vec<String> =
                pairs.map(|(key, value)| format!("{} = {}", canonical(&key), canonical(&value))).collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Integer(i64::MIN)),
        any::<f64>().prop_map(Value::from),
        Just(Value::Float(-0.0)),
        Just(Value::Float(1e15)),
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(Value::String),
        "[\"\\\\\\]\\[0-9n\n\r]{0,12}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        any::<bool>().prop_map(Value::from),
        "[a-z ]{0,6}".prop_map(Value::from),
        (-9i64..9).prop_map(Value::from)
    ];
    prop_oneof![plain(), Just(Value::Nil)].prop_recursive(3, 20, 5, move |inner| {
        proptest::collection::vec((key.clone(), inner), 0..5).prop_map(Value::table)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn services_get_the_values_of_the_plan(args in proptest::collection::vec(value(), 0..5)) {
        let mut plan = plan("[[event]]\nat = \"10ms\"\nsend = { to = \"echo\", args = [] }\n");
        if let crate::scenario::Action::Send { args: place, .. } = &mut plan.events[0].action {
            place.clone_from(&args);
        }
        let lines = play(&plan, 100);
        let got: Vec<Vec<String>> = printed(&lines).iter().map(|values| values.iter().map(canonical).collect()).collect();
        prop_assert_eq!(got, [args.iter().map(canonical).collect::<Vec<_>>()]);
    }
}

#[test]
fn a_timeline_is_played() {
    let plan = plan(
        "[[event]]\nevery = \"100ms\"\nfrom = \"200ms\"\ntimes = 3\nlog = \"tick\"\n\
         [[event]]\nat = \"200ms\"\ncall = { to = \"echo\", args = [\"one\"] }\n\
         [[event]]\nat = \"300ms\"\nkill = \"echo\"\nrestart_after = \"200ms\"\n\
         [[event]]\nat = \"400ms\"\ncall = { to = \"echo\", args = [\"two\"] }\n\
         [[event]]\nat = \"600ms\"\ncall = { to = \"echo\", args = [\"three\"] }\n\
         [[event]]\nat = \"700ms\"\nwrite = { path = \"a\", text = \"b\" }\n\
         [[event]]\nat = \"800ms\"\nexit = \"echo\"\n\
         [[event]]\nat = \"900ms\"\nrestart = \"echo\"\n",
    );
    let lines = play(&plan, 1000);
    assert_eq!(printed(&lines), [vec![Value::from("one")], vec![Value::from("three")]]);
    let times = |text: &str| -> Vec<String> {
        let fits = lines.logs.iter().filter(|line| line.ends_with(text));
        fits.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(times("tick"), ["20", "30", "40"]);
    assert_eq!(times("LAUNCH snlua echo x 1").len(), 3, "{:?}", lines.logs);
    assert_eq!(times(LAST_WORDS), ["100"]);
}
