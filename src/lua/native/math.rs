//! Mathematics with the same bits on every processor, and random numbers from the run's seed.

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::super::float;
use super::super::state::register;
use super::super::vm;
use super::stock;

/// Puts our versions in place. `math.random` has a constant seed until [`seed`].
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn patch(l: *mut lua_State) {
    let functions: [(&CStr, ffi::lua_CFunction); 8] = [
        (c"sin", sin),
        (c"cos", cos),
        (c"tan", tan),
        (c"asin", asin),
        (c"acos", acos),
        (c"atan", atan),
        (c"exp", exp),
        (c"log", log),
    ];
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_getglobal(l, c"math".as_ptr());
        register(l, &functions);
        ffi::lua_getfield(l, -1, c"randomseed".as_ptr());
        // The stock seed of 5.4 has an address in it.
        ffi::lua_pushinteger(l, 0);
        ffi::lua_call(l, 1, 0);
        stock::stand_before(l, c"randomseed", randomseed, 0);
        ffi::lua_settop(l, 0);
    }
}

/// Seeds `math.random` from the VM's stream.
///
/// # Safety
/// Called while a VM is prepared, protected, when nobody can have replaced the functions.
pub unsafe fn seed(l: *mut lua_State) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_getglobal(l, c"math".as_ptr());
        ffi::lua_getfield(l, -1, c"randomseed".as_ptr());
        ffi::lua_call(l, 0, 0);
        ffi::lua_pop(l, 1);
    }
}

macro_rules! one_argument {
    ($($name:ident = $kind:path: $function:path),* $(,)?) => {
        $(unsafe extern "C-unwind" fn $name(l: *mut lua_State) -> c_int {
            // SAFETY: a native function.
            unsafe {
                ffi::lua_pushnumber(l, $kind(ffi::luaL_checknumber(l, 1), $function));
                1
            }
        })*
    };
}

one_argument!(
    sin = float::one: libm::sin,
    cos = float::one: libm::cos,
    tan = float::one: libm::tan,
    asin = float::one_of_glibc: libm::asin,
    acos = float::one_of_glibc: libm::acos,
    exp = float::one: libm::exp,
);

unsafe extern "C-unwind" fn atan(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let y = ffi::luaL_checknumber(l, 1);
        let x = ffi::luaL_optnumber(l, 2, 1.0);
        ffi::lua_pushnumber(l, float::atan2(y, x));
        1
    }
}

unsafe extern "C-unwind" fn log(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        let x = ffi::luaL_checknumber(l, 1);
        let base = (ffi::lua_type(l, 2) > ffi::LUA_TNIL).then(|| ffi::luaL_checknumber(l, 2));
        ffi::lua_pushnumber(l, float::log(x, base));
        1
    }
}

/// Without arguments the stock function asks clock and addresses; ours draws from the VM's stream.
unsafe extern "C-unwind" fn randomseed(l: *mut lua_State) -> c_int {
    // SAFETY: a native function.
    unsafe {
        if ffi::lua_gettop(l) == 0 {
            let random = &raw mut (*vm::vm(l)).random;
            ffi::lua_pushinteger(l, (*random).next_u64() as i64);
            ffi::lua_pushinteger(l, (*random).next_u64() as i64);
        }
        stock::run(l)
    }
}
