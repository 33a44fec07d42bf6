//! `overt scan` and what follows from it, on committed fixtures.

mod binary;

use std::path::PathBuf;

use binary::overt;
use overt_record::Record;
use tempfile::TempDir;

fn fixture(name: &str) -> String {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/built")).join(name);
    assert!(path.is_file(), "{} is committed", path.display());
    path.to_str().expect("text").to_owned()
}

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

#[test]
fn an_input_that_is_not_there_is_code_3() {
    let folder = folder();
    for arguments in [&["scan", "no/such/image"][..], &["scan", "no/such/image", "--json", "--no-store"]] {
        let ran = overt(folder.path(), arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{ran:?}");
        assert!(ran.stderr.contains("no/such/image cannot be scanned"), "{}", ran.stderr);
        assert!(ran.stderr.contains("overt scan --help"), "says what to do next: {}", ran.stderr);
    }
}

#[test]
fn what_holds_nothing_is_no_clean_build() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("empty")).expect("made");
    std::fs::write(folder.path().join("notes.txt"), "hello").expect("written");
    for input in ["empty", "notes.txt", "/dev/null"] {
        let ran = overt(folder.path(), &["scan", input, "--no-store"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{input}: {ran:?}");
        assert!(ran.stderr.contains(input), "{}", ran.stderr);
    }
}

#[test]
fn a_scan_is_kept_and_can_be_asked() {
    let folder = folder();
    let scanned =
        overt(folder.path(), &["scan", &fixture("messages.apk"), "--json", "--depth", "capability"]);
    assert!([0, 1, 4].contains(&scanned.code), "{scanned:?}");
    let record: Record = serde_json::from_str(&scanned.stdout).expect("a record");
    assert_eq!(record.to_json().expect("JSON"), scanned.stdout, "canonical bytes");
    assert!(folder.path().join(".local/share/overt/store.sqlite").is_file(), "the default place");
    let digest = record.digest().expect("a digest");
    assert!(scanned.stderr.contains(&digest[..12]), "{}", scanned.stderr);

    let packages = overt(folder.path(), &["packages", &digest[..12], "--format", "jsonl"]);
    assert_eq!(packages.stdout.lines().count(), record.packages.len());
    let findings = overt(folder.path(), &["findings", &digest[..12], "--format", "jsonl"]);
    assert_eq!(findings.stdout.lines().count(), record.findings.len());
    assert_eq!(findings.code, scanned.code, "the same findings, the same verdict");

    let finding = record.findings.iter().find(|finding| finding.evidence.iter().any(|e| e.offset.is_some()));
    let finding = finding.expect("a fixture that reads messages has a finding in code");
    let explained = overt(folder.path(), &["explain", &finding.id, "--json"]);
    let value: serde_json::Value = serde_json::from_str(&explained.stdout).expect("JSON");
    assert_eq!(value["input"]["state"], serde_json::json!("same"), "{value:#}");
    let marked = value["evidence"].as_array().expect("a list").iter().any(|shown| {
        shown["around"]
            .as_array()
            .is_some_and(|lines| lines.iter().any(|line| line["marked"] == serde_json::json!(true)))
    });
    assert!(marked, "{value:#}");

    let other = overt(folder.path(), &["explain", &finding.id, "--input", &fixture("location.apk")]);
    assert_eq!(other.code, 3, "{other:?}");
    assert!(other.stderr.contains("differs from the one that was scanned"), "{}", other.stderr);
}

#[test]
fn no_store_leaves_no_trace_and_the_path_is_in_no_record() {
    let folder = folder();
    let image = folder.path().join("secret-place.apk");
    std::fs::copy(fixture("location.apk"), &image).expect("copied");
    let path = image.to_str().expect("text");
    let ran = overt(folder.path(), &["scan", path, "--json", "--no-store", "--depth", "inventory"]);
    assert!([0, 1, 4].contains(&ran.code), "{ran:?}");
    assert!(!ran.stdout.contains("secret-place"), "the host's path is nobody's business");
    assert!(!folder.path().join(".local").exists());
    assert_eq!(ran.stderr, "", "no progress where there is no terminal");
    let again = overt(
        folder.path(),
        &["scan", &fixture("location.apk"), "--json", "--no-store", "--depth", "inventory"],
    );
    assert_eq!(again.stdout, ran.stdout, "the same content gives the same bytes, whatever its path");
}

#[test]
fn every_form_and_every_job_count_says_the_same() {
    let folder = folder();
    let input = fixture("exec-install.apk");
    let run = |more: &[&str]| {
        let mut arguments = vec!["scan", input.as_str(), "--no-store", "--depth", "capability"];
        arguments.extend(more);
        overt(folder.path(), &arguments)
    };
    let json = run(&["--json", "--jobs", "1"]);
    assert_eq!(run(&["--json", "--jobs", "4"]).stdout, json.stdout);
    let record: Record = serde_json::from_str(&json.stdout).expect("a record");
    assert_eq!(run(&["--format", "jsonl"]).stdout.lines().count(), record.findings.len());
    let text = run(&[]);
    assert_eq!(text.code, json.code);
    assert!(text.stdout.starts_with("FIRMWARE BUILD\n"), "{}", text.stdout);
    assert!(text.stdout.contains("WHAT COULD NOT BE LOOKED AT"));
    // Flows were not looked for at this depth, and no form says that there are none.
    for (format, begins) in
        [("html", "<!DOCTYPE html>"), ("markdown", "# What this phone"), ("label", "WHAT THIS PHONE DOES")]
    {
        let ran = run(&["--format", format]);
        assert_eq!(ran.code, json.code);
        assert!(ran.stdout.starts_with(begins), "{}", ran.stdout);
        assert!(ran.stdout.contains("This was not looked for"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("was proven in"), "{}", ran.stdout);
        let named = ran.stdout.contains(&record.findings[0].id);
        assert_eq!(named, format != "label", "{format}: the label counts what could be");
    }
}
