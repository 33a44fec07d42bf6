//! Judges a build by a written policy (Rego): allow, hold, suspend, reinstate, incomplete.
//!
//! *Invariants*: whatever a policy says, a build that was not wholly looked at is never allowed nor reinstated; a waiver
//! covers only what it names, and only until it expires; a decision names the policy and the record it rests on by digest,
//! so that it can be repeated; knows no clock (today is given); analyses nothing again.
//!
//! Map: [`input`] what a policy sees, [`policy`] the Rego files, their tests and their answer, [`waiver`] exceptions,
//! [`decision`] what comes out.

pub mod decision;
pub mod input;
pub mod policy;
pub mod waiver;

pub use decision::{Decision, Reason, Word};
pub use input::{Case, State};
pub use policy::{Policy, Tested};
pub use waiver::{Waiver, Waivers};
