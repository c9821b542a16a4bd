//! Streams: JSON, colours, readers that go away, Ctrl-C.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value as Json;

use crate::support::Test;

const ENDLESS: &str = r#"
local skynet = require "skynet"
skynet.start(function()
	skynet.fork(function()
		while true do
			skynet.sleep(1)
			print(skynet.now())
		end
	end)
end)
"#;

#[test]
fn json_is_one_document_and_services_print_to_stderr() {
    let more =
        "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", args = [1], expect = [2] }\n[expect]\nsnapshot = [\"echo\"]\n";
    let ran = Test::new().echo("s", more).run(&["run", "s", "--format", "json"]);
    assert_eq!(ran.status, 1);
    let document: Json = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["verdict"], "failed");
    assert_eq!(document["exit"], 1);
    insta::assert_snapshot!(ran.stdout);

    let printing = Test::new().file("main.lua", "require \"skynet\".start(function() print \"hello\" end)\n");
    let ran = printing.run(&["run", "main.lua", "--format", "json"]);
    assert!(ran.stdout.starts_with("{\n") && !ran.stdout.contains("hello"));
    assert!(ran.stderr.contains("\nhello\n"));
}

/// `/dev/full` is a disk without space.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let test = Test::new().echo("s", "").file("endless.lua", ENDLESS);
    for args in [
        &["schema"][..],
        &["expand", "s"],
        &["run", "s"],
        &["run", "s", "--format", "json"],
        &["run", "endless.lua"],
        &["test", "s"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = test.command(args).stdout(full).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains("cannot write ") && text.contains("free some space"), "{args:?}: {text}");
    }
}

#[test]
fn pipes_get_no_colours() {
    let test = Test::new().echo("s", "").variable("TERM", "xterm-256color");
    let ran = test.run(&["run", "s"]);
    assert!(!ran.transcript().contains('\u{1b}'));
    let ran = test.run(&["run", "nowhere"]);
    assert!(!ran.transcript().contains('\u{1b}'));
}

#[test]
fn terminals_get_colours_unless_no_color_is_set() {
    // `script` gives a pseudo terminal; where there is none, nothing can be tested.
    let test = Test::new().echo("s", "");
    let command = format!("{} run s", env!("CARGO_BIN_EXE_skysim"));
    for (no_color, coloured) in [("", true), ("1", false)] {
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).current_dir(test.path(""));
        script.env("NO_COLOR", no_color).env("TERM", "xterm").stdin(Stdio::null());
        let Ok(output) = script.output() else { return };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("PASSED"), "{text}");
        assert_eq!(text.contains("\u{1b}[32;1mPASSED"), coloured, "{text}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let test = Test::new().file("main.lua", ENDLESS);
    let mut child = test.command(&["run", "main.lua"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("[:"));
    drop(lines);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn nobody_reads_anything() {
    let test = Test::new().echo("s", "");
    let mut child = test.command(&["schema"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_the_summary() {
    let test = Test::new().file("main.lua", ENDLESS);
    let mut child = test.command(&["run", "main.lua"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let drain = std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    std::thread::sleep(Duration::from_millis(50));
    // SAFETY: a signal to our own child.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    drain.join().unwrap().unwrap();
    assert!(said.contains("INTERRUPTED  main.lua\n") && said.contains("; it was interrupted\n"), "{said}");
}
