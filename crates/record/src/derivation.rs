//! A recovered value derived once more: the code of the input is run again at its place, and what comes out is held against the record.

use serde::{Deserialize, Serialize};

use crate::finding::How;

/// What deriving it again came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The same value came out at the same place in the same way.
    Same,
    /// Something else came out.
    Different,
    /// It could not be tried.
    NotTried,
}

impl Verdict {
    /// All, in the order of the schema.
    pub const ALL: &[Verdict] = &[Verdict::Same, Verdict::Different, Verdict::NotTried];
}

/// A value of a finding, and what running the code of the input again gives for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// The address of the endpoint, or the cipher whose key it is.
    pub of: String,
    /// What it came to.
    pub verdict: Verdict,
    /// In words: `re-derived: same value`, or the contrary and why.
    pub says: String,
    /// The value that came out; `null` where none did.
    pub value: Option<String>,
    /// How it came out this time, with its place; as the record has it where nothing came out.
    pub how: How,
    /// The instruction at the place.
    pub instruction: Option<String>,
    /// Chain from the input to the file that holds the code.
    pub locus: Option<String>,
    /// Digest of that file.
    pub code_sha256: Option<String>,
}
