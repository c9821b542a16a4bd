//! All chance of a run: one seed, and named streams drawn from it. A stream belongs to one concern
//! (or one concern of one service), so that one more draw here shifts nothing there.

use std::fmt;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// What a run's chance is drawn from. Written in decimal, in hex (`0x..`), or as a 40-digit git
/// hash, of which the first 16 digits count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seed(pub u64);

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is not a seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a seed: write a decimal number, 0x and hex digits (both below 2^64), or a 40-digit git hash")]
pub struct SeedError(String);

impl FromStr for Seed {
    type Err = SeedError;

    fn from_str(text: &str) -> Result<Seed, SeedError> {
        let refused = |_| SeedError(text.to_owned());
        if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return u64::from_str_radix(hex, 16).map(Seed).map_err(refused);
        }
        if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return u64::from_str_radix(&text[..16], 16).map(Seed).map_err(refused);
        }
        text.parse().map(Seed).map_err(refused)
    }
}

/// One named sequence of chance. The algorithm (ChaCha with 8 rounds, keyed by XXH3-128 of the
/// name) is fixed: recorded seeds mean the same on every machine.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream that `seed` and `name` give, always from its beginning.
    #[must_use]
    pub fn new(seed: Seed, name: &str) -> Stream {
        let mut key = [0; 32];
        key[..16].copy_from_slice(&xxh3_128_with_seed(name.as_bytes(), seed.0).to_le_bytes());
        key[16..].copy_from_slice(&xxh3_128_with_seed(name.as_bytes(), !seed.0).to_le_bytes());
        Stream(ChaCha8Rng::from_seed(key))
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, each equally likely; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound <= 1 {
            return 0;
        }
        // Draws above the largest multiple of `bound` are drawn again, so that none is favoured.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let draw = self.next_u64();
            if draw < limit {
                return draw % bound;
            }
        }
    }

    /// True with the given probability (0 never, 1 always).
    pub fn chance(&mut self, probability: f64) -> bool {
        // 53 bits fill a double's mantissa, so the comparison is exact.
        ((self.next_u64() >> 11) as f64) * (1.0 / (1_u64 << 53) as f64) < probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_fixed_and_apart() {
        let draws = |name| {
            let mut stream = Stream::new(Seed(7), name);
            [stream.next_u64(), stream.next_u64()]
        };
        assert_eq!(draws("schedule"), draws("schedule"));
        assert_ne!(draws("schedule"), draws("faults"));
        assert_eq!(draws("schedule"), [15_791_119_400_878_050_629, 11_081_502_430_860_630_243]);
    }

    #[test]
    fn seeds_in_three_forms() {
        assert_eq!("12".parse(), Ok(Seed(12)));
        assert_eq!("0xff".parse(), Ok(Seed(255)));
        assert_eq!("f19d1605b4b313c27d9931582c3153313a571492".parse(), Ok(Seed(0xf19d_1605_b4b3_13c2)));
        assert!("seven".parse::<Seed>().is_err());
        assert!("-1".parse::<Seed>().is_err());
    }

    #[test]
    fn below_stays_below() {
        let mut stream = Stream::new(Seed(1), "test");
        assert!((0..1000).all(|_| stream.below(3) < 3));
        assert_eq!(stream.below(0), 0);
    }
}
