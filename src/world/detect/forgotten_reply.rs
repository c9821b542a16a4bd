//! `forgotten_reply`: the handler of a request has returned, without `skynet.ret`, `skynet.response` or
//! `skynet.ignoreret`, and its caller waits to the end of the run. Real Skynet only logs `Maybe forgot response`.

use super::Found;
use super::evidence::Evidence;

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Found> {
    let calls = evidence.waits.all.iter().enumerate().filter(|(_, wait)| wait.is_call());
    let found = calls.filter_map(|(index, wait)| {
        let forgotten = evidence.forgotten.get(&wait.request())?;
        if evidence.is_answered(wait.request()) {
            return None;
        }
        Some(Found {
            what: format!("{} forgot to answer: its handler {} returned", forgotten.service, forgotten.handler),
            list: vec![wait.told.to_string()],
            services: vec![forgotten.service.clone()],
            moment: Some((forgotten.at, forgotten.event)),
            explains: vec![index],
        })
    });
    found.collect()
}
