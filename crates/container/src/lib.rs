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

mod assemble;
pub mod error;
pub mod folder;
pub mod formats;
pub mod layout;
pub mod listing;
pub mod member;
pub mod open;
mod package;
pub mod partition;
pub mod pieces;
pub mod source;
pub mod tree;
pub mod unfold;
pub mod zip;

pub use error::{NotThis, ReadError};
pub use open::{OpenError, open, open_bytes};
pub use tree::{DeviceFile, DeviceTree, Missing};
pub use unfold::Unopened;
