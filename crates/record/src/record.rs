//! The record of one scan: canonical, so that the same content gives the same bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::build::Build;
use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::native::Native;
use crate::package::Package;
use crate::words::Severity;

/// The schema this crate writes.
pub const SCHEMA: &str = "overt.record/1";

/// How deep a scan looks, shallowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Packages, signers, rights, components, natives.
    Inventory,
    /// Plus what code reachable from entry points is able to do.
    Capability,
    /// Plus proven flows inside an app.
    Flow,
    /// Everything this version can do.
    Full,
}

/// Everything one scan found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// Engine name and version.
    pub engine: String,
    /// Digest of the catalogue.
    pub catalogue: String,
    /// Digest of the limits.
    pub limits: String,
    /// How deep this scan looked.
    pub depth: Depth,
    /// The build's identity.
    pub build: Build,
    /// What was looked at.
    pub coverage: Coverage,
    /// Packages, sorted by path.
    pub packages: Vec<Package>,
    /// Native files, sorted by path.
    pub natives: Vec<Native>,
    /// Findings, most severe first.
    pub findings: Vec<Finding>,
    /// Behaviours of code that no entry point reaches.
    pub dead: Vec<Finding>,
}

impl Record {
    /// Puts every list in its canonical order. Called once by whoever builds a record.
    pub fn canonicalise(&mut self) {
        self.packages.sort_by(|a, b| (&a.path, &a.package).cmp(&(&b.path, &b.package)));
        self.natives.sort();
        for list in [&mut self.findings, &mut self.dead] {
            list.sort_by(|a, b| {
                b.severity.cmp(&a.severity).then_with(|| b.rung.cmp(&a.rung)).then_with(|| {
                    (&a.package, &a.path, &a.behaviour, &a.id).cmp(&(
                        &b.package,
                        &b.path,
                        &b.behaviour,
                        &b.id,
                    ))
                })
            });
        }
        self.coverage.missing.sort();
        self.coverage.unreadable.sort();
    }

    /// The canonical JSON: one line, keys in declaration order, a final line feed.
    ///
    /// # Errors
    /// Never for records built by this crate's types; the type is serde_json's.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string(self)?;
        text.push('\n');
        Ok(text)
    }

    /// SHA-256 of the canonical JSON, in hexadecimal: the record's own name.
    ///
    /// # Errors
    /// As [`Record::to_json`].
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        let text = self.to_json()?;
        Ok(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The highest severity among living findings.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
