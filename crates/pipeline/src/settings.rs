//! Files of settings that come inside an app: what stands in them under which key.
//!
//! Apps keep the addresses of their servers in `assets/config.properties` and the like. Only such files are read whose
//! form says what is a key: properties (`java.util.Properties`, § "load") and JSON.

use std::collections::BTreeMap;

use serde_json::Value;

/// Largest file, in bytes.
pub(crate) const FILE_BYTES: u64 = 256 << 10;
/// Files read of one app.
pub(crate) const FILES: usize = 64;
/// Values kept of one app.
const VALUES: usize = 20_000;
/// Longest value, in bytes.
const VALUE_BYTES: usize = 2_048;

/// Values by their keys.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<String, Vec<String>>,
    count: usize,
}

/// Is this the name of a file of settings that comes with an app?
pub(crate) fn is_settings(entry: &str) -> bool {
    let inside = entry.starts_with("assets/") || entry.starts_with("res/raw/");
    inside && (is_json(entry) || ends(entry, &[".properties", ".ini", ".cfg", ".conf", ".config", ".prop"]))
}

fn is_json(entry: &str) -> bool {
    ends(entry, &[".json"])
}

fn ends(entry: &str, with: &[&str]) -> bool {
    let lower = entry.to_ascii_lowercase();
    with.iter().any(|end| lower.ends_with(end))
}

impl Settings {
    /// Adds what a file says.
    pub(crate) fn read(&mut self, entry: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if is_json(entry) {
            if let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
                self.json(&value);
            }
            return;
        }
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with(['#', '!', ';']) {
                continue;
            }
            if let Some((key, value)) = line.split_once(['=', ':']) {
                self.add(key.trim(), &unescaped(value.trim()));
            }
        }
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    match member {
                        Value::String(text) => self.add(key, text),
                        Value::Array(all) => {
                            for text in all.iter().filter_map(Value::as_str) {
                                self.add(key, text);
                            }
                            self.json(member);
                        }
                        other => self.json(other),
                    }
                }
            }
            Value::Array(all) => all.iter().for_each(|one| self.json(one)),
            _ => {}
        }
    }

    fn add(&mut self, key: &str, value: &str) {
        if key.is_empty() || value.is_empty() || value.len() > VALUE_BYTES || self.count >= VALUES {
            return;
        }
        self.count += 1;
        let values = self.values.entry(key.to_owned()).or_default();
        if !values.iter().any(|one| one == value) {
            values.push(value.to_owned());
        }
    }

    /// What stands under a key, in the order of the files.
    pub(crate) fn under(&self, key: &str) -> Vec<String> {
        self.values.get(key).cloned().unwrap_or_default()
    }
}

/// A value of a properties file without its backslashes.
fn unescaped(value: &str) -> String {
    let mut plain = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Settings, is_settings};

    #[test]
    fn properties_and_json_are_read() {
        let mut all = Settings::default();
        all.read("assets/a.properties", b"# x=1\nroot = http\\://a.example.invalid/\n");
        all.read("assets/b.json", br#"{"net": {"root": "http://b.example.invalid", "list": ["x", "y"]}}"#);
        all.read("assets/c.json", b"{");
        assert_eq!(all.under("root"), ["http://a.example.invalid/", "http://b.example.invalid"]);
        assert_eq!(all.under("list"), ["x", "y"]);
        assert!(all.under("x").is_empty());
    }

    #[test]
    fn only_files_whose_form_is_known_count() {
        assert!(is_settings("assets/config.properties") && is_settings("res/raw/net.json"));
        assert!(!is_settings("assets/page.html") && !is_settings("META-INF/x.properties"));
    }
}
