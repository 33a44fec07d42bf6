//! Words every part needs: bytes, readers, ids, loci, problems, limits, progress, digests.
//!
//! Invariants: does no I/O beyond mapping a file; knows no format; depends on no serialiser.
//! The only `unsafe` of the workspace is the memory map in [`bytes`].

pub mod bytes;
pub mod cx;
pub mod digest;
pub mod glob;
pub mod id;
pub mod limits;
pub mod locus;
pub mod problem;
pub mod progress;

pub use bytes::{Reader, Short, View};
pub use cx::Cx;
pub use digest::Digest;
pub use limits::Limits;
pub use locus::Locus;
pub use problem::{Problem, Problems};
pub use progress::{Cancel, Progress};
