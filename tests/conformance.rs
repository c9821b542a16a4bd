//! Our programs against what real Skynet printed (`tests/conformance/README.md`): on the built-in
//! library always; on a real checkout's own library, and on the real binary itself, when
//! `SKYNET_HOME` names a built checkout.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use regex::Regex;
use skysim::base::{Handle, Value, VirtualTime};
use skysim::kernel::{Incident, Output};
use skysim::world::{self, World, WorldOptions};

/// Programs that are not expected to agree, and why.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("multicasts", "the built-in library has no skynet.multicast"),
    ("storm_exits", "the order in which exit() reports its callers is by address in real Skynet"),
];

#[derive(Default)]
struct Lines {
    prints: Vec<u8>,
    logs: Vec<u8>,
}

struct Collect(Rc<RefCell<Lines>>);

impl Output for Collect {
    fn print(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().prints.extend_from_slice(bytes);
    }

    fn print_error(&mut self, _bytes: &[u8]) {}

    fn log(&mut self, _now: VirtualTime, _handle: Handle, line: &[u8], _file: Option<&str>) {
        let logs = &mut self.0.borrow_mut().logs;
        logs.extend_from_slice(line);
        logs.push(b'\n');
    }

    fn append(&mut self, _path: &str, _bytes: &[u8]) {}

    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

/// The replacements of one of the `.sed` files beside the programs, and the lines it keeps.
struct Normalise {
    keep: Regex,
    drop: Option<Regex>,
    replace: Vec<(Regex, &'static str)>,
}

impl Normalise {
    fn prints() -> Normalise {
        let replace = [
            (r"[^ ]*\.lua:[0-9]*: ", ""),
            (r"(thread|table|function|userdata): (0x)?[0-9a-fx]+", "$1: ADDR"),
            (r":[0-9a-f]{8}", ":HANDLE"),
            (r"\(line:[0-9]+\)", "(line)"),
        ];
        Normalise { keep: regex("^> "), drop: None, replace: replace.map(|(from, to)| (regex(from), to)).into() }
    }

    fn logs() -> Normalise {
        let replace = [
            ("\x1b\\[[0-9;]*m", ""),
            (r"@?[^ ]*\.lua:[0-9]+: ", ""),
            (r"@[^ ]*/([A-Za-z0-9_]+\.lua:[0-9]+)", "@$1"),
            (r"cannot open [^ ]*/", "cannot open "),
            (r"(thread|table|function|userdata): (0x)?[0-9a-fx]+", "$1: ADDR"),
            (r"\(line:[0-9]+\)", "(line)"),
            (r"(<TRACE [^>]*>) [0-9]+ ([^:]*)( : @.*)?$", "$1 TIME $2"),
        ];
        // What the framework itself complains of; skysim says it as Skynet's master does.
        let not_in_skynet_1_8 = [(r"^(\[:[0-9a-f]{8}\]) error: ", "$1 ")];
        let replace = replace.into_iter().chain(not_in_skynet_1_8.into_iter().filter(|_| cfg!(feature = "lua54")));
        Normalise {
            keep: regex(r"^\[:[0-9a-f]{8}\] "),
            drop: Some(regex(r"^\[:0000000[1-7]\] (LAUNCH|KILL self)")),
            replace: replace.map(|(from, to)| (regex(from), to)).collect(),
        }
    }

    fn apply(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        let mut result = String::new();
        for line in text.lines().filter(|line| self.keep.is_match(line)) {
            if self.drop.as_ref().is_some_and(|drop| drop.is_match(line)) {
                continue;
            }
            let line =
                self.replace.iter().fold(line.to_owned(), |line, (from, to)| from.replace_all(&line, *to).into());
            result.push_str(&line);
            result.push('\n');
        }
        result
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a good pattern")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

fn programs() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the programs are there")
        .filter_map(|entry| entry.expect("readable").file_name().to_str()?.strip_suffix(".lua").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() > 80, "programs are missing");
    names
}

/// Runs a program and returns what differs from the expected output, if anything.
fn check(name: &str, checkout: Option<&str>) -> Option<String> {
    let mut plan = world::single(&folder().join(format!("{name}.lua"))).expect("a program is a plan");
    plan.node.snax = Some("./mod/?.lua".to_owned());
    plan.node.skynet = checkout.map(str::to_owned);
    let settings =
        [("conf_number", Value::Integer(42)), ("conf_true", Value::Boolean(true)), ("conf_text", "some text".into())];
    plan.node.env.extend(settings.map(|(key, value)| (key.to_owned(), value)));
    let lines = Rc::new(RefCell::new(Lines::default()));
    let world = World::new(&plan, WorldOptions::new(Box::new(Collect(lines.clone())))).expect("a program runs");
    // Uncaught errors and calls without answers are what many programs are about.
    let _judged = world.run();
    let lines = lines.borrow();
    let mut difference = compare(name, "expected", &Normalise::prints().apply(&lines.prints));
    if folder().join(format!("{name}.log.expected")).exists() {
        difference = difference.or(compare(name, "log.expected", &Normalise::logs().apply(&lines.logs)));
    }
    difference
}

/// What real Skynet printed; with Lua 5.4 that was Skynet 1.8, where it printed something else.
fn expected(name: &str, kind: &str) -> String {
    let read = |file: String| std::fs::read_to_string(folder().join(file));
    if cfg!(feature = "lua54")
        && let Ok(own) = read(format!("{name}.lua54.{kind}"))
    {
        return own;
    }
    read(format!("{name}.{kind}")).expect("every program has its output")
}

fn compare(name: &str, kind: &str, got: &str) -> Option<String> {
    let expected = expected(name, kind);
    assert!(!expected.is_empty(), "{name}.{kind} is empty");
    (expected != got).then(|| {
        let diff = similar::TextDiff::from_lines(expected.as_str(), got);
        format!("{name}.{kind}:\n{}", diff.unified_diff().context_radius(2).header("real Skynet", "skysim"))
    })
}

fn check_all(checkout: Option<&str>) {
    let names = programs();
    for (name, _) in EXCEPTIONS {
        assert!(names.iter().any(|program| program == name), "{name} is an exception without a program");
    }
    let differences: Vec<String> = names
        .iter()
        .filter(|name| !EXCEPTIONS.iter().any(|(exception, _)| exception == name))
        .filter_map(|name| check(name, checkout))
        .collect();
    assert!(differences.is_empty(), "{} programs differ\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn built_in_library() {
    check_all(None);
}

#[test]
fn library_of_a_real_checkout() {
    match skynet_home() {
        Some(home) => check_all(Some(&home)),
        None => eprintln!("skipped: SKYNET_HOME is not set"),
    }
}

#[test]
fn the_real_binary_still_prints_this() {
    let Some(home) = skynet_home() else {
        eprintln!("skipped: SKYNET_HOME is not set");
        return;
    };
    let output = Command::new("bash")
        .arg(folder().join("record.sh"))
        .arg("--check")
        .env("SKYNET_HOME", home)
        .output()
        .expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[expect(clippy::disallowed_methods, reason = "where the oracle is, is the business of who runs the tests")]
fn skynet_home() -> Option<String> {
    std::env::var("SKYNET_HOME").ok().filter(|home| !home.is_empty())
}
