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
