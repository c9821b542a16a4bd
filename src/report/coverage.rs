//! The lines and branches that an exploration reached: as a table, as LCOV, as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::explore::{FileReached, Ratio};

/// Files that the table tells apart.
const FILES_MAX: usize = 20;

/// Error branches that are told.
const ERRORS_MAX: usize = 10;

/// Characters of a line of Lua.
const CODE_COLUMNS_MAX: usize = 80;

/// What an exploration reached, and the text of the files.
#[derive(Clone, Debug, Default)]
pub struct CoverageAccount {
    /// By file.
    pub files: BTreeMap<String, FileReached>,
    /// The lines of the files that could be read.
    pub texts: BTreeMap<String, Vec<String>>,
}

impl CoverageAccount {
    /// Of all files: lines, branches, functions.
    fn totals(&self) -> [Ratio; 3] {
        let sum = |of: fn(&FileReached) -> Ratio| self.files.values().map(of).fold(Ratio::default(), Ratio::plus);
        [sum(FileReached::line_ratio), sum(FileReached::branch_ratio), sum(FileReached::function_ratio)]
    }

    /// The run that was the last to reach a line that no run before it had.
    fn last_new(&self) -> Option<u32> {
        self.files.values().flat_map(|file| file.lines.values()).filter_map(|first| *first).max()
    }

    fn text(&self, file: &str, line: u32) -> &str {
        let lines = self.texts.get(file);
        let index = (line as usize).checked_sub(1);
        index.and_then(|index| lines?.get(index)).map_or("", |line| line.trim())
    }

    /// Lines that no run reached and that are there for errors: they, or the last line before them that was
    /// reached, speak of one.
    fn errors(&self) -> Vec<(&str, u32)> {
        let mut errors = Vec::new();
        for (name, file) in &self.files {
            let mut guard = "";
            for (line, first) in &file.lines {
                let text = self.text(name, *line);
                if first.is_some() {
                    guard = text;
                } else if speaks_of_errors(text) || speaks_of_errors(guard) {
                    errors.push((name.as_str(), *line));
                }
            }
        }
        errors
    }

    /// For people.
    #[must_use]
    pub fn table(&self) -> String {
        let width = self.files.keys().map(String::len).max().unwrap_or(0).max("all files".len());
        let mut text = format!("\n{:width$}  {:>15}  {:>15}  {:>15}\n", "reached", "lines", "branches", "functions");
        let mut row = |name: &str, ratios: [Ratio; 3]| {
            let _infallible = write!(text, "{name:width$}");
            for Ratio { reached, all } in ratios {
                let cell = format!("{reached}/{all} {:3.0}%", Ratio { reached, all }.percent().floor());
                let _infallible = write!(text, "  {cell:>15}");
            }
            text.push('\n');
        };
        for (name, file) in self.files.iter().take(FILES_MAX) {
            row(name, [file.line_ratio(), file.branch_ratio(), file.function_ratio()]);
        }
        row("all files", self.totals());
        if let Some(run) = self.last_new() {
            let _infallible = writeln!(text, "no run after run {run} reached another line");
        }
        let errors = self.errors();
        if !errors.is_empty() {
            text.push_str("error branches that no run reached:\n");
        }
        for (name, line) in errors.iter().take(ERRORS_MAX) {
            let code: String = self.text(name, *line).chars().take(CODE_COLUMNS_MAX).collect();
            let _infallible = writeln!(text, "  {name}:{line}: {code}");
        }
        if errors.len() > ERRORS_MAX {
            let _infallible = writeln!(text, "  and {} more", errors.len() - ERRORS_MAX);
        }
        text
    }

    /// For the document of an exploration: the sums.
    #[must_use]
    pub fn summary(&self) -> Json {
        let ratio = |ratio: Ratio| json!({ "reached": ratio.reached, "all": ratio.all });
        let all = |[lines, branches, functions]: [Ratio; 3]| json!({ "lines": ratio(lines), "branches": ratio(branches), "functions": ratio(functions) });
        let files: BTreeMap<&String, Json> = self
            .files
            .iter()
            .map(|(name, file)| (name, all([file.line_ratio(), file.branch_ratio(), file.function_ratio()])))
            .collect();
        let errors: Vec<Json> =
            self.errors().into_iter().map(|(file, line)| json!({ "file": file, "line": line })).collect();
        json!({ "all": all(self.totals()), "files": files, "errors_never_reached": errors, "last_new_run": self.last_new() })
    }

    /// For programs: of each line the first run that reached it, and the seed of that run, given the first seed.
    #[must_use]
    pub fn document(&self, first_seed: u64) -> Json {
        let first = |first: Option<u32>| {
            first.map(|run| json!({ "run": run, "seed": first_seed.wrapping_add(u64::from(run)).to_string() }))
        };
        let files: BTreeMap<&String, Json> = self
            .files
            .iter()
            .map(|(name, file)| {
                let lines: serde_json::Map<String, Json> =
                    file.lines.iter().map(|(line, run)| (line.to_string(), json!(first(*run)))).collect();
                (name, json!({ "lines": lines }))
            })
            .collect();
        json!({ "v": super::FORMAT_VERSION, "summary": self.summary(), "files": files })
    }

    /// As LCOV; `place` makes a file's path one that can be found from where it is read. It was reached: 1, or not:
    /// 0. How often is not counted.
    #[must_use]
    pub fn lcov(&self, place: impl Fn(&str) -> String) -> String {
        let mut text = String::new();
        let hit = |first: Option<u32>| u32::from(first.is_some());
        for (name, file) in &self.files {
            let _infallible = write!(text, "TN:\nSF:{}\n", place(name));
            let functions: Vec<(String, _)> =
                file.functions.iter().map(|function| (self.function_name(name, function.line), function)).collect();
            for (name, function) in &functions {
                let _infallible = writeln!(text, "FN:{},{name}", function.line);
            }
            for (name, function) in &functions {
                let _infallible = writeln!(text, "FNDA:{},{name}", hit(function.first));
            }
            ratio(&mut text, "FN", file.function_ratio());
            for branch in &file.branches {
                // A dash says that the decision was never come to.
                let come_to = file.branches.iter().any(|other| {
                    (other.line, other.decision) == (branch.line, branch.decision) && other.first.is_some()
                });
                let taken = if come_to { hit(branch.first).to_string() } else { "-".to_owned() };
                let _infallible = writeln!(text, "BRDA:{},{},{},{taken}", branch.line, branch.decision, branch.way);
            }
            ratio(&mut text, "BR", file.branch_ratio());
            for (line, first) in &file.lines {
                let _infallible = writeln!(text, "DA:{line},{}", hit(*first));
            }
            let Ratio { reached, all } = file.line_ratio();
            let _infallible = write!(text, "LF:{all}\nLH:{reached}\nend_of_record\n");
        }
        text
    }

    /// Functions of Lua have no names; the line says what it is called, if anything. The line makes it unique.
    fn function_name(&self, file: &str, line: u32) -> String {
        let text = self.text(file, line);
        let after = text.split_once("function ").map_or("", |(_, after)| after);
        let named = after.split('(').next().unwrap_or("").trim();
        let before = text.split_once("= function").map_or("", |(before, _)| before);
        let assigned = before.trim().trim_start_matches("local ").trim();
        let name = if named.is_empty() { assigned } else { named };
        let name: String = name.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
        if name.is_empty() { format!("function@{line}") } else { format!("{name}@{line}") }
    }
}

fn ratio(text: &mut String, prefix: &str, Ratio { reached, all }: Ratio) {
    let _infallible = write!(text, "{prefix}F:{all}\n{prefix}H:{reached}\n");
}

/// Whether a line of Lua deals with what went wrong.
fn speaks_of_errors(text: &str) -> bool {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut last = "";
    for word in words {
        if matches!(word, "error" | "assert" | "err" | "pcall" | "xpcall") || (last, word) == ("not", "ok") {
            return true;
        }
        last = word;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::{Branch, Function};

    fn account() -> CoverageAccount {
        let text = "local function f(x)\n\tif not x then\n\t\terror \"no x\"\n\tend\nend\nf(1)\nreturn f";
        let file = FileReached {
            lines: [(1, Some(0)), (2, Some(4)), (3, None), (5, Some(4)), (6, Some(4)), (7, Some(0))].into(),
            branches: vec![
                Branch { line: 2, decision: 0, way: 0, first: None },
                Branch { line: 2, decision: 0, way: 1, first: Some(4) },
            ],
            functions: vec![Function { line: 1, last_line: 5, first: Some(4) }],
        };
        CoverageAccount {
            files: [("a.lua".to_owned(), file)].into(),
            texts: [("a.lua".to_owned(), text.lines().map(str::to_owned).collect())].into(),
        }
    }

    #[test]
    fn as_lcov() {
        let expected = "TN:\nSF:s/a.lua\nFN:1,f@1\nFNDA:1,f@1\nFNF:1\nFNH:1\nBRDA:2,0,0,0\nBRDA:2,0,1,1\nBRF:2\nBRH:1\n\
                        DA:1,1\nDA:2,1\nDA:3,0\nDA:5,1\nDA:6,1\nDA:7,1\nLF:6\nLH:5\nend_of_record\n";
        assert_eq!(account().lcov(|name| format!("s/{name}")), expected);
    }

    #[test]
    fn for_people() {
        let table = account().table();
        assert!(table.contains("a.lua             5/6  83%         1/2  50%         1/1 100%\n"), "{table}");
        assert!(table.contains("no run after run 4 reached another line\n"), "{table}");
        assert!(table.ends_with("error branches that no run reached:\n  a.lua:3: error \"no x\"\n"), "{table}");
        assert_eq!(account().document(10)["files"]["a.lua"]["lines"]["2"]["seed"], "14");
    }

    #[test]
    fn what_speaks_of_errors() {
        for text in ["error(\"x\")", "local ok, err = pcall(f)", "if not ok then", "assert(x)"] {
            assert!(speaks_of_errors(text), "{text}");
        }
        assert!(!speaks_of_errors("errors = errors + terror"));
    }
}
