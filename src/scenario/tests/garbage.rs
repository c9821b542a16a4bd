//! No text makes the reader panic, and every complaint is about a place of the text.

use proptest::prelude::*;

use super::FULL;
use crate::base::Seed;
use crate::scenario::Scenario;

/// Reads, expands and renders whatever comes of a text.
fn try_all(text: &str) {
    match Scenario::from_toml("x.toml", text) {
        Ok(scenario) => {
            let plan = scenario.expand(Seed(1));
            let again = Scenario::from_toml("x.toml", &plan.to_toml());
            assert!(again.is_ok(), "{}\n{}", plan.to_toml(), again.unwrap_err());
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            for problem in error.problems() {
                assert!(problem.place.end <= text.len() && problem.line > 0 && problem.column > 0);
            }
            let mut rendered = String::new();
            let theme = miette::GraphicalTheme::unicode_nocolor();
            miette::GraphicalReportHandler::new_themed(theme).render_report(&mut rendered, &error).unwrap();
        }
    }
}

#[test]
fn odd_texts() {
    for text in
        ["", "\u{feff}schema = 1", "schema", "schema = 1\r\nx = é", "a.b.c = 1", "[[node]]", "schema = 1\nnode = []"]
    {
        try_all(text);
    }
    try_all(&format!("schema = 1\ntitle = {}", "[".repeat(100_000)));
    try_all(&format!("schema = 1\n{} = 1", "a.".repeat(100_000)));
    try_all(&format!("schema = 1\n[[event]]\nlog = 'x'\nat = '1s'\n{} = 1", "k".repeat(100_000)));
    try_all("schema = 1\n[[service]]\nname = 's'\nfile = 'x'\nrepeat = 100000");
}

proptest! {
    #[test]
    fn any_text(text in ".*") {
        try_all(&text);
        try_all(&format!("schema = 1\n{text}"));
    }

    #[test]
    fn a_valid_file_with_a_part_replaced(start in 0..FULL.len(), length in 0_usize..30, patch in "[ -~\\n]{0,8}") {
        let end = (start + length).min(FULL.len());
        try_all(&format!("{}{patch}{}", &FULL[..start], &FULL[end..]));
    }

    #[test]
    fn a_valid_file_with_a_value_replaced(line in 0..FULL.lines().count(), value in prop_oneof![
        Just("1"), Just("-1"), Just("0.5"), Just("nan"), Just("'x'"), Just("''"), Just("true"), Just("[]"), Just("{}"),
        Just("[1, 2, 3]"), Just("{ nth = 1 }"), Just("{ int = [] }"), Just("2024-01-01"), Just("99999999999999999999"),
        Just("['1s', 2]"), Just("[['a'], { b = [] }]"), Just("{ to = 'room', args = 1 }"), Just("[[]]"), Just("[{}]"),
    ]) {
        let replaced = FULL.lines().enumerate().map(|(index, text)| match text.split_once(" = ") {
            Some((key, _)) if index == line => format!("{key} = {value}\n"),
            _ => format!("{text}\n"),
        });
        try_all(&replaced.collect::<String>());
    }
}
