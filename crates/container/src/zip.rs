//! ZIP archives (APK, JAR, firmware ZIPs) read as Android reads them.
//!
//! An own central-directory reader, because no crate has all three of what is needed here: stored entries as slices of
//! the mapped input (no copy), exact offsets for evidence and for the signing block, and Android's own notion of what
//! counts. `zip` refuses archives that Android accepts (an unknown method in both headers, a set encryption flag);
//! `apk-info-zip` accepts those but reads through `Read + Seek` into fresh buffers and refuses junk before the first
//! entry. Inflating itself is left to `flate2`.
//!
//! What Android does (`system/libziparchive/zip_archive.cc`, `frameworks/base/libs/androidfw/AssetsProvider.cpp`):
//! the central directory is the truth, the local header only says where the bytes begin; flags are not looked at;
//! whatever is not deflated counts as stored.
//!
//! Specification: PKWARE APPNOTE 6.3.10; section numbers below are its.

mod archive;
mod directory;
mod inflate;

pub use archive::{Archive, Entry};

/// Compression method 0 (4.4.5): the bytes as they are.
pub const STORED: u16 = 0;
/// Compression method 8 (4.4.5).
pub const DEFLATED: u16 = 8;

/// The format's name in messages.
const NAME: &str = "zip";
