//! From a record to the bytes of its line, without the hash. The hot path: only appends to a buffer.

use super::VERSION;
use super::payload;
use super::record::{Check, Effect, Envelope, Outcome, Record};
use crate::base::{EventNumber, Handle, MessageKind, VirtualTime};
use crate::seri::json::{self, EIGHT_DIGITS};

/// Appends the line up to its hash. `place` is the Lua traceback of whoever caused the event.
#[inline]
pub(super) fn write(
    number: EventNumber,
    time: VirtualTime,
    record: &Record<'_>,
    place: Option<&[u8]>,
    out: &mut Vec<u8>,
) {
    match record {
        Record::Deliver { message, data } => deliver(number, time, message, data, &mut Known::default(), out),
        Record::Start { .. } => fields(record, out),
        _ => {
            out.extend_from_slice(b"{\"n\":");
            json::integer(number.0, out);
            out.extend_from_slice(b",\"t\":");
            json::integer(time.as_nanos(), out);
            out.extend_from_slice(b",\"type\":\"");
            fields(record, out);
        }
    }
    if let Some(place) = place {
        text(b",\"where\":", place, out);
    }
}

/// Most lines of a trace are of this type: everything before the data goes straight into place.
#[inline]
pub(super) fn deliver(
    number: EventNumber,
    time: VirtualTime,
    message: &Envelope,
    data: &[u8],
    known: &mut Known,
    out: &mut Vec<u8>,
) {
    let start = out.len();
    out.resize(start + Head::BYTES_MAX, 0);
    let mut head = Head { bytes: &mut out[start..], length: 0 };
    head.put(b"{\"n\":");
    let cause = if message.cause.0 == known.number.value { known.number } else { Digits::of(message.cause.0) };
    known.number = known.number.move_on(number.0);
    head.digits(known.number);
    head.put(b",\"t\":");
    let nanos = time.as_nanos();
    if nanos < EIGHT_DIGITS {
        head.number(nanos);
    } else {
        known.hundred_millis = known.hundred_millis.or(nanos / EIGHT_DIGITS);
        head.digits(known.hundred_millis);
        head.eight_digits(nanos % EIGHT_DIGITS);
    }
    head.put(b",\"type\":\"deliver\",\"cause\":");
    head.digits(cause);
    head.put(b",\"from\":\":");
    head.put(&json::hex32(message.from.0));
    head.put(b"\",\"to\":\":");
    head.put(&json::hex32(message.to.0));
    head.put(b"\",\"session\":");
    if message.session.0 < 0 {
        head.put(b"-");
    }
    known.session = known.session.or(u64::from(message.session.0.unsigned_abs()));
    head.digits(known.session);
    match message.kind {
        MessageKind::LUA => head.put(b",\"kind\":\"lua\",\"size\":"),
        MessageKind::RESPONSE => head.put(b",\"kind\":\"response\",\"size\":"),
        kind => {
            head.put(b",\"kind\":\"");
            match kind.name() {
                Some(name) => name.bytes().for_each(|byte| head.put(&[byte])),
                None => head.number(u64::from(kind.0)),
            }
            head.put(b"\",\"size\":");
        }
    }
    head.number(data.len() as u64);
    head.put(b",");
    let length = head.length;
    out.truncate(start + length);
    payload::write(b"args", message.kind, data, out);
}

/// Numbers of the line before. The next one has most of them again, or the next ones.
#[derive(Default)]
pub(super) struct Known {
    number: Digits,
    hundred_millis: Digits,
    session: Digits,
}

/// A number with its decimal digits.
#[derive(Clone, Copy)]
struct Digits {
    value: u64,
    /// The first in the lowest byte, as [`json::decimal`] gives them.
    digits: u64,
    /// How many they are; 0 for a number that has more than eight.
    length: usize,
}

impl Default for Digits {
    fn default() -> Digits {
        Digits::of(0)
    }
}

impl Digits {
    #[inline(always)]
    fn of(value: u64) -> Digits {
        if value >= EIGHT_DIGITS {
            return Digits { value, digits: 0, length: 0 };
        }
        let (digits, length) = json::decimal(value);
        Digits { value, digits: u64::from_le_bytes(digits), length }
    }

    /// The digits of `value`, which is likely to be this number.
    #[inline(always)]
    fn or(self, value: u64) -> Digits {
        if value == self.value { self } else { Digits::of(value) }
    }

    /// The digits of `value`, which is likely to be the next number.
    #[inline(always)]
    fn move_on(self, value: u64) -> Digits {
        let last = 8 * (self.length.max(1) - 1);
        if value != self.value.wrapping_add(1) || self.length == 0 || self.digits >> last & 0xff == u64::from(b'9') {
            return Digits::of(value);
        }
        // Only the last digit differs.
        Digits { value, digits: self.digits + (1 << last), length: self.length }
    }
}

/// The part of a line whose length has a bound, written in place.
struct Head<'a> {
    bytes: &'a mut [u8],
    length: usize,
}

impl Head<'_> {
    /// More than keys, five numbers of 20 digits, two handles and a type's name need.
    const BYTES_MAX: usize = 256;

    #[inline(always)]
    fn put<const N: usize>(&mut self, text: &[u8; N]) {
        self.bytes[self.length..self.length + N].copy_from_slice(text);
        self.length += N;
    }

    /// Inlined wherever it is used, as all of this, so that the length stays in a register.
    #[inline(always)]
    fn number(&mut self, value: u64) {
        if value < EIGHT_DIGITS {
            self.short_number(value);
        } else {
            self.length = long_number(value, self.bytes, self.length);
        }
    }

    #[inline(always)]
    fn digits(&mut self, number: Digits) {
        if number.length == 0 {
            self.length = long_number(number.value, self.bytes, self.length);
        } else {
            self.eight_bytes(number.digits.to_le_bytes(), number.length);
        }
    }

    /// A number below [`EIGHT_DIGITS`].
    #[inline(always)]
    fn short_number(&mut self, value: u64) {
        let (digits, length) = json::decimal(value);
        self.eight_bytes(digits, length);
    }

    /// The first bytes of eight. A copy of fixed length is one store; what comes next lies over what is too much.
    #[inline(always)]
    fn eight_bytes(&mut self, bytes: [u8; 8], length: usize) {
        self.bytes[self.length..self.length + 8].copy_from_slice(&bytes);
        self.length += length;
    }

    #[inline(always)]
    fn eight_digits(&mut self, value: u64) {
        self.put(&json::eight_digits(value));
    }
}

/// A number from [`EIGHT_DIGITS`] on: where it ends.
#[inline(never)]
fn long_number(value: u64, bytes: &mut [u8], length: usize) -> usize {
    let mut head = Head { bytes, length };
    let high = value / EIGHT_DIGITS;
    if high < EIGHT_DIGITS {
        head.short_number(high);
    } else {
        head.short_number(high / EIGHT_DIGITS);
        head.eight_digits(high % EIGHT_DIGITS);
    }
    head.eight_digits(value % EIGHT_DIGITS);
    head.length
}

/// Appends the rest of the type's name and the fields.
fn fields(record: &Record<'_>, out: &mut Vec<u8>) {
    match *record {
        Record::Start { .. } => start(record, out),
        // Written by `deliver`.
        Record::Deliver { .. } => {}
        Record::Launch { handle: who, name, module, args } => {
            handle(b"launch\",\"handle\":\"", who, out);
            text(b",\"name\":", name, out);
            text(b",\"module\":", module, out);
            text(b",\"args\":", args, out);
        }
        Record::Discard { ref message, reason } => {
            out.extend_from_slice(b"discard\"");
            envelope(message, out);
            text(b",\"reason\":", reason.as_str().as_bytes(), out);
        }
        Record::Log { handle: who, text: line } => {
            handle(b"log\",\"handle\":\"", who, out);
            text(b",\"text\":", line, out);
        }
        Record::Print { handle: who, text: line } => {
            handle(b"print\",\"handle\":\"", who, out);
            text(b",\"text\":", line, out);
        }
        Record::Name { handle: who, name } => {
            handle(b"name\",\"handle\":\"", who, out);
            text(b",\"name\":", name, out);
        }
        Record::Exit { handle: who, by, how } => {
            handle(b"exit\",\"handle\":\"", who, out);
            handle(b",\"by\":\"", by, out);
            text(b",\"how\":", how.as_str().as_bytes(), out);
        }
        Record::Error { handle: who, text: message } => {
            handle(b"error\",\"handle\":\"", who, out);
            text(b",\"text\":", message, out);
        }
        Record::Fault { rule, effect, ref message } => {
            text(b"fault\",\"rule\":", rule.as_bytes(), out);
            fault_effect(effect, out);
            envelope(message, out);
        }
        Record::Action { index, what } => {
            integer(b"action\",\"index\":", u64::from(index), out);
            text(b",\"what\":", what.as_bytes(), out);
        }
        Record::Outcome { index, outcome } => {
            integer(b"outcome\",\"index\":", u64::from(index), out);
            outcome_fields(outcome, out);
        }
        Record::Check { name, check } => {
            text(b"check\",\"name\":", name.as_bytes(), out);
            check_fields(check, out);
        }
        Record::End { verdict, events, reason } => {
            text(b"end\",\"verdict\":", verdict.as_bytes(), out);
            integer(b",\"events\":", events, out);
            text(b",\"reason\":", reason.as_bytes(), out);
        }
    }
}

fn start(record: &Record<'_>, out: &mut Vec<u8>) {
    let Record::Start { skysim, lua, library, scenario, seed, schedule } = *record else { return };
    integer(b"{\"v\":", VERSION, out);
    text(b",\"type\":\"start\",\"skysim\":", skysim.as_bytes(), out);
    text(b",\"lua\":", lua.as_bytes(), out);
    text(b",\"library\":", library.as_bytes(), out);
    text(b",\"scenario\":", scenario.as_bytes(), out);
    // A string, because many JSON readers round numbers above 2^53.
    integer(b",\"seed\":\"", seed.0, out);
    text(b"\",\"schedule\":", schedule.as_bytes(), out);
}

fn fault_effect(effect: Effect, out: &mut Vec<u8>) {
    match effect {
        Effect::Drop => out.extend_from_slice(b",\"effect\":\"drop\""),
        Effect::Delay(span) => integer(b",\"effect\":\"delay\",\"delay\":", span.as_nanos(), out),
        Effect::Duplicate(copies) => integer(b",\"effect\":\"duplicate\",\"copies\":", u64::from(copies), out),
        Effect::Error => out.extend_from_slice(b",\"effect\":\"error\""),
        Effect::Other { name, amount } => {
            text(b",\"effect\":", name.as_bytes(), out);
            if amount != 0 {
                integer(b",\"amount\":", amount, out);
            }
        }
    }
}

fn outcome_fields(outcome: Outcome<'_>, out: &mut Vec<u8>) {
    match outcome {
        Outcome::Result(packed) => {
            out.push(b',');
            payload::write(b"result", MessageKind::RESPONSE, packed, out);
        }
        Outcome::Error(error) => text(b",\"error\":", error, out),
    }
}

fn check_fields(check: Check<'_>, out: &mut Vec<u8>) {
    match check {
        Check::Holds => out.extend_from_slice(b",\"ok\":true"),
        Check::Fails(reason) => text(b",\"ok\":false,\"reason\":", reason.as_bytes(), out),
    }
}

#[inline]
fn envelope(message: &Envelope, out: &mut Vec<u8>) {
    integer(b",\"cause\":", message.cause.0, out);
    handle(b",\"from\":\"", message.from, out);
    handle(b",\"to\":\"", message.to, out);
    out.extend_from_slice(b",\"session\":");
    json::integer(message.session.0, out);
    out.extend_from_slice(b",\"kind\":\"");
    match message.kind.name() {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => json::integer(message.kind.0, out),
    }
    out.push(b'"');
}

#[inline]
fn integer(key: &[u8], value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    json::integer(value, out);
}

fn text(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    json::string(value, out);
}

/// Appends the key, which ends in a quote, and the handle.
#[inline]
fn handle(key: &[u8], value: Handle, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    let mut digits = *b":00000000\"";
    digits[1..9].copy_from_slice(&json::hex32(value.0));
    out.extend_from_slice(&digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_lengths() {
        let powers = (0..20).map(|digits| 10_u64.pow(digits));
        for number in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX]) {
            let mut bytes = [0; Head::BYTES_MAX];
            let mut head = Head { bytes: &mut bytes, length: 0 };
            head.put(b"<");
            head.number(number);
            head.put(b">");
            let length = head.length;
            assert_eq!(bytes[..length], *format!("<{number}>").as_bytes());
        }
    }
}
