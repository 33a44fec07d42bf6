//! What it takes to call a thing absent. Not to have found it is not enough: it must have been looked for everywhere it
//! could have been.

use std::collections::BTreeMap;

use overt_record::words::{Rung, Theme};
use overt_record::{Coverage, Depth, Finding, Package, Record};

use crate::pairing::stem;

/// Whether something is absent from a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// It is, and this shows it.
    Shown(String),
    /// It may be there, because of this.
    Unknown(String),
}

/// How far the code of a package was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// Not to its end.
    Partly = 0,
    /// All of it, but not everything that data does there.
    Code = 1,
    /// All of it, and data was followed to the end.
    Flows = 2,
}

/// Files that hold code or a package.
const PACKAGE_FILES: [&str; 6] = ["apk", "jar", "odex", "oat", "vdex", "apex"];

/// A build, prepared for questions about what it lacks.
#[derive(Debug)]
pub struct Absences<'a> {
    record: &'a Record,
    /// Missing files that could hold a package, by the stem of their name.
    missing: BTreeMap<&'a str, &'a str>,
    /// What could not be read, by the file it lies in (the last part of the locus that is a path on the device).
    unreadable: BTreeMap<&'a str, Vec<usize>>,
    /// Paths by stem of what could not be read and belongs to no package.
    torn: BTreeMap<&'a str, &'a str>,
}

/// The path on the device that a locus passes first.
fn path_of(locus: &str) -> Option<&str> {
    locus.split('!').find(|step| step.starts_with('/') && step.contains('.'))
}

pub(crate) fn is_package_file(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    // Also pieces of one: `Name.apk.ab`.
    file.split('.').skip(1).any(|part| PACKAGE_FILES.contains(&part))
}

impl<'a> Absences<'a> {
    /// Prepares a build.
    #[must_use]
    pub fn of(record: &'a Record) -> Absences<'a> {
        let coverage = &record.coverage;
        let mut missing = BTreeMap::new();
        for file in coverage.missing.iter().filter(|file| is_package_file(&file.path)) {
            missing.entry(stem(&file.path)).or_insert(file.path.as_str());
        }
        let mut unreadable: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut torn = BTreeMap::new();
        for (number, one) in coverage.unreadable.iter().enumerate() {
            let Some(path) = path_of(&one.locus) else { continue };
            unreadable.entry(path).or_default().push(number);
            if one.code.starts_with("container/") && is_package_file(path) {
                torn.entry(stem(path)).or_insert(path);
            }
        }
        Absences { record, missing, unreadable, torn }
    }

    /// Stems of files that are not there to be looked at and could hold a package.
    #[must_use]
    pub fn holes(&self) -> Vec<&'a str> {
        let mut all: Vec<&str> = self.missing.keys().chain(self.torn.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether a package of that name and path, which the other build has, is absent from this one.
    #[must_use]
    pub fn of_package(&self, path: &str) -> Absence {
        let coverage = &self.record.coverage;
        let stem = stem(path);
        if let Some(missing) = self.missing.get(stem) {
            return Absence::Unknown(format!(
                "the listing names {missing}, and the file is not there to be looked at"
            ));
        }
        if let Some(torn) = self.torn.get(stem) {
            return Absence::Unknown(format!("{torn} could not be read"));
        }
        self.of_file(path, coverage)
    }

    /// Whether a file is absent from this build.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Absence {
        let coverage = &self.record.coverage;
        if coverage.missing.iter().any(|file| file.path == path) {
            return Absence::Unknown(
                "the listing names it, and the file is not there to be looked at".into(),
            );
        }
        self.of_file(path, coverage)
    }

    fn of_file(&self, path: &str, coverage: &Coverage) -> Absence {
        match (&coverage.listing, coverage.complete) {
            (Some(listing), _) => Absence::Shown(format!("the listing {listing} names no {path}")),
            (None, true) => Absence::Shown("the build was read completely".into()),
            (None, false) => Absence::Unknown(
                "no listing says what the build has, so what is not in the input may be on the phone".into(),
            ),
        }
    }

    /// How far the code of a package was read: what an index needs to answer without the record.
    #[must_use]
    pub fn read_of(&self, package: &Package) -> Read {
        let torn = package.code.iter().filter(|code| code.analysed).any(|code| {
            !code.problems.is_empty() || code.quick.not_restorable.is_some_and(|methods| methods > 0)
        });
        let files =
            std::iter::once(package.path.as_str()).chain(package.code.iter().map(|code| code.path.as_str()));
        let mut read = if self.record.depth < Depth::Capability || torn {
            Read::Partly
        } else if self.record.depth < Depth::Flow {
            Read::Code
        } else {
            Read::Flows
        };
        for &problem in files.filter_map(|file| self.unreadable.get(file)).flatten() {
            let Some(problem) = self.record.coverage.unreadable.get(problem) else { continue };
            match problem.code.as_str() {
                "program/no-entry-point" | "pipeline/package-file-missing" => {}
                "flow/given-up" => read = read.min(Read::Code),
                "program/component-class-missing" => read = read.min(Read::Code),
                _ => read = Read::Partly,
            }
        }
        read
    }

    /// Whether a behaviour of a package that this build has (as `package`) is absent. `finding` is the other build's.
    #[must_use]
    pub fn of_finding(&self, package: &Package, finding: &Finding) -> Absence {
        if let Some(why) = self.unread(package, finding) {
            return Absence::Unknown(why);
        }
        // A behaviour over several apps is gone when one of them does its part no more, so each must have been read.
        for other in helpers(finding) {
            if Some(other) == package.package.as_deref() {
                continue;
            }
            let here = self.record.packages.iter().find(|one| one.package.as_deref() == Some(other));
            if let Some(why) = here.and_then(|here| self.unread(here, finding)) {
                return Absence::Unknown(format!("of {other}, which has a part in it, {why}"));
            }
        }
        Absence::Shown(format!("{} was read to its end{}", package.path, forms(package)))
    }

    /// Why the code of a package does not tell whether it does what `finding` says; `None` where it does.
    fn unread(&self, package: &Package, finding: &Finding) -> Option<String> {
        let in_code = finding.evidence.iter().any(|evidence| evidence.class.is_some());
        let flow = finding.rung >= Rung::Flow;
        if in_code && self.record.depth < Depth::Capability {
            return Some("code was not looked at: the scan was an inventory".into());
        }
        if flow && self.record.depth < Depth::Flow && !has_capability(finding.theme) {
            return Some("data was not followed at that depth".into());
        }
        if in_code && !package.code.iter().any(|code| code.classes > 0 || code.analysed) {
            return Some(format!("no code of {} was there to be read", package.path));
        }
        let torn: u32 = (package.code.iter())
            .filter(|code| code.analysed)
            .flat_map(|code| &code.problems)
            .map(|problem| problem.count)
            .sum();
        if in_code && torn > 0 {
            return Some("some method bodies could not be read".into());
        }
        let lost: u32 = (package.code.iter())
            .filter(|code| code.analysed)
            .filter_map(|code| code.quick.not_restorable)
            .sum();
        if in_code && lost > 0 {
            return Some(format!("{lost} quickened methods could not be restored"));
        }
        let classes: Vec<String> =
            finding.evidence.iter().filter_map(|e| e.class.as_deref()).map(dotted).collect();
        let files =
            std::iter::once(package.path.as_str()).chain(package.code.iter().map(|code| code.path.as_str()));
        let problems = files.filter_map(|file| self.unreadable.get(file)).flatten();
        for problem in problems.filter_map(|&number| self.record.coverage.unreadable.get(number)) {
            let blocks = match problem.code.as_str() {
                // What a method that was given up does is known to the rung of capability.
                "flow/given-up" => flow && !has_capability(finding.theme),
                "program/component-class-missing" => {
                    classes.iter().any(|class| problem.detail.contains(class.as_str()))
                }
                // All behaviours of such code are listed as dead; code that is loaded by others may be started by them.
                "program/no-entry-point" | "pipeline/package-file-missing" => false,
                _ => in_code || !problem.code.starts_with("dex/"),
            };
            if blocks {
                return Some(format!("{}: {}", problem.code, problem.consequence));
            }
        }
        None
    }
}

/// Whether a behaviour of this theme that is not proven as a flow is still reported as a capability.
#[must_use]
pub fn has_capability(theme: Theme) -> bool {
    !matches!(theme, Theme::Exposure | Theme::Bypass | Theme::Targeting)
}

/// Packages whose code is among the evidence.
fn helpers(finding: &Finding) -> Vec<&str> {
    let mut names: Vec<&str> = finding
        .evidence
        .iter()
        .filter(|evidence| evidence.class.is_some())
        .filter_map(|evidence| evidence.package.as_deref())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// `Lp/C;` as manifests write it.
fn dotted(descriptor: &str) -> String {
    descriptor.strip_prefix('L').and_then(|d| d.strip_suffix(';')).unwrap_or(descriptor).replace('/', ".")
}

fn forms(package: &Package) -> String {
    let mut kinds: Vec<&str> =
        package.code.iter().filter(|code| code.analysed).map(|code| code.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) }
}
