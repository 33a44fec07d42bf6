//! Byte builders for containers: a valid one first, then one field broken on purpose.

pub mod sparse;
pub mod super_lp;
pub mod zip;
