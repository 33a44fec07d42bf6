//! Each way to cheat is refused with its reason; what is withheld keeps the rest valid.

use overt_bundle::{Bundle, Contents, Expected, Verified, verify};
use overt_claims::Day;
use overt_policy::{Case, Decision, Policy, State, Waivers};
use overt_record::Record;
use overt_seal::{Envelope, PrivateKey};
use overt_testkit::record::sample;

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn key(fill: u8) -> PrivateKey {
    PrivateKey::of_seed([fill; 32], "lab")
}

fn decided(record: &Record, digest: &str) -> Decision {
    let case = Case {
        record,
        digest,
        diff: None,
        claims: &[],
        waivers: &Waivers::default(),
        state: State::Listed,
        today: day("2026-11-22"),
    };
    Policy::default().decide(&case).expect("an answer")
}

fn made_of(record: &Record, decision: &Decision, keys: &[PrivateKey]) -> Bundle {
    let digest = record.digest().expect("a digest");
    let contents = Contents {
        record,
        digest: &digest,
        decision,
        policy: &Policy::default(),
        diff: None,
        claims: &[],
        waivers: &Waivers::default(),
        expires: day("2027-02-22"),
    };
    Bundle::make(&contents, keys, &[9; 32]).expect("made")
}

fn made() -> Bundle {
    let record = sample();
    let digest = record.digest().expect("a digest");
    made_of(&record, &decided(&record, &digest), &[key(1)])
}

fn check(bundle: &Bundle, expected: &Expected<'_>) -> Result<Verified, &'static str> {
    verify(&bundle.to_file().expect("text"), expected).map_err(|refused| refused.code)
}

fn trusting(bundle: &Bundle) -> Result<Verified, &'static str> {
    check(bundle, &Expected { trusted: &[key(1).public()], ..Expected::default() })
}

#[test]
fn a_stranger_verifies_with_a_public_key() {
    let verified = trusting(&made()).expect("it is right");
    assert!(verified.record_whole);
    assert_eq!(verified.repeated, Some(true));
    assert_eq!(verified.record_sha256, sample().digest().expect("a digest"));
    assert!(verified.withheld.is_empty() && !verified.evidence.is_empty());
    assert_eq!(verified.signers.len(), 1);
}

#[test]
fn several_sign_and_keys_change() {
    let record = sample();
    let decision = decided(&record, &record.digest().expect("a digest"));
    let bundle = made_of(&record, &decision, &[key(1), key(2)]);
    let both = [key(1).public(), key(2).public()];
    let verified = check(&bundle, &Expected { trusted: &both, ..Expected::default() }).expect("both hold");
    assert_eq!(verified.signers.len(), 2);
    // A key that came later is trusted beside the old one.
    let later = [key(2).public(), key(3).public()];
    let verified = check(&bundle, &Expected { trusted: &later, ..Expected::default() }).expect("one holds");
    assert_eq!(verified.signers.len(), 1);
}

#[test]
fn every_altered_byte_is_refused() {
    let text = made().to_file().expect("text");
    let trusted = [key(1).public()];
    let expected = Expected { trusted: &trusted, ..Expected::default() };
    let mut refused = 0;
    // Every byte would take minutes; a prime stride reaches all kinds of places.
    for at in (0..text.len()).step_by(397) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        let Ok(altered) = String::from_utf8(bytes) else { continue };
        assert!(
            verify(&altered, &expected).is_err(),
            "byte {at}: {}",
            &text[at.saturating_sub(40)..(at + 40).min(text.len())]
        );
        refused += 1;
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn each_way_to_cheat_has_its_reason() {
    let good = made();
    let mut altered = good.clone();
    let part = altered.parts.iter_mut().find(|part| part.name == "record").expect("there");
    let content = part.content.as_mut().expect("given");
    *content = content.replacen("user", "uses", 1);
    assert_eq!(trusting(&altered).expect_err("altered"), "altered-part");

    let mut swapped = good.clone();
    let other = made_of(&sample(), &decided(&sample(), &sample().digest().expect("d")), &[key(2)]);
    swapped.envelope.signatures[0].sig = other.envelope.signatures[0].sig.clone();
    assert_eq!(trusting(&swapped).expect_err("swapped"), "signature");

    let mut foreign = good.clone();
    foreign.envelope = Envelope::seal("application/vnd.in-toto+json", b"{}", &[key(3)]);
    assert_eq!(trusting(&foreign).expect_err("foreign"), "signature");

    let mut missing = good.clone();
    missing.parts.remove(0);
    assert_eq!(trusting(&missing).expect_err("missing"), "missing-part");

    let mut more = good.clone();
    let mut part = more.parts[0].clone();
    part.name = "finding/999999/0000000000000000".into();
    more.parts.push(part);
    assert_eq!(trusting(&more).expect_err("more"), "unknown-part");

    let mut halves = good.clone();
    halves.parts[0].salt = None;
    assert_eq!(trusting(&halves).expect_err("halves"), "altered-part");

    let trusted = [key(1).public()];
    let with = |expected: Expected<'_>| check(&good, &Expected { trusted: &trusted, ..expected });
    assert_eq!(
        with(Expected { as_of: Some(day("2027-03-01")), ..Expected::default() }).expect_err("old"),
        "replayed"
    );
    assert_eq!(
        with(Expected { not_before: Some(day("2026-12-01")), ..Expected::default() }).expect_err("old"),
        "replayed"
    );
    assert_eq!(
        with(Expected { about: Some("deadbeef"), ..Expected::default() }).expect_err("other"),
        "other-build"
    );
    assert!(with(Expected { as_of: Some(day("2027-01-01")), ..Expected::default() }).is_ok());
    let fingerprint = sample().build.fingerprint.expect("there");
    assert!(with(Expected { about: Some(&fingerprint), ..Expected::default() }).is_ok());
    assert_eq!(check(&good, &Expected::default()).expect_err("nobody is trusted"), "signature");
}

#[test]
fn a_signed_lie_about_the_decision_is_found() {
    let record = sample();
    let digest = record.digest().expect("a digest");
    let mut lie = decided(&record, &digest);
    lie.decision = overt_policy::Word::Allow;
    assert_eq!(trusting(&made_of(&record, &lie, &[key(1)])).expect_err("a lie"), "not-repeatable");
    let mut other = decided(&record, &digest);
    other.record_sha256 = "0".repeat(64);
    assert_eq!(trusting(&made_of(&record, &other, &[key(1)])).expect_err("another's"), "decision");
}

#[test]
fn what_is_withheld_keeps_the_rest_valid() {
    let mut bundle = made();
    let id = sample().findings[0].id.clone();
    let names = bundle.withhold(&[format!("finding/*/{id}"), "package/*".into()]);
    assert!(names.len() > 1);
    let text = bundle.to_file().expect("text");
    let verified = trusting(&bundle).expect("what is given is as it was signed");
    assert_eq!(verified.withheld.len(), names.len());
    assert!(!verified.record_whole && verified.repeated.is_none());
    assert!(verified.decision.is_some());
    // Nothing of what is withheld is left, nor the salt by which a guess could be checked.
    assert!(!text.contains("System Sync"));
    let withheld = bundle.parts.iter().find(|part| part.name.starts_with("package/")).expect("listed");
    assert!(withheld.salt.is_none());
    // Salts of different parts tell nothing of each other, and different bundles of the same record nothing at all.
    let salts: std::collections::BTreeSet<&String> =
        bundle.parts.iter().filter_map(|part| part.salt.as_ref()).collect();
    assert_eq!(salts.len(), bundle.parts.iter().filter(|part| part.salt.is_some()).count());
}
