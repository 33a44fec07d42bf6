//! Calls that connect to a network say to which hosts, or why none is known.
#![allow(missing_docs)]

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, sinks};
use overt_record::sinks::SinkLine;
use overt_testkit::Fixture;

fn found() -> Vec<SinkLine> {
    let fixture = Fixture::load("sink-addresses").expect("the fixture");
    let options = ScanOptions::default();
    let list = sinks(&fixture.apk, "app", &options, &Silent, &Cancel::default()).expect("a readable app");
    assert!(list.problems.is_empty(), "{:?}", list.problems);
    list.sinks
}

#[test]
fn each_call_is_told_with_its_hosts_or_a_reason() {
    let found = found();
    let rows: Vec<(&str, &str, String, String)> = found
        .iter()
        .map(|sink| {
            let givers: Vec<&str> = sink.unknown.iter().map(|unknown| unknown.giver.as_str()).collect();
            (sink.method.as_str(), sink.state.as_str(), sink.hosts.join(" "), givers.join(" "))
        })
        .collect();
    let wanted = [
        ("doInBackground", "known", "task.example.invalid", ""),
        ("bundled", "known", "bundled.example.invalid", ""),
        ("caller", "unknown", "", "given by a caller"),
        ("decoded", "known", "decoded.example.invalid", ""),
        ("field", "known", "field.example.invalid", ""),
        ("format", "known", "format.example.invalid", ""),
        ("helper", "known", "first.example.invalid second.example.invalid", ""),
        ("listed", "known", "one.example.invalid two.example.invalid", ""),
        ("page", "local", "", ""),
        ("server", "unknown", "", "given by a server"),
        ("setting", "partly", "default.example.invalid", "kept in a setting, database or file"),
    ];
    let wanted: Vec<(&str, &str, String, String)> = wanted
        .iter()
        .map(|(method, state, hosts, why)| (*method, *state, (*hosts).into(), (*why).into()))
        .collect();
    for row in &wanted {
        assert!(rows.contains(row), "{row:?} is not among {rows:#?}");
    }
    assert_eq!(rows.len(), wanted.len(), "{rows:#?}");
}

#[test]
fn addresses_keep_what_is_known_of_them() {
    let found = found();
    let of = |method: &str| found.iter().find(|sink| sink.method == method).expect("a call");
    assert_eq!(of("format").addresses, ["https://format.example.invalid/q?s=‹getSerial›"]);
    assert_eq!(
        of("helper").addresses,
        ["http://first.example.invalid/v1", "http://second.example.invalid/v1"]
    );
    assert_eq!(of("decoded").addresses, ["http://decoded.example.invalid/x"]);
}
