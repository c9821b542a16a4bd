//! Memory that will be needed soon, asked for early. Whether it comes in time changes how long a run takes, and
//! nothing else: to ask reads nothing that a program sees, and an address that is stale or wild does no harm.

/// Bytes of a cache line.
const LINE_BYTES: usize = 64;

/// How many lines are kept for one service.
const LINES_MAX: usize = 48;

/// Some cache lines, each of them once.
#[derive(Clone, Debug)]
pub struct Lines {
    count: usize,
    at: [*const u8; LINES_MAX],
}

impl Lines {
    /// None.
    pub const NONE: Lines = Lines { count: 0, at: [std::ptr::null(); LINES_MAX] };

    /// Adds the lines of so many bytes. What does not fit is left out.
    pub fn add(&mut self, data: *const u8, bytes: usize) {
        let line = |address: usize| address & !(LINE_BYTES - 1);
        let first = line(data.addr());
        for address in (first..data.addr() + bytes).step_by(LINE_BYTES) {
            if self.count == LINES_MAX {
                return;
            }
            let at = data.with_addr(address);
            if !self.at[..self.count].contains(&at) {
                self.at[self.count] = at;
                self.count += 1;
            }
        }
    }

    /// Asks for all of them.
    #[inline]
    pub fn ask(&self) {
        for at in &self.at[..self.count] {
            ask_for(*at);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn ask_for(at: *const u8) {
    // SAFETY: a hint, which no address makes fault.
    unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at.cast()) };
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn ask_for(_at: *const u8) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_once_and_no_more_than_fit() {
        let at = std::ptr::without_provenance::<u8>;
        let mut lines = Lines::NONE;
        lines.add(at(0x1030), 16);
        lines.add(at(0x1000), 1);
        assert_eq!(lines.count, 1);
        lines.add(at(0x103f), 2);
        assert_eq!(lines.at[..lines.count], [at(0x1000), at(0x1040)]);
        lines.add(at(0x8000), 1 << 20);
        assert_eq!(lines.count, LINES_MAX);
        // Addresses of nothing.
        lines.ask();
    }
}
