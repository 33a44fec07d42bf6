//! What scans of real files write is what the published schemas describe, key for key.

#![allow(clippy::print_stderr, reason = "names the input that a failure is about")]

mod binary;

use std::path::Path;

use binary::overt;
use overt_testkit::schema::{assert_valid, validator};
use serde_json::Value;
use tempfile::TempDir;

fn check(input: &Path, depth: &str) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = input.to_str().expect("text");
    let scanned = overt(folder.path(), &["scan", path, "--json", "--depth", depth]);
    assert!([0, 1, 4].contains(&scanned.code), "{path}: {}", scanned.stderr);
    let record: Value = serde_json::from_str(&scanned.stdout).expect("JSON");
    eprintln!("{path}");
    assert_valid(&validator("record", true), &record);
    let digest = overt_base::Digest::of(scanned.stdout.as_bytes()).to_string();
    for verb in ["packages", "findings"] {
        let ran = overt(folder.path(), &[verb, &digest, "--json"]);
        assert_valid(&validator(verb, true), &serde_json::from_str(&ran.stdout).expect("JSON"));
    }
    let first = [&record["findings"], &record["dead"]].into_iter().find_map(|list| list[0]["id"].as_str());
    if let Some(id) = first {
        let ran = overt(folder.path(), &["explain", id, "--build", &digest, "--json"]);
        assert_valid(&validator("explanation", true), &serde_json::from_str(&ran.stdout).expect("JSON"));
    }
}

#[test]
fn fixtures() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/built"));
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("fixtures are committed") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "apk") {
            check(&path, "full");
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn corpora() {
    let Some(root) = overt_testkit::corpora::corpora() else { return };
    for (name, depth) in
        [("phone-2016", "inventory"), ("phone-2017", "inventory"), ("pixel5-slice", "capability")]
    {
        check(&root.join(name), depth);
    }
}
