//! `docs/scenario.md`: its tables of keys are made from the schema. `INSTA_UPDATE=always` writes them.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

/// The properties of a schema, through `allOf`, `anyOf` and `items`.
fn properties(schema: &Json) -> Option<&serde_json::Map<String, Json>> {
    if let Some(Json::Object(found)) = schema.get("properties") {
        return Some(found);
    }
    ["allOf", "anyOf"]
        .iter()
        .filter_map(|key| schema.get(key)?.as_array())
        .flatten()
        .chain(schema.get("items"))
        .find_map(properties)
}

/// What a value must be, in few words.
fn form(schema: &Json) -> String {
    if let Some(Json::String(reference)) = schema.get("$ref") {
        return match reference.trim_start_matches("#/definitions/") {
            "span" => "duration",
            "span_or_range" => "duration, or two to draw between",
            "probability" => "0 to 1",
            "chance" => "0 to 1, boolean, or `{ nth = [..] }`",
            "delay" => "duration, two to draw between, or `{ nth = {..} }`",
            "count" => "integer, two to draw between, or `{ nth = {..} }`",
            "values" => "list of values",
            "texts" => "list of texts",
            other => other,
        }
        .to_owned();
    }
    if let Some(constant) = schema.get("const") {
        return format!("`{constant}`");
    }
    if let Some(Json::Array(choices)) = schema.get("enum") {
        return choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(" or ");
    }
    if let Some(Json::Array(parts)) = schema.get("allOf").filter(|_| properties(schema).is_none()) {
        return form(&parts[0]);
    }
    if properties(schema).is_some() {
        return if schema["type"] == "object" { "table" } else { "tables" }.to_owned();
    }
    match schema["type"].as_str() {
        Some("string") => "text".to_owned(),
        Some("object") => "table of texts, numbers and booleans".to_owned(),
        Some(other) => other.to_owned(),
        None => "integer or text".to_owned(),
    }
}

/// The table of keys of a dotted path.
fn table(schema: &Json, path: &str) -> String {
    let mut place = schema;
    for key in path.split('.').filter(|key| !key.is_empty() && *key != "file") {
        place = &properties(place).unwrap_or_else(|| panic!("{path}"))[key];
    }
    let mut text = String::from("| key | value | meaning |\n|---|---|---|\n");
    for (key, property) in properties(place).unwrap_or_else(|| panic!("{path} has no keys")) {
        let about = property["description"].as_str().unwrap();
        text.push_str(&format!("| `{key}` | {} | {about} |\n", form(property)));
    }
    text
}

#[test]
fn the_tables_of_keys_are_those_of_the_schema() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    let text = fs::read_to_string(&file).unwrap();
    let schema = skysim::scenario::schema();
    let mut made = String::new();
    let mut rest = &*text;
    let mut tables = 0;
    while let Some((before, after)) = rest.split_once("<!-- keys: ") {
        let (path, after) = after.split_once(" -->\n").unwrap();
        let (_, after) = after.split_once("<!-- end -->").unwrap();
        made.push_str(&format!("{before}<!-- keys: {path} -->\n{}<!-- end -->", table(&schema, path)));
        rest = after;
        tables += 1;
    }
    made.push_str(rest);
    assert_eq!(tables, 22);
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        fs::write(&file, &made).unwrap();
    }
    assert!(made == text, "docs/scenario.md is out of date: INSTA_UPDATE=always cargo test --test cli docs");
}

/// Every example is a scenario.
#[test]
fn the_examples_are_valid() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md")).unwrap();
    let services = "[[service]]\nname = \"room\"\nfile = \"chat_room\"\n[[service]]\nname = \"ann\"\nfile = \"user\"\n";
    let mut examples = 0;
    for example in text.split("```toml\n").skip(1) {
        let example = example.split("```").next().unwrap();
        let whole =
            if example.contains("schema") { example.to_owned() } else { format!("schema = 1\n{services}{example}") };
        if let Err(error) = skysim::scenario::Scenario::from_toml("docs/scenario.md", &whole) {
            panic!("{:?}\n{whole}", miette::Report::new(error));
        }
        examples += 1;
    }
    assert!(examples >= 8);
}
