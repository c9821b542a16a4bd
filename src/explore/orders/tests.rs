//! All orders against brute force, on services made for the purpose: what comes out of the orders that are played is what
//! comes out of all that there are.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;

use super::{Commuting, Covered, Walk, picks};
use crate::base::{Handle, MessageKind, Session, Span, VirtualTime};
use crate::kernel::environment::Environment;
use crate::kernel::output::Silence;
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::kernel::{Kernel, Message, Module, NodeOptions, Received, Sent, Service, ServiceId, Started, Step, Touch};
use crate::schedule::guided::Guide;
use crate::schedule::guided_by;
use crate::trace::Tracer;

/// Runs of brute force; systems that need more are too large.
const RUNS_MAX: usize = 1_000;

/// What a service does with a message.
#[derive(Clone, Debug)]
enum Action {
    /// Sends the message of this number to one of the services.
    Send(usize, usize),
    /// Gets the message of this number after so many ticks.
    Timer(i32, usize),
    /// Looks at the clock.
    Clock,
    /// Looks whether somebody has a name, or takes it.
    Query,
    Register,
    /// Looks how long its mailbox is.
    Length,
    Kill(usize),
}

/// What each message sets off; messages set off only later ones, so that there is an end.
#[derive(Clone, Debug)]
struct System {
    services: usize,
    messages: Vec<Vec<Action>>,
    /// What the scenario sends: when (in ms), to whom, which.
    events: Vec<(u64, usize, usize)>,
}

/// Everything that each service has seen, in its order.
type Outcome = BTreeMap<ServiceId, Vec<String>>;

struct Book {
    system: System,
    peers: Vec<(ServiceId, Handle)>,
    timers: BTreeMap<(ServiceId, Session), usize>,
    seen: Outcome,
}

struct Doing(Rc<RefCell<Book>>);

struct Doer {
    me: ServiceId,
    book: Rc<RefCell<Book>>,
}

impl Module for Doing {
    fn name(&self) -> &str {
        "doing"
    }
    fn create(&self, _kernel: &mut Kernel, _args: &[u8]) -> Box<dyn Service> {
        Box::new(Doer { me: ServiceId(0), book: self.0.clone() })
    }
}

impl Service for Doer {
    fn start(&mut self, _kernel: &mut Kernel, me: ServiceId, _args: &[u8]) -> Started {
        self.me = me;
        Started::Yes
    }

    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received {
        let mut book = self.book.borrow_mut();
        if message.kind == MessageKind::ERROR {
            book.note(self.me, "error");
            return Received::Handled;
        }
        let number = match message.data.bytes() {
            [] => book.timers[&(self.me, message.session)],
            bytes => usize::from(bytes[0]),
        };
        book.note(self.me, &number.to_string());
        for action in book.system.messages[number].clone() {
            book.act(kernel, self.me, &action);
        }
        Received::Handled
    }

    fn as_any(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

fn send(kernel: &mut Kernel, from: ServiceId, to: Handle, number: usize) -> Sent {
    let data = kernel.payload(&[u8::try_from(number).expect("few messages")]);
    let session = SessionChoice::Given(Session(1));
    kernel.send(from, to, Outgoing { source: None, kind: MessageKind::LUA, session, data, origin: None })
}

impl Book {
    fn note(&mut self, me: ServiceId, what: &str) {
        self.seen.entry(me).or_default().push(what.to_owned());
    }

    fn act(&mut self, kernel: &mut Kernel, me: ServiceId, action: &Action) {
        match *action {
            Action::Send(to, number) => {
                if send(kernel, me, self.peers[to].1, number) == Sent::NoService {
                    self.note(me, "nobody");
                }
            }
            Action::Timer(ticks, number) => {
                let session = kernel.timeout(me, ticks);
                self.timers.insert((me, session), number);
            }
            Action::Clock => {
                kernel.touch(Touch::Time);
                self.note(me, &format!("at {}", kernel.ticks()));
            }
            Action::Query => {
                let found = format!("{:?}", kernel.command(me, b"QUERY", Some(b".name")));
                self.note(me, &found);
            }
            Action::Register => {
                kernel.command(me, b"REG", Some(b".name"));
            }
            Action::Length => {
                let length = format!("{:?}", kernel.command(me, b"STAT", Some(b"mqlen")));
                self.note(me, &length);
            }
            Action::Kill(whom) => kernel.kill(me, Some(self.peers[whom].1)),
        }
    }
}

/// Plays one order.
fn play(system: &System, guide: &Guide) -> Outcome {
    let mut kernel = Kernel::new(NodeOptions {
        environment: Environment::default(),
        harbor: 0,
        start_time_s: 0,
        first_session: 0,
        services_max: 1000,
        cost: Span::from_nanos(1_000),
        log_file: None,
        schedule: guided_by(guide.afresh()),
        output: Box::new(Silence),
        tracer: Tracer::off(),
    });
    let book = Book { system: system.clone(), peers: Vec::new(), timers: BTreeMap::new(), seen: Outcome::new() };
    let book = Rc::new(RefCell::new(book));
    kernel.add_module(Rc::new(Doing(book.clone())));
    for _ in 0..system.services + 1 {
        let id = kernel.launch("doing", b"").expect("it starts");
        let handle = kernel.context(id).handle();
        book.borrow_mut().peers.push((id, handle));
    }
    // The last one speaks for the scenario.
    let outside = book.borrow().peers[system.services].0;
    kernel.steer();
    for (index, (at, ..)) in system.events.iter().enumerate() {
        kernel.alarm(VirtualTime::ZERO + Span::from_millis(*at), index as u64);
    }
    loop {
        match kernel.step(VirtualTime::MAX) {
            Step::Idle => break,
            Step::Alarm(index) => {
                let (_, to, number) = system.events[index as usize];
                let to = book.borrow().peers[to].1;
                kernel.begin_event();
                send(&mut kernel, outside, to, number);
            }
            _ => {}
        }
    }
    book.borrow().seen.clone()
}

/// All outcomes of a walk, and what it covered; `None` if there are too many runs.
fn walk(system: &System, preemptions: Option<u32>, commuting: Commuting) -> Option<(BTreeSet<Outcome>, Covered)> {
    let mut walk = Walk::new(preemptions, commuting);
    let mut outcomes = BTreeSet::new();
    for _ in 0..RUNS_MAX {
        let Some(guide) = walk.ask() else { return Some((outcomes, walk.covered())) };
        assert!(!walk.covered().is_whole());
        outcomes.insert(play(system, &guide));
        walk.learn(&guide).expect("runs repeat");
    }
    None
}

fn action(services: usize, number: usize, messages: usize) -> BoxedStrategy<Action> {
    let local = prop_oneof![
        4 => Just(Action::Clock),
        1 => Just(Action::Query),
        1 => Just(Action::Register),
        1 => Just(Action::Length),
        1 => (0..services).prop_map(Action::Kill),
    ];
    if number + 1 == messages {
        return local.boxed();
    }
    let later = number + 1..messages;
    prop_oneof![
        6 => (0..services, later.clone()).prop_map(|(to, number)| Action::Send(to, number)),
        2 => (0..3_i32, later).prop_map(|(ticks, number)| Action::Timer(ticks, number)),
        3 => local,
    ]
    .boxed()
}

fn system() -> impl Strategy<Value = System> {
    (2..4_usize, 2..7_usize).prop_flat_map(|(services, messages)| {
        let reactions: Vec<_> =
            (0..messages).map(|number| prop::collection::vec(action(services, number, messages), 0..4)).collect();
        let events = prop::collection::vec((0..5_u64, 0..services, 0..messages), 1..4);
        let events =
            events.prop_map(|events| events.into_iter().map(|(at, to, number)| (at * 10, to, number)).collect());
        (Just(services), reactions, events).prop_map(|(services, messages, events)| System {
            services,
            messages,
            events,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Without a bound: what is left out would have come to nothing new, and nothing is played twice.
    #[test]
    fn all_orders_come_to_all_outcomes(system in system()) {
        if let Some((all, _)) = walk(&system, None, Commuting::Different) {
            let (reduced, covered) = walk(&system, None, Commuting::Same).expect("no more runs than brute force");
            prop_assert_eq!(&reduced, &all);
            let (remembered, classes) = walk(&system, Some(u32::MAX), Commuting::Same).expect("no more runs than brute force");
            prop_assert_eq!(&remembered, &all);
            prop_assert_eq!(covered.orders, classes.orders);
            prop_assert!(covered.is_whole() && classes.is_whole());
        }
    }

    /// With one.
    #[test]
    fn few_preemptions_come_to_all_outcomes_that_need_few(system in system(), preemptions in 0..3_u32) {
        if let Some((all, _)) = walk(&system, Some(preemptions), Commuting::Different) {
            let (remembered, covered) = walk(&system, Some(preemptions), Commuting::Same).expect("no more runs");
            prop_assert_eq!(&remembered, &all);
            prop_assert!(covered.is_whole());
        }
    }

    /// The name of an order repeats it.
    #[test]
    fn names_of_orders_repeat_them(system in system()) {
        let mut walk = Walk::new(None, Commuting::Same);
        for _ in 0..20 {
            let Some(guide) = walk.ask() else { break };
            let outcome = play(&system, &guide);
            let name = picks(guide.steps.borrow().iter());
            let by_name = Guide { picks: name, ..Guide::default() };
            prop_assert_eq!(play(&system, &by_name), outcome);
            prop_assert!(by_name.steps.borrow().starts_with(&guide.steps.borrow()));
            walk.learn(&guide).expect("runs repeat");
        }
    }
}
