//! One VM's record. Every coroutine of a VM finds it through its extra space, so native functions
//! need no upvalues and no lookup.
//!
//! Native functions and Lua re-enter each other, so the record is reached through a raw pointer and
//! borrowed for one expression at a time, never across a call that can run Lua.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::rc::Rc;
use std::sync::Arc;

use mlua::ffi::{self, lua_State};

use crate::base::{Handle, Span, Stream};
use crate::kernel::{Kernel, Origin, ServiceId};
use crate::memory::Arena;

use super::code::{CacheMode, Chunk};
use super::coverage::Cover;
use super::dispatch::Dispatcher;
use super::native::files::Files;
use super::native::host::VmHost;
use super::native::sqlite::Databases;
use super::node::{Detail, LuaNode};
use super::template::Template;
use super::watchdog::Watch;

/// Who receives messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callback {
    /// Nobody: messages vanish.
    None,
    /// The first message: the arguments to start with (`launch_cb`).
    Launch,
    /// A Lua function, on a thread of its own (`lcallback`).
    Lua {
        /// The thread: a traceback function at 1, the callback at 2.
        thread: *mut lua_State,
        /// Whether the callback takes messages over.
        ownership: Ownership,
    },
    /// The built-in dispatch core.
    Native,
}

/// Who frees a message's bytes after the callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The kernel.
    Kernel,
    /// The callback (forward mode).
    Callback,
}

/// Whose code a VM has loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authors {
    /// Only the library's: it is a service like the launcher.
    Library,
    /// Other code, too.
    User,
}

/// One VM.
pub struct Vm {
    /// The main thread.
    pub main: *mut lua_State,
    /// A thread that only native code runs on: where the scheduler calls and resumes from.
    pub work: *mut lua_State,
    /// Set while the kernel has entered this VM.
    pub kernel: *mut Kernel,
    /// Who it is.
    pub me: ServiceId,
    /// Its address.
    pub handle: Handle,
    /// Who receives.
    pub callback: Callback,
    /// Coroutines, sessions, calls.
    pub dispatch: Dispatcher,
    /// What it shares with the other VMs of the node.
    pub node: Rc<LuaNode>,
    /// Draws for `math.randomseed()`.
    pub random: Stream,
    /// What its streams of chance are called: the service's name and how many VMs came before.
    pub name: String,
    /// Draws for `sim.buggify`, by the name of the stream.
    pub buggify: BTreeMap<String, Stream>,
    /// Draws for `pairs`, once it is shuffled.
    pub shuffle: Option<Stream>,
    /// Open databases, which use the files.
    pub databases: Databases,
    /// Open files.
    pub files: Files,
    /// How it uses the node's code cache.
    pub cache_mode: CacheMode,
    /// Code that the VM executes in place: must live as long as the VM.
    pub chunks: Vec<Arc<Chunk>>,
    /// Hashes of the names of the files that it has loaded.
    pub loaded: Vec<u64>,
    /// Whose code it has loaded.
    pub code: Authors,
    /// What its memory began as; keeps the code alive that is in it.
    pub(super) template: Option<Arc<Template>>,
    /// Modules of the template that `require` has not given out yet, one bit each.
    pub unopened: u8,
    /// Text being put together by a native function that may be left by a Lua error.
    pub scratch: Vec<u8>,
    /// The coroutine that runs now: where a signal strikes.
    pub active: *mut lua_State,
    /// A SIGNAL 0 waits to strike.
    pub trap: bool,
    /// The node has ended during this VM's message: nothing of it runs any more.
    pub ended: bool,
    /// Instructions that the message may still take, while they are counted.
    pub metered: Option<u64>,
    /// The message that is being handled takes time for each instruction.
    pub slow_cpu: Option<SlowCpu>,
    /// The watchdog's view; null if none watches.
    pub watch: *const Watch,
    /// What notes the lines that are reached, if they are; the arena has a pointer to it.
    pub cover: Option<Box<Cover>>,
    /// Last, so that it outlives everything that points into it.
    pub arena: Box<Arena>,
}

/// A processor that is slow, for one message.
#[derive(Clone, Copy, Debug)]
pub struct SlowCpu {
    /// Virtual time that an instruction takes.
    pub per_instruction: Span,
    /// What [`Vm::metered`] was when the message began.
    pub metered_from: u64,
}

impl Vm {
    /// A record without a state.
    #[must_use]
    pub fn boxed(node: &Rc<LuaNode>, arena: Box<Arena>, random: Stream) -> *mut Vm {
        let vm = Box::into_raw(Box::new(Vm {
            main: std::ptr::null_mut(),
            work: std::ptr::null_mut(),
            kernel: std::ptr::null_mut(),
            me: ServiceId(0),
            handle: Handle::NONE,
            callback: Callback::Launch,
            dispatch: Dispatcher::default(),
            node: node.clone(),
            random,
            name: String::new(),
            buggify: BTreeMap::new(),
            shuffle: None,
            databases: Databases::default(),
            files: Files::new(node.files.clone(), Box::new(VmHost(std::ptr::null_mut()))),
            cache_mode: CacheMode::On,
            chunks: Vec::new(),
            template: None,
            unopened: 0,
            loaded: Vec::new(),
            code: Authors::Library,
            scratch: Vec::new(),
            active: std::ptr::null_mut(),
            trap: false,
            ended: false,
            metered: None,
            slow_cpu: None,
            watch: node.settings.watch.as_ref().map_or(std::ptr::null(), Arc::as_ptr),
            cover: None,
            arena,
        }));
        // SAFETY: just made, and borrowed by nobody.
        unsafe { (*vm).files.set_host(Box::new(VmHost(vm))) };
        vm
    }

    /// What its memory began as; none while a template is being made.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        self.template.as_deref()
    }

    /// Whether its libraries are open.
    #[must_use]
    pub fn is_prepared(&self) -> bool {
        !self.work.is_null()
    }
}

/// Says that `l` runs from now on, to whoever may want to stop it.
///
/// # Safety
/// The kernel has entered the VM; `l` is one of its coroutines.
#[inline(always)]
pub unsafe fn set_active(vm: *mut Vm, l: *mut lua_State) {
    // SAFETY: the node, and with it the watchdog's view, outlives the VM.
    unsafe {
        (*vm).active = l;
        if !(*vm).watch.is_null() {
            (*(*vm).watch).settle(l);
        }
    }
}

/// The record of the VM that a coroutine belongs to.
///
/// # Safety
/// `l` is a coroutine of a state made by `state::create`.
#[inline(always)]
pub unsafe fn vm(l: *mut lua_State) -> *mut Vm {
    // SAFETY: `create` stored the record in the main thread's extra space; Lua copies it to every
    // new thread.
    unsafe { ffi::lua_getextraspace(l).cast::<*mut Vm>().read() }
}

/// What the VM shares with the others of its node.
///
/// # Safety
/// As for [`vm`]; the node outlives the VM's record.
#[inline(always)]
pub unsafe fn node<'a>(l: *mut lua_State) -> &'a LuaNode {
    // SAFETY: the record holds a count of the node.
    unsafe { &*Rc::as_ptr(&(&(*vm(l))).node) }
}

/// The kernel, during a native function.
///
/// # Safety
/// As for [`vm`], while the kernel has entered the VM. The reference must not live across a call
/// that can run Lua.
#[inline(always)]
pub unsafe fn kernel<'a>(l: *mut lua_State) -> &'a mut Kernel {
    // SAFETY: natives run only inside the kernel's call, whose own reference sleeps meanwhile.
    unsafe { &mut *(*vm(l)).kernel }
}

/// Where the running code is, as `file:line < file:line`, if the run was asked for that.
///
/// # Safety
/// As for [`vm`].
#[inline(always)]
pub unsafe fn origin(l: *mut lua_State) -> Option<Origin> {
    // SAFETY: see `vm`.
    unsafe {
        if node(l).settings.detail == Detail::Plain {
            return None;
        }
        Some(Origin(position(l, 4).into_boxed_str()))
    }
}

/// The innermost `frames` Lua frames as text. Allocates nothing in the VM.
///
/// # Safety
/// `l` is a coroutine of a live VM.
pub unsafe fn position(l: *mut lua_State, frames: usize) -> String {
    let mut text = String::new();
    let (mut level, mut found) = (0, 0);
    // SAFETY: a zeroed lua_Debug is what lua_getstack fills; getinfo with "Sl" fills the fields read.
    unsafe {
        let mut frame: ffi::lua_Debug = std::mem::zeroed();
        while found < frames && ffi::lua_getstack(l, level, &mut frame) != 0 {
            ffi::lua_getinfo(l, c"Sl".as_ptr(), &mut frame);
            if frame.currentline >= 0 {
                let source = std::ffi::CStr::from_ptr(frame.short_src.as_ptr()).to_string_lossy();
                let separator = if found == 0 { "" } else { " < " };
                text.push_str(&format!("{separator}{source}:{}", frame.currentline));
                found += 1;
            }
            level += 1;
        }
    }
    text
}

/// The bytes of a string argument.
///
/// # Safety
/// The value at `index` is a string and stays on the stack while the slice is used.
#[inline(always)]
pub unsafe fn bytes<'a>(l: *mut lua_State, index: c_int) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: as the caller promises.
    unsafe {
        let data = ffi::lua_tolstring(l, index, &mut length);
        if data.is_null() { &[] } else { std::slice::from_raw_parts(data.cast(), length) }
    }
}

/// The bytes of a string argument up to its first zero byte, as C functions read it. Raises a Lua
/// error if it is no string.
///
/// # Safety
/// As for [`bytes`]; nothing with a destructor may be alive in the caller.
pub unsafe fn check_c_string<'a>(l: *mut lua_State, index: c_int) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: luaL_checklstring returns a string on the stack or does not return.
    unsafe {
        let data = ffi::luaL_checklstring(l, index, &mut length);
        let all = std::slice::from_raw_parts(data.cast::<u8>(), length);
        all.split(|byte| *byte == 0).next().unwrap_or(all)
    }
}

/// Pushes bytes as a Lua string.
///
/// # Safety
/// May raise a memory error: nothing with a destructor may be alive in the caller.
#[inline(always)]
pub unsafe fn push_bytes(l: *mut lua_State, bytes: &[u8]) {
    // SAFETY: pointer and length belong together.
    unsafe { ffi::lua_pushlstring(l, bytes.as_ptr().cast(), bytes.len()) };
}

/// Pushes some nils and the text in the record's scratch space; returns how many values that makes.
///
/// # Safety
/// As for [`push_bytes`], in a native function.
pub unsafe fn push_scratch(l: *mut lua_State, nils: c_int) -> c_int {
    // SAFETY: a native function, whose stack has room for some values.
    unsafe {
        for _ in 0..nils {
            ffi::lua_pushnil(l);
        }
        let (data, length) = ((*vm(l)).scratch.as_ptr(), (*vm(l)).scratch.len());
        ffi::lua_pushlstring(l, data.cast(), length);
        nils + 1
    }
}

/// Copies text into the VM's scratch space (kept there if an error leaves the function) and raises
/// it as an error, with the caller's position in front, as `luaL_error` does.
///
/// # Safety
/// As for [`push_bytes`].
pub unsafe fn raise(l: *mut lua_State, text: String) -> c_int {
    // SAFETY: the text moves into the record first, so nothing is lost when Lua jumps.
    unsafe {
        (*vm(l)).scratch = text.into_bytes();
        ffi::luaL_where(l, 1);
        let (data, length) = ((*vm(l)).scratch.as_ptr(), (*vm(l)).scratch.len());
        ffi::lua_pushlstring(l, data.cast(), length);
        ffi::lua_concat(l, 2);
        ffi::lua_error(l)
    }
}
