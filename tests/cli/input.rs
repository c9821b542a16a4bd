//! Paths that are nothing, and files that are wrong.

use crate::support::{Test, with_echo};

#[track_caller]
fn refused(test: &Test, args: &[&str]) -> String {
    let ran = test.run(args);
    assert_eq!(ran.status, 2, "{}", ran.transcript());
    assert_eq!(ran.stdout, "");
    ran.stderr
}

#[test]
fn what_cannot_be_run() {
    let test = Test::new().file("empty/readme.txt", "").file("notes.txt", "just some words\n").file("my main.lua", "");
    std::fs::write(test.path("picture"), [0xff, 0xd8, 0xff, 0xe0]).unwrap();
    let mut all = String::new();
    for path in ["nowhere", "nowhere.toml", "nowhere.lua", "empty", "notes.txt", "picture", "my main.lua", "/dev/zero"]
    {
        all.push_str(&refused(&test, &["run", path]));
        all.push('\n');
    }
    insta::assert_snapshot!(all);
}

#[test]
fn wrong_scenarios() {
    let test = Test::new()
        .echo("typo", "[[event]]\nat = \"1s\"\nkil = \"echo\"\n")
        .echo("unit", "[[event]]\nat = 1\nkill = \"echo\"\n")
        .file("broken.toml", "schema = 1\n[node\n")
        .file("old.toml", "schema = 99\n");
    let mut all = String::new();
    for path in ["typo", "unit", "broken.toml", "old.toml"] {
        all.push_str(&refused(&test, &["run", path]));
        all.push('\n');
    }
    insta::assert_snapshot!(all);
}

#[test]
fn things_that_a_scenario_names_and_that_are_not_there() {
    let test =
        Test::new().echo("check", "[[check]]\nat_end = \"nothing.lua\"\n").echo("schedule", "").echo("skynet", "");
    let mut all = refused(&test, &["run", "check"]);
    all.push_str(&refused(&test, &["run", "schedule", "--schedule", "fiar"]));
    all.push_str(&refused(&test, &["run", "schedule", "--schedule", "pct"]));
    all.push_str(&refused(&test, &["run", "skynet", "--skynet", "no_such_checkout"]));
    all.push_str(&refused(&test, &["run", "skynet", "--skynet", "skynet"]));
    all.push_str(&refused(&test, &["run", "skynet", "--trace", "no/such/folder/x.jsonl"]));
    insta::assert_snapshot!(all);
}

#[test]
fn a_scenario_is_a_folder_or_a_file() {
    let test = Test::new().echo("s", "").file("s/other.toml", &with_echo("title = \"no key here\"\n"));
    assert_eq!(test.run(&["run", "s"]).status, 0);
    assert_eq!(test.run(&["run", "s/scenario.toml"]).status, 0);
    assert_eq!(test.run(&["run", "s/other.toml"]).status, 2);
}

#[test]
fn a_real_config_file() {
    let config = r#"
include "config.path"
thread = 8
logger = nil
harbor = 0
start = "main"	-- main script
bootstrap = "snlua bootstrap"
answer = "$ANSWER"
"#;
    let main = r#"
local skynet = require "skynet"
local words = require "words"
skynet.start(function()
	print(words.hello, skynet.getenv "thread", skynet.getenv "answer")
	skynet.exit()
end)
"#;
    let test = Test::new()
        .file("etc/config", config)
        .file("etc/config.path", "root = \"./\"\nluaservice = root..\"app/?.lua\"\nlua_path = root..\"lib/?.lua\"\n")
        .file("app/main.lua", main)
        .file("lib/words.lua", "return { hello = \"hello\" }\n")
        .variable("ANSWER", "42");
    let ran = test.run(&["run", "etc/config", "--check"]);
    assert_eq!((ran.status, &*ran.stdout), (0, "hello\t8\t42\n"), "{}", ran.stderr);

    let unset = Test::new().file("config", "start = \"main\"\nsecret = \"$SECRET\"\n");
    insta::assert_snapshot!(refused(&unset, &["run", "config"]));
}
