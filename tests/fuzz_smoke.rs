//! The fuzz targets for a short while, from fixed seeds: damage done to samples, and plain noise.
//! `docs/fuzzing.md` says how to run them for longer, guided by coverage.

#[path = "fuzz/samples.rs"]
mod samples;
#[path = "fuzz/targets.rs"]
mod targets;

use std::path::Path;

use skysim::base::{Seed, Stream};
use skysim::vfs::HostDirectory;

/// Inputs for a target: each drawn, or a sample that was damaged.
struct Inputs {
    random: Stream,
    samples: Vec<Vec<u8>>,
}

impl Inputs {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.below(bound.max(1) as u64)).expect("less than a usize")
    }

    fn byte(&mut self) -> u8 {
        const TELLING: [u8; 12] = [0, 1, 2, 6, 0x0e, 0x1f, 0x22, 0x42, 0x7f, 0x80, 0xfe, 0xff];
        match self.below(3) {
            0 => TELLING[self.below(TELLING.len())],
            1 => b' ' + u8::try_from(self.below(95)).expect("less than 95"),
            _ => u8::try_from(self.below(256)).expect("less than 256"),
        }
    }

    fn next(&mut self) -> Vec<u8> {
        if self.samples.is_empty() || self.below(8) == 0 {
            let length = self.below(200);
            return (0..length).map(|_| self.byte()).collect();
        }
        let choice = self.below(self.samples.len());
        let mut input = self.samples[choice].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(input.len() + 1);
            let end = (at + self.below(12)).min(input.len());
            match self.below(6) {
                0 => drop(input.drain(at..end)),
                1 => input.truncate(at.max(1)),
                2 => {
                    let patch: Vec<u8> = (0..self.below(5)).map(|_| self.byte()).collect();
                    input.splice(at..end, patch);
                }
                3 => {
                    let other = self.below(self.samples.len());
                    let (from, length) = (self.below(self.samples[other].len()), self.below(60));
                    let piece: Vec<u8> = self.samples[other].iter().skip(from).take(length).copied().collect();
                    input.splice(at..at, piece);
                }
                _ => {
                    let byte = self.byte();
                    if let Some(place) = input.get_mut(at) {
                        *place = byte;
                    }
                }
            }
        }
        input
    }
}

/// Runs a target on its samples and on `count` inputs; a failure shows its input.
fn run(target: &str, count: usize, mut check: impl FnMut(&[u8])) {
    let mut inputs = Inputs { random: Stream::new(Seed(1), target), samples: samples::of(target) };
    let drawn: Vec<Vec<u8>> = (0..count).map(|_| inputs.next()).collect();
    for input in inputs.samples.iter().chain(&drawn) {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(input)));
        assert!(result.is_ok(), "the target {target} fails on b\"{}\"", input.escape_ascii());
    }
}

#[test]
fn serialisation() {
    run("seri", 20_000, targets::seri);
}

#[test]
fn packing_in_lua() {
    let mut machine = targets::Machine::default();
    run("pack", 5_000, |data| machine.pack(data));
}

/// Found by a seed for fuzzing: each table took as many slots as the rest of the message had bytes.
#[test]
fn nested_tables_share_the_bytes_of_their_message() {
    let message = b"\xfe\x22\xff\xff\xff\x7f".repeat(4_000);
    targets::Machine::default().pack(&[b"\0", message.as_slice()].concat());
}

#[test]
fn scenarios() {
    run("scenario", 500, targets::scenario);
}

#[test]
fn traces() {
    run("trace", 5_000, targets::trace);
}

#[test]
fn parsers() {
    run("parsers", 20_000, targets::parsers);
    let folder = tempfile::tempdir().expect("a folder");
    let scratch = folder.path().join("config");
    // So few changes make no loop: nothing here can hang.
    run("config", 500, |data| targets::configuration(data, &scratch));
}

#[test]
fn files() {
    let host = HostDirectory::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")).expect("it is there");
    run("files", 3_000, |data| targets::files(data, &host));
}
