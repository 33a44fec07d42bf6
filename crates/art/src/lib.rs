//! What the Android runtime keeps beside an APK: OAT files, their embedded DEX, quickened code restored.
//!
//! [`oat`] opens the ELF files of Android 5.0 to 7.1 that `dex2oat` wrote and hands out the DEX files inside. Those carry
//! *quickened* instructions: field and method references replaced by offsets into objects and tables of virtual methods.
//! [`quick`] computes those offsets again, as the runtime of that release did, and puts the references back.
//!
//! *Invariants.* Never panics, whatever the bytes. Never guesses: an instruction whose reference cannot be told for certain
//! stays quickened, and the method says why, with the class that is missing. Never reads another file than it is given.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod oat;
pub mod quick;
pub mod vdex;
