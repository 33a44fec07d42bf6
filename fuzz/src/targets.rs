//! The targets, a file each.

pub mod build_prop;
pub mod dex;
pub mod elf;
pub mod init_rc;
pub mod record_json;
pub mod sysconfig;
pub mod zip;

use overt_base::Locus;
use overt_device::File;

/// The bytes as a file of a device.
fn file<'a>(path: &'a str, bytes: &'a [u8]) -> File<'a> {
    File { path, bytes, locus: Locus::input(), mode: Some(0o644) }
}
