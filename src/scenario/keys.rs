//! Every key of the format, once: the reader refuses what is not listed here, and the JSON Schema is
//! made from the same lists. Knows no values and no meaning beyond a sentence for the editor.

/// A key of a table.
pub(super) struct Key {
    /// As it is written.
    pub(super) name: &'static str,
    /// What may stand behind it.
    pub(super) form: Form,
    /// One sentence for the editor.
    pub(super) about: &'static str,
}

/// What may stand behind a key.
pub(super) enum Form {
    /// The number of the format.
    Schema,
    Text,
    Texts,
    Boolean,
    /// An integer from the first to the second number.
    Integer(u64, u64),
    /// A seed: integer or text.
    Seed,
    /// The name of a schedule.
    Schedule,
    /// A span of virtual time.
    Span,
    /// A span, or two between which it is drawn.
    SpanOrRange,
    /// A size of memory.
    Size,
    /// RFC 3339 text or a TOML datetime.
    Moment,
    /// A number from 0 to 1.
    Probability,
    /// A probability, a boolean, or the numbers of the matches.
    Chance,
    /// A span, a range, or spans by the number of the match.
    Delay,
    /// A count, two between which it is drawn, or counts by the number of the match.
    Count,
    /// Arguments, some of which may be drawn.
    Arguments,
    /// Values, none of them drawn.
    Values,
    /// A table of strings, numbers and booleans.
    Environment,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// `pass`, or `fail: TEXT`.
    Outcome,
    /// A table with its own keys.
    Table(&'static [Key]),
    /// An array of tables.
    Tables(&'static [Key]),
    /// A table, or an array with one table.
    TableOrTables(&'static [Key]),
}

const fn key(name: &'static str, form: Form, about: &'static str) -> Key {
    Key { name, form, about }
}

const COUNT: Form = Form::Integer(1, i64::MAX as u64);

/// The largest `repeat`: ten times the largest number of services that anybody has asked for.
pub(super) const REPEAT_MAX: u64 = 100_000;

/// The top of the file.
pub(super) const TOP: &[Key] = &[
    key("schema", Form::Schema, "The version of this format: 1."),
    key("title", Form::Text, "One sentence: what must hold."),
    key(
        "seed",
        Form::Seed,
        "What all chance is drawn from: an integer, or decimal, 0x-hex or a 40-digit git hash as text. Default 0; --seed wins.",
    ),
    key("until", Form::Span, "Virtual time at which the run ends. Default: when nothing is left to happen."),
    key(
        "schedule",
        Form::Schedule,
        "Who runs next: skynet, random, uniform, fair, or pct:D with D from 1 to 10. Default skynet.",
    ),
    key("cost", Form::Span, "Virtual time that handling one message takes. Default 1us."),
    key(
        "branch",
        Form::TableOrTables(BRANCH),
        "From a moment on all that is left to chance is drawn from another seed. Several, if they come one after the other.",
    ),
    key(
        "folder",
        Form::Text,
        "What relative paths are relative to, itself relative to this file. Default: this file's folder.",
    ),
    key("limits", Form::Table(LIMITS), "What a run may use."),
    key("allow", Form::Table(ALLOW), "What services may do that is refused by default."),
    key("detect", Form::Texts, "Detectors whose findings fail the run, although by default they do not."),
    key("buggify", Form::Boolean, "Whether sim.buggify may say yes. Default true."),
    key(
        "dialect",
        Form::OneOf(&["skynet", "tutorial"]),
        "Which names services have: those of real Skynet, or also those that a tutorial takes for granted. Default skynet.",
    ),
    key("node", Form::TableOrTables(NODE), "The simulated Skynet node: the keys of a Skynet config file."),
    key("service", Form::Tables(SERVICE), "A service, started before the timeline."),
    key("reload", Form::Tables(RELOAD), "How a service is given new code; events and rules say when, by its name."),
    key("event", Form::Tables(EVENT), "An entry of the timeline: one trigger and one action."),
    key("fault", Form::Tables(FAULT), "A rule about what goes wrong; the first that matches wins."),
    key("budget", Form::Table(BUDGET), "What these rules may do at most."),
    key("swarm", Form::Table(SWARM), "Faults that are drawn from the seed: each kind on or off, then how strong."),
    key("pin", Form::Tables(PIN), "Which of two messages is handled first."),
    key("check", Form::Tables(CHECK), "A property, written in Lua."),
    key("model", Form::Tables(MODEL), "What the answers of a service are compared with, written in Lua."),
    key("expect", Form::Table(EXPECT), "What the run must and must not show."),
];

pub(super) const BRANCH: &[Key] = &[
    key("at", Form::Span, "The moment."),
    key("seed", Form::Seed, "What is drawn from after it, written as the seed of the file."),
    key(
        "schedule",
        Form::Schedule,
        "Who runs next after it: skynet, random, uniform, fair, or pct:D. Default: the schedule of the file.",
    ),
];

pub(super) const LIMITS: &[Key] = &[
    key("memory", Form::Size, "Memory of one service, as in 64MiB. Default: no limit."),
    key(
        "instructions",
        COUNT,
        "Lua instructions that handling one message may take before it counts as an endless loop. Default 1000000000.",
    ),
    key(
        "services",
        COUNT,
        "Services that may live at once, Skynet's own included: one more ends the run as a failure. Default 20000.",
    ),
    key("events", COUNT, "Events after which the run is stopped. Default: no limit."),
];

pub(super) const ALLOW: &[Key] = &[
    key("bytecode", Form::Boolean, "Whether precompiled Lua may be loaded."),
    key("native", Form::Texts, "Native modules that may be loaded from lua_cpath, as require names them."),
    key("detectors", Form::Texts, "Detectors that stay silent, as in forgotten_reply."),
];

pub(super) const NODE: &[Key] = &[
    key("start", Form::Text, "The main service."),
    key("luaservice", Form::Text, "Where services are found: patterns with ?, separated by ;."),
    key("lua_path", Form::Text, "Where require looks for Lua modules."),
    key("lua_cpath", Form::Text, "Where require looks for native modules."),
    key("snax", Form::Text, "Where snax services are found."),
    key("preload", Form::Text, "A Lua file that runs in every service before its own."),
    key("lualoader", Form::Text, "The Lua file that loads services."),
    key("bootstrap", Form::Text, "The first service and its arguments."),
    key("thread", Form::Integer(1, 1024), "Worker threads of the real server; services can read the number."),
    key("harbor", Form::Integer(0, 255), "The node's harbor id; 0 is a single node."),
    key("logger", Form::Text, "The log file or logger service."),
    key("profile", Form::Boolean, "Whether each service's processor time is counted."),
    key("env", Form::Environment, "Further keys of the environment."),
    key("config", Form::Text, "A real Skynet config file, instead of the keys above."),
    key("skynet", Form::Text, "A real Skynet checkout, whose Lua library is used instead of the built-in one."),
    key(
        "first_session",
        Form::Integer(0, i32::MAX as u64),
        "The session after which services begin to count, as if they had run for long. Default 0.",
    ),
    key(
        "pairs",
        Form::OneOf(&["table", "shuffled"]),
        "The order in which pairs goes: that of the table, or another one each time, drawn from the seed. Default table.",
    ),
    key("start_time", Form::Moment, "The wall clock at virtual time 0. Default 2024-01-01T00:00:00Z."),
];

pub(super) const SERVICE: &[Key] = &[
    key("name", Form::Text, "What this file and the reports call it."),
    key("file", Form::Text, "What is started, as skynet.newservice names it."),
    key("args", Form::Arguments, "Its arguments: strings, numbers and booleans."),
    key("repeat", Form::Integer(1, REPEAT_MAX), "So many of them; {i} in texts becomes 1, 2, .."),
];

pub(super) const RELOAD: &[Key] = &[
    key("name", Form::Text, "What events, rules and reports call it."),
    key("service", Form::Text, "The service that gets the code."),
    key(
        "how",
        Form::OneOf(&["message", "inject", "snax", "relaunch", "handover"]),
        "How it gets it: it is called and does it itself, a file runs inside, snax.hotfix, code cache cleared and service killed and started anew, or that with its state handed over. Default message.",
    ),
    key("args", Form::Values, "The values that it is called with. Default reload; for inject and snax none."),
    key("file", Form::Text, "With inject and snax: the Lua file."),
    key("export", Form::Values, "With handover: the values that the old service is called with. Default export."),
    key(
        "import",
        Form::Values,
        "With handover: the values that the new service is called with; what the old one answered stands behind them. Default import.",
    ),
    key("write", Form::Tables(WRITE), "Files that get another content right before."),
    key(
        "expect",
        Form::OneOf(&["any", "done", "refused"]),
        "What must come of it; an error, or false as the first value of the answer, is a refusal. Not asked of one that overlaps another reload of the service. Default any.",
    ),
    key("back", Form::Boolean, "Whether it leads back to an earlier version. Default false."),
    key(
        "identity",
        Form::Boolean,
        "Whether it changes nothing that can be seen, whenever it happens: skysim test and explore compare runs. Not with write or back. Default false.",
    ),
    key(
        "may_differ",
        Form::Texts,
        "What a reload of the same code may change all the same: patterns as those of skysim reload --ignore.",
    ),
];

/// The keys that say when an event happens.
pub(super) const TRIGGERS: [&str; 3] = ["at", "every", "when"];

/// The keys that say what an event does.
pub(super) const ACTIONS: [&str; 11] =
    ["call", "send", "kill", "exit", "restart", "pause", "resume", "write", "inject", "reload", "log"];

pub(super) const EVENT: &[Key] = &[
    key("at", Form::SpanOrRange, "Once, at this virtual time."),
    key("every", Form::SpanOrRange, "Again and again, so far apart."),
    key("from", Form::SpanOrRange, "The first time of every. Default: one period after the start."),
    key("to", Form::SpanOrRange, "The time after which every ends. Default: never."),
    key("times", COUNT, "How often every happens at most. Default: without end."),
    key("when", Form::Table(WHEN), "Once, when a service is about to handle a certain message."),
    key("call", Form::Table(CALL), "A request, whose answer is awaited."),
    key("send", Form::Table(SEND), "A message that wants no answer."),
    key("kill", Form::Text, "Kills a service from outside, at once."),
    key("exit", Form::Text, "Makes a service leave by itself, as skynet.exit does."),
    key("restart", Form::Text, "Kills a service if it lives and starts it anew."),
    key("pause", Form::Text, "Stops a service; messages gather in its mailbox."),
    key("resume", Form::Text, "Ends a pause."),
    key("write", Form::Table(WRITE), "Replaces or makes a file of the node."),
    key("inject", Form::Table(INJECT), "Runs Lua inside a service, as the debug console's inject does."),
    key("reload", Form::Text, "Gives new code to a service, as the [[reload]] of this name says."),
    key("log", Form::Text, "A line in the log and the trace."),
    key("restart_after", Form::SpanOrRange, "With kill or exit: how much later the service is started again."),
    key("repeat", Form::Integer(1, REPEAT_MAX), "So many events like this one; {i} in texts becomes 1, 2, .."),
    key("probability", Form::Probability, "How likely it is that this happens at all, drawn from the seed."),
];

pub(super) const WHEN: &[Key] = &[
    key("service", Form::Text, "The service that receives the message; may be a pattern."),
    key(
        "message",
        Form::Text,
        "The message's first value, if that is a string; may be a pattern. Default: any message.",
    ),
    key("nth", COUNT, "Which of the matching messages. Default 1."),
    key("kind", Form::Text, "The name of the message type, such as lua or response. Default: any type."),
];

pub(super) const CALL: &[Key] = &[
    key("to", Form::Text, "The service: a name of this file, or a local name such as .launcher."),
    key("args", Form::Arguments, "The values sent."),
    key("type", Form::Text, "The name of the message type. Default lua."),
    key("expect", Form::Values, "The values that the answer must have."),
    key("expect_error", Form::Text, "The answer must be an error that contains this text."),
];

pub(super) const SEND: &[Key] = &[
    key("to", Form::Text, "The service: a name of this file, a local name, or a pattern for several."),
    key("args", Form::Arguments, "The values sent."),
    key("type", Form::Text, "The name of the message type. Default lua."),
];

pub(super) const WRITE: &[Key] = &[
    key("path", Form::Text, "The file, as the node sees it."),
    key("from", Form::Text, "A file of the scenario, whose content it gets."),
    key("text", Form::Text, "The content that it gets."),
];

pub(super) const INJECT: &[Key] = &[
    key("to", Form::Text, "The service; may be a pattern."),
    key("file", Form::Text, "The Lua file that is run."),
    key("args", Form::Arguments, "What it is called with."),
];

/// The keys of a rule that say what it does, or how much.
pub(super) const FAULT: &[Key] = &[
    key("name", Form::Text, "What reports call the rule. Default fault-1, fault-2, .."),
    key("match", Form::Table(MATCH), "What it is about. Default: everything."),
    key(
        "probability",
        Form::Chance,
        "How likely the rule takes what it matches; what it does not take is left to the next rule. Default 1; or { nth = [3, 17] }: which.",
    ),
    key("drop", Form::Chance, "How likely a message is lost; or { nth = [3, 17] }: which."),
    key("duplicate", Form::Chance, "How likely a message arrives twice; or { nth = [3, 17] }: which."),
    key(
        "error",
        Form::Chance,
        "How likely the sender gets an error instead of an answer; or { nth = [3, 17] }: which.",
    ),
    key(
        "delay",
        Form::Delay,
        "How much later a message arrives: a span, two between which it is drawn, or { nth = { 3 = '12ms' } }.",
    ),
    key(
        "reorder",
        Form::Count,
        "How many of the messages that wait in its mailbox a message overtakes: a count, two between which it is drawn, or { nth = { 3 = 2 } }.",
    ),
    key("kill", Form::Chance, "How likely a service is killed when it is about to handle a message."),
    key("exit", Form::Chance, "How likely it is told then to leave by itself, as skynet.exit does."),
    key(
        "crash",
        Form::Chance,
        "How likely it is gone then without last words: no finalizer runs, and what it wrote and did not flush is lost.",
    ),
    key(
        "restart_after",
        Form::Delay,
        "With kill, exit and the crashes: how much later the service is started again. Default: never.",
    ),
    key(
        "restart",
        Form::OneOf(&["kept", "clean"]),
        "With kill, exit and the crashes: whether the service keeps the files that it wrote, or finds them gone. Default kept.",
    ),
    key(
        "torn",
        Form::Count,
        "With the crashes: how many bytes reach each file all the same of what was written and not flushed. Default 0.",
    ),
    key("pause", Form::Delay, "For how long a service that is about to handle a message does nothing."),
    key("slow", Form::Delay, "How much longer handling the message takes."),
    key("slow_cpu", Form::Delay, "How much longer it takes for each instruction of Lua."),
    key("memory", Form::Count, "How many KiB more than now the service may use from then on."),
    key(
        "reload",
        Form::Chance,
        "How likely a service is given new code then, as the [[reload]] says that `with` names.",
    ),
    key("with", Form::Text, "With reload: the name of the [[reload]]."),
    key("clock_forward", Form::Delay, "How far the wall clock jumps forward when the message is handled."),
    key("clock_back", Form::Delay, "How far the wall clock jumps back when the message is handled."),
    key("clock_gains", Form::Delay, "How much the wall clock gains in each second from then on."),
    key("clock_loses", Form::Delay, "How much it loses in each second from then on; with 1s or more it stands."),
    key(
        "late",
        Form::Delay,
        "For how long the timer thread does not run when a timer is due; then all that are due come at once.",
    ),
    key("launch_fails", Form::Chance, "How likely a service that another wants to start does not start."),
    key(
        "file_error",
        Form::Chance,
        "How likely opening, reading, writing, renaming or removing a file fails: Input/output error.",
    ),
    key("disk_full", Form::Chance, "How likely writing to a file fails: No space left on device."),
    key("short_write", Form::Count, "How many bytes of a write reach the file before there is no space left."),
    key("slow_disk", Form::Delay, "How long opening, reading, writing, renaming or removing takes."),
    key("throw", Form::Chance, "How likely a call of the native function match.call raises an error."),
    key(
        "crash_in_call",
        Form::Chance,
        "How likely the service crashes when it calls match.call, in the middle of its handler.",
    ),
    key(
        "optional",
        Form::Boolean,
        "Whether a run in which the rule never acts proves something all the same. Default false.",
    ),
];

pub(super) const MATCH: &[Key] = &[
    key("from", Form::Text, "The sender; may be a pattern."),
    key(
        "to",
        Form::Text,
        "The receiver; the service that has the timer or uses the file; the file of the service that starts. May be a pattern.",
    ),
    key("type", Form::Text, "The name of the message type, such as lua or response."),
    key("command", Form::Text, "The message's first value, if that is a string; may be a pattern."),
    key("path", Form::Text, "The file, as the service names it; may be a pattern."),
    key(
        "call",
        Form::Text,
        "The native function, such as io.open or file.write, or a point that the service names, such as sim:saved; may be a pattern. With throw and crash_in_call, and only there.",
    ),
    key("nth", COUNT, "Only this one of those that fit otherwise."),
    key("after", Form::Span, "Only from this virtual time on."),
    key("before", Form::Span, "Only before this virtual time."),
];

pub(super) const BUDGET: &[Key] = &[
    key(
        "down",
        Form::Integer(0, u32::MAX as u64),
        "How many services may be dead or paused at once because of rules. Default: all; with [swarm] 1.",
    ),
    key("keep", Form::Texts, "Services that no rule may kill, pause or take memory from; may be patterns."),
    key(
        "quiet_after",
        Form::Span,
        "From this virtual time on no rule acts; what rules killed is started again, what they paused goes on.",
    ),
];

pub(super) const SWARM: &[Key] = &[
    key(
        "kinds",
        Form::Texts,
        "What may be drawn: keys of [[fault]] that say what goes wrong, sessions and pairs; reload draws among all of [[reload]]. Default: pause, slow, late and sessions.",
    ),
    key("match", Form::Table(MATCH), "What it may happen to. Default: everything."),
];

pub(super) const PIN: &[Key] = &[
    key("hold", Form::Table(MESSAGE), "The message that waits; its service waits with it."),
    key("after", Form::Table(MESSAGE), "The message that must be handled before."),
];

pub(super) const MESSAGE: &[Key] = &[
    key("to", Form::Text, "The service that handles it."),
    key("from", Form::Text, "Who sent it; timer for timers. Default: anybody."),
    key("type", Form::Text, "The name of the message type, such as lua or response. Default: any type."),
    key("command", Form::Text, "The message's first value, if that is a string. Default: any message."),
    key("nth", COUNT, "Which of the messages that are so, in the order in which they are handled. Default 1."),
];

/// The keys that say when a check is made.
pub(super) const MOMENTS: [&str; 3] = ["always", "eventually", "at_end"];

pub(super) const CHECK: &[Key] = &[
    key("name", Form::Text, "What reports call it. Default: the path."),
    key(
        "always",
        Form::Text,
        "A Lua file that must hold whenever it is looked at: after every action and answer of the timeline, and every 100 ms of virtual time in which something happens.",
    ),
    key(
        "eventually",
        Form::Text,
        "A Lua file, looked at like always, that may be false, but never for longer than within.",
    ),
    key("within", Form::Span, "With eventually: for how much virtual time it may be false."),
    key("at_end", Form::Text, "A Lua file that must hold when the run is over."),
];

/// The last argument that can name the thing an operation is about.
pub(super) const KEY_MAX: u64 = 255;

pub(super) const MODEL: &[Key] = &[
    key("name", Form::Text, "What reports call it. Default: the file."),
    key("service", Form::Text, "The service whose answers to calls are compared."),
    key("file", Form::Text, "The Lua file with the operations."),
    key(
        "order",
        Form::OneOf(&["answered", "linearizable"]),
        "In which order operations may have happened: in that of their answers, or in any in which each happens between its beginning and its answer. Default answered.",
    ),
    key(
        "key",
        Form::Integer(1, KEY_MAX),
        "Which argument behind the command names the thing that an operation is about: the history of each is compared by itself.",
    ),
    key("steps", COUNT, "After so many tries of an operation the run counts as undecided. Default 100000."),
];

pub(super) const EXPECT: &[Key] = &[
    key("logs", Form::Texts, "Each is part of some log line."),
    key("logs_no", Form::Texts, "None is part of any log line."),
    key("prints", Form::Texts, "Each is part of some line that services print."),
    key("prints_no", Form::Texts, "None is part of any line that services print."),
    key("errors", Form::Texts, "Parts of uncaught Lua errors that may happen; any other fails the run."),
    key(
        "waiting",
        Form::OneOf(&["forbid", "allow"]),
        "Whether calls may still wait for their answer at the end. Default forbid.",
    ),
    key("snapshot", Form::Texts, "The services whose final state is compared with a stored one."),
    key(
        "versions",
        Form::Texts,
        "Numbers or versions such as 1.10.2 that never go back, unless a reload leads back: 'state SERVICE.VARIABLE', or 'reply SERVICE.COMMAND[1]' with patterns.",
    ),
    key(
        "outcome",
        Form::Outcome,
        "pass, or 'fail: TEXT': the run must fail, with this text in the verdict. Default pass.",
    ),
];
