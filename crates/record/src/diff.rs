//! What changed from one build to another, row by row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::build::Build;
use crate::evidence::Evidence;
use crate::record::Depth;
use crate::words::{Change, Confidence, Rung, Severity, Subject};

/// The schema of a [`Diff`].
pub const SCHEMA: &str = "overt.diff/1";

/// Two builds (or two packages) side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// [`SCHEMA`].
    pub schema: String,
    /// What it was.
    pub a: Side,
    /// What it is.
    pub b: Side,
    /// By subject, package, behaviour, change.
    pub rows: Vec<Row>,
    /// The rows counted.
    pub summary: Summary,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The record.
    pub record_sha256: String,
    /// The build.
    pub build: Build,
    /// The only package that was compared; `null` for the whole build.
    pub package: Option<String>,
    /// Engine of the record.
    pub engine: String,
    /// Digest of its catalogue.
    pub catalogue: String,
    /// Digest of its limits.
    pub limits: String,
    /// How deep it looked.
    pub depth: Depth,
    /// Whether everything of the build was there and was read.
    pub complete: bool,
    /// Packages of the record.
    pub packages: u32,
    /// Its findings, without those of dead code.
    pub findings: u32,
}

/// What a difference is due to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The firmware.
    Firmware,
    /// The two records were made with other engines, catalogues, limits or depths: one knows more than the other.
    Knowledge,
    /// One of the two builds was not wholly there or not wholly read.
    Coverage,
}

/// One thing and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What kind of thing.
    pub kind: Subject,
    /// What became of it. A thing with several changes has several rows.
    pub change: Change,
    /// The same in every comparison: a finding's id, or the thing's name behind its kind. Of a thing with two names the
    /// first in the order of texts; both stand in `before` and `after`.
    pub id: String,
    /// Package name; path where only code without a manifest is there; `null` for what belongs to no package.
    pub package: Option<String>,
    /// The behaviour.
    pub behaviour: Option<String>,
    /// How it was; `null` when it was not there, or that is not known.
    pub before: Option<State>,
    /// How it is; `null` when it is not there, or that is not known.
    pub after: Option<State>,
    /// Why the change is what it is called, in words; of an unknown one, why it is not known.
    pub reason: String,
    /// What the difference is due to.
    pub because: Because,
    /// Something about it differs, whatever the change is called: a new version of an unchanged package, say.
    pub differs: bool,
}

/// A thing in one build. What a kind has not is `null` or empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Its id in that build.
    pub id: String,
    /// In words.
    pub says: String,
    /// Package name in that build.
    pub package: Option<String>,
    /// Path on the device.
    pub path: Option<String>,
    /// How much is proven.
    pub rung: Option<Rung>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// How sure the analysis is.
    pub confidence: Option<Confidence>,
    /// Hosts it speaks with, sorted.
    pub hosts: Vec<String>,
    /// Hosts of these that do not stand literally in the package.
    pub concealed_hosts: Vec<String>,
    /// Ciphers that data passes on its way.
    pub ciphers: Vec<String>,
    /// Who can reach it.
    pub reach: Option<String>,
    /// What guards it.
    pub guard: Option<String>,
    /// Periods of its timers in seconds, sorted.
    pub periods: Vec<u64>,
    /// Runs only when a server turns it on.
    pub dormant: Option<bool>,
    /// Version.
    pub version: Option<String>,
    /// Digest of the file.
    pub sha256: Option<String>,
    /// Where it can be seen: of a changed behaviour where its datum comes from and where it goes.
    pub evidence: Vec<Evidence>,
}

/// Rows counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// By kind and change, every word of both.
    pub counts: BTreeMap<Subject, BTreeMap<Change, u32>>,
    /// Rows that tell a change of the firmware.
    pub firmware: u32,
    /// Rows that differ because one record knows more.
    pub knowledge: u32,
    /// Rows that cannot be decided because something was not there or was not read.
    pub undecided: u32,
    /// The two records were made alike: by the same engine, catalogue, limits and depth.
    pub same_knowledge: bool,
    /// The outcome in sentences.
    pub says: Vec<String>,
}

impl Row {
    /// Whether it tells a change: neither "unchanged" in every respect nor "unknown".
    #[must_use]
    pub fn is_change(&self) -> bool {
        match self.change {
            Change::Unchanged => self.differs,
            Change::Unknown => false,
            _ => true,
        }
    }
}

impl Diff {
    /// Whether anything is told to have changed.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.rows.iter().any(Row::is_change)
    }

    /// Whether anything cannot be said.
    #[must_use]
    pub fn has_unknowns(&self) -> bool {
        self.rows.iter().any(|row| row.change == Change::Unknown)
    }
}
