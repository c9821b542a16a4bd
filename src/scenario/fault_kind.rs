//! What can go wrong: every kind of fault, once. A kind says what it is about and what is drawn for it; the
//! layer that carries it out knows the rest.

/// One kind of fault, or what goes with one. The order is that of plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// Whether the rule takes a match at all.
    Probability,
    /// A message is lost.
    Drop,
    /// It arrives twice.
    Duplicate,
    /// Its sender gets an error instead of an answer.
    Error,
    /// It arrives later.
    Delay,
    /// It overtakes others of its mailbox.
    Reorder,
    /// A service is killed before it handles the message.
    Kill,
    /// It leaves by itself, as soon as it comes to it.
    Exit,
    /// It is gone at once, without last words, and what it has not flushed is lost.
    Crash,
    /// How much later it is started again.
    RestartAfter,
    /// How many bytes of each file reach the disk although they were not flushed.
    Torn,
    /// It handles nothing for so long.
    Pause,
    /// Handling the message takes longer.
    Slow,
    /// Handling it takes longer, for each instruction of Lua.
    SlowCpu,
    /// From now on it has so much memory left.
    Memory,
    /// A service is given new code.
    Reload,
    /// The wall clock jumps forward.
    ClockForward,
    /// The wall clock jumps back.
    ClockBack,
    /// From then on the wall clock goes too fast.
    ClockGains,
    /// From then on it goes too slow.
    ClockLoses,
    /// The timer thread does not run for so long, and then catches up.
    Late,
    /// A service does not start.
    LaunchFails,
    /// Reading, writing or opening a file fails.
    FileError,
    /// There is no space left to write.
    DiskFull,
    /// Only so many bytes of a write are written before it fails.
    ShortWrite,
    /// The operation takes longer.
    SlowDisk,
    /// A call of a native function raises an error.
    Throw,
    /// The service is gone in the middle of such a call, without last words.
    CrashInCall,
}

/// What a rule is about: where in a run it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// Messages that services send each other.
    Messages,
    /// Services that are about to handle a message.
    Turns,
    /// Timers that are due.
    Timers,
    /// Services that are to be started.
    Launches,
    /// What services do with files.
    Files,
    /// Calls of native functions.
    Calls,
}

/// What is drawn for each match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Whether.
    Chance,
    /// How long.
    Span,
    /// How many.
    Count,
}

impl FaultKind {
    /// All, in the order of plans.
    pub const ALL: [FaultKind; 28] = [
        FaultKind::Probability,
        FaultKind::Drop,
        FaultKind::Duplicate,
        FaultKind::Error,
        FaultKind::Delay,
        FaultKind::Reorder,
        FaultKind::Kill,
        FaultKind::Exit,
        FaultKind::Crash,
        FaultKind::RestartAfter,
        FaultKind::Torn,
        FaultKind::Pause,
        FaultKind::Slow,
        FaultKind::SlowCpu,
        FaultKind::Memory,
        FaultKind::Reload,
        FaultKind::ClockForward,
        FaultKind::ClockBack,
        FaultKind::ClockGains,
        FaultKind::ClockLoses,
        FaultKind::Late,
        FaultKind::LaunchFails,
        FaultKind::FileError,
        FaultKind::DiskFull,
        FaultKind::ShortWrite,
        FaultKind::SlowDisk,
        FaultKind::Throw,
        FaultKind::CrashInCall,
    ];

    /// The key, what it is about (nothing for what only goes with an effect), and what is drawn.
    const fn facts(self) -> (&'static str, Option<Domain>, Form) {
        use Domain::{Calls, Files, Launches, Messages, Timers, Turns};
        match self {
            FaultKind::Probability => ("probability", None, Form::Chance),
            FaultKind::Drop => ("drop", Some(Messages), Form::Chance),
            FaultKind::Duplicate => ("duplicate", Some(Messages), Form::Chance),
            FaultKind::Error => ("error", Some(Messages), Form::Chance),
            FaultKind::Delay => ("delay", Some(Messages), Form::Span),
            FaultKind::Reorder => ("reorder", Some(Messages), Form::Count),
            FaultKind::Kill => ("kill", Some(Turns), Form::Chance),
            FaultKind::Exit => ("exit", Some(Turns), Form::Chance),
            FaultKind::Crash => ("crash", Some(Turns), Form::Chance),
            FaultKind::RestartAfter => ("restart_after", None, Form::Span),
            FaultKind::Torn => ("torn", None, Form::Count),
            FaultKind::Pause => ("pause", Some(Turns), Form::Span),
            FaultKind::Slow => ("slow", Some(Turns), Form::Span),
            FaultKind::SlowCpu => ("slow_cpu", Some(Turns), Form::Span),
            FaultKind::Memory => ("memory", Some(Turns), Form::Count),
            FaultKind::Reload => ("reload", Some(Turns), Form::Chance),
            FaultKind::ClockForward => ("clock_forward", Some(Turns), Form::Span),
            FaultKind::ClockBack => ("clock_back", Some(Turns), Form::Span),
            FaultKind::ClockGains => ("clock_gains", Some(Turns), Form::Span),
            FaultKind::ClockLoses => ("clock_loses", Some(Turns), Form::Span),
            FaultKind::Late => ("late", Some(Timers), Form::Span),
            FaultKind::LaunchFails => ("launch_fails", Some(Launches), Form::Chance),
            FaultKind::FileError => ("file_error", Some(Files), Form::Chance),
            FaultKind::DiskFull => ("disk_full", Some(Files), Form::Chance),
            FaultKind::ShortWrite => ("short_write", Some(Files), Form::Count),
            FaultKind::SlowDisk => ("slow_disk", Some(Files), Form::Span),
            FaultKind::Throw => ("throw", Some(Calls), Form::Chance),
            FaultKind::CrashInCall => ("crash_in_call", Some(Calls), Form::Chance),
        }
    }

    /// The key in scenario files, and the word in traces and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().0
    }

    /// What it is about; `None` for what only goes with an effect.
    #[must_use]
    pub const fn domain(self) -> Option<Domain> {
        self.facts().1
    }

    /// What is drawn for each match.
    #[must_use]
    pub const fn form(self) -> Form {
        self.facts().2
    }

    /// The kind with this key.
    #[must_use]
    pub fn by_name(name: &str) -> Option<FaultKind> {
        FaultKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
