//! The list of outputs and the machine-readable ones.

use overt_report::{FindingFilter, Kind, OUTPUTS, PackageFilter, Style, Subject, Whole, names_for, output};
use overt_testkit::record::sample;

fn drawn(name: &str, subject: &Subject<'_>) -> String {
    let mut out = Vec::new();
    (output(name).expect("an output").render)(subject, &Style::PLAIN, &mut out)
        .expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

#[test]
fn outputs_are_sorted_and_named_once() {
    assert!(OUTPUTS.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert_eq!(names_for(Kind::Whole), ["html", "json", "jsonl", "label", "markdown", "text"]);
    assert_eq!(names_for(Kind::Explanation), ["json", "text"]);
    assert!(output("pdf").is_none());
}

#[test]
fn json_of_a_record_is_the_record() {
    let record = sample();
    let subject = Subject::Whole(Whole { record: &record, digest: "" });
    assert_eq!(drawn("json", &subject), record.to_json().expect("JSON"));
}

#[test]
fn jsonl_has_a_line_for_each_living_finding() {
    let record = sample();
    let subject = Subject::Whole(Whole { record: &record, digest: "" });
    let text = drawn("jsonl", &subject);
    assert_eq!(text.lines().count(), record.findings.len());
    for (line, finding) in text.lines().zip(&record.findings) {
        assert_eq!(&serde_json::from_str::<overt_record::Finding>(line).expect("a finding"), finding);
    }
    let list = FindingFilter::default().select(&record, "");
    assert_eq!(drawn("jsonl", &Subject::Findings(&list)), text);
    let list = PackageFilter::default().select(&record, "");
    assert_eq!(drawn("jsonl", &Subject::Packages(&list)).lines().count(), record.packages.len());
}
