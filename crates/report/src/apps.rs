//! Findings grouped by app. What was found twice, because the same app lies in two places, is one.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use overt_record::finding::Endpoint;
use overt_record::{Finding, Package, Record, Severity};

use crate::rights::{Rights, signer};
use crate::words::{self, number};

/// A finding, and where else the same was found.
#[derive(Clone, Debug)]
pub(crate) struct Met<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Paths of other copies of the app in which the same was found.
    pub also: Vec<&'a str>,
}

/// One app and what was found in it.
#[derive(Clone, Debug)]
pub(crate) struct App<'a> {
    /// Package name; `None` for code without a manifest.
    pub name: Option<&'a str>,
    /// Where it lies: one path, or one for each copy.
    pub paths: Vec<&'a str>,
    /// The package; the first copy where there are several.
    pub package: Option<&'a Package>,
    /// Its findings, most severe first.
    pub findings: Vec<Met<'a>>,
}

/// What makes an app: its name or, for code without a manifest, its path.
fn key(finding: &Finding) -> (Option<&str>, &str) {
    match finding.package.as_deref() {
        Some(name) => (Some(name), ""),
        None => (None, &finding.path),
    }
}

/// Whether two findings of an app say the same of two copies of it.
fn same(a: &Finding, b: &Finding) -> bool {
    let address = |endpoint: &Endpoint| {
        let Endpoint { url, scheme, host, path, method, tls, how: _ } = endpoint.clone();
        (url, scheme, host, path, method, tls)
    };
    a.id == b.id
        && a.path != b.path
        && (a.rung, a.severity, a.confidence, a.dormant) == (b.rung, b.severity, b.confidence, b.dormant)
        && (&a.title, &a.runs_as, &a.data, &a.effects) == (&b.title, &b.runs_as, &b.data, &b.effects)
        && a.reach == b.reach
        && a.endpoints.iter().map(address).eq(b.endpoints.iter().map(address))
}

/// Findings grouped by app: the app with the worst first.
pub(crate) fn group<'a>(record: &'a Record, findings: impl IntoIterator<Item = &'a Finding>) -> Vec<App<'a>> {
    let packages: BTreeMap<(&str, Option<&str>), &Package> = record
        .packages
        .iter()
        .map(|package| ((package.path.as_str(), package.package.as_deref()), package))
        .collect();
    let mut groups: BTreeMap<(Option<&str>, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(key(finding)).or_default().push(finding);
    }
    let mut apps: Vec<App<'a>> =
        groups.into_iter().map(|((name, _), findings)| App::of(name, findings, &packages)).collect();
    apps.sort_by_cached_key(|app| {
        let of =
            |severity: Severity| app.findings.iter().filter(|met| met.finding.severity == severity).count();
        Reverse(Severity::ALL.iter().rev().map(|severity| of(*severity)).collect::<Vec<_>>())
    });
    apps
}

impl<'a> App<'a> {
    fn of(
        name: Option<&'a str>,
        mut findings: Vec<&'a Finding>,
        packages: &BTreeMap<(&str, Option<&str>), &'a Package>,
    ) -> App<'a> {
        findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| b.rung.cmp(&a.rung)));
        let mut paths: Vec<&str> = findings.iter().map(|finding| finding.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let package = paths.iter().find_map(|path| packages.get(&(*path, name)).copied());
        let mut met: Vec<Met<'a>> = Vec::new();
        let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for finding in findings {
            let slots = by_id.entry(&finding.id).or_default();
            let known = slots.iter().copied().find(|slot| same(met[*slot].finding, finding));
            match known {
                Some(slot) => met[slot].also.push(&finding.path),
                None => {
                    slots.push(met.len());
                    met.push(Met { finding, also: Vec::new() });
                }
            }
        }
        App { name, paths, package, findings: met }
    }

    /// What the app is called in commands.
    pub(crate) fn handle(&self) -> &'a str {
        self.name.unwrap_or_else(|| self.paths.first().copied().unwrap_or_default())
    }

    /// What its owner knows it by: the label and, because labels are not unique and may lie, the package name.
    pub(crate) fn called(&self) -> String {
        let label = self.package.and_then(|package| package.label.as_deref()).unwrap_or_default().trim();
        match self.name {
            Some(name) if label.is_empty() || label == name => name.to_owned(),
            Some(name) => format!("“{label}” ({name})"),
            None => {
                let path = self.handle();
                format!("{} (code without a manifest)", path.rsplit('/').next().unwrap_or(path))
            }
        }
    }

    /// Its rights in a few words, the greatest first; empty for an app like any other.
    pub(crate) fn rights(&self) -> Vec<String> {
        let Some(package) = self.package else { return Vec::new() };
        let mut rights = vec![match Rights::of(package) {
            Rights::Framework => "has the rights of whoever loads it".into(),
            Rights::Unknown => "its rights are unknown: there is no manifest".into(),
            _ => format!("runs as {}", words::runs_as(&package.runs_as)),
        }];
        if package.privileged {
            rights.push("privileged".into());
        }
        if package.persistent {
            rights.push("always running".into());
        }
        match signer(package) {
            "platform" => rights.push("signed with the platform key".into()),
            "test key" => rights.push("signed with a published test key".into()),
            "invalid" => rights.push("its signature is not valid".into()),
            _ => {}
        }
        rights
    }

    /// Whether it holds more rights than an app that the owner installs.
    pub(crate) fn is_mighty(&self) -> bool {
        self.package.is_some_and(|package| package.runs_as.uid.is_some() || package.privileged)
            || self.findings.iter().any(|met| met.finding.runs_as.uid.is_some())
    }
}

/// "1 critical, 3 high", worst first.
pub(crate) fn counts<'a>(severities: impl Iterator<Item = &'a Severity> + Clone) -> String {
    Severity::ALL
        .iter()
        .rev()
        .filter_map(|severity| {
            let count = severities.clone().filter(|&one| one == severity).count();
            (count > 0).then(|| format!("{} {severity}", number(count as u64)))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_two_places_is_met_once() {
        let mut record = overt_testkit::record::sample();
        let first = record.findings.first().cloned().expect("the sample has findings");
        let mut copy = first.clone();
        copy.path = "/vendor/app/Sync/Sync.apk".into();
        let mut other = copy.clone();
        other.severity = Severity::Low;
        record.findings = vec![first.clone(), copy, other, first];
        let apps = group(&record, &record.findings);
        assert_eq!(apps.len(), 1);
        assert_eq!(apps[0].paths.len(), 2);
        let also: Vec<usize> = apps[0].findings.iter().map(|met| met.also.len()).collect();
        // A second one in the same place is another finding, and so is one that says something else.
        assert_eq!(also, [1, 0, 0]);
    }
}
