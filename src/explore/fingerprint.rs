//! What makes two failures the same bug: the kind, what is said of it, and the functions where it happened.
//! Not the numbers in it, nor lines, seeds or times: those differ from run to run, or with every edit of a file.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::scenario::Detector;
use crate::world::{Failure, Finding, WaitingCall};

/// Functions of the traceback that count.
const FRAMES: usize = 3;

/// Letters of the readable part.
const SLUG_MAX: usize = 32;

/// With this line Lua begins a traceback.
const TRACEBACK: &str = "stack traceback:";

/// The identity of a bug: eight hex digits and some words, as `3f2a91c0-check-total`. A name for a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a failure.
    #[must_use]
    pub fn of(failure: &Failure) -> Fingerprint {
        let text = failure.to_string();
        let (message, traceback) = text.split_once(TRACEBACK).unwrap_or((&text, ""));
        let shape = match failure {
            Failure::Hang { calls } => hang(calls),
            // The lines logged before it say nothing about it.
            Failure::Launch { service, reason, .. } => without_numbers(&format!("{service} {reason}")),
            Failure::Detected(finding) => detected(finding),
            Failure::Model(unexplained) => format!("{} {}", unexplained.model, unexplained.shape),
            _ => without_numbers(message.trim()),
        };
        let frames: Vec<String> = traceback.lines().filter_map(frame).take(FRAMES).collect();
        let identity = format!("{}\n{shape}\n{}", failure.kind(), frames.join("\n"));
        let digits = xxh3_64(identity.as_bytes()) >> 32;
        Fingerprint(format!(
            "{digits:08x}-{}",
            slug(&without_numbers(&format!("{} {}", failure.kind(), about(failure))))
        ))
    }

    /// Whether it is one of a handler that does not end.
    #[must_use]
    pub fn is_endless_loop(&self) -> bool {
        // Behind the digits is the kind of failure.
        self.0.split_once('-').is_some_and(|(_, slug)| slug.starts_with("endless-loop"))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a detector says, without the particulars. A circle begins anywhere, so that of it only its services count.
fn detected(finding: &Finding) -> String {
    if finding.detector != Detector::Deadlock {
        return without_numbers(&without_instances(&finding.what));
    }
    let mut services: Vec<String> = finding.services.iter().map(|name| without_instances(name)).collect();
    services.dedup();
    services.join(" ")
}

/// Services of one kind are told apart as `room`, `room#2`, and so on: which of them it was does not matter.
fn without_instances(text: &str) -> String {
    let mut parts = text.split('#');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == part.len() {
            kept.push('#');
        }
        kept.push_str(rest);
    }
    kept
}

/// Who waits for whom; how many do, and for which call, may differ.
fn hang(calls: &[WaitingCall]) -> String {
    let mut pairs: Vec<String> =
        calls.iter().map(|call| without_numbers(&format!("{} waits for {}", call.who, call.for_whom))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.join("\n")
}

/// What the failure is about, in a word or two.
fn about(failure: &Failure) -> String {
    match failure {
        Failure::Launch { service, .. } | Failure::Uncaught { service, .. } | Failure::EndlessLoop { service, .. } => {
            service.clone()
        }
        Failure::Check { name, .. } => stem(name).to_owned(),
        Failure::Model(unexplained) => stem(&unexplained.model).to_owned(),
        Failure::Expectation { call, .. } => call.clone(),
        Failure::Action { what, .. } => what.clone(),
        Failure::Reload { name, .. } => name.clone(),
        Failure::Hang { calls } => calls.first().map(|call| call.who.clone()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// A file's name without its folder and its ending.
fn stem(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name).trim_end_matches(".lua")
}

/// Each run of digits (hexadecimal ones after `:` or `0x`, too) becomes `#`.
fn without_numbers(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let hex = [":", "0x"].into_iter().find_map(|prefix| {
            let digits = rest.strip_prefix(prefix)?;
            let length = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
            (length >= 8).then_some((prefix, length))
        });
        if let Some((prefix, length)) = hex {
            let _infallible = write!(shape, "{prefix}#");
            rest = &rest[prefix.len() + length..];
        } else if first.is_ascii_digit() {
            shape.push('#');
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        } else {
            shape.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    shape
}

/// A line of a traceback as `file in function`; none for C functions and tail calls.
fn frame(line: &str) -> Option<String> {
    let line = line.trim();
    if line.starts_with("[C]") || line.starts_with("(...") {
        return None;
    }
    let (place, function) = line.split_once(": in ")?;
    let file = place.split(':').next().unwrap_or(place);
    Some(format!("{file} in {}", without_numbers(function)))
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == SLUG_MAX {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}
