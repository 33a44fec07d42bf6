//! Evidence that stands on its own: record, decision, policy and what they rest on, in one file that a stranger can verify
//! years later with nothing but this program and a public key.
//!
//! *Invariants*: nothing of a bundle is believed before a trusted signature holds over the list of its parts, and no part before
//! its commitment does; a part that is neither given nor withheld in the open is missing, and the bundle refused; whoever
//! withholds a part needs no key and can change nothing else; knows no clock and draws no random numbers (days and seeds are given).
//!
//! Map: [`bundle`] the file and how it is made and redacted, [`mod@verify`] what is checked, in which order.

pub mod bundle;
pub mod verify;

pub use bundle::{Bundle, Contents};
pub use verify::{Expected, Refused, Verified, verify};
