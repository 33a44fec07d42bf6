//! A folder of mixed artefacts: each is an input of its own, and a broken one stops none of the others.
#![allow(missing_docs)]

use std::fs;
use std::process::Command;

use overt_testkit::fixture::samples_folder;
use serde_json::Value;

fn run(folder: &std::path::Path, flags: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_overt"))
        .arg("scan")
        .arg(folder)
        .args(["--each", "--no-store", "--depth", "inventory"])
        .args(flags)
        .output()
        .expect("the binary runs");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn good_broken_and_irrelevant_files_each_have_their_answer() {
    let folder = tempfile::tempdir().expect("writable");
    let image = fs::read(samples_folder().join("firmware.img")).expect("the sample");
    let put = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("has one")).expect("writable");
        fs::write(path, bytes).expect("writable");
    };
    put("a/firmware.img", &image);
    put("b/firmware.img", &image);
    put("b/cut.img", &image[..image.len() / 2]);
    put("empty.zip", b"");
    put("notes.txt", b"nothing to be scanned\n");
    put("noise.bin", &[0xa5; 5000]);

    let (code, text) = run(folder.path(), &["--json"]);
    let all: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(all["schema"], "overt.scans/1");
    let scans = all["scans"].as_array().expect("a list");
    let paths: Vec<&str> = scans.iter().filter_map(|scan| scan["path"].as_str()).collect();
    let wanted = ["a/firmware.img", "b/cut.img", "b/firmware.img", "empty.zip", "noise.bin", "notes.txt"];
    assert_eq!(paths, wanted);
    assert_eq!(scans[0]["record"], scans[2]["record"], "the place does not matter");
    assert!(scans[0]["record"]["packages"].as_array().is_some_and(|packages| !packages.is_empty()));
    for broken in [3, 4, 5] {
        assert_eq!(
            (scans[broken]["code"].as_u64(), &scans[broken]["record"]),
            (Some(3), &Value::Null),
            "{broken}"
        );
    }
    assert_ne!(scans[1]["code"], 0, "half an image is not a whole one");
    assert_eq!(all["summary"]["files"], 6);
    assert!(matches!(code, Some(0 | 1 | 4)), "{code:?}");

    let (_, text) = run(folder.path(), &[]);
    assert_eq!(
        text.matches("=== ").count(),
        scans.iter().filter(|scan| !scan["record"].is_null()).count() + 1
    );
    assert!(text.contains("=== Summary of 6 files") && text.contains("unreadable  notes.txt"), "{text}");

    let (code, _) = run(folder.path(), &["--format", "html"]);
    assert_eq!(code, Some(2));
    let (code, _) = run(&folder.path().join("notes.txt"), &[]);
    assert_eq!(code, Some(2), "no folder");
}
