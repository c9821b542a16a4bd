//! Looking at a Lua service from outside: its state, and what it waits for. A look leaves no trace:
//! the service's memory is put back as it was.

use std::ffi::CStr;

use mlua::ffi::{self, lua_State};

use crate::base::{Session, VirtualTime};
use crate::kernel::{Kernel, ServiceId};
use crate::state::StateGraph;

use super::capture::{self, Baseline, CaptureError, Roots};
use super::dispatch::{self, Callee, Pending, PendingKind};
use super::library;
use super::node::Library;
use super::service::{self, LuaService};
use super::vm::{self, Vm};

/// Runs something on a service's record, if it is a Lua service that lives and does not run now.
fn with_vm<R>(kernel: &mut Kernel, id: ServiceId, look: impl FnOnce(&mut Kernel, *mut Vm) -> R) -> Option<R> {
    kernel.with_service(id, |kernel, object| {
        let vm = object.downcast_mut::<LuaService>()?.vm();
        (!vm.is_null()).then(|| look(kernel, vm))
    })?
}

/// The bytes that a look at a Lua service has to save and put back; `None` if there is no such service.
pub fn bytes_of(kernel: &mut Kernel, id: ServiceId) -> Option<usize> {
    // SAFETY: `with_service` lends out a service that does not run.
    with_vm(kernel, id, |_, vm| unsafe { (*vm).arena.extent() })
}

/// The private state of a Lua service; `None` if there is no such service.
pub fn state_of(kernel: &mut Kernel, id: ServiceId) -> Option<Result<StateGraph, CaptureError>> {
    // SAFETY: `with_service` lends out a service that does not run.
    with_vm(kernel, id, |kernel, vm| unsafe {
        if !(*vm).is_prepared() {
            return Ok(StateGraph::default());
        }
        prepare_baseline(kernel, vm);
        let image = (*vm).arena.save();
        let limits = (*vm).arena.lift_limits();
        let graph = capture_prepared(vm);
        (*vm).arena.restore(&image);
        (*vm).arena.put_limits(limits);
        graph
    })
}

unsafe fn capture_prepared(vm: *mut Vm) -> Result<StateGraph, CaptureError> {
    // SAFETY: as in `state_of`; what is pushed here is gone when the memory is put back.
    unsafe {
        let l = (*vm).main;
        let top = ffi::lua_gettop(l);
        if ffi::lua_checkstack(l, 16) == 0 {
            return Err(CaptureError::Memory);
        }
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS);
        let protocols = push_protocols(l, top + 1);
        let coroutines = threads(vm).into_iter().map(|(label, thread)| capture::Pending { label, thread }).collect();
        let node = vm::node(l);
        let baseline = node.baseline.borrow();
        let Some(baseline) = baseline.as_ref() else { return Ok(StateGraph::default()) };
        let roots = Roots {
            protocols: if protocols { top + 3 } else { 0 },
            loaded: top + 1,
            globals: top + 2,
            coroutines,
            baseline,
        };
        let graph = capture::capture(l, &roots);
        ffi::lua_settop(l, top);
        graph
    }
}

/// Pushes `skynet._proto` if the module is loaded.
unsafe fn push_protocols(l: *mut lua_State, loaded: i32) -> bool {
    // SAFETY: raw reads by interned or fresh keys; `loaded` is a table.
    unsafe {
        let top = ffi::lua_gettop(l);
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"skysim_proto".as_ptr());
        if vm::node(l).settings.library == Library::BuiltIn {
            return ffi::lua_type(l, -1) == ffi::LUA_TTABLE;
        }
        ffi::lua_settop(l, top);
        if get_raw(l, loaded, c"skynet") == ffi::LUA_TTABLE && get_raw(l, -1, c"_proto") == ffi::LUA_TTABLE {
            ffi::lua_remove(l, -2);
            return true;
        }
        ffi::lua_settop(l, top);
        false
    }
}

unsafe fn get_raw(l: *mut lua_State, table: i32, key: &CStr) -> i32 {
    // SAFETY: `table` is a table; it is looked up before the key moves relative indices.
    unsafe {
        let table = ffi::lua_absindex(l, table);
        ffi::lua_pushstring(l, key.as_ptr());
        ffi::lua_rawget(l, table)
    }
}

/// What a fresh service of this node has: made once, in a VM that is thrown away.
unsafe fn prepare_baseline(kernel: &mut Kernel, vm: *mut Vm) {
    // SAFETY: the scratch VM is entered with the kernel, used and closed here.
    unsafe {
        let node = std::rc::Rc::clone(&(*vm).node);
        if node.baseline.borrow().is_some() {
            return;
        }
        let prefixes: &[&str] = match node.settings.library {
            Library::BuiltIn => &[library::CHUNK_PREFIX],
            Library::Checkout => &[library::CHUNK_PREFIX, library::CHECKOUT_PREFIX],
        };
        let mut baseline = Baseline::new(prefixes);
        service::with_scratch_vm(&node, kernel, |scratch| {
            let l = (*scratch).main;
            ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
            ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS);
            baseline.record(l, 1, 2);
            ffi::lua_settop(l, 0);
        });
        *node.baseline.borrow_mut() = Some(baseline);
    }
}

/// What the coroutines of a Lua service wait for; empty if there is no such service.
pub fn pending_of(kernel: &mut Kernel, id: ServiceId) -> Vec<Pending> {
    // SAFETY: as in `state_of`.
    with_vm(kernel, id, |_, vm| unsafe {
        if vm::node((*vm).main).settings.library == Library::BuiltIn {
            return dispatch::pending(vm);
        }
        let image = (*vm).arena.save();
        let pending = pending_of_checkout(vm);
        (*vm).arena.restore(&image);
        pending
    })
    .unwrap_or_default()
}

unsafe fn threads(vm: *mut Vm) -> Vec<(String, *mut lua_State)> {
    // SAFETY: as in `state_of`.
    unsafe {
        if vm::node((*vm).main).settings.library == Library::BuiltIn {
            return dispatch::pending_threads(vm);
        }
        waiting_of_checkout(vm)
            .into_iter()
            .map(|(session, thread, callee)| {
                let what = match callee {
                    Some(Callee::Handle(handle)) => format!("call {handle}"),
                    Some(Callee::Name(name)) => format!("call {}", String::from_utf8_lossy(&name)),
                    None => "wait".to_owned(),
                };
                (format!("session {session} {what}"), thread)
            })
            .collect()
    }
}

unsafe fn pending_of_checkout(vm: *mut Vm) -> Vec<Pending> {
    // SAFETY: as in `state_of`.
    unsafe {
        waiting_of_checkout(vm)
            .into_iter()
            .map(|(session, thread, callee)| Pending {
                session: Session(session),
                kind: callee.map_or(PendingKind::Wait, PendingKind::Call),
                // The real library does not remember since when.
                since: VirtualTime::ZERO,
                position: vm::position(thread, 4),
            })
            .collect()
    }
}

/// The waiting coroutines of a service on the real library: they stand in local variables of its
/// `skynet` module (`session_id_coroutine`, `watching_session`), reached as upvalues.
unsafe fn waiting_of_checkout(vm: *mut Vm) -> Vec<(i32, *mut lua_State, Option<Callee>)> {
    // SAFETY: raw reads; the stack is restored by the caller or here.
    unsafe {
        let l = (*vm).main;
        let top = ffi::lua_gettop(l);
        let mut found = Vec::new();
        ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
        if get_raw(l, top + 1, c"skynet") == ffi::LUA_TTABLE
            && get_raw(l, top + 2, c"exit") == ffi::LUA_TFUNCTION
            && push_upvalue(l, top + 3, b"session_id_coroutine")
            && push_upvalue(l, top + 3, b"watching_session")
        {
            ffi::lua_pushnil(l);
            while ffi::lua_next(l, top + 4) != 0 {
                let thread = ffi::lua_tothread(l, -1);
                let session = ffi::lua_tointegerx(l, -2, std::ptr::null_mut());
                if !thread.is_null() {
                    let watched = ffi::lua_rawgeti(l, top + 5, session) != ffi::LUA_TNIL;
                    let callee = watched.then(|| dispatch::callee_at(l, -1));
                    ffi::lua_pop(l, 1);
                    found.push((session as i32, thread, callee));
                }
                ffi::lua_pop(l, 1);
            }
        }
        ffi::lua_settop(l, top);
        found.sort_by_key(|(session, ..)| *session);
        found
    }
}

/// Pushes the table that a function's upvalue of that name holds.
unsafe fn push_upvalue(l: *mut lua_State, function: i32, wanted: &[u8]) -> bool {
    // SAFETY: `function` is a function; upvalue names are C strings.
    unsafe {
        let mut index = 1;
        loop {
            let name = ffi::lua_getupvalue(l, function, index);
            if name.is_null() {
                return false;
            }
            if CStr::from_ptr(name).to_bytes() == wanted && ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
                return true;
            }
            ffi::lua_pop(l, 1);
            index += 1;
        }
    }
}
