//! What a behaviour waits for: how often a timer wakes it, and what must hold before it happens.
//!
//! Each service of the fixture `waits` reads another datum, so the finding of the datum says what was understood of the service.
#![allow(missing_docs)]

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, scan};
use overt_record::words::TriggerKind;
use overt_record::{Finding, Record};
use overt_testkit::Fixture;
use tempfile::TempDir;

fn record() -> Record {
    let device = TempDir::new().expect("a temporary folder");
    let fixture = Fixture::load("waits").expect("the fixture");
    let place = device.path().join("system/app/waits");
    std::fs::create_dir_all(&place).expect("made");
    std::fs::write(place.join("waits.apk"), fixture.bytes().expect("built")).expect("written");
    scan(device.path(), &ScanOptions::default(), &Silent, &Cancel::default()).expect("a device")
}

fn of<'r>(record: &'r Record, behaviour: &str) -> &'r Finding {
    let found = record.findings.iter().find(|finding| finding.behaviour == behaviour);
    found.unwrap_or_else(|| panic!("{behaviour}"))
}

fn periods(finding: &Finding) -> Vec<Option<u64>> {
    let timers = finding.triggers.iter().filter(|trigger| trigger.kind == TriggerKind::Timer);
    timers.map(|trigger| trigger.period_seconds).collect()
}

fn gates(finding: &Finding) -> Vec<&str> {
    finding.gates.iter().map(|gate| gate.says.as_str()).collect()
}

#[test]
fn a_timer_has_the_period_that_the_code_gives_it() {
    let record = record();
    assert_eq!(periods(of(&record, "privacy/imei")), [Some(86_400)], "a repeating alarm");
    assert_eq!(periods(of(&record, "privacy/imsi")), [Some(90_000)], "what sets its own alarm again");
    assert_eq!(periods(of(&record, "privacy/sim-serial")), [None], "a second try after minutes is no period");
    assert_eq!(periods(of(&record, "privacy/phone-number")), [None], "woken once");
    assert!(periods(of(&record, "privacy/mac")).is_empty(), "no timer");
}

#[test]
fn a_gate_is_what_decides_whether_it_happens() {
    let record = record();
    assert_eq!(gates(of(&record, "privacy/mac")), ["3 days went by since a time that it keeps"]);
    assert_eq!(gates(of(&record, "privacy/serial")), ["the phone has been on for 6 hours"]);
    assert_eq!(
        gates(of(&record, "privacy/app-usage")),
        ["the country of the network, the SIM card or the language is compared with \"aq\""]
    );
    assert!(gates(of(&record, "privacy/cell-id")).is_empty(), "within a time: nothing is waited for");
    assert!(gates(of(&record, "privacy/android-id")).is_empty(), "happens whatever the comparison says");
    assert!(gates(of(&record, "privacy/imei")).is_empty());
}
