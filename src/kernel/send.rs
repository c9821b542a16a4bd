//! Getting a message into a mailbox: `skynet_send`, `skynet_sendname`, and the harbor's detour.

use crate::base::{EventNumber, Handle, MessageKind, Session, Span};
use crate::memory::Payload;
use crate::trace::{DiscardReason, Effect, Envelope, Record};

use super::context::{Life, Pace, ServiceId};
use super::intercept::{Sending, Verdict};
use super::message::{Extra, Message, Origin, Remote};
use super::node::{Halt, Kernel};
use super::oddity::Oddity;
use super::output::Incident;
use super::step::Due;
use super::turn::{Steering, Touch};

/// Where a message shall go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A service's handle.
    Handle(Handle),
    /// A global name, cut to 16 bytes: through the harbor service.
    Global(Vec<u8>),
}

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is in the mailbox, or on its way; with this session.
    Yes(Session),
    /// There is no such service. For a handle a session has been used up nevertheless.
    NoService,
}

/// Which session a message shall carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionChoice {
    /// This one.
    Given(Session),
    /// A fresh one of the sender (`PTYPE_TAG_ALLOCSESSION`).
    Fresh,
}

/// A send in full: who, with what number, what.
#[derive(Debug)]
pub struct Outgoing {
    /// A forged source; `None` for the sender itself.
    pub source: Option<Handle>,
    /// The message's type.
    pub kind: MessageKind,
    /// Its session.
    pub session: SessionChoice,
    /// Its bytes.
    pub data: Payload,
    /// Where in the sender's code, when the run was asked for detail.
    pub origin: Option<Origin>,
}

/// Global names are cut to this many bytes (`GLOBALNAME_LENGTH`).
const GLOBAL_NAME_BYTES: usize = 16;

impl Kernel {
    /// Sends from a service to a handle (`skynet_send`). Always inlined, as what it calls on the usual
    /// way: the message is put together in the mailbox, and never copied.
    #[inline(always)]
    pub fn send(&mut self, sender: ServiceId, to: Handle, outgoing: Outgoing) -> Sent {
        let session = match outgoing.session {
            SessionChoice::Given(session) => session,
            SessionChoice::Fresh => self.new_session(sender),
        };
        let source = outgoing.source.unwrap_or(self.context(sender).handle);
        if to == Handle::NONE {
            return self.send_to_nobody(sender, session, outgoing);
        }
        if self.handles.is_remote(to) {
            return self.send_through_harbor(Address::Handle(to), source, session, outgoing);
        }
        let Some(receiver) = self.find(to) else {
            self.note_dead_letter(source, to, outgoing.kind);
            return Sent::NoService;
        };
        let extra = outgoing.origin.map(|origin| Box::new(Extra { origin: Some(origin), remote: None }));
        let message = Message { source, session, kind: outgoing.kind, cause: self.event, data: outgoing.data, extra };
        self.post(receiver, message);
        Sent::Yes(session)
    }

    /// A message for somebody who is gone. That he does not hear of an answer any more is nothing odd.
    #[cold]
    pub(super) fn note_dead_letter(&mut self, from: Handle, to: Handle, kind: MessageKind) {
        self.touch(Touch::Looked);
        if !matches!(kind, MessageKind::RESPONSE | MessageKind::ERROR) {
            let oddity = Oddity::MessageToTheDead { to, kind };
            self.output.incident(self.now, Incident::Odd { handle: from, oddity });
        }
    }

    #[cold]
    fn send_to_nobody(&mut self, sender: ServiceId, session: Session, outgoing: Outgoing) -> Sent {
        if outgoing.data.is_empty() {
            return Sent::Yes(session);
        }
        let me = self.context(sender).handle;
        self.log(me, b"error: Destination address can't be 0");
        Sent::NoService
    }

    /// Sends to an address as text (`skynet_sendname`): `:hex`, `.name`, or a global name.
    pub fn send_name(&mut self, sender: ServiceId, address: &[u8], outgoing: Outgoing) -> Sent {
        match address {
            [b':', hex @ ..] => self.send(sender, Handle(parse_hex(hex)), outgoing),
            [b'.', name @ ..] => {
                self.touch(Touch::Looked);
                match self.find_name(name) {
                    Some(handle) => self.send(sender, handle, outgoing),
                    None => Sent::NoService,
                }
            }
            name => {
                let session = match outgoing.session {
                    SessionChoice::Given(session) => session,
                    SessionChoice::Fresh => self.new_session(sender),
                };
                let source = outgoing.source.unwrap_or(self.context(sender).handle);
                let name = name[..name.len().min(GLOBAL_NAME_BYTES)].to_vec();
                self.send_through_harbor(Address::Global(name), source, session, outgoing)
            }
        }
    }

    #[cold]
    fn send_through_harbor(&mut self, to: Address, source: Handle, session: Session, outgoing: Outgoing) -> Sent {
        let Some(harbor) = self.harbor else {
            self.halt(Halt::Crash(
                "a message to a global name or another node before the harbor service exists (skynet_harbor.c: assert)"
                    .to_owned(),
            ));
            return Sent::NoService;
        };
        let remote = Remote { to, kind: outgoing.kind, data: outgoing.data };
        let mut message = Message::bare(source, session, MessageKind::SYSTEM, self.event);
        message.extra = Some(Box::new(Extra { origin: outgoing.origin, remote: Some(remote) }));
        self.post(harbor, message);
        Sent::Yes(session)
    }

    /// Puts a message on its way: past the faults, then into the mailbox.
    #[inline(always)]
    pub(super) fn post(&mut self, receiver: ServiceId, message: Message) {
        if self.interceptor.is_some() {
            self.post_past_faults(receiver, message);
        } else {
            self.push(receiver, message);
        }
    }

    #[cold]
    fn post_past_faults(&mut self, receiver: ServiceId, message: Message) {
        let Some(mut interceptor) = self.interceptor.take() else { return };
        let from = self.find(message.source).map(|id| self.context(id).label());
        let context = self.context(receiver);
        let coming = self.outbox.iter().filter(|(to, _)| *to == receiver).count();
        let waiting = context.mailbox.len() + coming;
        let sending = Sending { now: self.now, from, to: context.handle, to_label: context.label(), waiting };
        let ruling = interceptor.judge(sending, &message);
        if let Some(ruling) = ruling {
            let envelope = message.envelope(sending.to);
            self.record_fault(interceptor.rule_name(ruling.rule), ruling.verdict, envelope);
        }
        self.interceptor = Some(interceptor);
        match ruling.map(|ruling| ruling.verdict) {
            None => self.push(receiver, message),
            Some(Verdict::Drop) => {}
            Some(Verdict::Delay(span)) => self.queue.push(self.now + span, Due::Delivery(receiver, message)),
            Some(Verdict::Duplicate(span)) => {
                let copy = self.copy_of(&message);
                self.push(receiver, message);
                if span == Span::ZERO {
                    self.push(receiver, copy);
                } else {
                    self.queue.push(self.now + span, Due::Delivery(receiver, copy));
                }
            }
            Some(Verdict::Error) => self.answer_with_error(receiver, &message),
            Some(Verdict::Overtake(places)) => self.overtake(receiver, message, places),
        }
    }

    /// Into the mailbox, before some of what waits there. A message that was named as the next stays that.
    fn overtake(&mut self, receiver: ServiceId, message: Message, places: usize) {
        self.arrive_all();
        let fixed = self.held == Some(receiver) || self.context(receiver).pace == Pace::Barred;
        let mailbox = &mut self.context_mut(receiver).mailbox;
        let place = mailbox.len().saturating_sub(places).max(usize::from(fixed));
        if place < mailbox.len() {
            mailbox.insert(place, message);
            self.schedule.pushed(receiver);
        } else {
            self.deliver(receiver, message);
        }
    }

    fn copy_of(&self, message: &Message) -> Message {
        let mut copy = Message::bare(message.source, message.session, message.kind, message.cause);
        copy.data = self.payload(message.data.bytes());
        copy.extra = message.extra.as_ref().map(|extra| {
            let remote = extra.remote.as_ref().map(|remote| Remote {
                to: remote.to.clone(),
                kind: remote.kind,
                data: self.payload(remote.data.bytes()),
            });
            Box::new(Extra { origin: extra.origin.clone(), remote })
        });
        copy
    }

    fn record_fault(&mut self, rule: &str, verdict: Verdict, message: Envelope) {
        let effects = match verdict {
            Verdict::Drop => [Some(Effect::Drop), None],
            Verdict::Delay(span) => [Some(Effect::Delay(span)), None],
            Verdict::Duplicate(Span::ZERO) => [Some(Effect::Duplicate(1)), None],
            Verdict::Duplicate(span) => [Some(Effect::Duplicate(1)), Some(Effect::Delay(span))],
            Verdict::Error => [Some(Effect::Error), None],
            Verdict::Overtake(places) => [Some(Effect::Other { name: "reorder", amount: places as u64 }), None],
        };
        for effect in effects.into_iter().flatten() {
            self.tracer_record(&Record::Fault { rule, effect, message });
        }
    }

    /// The message goes into the mailbox now, or with the rest of what this handler sends.
    #[inline(always)]
    pub(super) fn push(&mut self, receiver: ServiceId, message: Message) {
        self.touch(Touch::Sent(receiver));
        if self.running.is_some() && self.schedule.holds_back() {
            self.outbox.push_back((receiver, message));
        } else {
            self.deliver(receiver, message);
        }
    }

    /// Into the mailbox. A mailbox that died meanwhile answers as a dead one does.
    #[inline(always)]
    pub(super) fn deliver(&mut self, receiver: ServiceId, message: Message) {
        let context = &mut self.contexts[receiver.0 as usize];
        if context.life == Life::Buried {
            self.deliver_to_buried(receiver, message);
            return;
        }
        context.mailbox.push_back(message);
        context.ask_for_lines(self.event);
        self.schedule.pushed(receiver);
        if self.steering == Steering::On {
            self.schedule.touched(Touch::Arrived(receiver));
        }
    }

    #[cold]
    fn deliver_to_buried(&mut self, receiver: ServiceId, message: Message) {
        self.touch(Touch::Mailbox(receiver));
        self.discard(receiver, &message, DiscardReason::DeadMailbox);
        self.answer_with_error(receiver, &message);
    }

    /// Everything this handler has sent so far arrives: called before anything whose effect others
    /// see at once, so that no later effect overtakes an earlier message.
    #[inline]
    pub(super) fn arrive_all(&mut self) {
        if !self.outbox.is_empty() {
            self.tell_gate_of_arrival(self.event);
        }
        while let Some((receiver, message)) = self.outbox.pop_front() {
            self.deliver(receiver, message);
        }
    }

    /// What a handler that has run left on its way arrives, all of it.
    pub(super) fn arrive_from(&mut self, sender: ServiceId) {
        if let Some(index) = self.on_the_way.iter().position(|(id, _)| *id == sender) {
            let (_, messages) = self.on_the_way.swap_remove(index);
            if let Some((_, first)) = messages.front() {
                self.tell_gate_of_arrival(first.cause);
            }
            for (receiver, message) in messages {
                self.deliver(receiver, message);
            }
        }
    }

    /// An ERROR for a message that will not be handled, to its source (`drop_message`).
    pub(super) fn answer_with_error(&mut self, receiver: ServiceId, message: &Message) {
        let from = self.context(receiver).handle;
        if message.source == Handle::NONE || self.handles.is_remote(message.source) {
            return;
        }
        if let Some(source) = self.find(message.source) {
            self.push(source, Message::bare(from, message.session, MessageKind::ERROR, self.event));
        }
    }

    pub(super) fn discard(&mut self, receiver: ServiceId, message: &Message, reason: DiscardReason) {
        if self.tracer.is_on() {
            let to = self.context(receiver).handle;
            self.tracer_record(&Record::Discard { message: message.envelope(to), reason });
        }
    }

    /// Starts a timer (`skynet_timeout`): an empty RESPONSE after `ticks`; at once if not positive.
    #[inline]
    pub fn timeout(&mut self, service: ServiceId, ticks: i32) -> Session {
        let session = self.new_session(service);
        if ticks <= 0 {
            let message = Message::bare(Handle::NONE, session, MessageKind::RESPONSE, self.event);
            self.push(service, message);
        } else {
            let due = crate::base::VirtualTime::from_ticks(self.ticks() + ticks as u64);
            self.touch(Touch::Time);
            self.touch(Touch::Timer(due));
            self.queue.push(due, Due::Timer { service, session, cause: self.event });
        }
        session
    }

    /// A call on behalf of the simulator for something at a later moment.
    pub fn alarm(&mut self, at: crate::base::VirtualTime, number: u64) {
        self.queue.push(at.max(self.now), Due::Alarm(number));
    }

    /// The event that a message or timer made now would name as its cause.
    #[must_use]
    pub fn cause(&self) -> EventNumber {
        self.event
    }
}

/// White space, sign and the rest, as C's `strtol` and `strtoul` begin.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
    match &text[start..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    }
}

/// The number that digits make, or the largest there is.
fn digits(text: &[u8], base: u32) -> i128 {
    const LARGEST: i128 = 1 << 70;
    let digits = text.iter().map_while(|byte| char::from(*byte).to_digit(base));
    digits.fold(0, |value, digit| (value * i128::from(base) + i128::from(digit)).min(LARGEST))
}

/// The hexadecimal number at the start of a text, as C's `strtoul` reads it and a handle keeps it; 0
/// if there is none.
#[must_use]
pub fn parse_hex(text: &[u8]) -> u32 {
    let (negative, text) = sign(text);
    let text = match text {
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => rest,
        rest => rest,
    };
    match u64::try_from(digits(text, 16)) {
        Ok(value) if negative => value.wrapping_neg() as u32,
        Ok(value) => value as u32,
        Err(_) => u32::MAX,
    }
}

/// The decimal number at the start of a text, as C's `strtol` reads it; 0 if there is none.
#[must_use]
pub fn parse_decimal(text: &[u8]) -> i64 {
    let (negative, text) = sign(text);
    let value = digits(text, 10);
    let value = if negative { -value } else { value };
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_c_reads_them() {
        assert_eq!(parse_hex(b"0000000a"), 10);
        assert_eq!(parse_hex(b"00ff rest"), 255);
        assert_eq!(parse_hex(b"0x1F"), 31);
        assert_eq!(parse_hex(b"zz"), 0);
        assert_eq!(parse_decimal(b" -12abc"), -12);
        assert_eq!(parse_decimal(b"abc"), 0);
        assert_eq!(parse_hex(b"\x0b-ff"), 0xffff_ff01);
        assert_eq!(parse_hex(b"fffffffff"), u32::MAX);
        assert_eq!(parse_hex(b"100000000000000000"), u32::MAX, "out of range");
        assert_eq!(parse_hex(b"-100000000000000000"), u32::MAX, "not negated");
        assert_eq!(parse_hex(b"0xg"), 0);
        assert_eq!(parse_decimal(b"\x0b\x0c\r7"), 7);
        assert_eq!(parse_decimal(b"\x1c7"), 0);
        assert_eq!(parse_decimal(b"-9223372036854775808"), i64::MIN);
        assert_eq!(parse_decimal(b"-99999999999999999999"), i64::MIN);
        assert_eq!(parse_decimal(b"99999999999999999999"), i64::MAX);
    }

    proptest! {
        #[test]
        fn no_text_panics(text: Vec<u8>) {
            let _ = (parse_hex(&text), parse_decimal(&text));
        }
    }
}
