//! `lost_wakeup`: the handler of a request waits in `skynet.wait`, its caller waits for the answer, and nothing is left to
//! happen, so nobody will ever wake it. While other things still happen that is known only if a wakeup for it came before it
//! waited. A scenario that lets calls wait may well have parked them. A worker that is to answer nobody may wait: unless
//! its last wakeup came before it waited, and what the waker has put down for it lies there untouched (which only those
//! know who compare states).

use super::Found;
use super::evidence::Evidence;
use crate::lua::library;
use crate::scenario::Waiting;

use super::super::waits::{Wait, WaitsFor};

/// The file of `skynet.wait`, as a place in it begins.
const CORE: &str = "/lualib/skynet.lua:";

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Found> {
    if evidence.waiting == Waiting::Allow {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (index, wait) in evidence.waits.all.iter().enumerate() {
        let certain = evidence.idle || wait.missed.is_some();
        // What waits in the runtime's own code waits for its caller. A checkout's `skynet.wait` is Lua itself.
        let mut frames = wait.told.what.split(" < ");
        let own = frames.find(|frame| !frame.contains(CORE)).is_some_and(library::has_place);
        if wait.waits_for != WaitsFor::Wakeup || !certain || own || evidence.is_explained(index) {
            continue;
        }
        let asker = wait.answers.and_then(|request| evidence.waits.asker(request));
        let consequence = match (asker, wait.missed) {
            (Some(asker), _) => format!("so there is no answer for: {}", evidence.waits.all[asker].told),
            (None, Some(missed)) if evidence.idle => match evidence.untouched.get(&(wait.service, missed.event)) {
                Some(path) => format!("nobody has touched what came with it: {path}"),
                None => continue,
            },
            _ => continue,
        };
        all.push(found(wait, consequence, index));
    }
    all
}

fn found(wait: &Wait, consequence: String, index: usize) -> Found {
    let who = &wait.told.who;
    let place = wait.told.what.split(" < ").next().unwrap_or_default();
    let mut list = vec![wait.told.to_string()];
    list.push(match wait.missed {
        Some(missed) => format!("its wakeup came at {} (#{}), before it waited", missed.at, missed.event),
        None => "since then nobody in the service has called skynet.wakeup for it".to_owned(),
    });
    list.push(consequence);
    Found {
        what: format!("{who} waits at {place} for a wakeup that never comes"),
        list,
        services: vec![who.clone()],
        moment: None,
        explains: vec![index],
    }
}
