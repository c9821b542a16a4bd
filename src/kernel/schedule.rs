//! The trait that chooses which service runs next. All choice of order goes through it.

use crate::base::{Span, VirtualTime};

use super::context::ServiceId;
use super::turn::{Moment, Touch};

/// What a schedule may see of mailboxes.
pub trait Mailboxes {
    /// Messages waiting for a service.
    fn length(&self, service: ServiceId) -> usize;
    /// Whether its handle is gone and its mailbox waits to be drained.
    fn is_dead(&self, service: ServiceId) -> bool;
    /// The schedule has come to a mailbox and met it empty: where `skynet_mq_pop` finds nothing.
    fn met_empty(&self, service: ServiceId);
}

/// Chooses which mailbox is served next. May only produce orders that real Skynet can produce.
pub trait Schedule {
    /// The name by which a scenario asks for it.
    fn name(&self) -> String;

    /// A service exists; its messages wait until [`Schedule::launched`].
    fn created(&mut self, service: ServiceId);

    /// Its init function succeeded: it may run.
    fn launched(&mut self, service: ServiceId);

    /// A message was put into its mailbox.
    fn pushed(&mut self, service: ServiceId);

    /// It died: its mailbox must be served once more, to be drained.
    fn retired(&mut self, service: ServiceId);

    /// Whose mailbox to serve now. Never one that is empty and alive.
    fn next(&mut self, mailboxes: &dyn Mailboxes) -> Option<ServiceId>;

    /// One message of it has been handled.
    fn handled(&mut self, service: ServiceId);

    /// Its mailbox has been drained and is gone.
    fn drained(&mut self, service: ServiceId);

    /// Virtual time that the last message took; `None` for the run's fixed cost.
    fn cost(&mut self) -> Option<Span> {
        None
    }

    /// Of the `waiting` messages that one handler sent and that have not arrived yet, how many
    /// arrive now. The rest stay on their way while others run, as when their sender is one of
    /// several workers; the sender itself does not run meanwhile. Asked only of schedules that
    /// [`Schedule::holds_back`].
    fn arrive(&mut self, waiting: usize) -> usize {
        waiting
    }

    /// Which of `senders` handlers with messages on their way goes on now; `None` to let others run.
    fn resume(&mut self, _senders: usize) -> Option<usize> {
        None
    }

    /// Whether it ever lets messages stay on their way.
    fn holds_back(&self) -> bool {
        false
    }

    /// Whether it decides about every turn, from [`Schedule::begin`] on.
    fn steers(&self) -> bool {
        false
    }

    /// It decides from now on; what waits in mailboxes is told it next. `sinks` get their turns by themselves.
    fn begin(&mut self, _now: VirtualTime, _sinks: &[ServiceId]) {}

    /// Which of the turns is taken, by its place.
    fn decide(&mut self, _moment: Moment<'_>) -> usize {
        0
    }

    /// What the turn that was taken last touches.
    fn touched(&mut self, _touch: Touch) {}
}
