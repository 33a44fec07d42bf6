//! What was looked at, and what could not be: part of every answer.

use serde::{Deserialize, Serialize};

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Everything of the build is there and was read. False also where completeness is unknown (no listing).
    pub complete: bool,
    /// Packages and code files found.
    pub packages_seen: u32,
    /// Of these, not wholly read.
    pub packages_incomplete: u32,
    /// Methods with code.
    pub methods_seen: u64,
    /// Of these, not wholly decoded or analysed.
    pub methods_incomplete: u64,
    /// Files that the listing names and the input lacks.
    pub missing: Vec<Missing>,
    /// What was there and could not be read or understood.
    pub unreadable: Vec<Unreadable>,
    /// The listing that came with the input.
    pub listing: Option<String>,
}

/// A file that should be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missing {
    /// Path on the device.
    pub path: String,
    /// Why it counts as missing.
    pub why: String,
    /// Size by the listing.
    pub size: Option<u64>,
}

/// A thing that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unreadable {
    /// Where.
    pub locus: String,
    /// Problem code.
    pub code: String,
    /// What Overt did instead.
    pub consequence: String,
    /// What was found.
    pub detail: String,
}
