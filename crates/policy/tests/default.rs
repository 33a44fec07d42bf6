//! The default policy: its own tests, what the host guarantees, and what it costs.

use overt_claims::Day;
use overt_policy::policy::{DEFAULT, DEFAULT_TESTS};
use overt_policy::waiver::SCHEMA;
use overt_policy::{Case, Policy, State, Waiver, Waivers, Word};
use overt_record::words::{Confidence, DataKind, Rung, Severity, Theme};
use overt_record::{Coverage, Finding, Record};
use overt_testkit::record::{clean, sample};

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn with_tests() -> Policy {
    Policy::new(vec![("a.rego".into(), DEFAULT.into()), ("b.rego".into(), DEFAULT_TESTS.into())])
        .expect("it loads")
}

#[test]
fn its_own_tests_hold() {
    let tested = with_tests().test().expect("they run");
    let failed: Vec<_> = tested.iter().filter(|one| !one.passed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(tested.len() >= 35, "{}", tested.len());
}

#[test]
fn every_rule_has_a_test_that_meets_it_and_words_for_it() {
    for line in DEFAULT.lines().filter_map(|line| line.split("\"rule\": \"").nth(1)) {
        let rule = line.split('"').next().expect("a name");
        let quoted = format!("\"{rule}\"");
        assert!(DEFAULT.contains(&format!("{quoted}: \"")), "{rule} has no words");
        let tested =
            DEFAULT_TESTS.contains(&quoted) || ["statement-contradicted", "no-comparison"].contains(&rule);
        assert!(tested, "{rule} has no test");
    }
}

/// A build that was wholly looked at, with one finding that the default policy suspends for.
fn sending() -> Record {
    let mut record = clean();
    record.coverage = Coverage { complete: true, packages_seen: 1, ..Coverage::default() };
    let mut finding = sample().findings.into_iter().next().expect("the sample has one");
    finding.behaviour = "privacy/sms-body".into();
    finding.theme = Theme::Privacy;
    finding.rung = Rung::Flow;
    finding.severity = Severity::High;
    finding.confidence = Confidence::Medium;
    finding.data = vec![DataKind::SmsBody];
    finding.dormant = false;
    finding.triggers = vec![overt_record::finding::Trigger {
        kind: overt_record::words::TriggerKind::Boot,
        period_seconds: None,
        silent: true,
    }];
    for endpoint in &mut finding.endpoints {
        endpoint.tls = Some("tls".into());
    }
    record.findings = vec![finding];
    record
}

fn decide(record: &Record, waivers: &Waivers) -> overt_policy::Decision {
    let digest = record.digest().expect("a digest");
    let case = Case {
        record,
        digest: &digest,
        diff: None,
        claims: &[],
        waivers,
        state: State::Listed,
        today: day("2026-11-22"),
    };
    Policy::default().decide(&case).expect("an answer")
}

#[test]
fn a_decision_names_what_it_rests_on() {
    let record = sending();
    let decision = decide(&record, &Waivers::default());
    assert_eq!(decision.decision, Word::Suspend);
    assert_eq!(decision.reasons.len(), 1, "{:?}", decision.reasons);
    assert_eq!(decision.reasons[0].findings, [record.findings[0].id.clone()]);
    assert_eq!(decision.policy_sha256, overt_sha(DEFAULT));
    assert_eq!(decision.record_sha256, record.digest().expect("a digest"));
    assert_eq!(decide(&record, &Waivers::default()), decision, "the same case, the same decision");
}

fn overt_sha(text: &str) -> String {
    overt_base::Digest::of(text.as_bytes()).to_string()
}

#[test]
fn what_was_not_looked_at_is_never_allowed() {
    let mut record = sending();
    record.findings.clear();
    assert_eq!(decide(&record, &Waivers::default()).decision, Word::Allow);
    let mut shallow = record.clone();
    shallow.depth = overt_record::Depth::Flow;
    assert_eq!(decide(&shallow, &Waivers::default()).decision, Word::Incomplete);
    record.coverage.methods_incomplete = 1;
    let decision = decide(&record, &Waivers::default());
    assert_eq!(decision.decision, Word::Incomplete);
    assert_eq!(decision.reasons[0].rule, "coverage");
    // Nor by a policy that says so.
    let lax = "package overt.gate\nanswer := {\"decision\": \"allow\", \"reasons\": []}\n";
    let lax = Policy::new(vec![("lax.rego".into(), lax.into())]).expect("it loads");
    let digest = record.digest().expect("a digest");
    let case = Case {
        record: &record,
        digest: &digest,
        diff: None,
        claims: &[],
        waivers: &Waivers::default(),
        state: State::Listed,
        today: day("2026-11-22"),
    };
    assert_eq!(lax.decide(&case).expect("an answer").decision, Word::Incomplete);
}

fn waiver(id: &str, finding: &Finding) -> Waiver {
    Waiver {
        id: id.into(),
        owner: "trust team".into(),
        reason: "known".into(),
        issued: day("2026-01-01"),
        expires: day("2026-12-31"),
        finding: Some(finding.id.clone()),
        behaviour: None,
        package: None,
        brand: None,
        model: None,
        fingerprint: None,
    }
}

#[test]
fn waivers_have_scope_and_end() {
    let record = sending();
    let finding = &record.findings[0];
    let all = |waivers: Vec<Waiver>| Waivers { schema: SCHEMA.into(), waivers };
    let good = waiver("w1", finding);
    let decision = decide(&record, &all(vec![good.clone()]));
    assert_eq!(decision.decision, Word::Allow, "{:?}", decision.reasons);
    assert_eq!(decision.waivers_used, ["w1"]);
    for (change, why) in [
        (Waiver { expires: day("2026-11-21"), ..good.clone() }, "expired"),
        (Waiver { issued: day("2026-11-23"), ..good.clone() }, "not-yet"),
        (Waiver { model: Some("Two".into()), ..good.clone() }, "other-build"),
        (Waiver { finding: Some("0123456789abcdef".into()), ..good.clone() }, "nothing-to-waive"),
    ] {
        let decision = decide(&record, &all(vec![change]));
        assert_eq!(decision.decision, Word::Suspend, "{why}");
        assert_eq!(
            decision.waivers_unused_because.iter().map(|one| one.why.as_str()).collect::<Vec<_>>(),
            [why]
        );
    }
    let wide = Waiver {
        finding: None,
        behaviour: Some("privacy/*".into()),
        package: Some("*".into()),
        ..good.clone()
    };
    assert!(all(vec![wide]).lint().expect_err("everything").contains("nobody waives everything"));
    assert!(all(vec![good.clone(), good]).lint().expect_err("twice").contains("two waivers"));
}

#[test]
fn policies_that_give_no_answer_are_refused() {
    let record = sending();
    let digest = record.digest().expect("a digest");
    for (text, says) in [
        ("package overt.gate\nanswer := 1 if { false }\n", "it has no value"),
        ("package overt.other\nx := 1\n", "answer"),
        ("package overt.gate\nanswer := {\"decision\": \"maybe\", \"reasons\": []}\n", "maybe"),
        ("package overt.gate\nanswer := {\"decision\": \"allow\"}\n", "reasons"),
    ] {
        let policy = Policy::new(vec![("x.rego".into(), text.into())]).expect(text);
        let case = Case {
            record: &record,
            digest: &digest,
            diff: None,
            claims: &[],
            waivers: &Waivers::default(),
            state: State::Listed,
            today: day("2026"),
        };
        let error = policy.decide(&case).expect_err(text);
        assert!(error.contains(says), "{text}: {error}");
    }
    assert!(Policy::new(vec![("x.rego".into(), "package".into())]).is_err());
}

/// Ten thousand findings, of which a tenth meets a rule. The time is asserted in the release build only.
#[test]
fn ten_thousand_findings() {
    let mut record = sending();
    let model = record.findings[0].clone();
    record.findings = (0..10_000)
        .map(|number| {
            let mut finding = model.clone();
            finding.id = Finding::identity("privacy/sms-body", "p", &number.to_string());
            finding.rung = if number % 10 == 0 { Rung::Flow } else { Rung::Capability };
            finding
        })
        .collect();
    let digest = record.digest().expect("a digest");
    let case = Case {
        record: &record,
        digest: &digest,
        diff: None,
        claims: &[],
        waivers: &Waivers::default(),
        state: State::Listed,
        today: day("2026-11-22"),
    };
    let begun = std::time::Instant::now();
    let decision = Policy::default().decide(&case).expect("an answer");
    let took = begun.elapsed();
    assert_eq!(decision.reasons.iter().map(|reason| reason.findings.len()).sum::<usize>(), 1000);
    if !cfg!(debug_assertions) {
        assert!(took.as_millis() < 200, "{took:?}");
    }
}
