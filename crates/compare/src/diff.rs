//! Two builds, or two packages, side by side.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::diff::{Diff, Row, SCHEMA, Side};
use overt_record::{Finding, Package, Record};

use crate::absence::Absences;
use crate::findings::{self, Builds, Held};
use crate::inventory;
use crate::knowledge::Knowledge;
use crate::pairing::{Pair, called, pairs};
use crate::summary::summary;

/// A record with its name.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The record.
    pub record: &'a Record,
    /// Its digest.
    pub digest: &'a str,
}

impl Named<'_> {
    fn side(&self, package: Option<&str>) -> Side {
        let record = self.record;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Side {
            record_sha256: self.digest.to_owned(),
            build: record.build.clone(),
            package: package.map(str::to_owned),
            engine: record.engine.clone(),
            catalogue: record.catalogue.clone(),
            limits: record.limits.clone(),
            depth: record.depth,
            complete: record.coverage.complete,
            packages: count(record.packages.len()),
            findings: count(record.findings.len()),
        }
    }
}

/// What changed from one build to another. A build compared with itself has no rows.
#[must_use]
pub fn diff(a: Named<'_>, b: Named<'_>) -> Diff {
    let knowledge = Knowledge::of(a.record, b.record);
    let rows = if a.digest == b.digest { Vec::new() } else { rows(a.record, b.record, knowledge) };
    Diff {
        schema: SCHEMA.to_owned(),
        a: a.side(None),
        b: b.side(None),
        summary: summary(&rows, knowledge),
        rows,
    }
}

/// One package against another, of the same or of two builds, row by row: also what is the same in both. `None` where a
/// record has no package that is called so, by name or path.
#[must_use]
pub fn diff_packages(a: Named<'_>, package_a: &str, b: Named<'_>, package_b: &str) -> Option<Diff> {
    fn find<'r>(record: &'r Record, asked: &str) -> Option<&'r Package> {
        let mut all = record.packages.iter();
        all.find(|package| package.package.as_deref() == Some(asked) || package.path == asked)
    }
    let pair = Pair { a: Some(find(a.record, package_a)?), b: Some(find(b.record, package_b)?) };
    let knowledge = Knowledge::of(a.record, b.record);
    let builds = Builds {
        knowledge,
        absent_a: Absences::of(a.record),
        absent_b: Absences::of(b.record),
        gap_a: framework_gap(a.record, b.record),
        gap_b: framework_gap(b.record, a.record),
    };
    let (mut held_a, mut held_b) = (by_path(a.record), by_path(b.record));
    let mut rows = vec![inventory::package(pair, &builds.absent_a, &builds.absent_b)];
    let whole = builds.absent_a.holes().is_empty() && builds.absent_b.holes().is_empty();
    rows.extend(inventory::inside(pair, true, whole));
    rows.extend(findings::rows(&builds, pair, &held(pair.a, &mut held_a), &held(pair.b, &mut held_b)));
    sort(&mut rows);
    let name = |package: Option<&Package>| package.map(|package| called(package).to_owned());
    Some(Diff {
        schema: SCHEMA.to_owned(),
        a: a.side(name(pair.a).as_deref()),
        b: b.side(name(pair.b).as_deref()),
        summary: summary(&rows, knowledge),
        rows,
    })
}

/// Libraries of the framework that `other` has and that are missing in `record`: without them, what apps inherit is not
/// known, and ways of data through it are not.
fn framework_gap(record: &Record, other: &Record) -> u32 {
    let missing: BTreeSet<&str> = record.coverage.missing.iter().map(|file| file.path.as_str()).collect();
    let gone = other
        .packages
        .iter()
        .filter(|package| package.package.is_none() && package.kind == "framework")
        .filter(|package| missing.contains(package.path.as_str()));
    u32::try_from(gone.count()).unwrap_or(u32::MAX)
}

type ByPath<'a> = BTreeMap<&'a str, Vec<&'a Finding>>;

fn by_path(record: &Record) -> ByPath<'_> {
    let mut by_path: ByPath<'_> = BTreeMap::new();
    for finding in &record.findings {
        by_path.entry(&finding.path).or_default().push(finding);
    }
    by_path
}

fn held<'a>(package: Option<&'a Package>, findings: &mut ByPath<'a>) -> Held<'a> {
    let own = package.and_then(|package| findings.remove(package.path.as_str())).unwrap_or_default();
    Held::new(package, own)
}

fn rest(held: ByPath<'_>) -> Held<'_> {
    Held::new(None, held.into_values().flatten().collect())
}

pub(crate) fn rows(a: &Record, b: &Record, knowledge: Knowledge) -> Vec<Row> {
    let builds = Builds {
        knowledge,
        absent_a: Absences::of(a),
        absent_b: Absences::of(b),
        gap_a: framework_gap(a, b),
        gap_b: framework_gap(b, a),
    };
    let (mut held_a, mut held_b) = (by_path(a), by_path(b));
    let whole = builds.absent_a.holes().is_empty() && builds.absent_b.holes().is_empty();
    let mut rows = Vec::new();
    for pair in pairs(a, b) {
        let sides = (held(pair.a, &mut held_a), held(pair.b, &mut held_b));
        rows.push(inventory::package(pair, &builds.absent_a, &builds.absent_b));
        rows.extend(inventory::inside(pair, false, whole));
        rows.extend(findings::rows(&builds, pair, &sides.0, &sides.1));
    }
    // What speaks of no package: of the build itself.
    let rest = (rest(held_a), rest(held_b));
    rows.extend(findings::rows(&builds, Pair { a: None, b: None }, &rest.0, &rest.1));
    rows.extend(inventory::natives(a, b, &builds.absent_a, &builds.absent_b));
    rows.extend(inventory::properties(&a.build, &b.build));
    rows.extend(inventory::coverage(a, b));
    sort(&mut rows);
    rows
}

/// Seen from the other side the order is the same.
fn sort(rows: &mut [Row]) {
    rows.sort_by(|x, y| {
        (x.kind, &x.package, &x.behaviour, &x.id, x.change.min(x.change.mirrored())).cmp(&(
            y.kind,
            &y.package,
            &y.behaviour,
            &y.id,
            y.change.min(y.change.mirrored()),
        ))
    });
}
