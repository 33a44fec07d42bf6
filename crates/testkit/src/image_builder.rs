//! Byte builders for containers: a valid one first, then one field broken on purpose.

pub mod boot;
pub mod payload;
pub mod sparse;
pub mod super_lp;
pub mod tar;
pub mod zip;
