//! What scans of real files write is what the published schemas describe, key for key.

#![allow(clippy::print_stderr, reason = "names the input that a failure is about")]

mod binary;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../../native/tests/support/mod.rs"]
mod support;

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
fn lines_of_strings_and_of_calls() {
    let folder = TempDir::new().expect("a temporary folder");
    let built = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/built"));
    let phone = folder.path().join("phone/system");
    std::fs::create_dir_all(phone.join("app/Hidden/lib/arm64")).expect("made");
    std::fs::create_dir_all(phone.join("bin")).expect("made");
    std::fs::copy(built.join("hidden-addresses.apk"), phone.join("app/Hidden/Hidden.apk")).expect("copied");
    let decoder = |kind: &str| {
        let mut all = support::files().into_iter();
        all.find(|(name, _)| name.starts_with(kind) && name.ends_with(" known")).expect("a decoder").1
    };
    std::fs::write(phone.join("app/Hidden/lib/arm64/libkey.so"), decoder("xor arm64")).expect("written");
    std::fs::write(phone.join("bin/daemon"), decoder("subtract arm ")).expect("written");
    let input = folder.path().join("phone");
    let lines = |flags: &[&str], schema: &str| -> Vec<Value> {
        let mut arguments = vec!["strings", input.to_str().expect("text"), "--format", "jsonl"];
        arguments.extend(flags);
        let ran = overt(folder.path(), &arguments);
        assert!([0, 4].contains(&ran.code), "{}", ran.stderr);
        let own = validator(schema, true);
        let all: Vec<Value> =
            ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert!(!all.is_empty());
        all.iter().for_each(|line| assert_valid(&own, line));
        all
    };
    lines(&[], "string");
    lines(&["--sinks"], "sink");
    let hidden = lines(&["--hidden"], "string");
    let files: Vec<&str> = hidden.iter().filter_map(|line| line["file"].as_str()).collect();
    assert_eq!(files, ["/system/app/Hidden/lib/arm64/libkey.so", "/system/bin/daemon"], "{hidden:#?}");
    for line in hidden.iter().filter(|line| line["file"].is_string()) {
        assert_eq!(line["how"]["kind"], "native");
        assert_eq!(line["value"], "http://ads.example.net/report?id=");
        assert_eq!(line["how"]["key"], "0x5a");
        assert!(line["how"]["decoder"].is_string());
    }
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
