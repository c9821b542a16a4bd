//! The wall clock of the node: what `os.time`, `os.date` and files see. It may jump, and go too fast or too slow.
//! `skynet.now` and `skynet.time` do not see that: the real ones count from the start by a clock that does neither.

use crate::base::{Span, VirtualTime};

const SECOND_NS: i128 = 1_000_000_000;

/// A clock that shows the date.
#[derive(Debug)]
pub(super) struct WallClock {
    start_s: i64,
    /// How far it is ahead of a clock that is right, as of `since`.
    ahead_ns: i128,
    /// How much it gains in a second.
    gains_ns: i128,
    since: VirtualTime,
}

impl WallClock {
    /// A clock that is right, and shows this many seconds since 1970 at virtual time 0.
    pub(super) fn new(start_s: i64) -> WallClock {
        WallClock { start_s, ahead_ns: 0, gains_ns: 0, since: VirtualTime::ZERO }
    }

    pub(super) fn jump(&mut self, nanos: i64) {
        self.ahead_ns += i128::from(nanos);
    }

    /// From `now` on it gains so much in a second, whatever it gained before.
    pub(super) fn gain(&mut self, per_second: Span, now: VirtualTime) {
        self.go_wrong(i128::from(per_second.as_nanos()), now);
    }

    /// From `now` on it loses so much in a second; with a second or more it stands.
    pub(super) fn lose(&mut self, per_second: Span, now: VirtualTime) {
        self.go_wrong(-i128::from(per_second.as_nanos()).min(SECOND_NS), now);
    }

    fn go_wrong(&mut self, gains_ns: i128, now: VirtualTime) {
        (self.ahead_ns, self.gains_ns, self.since) = (self.ahead_at(now), gains_ns, now);
    }

    fn ahead_at(&self, now: VirtualTime) -> i128 {
        let elapsed_ns = i128::from(now.as_nanos()) - i128::from(self.since.as_nanos());
        self.ahead_ns + (self.gains_ns * elapsed_ns).div_euclid(SECOND_NS)
    }

    /// What it shows, in whole seconds since 1970.
    pub(super) fn seconds(&self, now: VirtualTime) -> i64 {
        let since_start_s = (i128::from(now.as_nanos()) + self.ahead_at(now)).div_euclid(SECOND_NS);
        let bounded = since_start_s.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        self.start_s.saturating_add(i64::try_from(bounded).expect("it was clamped"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_too_fast_and_too_slow_but_never_back() {
        let at = |seconds: u64| VirtualTime::from_nanos(seconds * 1_000_000_000);
        let mut clock = WallClock::new(1000);
        assert_eq!(clock.seconds(at(5)), 1005);
        clock.gain(Span::from_millis(250), at(4));
        assert_eq!((clock.seconds(at(4)), clock.seconds(at(8))), (1004, 1009));
        clock.lose(Span::from_millis(500), at(8));
        assert_eq!((clock.seconds(at(8)), clock.seconds(at(28))), (1009, 1019));
        clock.jump(-1_500_000_000);
        assert_eq!(clock.seconds(at(28)), 1017);
        clock.lose(Span::from_millis(3000), at(28));
        assert_eq!(clock.seconds(at(1_000_000)), 1017);
        let mut clock = WallClock::new(0);
        clock.lose(Span::from_nanos(333_333_333), at(0));
        let shown: Vec<i64> =
            (0..10_000).map(|tick| clock.seconds(VirtualTime::from_nanos(tick * 10_000_000))).collect();
        assert!(shown.is_sorted() && shown.last() == Some(&66), "{:?}", shown.last());
    }
}
