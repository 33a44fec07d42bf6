//! The verbs that read records: exit codes, messages, and what goes where.

mod binary;

use binary::{Ran, overt};
use overt_record::Record;
use overt_store::Store;
use overt_testkit::record::{clean, sample};
use tempfile::TempDir;

/// A folder with two record files and a store that holds the same records.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = TempDir::new().expect("a temporary folder");
        let mut store = Store::open(&folder.path().join("store.sqlite")).expect("a store");
        for (name, record) in [("clean.json", clean()), ("sample.json", sample())] {
            std::fs::write(folder.path().join(name), record.to_json().expect("JSON")).expect("a file");
            store.insert(&record, None).expect("inserted");
        }
        Place { folder }
    }

    /// Runs in the folder, with the folder's store.
    fn overt(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["--store", "store.sqlite"];
        all.extend(arguments);
        overt(self.folder.path(), &all)
    }
}

fn fingerprint(record: &Record) -> &str {
    record.build.fingerprint.as_deref().expect("the sample has one")
}

#[test]
fn no_use_and_wrong_use_are_code_2() {
    let place = Place::new();
    for (arguments, says) in [
        (&[][..], "Usage: overt"),
        (&["look"], "look"),
        (&["findings"], "<BUILD>"),
        (&["findings", "sample.json", "--format", "pdf"], "It has: json, jsonl, text"),
        (&["explain", "x", "--format", "jsonl"], "It has: json, text"),
        (&["findings", "sample.json", "--severity", "bad"], "info, low, medium, high, critical"),
        (&["findings", "nothing/called/so"], "Scan the build first"),
        (&["findings", "sample.json", "--out", "no/such/folder/f"], "Make the folder first"),
        (&["explain", "zz"], "`overt findings BUILD` lists them"),
        (&["explain", ""], "Give more digits"),
        (&["explain", "zz", "--build", "sample.json"], "in record"),
    ] {
        let ran = place.overt(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}: results only on standard output");
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn help_and_version_are_results() {
    let place = Place::new();
    for (arguments, says) in [
        (&["--help"][..], "Exit codes, for every verb:"),
        (&["-h"], "Examples:"),
        (&["scan", "--help"], "squashfs"),
        (&["report", "--help"], "plain sentences for the owner"),
        (&["packages", "--help"], "--privileged"),
        (&["findings", "--help"], "--behaviour"),
        (&["explain", "--help"], "--input"),
        (&["--version"], "overt 0."),
        (&["scan", "--version"], "0."),
    ] {
        let ran = overt(place.folder.path(), arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(ran.stdout.contains(says), "{arguments:?}: {}", ran.stdout);
    }
}

#[test]
fn codes_0_1_and_4() {
    let place = Place::new();
    for (arguments, code) in [
        (&["findings", "clean.json"][..], 0),
        (&["packages", "clean.json"], 0),
        (&["findings", "sample.json"], 1),
        (&["packages", "sample.json"], 1),
        (&["packages", "sample.json", "--package", "com.example.gallery"], 4),
        (&["packages", "sample.json", "--package", "com.example.gallery", "--fail-on", "medium"], 1),
        (&["findings", "sample.json", "--fail-on", "critical"], 1),
        (&["findings", "sample.json", "--package", "com.example.gallery"], 4),
        (&["findings", "sample.json", "--package", "com.example.gallery", "--fail-on", "low"], 1),
        (&["findings", "sample.json", "--theme", "schedule"], 4),
    ] {
        for format in ["text", "json", "jsonl"] {
            let mut all = arguments.to_vec();
            all.extend(["--format", format]);
            let ran = place.overt(&all);
            assert_eq!(ran.code, code, "{all:?}: {ran:?}");
            assert_eq!(ran.stderr, "", "{all:?}");
        }
    }
}

#[test]
fn a_record_file_that_is_none_is_code_3() {
    let place = Place::new();
    std::fs::write(place.folder.path().join("image.bin"), b"\x7fELF\x02\x01").expect("a file");
    std::fs::write(place.folder.path().join("later.json"), "{\"schema\":\"overt.record/9\"}")
        .expect("a file");
    for (name, says) in [("image.bin", "not JSON"), ("later.json", "overt.record/9"), (".", "not a file")] {
        let ran = place.overt(&["packages", name]);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{name}");
        assert!(ran.stderr.starts_with("overt: error: ") && ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("overt scan PATH --format json"), "says what to do next: {}", ran.stderr);
    }
}

#[test]
fn a_store_that_is_none_is_left_alone() {
    let place = Place::new();
    let path = place.folder.path().join("notes.txt");
    std::fs::write(&path, "these are notes and no store ".repeat(20)).expect("a file");
    let ran = overt(place.folder.path(), &["findings", "abcd", "--store", "notes.txt"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("is not an Overt store"), "{}", ran.stderr);
    assert!(std::fs::read_to_string(&path).expect("read").starts_with("these are notes"));
}

#[test]
fn builds_by_fingerprint_digest_and_file_are_the_same() {
    let place = Place::new();
    let record = sample();
    let digest = record.digest().expect("a digest");
    let by_file = place.overt(&["findings", "sample.json", "--json"]);
    for name in [fingerprint(&record), &digest, &digest[..8]] {
        assert_eq!(place.overt(&["findings", name, "--json"]).stdout, by_file.stdout, "{name}");
    }
    let without = overt(place.folder.path(), &["findings", &digest, "--no-store"]);
    assert_eq!(without.code, 2);
    let without = overt(place.folder.path(), &["findings", "sample.json", "--no-store", "--json"]);
    assert_eq!(without.stdout, by_file.stdout);
}

#[test]
fn reading_does_not_make_a_store() {
    let place = Place::new();
    let ran = overt(place.folder.path(), &["findings", "clean.json", "--store", "new/store.sqlite"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!place.folder.path().join("new").exists());
    let ran = overt(place.folder.path(), &["explain", "abcd", "--store", "new/store.sqlite"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--build FILE"), "{}", ran.stderr);
}

#[test]
fn several_scans_of_one_build_are_mentioned() {
    let place = Place::new();
    let mut deeper = sample();
    deeper.engine = "overt 0.2.0".into();
    let mut store = Store::open(&place.folder.path().join("store.sqlite")).expect("a store");
    let latest = store.insert(&deeper, None).expect("inserted");
    let ran = place.overt(&["packages", fingerprint(&deeper), "--json"]);
    assert!(
        ran.stderr.contains("2 scans of this build") && ran.stderr.contains(&latest[..12]),
        "{}",
        ran.stderr
    );
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(value["record_sha256"], serde_json::json!(latest));
}

#[test]
fn results_can_go_to_a_file() {
    let place = Place::new();
    let shown = place.overt(&["findings", "sample.json"]);
    let kept = place.overt(&["findings", "sample.json", "--out", "report.txt"]);
    assert_eq!((kept.code, kept.stdout.as_str()), (1, ""));
    assert_eq!(std::fs::read_to_string(place.folder.path().join("report.txt")).expect("read"), shown.stdout);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::new();
    let mut large = overt_testkit::record::sized(1, 50, 20);
    large.build.fingerprint = None;
    std::fs::write(place.folder.path().join("large.json"), large.to_json().expect("JSON")).expect("a file");
    let (code, stderr) =
        binary::closed_early(place.folder.path(), &["findings", "large.json", "--json", "--no-store"]);
    assert_eq!((code, stderr.as_str()), (1, ""), "the verdict stays what it is");
}

#[test]
fn explaining_without_the_input() {
    let place = Place::new();
    let record = sample();
    let finding = &record.findings[0];
    let ran = place.overt(&["explain", &finding.id[..6]]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains(&finding.says[..40]), "{}", ran.stdout);
    assert!(ran.stdout.contains("Give --input PATH"), "{}", ran.stdout);
    assert!(ran.stdout.contains("invoke-interface {v2, v0}"), "the record's own instruction is shown");

    let gone = place.overt(&["explain", &finding.id, "--build", "sample.json", "--input", "no/such/image"]);
    assert_eq!(gone.code, 3, "{gone:?}");
    assert!(gone.stderr.contains("no/such/image"), "{}", gone.stderr);
    assert!(gone.stdout.contains(&finding.says[..40]), "what the record knows is shown all the same");

    let json = place.overt(&["explain", &finding.id, "--json"]);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(value["schema"], serde_json::json!("overt.explanation/1"));
    assert_eq!(value["input"]["state"], serde_json::json!("unknown"));
    assert_eq!(value["finding"]["id"], serde_json::json!(finding.id));
}

#[test]
fn explaining_what_is_no_code_or_dead() {
    let place = Place::new();
    let record = sample();
    let manifest =
        record.findings.iter().find(|finding| finding.behaviour == "exposure/file-delete").expect("there");
    let ran = place.overt(&["explain", &manifest.id, "--json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((ran.code, &value["input"]["state"]), (1, &serde_json::json!("unneeded")));
    let ran = place.overt(&["explain", &record.dead[0].id]);
    assert_eq!(ran.code, 4, "dead code is no finding; the coverage has holes: {ran:?}");
    assert!(ran.stdout.contains("not counted as behaviour"), "{}", ran.stdout);
}

#[test]
fn an_ambiguous_finding_lists_what_it_may_be() {
    let place = Place::new();
    let record = sample();
    let mut firsts = std::collections::BTreeMap::<&str, Vec<&str>>::new();
    for finding in &record.findings {
        firsts.entry(&finding.id[..1]).or_default().push(&finding.id);
    }
    let (digit, ids) = firsts.into_iter().find(|(_, ids)| ids.len() > 1).expect("38 ids, 16 digits");
    for arguments in [&["explain", digit][..], &["explain", digit, "--build", "sample.json"]] {
        let ran = place.overt(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ids.iter().take(5).all(|id| ran.stderr.contains(id)), "{}", ran.stderr);
    }
}

#[test]
fn reports_are_made_of_stored_builds_and_of_record_files() {
    let place = Place::new();
    let record = sample();
    let digest = record.digest().expect("a digest");
    for (format, says) in [
        ("html", "<h2 id=\"label-h\">In plain words</h2>"),
        ("label", "WHAT LEAVES THE PHONE"),
        ("markdown", "## What leaves the phone"),
        ("text", "FINDINGS BY APP"),
        ("json", "\"schema\":\"overt.record/1\""),
        ("jsonl", "\"behaviour\":"),
    ] {
        let from_file = place.overt(&["report", "sample.json", "--format", format]);
        assert_eq!((from_file.code, from_file.stderr.as_str()), (1, ""), "{format}");
        assert!(from_file.stdout.contains(says), "{format}: {}", from_file.stdout);
        // The same bytes, wherever the record lies and wherever the result goes.
        for name in [&digest[..12], fingerprint(&record)] {
            assert_eq!(
                place.overt(&["report", name, "--format", format]).stdout,
                from_file.stdout,
                "{format}"
            );
        }
        let out = format!("report.{format}");
        let ran = place.overt(&["report", "sample.json", "--format", format, "--out", &out]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{format}");
        let written = std::fs::read_to_string(place.folder.path().join(out)).expect("a file");
        assert_eq!(written, from_file.stdout, "{format}");
    }
    assert_eq!(place.overt(&["report", "clean.json", "--format", "label"]).code, 0);
    assert_eq!(place.overt(&["report", "nothing"]).code, 2);
}
