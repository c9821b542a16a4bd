//! Floats that are the same on every processor. IEEE 754 leaves open which NaN an operation makes:
//! x86 sets its sign, ARM does not, and of two NaNs each compiler may take another. Lua shows the sign
//! (`-nan`, `string.pack`). Here it is always that of real Skynet on x86-64 with glibc. See docs/fidelity.md.

/// What an operation without a result gives: `-nan`, as x86-64 makes it.
const INVALID: f64 = f64::from_bits(0xfff8_0000_0000_0000);

/// The same where glibc gives a constant, and not what the processor makes.
const INVALID_OF_GLIBC: f64 = f64::from_bits(0x7ff8_0000_0000_0000);

/// The bit that tells a quiet NaN from a signalling one.
const QUIET: u64 = 1 << 51;

/// The NaN of an operation that has come to one: the first operand that is one, or a new one.
/// Called by the patched Lua, too (`c/shim.h`).
#[unsafe(no_mangle)]
#[cold]
pub extern "C" fn skysim_nan(first: f64, second: f64) -> f64 {
    match (first.is_nan(), second.is_nan()) {
        (true, _) => f64::from_bits(first.to_bits() | QUIET),
        (false, true) => f64::from_bits(second.to_bits() | QUIET),
        (false, false) => INVALID,
    }
}

/// A result, with the right NaN if it is one.
fn settled(result: f64, first: f64, second: f64) -> f64 {
    if result.is_nan() { skysim_nan(first, second) } else { result }
}

/// `x^y`; called by the patched Lua.
#[unsafe(no_mangle)]
pub extern "C" fn skysim_pow(x: f64, y: f64) -> f64 {
    let result = settled(libm::pow(x, y), x, y);
    // glibc takes the sign from a negative NaN and puts it back: an odd power turns it round.
    let odd = y.abs() < 2f64.powi(53) && y % 2.0 != 0.0 && y % 1.0 == 0.0;
    if x.is_nan() && x.is_sign_negative() && odd { -result } else { result }
}

/// A function of one number.
pub(super) fn one(x: f64, function: fn(f64) -> f64) -> f64 {
    settled(function(x), x, x)
}

/// As [`one`], for those for which glibc has a constant.
pub(super) fn one_of_glibc(x: f64, function: fn(f64) -> f64) -> f64 {
    let result = function(x);
    if result.is_nan() && !x.is_nan() { INVALID_OF_GLIBC } else { settled(result, x, x) }
}

/// `math.atan(y, x)`.
pub(super) fn atan2(y: f64, x: f64) -> f64 {
    settled(libm::atan2(y, x), x, y)
}

/// `math.log(x)`, or to a base.
pub(super) fn log(x: f64, base: Option<f64>) -> f64 {
    match base {
        None => one(x, libm::log),
        Some(2.0) => one(x, libm::log2),
        Some(10.0) => one_of_glibc(x, libm::log10),
        Some(base) => {
            let (x, base) = (one(x, libm::log), one(base, libm::log));
            settled(x / base, x, base)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = INVALID_OF_GLIBC;

    /// Bits, since no NaN is equal to itself.
    fn same(left: f64, right: f64) -> bool {
        left.to_bits() == right.to_bits()
    }

    #[test]
    fn a_nan_comes_from_its_operand_or_is_negative() {
        assert!(same(skysim_nan(1.0, 0.0), INVALID));
        assert!(same(skysim_nan(NAN, INVALID), NAN));
        assert!(same(skysim_nan(0.0, NAN), NAN));
        let signalling = f64::from_bits(0x7ff0_0000_0000_0001);
        assert!(same(skysim_nan(signalling, 0.0), f64::from_bits(0x7ff8_0000_0000_0001)));
    }

    #[test]
    fn powers_of_a_nan() {
        assert!(same(skysim_pow(INVALID, 3.0), NAN) && same(skysim_pow(NAN, 3.0), NAN));
        assert!(same(skysim_pow(INVALID, 4.0), INVALID) && same(skysim_pow(INVALID, 0.5), INVALID));
        assert!(same(skysim_pow(INVALID, 1e300), INVALID) && same(skysim_pow(INVALID, NAN), INVALID));
        assert!(same(skysim_pow(-8.0, 0.5), INVALID) && same(skysim_pow(NAN, 0.0), 1.0));
    }
}
