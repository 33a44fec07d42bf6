//! Opens anything that contains files: folders, archives, images, partitions.
//!
//! Invariants: never writes to the host's file system, never runs a program, never follows a link out of the input,
//! never trusts a number of the input before it is held against the bytes there are.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod error;
pub mod zip;

pub use error::{NotThis, ReadError};
