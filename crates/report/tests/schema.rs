//! The published schemas under `schema/` describe exactly what is written.

use overt_record::derivation::{Derivation, Verdict};
use overt_record::evidence::Role;
use overt_record::record::Depth;
use overt_record::words::{Confidence, DataKind, Effect, GateKind, Rung, Severity, Theme, TriggerKind, Via};
use overt_record::{Finding, Record};
use overt_report::{
    Explanation, FindingFilter, Line, PackageFilter, Reopened, Shown, Style, Subject, output,
};
use overt_testkit::record::{clean, record, sample};
use overt_testkit::schema::{NAMES, assert_valid, schema, validator};
use proptest::prelude::*;
use serde_json::{Value, json};

fn value(record: &Record) -> Value {
    serde_json::from_str(&record.to_json().expect("JSON")).expect("JSON")
}

fn drawn(subject: &Subject<'_>) -> Value {
    let mut out = Vec::new();
    (output("json").expect("an output").render)(subject, &Style::PLAIN, &mut out)
        .expect("a vector takes everything");
    serde_json::from_slice(&out).expect("JSON")
}

#[test]
fn every_schema_is_a_valid_schema_with_its_own_name() {
    for name in NAMES {
        let schema = schema(name);
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        assert_eq!(schema["title"], json!(format!("overt.{name}/1")));
        // Lines of a list carry no name of their own.
        if !["string", "sink"].contains(&name) {
            assert_eq!(schema["properties"]["schema"]["const"], schema["title"]);
        }
        assert_eq!(schema["$id"], json!(format!("https://overt.invalid/schema/overt.{name}-1.schema.json")));
    }
}

#[test]
fn words_of_the_schema_are_the_words_of_the_code() {
    fn check<T: serde::Serialize>(schema: &Value, name: &str, all: &[T]) {
        assert_eq!(schema["$defs"][name]["enum"], serde_json::to_value(all).expect("JSON"), "{name}");
    }
    let schema = schema("record");
    check(&schema, "DataKind", DataKind::ALL);
    check(&schema, "Effect", Effect::ALL);
    check(&schema, "Theme", Theme::ALL);
    check(&schema, "TriggerKind", TriggerKind::ALL);
    check(&schema, "GateKind", GateKind::ALL);
    check(&schema, "Via", Via::ALL);
    check(&schema, "Rung", Rung::ALL);
    check(&schema, "Severity", Severity::ALL);
    check(&schema, "Confidence", Confidence::ALL);
    check(&schema, "Depth", &[Depth::Inventory, Depth::Capability, Depth::Flow, Depth::Full]);
    check(
        &schema,
        "Role",
        &[
            Role::Entry,
            Role::Manifest,
            Role::Source,
            Role::Step,
            Role::Sink,
            Role::Guard,
            Role::Decoder,
            Role::Key,
            Role::Channel,
        ],
    );
    let mut from = vec![json!("exported"), json!("internal"), json!("nowhere")];
    from.extend(TriggerKind::ALL.iter().map(|kind| json!(kind.as_str())));
    assert_eq!(schema["$defs"]["Reach"]["properties"]["from"]["enum"], Value::Array(from));
}

#[test]
fn every_named_key_is_required_and_described() {
    fn walk(at: &str, schema: &Value) {
        if schema["type"] == json!("object") {
            let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("{at}: properties"));
            let required: Vec<&str> =
                schema["required"].as_array().expect("required").iter().filter_map(Value::as_str).collect();
            assert_eq!(required.len(), properties.len(), "{at}");
            for (name, property) in properties {
                assert!(required.contains(&name.as_str()), "{at}/{name}");
                assert!(
                    property["description"].is_string() || property["$ref"].is_string(),
                    "{at}/{name} needs a description"
                );
            }
        }
        match schema {
            Value::Object(object) => {
                object.iter().for_each(|(key, value)| walk(&format!("{at}/{key}"), value))
            }
            Value::Array(items) => items.iter().for_each(|value| walk(at, value)),
            _ => {}
        }
    }
    for name in NAMES {
        walk(name, &schema(name));
    }
}

#[test]
fn records_made_by_hand_are_valid() {
    let own = validator("record", true);
    assert_valid(&own, &value(&sample()));
    assert_valid(&own, &value(&clean()));
}

#[test]
fn readers_accept_keys_of_later_versions() {
    let mut later = value(&sample());
    later["new_key"] = json!(1);
    later["findings"][0]["new_key"] = json!({"a": []});
    assert_valid(&validator("record", false), &later);
    assert!(!validator("record", true).is_valid(&later), "our own writers must describe what they add");
    assert!(serde_json::from_value::<Record>(later).is_ok());
}

#[test]
fn no_key_can_be_left_out() {
    fn paths(at: &str, value: &Value, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(object) => {
                for (key, inner) in object {
                    found.push((at.to_owned(), key.clone()));
                    paths(&format!("{at}/{key}"), inner, found);
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    paths(&format!("{at}/{index}"), inner, found);
                }
            }
            _ => {}
        }
    }
    let mut record = sample();
    record.findings.truncate(2);
    let whole = value(&record);
    let validator = validator("record", false);
    assert_valid(&validator, &whole);
    let mut found = Vec::new();
    paths("", &whole, &mut found);
    assert!(found.len() > 300, "{}", found.len());
    for (at, key) in found {
        let mut without = whole.clone();
        without.pointer_mut(&at).and_then(Value::as_object_mut).expect("an object").remove(&key);
        assert!(!validator.is_valid(&without), "valid without {at}/{key}");
    }
}

#[test]
fn the_ladder_is_part_of_the_schema() {
    let validator = validator("record", false);
    let whole = value(&sample());
    assert_eq!(whole["findings"][0]["rung"], json!("flow"), "the sample's first finding is a flow");
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut copy = whole.clone();
        change(&mut copy["findings"][0]);
        !validator.is_valid(&copy)
    };
    assert!(broken(&|finding| finding["evidence"] = json!([])), "a finding needs evidence");
    assert!(broken(&|finding| finding["assumptions"] = json!([{"kind": "havoc", "at": "x"}])));
    assert!(broken(&|finding| finding["assumptions"] = json!([{"kind": "unresolved-key", "at": "x"}])));
    assert!(broken(&|finding| finding["confidence"] = json!("high")), "it rests on a model");
    assert!(broken(&|finding| finding["rung"] = json!("proof")));
    assert!(broken(&|finding| finding["data"] = json!(["sms"])));
    assert!(broken(&|finding| finding["endpoints"][0]["tls"] = json!("https")));
    assert!(broken(&|finding| finding["dormant"] = json!(null)));
    assert!(!broken(&|finding| finding["assumptions"] = json!([])));
    assert!(!broken(&|finding| finding["endpoints"][0]["how"] = json!(null)));
}

#[test]
fn lists_and_explanations_are_valid() {
    let record = sample();
    let digest = record.digest().expect("a digest");
    let packages = PackageFilter::default().select(&record, &digest);
    assert_valid(&validator("packages", true), &drawn(&Subject::Packages(&packages)));
    let findings = FindingFilter::default().select(&record, &digest);
    assert_valid(&validator("findings", true), &drawn(&Subject::Findings(&findings)));
    let own = validator("explanation", true);
    for (finding, input) in record.findings.iter().zip([
        Reopened::Same,
        Reopened::Different("it differs".into()),
        Reopened::Unreadable("it is gone".into()),
        Reopened::Unknown("nobody said".into()),
        Reopened::Unneeded,
    ]) {
        let evidence = finding
            .evidence
            .iter()
            .enumerate()
            .map(|(index, evidence)| Shown {
                evidence,
                around: (index == 0).then(|| vec![Line { offset: 1, text: "nop".into(), marked: true }]),
                why_not: (index == 1).then(|| "no such class".to_owned()),
            })
            .collect();
        let derivations = finding
            .endpoints
            .iter()
            .filter_map(|endpoint| endpoint.how.clone())
            .zip(Verdict::ALL)
            .map(|(how, verdict)| Derivation {
                of: "x".into(),
                verdict: *verdict,
                says: "re-derived".into(),
                value: None,
                how,
                instruction: None,
                locus: None,
                code_sha256: None,
            })
            .collect();
        let explanation = Explanation {
            record: &record,
            digest: &digest,
            finding,
            dead: false,
            input,
            evidence,
            derivations,
        };
        assert_valid(&own, &drawn(&Subject::Explanation(&explanation)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_is_valid_and_survives_json(records in prop::collection::vec(record(), 4)) {
        // One validator for several records: building it costs more than using it.
        let own = validator("record", true);
        for record in records {
            let text = record.to_json().expect("JSON");
            let back: Record = serde_json::from_str(&text).expect("a record");
            prop_assert_eq!(&back, &record);
            prop_assert_eq!(back.to_json().expect("JSON"), text);
            assert_valid(&own, &value(&record));
            for finding in &record.findings {
                let line = serde_json::to_string(finding).expect("JSON");
                prop_assert_eq!(&serde_json::from_str::<Finding>(&line).expect("a finding"), finding);
            }
        }
    }

    #[test]
    fn no_record_breaks_the_text(record in record()) {
        let digest = record.digest().expect("a digest");
        let packages = PackageFilter::default().select(&record, &digest);
        let findings = FindingFilter::default().select(&record, &digest);
        let whole = overt_report::Whole { record: &record, digest: &digest };
        for subject in [Subject::Whole(whole), Subject::Packages(&packages), Subject::Findings(&findings)] {
            for style in [Style::PLAIN, Style::terminal(1, false)] {
                let mut out = Vec::new();
                (output("text").expect("an output").render)(&subject, &style, &mut out).expect("a vector");
                let text = String::from_utf8(out).expect("text");
                prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
            }
        }
    }
}
