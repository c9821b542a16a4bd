//! Templates: what of a scenario is left to the seed. A template is a plan with holes; each hole is
//! filled from a random stream of its own, so that one more hole shifts nothing in the others.

use std::collections::BTreeSet;

use super::event::{Action, Event, Trigger};
use super::plan::Plan;
use crate::base::{Seed, Span, Stream, Value, VirtualTime};

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hole {
    /// What it is a part of, by its index in the plan.
    pub(super) target: Target,
    /// Which part.
    pub(super) slot: Slot,
    /// What is possible.
    pub(super) draw: Draw,
    /// The name of its stream.
    pub(super) stream: String,
}

/// An entry of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Service(usize),
    Event(usize),
}

/// A part of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// `at`, or the period of `every`.
    Time,
    /// `from` of `every`.
    From,
    /// `to` of `every`.
    To,
    /// `restart_after` of `kill` and `exit`.
    RestartAfter,
    /// Whether the event is part of the plan at all.
    Presence,
    /// A value within the arguments: the index of the argument, then indices within tables.
    Argument(Vec<usize>),
}

/// What a draw can give.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Draw {
    /// Both ends are possible.
    Span(Span, Span),
    /// Both ends are possible.
    Integer(i64, i64),
    /// From the first to the second number.
    Float(f64, f64),
    /// Never empty.
    Choice(Vec<Value>),
    /// True with this probability.
    Presence(f64),
}

enum Drawn {
    Span(Span),
    Value(Value),
    Present,
    Absent,
}

/// Fills the holes of `outline` from `seed`.
pub(super) fn fill(outline: &Plan, holes: &[Hole], seed: Seed) -> Plan {
    let mut plan = outline.clone();
    plan.seed = seed;
    let mut absent = BTreeSet::new();
    for hole in holes {
        let drawn = draw(&hole.draw, &mut Stream::new(seed, &hole.stream));
        match (hole.target, drawn) {
            (Target::Event(index), Drawn::Absent) => {
                absent.insert(index);
            }
            (Target::Event(index), Drawn::Span(span)) => {
                if let Some(event) = plan.events.get_mut(index) {
                    set_span(event, &hole.slot, span);
                }
            }
            (target, Drawn::Value(value)) => {
                if let Some(place) = argument(&mut plan, target, &hole.slot) {
                    *place = value;
                }
            }
            (_, Drawn::Present | Drawn::Absent | Drawn::Span(_)) => {}
        }
    }
    let mut indices = 0..;
    plan.events.retain(|event| !indices.next().is_some_and(|index| absent.contains(&index)) && can_happen(event));
    plan
}

/// False for `every` whose end was drawn before its beginning.
fn can_happen(event: &Event) -> bool {
    !matches!(event.trigger, Trigger::Every { from, to: Some(to), .. } if to < from)
}

fn draw(what: &Draw, stream: &mut Stream) -> Drawn {
    match what {
        Draw::Span(low, high) => Drawn::Span(draw_span(*low, *high, stream)),
        Draw::Integer(low, high) => {
            let offset = up_to(high.wrapping_sub(*low).cast_unsigned(), stream);
            Drawn::Value(Value::Integer(low.wrapping_add(offset.cast_signed())))
        }
        Draw::Float(low, high) => {
            // 53 bits fill a double's mantissa.
            let part = ((stream.next_u64() >> 11) as f64) * (1.0 / (1_u64 << 53) as f64);
            Drawn::Value(Value::Float(low + (high - low) * part))
        }
        Draw::Choice(values) => {
            let index = usize::try_from(stream.below(values.len() as u64)).unwrap_or_default();
            Drawn::Value(values.get(index).cloned().unwrap_or(Value::Nil))
        }
        Draw::Presence(probability) if stream.chance(*probability) => Drawn::Present,
        Draw::Presence(_) => Drawn::Absent,
    }
}

/// In whole microseconds if both ends are, so that plans stay readable.
fn draw_span(low: Span, high: Span, stream: &mut Stream) -> Span {
    let (low, high) = (low.as_nanos(), high.as_nanos());
    let step = if low.is_multiple_of(1000) && high.is_multiple_of(1000) { 1000 } else { 1 };
    Span::from_nanos(low + up_to(high.saturating_sub(low) / step, stream) * step)
}

/// A number from 0 to `last`, both possible.
fn up_to(last: u64, stream: &mut Stream) -> u64 {
    match last.checked_add(1) {
        Some(bound) => stream.below(bound),
        None => stream.next_u64(),
    }
}

fn set_span(event: &mut Event, slot: &Slot, span: Span) {
    let moment = VirtualTime::ZERO + span;
    match (slot, &mut event.trigger, &mut event.action) {
        (Slot::Time, Trigger::At(at), _) => *at = moment,
        (Slot::Time, Trigger::Every { period, .. }, _) => *period = span,
        (Slot::From, Trigger::Every { from, .. }, _) => *from = moment,
        (Slot::To, Trigger::Every { to, .. }, _) => *to = Some(moment),
        (Slot::RestartAfter, _, Action::Kill { restart_after, .. } | Action::Exit { restart_after, .. }) => {
            *restart_after = Some(span);
        }
        _ => {}
    }
}

fn argument<'p>(plan: &'p mut Plan, target: Target, slot: &Slot) -> Option<&'p mut Value> {
    let Slot::Argument(path) = slot else { return None };
    let args = match target {
        Target::Service(index) => &mut plan.services.get_mut(index)?.args,
        Target::Event(index) => match &mut plan.events.get_mut(index)?.action {
            Action::Call { args, .. } | Action::Send { args, .. } | Action::Inject { args, .. } => args,
            _ => return None,
        },
    };
    let (first, rest) = path.split_first()?;
    let mut place = args.get_mut(*first)?;
    for index in rest {
        let Value::Table(table) = place else { return None };
        // A table written in TOML has either values at 1, 2, .. or pairs.
        place = if table.pairs.is_empty() { table.array.get_mut(*index)? } else { &mut table.pairs.get_mut(*index)?.1 };
    }
    Some(place)
}
