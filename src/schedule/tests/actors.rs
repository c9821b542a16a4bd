//! Services that send each other messages of all kinds and start timers, and remember of each message
//! what came before it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{kernel, run, send, start};
use crate::base::{Handle, MessageKind, Session, VirtualTime};
use crate::kernel::{Kernel, Schedule, ServiceId};

const KINDS: [MessageKind; 4] = [MessageKind::LUA, MessageKind::RESPONSE, MessageKind::ERROR, MessageKind::TEXT];

/// A message that was sent, or a timer that was started.
pub(super) struct Sent {
    pub(super) to: ServiceId,
    /// The messages pushed before this one was, as far as its sender can know.
    pub(super) before: BTreeSet<u32>,
    /// The tick of a timer.
    pub(super) due: Option<u64>,
}

/// Everything that was sent, and what became of it.
#[derive(Default)]
pub(super) struct Book {
    pub(super) sent: Vec<Sent>,
    /// In the order of handling: which message, and when.
    pub(super) handled: Vec<(u32, VirtualTime)>,
    known: BTreeMap<ServiceId, BTreeSet<u32>>,
    timers: BTreeMap<(ServiceId, Session), u32>,
    peers: Vec<(ServiceId, Handle)>,
}

/// Six actors, and so many messages.
pub(super) fn traffic(schedule: Box<dyn Schedule>, messages: usize) -> Book {
    traffic_in(kernel(schedule), messages)
}

/// The same in a node that is made already.
pub(super) fn traffic_in(mut kernel: Kernel, messages: usize) -> Book {
    let book = Rc::new(RefCell::new(Book::default()));
    let shared = book.clone();
    let act = move |kernel: &mut Kernel, me: ServiceId, bytes: &[u8], session: Session| {
        act(&mut shared.borrow_mut(), kernel, me, bytes, session, messages);
    };
    let peers = start(&mut kernel, 6, Rc::new(act));
    book.borrow_mut().peers.clone_from(&peers);
    for (me, _) in peers {
        post(&mut book.borrow_mut(), &mut kernel, me, me);
    }
    run(&mut kernel);
    book.take()
}

fn act(book: &mut Book, kernel: &mut Kernel, me: ServiceId, bytes: &[u8], session: Session, messages: usize) {
    let number = match bytes.try_into() {
        Ok(bytes) => u32::from_le_bytes(bytes),
        Err(_) => book.timers[&(me, session)],
    };
    book.handled.push((number, kernel.now()));
    let before = book.sent[number as usize].before.clone();
    let known = book.known.entry(me).or_default();
    known.extend(before);
    known.insert(number);
    for index in 0..1 + number % 3 {
        if book.sent.len() >= messages {
            return;
        }
        if (number + index) % 5 == 0 {
            wait(book, kernel, me, i64::from(number % 3));
        }
        let to = book.peers[(number * 7 + index * 3) as usize % book.peers.len()].0;
        post(book, kernel, me, to);
    }
}

fn post(book: &mut Book, kernel: &mut Kernel, me: ServiceId, to: ServiceId) {
    let number = book.sent.len() as u32;
    let known = book.known.entry(me).or_default();
    book.sent.push(Sent { to, before: known.clone(), due: None });
    known.insert(number);
    let handle = kernel.context(to).handle();
    send(kernel, me, handle, KINDS[number as usize % KINDS.len()], &number.to_le_bytes());
}

/// A timer. One of no ticks is a message to oneself, like any other.
fn wait(book: &mut Book, kernel: &mut Kernel, me: ServiceId, ticks: i64) {
    let number = book.sent.len() as u32;
    let known = book.known.entry(me).or_default();
    let due = (ticks > 0).then(|| kernel.now().as_ticks() + ticks as u64);
    book.sent.push(Sent { to: me, before: known.clone(), due });
    if due.is_none() {
        known.insert(number);
    }
    let session = kernel.timeout(me, ticks as i32);
    book.timers.insert((me, session), number);
}
