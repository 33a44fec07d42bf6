//! Makes `catalogue/permissions/platform.txt` from a folder of `permissions_<API level>.json` files (see the NOTICE beside that file):
//! `cargo run -p overt-device --example platform_permissions -- FOLDER > catalogue/permissions/platform.txt`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write;

use overt_device::permission::Level;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: platform_permissions FOLDER")?;
    let mut releases: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let level = name.strip_prefix("permissions_").and_then(|rest| rest.strip_suffix(".json"));
        let Some(sdk) = level.and_then(|level| level.parse().ok()) else { continue };
        let document: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
        let permissions = document["permissions"].as_object().ok_or("no `permissions` object")?;
        let mut release = BTreeMap::new();
        for (name, facts) in permissions {
            let text = facts["protectionLevel"].as_str().unwrap_or_default();
            // A permission without the attribute is a normal one.
            let text = if text.is_empty() { "normal" } else { text };
            let level = Level::parse(text).ok_or_else(|| format!("{name} at {sdk}: unknown level {text}"))?;
            release.insert(name.clone(), level.to_string());
        }
        releases.insert(sdk, release);
    }
    let names: std::collections::BTreeSet<&String> = releases.values().flat_map(BTreeMap::keys).collect();
    let mut out = std::io::stdout().lock();
    let levels: Vec<String> = releases.keys().map(u32::to_string).collect();
    writeln!(out, "# Permissions of the platform and their protection levels by API level; see NOTICE.")?;
    writeln!(
        out,
        "# name, then `from:level` for each change; `from:-` where the platform no longer declares it."
    )?;
    writeln!(out, "# API levels: {}", levels.join(" "))?;
    for name in names {
        write!(out, "{name}")?;
        let mut before: Option<&str> = None;
        for (sdk, release) in &releases {
            let now = release.get(name).map(String::as_str);
            if now != before {
                write!(out, " {sdk}:{}", now.unwrap_or("-"))?;
                before = now;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
