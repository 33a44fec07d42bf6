//! Findings of rung flow say where the datum goes, and to no other address that the same code sends to.
#![allow(missing_docs)]

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::Finding;
use overt_record::words::Rung;
use overt_testkit::Fixture;

fn findings() -> Vec<Finding> {
    findings_of("flow-addresses")
}

fn findings_of(slug: &str) -> Vec<Finding> {
    let fixture = Fixture::load(slug).expect("the fixture");
    scan(&fixture.apk, &ScanOptions::default(), &Silent, &Cancel::default()).expect("a readable app").findings
}

fn one<'a>(all: &'a [Finding], behaviour: &str) -> &'a Finding {
    all.iter().find(|finding| finding.behaviour == behaviour).unwrap_or_else(|| panic!("no {behaviour}"))
}

#[test]
fn data_go_where_their_own_call_sends() {
    let all = findings();
    let hosts = |finding: &Finding| -> Vec<(String, String)> {
        assert_eq!(finding.rung, Rung::Flow, "{}", finding.behaviour);
        (finding.endpoints.iter())
            .map(|end| {
                let kind = end.how.as_ref().map_or_else(String::new, |how| how.kind.clone());
                (end.url.clone().unwrap_or_default(), kind)
            })
            .collect()
    };
    let pair = |url: &str, kind: &str| vec![(url.to_owned(), kind.to_owned())];
    assert_eq!(hosts(one(&all, "privacy/serial")), pair("https://serial.example.invalid/put", "literal"));
    assert_eq!(hosts(one(&all, "privacy/imsi")), pair("http://x.example.invalid/", "built"));
}

#[test]
fn an_address_that_stands_nowhere_is_concealed() {
    let all = findings();
    let finding = one(&all, "concealment/hidden-address");
    let urls: Vec<_> = finding.endpoints.iter().filter_map(|end| end.url.as_deref()).collect();
    assert_eq!(urls, ["http://x.example.invalid/"]);
    assert!(finding.evidence.iter().all(|evidence| evidence.offset.is_some()));
    assert!(!all.iter().any(|finding| finding.behaviour == "concealment/key-in-code"));
}

#[test]
fn checks_that_are_off_are_told_of_the_connection_that_has_none() {
    let all = findings_of("flow-tls");
    let told = |behaviour: &str| -> Vec<(String, String)> {
        let finding = one(&all, behaviour);
        assert_eq!(finding.rung, Rung::Flow, "{behaviour}");
        (finding.endpoints.iter())
            .map(|end| (end.host.clone().unwrap_or_default(), end.tls.clone().unwrap_or_default()))
            .collect()
    };
    let pair = |host: &str, tls: &str| vec![(host.to_owned(), tls.to_owned())];
    assert_eq!(told("privacy/serial"), pair("open.example.invalid", "tls-unchecked"));
    assert_eq!(told("privacy/imsi"), pair("closed.example.invalid", "tls"));
}

#[test]
fn an_address_put_together_in_a_helper_is_told_where_it_is_the_only_one() {
    let all = findings_of("sink-addresses");
    let finding = one(&all, "privacy/serial");
    let urls: Vec<_> = finding.endpoints.iter().filter_map(|end| end.url.as_deref()).collect();
    assert_eq!(urls, ["https://format.example.invalid/q?s=‹?›"]);
}
