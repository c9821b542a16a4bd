//! Code that tries to be run, to be endless, or to break the walk.

use super::super::CaptureError;
use super::{Service, state_of, with_state};

#[test]
fn no_lua_code_runs() {
    let text = state_of(&with_state(
        "local function trap() error('ran') end
         ran = 0
         local meta = { __index = trap, __pairs = trap, __len = trap, __tostring = trap, __eq = trap,
            __gc = trap, __close = trap, __newindex = trap, __call = trap, __metatable = 'locked' }
         state.a = setmetatable({ 1 }, { __index = trap, __pairs = trap, __len = trap, __name = 'Nice', __metatable = false })
         state.b = setmetatable({}, meta)
         debug.setmetatable(function() end, { __index = trap, __call = trap })
         debug.setmetatable(nil, { __index = trap })
         for i = 1, 100 do setmetatable({}, { __gc = function() if done then ran = ran + 1 end end }) end
         done = true",
    ));
    assert!(text.contains("ran = 0"), "{text}");
    assert!(text.contains("__name = \"Nice\""), "{text}");
}

#[test]
fn deep_and_wide_states() {
    let text = state_of(&with_state(
        "local t = state
         for i = 1, 100000 do t.next = { [i] = i }; t = t.next end
         state.wide = {}
         for i = 1, 200000 do state.wide[i] = i end
         local k = state
         for i = 1, 3000 do local n = {}; k[{ n }] = n; k = n end
         state.same = {}
         for i = 1, 3000 do state.same[{}] = true end",
    ));
    assert_eq!(text.matches("[100000] = 100000,").count(), 2);
    assert!(text.lines().all(|line| line.len() < 400));
    assert!(text.len() < 20_000_000, "{}", text.len());
}

#[test]
fn cycles_of_every_kind() {
    let text = state_of(&with_state(
        "state.self = state
         setmetatable(state, state)
         state.__index = state
         state[state] = state
         local a, b = {}, {}
         setmetatable(a, b); setmetatable(b, a)
         state.a = a
         state.f = function() return state, a end
         state.co = coroutine.create(function(co) local me = co; coroutine.yield(function() return me end) end)
         coroutine.resume(state.co, state.co)",
    ));
    assert!(text.contains("<metatable> = -> state,"), "{text}");
    assert!(text.contains("[-> state] = -> state,"), "{text}");
}

#[test]
fn coroutines_of_every_sort() {
    let text = state_of(&with_state(
        "local function body(n) local mine <close> = setmetatable({}, { __close = function() end })
            local inner = n > 0 and coroutine.create(body)
            if inner then coroutine.resume(inner, n - 1) end
            coroutine.yield(inner) end
         state.nested = coroutine.create(body)
         coroutine.resume(state.nested, 50)
         state.dead = coroutine.create(function() end); coroutine.resume(state.dead)
         state.failed = coroutine.create(function() error {} end); coroutine.resume(state.failed)
         state.new = coroutine.create(function() end)
         state.main = coroutine.running()
         state.overflow = coroutine.create(function() local function f() local x = 1; return 1 + f() end f() end)
         coroutine.resume(state.overflow)
         state.recursive = coroutine.create(function()
            local function f(n) if n == 0 then coroutine.yield() end local r = f(n - 1) return r end f(10000) end)
         coroutine.resume(state.recursive)",
    ));
    for line in ["dead = coroutine dead,", "failed = coroutine dead,", "new = coroutine new {", "n = 50,"] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert_eq!(text.matches("inner = coroutine suspended {").count() + text.matches("inner = -> &").count(), 50);
}

#[test]
fn memory_may_run_out_anywhere() {
    let mut service = Service::new();
    service.run(&with_state("for i = 1, 2000 do state[i] = { i } end"));
    let before = service.text();
    for nth in 1..40 {
        service.arena.fail_in(nth);
        match service.try_capture() {
            Ok(graph) => assert_eq!(crate::state::render(&graph), before),
            Err(error) => assert_eq!(error, CaptureError::Memory),
        }
        service.arena.fail_in(0);
    }
    let used = service.arena.used();
    service.arena.set_limit(used + 1000);
    assert_eq!(service.try_capture().unwrap_err(), CaptureError::Memory);
    service.arena.set_limit(usize::MAX);
    assert_eq!(service.text(), before);
}

#[test]
fn looking_changes_nothing() {
    let go = |look: bool| {
        let mut service = Service::new();
        service.run(&with_state("log = {}; finalised = 0"));
        for round in 0..50 {
            service.run(&format!(
                "local weak = setmetatable({{}}, {{ __mode = 'k' }})
                 for i = 1, 200 do weak[{{}}] = i; setmetatable({{}}, {{ __gc = function() finalised = finalised + 1 end }}) end
                 local order = {{}}
                 for key, value in pairs(weak) do order[#order + 1] = value end
                 log[{round} + 1] = table.concat(order, ' ') .. tostring({{}}) .. finalised .. ' ' .. collectgarbage('count')"
            ));
            if look {
                service.graph();
            }
        }
        let log = service.eval("table.concat(log, '\\n')");
        (log, service.arena.allocations(), service.arena.used())
    };
    assert!(go(true) == go(false));
}

#[test]
fn the_collector_does_not_show() {
    let code = with_state(
        "local keep = {}
         state.weak = setmetatable({ keep, {} }, { __mode = 'v' })
         state.keys = setmetatable({ [keep] = 1, [{}] = 2 }, { __mode = 'k' })
         state.keep = keep",
    );
    let before = state_of(&code);
    assert_eq!(before, state_of(&format!("{code} collectgarbage()")));
    assert!(before.contains("[1] = -> state.keep,") && !before.contains("= 2,"), "{before}");
}
