//! Every fixture app that speaks of strings is run, and what comes out is held against its lines.
#![allow(missing_docs)]

mod support;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, strings};
use overt_testkit::{Fixture, ReportedString, check_strings};
use support::{line, table};

#[test]
fn fixtures_say_what_comes_out() {
    let mut wrong = String::new();
    for fixture in Fixture::all().expect("fixtures").into_iter().filter(|fixture| fixture.settings.strings) {
        let options = ScanOptions::default();
        let found = strings(&fixture.apk, &fixture.slug, true, &options, &Silent, &Cancel::default())
            .expect("a readable app");
        assert!(found.problems.is_empty(), "{}: {:?}", fixture.slug, found.problems);
        let table = table(&fixture);
        let reported: Vec<ReportedString> = (found.strings.iter())
            .map(|one| ReportedString {
                value: one.value.clone(),
                kind: one.how.kind.clone(),
                class: one.class.clone().expect("code of classes"),
                line: line(
                    &table,
                    one.class.as_deref().expect("code of classes"),
                    &one.method,
                    one.descriptor.as_deref().expect("code of classes"),
                    one.offset,
                ),
            })
            .collect();
        if let Err(mismatches) = check_strings(&fixture, &reported) {
            wrong.push_str(&mismatches.to_string());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn ciphers_are_told_with_their_keys() {
    let fixture = Fixture::load("strings-ciphers").expect("the fixture");
    let options = ScanOptions::default();
    let found = strings(&fixture.apk, "app", true, &options, &Silent, &Cancel::default()).expect("an app");
    let one = found
        .strings
        .iter()
        .find(|one| one.how.mode.as_deref() == Some("CBC") && one.how.algorithm.as_deref() == Some("DES"));
    let how = &one.expect("DES in CBC mode").how;
    assert!(how.decoder.is_some() && how.iv.is_some());
    assert_eq!(how.key.as_deref(), Some("8bytekey"));
}
