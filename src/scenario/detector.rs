//! The detectors: what is looked for in every run without anybody having written a check. Their names and what a
//! finding means; the looking itself is `world/detect`.

use super::plan::Plan;

/// Something that is looked for in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detector {
    /// Calls that wait for each other in a circle.
    Deadlock,
    /// A handler that ended without answering, and its caller still waits.
    ForgottenReply,
    /// A call that nobody can answer any more.
    Unanswerable,
    /// A handler that waits for a wakeup that never comes.
    LostWakeup,
    /// A wakeup that hits another task than the one that was meant.
    WrongWakeup,
    /// A wait where no coroutine can wait.
    FailedYield,
    /// Code that replaced other code has copies of its variables.
    UpvalueSplit,
    /// A request that was answered a second time.
    DoubleReply,
    /// A response that nobody waits for.
    UnknownResponse,
    /// A message of a type that its receiver does not handle.
    UnregisteredProtocol,
    /// A message whose receiver is gone.
    MessageToTheDead,
    /// A coroutine that waits when nothing is left to happen.
    LeakedCoroutine,
    /// A call that its caller has given up, and that was never answered.
    LeakedSession,
    /// State that was checked before a wait, changed by others during it, and acted on after it.
    CheckThenAct,
    /// State that changed while a handler waited.
    Reentrancy,
    /// A mailbox that is not served while others are.
    Starvation,
    /// A timer whose service is gone.
    OrphanedTimer,
    /// A variable that holds more and more.
    MemoryGrowth,
}

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The run fails.
    Fails,
    /// It is counted and told.
    Notes,
    /// Nobody looks.
    Off,
}

impl Detector {
    /// All of them, in the order in which reports name them.
    pub const ALL: [Detector; 18] = [
        Detector::Deadlock,
        Detector::ForgottenReply,
        Detector::Unanswerable,
        Detector::LostWakeup,
        Detector::WrongWakeup,
        Detector::FailedYield,
        Detector::UpvalueSplit,
        Detector::DoubleReply,
        Detector::UnknownResponse,
        Detector::UnregisteredProtocol,
        Detector::MessageToTheDead,
        Detector::LeakedCoroutine,
        Detector::LeakedSession,
        Detector::CheckThenAct,
        Detector::Reentrancy,
        Detector::Starvation,
        Detector::OrphanedTimer,
        Detector::MemoryGrowth,
    ];

    /// As scenarios and reports write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Detector::Deadlock => "deadlock",
            Detector::ForgottenReply => "forgotten_reply",
            Detector::Unanswerable => "unanswerable",
            Detector::LostWakeup => "lost_wakeup",
            Detector::WrongWakeup => "wrong_wakeup",
            Detector::FailedYield => "failed_yield",
            Detector::UpvalueSplit => "upvalue_split",
            Detector::DoubleReply => "double_reply",
            Detector::UnknownResponse => "unknown_response",
            Detector::UnregisteredProtocol => "unregistered_protocol",
            Detector::MessageToTheDead => "message_to_the_dead",
            Detector::LeakedCoroutine => "leaked_coroutine",
            Detector::LeakedSession => "leaked_session",
            Detector::CheckThenAct => "check_then_act",
            Detector::Reentrancy => "reentrancy",
            Detector::Starvation => "starvation",
            Detector::OrphanedTimer => "orphaned_timer",
            Detector::MemoryGrowth => "memory_growth",
        }
    }

    /// The detector with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Detector> {
        Detector::ALL.into_iter().find(|detector| detector.name() == name)
    }

    /// What a finding means in a scenario that does not say: it fails the run only if it is a bug for certain.
    #[must_use]
    pub const fn default_level(self) -> Level {
        match self {
            Detector::Deadlock
            | Detector::ForgottenReply
            | Detector::Unanswerable
            | Detector::LostWakeup
            | Detector::WrongWakeup
            | Detector::FailedYield
            | Detector::UpvalueSplit => Level::Fails,
            Detector::DoubleReply
            | Detector::UnknownResponse
            | Detector::UnregisteredProtocol
            | Detector::MessageToTheDead
            | Detector::LeakedCoroutine
            | Detector::LeakedSession
            | Detector::OrphanedTimer => Level::Notes,
            Detector::CheckThenAct | Detector::Reentrancy | Detector::Starvation | Detector::MemoryGrowth => Level::Off,
        }
    }
}

impl Plan {
    /// What a finding of this detector means in this plan.
    #[must_use]
    pub fn level(&self, detector: Detector) -> Level {
        if self.allow.detectors.contains(&detector) {
            Level::Off
        } else if self.detect.contains(&detector) || (detector == Detector::DoubleReply && !self.reloads.is_empty()) {
            // That nobody is answered twice is a property of every reload.
            Level::Fails
        } else {
            detector.default_level()
        }
    }
}
