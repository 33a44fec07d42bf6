//! Fixtures, byte builders and expectation matching for tests.
//!
//! *Invariants*: a dev-dependency only; needs no tool besides the Rust toolchain; never writes.

pub mod corpora;
pub mod dex_builder;
pub mod oat_builder;
