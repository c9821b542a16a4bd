//! What the property tests have in common: cases that are the same in every run of the test, in which a property holds,
//! or a planted defect shows itself.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Cases in which a planted defect must show itself.
const CASES_TO_FIND: u32 = 200;

/// Cases that are tried to make a failing one smaller.
const SHRINKING: u32 = 60;

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: SHRINKING, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// The property holds in so many cases.
pub fn holds<S: Strategy>(cases: u32, drawn: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    runner(cases).run(&drawn, property).unwrap_or_else(|error| panic!("{error}"));
}

/// The property does not hold: why not, and the smallest case that was found.
pub fn fails<S: Strategy>(drawn: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) -> (String, S::Value)
where
    S::Value: Debug,
{
    match runner(CASES_TO_FIND).run(&drawn, property) {
        Err(TestError::Fail(reason, smallest)) => (reason.message().to_owned(), smallest),
        other => panic!("the defect was not found: {other:?}"),
    }
}
