//! `overt claims`: exit codes, forms, and what goes where.

mod binary;

use binary::overt;
use overt_testkit::record::{clean, sample};
use overt_testkit::schema::{assert_valid, validator};
use serde_json::Value;
use tempfile::TempDir;

const HEAD: &str = "[[claim]]\nid = 'a'\nspeaker = 's'\ndate = 2017-07-31\nquote = 'q'\nsource = 'x'\n";

fn place(claims: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let mut whole = clean();
    whole.packages.iter_mut().for_each(|package| package.natives.clear());
    for (name, record) in [("clean.json", whole), ("sample.json", sample())] {
        std::fs::write(folder.path().join(name), record.to_json().expect("JSON")).expect("a file");
    }
    std::fs::write(folder.path().join("claims.toml"), format!("{HEAD}{claims}\n")).expect("a file");
    folder
}

#[test]
fn answers_and_exit_codes() {
    let sent = sample()
        .findings
        .into_iter()
        .find(|one| one.rung == overt_record::Rung::Flow && !one.data.is_empty())
        .expect("there");
    let none = format!("kind = 'does-not-collect'\ndata = ['{}']", sent.data[0]);
    for (claims, builds, code, result) in [
        (none.as_str(), &["sample.json"][..], 1, "contradicted"),
        (none.as_str(), &["clean.json"], 0, "upheld"),
        (none.as_str(), &["sample.json", "clean.json"], 1, "contradicted"),
        ("kind = 'other'", &["clean.json"], 0, "not-decidable"),
        // Parts of the build could not be looked at: that is not a pass.
        ("kind = 'other'", &["sample.json"], 4, "not-decidable"),
    ] {
        let folder = place(claims);
        let mut arguments = vec!["claims", "check", "claims.toml"];
        arguments.extend(builds);
        arguments.push("--json");
        let ran = overt(folder.path(), &arguments);
        assert_eq!(ran.code, code, "{claims}: {ran:?}");
        let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_valid(&validator("claims", true), &value);
        assert_eq!(value["claims"][0]["result"], result, "{claims}: {}", value["claims"][0]["because"]);
        arguments.pop();
        let text = overt(folder.path(), &arguments);
        assert_eq!(text.code, code);
        assert!(text.stdout.contains(&result.to_uppercase().replace('-', " ")), "{}", text.stdout);
    }
}

#[test]
fn files_that_cannot_be_used() {
    let folder = place("kind = 'never'");
    for (arguments, code, says) in [
        (&["claims", "check", "claims.toml", "clean.json"][..], 3, "unknown variant `never`"),
        (&["claims", "check", "nowhere.toml", "clean.json"], 3, "cannot be used as a file of statements"),
        (&["claims", "check", "claims.toml"], 2, "<BUILD>"),
        (&["claims"], 2, "check"),
        (&["claims", "start", "--data-safety", "claims.toml"], 3, "has no column"),
        (&["claims", "start", "--data-safety", "claims.toml", "--json"], 2, "It has: text"),
    ] {
        let ran = overt(folder.path(), arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn a_peer_that_is_not_there_is_said_and_no_failure() {
    let folder =
        place("kind = 'standard-for'\nrole = 'r'\nbaseline = [{ build = 'nothing/so', packages = ['*'] }]");
    let ran = overt(folder.path(), &["claims", "check", "claims.toml", "clean.json", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("to compare with"), "{}", ran.stderr);
    assert!(ran.stdout.contains("none is there"));
}

#[test]
fn a_draft_of_what_was_declared() {
    let folder = TempDir::new().expect("a temporary folder");
    let csv = "Question ID (machine readable),Response ID (machine readable),Response value,Answer requirement,Human-friendly question label\n\
               PSL_DATA_COLLECTION_COLLECTS_PERSONAL_DATA,,true,REQUIRED,x\n\
               PSL_DATA_TYPES_IDENTIFIERS,PSL_DEVICE_ID,true,MULTIPLE_CHOICE,x\n";
    std::fs::write(folder.path().join("export.csv"), csv).expect("a file");
    std::fs::write(folder.path().join("clean.json"), clean().to_json().expect("JSON")).expect("a file");
    let ran = overt(
        folder.path(),
        &[
            "claims",
            "start",
            "--data-safety",
            "export.csv",
            "--package",
            "com.example.sync",
            "--date",
            "2024-05-01",
            "--out",
            "draft.toml",
        ],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let checked = overt(folder.path(), &["claims", "check", "draft.toml", "clean.json"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let wrong =
        overt(folder.path(), &["claims", "start", "--data-safety", "export.csv", "--package", "a\"b"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
