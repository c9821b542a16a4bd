//! A scenario's check: Lua in a small state of its own, called with the world as it stands.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{Function, Lua, MultiValue, Table};

use super::sandbox::{DEPTH_MAX, Sandbox, brief, from_lua, to_lua};
use crate::base::Value;

/// Makes fields of `world` that cost something when they are first asked for.
const LAZY_FIELDS: &str = r#"
local state_of, history_of, events_of = ...
local service = {}
function service:__index(key)
	if key == "state" then
		local state = state_of(self.name)
		rawset(self, key, state)
		return state
	end
end
local world = {}
function world:__index(key)
	if key == "history" then
		local history = history_of()
		rawset(self, key, history)
		return history
	elseif key == "events" then
		local events = events_of()
		rawset(self, key, events)
		return events
	end
end
return service, world
"#;

/// What a check may ask about the run.
pub trait Subject {
    /// Virtual time in seconds.
    fn now_s(&self) -> f64;
    /// The newest service of each name.
    fn services(&self) -> Vec<ServiceFacts>;
    /// The private state of a service, by name.
    fn state(&mut self, name: &str) -> Option<Rc<Value>>;
    /// What the scenario did so far, and what came of it.
    fn history(&mut self) -> Value;
    /// What services said by `sim.event`.
    fn events(&mut self) -> Value;
}

/// What a check sees of a service without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceFacts {
    /// Its name in the scenario.
    pub name: String,
    /// Its address.
    pub handle: u32,
    /// What it was started from, as `skynet.newservice` names it.
    pub file: String,
    /// Whether it lives.
    pub alive: bool,
    /// Messages waiting.
    pub mailbox: usize,
}

/// What a check said must hold at least once: names, and whether it held.
type Claims = Rc<RefCell<Vec<(String, bool)>>>;

/// A check, ready to be made again and again. What it keeps in upvalues stays from one time to the next.
pub struct Checker {
    /// Before the state, which it must not outlive.
    check: Function,
    claims: Claims,
    sandbox: Sandbox,
}

impl Checker {
    /// Compiles a check. The file must return a function, which is called with the world.
    ///
    /// # Errors
    /// When the file does not compile, fails, or returns something else.
    pub fn new(path: &str, source: &[u8]) -> Result<Checker, String> {
        let sandbox = Sandbox::new("check")?;
        let claims = Claims::default();
        let check = load(&sandbox, &claims, path, source).map_err(|error| brief(&error))?;
        Ok(Checker { check, claims, sandbox })
    }

    /// What it said since the last time must hold at least once.
    pub fn take_claims(&mut self) -> Vec<(String, bool)> {
        std::mem::take(&mut *self.claims.borrow_mut())
    }

    /// Makes the check.
    ///
    /// # Errors
    /// Why the property does not hold: what the check returned or raised.
    pub fn check(&mut self, subject: &mut dyn Subject) -> Result<(), String> {
        let mut values = self.call(subject)?.into_iter();
        let (first, second) = (values.next(), values.next());
        let failed = match (&first, &second) {
            (Some(mlua::Value::Boolean(false)), _) => true,
            (None | Some(mlua::Value::Nil), reason) => reason.as_ref().is_some_and(|reason| !reason.is_nil()),
            _ => false,
        };
        if !failed {
            return Ok(());
        }
        Err(match second {
            Some(reason) if !reason.is_nil() => reason.to_string().unwrap_or_else(|error| brief(&error)),
            _ => "it returned false".to_owned(),
        })
    }

    /// Asks for a value instead: the first that the function returns.
    ///
    /// # Errors
    /// What it raised; or why what it returned is no value that can leave Lua.
    pub fn ask(&mut self, subject: &mut dyn Subject) -> Result<Value, String> {
        let answer = self.call(subject)?.into_iter().next().unwrap_or(mlua::Value::Nil);
        from_lua(&answer, DEPTH_MAX)
    }

    fn call(&mut self, subject: &mut dyn Subject) -> Result<MultiValue, String> {
        let Some(lua) = self.sandbox.begin() else { return Ok(MultiValue::new()) };
        call(lua, &self.check, subject).map_err(|error| brief(&error))
    }
}

/// The part of `sim` that makes sense for a check.
fn give_sim(lua: &Lua, claims: &Claims) -> mlua::Result<()> {
    let sim = lua.create_table()?;
    let noted = claims.clone();
    let sometimes = move |_: &Lua, (holds, name): (mlua::Value, String)| {
        let held = !matches!(holds, mlua::Value::Nil | mlua::Value::Boolean(false));
        noted.borrow_mut().push((name, held));
        Ok(holds)
    };
    sim.raw_set("sometimes", lua.create_function(sometimes)?)?;
    let noted = claims.clone();
    let reachable = move |_: &Lua, name: String| {
        noted.borrow_mut().push((name, true));
        Ok(())
    };
    sim.raw_set("reachable", lua.create_function(reachable)?)?;
    lua.globals().raw_set("sim", sim)
}

fn load(sandbox: &Sandbox, claims: &Claims, path: &str, source: &[u8]) -> mlua::Result<Function> {
    if let Some(lua) = sandbox.begin() {
        give_sim(lua, claims)?;
    }
    match sandbox.run(path, source)? {
        mlua::Value::Function(check) => Ok(check),
        other => Err(mlua::Error::runtime(format!(
            "a check returns a function, `return function(world) .. end`; this returns {}",
            other.type_name()
        ))),
    }
}

fn call(lua: &Lua, check: &Function, subject: &mut dyn Subject) -> mlua::Result<MultiValue> {
    let (now_s, services) = (subject.now_s(), subject.services());
    let subject = RefCell::new(subject);
    lua.scope(|scope| {
        let state_of = scope.create_function(|lua, name: String| {
            let state = subject.borrow_mut().state(&name);
            state.map_or(Ok(mlua::Value::Nil), |state| to_lua(lua, &state))
        })?;
        let history_of = scope.create_function(|lua, ()| {
            let history = subject.borrow_mut().history();
            to_lua(lua, &history)
        })?;
        let events_of = scope.create_function(|lua, ()| {
            let events = subject.borrow_mut().events();
            to_lua(lua, &events)
        })?;
        let lazy: Function = lua.load(LAZY_FIELDS).set_name("=skysim").into_function()?;
        let (service_meta, world_meta): (Table, Table) = lazy.call((state_of, history_of, events_of))?;
        let by_name = lua.create_table()?;
        for facts in services {
            let service = lua.create_table()?;
            service.raw_set("name", facts.name.as_str())?;
            service.raw_set("handle", facts.handle)?;
            service.raw_set("file", facts.file)?;
            service.raw_set("alive", facts.alive)?;
            service.raw_set("mailbox", facts.mailbox)?;
            service.set_metatable(Some(service_meta.clone()))?;
            by_name.raw_set(facts.name, service)?;
        }
        let world = lua.create_table()?;
        world.raw_set("now", now_s)?;
        world.raw_set("services", by_name)?;
        world.set_metatable(Some(world_meta))?;
        check.call(world)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scene {
        states: u32,
    }

    impl Subject for Scene {
        fn now_s(&self) -> f64 {
            1.5
        }

        fn services(&self) -> Vec<ServiceFacts> {
            let file = "chat_room".to_owned();
            vec![ServiceFacts { name: "room".to_owned(), handle: 8, file, alive: true, mailbox: 2 }]
        }

        fn state(&mut self, _name: &str) -> Option<Rc<Value>> {
            self.states += 1;
            Some(Rc::new(Value::Table(crate::base::Table { array: vec![Value::Integer(7)], pairs: Vec::new() })))
        }

        fn history(&mut self) -> Value {
            Value::Table(crate::base::Table::default())
        }

        fn events(&mut self) -> Value {
            Value::Table(crate::base::Table::default())
        }
    }

    fn made(source: &str) -> (Result<(), String>, u32) {
        let mut scene = Scene { states: 0 };
        let outcome = Checker::new("checks/test.lua", source.as_bytes()).and_then(|mut check| check.check(&mut scene));
        (outcome, scene.states)
    }

    #[test]
    fn a_check_sees_the_world() {
        let source = r#"return function(world)
            local room = world.services.room
            assert(world.now == 1.5 and room.alive and room.mailbox == 2 and room.handle == 8)
            assert(room.file == "chat_room" and #world.history == 0)
            return room.state[1] == 7 and room.state == room.state
        end"#;
        assert_eq!(made(source), (Ok(()), 1), "the state is captured once, when it is asked for");
    }

    #[test]
    fn what_a_check_wants_to_see_once() {
        let source = "return function() sim.sometimes(sim.sometimes(1, 'a') == 2, 'b') sim.reachable 'c' end";
        let mut check = Checker::new("c.lua", source.as_bytes()).unwrap();
        assert_eq!(check.check(&mut Scene { states: 0 }), Ok(()));
        let claims: Vec<(String, bool)> = [("a", true), ("b", false), ("c", true)].map(|(n, h)| (n.into(), h)).into();
        assert_eq!((check.take_claims(), check.take_claims()), (claims, Vec::new()));
    }

    #[test]
    fn what_counts_as_a_violation() {
        let reason = |body: &str| made(&format!("return function(world) {body} end")).0;
        assert_eq!(reason(""), Ok(()));
        assert_eq!(reason("return true"), Ok(()));
        assert_eq!(reason("return false"), Err("it returned false".to_owned()));
        assert_eq!(reason("return false, 'too many'"), Err("too many".to_owned()));
        assert_eq!(reason("return nil, 'why'"), Err("why".to_owned()));
        assert_eq!(reason("error 'no'"), Err("checks/test.lua:1: no".to_owned()));
        assert_eq!(reason("return io, os, require, print"), Ok(()));
    }

    #[test]
    fn what_is_asked_for_comes_as_values() {
        let asked = |source: &str| {
            let mut asked = Checker::new("m.lua", source.as_bytes()).unwrap();
            asked.ask(&mut Scene { states: 0 })
        };
        let pair = (Value::from("n"), Value::from(1.5));
        let table = crate::base::Table { array: vec![true.into(), "x".into()], pairs: vec![pair] };
        assert_eq!(
            asked("return function() return { true, 'x', n = world and 1 or 1.5 } end"),
            Ok(Value::Table(table))
        );
        assert_eq!(asked("return function() end"), Ok(Value::Nil));
        assert_eq!(asked("return function() error 'no' end"), Err("m.lua:1: no".to_owned()));
        assert!(asked("return function() return { print } end").is_ok());
        assert!(asked("return function() return { next } end").is_err_and(|why| why.contains("function")));
        assert!(asked("return function() local t = {} t.t = t return t end").is_err_and(|why| why.contains("tables")));
    }

    #[test]
    fn files_that_are_no_checks() {
        assert!(Checker::new("c.lua", b"return 1").is_err_and(|reason| reason.contains("returns integer")));
        assert!(Checker::new("c.lua", b"return (").is_err_and(|reason| reason.starts_with("c.lua:1:")));
        assert!(Checker::new("c.lua", b"\x1bLua").is_err());
    }

    #[test]
    fn checks_remember() {
        let source = "local times = 0 return function() times = times + 1 return times < 3, times end";
        let mut check = Checker::new("c.lua", source.as_bytes()).unwrap();
        let mut scene = Scene { states: 0 };
        let outcomes = [(); 3].map(|()| check.check(&mut scene));
        assert_eq!(outcomes, [Ok(()), Ok(()), Err("3".to_owned())]);
    }
}
