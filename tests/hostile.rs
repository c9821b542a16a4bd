//! Lua programs that try to break out of the simulator, crash it, hang it or eat the machine. Each
//! runs in a process of its own. What must come of it stands in comments at its head:
//!
//! | line | meaning |
//! |---|---|
//! | `-- exit: 0,1` | the exit codes that are right |
//! | `-- out: TEXT` | a text that the output has |
//! | `-- no: TEXT` | a text that it does not have |
//! | `-- memory: MB` | the most memory of the process; 400 if there is no such line |
//! | `-- timeout: S` | host seconds until it counts as hanging; 60 if there is no such line |
//! | `-- instructions: N` | what one message may take, if less than usual |
//! | `-- services: N` | how many services may live at once, if less than usual |
//! | `-- slow:` | only with `SKYSIM_SLOW` in the environment |

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What must come of a program.
struct Expected {
    exits: Vec<i32>,
    texts: Vec<String>,
    absent: Vec<String>,
    memory_mb: i64,
    timeout_s: u64,
    instructions: i64,
    services: i64,
    slow: bool,
}

impl Expected {
    fn read(source: &str) -> Expected {
        let lines = |key: &str| -> Vec<String> {
            let key = format!("-- {key}:");
            let found = source.lines().take_while(|line| line.starts_with("--"));
            found.filter_map(|line| Some(line.strip_prefix(&key)?.trim().to_owned())).collect()
        };
        let number = |key: &str, default: i64| match lines(key).first() {
            Some(text) => text.parse().unwrap_or_else(|_| panic!("`{key}` is no number: {text}")),
            None => default,
        };
        let exits: Vec<i32> =
            lines("exit").iter().flat_map(|text| text.split(',')).filter_map(|code| code.parse().ok()).collect();
        assert!(!exits.is_empty(), "no `-- exit:` line");
        Expected {
            exits,
            texts: lines("out"),
            absent: lines("no"),
            memory_mb: number("memory", 400),
            timeout_s: number("timeout", 60).unsigned_abs(),
            instructions: number("instructions", 1_000_000_000),
            services: number("services", 20_000),
            slow: !lines("slow").is_empty(),
        }
    }
}

/// How a process ended.
struct Ended {
    /// Its exit code; `None` after a signal.
    code: Option<i32>,
    signal: i32,
    memory_mb: i64,
    in_time: bool,
}

/// Waits for a child, and ends it when its time is over.
fn wait(child: &Child, timeout_s: u64) -> Ended {
    let pid = libc::pid_t::try_from(child.id()).expect("a process id");
    let looks = timeout_s * 1000 / LOOK_EVERY.as_millis() as u64;
    let mut in_time = true;
    for look in 0.. {
        let mut status = 0;
        // SAFETY: an rusage is plain data, filled by wait4; the child is ours and was not waited for.
        let (done, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            let flags = if in_time { libc::WNOHANG } else { 0 };
            (libc::wait4(pid, &raw mut status, flags, &raw mut usage), usage)
        };
        if done == pid {
            let code = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
            let signal = if code.is_none() { libc::WTERMSIG(status) } else { 0 };
            return Ended { code, signal, memory_mb: usage.ru_maxrss / 1024, in_time };
        }
        if look > looks {
            in_time = false;
            // SAFETY: the child is ours, and nobody has waited for it yet.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        } else {
            std::thread::sleep(LOOK_EVERY);
        }
    }
    unreachable!("the loop has no end")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile")
}

#[expect(clippy::disallowed_methods, reason = "whoever starts the tests decides how long they may take")]
fn slow_ones_too() -> bool {
    std::env::var_os("SKYSIM_SLOW").is_some()
}

/// The command: the program `skysim`, or what `SKYSIM_UNDER` puts in front of it (valgrind, say).
#[expect(clippy::disallowed_methods, reason = "whoever starts the tests may look at them through something")]
fn command() -> Command {
    let program = env!("CARGO_BIN_EXE_skysim");
    match std::env::var("SKYSIM_UNDER") {
        Ok(under) => {
            let mut words = under.split_whitespace();
            let mut command = Command::new(words.next().unwrap_or(program));
            command.args(words).arg(program);
            command
        }
        Err(_) => Command::new(program),
    }
}

/// Makes a scenario of a program, in a folder with nothing else but what the programs share.
fn make_scenario(at: &Path, name: &str, expected: &Expected) {
    let Expected { instructions, services, .. } = expected;
    let copy = |file: &str| {
        fs::copy(folder().join(file), at.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    };
    fs::create_dir(at.join("lib")).expect("a folder");
    for file in fs::read_dir(folder().join("lib")).expect("what the programs share").filter_map(Result::ok) {
        copy(&format!("lib/{}", file.file_name().to_string_lossy()));
    }
    copy(&format!("{name}.lua"));
    let text = format!(
        "schema = 1\nuntil = \"1h\"\n[node]\nstart = \"{name}\"\nluaservice = \"./?.lua\"\nlua_path = \"./?.lua\"\n\
         [limits]\ninstructions = {instructions}\nservices = {services}\n"
    );
    fs::write(at.join("scenario.toml"), text).expect("the scenario");
}

/// The beginning and the end of a file: what a child is measured at includes the memory of whoever
/// started it, so that this process must not read gigabytes.
fn said_in(path: &Path) -> String {
    const PART_BYTES: u64 = 8 << 20;
    let mut file = File::open(path).expect("the output");
    let length = file.metadata().expect("the output").len();
    let mut bytes = Vec::new();
    file.by_ref().take(PART_BYTES).read_to_end(&mut bytes).expect("the output");
    let rest = length.saturating_sub(PART_BYTES).max(bytes.len() as u64);
    file.seek(SeekFrom::Start(rest)).expect("the output");
    file.read_to_end(&mut bytes).expect("the output");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn run(name: &str) {
    let path = folder().join(name).with_extension("lua");
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let expected = Expected::read(&source);
    if expected.slow && !slow_ones_too() {
        return;
    }
    let scenario = tempfile::tempdir().expect("a folder for the scenario");
    make_scenario(scenario.path(), name, &expected);
    let output = tempfile::tempdir().expect("a folder for the output");
    let file = |name: &str| File::create(output.path().join(name)).expect("a file for the output");
    #[expect(clippy::zombie_processes, reason = "`wait` does it, by wait4, which also tells the memory")]
    let child = command()
        .arg("run")
        .arg(scenario.path())
        .stdin(Stdio::null())
        .stdout(file("out"))
        .stderr(file("err"))
        .spawn()
        .expect("the program starts");
    let ended = wait(&child, expected.timeout_s);
    let said = said_in(&output.path().join("out")) + &said_in(&output.path().join("err"));
    let shown: Vec<&str> = said.lines().collect();
    let tail = shown[shown.len().saturating_sub(40)..].join("\n");
    assert!(ended.in_time, "{name} hangs\n{tail}");
    assert!(ended.code.is_some(), "{name} crashed by signal {}\n{tail}", ended.signal);
    assert!(
        ended.code.is_some_and(|code| expected.exits.contains(&code)),
        "{name} exits with {:?}\n{tail}",
        ended.code
    );
    for text in &expected.texts {
        assert!(said.contains(text.as_str()), "{name} does not say `{text}`\n{tail}");
    }
    for text in expected.absent.iter().map(String::as_str).chain(["panicked at", "bug in skysim"]) {
        assert!(!said.contains(text), "{name} says `{text}`\n{tail}");
    }
    assert!(ended.memory_mb <= expected.memory_mb, "{name} took {} MB\n{tail}", ended.memory_mb);
}

macro_rules! programs {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })*

        #[test]
        fn every_program_is_run() {
            let files = fs::read_dir(folder()).expect("the programs").filter_map(Result::ok);
            let mut found: Vec<String> = files
                .filter_map(|file| file.file_name().to_str()?.strip_suffix(".lua").map(str::to_owned))
                .collect();
            found.sort();
            let mut listed = vec![$(stringify!($name)),*];
            listed.sort_unstable();
            assert_eq!(found, listed);
        }
    };
}

programs! {
    abort_places api_odd bytecode call_depth callbacks coroutines_lost debug_abuse exit_places
    finalizers frames_tampered fuzz host_threads library_odd loop_after_abort loop_at_end loop_at_exit
    loop_callback loop_close loop_coroutine loop_error_text loop_exit loop_failing
    loop_finalizer_at_exit loop_gc loop_goto loop_hook loop_iterator_of_packed loop_killthread
    loop_loading loop_main_chunk loop_memory loop_metamethod loop_nested loop_os_exit
    loop_pairs_of_packed loop_pattern loop_pattern_metered loop_pcall loop_plain loop_sethook loop_sort
    loop_string loop_tostring loop_xpcall many memory_limited memory_unlimited messages_forged
    messages_huge natives_tampered os_exit_main_chunk os_exit_places recursion sandbox scheduler_resumed
    services_by_core services_without_end setenv_twice shared_memory string_rep
}
