//! The native modules: one file and one line each.

pub mod base;
mod blocks;
pub mod codecache;
mod convention;
pub mod core;
pub mod coroutine;
mod date;
pub mod debug;
pub mod dynamic;
pub mod files;
pub(super) mod guard;
mod handle;
pub mod host;
pub mod io;
pub mod lfs;
pub mod load;
pub mod math;
pub mod os;
pub mod pack;
pub mod package;
pub mod pointer;
pub mod profile;
mod read;
mod shuffle;
pub mod sim;
pub mod sqlite;
mod stock;
mod tables;
#[cfg(test)]
mod tests;
mod unpack;
pub(super) mod value;

use mlua::ffi::{self, lua_State};

use super::state::set_loaded;

/// Opens every native module and makes it known to `require`.
///
/// # Safety
/// Called during the opening of libraries, protected.
pub unsafe fn open_all(l: *mut lua_State) {
    // SAFETY: each opener leaves its table on the stack.
    unsafe {
        core::open(l);
        set_loaded(l, c"skynet.core");
        codecache::open(l);
        set_loaded(l, c"skynet.codecache");
        profile::open(l);
        set_loaded(l, c"skynet.profile");
        for (name, open) in [(c"io", io::open_io as ffi::lua_CFunction), (c"os", os::open_os)] {
            ffi::luaL_requiref(l, name.as_ptr(), open, 1);
            ffi::lua_settop(l, 0);
        }
        sim::open(l);
        set_loaded(l, c"skysim.sim");
        super::dispatch::open(l);
        set_loaded(l, c"skysim.dispatch");
        ffi::lua_settop(l, 0);
    }
}
