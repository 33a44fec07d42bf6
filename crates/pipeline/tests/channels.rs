//! What one app puts into a channel and another takes out of it and sends is one finding, of the app that sends.
//!
//! `channel-giver` gives the serial number in every way, `channel-asker` and `channel-twin` (which runs as the giver's user)
//! ask for it. Each answer goes to a host of its own, so the hosts of the finding say which ways were found.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::Finding;
use overt_record::evidence::Role;
use overt_record::words::{Rung, Via};
use overt_testkit::Fixture;
use tempfile::TempDir;

const GIVER: &str = "com.example.channelgiver";
const ASKER: &str = "com.example.channelasker";
const TWIN: &str = "com.example.channeltwin";

/// What is found on a device with these fixture apps, and one by whose key it is known who speaks for the platform.
fn findings(slugs: &[&str]) -> Vec<Finding> {
    let device = TempDir::new().expect("a temporary folder");
    for slug in slugs.iter().chain(&["exported-guards"]) {
        let fixture = Fixture::load(slug).expect("the fixture");
        let place = device.path().join("system/app").join(slug);
        std::fs::create_dir_all(&place).expect("made");
        std::fs::write(place.join(format!("{slug}.apk")), fixture.bytes().expect("built")).expect("written");
    }
    scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device").findings
}

/// The finding that a package sends the serial number away that it got from another.
fn joined<'a>(all: &'a [Finding], package: &str) -> Option<&'a Finding> {
    let mut found = (all.iter()).filter(|finding| {
        finding.package.as_deref() == Some(package)
            && finding.behaviour == "privacy/serial"
            && finding.rung == Rung::Flow
    });
    let first = found.next();
    assert!(found.next().is_none(), "two findings of {package}");
    first
}

/// Names of the hosts that a package sends the serial number to.
fn hosts(all: &[Finding], package: &str) -> BTreeSet<String> {
    (joined(all, package).into_iter())
        .flat_map(|finding| &finding.endpoints)
        .filter_map(|endpoint| endpoint.host.as_deref()?.strip_suffix(".example.invalid"))
        .map(str::to_owned)
        .collect()
}

/// The packages of the evidence of one role, in its order.
fn places(finding: &Finding, role: Role) -> Vec<&str> {
    let places = finding.evidence.iter().filter(|evidence| evidence.role == role);
    places.filter_map(|evidence| evidence.package.as_deref()).collect()
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn nothing_is_joined_where_nobody_gives() {
    for alone in ["channel-asker", "channel-giver", "channel-twin"] {
        let all = findings(&[alone]);
        assert!(joined(&all, &Fixture::load(alone).expect("the fixture").package).is_none(), "{alone}");
    }
    assert!(joined(&findings(&["channel-asker", "channel-twin"]), TWIN).is_none());
}

#[test]
fn what_an_app_gives_another_may_send() {
    let all = findings(&["channel-giver", "channel-asker"]);
    // Not: another column (`label`), another path (`names`, `nothing`), another authority (`nobody`), a provider that is not
    // exported (`closed`), guarded by what the asker cannot be given (`signed`) or never asked for (`unasked`), another field
    // (`record-name`), another file (`other`), a file of another user (`private`), a provider that answers nothing (`bare`).
    assert_eq!(hosts(&all, ASKER), names(&["ids", "row", "guarded", "shared", "record"]));
    let finding = joined(&all, ASKER).expect("the finding");
    let packages: BTreeSet<&str> =
        finding.evidence.iter().filter_map(|evidence| evidence.package.as_deref()).collect();
    assert_eq!(packages, BTreeSet::from([ASKER, GIVER]));
    assert_eq!(places(finding, Role::Source), [GIVER]);
    assert_eq!(places(finding, Role::Channel), [GIVER, ASKER], "both ends of the channel");
    assert_eq!(places(finding, Role::Sink), [ASKER]);
    assert!(finding.says.contains(GIVER), "{}", finding.says);
    assert!(finding.via.contains(&Via::Provider) || finding.via.contains(&Via::File), "{:?}", finding.via);
}

#[test]
fn what_is_written_into_a_provider_its_owner_may_send() {
    let all = findings(&["channel-giver", "channel-asker"]);
    // Not: another column (`note`, `kept-note`), a provider that is not exported or that only others may write (`shut`), what
    // the asker keeps for itself (`mine`).
    assert_eq!(hosts(&all, GIVER), names(&["box", "kept"]));
    let finding = joined(&all, GIVER).expect("the finding");
    assert_eq!(places(finding, Role::Source), [ASKER]);
    assert_eq!(places(finding, Role::Sink), [GIVER]);
    assert!(finding.via.contains(&Via::Provider), "{:?}", finding.via);
}

#[test]
fn apps_of_one_user_share_everything() {
    let all = findings(&["channel-giver", "channel-twin"]);
    assert_eq!(hosts(&all, TWIN), names(&["twin-file", "twin-closed"]));
}

#[test]
fn a_provider_that_hands_on_is_passed() {
    let all = findings(&["channel-giver", "channel-asker", "channel-twin"]);
    assert_eq!(hosts(&all, TWIN), names(&["twin-file", "twin-closed", "relayed"]));
    let without = findings(&["channel-giver", "channel-twin"]);
    assert!(!hosts(&without, TWIN).contains("relayed"));
}

#[test]
fn the_order_of_apps_changes_nothing() {
    let (one, other) =
        (findings(&["channel-giver", "channel-asker"]), findings(&["channel-asker", "channel-giver"]));
    assert_eq!(joined(&one, ASKER), joined(&other, ASKER));
}
