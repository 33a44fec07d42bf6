//! Annotations against reports.

use super::*;

const TEXT: &str = "\
.class public Lp/C;
.super Ljava/lang/Object;
.method public onCreate()V   #~ entry
    .locals 1
    invoke-static {}, La/B;->imei()V   #~ can privacy/imei
    invoke-static {}, La/B;->type()V   #~ none privacy/imei
    invoke-static {}, La/B;->later()V   #~ MISSING can privacy/imei -- by reflection
    invoke-static {}, La/B;->wrong()V   #~ SPURIOUS can privacy/imei -- the class is not Android's
    return-void
.end method
.method public never()V   #~ none entry
    .locals 1
    invoke-static {}, La/B;->imei()V   #~ dead privacy/imei; none privacy/imsi
    return-void
.end method
";

fn source() -> Source {
    Source::parse("smali/C.smali", TEXT).expect("a class")
}

fn site(line: u32, dead: bool) -> Reported {
    Reported {
        behaviour: "privacy/imei".to_owned(),
        dead,
        class: "Lp/C;".to_owned(),
        method: "m".to_owned(),
        line: Some(line),
    }
}

fn compare_with(reported: &[Reported]) -> Vec<String> {
    let source = source();
    let annotations = annotations(&source).expect("well formed");
    compare("app", &[source], &annotations, &reported.iter().collect::<Vec<_>>())
}

fn good() -> Vec<Reported> {
    vec![site(5, false), site(8, false), site(13, true)]
}

#[track_caller]
fn one(wrong: &[String], part: &str) {
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
    assert!(wrong[0].contains(part), "{wrong:#?}");
}

#[test]
fn what_is_expected_agrees() {
    assert_eq!(compare_with(&good()), Vec::<String>::new());
}

#[test]
fn a_missing_report_is_said() {
    one(
        &compare_with(&good()[1..]),
        "app/smali/C.smali:5: expected `can privacy/imei`, but nothing is reported",
    );
}

#[test]
fn a_report_on_a_none_line_is_said_once() {
    let mut reported = good();
    reported.push(site(6, false));
    one(&compare_with(&reported), "C.smali:6: expected none of `privacy/imei`");
}

#[test]
fn a_dead_report_on_a_none_line_is_not_expected() {
    let mut reported = good();
    reported.push(site(6, true));
    one(&compare_with(&reported), "C.smali:6: `privacy/imei` is reported among the dead");
}

#[test]
fn a_report_without_annotation_is_said() {
    let mut reported = good();
    reported.push(site(9, false));
    one(&compare_with(&reported), "C.smali:9: `privacy/imei` is reported, and no annotation expects it");
}

#[test]
fn gaps_that_are_closed_must_be_recorded() {
    let mut reported = good();
    reported.push(site(7, false));
    one(&compare_with(&reported), "no longer MISSING");
    one(&compare_with(&[site(5, false), site(13, true)]), "no longer SPURIOUS");
}

#[test]
fn the_living_and_the_dead_are_told_apart() {
    one(&compare_with(&[site(5, false), site(8, false), site(13, false)]), "but it is reported as living");
    one(&compare_with(&[site(5, true), site(8, false), site(13, true)]), "but it is reported among the dead");
}

#[test]
fn a_place_outside_the_fixture_is_said() {
    let mut reported = good();
    reported.push(Reported { class: "Lother/D;".to_owned(), ..site(5, false) });
    reported.push(Reported { line: None, ..site(5, false) });
    let wrong = compare_with(&reported);
    assert_eq!(wrong.iter().filter(|line| line.contains("no line of the fixture")).count(), 2, "{wrong:#?}");
}

#[test]
fn entries_are_compared_both_ways() {
    let source = source();
    let annotations = annotations(&source).expect("well formed");
    let sources = [source];
    let entry = |name: &str| ("Lp/C;".to_owned(), name.to_owned());
    let compare = |entries: &[(String, String)]| compare_entries("app", &sources, &annotations, entries);
    assert_eq!(compare(&[entry("onCreate()V")]), Vec::<String>::new());
    one(&compare(&[]), "`onCreate()V` is not found to be an entry");
    one(&compare(&[entry("onCreate()V"), entry("never()V")]), "`never()V` is no entry");
    one(&compare(&[entry("onCreate()V"), entry("other()V")]), "no annotation expects it");
}

#[test]
fn malformed_annotations_are_refused_with_their_place() {
    for (text, why) in [
        ("MISSING can a/b", "without ` -- reason`"),
        ("can", "not `can ID`"),
        ("can imei", "theme/slug"),
        ("can a/b c", "something behind"),
        ("entry", "belongs on a `.method` line"),
        ("SPURIOUS none a/b -- x", "not of `none`"),
    ] {
        let text = format!(".class Lp/C;\n.method f()V\n    return-void #~ {text}\n.end method\n");
        let error = annotations(&Source::parse("C.smali", &text).expect("a class")).expect_err("refused");
        assert!(error.starts_with("C.smali:3: ") && error.contains(why), "{error}");
    }
    let label = ".class Lp/C;\n.method f()V\n    :a #~ can a/b\n    return-void\n.end method\n";
    assert!(annotations(&Source::parse("C.smali", label).expect("a class")).is_err());
}
