//! Tests of the whole layer: the format as `docs/trace.md` states it, in structures of their own,
//! against what the writer writes and the reader reads.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    Check, Digest, DiscardReason, Effect, Envelope, Event, ExitHow, Line, Lines, Outcome, Record, TraceError, Tracer,
};
use crate::base::{EventNumber, Handle, MessageKind, Seed, Session, Span, VirtualTime};

const WHO: Handle = Handle(10);
const TRACEBACK: &[u8] = b"stack traceback:\n\tmain.lua:3";

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn start() -> Record<'static> {
    start_with_seed(7)
}

pub(super) fn start_with_seed(seed: u64) -> Record<'static> {
    let (skysim, lua, library, scenario) = ("0.1.0", "5.5", "built-in", "chat_room");
    Record::Start { skysim, lua, library, scenario, seed: Seed(seed), schedule: "skynet" }
}

pub(super) fn end() -> Record<'static> {
    Record::End { verdict: "passed", events: 2, reason: "nothing is left to happen" }
}

pub(super) fn deliver(data: &[u8]) -> Record<'_> {
    Record::Deliver { message: envelope(), data }
}

fn envelope() -> Envelope {
    Envelope { cause: EventNumber(1), from: Handle(9), to: WHO, session: Session(4), kind: MessageKind::LUA }
}

/// A trace of the records, numbered from 0, one tick apart.
pub(super) fn trace_of(records: &[Record<'_>]) -> Vec<u8> {
    written(records, None).0
}

fn written(records: &[Record<'_>], traceback: Option<&[u8]>) -> (Vec<u8>, Digest) {
    let shared = Shared::default();
    let mut tracer = Tracer::to(Box::new(shared.clone()));
    record_all(&mut tracer, records, traceback);
    let (digest, written) = tracer.finish();
    written.unwrap();
    let bytes = shared.0.lock().unwrap().clone();
    (bytes, digest)
}

fn record_all(tracer: &mut Tracer, records: &[Record<'_>], traceback: Option<&[u8]>) {
    for (number, record) in (0..).zip(records) {
        let (number, time) = (EventNumber(number), VirtualTime::from_ticks(number));
        match traceback {
            Some(traceback) => tracer.record_where(number, time, record, traceback),
            None => tracer.record(number, time, record),
        }
    }
}

/// Records of every type and shape.
fn samples() -> Vec<Record<'static>> {
    let message = envelope();
    let fault = |effect| Record::Fault { rule: "fault[0]", effect, message };
    vec![
        start(),
        Record::Launch { handle: WHO, name: b"room", module: b"snlua", args: b"room lobby" },
        deliver(b"\x24ping\x0a\x05"),
        deliver(b"\xff\x00"),
        Record::Deliver { message: Envelope { kind: MessageKind::TEXT, ..message }, data: b"hello" },
        Record::Deliver {
            message: Envelope { kind: MessageKind(77), session: Session(-1), ..message },
            data: &[0; 5000],
        },
        Record::Discard { message, reason: DiscardReason::DeadMailbox },
        Record::Discard { message, reason: DiscardReason::NoCallback },
        Record::Discard { message, reason: DiscardReason::NoReceiver },
        Record::Log { handle: WHO, text: "f\u{fc}nf\n".as_bytes() },
        Record::Print { handle: WHO, text: &[0xff, b'a'] },
        Record::Name { handle: WHO, name: b".room" },
        Record::Exit { handle: WHO, by: Handle::NONE, how: ExitHow::Kill },
        Record::Exit { handle: WHO, by: WHO, how: ExitHow::Exit },
        Record::Exit { handle: WHO, by: WHO, how: ExitHow::Abort },
        Record::Error { handle: WHO, text: b"main.lua:1: boom" },
        fault(Effect::Drop),
        fault(Effect::Delay(Span::from_millis(3))),
        fault(Effect::Duplicate(1)),
        fault(Effect::Error),
        fault(Effect::Other { name: "kill", amount: 0 }),
        fault(Effect::Other { name: "late", amount: 70 }),
        Record::Action { index: 2, what: "call room \"join\"" },
        Record::Outcome { index: 2, outcome: Outcome::Result(&[9]) },
        Record::Outcome { index: 2, outcome: Outcome::Error(b"call failed") },
        Record::Check { name: "members", check: Check::Holds },
        Record::Check { name: "members", check: Check::Fails("2 members, expected 3") },
        end(),
    ]
}

/// A string, or `{"$bytes":"<hex>"}` where the text is not UTF-8.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "read to see that it can be")]
enum Text {
    Utf8(String),
    Bytes(Bytes),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read to see that it can be")]
struct Bytes {
    #[serde(rename = "$bytes")]
    bytes: String,
}

macro_rules! specify {
    ($($name:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? })*) => {
        $(#[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "read to see that it can be")]
        struct $name { $($field: $type,)* r#where: Option<String> })*

        /// Whether the fields are exactly those of the type.
        fn check_fields(event: &Event) {
            let fields = Json::Object(event.fields.clone());
            match event.kind.as_str() {
                $($kind => drop(serde_json::from_value::<$name>(fields).expect(&event.text)),)*
                other => panic!("unspecified type {other}"),
            }
        }

        fn specified() -> Vec<&'static str> {
            vec![$($kind),*]
        }
    };
}

specify! {
    Launch = "launch" { handle: String, name: Text, module: Text, args: Text }
    Deliver = "deliver" {
        cause: u64, from: String, to: String, session: i32, kind: String, size: u64,
        args: Option<Vec<Json>>, text: Option<String>, data: Option<String>, cut: Option<bool>, digest: Option<String>,
    }
    Discard = "discard" { cause: u64, from: String, to: String, session: i32, kind: String, reason: String }
    Log = "log" { handle: String, text: Text }
    Print = "print" { handle: String, text: Text }
    Name = "name" { handle: String, name: Text }
    Exit = "exit" { handle: String, by: String, how: String }
    Error = "error" { handle: String, text: Text }
    Fault = "fault" {
        rule: String, effect: String, delay: Option<u64>, copies: Option<u64>, amount: Option<u64>,
        cause: u64, from: String, to: String, session: i32, kind: String,
    }
    Action = "action" { index: u32, what: String }
    OutcomeFields = "outcome" {
        index: u32, result: Option<Vec<Json>>, text: Option<String>, data: Option<String>,
        cut: Option<bool>, digest: Option<String>, error: Option<Text>,
    }
    CheckFields = "check" { name: String, ok: bool, reason: Option<String> }
    End = "end" { verdict: String, events: u64, reason: String }
}

fn lines(trace: &[u8]) -> Result<Vec<Line>, TraceError> {
    Lines::new(trace, "x").collect()
}

#[test]
fn every_type_is_as_specified() {
    for traceback in [None, Some(TRACEBACK)] {
        let (trace, digest) = written(&samples(), traceback);
        let mut reader = Lines::new(&trace[..], "x");
        let lines: Vec<Line> = reader.by_ref().collect::<Result<_, _>>().unwrap();
        assert_eq!(reader.digest(), digest);
        assert_eq!(lines.len(), samples().len());
        let mut unseen = specified();
        for (number, line) in (0..).zip(&lines).skip(1) {
            let Line::Event(event) = line else { panic!("{line:?}") };
            assert_eq!((event.number, event.time), (EventNumber(number), VirtualTime::from_ticks(number)));
            assert_eq!(event.fields.contains_key("where"), traceback.is_some());
            check_fields(event);
            unseen.retain(|kind| *kind != event.kind);
        }
        assert_eq!(unseen, [""; 0]);
    }
}

#[test]
fn exact_lines() {
    let trace = String::from_utf8(trace_of(&samples())).unwrap();
    let contents: Vec<&str> = trace.lines().map(|line| line.split(",\"hash\":").next().unwrap()).collect();
    assert_eq!(
        contents[0],
        r#"{"v":1,"type":"start","skysim":"0.1.0","lua":"5.5","library":"built-in","scenario":"chat_room","seed":"7","schedule":"skynet""#
    );
    assert_eq!(
        contents[2],
        r#"{"n":2,"t":20000000,"type":"deliver","cause":1,"from":":00000009","to":":0000000a","session":4,"kind":"lua","size":7,"args":["ping",5]"#
    );
    assert!(contents[5].contains(r#""session":-1,"kind":"77","size":5000,"args":[null,"#), "{}", contents[5]);
    assert!(contents[10].ends_with(r#""text":{"$bytes":"ff61"}"#));
    assert!(contents[17].contains(r#""effect":"delay","delay":3000000,"cause":1"#));
}

const DOCUMENT: &str = include_str!("../../docs/trace.md");

/// The document's worked example is what the code writes, byte for byte, and can be read.
#[test]
fn the_documented_example_is_true() {
    let example = DOCUMENT.split("```jsonl\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let records = [
        start(),
        Record::Log { handle: WHO, text: b"hello" },
        Record::End { events: 1, verdict: "passed", reason: "until" },
    ];
    assert_eq!(example, String::from_utf8(trace_of(&records)).unwrap());
    let mut previous = 0;
    for line in example.lines() {
        let (content, rest) = line.split_once(",\"hash\":\"").unwrap();
        let hash = xxhash_rust::xxh3::xxh3_64_with_seed(content.as_bytes(), previous);
        assert_eq!(rest, format!("{hash:016x}\"}}"));
        assert!(
            DOCUMENT.contains(&format!("({}, seed `{previous:016x}`) = `{hash:016x}`", content.len())),
            "{previous:x}"
        );
        previous = hash;
    }
}

#[test]
fn every_type_is_documented() {
    for kind in specified() {
        assert!(DOCUMENT.contains(&format!("\n### `{kind}`\n")), "{kind}");
    }
}

#[test]
fn the_digest_alone_is_the_same() {
    let (_, digest) = written(&samples(), None);
    let mut tracer = Tracer::digest_only();
    record_all(&mut tracer, &samples(), None);
    assert_eq!(tracer.finish().0, digest);
    let mut off = Tracer::off();
    record_all(&mut off, &samples(), None);
    assert!(!off.is_on());
    assert_eq!(off.finish().0, Digest(0));
}

#[test]
fn any_change_breaks_the_chain() {
    let trace = String::from_utf8(trace_of(&samples())).unwrap();
    let all: Vec<&str> = trace.lines().collect();
    let changed =
        |lines: &[&str]| super::specification::lines(format!("{}\n", lines.join("\n")).as_bytes()).unwrap_err();
    let dropped: Vec<&str> = [&all[..3], &all[4..]].concat();
    assert!(matches!(changed(&dropped), TraceError::Chain { line: 4, .. }));
    let mut swapped = all.clone();
    swapped.swap(6, 7);
    assert!(matches!(changed(&swapped), TraceError::Chain { line: 7, .. }));
    let edited = all[9].replace("log", "lag");
    let mut edit = all.clone();
    edit[9] = &edited;
    assert!(matches!(changed(&edit), TraceError::Chain { line: 10, .. }));
    let twice = [&all[..], &all[..]].concat();
    assert!(matches!(changed(&twice), TraceError::AfterEnd { line: 29, .. }));
}

#[test]
fn what_is_no_whole_trace_says_so() {
    let trace = trace_of(&samples());
    let error = |bytes: &[u8]| lines(bytes).unwrap_err();
    assert!(matches!(error(&trace[..trace.len() - 1]), TraceError::Unterminated { line: 28, .. }));
    assert!(matches!(error(&trace[..300]), TraceError::Unterminated { .. }));
    let last = trace[..trace.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
    assert!(matches!(error(&trace[..=last]), TraceError::NoEnd { line: 28, .. }));
    assert!(matches!(error(b""), TraceError::Header { .. }));
    assert!(matches!(error(b"hello"), TraceError::Header { .. }));
    assert!(matches!(error(b"[1]\n"), TraceError::Header { .. }));
    assert!(matches!(error(b"{}\n"), TraceError::Header { .. }));
    let newer = String::from_utf8(trace).unwrap().replacen("{\"v\":1,", "{\"v\":2,", 1);
    let version = error(newer.as_bytes());
    assert_eq!(version.to_string(), "x:1: trace format 2, but this skysim reads format 1");
    assert!(miette::Diagnostic::help(&version).is_some());
}

#[test]
fn an_unknown_type_is_passed_on() {
    let line = "{\"n\":1,\"t\":5,\"type\":\"later\",\"new\":[1]";
    let header = trace_of(&[start()]);
    let hash =
        u64::from_str_radix(std::str::from_utf8(&header[header.len() - 19..header.len() - 3]).unwrap(), 16).unwrap();
    let hash = super::lines::chain(Digest(hash), line.as_bytes());
    let text = [&header[..], format!("{line},\"hash\":\"{hash}\"}}\n").as_bytes()].concat();
    let mut lines = Lines::new(&text[..], "x");
    assert!(matches!(lines.next(), Some(Ok(Line::Header(_)))));
    assert_eq!(lines.next().unwrap().unwrap().kind(), "later");
    assert!(matches!(lines.next(), Some(Err(TraceError::NoEnd { .. }))));
    assert!(lines.next().is_none());
}

#[test]
fn an_error_of_the_sink_is_kept() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut tracer = Tracer::to(Box::new(Full));
    for _ in 0..2000 {
        record_all(&mut tracer, &samples(), None);
    }
    assert_eq!(tracer.finish().1.unwrap_err().kind(), io::ErrorKind::StorageFull);
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes: Vec<u8>) {
        prop_assert!(lines(&bytes).is_err());
    }

    #[test]
    fn damage_is_always_noticed(at: usize, byte: u8, cut: Option<usize>) {
        let mut trace = trace_of(&samples());
        let at = at % trace.len();
        prop_assume!(trace[at] != byte);
        trace[at] = byte;
        trace.truncate(cut.map_or(trace.len(), |cut| cut % trace.len()));
        prop_assert!(lines(&trace).is_err());
    }

    #[test]
    fn any_data_makes_a_sound_line(data: Vec<u8>, kind: u8, text: Vec<u8>) {
        let message = Envelope { kind: MessageKind(kind), ..envelope() };
        let records = [
            start(),
            Record::Deliver { message, data: &data },
            Record::Error { handle: WHO, text: &text },
            end(),
        ];
        for line in lines(&trace_of(&records)).unwrap().iter().skip(1) {
            let Line::Event(event) = line else { panic!("{line:?}") };
            check_fields(event);
        }
    }
}
