//! What of the owner's data is read, picked by a server: fixture `targeted`, each class of which is one arrangement.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::Finding;
use overt_record::evidence::Role;
use overt_record::words::Theme;
use overt_testkit::Fixture;
use tempfile::TempDir;

fn findings() -> Vec<Finding> {
    let device = TempDir::new().expect("a temporary folder");
    let fixture = Fixture::load("targeted").expect("the fixture");
    let place = device.path().join("system/app/targeted");
    std::fs::create_dir_all(&place).expect("made");
    std::fs::write(place.join("targeted.apk"), fixture.bytes().expect("built")).expect("written");
    let all = scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device");
    assert!(all.dead.iter().all(|finding| finding.theme != Theme::Targeting), "said of what nobody starts");
    all.findings.into_iter().filter(|finding| finding.theme == Theme::Targeting).collect()
}

/// Simple name of the class in which what is picked is read.
fn place(finding: &Finding) -> String {
    let sink = finding.evidence.iter().find(|evidence| evidence.role == Role::Sink).expect("a sink");
    let class = sink.class.as_deref().unwrap_or_default().trim_end_matches(';');
    class.rsplit('/').next().unwrap_or_default().to_owned()
}

#[test]
fn a_server_picks_what_is_read() {
    let all = findings();
    // Not: words of the app's own (`Fixed`), a time (`Later`), a provider that holds none of the owner's data (`Beside`), a
    // service that the manifest does not name (`Unheard`).
    let places: BTreeSet<(&str, String)> =
        all.iter().map(|finding| (finding.behaviour.as_str(), place(finding))).collect();
    let expected: BTreeSet<(&str, String)> = [
        ("targeting/messages-by-server-words", "Words".to_owned()),
        ("targeting/records-by-server-rules", "Callers".to_owned()),
    ]
    .into();
    assert_eq!(places, expected);
    for finding in &all {
        let hosts: Vec<&str> = finding.endpoints.iter().filter_map(|one| one.host.as_deref()).collect();
        // The request stands in a method that also fetches files from elsewhere.
        assert_eq!(hosts, ["rules.example.invalid"], "{}", finding.says);
        assert!(finding.says.contains("rules.example.invalid"), "{}", finding.says);
    }
}
