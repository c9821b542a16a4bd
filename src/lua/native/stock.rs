//! Stock functions that ours stand before. They run in the frame of ours, not in one of their own: so
//! they know the name that they were called by, levels of the stack count from the same caller, and a
//! traceback shows one function.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

/// Upvalue 1 is the stock function's own, which it looks for there; this is the stock function.
const STOCK: c_int = 2;

/// Upvalues of every such function of ours; what [`stand_before`] adds comes behind them.
pub(super) const UPVALUES: c_int = 2;

/// Puts `ours` in the place of a function of the table below the `extra` values on top of the stack,
/// which become upvalues, too.
///
/// # Safety
/// `l` is a live state with such a stack and three free slots, in a protected call; the table has a C
/// function with at most one upvalue under that name.
pub(super) unsafe fn stand_before(l: *mut lua_State, name: &CStr, ours: ffi::lua_CFunction, extra: c_int) {
    // SAFETY: as the caller promises.
    unsafe {
        let table = ffi::lua_absindex(l, -1 - extra);
        ffi::lua_getfield(l, table, name.as_ptr());
        if ffi::lua_getupvalue(l, -1, 1).is_null() {
            ffi::lua_pushlightuserdata(l, std::ptr::null_mut());
        }
        ffi::lua_insert(l, table + 1);
        ffi::lua_insert(l, table + STOCK);
        ffi::lua_pushcclosure(l, ours, UPVALUES + extra);
        ffi::lua_setfield(l, table, name.as_ptr());
    }
}

/// Runs the stock function on the arguments on the stack: its results are on top, and this many.
///
/// # Safety
/// In a native function that [`stand_before`] put in place, with nothing alive that has a destructor.
pub(super) unsafe fn run(l: *mut lua_State) -> c_int {
    // SAFETY: as the caller promises; a C function takes its arguments and upvalues from the frame.
    unsafe {
        match ffi::lua_tocfunction(l, ffi::lua_upvalueindex(STOCK)) {
            Some(stock) => stock(l),
            None => unreachable!("bug in skysim: no stock function behind one of ours"),
        }
    }
}
