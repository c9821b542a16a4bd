//! `deadlock`: waits that hang on each other in a circle. What is certain are calls, as their receiver knows which
//! coroutine is to answer them, and `skynet.queue`, whose holder is known. For whom a plain `skynet.wait` waits is not
//! known; if nothing is left to happen, one that is to answer a call made on behalf of its own service closes a circle.

use super::Found;
use super::evidence::Evidence;

use super::super::waits::{Wait, Waits, WaitsFor};

/// Calls of a service that one plain wait in it may hang on: the oldest ones.
const GUESSES_MAX: usize = 64;

/// How far the search has come with a wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Fresh,
    OnPath,
    Done,
}

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Found> {
    circles(evidence.waits, evidence.idle).into_iter().map(|circle| found(evidence.waits, circle)).collect()
}

fn found(waits: &Waits, circle: Vec<usize>) -> Found {
    let of_circle: Vec<&Wait> = circle.iter().map(|index| &waits.all[*index]).collect();
    let mut what = String::from("calls wait for each other: ");
    for wait in &of_circle {
        let step = match wait.waits_for {
            WaitsFor::Answer(_) => "call",
            WaitsFor::Lock(_) => "queue",
            WaitsFor::Wakeup => "wait",
        };
        what.push_str(&format!("{} -{step}-> ", wait.told.who));
    }
    what.push_str(&of_circle[0].told.who);
    let mut services: Vec<String> = of_circle.iter().map(|wait| wait.told.who.clone()).collect();
    services.sort();
    services.dedup();
    let list = of_circle.iter().map(|wait| wait.told.to_string()).collect();
    Found { what, list, services, moment: None, explains: circle }
}

/// Circles without a wait in common, each from its oldest call on.
fn circles(waits: &Waits, idle: bool) -> Vec<Vec<usize>> {
    let mut marks = vec![Mark::Fresh; waits.all.len()];
    let mut circles: Vec<Vec<usize>> = Vec::new();
    for start in 0..waits.all.len() {
        // The path so far, each with what it may hang on and has not been followed.
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut visit = Some(start).filter(|start| marks[*start] == Mark::Fresh);
        while let Some(index) = visit.take() {
            marks[index] = Mark::OnPath;
            path.push((index, hangs_on(waits, index, idle)));
            while let Some((at, rest)) = path.last_mut() {
                let at = *at;
                match rest.pop() {
                    Some(next) if marks[next] == Mark::Fresh => {
                        visit = Some(next);
                        break;
                    }
                    Some(next) if marks[next] == Mark::OnPath => {
                        let from = path.iter().position(|(index, _)| *index == next).unwrap_or(0);
                        circles.push(path[from..].iter().map(|(index, _)| *index).collect());
                        // Nothing of this circle takes part in another one.
                        for (index, rest) in &mut path[from..] {
                            marks[*index] = Mark::Done;
                            rest.clear();
                        }
                    }
                    Some(_) => {}
                    None => {
                        marks[at] = Mark::Done;
                        path.pop();
                    }
                }
            }
        }
    }
    circles.iter().map(|circle| from_oldest(waits, circle)).collect()
}

fn from_oldest(waits: &Waits, circle: &[usize]) -> Vec<usize> {
    let calls = (0..circle.len()).filter(|place| waits.all[circle[*place]].is_call());
    let oldest = calls.min_by_key(|place| circle[*place]).unwrap_or(0);
    let mut turned = circle.to_owned();
    turned.rotate_left(oldest);
    turned
}

fn hangs_on(waits: &Waits, index: usize, idle: bool) -> Vec<usize> {
    let wait = &waits.all[index];
    if wait.waits_for != WaitsFor::Wakeup {
        return waits.next(index).into_iter().collect();
    }
    if !idle || wait.answers.is_none() {
        return Vec::new();
    }
    let own = waits.all.iter().enumerate().filter(|(_, other)| other.service == wait.service && other.is_call());
    let mut guesses: Vec<usize> = own.map(|(index, _)| index).take(GUESSES_MAX).collect();
    // The last is followed first.
    guesses.reverse();
    guesses
}
