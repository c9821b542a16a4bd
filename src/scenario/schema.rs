//! The JSON Schema of scenario files, from the list of keys: editors complete and check with it.
//! Draft 7, which the TOML language servers read.

use serde_json::{Map, Value, json};

use super::fault_kind::FaultKind;
use super::keys::{ACTIONS, Form, Key, MOMENTS, TOP, TRIGGERS};

/// The JSON Schema of format version 1.
#[must_use]
pub fn schema() -> Value {
    let mut schema = table(TOP);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("skysim scenario, version 1");
    schema["required"] = json!(["schema"]);
    schema["definitions"] = definitions();
    schema
}

/// What several keys share.
fn definitions() -> Value {
    let span = r"^\s*[0-9_]+(\.[0-9_]+)?\s*(ns|us|ms|s|m|h|ticks?)\s*$";
    let range = json!({ "type": "array", "items": { "$ref": "#/definitions/span" }, "minItems": 2, "maxItems": 2 });
    let probability = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let numbers = json!({ "type": "array", "items": { "type": "integer", "minimum": 1 } });
    let number = json!({ "type": "integer", "minimum": 0 });
    let amounts = json!({ "type": "object", "additionalProperties": number });
    let spans = json!({ "type": "object", "additionalProperties": { "$ref": "#/definitions/span" } });
    json!({
        "span": { "type": "string", "pattern": span },
        "range": range,
        "span_or_range": { "anyOf": [{ "$ref": "#/definitions/span" }, { "$ref": "#/definitions/range" }] },
        "probability": probability,
        "chance": { "anyOf": [probability, { "type": "boolean" }, by_number(&numbers)] },
        "delay": {
            "anyOf": [{ "$ref": "#/definitions/span" }, { "$ref": "#/definitions/range" }, by_number(&spans)],
        },
        "count": {
            "anyOf": [
                number,
                { "type": "array", "items": number, "minItems": 2, "maxItems": 2 },
                by_number(&amounts),
            ],
        },
        "values": { "type": "array" },
        "texts": { "type": "array", "items": { "type": "string" } },
    })
}

/// `{ nth = .. }`
fn by_number(inner: &Value) -> Value {
    json!({ "type": "object", "properties": { "nth": inner }, "required": ["nth"], "additionalProperties": false })
}

fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn property(key: &Key) -> Value {
    let mut schema = form(key.name, &key.form);
    // Beside `$ref`, draft 7 ignores everything else.
    if schema.get("$ref").is_some() {
        schema = json!({ "allOf": [schema] });
    }
    schema["description"] = json!(key.about);
    schema
}

fn form(name: &str, form: &Form) -> Value {
    let defined = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    match form {
        Form::Schema => json!({ "const": 1 }),
        Form::Text => json!({ "type": "string" }),
        Form::Texts => defined("texts"),
        Form::Boolean => json!({ "type": "boolean" }),
        Form::Integer(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Form::Seed => json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string" }] }),
        Form::Schedule => {
            json!({ "type": "string", "pattern": "^(skynet|random|uniform|fair|pct:([1-9]|10))$" })
        }
        Form::Span => defined("span"),
        Form::SpanOrRange => defined("span_or_range"),
        Form::Size => json!({ "type": "string", "pattern": r"^\s*[0-9]+\s*(B|KiB|MiB|GiB)\s*$" }),
        // Taplo shows TOML datetimes to the schema as strings of this format.
        Form::Moment => json!({ "type": "string", "format": "date-time" }),
        Form::Probability => defined("probability"),
        Form::Chance => defined("chance"),
        Form::Delay => defined("delay"),
        Form::Count => defined("count"),
        Form::Arguments | Form::Values => defined("values"),
        Form::Environment => {
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })
        }
        Form::OneOf(texts) => json!({ "enum": texts }),
        Form::Outcome => json!({ "type": "string", "pattern": "^(pass|fail|fail:.*)$" }),
        Form::Table(keys) => constrained(name, keys),
        Form::Tables(keys) => json!({ "type": "array", "items": constrained(name, keys) }),
        Form::TableOrTables(keys) => {
            let one = constrained(name, keys);
            let mut several = json!({ "type": "array", "items": one, "minItems": 1 });
            if name == "node" {
                several["maxItems"] = json!(1);
            }
            json!({ "anyOf": [one, several] })
        }
    }
}

/// A table, with what it needs beyond having no other keys.
fn constrained(name: &str, keys: &[Key]) -> Value {
    let mut schema = table(keys);
    let exactly_one = |names: &[&str]| {
        let choices: Vec<Value> = names.iter().map(|name| json!({ "required": [name] })).collect();
        json!({ "oneOf": choices })
    };
    match name {
        "event" => schema["allOf"] = json!([exactly_one(&TRIGGERS), exactly_one(&ACTIONS)]),
        "check" => schema["allOf"] = json!([exactly_one(&MOMENTS)]),
        "fault" => {
            let effects = FaultKind::ALL.into_iter().filter(|kind| kind.domain().is_some());
            let choices: Vec<Value> = effects.map(|kind| json!({ "required": [kind.name()] })).collect();
            schema["anyOf"] = json!(choices);
        }
        "branch" => schema["required"] = json!(["at", "seed"]),
        "service" => schema["required"] = json!(["name", "file"]),
        "model" => schema["required"] = json!(["service", "file"]),
        "reload" => schema["required"] = json!(["name", "service"]),
        "pin" => schema["required"] = json!(["hold", "after"]),
        "hold" | "after" => schema["required"] = json!(["to"]),
        "when" => schema["required"] = json!(["service"]),
        "call" | "send" => schema["required"] = json!(["to"]),
        "inject" => schema["required"] = json!(["to", "file"]),
        "write" => {
            schema["required"] = json!(["path"]);
            schema["allOf"] = json!([exactly_one(&["from", "text"])]);
        }
        _ => {}
    }
    schema
}
