//! Where else something is found: the answer of a search over stored builds.

use serde::{Deserialize, Serialize};

use crate::words::{Rung, Severity};

/// The schema of [`Matches`].
pub const SCHEMA: &str = "overt.matches/1";

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matches {
    /// [`SCHEMA`].
    pub schema: String,
    /// What was asked for, as flags.
    pub asked: Vec<String>,
    /// Builds that were searched.
    pub searched: u32,
    /// Where it was found: by brand, model, build, package, version, behaviour.
    pub matches: Vec<Match>,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// Fingerprint of the build; the record's digest where it has none.
    pub build: String,
    /// Digest of the record.
    pub record_sha256: String,
    /// Brand.
    pub brand: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Date of the build, as it says itself.
    pub build_date: Option<String>,
    /// Package name; path where only code without a manifest is there.
    pub package: Option<String>,
    /// Path on the device.
    pub path: String,
    /// Version name.
    pub version: Option<String>,
    /// The behaviour, of searches for behaviours and hosts.
    pub behaviour: Option<String>,
    /// The finding's id, likewise.
    pub id: Option<String>,
    /// How much is proven of it, likewise.
    pub rung: Option<Rung>,
    /// How bad it is, likewise.
    pub severity: Option<Severity>,
    /// The code, of searches for code: the digest of a DEX, or the family.
    pub code: Option<String>,
    /// The host, the digest of the signer's certificate, or the key that was searched for.
    pub value: Option<String>,
    /// How much of the smaller code is the same, 0 to 1; 1 for what is not compared by likeness.
    pub similarity: f64,
}
