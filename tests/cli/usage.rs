//! Wrong command lines, and help.

use crate::support::Test;

#[test]
fn help() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help_run", &["run", "--help"]),
        ("help_test", &["test", "--help"]),
        ("help_explore", &["explore", "--help"]),
        ("help_merge", &["merge", "--help"]),
        ("help_replay", &["replay", "--help"]),
        ("help_shrink", &["shrink", "--help"]),
        ("help_conform", &["conform", "--help"]),
        ("help_reload", &["reload", "--help"]),
        ("help_upgrade", &["upgrade", "--help"]),
        ("help_expand", &["expand", "--help"]),
        ("help_diff", &["diff", "--help"]),
        ("help_new", &["new", "--help"]),
    ] {
        let ran = Test::new().run(args);
        assert_eq!(ran.status, 0);
        insta::assert_snapshot!(name, ran.transcript());
    }
}

#[test]
fn version() {
    let ran = Test::new().run(&["--version"]);
    assert_eq!(ran.stdout, format!("skysim {} (Lua {})\n", env!("CARGO_PKG_VERSION"), skysim::lua::LUA_VERSION));
}

#[test]
fn wrong_flags() {
    let wrong: [&[&str]; 11] = [
        &[],
        &["walk"],
        &["run"],
        &["run", "x", "--sed", "1"],
        &["run", "x", "--seed", "seven"],
        &["run", "x", "--until", "60"],
        &["run", "x", "--until", "60 parsecs"],
        &["run", "x", "--until", "-1s"],
        &["run", "x", "--seed", "-1"],
        &["run", "x", "--format", "yaml"],
        &["test", "--accept", "--seed", "1"],
    ];
    let mut all = String::new();
    for args in wrong {
        let ran = Test::new().run(args);
        assert_eq!(ran.status, 2, "{args:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
        if !args.is_empty() {
            all.push_str(&format!("$ skysim {}\n{}\n", args.join(" "), ran.stderr));
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn seeds_have_three_forms() {
    let test = Test::new().echo("s", "");
    for (seed, shown) in [
        ("12", "seed 12,"),
        ("0xff", "seed 255,"),
        ("f958174d0f0dd3ab29b6a0c29eb3bd4a8a1f9d5c", "seed 17967136333127078827,"),
    ] {
        let ran = test.run(&["run", "s", "--seed", seed]);
        assert_eq!(ran.status, 0);
        assert!(ran.stderr.contains(shown), "{}", ran.stderr);
    }
}
