//! One schedule takes over from another in the middle of a run.

use super::context::{Life, ServiceId};
use super::node::Kernel;
use super::schedule::Schedule;

impl Kernel {
    /// Whether the next step belongs to the one before: the watcher held a message, which is handled whatever comes.
    #[must_use]
    pub fn is_in_between(&self) -> bool {
        self.held.is_some()
    }

    /// From now on `next` says whose turn it is. It is told of all services there are, as if each had just been started:
    /// those without messages leave at their first turn. Called between two messages, never while a schedule
    /// [steers](Schedule::steers).
    pub fn succeed(&mut self, mut next: Box<dyn Schedule>) {
        for (index, context) in self.contexts.iter().enumerate() {
            let id = ServiceId(index as u32);
            next.created(id);
            match context.life {
                Life::Starting => {}
                Life::Alive => next.launched(id),
                Life::Dead => next.retired(id),
                Life::Buried => next.drained(id),
            }
        }
        self.schedule = next;
    }
}
