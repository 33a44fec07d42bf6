//! What newer platforms keep back from those without a permission is no finding there, and what the owner is asked for first
//! is not silent. The fixtures `withheld` and `withheld-user` read the same data; the second shares its user. Of the pairs
//! `service-…` and `rows-…` one sends what is nobody's but its own.
#![allow(missing_docs)]

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::Finding;
use overt_record::words::{Confidence, GateKind, Rung, Severity};
use overt_testkit::Fixture;
use tempfile::TempDir;

/// What is found about the app on a device of this API level.
fn findings(slug: &str, sdk: u32) -> Vec<Finding> {
    let device = TempDir::new().expect("a temporary folder");
    let properties = format!("ro.build.version.sdk={sdk}\nro.build.version.release=0\n");
    std::fs::create_dir_all(device.path().join("system")).expect("made");
    std::fs::write(device.path().join("system/build.prop"), properties).expect("written");
    for slug in [slug, "exported-guards"] {
        let fixture = Fixture::load(slug).expect("the fixture");
        let place = device.path().join("system/app").join(slug);
        std::fs::create_dir_all(&place).expect("made");
        std::fs::write(place.join(format!("{slug}.apk")), fixture.bytes().expect("built")).expect("written");
    }
    let package = Fixture::load(slug).expect("the fixture").package;
    let all = scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device");
    all.findings.into_iter().filter(|finding| finding.package.as_ref() == Some(&package)).collect()
}

fn one<'a>(all: &'a [Finding], behaviour: &str) -> Option<&'a Finding> {
    all.iter().find(|finding| finding.behaviour == behaviour)
}

#[test]
fn what_the_platform_keeps_back_is_no_finding() {
    let old = findings("withheld", 22);
    for behaviour in ["privacy/mac", "privacy/imei", "privacy/android-id"] {
        let finding = one(&old, behaviour).expect(behaviour);
        assert_eq!((finding.rung, finding.confidence), (Rung::Flow, Confidence::Medium), "{behaviour}");
        assert!(finding.gates.is_empty(), "{behaviour}");
    }
    let asking = findings("withheld", 23);
    assert!(one(&asking, "privacy/mac").is_none());
    assert_eq!(one(&asking, "privacy/imei").map(|one| one.rung), Some(Rung::Flow));
    let later = findings("withheld", 29);
    assert!(one(&later, "privacy/mac").is_none() && one(&later, "privacy/imei").is_none());
    assert_eq!(one(&later, "privacy/android-id").map(|one| one.rung), Some(Rung::Flow));
}

#[test]
fn a_user_that_others_may_share_is_told_as_a_doubt() {
    let all = findings("withheld-user", 23);
    let mac = one(&all, "privacy/mac").expect("low");
    assert_eq!((mac.rung, mac.confidence), (Rung::Flow, Confidence::Low));
    assert!(mac.says.contains("LOCAL_MAC_ADDRESS") && mac.says.contains("com.example.withheldshared"));
    assert_eq!(one(&all, "privacy/android-id").map(|one| one.confidence), Some(Confidence::Medium));
}

#[test]
fn what_the_owner_is_asked_for_is_not_silent() {
    let all = findings("withheld", 23);
    let imei = one(&all, "privacy/imei").expect("flow");
    let [gate] = imei.gates.as_slice() else { panic!("{:?}", imei.gates) };
    assert_eq!(gate.kind, GateKind::UserConsent);
    assert_eq!(gate.value.as_deref(), Some("android.permission.READ_PHONE_STATE"));
    assert!(imei.triggers.iter().all(|trigger| !trigger.silent));
    assert!(one(&all, "privacy/android-id").is_some_and(|one| one.gates.is_empty()), "asked of nobody");
}

#[test]
fn a_token_for_its_own_service_is_told_as_one() {
    let own = findings("service-own", 22);
    let token = one(&own, "privacy/account-credentials").expect("flow");
    assert_eq!((token.rung, token.severity), (Rung::Flow, Severity::Info), "{}", token.says);
    assert!(token.says.contains("invalid.example.account"), "{}", token.says);
    let other = findings("service-other", 22);
    let token = one(&other, "privacy/account-credentials").expect("flow");
    assert!(token.rung == Rung::Flow && token.severity >= Severity::High, "{:?}", token.severity);
    for all in [&own, &other] {
        let names = one(all, "privacy/accounts").expect("read");
        assert_eq!(names.rung, Rung::Capability, "the token tells no name");
    }
}

#[test]
fn rows_of_the_own_download_provider_are_not_the_owners() {
    assert!(one(&findings("rows-own", 22), "privacy/files").is_none());
    let other = findings("rows-other", 22);
    assert_eq!(one(&other, "privacy/files").map(|one| one.rung), Some(Rung::Flow));
}
