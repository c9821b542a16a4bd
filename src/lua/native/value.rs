//! Lua's values and tables as `values.h` shows them: one call for a value or a pair, where the public
//! functions need three or four.

use std::ffi::{c_int, c_uint, c_void};

use mlua::lua_State;

use crate::base::Handle;
use crate::kernel::Message;

/// What a [`Value`] is: the same numbers as in `values.h`.
pub(super) mod kind {
    use std::ffi::c_int;
    pub const NIL: c_int = 0;
    pub const BOOLEAN: c_int = 1;
    pub const INTEGER: c_int = 2;
    pub const FLOAT: c_int = 3;
    pub const STRING: c_int = 4;
    pub const POINTER: c_int = 5;
    pub const TABLE: c_int = 6;
    /// Only when setting: what is on top of the stack.
    pub const HELD: c_int = 8;
}

/// A value. Of a string and of a table it is no more than a pointer, good for as long as the value
/// stays where it was seen.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Value {
    pub(super) kind: c_int,
    /// Lua's type, of a value of no other kind.
    pub(super) kind_of_other: c_int,
    length: usize,
    bits: u64,
}

const _: () = assert!(size_of::<*mut u8>() == size_of::<u64>(), "values.h has a union of both");

impl Value {
    pub(super) const NIL: Value = Value { kind: kind::NIL, kind_of_other: 0, length: 0, bits: 0 };
    pub(super) const HELD: Value = Value { kind: kind::HELD, ..Value::NIL };

    #[inline(always)]
    fn plain(kind: c_int, bits: u64) -> Value {
        Value { kind, bits, ..Value::NIL }
    }

    #[inline(always)]
    pub(super) fn from_boolean(value: bool) -> Value {
        Value::plain(kind::BOOLEAN, u64::from(value))
    }

    #[inline(always)]
    pub(super) fn from_integer(value: i64) -> Value {
        Value::plain(kind::INTEGER, value as u64)
    }

    #[inline(always)]
    pub(super) fn from_float(value: f64) -> Value {
        Value::plain(kind::FLOAT, value.to_bits())
    }

    #[inline(always)]
    pub(super) fn from_pointer(value: usize) -> Value {
        Value::plain(kind::POINTER, value as u64)
    }

    /// A string to be made of these bytes, which must stay readable until then.
    #[inline(always)]
    pub(super) fn from_bytes(data: *const u8, length: usize) -> Value {
        Value { length, ..Value::plain(kind::STRING, data as u64) }
    }

    /// The number, of an integer.
    #[inline(always)]
    pub(super) fn as_integer(&self) -> Option<i64> {
        (self.kind == kind::INTEGER).then_some(self.bits as i64)
    }

    #[inline(always)]
    pub(super) fn boolean(&self) -> bool {
        self.bits as i64 != 0
    }

    #[inline(always)]
    pub(super) fn integer(&self) -> i64 {
        self.bits as i64
    }

    #[inline(always)]
    pub(super) fn float(&self) -> f64 {
        f64::from_bits(self.bits)
    }

    #[inline(always)]
    pub(super) fn address(&self) -> usize {
        self.bits as usize
    }

    /// The bytes of a string.
    ///
    /// # Safety
    /// It is a string, and stays where it was seen while the slice is used.
    #[inline(always)]
    pub(super) unsafe fn bytes<'a>(&self) -> &'a [u8] {
        // SAFETY: as the caller promises.
        unsafe { std::slice::from_raw_parts(self.address() as *const u8, self.length) }
    }
}

/// A table being walked.
#[repr(C)]
pub(super) struct Walk {
    table: usize,
    length: u64,
    at: c_uint,
    has_metatable: c_int,
}

unsafe extern "C-unwind" {
    fn skysim_value_at(l: *mut lua_State, index: c_int, value: *mut Value);
    fn skysim_arguments(l: *mut lua_State, count: c_int, values: *mut Value);
    fn skysim_walk(l: *mut lua_State, table: usize, walk: *mut Walk) -> c_int;
    fn skysim_walk_item(walk: *mut Walk, index: u64, value: *mut Value);
    fn skysim_walk_next(walk: *mut Walk, key: *mut Value, value: *mut Value) -> c_int;
    fn skysim_push_string(l: *mut lua_State, data: *const u8, length: usize);
    fn skysim_set(l: *mut lua_State, key: *const Value, value: *const Value);
    fn skysim_set_at(l: *mut lua_State, index: i64, value: *const Value);
    fn skysim_pass(from: *mut lua_State, to: *mut lua_State, count: c_int, room: c_int, with_true: c_int) -> c_int;
    fn skysim_first_thread(l: *mut lua_State, others: *mut c_int) -> *mut lua_State;
    fn skysim_push_request(
        work: *mut lua_State,
        thread: *mut lua_State,
        places: *const c_int,
        session: i64,
        source: i64,
    );
    fn skysim_push_answer(thread: *mut lua_State, data: *mut c_void, length: i64, session: i64) -> c_int;
    fn skysim_is_answer(l: *mut lua_State, session: i64, data: *mut *mut c_void, length: *mut usize) -> c_int;
    fn skysim_usual_target(l: *mut lua_State, name: *const u8) -> c_uint;
    fn skysim_push_message(main: *mut lua_State, thread: *mut lua_State, numbers: *const [i64; 4], data: *mut c_void);
}

/// Puts the value at `index`, counted from the bottom of the running function's stack, into `value`.
///
/// # Safety
/// There is a value.
#[inline(always)]
pub(super) unsafe fn value_at(l: *mut lua_State, index: c_int, value: &mut Value) {
    // SAFETY: as the caller promises.
    unsafe { skysim_value_at(l, index, value) };
}

/// Puts the first arguments of a native function into `values`; absent ones are no integer, no nil, no
/// pointer.
///
/// # Safety
/// In a native function that has left its arguments where they were.
#[inline(always)]
pub(super) unsafe fn arguments<const COUNT: usize>(l: *mut lua_State, values: &mut [Value; COUNT]) {
    // SAFETY: as the caller promises.
    unsafe { skysim_arguments(l, COUNT as c_int, values.as_mut_ptr()) };
}

impl Walk {
    /// A walk that has not begun.
    pub(super) const NONE: Walk = Walk { table: 0, length: 0, at: 0, has_metatable: 0 };

    /// Pushes a table and begins to walk it; false if the stack has no room. In place: a copy of what was written a
    /// moment ago would have to wait for it.
    ///
    /// # Safety
    /// `table` was seen as a table and is still alive.
    #[inline(always)]
    #[must_use]
    pub(super) unsafe fn begin(&mut self, l: *mut lua_State, table: &Value) -> bool {
        // SAFETY: as the caller promises.
        unsafe { skysim_walk(l, table.address(), self) != 0 }
    }

    #[inline(always)]
    pub(super) fn has_metatable(&self) -> bool {
        self.has_metatable != 0
    }

    /// The table's length, as `#` tells it of a table without metamethods.
    #[inline(always)]
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Puts the value at an index from 1 on into `value`. In place, as in [`Walk::begin`].
    ///
    /// # Safety
    /// The table is still on the stack.
    #[inline(always)]
    pub(super) unsafe fn item(&mut self, index: u64, value: &mut Value) {
        // SAFETY: as the caller promises.
        unsafe { skysim_walk_item(self, index, value) };
    }

    /// Puts the next pair, in the order of `next`, of those not at an index from 1 to the length, into
    /// `key` and `value`; false if there is none.
    ///
    /// # Safety
    /// The table is still on the stack.
    #[inline(always)]
    pub(super) unsafe fn pair(&mut self, key: &mut Value, value: &mut Value) -> bool {
        // SAFETY: as the caller promises.
        unsafe { skysim_walk_next(self, key, value) != 0 }
    }
}

/// Sets a pair of the table below those of the two that are held; these are popped.
///
/// # Safety
/// The stack is as said, with three free slots. May raise: a memory error, or that this is no key.
#[inline(always)]
pub(super) unsafe fn set(l: *mut lua_State, key: &Value, value: &Value) {
    // SAFETY: as the caller promises.
    unsafe { skysim_set(l, key, value) };
}

/// The same for a place in the table's array.
///
/// # Safety
/// As for [`set`].
#[inline(always)]
pub(super) unsafe fn set_at(l: *mut lua_State, index: i64, value: &Value) {
    // SAFETY: as the caller promises.
    unsafe { skysim_set_at(l, index, value) };
}

/// Pushes a string as `lua_pushlstring` does; quicker for short ones that were unpacked lately.
///
/// # Safety
/// `length` bytes are at `data`. May raise a memory error; one free slot.
#[inline(always)]
pub(super) unsafe fn push_string(l: *mut lua_State, data: *const u8, length: usize) {
    // SAFETY: as the caller promises.
    unsafe { skysim_push_string(l, data, length) };
}

/// Moves the `count` values on top of a coroutine's stack to that of another; false, and nothing moved,
/// if that has no room. Does nothing more if they are the same one.
///
/// # Safety
/// Both are of the same state, and `from` has that many.
#[inline(always)]
pub(super) unsafe fn pass(from: *mut lua_State, to: *mut lua_State, count: c_int) -> bool {
    // SAFETY: as the caller promises.
    unsafe { skysim_pass(from, to, count, count, 0) != 0 }
}

/// What comes ahead of values that move back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    /// Nothing.
    Nothing,
    /// A `true`.
    True,
}

/// As [`pass`], the other way: asks for room for one value more, as the stock functions do.
///
/// # Safety
/// As for [`pass`]; the two differ.
#[inline(always)]
pub(super) unsafe fn pass_back(from: *mut lua_State, to: *mut lua_State, count: c_int, ahead: Ahead) -> bool {
    // SAFETY: as the caller promises.
    unsafe { skysim_pass(from, to, count, count + 1, c_int::from(ahead == Ahead::True)) != 0 }
}

/// The thread that is the first argument, and how many arguments follow it.
///
/// # Safety
/// In a native function that has left its arguments where they were.
#[inline(always)]
pub(super) unsafe fn first_thread(l: *mut lua_State) -> Option<(*mut lua_State, c_int)> {
    let mut others = 0;
    // SAFETY: as the caller promises.
    let thread = unsafe { skysim_first_thread(l, &mut others) };
    (!thread.is_null()).then_some((thread, others))
}

/// Pushes the callback and the arguments that a message has for it: its type, its bytes, their number,
/// its session and its source. The thread itself is pushed onto `main`, where the collector sees it.
///
/// # Safety
/// `thread` is a callback thread of `main`'s state with nothing called on it: its callback is at 2.
/// It has six free slots, `main` one.
#[inline(always)]
pub(in super::super) unsafe fn push_message(main: *mut lua_State, thread: *mut lua_State, message: &Message) {
    let length = message.data.len() as i64;
    let numbers = [i64::from(message.kind.0), length, i64::from(message.session.0), i64::from(message.source.0)];
    // SAFETY: as the caller promises.
    unsafe { skysim_push_message(main, thread, &numbers, message.data.as_ptr().cast()) };
}

/// Pushes what begins a handler onto `thread`: its first function and twice the handler, which are at two places of
/// the stack of `work`, then session and source.
///
/// # Safety
/// Both places are filled, and `thread`, which is empty, has five free slots.
#[inline(always)]
pub(in crate::lua) unsafe fn push_request(
    work: *mut lua_State,
    thread: *mut lua_State,
    [first, handler]: [c_int; 2],
    message: &Message,
) {
    let (session, source) = (i64::from(message.session.0), i64::from(message.source.0));
    // SAFETY: as the caller promises.
    unsafe { skysim_push_request(work, thread, [first, handler].as_ptr(), session, source) };
}

/// Pushes the four values that a call comes back with; false if there is no room.
///
/// # Safety
/// `thread` is suspended.
#[inline(always)]
pub(in crate::lua) unsafe fn push_answer(thread: *mut lua_State, message: &Message) -> bool {
    let (data, length) = (message.data.as_ptr().cast(), message.data.len() as i64);
    // SAFETY: as the caller promises.
    unsafe { skysim_push_answer(thread, data, length, i64::from(message.session.0)) != 0 }
}

/// The data that a call comes back with, if those four values are all that the running function has, and they are for
/// this session.
///
/// # Safety
/// `l` runs a native function.
#[inline(always)]
pub(in crate::lua) unsafe fn answer(l: *mut lua_State, session: i64) -> Option<(*const u8, usize)> {
    let (mut data, mut length) = (std::ptr::null_mut(), 0);
    // SAFETY: as the caller promises.
    let is_answer = unsafe { skysim_is_answer(l, session, &mut data, &mut length) };
    (is_answer != 0).then_some((data.cast_const().cast(), length))
}

/// The handle at 1, if it is one, is not 0, and the short string whose bytes are at `name` is at 2.
///
/// # Safety
/// `l` runs a native function.
#[inline(always)]
pub(in crate::lua) unsafe fn usual_target(l: *mut lua_State, name: *const u8) -> Option<Handle> {
    // SAFETY: as the caller promises.
    let handle = unsafe { skysim_usual_target(l, name) };
    (handle != 0).then_some(Handle(handle))
}
