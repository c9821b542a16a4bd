//! One fault rule at work: what it is about, what it draws for each match, and what it drew.

use std::collections::BTreeMap;

use crate::base::{MessageKind, Seed, Stream, VirtualTime};
use crate::kernel::Message;
use crate::scenario::{Domain, Dose, FaultKind, FaultRule, Form, Glob, Idleness};

use super::kinds::{command, kind_by_name};
use super::reach::{is_runtime, reaches};

/// What a rule did in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule's name.
    pub name: String,
    /// Whether it could act at all.
    pub enabled: Enabled,
    /// What it was about, counted.
    pub matches: u64,
    /// On how many of them it acted.
    pub effects: u64,
    /// What it means that it never acted.
    pub idleness: Idleness,
}

/// Whether a rule can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// It can.
    Yes,
    /// It has no effect to have.
    No,
}

/// What rules are asked about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) domain: Domain,
    pub(super) now: VirtualTime,
    /// The sender's label, if it is a service.
    pub(super) from: Option<&'a str>,
    /// The receiver's label, or whom else it is about.
    pub(super) to: &'a str,
    pub(super) message: Option<&'a Message>,
    pub(super) path: Option<&'a str>,
    pub(super) call: Option<&'a str>,
}

/// What was drawn for one match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    /// The match's number, from 1.
    pub(super) number: u64,
    /// What shall act, and how much; for what has no amount, 1.
    pub(super) amounts: BTreeMap<FaultKind, u64>,
}

/// A rule and where it stands.
pub(super) struct Rule {
    plan: FaultRule,
    domain: Domain,
    kind: Option<MessageKind>,
    streams: BTreeMap<FaultKind, Stream>,
    /// What fits, apart from `nth`.
    fits: u64,
    matches: u64,
    effects: u64,
    /// What acted, by match.
    acted: BTreeMap<FaultKind, BTreeMap<u64, u64>>,
}

impl Rule {
    /// `None` if the rule names a message type that does not exist.
    pub(super) fn new(plan: &FaultRule, seed: Seed) -> Option<Rule> {
        let kind = match &plan.matches.kind {
            Some(name) => Some(kind_by_name(name)?),
            None => None,
        };
        Some(Rule {
            plan: plan.clone(),
            domain: plan.domain(),
            kind,
            streams: streams(plan, seed),
            fits: 0,
            matches: 0,
            effects: 0,
            acted: BTreeMap::new(),
        })
    }

    /// Draws from the beginning of another seed's streams from now on; what was counted stays.
    pub(super) fn draw_from(&mut self, seed: Seed) {
        self.streams = streams(&self.plan, seed);
    }

    pub(super) fn domain(&self) -> Domain {
        self.domain
    }

    pub(super) fn plan(&self) -> &FaultRule {
        &self.plan
    }

    /// What it drew, if the rule takes this. Each kind draws the same number of times whatever comes of it, so
    /// that a match's draws do not depend on those before it.
    pub(super) fn take(&mut self, subject: &Subject<'_>) -> Option<Draw> {
        if self.domain != subject.domain || !self.fits(subject) {
            return None;
        }
        self.fits += 1;
        if self.plan.matches.nth.is_some_and(|nth| nth != self.fits) {
            return None;
        }
        self.matches += 1;
        let number = self.matches;
        let mut amounts = BTreeMap::new();
        for (kind, dose) in &self.plan.doses {
            if let Some(stream) = self.streams.get_mut(kind)
                && let Some(amount) = draw(dose, kind.form(), number, stream)
            {
                amounts.insert(*kind, amount);
            }
        }
        let taken =
            !self.plan.doses.contains_key(&FaultKind::Probability) || amounts.contains_key(&FaultKind::Probability);
        taken.then_some(Draw { number, amounts })
    }

    fn fits(&self, subject: &Subject<'_>) -> bool {
        let matches = &self.plan.matches;
        if matches.after.is_some_and(|after| subject.now < after)
            || matches.before.is_some_and(|before| subject.now >= before)
            || self.kind.is_some_and(|kind| subject.message.is_none_or(|message| message.kind != kind))
        {
            return false;
        }
        let to = matches.to.as_ref().map_or(!is_runtime(subject.to), |glob| reaches(glob, subject.to));
        let from = match (&matches.from, subject.from) {
            (Some(glob), Some(label)) => reaches(glob, label),
            (Some(_), None) => false,
            // Whoever has sent it: what counts is that a service gets to it.
            (None, _) if self.domain != Domain::Messages => true,
            (None, label) => !label.is_some_and(is_runtime),
        };
        let has = |glob: &Glob, text: Option<&str>| text.is_some_and(|text| glob.matches(text));
        let carried = || subject.message.and_then(|message| command(message.kind, message.data.bytes()));
        to && from
            && matches.path.as_ref().is_none_or(|glob| has(glob, subject.path))
            && matches.call.as_ref().is_none_or(|glob| has(glob, subject.call))
            && matches.command.as_ref().is_none_or(|glob| has(glob, carried()))
    }

    /// What was drawn for a match has happened, as far as `kinds` say.
    pub(super) fn note(&mut self, draw: &Draw, kinds: &[FaultKind]) {
        if kinds.is_empty() {
            return;
        }
        self.effects += 1;
        let aside = draw.amounts.keys().filter(|kind| kind.domain().is_none());
        for kind in kinds.iter().chain(aside) {
            if let Some(amount) = draw.amounts.get(kind) {
                self.acted.entry(*kind).or_default().insert(draw.number, *amount);
            }
        }
    }

    pub(super) fn count(&self) -> RuleCount {
        let plan = &self.plan;
        let idle = |(kind, dose): (&FaultKind, &Dose)| kind.domain().is_none() || dose.is_idle();
        let never = plan.doses.get(&FaultKind::Probability).is_some_and(Dose::is_idle);
        RuleCount {
            name: plan.name.clone(),
            enabled: if never || plan.doses.iter().all(idle) { Enabled::No } else { Enabled::Yes },
            matches: self.matches,
            effects: self.effects,
            idleness: plan.idleness,
        }
    }

    /// The rule with what it drew in place of what it draws.
    pub(super) fn pinned(&self) -> FaultRule {
        // A rule must say something, so what drew nothing stays as an empty list.
        let nothing = BTreeMap::new();
        let pin = |(kind, dose): (&FaultKind, &Dose)| {
            let acted = self.acted.get(kind).unwrap_or(&nothing);
            let pinned = match dose {
                Dose::Probability(_) | Dose::Matches(_) => Dose::Matches(acted.keys().copied().collect()),
                Dose::Amount(..) | Dose::Amounts(_) => Dose::Amounts(acted.clone()),
            };
            (*kind, pinned)
        };
        FaultRule { doses: self.plan.doses.iter().map(pin).collect(), ..self.plan.clone() }
    }
}

/// One for each kind, at its beginning.
fn streams(plan: &FaultRule, seed: Seed) -> BTreeMap<FaultKind, Stream> {
    let stream = |kind: &FaultKind| Stream::new(seed, &format!("fault/{}/{}", plan.name, kind.name()));
    plan.doses.keys().map(|kind| (*kind, stream(kind))).collect()
}

/// `None` if nothing shall act. Spans are drawn in whole microseconds if both ends are, so that pinned plans
/// stay readable.
fn draw(dose: &Dose, form: Form, number: u64, stream: &mut Stream) -> Option<u64> {
    match dose {
        Dose::Probability(probability) => stream.chance(*probability).then_some(1),
        Dose::Matches(numbers) => numbers.contains(&number).then_some(1),
        Dose::Amounts(amounts) => amounts.get(&number).copied(),
        Dose::Amount(low, high) => {
            let whole = form == Form::Span && low.is_multiple_of(1000) && high.is_multiple_of(1000);
            let step = if whole { 1000 } else { 1 };
            let steps = high.saturating_sub(*low) / step;
            Some(low + stream.below(steps.saturating_add(1)) * step)
        }
    }
    .filter(|amount| *amount > 0)
}
