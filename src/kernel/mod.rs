//! What Skynet's C core is: handles, names, mailboxes, sessions, timers, environment, launch, exit,
//! kill. No Lua here: a service is the trait [`Service`], and a scripted double implements it too.
//!
//! | file | owns |
//! |---|---|
//! | `service` | the traits of services and of the modules that make them |
//! | `message` | what lies in a mailbox |
//! | `context` | one service's record: mailbox, sessions, counters |
//! | `handles`, `names`, `environment` | the three tables that all services share |
//! | `send` | getting a message into a mailbox |
//! | `launch`, `exit` | birth and death |
//! | `command` | the 16 text commands |
//! | `step` | time, and one message at a time |
//! | `order` | the order of messages, as a number |
//! | `schedule` | the trait that chooses who runs next |
//! | `intercept` | the trait of those who decide about faults |
//! | `wall_clock` | what `os.time` sees |
//! | `disturb` | carrying out faults that are not about messages |
//! | `turn` | deciding about every single thing, for schedules that do |
//! | `watch` | the trait of those who look at messages before they are handled |
//! | `oddity` | what is odd about a message, for those who look for bugs |
//! | `logger`, `harbor` | the two C services |
//! | `node` | the `Kernel` itself |

pub mod command;
pub mod context;
mod disturb;
pub mod environment;
mod exit;
pub mod gate;
pub mod handles;
mod harbor;
pub mod intercept;
mod launch;
mod logger;
pub mod message;
pub mod names;
pub mod node;
pub mod oddity;
mod order;
pub mod output;
pub mod schedule;
pub mod send;
pub mod service;
mod step;
mod succession;
#[cfg(test)]
mod tests;
pub mod turn;
mod wall_clock;
pub mod watch;

pub use context::ServiceId;
pub use gate::{Admission, Gate, Opening};
pub use intercept::{Actor, CallFailure, FileAction, FileFailure, FileVerdict, Interceptor, Ruling, Sending, Verdict};
pub use message::{Message, Origin};
pub use node::{Halt, Kernel, NodeOptions};
pub use order::Order;
pub use output::{Incident, Output};
pub use schedule::{Mailboxes, Schedule};
pub use send::{Address, Sent};
pub use service::{Module, Received, Service, Started};
pub use step::Step;
pub use turn::{Moment, Touch, Turn};
pub use watch::{Sight, Watch, Watcher};
