//! Which lines and branches of the users' Lua files runs reach, and which run reached each first.
//!
//! | file | owns |
//! |---|---|
//! | `mod` | what all runs of an exploration have reached together |
//! | `function` | one function: its lines, its decisions, and who reached them first |
//! | `cover` | what a VM notes, and how Lua asks for it (`lua/c/cover.c`) |
//!
//! Nothing here is seen by Lua, and no memory of a VM is used: a run is the same with and without it.

mod cover;
mod function;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::c_void;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use super::code;
use super::library;
pub use cover::Cover;
use function::{Description, Function};

/// What all runs that share it have reached.
#[derive(Default)]
pub struct Coverage {
    /// By what they are: file, line and code.
    functions: Mutex<BTreeMap<u128, Arc<Function>>>,
}

/// A run whose lines count.
#[derive(Clone)]
pub struct Covering {
    /// Where they are counted.
    pub coverage: Arc<Coverage>,
    /// The number of the run.
    pub run: u32,
}

/// What was reached of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionReached {
    /// Its file, as services see it.
    pub file: String,
    /// Where it begins; 0 for the file itself.
    pub line: u32,
    /// Where it ends.
    pub last_line: u32,
    /// The run that called it first.
    pub called: Option<u32>,
    /// The lines that code can reach, and the run that did first.
    pub lines: Vec<(u32, Option<u32>)>,
    /// The decisions, each with its line and the runs that first went on behind it, and elsewhere.
    pub branches: Vec<(u32, [Option<u32>; 2])>,
}

impl Coverage {
    /// Adds the functions of a file that perhaps no run loads. One that does not compile has none.
    pub fn add_file(&self, name: &str, source: &[u8]) {
        if let Ok(chunk) = code::compile(name.as_bytes(), source) {
            // SAFETY: the prototypes that are shown lie in a state that is alive meanwhile.
            cover::with_prototype(&chunk, |prototype| unsafe {
                self.find(prototype);
            });
        }
    }

    /// What was reached, by file and line.
    #[must_use]
    pub fn reached(&self) -> Vec<FunctionReached> {
        let functions = self.functions.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut reached: Vec<FunctionReached> = functions.values().map(|function| function.reached()).collect();
        reached.sort_by(|left, right| {
            (&left.file, left.line, left.last_line).cmp(&(&right.file, right.line, right.last_line))
        });
        reached
    }

    /// The numbers of the runs that were the first anywhere.
    #[must_use]
    pub fn first_runs(&self) -> BTreeSet<u64> {
        let reached = self.reached();
        let first = reached.iter().flat_map(|function| {
            let lines = function.lines.iter().map(|(_, first)| *first);
            let ways = function.branches.iter().flat_map(|(_, ways)| *ways);
            lines.chain(ways).chain([function.called])
        });
        first.flatten().map(u64::from).collect()
    }

    /// The function of a prototype, if it is one of the users' files; the functions in it become known, too.
    ///
    /// # Safety
    /// `prototype` is one of a live state.
    unsafe fn find(&self, prototype: *const c_void) -> Option<Arc<Function>> {
        // SAFETY: as the caller promises.
        unsafe {
            let description = Description::of(prototype);
            let file = users_file(description.source())?;
            let key = key(&description);
            let known = self.functions.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&key).cloned();
            if known.is_some() {
                return known;
            }
            for index in 0..description.children {
                self.find(description.child(index));
            }
            let function = Arc::new(Function::new(&file, &description));
            let mut functions = self.functions.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            // Another thread may have been faster: what is reached is noted in one place.
            Some(functions.entry(key).or_insert(function).clone())
        }
    }
}

fn key(description: &Description) -> u128 {
    let seed = xxh3_64_with_seed(description.source(), u64::from(description.line));
    xxh3_128_with_seed(description.code(), seed)
}

/// The file that a chunk's name tells of; none for texts and for skysim's and Skynet's own library.
fn users_file(source: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(source.strip_prefix(b"@")?).ok()?;
    let name = name.strip_prefix("./").unwrap_or(name);
    let is_in = |folder: &str| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    (!is_in(library::MOUNT) && !is_in(library::CHECKOUT_MOUNT)).then(|| name.to_owned())
}
