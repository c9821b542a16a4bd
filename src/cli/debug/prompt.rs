//! Where the commands of `skysim debug` come from: a terminal with history and editing, or lines of a pipe.

use std::io::{self, BufRead as _, IsTerminal as _};

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::super::error::CliError;

/// Who is asked.
pub(super) enum Prompt {
    /// Somebody at a terminal.
    Human(Box<DefaultEditor>),
    /// A file or a pipe.
    Lines,
}

/// What was said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A line.
    Line(String),
    /// Ctrl-C: the line counts for nothing.
    Nothing,
    /// There is no more.
    End,
}

impl Prompt {
    /// Asks at the terminal if both ends of the conversation are there.
    pub(super) fn new(out_watched: bool) -> Result<Prompt, CliError> {
        if !(out_watched && io::stdin().is_terminal()) {
            return Ok(Prompt::Lines);
        }
        let editor = DefaultEditor::new().map_err(|error| broken(&error))?;
        Ok(Prompt::Human(Box::new(editor)))
    }

    /// Whether an empty line means something.
    pub(super) fn is_human(&self) -> bool {
        matches!(self, Prompt::Human(_))
    }

    /// The next line. `place` says where the run stands.
    pub(super) fn ask(&mut self, place: &str) -> Result<Asked, CliError> {
        match self {
            Prompt::Human(editor) => match editor.readline(&format!("{place} > ")) {
                Ok(line) => {
                    // A command that is not remembered can be typed again.
                    let _remembered = editor.add_history_entry(&line);
                    Ok(Asked::Line(line))
                }
                Err(ReadlineError::Interrupted) => Ok(Asked::Nothing),
                Err(ReadlineError::Eof) => Ok(Asked::End),
                Err(error) => Err(broken(&error)),
            },
            Prompt::Lines => {
                let mut line = String::new();
                let read = io::stdin().lock().read_line(&mut line).map_err(|error| broken(&error))?;
                Ok(if read == 0 { Asked::End } else { Asked::Line(line) })
            }
        }
    }
}

fn broken(error: &dyn std::error::Error) -> CliError {
    CliError::usage(format!("cannot read commands: {error}"), "commands come from stdin, one in a line")
}
