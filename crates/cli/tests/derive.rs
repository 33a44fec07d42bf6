//! `overt explain` runs the code of the input again for what a record says was recovered.

mod binary;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "../../native/tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use binary::overt;
use serde_json::{Value, json};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/built")).join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn scan(folder: &Path, input: &Path) -> Value {
    let ran = overt(folder, &["scan", text(input), "--json", "--no-store"]);
    assert!([0, 1, 4].contains(&ran.code), "{ran:?}");
    std::fs::write(folder.join("record.json"), &ran.stdout).expect("written");
    serde_json::from_str(&ran.stdout).expect("a record")
}

fn id(record: &Value, behaviour: &str) -> String {
    let findings = record["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["behaviour"] == behaviour);
    found.unwrap_or_else(|| panic!("no {behaviour}"))["id"].as_str().expect("an id").to_owned()
}

fn explain(folder: &Path, input: &Path, id: &str, more: &[&str]) -> binary::Ran {
    let record = folder.join("record.json");
    let mut arguments = vec!["explain", id, "--build", text(&record), "--input", text(input), "--no-store"];
    arguments.extend(more);
    overt(folder, &arguments)
}

fn derivations(ran: &binary::Ran) -> Vec<Value> {
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    value["derivations"].as_array().expect("a list").clone()
}

#[test]
fn a_hidden_address_is_decoded_again() {
    let folder = TempDir::new().expect("a temporary folder");
    let app = fixture("hidden-addresses.apk");
    let record = scan(folder.path(), &app);
    let finding = id(&record, "concealment/hidden-address");
    let ran = explain(folder.path(), &app, &finding, &["--json"]);
    assert!([0, 4].contains(&ran.code), "{ran:?}");
    let all = derivations(&ran);
    assert_eq!(all.len(), 2, "{all:#?}");
    for one in &all {
        assert_eq!((&one["verdict"], &one["says"]), (&json!("same"), &json!("re-derived: same value")));
        assert!(one["instruction"].as_str().is_some_and(|text| text.contains("decode")), "{one:#}");
        assert_eq!(one["of"], one["value"]);
        assert_eq!(one["code_sha256"].as_str().map(str::len), Some(64));
    }
    let enciphered =
        all.iter().find(|one| one["of"] == "https://command.hidden.example/tasks").expect("found");
    let how = &enciphered["how"];
    assert_eq!((&how["algorithm"], &how["mode"]), (&json!("AES"), &json!("ECB")));
    assert_eq!(how["key"], "sixteen-byte-key");
    assert!(
        how["decoder"].as_str().is_some_and(|decoder| decoder.contains("Enciphered;->decode")),
        "{how:#}"
    );

    let shown = explain(folder.path(), &app, &finding, &[]);
    for part in [
        "https://command.hidden.example/tasks re-derived: same value",
        "sixteen-byte-key",
        "ECB",
        "Enciphered;->decode",
        "invoke-static",
        "Lcom/example/hiddenaddresses/Work;",
    ] {
        assert!(shown.stdout.contains(part), "{part} in\n{}", shown.stdout);
    }
}

#[test]
fn a_key_is_found_in_use_again() {
    let folder = TempDir::new().expect("a temporary folder");
    let app = fixture("hidden-addresses.apk");
    let record = scan(folder.path(), &app);
    let ran = explain(folder.path(), &app, &id(&record, "concealment/key-in-code"), &["--json"]);
    assert!([0, 4].contains(&ran.code), "{ran:?}");
    let all = derivations(&ran);
    assert_eq!(all.len(), 1);
    assert_eq!(
        (&all[0]["verdict"], &all[0]["of"]),
        (&json!("same"), &json!("AES/ECB with the key sixteen-byte-key"))
    );
}

#[test]
fn a_record_that_says_something_else_is_contradicted() {
    let folder = TempDir::new().expect("a temporary folder");
    let app = fixture("hidden-addresses.apk");
    let record = scan(folder.path(), &app);
    let finding = id(&record, "concealment/hidden-address");
    type Doctor = fn(&mut Value);
    let doctored: [(&str, Doctor); 3] = [
        ("another value", |end| {
            end["url"] = json!("http://made.up.example/");
            end["how"]["value"] = end["url"].clone();
        }),
        ("in another way", |end| end["how"]["key"] = json!("another key")),
        ("nothing comes out there", |end| end["how"]["offset"] = json!(0)),
    ];
    for (says, change) in doctored {
        let mut changed = record.clone();
        let all = changed["findings"].as_array_mut().expect("a list");
        let own = all.iter_mut().find(|one| one["id"] == json!(finding)).expect("the finding");
        change(&mut own["endpoints"][0]);
        std::fs::write(folder.path().join("record.json"), changed.to_string()).expect("written");
        let ran = explain(folder.path(), &app, &finding, &["--json"]);
        assert_eq!(ran.code, 3, "{says}: {ran:?}");
        assert!(ran.stderr.contains("does not give what the record says"), "{}", ran.stderr);
        let all = derivations(&ran);
        assert_eq!(all[0]["verdict"], "different", "{all:#?}");
        assert!(all[0]["says"].as_str().is_some_and(|text| text.contains(says)), "{says}: {all:#?}");
        assert_eq!(all[1]["verdict"], "same");
    }
}

#[test]
fn what_a_native_library_decodes_is_decoded_again() {
    let (name, library) = support::files()
        .into_iter()
        .find(|(name, _)| name.starts_with("xor arm64") && name.ends_with(" known"))
        .expect("a decoder");
    let folder = TempDir::new().expect("a temporary folder");
    let phone = folder.path().join("phone");
    let app = phone.join("system/app/Hidden");
    std::fs::create_dir_all(app.join("lib/arm64")).expect("made");
    std::fs::copy(fixture("hidden-addresses.apk"), app.join("Hidden.apk")).expect("copied");
    // The code of the app holds the word that `System.loadLibrary` would be given for this file.
    std::fs::write(app.join("lib/arm64/libkey.so"), &library).expect("written");
    let record = scan(folder.path(), &phone);
    let finding = id(&record, "concealment/hidden-address");
    let native = |record: &Value| -> Value {
        let all = record["findings"].as_array().expect("a list");
        let own = all.iter().find(|one| one["id"] == json!(finding)).expect("the finding");
        let ends = own["endpoints"].as_array().expect("a list");
        ends.iter()
            .find(|end| end["how"]["kind"] == "native")
            .unwrap_or_else(|| panic!("{name}: {ends:#?}"))
            .clone()
    };
    assert_eq!(native(&record)["host"], "ads.example.net");
    let ran = explain(folder.path(), &phone, &finding, &["--json"]);
    let all = derivations(&ran);
    let one = all.iter().find(|one| one["how"]["kind"] == "native").expect("derived");
    assert_eq!(
        (&one["verdict"], &one["how"]["algorithm"], &one["how"]["key"]),
        (&json!("same"), &json!("xor"), &json!("0x5a"))
    );
    assert_eq!(one["how"]["file"], "/system/app/Hidden/lib/arm64/libkey.so");

    // A library that no code names is not taken to be loaded.
    std::fs::rename(app.join("lib/arm64/libkey.so"), app.join("lib/arm64/libother.so")).expect("renamed");
    let record = scan(folder.path(), &phone);
    assert!(!record["findings"].to_string().contains("ads.example.net"));
}
