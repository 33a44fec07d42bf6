//! What became of each behaviour over all builds of a device.

use serde::{Deserialize, Serialize};

use crate::words::{Rung, Severity};

/// The schema of [`History`].
pub const SCHEMA: &str = "overt.history/1";

/// A device over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// [`SCHEMA`].
    pub schema: String,
    /// What was asked for.
    pub device: String,
    /// Its builds, the oldest first; of each build the latest scan.
    pub builds: Vec<HistoryBuild>,
    /// One line a behaviour of a package, by package, behaviour, id.
    pub lines: Vec<HistoryLine>,
}

/// One build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryBuild {
    /// Digest of the record.
    pub record_sha256: String,
    /// Fingerprint.
    pub fingerprint: Option<String>,
    /// Brand.
    pub brand: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Date of the build, as it says itself.
    pub build_date: Option<String>,
    /// Security patch.
    pub security_patch: Option<String>,
    /// Whether everything of it was there and was read.
    pub complete: bool,
    /// Engine and catalogue of the record: where they differ from the build before, a change may be one of knowledge.
    pub same_knowledge: bool,
    /// Packages.
    pub packages: u32,
    /// Findings.
    pub findings: u32,
}

/// Whether a build has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It was found.
    Present,
    /// It was looked for everywhere it could be, and is not there.
    Absent,
    /// It was not found, and it could be where nobody could look.
    Unknown,
}

/// One behaviour of one package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// The finding's id.
    pub id: String,
    /// The behaviour.
    pub behaviour: String,
    /// Package name; path where only code without a manifest is there; empty for the build itself.
    pub package: String,
    /// The highest severity it was found with.
    pub severity: Severity,
    /// In each build, in their order.
    pub at: Vec<Presence>,
    /// How much was proven in each build; `null` where it was not found.
    pub rungs: Vec<Option<Rung>>,
    /// Found in every build.
    pub steady: bool,
    /// Found again after being gone.
    pub returned: bool,
}
