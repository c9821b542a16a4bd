//! The harbor service in one node (`service_harbor.c`): global names, and messages to nodes that
//! are not there. A message by global name takes one hop more than one by handle.

use std::any::Any;
use std::collections::BTreeMap;

use crate::base::{Handle, MessageKind, Session};
use crate::memory::Payload;

use super::context::ServiceId;
use super::message::{Message, Remote};
use super::node::Kernel;
use super::send::{Address, Outgoing, SessionChoice, parse_decimal, parse_hex};
use super::service::{Module, Received, Service, Started};

pub(super) struct HarborModule;

/// What is known of a global name: its owner, or who waits for one.
enum Name {
    Owner(Handle),
    Wanted(Vec<Waiting>),
}

struct Waiting {
    source: Handle,
    session: Session,
    kind: MessageKind,
    data: Payload,
}

struct Harbor {
    me: ServiceId,
    id: u32,
    slave: Handle,
    names: BTreeMap<Vec<u8>, Name>,
}

impl Module for HarborModule {
    fn name(&self) -> &str {
        "harbor"
    }

    fn create(&self, _kernel: &mut Kernel, _args: &[u8]) -> Box<dyn Service> {
        Box::new(Harbor { me: ServiceId(0), id: 0, slave: Handle::NONE, names: BTreeMap::new() })
    }
}

impl Service for Harbor {
    fn start(&mut self, kernel: &mut Kernel, me: ServiceId, args: &[u8]) -> Started {
        // "%d %u": this node's number and the handle of its cslave.
        let mut words = args.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let id = words.next().map_or(0, parse_decimal);
        let slave = words.next().map_or(0, parse_decimal);
        if slave == 0 {
            return Started::No;
        }
        (self.me, self.id, self.slave) = (me, (id as u32) << 24, Handle(slave as u32));
        kernel.harbor = Some(me);
        Started::Yes
    }

    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received {
        match message.kind {
            MessageKind::HARBOR => self.command(kernel, message),
            MessageKind::SYSTEM => {
                if let Some(remote) = message.extra.as_mut().and_then(|extra| extra.remote.take()) {
                    self.forward(kernel, message, remote);
                }
            }
            kind => self.refuse(kernel, message, kind),
        }
        Received::Handled
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Harbor {
    fn log(&self, kernel: &mut Kernel, text: &str) {
        let me = kernel.context(self.me).handle();
        kernel.log(me, text.as_bytes());
    }

    fn send(&self, kernel: &mut Kernel, to: Handle, waiting: Waiting) {
        let outgoing = Outgoing {
            source: Some(waiting.source),
            kind: waiting.kind,
            session: SessionChoice::Given(waiting.session),
            data: waiting.data,
            origin: None,
        };
        kernel.send(self.me, to, outgoing);
    }

    fn refuse(&self, kernel: &mut Kernel, message: &Message, kind: MessageKind) {
        self.log(kernel, &format!("recv invalid message from {:x},  type = {}", message.source.0, kind.0));
        if message.session != Session::NONE && kind != MessageKind::ERROR {
            let answer = Waiting {
                source: kernel.context(self.me).handle(),
                session: message.session,
                kind: MessageKind::ERROR,
                data: Payload::EMPTY,
            };
            self.send(kernel, message.source, answer);
        }
    }

    /// `N name`: the message's source owns `name` from now on, and gets what waited for it.
    fn command(&mut self, kernel: &mut Kernel, message: &Message) {
        let bytes = message.data.bytes();
        let [b'N', rest @ ..] = bytes else {
            self.log(kernel, &format!("Unknown command {}", String::from_utf8_lossy(bytes)));
            return;
        };
        let name = rest.strip_prefix(b" ").unwrap_or(rest);
        if name.is_empty() || name.len() >= 16 {
            self.log(kernel, &format!("Invalid global name {}", String::from_utf8_lossy(name)));
            return;
        }
        let owner = message.source;
        if let Some(Name::Wanted(waiting)) = self.names.insert(name.to_vec(), Name::Owner(owner)) {
            for message in waiting {
                self.send(kernel, owner, message);
            }
        }
    }

    fn forward(&mut self, kernel: &mut Kernel, message: &Message, remote: Remote) {
        let waiting =
            Waiting { source: message.source, session: message.session, kind: remote.kind, data: remote.data };
        match remote.to {
            Address::Handle(to) => self.forward_to(kernel, to, waiting),
            Address::Global(name) => match self.names.get_mut(&name) {
                Some(Name::Owner(owner)) => {
                    let owner = *owner;
                    self.forward_to(kernel, owner, waiting);
                }
                Some(Name::Wanted(queue)) => queue.push(waiting),
                None => {
                    self.ask_slave(kernel, &name);
                    self.names.insert(name, Name::Wanted(vec![waiting]));
                }
            },
        }
    }

    fn ask_slave(&self, kernel: &mut Kernel, name: &[u8]) {
        let data = kernel.payload(&[b"Q ", name].concat());
        let source = kernel.context(self.me).handle();
        self.send(kernel, self.slave, Waiting { source, session: Session::NONE, kind: MessageKind::TEXT, data });
    }

    fn forward_to(&self, kernel: &mut Kernel, to: Handle, waiting: Waiting) {
        let harbor = to.0 & 0xff00_0000;
        if harbor == self.id || harbor == 0 {
            self.send(kernel, to, waiting);
            return;
        }
        let text = format!(
            "Drop message to harbor {} from {:x} to {:x} (session = {}, msgsz = {})",
            harbor >> 24,
            waiting.source.0,
            to.0,
            waiting.session,
            waiting.data.len()
        );
        let answer = Waiting { source: to, session: waiting.session, kind: MessageKind::ERROR, data: Payload::EMPTY };
        self.send(kernel, waiting.source, answer);
        self.log(kernel, &text);
    }
}

/// The handle in `:hex` text.
#[must_use]
pub(super) fn handle_in(text: &[u8]) -> Option<Handle> {
    match text {
        [b':', hex @ ..] => Some(Handle(parse_hex(hex))),
        _ => None,
    }
}
