//! Models: what services answer is compared with what a Lua table of operations says.

use serde_json::Value as Json;

use crate::support::{Ran, Test};

/// Counts by name. `early` counts, and answers later; `slow` counts with what it saw before it waited; `wrong` answers with
/// something else.
const COUNTER: &str = r#"
local skynet = require "skynet"
local totals = {}
local CMD = {}
function CMD.add(name, n) totals[name] = (totals[name] or 0) + n return totals[name] end
function CMD.early(name, n) local total = CMD.add(name, n) skynet.sleep(20) return total end
function CMD.slow(name, n)
	local total = (totals[name] or 0) + n
	skynet.sleep(20)
	totals[name] = total
	return total
end
function CMD.wrong(name, n) return CMD.add(name, n) + 1 end
function CMD.lost(name, n) CMD.add(name, n) skynet.wait() end
function CMD.half(name, n) CMD.add(name, n) error "half done" end
function CMD.get(name) return totals[name] or 0 end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...) skynet.retpack(CMD[command](...)) end)
end)
"#;

/// All that add do the same, and none of them waits.
const MODEL: &str = r#"
local function add(state, name, n)
	state[name] = (state[name] or 0) + n
	return state[name]
end
return {
	operations = {
		add = add, early = add, slow = add, wrong = add, lost = add, half = add,
		get = function(state, name) return state[name] or 0 end,
	},
	state = function(model, service)
		for name, total in pairs(model) do
			if service.totals[name] ~= total then return false, name .. " differs" end
		end
		return true
	end,
}
"#;

/// A scenario with these calls, each at a time in milliseconds.
fn counter(model: &str, calls: &[(u32, &str)]) -> Test {
    counter_with(model, calls, MODEL)
}

fn counter_with(keys: &str, calls: &[(u32, &str)], model: &str) -> Test {
    let mut scenario = format!(
        "schema = 1\nuntil = \"9s\"\n[node]\nluaservice = \"./?.lua\"\n[[service]]\nname = \"counter\"\nfile = \"counter\"\n\
         [[model]]\nservice = \"counter\"\nfile = \"model.lua\"\n{keys}"
    );
    for (at, args) in calls {
        let what = match *args {
            "kill" => "kill = \"counter\"\nrestart_after = \"10ms\"".to_owned(),
            args => format!("call = {{ to = \"counter\", args = [{args}] }}"),
        };
        scenario.push_str(&format!("[[event]]\nat = \"{at}ms\"\n{what}\n"));
    }
    scenario.push_str("[expect]\nwaiting = \"allow\"\nerrors = [\"half done\"]\n");
    Test::new().file("s/counter.lua", COUNTER).file("s/scenario.toml", &scenario).file("s/model.lua", model)
}

fn run(test: &Test) -> Ran {
    test.run(&["run", "s"])
}

fn document(test: &Test) -> Json {
    serde_json::from_str(&test.run(&["run", "s", "--format", "json"]).stdout).unwrap()
}

const LINEARIZABLE: &str = "order = \"linearizable\"\n";

#[test]
fn right_answers_are_counted() {
    let test = counter("", &[(100, r#""add", "a", 2"#), (200, r#""get", "a""#), (300, r#""add", "b", 1"#)]);
    assert_eq!(run(&test).status, 0, "{}", run(&test).transcript());
    let expected = serde_json::json!([{ "name": "model.lua", "service": "counter", "operations": 3, "decided": true }]);
    assert_eq!(document(&test)["run"]["models"], expected);
}

#[test]
fn the_first_wrong_answer_is_shown() {
    let test = counter("", &[(100, r#""add", "a", 2"#), (200, r#""wrong", "a", 5"#), (300, r#""wrong", "a", 6"#)]);
    let ran = run(&test);
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn what_is_done_may_be_answered_later() {
    let calls = [(100, r#""early", "a", 2"#), (150, r#""get", "a""#)];
    let answered = run(&counter("", &calls));
    assert!(
        answered.status == 1 && answered.stderr.contains("was answered with 2; the model says 0"),
        "{}",
        answered.transcript()
    );
    let linearizable = run(&counter(LINEARIZABLE, &calls));
    assert_eq!(linearizable.status, 0, "{}", linearizable.transcript());
}

#[test]
fn an_update_that_is_lost_has_no_order() {
    let calls = [(100, r#""slow", "a", 2"#), (150, r#""slow", "a", 3"#), (900, r#""get", "a""#)];
    let ran = run(&counter(LINEARIZABLE, &calls));
    assert_eq!(ran.status, 1, "{}", ran.transcript());
    insta::assert_snapshot!(ran.stderr);
    let apart = [(100, r#""slow", "a", 2"#), (450, r#""slow", "a", 3"#), (900, r#""get", "a""#)];
    let ran = run(&counter(LINEARIZABLE, &apart));
    assert_eq!(ran.status, 0, "{}", ran.transcript());
}

#[test]
fn what_got_no_answer_or_an_error_may_have_been_done() {
    for (lost, seen, status) in [("lost", 2, 0), ("lost", 3, 1), ("half", 2, 0), ("half", 3, 1)] {
        let lost = format!("\"{lost}\", \"a\", 2");
        let read = format!("\"add\", \"a\", {}", seen - 2);
        for order in ["", LINEARIZABLE] {
            // `wrong` answers with one more than is there.
            let last = if seen == 2 { read.clone() } else { read.replace("add", "wrong") };
            let ran = run(&counter(order, &[(100, &lost), (200, &last)]));
            assert_eq!(ran.status, status, "{lost} {seen} {order}\n{}", ran.transcript());
        }
    }
}

#[test]
fn each_thing_may_have_a_history_of_its_own() {
    let model = "return { init = function(name) return { name = name, n = 0 } end, operations = {
        add = function(state, name, n)
            if state.name ~= name then return 'somebody else' end
            state.n = state.n + n
            return state.n
        end } }";
    let calls = [(100, r#""add", "a", 2"#), (200, r#""add", "b", 1"#), (300, r#""add", "a", 1"#)];
    let ran = run(&counter_with("key = 1\n", &calls, model));
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let ran = run(&counter_with("", &calls, model));
    assert_eq!(ran.status, 1, "{}", ran.transcript());
}

#[test]
fn a_service_that_starts_anew_begins_anew_unless_the_model_says_otherwise() {
    let calls = [(100, r#""add", "a", 2"#), (200, "kill"), (300, r#""add", "a", 3"#)];
    let ran = run(&counter("", &calls));
    assert_eq!(ran.status, 0, "{}", ran.transcript());
    let keeps = MODEL.replace("return {\n", "return { restart = function(state) return state end,\n");
    let ran = run(&counter_with("", &calls, &keeps));
    assert!(ran.status == 1 && ran.stderr.contains("answered with 3; the model says 5"), "{}", ran.transcript());
}

#[test]
fn the_state_of_the_service_is_compared_in_the_end() {
    let forgets = MODEL.replace("slow = add", "slow = function(state) return 7 end");
    let ran = run(&counter_with("", &[(100, r#""add", "a", 2"#), (200, r#""slow", "a", 5"#)], &forgets));
    assert!(ran.status == 1 && ran.stderr.contains("model.lua`: a differs"), "{}", ran.transcript());
}

#[test]
fn a_question_that_stays_open_is_no_pass() {
    let test = counter("steps = 1\n", &[(100, r#""add", "a", 2"#), (200, r#""get", "a""#)]);
    let ran = run(&test);
    assert!(ran.status == 5 && ran.stderr.contains("was not decided about 2 operations"), "{}", ran.transcript());
    assert_eq!(document(&test)["run"]["models"][0]["decided"], false);
    let explored = test.run(&["explore", "s", "--seeds", "3", "--jobs", "1"]);
    assert!(
        explored.status == 5 && explored.stdout.contains("was not decided within its steps (`steps`, `key`) in 3 runs"),
        "{}",
        explored.transcript()
    );
    let ran = run(&counter("", &[]));
    assert!(ran.status == 5 && ran.stderr.contains("saw none of its operations"), "{}", ran.transcript());
}

#[test]
fn a_model_that_is_wrong_says_so() {
    let calls = [(100, r#""add", "a", 2"#)];
    let ran = run(&counter_with("", &calls, "return { operations = { add = function(state) return state.x.y end } }"));
    assert!(
        ran.status == 1 && ran.stderr.contains("the model `model.lua` failed: model.lua:1:"),
        "{}",
        ran.transcript()
    );
    let ran = run(&counter_with("", &calls, "return 5"));
    assert!(ran.status == 2 && ran.stderr.contains("a model returns a table"), "{}", ran.transcript());
    let ran = run(&counter("order = \"sorted\"\n", &calls));
    assert!(ran.status == 2 && ran.stderr.contains("neither `answered` nor `linearizable`"), "{}", ran.transcript());
}

#[test]
fn a_model_changes_nothing_and_survives_shrinking() {
    let calls = [(100, r#""add", "a", 2"#), (200, r#""wrong", "a", 5"#), (300, r#""get", "a""#)];
    let explored = counter("", &calls).run(&["explore", "s", "--seeds", "4", "--jobs", "1"]);
    assert!(explored.status == 1 && explored.stdout.contains("-model-model"), "{}", explored.transcript());
    assert_eq!(explored.stdout.matches("first in run").count(), 1, "one bug\n{}", explored.transcript());
    let right = counter("", &[calls[0], (200, r#""add", "a", 5"#), calls[2]]);
    right.run(&["run", "s", "--trace", "with"]);
    let scenario = right.read("s/scenario.toml");
    let (before, after) = scenario.split_once("[[model]]").unwrap();
    right.write("s/scenario.toml", &format!("{before}{}", &after[after.find("[[event]]").unwrap()..]));
    right.run(&["run", "s", "--trace", "without"]);
    assert_eq!(right.read("with"), right.read("without"));
}
