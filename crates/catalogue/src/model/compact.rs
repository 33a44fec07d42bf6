//! The models in the short form in which the binary carries them: one text a class, taken apart when the class is asked for.
//!
//! Also compiled into the build script, so that a run of the program neither parses nor checks thousands of lines of TOML.
//! Mistakes are passed over here: loading the folder finds and reports them.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml::de::{DeTable, DeValue};

/// Stands between the parts of a line; no text of a model contains it.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// Before the classes that a class is like where its models stand in for code that an app brings along.
pub(crate) const INSTEAD: &str = "!";

/// Descriptor and text of each class, sorted. First line: [`INSTEAD`] where it is so, and the classes that it is like. Every
/// other line is an entry: names, parameter lists, transform, algorithm and steps.
pub(crate) fn compact<'t, 'a: 't>(
    files: impl IntoIterator<Item = &'t DeTable<'a>>,
) -> BTreeMap<String, String> {
    let mut like: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut entries: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        for class in tables(file, "class") {
            let instead = class.get("instead").and_then(|value| value.get_ref().as_bool()) == Some(true);
            let mut above: Vec<String> = Vec::new();
            above.extend(instead.then(|| INSTEAD.to_owned()));
            above.extend(texts(class, "like").into_iter().map(descriptor));
            for name in texts(class, "name") {
                like.entry(descriptor(name)).or_default().extend(above.iter().cloned());
            }
        }
        for method in tables(file, "method") {
            let line = entry(method);
            for class in texts(method, "class") {
                let entries = entries.entry(descriptor(class)).or_default();
                entries.push('\n');
                entries.push_str(&line);
            }
        }
    }
    let mut classes: BTreeMap<String, String> =
        like.into_iter().map(|(class, above)| (class, above.join(" "))).collect();
    for (class, lines) in entries {
        classes.entry(class).or_default().push_str(&lines);
    }
    classes
}

fn entry(method: &DeTable<'_>) -> String {
    let mut line =
        format!("{}{SEPARATOR}{}", texts(method, "name").join(" "), texts(method, "params").join(" "));
    let transform = match method.get("transform").map(|value| value.get_ref()) {
        Some(DeValue::Table(table)) => Some(table),
        _ => None,
    };
    let part = |key| transform.map(|table| texts(table, key).join(" ")).unwrap_or_default();
    let _ = write!(line, "{SEPARATOR}{}{SEPARATOR}{}", part("kind"), part("algorithm"));
    for step in texts(method, "steps") {
        let _ = write!(line, "{SEPARATOR}{step}");
    }
    line
}

fn tables<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Vec<&'t DeTable<'a>> {
    let one = |value: &'t DeValue<'a>| match value {
        DeValue::Table(table) => Some(table),
        _ => None,
    };
    match table.get(key).map(|value| value.get_ref()) {
        Some(DeValue::Array(items)) => items.iter().filter_map(|item| one(item.get_ref())).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => Vec::new(),
    }
}

fn texts<'t>(table: &'t DeTable<'_>, key: &str) -> Vec<&'t str> {
    match table.get(key).map(|value| value.get_ref()) {
        Some(DeValue::Array(items)) => items.iter().filter_map(|item| item.get_ref().as_str()).collect(),
        Some(value) => value.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

fn descriptor(name: &str) -> String {
    format!("L{};", name.replace('.', "/"))
}
