//! What somebody outside sends decides what happens: findings of the fixtures `orders` (over the air) and `doors` (from other
//! apps), each class of which is one arrangement with a twin that is none.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::Finding;
use overt_record::evidence::Role;
use overt_record::words::{DataKind, Rung, Severity, Theme};
use overt_testkit::Fixture;
use tempfile::TempDir;

/// What is found on a device with this fixture app, about orders.
fn findings(slug: &str) -> Vec<Finding> {
    let device = TempDir::new().expect("a temporary folder");
    // Another app by whose key it is known who speaks for the platform.
    for slug in [slug, "exported-guards"] {
        let fixture = Fixture::load(slug).expect("the fixture");
        let place = device.path().join("system/app").join(slug);
        std::fs::create_dir_all(&place).expect("made");
        std::fs::write(place.join(format!("{slug}.apk")), fixture.bytes().expect("built")).expect("written");
    }
    let package = Fixture::load(slug).expect("the fixture").package;
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

/// Behaviours with the classes in which they happen.
fn places(all: &[Finding]) -> BTreeSet<(String, String)> {
    all.iter().map(|finding| (finding.behaviour.clone(), place(finding))).collect()
}

fn expected(all: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    all.iter().map(|(behaviour, class)| ((*behaviour).to_owned(), (*class).to_owned())).collect()
}

fn one<'a>(all: &'a [Finding], behaviour: &str, class: &str) -> &'a Finding {
    let mut found = all.iter().filter(|one| one.behaviour == behaviour && place(one) == class);
    let first = found.next().expect("the finding");
    assert!(found.next().is_none(), "two of {behaviour} in {class}");
    first
}

#[test]
fn what_comes_over_the_air_decides() {
    let all = findings("orders");
    // Not: a command that stands in the code (`Fixed`), one that is only completed (`Part`), a receiver that nobody names
    // (`Unnamed`). Nobody on this device declares the permission that stands before `Pushed`, so any app may.
    assert_eq!(
        places(&all),
        expected(&[
            ("exposure/sms-send", "Pushed"),
            ("remote-control/dynamic-code", "Loader"),
            ("remote-control/exec", "Command"),
            ("remote-control/install", "Named"),
            ("remote-control/sms-send", "Pushed"),
            ("remote-control/uninstall", "Remove"),
        ])
    );
    let exec = one(&all, "remote-control/exec", "Command");
    let hosts: Vec<&str> = exec.endpoints.iter().filter_map(|endpoint| endpoint.host.as_deref()).collect();
    assert_eq!(hosts, ["orders.example.invalid"]);
    assert!(exec.says.contains("orders.example.invalid"), "{}", exec.says);
    assert_eq!(exec.sites, 1);
    let load = one(&all, "remote-control/dynamic-code", "Loader");
    assert!(load.says.contains("MessageDigest.digest"), "{}", load.says);
    assert!(load.evidence.iter().any(|evidence| evidence.role == Role::Guard));
    let installed = one(&all, "remote-control/install", "Named");
    assert!(installed.says.contains("No check"), "{}", installed.says);
    let sent = one(&all, "remote-control/sms-send", "Pushed");
    assert!(sent.says.contains("push"), "{}", sent.says);
}

#[test]
fn what_other_apps_hand_over_decides() {
    let all = findings("doors");
    // Not: doors that others do not come through (`Signed`, `Closed`), what stands in the code (`Fixed`), a path that is
    // held against its folder (`Held`), a number (`Numbers`), its own service (`Onward`), what the owner must touch
    // (`Touched`), where the code asks for a permission that others do not get (`Asking`).
    assert_eq!(
        places(&all),
        expected(&[
            ("exposure/component-start", "Forward"),
            ("exposure/data-read", "Messages"),
            ("exposure/exec", "Shell"),
            ("exposure/exec", "Weak"),
            ("exposure/file-delete", "Files"),
            ("exposure/file-read", "Files"),
            ("exposure/sms-send", "Texting"),
        ])
    );
    let shell = one(&all, "exposure/exec", "Shell");
    assert_eq!((shell.severity, shell.reach.guard.as_deref()), (Severity::Critical, None));
    for part in ["com.example.doors.RUN", "command", "Shell"] {
        assert!(shell.says.contains(part), "{part} is not in: {}", shell.says);
    }
    let weak = one(&all, "exposure/exec", "Weak");
    assert_eq!(weak.reach.guard.as_deref(), Some("com.example.doors.ASKED"));
    assert_ne!(shell.id, weak.id, "a door each");
    let messages = one(&all, "exposure/data-read", "Messages");
    assert!(messages.data.contains(&DataKind::SmsBody), "{:?}", messages.data);
}
