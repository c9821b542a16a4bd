//! What detectors get to see of a run that is over.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{EventNumber, Handle, MessageKind, Session, VirtualTime};
use crate::kernel::{Kernel, ServiceId};
use crate::lua::dispatch::Request;
use crate::lua::waiting;
use crate::scenario::Waiting;

use super::super::failure::WaitingCall;
use super::super::report::Ending;
use super::super::run::World;
use super::super::waits::Waits;

/// A handler that ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Forgotten {
    /// The service whose handler it was.
    pub(super) service: String,
    /// Where the handler is.
    pub(super) handler: String,
    /// When it ended.
    pub(super) at: VirtualTime,
    /// During which event.
    pub(super) event: EventNumber,
}

/// Everything that detectors may look at.
pub(super) struct Evidence<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) waits: &'a Waits,
    /// Whether nothing is left to happen.
    pub(super) idle: bool,
    /// Whether the scenario lets calls wait.
    pub(super) waiting: Waiting,
    /// Handlers that ended without an answer, by the request that they were called for.
    pub(super) forgotten: &'a BTreeMap<Request, Forgotten>,
    /// What messages have changed and nobody has touched since, one of its paths each: of services whose states are
    /// compared.
    pub(super) untouched: BTreeMap<(ServiceId, EventNumber), String>,
    /// Requests that some coroutine or response function may still answer.
    held: BTreeSet<Request>,
    /// Requests whose coroutine is gone, and who had them.
    lost: BTreeMap<Request, Handle>,
    /// Requests that are on their way.
    travelling: BTreeSet<Request>,
    /// Answers that are on their way, by the request that they are for.
    answered: BTreeSet<Request>,
    explained: BTreeSet<usize>,
}

impl World {
    pub(super) fn evidence<'a>(&'a mut self, ending: &Ending, waits: &'a Waits) -> Evidence<'a> {
        let (mut held, mut lost) = (BTreeSet::new(), BTreeMap::new());
        let living: Vec<_> = self.kernel.services().filter(|(_, context)| context.is_alive()).collect();
        let living: Vec<_> = living.into_iter().map(|(id, context)| (id, context.handle())).collect();
        // Who holds what matters only where somebody waits.
        for (id, handle) in living.into_iter().filter(|_| !waits.all.is_empty()) {
            let requests = waiting::requests_of(&mut self.kernel, id);
            held.extend(requests.held);
            lost.extend(requests.lost.into_iter().map(|request| (request, handle)));
        }
        let (mut travelling, mut answered) = (BTreeSet::new(), BTreeSet::new());
        for (to, message) in self.kernel.undelivered().filter(|(_, message)| message.session != Session::NONE) {
            let is_answer = matches!(message.kind, MessageKind::RESPONSE | MessageKind::ERROR);
            let from = if is_answer { self.kernel.context(to).handle() } else { message.source };
            let request = Request { from, session: message.session };
            if is_answer { &mut answered } else { &mut travelling }.insert(request);
        }
        Evidence {
            kernel: &self.kernel,
            waits,
            idle: *ending == Ending::Idle,
            waiting: self.plan.expect.waiting,
            forgotten: &self.oddities.forgotten,
            untouched: self.reentrancy.untouched(),
            held,
            lost,
            travelling,
            answered,
            explained: BTreeSet::new(),
        }
    }
}

impl Evidence<'_> {
    /// Whether a wait is explained, or hangs on one that is.
    pub(super) fn is_explained(&self, index: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut at = Some(index);
        while let Some(index) = at.filter(|index| seen.insert(*index)) {
            if self.explained.contains(&index) {
                return true;
            }
            at = self.waits.next(index);
        }
        false
    }

    pub(super) fn explain(&mut self, waits: &[usize]) {
        self.explained.extend(waits);
    }

    pub(super) fn unexplained_calls(&self) -> Vec<WaitingCall> {
        let all = self.waits.all.iter().enumerate();
        let calls = all.filter(|(index, wait)| wait.is_call() && !self.is_explained(*index));
        calls.map(|(_, wait)| wait.told.clone()).collect()
    }

    /// Whether nothing that we know of may still lead to an answer.
    pub(super) fn is_nobodys(&self, request: Request) -> bool {
        !self.held.contains(&request) && !self.travelling.contains(&request) && !self.is_answered(request)
    }

    /// Whether its answer is on the way.
    pub(super) fn is_answered(&self, request: Request) -> bool {
        self.answered.contains(&request)
    }

    /// Who had a request whose coroutine is gone.
    pub(super) fn loser_of(&self, request: Request) -> Option<Handle> {
        self.lost.get(&request).copied()
    }
}
