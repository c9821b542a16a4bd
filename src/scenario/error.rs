//! What can be wrong with a scenario file, with the place, the offending text and a remedy. Rendering
//! is miette's; this module knows the words, not the terminal.

use std::fmt;
use std::io;
use std::ops::Range;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::problem::ProblemKind;

/// Why there is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario {path}")]
    Read {
        /// The file, as it was asked for.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file was read and is not a scenario.
    #[error(transparent)]
    Invalid(Box<Invalid>),
}

impl ScenarioError {
    /// What is wrong inside the file, in the order of the file; empty if it could not be read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            ScenarioError::Read { .. } => &[],
            ScenarioError::Invalid(invalid) => &invalid.problems,
        }
    }
}

/// Everything found wrong with one file.
#[derive(Debug)]
pub struct Invalid {
    source: NamedSource<String>,
    problems: Vec<Problem>,
}

impl Invalid {
    /// `problems` is not empty, and in the order of the file.
    pub(super) fn new(file_name: &str, text: &str, problems: Vec<Problem>) -> Invalid {
        Invalid { source: NamedSource::new(file_name, text.to_owned()).with_language("TOML"), problems }
    }
}

/// How far to the right, and how long, something is that gets underlined. miette pads with the
/// formatter, which panics beyond 65 535 columns, and counts a character as up to 4 of them.
const COLUMN_MAX: usize = 5_000;

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where, in bytes of the file.
    pub place: Range<usize>,
    /// The line where it begins, from 1.
    pub line: u32,
    /// The column where it begins, in characters from 1.
    pub column: u32,
}

/// One problem with its place, or the number of them: each is then told by itself.
impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.source.name();
        match &*self.problems {
            [only] => write!(f, "{file}:{}:{}: {}", only.line, only.column, only.kind),
            several => write!(f, "{file} has {} problems", several.len()),
        }
    }
}

impl std::error::Error for Invalid {}

/// The words; with line and column if the place cannot be shown.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.shown() {
            Some(_) => Ok(()),
            None => write!(f, " (line {}, column {})", self.line, self.column),
        }
    }
}

impl Problem {
    /// The part of the place that can be underlined; `None` if it is too far to the right.
    fn shown(&self) -> Option<Range<usize>> {
        if usize::try_from(self.column).ok()? > COLUMN_MAX {
            return None;
        }
        Some(self.place.start..self.place.end.min(self.place.start + COLUMN_MAX))
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.kind.help().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some(self.kind.label()), self.shown()?);
        Some(Box::new(std::iter::once(label)))
    }
}

/// One problem is shown as itself, several as a list below the number of them.
impl Diagnostic for ScenarioError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self {
            ScenarioError::Read { .. } => {
                Some(Box::new("name a scenario folder (with a scenario.toml inside) or a .toml file"))
            }
            ScenarioError::Invalid(invalid) => invalid.only()?.help(),
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        match self {
            ScenarioError::Read { .. } => None,
            ScenarioError::Invalid(invalid) => invalid.only()?.labels(),
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            ScenarioError::Read { .. } => None,
            ScenarioError::Invalid(invalid) => Some(&invalid.source),
        }
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        match self {
            ScenarioError::Invalid(invalid) if invalid.problems.len() > 1 => {
                Some(Box::new(invalid.problems.iter().map(|problem| problem as &dyn Diagnostic)))
            }
            _ => None,
        }
    }
}

impl Invalid {
    fn only(&self) -> Option<&Problem> {
        match &*self.problems {
            [problem] => Some(problem),
            _ => None,
        }
    }
}
