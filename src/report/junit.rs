//! The results of several scenarios as JUnit's XML, the form that build servers read. No host time in
//! it: `time` is virtual.

use std::fmt::Write as _;

use crate::base::VirtualTime;

/// One scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Virtual time at its end.
    pub end: VirtualTime,
    /// What came of it.
    pub result: CaseResult,
}

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// All is well.
    Passed,
    /// It is not.
    Failed {
        /// In a word.
        kind: String,
        /// At length.
        text: String,
    },
    /// It could not be run.
    Error {
        /// Why.
        text: String,
    },
}

/// The whole file; `suite` is what the cases are of.
#[must_use]
pub fn junit(suite: &str, cases: &[Case]) -> String {
    let count = |wanted: fn(&CaseResult) -> bool| cases.iter().filter(|case| wanted(&case.result)).count();
    let failures = count(|result| matches!(result, CaseResult::Failed { .. }));
    let errors = count(|result| matches!(result, CaseResult::Error { .. }));
    let (tests, suite) = (cases.len(), escaped(suite));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let _ = writeln!(xml, "<testsuites name=\"skysim\" {counts}>\n  <testsuite name=\"{suite}\" {counts}>");
    for case in cases {
        let seconds = case.end.to_string();
        let seconds = seconds.trim_end_matches('s');
        let _ = write!(xml, "    <testcase classname=\"{suite}\" name=\"{}\" time=\"{seconds}\"", escaped(&case.name));
        let _ = match &case.result {
            CaseResult::Passed => writeln!(xml, "/>"),
            CaseResult::Failed { kind, text } => {
                let (kind, text) = (escaped(kind), escaped(text));
                writeln!(xml, ">\n      <failure type=\"{kind}\" message=\"{kind}\">{text}</failure>\n    </testcase>")
            }
            CaseResult::Error { text } => {
                writeln!(xml, ">\n      <error type=\"input\">{}</error>\n    </testcase>", escaped(text))
            }
        };
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Text for XML 1.0, where most control characters cannot stand at all.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
