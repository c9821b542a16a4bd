//! The page of `skysim serve` and `skysim report` in a real browser. Without Chromium (`SKYSIM_BROWSER` may name one)
//! these tests say that they were skipped, unless `SKYSIM_BROWSER_NEEDED` is set.
//!
//! `SKYSIM_PICTURES=docs/pictures cargo test --test browser` makes the pictures of the documentation.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests may fail, wait and look at the host"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chromium::Browser;
use tempfile::TempDir;

mod chromium;

const SKYSIM: &str = env!("CARGO_BIN_EXE_skysim");
const WIDTH: u32 = 1180;
const HEIGHT: u32 = 900;

/// `skysim serve`, until the test is over.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Served {
        let mut command = Command::new(SKYSIM);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["serve", "--port", "0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        Served { child, address: address.trim().to_owned() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn browser() -> Option<Browser> {
    let browser = Browser::start(WIDTH, HEIGHT);
    if browser.is_none() {
        assert!(std::env::var_os("SKYSIM_BROWSER_NEEDED").is_none(), "there is no Chromium on this machine");
        // Not by `eprintln`, which is heard only of tests that fail.
        let told = b"SKIPPED: a test of tests/browser: there is no Chromium on this machine\n";
        std::io::stderr().write_all(told).unwrap();
    }
    browser
}

/// The number of a line in a chart's legend.
fn number(browser: &mut Browser, panel: &str, line: &str) -> f64 {
    let text = browser.text(&format!("[data-panel='{panel}'] [data-line='{line}'] b"));
    text.parse().unwrap_or_else(|_| panic!("{panel}, {line}: {text}"))
}

fn go_to(browser: &mut Browser, seconds: &str) {
    browser.click("#moment");
    browser.value("document.querySelector('#moment').select()");
    browser.keys(&format!("{seconds}\n"));
    browser.until(&format!("document.querySelector('#time').innerText.startsWith('{seconds}.000 s')"));
}

/// A picture for the documentation, if somebody wants some.
fn keep(browser: &mut Browser, name: &str) {
    let Some(folder) = std::env::var_os("SKYSIM_PICTURES") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    std::fs::write(folder.join(name), decoded(&browser.picture())).unwrap();
}

fn decoded(base64: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => 0,
    };
    let mut bytes = Vec::new();
    for four in base64.as_bytes().chunks(4) {
        let bits = four.iter().fold(0, |bits, byte| bits << 6 | value(*byte));
        let padding = four.iter().filter(|byte| **byte == b'=').count();
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    bytes
}

#[test]
fn a_live_run() {
    let Some(mut browser) = browser() else { return };
    let served = Served::start(&["scenarios/task_queue"]);
    browser.colours("light");
    browser.open(&served.address);
    assert!(browser.text("#title").contains("none that was accepted is lost"));
    browser.until_text("#verdict", "live");

    // One message after another.
    browser.until_text("#events", "#0");
    browser.click("#step");
    browser.until("document.querySelector('#events').innerText !== '#0'");

    // It plays, and the numbers move.
    browser.click("#play");
    browser.until_text("#play", "Pause");
    browser.until("document.querySelector(\"[data-panel='Tasks that ended'] [data-line='done'] b\")?.innerText > 10");
    browser.click("#play");
    browser.until_text("#play", "Play");

    // On, beyond what was played: the rush, with its workers.
    go_to(&mut browser, "22");
    assert!(number(&mut browser, "Workers over time", "workers") > 10.0);
    assert!(number(&mut browser, "Tasks in the queue", "running") > 10.0);
    assert!(browser.value("document.querySelectorAll(\"[data-panel='Workers now'] .bar\").length").as_u64() > Some(10));
    keep(&mut browser, "serve-queue.png");

    // What fails always becomes a dead letter, with its reason.
    go_to(&mut browser, "120");
    assert_eq!(number(&mut browser, "Tasks in the queue", "dead"), 2.0);
    let letters = browser.text("[data-panel='Dead letters']");
    assert!(letters.contains("bob-151") && letters.contains("cannot be done"), "{letters}");

    // Back: before that there are none, and the state of a service is that of then.
    go_to(&mut browser, "20");
    assert!(browser.text("[data-panel='Dead letters']").contains("none"));
    browser.click("tr[data-service=tasks] td");
    browser.until("document.querySelector('#state').innerText.includes('ready')");
    let state = browser.text("#state");
    assert!(state.contains("dead = 0"), "{state}");
    assert!(browser.text("#messages").contains("submit"), "messages of the chosen service");

    // The end, and its verdict.
    browser.click("#end");
    browser.until("document.querySelector('#time').innerText.startsWith('180.')");
    browser.until_text("#verdict", "passed");
    assert_eq!(browser.complaints, [""; 0]);
}

#[test]
fn a_recorded_run_needs_nothing_else() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let page = written(&folder, "scenarios/task_queue");
    browser.colours("dark");
    browser.open(&format!("file://{}#62", page.display()));
    browser.until("document.querySelector('#time').innerText.startsWith('62.000')");
    assert_eq!(browser.text("#verdict"), "passed");
    assert!(number(&mut browser, "Tasks in the queue", "waiting") > 0.0);
    browser.value("document.querySelector('#window').value = '1e9', document.querySelector('#window').onchange()");
    browser.value("document.querySelector('#lanes').scrollIntoView({ block: 'center' })");
    browser.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    keep(&mut browser, "serve-messages.png");
    browser.click("#end");
    browser.until("document.querySelector('#time').innerText.startsWith('180.')");
    assert!(browser.text("[data-panel='Dead letters']").contains("bob-151"));
    browser.click("tr[data-service=ledger] td");
    browser.until("document.querySelector('#state').innerText.includes('applied')");
    assert_eq!(browser.complaints, [""; 0]);
}

#[test]
fn a_trace() {
    let Some(mut browser) = browser() else { return };
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("run.jsonl");
    let mut run = Command::new(SKYSIM);
    run.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", "scenarios/chat_room", "--trace"]).arg(&trace);
    assert!(run.output().unwrap().status.success());
    let page = written(&folder, trace.to_str().unwrap());
    browser.open(&format!("file://{}", page.display()));
    browser.until("document.querySelector('#messages').innerText.includes('say')");
    assert_eq!(browser.text("#scenario"), "chat_room");
    assert!(browser.text("#pairs").contains("→ room"));
    browser.click("tr[data-service=ann] td");
    browser.until("document.querySelector('.filter').innerText.includes('of ann')");
    let listed = browser.text("#messages");
    assert!(listed.lines().skip(1).all(|line| line.contains("ann")), "{listed}");
    assert_eq!(browser.complaints, [""; 0]);
}

fn written(folder: &TempDir, path: &str) -> PathBuf {
    let page = folder.path().join("page.html");
    let mut command = Command::new(SKYSIM);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["report", path, "--out"]).arg(&page);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    page
}
