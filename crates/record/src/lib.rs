//! Every shape Overt stores or sends: the waist between analysis (left) and judgement (right).
//!
//! Invariants: computes nothing but identities and canonical order; a [`Finding`] cannot be built without evidence;
//! a named key is always present (`null` for unknown, `[]` for none); no clock, host path or thread order ever enters.
//!
//! The JSON forms are described by the schemas under `schema/` at the root of the project and tested against them.

pub mod analysis;
pub mod build;
pub mod coverage;
pub mod derivation;
pub mod diff;
pub mod evidence;
pub mod finding;
pub mod flow;
pub mod history;
pub mod matches;
pub mod native;
pub mod package;
pub mod record;
pub mod shape;
pub mod sinks;
pub mod strings;
pub mod words;

pub use build::Build;
pub use coverage::{Coverage, Missing, Unreadable};
pub use derivation::Derivation;
pub use evidence::{Evidence, Role};
pub use finding::Finding;
pub use native::Native;
pub use package::Package;
pub use record::{Depth, Record, SCHEMA};
pub use words::{Confidence, DataKind, Effect, Rung, Severity, Theme};
