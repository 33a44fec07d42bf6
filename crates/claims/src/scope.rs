//! What of a build a statement speaks of, and how much a finding proves for it.

use overt_base::glob;
use overt_record::words::{Confidence, DataKind, Rung, Theme};
use overt_record::{Finding, Package};

use crate::held::Held;
use crate::statement::Statement;

/// How much a finding proves, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// It happens: rung flow or observed, confidence above low.
    Shown,
    /// It happens when a server says so.
    Dormant,
    /// A flow of low confidence.
    Doubtful,
    /// The code can do a part of it.
    Able,
    /// A name known from elsewhere.
    Named,
}

/// How much a finding proves.
#[must_use]
pub fn proof(finding: &Finding) -> Proof {
    match finding.rung {
        Rung::Indicator => Proof::Named,
        Rung::Capability => Proof::Able,
        Rung::Flow | Rung::Observed if finding.confidence == Confidence::Low => Proof::Doubtful,
        // What was seen in traffic happened, whatever it waits for.
        Rung::Flow if finding.dormant => Proof::Dormant,
        Rung::Flow | Rung::Observed => Proof::Shown,
    }
}

/// Whether a name or path is meant by one of `patterns`; an empty list means all.
#[must_use]
pub fn meant(patterns: &[String], package: Option<&str>, path: &str) -> bool {
    patterns.is_empty()
        || patterns.iter().any(|pattern| {
            package.is_some_and(|name| glob::matches(pattern, name)) || glob::matches(pattern, path)
        })
}

/// The packages of a build that are meant.
#[must_use]
pub fn packages<'a>(held: &Held<'a>, patterns: &[String]) -> Vec<&'a Package> {
    held.record.packages.iter().filter(|one| meant(patterns, one.package.as_deref(), &one.path)).collect()
}

/// The findings of a build in the packages that are meant.
pub fn findings<'a>(held: &Held<'a>, patterns: &[String]) -> impl Iterator<Item = &'a Finding> {
    held.record.findings.iter().filter(|one| meant(patterns, one.package.as_deref(), &one.path))
}

/// The data that a statement speaks of. Without a list that is everything personal: the state of the device names nobody.
#[must_use]
pub fn data(statement: &Statement) -> Vec<DataKind> {
    if statement.data.is_empty() {
        DataKind::ALL.iter().copied().filter(|kind| *kind != DataKind::DeviceStatus).collect()
    } else {
        statement.data.clone()
    }
}

/// Whether a finding is about one of these data leaving the phone, or (below rung flow) being read.
#[must_use]
pub fn concerns(finding: &Finding, data: &[DataKind]) -> bool {
    finding.theme == Theme::Privacy && finding.data.iter().any(|kind| data.contains(kind))
}
