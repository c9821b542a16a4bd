//! A Lua value outside Lua: what scenarios write as arguments, what messages carry, what traces
//! show. Data only; encoding it is the business of `seri`.

/// A value that Skynet can send between services.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `nil`
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// An integer; distinct from the float of the same size, as in Lua.
    Integer(i64),
    /// A float, including nan and the infinities.
    Float(f64),
    /// Bytes; Lua strings need not be UTF-8.
    String(Vec<u8>),
    /// A light userdata.
    Pointer(u64),
    /// A table.
    Table(Table),
}

/// A table: the values at 1, 2, .. and then every other pair in the order it was met.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The values at 1, 2, ..; may hold nils.
    pub array: Vec<Value>,
    /// All other pairs.
    pub pairs: Vec<(Value, Value)>,
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.as_bytes().to_vec())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text.into_bytes())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Boolean(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Integer(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Integer(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Float(number)
    }
}

impl Value {
    /// A table of pairs; later ones replace earlier ones with the same key, and what stands at 1, 2, .. is its array.
    #[must_use]
    pub fn table(pairs: Vec<(Value, Value)>) -> Value {
        let mut kept: Vec<(Value, Value)> = Vec::new();
        for (key, value) in pairs {
            match kept.iter_mut().find(|(known, _)| *known == key) {
                Some(known) => known.1 = value,
                None => kept.push((key, value)),
            }
        }
        let mut table = Table::default();
        while let Some(next) = kept.iter().position(|(key, _)| *key == Value::Integer(table.array.len() as i64 + 1)) {
            table.array.push(kept.remove(next).1);
        }
        table.pairs = kept;
        Value::Table(table)
    }

    /// What a table has under a key that is written as text: an integer's digits, or the text itself.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Value::Table(table) = self else { return None };
        let index = key.parse::<i64>().ok();
        let in_array = index.and_then(|index| usize::try_from(index).ok()?.checked_sub(1));
        let fits = |known: &Value| match known {
            Value::String(text) => text == key.as_bytes(),
            Value::Integer(number) => Some(*number) == index,
            _ => false,
        };
        in_array
            .and_then(|place| table.array.get(place))
            .or_else(|| table.pairs.iter().find(|(known, _)| fits(known)).map(|(_, value)| value))
    }

    /// Whether it is the same to the last bit, but for the order of a table's pairs, which no service may rely on.
    #[must_use]
    pub fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Float(one), Value::Float(two)) => one.to_bits() == two.to_bits(),
            (Value::Table(one), Value::Table(two)) => {
                let all = |list: &[Value], other: &[Value]| list.iter().zip(other).all(|(one, two)| one.is_same(two));
                let has = |(key, value): &(Value, Value)| {
                    two.pairs.iter().any(|(other, found)| key.is_same(other) && value.is_same(found))
                };
                one.array.len() == two.array.len()
                    && all(&one.array, &two.array)
                    && one.pairs.len() == two.pairs.len()
                    && one.pairs.iter().all(has)
            }
            _ => self == other,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Value::Integer(number) = self { Some(*number) } else { None }
    }

    /// The text, if it is a string in UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(bytes) = self { std::str::from_utf8(bytes).ok() } else { None }
    }

    /// How many values a table has at 1, 2, ..; 0 for all other values.
    #[must_use]
    pub fn length(&self) -> usize {
        if let Value::Table(table) = self { table.array.len() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_made_of_pairs_and_read_by_key() {
        let pairs =
            [(2.into(), "b".into()), ("x".into(), true.into()), (1.into(), "a".into()), ("x".into(), 1.5.into())];
        let table = Value::table(pairs.to_vec());
        assert_eq!(table.length(), 2);
        let get = |key| table.get(key).cloned();
        assert_eq!((get("1"), get("2"), get("3")), (Some("a".into()), Some("b".into()), None));
        assert_eq!((get("x"), get("0"), Value::Nil.get("x")), (Some(1.5.into()), None, None));
        assert_eq!(table.get("1").and_then(Value::as_str), Some("a"));
    }

    #[test]
    fn the_same_but_for_the_order_of_pairs() {
        let (a, b) = (("a".into(), 1.into()), ("b".into(), Value::Float(f64::NAN)));
        let one = Value::table(vec![a.clone(), b.clone(), (1.into(), "x".into())]);
        let turned = Value::table(vec![(1.into(), "x".into()), b.clone(), a.clone()]);
        assert!(one != turned && one.is_same(&turned));
        assert!(!one.is_same(&Value::table(vec![b, (1.into(), "x".into())])));
        assert!(!Value::Integer(1).is_same(&Value::Float(1.0)) && !Value::Float(0.0).is_same(&Value::Float(-0.0)));
        let list = |last: i64| Value::table(vec![(1.into(), 5.into()), (2.into(), last.into())]);
        assert!(list(6).is_same(&list(6)) && !list(6).is_same(&list(7)) && !list(6).is_same(&Value::Nil));
    }
}
