//! Receivers that code registers: fixture `registered`, each class of which is one arrangement.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::Finding;
use overt_record::evidence::Role;
use overt_record::words::{Rung, Severity, Theme};
use overt_testkit::Fixture;
use tempfile::TempDir;

/// What is found about orders on a device with this app, and another by whose key it is known who speaks for the platform.
fn findings() -> Vec<Finding> {
    let device = TempDir::new().expect("a temporary folder");
    for slug in ["registered", "exported-guards"] {
        let fixture = Fixture::load(slug).expect("the fixture");
        let place = device.path().join("system/app").join(slug);
        std::fs::create_dir_all(&place).expect("made");
        std::fs::write(place.join(format!("{slug}.apk")), fixture.bytes().expect("built")).expect("written");
    }
    let package = Fixture::load("registered").expect("the fixture").package;
    let all = scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device");
    (all.findings.into_iter())
        .filter(|finding| {
            finding.package.as_ref() == Some(&package)
                && finding.rung == Rung::Flow
                && matches!(finding.theme, Theme::RemoteControl | Theme::Exposure)
        })
        .collect()
}

/// Simple name of the class in which the effect of a finding happens.
fn place(finding: &Finding) -> String {
    let sink = finding.evidence.iter().find(|evidence| evidence.role == Role::Sink).expect("a sink");
    let class = sink.class.as_deref().unwrap_or_default().trim_end_matches(';');
    class.rsplit('/').next().unwrap_or_default().to_owned()
}

fn one<'a>(all: &'a [Finding], behaviour: &str, class: &str) -> &'a Finding {
    let mut found = all.iter().filter(|one| one.behaviour == behaviour && place(one) == class);
    let first = found.next().expect("the finding");
    assert!(found.next().is_none(), "two of {behaviour} in {class}");
    first
}

#[test]
fn receivers_registered_in_code_are_doors() {
    let all = findings();
    let places: BTreeSet<(String, String)> =
        all.iter().map(|finding| (finding.behaviour.clone(), place(finding))).collect();
    // Not: behind a permission of the same signer (`Signed`), for broadcasts of the system alone (`Booted`, of two `Both`),
    // for its own app (`Near`, `Hidden`), by code that nobody calls (`Never`), for what is not known (`Vague`), of no
    // effect (`Logged`).
    let expected = [
        ("exposure/exec", "Held"),
        ("exposure/exec", "Open"),
        ("exposure/exec", "Shown"),
        // Nobody but the sender of a message is meant to, and nothing keeps other apps from it.
        ("exposure/exec", "Texted"),
        ("exposure/exec", "Weak"),
        ("remote-control/exec", "Texted"),
    ];
    let expected: BTreeSet<(String, String)> =
        expected.iter().map(|(behaviour, class)| ((*behaviour).into(), (*class).into())).collect();
    assert_eq!(places, expected);
    let open = one(&all, "exposure/exec", "Open");
    assert_eq!((open.severity, open.reach.guard.as_deref()), (Severity::Critical, None));
    for part in ["com.example.registered.RUN", "command", "com.example.registered.Host registers it"] {
        assert!(open.says.contains(part), "{part} is not in: {}", open.says);
    }
    assert!(open.evidence.iter().any(|evidence| evidence.role == Role::Entry));
    let weak = one(&all, "exposure/exec", "Weak");
    assert_eq!(weak.reach.guard.as_deref(), Some("com.example.registered.ASKED"));
    let shown = one(&all, "exposure/exec", "Shown");
    assert!(shown.severity < open.severity, "it listens only while the screen is shown");
    let texted = one(&all, "remote-control/exec", "Texted");
    assert!(texted.says.contains("text message"), "{}", texted.says);
}
