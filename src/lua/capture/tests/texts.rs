//! What the text says, line by line, and the example of `docs/state.md`.

use super::{Service, state_of, with_state};
use crate::base::Value;
use crate::state::{changes, to_value};

fn field<'v>(value: &'v Value, name: &str) -> &'v Value {
    let Value::Table(table) = value else { panic!("no table: {value:?}") };
    let is = |pair: &&(Value, Value)| pair.0 == Value::from(name);
    table.pairs.iter().find(is).map_or(&Value::Nil, |pair| &pair.1)
}

#[test]
fn keys_come_by_type_and_value() {
    let text = state_of(&with_state(
        "state = { [2] = 1, [1.5] = 1, [-1] = 1, ['b'] = 1, ['10'] = 1, [true] = 1, [false] = 1, [1/0] = 1, [-1/0] = 1,
           [2^53] = 1, [2^63] = 1, [math.maxinteger] = 1, ['\\xff'] = 1, ['end'] = 1 }",
    ));
    let keys: Vec<&str> = text.lines().filter_map(|line| line.strip_suffix(" = 1,")).map(str::trim).collect();
    let expected = "[false] [true] [-inf] [-1] [1.5] [2] [9007199254740992] [9223372036854775807] \
                    [9.223372036854776e18] [inf] [\"10\"] b [\"end\"] [\"\\xFF\"]";
    assert_eq!(keys.join(" "), expected);
}

#[test]
fn shared_variables_are_one_and_others_are_two() {
    let text = state_of(
        "local skynet = require 'skynet'
         local function counter() local n = 0 return { add = function() n = n + 1 end, get = function() return n end } end
         local one, two = counter(), counter()
         one.add()
         skynet.dispatch('lua', function() return one, two, counter end)",
    );
    let part: String = text.split_once("variables of services/test.lua\n").unwrap().1.into();
    let expected = "  counter = function services/test.lua:2
  one = {
    add = function services/test.lua:2,
    get = function services/test.lua:2,
  }
  two = {";
    assert!(!part.starts_with(expected), "both closures show their variable: {part}");
    assert!(part.contains("n = 1,") && part.contains("n = 0,"), "{part}");
    assert!(part.contains("n = -> one.add.n,") && part.contains("n = -> two.add.n,"), "{part}");
}

#[test]
fn a_waiting_coroutine_takes_nothing_from_the_state() {
    let code = with_state("state.rooms = { lobby = { members = { { name = 'ann' } } } }");
    let idle = state_of(&code);
    let waiting = state_of(&format!(
        "{code} skynet.spawn('call', function(member) local kept = member; skynet.sleep() return kept end, state.rooms.lobby.members[1])"
    ));
    assert!(waiting.starts_with(&idle), "{waiting}");
    assert!(waiting.contains("member = -> state.rooms.lobby.members[1],"), "{waiting}");
}

#[test]
fn a_variable_keeps_its_place_while_start_is_running() {
    let code = |tail: &str| {
        format!(
            "local skynet = require 'skynet'
             skynet.spawn('start', function() local count = 1 skynet.dispatch('lua', function() count = count + 1 end) {tail} end)"
        )
    };
    let (done, running) = (state_of(&code("")), state_of(&code("skynet.sleep()")));
    for text in [done, running] {
        assert!(text.contains("variables of services/test.lua\n  count = 1\n"), "{text}");
    }
}

#[test]
fn libraries_are_left_out_and_additions_are_not() {
    let text = state_of(&with_state(
        "state.format, state.call, state.queue, state.G = string.format, skynet.dispatch, skynet.queue(), _G
         state.file, state.gmatch = io.stdout, string.gmatch('a', 'a')
         string.split = function() end; skynet.mine = { 1 }",
    ));
    for line in [
        "G = library _G,",
        "call = library skynet.dispatch,",
        "format = library string.format,",
        "queue = library skynet.lua:16,",
        "file = userdata FILE*,",
        "gmatch = builtin,",
        "\"string.split\" = function services/test.lua:6",
        "\"skynet.mine\" = {",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("PENDING") && !text.contains("cache"), "{text}");
}

#[test]
fn values_for_checks() {
    let mut service = Service::new();
    service.run_as(
        "local skynet = require 'skynet' local limit = 1 local cache = { 1, 2, [4] = 4 } local M = {}
         function M.get() return limit, cache end package.loaded.store = M",
        "@./lib/store.lua",
    );
    service.run(
        "local skynet = require 'skynet' local store = require 'store' local limit = 10 local rooms = {}
         rooms.self = rooms
         rooms.f = store.get
         total = 3
         local deep = {} for i = 1, 100000 do deep = { deep } end
         local wide = {} for i = 1, 40 do wide = { wide, wide } end
         skynet.dispatch('lua', function() return store, limit, rooms, deep, wide end)",
    );
    let value = to_value(&service.graph());
    assert_eq!(field(&value, "limit"), &Value::Integer(10));
    assert_eq!(field(&value, "limit@lib/store.lua:2"), &Value::Integer(1));
    assert_eq!(field(&value, "total"), &Value::Integer(3));
    let Value::Table(cache) = field(&value, "cache") else { panic!("{value:?}") };
    assert_eq!(cache.array, [Value::Integer(1), Value::Integer(2)]);
    assert_eq!(cache.pairs, [(Value::Integer(4), Value::Integer(4))]);
    let rooms = field(&value, "rooms");
    assert_eq!(field(rooms, "self"), &Value::from("-> rooms"));
    assert_eq!(field(rooms, "f"), &Value::from("function: lib/store.lua:2"));
}

#[test]
fn changes_name_their_places() {
    let mut service = Service::new();
    service.run(&with_state("state.a, state.list, state.gone = 1, { 1, 2 }, {} S = state"));
    let before = service.graph();
    service.run("S.a = 2; S.list[3] = 'x'; S.gone = nil; S.list[1] = S");
    let lines: Vec<String> =
        changes(&before, &service.graph()).iter().map(|c| format!("{} {:?} {:?}", c.path, c.before, c.after)).collect();
    let expected = [
        "state.a Some(\"1\") Some(\"2\")",
        "state.gone Some(\"{}\") None",
        "state.list[1] Some(\"1\") Some(\"-> state\")",
        "state.list[3] None Some(\"\\\"x\\\"\")",
    ];
    assert_eq!(lines, expected);
}

/// The worked example: the Lua block of the page gives the text block that follows it.
#[test]
fn the_example_of_the_documentation() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/state.md")).unwrap();
    let (_, rest) = page.split_once("```lua\n").unwrap();
    let (code, rest) = rest.split_once("```\n").unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    let (expected, _) = rest.split_once("```\n").unwrap();
    let mut service = Service::new();
    service.run_as(code, "@./services/room.lua");
    let text = service.text();
    assert_eq!(text, expected, "\n{text}");
}
