//! `[swarm]`: which kinds of faults a seed has at all, and how strong. Each kind is first drawn on or off whole,
//! since a run with everything in it hides what a run with one thing shows (Groce and others, ISSTA 2012).

use super::fault::{Dose, FaultMatch, FaultRule, Idleness, Restart};
use super::fault_kind::{Domain, FaultKind, Form};
use super::glob::Glob;
use super::plan::{Origin, PairsOrder, Plan};
use crate::base::{Seed, Stream};

/// Kinds that a swarm draws if it names none: those that real Skynet can show with the services as they are.
const BY_DEFAULT: [SwarmKind; 4] = [
    SwarmKind::Fault(FaultKind::Pause),
    SwarmKind::Fault(FaultKind::Slow),
    SwarmKind::Fault(FaultKind::Late),
    SwarmKind::Sessions,
];

/// Just before Skynet's library begins to look for numbers in use, and just before the last one.
const FIRST_SESSIONS: [u64; 2] = [0x6fff_ffc0, 0x7fff_ffc0];

/// What seeds may add to a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Swarm {
    /// What may be drawn; empty: what is safe by default.
    pub(super) kinds: Vec<SwarmKind>,
    /// What it may happen to.
    pub(super) matches: FaultMatch,
}

/// Something that a swarm can draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SwarmKind {
    /// A rule.
    Fault(FaultKind),
    /// Services that begin to count sessions near the end.
    Sessions,
    /// `pairs` in another order each time.
    Pairs,
}

impl SwarmKind {
    /// All that there are.
    pub(super) fn all() -> impl Iterator<Item = SwarmKind> {
        // What happens in calls needs a function.
        let effects =
            FaultKind::ALL.into_iter().filter(|kind| kind.domain().is_some_and(|domain| domain != Domain::Calls));
        effects.map(SwarmKind::Fault).chain([SwarmKind::Sessions, SwarmKind::Pairs])
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            SwarmKind::Fault(kind) => kind.name(),
            SwarmKind::Sessions => "sessions",
            SwarmKind::Pairs => "pairs",
        }
    }
}

impl Swarm {
    /// Adds to a plan what `seed` draws.
    pub(super) fn draw(&self, plan: &mut Plan, seed: Seed) {
        // More than one service down at once is for those who ask for it.
        plan.budget.down.get_or_insert(1);
        let kinds = if self.kinds.is_empty() { &BY_DEFAULT[..] } else { &self.kinds };
        for kind in kinds {
            let mut stream = Stream::new(seed, &format!("swarm/{}", kind.name()));
            if !stream.chance(0.5) {
                continue;
            }
            match kind {
                SwarmKind::Fault(FaultKind::Reload) => self.draw_reloads(plan, seed),
                SwarmKind::Fault(kind) => plan.faults.push(self.rule(*kind, &mut stream)),
                SwarmKind::Pairs => plan.node.pairs = PairsOrder::Shuffled,
                SwarmKind::Sessions => {
                    let first = one_of(&FIRST_SESSIONS, &mut stream) + stream.below(64);
                    plan.node.first_session = u32::try_from(first).ok();
                }
            }
        }
    }

    /// Each reload of the plan is on or off for itself, and comes right before messages to its service if nothing else
    /// is said.
    fn draw_reloads(&self, plan: &mut Plan, seed: Seed) {
        for reload in &plan.reloads {
            let mut stream = Stream::new(seed, &format!("swarm/reload/{}", reload.name));
            if !stream.chance(0.5) {
                continue;
            }
            let mut rule = self.rule(FaultKind::Reload, &mut stream);
            rule.name = format!("swarm-reload-{}", reload.name);
            rule.reload = Some(reload.name.clone());
            rule.matches.to.get_or_insert_with(|| Glob::new(&*reload.service));
            plan.faults.push(rule);
        }
    }

    fn rule(&self, kind: FaultKind, stream: &mut Stream) -> FaultRule {
        // From one in 8 to one in 1024: short and long runs both get some.
        let probability = 1.0 / f64::from(8 << stream.below(8));
        let mut doses = [(FaultKind::Probability, Dose::Probability(probability))].into_iter().collect();
        let mut put = |kind: FaultKind, stream: &mut Stream| {
            let dose = match kind.form() {
                Form::Chance => Dose::Probability(1.0),
                Form::Span | Form::Count => Dose::Amount(1, one_of(&highest(kind), stream)),
            };
            std::collections::BTreeMap::insert(&mut doses, kind, dose);
        };
        put(kind, stream);
        if matches!(kind, FaultKind::Kill | FaultKind::Exit | FaultKind::Crash) {
            put(FaultKind::RestartAfter, stream);
        }
        if kind == FaultKind::Crash {
            put(FaultKind::Torn, stream);
        }
        FaultRule {
            name: format!("swarm-{}", kind.name()),
            matches: self.matches.clone(),
            doses,
            restart: Restart::Kept,
            reload: None,
            idleness: Idleness::Allowed,
            origin: Origin::default(),
        }
    }
}

/// Upper ends of what is drawn for a kind: little, more, a lot.
fn highest(kind: FaultKind) -> [u64; 3] {
    const MS: u64 = 1_000_000;
    match kind {
        FaultKind::Reorder => [1, 3, 10],
        FaultKind::Memory => [16, 256, 4096],
        FaultKind::Torn => [1, 64, 4096],
        FaultKind::ShortWrite => [1, 64, 1024],
        FaultKind::ClockForward | FaultKind::ClockBack => [1000 * MS, 60_000 * MS, 3_600_000 * MS],
        FaultKind::ClockGains | FaultKind::ClockLoses => [MS / 10, 10 * MS, 1000 * MS],
        FaultKind::RestartAfter => [10 * MS, 200 * MS, 2000 * MS],
        FaultKind::SlowCpu => [100, 1_000, 10_000],
        FaultKind::Slow | FaultKind::SlowDisk => [MS, 10 * MS, 100 * MS],
        _ => [10 * MS, 100 * MS, 1000 * MS],
    }
}

fn one_of<const N: usize>(values: &[u64; N], stream: &mut Stream) -> u64 {
    usize::try_from(stream.below(N as u64)).ok().and_then(|index| values.get(index)).copied().unwrap_or_default()
}
