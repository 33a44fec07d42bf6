//! Each kind of statement against records made for it: what contradicts, what upholds, and above all what does neither.

use std::collections::BTreeMap;

use overt_claims::{Answer, Builds, Held, Statements, Verdict, check};
use overt_record::finding::{Endpoint, Finding, Gate};
use overt_record::words::{Confidence, DataKind, GateKind, Rung, Theme};
use overt_record::{Coverage, Missing, Record, Unreadable};
use overt_testkit::record::{clean, sample};

const PACKAGE: &str = "com.example.ota";
const PATH: &str = "/system/app/Ota/Ota.apk";

/// A build made that day, wholly read, with the package and nothing in it.
fn build(day: &str) -> Record {
    let mut record = clean();
    let mut package = sample()
        .packages
        .into_iter()
        .find(|one| one.package.as_deref() == Some("com.example.gallery"))
        .expect("there");
    package.package = Some(PACKAGE.into());
    package.path = PATH.into();
    package.natives.clear();
    // Each build was compiled anew.
    package.code[0].sha256 = overt_base::Digest::of(day.as_bytes()).to_string();
    record.packages = vec![package];
    record.findings.clear();
    record.dead.clear();
    record.build.build_date = Some(day.into());
    record.coverage = Coverage { complete: true, packages_seen: 1, ..Coverage::default() };
    record
}

fn leaving(kind: DataKind, rung: Rung, host: &str, tls: &str) -> Finding {
    let mut finding = sample().findings.into_iter().next().expect("the sample has one");
    finding.behaviour = format!("privacy/{}", kind.as_str().replace('_', "-"));
    finding.id = Finding::identity(&finding.behaviour, PACKAGE, host);
    finding.theme = Theme::Privacy;
    finding.rung = rung;
    finding.confidence = Confidence::Medium;
    finding.package = Some(PACKAGE.into());
    finding.path = PATH.into();
    finding.data = vec![kind];
    finding.effects.clear();
    finding.gates.clear();
    finding.dormant = false;
    finding.endpoints = vec![Endpoint {
        url: Some(format!("http://{host}/")),
        scheme: Some("http".into()),
        host: Some(host.into()),
        path: None,
        method: None,
        tls: Some(tls.into()),
        how: None,
    }];
    finding
}

fn sends(kind: DataKind) -> Finding {
    leaving(kind, Rung::Flow, "h.example.com", "tls")
}

fn with(day: &str, findings: Vec<Finding>) -> Record {
    let mut record = build(day);
    record.findings = findings;
    record
}

fn torn(mut record: Record) -> Record {
    record.coverage.complete = false;
    record.coverage.unreadable.push(Unreadable {
        locus: format!("input!{PATH}"),
        code: "flow/given-up".into(),
        consequence: "flows through them may be missed".into(),
        detail: "1 methods were not followed to the end".into(),
    });
    record
}

fn answer_with(claim: &str, records: &[&Record], peers: &[(&str, &Record)]) -> Answer {
    let text = format!(
        "[[claim]]\nid = 'a'\nspeaker = 's'\ndate = 2017-07-31\nquote = 'q'\nsource = 'x'\n{claim}\n"
    );
    let statements = Statements::parse(&text).expect(&text);
    let digests: Vec<String> = records.iter().map(|record| record.digest().expect("a digest")).collect();
    let others: Vec<String> = peers.iter().map(|(_, record)| record.digest().expect("a digest")).collect();
    let held = records.iter().zip(&digests).map(|(record, digest)| Held::new(record, digest)).collect();
    let named: BTreeMap<String, Held<'_>> = peers
        .iter()
        .zip(&others)
        .map(|((name, record), digest)| ((*name).to_owned(), Held::new(record, digest)))
        .collect();
    check(&statements, &Builds::new(held, named)).claims.remove(0)
}

fn answer(claim: &str, records: &[&Record]) -> Answer {
    answer_with(claim, records, &[])
}

#[track_caller]
fn expect(claim: &str, records: &[&Record], result: Verdict, says: &str) {
    let found = answer(claim, records);
    assert_eq!(found.result, result, "{claim}: {}", found.because);
    assert!(found.because.contains(says), "{claim}: {}", found.because);
    if result == Verdict::Contradicted {
        assert!(found.cited.iter().any(|one| one.rung >= Rung::Flow) || claim.contains("absent"), "{claim}");
    }
    if result == Verdict::Upheld {
        assert!(found.coverage.complete, "{claim}");
    }
}

const NONE: &str = "kind = 'does-not-collect'\npackages = ['com.example.ota']\ndata = ['sms_body']";

#[test]
fn to_collect_is_a_flow() {
    let day = "2017-01-01";
    expect(
        NONE,
        &[&with(day, vec![sends(DataKind::SmsBody)])],
        Verdict::Contradicted,
        "com.example.ota (sms_body to h.example.com)",
    );
    expect(NONE, &[&build(day)], Verdict::Upheld, "everything was read");
    // Another datum is not this one.
    expect(NONE, &[&with(day, vec![sends(DataKind::Imei)])], Verdict::Upheld, "");
    let able = leaving(DataKind::SmsBody, Rung::Capability, "h", "tls");
    expect(
        NONE,
        &[&with(day, vec![able])],
        Verdict::NotDecidable,
        "a way from there to a server was not found",
    );
    let mut dormant = sends(DataKind::SmsBody);
    dormant.dormant = true;
    expect(NONE, &[&with(day, vec![dormant])], Verdict::NotDecidable, "waits for a server");
    let mut doubtful = sends(DataKind::SmsBody);
    doubtful.confidence = Confidence::Low;
    expect(NONE, &[&with(day, vec![doubtful])], Verdict::NotDecidable, "low confidence");
}

#[test]
fn upheld_needs_everything() {
    let day = "2017-01-01";
    expect(NONE, &[&torn(build(day))], Verdict::NotDecidable, "was not followed to the end");
    let mut shallow = build(day);
    shallow.depth = overt_record::Depth::Flow;
    expect(NONE, &[&shallow], Verdict::NotDecidable, "depth flow");
    let mut without = build(day);
    without.packages[0].sha256 = None;
    expect(NONE, &[&without], Verdict::NotDecidable, "is not there");
    let mut loading = sends(DataKind::Imei);
    loading.effects = vec![overt_record::Effect::DynamicCode];
    expect(NONE, &[&with(day, vec![loading])], Verdict::NotDecidable, "can load code that is not part of it");
    // Dead code is no behaviour.
    let mut dead = build(day);
    dead.dead = vec![sends(DataKind::SmsBody)];
    expect(NONE, &[&dead], Verdict::Upheld, "");
    // The package is not there, and whether it is in what was not read is not known.
    let mut gone = build(day);
    gone.packages.clear();
    expect(NONE, &[&gone], Verdict::Upheld, "");
    gone.coverage.complete = false;
    expect(NONE, &[&gone], Verdict::NotDecidable, "None of the packages");
    // Of the whole build, everything counts.
    expect("kind = 'does-not-collect'\ndata = ['sms_body']", &[&torn(build(day))], Verdict::NotDecidable, "");
}

#[test]
fn only_these_and_no_other() {
    let claim = "kind = 'collects-only'\npackages = ['com.example.*']\ndata = ['imei']";
    let day = "2017-01-01";
    expect(claim, &[&with(day, vec![sends(DataKind::Imei)])], Verdict::Upheld, "");
    expect(claim, &[&with(day, vec![sends(DataKind::DeviceStatus)])], Verdict::Upheld, "");
    expect(
        claim,
        &[&with(day, vec![sends(DataKind::Imei), sends(DataKind::Imsi)])],
        Verdict::Contradicted,
        "(imsi to",
    );
}

#[test]
fn builds_that_are_not_spoken_of_are_left_out() {
    let old = with("2016-08-27", vec![sends(DataKind::SmsBody)]);
    let new = build("2017-04-05");
    let claim = format!("{NONE}\napplies-from = 2016-11-15");
    expect(&claim, &[&old, &new], Verdict::Upheld, "was made before 2016-11-15");
    expect(&claim, &[&old], Verdict::NotDecidable, "None of the builds");
    let mut undated = new.clone();
    undated.build.build_date = None;
    expect(&claim, &[&undated], Verdict::NotDecidable, "does not say when it was made");
}

#[test]
fn a_switch_of_a_server_is_not_in_the_build() {
    let claim = "kind = 'turned-off-by-server'\npackages = ['com.example.ota']\ndata = ['sms_body']";
    let there = with("2016-08-27", vec![sends(DataKind::SmsBody)]);
    expect(claim, &[&there], Verdict::NotDecidable, "Capability remains, state not decidable");
    expect(claim, &[&build("2016-08-27")], Verdict::Upheld, "nothing left that a server could turn on");
    expect(claim, &[&torn(build("2016-08-27"))], Verdict::NotDecidable, "");
    let seen = |day| with(day, vec![leaving(DataKind::SmsBody, Rung::Observed, "h.example.com", "tls")]);
    expect(claim, &[&seen("2017-12-01")], Verdict::Contradicted, "seen in the traffic");
    // When traffic of an older build was captured is not known.
    expect(claim, &[&seen("2016-12-01")], Verdict::NotDecidable, "Capability remains");
}

#[test]
fn stopping_needs_two_builds() {
    let claim =
        "kind = 'stopped-since'\npackages = ['com.example.ota']\ndata = ['sms_body']\nsince = '2016-11'";
    let before = with("2016-08-27", vec![sends(DataKind::SmsBody)]);
    let (clean, still) = (build("2017-04-05"), with("2017-04-05", vec![sends(DataKind::SmsBody)]));
    expect(claim, &[&before, &clean], Verdict::Upheld, "no code was found that can even read it");
    expect(claim, &[&still, &before], Verdict::Contradicted, "Still in the");
    expect(claim, &[&before], Verdict::NotDecidable, "Two builds are needed");
    expect(claim, &[&still], Verdict::NotDecidable, "Two builds are needed");
    expect(claim, &[&before, &torn(clean.clone())], Verdict::NotDecidable, "was not followed to the end");
    let able = with("2017-04-05", vec![leaving(DataKind::SmsBody, Rung::Capability, "h", "tls")]);
    expect(claim, &[&before, &able], Verdict::NotDecidable, "a way from there to a server was not found");
    expect(
        claim,
        &[&build("2016-08-27"), &clean],
        Verdict::NotDecidable,
        "nothing that can be said to have stopped",
    );
    let mut other = clean.clone();
    other.build.device = Some("two".into());
    expect(claim, &[&before, &other], Verdict::NotDecidable, "not known to be of the same phone");
}

#[test]
fn unchanged_is_about_what_was_surely_not_there() {
    let claim = "kind = 'unchanged-since'\nsince = '2016-11'";
    let one = with("2016-08-27", vec![sends(DataKind::Imei)]);
    let same = with("2017-04-05", vec![sends(DataKind::Imei)]);
    let more = with("2017-04-05", vec![sends(DataKind::Imei), sends(DataKind::Mac)]);
    let less = build("2017-04-05");
    let elsewhere = {
        let mut finding = sends(DataKind::Imei);
        finding.endpoints[0].host = Some("other.example.com".into());
        with("2017-04-05", vec![finding])
    };
    expect(claim, &[&one, &same], Verdict::Upheld, "the same, behaviour by behaviour");
    expect(claim, &[&one, &more], Verdict::Contradicted, "new: privacy/mac in com.example.ota");
    expect(claim, &[&one, &less], Verdict::Contradicted, "gone: privacy/imei");
    expect(claim, &[&one, &elsewhere], Verdict::Contradicted, "destination-changed: privacy/imei");
    expect(claim, &[&more], Verdict::NotDecidable, "Two builds are needed");
    // The ability was there: the flow may only have been missed.
    let able =
        with("2016-08-27", vec![leaving(DataKind::Mac, Rung::Capability, "h", "tls"), sends(DataKind::Imei)]);
    expect(claim, &[&able, &more], Verdict::NotDecidable, "");
    // The package was not read.
    let mut unread = torn(one.clone());
    unread.coverage.unreadable[0].code = "dex/body-unreadable".into();
    expect(claim, &[&unread, &more], Verdict::NotDecidable, "");
    // The package is not listed: it is new with all that it does.
    let mut before = one.clone();
    before.packages.clear();
    before.findings.clear();
    before.coverage.complete = false;
    before.coverage.listing = Some("all_files.txt".into());
    expect(claim, &[&before, &more], Verdict::Contradicted, "2 new");
    before.coverage.missing.push(Missing { path: PATH.into(), why: "absent".into(), size: None });
    expect(claim, &[&before, &more], Verdict::NotDecidable, "");
}

#[test]
fn standard_is_what_named_others_do() {
    let claim = "kind = 'standard-for'\nrole = 'update client'\npackages = ['com.example.ota']";
    let named = format!("{claim}\nbaseline = [{{ build = 'peer', packages = ['com.example.ota'] }}]");
    let this = with("2017-04-05", vec![sends(DataKind::Imei), sends(DataKind::Imsi)]);
    let alike = with("2017-01-01", vec![sends(DataKind::Imei), sends(DataKind::Imsi), sends(DataKind::Mac)]);
    let less = with("2017-01-01", vec![sends(DataKind::Imei)]);
    let able = with(
        "2017-01-01",
        vec![sends(DataKind::Imei), leaving(DataKind::Imsi, Rung::Capability, "h", "tls")],
    );
    expect(claim, &[&this], Verdict::NotDecidable, "names no component of anybody else");
    expect(&named, &[&this], Verdict::NotDecidable, "none is there");
    for (peer, result, says) in [
        (&alike, Verdict::Upheld, "what others do as update client"),
        (&less, Verdict::Contradicted, "privacy/imsi (not in 1 of 1)"),
        (&able, Verdict::NotDecidable, "is not known for privacy/imsi"),
    ] {
        for kind in ["standard-for", "no-more-than-peers"] {
            let found = answer_with(&named.replace("standard-for", kind), &[&this], &[("peer", peer)]);
            assert_eq!(found.result, result, "{kind}: {}", found.because);
            assert!(found.because.contains(says), "{kind}: {}", found.because);
        }
    }
}

#[test]
fn no_gate_found_is_not_nobody_asked() {
    let claim = "kind = 'consent-before'\npackages = ['com.example.ota']\ndata = ['contacts']";
    let silent = with("2017-01-01", vec![sends(DataKind::Contacts)]);
    expect(claim, &[&silent], Verdict::NotDecidable, "does not show that nobody was asked");
    let mut asked = sends(DataKind::Contacts);
    asked.gates = vec![Gate { kind: GateKind::UserConsent, value: None, says: "only after consent".into() }];
    expect(claim, &[&with("2017-01-01", vec![asked])], Verdict::Upheld, "passes a check");
    expect(claim, &[&build("2017-01-01")], Verdict::Upheld, "nothing leaves");
}

#[test]
fn packages_are_there_or_not() {
    let claim = "kind = 'absent'\npackages = ['com.example.ota']";
    expect(claim, &[&build("2017-01-01")], Verdict::Contradicted, "com.example.ota");
    let other = "kind = 'absent'\npackages = ['com.example.spy']";
    expect(other, &[&build("2017-01-01")], Verdict::Upheld, "no such package");
    let mut part = build("2017-01-01");
    part.coverage.complete = false;
    expect(other, &[&part], Verdict::NotDecidable, "no listing");
    part.coverage.listing = Some("all_files.txt".into());
    part.coverage.missing.push(Missing {
        path: "/system/app/X/X.apk".into(),
        why: "absent".into(),
        size: None,
    });
    expect(other, &[&part], Verdict::NotDecidable, "1 files of packages");
    let behaviour = "kind = 'absent'\nbehaviours = ['privacy/imei']";
    expect(
        behaviour,
        &[&with("2017-01-01", vec![sends(DataKind::Imei)])],
        Verdict::Contradicted,
        "It is there",
    );
    let able = leaving(DataKind::Imei, Rung::Capability, "h", "tls");
    expect(
        behaviour,
        &[&with("2017-01-01", vec![able])],
        Verdict::NotDecidable,
        "does not show that it happens",
    );
}

#[test]
fn a_component_is_replaced_when_the_old_one_is_gone_and_the_new_one_there() {
    let claim =
        "kind = 'component-replaced'\nold = ['com.example.ota']\nnew = ['com.example.other']\nsince = 2017";
    let kept = with("2017-04-05", vec![sends(DataKind::Imei)]);
    expect(claim, &[&kept], Verdict::Contradicted, "still has com.example.ota");
    let mut replaced = build("2017-04-05");
    replaced.packages[0].package = Some("com.example.other".into());
    expect(claim, &[&replaced], Verdict::Upheld, "has the new component");
    replaced.coverage.complete = false;
    expect(claim, &[&replaced], Verdict::NotDecidable, "was not found");
    // "Future phones" are not the phone that was there.
    let before = build("2016-08-27");
    let future = format!("{claim}\nfuture-phones = true");
    expect(&future, &[&before, &kept], Verdict::NotDecidable, "the statement speaks of later phones");
}

#[test]
fn clear_means_every_address_in_clear() {
    let claim = "kind = 'encrypted-in-transit'\npackages = ['com.example.ota']";
    let finding = |tls| leaving(DataKind::Imei, Rung::Flow, "h.example.com", tls);
    expect(claim, &[&with("2017-01-01", vec![finding("cleartext")])], Verdict::Contradicted, "in clear");
    expect(claim, &[&with("2017-01-01", vec![finding("tls")])], Verdict::Upheld, "TLS only");
    expect(claim, &[&with("2017-01-01", vec![finding("tls-unchecked")])], Verdict::NotDecidable, "");
    let mut mixed = finding("cleartext");
    mixed.endpoints.extend(finding("tls").endpoints);
    expect(
        claim,
        &[&with("2017-01-01", vec![mixed])],
        Verdict::NotDecidable,
        "differs from address to address",
    );
    let mut nowhere = finding("tls");
    nowhere.endpoints.clear();
    expect(claim, &[&with("2017-01-01", vec![nowhere])], Verdict::NotDecidable, "is not known");
}

#[test]
fn what_no_build_shows() {
    let this = with("2017-01-01", vec![sends(DataKind::Imei)]);
    expect(
        "kind = 'stored-in'",
        &[&this],
        Verdict::NotDecidable,
        "the place of a server is not the place of storage",
    );
    expect(
        "kind = 'checked-by'",
        &[&this],
        Verdict::NotDecidable,
        "would meet this: com.example.ota (imei to h.example.com)",
    );
    expect("kind = 'other'", &[&this], Verdict::NotDecidable, "judgement");
    expect("kind = 'stored-in'", &[], Verdict::NotDecidable, "No server");
}
