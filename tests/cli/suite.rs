//! `skysim test` and snapshots.

use crate::support::Test;

const SNAPSHOT: &str = "[expect]\nsnapshot = [\"echo\"]\n";

fn project() -> Test {
    Test::new().echo("scenarios/one", SNAPSHOT).echo("scenarios/deep/two", SNAPSHOT)
}

#[track_caller]
fn test(project: &Test, args: &[&str], status: i32) -> String {
    let ran = project.run(&[&["test"], args].concat());
    assert_eq!(ran.status, status, "{}", ran.transcript());
    ran.stdout + &ran.stderr
}

#[test]
fn from_missing_to_accepted_to_different() {
    let project = project();
    let mut all = test(&project, &[], 3);
    all.push_str(&test(&project, &["--accept"], 0));
    all.push_str(&test(&project, &[], 0));
    assert!(!project.tree().iter().any(|file| file.ends_with(".new")));
    let lua = format!(
        "local count = 1\n{}",
        crate::support::ECHO.replace("skynet.retpack", "count = count + 1 skynet.retpack")
    );
    project.write("scenarios/one/echo.lua", &lua);
    all.push_str(&test(&project, &[], 3));
    assert!(project.tree().contains(&"snapshots/one/echo.snap.new".to_owned()));
    insta::assert_snapshot!(all);
}

/// A comment more moves all functions, and neither fails nor hides what has changed.
#[test]
fn lines_that_move_change_nothing() {
    let project = Test::new().echo("scenarios/one", SNAPSHOT);
    test(&project, &["--accept"], 0);
    assert!(project.read("snapshots/one/echo.snap").contains("function echo.lua:"));
    let moved = format!("-- Says\n-- it again.\n{}", crate::support::ECHO);
    project.write("scenarios/one/echo.lua", &moved);
    test(&project, &[], 0);
    assert!(!project.tree().iter().any(|file| file.ends_with(".new")));
    let counting = moved.replace("skynet.retpack", "count = count + 1 skynet.retpack");
    project.write("scenarios/one/echo.lua", &format!("local count = 7\n{counting}"));
    let said = test(&project, &[], 3);
    assert!(said.contains("count = 7") && !said.contains("-  lua = function"), "{said}");
}

#[test]
fn empty_ones_fail() {
    let project = project();
    test(&project, &["--accept"], 0);
    project.write("snapshots/one/echo.snap", "");
    assert!(test(&project, &[], 3).contains("the snapshot snapshots/one/echo.snap is empty\n"));
}

#[test]
fn orphans_fail_and_accept_removes_them() {
    let project = project();
    test(&project, &["--accept"], 0);
    project.write("snapshots/one/gone.snap", "---\n---\nx\n");
    project.write("snapshots/renamed/echo.snap", "---\n---\nx\n");
    insta::assert_snapshot!(test(&project, &[], 3));
    assert!(!test(&project, &["scenarios/one"], 3).contains("renamed"));
    assert_eq!(test(&project, &["scenarios/deep"], 0).lines().count(), 2);
    test(&project, &["--accept"], 0);
    assert!(test(&project, &[], 0).ends_with("2 passed, 0 failed\n"));
}

#[test]
fn build_servers_write_nothing() {
    let project = project().variable("CI", "true");
    let before = project.tree();
    test(&project, &[], 3);
    assert!(test(&project, &["--accept"], 2).contains("not accepted on a build server"));
    assert_eq!(project.tree(), before);
}

#[test]
fn all_verdicts_and_junit() {
    let wrong = "[[event]]\nat = \"1s\"\ncall = { to = \"echo\", args = [\"<&>\"], expect = [2] }\n";
    let vacuous = "[[fault]]\nname = \"f\"\nmatch = { from = \"echo\", to = \"x*\" }\ndrop = true\n";
    let project = Test::new()
        .echo("scenarios/a_passes", "")
        .echo("scenarios/b_fails", wrong)
        .echo("scenarios/c_proves_nothing", vacuous)
        .file("scenarios/d_is_wrong/scenario.toml", "schema = 1\nsede = 1\n");
    let mut all = test(&project, &["--junit", "out.xml"], 2);
    all.push_str(&project.clean(project.read("out.xml").as_bytes()));
    insta::assert_snapshot!(all);
    std::fs::remove_dir_all(project.path("scenarios/d_is_wrong")).unwrap();
    test(&project, &[], 1);
    std::fs::remove_dir_all(project.path("scenarios/b_fails")).unwrap();
    test(&project, &[], 5);
}

#[test]
fn json() {
    let project = project();
    let ran = project.run(&["test", "--format", "json"]);
    assert_eq!(ran.status, 3);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["exit"], 3);
    let verdicts: Vec<_> = document["scenarios"].as_array().unwrap().iter().map(|one| &one["verdict"]).collect();
    assert_eq!(verdicts, ["snapshot differs", "snapshot differs"]);
}

#[test]
fn checked() {
    let project = Test::new().echo("scenarios/a", "").echo("scenarios/b", "");
    assert!(test(&project, &["--check"], 0).ends_with("2 passed, 0 failed\n"));
}

#[test]
fn nothing_to_test() {
    let project = Test::new().file("empty/readme.txt", "");
    assert!(test(&project, &["empty"], 2).contains("there is no scenario in `empty`"));
    test(&project, &[], 2);
    test(&project, &["nowhere"], 2);
}
