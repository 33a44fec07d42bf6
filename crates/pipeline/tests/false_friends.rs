//! What looks like a behaviour and is none: fixture `false-friends`.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::words::Theme;
use overt_testkit::Fixture;
use tempfile::TempDir;

#[test]
fn false_friends_are_not_reported() {
    let device = TempDir::new().expect("a temporary folder");
    let fixture = Fixture::load("false-friends").expect("the fixture");
    let place = device.path().join("system/app/friends");
    std::fs::create_dir_all(&place).expect("made");
    std::fs::write(place.join("friends.apk"), fixture.bytes().expect("built")).expect("written");
    let all = scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device");
    // Not: the IMEI of a class that nobody calls, the IMSI of a receiver and the number of a screen that no manifest names,
    // texts of which only the address is looked at, calls that a bean has a place for and nobody fills in, names that
    // nobody uses, a listener that nobody makes.
    let living: BTreeSet<&str> = (all.findings.iter())
        .filter(|finding| matches!(finding.theme, Theme::Privacy | Theme::Bypass | Theme::Targeting))
        .map(|finding| finding.behaviour.as_str())
        .collect();
    // The model that it does send.
    assert_eq!(living, ["privacy/device-status"].into());
    let dead: BTreeSet<&str> = all.dead.iter().map(|finding| finding.behaviour.as_str()).collect();
    for behaviour in ["privacy/imei", "privacy/imsi", "privacy/phone-number"] {
        assert!(dead.contains(behaviour), "{behaviour} is not among the dead: {dead:?}");
    }
}
