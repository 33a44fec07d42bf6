//! What code looks like whatever it is called: fingerprints that survive renaming, reordering and putting together anew.
//!
//! The unit is a method's shape: a digest of its instructions without registers, offsets and names of the app's own; names of
//! the platform, numbers and texts stay. A set of shapes is kept as its size and a bottom-k sketch (the k least shapes),
//! from which the share that two sets have in common is estimated; see `docs/identity.md`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Shapes kept of a package at most.
pub const PACKAGE_SKETCH: usize = 64;

/// Shapes kept of a family at most.
pub const FAMILY_SKETCH: usize = 16;

/// Hexadecimal digits of a shape in a sketch.
pub const DIGITS: usize = 8;

/// The code of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Different shapes among its methods that are long enough to tell something.
    pub methods: u32,
    /// The least of these shapes, ascending, [`DIGITS`] hexadecimal digits each, without anything between.
    pub sketch: String,
    /// Parts of the code that lie in one Java package with those below it, by name.
    pub families: Vec<Family>,
    /// Addresses and commands that the code makes and that do not stand in it as text, sorted.
    pub conceals: Vec<ConcealedText>,
    /// Digests of the addresses and commands that do, [`DIGITS`] hexadecimal digits each ([`text_digest`]), sorted, without
    /// anything between.
    pub plain: String,
}

/// A text that code makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConcealedText {
    /// The text.
    pub value: String,
    /// What it is used as, or looks like: `url`, `host`, `uri`, `command`.
    pub used_as: Vec<String>,
}

/// What [`Shape::plain`] keeps of a text.
#[must_use]
pub fn text_digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// A component of the code: a library, an SDK, the app's own part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Family {
    /// The Java package, as the code has it now: a rename changes it.
    pub name: String,
    /// Different shapes among its methods.
    pub methods: u32,
    /// Digest of all of them: the same code has the same, whatever it is called.
    pub digest: String,
    /// The least of them, as in [`Shape::sketch`].
    pub sketch: String,
}
