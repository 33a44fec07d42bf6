//! The targets, a file each.

pub mod apk;
pub mod binary_xml;
pub mod build_prop;
pub mod certificate;
pub mod container;
pub mod dex;
pub mod elf;
pub mod erofs;
pub mod ext4;
pub mod init_rc;
pub mod listing;
pub mod oat;
pub mod record_json;
pub mod resource_table;
pub mod sparse;
pub mod super_lp;
pub mod sysconfig;
pub mod zip;

use overt_base::Locus;
use overt_device::File;

/// The bytes as a file of a device.
fn file<'a>(path: &'a str, bytes: &'a [u8]) -> File<'a> {
    File { path, bytes, locus: Locus::input(), mode: Some(0o644) }
}
