//! What goes into messages and comes out of them: packing by type, and whether an answer is the
//! expected one.

use crate::base::{MessageKind, Table, Value};
use crate::scenario::Answer;
use crate::seri;

use super::failure::Got;

/// The bytes of a message. Types that Lua does not pack carry the texts of the values, one after another.
pub(super) fn pack(kind: MessageKind, values: &[Value]) -> Result<Vec<u8>, String> {
    if kind.is_packed() {
        return seri::encode(values).map_err(|error| error.to_string());
    }
    let mut bytes = Vec::new();
    for value in values {
        match value {
            Value::String(text) => bytes.extend_from_slice(text),
            other => {
                bytes.extend_from_slice(plain_text(other).ok_or("this message type carries text only")?.as_bytes())
            }
        }
    }
    Ok(bytes)
}

/// The values of an answer to a request of some type.
pub(super) fn unpack(kind: MessageKind, data: &[u8]) -> Result<Vec<Value>, String> {
    if kind.is_packed() {
        return seri::decode(data).map_err(|error| format!("the answer is no packing: {error}"));
    }
    Ok(vec![Value::String(data.to_vec())])
}

/// A value as one word of a service's argument text; `None` for what cannot be one.
pub(super) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(String::from_utf8_lossy(text).into_owned()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
        Value::Float(number) if number.is_finite() => Some(ryu::Buffer::new().format_finite(*number).to_owned()),
        _ => None,
    }
}

/// What is wrong with an answer, if anything: what was expected, in words.
pub(super) fn unexpected(expected: &Answer, got: &Got) -> Option<String> {
    let fits = match (expected, got) {
        (Answer::Any, _) => true,
        (Answer::Values(values), Got::Values(found)) => same_list(values, found),
        (Answer::Error(part), Got::Error(text)) => text.contains(part),
        _ => false,
    };
    (!fits).then(|| match expected {
        Answer::Values(values) if values.is_empty() => "no values".to_owned(),
        Answer::Values(values) => seri::display(values),
        Answer::Error(part) => format!("an error with `{part}`"),
        Answer::Any => String::new(),
    })
}

/// Equal as Lua's lists are: nils at the end count for nothing.
pub(super) fn same_list(a: &[Value], b: &[Value]) -> bool {
    let (a, b) = (without_nils(a), without_nils(b));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

fn without_nils(values: &[Value]) -> &[Value] {
    let length = values.iter().rposition(|value| *value != Value::Nil).map_or(0, |last| last + 1);
    &values[..length]
}

/// Equal in Lua's eyes; tables by what is in them.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Integer(integer), Value::Float(float)) | (Value::Float(float), Value::Integer(integer)) => {
            // In 128 bits both are exact.
            float.fract() == 0.0 && *float as i128 == i128::from(*integer)
        }
        // An expected `nan` is met by one.
        (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::Table(a), Value::Table(b)) => {
            let (a, b) = (entries(a), entries(b));
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.iter().any(|(other, found)| same(key, other) && same(value, found)))
        }
        _ => a == b,
    }
}

/// A table's pairs, the array's among them.
fn entries(table: &Table) -> Vec<(Value, &Value)> {
    let array = table.array.iter().zip(1..).map(|(value, index)| (Value::Integer(index), value));
    let pairs = table.pairs.iter().map(|(key, value)| (key.clone(), value));
    array.chain(pairs).filter(|(_, value)| **value != Value::Nil).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(array: &[Value], pairs: &[(Value, Value)]) -> Value {
        Value::Table(Table { array: array.to_vec(), pairs: pairs.to_vec() })
    }

    #[test]
    fn answers_are_compared_as_lua_compares() {
        let one = Value::Integer(1);
        assert!(same(&one, &Value::Float(1.0)) && !same(&one, &Value::Float(1.5)));
        assert!(!same(&Value::Integer(i64::MAX), &Value::Float(i64::MAX as f64)));
        let pairs = [("a".into(), one.clone()), ("b".into(), Value::Boolean(true))];
        let turned = [pairs[1].clone(), pairs[0].clone(), ("c".into(), Value::Nil)];
        assert!(same(&table(&[], &pairs), &table(&[], &turned)));
        assert!(same(&table(&["x".into()], &[]), &table(&[], &[(one.clone(), "x".into())])));
        assert!(!same(&table(&["x".into()], &[]), &table(&["y".into()], &[])));
        assert!(same_list(std::slice::from_ref(&one), &[one.clone(), Value::Nil]));
        assert!(!same_list(&[], &[one]));
    }

    #[test]
    fn expectations() {
        let error = Got::Error("call failed".to_owned());
        assert_eq!(unexpected(&Answer::Any, &error), None);
        assert_eq!(unexpected(&Answer::Error("failed".to_owned()), &error), None);
        let expected = Answer::Values(vec![Value::Boolean(true)]);
        assert_eq!(unexpected(&expected, &error).as_deref(), Some("true"));
        assert_eq!(unexpected(&expected, &Got::Values(vec![Value::Boolean(true)])), None);
        assert!(unexpected(&expected, &Got::Nothing).is_some());
    }

    #[test]
    fn text_messages_carry_text() {
        assert_eq!(pack(MessageKind::TEXT, &["a ".into(), Value::Integer(1)]), Ok(b"a 1".to_vec()));
        assert!(pack(MessageKind::TEXT, &[table(&[], &[])]).is_err());
        assert_eq!(unpack(MessageKind::TEXT, b"x"), Ok(vec!["x".into()]));
    }
}
