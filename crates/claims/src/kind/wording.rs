//! Sentences.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::Finding;
use overt_record::words::DataKind;

use crate::gaps::{Gap, GapKind};

/// Things named in a sentence before the rest is only counted.
const MOST_NAMED: usize = 6;

/// `a, b and c`.
pub(crate) fn and(items: impl IntoIterator<Item = String>) -> String {
    let mut items: Vec<String> = items.into_iter().collect();
    if items.len() > MOST_NAMED {
        let more = items.len() - MOST_NAMED + 1;
        items.truncate(MOST_NAMED - 1);
        items.push(format!("{more} more"));
    }
    match items.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// How a package is called: by its name, else by its path.
pub(crate) fn package(finding: &Finding) -> String {
    finding.package.clone().unwrap_or_else(|| finding.path.clone())
}

/// Data in their fixed words.
pub(crate) fn data(kinds: impl IntoIterator<Item = DataKind>) -> String {
    let kinds: BTreeSet<DataKind> = kinds.into_iter().collect();
    let named: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    match named.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `com.a (imei and imsi to h.example), com.b (…)`: what leaves the phone by whom, of these data.
pub(crate) fn leaving(findings: &[&Finding], asked: &[DataKind]) -> String {
    let mut by_package: BTreeMap<String, (BTreeSet<DataKind>, BTreeSet<String>)> = BTreeMap::new();
    for finding in findings {
        let (data, hosts) = by_package.entry(package(finding)).or_default();
        data.extend(finding.data.iter().filter(|kind| asked.contains(kind)));
        hosts.extend(finding.endpoints.iter().filter_map(|endpoint| endpoint.host.clone()));
    }
    and(by_package.into_iter().map(|(name, (kinds, hosts))| {
        let to = if hosts.is_empty() { "a server that was not recovered".to_owned() } else { and(hosts) };
        format!("{name} ({} to {to})", data(kinds))
    }))
}

/// `com.a (imei), com.b (…)`: which data by whom, where the way out is not shown.
pub(crate) fn reading(findings: &[&Finding], asked: &[DataKind]) -> String {
    let mut by_package: BTreeMap<String, BTreeSet<DataKind>> = BTreeMap::new();
    for finding in findings {
        by_package
            .entry(package(finding))
            .or_default()
            .extend(finding.data.iter().filter(|kind| asked.contains(kind)));
    }
    and(by_package.into_iter().map(|(name, kinds)| format!("{name} ({})", data(kinds))))
}

/// What was not looked at, in a sentence; empty where everything was.
pub(crate) fn gaps(gaps: &[Gap]) -> String {
    if gaps.is_empty() {
        return String::new();
    }
    let count = |kind| gaps.iter().filter(|gap| gap.kind == kind).count();
    let parts = [
        (count(GapKind::NotRead), "was not read", "were not read"),
        (count(GapKind::NotFollowed), "was not followed to the end", "were not followed to the end"),
        (count(GapKind::NotInBuild), "is not in the build", "are not in the build"),
    ];
    let said = parts.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| {
        if *number == 1 { format!("1 part {one}") } else { format!("{number} parts {many}") }
    });
    // What is known by name says more than the first of a thousand missing files.
    let telling =
        |gap: &&Gap| (gap.package.is_some(), gap.says.contains(".apk"), std::cmp::Reverse(gap.says.clone()));
    let first = gaps.iter().max_by_key(telling).map(|gap| match &gap.package {
        Some(package) => format!(", among them, of {package}: {}", gap.says),
        None => format!(", among them: {}", gap.says),
    });
    format!("Of what the statement speaks of, {}{}.", and(said), first.unwrap_or_default())
}
