//! `memory_growth`: a variable of a service that holds more and more, in proportion to the messages that the service has
//! handled. What is held is counted in values, not in bytes: garbage that is not yet collected does not count, and the
//! variable has a name. A service is looked at seven times while its messages become four times as many, then again over
//! the next four times; so the looks of a long run are few.

use std::collections::BTreeMap;

use crate::faults::is_runtime;
use crate::kernel::ServiceId;
use crate::lua::observe;
use crate::scenario::{Detector, Level, Plan};
use crate::state;

use super::super::check::state_of;
use super::super::run::World;
use super::Found;

/// Messages before the first look: whatever a service fills when it starts is full by then.
const FIRST: u64 = 1024;

/// Looks at a window: at its beginning, and after each half of what there were then, until there are four times as many.
const LOOKS: usize = 7;

/// Values that must have come within a window. Less may be chance.
const VALUES_MIN: u64 = 64;

/// Services that are larger are not looked at: a look copies all of it.
const BYTES_MAX: usize = 8 << 20;

/// What services held when they were looked at.
#[derive(Debug, Default)]
pub(in crate::world) struct Growth {
    services: BTreeMap<ServiceId, Vec<Weights>>,
    watching: Watching,
}

/// Values by the variables that hold them.
type Weights = BTreeMap<String, u64>;

/// Whether anybody wants to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Watching {
    #[default]
    No,
    Yes,
}

/// A variable that grows.
#[derive(Debug, PartialEq, Eq)]
struct Growing<'w> {
    path: &'w str,
    first: u64,
    last: u64,
}

impl Growth {
    pub(in crate::world) fn new(plan: &Plan) -> Growth {
        let wanted = plan.level(Detector::MemoryGrowth) != Level::Off;
        Growth { services: BTreeMap::new(), watching: if wanted { Watching::Yes } else { Watching::No } }
    }
}

impl World {
    /// Looks at what a service holds, if it is time for that.
    #[inline]
    pub(in crate::world) fn look_at_memory(&mut self, id: ServiceId) {
        if self.growth.watching == Watching::Yes {
            let messages = self.kernel.context(id).messages();
            if messages.is_multiple_of(FIRST / 2) && is_time_for_a_look(messages) {
                self.look_at_what_it_holds(id, messages);
            }
        }
    }

    #[cold]
    fn look_at_what_it_holds(&mut self, id: ServiceId, messages: u64) {
        let context = self.kernel.context(id);
        let name = context.label().to_owned();
        let can_be_seen = context.is_alive()
            && !is_runtime(&name)
            && observe::bytes_of(&mut self.kernel, id).is_some_and(|bytes| bytes <= BYTES_MAX);
        let Some(graph) = can_be_seen.then(|| state_of(&mut self.kernel, id)).flatten() else {
            self.growth.services.remove(&id);
            return;
        };
        let looks = self.growth.services.entry(id).or_default();
        looks.push(state::weights(&graph));
        if !ends_a_window(messages) {
            return;
        }
        // The last look at a window is the first at the next one.
        let window = std::mem::replace(looks, looks.last().cloned().into_iter().collect());
        let Some(Growing { path, first, last }) = growing(&window) else { return };
        let what = format!(
            "{name} holds more and more: `{path}` had {first} values after {} messages, and {last} after {messages}",
            messages / 4
        );
        let moment = (self.kernel.now(), self.kernel.event());
        self.observe(Detector::MemoryGrowth, Found::new(what, name, Some(moment)));
    }
}

/// The window that begins last before, or with, so many messages.
fn window(messages: u64) -> u64 {
    let mut window = FIRST;
    while window * 4 <= messages {
        window *= 4;
    }
    window
}

fn is_time_for_a_look(messages: u64) -> bool {
    messages >= FIRST && messages.is_multiple_of(window(messages) / 2)
}

fn ends_a_window(messages: u64) -> bool {
    messages > FIRST && messages == window(messages)
}

/// What has grown from each look to the next, never less than half as much as on average; of a table and a table in it
/// the inner one, if that is what grows.
fn growing(looks: &[Weights]) -> Option<Growing<'_>> {
    if looks.len() != LOOKS {
        // It was not looked at all the time.
        return None;
    }
    let (first, last) = (looks.first()?, looks.last()?);
    let mut best: Option<Growing<'_>> = None;
    for (path, until) in last {
        let series: Option<Vec<u64>> = looks.iter().map(|look| look.get(path).copied()).collect();
        let (Some(series), Some(from)) = (series, first.get(path)) else { continue };
        let grown = until.saturating_sub(*from);
        let steps = LOOKS as u64 - 1;
        let steadily = series.windows(2).all(|pair| pair[1] > pair[0] && (pair[1] - pair[0]) * steps * 2 >= grown);
        // Four times the messages are four times the values, or less if there were some from the start.
        if grown < VALUES_MIN || grown < *from || !steadily {
            continue;
        }
        // A path comes after those that it begins with.
        let is_better = best.as_ref().is_none_or(|best| {
            let inside = path.strip_prefix(best.path).is_some_and(|rest| rest.starts_with('.'));
            let best_grown = best.last - best.first;
            if inside { grown * 5 >= best_grown * 4 } else { grown > best_grown }
        });
        if is_better {
            best = Some(Growing { path, first: *from, last: *until });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rare() {
        let looks: Vec<u64> = (1..40_000).filter(|messages| is_time_for_a_look(*messages)).collect();
        let expected = [1024, 1536, 2048, 2560, 3072, 3584, 4096, 6144, 8192, 10240, 12288, 14336, 16384, 24576, 32768];
        assert_eq!(looks, expected);
        let ends: Vec<u64> = looks.into_iter().filter(|messages| ends_a_window(*messages)).collect();
        assert_eq!(ends, [4096, 16384]);
    }

    fn looks(series: &[(&str, [u64; LOOKS])]) -> Vec<Weights> {
        let look = |at: usize| series.iter().map(|(path, values)| ((*path).to_owned(), values[at])).collect();
        (0..LOOKS).map(look).collect()
    }

    fn found(series: &[(&str, [u64; LOOKS])]) -> Option<String> {
        growing(&looks(series)).map(|growing| growing.path.to_owned())
    }

    #[test]
    fn what_grows_all_the_time_is_found() {
        let leak = [10, 30, 50, 70, 90, 110, 130];
        assert_eq!(found(&[("calm", [5; LOOKS]), ("sessions", leak)]).as_deref(), Some("sessions"));
        let around = leak.map(|values| values + 100);
        assert_eq!(found(&[("state", around), ("state.sessions", leak)]).as_deref(), Some("state.sessions"));
        let uneven = [10, 35, 48, 75, 90, 105, 130];
        assert_eq!(found(&[("sessions", uneven)]).as_deref(), Some("sessions"));
    }

    #[test]
    fn what_fills_up_or_comes_and_goes_is_not() {
        assert_eq!(found(&[("history", [100, 400, 700, 1000, 1000, 1000, 1000])]), None);
        assert_eq!(found(&[("queue", [3, 40, 12, 90, 5, 70, 130])]), None);
        assert_eq!(found(&[("full", [500, 520, 540, 560, 580, 600, 620])]), None);
        assert_eq!(found(&[("few", [1, 2, 3, 4, 5, 6, 7])]), None);
        assert_eq!(found(&[("late", [10, 11, 12, 13, 14, 15, 200])]), None);
        let mut new = looks(&[("sessions", [10, 30, 50, 70, 90, 110, 130])]);
        new[0].clear();
        assert_eq!(growing(&new), None, "it was not there at first");
        assert_eq!(growing(&new[1..]), None);
    }
}
