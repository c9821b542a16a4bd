//! One fault rule at work: which messages it is about, what it draws for each, and what it drew.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{MessageKind, Seed, Span, Stream};
use crate::kernel::{Message, Sending, Verdict};
use crate::scenario::{Chance, Delay, FaultRule};

use super::kinds::{command, kind_by_name};
use super::reach::{is_runtime, reaches};

/// What a rule did in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule's name.
    pub name: String,
    /// Whether it could act at all.
    pub enabled: Enabled,
    /// Messages that it was about.
    pub matches: u64,
    /// Messages that it acted on.
    pub effects: u64,
}

/// Whether a rule can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// It can.
    Yes,
    /// It has no effect to have.
    No,
}

/// A rule and where it stands.
pub(super) struct Rule {
    plan: FaultRule,
    kind: Option<MessageKind>,
    stream: Stream,
    /// Messages that fit, apart from `nth`.
    fits: u64,
    matches: u64,
    effects: u64,
    drawn: Drawn,
}

/// The matches, by number, on which each effect acted.
#[derive(Default)]
struct Drawn {
    drop: BTreeSet<u64>,
    error: BTreeSet<u64>,
    duplicate: BTreeSet<u64>,
    delay: BTreeMap<u64, Span>,
}

impl Rule {
    /// `None` if the rule names a message type that does not exist.
    pub(super) fn new(plan: &FaultRule, seed: Seed) -> Option<Rule> {
        let kind = match &plan.matches.kind {
            Some(name) => Some(kind_by_name(name)?),
            None => None,
        };
        let stream = Stream::new(seed, &format!("fault/{}", plan.name));
        Some(Rule { plan: plan.clone(), kind, stream, fits: 0, matches: 0, effects: 0, drawn: Drawn::default() })
    }

    /// Whether the rule is about a message; if so, it is the only one that may act on it.
    pub(super) fn takes(&mut self, sending: &Sending<'_>, message: &Message) -> bool {
        if !self.fits(sending, message) {
            return false;
        }
        self.fits += 1;
        if self.plan.matches.nth.is_some_and(|nth| nth != self.fits) {
            return false;
        }
        self.matches += 1;
        true
    }

    fn fits(&self, sending: &Sending<'_>, message: &Message) -> bool {
        let matches = &self.plan.matches;
        if self.kind.is_some_and(|kind| kind != message.kind)
            || matches.after.is_some_and(|after| sending.now < after)
            || matches.before.is_some_and(|before| sending.now >= before)
        {
            return false;
        }
        let to = matches.to.as_ref().map_or(!is_runtime(sending.to_label), |glob| reaches(glob, sending.to_label));
        let from = match (&matches.from, sending.from) {
            (Some(glob), Some(label)) => reaches(glob, label),
            (Some(_), None) => false,
            (None, label) => !label.is_some_and(is_runtime),
        };
        to && from
            && matches.command.as_ref().is_none_or(|glob| {
                command(message.kind, message.data.bytes()).is_some_and(|command| glob.matches(command))
            })
    }

    /// What becomes of a message that the rule has taken. Draws the same number of times whatever
    /// comes of it, so that a match's draws do not depend on those before it.
    pub(super) fn decide(&mut self, message: &Message) -> Option<Verdict> {
        let number = self.matches;
        let drop = draw(&self.plan.drop, number, &mut self.stream);
        let error = draw(&self.plan.error, number, &mut self.stream);
        let duplicate = draw(&self.plan.duplicate, number, &mut self.stream);
        let delay = draw_delay(&self.plan.delay, number, &mut self.stream);
        // Only a request has somebody who waits for an error.
        let request = message.session.0 > 0 && !matches!(message.kind, MessageKind::RESPONSE | MessageKind::ERROR);
        let verdict = match (drop, error && request, duplicate, delay) {
            (true, ..) => {
                self.drawn.drop.insert(number);
                Verdict::Drop
            }
            (_, true, ..) => {
                self.drawn.error.insert(number);
                Verdict::Error
            }
            (_, _, true, delay) => {
                self.drawn.duplicate.insert(number);
                self.note_delay(number, delay);
                Verdict::Duplicate(delay)
            }
            (_, _, _, Span::ZERO) => return None,
            (_, _, _, delay) => {
                self.note_delay(number, delay);
                Verdict::Delay(delay)
            }
        };
        self.effects += 1;
        Some(verdict)
    }

    fn note_delay(&mut self, number: u64, delay: Span) {
        if delay != Span::ZERO {
            self.drawn.delay.insert(number, delay);
        }
    }

    pub(super) fn count(&self) -> RuleCount {
        let idle = |chance: &Chance| match chance {
            Chance::Never => true,
            Chance::Probability(_) => false,
            Chance::Matches(matches) => matches.is_empty(),
        };
        let timely = match &self.plan.delay {
            Delay::None => true,
            Delay::Exact(_) | Delay::Range(..) => false,
            Delay::Matches(matches) => matches.is_empty(),
        };
        let plan = &self.plan;
        let disabled = timely && idle(&plan.drop) && idle(&plan.duplicate) && idle(&plan.error);
        RuleCount {
            name: plan.name.clone(),
            enabled: if disabled { Enabled::No } else { Enabled::Yes },
            matches: self.matches,
            effects: self.effects,
        }
    }

    /// The rule with what it drew in place of what it draws.
    pub(super) fn pinned(&self) -> FaultRule {
        // A rule must say something, so what drew nothing stays as an empty list.
        let pin = |chance: &Chance, drawn: &BTreeSet<u64>| match chance {
            Chance::Never => Chance::Never,
            _ => Chance::Matches(drawn.clone()),
        };
        let delay = match self.plan.delay {
            Delay::None => Delay::None,
            _ => Delay::Matches(self.drawn.delay.clone()),
        };
        FaultRule {
            drop: pin(&self.plan.drop, &self.drawn.drop),
            duplicate: pin(&self.plan.duplicate, &self.drawn.duplicate),
            error: pin(&self.plan.error, &self.drawn.error),
            delay,
            ..self.plan.clone()
        }
    }
}

fn draw(chance: &Chance, number: u64, stream: &mut Stream) -> bool {
    match chance {
        Chance::Never => false,
        Chance::Probability(probability) => stream.chance(*probability),
        Chance::Matches(matches) => matches.contains(&number),
    }
}

/// In whole microseconds if both ends are, so that pinned plans stay readable.
fn draw_delay(delay: &Delay, number: u64, stream: &mut Stream) -> Span {
    match delay {
        Delay::None => Span::ZERO,
        Delay::Exact(span) => *span,
        Delay::Range(low, high) => {
            let (low, high) = (low.as_nanos(), high.as_nanos());
            let step = if low.is_multiple_of(1000) && high.is_multiple_of(1000) { 1000 } else { 1 };
            let steps = high.saturating_sub(low) / step;
            Span::from_nanos(low + stream.below(steps.saturating_add(1)) * step)
        }
        Delay::Matches(matches) => matches.get(&number).copied().unwrap_or_default(),
    }
}
