//! One turn of a run, and what it has to do with the others.

use crate::base::{Span, VirtualTime};
use crate::kernel::ServiceId;

/// What a timer, or an event of the timeline, sets off may be late by so much, as a whole: three ticks, as long as the slowest
/// handler of the other schedules takes. Without a bound a scenario would have to expect that what it does at 100 ms comes before
/// what it did at 10 ms was handled.
pub const LATE_MAX: Span = Span::from_millis(30);

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A service: it handles a message, or the next message that its last handler sent arrives.
    Service(ServiceId),
    /// The clock: the next timer or alarm comes.
    Clock,
}

/// What turns may have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// The order of the messages in a mailbox.
    Mailbox(ServiceId),
    /// Whether a service is alive.
    Fate(ServiceId),
    /// What time it is.
    Time,
    /// The order of the timers of a moment.
    Timer(VirtualTime),
    /// Names, settings, handles, files.
    Shared,
}

/// What is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// It is looked at.
    Seen,
    /// It is changed.
    Changed,
}

/// One turn that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose it was.
    pub actor: Actor,
    /// Whose turn it might have been; the first is the one that is taken if nothing speaks against it.
    pub choices: Vec<Actor>,
    /// Which moment this was, of those with several choices.
    pub moment: u32,
    /// The turns without which this one would not have been possible, besides its actor's own: who sent the message that is
    /// handled, who started the timer.
    pub after: Vec<usize>,
    /// What it has in common with others.
    pub uses: Vec<(Thing, Use)>,
    /// When that began which this turn belongs to: a timer, or an event of the timeline.
    pub began: VirtualTime,
}

impl Step {
    /// Which of the choices was taken, by its place.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.choices.iter().position(|choice| *choice == self.actor).unwrap_or(0)
    }

    /// Whether the order of the two turns makes a difference by what they use.
    #[must_use]
    pub fn conflicts(&self, other: &Step) -> bool {
        let collides = |(thing, how): &(Thing, Use)| {
            let against = |(other, other_how): &(Thing, Use)| {
                thing == other && (*how == Use::Changed || *other_how == Use::Changed)
            };
            other.uses.iter().any(against)
        };
        self.uses.iter().any(collides)
    }

    /// Whether the two turns may change places when one comes right after the other.
    #[must_use]
    pub fn commutes(&self, other: &Step) -> bool {
        self.actor != other.actor && !self.conflicts(other) && !self.awaits(other) && !other.awaits(self)
    }

    /// Whether this is the clock's turn, and the other one must be over by then.
    #[must_use]
    pub fn awaits(&self, other: &Step) -> bool {
        self.actor == Actor::Clock && other.began + LATE_MAX < self.began
    }
}
