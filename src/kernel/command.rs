//! The 16 text commands (`skynet_server.c`, `cmd_funcs`), with their texts and quirks.

use crate::base::Handle;
use crate::trace::Record;

use super::context::ServiceId;
use super::harbor::handle_in;
use super::node::{Halt, Kernel};
use super::send::{parse_decimal, parse_hex};
use super::turn::Touch;

/// A command that the service object itself must carry out, since the kernel cannot reach the
/// object while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No value.
    Nothing,
    /// A text.
    Text(Vec<u8>),
    /// SIGNAL to the caller itself, with this number.
    SignalSelf(i32),
}

impl From<Option<String>> for Answer {
    fn from(text: Option<String>) -> Answer {
        text.map_or(Answer::Nothing, |text| Answer::Text(text.into_bytes()))
    }
}

impl Kernel {
    /// Carries out a text command of a service. Unknown commands give nothing.
    pub fn command(&mut self, me: ServiceId, name: &[u8], parameter: Option<&[u8]>) -> Answer {
        // What others see at once must not overtake what this handler sent before.
        self.arrive_all();
        match name {
            b"TIMEOUT" => {}
            b"QUERY" | b"GETENV" | b"STARTTIME" => self.touch(Touch::Looked),
            b"STAT" => self.touch(Touch::Mailbox(me)),
            _ => self.touch(Touch::Changed),
        }
        let text = parameter.unwrap_or(b"");
        match name {
            b"TIMEOUT" => {
                let session = self.timeout(me, parse_decimal(text) as i32);
                Some(session.to_string()).into()
            }
            b"REG" => self.command_reg(me, text),
            b"QUERY" => self.command_query(text).into(),
            b"NAME" => self.command_name(me, text),
            b"EXIT" => {
                self.kill(me, None);
                Answer::Nothing
            }
            b"KILL" => {
                if let Some(handle) = self.resolve_handle(me, text) {
                    self.kill(me, Some(handle));
                }
                Answer::Nothing
            }
            b"LAUNCH" => self.command_launch(text).into(),
            b"GETENV" => self.environment.get(text).map_or(Answer::Nothing, |value| Answer::Text(value.to_vec())),
            b"SETENV" => self.command_setenv(text),
            b"STARTTIME" => Some(self.start_time_s().to_string()).into(),
            b"ABORT" => {
                self.abort(me);
                Answer::Nothing
            }
            b"MONITOR" => self.command_monitor(me, text).into(),
            b"STAT" => Answer::Text(self.command_stat(me, text).into_bytes()),
            b"LOGON" => self.command_logon(me, text),
            b"LOGOFF" => self.command_logoff(me, text),
            b"SIGNAL" => self.command_signal(me, text),
            _ => Answer::Nothing,
        }
    }

    fn resolve_handle(&mut self, me: ServiceId, text: &[u8]) -> Option<Handle> {
        let handle = match text {
            [b':', hex @ ..] => Handle(parse_hex(hex)),
            [b'.', name @ ..] => self.find_name(name)?,
            _ => {
                self.log_text(me, &[b"error: Can't convert ", text, b" to handle"]);
                return None;
            }
        };
        (handle != Handle::NONE).then_some(handle)
    }

    fn log_text(&mut self, me: ServiceId, parts: &[&[u8]]) {
        let handle = self.context(me).handle;
        self.log(handle, &parts.concat());
    }

    fn register_name(&mut self, name: &[u8], handle: Handle) -> Answer {
        if !self.names.register(name, handle) {
            return Answer::Nothing;
        }
        self.tracer_record(&Record::Name { handle, name });
        Answer::Text(name.to_vec())
    }

    fn command_reg(&mut self, me: ServiceId, text: &[u8]) -> Answer {
        let handle = self.context(me).handle;
        match text {
            [] => Some(format!(":{:x}", handle.0)).into(),
            [b'.', name @ ..] => self.register_name(name, handle),
            _ => {
                self.log_text(me, &[b"error: Can't register global name ", text, b" in C"]);
                Answer::Nothing
            }
        }
    }

    fn command_query(&self, text: &[u8]) -> Option<String> {
        let handle = self.find_name(text.strip_prefix(b".")?)?;
        Some(format!(":{:x}", handle.0))
    }

    /// `name :hex`, read as `sscanf("%s %s")` does.
    fn command_name(&mut self, me: ServiceId, text: &[u8]) -> Answer {
        let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (Some(name), Some(handle)) = (words.next(), words.next().and_then(handle_in)) else {
            return Answer::Nothing;
        };
        if handle == Handle::NONE {
            return Answer::Nothing;
        }
        if let [b'.', name @ ..] = name {
            return self.register_name(name, handle);
        }
        self.log_text(me, &[b"error: Can't set global name ", name, b" in C"]);
        Answer::Nothing
    }

    /// `module args`: the module's name ends at white space, the arguments at a line's end.
    fn command_launch(&mut self, text: &[u8]) -> Option<String> {
        let end = text.iter().position(|byte| b" \t\r\n".contains(byte)).unwrap_or(text.len());
        let rest = text.get(end + 1..).unwrap_or(b"");
        let args = rest.split(|byte| b"\r\n".contains(byte)).next().unwrap_or(b"");
        let module = std::str::from_utf8(&text[..end]).ok()?.to_owned();
        let id = self.launch(&module, args)?;
        Some(format!(":{:08X}", self.context(id).handle.0))
    }

    /// `key value`, cut at the first space. Setting a key twice is a C assert: the process dies.
    fn command_setenv(&mut self, text: &[u8]) -> Answer {
        if let Some(space) = text.iter().position(|byte| *byte == b' ') {
            let (key, value) = (&text[..space], &text[space + 1..]);
            if !self.environment.set(key, value) {
                let key = String::from_utf8_lossy(key);
                self.halt(Halt::Crash(format!("setenv of `{key}`, which is set already (skynet_env.c: assert)")));
            }
        }
        Answer::Nothing
    }

    fn command_monitor(&mut self, me: ServiceId, text: &[u8]) -> Option<String> {
        if text.is_empty() {
            return Some(format!(":{:x}", self.exit_monitor?.0));
        }
        self.exit_monitor = self.resolve_handle(me, text);
        None
    }

    fn command_stat(&mut self, me: ServiceId, what: &[u8]) -> String {
        let profile = self.environment.text("profile") != Some("false");
        let context = self.context_mut(me);
        match what {
            b"mqlen" => context.mailbox.len().to_string(),
            b"endless" => u8::from(std::mem::take(&mut context.endless)).to_string(),
            // Handlers use no processor time in virtual time.
            b"cpu" => "0.000000".to_owned(),
            b"time" => if profile { "0.000000" } else { "0" }.to_owned(),
            b"message" => context.messages.to_string(),
            _ => String::new(),
        }
    }

    fn command_logon(&mut self, me: ServiceId, text: &[u8]) -> Answer {
        let target = self.resolve_handle(me, text).and_then(|handle| self.find(handle));
        let (Some(target), Some(folder)) = (target, self.environment.text("logpath")) else {
            return Answer::Nothing;
        };
        let path = format!("{folder}/{:08x}.log", self.context(target).handle.0);
        if self.context(target).message_log.is_none() {
            self.log_text(me, &[b"Open log file ", path.as_bytes()]);
            let line = format!("open time: {}\n", self.now.as_ticks());
            self.output.append(&path, line.as_bytes());
            self.context_mut(target).message_log = Some(path);
        }
        Answer::Nothing
    }

    fn command_logoff(&mut self, me: ServiceId, text: &[u8]) -> Answer {
        let target = self.resolve_handle(me, text).and_then(|handle| self.find(handle));
        if let Some(target) = target
            && let Some(path) = self.context_mut(target).message_log.take()
        {
            let handle = self.context(target).handle;
            self.log_text(me, &[b"Close log file ", handle.to_string().as_bytes()]);
            let line = format!("close time: {}\n", self.now.as_ticks());
            self.output.append(&path, line.as_bytes());
        }
        Answer::Nothing
    }

    fn command_signal(&mut self, me: ServiceId, text: &[u8]) -> Answer {
        let Some(target) = self.resolve_handle(me, text).and_then(|handle| self.find(handle)) else {
            return Answer::Nothing;
        };
        let number = text.iter().position(|byte| *byte == b' ').map_or(0, |space| parse_decimal(&text[space + 1..]));
        if target == me {
            return Answer::SignalSelf(number as i32);
        }
        if let Some(mut object) = self.context_mut(target).service.take() {
            object.signal(self, number as i32);
            self.context_mut(target).service = Some(object);
        }
        Answer::Nothing
    }
}
