//! What is known of the protocol "lua" beforehand: nearly all messages are of it.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

use crate::base::MessageKind;

use super::super::native::coroutine::is_active;
use super::super::native::pack;
use super::super::vm::{self, Vm};
use super::{LuaClass, is_function, upvalue, work};

/// `learn()`: looks at the class of "lua" again; called when a handler was set. Does nothing once
/// the table of classes has been handed out.
pub(super) unsafe extern "C-unwind" fn learn(l: *mut lua_State) -> c_int {
    // SAFETY: raw reads of the shared table; the handler moves to its place on the work thread.
    unsafe {
        let record = vm::vm(l);
        if (*record).dispatch.classes_exposed || is_active((*record).work) {
            // Code that runs on the work thread stands in the way of the handler's place there.
            (*record).dispatch.lua_class = LuaClass::Unknown;
            return 0;
        }
        ffi::lua_settop(l, 0);
        ffi::lua_pushliteral(l, c"lua");
        let name = ffi::lua_tolstring(l, 1, std::ptr::null_mut()).cast();
        ffi::lua_rawgeti(l, ffi::lua_upvalueindex(upvalue::PROTO), i64::from(MessageKind::LUA.0));
        for key in [c"pack", c"unpack", c"trace", c"dispatch"] {
            ffi::lua_pushstring(l, key.as_ptr());
            ffi::lua_rawget(l, 2);
        }
        let usual =
            is_function(l, 3, pack::pack) && is_function(l, 4, pack::unpack) && ffi::lua_type(l, 5) == ffi::LUA_TNIL;
        let handled = ffi::lua_toboolean(l, 6) != 0;
        ffi::lua_xmove(l, (*record).work, 1);
        ffi::lua_replace((*record).work, work::LUA_HANDLER);
        (*record).dispatch.lua_class = if usual { LuaClass::Usual { name, handled } } else { LuaClass::Unknown };
        0
    }
}

/// `expose()`: from now on anybody may change the class tables.
pub(super) unsafe extern "C-unwind" fn expose(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe { expose_classes(vm::vm(l)) };
    0
}

/// The same, for natives that hand the tables out.
///
/// # Safety
/// The record is alive.
pub unsafe fn expose_classes(vm: *mut Vm) {
    // SAFETY: see above.
    unsafe {
        (*vm).dispatch.classes_exposed = true;
        (*vm).dispatch.lua_class = LuaClass::Unknown;
    }
}
