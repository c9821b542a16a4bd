//! The logger service (`service_logger.c`): turns TEXT messages into lines.

use std::any::Any;

use crate::base::MessageKind;

use super::context::ServiceId;
use super::message::Message;
use super::node::Kernel;
use super::service::{Module, Received, Service, Started};

/// A log line, as it is written.
pub(super) fn line(message: &Message) -> Vec<u8> {
    let mut line = format!("[{}] ", message.source).into_bytes();
    line.extend_from_slice(message.data.bytes());
    line
}

pub(super) struct LoggerModule;

struct Logger {
    file: Option<String>,
}

impl Module for LoggerModule {
    fn name(&self) -> &str {
        "logger"
    }

    fn create(&self, _kernel: &mut Kernel, args: &[u8]) -> Box<dyn Service> {
        let file = String::from_utf8_lossy(args).into_owned();
        Box::new(Logger { file: (!file.is_empty()).then_some(file) })
    }
}

impl Service for Logger {
    fn start(&mut self, _kernel: &mut Kernel, _me: ServiceId, _args: &[u8]) -> Started {
        Started::Yes
    }

    fn receive(&mut self, kernel: &mut Kernel, message: &mut Message) -> Received {
        if message.kind == MessageKind::TEXT {
            let line = line(message);
            let now = kernel.now();
            kernel.output.log(now, message.source, &line, self.file.as_deref());
        }
        Received::Handled
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
