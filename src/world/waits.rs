//! Who waits for what, as one graph: every coroutine that waits in a living service, and the calls of the scenario
//! itself. What a wait hangs on is another wait, as far as that is known.

use std::collections::BTreeMap;

use crate::base::{Handle, Session};
use crate::kernel::send::parse_hex;
use crate::kernel::{Kernel, ServiceId};
use crate::lua::dispatch::{Callee, Missed, PendingKind, Request};
use crate::lua::waiting;

use super::failure::WaitingCall;
use super::run::World;

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// The answer of a service, if its name means one.
    Answer(Option<Handle>),
    /// A lock (`skynet.queue`), whose holder waits for this session.
    Lock(Session),
    /// Somebody in the same service who wakes it.
    Wakeup,
}

/// One coroutine that waits, or one call of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) service: ServiceId,
    pub(super) waits_for: WaitsFor,
    /// The same as reports tell it.
    pub(super) told: WaitingCall,
    /// The request that the coroutine is to answer.
    pub(super) answers: Option<Request>,
    /// A wakeup for it that came before it waited.
    pub(super) missed: Option<Missed>,
}

/// All of them, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Waits {
    pub(super) all: Vec<Wait>,
    by_request: BTreeMap<Request, usize>,
    by_session: BTreeMap<(Handle, Session), usize>,
}

impl Wait {
    /// The request that it waits for an answer to, as its receiver knows it.
    pub(super) fn request(&self) -> Request {
        Request { from: self.told.handle, session: self.told.session }
    }

    pub(super) fn is_call(&self) -> bool {
        matches!(self.waits_for, WaitsFor::Answer(_))
    }
}

impl Waits {
    fn new(mut all: Vec<Wait>) -> Waits {
        all.sort_by_key(|wait| (wait.told.since, wait.told.handle, wait.told.session));
        let by_request = all.iter().enumerate().filter_map(|(index, wait)| Some((wait.answers?, index))).collect();
        let by_session =
            all.iter().enumerate().map(|(index, wait)| ((wait.told.handle, wait.told.session), index)).collect();
        Waits { all, by_request, by_session }
    }

    /// The wait that this one cannot end before: of the coroutine that is to answer it, or that holds the lock.
    pub(super) fn next(&self, index: usize) -> Option<usize> {
        let wait = &self.all[index];
        match wait.waits_for {
            WaitsFor::Answer(_) => self.by_request.get(&wait.request()).copied(),
            WaitsFor::Lock(holder) => self.by_session.get(&(wait.told.handle, holder)).copied(),
            WaitsFor::Wakeup => None,
        }
    }

    /// The wait for the answer to a request, if somebody still waits for it.
    pub(super) fn asker(&self, request: Request) -> Option<usize> {
        self.all.iter().position(|wait| wait.is_call() && wait.request() == request)
    }

    /// The calls among them.
    pub(super) fn calls(&self) -> Vec<WaitingCall> {
        self.all.iter().filter(|wait| wait.is_call()).map(|wait| wait.told.clone()).collect()
    }
}

impl World {
    /// Looks at every living service.
    pub(super) fn waits(&mut self) -> Waits {
        let driver = self.kernel.context(self.driver);
        let (who, handle) = (driver.label().to_owned(), driver.handle());
        let own = self.requests.iter().map(|(session, request)| Wait {
            service: self.driver,
            waits_for: WaitsFor::Answer(Some(request.to)),
            told: WaitingCall {
                who: who.clone(),
                handle,
                for_whom: request.to_label.clone(),
                session: *session,
                since: request.since,
                what: request.what.clone(),
            },
            answers: None,
            missed: None,
        });
        let mut all: Vec<Wait> = own.collect();
        let living: Vec<_> =
            self.kernel.services().filter(|(_, context)| context.is_alive()).map(|(id, _)| id).collect();
        for id in living {
            waits_of(&mut self.kernel, id, &mut all);
        }
        Waits::new(all)
    }
}

fn waits_of(kernel: &mut Kernel, id: ServiceId, all: &mut Vec<Wait>) {
    let pending = waiting::pending_of(kernel, id);
    let context = kernel.context(id);
    for pending in pending {
        let (waits_for, for_whom) = match pending.kind {
            PendingKind::Call(Callee::Handle(to)) => (WaitsFor::Answer(Some(to)), kernel.label_of(to)),
            PendingKind::Call(Callee::Name(name)) => {
                (WaitsFor::Answer(named(kernel, &name)), String::from_utf8_lossy(&name).into_owned())
            }
            PendingKind::Wait => match pending.lock_holder {
                Some(holder) => (WaitsFor::Lock(holder), "its skynet.queue".to_owned()),
                None => (WaitsFor::Wakeup, "a wakeup".to_owned()),
            },
            // Time alone ends these.
            PendingKind::Sleep | PendingKind::Timeout => continue,
        };
        let told = WaitingCall {
            who: context.label().to_owned(),
            handle: context.handle(),
            for_whom,
            session: pending.session,
            since: pending.since,
            what: pending.position,
        };
        all.push(Wait { service: id, waits_for, told, answers: pending.answers, missed: pending.missed });
    }
}

/// Whom a local name means; nobody that we know of, if it is a global one.
fn named(kernel: &Kernel, name: &[u8]) -> Option<Handle> {
    match name {
        [b':', hex @ ..] => Some(Handle(parse_hex(hex))),
        [b'.', local @ ..] => kernel.find_name(local),
        _ => None,
    }
}
