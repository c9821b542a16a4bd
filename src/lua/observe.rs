//! Looking at the state of a Lua service from outside. A look leaves no trace: the service's memory is put
//! back as it was.

use std::ffi::CStr;

use mlua::ffi::{self, lua_State};

use crate::kernel::{Kernel, ServiceId};
use crate::state::StateGraph;

use super::capture::{self, Baseline, CaptureError, Roots};
use super::dispatch::{self, Callee};
use super::library;
use super::native;
use super::node::Library;
use super::service::{self, LuaService};
use super::vm::{self, Authors, Vm};
use super::waiting::waiting_of_checkout;

/// Runs something on a service's record, if it is a Lua service that lives and does not run now.
pub(super) fn with_vm<R>(
    kernel: &mut Kernel,
    id: ServiceId,
    look: impl FnOnce(&mut Kernel, *mut Vm) -> R,
) -> Option<R> {
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

/// Whether it is a Lua service that has loaded other code than the library's.
pub fn runs_user_code(kernel: &mut Kernel, id: ServiceId) -> bool {
    // SAFETY: `with_service` lends out a service that does not run.
    with_vm(kernel, id, |_, vm| unsafe { (*vm).code == Authors::User }).unwrap_or(false)
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

pub(super) unsafe fn get_raw(l: *mut lua_State, table: i32, key: &CStr) -> i32 {
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
        let mut baseline = Baseline::new(prefixes).showing(library::STORES);
        service::with_scratch_vm(&node, kernel, |scratch| {
            let l = (*scratch).main;
            native::package::open_all(l);
            ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"_LOADED".as_ptr());
            ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS);
            baseline.record(l, 1, 2);
            ffi::lua_settop(l, 0);
        });
        *node.baseline.borrow_mut() = Some(baseline);
    }
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
