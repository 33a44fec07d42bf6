//! Evidence: the place of one fact, precise enough to be found and derived again by anyone who has the input.

use serde::{Deserialize, Serialize};

/// What a piece of evidence shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Where Android enters the code.
    Entry,
    /// A line of a manifest or configuration file.
    Manifest,
    /// Where the datum is obtained.
    Source,
    /// A call or assignment on the way.
    Step,
    /// Where the datum leaves or the effect happens.
    Sink,
    /// A check on the way.
    Guard,
    /// The method that recovered a hidden value.
    Decoder,
    /// A hard-coded key.
    Key,
    /// A write or read of a channel.
    Channel,
}

/// One place. Code evidence has class, method, descriptor, offset and the DEX's digest; other evidence has only a locus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// What it shows.
    pub role: Role,
    /// The package whose code or manifest this is.
    pub package: Option<String>,
    /// DEX descriptor of the class, `Lp/C;`.
    pub class: Option<String>,
    /// Method name.
    pub method: Option<String>,
    /// Prototype of the method, `(I)V`.
    pub descriptor: Option<String>,
    /// 16-bit code units from the start of the method's instructions, as dexdump prints them.
    pub offset: Option<u32>,
    /// SHA-256 of the DEX named by `locus`.
    pub code_sha256: Option<String>,
    /// The chain from the input to the file.
    pub locus: String,
    /// The instruction (or manifest line) in readable form.
    pub instruction: Option<String>,
}
