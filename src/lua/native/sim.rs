//! `skysim.sim`, behind `require "sim"`: what a service may tell the simulator.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::base::{Stream, Value};
use crate::kernel::{Incident, Touch};
use crate::trace::{Check, Record};

use super::super::node::Buggify;
use super::super::state::register;
use super::super::vm::{self, bytes, kernel, node};
use super::guard;

/// The module in Lua through which services come here.
const OUR_OWN: &str = "./skysim/lualib/sim.lua:";

/// Leaves the module's table on the stack.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn open(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_createtable(l, 0, 3);
        register(l, &[(c"claim", claim), (c"buggify", buggify), (c"event", event)]);
    }
}

unsafe fn text(l: *mut lua_State, index: c_int) -> String {
    // SAFETY: raises before the text is made.
    unsafe {
        ffi::luaL_checklstring(l, index, std::ptr::null_mut());
        String::from_utf8_lossy(bytes(l, index)).into_owned()
    }
}

/// `claim("always" | "sometimes", name, holds)`
unsafe extern "C-unwind" fn claim(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; nothing raises after the texts are made.
    unsafe {
        ffi::luaL_checklstring(l, 1, std::ptr::null_mut());
        ffi::luaL_checklstring(l, 2, std::ptr::null_mut());
        let always = bytes(l, 1) == b"always";
        if !always {
            guard::point(l, 2);
        }
        let name = text(l, 2);
        let holds = ffi::lua_toboolean(l, 3) != 0;
        let handle = (*vm::vm(l)).handle;
        let now = kernel(l).now();
        let incident = if always {
            if holds {
                return 0;
            }
            let position = vm::position(l, 4);
            let place: Vec<&str> = position.split(" < ").skip_while(|at| at.starts_with(OUR_OWN)).take(3).collect();
            let reason = format!("does not hold at {}", place.join(" < "));
            kernel(l).tracer_record(&Record::Check { name: &name, check: Check::Fails(&reason) });
            Incident::Violated { handle, name, reason }
        } else {
            Incident::Sometimes { name, holds }
        };
        kernel(l).output.incident(now, incident);
        0
    }
}

/// `buggify(name, p)`: true with probability p, from the stream of this name in this VM; false if the plan wants no
/// such thing.
unsafe extern "C-unwind" fn buggify(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        ffi::luaL_checklstring(l, 1, std::ptr::null_mut());
        let probability = ffi::luaL_checknumber(l, 2);
        let record = vm::vm(l);
        if node(l).settings.buggify == Buggify::Off {
            ffi::lua_pushboolean(l, 0);
            return 1;
        }
        let name = format!("buggify/{}/{}", (*record).name, String::from_utf8_lossy(bytes(l, 1)));
        let seed = node(l).chance();
        let streams = &raw mut (*record).buggify;
        let struck = (*streams).entry(name).or_insert_with_key(|name| Stream::new(seed, name)).chance(probability);
        ffi::lua_pushboolean(l, c_int::from(struck));
        1
    }
}

/// What was given to `event`, before it became text.
#[derive(Clone, Copy)]
enum Scalar {
    Nothing,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// A string, or something that is shown as one.
    Text,
}

unsafe fn scalar(l: *mut lua_State, index: c_int) -> Scalar {
    // SAFETY: nothing is converted.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TNONE | ffi::LUA_TNIL => Scalar::Nothing,
            ffi::LUA_TBOOLEAN => Scalar::Boolean(ffi::lua_toboolean(l, index) != 0),
            ffi::LUA_TNUMBER if ffi::lua_isinteger(l, index) != 0 => {
                Scalar::Integer(ffi::lua_tointegerx(l, index, std::ptr::null_mut()))
            }
            ffi::LUA_TNUMBER => Scalar::Float(ffi::lua_tonumberx(l, index, std::ptr::null_mut())),
            _ => Scalar::Text,
        }
    }
}

/// `event(name, data)`: a line in the trace.
unsafe extern "C-unwind" fn event(l: *mut lua_State) -> c_int {
    // SAFETY: a native function; the line is made once nothing raises any more.
    unsafe {
        ffi::luaL_checklstring(l, 1, std::ptr::null_mut());
        guard::point(l, 1);
        ffi::lua_settop(l, if ffi::lua_type(l, 2) > ffi::LUA_TNIL { 2 } else { 1 });
        // Before it becomes text.
        let given = scalar(l, 2);
        super::base::to_texts(l, 1);
        let record = vm::vm(l);
        let mut line = std::mem::take(&mut (*record).scratch);
        super::base::join_texts(l, &mut line, 1, b' ');
        line.splice(0..0, *b"event ");
        kernel(l).tracer_record(&Record::Log { handle: (*record).handle, text: &line });
        (*record).scratch = line;
        let data = match given {
            Scalar::Nothing => Value::Nil,
            Scalar::Boolean(value) => Value::Boolean(value),
            Scalar::Integer(value) => Value::Integer(value),
            Scalar::Float(value) => Value::Float(value),
            Scalar::Text => Value::String(bytes(l, 2).to_vec()),
        };
        let (handle, name) = ((*record).handle, String::from_utf8_lossy(bytes(l, 1)).into_owned());
        kernel(l).touch(Touch::Changed);
        let now = kernel(l).now();
        kernel(l).output.incident(now, Incident::Told { handle, name, data });
        0
    }
}
