//! Builds compared from the command line: exit codes, forms, a folder that is watched.

mod binary;

use std::path::{Path, PathBuf};

use binary::overt;
use overt_record::Record;
use overt_testkit::record::sized;
use overt_testkit::schema::{assert_valid, validator};
use serde_json::Value;
use tempfile::TempDir;

fn build(number: usize) -> Record {
    let mut record = sized(0, 3, 4);
    record.build.model = Some("One".into());
    record.build.device = Some("one".into());
    record.build.fingerprint = Some(format!("example/One/One:6.0/EXA/{number}:user/release-keys"));
    record.coverage.listing = Some("all_files.txt".into());
    record.coverage.missing.clear();
    record.coverage.unreadable.clear();
    record
}

fn write(folder: &Path, name: &str, record: &mut Record) -> PathBuf {
    record.canonicalise();
    let path = folder.join(name);
    std::fs::write(&path, record.to_json().expect("JSON")).expect("written");
    path
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn exit_codes_of_diff_and_its_shape() {
    let folder = TempDir::new().expect("a folder");
    let at = folder.path();
    write(at, "a.json", &mut build(0));
    let mut gone = build(1);
    gone.packages.remove(1);
    gone.findings.retain(|finding| finding.package.as_deref() != Some("com.example.app1"));
    write(at, "b.json", &mut gone);
    let mut unlisted = gone.clone();
    unlisted.build = build(0).build;
    unlisted.coverage.listing = None;
    unlisted.coverage.complete = false;
    write(at, "c.json", &mut unlisted);

    let same = overt(at, &["diff", "a.json", "a.json", "--json"]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert_eq!(json(&same.stdout)["rows"], Value::Array(Vec::new()));
    let changed = overt(at, &["diff", "a.json", "b.json", "--json"]);
    assert_eq!(changed.code, 1, "{}", changed.stderr);
    let diff = json(&changed.stdout);
    assert_valid(&validator("diff", true), &diff);
    let rows = diff["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["kind"] == "package" && row["change"] == "gone"));
    let unknown = overt(at, &["diff", "a.json", "c.json", "--json"]);
    assert_eq!(unknown.code, 4, "{}", unknown.stdout);
    assert_valid(&validator("diff", true), &json(&unknown.stdout));
    let text = overt(at, &["diff", "a.json", "b.json"]);
    assert!(text.stdout.contains("com.example.app1") && text.stdout.contains("gone"), "{}", text.stdout);
    let lines = overt(at, &["diff", "a.json", "b.json", "--format", "jsonl"]);
    assert_eq!(lines.stdout.lines().count(), rows.len());
    assert_eq!(overt(at, &["diff", "a.json", "nothing"]).code, 2);
    assert_eq!(overt(at, &["diff", "a.json:com.example.app0", "b.json"]).code, 2);
    assert_eq!(overt(at, &["diff", "a.json:com.example.app0", "b.json:nobody"]).code, 2);
    let pair = overt(at, &["diff", "a.json:com.example.app0", "b.json:com.example.app2", "--json"]);
    let pair = json(&pair.stdout);
    assert_eq!(pair["a"]["package"], "com.example.app0");
    assert_valid(&validator("diff", true), &pair);
}

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/built")).join(name)
}

/// A build in a folder: properties and one app.
fn phone(folder: &Path, number: u32, app: &str) {
    let system = folder.join("system");
    std::fs::create_dir_all(system.join("app/App")).expect("made");
    std::fs::copy(fixture(app), system.join("app/App/App.apk")).expect("copied");
    std::fs::write(
        system.join("build.prop"),
        format!(
            "ro.product.model=One\nro.product.device=one\nro.product.brand=example\nro.build.date=2016-0{number}-01T00:00:00Z\n\
             ro.build.fingerprint=example/one/one:6.0/EXA/{number}:user/release-keys\n"
        ),
    )
    .expect("written");
    std::fs::write(folder.join("all_files.txt"), "system/build.prop\nsystem/app/App/App.apk\n")
        .expect("written");
}

#[test]
fn builds_that_are_dropped_into_a_folder() {
    let folder = TempDir::new().expect("a folder");
    let at = folder.path();
    let drop = at.join("builds");
    phone(&drop.join("first"), 1, "hidden-addresses.apk");
    let first = overt(at, &["watch", "builds", "--once"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.contains("first build"), "{}", first.stderr);
    let again = overt(at, &["watch", "builds", "--once"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
    phone(&drop.join("second"), 2, "hidden-addresses.apk");
    std::fs::remove_file(drop.join("second/system/app/App/App.apk")).expect("removed");
    std::fs::write(drop.join("second/all_files.txt"), "system/build.prop\n").expect("written");
    let second = overt(at, &["watch", "builds", "--once", "--json"]);
    assert_eq!(second.code, 1, "{}", second.stderr);
    let diff = json(&second.stdout);
    assert_valid(&validator("diff", true), &diff);
    let rows = diff["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["kind"] == "package" && row["change"] == "gone"), "{rows:#?}");
    let last = overt(at, &["watch", "--device", "One", "--once"]);
    assert_eq!(last.code, 1, "{}", last.stderr);
    let history = overt(at, &["history", "one", "--json"]);
    assert_eq!(history.code, 0, "{}", history.stderr);
    let history = json(&history.stdout);
    assert_valid(&validator("history", true), &history);
    assert_eq!(history["builds"].as_array().map(Vec::len), Some(2));
    let found = overt(at, &["find", "--behaviour", "*", "--json", "--fail-on", "info"]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    let found = json(&found.stdout);
    assert_valid(&validator("matches", true), &found);
    let matches = found["matches"].as_array().expect("matches");
    assert!(!matches.is_empty());
    let package = matches[0]["package"].as_str().expect("a name");
    let digest = matches[0]["record_sha256"].as_str().expect("a digest");
    let same = overt(at, &["find", "--code", &format!("{digest}:{package}")]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert!(same.stdout.contains(package), "{}", same.stdout);
    assert_eq!(overt(at, &["find", "--host", "nobody.example"]).code, 0);
    assert_eq!(overt(at, &["find"]).code, 2);
    assert_eq!(overt(at, &["history", "nobody"]).code, 2);
    assert_eq!(overt(at, &["watch", "builds", "--once", "--no-store"]).code, 2);
}
