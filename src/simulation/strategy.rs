//! Strategies of proptest: what a test draws to break services with, and what proptest makes smaller when it did.
//!
//! The test says what its own operations are, as an enum, and how to carry one out. [`steps`] mixes them with pauses
//! and disturbances:
//!
//! ```
//! use proptest::prelude::*;
//! use proptest::test_runner::{Config, TestRunner};
//! use skysim::simulation::{Simulation, SimulationError, strategy::{self, Step}};
//! use skysim::values;
//!
//! #[derive(Clone, Debug)]
//! enum Operation { Join(i64), Leave(i64) }
//!
//! fn operation() -> impl Strategy<Value = Operation> {
//!     prop_oneof![(1..4i64).prop_map(Operation::Join), (1..4i64).prop_map(Operation::Leave)]
//! }
//!
//! let room = Simulation::of_scenario("scenarios/chat_room").without_timeline();
//! let plays = |steps: Vec<Step<Operation>>, seed| -> Result<(), SimulationError> {
//!     let mut room = room.clone().seed(seed).schedule("random").start()?;
//!     for step in steps {
//!         step.act(&mut room, |room, operation| match operation {
//!             Operation::Join(user) => room.request("room", values!["join", user, "lobby", "ann"]).map(drop),
//!             Operation::Leave(user) => room.request("room", values!["leave", user]).map(drop),
//!         })?;
//!     }
//!     room.run_to_rest()
//! };
//! let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() });
//! let drawn = (strategy::steps(operation(), strategy::Disturbances::none(), 1..10), strategy::seeds());
//! runner.run(&drawn, |(steps, seed)| Ok(plays(steps, seed)?)).unwrap();
//! ```

use proptest::collection::{SizeRange, vec};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Union};

use super::driven::Driven;
use super::error::SimulationError;
use crate::base::{Span, Value};
use crate::scenario::Plan;
use crate::schedule::PORTFOLIO;

/// Seeds, small ones first when a case is made smaller.
pub fn seeds() -> impl Strategy<Value = u64> {
    any::<u32>().prop_map(u64::from)
}

/// Schedules; the plainest is `skynet`.
pub fn schedules() -> impl Strategy<Value = &'static str> {
    let mut names = vec!["skynet"];
    names.extend(PORTFOLIO.iter().copied().filter(|name| *name != "skynet"));
    select(names)
}

/// Spans of virtual time, in milliseconds.
pub fn spans(millis: std::ops::Range<u64>) -> impl Strategy<Value = Span> {
    millis.prop_map(Span::from_millis)
}

/// Values that Skynet can send, tables within tables among them.
pub fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("a number", |number| !number.is_nan()).prop_map(Value::Float),
        "[a-z]{0,8}".prop_map(|text| Value::from(text.as_str())),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![
            (-3..100i64).prop_map(Value::Integer),
            "[a-z]{1,4}".prop_map(|text| Value::from(text.as_str()))
        ];
        vec((key, inner.prop_filter("no nil", |value| *value != Value::Nil)), 0..6).prop_map(Value::table)
    })
}

/// What a test does in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<O> {
    /// One of the test's own operations.
    Do(O),
    /// Time passes.
    Wait(Span),
    /// A service is killed, and starts again so much later.
    Crash {
        /// Which.
        service: String,
        /// How much later.
        down: Span,
    },
    /// A service handles no messages for a while.
    Stall {
        /// Which.
        service: String,
        /// How long.
        lasts: Span,
    },
}

impl<O> Step<O> {
    /// Carries the step out.
    ///
    /// # Errors
    /// When something fails.
    pub fn act(
        self,
        driven: &mut Driven,
        operate: impl FnOnce(&mut Driven, O) -> Result<(), SimulationError>,
    ) -> Result<(), SimulationError> {
        match self {
            Step::Do(operation) => operate(driven, operation),
            Step::Wait(span) => driven.run_for(span),
            Step::Crash { service, down } => {
                driven.kill(&service)?;
                driven.run_for(down)?;
                driven.restart(&service)
            }
            Step::Stall { service, lasts } => {
                driven.pause(&service)?;
                driven.run_for(lasts)?;
                driven.resume(&service)
            }
        }
    }
}

/// What may be done to which services.
#[derive(Clone, Debug, Default)]
pub struct Disturbances {
    crashing: Vec<String>,
    stalling: Vec<String>,
}

impl Disturbances {
    /// Nothing.
    #[must_use]
    pub fn none() -> Disturbances {
        Disturbances::default()
    }

    /// These may be killed, too.
    #[must_use]
    pub fn crashing(mut self, services: &[&str]) -> Disturbances {
        self.crashing.extend(services.iter().map(|&name| name.to_owned()));
        self
    }

    /// These may be stopped for a while, too.
    #[must_use]
    pub fn stalling(mut self, services: &[&str]) -> Disturbances {
        self.stalling.extend(services.iter().map(|&name| name.to_owned()));
        self
    }
}

/// Sequences of operations with waiting and disturbances between them. Smaller cases have fewer steps and shorter spans.
pub fn steps<O: Clone + std::fmt::Debug + 'static>(
    operations: impl Strategy<Value = O> + 'static,
    disturbances: Disturbances,
    count: impl Into<SizeRange>,
) -> impl Strategy<Value = Vec<Step<O>>> {
    let span = || spans(1..2_000);
    let mut kinds: Vec<(u32, BoxedStrategy<Step<O>>)> =
        vec![(8, operations.prop_map(Step::Do).boxed()), (3, span().prop_map(Step::Wait).boxed())];
    let Disturbances { crashing, stalling } = disturbances;
    if !crashing.is_empty() {
        let crash = (select(crashing), span()).prop_map(|(service, down)| Step::Crash { service, down });
        kinds.push((1, crash.boxed()));
    }
    if !stalling.is_empty() {
        let stall = (select(stalling), span()).prop_map(|(service, lasts)| Step::Stall { service, lasts });
        kinds.push((1, stall.boxed()));
    }
    vec(Union::new_weighted(kinds), count)
}

/// Plans with some of the events and faults of a plan, in their order: which of them does a failure need?
pub fn parts_of(plan: Plan) -> impl Strategy<Value = Plan> {
    let (events, faults) = (plan.events.len(), plan.faults.len());
    (vec(any::<bool>(), events), vec(any::<bool>(), faults)).prop_map(move |(events, faults)| {
        let mut part = plan.clone();
        let mut kept = events.into_iter();
        part.events.retain(|_| kept.next().unwrap_or(true));
        let mut kept = faults.into_iter();
        part.faults.retain(|_| kept.next().unwrap_or(true));
        part
    })
}
