//! Runs a fuzz target under AFL++: `skysim-fuzz TARGET` (by `afl-fuzz`), `skysim-fuzz TARGET FILE..`
//! to replay inputs, `skysim-fuzz seeds FOLDER` to write the samples. See `docs/fuzzing.md`.

#[path = "../samples.rs"]
mod samples;
#[path = "../targets.rs"]
mod targets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};

use skysim::vfs::HostDirectory;

const TARGETS: [&str; 7] = ["seri", "pack", "scenario", "trace", "parsers", "config", "files"];

/// No target needs one block of this size: a length was believed before it was checked.
const ALLOCATION_BYTES_MAX: usize = 512 << 20;

struct Bounded;

// SAFETY: the system's allocator, which aborts at large requests.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > ALLOCATION_BYTES_MAX {
            std::process::abort();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > ALLOCATION_BYTES_MAX {
            std::process::abort();
        }
        // SAFETY: the caller's promise.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static BOUNDED: Bounded = Bounded;

// What AFL++'s `afl-compiler-rt.o` offers, and the marks that `afl-fuzz` looks for in the program.
unsafe extern "C" {
    fn __afl_persistent_loop(count: u32) -> i32;
    fn __afl_manual_init();
    static mut __afl_fuzz_len: *mut u32;
    static mut __afl_fuzz_ptr: *mut u8;
}
#[unsafe(no_mangle)]
static mut __afl_sharedmem_fuzzing: i32 = 1;
#[used]
static PERSISTENT: [u8; 23] = *b"##SIG_AFL_PERSISTENT##\0";
#[used]
static DEFERRED: [u8; 26] = *b"##SIG_AFL_DEFER_FORKSRV##\0";

/// A folder with links of every kind, to be mounted.
fn host(folder: &Path) -> HostDirectory {
    std::fs::create_dir_all(folder.join("a")).expect("a scratch folder");
    std::fs::write(folder.join("b"), "text").expect("a scratch file");
    std::fs::write(folder.join("a/a.lua"), "text").expect("a scratch file");
    for (to, name) in [("loop", "loop"), ("..", "a/up"), ("/etc", "out"), ("a/up/a/a.lua", "e"), ("a", "tmp")] {
        // They may be there from a run before.
        let _ = std::os::unix::fs::symlink(to, folder.join(name));
    }
    HostDirectory::open(folder).expect("it was just made")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (target, files) = arguments.split_first().expect("a target");
    if target == "seeds" {
        for target in TARGETS {
            let folder = Path::new(&files[0]).join(target);
            std::fs::create_dir_all(&folder).expect("a folder");
            for (index, sample) in samples::of(target).iter().enumerate() {
                std::fs::write(folder.join(index.to_string()), sample).expect("a file");
            }
        }
        return;
    }
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        hook(info);
        std::process::abort();
    }));
    let folder = PathBuf::from(format!("/dev/shm/skysim-fuzz-{}", std::process::id()));
    let host = host(&folder);
    let config = folder.join("config");
    let mut machine = (target == "pack").then(targets::Machine::default);
    let mut run = |data: &[u8]| match target.as_str() {
        "seri" => targets::seri(data),
        "pack" => machine.as_mut().expect("made for it").pack(data),
        "scenario" => targets::scenario(data),
        "trace" => targets::trace(data),
        "parsers" => targets::parsers(data),
        "config" => targets::configuration(data, &config),
        "files" => targets::files(data, &host),
        other => panic!("there is no target {other}"),
    };
    for file in files {
        eprintln!("{file}");
        run(&std::fs::read(file).expect("an input"));
    }
    // SAFETY: the protocol of AFL++'s persistent mode: within the loop the input is in shared memory.
    unsafe {
        std::hint::black_box((&PERSISTENT, &DEFERRED));
        if files.is_empty() {
            __afl_manual_init();
            while __afl_persistent_loop(2000) != 0 {
                run(std::slice::from_raw_parts(__afl_fuzz_ptr, *__afl_fuzz_len as usize));
            }
            // The next process that the fork server makes has the same folder.
            return;
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
}
