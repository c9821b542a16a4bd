//! A VM as a service: `service_snlua.c`. Its first message starts it, the callback receives the rest.

use std::any::Any;
use std::ffi::c_int;
use std::rc::Rc;

use mlua::ffi::{self, lua_State};
use xxhash_rust::xxh3::xxh3_64;

use crate::base::{MessageKind, Session, Span, Stream};
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::kernel::{Kernel, Message, Module, Received, Service, ServiceId, Started};
use crate::memory::{Arena, Lines};

use super::callback::{self, Failure, report};
use super::coverage::Cover;
use super::dispatch::{self};
use super::node::LuaNode;
use super::state;
use super::vm::{Callback, SlowCpu, Vm, bytes, set_active};
use super::{library, meter, native};

/// Memory use at which the first warning is logged: 32 MB, then doubling (`MEMORY_WARNING_REPORT`).
const MEMORY_WARNING_BYTES: usize = 32 << 20;

/// Makes Lua services.
pub struct SnluaModule(pub Rc<LuaNode>);

impl Module for SnluaModule {
    fn name(&self) -> &str {
        "snlua"
    }

    fn create(&self, _kernel: &mut Kernel, args: &[u8]) -> Box<dyn Service> {
        Box::new(LuaService { vm: create_vm(&self.0, args) })
    }
}

/// A Lua service. Its record is reached through a raw pointer, because natives called by Lua reach
/// it too while a method of the service runs.
pub struct LuaService {
    vm: *mut Vm,
}

/// The record, for captures of state. `None` once the service has ended.
impl LuaService {
    /// The VM's record.
    #[must_use]
    pub fn vm(&self) -> *mut Vm {
        self.vm
    }

    /// It is gone at once: no finalizer runs, and of what it has not flushed only the first bytes stay in
    /// each file.
    pub fn crash(&mut self, torn: u64) {
        let vm = std::mem::replace(&mut self.vm, std::ptr::null_mut());
        if !vm.is_null() {
            // SAFETY: the record is ours alone, and no Lua of it runs. The state goes with its arena.
            unsafe {
                (*vm).files.crash(torn);
                (*vm).files.close_all();
                drop(Box::from_raw(vm));
            }
        }
    }

    /// Each instruction of the next message that it handles takes so long.
    pub fn slow_down(&mut self, per_instruction: Span) {
        // SAFETY: as in `leave_memory`.
        if let Some(vm) = unsafe { self.vm.as_mut() } {
            vm.slow_cpu = Some(SlowCpu { per_instruction, metered_from: 0 });
        }
    }

    /// Leaves it so many bytes more than it uses. Returns its limit before.
    pub fn leave_memory(&mut self, bytes: usize) -> usize {
        // SAFETY: the record lives as long as the service; no Lua of it runs.
        let arena = unsafe { self.vm.as_mut().map(|vm| &mut vm.arena) };
        arena.map_or(usize::MAX, |arena| arena.tighten(bytes))
    }

    /// Sets its limit of memory.
    pub fn limit_memory(&mut self, bytes: usize) {
        // SAFETY: as in `leave_memory`.
        if let Some(vm) = unsafe { self.vm.as_mut() } {
            vm.arena.set_limit(bytes);
        }
    }
}

/// A state with nothing in it yet, and its record. The name of the service and how many VMs came
/// before it with that name make its seed and the place of its arena.
fn create_vm(node: &Rc<LuaNode>, args: &[u8]) -> *mut Vm {
    let number = node.vms.get();
    node.vms.set(number + 1);
    let name = args.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()).unwrap_or(b"");
    let name = format!("lua/{}/{number}", String::from_utf8_lossy(name));
    let arena = Arena::new(xxh3_64(name.as_bytes()));
    let vm = Vm::boxed(node, arena, Stream::new(node.chance(), &name));
    // SAFETY: a fresh record, which outlives the state: it owns the arena, which is boxed.
    unsafe {
        (*vm).name = name;
        let template = node.template();
        (*vm).main = template.copy_into(&mut (*vm).arena, vm);
        (*vm).active = (*vm).main;
        if let Some(covering) = &node.settings.coverage {
            let mut cover = Cover::boxed(covering);
            cover.begin(&mut (*vm).arena, &[(*vm).main, template.work(&(*vm).arena)]);
            (*vm).cover = Some(cover);
        }
        (*vm).unopened = template.unopened();
        (*vm).template = Some(template);
        (*vm).arena.set_report(MEMORY_WARNING_BYTES, warn_of_memory, vm.cast());
        if let Some(limit) = node.settings.memory_max_bytes {
            (*vm).arena.set_limit(limit);
        }
    }
    vm
}

/// Makes a VM as for a service, up to where its loader would run, and throws it away after `look`.
///
/// # Safety
/// `look` leaves the stack as it was.
pub(super) unsafe fn with_scratch_vm(node: &Rc<LuaNode>, kernel: &mut Kernel, look: impl FnOnce(*mut Vm)) {
    let made = node.vms.get();
    let mut service = LuaService { vm: create_vm(node, b"") };
    node.vms.set(made);
    // SAFETY: as in `receive`; both functions run in protected calls.
    unsafe {
        let vm = service.vm;
        (*vm).kernel = kernel;
        let l = (*vm).main;
        let status = prepare(vm);
        assert!(
            status == ffi::LUA_OK,
            "bug in skysim: a bare VM failed to open: {}",
            String::from_utf8_lossy(bytes(l, -1))
        );
        look(vm);
        (*vm).kernel = std::ptr::null_mut();
    }
    service.stop(kernel);
}

/// The arena has passed a mark: logged as `lalloc` does; the next mark is twice as high.
fn warn_of_memory(owner: *mut std::ffi::c_void, used: usize) -> usize {
    // SAFETY: the owner is the record; its kernel is set while Lua runs, and null otherwise.
    unsafe {
        let vm = owner.cast::<Vm>();
        let mut mark = MEMORY_WARNING_BYTES;
        while mark < used {
            mark *= 2;
        }
        if !(*vm).kernel.is_null() {
            let text = format!("Memory warning {:.2} M", used as f32 / (1024.0 * 1024.0));
            (*(*vm).kernel).log((*vm).handle, text.as_bytes());
        }
        mark
    }
}

impl Service for LuaService {
    fn start(&mut self, kernel: &mut Kernel, me: ServiceId, args: &[u8]) -> Started {
        let handle = kernel.context(me).handle();
        // SAFETY: the record is ours; no Lua runs here.
        unsafe {
            (*self.vm).me = me;
            (*self.vm).handle = handle;
        }
        // It must be the first message (`snlua_init`).
        let data = kernel.payload(args);
        let session = SessionChoice::Given(Session::NONE);
        kernel.send(me, handle, Outgoing { source: None, kind: MessageKind::TEXT, session, data, origin: None });
        Started::Yes
    }

    #[inline]
    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received {
        let vm = self.vm;
        // SAFETY: while this method runs, natives reach the kernel only through the pointer set
        // here, and `kernel` itself is not used.
        unsafe {
            (*vm).kernel = kernel;
            if (*vm).trap {
                ffi::lua_sethook((*vm).main, None, 0, 0);
            }
            self.begin_message();
            let received = match (*vm).callback {
                Callback::Native if (*vm).trap => {
                    // It strikes before the message reaches its handler, which loses the message.
                    (*vm).trap = false;
                    report(vm, message, Failure::Run, b"signal 0");
                    Received::Handled
                }
                Callback::Native => {
                    dispatch::receive(vm, message);
                    Received::Handled
                }
                Callback::Lua { thread, ownership } => {
                    if (*vm).trap {
                        set_trap(thread);
                    }
                    callback::receive(vm, thread, ownership, message);
                    Received::Handled
                }
                Callback::Launch => {
                    (*vm).callback = Callback::None;
                    launch(vm, message);
                    Received::Handled
                }
                Callback::None => Received::NoCallback,
            };
            self.end_message();
            (*vm).kernel = std::ptr::null_mut();
            received
        }
    }

    fn lines(&self) -> Lines {
        // SAFETY: the record lives until `stop`; no Lua of it runs.
        if self.vm.is_null() { Lines::NONE } else { unsafe { dispatch::lines(self.vm) } }
    }

    fn signal(&mut self, kernel: &mut Kernel, number: i32) {
        // SAFETY: as in `receive`. The service is idle: a signal 0 strikes its next message.
        unsafe {
            (*self.vm).kernel = kernel;
            (*self.vm).active = (*self.vm).main;
            signal(self.vm, number);
            (*self.vm).kernel = std::ptr::null_mut();
        }
    }

    fn stop(&mut self, kernel: &mut Kernel) {
        // SAFETY: as in `receive`. Closing runs finalizers, which may still send.
        unsafe {
            let vm = std::mem::replace(&mut self.vm, std::ptr::null_mut());
            if !vm.is_null() {
                (*vm).kernel = kernel;
                (*vm).active = (*vm).main;
                // Without last words the arena goes with everything in it.
                if state::has_last_words((*vm).main) {
                    close(vm);
                }
                (*vm).files.close_all();
                drop(Box::from_raw(vm));
            }
        }
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// Runs what a state has to say at its end, and closes it.
unsafe fn close(vm: *mut Vm) {
    // SAFETY: the kernel has entered the VM; the watchdog's view outlives it.
    unsafe {
        // The watchdog goes on watching whoever ended this service; if nobody runs, the finalizers.
        let watch = std::mem::replace(&mut (*vm).watch, std::ptr::null());
        let alone = !watch.is_null() && (*watch).begin_alone((*(*vm).kernel).event().0);
        ffi::lua_close((*vm).main);
        if alone {
            (*watch).end();
        }
    }
}

impl LuaService {
    /// Tells the watchdog, and counts instructions if this run was repeated for that.
    #[inline]
    fn begin_message(&self) {
        // SAFETY: the kernel has entered the VM.
        unsafe {
            let vm = self.vm;
            let event = (*(*vm).kernel).event().0;
            let settings = &super::vm::node((*vm).main).settings;
            if settings.metered_event.is_some_and(|first| event >= first) || (*vm).slow_cpu.is_some() {
                meter::start_metering(vm, settings.instructions_max);
            }
            if !(*vm).watch.is_null() {
                (*(*vm).watch).begin(event);
                set_active(vm, if (*vm).work.is_null() { (*vm).main } else { (*vm).work });
            }
        }
    }

    #[inline]
    fn end_message(&self) {
        // SAFETY: as in `begin_message`.
        unsafe {
            let vm = self.vm;
            if !(*vm).watch.is_null() {
                (*(*vm).watch).end();
            }
            if (*vm).metered.is_some() {
                meter::stop_metering(vm);
            }
        }
    }
}

impl Drop for LuaService {
    fn drop(&mut self) {
        if !self.vm.is_null() {
            // Without `stop` there is no kernel for finalizers to speak to, so none may run: the
            // arena goes with everything in it.
            // SAFETY: the record is ours alone.
            drop(unsafe { Box::from_raw(self.vm) });
        }
    }
}

/// `snlua_signal`: 0 breaks the running code, 1 logs the memory in use.
///
/// # Safety
/// The kernel has entered the VM.
pub unsafe fn signal(vm: *mut Vm, number: i32) {
    // SAFETY: see above.
    unsafe {
        let handle = (*vm).handle;
        let kernel = &mut *(*vm).kernel;
        kernel.log(handle, format!("recv a signal {number}").as_bytes());
        if number == 0 {
            (*vm).trap = true;
            set_trap((*vm).active);
        } else if number == 1 {
            let kilobytes = (*vm).arena.used() as f32 / 1024.0;
            kernel.log(handle, format!("Current Memory {kilobytes:.3}K").as_bytes());
        }
    }
}

/// Makes the next instruction of a coroutine raise `signal 0`.
///
/// # Safety
/// `l` is a live coroutine.
pub unsafe fn set_trap(l: *mut lua_State) {
    // SAFETY: setting a hook is always allowed.
    unsafe { ffi::lua_sethook(l, Some(spring_trap), ffi::LUA_MASKCOUNT, 1) };
}

unsafe extern "C-unwind" fn spring_trap(l: *mut lua_State, _frame: *mut ffi::lua_Debug) {
    // SAFETY: a hook runs in a coroutine of the VM; luaL_error does not return.
    unsafe {
        ffi::lua_sethook(l, None, 0, 0);
        let vm = super::vm::vm(l);
        if (*vm).trap {
            (*vm).trap = false;
            ffi::luaL_error(l, c"signal 0".as_ptr());
        }
    }
}

/// The first message: settings, loader (`init_cb`). The libraries are open, and the collector stands
/// still: so templates are. On failure the service ends.
unsafe fn launch(vm: *mut Vm, message: &Message) {
    // SAFETY: the kernel has entered the VM; everything that may raise runs in protected calls.
    unsafe {
        let l = (*vm).main;
        if prepare(vm) != ffi::LUA_OK {
            let text = bytes(l, -1).to_vec();
            ffi::lua_settop(l, 0);
            fail_launch(vm, &[b"lua loader error : ", text.as_slice()].concat());
            return;
        }
        ffi::lua_pushcclosure(l, callback::traceback, 0);
        run_loader(vm, message);
    }
}

unsafe fn run_loader(vm: *mut Vm, message: &Message) {
    // SAFETY: as in `launch`; the traceback function is at 1.
    unsafe {
        let l = (*vm).main;
        ffi::lua_pushcclosure(l, find_loader, 0);
        ffi::lua_pushlightuserdata(l, message.data.as_ptr().cast());
        ffi::lua_pushinteger(l, message.data.len() as i64);
        let mut status = ffi::lua_pcall(l, 2, 2, 0);
        if status == ffi::LUA_OK {
            if ffi::lua_type(l, -2) == ffi::LUA_TNIL {
                let text = bytes(l, -1).to_vec();
                fail_launch(vm, &[b"Can't load ", text.as_slice()].concat());
                return;
            }
            status = ffi::lua_pcall(l, 1, 0, 1);
        }
        if status != ffi::LUA_OK {
            let text = bytes(l, -1).to_vec();
            ffi::lua_settop(l, 0);
            if Failure::from_status(status) != Failure::Run {
                report(vm, message, Failure::from_status(status), &text);
            }
            fail_launch(vm, &[b"lua loader error : ", text.as_slice()].concat());
            return;
        }
        ffi::lua_settop(l, 0);
        take_memory_limit(vm);
        ffi::lua_gc(l, ffi::LUA_GCRESTART);
    }
}

/// The loader, and the argument text for it; or nil and why there is no loader.
unsafe extern "C-unwind" fn find_loader(l: *mut lua_State) -> c_int {
    // SAFETY: called by `run_loader` with a live message; text moves into the record before it is pushed.
    unsafe {
        let vm = super::vm::vm(l);
        let loader = (&*(*vm).kernel).environment.text("lualoader").unwrap_or(library::LUA_LOADER).as_bytes();
        if let Err(text) = native::load::load_module(l, loader) {
            (*vm).scratch = [loader, b" : ", text.as_slice()].concat();
            drop(text);
            ffi::lua_pushnil(l);
            ffi::lua_pushlstring(l, (*vm).scratch.as_ptr().cast(), (*vm).scratch.len());
            return 2;
        }
        let data = ffi::lua_touserdata(l, 1).cast::<std::ffi::c_char>();
        ffi::lua_pushlstring(l, data, ffi::lua_tointegerx(l, 2, std::ptr::null_mut()) as usize);
        2
    }
}

/// Makes a copy of a template ready to run the loader. Returns Lua's status.
unsafe fn prepare(vm: *mut Vm) -> c_int {
    // SAFETY: the kernel has entered the VM; a light C function needs no memory.
    unsafe {
        let l = (*vm).main;
        if let Some(template) = (*vm).template() {
            (*vm).work = template.work(&(*vm).arena);
        }
        ffi::lua_pushcclosure(l, set_globals, 0);
        ffi::lua_pcall(l, 0, 0, 0)
    }
}

/// What the loader expects: the settings as globals, random numbers of its own.
unsafe extern "C-unwind" fn set_globals(l: *mut lua_State) -> c_int {
    // SAFETY: a native function in a protected call; owned strings are dropped before anything that
    // may raise.
    unsafe {
        let vm = super::vm::vm(l);
        native::math::seed(l);
        native::guard::install(l);
        for (global, key, default) in [
            (c"LUA_PATH", "lua_path", Some(library::LUA_PATH)),
            (c"LUA_CPATH", "lua_cpath", Some("./luaclib/?.so")),
            (c"LUA_SERVICE", "luaservice", Some(library::LUA_SERVICE)),
            (c"LUA_PRELOAD", "preload", None),
        ] {
            match (&*(*vm).kernel).environment.text(key).or(default) {
                Some(text) => super::vm::push_bytes(l, text.as_bytes()),
                None => ffi::lua_pushnil(l),
            }
            ffi::lua_setglobal(l, global.as_ptr());
        }
        0
    }
}

/// Logs, tells the launcher (`report_launcher_error`), and ends the service.
unsafe fn fail_launch(vm: *mut Vm, line: &[u8]) {
    // SAFETY: the kernel has entered the VM; no Lua runs here.
    unsafe {
        if (*vm).ended {
            // Its start did not fail: it ended the node.
            return;
        }
        let (me, handle) = ((*vm).me, (*vm).handle);
        let kernel = &mut *(*vm).kernel;
        kernel.uncaught(handle, line, &String::from_utf8_lossy(line));
        let data = kernel.payload(b"ERROR");
        let session = SessionChoice::Given(Session::NONE);
        let outgoing = Outgoing { source: None, kind: MessageKind::TEXT, session, data, origin: None };
        kernel.send_name(me, b".launcher", outgoing);
        kernel.kill(me, None);
    }
}

/// `skynet.memlimit` left a number in the registry.
unsafe fn take_memory_limit(vm: *mut Vm) {
    // SAFETY: reading a field of the registry by a text that exists (`dispatch::open` keeps it), and
    // assigning nil to it, need no memory.
    unsafe {
        let l = (*vm).main;
        if ffi::lua_getfield(l, ffi::LUA_REGISTRYINDEX, c"memlimit".as_ptr()) == ffi::LUA_TNUMBER {
            let limit = ffi::lua_tointegerx(l, -1, std::ptr::null_mut()) as usize;
            let text = format!("Set memory limit to {:.2} M", limit as f32 / (1024.0 * 1024.0));
            (*(*vm).kernel).log((*vm).handle, text.as_bytes());
            (*vm).arena.set_limit(super::vm::node((*vm).main).settings.memory_max_bytes.unwrap_or(limit).min(limit));
            ffi::lua_pushnil(l);
            ffi::lua_setfield(l, ffi::LUA_REGISTRYINDEX, c"memlimit".as_ptr());
        }
        ffi::lua_settop(l, 0);
    }
}
