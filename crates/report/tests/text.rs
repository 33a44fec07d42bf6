//! The text outputs, as people see them.

use overt_record::Record;
use overt_record::derivation::{Derivation, Verdict};
use overt_record::evidence::Role;
use overt_record::finding::How;
use overt_report::{
    Explanation, FindingFilter, Line, PackageFilter, Reopened, Shown, Style, Subject, Whole, output,
};
use overt_testkit::record::{clean, sample, sized};

fn drawn(name: &str, subject: &Subject<'_>, style: &Style) -> String {
    let mut out = Vec::new();
    (output(name).expect("an output").render)(subject, style, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

fn report(record: &Record, style: &Style) -> String {
    let digest = record.digest().expect("a digest");
    drawn("text", &Subject::Whole(Whole { record, digest: &digest }), style)
}

#[test]
fn whole_report() {
    insta::assert_snapshot!(report(&sample(), &Style::PLAIN));
}

#[test]
fn report_of_a_clean_build() {
    insta::assert_snapshot!(report(&clean(), &Style::PLAIN));
}

#[test]
fn report_on_a_narrow_terminal() {
    let text = report(&sample(), &Style::terminal(10, false));
    // Paths, URLs and commands stay whole; table rows have fixed columns; running text fits.
    insta::assert_snapshot!(text);
}

#[test]
fn colours_change_nothing_else() {
    let plain = report(&sample(), &Style::PLAIN);
    let coloured = report(&sample(), &Style { colour: true, ..Style::PLAIN });
    assert_ne!(plain, coloured);
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        stripped.push_str(before);
        rest = after.split_once('m').expect("a colour ends in m").1;
    }
    stripped.push_str(rest);
    assert_eq!(plain, stripped);
}

#[test]
fn all_packages() {
    let record = sample();
    let list = PackageFilter::default().select(&record, "0123456789abcdef");
    insta::assert_snapshot!(drawn("text", &Subject::Packages(&list), &Style::PLAIN));
}

#[test]
fn some_packages() {
    let record = sample();
    let filter = PackageFilter { privileged: true, package: Some("com.*".into()) };
    let list = filter.select(&record, "0123456789abcdef");
    assert_eq!(list.packages.len(), 1);
    assert!(
        drawn("text", &Subject::Packages(&list), &Style::PLAIN)
            .contains("1 of 5 packages (privileged, package com.*)")
    );
    let by_path = PackageFilter { privileged: false, package: Some("*.odex".into()) };
    assert_eq!(by_path.select(&record, "").packages.len(), 1);
}

#[test]
fn some_findings() {
    let record = sample();
    let filter = FindingFilter { severity: Some(overt_record::Severity::High), ..FindingFilter::default() };
    let list = filter.select(&record, "0123456789abcdef");
    insta::assert_snapshot!(drawn("text", &Subject::Findings(&list), &Style::PLAIN));
}

#[test]
fn every_filter_narrows() {
    let record = sample();
    let all = FindingFilter::default().select(&record, "").findings.len();
    for filter in [
        FindingFilter { severity: Some(overt_record::Severity::Critical), ..FindingFilter::default() },
        FindingFilter { package: Some("com.example.sync".into()), ..FindingFilter::default() },
        FindingFilter { behaviour: Some("privacy/*".into()), ..FindingFilter::default() },
        FindingFilter { theme: Some(overt_record::Theme::Exposure), ..FindingFilter::default() },
    ] {
        let some = filter.select(&record, "").findings.len();
        assert!(0 < some && some < all, "{filter:?}: {some} of {all}");
    }
}

#[test]
fn explanation_with_instructions() {
    let record = sample();
    let finding = record.findings.first().expect("the sample has findings");
    let evidence = finding
        .evidence
        .iter()
        .map(|evidence| match evidence.role {
            Role::Source => Shown {
                evidence,
                around: Some(vec![
                    Line { offset: 0x29, text: "const/4 v0, #int 2 // #2".into(), marked: false },
                    Line {
                        offset: 0x2c,
                        text: "invoke-interface {v2, v0}, Landroid/database/Cursor;->getString(I)Ljava/lang/String;"
                            .into(),
                        marked: true,
                    },
                    Line { offset: 0x2f, text: "move-result-object v0".into(), marked: false },
                ]),
                why_not: None,
            },
            Role::Sink => {
                Shown { evidence, around: None, why_not: Some("the DEX has no class Lcom/example/sync/Net;".into()) }
            }
            _ => Shown { evidence, around: None, why_not: None },
        })
        .collect();
    let explanation = Explanation {
        record: &record,
        digest: "0123456789abcdef",
        finding,
        dead: false,
        input: Reopened::Same,
        evidence,
        derivations: derivations(),
    };
    insta::assert_snapshot!(drawn("text", &Subject::Explanation(&explanation), &Style::PLAIN));
}

fn derivations() -> Vec<Derivation> {
    let text = |text: &str| Some(text.to_owned());
    let how = How {
        kind: "evaluated".into(),
        class: text("Lcom/example/sync/a/b;"),
        method: text("c"),
        descriptor: text("()V"),
        offset: Some(0x1a),
        value: text("http://collect.sync.invalid/report/"),
        decoder: text("Lcom/example/sync/a/d;->a(Ljava/lang/String;)Ljava/lang/String;"),
        algorithm: text("DES"),
        mode: text("ECB"),
        key: text("00112233"),
        ..How::default()
    };
    let same = Derivation {
        of: "http://collect.sync.invalid/report/‹imei›".into(),
        verdict: Verdict::Same,
        says: "re-derived: same value".into(),
        value: how.value.clone(),
        how: how.clone(),
        instruction: text(
            "invoke-static {v0}, Lcom/example/sync/a/d;->a(Ljava/lang/String;)Ljava/lang/String;",
        ),
        locus: text("input!classes.dex"),
        code_sha256: text("ab"),
    };
    let native = How {
        kind: "native".into(),
        file: text("/system/lib/libx.so"),
        method: text("0x1000"),
        key: text("0x5a"),
        ..How::default()
    };
    let gone = Derivation {
        of: "x.sync.invalid".into(),
        verdict: Verdict::Different,
        says: "re-derived: nothing comes out there; the record says “x.sync.invalid”".into(),
        value: None,
        how: native,
        instruction: None,
        locus: None,
        code_sha256: None,
    };
    vec![same, gone]
}

#[test]
fn explanation_of_another_input() {
    let record = sample();
    let finding = record.dead.first().expect("the sample has dead code");
    let explanation = Explanation {
        record: &record,
        digest: "0123456789abcdef",
        finding,
        dead: true,
        input: Reopened::Different("The input differs from the one that was scanned.".into()),
        evidence: finding
            .evidence
            .iter()
            .map(|evidence| Shown { evidence, around: None, why_not: None })
            .collect(),
        derivations: Vec::new(),
    };
    insta::assert_snapshot!(drawn("text", &Subject::Explanation(&explanation), &Style::PLAIN));
}

#[test]
fn a_phone_stays_readable() {
    let record = sized(1, 200, 50);
    let text = report(&record, &Style::PLAIN);
    let per_app = text.lines().count() / 200;
    assert!(per_app <= 170, "{per_app} lines an app");
    assert!(text.contains("and 40 critical"));
}

#[test]
fn nothing_acts_on_the_terminal() {
    let mut record = sample();
    for package in &mut record.packages {
        package.label = Some("\x1b[2J\u{202e}evil\u{7}\r\nFAKE HEADING".into());
        package.version_name = Some("\u{9b}31m".into());
    }
    for finding in &mut record.findings {
        finding.title = "x\u{1b}]8;;http://a.invalid\u{7}y".into();
    }
    let digest = record.digest().expect("a digest");
    let packages = PackageFilter::default().select(&record, &digest);
    let findings = FindingFilter::default().select(&record, &digest);
    for text in [
        report(&record, &Style::PLAIN),
        drawn("text", &Subject::Packages(&packages), &Style::PLAIN),
        drawn("text", &Subject::Findings(&findings), &Style::PLAIN),
    ] {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "a control character got through");
        assert!(!text.contains('\u{202e}'));
        assert!(!text.lines().any(|line| line.starts_with("FAKE HEADING")));
    }
}
