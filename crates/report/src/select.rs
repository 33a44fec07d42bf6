//! Which packages and findings of a record were asked for.

use overt_base::glob;
use overt_record::{Finding, Package, Record, Severity, Theme};

use crate::subject::{FindingList, PackageList};

/// Whether a pattern names the package: by its name, or by its path (the only name code without a manifest has).
fn names(pattern: &str, package: Option<&str>, path: &str) -> bool {
    package.is_some_and(|name| glob::matches(pattern, name)) || glob::matches(pattern, path)
}

/// Which packages are asked for; the default asks for all.
#[derive(Clone, Debug, Default)]
pub struct PackageFilter {
    /// Only packages in a `priv-app` folder.
    pub privileged: bool,
    /// Only packages whose name or path matches.
    pub package: Option<String>,
}

impl PackageFilter {
    /// The packages of a record that were asked for.
    #[must_use]
    pub fn select<'a>(&self, record: &'a Record, digest: &'a str) -> PackageList<'a> {
        let packages = record.packages.iter().filter(|package| self.wants(package)).collect();
        let mut asked = Vec::new();
        if self.privileged {
            asked.push("privileged".to_owned());
        }
        if let Some(pattern) = &self.package {
            asked.push(format!("package {pattern}"));
        }
        PackageList { record, digest, asked: asked.join(", "), packages }
    }

    fn wants(&self, package: &Package) -> bool {
        (!self.privileged || package.privileged)
            && self
                .package
                .as_ref()
                .is_none_or(|pattern| names(pattern, package.package.as_deref(), &package.path))
    }
}

/// Which findings are asked for; the default asks for all.
#[derive(Clone, Debug, Default)]
pub struct FindingFilter {
    /// Only findings at least that severe.
    pub severity: Option<Severity>,
    /// Only findings of packages whose name or path matches.
    pub package: Option<String>,
    /// Only findings whose behaviour matches.
    pub behaviour: Option<String>,
    /// Only findings of that theme.
    pub theme: Option<Theme>,
}

impl FindingFilter {
    /// The findings of a record that were asked for.
    #[must_use]
    pub fn select<'a>(&self, record: &'a Record, digest: &'a str) -> FindingList<'a> {
        let wanted =
            |findings: &'a [Finding]| findings.iter().filter(|finding| self.wants(finding)).collect();
        let mut asked = Vec::new();
        if let Some(severity) = self.severity {
            asked.push(format!("severity {severity} and above"));
        }
        if let Some(pattern) = &self.package {
            asked.push(format!("package {pattern}"));
        }
        if let Some(pattern) = &self.behaviour {
            asked.push(format!("behaviour {pattern}"));
        }
        if let Some(theme) = self.theme {
            asked.push(format!("theme {theme}"));
        }
        FindingList {
            record,
            digest,
            asked: asked.join(", "),
            findings: wanted(&record.findings),
            dead: wanted(&record.dead),
        }
    }

    fn wants(&self, finding: &Finding) -> bool {
        self.severity.is_none_or(|least| finding.severity >= least)
            && self
                .package
                .as_ref()
                .is_none_or(|pattern| names(pattern, finding.package.as_deref(), &finding.path))
            && self.behaviour.as_ref().is_none_or(|pattern| glob::matches(pattern, &finding.behaviour))
            && self.theme.is_none_or(|theme| finding.theme == theme)
    }
}
