//! The schedules on services made for the purpose: what none may break, and what each promises.

mod actors;
mod guarantees;
mod promises;

use std::cell::RefCell;
use std::rc::Rc;

use crate::base::{Handle, MessageKind, Session, Span, VirtualTime};
use crate::kernel::environment::Environment;
use crate::kernel::output::Silence;
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::kernel::{Kernel, Module, NodeOptions, Received, Schedule, Service, ServiceId, Started, Step};
use crate::trace::Tracer;

/// A node without services.
fn kernel(schedule: Box<dyn Schedule>) -> Kernel {
    Kernel::new(NodeOptions {
        environment: Environment::default(),
        harbor: 0,
        start_time_s: 0,
        first_session: 0,
        services_max: 1000,
        cost: Span::from_nanos(1_000),
        log_file: None,
        schedule,
        output: Box::new(Silence),
        tracer: Tracer::off(),
    })
}

/// Whatever happens, until nothing is left.
fn run(kernel: &mut Kernel) {
    while kernel.step(VirtualTime::MAX) != Step::Idle {}
}

fn send(kernel: &mut Kernel, from: ServiceId, to: Handle, kind: MessageKind, bytes: &[u8]) {
    let data = kernel.payload(bytes);
    kernel.send(
        from,
        to,
        Outgoing { source: None, kind, session: SessionChoice::Given(Session::NONE), data, origin: None },
    );
}

/// What is done with a message: by whom, and its bytes.
type Handler = dyn Fn(&mut Kernel, ServiceId, &[u8], Session);

/// A kind of service that does the same with each message.
struct Doing(Rc<Handler>);

struct Doer {
    me: ServiceId,
    handler: Rc<Handler>,
}

impl Module for Doing {
    fn name(&self) -> &str {
        "doing"
    }

    fn create(&self, _kernel: &mut Kernel, _args: &[u8]) -> Box<dyn Service> {
        Box::new(Doer { me: ServiceId(0), handler: self.0.clone() })
    }
}

impl Service for Doer {
    fn start(&mut self, _kernel: &mut Kernel, me: ServiceId, _args: &[u8]) -> Started {
        self.me = me;
        Started::Yes
    }

    fn receive(&mut self, kernel: &mut Kernel, message: &mut crate::kernel::Message) -> Received {
        let (handler, bytes) = (self.handler.clone(), message.data.bytes().to_vec());
        handler(kernel, self.me, &bytes, message.session);
        Received::Handled
    }

    fn as_any(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

/// So many services that do this; they exist already.
fn start(kernel: &mut Kernel, count: usize, handler: Rc<Handler>) -> Vec<(ServiceId, Handle)> {
    kernel.add_module(Rc::new(Doing(handler)));
    let launched = (0..count).map(|_| {
        let id = kernel.launch("doing", b"").expect("it starts");
        (id, kernel.context(id).handle())
    });
    launched.collect()
}

/// In which order services handle the messages that wait for them: this many for each.
fn order(schedule: Box<dyn Schedule>, lengths: &[usize]) -> Vec<u32> {
    let mut kernel = kernel(schedule);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let note = seen.clone();
    let services = start(&mut kernel, lengths.len(), Rc::new(move |_, me, _, _| note.borrow_mut().push(me.0)));
    for ((id, handle), length) in services.into_iter().zip(lengths) {
        (0..*length).for_each(|_| send(&mut kernel, id, handle, MessageKind::LUA, b""));
    }
    run(&mut kernel);
    seen.take()
}
