//! What the code decides, and not who calls: findings of the fixture `doors-fixed`, each class of which has a twin at which
//! the caller decides.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::evidence::Role;
use overt_record::words::{Rung, Theme};
use overt_testkit::Fixture;
use tempfile::TempDir;

#[test]
fn what_the_code_decides_is_no_open_door() {
    let device = TempDir::new().expect("a temporary folder");
    // Another app by whose key it is known who speaks for the platform.
    for slug in ["doors-fixed", "exported-guards"] {
        let fixture = Fixture::load(slug).expect("the fixture");
        let place = device.path().join("system/app").join(slug);
        std::fs::create_dir_all(&place).expect("made");
        std::fs::write(place.join(format!("{slug}.apk")), fixture.bytes().expect("built")).expect("written");
    }
    let package = Fixture::load("doors-fixed").expect("the fixture").package;
    let all = scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device");
    let found: BTreeSet<(String, String)> = (all.findings.iter())
        .filter(|finding| {
            finding.package.as_ref() == Some(&package)
                && finding.rung == Rung::Flow
                && finding.theme == Theme::Exposure
        })
        .map(|finding| {
            let sink = finding.evidence.iter().find(|one| one.role == Role::Sink).expect("a sink");
            let class = sink.class.as_deref().unwrap_or_default().trim_end_matches(';');
            (finding.behaviour.clone(), class.rsplit('/').next().unwrap_or_default().to_owned())
        })
        .collect();
    let expected = [
        // Not: a component that the code sets (`Classed`, `Copied`).
        ("exposure/component-start", "Chosen"),
        ("exposure/component-start", "Sometimes"),
        // Not: rows of the package's own provider (`Own`), also where it asks itself (`Rows`).
        ("exposure/data-read", "Foreign"),
        ("exposure/data-write", "Other"),
        // Not: who is on a list (`Listing`).
        ("exposure/file-delete", "Logging"),
        ("exposure/file-delete", "Personal"),
        // Not: a number that is part of a name (`Timed`, `Parsed`).
        ("exposure/file-delete", "Titled"),
        // Not: names that are held against a pattern (`Matched`), or have no way out of the folder (`Dotted`).
        ("exposure/file-read", "Suffixed"),
        ("exposure/file-read", "Wanted"),
        // Not: one of a list in the code (`Listed`).
        ("exposure/settings-write", "Keyed"),
    ];
    let expected = expected.map(|(behaviour, class)| (behaviour.to_owned(), class.to_owned()));
    assert_eq!(found, BTreeSet::from(expected));
}
