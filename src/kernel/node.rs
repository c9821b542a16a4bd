//! The kernel of one simulated node: its tables, and how to make one.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::base::{EventNumber, Handle, MessageKind, Session, Span, VirtualTime};
use crate::memory::{Payload, PayloadStore};
use crate::queue::EventQueue;
use crate::trace::{Record, Tracer};

use super::context::{Context, Death, Life, Pace, ServiceId};
use super::disturb::TimerThread;
use super::environment::Environment;
use super::gate::Gate;
use super::handles::Handles;
use super::harbor::HarborModule;
use super::intercept::Interceptor;
use super::logger::LoggerModule;
use super::message::Message;
use super::names::Names;
use super::order::Order;
use super::output::{Incident, Output, Silence};
use super::schedule::{Mailboxes, Schedule};
use super::service::Module;
use super::step::Due;
use super::turn::{Steering, Touch};
use super::wall_clock::WallClock;
use super::watch::Watcher;

/// Why a node ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The ABORT command: every service was retired.
    Abort,
    /// `os.exit`, with its code.
    Exit(i32),
    /// A message took so much processor time that it may never end: the run must be repeated with
    /// this event metered.
    Suspected {
        /// The message's event.
        event: u64,
    },
    /// A message used up its instructions.
    EndlessLoop {
        /// Whose.
        handle: Handle,
        /// Where it was, innermost first, a line each.
        text: String,
    },
    /// What would have killed the real process: a C assert, for instance.
    Crash(String),
}

/// What a node is made with.
pub struct NodeOptions {
    /// The settings that services read with `skynet.getenv`.
    pub environment: Environment,
    /// The top byte of handles.
    pub harbor: u8,
    /// Wall clock at virtual time 0, in whole seconds since 1970.
    pub start_time_s: i64,
    /// The session after which services begin to count.
    pub first_session: i32,
    /// How many services may live at once; one more ends the run.
    pub services_max: u32,
    /// Virtual time that handling one message takes.
    pub cost: Span,
    /// The log file (`logger` in a config); standard output if there is none.
    pub log_file: Option<String>,
    /// Who runs next.
    pub schedule: Box<dyn Schedule>,
    /// Where lines go.
    pub output: Box<dyn Output>,
    /// The record of everything.
    pub tracer: Tracer,
}

/// One node.
pub struct Kernel {
    pub(super) contexts: Vec<Context>,
    pub(super) handles: Handles,
    pub(super) names: Names,
    /// The node's settings.
    pub environment: Environment,
    pub(super) queue: EventQueue<Due>,
    pub(super) schedule: Box<dyn Schedule>,
    pub(super) steering: Steering,
    pub(super) now: VirtualTime,
    pub(super) cost: Span,
    /// How much longer faults make the message that is being handled.
    pub(super) prolonged: Span,
    pub(super) timers: TimerThread,
    pub(super) wall_clock: WallClock,
    pub(super) crashed: Vec<ServiceId>,
    pub(super) first_session: i32,
    pub(super) services_max: u32,
    pub(super) event: EventNumber,
    pub(super) order: Order,
    pub(super) running: Option<ServiceId>,
    pub(super) modules: Vec<Rc<dyn Module>>,
    pub(super) interceptor: Option<Box<dyn Interceptor>>,
    pub(super) watcher: Option<Box<dyn Watcher>>,
    pub(super) gate: Option<Box<dyn Gate>>,
    /// Services whose next message waits at the gate, and until when at most.
    pub(super) barred: Vec<(ServiceId, VirtualTime)>,
    /// The service whose next message the watcher held: it runs next, before anything is chosen.
    pub(super) held: Option<ServiceId>,
    /// What the running handler has sent and has not arrived yet, if the schedule holds it back.
    pub(super) outbox: VecDeque<(ServiceId, Message)>,
    /// Handlers that have run, with those of their messages that are still on their way.
    pub(super) on_the_way: Vec<(ServiceId, VecDeque<(ServiceId, Message)>)>,
    pub(super) logger: Option<Handle>,
    pub(super) harbor: Option<ServiceId>,
    pub(super) exit_monitor: Option<Handle>,
    pub(super) log_file: Option<String>,
    pub(super) labels: BTreeMap<String, u32>,
    /// Labels of Lua services to come, with the argument texts that they will be launched with.
    pub(super) planned: Vec<(Vec<u8>, String)>,
    pub(super) halt: Option<Halt>,
    start_time_s: i64,
    /// The memory that messages live in.
    pub payloads: PayloadStore,
    /// Where lines go.
    pub output: Box<dyn Output>,
    /// The record of everything.
    pub tracer: Tracer,
}

impl Kernel {
    /// A node without services.
    #[must_use]
    pub fn new(options: NodeOptions) -> Kernel {
        Kernel {
            contexts: Vec::new(),
            handles: Handles::new(options.harbor),
            names: Names::default(),
            environment: options.environment,
            queue: EventQueue::default(),
            schedule: options.schedule,
            steering: Steering::Off,
            now: VirtualTime::ZERO,
            cost: options.cost,
            prolonged: Span::ZERO,
            timers: TimerThread::default(),
            wall_clock: WallClock::new(options.start_time_s),
            crashed: Vec::new(),
            first_session: options.first_session,
            services_max: options.services_max,
            event: EventNumber(0),
            order: Order::default(),
            running: None,
            modules: vec![Rc::new(LoggerModule), Rc::new(HarborModule)],
            interceptor: None,
            watcher: None,
            gate: None,
            barred: Vec::new(),
            held: None,
            planned: Vec::new(),
            outbox: VecDeque::new(),
            on_the_way: Vec::new(),
            logger: None,
            harbor: None,
            exit_monitor: None,
            log_file: options.log_file,
            labels: BTreeMap::new(),
            halt: None,
            start_time_s: options.start_time_s,
            payloads: PayloadStore::new(),
            output: options.output,
            tracer: options.tracer,
        }
    }

    /// Adds a kind of service that LAUNCH can make.
    pub fn add_module(&mut self, module: Rc<dyn Module>) {
        self.modules.push(module);
    }

    /// Puts faults between senders and mailboxes.
    pub fn set_interceptor(&mut self, interceptor: Box<dyn Interceptor>) {
        self.interceptor = Some(interceptor);
    }

    /// Lets somebody look at each message before it is handled.
    pub fn set_watcher(&mut self, watcher: Box<dyn Watcher>) {
        self.watcher = Some(watcher);
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> VirtualTime {
        self.now
    }

    /// Wall clock at virtual time 0, in whole seconds since 1970.
    #[must_use]
    pub fn start_time_s(&self) -> i64 {
        self.start_time_s
    }

    /// The number of the event that is happening.
    #[must_use]
    pub fn event(&self) -> EventNumber {
        self.event
    }

    /// The order in which messages were handled so far.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    /// Starts the next event: something that happens outside any service.
    pub fn begin_event(&mut self) -> EventNumber {
        self.event.0 += 1;
        self.event
    }

    /// A service's record.
    #[must_use]
    pub fn context(&self, service: ServiceId) -> &Context {
        &self.contexts[service.0 as usize]
    }

    pub(super) fn context_mut(&mut self, service: ServiceId) -> &mut Context {
        &mut self.contexts[service.0 as usize]
    }

    /// Every service there ever was, oldest first.
    pub fn services(&self) -> impl Iterator<Item = (ServiceId, &Context)> {
        self.contexts.iter().enumerate().map(|(index, context)| (ServiceId(index as u32), context))
    }

    /// The live service at a handle.
    #[must_use]
    #[inline]
    pub fn find(&self, handle: Handle) -> Option<ServiceId> {
        self.handles.find(handle)
    }

    /// Whether a handle belongs to another node.
    #[must_use]
    pub fn is_remote(&self, handle: Handle) -> bool {
        self.handles.is_remote(handle)
    }

    /// The handle behind a local name (without its dot).
    #[must_use]
    pub fn find_name(&self, name: &[u8]) -> Option<Handle> {
        self.names.find(name)
    }

    /// The newest service with this label.
    #[must_use]
    pub fn find_label(&self, label: &str) -> Option<ServiceId> {
        let index = self.contexts.iter().rposition(|context| context.label == label)?;
        Some(ServiceId(index as u32))
    }

    /// Gives a service the name that a scenario knows it by.
    pub fn set_label(&mut self, service: ServiceId, label: &str) {
        self.context_mut(service).label = label.to_owned();
    }

    /// Keeps a label for a service of the scenario: nobody else is given it.
    pub fn reserve_label(&mut self, label: &str) {
        self.labels.entry(label.to_owned()).or_insert(1);
    }

    /// The next Lua service that is launched with exactly this argument text gets this label.
    pub fn plan_label(&mut self, args: &[u8], label: &str) {
        self.planned.push((args.to_vec(), label.to_owned()));
    }

    /// Takes back what [`Kernel::plan_label`] said, if no such service was launched meanwhile.
    pub fn forget_label(&mut self, args: &[u8], label: &str) {
        self.planned.retain(|(planned, name)| !(planned == args && name == label));
    }

    /// The label of whoever has a handle; the handle itself if nobody has it.
    #[must_use]
    pub fn label_of(&self, handle: Handle) -> String {
        match self.contexts.iter().rev().find(|context| context.handle == handle) {
            Some(context) => context.label.clone(),
            None if handle == Handle::NONE => "runtime".to_owned(),
            None => handle.to_string(),
        }
    }

    /// How the service that had this address last has ended.
    #[must_use]
    pub fn death_of(&self, handle: Handle) -> Option<Death> {
        self.contexts.iter().rev().find(|context| context.handle == handle)?.death
    }

    /// Lends out the service object, for those who know its type. `None` while it runs or after its end.
    pub fn with_service<R>(
        &mut self,
        service: ServiceId,
        use_it: impl FnOnce(&mut Kernel, &mut dyn std::any::Any) -> R,
    ) -> Option<R> {
        let mut object = self.context_mut(service).service.take()?;
        let result = use_it(self, object.as_any());
        self.context_mut(service).service = Some(object);
        Some(result)
    }

    /// Holds a service's mailbox back, or lets it run again.
    pub fn set_pace(&mut self, service: ServiceId, pace: Pace) {
        // What a handler sent may still be on its way: until then its service stays behind it.
        let sending = self.on_the_way.iter().any(|(sender, _)| *sender == service);
        if pace == Pace::Paused || self.context(service).pace == Pace::Paused {
            self.touch(Touch::Fate(service));
        }
        let pace = if pace == Pace::Running && sending { Pace::Sending } else { pace };
        self.context_mut(service).pace = pace;
        if pace == Pace::Running && !self.context(service).mailbox.is_empty() {
            self.schedule.pushed(service);
        }
    }

    /// Every message that is sent and not handled, with its receiver, in no order: in mailboxes, on the way, delayed.
    pub fn undelivered(&self) -> impl Iterator<Item = (ServiceId, &Message)> {
        let waiting =
            self.services().flat_map(|(id, context)| context.mailbox.iter().map(move |message| (id, message)));
        let delayed = self.queue.iter().filter_map(|due| match due {
            Due::Delivery(id, message) => Some((*id, message)),
            Due::Timer { .. } | Due::CatchUp | Due::Alarm(_) => None,
        });
        let on_the_way = self.on_the_way.iter().flat_map(|(_, messages)| messages);
        waiting.chain(delayed).chain(on_the_way.map(|(id, message)| (*id, message)))
    }

    /// A fresh session of a service.
    #[inline]
    pub fn new_session(&mut self, service: ServiceId) -> Session {
        self.context_mut(service).new_session()
    }

    /// A line for the log, from a service (`skynet_error`). Lost if there is no logger.
    pub fn log(&mut self, source: Handle, text: &[u8]) {
        self.tracer_record(&Record::Log { handle: source, text });
        let Some(logger) = self.logger.and_then(|handle| self.find(handle)) else { return };
        let mut message = Message::bare(source, Session::NONE, MessageKind::TEXT, self.event);
        message.data = self.payloads.copy(text);
        self.push(logger, message);
    }

    /// Log lines that the logger has not written yet, with who logged them. Empty if the node's
    /// logger is not Skynet's own.
    #[must_use]
    pub fn unwritten_log(&self) -> Vec<(Handle, Vec<u8>)> {
        let logger = self.logger.and_then(|handle| self.find(handle)).map(|id| self.context(id));
        let waiting =
            logger.filter(|context| context.module == "logger").into_iter().flat_map(|context| &context.mailbox);
        let lines = waiting.filter(|message| message.kind == MessageKind::TEXT);
        lines.map(|message| (message.source, super::logger::line(message))).collect()
    }

    /// An error that no code caught: logged as real Skynet does, and told to the judge.
    pub fn uncaught(&mut self, handle: Handle, log_line: &[u8], text: &str) {
        self.log(handle, log_line);
        self.tracer_record(&Record::Error { handle, text: text.as_bytes() });
        self.output.incident(self.now, Incident::Uncaught { handle, text: text.to_owned() });
    }

    /// What a service prints.
    pub fn print(&mut self, service: ServiceId, bytes: &[u8]) {
        if self.tracer.is_on() {
            let handle = self.context(service).handle;
            let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            self.tracer_record(&Record::Print { handle, text });
        }
        self.output.print(bytes);
    }

    /// Records something that belongs to the current event.
    pub fn tracer_record(&mut self, record: &Record<'_>) {
        if self.tracer.is_on() {
            self.tracer.record(self.event, self.now, record);
        }
    }

    /// Ends the node as soon as the running handler returns. What comes first counts; but after an
    /// abort the handler goes on, and may yet exit, crash, or never end.
    pub fn halt(&mut self, halt: Halt) {
        if self.halt.is_none() || self.halt == Some(Halt::Abort) {
            if matches!(halt, Halt::Suspected { .. }) {
                // The run will be repeated: what it would still say, of its own end, is not part of it.
                self.output = Box::new(Silence);
            }
            self.halt = Some(halt);
        }
    }

    /// Whether no code of a service runs any more.
    pub(super) fn is_over(&self) -> bool {
        self.halt.as_ref().is_some_and(|halt| *halt != Halt::Abort)
    }

    /// Why the node ended, if it has.
    #[must_use]
    pub fn halted(&self) -> Option<&Halt> {
        self.halt.as_ref()
    }

    /// A payload holding `bytes`, from the memory that messages live in.
    #[must_use]
    pub fn payload(&self, bytes: &[u8]) -> Payload {
        if bytes.is_empty() { Payload::EMPTY } else { self.payloads.copy(bytes) }
    }

    /// Marks a service's handler as endless, as the monitor thread does.
    pub fn set_endless(&mut self, service: ServiceId) {
        self.context_mut(service).endless = true;
    }

    /// Ends what still lives, so that no service object outlives its kernel's memory. The run is over:
    /// no code of a service runs any more, not even a finalizer (which might never end).
    pub fn shut_down(&mut self) {
        self.halt.get_or_insert(Halt::Abort);
        for context in &mut self.contexts {
            if let Some(object) = context.service.take() {
                context.life = Life::Buried;
                drop(object);
            }
        }
    }
}

pub(super) struct View<'a>(pub(super) &'a [Context]);

impl Mailboxes for View<'_> {
    #[inline]
    fn length(&self, service: ServiceId) -> usize {
        let context = &self.0[service.0 as usize];
        // A mailbox held back looks empty; letting it go announces it again.
        if context.pace == Pace::Running { context.mailbox.len() } else { 0 }
    }

    #[inline]
    fn is_dead(&self, service: ServiceId) -> bool {
        self.0[service.0 as usize].life == Life::Dead
    }

    fn met_empty(&self, service: ServiceId) {
        self.0[service.0 as usize].met_empty();
    }
}
