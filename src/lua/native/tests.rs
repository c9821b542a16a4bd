//! The libraries against stock Lua: the scripts in `stock/` were run by it in an empty directory
//! (TZ=UTC, LC_ALL=C), and what it printed is what they must print here.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::rc::Rc;

use mlua::ffi::{self, lua_State};

use super::convention::register;
use super::files::{Files, Host};
use super::{io, lfs, os};
use crate::base::VirtualTime;
use crate::vfs::Vfs;

const START: i64 = 1_704_067_200;

#[derive(Default)]
struct Record {
    out: Vec<u8>,
    err: Vec<u8>,
    exit: Option<i32>,
    now: u64,
}

struct TestHost(Rc<RefCell<Record>>);

impl Host for TestHost {
    fn now(&self) -> VirtualTime {
        VirtualTime::from_nanos(self.0.borrow().now)
    }

    fn unix_time(&self) -> i64 {
        START.saturating_add_unsigned(self.0.borrow().now / 1_000_000_000)
    }

    fn write_stdout(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().out.extend_from_slice(bytes);
    }

    fn write_stderr(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().err.extend_from_slice(bytes);
    }

    fn exit(&mut self, code: i32) {
        self.0.borrow_mut().exit = Some(code);
    }

    fn getenv(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/node".to_owned())
    }
}

/// Its address is the key in the registry under which a state of these tests has its files.
static KEY: u8 = 0;

unsafe fn attach(l: *mut lua_State, files: *mut Files) {
    // SAFETY: a live state with free stack slots.
    unsafe {
        ffi::lua_pushlightuserdata(l, files.cast());
        ffi::lua_rawsetp(l, ffi::LUA_REGISTRYINDEX, (&raw const KEY).cast());
    }
}

/// The files of a state of these tests; other states have none in their registry.
pub(super) unsafe fn attached(l: *mut lua_State) -> Option<*mut Files> {
    // SAFETY: one stack slot of the LUA_MINSTACK that every C function has; no error is possible.
    unsafe {
        ffi::lua_rawgetp(l, ffi::LUA_REGISTRYINDEX, (&raw const KEY).cast());
        let files = ffi::lua_touserdata(l, -1);
        ffi::lua_pop(l, 1);
        (!files.is_null()).then_some(files.cast())
    }
}

/// A Lua with the libraries under test, and all that they touch.
struct Machine {
    l: *mut lua_State,
    files: *mut Files,
    record: Rc<RefCell<Record>>,
    vfs: Rc<RefCell<Vfs>>,
}

impl Machine {
    fn new() -> Machine {
        let record = Rc::new(RefCell::new(Record::default()));
        let mut vfs = Vfs::new(START);
        vfs.make_directory(b"/work", START).unwrap();
        vfs.change_directory(b"/work").unwrap();
        let vfs = Rc::new(RefCell::new(vfs));
        let files = Box::into_raw(Box::new(Files::new(vfs.clone(), Box::new(TestHost(record.clone())))));
        let open: &[(&CStr, ffi::lua_CFunction)] = &[
            (c"_G", ffi::luaopen_base),
            (c"package", ffi::luaopen_package),
            (c"string", ffi::luaopen_string),
            (c"table", ffi::luaopen_table),
            (c"math", ffi::luaopen_math),
            (c"debug", ffi::luaopen_debug),
            (c"coroutine", ffi::luaopen_coroutine),
            (c"io", io::open_io),
            (c"os", os::open_os),
        ];
        // SAFETY: a new state, whose files live longer; memory does not run out while opening.
        unsafe {
            let l = ffi::luaL_newstate();
            attach(l, files);
            for (name, open) in open {
                ffi::luaL_requiref(l, name.as_ptr(), *open, 1);
                ffi::lua_pop(l, 1);
            }
            ffi::luaL_getsubtable(l, ffi::LUA_REGISTRYINDEX, c"_PRELOAD".as_ptr());
            register(l, &[(c"lfs", lfs::open_lfs)]);
            ffi::lua_getglobal(l, c"_G".as_ptr());
            register(l, &[(c"print", io::print)]);
            ffi::lua_settop(l, 0);
            Machine { l, files, record, vfs }
        }
    }

    fn run(&self, code: &str) -> Result<(), String> {
        let code = CString::new(code).unwrap();
        // SAFETY: the state is live; the message is copied.
        unsafe {
            let mut status =
                ffi::luaL_loadbufferx(self.l, code.as_ptr(), code.as_bytes().len(), c"=stdin".as_ptr(), ptr::null());
            if status == 0 {
                status = ffi::lua_pcall(self.l, 0, 0, 0);
            }
            if status == 0 {
                return Ok(());
            }
            let message =
                CStr::from_ptr(ffi::lua_tolstring(self.l, -1, ptr::null_mut())).to_string_lossy().into_owned();
            ffi::lua_settop(self.l, 0);
            Err(message)
        }
    }

    fn output(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.record.borrow_mut().out)).into_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: the last use of both; finalisers run while the files are still there.
        unsafe {
            ffi::lua_close(self.l);
            drop(Box::from_raw(self.files));
        }
    }
}

/// The text of a script run here.
fn outcome(code: &str) -> String {
    let machine = Machine::new();
    let end = machine.run(code);
    machine.output() + &end.err().map(|message| format!("FAILED: {message}\n")).unwrap_or_default()
}

#[track_caller]
fn same(expected: &str, actual: &str) {
    for (number, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(actual, expected, "line {} (left: here, right: stock Lua)", number + 1);
    }
    assert_eq!(actual.len(), expected.len(), "one output goes on");
}

#[test]
fn io_is_as_in_stock_lua() {
    let expected =
        if cfg!(feature = "lua54") { include_str!("stock/io.54.txt") } else { include_str!("stock/io.55.txt") };
    same(expected, &outcome(include_str!("stock/io.lua")));
}

#[test]
fn os_is_as_in_stock_lua() {
    same(include_str!("stock/os.txt"), &outcome(include_str!("stock/os.lua")));
}

#[test]
fn lfs_is_as_in_stock_lua() {
    same(include_str!("stock/lfs.txt"), &outcome(include_str!("stock/lfs.lua")));
}

#[test]
fn time_is_virtual_and_the_environment_the_nodes() {
    let machine = Machine::new();
    machine.record.borrow_mut().now = 90_061_123_456_789;
    machine
        .run(
            r#"print(os.time(), os.date(), os.date("%X"), os.clock(), os.getenv("HOME"), os.getenv("PATH"))
            print(os.tmpname(), os.tmpname(), os.execute(), pcall(os.execute, "ls"))
            print(pcall(io.popen, "ls"))
            print(require "lfs".attributes("/tmp/lua_000001", "modification"), lfs.currentdir())
            io.stderr:write("to ", 2)
            io.stdout:write("not closed: ", tostring(io.stdout:close()), "\n")"#,
        )
        .unwrap();
    assert_eq!(
        machine.output(),
        "1704157261\tTue Jan  2 01:01:01 2024\t01:01:01\t90061.123456\t/home/node\tnil\n\
         /tmp/lua_000001\t/tmp/lua_000002\tfalse\tfalse\tos.execute is not available in skysim\n\
         false\t'popen' not supported\n\
         1704157261\t/work\n\
         not closed: nil\n"
    );
    assert_eq!(machine.record.borrow().err, b"to 2");
}

#[test]
fn exit_tells_the_host_and_does_not_return() {
    for (code, expected) in [("", 0), ("true", 0), ("false", 1), ("7, true", 7), ("2^32 + 3", 3)] {
        let machine = Machine::new();
        assert!(machine.run(&format!("os.exit({code}) print 'still here'")).is_err());
        assert_eq!(machine.record.borrow().exit, Some(expected), "{code}");
        assert_eq!(machine.output(), "");
    }
}

#[test]
fn forged_handles_are_refused() {
    let text = outcome(
        r#"local mt, registry = getmetatable(io.stdout), debug.getregistry()
        local forged = debug.setmetatable(coroutine.create(print), nil)
        for _, make in ipairs { function() return {} end, function() return registry end, function() return 1 end } do
            registry._IO_output = make()
            print(pcall(io.write, "x"))
            print(pcall(io.flush))
            print((pcall(io.close)))
        end
        local directory = select(2, require "lfs".dir("/"))
        print(pcall(mt.__index.read, directory))
        debug.setmetatable(directory, mt)
        print(pcall(mt.__index.read, directory), io.type(directory))
        print(pcall(mt.__tostring, directory))
        debug.setmetatable(directory, nil)
        io.output(io.stdout)
        local lines = io.lines("/tmp/lua_1", 1)"#,
    );
    assert!(text.contains("default output file is closed"), "{text}");
    assert!(text.contains("FILE* expected, got userdata"), "{text}");
    assert!(text.ends_with("FAILED: stdin:16: cannot open file '/tmp/lua_1' (No such file or directory)\n"), "{text}");

    let text = outcome(
        r#"local f = io.open("x", "w") f:write("abc") f:close()
        local lines = io.lines("x", 1)
        debug.setupvalue(lines, 2, math.maxinteger) print(pcall(lines))
        debug.setupvalue(lines, 2, {}) print(pcall(lines))
        debug.setupvalue(lines, 1, {}) print(pcall(lines))
        lines = io.lines("x", 1) debug.setupvalue(lines, 3, true)
        for c in lines do io.write(c, ".") end"#,
    );
    assert!(text.contains("file is already closed"), "{text}");
    assert!(text.ends_with("a.b.c."), "{text}");
}

#[test]
fn all_functions_are_closures() {
    let text = outcome(
        r#"require "lfs"
        local seen = {}
        local function walk(name, t)
            if seen[t] then return end
            seen[t] = true
            for k, v in pairs(t) do
                if type(v) == "function" and not debug.upvalueid(v, 1) then print(name, k) end
                if type(v) == "table" then walk(name .. "." .. tostring(k), v) end
            end
        end
        walk("io", io) walk("os", os) walk("lfs", lfs)
        walk("file", getmetatable(io.stdout)) walk("directory", getmetatable(select(2, lfs.dir("/"))))
        print(debug.upvalueid(print, 1) ~= nil, debug.upvalueid(io.lines(os.tmpname()), 1) ~= nil)
        print(debug.upvalueid((lfs.dir("/")), 1) ~= nil)"#,
    );
    assert_eq!(text, "true\ttrue\ntrue\n");
}

#[test]
fn open_files_are_saved_and_restored() {
    let machine = Machine::new();
    machine.run(r#"f = io.open("x", "w+") f:write("one two") f:seek("set")"#).unwrap();
    // SAFETY: Lua is not running.
    let (saved, tree) = unsafe { ((*machine.files).save(), machine.vfs.borrow().clone()) };
    let look = r#"print(f:read(3), f:write("!") == f, f:close()) os.remove("x")"#;
    machine.run(look).unwrap();
    let first = machine.output();
    // SAFETY: Lua is not running.
    unsafe { (*machine.files).restore(saved) };
    *machine.vfs.borrow_mut() = tree;
    // Lua's memory is not restored here; what the handle held is put back by opening it again.
    machine.run(r#"f = io.open("x", "r+")"#).unwrap();
    machine.run(look).unwrap();
    assert_eq!(machine.output(), first);
}

#[test]
fn absurd_sizes_end_in_errors() {
    let text = outcome(
        r#"local f = io.tmpfile()
        print(f:seek("set", 1 << 40), f:write("x"))
        print(f:seek("set", math.maxinteger), f:write("x"))
        f:seek("set") f:write(("x"):rep(3000000)) f:seek("set")
        print(#f:read(1 << 21), #f:read(1 << 22), f:read(1 << 22))
        print(pcall(f.read, f, -1))
        print(#os.date(("%A"):rep(100000), 0), pcall(os.date, "%" .. ("x"):rep(10) .. "%"))
        print(f:seek("cur", math.mininteger))"#,
    );
    assert!(text.contains("File too large\t27"), "{text}");
    assert!(text.contains("2097152\t902848\tnil"), "{text}");
    assert!(!text.contains("FAILED"), "{text}");
}

/// Fails one allocation, and delegates the others.
struct Allocator {
    inner: ffi::lua_Alloc,
    data: *mut c_void,
    left: usize,
}

unsafe extern "C" fn allocate(data: *mut c_void, at: *mut c_void, old: usize, new: usize) -> *mut c_void {
    // SAFETY: `data` is the allocator given to `lua_setallocf`.
    unsafe {
        let allocator = &mut *data.cast::<Allocator>();
        if new > if at.is_null() { 0 } else { old } {
            if allocator.left == 0 {
                return ptr::null_mut();
            }
            allocator.left -= 1;
        }
        (allocator.inner)(allocator.data, at, old, new)
    }
}

#[test]
fn running_out_of_memory_anywhere_leaves_no_file_open() {
    let code = r#"
        local f = assert(io.open("x", "w")) f:write("12 0x1p4\nline\n", 1, 2.5) f:close()
        for a, b in io.lines("x", "n", "L") do end
        for l in io.lines("x") do end
        f = io.open("x") f:read("a", "l", 0, 3) f:seek("set") f:read(1 << 21) tostring(f) f:read("n")
        io.open("none") io.output("y") io.write("text") io.close() io.output(io.stdout) print(f) io.tmpfile()
        os.date("%c %A") os.date("*t") os.time { year = 2024, month = 1, day = 1 } os.getenv("HOME") os.tmpname() os.remove("none")
        local lfs = require "lfs" lfs.mkdir("d") for n in lfs.dir(".") do end lfs.attributes("x") lfs.currentdir() lfs.chdir("none")
        pcall(lfs.dir, "none") pcall(io.lines, "none") pcall(os.date, "%Q")"#;
    let mut failures = 0;
    for left in 0.. {
        let machine = Machine::new();
        // SAFETY: the allocator outlives its use.
        unsafe {
            let mut allocator = Allocator { inner: allocate, data: ptr::null_mut(), left };
            allocator.inner = ffi::lua_getallocf(machine.l, &raw mut allocator.data);
            let (inner, data) = (allocator.inner, allocator.data);
            ffi::lua_setallocf(machine.l, allocate, (&raw mut allocator).cast());
            let result = machine.run(code);
            ffi::lua_setallocf(machine.l, inner, data);
            machine.run("io.output(io.stdout) collectgarbage() collectgarbage()").unwrap();
            let open = format!("{:?}", (*machine.files).save());
            assert!(!open.contains("File {") && !open.contains("OpenDirectory {"), "{left}: {open}");
            if result.is_ok() {
                break;
            }
            failures += 1;
        }
    }
    assert!(failures > 50, "{failures}");
}
