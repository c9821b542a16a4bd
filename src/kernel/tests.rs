//! The kernel on services and schedules made for the purpose.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::base::{Handle, MessageKind, Session, Span, VirtualTime};
use crate::trace::Tracer;

use super::environment::Environment;
use super::output::Silence;
use super::send::{Outgoing, SessionChoice};
use super::{
    Interceptor, Kernel, Mailboxes, Message, Module, NodeOptions, Received, Ruling, Schedule, Sending, Service,
    ServiceId, Started, Step, Verdict,
};

/// First come, first served; what a handler sends stays on its way until nothing else is left.
#[derive(Default)]
struct Reluctant(VecDeque<ServiceId>);

impl Schedule for Reluctant {
    fn name(&self) -> String {
        "reluctant".to_owned()
    }
    fn created(&mut self, _service: ServiceId) {}
    fn launched(&mut self, _service: ServiceId) {}
    fn pushed(&mut self, service: ServiceId) {
        self.0.push_back(service);
    }
    fn retired(&mut self, service: ServiceId) {
        self.0.push_back(service);
    }
    fn next(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId> {
        while let Some(service) = self.0.pop_front() {
            if mailboxes.length(service) > 0 || mailboxes.is_dead(service) {
                return Some(service);
            }
        }
        None
    }
    fn handled(&mut self, service: ServiceId) {
        self.0.push_back(service);
    }
    fn drained(&mut self, _service: ServiceId) {}
    fn arrive(&mut self, _waiting: usize) -> usize {
        0
    }
    fn holds_back(&self) -> bool {
        true
    }
}

/// What came, by type, with the text that lay in a message by global name.
type Seen = Rc<RefCell<Vec<(MessageKind, String)>>>;

/// Notes what comes, and sends a text to somebody for every message.
struct Double {
    me: ServiceId,
    to: Option<Handle>,
    seen: Seen,
}

impl Service for Double {
    fn start(&mut self, _kernel: &mut Kernel, me: ServiceId, _args: &[u8]) -> Started {
        self.me = me;
        Started::Yes
    }

    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received {
        let remote = message.extra.as_ref().and_then(|extra| extra.remote.as_ref());
        let text = remote.map_or(&[][..], |remote| remote.data.bytes());
        self.seen.borrow_mut().push((message.kind, String::from_utf8_lossy(text).into_owned()));
        if let Some(to) = self.to {
            kernel.send(self.me, to, text_message(kernel, Session::NONE));
        }
        Received::Handled
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

struct Twice;

impl Interceptor for Twice {
    fn judge(&mut self, _sending: Sending<'_>, _message: &Message) -> Option<Ruling> {
        Some(Ruling { rule: 0, verdict: Verdict::Duplicate(Span::ZERO) })
    }

    fn rule_name(&self, _rule: usize) -> &str {
        "twice"
    }
}

fn text_message(kernel: &Kernel, session: Session) -> Outgoing {
    let data = kernel.payload(b"text");
    Outgoing { source: None, kind: MessageKind::TEXT, session: SessionChoice::Given(session), data, origin: None }
}

fn kernel() -> Kernel {
    Kernel::new(NodeOptions {
        environment: Environment::default(),
        harbor: 0,
        start_time_s: 0,
        first_session: 0,
        services_max: 1000,
        cost: Span::from_nanos(1),
        log_file: None,
        schedule: Box::new(Reluctant::default()),
        output: Box::new(Silence),
        tracer: Tracer::off(),
    })
}

/// Makes one double.
struct Doubles {
    name: String,
    to: Option<Handle>,
    seen: Seen,
}

impl Module for Doubles {
    fn name(&self) -> &str {
        &self.name
    }

    fn create(&self, _kernel: &mut Kernel, _args: &[u8]) -> Box<dyn Service> {
        Box::new(Double { me: ServiceId(0), to: self.to, seen: self.seen.clone() })
    }
}

/// A double that sends to another, its address, and what it sees.
fn launch(kernel: &mut Kernel, to: Option<Handle>) -> (ServiceId, Handle, Seen) {
    let (name, seen) = (format!("double {}", kernel.contexts.len()), Seen::default());
    kernel.add_module(Rc::new(Doubles { name: name.clone(), to, seen: seen.clone() }));
    let me = kernel.launch(&name, b"").expect("it starts");
    (me, kernel.context(me).handle(), seen)
}

fn run(kernel: &mut Kernel) {
    while kernel.step(VirtualTime::MAX) != Step::Idle {}
}

#[test]
fn the_dying_have_sent_before_they_are_drained() {
    let mut kernel = kernel();
    let (friend, address, seen) = launch(&mut kernel, None);
    let (_, victim, _) = launch(&mut kernel, Some(address));
    let (killer, ..) = launch(&mut kernel, None);
    // The first is handled, and what its handler sends stays on its way; the second is drained.
    for session in [Session::NONE, Session(1)] {
        let message = text_message(&kernel, session);
        kernel.send(friend, victim, message);
    }
    assert!(matches!(kernel.step(VirtualTime::MAX), Step::Ran(_)));
    assert!(seen.borrow().is_empty());
    kernel.kill(killer, Some(victim));
    run(&mut kernel);
    let kinds: Vec<MessageKind> = seen.borrow().iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [MessageKind::TEXT, MessageKind::ERROR]);
}

#[test]
fn a_message_by_global_name_is_duplicated_whole() {
    let mut kernel = kernel();
    let (sender, ..) = launch(&mut kernel, None);
    let (harbor, _, seen) = launch(&mut kernel, None);
    kernel.harbor = Some(harbor);
    kernel.set_interceptor(Box::new(Twice));
    let message = text_message(&kernel, Session::NONE);
    kernel.send_name(sender, b"GLOBAL", message);
    run(&mut kernel);
    let expected = (MessageKind::SYSTEM, "text".to_owned());
    assert_eq!(*seen.borrow(), [expected.clone(), expected]);
}
