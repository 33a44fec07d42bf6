//! The published schemas under `schema/` at the root of the project.

use std::path::PathBuf;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

/// All of them, without `overt.` and version.
pub const NAMES: [&str; 12] = [
    "record",
    "packages",
    "findings",
    "explanation",
    "string",
    "sink",
    "diff",
    "matches",
    "history",
    "claims",
    "decision",
    "verification",
];

/// The schema of that name.
///
/// # Panics
/// It is not there, or no JSON.
#[must_use]
pub fn schema(name: &str) -> Value {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema"))
        .join(format!("overt.{name}-1.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Forbids keys that the schema does not name. Readers must accept more keys; our own writers must not add any without
/// describing them.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("type") == Some(&json!("object")) && object.contains_key("properties") {
                object.insert("additionalProperties".into(), json!(false));
            }
            object.values_mut().for_each(strict);
        }
        Value::Array(items) => items.iter_mut().for_each(strict),
        _ => {}
    }
}

/// A validator of that schema: as published, or (`own`) as our own writers must obey it.
///
/// # Panics
/// The schema is none.
#[must_use]
pub fn validator(name: &str, own: bool) -> Validator {
    let prepare = |name: &str| {
        let mut schema = schema(name);
        if own {
            strict(&mut schema);
        }
        schema
    };
    let record = prepare("record");
    let id = record["$id"].as_str().expect("an id").to_owned();
    let registry = Registry::new().add(id, record).expect("a resource").prepare().expect("a registry");
    jsonschema::options().with_registry(&registry).build(&prepare(name)).expect("a valid schema")
}

/// Fails with every error and its place.
///
/// # Panics
/// `value` is not valid.
pub fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .take(50)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
