//! Fixtures, the expectations written in them, and byte builders.
//!
//! *Invariants*: a dev-dependency only; needs no tool besides the Rust toolchain; never writes a file. Built fixtures are
//! committed, and [`lock`] proves that they belong to their sources.
//!
//! Map: [`fixture`] finds the committed apps, [`smali`] knows which line of a source is what, [`expect`] reads what the
//! lines say about themselves and compares it with what was reported, [`lock`] ties built files to sources,
//! [`image_builder`], [`dex_builder`] and [`oat_builder`] write containers, code and compiled code, whole or broken on
//! purpose, and [`corpora`] finds real inputs where there are any.

#![forbid(unsafe_code)]

pub mod corpora;
pub mod dex_builder;
pub mod expect;
pub mod fixture;
pub mod image_builder;
pub mod lock;
pub mod oat_builder;
pub mod record;
pub mod schema;
pub mod smali;

pub use expect::flows::{ReportedFlow, check_flows};
pub use expect::strings::{ReportedString, check_strings};
pub use expect::{Reported, check, check_entries};
pub use fixture::Fixture;
