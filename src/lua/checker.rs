//! A scenario's check: Lua in a small state of its own, apart from all services. It sees values
//! and reaches nothing else, neither the host nor the node.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use mlua::ffi::{self, lua_State};
use mlua::{Function, HookTriggers, Lua, MultiValue, StdLib, Table, VmState};

use crate::base::Value;
use crate::memory::Arena;

/// Checks know no chance: their states all have this seed.
const HASH_SEED: u32 = 0x736b_7973;

/// Instructions between two looks at how long a check has run.
const HOOK_INSTRUCTIONS: u32 = 1_000_000;

/// Looks after which a check counts as endless: as many instructions as a handler may take.
const HOOKS_MAX: u32 = 1_000;

/// Tables in one another that may leave a check's state.
const DEPTH_MAX: usize = 8;

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
    check: Option<Function>,
    lua: Option<Lua>,
    hooks: Rc<Cell<u32>>,
    claims: Claims,
    state: *mut lua_State,
    /// Last, so that it outlives the state.
    _arena: Box<Arena>,
}

impl Checker {
    /// Compiles a check. The file must return a function, which is called with the world.
    ///
    /// # Errors
    /// When the file does not compile, fails, or returns something else.
    pub fn new(path: &str, source: &[u8]) -> Result<Checker, String> {
        let mut arena = Arena::new(0);
        // SAFETY: the arena is boxed and outlives the state, which is closed in `drop`; `Lua` is
        // dropped before that. Opening the base library in a fresh state cannot fail.
        let (state, lua) = unsafe {
            let state = super::state::new_state(std::ptr::from_mut(&mut *arena).cast(), HASH_SEED);
            ffi::luaL_requiref(state, c"_G".as_ptr(), ffi::luaopen_base, 1);
            ffi::lua_settop(state, 0);
            (state, Lua::get_or_init_from_ptr(state).clone())
        };
        let mut checker = Checker {
            check: None,
            lua: Some(lua.clone()),
            hooks: Rc::default(),
            claims: Claims::default(),
            state,
            _arena: arena,
        };
        give_sim(&lua, &checker.claims).map_err(|error| brief(&error))?;
        checker.check = Some(load(&lua, path, source).map_err(|error| brief(&error))?);
        let hooks = checker.hooks.clone();
        let triggers = HookTriggers::new().every_nth_instruction(HOOK_INSTRUCTIONS);
        lua.set_hook(triggers, move |_, _| {
            hooks.set(hooks.get() + 1);
            if hooks.get() > HOOKS_MAX {
                return Err(mlua::Error::runtime("the check does not end"));
            }
            Ok(VmState::Continue)
        })
        .map_err(|error| brief(&error))?;
        Ok(checker)
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
        let (Some(lua), Some(check)) = (&self.lua, &self.check) else { return Ok(MultiValue::new()) };
        self.hooks.set(0);
        call(lua, check, subject).map_err(|error| brief(&error))
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        self.check = None;
        self.lua = None;
        // SAFETY: the state is ours, and nothing that refers to it is left.
        unsafe { ffi::lua_close(self.state) };
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

fn load(lua: &Lua, path: &str, source: &[u8]) -> mlua::Result<Function> {
    lua.load_std_libs(StdLib::COROUTINE | StdLib::TABLE | StdLib::STRING | StdLib::UTF8 | StdLib::MATH)?;
    let globals = lua.globals();
    for name in ["dofile", "loadfile", "print", "warn", "collectgarbage"] {
        globals.set(name, mlua::Value::Nil)?;
    }
    globals.get::<Table>("math")?.get::<Function>("randomseed")?.call::<()>(0)?;
    let returned: mlua::Value = lua.load(source).set_name(format!("@{path}")).call(())?;
    match returned {
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

fn to_lua(lua: &Lua, value: &Value) -> mlua::Result<mlua::Value> {
    Ok(match value {
        Value::Nil => mlua::Value::Nil,
        Value::Boolean(boolean) => mlua::Value::Boolean(*boolean),
        Value::Integer(integer) => mlua::Value::Integer(*integer),
        Value::Float(float) => mlua::Value::Number(*float),
        Value::String(bytes) => mlua::Value::String(lua.create_string(bytes)?),
        // An address means nothing here: its number does.
        Value::Pointer(address) => mlua::Value::Integer(address.cast_signed()),
        Value::Table(content) => {
            let table = lua.create_table_with_capacity(content.array.len(), content.pairs.len())?;
            for (index, item) in (1_i64..).zip(&content.array) {
                table.raw_set(index, to_lua(lua, item)?)?;
            }
            for (key, item) in &content.pairs {
                if !matches!(key, Value::Nil) && !matches!(key, Value::Float(float) if float.is_nan()) {
                    table.raw_set(to_lua(lua, key)?, to_lua(lua, item)?)?;
                }
            }
            mlua::Value::Table(table)
        }
    })
}

/// A value as it is outside of Lua: data, in no more than `depth` tables.
fn from_lua(value: &mlua::Value, depth: usize) -> Result<Value, String> {
    Ok(match value {
        mlua::Value::Nil => Value::Nil,
        mlua::Value::Boolean(boolean) => Value::Boolean(*boolean),
        mlua::Value::Integer(integer) => Value::Integer(*integer),
        mlua::Value::Number(float) => Value::Float(*float),
        mlua::Value::String(text) => Value::String(text.as_bytes().to_vec()),
        mlua::Value::Table(table) if depth > 0 => {
            let mut pairs = Vec::new();
            for pair in table.pairs::<mlua::Value, mlua::Value>() {
                let (key, item) = pair.map_err(|error| brief(&error))?;
                pairs.push((key, item));
            }
            let count = table.raw_len();
            let place = |key: &mlua::Value| key.as_integer().and_then(|key| usize::try_from(key).ok());
            let mut content = crate::base::Table { array: vec![Value::Nil; count], pairs: Vec::new() };
            for (key, item) in pairs {
                let item = from_lua(&item, depth - 1)?;
                match place(&key).filter(|place| (1..=count).contains(place)) {
                    Some(place) => content.array[place - 1] = item,
                    None => content.pairs.push((from_lua(&key, depth - 1)?, item)),
                }
            }
            Value::Table(content)
        }
        mlua::Value::Table(_) => return Err(format!("there are more than {DEPTH_MAX} tables in one another")),
        other => return Err(format!("there is a {} in what it returned", other.type_name())),
    })
}

/// An error without the traceback through skysim's own functions.
fn brief(error: &mlua::Error) -> String {
    let text = match error {
        mlua::Error::RuntimeError(text) => text.clone(),
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        mlua::Error::CallbackError { cause, .. } => return brief(cause),
        other => other.to_string(),
    };
    text.split("\nstack traceback:").next().unwrap_or(&text).to_owned()
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
