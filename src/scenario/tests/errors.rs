//! Wrong files: the words, the place and the remedy.

use std::path::Path;

use crate::scenario::{Scenario, ScenarioError};

fn error(text: &str) -> ScenarioError {
    Scenario::from_toml("scenario.toml", text).expect_err(text)
}

/// The problems of a file below `schema = 1`, one a line, each with its remedy.
fn lines(text: &str) -> String {
    use miette::Diagnostic;
    let error = error(&format!("schema = 1\n{text}"));
    let line = |problem: &crate::scenario::Problem| {
        let help = problem.help().map(|help| format!(" -- {help}")).unwrap_or_default();
        format!("{}:{}: {problem}{help}", problem.line, problem.column)
    };
    error.problems().iter().map(line).collect::<Vec<_>>().join("\n")
}

fn rendered(error: &ScenarioError) -> String {
    let mut text = String::new();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor()).with_width(100);
    handler.render_report(&mut text, error).unwrap();
    text
}

#[test]
fn one_problem() {
    let expected = r"  × scenario.toml:2:1: unknown key `titel` in the file
   ╭─[scenario.toml:2:1]
 1 │ schema = 1
 2 │ titel = 'x'
   · ──┬──
   ·   ╰── not a key of this table
   ╰────
  help: did you mean `title`?
";
    assert_eq!(rendered(&error("schema = 1\ntitel = 'x'\n")), expected);
}

#[test]
fn several_problems() {
    let expected = r#"  × scenario.toml has 2 problems

Error: 
  × `until`: 60 has no unit: write "60ms", "60s" or "60 ticks" (1 tick = 10 ms)
   ╭─[scenario.toml:2:9]
 1 │ schema = 1
 2 │ until = 60
   ·         ─┬
   ·          ╰── this value
 3 │ 
   ╰────

Error: 
  × unknown key `kil` in [[event]] 1
   ╭─[scenario.toml:6:1]
 5 │ at = '1s'
 6 │ kil = 'room'
   · ─┬─
   ·  ╰── not a key of this table
   ╰────
  help: did you mean `kill`?
"#;
    assert_eq!(rendered(&error("schema = 1\nuntil = 60\n\n[[event]]\nat = '1s'\nkil = 'room'\n")), expected);
}

/// Below `schema = 1`: a wrong text, and after `=>` each problem. Cases are apart by `---`.
const CASES: &str = include_str!("errors.txt");

#[test]
fn each_kind() {
    for case in CASES.split("---\n") {
        let (text, expected) = case.split_once("\n=> ").unwrap();
        assert_eq!(lines(text), expected.trim_end().replace("\n=> ", "\n"), "{text}");
    }
}

#[test]
fn the_format_comes_first() {
    let message = |text: &str| error(text).to_string();
    let missing = "`schema` is missing: the file does not say which version of the format it has";
    assert_eq!(message("titel = 1"), format!("scenario.toml:1:1: {missing}"));
    assert_eq!(
        message("schema = 2\ntitel = 1"),
        "scenario.toml:1:10: schema `2` is not known: this skysim reads schema 1"
    );
}

#[test]
fn a_repeated_problem_is_told_once() {
    assert_eq!(lines("[[event]]\nat = 5\nlog = 'x'\nrepeat = 1000").lines().count(), 1);
}

#[test]
fn services_started_by_code_may_be_named() {
    let text = "schema = 1\n[node]\nstart = 'main'\n[[event]]\nat = '1s'\nkill = 'agent'";
    assert!(Scenario::from_toml("x", text).is_ok());
}

#[test]
fn a_file_that_is_not_there() {
    let error = Scenario::read(Path::new("/nowhere/at/all.toml")).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the scenario /nowhere/at/all.toml");
    assert!(error.problems().is_empty());
}
