//! Laws of comparisons: a build and itself, two builds from either side, and what may be called gone.

use overt_compare::{Named, diff, diff_packages};
use overt_record::diff::{Because, Diff, Row};
use overt_record::words::{Change, Subject};
use overt_record::{Missing, Record};
use overt_testkit::record as samples;
use proptest::prelude::*;

fn compare(a: &Record, b: &Record) -> Diff {
    diff(Named { record: a, digest: "a" }, Named { record: b, digest: "b" })
}

/// A record with some of it taken away, added twice or changed, so that the two sides have much in common.
fn altered() -> BoxedStrategy<(Record, Record)> {
    (samples::record(), any::<[bool; 6]>(), samples::record())
        .prop_map(|(a, [findings, packages, guard, own, missing, build], other)| {
            let mut b = a.clone();
            if findings {
                b.findings.truncate(b.findings.len() / 2);
            }
            if packages {
                b.packages.truncate(b.packages.len() / 2);
            }
            if guard && let Some(finding) = b.findings.first_mut() {
                finding.reach.guard = Some("p".into());
            }
            if own {
                b.packages.extend(other.packages.clone());
                b.findings.extend(other.findings.clone());
            }
            if missing {
                b.coverage = other.coverage.clone();
            }
            if build {
                b.build = other.build;
            }
            b.canonicalise();
            (a, b)
        })
        .boxed()
}

fn mirrored(row: &Row) -> Row {
    Row {
        change: row.change.mirrored(),
        before: row.after.clone(),
        after: row.before.clone(),
        reason: String::new(),
        ..row.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_build_and_itself_differ_in_nothing(record in samples::record()) {
        let same = diff(Named { record: &record, digest: "a" }, Named { record: &record, digest: "a" });
        prop_assert!(same.rows.is_empty() && !same.has_changes());
        // Under another digest everything is compared, and found the same.
        for row in compare(&record, &record).rows {
            prop_assert_eq!(row.change, Change::Unchanged, "{:?}", &row);
            prop_assert!(!row.differs, "{:?}", &row);
        }
    }

    #[test]
    fn seen_from_the_other_side_it_is_the_same_comparison((a, b) in altered()) {
        let there: Vec<Row> = compare(&a, &b).rows.iter().map(mirrored).collect();
        let mut back: Vec<Row> = compare(&b, &a).rows;
        for row in &mut back {
            row.reason.clear();
        }
        prop_assert_eq!(there, back);
    }

    #[test]
    fn what_is_gone_was_there_and_what_is_new_was_not((a, b) in altered()) {
        for row in compare(&a, &b).rows {
            match row.change {
                Change::Gone | Change::GuardAdded => prop_assert!(row.before.is_some()),
                Change::New | Change::GuardRemoved => prop_assert!(row.after.is_some()),
                Change::Unknown => prop_assert!(!row.reason.is_empty()),
                _ => prop_assert!(row.before.is_some() && row.after.is_some()),
            }
        }
    }
}

/// Two builds alike, with a listing and read to the end.
fn whole() -> (Record, Record) {
    let mut a = samples::sized(1, 3, 10);
    a.coverage.listing = Some("all_files.txt".into());
    a.coverage.missing.clear();
    a.coverage.unreadable.clear();
    let mut b = a.clone();
    b.build.fingerprint = Some("another".into());
    (a, b)
}

fn of_package<'d>(diff: &'d Diff, name: &str) -> Vec<&'d Row> {
    diff.rows.iter().filter(|row| row.package.as_deref() == Some(name)).collect()
}

#[test]
fn a_package_is_gone_when_the_listing_lacks_it() {
    let (a, mut b) = whole();
    b.packages.retain(|package| package.package.as_deref() != Some("com.example.app1"));
    b.findings.retain(|finding| finding.package.as_deref() != Some("com.example.app1"));
    let rows = compare(&a, &b);
    let rows = of_package(&rows, "com.example.app1");
    assert_eq!(rows.len(), 11);
    assert!(
        rows.iter().all(|row| row.change == Change::Gone && row.because == Because::Firmware),
        "{rows:#?}"
    );
}

#[test]
fn a_package_that_the_listing_names_and_the_input_lacks_is_unknown() {
    let (a, mut b) = whole();
    b.packages.retain(|package| package.package.as_deref() != Some("com.example.app1"));
    b.findings.retain(|finding| finding.package.as_deref() != Some("com.example.app1"));
    b.coverage.missing.push(Missing {
        // Elsewhere, and only its compiled code: it may be the same package all the same.
        path: "/system/priv-app/App1/oat/arm64/App1.odex".into(),
        why: "the listing names it".into(),
        size: None,
    });
    let diff = compare(&a, &b);
    let rows = of_package(&diff, "com.example.app1");
    assert_eq!(rows.len(), 11);
    assert!(rows.iter().all(|row| row.change == Change::Unknown), "{rows:#?}");
    assert!(rows.iter().all(|row| row.reason.contains("App1.odex")), "{rows:#?}");
    assert_eq!(diff.summary.undecided, 11);
}

#[test]
fn without_a_listing_nothing_says_that_a_package_is_gone() {
    let (a, mut b) = whole();
    b.coverage.listing = None;
    b.coverage.complete = false;
    b.packages.retain(|package| package.package.as_deref() != Some("com.example.app1"));
    b.findings.retain(|finding| finding.package.as_deref() != Some("com.example.app1"));
    assert!(of_package(&compare(&a, &b), "com.example.app1").iter().all(|row| row.change == Change::Unknown));
}

#[test]
fn what_another_engine_did_not_find_is_not_gone() {
    let (a, mut b) = whole();
    b.findings.retain(|finding| !finding.behaviour.ends_with("behaviour-3"));
    b.catalogue = "0".repeat(64);
    let diff = compare(&a, &b);
    assert!(!diff.summary.same_knowledge);
    let rows: Vec<&Row> = diff
        .rows
        .iter()
        .filter(|row| row.behaviour.as_deref().is_some_and(|name| name.ends_with("behaviour-3")))
        .collect();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert!(matches!(row.change, Change::Unknown | Change::Unchanged), "{row:?}");
        assert_eq!(row.because, Because::Knowledge);
        assert!(!row.is_change());
    }
}

#[test]
fn a_guard_in_front_of_the_same_door() {
    let (mut a, mut b) = whole();
    for (record, guard) in [(&mut a, None), (&mut b, Some("p".to_owned()))] {
        let finding = &mut record.findings[0];
        finding.reach.from = "exported".into();
        finding.reach.guard = guard;
    }
    let id = a.findings[0].id.clone();
    let changes = |diff: &Diff| -> Vec<Change> {
        diff.rows.iter().filter(|row| row.id == id).map(|row| row.change).collect()
    };
    for package in &mut b.packages {
        package.code.iter_mut().for_each(|code| code.sha256 = "1".repeat(64));
    }
    assert_eq!(changes(&compare(&a, &b)), [Change::GuardAdded]);
    assert_eq!(changes(&compare(&b, &a)), [Change::GuardRemoved]);
}

#[test]
fn two_packages_row_by_row() {
    let (a, b) = whole();
    let named = |record| Named { record, digest: "d" };
    let both =
        diff_packages(named(&a), "com.example.app0", named(&b), "com.example.app2").expect("both are there");
    let count = |change| {
        both.rows.iter().filter(|row| row.kind == Subject::Behaviour && row.change == change).count()
    };
    assert_eq!(both.a.package.as_deref(), Some("com.example.app0"));
    assert_eq!(count(Change::Gone) + count(Change::New), count(Change::Gone) * 2, "{:#?}", both.summary);
    assert!(diff_packages(named(&a), "com.example.app0", named(&b), "nobody").is_none());
}
