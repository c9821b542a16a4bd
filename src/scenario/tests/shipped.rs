//! The scenarios of this repository, and the JSON Schema over them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::FULL;
use crate::scenario::{Plan, Scenario, schema};

/// Every scenario file of the repository.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("scenario.toml")))
        .filter(|file| file.exists())
        .collect();
    files.sort();
    files
}

#[test]
fn they_are_valid_and_survive_writing() {
    assert!(!files().is_empty());
    for file in files() {
        let folder = file.parent().unwrap();
        let scenario = Scenario::read(folder).unwrap_or_else(|error| panic!("{error}"));
        // Its own, or one that it names.
        assert!(scenario.outline().folder.starts_with(folder), "{}", file.display());
        let plan = scenario.expand(scenario.seed());
        let again = Scenario::from_toml(&file.to_string_lossy(), &plan.to_toml()).unwrap();
        assert_eq!(Plan { folder: plan.folder.clone(), ..again.expand(scenario.seed()) }, plan);
    }
}

/// The properties of a schema, through `anyOf`, `allOf`, `items` and `$ref`.
fn properties<'s>(schema: &'s Json, found: &mut Vec<&'s Json>) {
    found.extend(schema.get("properties"));
    for part in ["anyOf", "items"] {
        match &schema[part] {
            Json::Array(parts) => parts.iter().for_each(|part| properties(part, found)),
            part => {
                if part.is_object() {
                    properties(part, found);
                }
            }
        }
    }
}

/// Every key of the file must be in the schema, with a description.
fn assert_covered(value: &toml::Value, schema: &Json, path: &str) {
    let mut known = Vec::new();
    properties(schema, &mut known);
    match value {
        toml::Value::Table(table) if !known.is_empty() => {
            for (key, inner) in table {
                let property = known.iter().find_map(|known| known.get(key));
                let property = property.unwrap_or_else(|| panic!("{path}.{key} is not in the schema"));
                assert!(property["description"].is_string(), "{path}.{key} has no description");
                assert_covered(inner, property, &format!("{path}.{key}"));
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| assert_covered(item, schema, path)),
        _ => {}
    }
}

#[test]
fn the_schema_has_every_key() {
    let schema = schema();
    let texts = files().into_iter().map(|file| fs::read_to_string(file).unwrap());
    for text in texts.chain([FULL.to_owned()]) {
        assert_covered(&toml::Value::Table(text.parse().unwrap()), &schema, "");
    }
}

#[test]
fn every_key_of_the_schema_is_in_the_full_file() {
    let schema = schema();
    let mut seen = 0;
    let text: toml::Table = FULL.parse().unwrap();
    for (key, property) in schema["properties"].as_object().unwrap() {
        let mut known = Vec::new();
        properties(property, &mut known);
        let entry = text.get(key).unwrap_or_else(|| panic!("{key} is not in full.toml"));
        let tables: Vec<&toml::Value> = entry.as_array().map_or(vec![entry], |array| array.iter().collect());
        for inner in known.iter().filter_map(|known| known.as_object()).flat_map(|known| known.keys()) {
            let excluded = key == "node" && inner == "config";
            assert!(excluded || tables.iter().any(|table| table.get(inner).is_some()), "{key}.{inner}");
            seen += 1;
        }
    }
    assert!(seen > 50);
}
