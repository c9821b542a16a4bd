//! Arbitrary values for the property tests of this layer and those above.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::base::{Table, Value};

/// Up to four values that can be packed; no nan, which is not equal to itself.
pub(crate) fn values() -> impl Strategy<Value = Vec<Value>> {
    vec(value(), 0..4)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Nil), scalar()];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let key = prop_oneof![4 => scalar(), 1 => inner.clone().prop_filter("nil is no key", |key| *key != Value::Nil)];
        (vec(inner.clone(), 0..5), vec((key, inner), 0..4))
            .prop_map(|(array, pairs)| Value::Table(Table { array, pairs }))
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        (-300_i64..70_000).prop_map(Value::Integer),
        any::<f64>().prop_filter("nan is not equal to itself", |float| !float.is_nan()).prop_map(Value::Float),
        vec(any::<u8>(), 0..70).prop_map(Value::String),
        "[a-z$\\[\"]{0,8}".prop_map(|text| Value::String(text.into_bytes())),
        "\\PC{0,40}".prop_map(|text| Value::String(text.into_bytes())),
        any::<u64>().prop_map(Value::Pointer),
    ]
}
