//! `overt gate`, `policy`, `waiver`, `key`: exit codes, signatures, and decisions that can be repeated.

mod binary;

use binary::{Ran, overt};
use overt_record::words::{Confidence, DataKind, Rung, Severity, Theme};
use overt_record::{Coverage, Record};
use overt_testkit::record::{clean, sample};
use overt_testkit::schema::{assert_valid, validator};
use serde_json::Value;
use tempfile::TempDir;

/// A build that was wholly looked at and has nothing in it.
fn quiet() -> Record {
    let mut record = clean();
    record.coverage = Coverage { complete: true, packages_seen: 1, ..Coverage::default() };
    record.packages.iter_mut().for_each(|package| package.natives.clear());
    record.findings.clear();
    record
}

/// The same phone, earlier, with messages leaving it.
fn spying() -> Record {
    let mut record = quiet();
    record.build.build_date = Some("2015-01-01".into());
    let mut finding = sample()
        .findings
        .into_iter()
        .find(|one| one.package.as_deref() == Some("com.example.sync"))
        .expect("there");
    finding.behaviour = "privacy/sms-body".into();
    finding.theme = Theme::Privacy;
    finding.rung = Rung::Flow;
    finding.severity = Severity::High;
    finding.confidence = Confidence::Medium;
    finding.data = vec![DataKind::SmsBody];
    finding.effects.clear();
    finding.endpoints.clear();
    finding.dormant = false;
    finding.triggers = vec![overt_record::finding::Trigger {
        kind: overt_record::words::TriggerKind::Boot,
        period_seconds: None,
        silent: true,
    }];
    record.findings = vec![finding];
    record
}

fn place() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let mut torn = quiet();
    torn.coverage.methods_incomplete = 1;
    for (name, record) in [("quiet.json", quiet()), ("spying.json", spying()), ("torn.json", torn)] {
        std::fs::write(folder.path().join(name), record.to_json().expect("JSON")).expect("a file");
    }
    folder
}

fn decided(ran: &Ran) -> Value {
    let value: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_valid(&validator("decision", true), &value);
    value
}

#[test]
fn decisions_and_exit_codes() {
    let folder = place();
    for (arguments, code, decision) in [
        (&["gate", "quiet.json"][..], 0, "allow"),
        (&["gate", "torn.json"], 4, "incomplete"),
        (&["gate", "spying.json"], 1, "suspend"),
        (&["gate", "quiet.json", "--state", "suspended"], 1, "hold"),
        (&["gate", "quiet.json", "--state", "suspended", "--against", "spying.json"], 0, "reinstate"),
        (&["gate", "torn.json", "--state", "suspended", "--against", "spying.json"], 4, "incomplete"),
        (&["gate", "spying.json", "--state", "suspended", "--against", "quiet.json"], 1, "suspend"),
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--json", "--today", "2026-11-22"]);
        let ran = overt(folder.path(), &all);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert_eq!(decided(&ran)["decision"], decision, "{arguments:?}");
        assert_eq!(overt(folder.path(), &all).stdout, ran.stdout, "the same case, the same bytes");
        let text = overt(folder.path(), arguments);
        assert_eq!(text.code, code);
        assert!(text.stdout.contains(&decision.to_uppercase()), "{}", text.stdout);
    }
}

#[test]
fn statements_are_heard() {
    let folder = place();
    let said = "[[claim]]\nid = 'a'\nspeaker = 's'\ndate = 2017-07-31\nquote = 'q'\nsource = 'x'\nkind = 'does-not-collect'\ndata = ['sms_body']\n";
    std::fs::write(folder.path().join("said.toml"), said).expect("a file");
    let ran = overt(folder.path(), &["gate", "spying.json", "--claims", "said.toml", "--json"]);
    let rules: Vec<String> = decided(&ran)["reasons"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|reason| reason["rule"].to_string())
        .collect();
    assert!(rules.contains(&"\"statement-contradicted\"".to_owned()), "{rules:?}");
}

#[test]
fn waivers_are_signed() {
    let folder = place();
    let run = |arguments: &[&str]| overt(folder.path(), arguments);
    for name in ["lab.key", "other.key"] {
        let made = run(&["key", "new", name, "--name", "a lab"]);
        assert_eq!(made.code, 0, "{made:?}");
        assert_eq!(made.stdout, "");
    }
    assert_eq!(run(&["key", "new", "lab.key"]).code, 2, "a secret is never overwritten");
    let id = spying().findings[0].id.clone();
    let waivers = format!(
        "[[waiver]]\nid = 'w1'\nowner = 'o'\nreason = 'r'\nissued = 2026-01-01\nexpires = 2026-12-31\nfinding = '{id}'\n\n\
         [[waiver]]\nid = 'w2'\nowner = 'o'\nreason = 'r'\nissued = 2026-01-01\nexpires = 2026-12-31\nfinding = '0123456789abcdef'\n"
    );
    std::fs::write(folder.path().join("w.toml"), &waivers).expect("a file");
    let signed = run(&["waiver", "sign", "w.toml", "--key", "lab.key", "--out", "w.json"]);
    assert_eq!(signed.code, 0, "{signed:?}");
    let gate = |waivers: &str, trust: &str, today: &str| {
        run(&["gate", "spying.json", "--waivers", waivers, "--trust", trust, "--today", today, "--json"])
    };
    let passed = gate("w.json", "lab.pub", "2026-11-22");
    assert_eq!(passed.code, 0, "{passed:?}");
    let value = decided(&passed);
    assert_eq!(
        (value["waivers_used"].to_string(), value["waivers_unused"].to_string()),
        ("[\"w1\"]".into(), "[\"w2\"]".into())
    );
    assert_eq!(gate("w.json", "lab.pub", "2027-01-01").code, 1, "expired");
    // Another key, no signature, an altered byte: the gate stops.
    let other = gate("w.json", "other.pub", "2026-11-22");
    assert_eq!(
        (other.code, other.stderr.contains("no key that is trusted signed it")),
        (3, true),
        "{other:?}"
    );
    assert_eq!(gate("w.toml", "lab.pub", "2026-11-22").code, 3);
    let text = std::fs::read_to_string(folder.path().join("w.json")).expect("text");
    let at = text.find("\"payload\":\"").expect("there") + 40;
    let letter = if &text[at..=at] == "A" { "B" } else { "A" };
    std::fs::write(folder.path().join("bad.json"), format!("{}{letter}{}", &text[..at], &text[at + 1..]))
        .expect("a file");
    let altered = gate("bad.json", "lab.pub", "2026-11-22");
    assert_eq!((altered.code, altered.stderr.contains("does not hold")), (3, true), "{altered:?}");
    assert_eq!(
        run(&["gate", "spying.json", "--waivers", "w.json"]).code,
        2,
        "whose signature counts must be said"
    );
}

#[test]
fn policies_are_shown_and_tested() {
    let folder = place();
    let run = |arguments: &[&str]| overt(folder.path(), arguments);
    let own = run(&["policy", "test", "--json"]);
    assert_eq!(own.code, 0, "{own:?}");
    let shown = run(&["policy", "show", "--out", "ours.rego"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let ours = run(&["gate", "spying.json", "--policy", "ours.rego", "--json", "--today", "2026-11-22"]);
    let default = run(&["gate", "spying.json", "--json", "--today", "2026-11-22"]);
    assert_eq!(ours.stdout, default.stdout, "the digest of a policy is of its text, not of its name");
    std::fs::write(
        folder.path().join("t.rego"),
        "package t\nimport rego.v1\ntest_no if 1 == 2\ntest_yes if 1 == 1\n",
    )
    .expect("a file");
    let failed = run(&["policy", "test", "t.rego"]);
    assert_eq!((failed.code, failed.stdout.contains("FAILED t.test_no")), (1, true), "{failed:?}");
    for (text, says) in [("package", "cannot be used"), ("package overt.gate\nx := 1\n", "cannot be used")] {
        std::fs::write(folder.path().join("bad.rego"), text).expect("a file");
        let ran = run(&["gate", "quiet.json", "--policy", "bad.rego"]);
        assert_eq!((ran.code, ran.stderr.contains(says)), (3, true), "{ran:?}");
    }
    assert_eq!(run(&["policy", "test", "ours.rego"]).code, 2, "no tests in it");
    assert_eq!(run(&["gate", "quiet.json", "--state", "gone"]).code, 2);
    assert_eq!(run(&["gate", "quiet.json", "--today", "soon"]).code, 2);
}

#[test]
fn bundles_are_made_redacted_and_verified() {
    let folder = place();
    let run = |arguments: &[&str]| overt(folder.path(), arguments);
    for name in ["lab.key", "other.key"] {
        assert_eq!(run(&["key", "new", name]).code, 0);
    }
    let made = run(&[
        "bundle",
        "make",
        "spying.json",
        "--key",
        "lab.key",
        "--today",
        "2026-11-22",
        "--out",
        "b.json",
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    let verify = |file: &str, trust: &str, more: &[&str]| {
        let mut arguments = vec!["verify", file, "--trust", trust, "--json"];
        if !more.contains(&"--as-of") {
            arguments.extend(["--as-of", "2026-12-01"]);
        }
        arguments.extend(more);
        let ran = run(&arguments);
        let value: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        assert_valid(&validator("verification", true), &value);
        assert_eq!(ran.code, i32::from(!value["verified"].as_bool().expect("a word")), "{ran:?}");
        value
    };
    let good = verify("b.json", "lab.pub", &[]);
    assert_eq!(good["verified"], true, "{good}");
    assert_eq!(good["bundle"]["repeated"], true);
    assert_eq!(good["bundle"]["decision"]["decision"], "suspend");
    for (trust, more, code) in [
        ("other.pub", &[][..], "signature"),
        ("lab.pub", &["--as-of", "2028-01-01"], "replayed"),
        ("lab.pub", &["--not-before", "2026-11-30"], "replayed"),
        ("lab.pub", &["--build", "somebody/else"], "other-build"),
    ] {
        assert_eq!(verify("b.json", trust, more)["refused"]["code"], code, "{trust} {more:?}");
    }
    let redacted = run(&["bundle", "redact", "b.json", "--part", "package/*", "--out", "r.json"]);
    assert_eq!(redacted.code, 0, "{redacted:?}");
    let part = verify("r.json", "lab.pub", &[]);
    assert_eq!(
        (part["verified"].clone(), part["bundle"]["record_whole"].clone()),
        (true.into(), false.into())
    );
    assert_eq!(run(&["bundle", "redact", "b.json", "--part", "nothing"]).code, 2);
    let text = std::fs::read_to_string(folder.path().join("b.json")).expect("text");
    std::fs::write(folder.path().join("a.json"), text.replacen("sms_body", "sms_bodx", 1)).expect("a file");
    assert_eq!(verify("a.json", "lab.pub", &[])["refused"]["code"], "altered-part");
    assert_eq!(run(&["verify", "nowhere.json", "--trust", "lab.pub"]).code, 3);
    assert_eq!(run(&["verify", "b.json"]).code, 2);
}

#[test]
fn an_image_gives_back_what_is_cited_and_another_does_not() {
    let folder = TempDir::new().expect("a temporary folder");
    let built = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/built"));
    std::fs::copy(built.join("hidden-addresses.apk"), folder.path().join("hidden-addresses.apk"))
        .expect("copied");
    let run = |arguments: &[&str]| overt(folder.path(), arguments);
    assert_eq!(run(&["key", "new", "lab.key"]).code, 0);
    let scanned = run(&["scan", "hidden-addresses.apk", "--no-store", "--json", "--out", "record.json"]);
    assert!([0, 1, 4].contains(&scanned.code), "{scanned:?}");
    assert_eq!(run(&["bundle", "make", "record.json", "--key", "lab.key", "--out", "b.json"]).code, 0);
    let right = run(&["verify", "b.json", "--trust", "lab.pub", "--input", "hidden-addresses.apk", "--json"]);
    assert_eq!(right.code, 0, "{right:?}");
    let value: Value = serde_json::from_str(&right.stdout).expect("JSON");
    assert!(value["rederived"].as_u64().is_some_and(|number| number > 0), "{value}");
    let another = std::fs::read_dir(built)
        .expect("fixtures are committed")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| {
            path.extension().is_some_and(|ending| ending == "apk") && !path.ends_with("hidden-addresses.apk")
        })
        .expect("another one");
    let wrong = run(&[
        "verify",
        "b.json",
        "--trust",
        "lab.pub",
        "--input",
        another.to_str().expect("text"),
        "--json",
    ]);
    let value: Value = serde_json::from_str(&wrong.stdout).expect("JSON");
    assert_eq!((wrong.code, value["refused"]["code"].as_str()), (1, Some("wrong-image")), "{wrong:?}");
}
