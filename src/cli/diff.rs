//! `skysim diff`: where two traces part, or how two states differ.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use serde_json::Value as Json;

use super::args::DiffArgs;
use super::error::CliError;
use super::exit::Exit;
use super::suite;
use super::terminal::Terminal;
use crate::trace;

/// How every trace begins.
const TRACE_BEGIN: &[u8] = b"{\"v\":";

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Trace,
    Text,
}

pub(super) fn execute(args: &DiffArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let (left, right) = (&args.left, &args.right);
    let text = match (kind(left)?, kind(right)?) {
        (Kind::Trace, Kind::Trace) => traces(left, right)?,
        (Kind::Text, Kind::Text) => {
            let (a, b) = (read(left)?, read(right)?);
            let (a, b) = (suite::body(&a), suite::body(&b));
            (a.trim_end() != b.trim_end()).then(|| suite::difference(a, b))
        }
        (Kind::Trace, Kind::Text) => return Err(mixed(left, right)),
        (Kind::Text, Kind::Trace) => return Err(mixed(right, left)),
    };
    match text {
        Some(text) => {
            terminal.print(&text);
            Ok(Exit::Failed)
        }
        None => {
            terminal.say("no difference\n");
            Ok(Exit::Passed)
        }
    }
}

/// Where two traces part. That they were started differently is told, and no reason to look no further.
fn traces(left: &Path, right: &Path) -> Result<Option<String>, CliError> {
    let (mut a, mut b) = (trace::read(left)?, trace::read(right)?);
    let (head, other) = (a.next().transpose()?, b.next().transpose()?);
    let mut text = String::new();
    if let (Some(head), Some(other)) = (head, other) {
        for (key, value) in head.fields() {
            let counterpart = other.fields().get(key).unwrap_or(&Json::Null);
            if value != counterpart {
                text.push_str(&format!("the runs differ in their {key}: {value} and {counterpart}\n"));
            }
        }
    }
    if let Some(mut difference) = trace::first_difference(a, b)? {
        // The first lines are compared already.
        difference.line += 1;
        text.push_str(&difference.render(&left.to_string_lossy(), &right.to_string_lossy()));
    }
    Ok((!text.is_empty()).then_some(text))
}

fn kind(path: &Path) -> Result<Kind, CliError> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(CliError::file("read", path))?;
    file.take(TRACE_BEGIN.len() as u64).read_to_end(&mut start).map_err(CliError::file("read", path))?;
    Ok(if start == TRACE_BEGIN { Kind::Trace } else { Kind::Text })
}

fn read(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(CliError::file("read", path))
}

fn mixed(trace: &Path, other: &Path) -> CliError {
    let (trace, other) = (trace.display(), other.display());
    CliError::usage(format!("`{trace}` is a trace, and `{other}` is not"), "name two traces, or two snapshots")
}
