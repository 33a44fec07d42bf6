//! A finding as a row shows it.

use std::collections::BTreeSet;

use overt_record::Finding;
use overt_record::diff::State;
use overt_record::evidence::{Evidence, Role};
use overt_record::words::TriggerKind;

/// A cipher of which only is known that it is one: too little for a comparison.
pub(crate) const UNKNOWN: &str = "unknown";

/// A finding as a row shows it.
pub(crate) fn state(finding: &Finding, hidden: &BTreeSet<&str>) -> State {
    let hosts: BTreeSet<String> =
        finding.endpoints.iter().filter_map(|endpoint| endpoint.host.clone()).collect();
    let concealed = hosts.iter().filter(|host| hidden.contains(host.as_str())).cloned().collect();
    let ciphers: BTreeSet<String> = finding
        .transforms
        .iter()
        .filter(|transform| transform.kind == "cipher")
        .map(|transform| transform.algorithm.clone().unwrap_or_else(|| UNKNOWN.into()))
        .collect();
    let periods: BTreeSet<u64> = finding
        .triggers
        .iter()
        .filter(|trigger| trigger.kind == TriggerKind::Timer)
        .filter_map(|trigger| trigger.period_seconds)
        .collect();
    State {
        id: finding.id.clone(),
        says: finding.title.clone(),
        package: finding.package.clone(),
        path: Some(finding.path.clone()).filter(|path| !path.is_empty()),
        rung: Some(finding.rung),
        severity: Some(finding.severity),
        confidence: Some(finding.confidence),
        hosts: hosts.into_iter().collect(),
        concealed_hosts: concealed,
        ciphers: ciphers.into_iter().collect(),
        reach: Some(finding.reach.from.clone()),
        guard: finding.reach.guard.clone(),
        periods: periods.into_iter().collect(),
        dormant: Some(finding.dormant),
        version: None,
        sha256: None,
        evidence: Vec::new(),
    }
}

/// Where a finding begins and ends.
pub(crate) fn ends(finding: &Finding) -> Vec<Evidence> {
    let first = finding
        .evidence
        .iter()
        .find(|evidence| evidence.role == Role::Source)
        .or_else(|| finding.evidence.iter().find(|evidence| evidence.class.is_some()))
        .or_else(|| finding.evidence.first());
    let last = finding.evidence.iter().rev().find(|evidence| evidence.role == Role::Sink);
    let mut ends: Vec<Evidence> = first.into_iter().chain(last).cloned().collect();
    ends.dedup();
    ends
}
