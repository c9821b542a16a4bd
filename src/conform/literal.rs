//! Values as Lua source, so that running it gives them back to the bit.

use crate::base::{Table, Value};

/// A list of values, as they stand behind `return`. `None`: one of them cannot be written, as a pointer.
#[must_use]
pub fn list(values: &[Value]) -> Option<String> {
    let values: Option<Vec<String>> = values.iter().map(literal).collect();
    Some(values?.join(", "))
}

/// One value.
#[must_use]
pub fn literal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Nil => "nil".to_owned(),
        Value::Boolean(truth) => truth.to_string(),
        // The digits alone would be a float.
        Value::Integer(i64::MIN) => "math.mininteger".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::String(bytes) => text(bytes),
        Value::Table(inner) => table(inner)?,
        Value::Pointer(_) => return None,
    })
}

/// Text in quotes.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let mut quoted = String::with_capacity(bytes.len() + 2);
    quoted.push('"');
    for byte in bytes {
        match byte {
            b'"' => quoted.push_str("\\\""),
            b'\\' => quoted.push_str("\\\\"),
            b'\n' => quoted.push_str("\\n"),
            b'\t' => quoted.push_str("\\t"),
            b' '..=b'~' => quoted.push(char::from(*byte)),
            // Three digits always: a digit may follow.
            other => quoted.push_str(&format!("\\{other:03}")),
        }
    }
    quoted.push('"');
    quoted
}

/// In parentheses where a sign stands in front, so that it can be a key or follow an operator.
fn float(number: f64) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-(0/0)" } else { "(0/0)" }.to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "math.huge" } else { "-math.huge" }.to_owned();
    }
    let mut digits = ryu::Buffer::new().format_finite(number).to_owned();
    // What has neither a point nor an exponent is an integer in Lua.
    if !digits.contains(['.', 'e']) {
        digits.push_str(".0");
    }
    digits
}

fn table(table: &Table) -> Option<String> {
    let array = table.array.iter().map(literal);
    let pairs = table.pairs.iter().map(|(key, value)| Some(format!("[{}] = {}", literal(key)?, literal(value)?)));
    let parts: Option<Vec<String>> = array.chain(pairs).collect();
    Some(format!("{{ {} }}", parts?.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_easily_got_wrong() {
        let written = |value| literal(&value).unwrap();
        assert_eq!(written(Value::Integer(i64::MIN)), "math.mininteger");
        assert_eq!(written(Value::Float(1.0)), "1.0");
        assert_eq!(written(Value::Float(-0.0)), "-0.0");
        assert_eq!(written(Value::Float(1e300)), "1e300");
        assert_eq!(written("a\"\\\n\0\u{e4}1".into()), "\"a\\\"\\\\\\n\\000\\195\\1641\"");
        assert_eq!(list(&[Value::Nil, true.into()]).unwrap(), "nil, true");
        let pairs = vec![(Value::from(-1), Value::from("b")), (1.into(), "a".into())];
        assert_eq!(written(Value::table(pairs)), "{ \"a\", [-1] = \"b\" }");
        assert_eq!(literal(&Value::Pointer(1)), None);
    }
}
