//! Effects that are only decided by what somebody outside sends: fixture `decided`, each class of which is one arrangement.
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

fn findings() -> Vec<Finding> {
    let device = TempDir::new().expect("a temporary folder");
    let fixture = Fixture::load("decided").expect("the fixture");
    let place = device.path().join("system/app/decided");
    std::fs::create_dir_all(&place).expect("made");
    std::fs::write(place.join("decided.apk"), fixture.bytes().expect("built")).expect("written");
    let all = scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device");
    let orders = |finding: &Finding| finding.theme == Theme::RemoteControl && finding.rung == Rung::Flow;
    all.findings.into_iter().filter(orders).collect()
}

/// Simple name of the class in which the effect of a finding happens.
fn place(finding: &Finding) -> String {
    let sink = finding.evidence.iter().rfind(|evidence| evidence.role == Role::Sink).expect("a sink");
    let class = sink.class.as_deref().unwrap_or_default().trim_end_matches(';');
    class.rsplit('/').next().unwrap_or_default().to_owned()
}

#[test]
fn a_word_of_a_server_decides() {
    let all = findings();
    // Not: what happens unless the server says something (`Otherwise`), whatever it says (`Aside`), or by a word of the
    // device (`Own`).
    let places: BTreeSet<(&str, String)> =
        all.iter().map(|finding| (finding.behaviour.as_str(), place(finding))).collect();
    let expected: BTreeSet<(&str, String)> =
        [("remote-control/reboot", "Restart".to_owned()), ("remote-control/wipe", "Pushed".to_owned())]
            .into();
    assert_eq!(places, expected);
    let restart = all.iter().find(|one| one.behaviour == "remote-control/reboot").expect("the finding");
    for part in ["“restart”", "“report”", "PowerManager.reboot"] {
        assert!(restart.says.contains(part), "{part} is not in: {}", restart.says);
    }
    assert!(restart.severity < Severity::Critical, "what happens stands in the code");
    let wipe = all.iter().find(|one| one.behaviour == "remote-control/wipe").expect("the finding");
    assert!(wipe.says.contains("“forget”") && wipe.says.contains("push"), "{}", wipe.says);
    for finding in &all {
        assert!(finding.evidence.iter().any(|evidence| evidence.role == Role::Guard), "where it is compared");
    }
}
