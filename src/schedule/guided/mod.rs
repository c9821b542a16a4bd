//! One order of many, chosen turn by turn by somebody who walks through all of them; and what happened in each turn, so
//! that he knows which orders are the same.
//!
//! A turn is one of three things: a service handles a message; the next of the messages that its last handler
//! sent arrives (R2 of the reference: others may have their turns in between); the next timer comes (R3). Handlers take no time,
//! but the clock may go on while messages wait, up to [`LATE_MAX`]. Until the node's own services have started, all
//! goes as with one worker.
//!
//! | file | owns |
//! |---|---|
//! | `picks` | an order as a name |
//! | `step` | a turn, and which turns commute |
//! | `mod` | the schedule |

mod picks;
mod step;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::base::{EventNumber, Span, VirtualTime};
use crate::kernel::{Mailboxes, Moment, Schedule, ServiceId, Touch, Turn};

use super::skynet::Skynet;
pub use picks::{NoPicks, Picks};
pub use step::{Actor, LATE_MAX, Step, Thing, Use};

/// The turns that a run has taken so far.
pub type Steps = Rc<RefCell<Vec<Step>>>;

/// Which order to take, and where to write down what happens.
#[derive(Clone, Debug, Default)]
pub struct Guide {
    /// Where it leaves the first order.
    pub picks: Picks,
    /// From this turn on, those of `asleep` have their turns only after a turn that they do not commute with: all orders
    /// in which it is otherwise have been seen.
    pub from: usize,
    /// The next turn of each of them.
    pub asleep: Vec<Step>,
    /// What the run does, up to where only those are left that sleep.
    pub steps: Steps,
    /// Whether it came to that: what comes then has been seen.
    pub seen_before: Rc<RefCell<bool>>,
}

impl Guide {
    /// The same for a run that is to begin (again).
    #[must_use]
    pub fn afresh(&self) -> Guide {
        self.steps.borrow_mut().clear();
        *self.seen_before.borrow_mut() = false;
        self.clone()
    }
}

/// A message in a mailbox.
#[derive(Clone, Copy)]
struct Waiting {
    /// The turn in which it came.
    by: Option<usize>,
    began: VirtualTime,
}

/// The schedule of one order.
pub(super) struct Guided {
    name: String,
    guide: Guide,
    /// Who orders things until it is asked to decide.
    base: Skynet,
    deciding: bool,
    sinks: Vec<ServiceId>,
    mailboxes: Vec<VecDeque<Waiting>>,
    /// When that began which the last handler of a service belonged to.
    began: Vec<VirtualTime>,
    /// The turns by the events that they were.
    by_event: BTreeMap<EventNumber, usize>,
    /// When that began which the last turn belongs to.
    now_began: VirtualTime,
    /// Who had the last turn.
    last: Option<Actor>,
    /// How many moments with several choices there were.
    moments: u32,
    /// Turns so far.
    turns: usize,
}

impl Guided {
    pub(super) fn new(name: String, guide: Guide) -> Guided {
        Guided {
            name,
            guide,
            base: Skynet::default(),
            deciding: false,
            sinks: Vec::new(),
            mailboxes: Vec::new(),
            began: Vec::new(),
            by_event: BTreeMap::new(),
            now_began: VirtualTime::ZERO,
            last: None,
            moments: 0,
            turns: 0,
        }
    }

    fn mailbox(&mut self, service: ServiceId) -> &mut VecDeque<Waiting> {
        let index = service.0 as usize;
        if self.mailboxes.len() <= index {
            self.mailboxes.resize_with(index + 1, VecDeque::new);
            self.began.resize(index + 1, VirtualTime::ZERO);
        }
        &mut self.mailboxes[index]
    }

    fn began(&self, service: ServiceId) -> VirtualTime {
        self.began.get(service.0 as usize).copied().unwrap_or_default()
    }

    /// When the oldest began of all that waits for a turn.
    fn oldest(&mut self, turns: &[Turn]) -> Option<VirtualTime> {
        let mut oldest = None;
        for turn in turns {
            let (Turn::Handle(service) | Turn::Drain(service) | Turn::Arrive(service)) = turn else { continue };
            let sending = (!matches!(turn, Turn::Handle(_))).then(|| self.began(*service));
            let waiting = self.mailbox(*service).iter().map(|waiting| waiting.began);
            oldest = waiting.chain(sending).chain(oldest).min();
        }
        oldest
    }

    /// Those whose turn it may be: whoever had the last one first, the clock last.
    fn choices(&mut self, moment: Moment<'_>) -> Vec<(Actor, usize)> {
        let oldest = self.oldest(moment.turns);
        let too_late = oldest.zip(moment.next).is_some_and(|(oldest, next)| oldest + LATE_MAX < next);
        let mut choices: Vec<(Actor, usize)> = Vec::new();
        for (place, turn) in moment.turns.iter().enumerate() {
            match turn {
                Turn::Handle(service) | Turn::Drain(service) | Turn::Arrive(service) => {
                    choices.push((Actor::Service(*service), place))
                }
                Turn::Clock if too_late => {}
                Turn::Clock => choices.push((Actor::Clock, place)),
            }
        }
        choices.sort_unstable();
        if let Some(last) = self.last
            && last != Actor::Clock
            && let Some(place) = choices.iter().position(|(actor, _)| *actor == last)
        {
            choices[..=place].rotate_right(1);
        }
        choices
    }

    /// Which of the choices is taken.
    fn pick(&mut self, choices: &[(Actor, usize)]) -> usize {
        let asked = if choices.len() > 1 {
            self.moments += 1;
            self.guide.picks.0.get(&(self.moments - 1)).copied()
        } else {
            None
        };
        if let Some(asked) = asked {
            return (asked as usize).min(choices.len() - 1);
        }
        let over = *self.guide.seen_before.borrow();
        let sleeps = |actor: Actor| {
            !over && self.turns > self.guide.from && self.guide.asleep.iter().any(|step| step.actor == actor)
        };
        let awake = choices.iter().position(|(actor, _)| !sleeps(*actor));
        if awake.is_none() {
            *self.guide.seen_before.borrow_mut() = true;
        }
        awake.unwrap_or(0)
    }

    /// The last turn is over: whoever does not commute with it wakes up.
    fn close(&mut self) {
        let Guide { from, asleep, steps, .. } = &mut self.guide;
        let steps = steps.borrow();
        if let Some(last) = steps.last()
            && self.turns > *from
        {
            asleep.retain(|step| step.commutes(last));
        }
    }

    /// Adds to what is known of the turn that is being taken.
    fn note(&mut self, add: impl FnOnce(&mut Step)) {
        if !*self.guide.seen_before.borrow()
            && let Some(step) = self.guide.steps.borrow_mut().last_mut()
        {
            add(step);
        }
    }

    /// The message that is handled now, or what else this turn comes of.
    fn open(&mut self, turn: Turn, moment: Moment<'_>, step: &mut Step) {
        match turn {
            Turn::Handle(service) => {
                self.by_event.insert(EventNumber(moment.event.0 + 1), self.turns);
                let head = self.mailbox(service).pop_front();
                if let Some(head) = head {
                    step.after.extend(head.by);
                    self.began[service.0 as usize] = head.began;
                }
                step.began = self.began(service);
                step.uses.push((Thing::Fate(service), Use::Seen));
            }
            Turn::Drain(service) => {
                step.began = self.oldest(&[turn]).unwrap_or_default();
                step.uses.push((Thing::Fate(service), Use::Seen));
            }
            Turn::Arrive(service) => {
                step.began = self.began(service);
                step.uses.push((Thing::Fate(service), Use::Seen));
            }
            Turn::Clock => {
                step.began = moment.next.unwrap_or_default();
                step.uses.push((Thing::Time, Use::Changed));
            }
        }
    }
}

impl Schedule for Guided {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn created(&mut self, service: ServiceId) {
        self.base.created(service);
    }

    fn launched(&mut self, service: ServiceId) {
        self.base.launched(service);
    }

    fn pushed(&mut self, service: ServiceId) {
        self.base.pushed(service);
    }

    fn retired(&mut self, service: ServiceId) {
        self.base.retired(service);
    }

    fn next(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        self.base.next(mailboxes)
    }

    fn handled(&mut self, service: ServiceId) {
        if !self.deciding {
            self.base.handled(service);
        }
    }

    fn drained(&mut self, service: ServiceId) {
        self.base.drained(service);
        self.mailbox(service).clear();
    }

    fn cost(&mut self) -> Option<Span> {
        self.deciding.then_some(Span::ZERO)
    }

    fn arrive(&mut self, waiting: usize) -> usize {
        if self.deciding { 0 } else { waiting }
    }

    fn holds_back(&self) -> bool {
        self.deciding
    }

    fn steers(&self) -> bool {
        true
    }

    fn begin(&mut self, now: VirtualTime, sinks: &[ServiceId]) {
        self.deciding = true;
        self.now_began = now;
        self.sinks = sinks.to_vec();
    }

    fn decide(&mut self, moment: Moment<'_>) -> usize {
        self.close();
        let choices = self.choices(moment);
        let number = self.moments;
        let (actor, place) = choices[self.pick(&choices)];
        let mut step = Step {
            actor,
            choices: choices.iter().map(|(actor, _)| *actor).collect(),
            moment: number,
            after: Vec::new(),
            uses: Vec::new(),
            began: VirtualTime::ZERO,
        };
        self.open(moment.turns[place], moment, &mut step);
        self.last = Some(actor);
        self.now_began = step.began;
        if !*self.guide.seen_before.borrow() {
            self.guide.steps.borrow_mut().push(step);
        }
        self.turns += 1;
        place
    }

    fn touched(&mut self, touch: Touch) {
        let by = self.turns.checked_sub(1);
        let use_of = match touch {
            Touch::Arrived(service) | Touch::Mailbox(service) if self.sinks.contains(&service) => return,
            Touch::Arrived(service) => {
                let began = self.now_began;
                self.mailbox(service).push_back(Waiting { by, began });
                (Thing::Mailbox(service), Use::Changed)
            }
            Touch::Mailbox(service) => (Thing::Mailbox(service), Use::Changed),
            Touch::Sent(service) => (Thing::Fate(service), Use::Seen),
            Touch::Fate(service) => {
                // Whether the clock must wait for the service may change, too.
                self.note(|step| step.uses.push((Thing::Time, Use::Seen)));
                self.mailbox(service);
                let began = &mut self.began[service.0 as usize];
                *began = self.now_began.max(*began);
                (Thing::Fate(service), Use::Changed)
            }
            Touch::Time => (Thing::Time, Use::Seen),
            Touch::Timer(due) => (Thing::Timer(due), Use::Changed),
            Touch::Looked => (Thing::Shared, Use::Seen),
            Touch::Changed => (Thing::Shared, Use::Changed),
            Touch::Fired(cause) => {
                let started = self.by_event.get(&cause).copied();
                self.note(|step| step.after.extend(started));
                return;
            }
        };
        self.note(|step| {
            if !step.uses.contains(&use_of) {
                step.uses.push(use_of);
            }
        });
    }
}
