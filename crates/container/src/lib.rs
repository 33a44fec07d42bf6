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

mod apex;
mod assemble;
mod blocks;
mod codec;
pub mod error;
pub mod folder;
pub mod formats;
pub mod layout;
pub mod listing;
pub mod member;
pub mod memory;
pub mod open;
mod package;
pub mod partition;
pub mod pieces;
mod protobuf;
mod scatter;
pub mod source;
mod transfer;
pub mod tree;
pub mod unfold;
mod unrolled;
pub mod update;
pub mod zip;

pub use error::{NotThis, ReadError};
pub use open::{OpenError, open, open_bytes, open_bytes_from, open_from};
pub use tree::{DeviceFile, DeviceTree, Missing};
pub use unfold::Unopened;
