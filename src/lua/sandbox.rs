//! A small Lua state for a file that a scenario brings, apart from all services: it sees values and reaches nothing
//! else, neither the host nor the node. And values on their way in and out.

use std::cell::Cell;
use std::rc::Rc;

use mlua::ffi::{self, lua_State};
use mlua::{Function, HookTriggers, Lua, StdLib, Table, VmState};

use crate::base::Value;
use crate::memory::Arena;

/// Such files know no chance: their states all have this seed.
const HASH_SEED: u32 = 0x736b_7973;

/// Instructions between two looks at how long something has run.
const HOOK_INSTRUCTIONS: u32 = 1_000_000;

/// Looks after which it counts as endless: as many instructions as a handler may take.
const HOOKS_MAX: u32 = 1_000;

/// Tables in one another that may leave the state.
pub(super) const DEPTH_MAX: usize = 8;

/// The state. Whoever holds functions of it lets go of them first.
pub(super) struct Sandbox {
    lua: Option<Lua>,
    hooks: Rc<Cell<u32>>,
    state: *mut lua_State,
    /// Last, so that it outlives the state.
    _arena: Box<Arena>,
}

impl Sandbox {
    /// A fresh state with the libraries that compute; `what` is the word for what runs in it, as in `check`.
    pub(super) fn new(what: &'static str) -> Result<Sandbox, String> {
        let mut arena = Arena::new(0);
        // SAFETY: the arena is boxed and outlives the state, which is closed in `drop`; `Lua` is
        // dropped before that. Opening the base library in a fresh state cannot fail.
        let (state, lua) = unsafe {
            let state = super::state::new_state(std::ptr::from_mut(&mut *arena).cast(), HASH_SEED);
            ffi::luaL_requiref(state, c"_G".as_ptr(), ffi::luaopen_base, 1);
            ffi::lua_settop(state, 0);
            (state, Lua::get_or_init_from_ptr(state).clone())
        };
        let sandbox = Sandbox { lua: Some(lua.clone()), hooks: Rc::default(), state, _arena: arena };
        furnish(&lua, what, &sandbox.hooks).map_err(|error| brief(&error))?;
        Ok(sandbox)
    }

    /// The state, for a call that begins now.
    pub(super) fn begin(&self) -> Option<&Lua> {
        self.hooks.set(0);
        self.lua.as_ref()
    }

    /// What a file returns.
    pub(super) fn run(&self, path: &str, source: &[u8]) -> mlua::Result<mlua::Value> {
        match self.begin() {
            Some(lua) => lua.load(source).set_name(format!("@{path}")).call(()),
            None => Ok(mlua::Value::Nil),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.lua = None;
        // SAFETY: the state is ours, and nothing that refers to it is left.
        unsafe { ffi::lua_close(self.state) };
    }
}

/// What files may use, and the bound on how long they run.
fn furnish(lua: &Lua, what: &'static str, hooks: &Rc<Cell<u32>>) -> mlua::Result<()> {
    lua.load_std_libs(StdLib::COROUTINE | StdLib::TABLE | StdLib::STRING | StdLib::UTF8 | StdLib::MATH)?;
    let globals = lua.globals();
    for name in ["dofile", "loadfile", "print", "warn", "collectgarbage"] {
        globals.set(name, mlua::Value::Nil)?;
    }
    globals.get::<Table>("math")?.get::<Function>("randomseed")?.call::<()>(0)?;
    let hooks = hooks.clone();
    let triggers = HookTriggers::new().every_nth_instruction(HOOK_INSTRUCTIONS);
    lua.set_hook(triggers, move |_, _| {
        hooks.set(hooks.get() + 1);
        if hooks.get() > HOOKS_MAX {
            return Err(mlua::Error::runtime(format!("the {what} does not end")));
        }
        Ok(VmState::Continue)
    })
}

/// A value on its way in.
pub(super) fn to_lua(lua: &Lua, value: &Value) -> mlua::Result<mlua::Value> {
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
pub(super) fn from_lua(value: &mlua::Value, depth: usize) -> Result<Value, String> {
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
pub(super) fn brief(error: &mlua::Error) -> String {
    let text = match error {
        mlua::Error::RuntimeError(text) => text.clone(),
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        mlua::Error::CallbackError { cause, .. } => return brief(cause),
        other => other.to_string(),
    };
    text.split("\nstack traceback:").next().unwrap_or(&text).to_owned()
}
