//! Making a Lua state: its seed, its libraries, and what is taken out of them so that nothing of
//! the host, and no address, reaches a service.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_uint, c_void};

use mlua::ffi::{self, lua_State};

use crate::memory::arena::lua_alloc;

use super::native;
use super::vm::Vm;

thread_local! {
    /// The seed of the state being made: Lua 5.4 takes none as an argument.
    static SEED: Cell<c_uint> = const { Cell::new(0) };
}

/// The seed of the state being made; called by the patched Lua 5.4.
#[unsafe(no_mangle)]
pub extern "C" fn skysim_make_seed() -> c_uint {
    SEED.get()
}

/// A bare state on an arena, with a given hash seed.
///
/// # Safety
/// `arena` points to an `Arena` that outlives the state.
pub unsafe fn new_state(arena: *mut c_void, seed: c_uint) -> *mut lua_State {
    // SAFETY: the allocation function matches the pointer.
    unsafe { new_state_with(lua_alloc, arena, seed) }
}

/// A bare state with an allocation function of its own.
///
/// # Safety
/// `arena` is what `allocate` takes, and outlives the state.
pub unsafe fn new_state_with(allocate: ffi::lua_Alloc, arena: *mut c_void, seed: c_uint) -> *mut lua_State {
    SEED.set(seed);
    // SAFETY: as the caller promises.
    let l = unsafe {
        #[cfg(feature = "lua55")]
        {
            ffi::lua_newstate(allocate, arena, seed)
        }
        #[cfg(feature = "lua54")]
        {
            ffi::lua_newstate(allocate, arena)
        }
    };
    assert!(!l.is_null(), "skysim: no memory for another Lua state");
    l
}

/// Stock libraries that are harmless once patched; `io`, `os` and `package` are our own.
const LIBRARIES: [(&CStr, unsafe extern "C-unwind" fn(*mut lua_State) -> c_int); 7] = [
    (c"_G", ffi::luaopen_base),
    (c"coroutine", ffi::luaopen_coroutine),
    (c"table", ffi::luaopen_table),
    (c"string", ffi::luaopen_string),
    (c"math", ffi::luaopen_math),
    (c"utf8", ffi::luaopen_utf8),
    (c"debug", ffi::luaopen_debug),
];

/// Opens and patches the libraries. Call protected: it may run out of memory.
///
/// # Safety
/// `l` is the main thread of a state whose extra space holds its [`Vm`].
pub unsafe extern "C-unwind" fn open_libraries(l: *mut lua_State) -> c_int {
    // SAFETY: plain use of the C API on a fresh state; nothing with a destructor is alive.
    unsafe {
        for (name, open) in LIBRARIES {
            ffi::luaL_requiref(l, name.as_ptr(), open, 1);
            close_over(l, ffi::lua_gettop(l));
            ffi::lua_settop(l, 0);
        }
        close_over_string_metatable(l);
        native::base::patch(l);
        native::coroutine::patch(l);
        native::math::patch(l);
        native::load::patch(l);
        native::open_all(l);
        ffi::lua_settop(l, 0);
        0
    }
}

/// Pushes a C function that needs no upvalue, as a closure: with one that is a null pointer. Templates
/// know it by that, and share it.
///
/// # Safety
/// Two free stack slots. May raise a memory error.
pub unsafe fn push_closed(l: *mut lua_State, function: ffi::lua_CFunction) {
    // SAFETY: as the caller promises.
    unsafe {
        ffi::lua_pushlightuserdata(l, std::ptr::null_mut());
        ffi::lua_pushcclosure(l, function, 1);
    }
}

/// Replaces the bare C functions of the table at `index` by closures: a closure is an object of the
/// arena, so that its address, which Lua hashes and prints, is the same in every process.
///
/// # Safety
/// A table is at `index`, counted from the bottom. May raise a memory error.
pub unsafe fn close_over(l: *mut lua_State, index: c_int) {
    // SAFETY: `index` is a table; assigning to existing keys during a traversal is allowed.
    unsafe {
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, index) != 0 {
            // One with upvalues is a closure already.
            let bare = ffi::lua_getupvalue(l, -1, 1).is_null();
            if !bare {
                ffi::lua_pop(l, 1);
            }
            if bare && let Some(function) = ffi::lua_tocfunction(l, -1) {
                ffi::lua_pushvalue(l, -2);
                push_closed(l, function);
                ffi::lua_rawset(l, index);
            }
            ffi::lua_pop(l, 1);
        }
    }
}

unsafe fn close_over_string_metatable(l: *mut lua_State) {
    // SAFETY: strings have a metatable once their library is open.
    unsafe {
        ffi::lua_pushliteral(l, c"");
        if ffi::lua_getmetatable(l, -1) != 0 {
            close_over(l, ffi::lua_gettop(l));
        }
        ffi::lua_settop(l, 0);
    }
}

/// Registers native functions in the table on top of the stack, as closures (see [`close_over`]).
///
/// # Safety
/// A table is on top of the stack. May raise a memory error.
pub unsafe fn register(l: *mut lua_State, functions: &[(&CStr, ffi::lua_CFunction)]) {
    for (name, function) in functions {
        // SAFETY: as the caller promises.
        unsafe {
            push_closed(l, *function);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
    }
}

/// Puts the value on top of the stack into `package.loaded[name]` and pops it.
///
/// # Safety
/// As for [`register`].
pub unsafe fn set_loaded(l: *mut lua_State, name: &CStr) {
    // SAFETY: the registry always has this table.
    unsafe {
        ffi::luaL_getsubtable(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
        ffi::lua_insert(l, -2);
        ffi::lua_setfield(l, -2, name.as_ptr());
        ffi::lua_pop(l, 1);
    }
}

// In c/shared.c.
unsafe extern "C" {
    fn skysim_has_last_words(l: *mut lua_State) -> c_int;
}

/// Whether closing a state would run code: finalizers, or variables to be closed.
///
/// # Safety
/// `l` is a live state.
pub unsafe fn has_last_words(l: *mut lua_State) -> bool {
    // SAFETY: as the caller promises.
    unsafe { skysim_has_last_words(l) != 0 }
}

/// Stores the record in the main thread's extra space, from where every new thread copies it.
///
/// # Safety
/// `l` is the main thread; `vm` outlives the state.
pub unsafe fn set_vm(l: *mut lua_State, vm: *mut Vm) {
    // SAFETY: the extra space is one pointer wide.
    unsafe { ffi::lua_getextraspace(l).cast::<*mut Vm>().write(vm) }
}

/// Checks that the Lua that is linked is the one that build.rs made: its `tostring` shows 32 bits,
/// whatever the address.
///
/// # Errors
/// What is wrong, in words.
pub fn check_linked_lua() -> Result<(), String> {
    let mut arena = crate::memory::Arena::new(1);
    // SAFETY: a state of our own, used and closed here; nothing raises but through the pcall.
    unsafe {
        let l = new_state(std::ptr::from_mut(&mut *arena).cast(), 1);
        ffi::lua_createtable(l, 0, 0);
        let address = ffi::lua_topointer(l, -1) as usize;
        ffi::luaL_tolstring(l, -1, std::ptr::null_mut());
        let shown = String::from_utf8_lossy(super::vm::bytes(l, -1)).into_owned();
        ffi::lua_close(l);
        let expected = format!("table: 0x{:x}", address & 0xffff_ffff);
        if shown == expected {
            Ok(())
        } else {
            Err(format!(
                "this program was linked with another Lua than its own (a table prints as `{shown}`, not `{expected}`); \
                 does another crate enable mlua's `vendored` feature?"
            ))
        }
    }
}
