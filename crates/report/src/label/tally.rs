//! Capabilities, counted by app.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use overt_record::{Finding, Severity};

use super::Tally;
use crate::apps::App;

/// More apps than that are only counted.
const NAMED: usize = 3;

/// The wanted findings by their titles: in how many apps each was found. The gravest first.
pub(super) fn count(apps: &[App<'_>], wanted: &dyn Fn(&Finding) -> bool) -> Vec<Tally> {
    let mut by_title: BTreeMap<&str, Tally> = BTreeMap::new();
    for app in apps {
        let mut titles: BTreeMap<&str, Severity> = BTreeMap::new();
        for finding in app.findings.iter().map(|met| met.finding).filter(|finding| wanted(finding)) {
            let severity = titles.entry(&finding.title).or_insert(finding.severity);
            *severity = (*severity).max(finding.severity);
        }
        for (title, severity) in titles {
            let tally = by_title.entry(title).or_insert_with(|| Tally {
                title: title.to_owned(),
                apps: 0,
                mighty: 0,
                named: Vec::new(),
                severity,
            });
            tally.apps += 1;
            tally.mighty += usize::from(app.is_mighty());
            tally.severity = tally.severity.max(severity);
            tally.named.push(app.called());
        }
    }
    let mut tallies: Vec<Tally> = by_title.into_values().collect();
    for tally in tallies.iter_mut().filter(|tally| tally.named.len() > NAMED) {
        tally.named.clear();
    }
    tallies.sort_by_key(|tally| (Reverse(tally.severity), Reverse(tally.apps)));
    tallies
}
