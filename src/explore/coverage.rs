//! Lines and branches that an exploration reached, by file; and how to add up those of several machines.

use std::collections::BTreeMap;

use crate::lua::coverage::FunctionReached;

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// That were reached.
    pub reached: usize,
    /// That there are.
    pub all: usize,
}

impl Ratio {
    fn of(reached: impl Iterator<Item = bool>) -> Ratio {
        let mut ratio = Ratio::default();
        for reached in reached {
            ratio.all += 1;
            ratio.reached += usize::from(reached);
        }
        ratio
    }

    /// In percent; nothing of nothing is all.
    #[must_use]
    pub fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { self.reached as f64 * 100.0 / self.all as f64 }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Ratio) -> Ratio {
        Ratio { reached: self.reached + other.reached, all: self.all + other.all }
    }
}

/// One of the two ways of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The line of the decision.
    pub line: u32,
    /// Which decision of the line, from 0.
    pub decision: usize,
    /// 0: goes on behind it; 1: elsewhere.
    pub way: usize,
    /// The first run that went it.
    pub first: Option<u32>,
}

/// A function of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Where it begins.
    pub line: u32,
    /// Where it ends.
    pub last_line: u32,
    /// The first run that called it.
    pub first: Option<u32>,
}

/// What was reached of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReached {
    /// Lines with code, and the first run that reached each.
    pub lines: BTreeMap<u32, Option<u32>>,
    /// Ways, by line.
    pub branches: Vec<Branch>,
    /// Functions, by line.
    pub functions: Vec<Function>,
}

impl FileReached {
    /// Of the lines.
    #[must_use]
    pub fn line_ratio(&self) -> Ratio {
        Ratio::of(self.lines.values().map(Option::is_some))
    }

    /// Of the branches.
    #[must_use]
    pub fn branch_ratio(&self) -> Ratio {
        Ratio::of(self.branches.iter().map(|branch| branch.first.is_some()))
    }

    /// Of the functions.
    #[must_use]
    pub fn function_ratio(&self) -> Ratio {
        Ratio::of(self.functions.iter().map(|function| function.first.is_some()))
    }

    fn add(&mut self, reached: &FunctionReached) {
        if reached.line > 0 {
            let FunctionReached { line, last_line, called: first, .. } = *reached;
            self.functions.push(Function { line, last_line, first });
        }
        for (line, first) in &reached.lines {
            let known = self.lines.entry(*line).or_default();
            *known = earlier(*known, *first);
        }
        for (line, ways) in &reached.branches {
            let decision = self.branches.iter().filter(|branch| branch.line == *line).count() / 2;
            for (way, first) in ways.iter().enumerate() {
                self.branches.push(Branch { line: *line, decision, way, first: *first });
            }
        }
    }
}

/// By file, in the order of their names.
#[must_use]
pub fn files(reached: &[FunctionReached]) -> BTreeMap<String, FileReached> {
    let mut files: BTreeMap<String, FileReached> = BTreeMap::new();
    for function in join([reached.to_vec()]) {
        files.entry(function.file.clone()).or_default().add(&function);
    }
    for file in files.values_mut() {
        file.branches.sort_by_key(|branch| (branch.line, branch.decision, branch.way));
    }
    files
}

/// What several shares of an exploration have reached together. The same code of the same place is the same
/// function, by whatever way a service came to load it.
#[must_use]
pub fn join(shares: impl IntoIterator<Item = Vec<FunctionReached>>) -> Vec<FunctionReached> {
    let mut joined: BTreeMap<_, FunctionReached> = BTreeMap::new();
    for function in shares.into_iter().flatten() {
        let lines: Vec<u32> = function.lines.iter().map(|(line, _)| *line).collect();
        let branches: Vec<u32> = function.branches.iter().map(|(line, _)| *line).collect();
        let key = (function.file.clone(), function.line, function.last_line, lines, branches);
        match joined.get_mut(&key) {
            Some(known) => add(known, &function),
            None => {
                joined.insert(key, function);
            }
        }
    }
    joined.into_values().collect()
}

fn add(known: &mut FunctionReached, other: &FunctionReached) {
    known.called = earlier(known.called, other.called);
    for ((_, first), (_, other)) in known.lines.iter_mut().zip(&other.lines) {
        *first = earlier(*first, *other);
    }
    for ((_, ways), (_, others)) in known.branches.iter_mut().zip(&other.branches) {
        for (first, other) in ways.iter_mut().zip(others) {
            *first = earlier(*first, *other);
        }
    }
}

fn earlier(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.into_iter().chain(other).min()
}
