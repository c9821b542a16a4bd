//! What is fuzzed: each function takes any bytes and panics only where something is broken. Driven
//! by `tests/fuzz_smoke.rs` and by the coverage-guided driver of `docs/fuzzing.md`.

use std::any::Any;
use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use skysim::base::{EventNumber, Handle, MessageKind, Seed, Session, Span, Table, Value, VirtualTime};
use skysim::kernel::environment::Environment;
use skysim::kernel::send::{Outgoing, SessionChoice, parse_decimal, parse_hex};
use skysim::kernel::{
    Incident, Kernel, Message, NodeOptions, Output, Received, Sent, Service, ServiceId, Started, Step,
};
use skysim::lua::node::{Buggify, Bytecode, Detail, Library, NodeSettings, PairsOrder};
use skysim::lua::{LuaNode, SnluaModule, config, library};
use skysim::scenario::Scenario;
use skysim::schedule::by_name;
use skysim::seri::{DecodeError, decode, display, encode, first_string, render_json, whole_values};
use skysim::trace::{
    Check, DiscardReason, Effect, Envelope, ExitHow, Lines, Outcome, PAYLOAD_BYTES_MAX, Record, Tracer,
    first_difference,
};
use skysim::vfs::{Errno, HostDirectory, Kind, Links, OpenMode, Vfs};

/// Bytes as decisions.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> u64 {
        (0..8).fold(0, |sum, _| sum << 8 | u64::from(self.byte()))
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

// ---- serialisation ----

/// Decoding and rendering any bytes, and packing what came out of them.
pub fn seri(data: &[u8]) {
    let decoded = decode(data);
    let mut json = b"before".to_vec();
    let rendered = render_json(data, &mut json);
    assert_eq!(rendered, decoded.is_ok(), "rendering and decoding disagree: {decoded:?}");
    assert!(json.starts_with(b"before"));
    let first = first_string(data);
    let limit = data.first().map_or(0, |byte| usize::from(*byte) * 8);
    let whole = whole_values(data, limit);
    assert_eq!(whole.is_some(), decoded.is_ok(), "skipping and decoding disagree: {decoded:?}");
    match decoded {
        Ok(values) => {
            let json: serde_json::Value = serde_json::from_slice(&json[6..]).expect("rendered JSON parses");
            let shown = json.as_array().expect("rendered as an array");
            assert_eq!(shown.len(), values.len());
            let front = match values.first() {
                Some(Value::String(text)) => Some(text.as_slice()),
                _ => None,
            };
            assert_eq!(first, front);
            let whole = whole.expect("checked before");
            assert!(whole <= limit.min(data.len()));
            let kept = decode(&data[..whole]).expect("whole values decode");
            assert_eq!(format!("{kept:?}"), format!("{:?}", &values[..kept.len()]));
            assert!(whole_values(data, usize::MAX) == Some(data.len()));
            assert!(display(&values).len() < 64 + data.len() * 40);
            packs_again(&values);
        }
        Err(error) => {
            assert_eq!(json, b"before");
            assert!(error.remaining() <= data.len());
        }
    }
    let mut bytes = Bytes(data);
    let made: Vec<Value> = (0..bytes.byte() % 4).map(|_| value(&mut bytes, 0)).collect();
    if let Ok(packed) = encode(&made) {
        let mut json = Vec::new();
        assert!(render_json(&packed, &mut json));
        let _: serde_json::Value = serde_json::from_slice(&json).expect("rendered JSON parses");
        assert_eq!(format!("{:?}", decode(&packed)), format!("{:?}", Ok::<_, DecodeError>(made)));
    }
}

/// Values that were decoded come back from their packing. As text, since nan equals nothing.
fn packs_again(values: &[Value]) {
    if let Ok(packed) = encode(values) {
        assert_eq!(format!("{:?}", decode(&packed)), format!("{:?}", Ok::<_, DecodeError>(values)));
    }
}

fn value(bytes: &mut Bytes<'_>, depth: u32) -> Value {
    match bytes.byte() % 12 {
        0 => Value::Nil,
        1 => Value::Boolean(bytes.byte() & 1 == 1),
        2 => Value::Integer(i64::from(bytes.byte())),
        3 => Value::Integer(bytes.word().cast_signed() >> (bytes.byte() % 64)),
        4 => Value::Float(f64::from_bits(bytes.word())),
        5 => Value::Pointer(bytes.word()),
        6 | 7 => {
            let length = bytes.byte();
            Value::String(bytes.take(length.into()).to_vec())
        }
        8 => Value::String(vec![bytes.byte(); usize::from(bytes.byte()) * 300]),
        _ if depth > 40 || bytes.0.is_empty() => Value::Table(Table::default()),
        _ => {
            let (array, pairs) = (bytes.byte() % 40, bytes.byte() % 6);
            Value::Table(Table {
                array: (0..array).map(|_| value(bytes, depth + 1)).collect(),
                pairs: (0..pairs).map(|_| (value(bytes, depth + 1), value(bytes, depth + 1))).collect(),
            })
        }
    }
}

// ---- packing in Lua ----

/// Takes a text apart with `unpack`, as string and as message, and packs again what came out; or
/// builds values from it, hostile ones among them, and packs those.
const PROBE: &str = r##"
local core = require "skynet.core"

local function build(text)
	local at = 0
	local function byte() at = at + 1 return text:byte(at) or 0 end
	local function bytes(n) local s = text:sub(at + 1, at + n) at = at + n return s .. ("\0"):rep(n - #s) end
	local made, pool = {}, { print, coroutine.create(print), io.stdout, io.write }
	local value
	local function filled(t, depth)
		made[#made + 1] = t
		for i = 1, byte() % 40 do t[i] = value(depth + 1) end
		for _ = 1, byte() % 6 do
			local key = value(depth + 1)
			if key ~= nil and key == key then t[key] = value(depth + 1) end
		end
		return t
	end
	function value(depth)
		local op = byte() % 20
		if op == 0 then return nil
		elseif op == 1 then return byte() % 2 == 1
		elseif op == 2 then return byte()
		elseif op == 3 then return (string.unpack("<i8", bytes(8)))
		elseif op == 4 then return (string.unpack("<d", bytes(8)))
		elseif op == 5 then return (string.unpack("<i4", bytes(4)))
		elseif op <= 7 then return bytes(byte())
		elseif op == 8 then return bytes(1):rep(byte() * 300)
		elseif op == 9 then return (core.unpack("\3" .. bytes(8)))
		elseif op == 10 then return pool[byte() % #pool + 1]
		elseif op == 11 then return made[byte() % (#made + 1)]
		elseif depth > 40 or at > #text then return {}
		elseif op <= 15 then return filled({}, depth)
		end
		local t = filled({}, depth)
		local kind, left = byte() % 9, byte() % 8
		local other = made[byte() % #made + 1]
		local key = value(depth + 1)
		return setmetatable(t, {
			__len = function() return 1 << 40 end,
			__index = function() error "never asked" end,
			__pairs = ({
				[0] = false,
				function(x) return next, x end,
				function() error(other) end,
				function() return function(_, k) left = left - 1 if left >= 0 then return left, key end end end,
				function() for k in next, other do other[k] = nil end return next, {} end,
				function() for i = 1, 50 do other[i] = i end return next, {} end,
				function() coroutine.yield() return next, {} end,
				function() return 1 end,
				function() core.packstring(other) collectgarbage() return next, {} end,
			})[kind] or nil,
		})
	end
	local count = byte() % 5
	local values = table.pack()
	for i = 1, count do values[i] = value(0) end
	return table.unpack(values, 1, count)
end

local function report(...) io.write(string.pack("<" .. ("s4"):rep(select("#", ...)), ...)) end

core.callback(function(kind, message, size)
	local text = core.tostring(message, size)
	if kind == 0 then
		local a = table.pack(pcall(core.unpack, text))
		local b = table.pack(pcall(core.unpack, message, size))
		if a[1] ~= b[1] or a.n ~= b.n then error "string and message differ" end
		local again, packed = true, ""
		if a[1] then again, packed = pcall(core.packstring, table.unpack(a, 2, a.n)) end
		report(tostring(a[1]), a[1] and tostring(a.n - 1) or tostring(a[2]), tostring(again), packed)
	else
		local function packed(...)
			local good, string = pcall(core.packstring, ...)
			local ok, pointer, length = pcall(core.pack, ...)
			if ok then core.trash(pointer, length) end
			return good, string
		end
		local good, string = packed(build(text))
		if good and string ~= "" and not pcall(core.unpack, string) then error "it packed what it cannot unpack" end
		report(tostring(good), good and string or type(string))
	end
end)
"##;

/// A service of the ordinary kind, for messages of any type with any content.
const VICTIM: &str = r##"
local skynet = require "skynet"
skynet.register_protocol { name = "client", id = 3, unpack = skynet.unpack, dispatch = function(_, _, ...)
	skynet.send(skynet.self(), "lua", ...)
end }
skynet.start(function()
	skynet.dispatch("lua", function(session, source, ...)
		skynet.ret(skynet.pack(...))
	end)
	skynet.dispatch("client")
	skynet.fork(function()
		while true do pcall(skynet.call, 0xfffffe, "lua", "wait") end
	end)
end)
"##;

#[derive(Clone, Default)]
struct Said(Rc<RefCell<Vec<u8>>>);

impl Output for Said {
    fn print(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().extend_from_slice(bytes);
    }
    fn print_error(&mut self, _bytes: &[u8]) {}
    fn log(&mut self, _now: VirtualTime, _handle: Handle, _line: &[u8], _file: Option<&str>) {}
    fn append(&mut self, _path: &str, _bytes: &[u8]) {}
    fn incident(&mut self, _now: VirtualTime, _incident: Incident) {}
}

/// Sends, and hears nothing.
struct Driver;

impl Service for Driver {
    fn start(&mut self, _kernel: &mut Kernel, _me: ServiceId, _args: &[u8]) -> Started {
        Started::Yes
    }
    fn receive(&mut self, _kernel: &mut Kernel, _message: &mut Message) -> Received {
        Received::Handled
    }
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

const NOW: i64 = 1_704_067_200;
/// What packing and unpacking of any 64 KiB must do with.
const MEMORY_MAX_BYTES: usize = 64 << 20;

/// A node with the two services above.
pub struct Machine {
    kernel: Kernel,
    driver: ServiceId,
    probe: Handle,
    victim: Handle,
    said: Said,
}

impl Default for Machine {
    fn default() -> Machine {
        let mut files = Vfs::new(NOW);
        files.embed(library::MOUNT.as_bytes(), library::FILES).expect("the library embeds");
        files.put(b"/probe.lua", PROBE.as_bytes(), NOW).expect("there is room");
        files.put(b"/victim.lua", VICTIM.as_bytes(), NOW).expect("there is room");
        let mut environment = Environment::default();
        environment.set_default("lua_path", library::LUA_PATH);
        environment.set_default("luaservice", "./?.lua");
        environment.set_default("lualoader", library::LUA_LOADER);
        let settings = NodeSettings {
            seed: Seed(1),
            library: Library::BuiltIn,
            detail: Detail::Plain,
            bytecode: Bytecode::Refused,
            native: Vec::new(),
            memory_max_bytes: Some(MEMORY_MAX_BYTES),
            instructions_max: u64::MAX,
            metered_event: None,
            watch: None,
            coverage: None,
            buggify: Buggify::Off,
            pairs: PairsOrder::Table,
            breakable: Vec::new(),
        };
        let said = Said::default();
        let mut kernel = Kernel::new(NodeOptions {
            first_session: 0,
            services_max: 1000,
            environment,
            harbor: 0,
            start_time_s: NOW,
            cost: Span::from_nanos(1),
            log_file: None,
            schedule: by_name("skynet", Seed(1)).expect("a schedule"),
            output: Box::new(said.clone()),
            tracer: Tracer::digest_only(),
        });
        kernel.add_module(Rc::new(SnluaModule(LuaNode::new(settings, files))));
        let driver = kernel.launch_reserved(Handle(0x00ff_fffe), "driver", Box::new(Driver));
        let mut launch = |args: &[u8]| {
            let id = kernel.launch("snlua", args).expect("it starts");
            kernel.context(id).handle()
        };
        let (probe, victim) = (launch(b"probe"), launch(b"victim"));
        let mut machine = Machine { kernel, driver, probe, victim, said };
        machine.settle();
        machine
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kernel.shut_down();
    }
}

impl Machine {
    fn settle(&mut self) {
        for _ in 0..1000 {
            if matches!(
                self.kernel.step(VirtualTime::from_nanos(u64::MAX / 2)),
                Step::Idle | Step::Reached | Step::Halted
            ) {
                break;
            }
        }
        assert!(self.kernel.halted().is_none(), "the node ended: {:?}", self.kernel.halted());
    }

    fn send(&mut self, to: Handle, kind: MessageKind, session: Session, data: &[u8]) {
        let data = self.kernel.payload(data);
        let session = SessionChoice::Given(session);
        let sent = self.kernel.send(self.driver, to, Outgoing { source: None, kind, session, data, origin: None });
        assert!(matches!(sent, Sent::Yes(_)), "the service is gone");
        self.settle();
    }

    /// What the probe reports of a message.
    fn probe(&mut self, kind: MessageKind, data: &[u8]) -> Vec<Vec<u8>> {
        self.send(self.probe, kind, Session::NONE, data);
        let said = std::mem::take(&mut *self.said.0.borrow_mut());
        let mut parts = Vec::new();
        let mut rest = said.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (part, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            parts.push(part.to_vec());
            rest = after;
        }
        assert!(!parts.is_empty(), "the probe failed");
        parts
    }

    /// `unpack` and `pack` of a VM, against `seri`.
    pub fn pack(&mut self, data: &[u8]) {
        let (choice, data) = data.split_first().unwrap_or((&0, &[]));
        match choice % 8 {
            0..5 => self.unpack(data),
            5 | 6 => {
                let parts = self.probe(MessageKind(3), data);
                if parts[0] == b"true" {
                    // A `__pairs` may yield more levels' worth of pairs than fit, but never garbage.
                    match decode(&parts[1]) {
                        Ok(_) | Err(DecodeError::NanKey { .. }) => {}
                        Err(error) => panic!("it packed garbage: {error}"),
                    }
                } else {
                    assert!(!parts[1].is_empty());
                }
            }
            _ => {
                let [kind, session, data @ ..] = data else { return };
                // Not debug: its commands run code and end services.
                let kind = [0, 1, 2, 3, 6, 7, 8, 10, 10, 3][usize::from(*kind) % 10];
                self.send(self.victim, MessageKind(kind), Session(i32::from(*session) - 8), data);
                self.said.0.borrow_mut().clear();
            }
        }
    }

    fn unpack(&mut self, data: &[u8]) {
        let parts = self.probe(MessageKind::TEXT, data);
        let text = String::from_utf8_lossy(&parts[1]).into_owned();
        assert!(!text.contains("not enough memory"), "{} bytes took too much: {text}", data.len());
        match (decode(data), parts[0] == b"true") {
            (Ok(values), true) => {
                assert_eq!(text, values.len().to_string());
                if parts[2] == b"true" {
                    let again = decode(&parts[3]);
                    assert!(again.is_ok_and(|again| again.len() == values.len()), "packed otherwise");
                } else {
                    assert!(
                        encode(&values).is_err() || parts[3].starts_with(b"serialize can't pack"),
                        "{:?}",
                        parts[3]
                    );
                }
            }
            (Err(DecodeError::TooDeep { .. }), _) | (Err(DecodeError::NanKey { .. }), false) => {}
            (Err(error @ DecodeError::TooBig { .. }), false) => assert_eq!(text, error.to_string()),
            (Err(DecodeError::Invalid { remaining }), false) => {
                let expected = format!("Invalid serialize stream {remaining} (line:");
                assert!(text.starts_with(&expected), "{text} where seri says {expected}");
            }
            (decoded, _) => panic!("unpack says {text}, seri {decoded:?}"),
        }
    }
}

// ---- scenarios ----

/// Reads, expands and writes a scenario, or renders what is wrong with it.
pub fn scenario(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Scenario::from_toml("x/scenario.toml", &text) {
        Ok(scenario) => {
            for seed in [scenario.seed(), Seed(0), Seed(u64::MAX)] {
                let mut plan = scenario.expand(seed);
                let written = plan.to_toml();
                let again = Scenario::from_toml("x/scenario.toml", &written)
                    .unwrap_or_else(|error| panic!("what was written is refused: {error}\n{written}"));
                let same = again.expand(again.seed());
                assert_eq!(same.to_toml(), written, "written otherwise the second time");
                // The text is read from where it was written to.
                plan.folder.clone_from(&same.folder);
                assert!(same == plan || written.contains("nan"), "another plan:\n{plan:?}\n{same:?}");
            }
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            for problem in error.problems() {
                assert!(text.get(problem.place.clone()).is_some(), "{problem:?}");
                assert!(problem.line > 0 && problem.column > 0);
            }
            for theme in [miette::GraphicalTheme::unicode_nocolor(), miette::GraphicalTheme::ascii()] {
                let mut rendered = String::new();
                miette::GraphicalReportHandler::new_themed(theme)
                    .with_width(40 + text.len() % 100)
                    .render_report(&mut rendered, &error)
                    .expect("it renders");
            }
            let mut rendered = String::new();
            miette::NarratableReportHandler::new().render_report(&mut rendered, &error).expect("it renders");
        }
    }
}

// ---- traces ----

/// Between two traces in one input.
const BETWEEN: &[u8] = b"====\n";

/// Reads and compares two traces: as they are, with their hashes made right, or written by the
/// tracer from records that the bytes choose.
pub fn trace(data: &[u8]) {
    let (choice, data) = data.split_first().unwrap_or((&0, &[]));
    let split = data.windows(BETWEEN.len()).position(|window| window == BETWEEN);
    let (left, right) = split.map_or((data, data), |at| (&data[..at], &data[at + BETWEEN.len()..]));
    match choice % 4 {
        0 => compare(left, right),
        1 | 2 => compare(&rehashed(left), &rehashed(right)),
        _ => {
            let (left, right) = (recorded(left), recorded(right));
            for trace in [&left, &right] {
                let lines: Result<Vec<_>, _> = Lines::new(trace.as_slice(), "x").collect();
                let lines = lines.unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(trace)));
                assert_eq!(lines.len(), trace.iter().filter(|byte| **byte == b'\n').count());
            }
            compare(&left, &right);
        }
    }
}

fn compare(left: &[u8], right: &[u8]) {
    let lines = |bytes| Lines::new(bytes, "x");
    let good = |bytes| lines(bytes).all(|line| line.is_ok());
    for line in lines(left) {
        match line {
            Ok(line) => assert!(line.text().len() <= left.len() && line.fields().get("hash").is_none()),
            Err(error) => {
                let shown = error.to_string();
                assert!(!format!("{shown} {:?}", miette::Report::new(error)).is_empty());
            }
        }
    }
    if good(left) {
        assert!(matches!(first_difference(lines(left), lines(left)), Ok(None)));
    }
    let (one, other) = (first_difference(lines(left), lines(right)), first_difference(lines(right), lines(left)));
    assert_eq!(one.is_ok(), other.is_ok());
    if let (Ok(one), Ok(other)) = (one, other) {
        assert_eq!(one.is_some(), other.is_some());
        if let (Some(one), Some(other)) = (one, other) {
            assert_eq!((one.line, one.fields.len()), (other.line, other.fields.len()));
            assert!(!one.render("a.jsonl", "b.jsonl").is_empty());
            assert!(!other.render("", "\u{1f600}").is_empty());
        } else if good(left) && good(right) {
            assert_eq!(left, right, "different bytes without a difference");
        }
    }
}

/// The lines with the hash that each needs, so that damage reaches what comes after the chain.
fn rehashed(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut hash = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            out.extend_from_slice(line);
            break;
        };
        let end = line.windows(9).rposition(|window| window == b",\"hash\":\"").unwrap_or(line.len());
        hash = xxhash_rust::xxh3::xxh3_64_with_seed(&line[..end], hash);
        out.extend_from_slice(&line[..end]);
        let _ = writeln!(out, ",\"hash\":\"{hash:016x}\"}}");
    }
    out
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no thread panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A trace of records made of the bytes.
fn recorded(data: &[u8]) -> Vec<u8> {
    let shared = Shared::default();
    let mut tracer = Tracer::to(Box::new(shared.clone()));
    let mut bytes = Bytes(data);
    let seed = Seed(bytes.word());
    let start =
        Record::Start { skysim: "0", lua: "5.5", library: "built-in", scenario: "\"\\\n", seed, schedule: "skynet" };
    tracer.record(EventNumber(0), VirtualTime::ZERO, &start);
    while !bytes.0.is_empty() {
        let (number, time) = (EventNumber(bytes.word()), VirtualTime::from_nanos(bytes.word()));
        let length = usize::from(bytes.byte()) << (bytes.byte() % 7);
        let payload = if length > PAYLOAD_BYTES_MAX { vec![bytes.byte(); length] } else { bytes.take(length).to_vec() };
        let text = payload.as_slice();
        let lossy = String::from_utf8_lossy(text);
        let handle = Handle(bytes.word() as u32);
        let message = Envelope {
            cause: EventNumber(bytes.word()),
            from: handle,
            to: Handle(bytes.byte().into()),
            session: Session(bytes.word() as i32),
            kind: MessageKind(bytes.byte()),
        };
        let index = bytes.byte().into();
        let record = match bytes.byte() % 18 {
            0..4 => Record::Deliver { message, data: text },
            4 => Record::Launch { handle, name: text, module: text, args: text },
            5 => Record::Discard { message, reason: DiscardReason::DeadMailbox },
            6 => Record::Log { handle, text },
            7 => Record::Print { handle, text },
            8 => Record::Name { handle, name: text },
            9 => Record::Exit { handle, by: Handle::NONE, how: ExitHow::Kill },
            10 => Record::Error { handle, text },
            11 => Record::Fault { rule: &lossy, effect: Effect::Delay(Span::from_nanos(number.0)), message },
            12 => Record::Fault { rule: &lossy, effect: Effect::Duplicate(7), message },
            13 => Record::Action { index, what: &lossy },
            14 => Record::Outcome { index, outcome: Outcome::Result(text) },
            15 => Record::Outcome { index, outcome: Outcome::Error(text) },
            16 => Record::Check { name: &lossy, check: Check::Fails(&lossy) },
            _ => Record::Check { name: &lossy, check: Check::Holds },
        };
        if bytes.byte() & 1 == 1 {
            tracer.record_where(number, time, &record, text);
        } else {
            tracer.record(number, time, &record);
        }
    }
    let end = Record::End { verdict: "passed", events: 2, reason: "nothing is left to happen" };
    tracer.record(EventNumber(u64::MAX), VirtualTime::from_nanos(u64::MAX), &end);
    let (_, written) = tracer.finish();
    written.expect("memory takes it");
    shared.0.lock().expect("no thread panicked").clone()
}

// ---- small parsers ----

/// Texts of spans, seeds and numbers.
pub fn parsers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match text.parse::<Span>() {
        Ok(span) => {
            assert_eq!(span.to_string().parse(), Ok(span), "{span}");
            let _ = (VirtualTime::ZERO + span).to_string();
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
    match text.parse::<Seed>() {
        Ok(seed) => assert_eq!(seed.to_string().parse::<Seed>().map_err(|error| error.to_string()), Ok(seed)),
        Err(error) => {
            let _ = error.to_string();
        }
    }
    let _ = (parse_hex(data), parse_decimal(data));
}

/// A Skynet config file. Not of the other parsers' target: its Lua may loop for ever.
pub fn configuration(data: &[u8], scratch: &Path) {
    std::fs::write(scratch, data).expect("the scratch file can be written");
    let variable = |name: &str| (name.len() < 5).then(|| name.to_lowercase());
    match config::read(scratch, &variable) {
        Ok(settings) => assert!(settings.len() <= data.len()),
        Err(error) => {
            let shown = error.to_string();
            assert!(!format!("{shown} {:?}", miette::Report::new(error)).is_empty());
        }
    }
}

// ---- files ----

/// Operations on a node's files, chosen by the bytes. `host` is mounted, also below itself.
pub fn files(data: &[u8], host: &HostDirectory) {
    let mut bytes = Bytes(data);
    let mut vfs = Vfs::new(NOW);
    let _ = vfs.mount(b"/m", host);
    let _ = vfs.embed(b"/m/e", &[("a.lua", b"return 1"), ("b/c.lua", b"return 2")]);
    let mut open = Vec::new();
    let mut kept = None;
    for _ in 0..200 {
        if bytes.0.is_empty() {
            break;
        }
        let now = NOW + i64::from(bytes.byte());
        match bytes.byte() % 18 {
            0 | 1 => {
                let modes = [OpenMode::Read, OpenMode::Update, OpenMode::Truncate, OpenMode::Append];
                let mode = modes[usize::from(bytes.byte()) % 4];
                open.extend(vfs.open(&path(&mut bytes), mode, now));
            }
            2 => open.extend(vfs.open_unnamed(now)),
            3 => {
                if let Some(file) = open.pop() {
                    vfs.close(file);
                }
            }
            4 | 5 => {
                let Some(file) = open.last() else { continue };
                let offset = bytes.word() >> (bytes.byte() % 64);
                // Far out it would really take the memory.
                let offset = if (1 << 20..1 << 28).contains(&offset) { offset >> 10 } else { offset };
                let length = bytes.byte();
                let text = bytes.take(length.into());
                if vfs.write_at(*file, offset, text, now).is_ok() && !text.is_empty() {
                    let start = usize::try_from(offset).expect("small");
                    assert_eq!(&vfs.bytes(*file).expect("just written")[start..start + text.len()], text);
                }
            }
            6 => {
                let _ = vfs.read(&path(&mut bytes));
            }
            7 => {
                let path = path(&mut bytes);
                if vfs.put(&path, b"put", now).is_ok() {
                    // A link at its end is replaced, which the path itself may have led through.
                    let read = vfs.read(&path);
                    assert!(matches!(read, Ok(_) | Err(Errno::NotDirectory)), "{path:?} was put: {read:?}");
                }
            }
            8 => {
                let _ = vfs.temporary_name(now);
            }
            9 => {
                let path = path(&mut bytes);
                if let Ok(names) = vfs.list(&path) {
                    for name in names {
                        let inside = [&path, b"/".as_slice(), &name].concat();
                        assert!(vfs.metadata(&inside, Links::Keep).is_ok() || inside.len() > 4095, "{inside:?}");
                    }
                }
            }
            10 | 11 => {
                let path = path(&mut bytes);
                if vfs.make_directory(&path, now).is_ok() {
                    assert!(vfs.metadata(&path, Links::Follow).is_ok_and(|found| found.kind == Kind::Directory));
                }
            }
            12 => {
                let _ = vfs.remove_directory(&path(&mut bytes), now);
            }
            13 => {
                let _ = vfs.remove(&path(&mut bytes), now);
            }
            14 | 15 => {
                let (from, to) = (path(&mut bytes), path(&mut bytes));
                let _ = vfs.rename(&from, &to, now);
            }
            16 => {
                let _ = vfs.change_directory(&path(&mut bytes));
                assert!(vfs.current_directory().starts_with(b"/"));
            }
            _ => match bytes.byte() % 4 {
                0 => kept = Some(vfs.clone()),
                1 => {
                    if let Some(kept) = kept.take() {
                        vfs = kept;
                        open.clear();
                    }
                }
                _ => {
                    let _ = vfs.touch(&path(&mut bytes), now, now);
                    let _ = vfs.metadata(&path(&mut bytes), Links::Follow);
                }
            },
        }
    }
    let _ = vfs.changes();
    for file in open {
        vfs.close(file);
    }
    let _ = vfs.changes();
}

fn path(bytes: &mut Bytes<'_>) -> Vec<u8> {
    const NAMES: [&[u8]; 14] =
        [b"a", b"b", b"..", b".", b"", b"m", b"tmp", b"e", b"a.lua", b"loop", b"up", b"out", b"x\0y", &[0xff]];
    let mut path = Vec::new();
    if bytes.byte() & 1 == 1 {
        path.push(b'/');
    }
    for index in 0..bytes.byte() % 6 {
        if index > 0 {
            path.push(b'/');
        }
        match bytes.byte() {
            255 => path.extend(std::iter::repeat_n(b'n', usize::from(bytes.byte()) * 20)),
            choice => path.extend_from_slice(NAMES[usize::from(choice) % NAMES.len()]),
        }
    }
    path
}
