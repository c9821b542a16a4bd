//! `unanswerable`: a call whose callee is dead, or whose handler's coroutine is gone, and which nobody else has been
//! given. Real Skynet sends no error for either. A scenario that lets calls wait may well have killed the callee.

use super::Found;
use super::evidence::Evidence;
use crate::faults::DRIVER_LABEL;
use crate::scenario::Waiting;

use super::super::waits::WaitsFor;

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Found> {
    if evidence.waiting == Waiting::Allow {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (index, wait) in evidence.waits.all.iter().enumerate() {
        let WaitsFor::Answer(Some(to)) = wait.waits_for else { continue };
        if evidence.is_explained(index) || !evidence.is_nobodys(wait.request()) {
            continue;
        }
        let callee = evidence.kernel.label_of(to);
        let gone = evidence.kernel.find(to).is_none() && !evidence.kernel.is_remote(to);
        let (what, service) = match evidence.loser_of(wait.request()) {
            _ if gone => (format!("{callee} died before it answered, and nobody else can"), callee),
            Some(loser) => {
                let loser = evidence.kernel.label_of(loser);
                (format!("the coroutine with which {loser} handled a call is gone, without an answer"), loser)
            }
            None => continue,
        };
        let mut list = vec![wait.told.to_string()];
        let death = evidence.kernel.death_of(to).filter(|_| gone);
        if let Some(death) = death {
            let how = match evidence.kernel.label_of(death.by) {
                _ if death.by == to => "left".to_owned(),
                by if by == DRIVER_LABEL => "was killed by the scenario".to_owned(),
                by => format!("was killed by {by}"),
            };
            list.push(format!("{service} {how} at {} (#{})", death.at, death.event));
        }
        let moment = death.map(|death| (death.at, death.event));
        all.push(Found { what, list, services: vec![service], moment, explains: vec![index] });
    }
    all
}
