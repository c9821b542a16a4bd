//! Scripted services that stand in for Lua: their file's name says what they do.

use std::any::Any;

use crate::base::{Handle, MessageKind, Session, Value};
use crate::kernel::send::{Outgoing, SessionChoice};
use crate::kernel::{Kernel, Message, Module, Received, Service, ServiceId, Started};
use crate::seri;

/// The module `snlua`.
pub(super) struct Scripted;

struct Script {
    me: ServiceId,
    args: String,
    calls: i64,
}

impl Module for Scripted {
    fn name(&self) -> &str {
        "snlua"
    }

    fn create(&self, _kernel: &mut Kernel, args: &[u8]) -> Box<dyn Service> {
        Box::new(Script { me: ServiceId(0), args: String::from_utf8_lossy(args).into_owned(), calls: 0 })
    }
}

impl Script {
    fn send(&self, kernel: &mut Kernel, to: Handle, kind: MessageKind, session: Session, values: &[Value]) {
        let data = kernel.payload(&seri::encode(values).unwrap());
        let session = SessionChoice::Given(session);
        kernel.send(self.me, to, Outgoing { source: None, kind, session, data, origin: None });
    }

    fn bootstrap(&self, kernel: &mut Kernel) {
        let launcher = kernel.launch("snlua", b"launcher").unwrap();
        let handle = kernel.context(launcher).handle();
        kernel.command(self.me, b"NAME", Some(format!(".launcher {handle}").as_bytes()));
        kernel.kill(self.me, None);
    }

    fn launch(&self, kernel: &mut Kernel, message: &Message, values: &[Value]) {
        if values.first() == Some(&"REMOVE".into()) {
            return;
        }
        let [_, Value::String(module), Value::String(args)] = values else { panic!("LAUNCH {values:?}") };
        let answer = match kernel.launch(std::str::from_utf8(module).unwrap(), args) {
            Some(id) => (MessageKind::RESPONSE, vec![Value::Integer(kernel.context(id).handle().0.into())]),
            None => (MessageKind::ERROR, Vec::new()),
        };
        // `stuck` never says that it has started.
        if !args.starts_with(b"stuck") {
            self.send(kernel, message.source, answer.0, message.session, &answer.1);
        }
    }

    /// `echo`: answers what it is told, counting; `fail` gives an error, `silent` gives no answer,
    /// `cry` logs an uncaught error, `forward` asks the local name that follows.
    fn echo(&mut self, kernel: &mut Kernel, message: &Message, values: &[Value]) {
        self.calls += 1;
        let command = match values.first() {
            Some(Value::String(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        };
        match command.as_str() {
            "silent" => {}
            "cry" => kernel.uncaught(kernel.context(self.me).handle(), b"lua call failed", "attempt to cry"),
            "fail" => self.send(kernel, message.source, MessageKind::ERROR, message.session, &[]),
            "count" => {
                let answer = [Value::Integer(self.calls)];
                self.send(kernel, message.source, MessageKind::RESPONSE, message.session, &answer);
            }
            _ if message.session != Session::NONE => {
                self.send(kernel, message.source, MessageKind::RESPONSE, message.session, values);
            }
            _ => {}
        }
    }
}

impl Service for Script {
    fn start(&mut self, kernel: &mut Kernel, me: ServiceId, _args: &[u8]) -> Started {
        self.me = me;
        let handle = kernel.context(me).handle();
        if self.args.starts_with("bootstrap") {
            self.send(kernel, handle, MessageKind::TEXT, Session::NONE, &[]);
        }
        if self.args.starts_with("broken") { Started::No } else { Started::Yes }
    }

    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received {
        if self.args.starts_with("bootstrap") {
            self.bootstrap(kernel);
            return Received::Handled;
        }
        let values = seri::decode(message.data.bytes()).unwrap();
        match message.kind {
            MessageKind::LUA if self.args.starts_with("launcher") => self.launch(kernel, message, &values),
            MessageKind::LUA => self.echo(kernel, message, &values),
            MessageKind::DEBUG if values.first() == Some(&"EXIT".into()) => kernel.kill(self.me, None),
            MessageKind::DEBUG => {
                let answer = [Value::Boolean(true), "printed".into()];
                self.send(kernel, message.source, MessageKind::RESPONSE, message.session, &answer);
            }
            _ => {}
        }
        Received::Handled
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
