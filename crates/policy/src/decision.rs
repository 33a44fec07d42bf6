//! What comes out, in the shape that programs read (`schema/overt.decision-1.schema.json`).

use overt_claims::Day;
use overt_record::Build;
use serde::{Deserialize, Serialize};

use crate::input::State;

/// The schema of [`Decision`].
pub const SCHEMA: &str = "overt.decision/1";

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// May be sold.
    Allow,
    /// Not until somebody has looked at the reasons.
    Hold,
    /// Not.
    Suspend,
    /// Was suspended, and may be sold again.
    Reinstate,
    /// Nothing speaks against it, and not everything was looked at.
    Incomplete,
}

impl Word {
    /// The word as it is spelt.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Allow => "allow",
            Word::Hold => "hold",
            Word::Suspend => "suspend",
            Word::Reinstate => "reinstate",
            Word::Incomplete => "incomplete",
        }
    }

    /// Whether the listing may be there.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self, Word::Allow | Word::Reinstate)
    }
}

/// A rule that was met.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// Ids of the findings that met it, sorted.
    pub findings: Vec<String>,
    /// In words.
    pub says: String,
}

/// A decision on a build, with everything that is needed to repeat it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// [`SCHEMA`].
    pub schema: String,
    /// The decision.
    pub decision: Word,
    /// Why, by rule.
    pub reasons: Vec<Reason>,
    /// Ids of the waivers that covered a finding which a rule met.
    pub waivers_used: Vec<String>,
    /// Ids of the waivers that did not; they may have become needless, or miss what they mean.
    pub waivers_unused: Vec<String>,
    /// Why each of them was not used.
    pub waivers_unused_because: Vec<Unused>,
    /// Digest of the policy's files.
    pub policy_sha256: String,
    /// Digest of the record.
    pub record_sha256: String,
    /// Digest of the record it was compared with.
    pub against_sha256: Option<String>,
    /// The build.
    pub build: Build,
    /// How the listing stood.
    pub state: State,
    /// The day of the decision.
    pub today: Day,
    /// What was not looked at.
    pub coverage: Looked,
}

/// A waiver that was not used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unused {
    /// Its id.
    pub id: String,
    /// `expired`, `not-yet`, `other-build`, or `nothing-to-waive`.
    pub why: String,
}

/// How much of the build was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Everything is there, was read, and followed to the end.
    pub complete: bool,
    /// Files of its listing that are missing.
    pub missing: usize,
    /// Places that could not be read or followed.
    pub unreadable: usize,
    /// Packages not wholly read.
    pub packages_incomplete: u32,
    /// Methods not wholly read.
    pub methods_incomplete: u64,
}
