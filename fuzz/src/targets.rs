//! The targets, a file each.

pub mod apk;
pub mod binary_xml;
pub mod boot;
pub mod brotli;
pub mod build_prop;
pub mod bzip2;
pub mod certificate;
pub mod container;
pub mod cpio;
pub mod dex;
pub mod elf;
pub mod erofs;
pub mod evaluate;
pub mod ext4;
pub mod f2fs;
pub mod flow;
pub mod gzip;
pub mod init_rc;
pub mod jar_signature;
pub mod listing;
pub mod lower;
pub mod lz4;
pub mod native;
pub mod oat;
pub mod payload;
pub mod protection_level;
pub mod record_json;
pub mod resource_table;
pub mod signing_block;
pub mod sparse;
pub mod squashfs;
pub mod super_lp;
pub mod sysconfig;
pub mod tar;
pub mod whence;
pub mod xz;
pub mod zip;
pub mod zstd;

use overt_base::Locus;
use overt_device::File;

/// The bytes as a file of a device.
fn file<'a>(path: &'a str, bytes: &'a [u8]) -> File<'a> {
    File { path, bytes, locus: Locus::input(), mode: Some(0o644) }
}

/// A ZIP archive of stored files with `block` before its central directory. The checksums are left out: what reads the
/// archive tells of that and goes on.
fn small_zip(files: &[(&str, &[u8])], block: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in files {
        let offset = out.len() as u32;
        let mut common = Vec::new();
        // Version needed, flags, method (stored), time, date.
        common.extend([20u16, 0, 0, 0, 0].into_iter().flat_map(u16::to_le_bytes));
        // CRC, stored size, size.
        common.extend([0, bytes.len() as u32, bytes.len() as u32].into_iter().flat_map(u32::to_le_bytes));
        // Lengths of name and extra field.
        common.extend([name.len() as u16, 0].into_iter().flat_map(u16::to_le_bytes));
        out.extend([b"PK\x03\x04".as_slice(), &common, name.as_bytes(), bytes].concat());
        // Version made by before; lengths of the comment, disk, attributes and the offset behind.
        let place = [&[0u8; 10], &offset.to_le_bytes()[..]].concat();
        directory.extend([b"PK\x01\x02\x14\x00".as_slice(), &common, &place, name.as_bytes()].concat());
    }
    out.extend(block);
    let at = out.len() as u32;
    out.extend(&directory);
    let count = files.len() as u16;
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].into_iter().flat_map(u16::to_le_bytes));
    out.extend([directory.len() as u32, at].into_iter().flat_map(u32::to_le_bytes));
    out.extend([0, 0]);
    out
}
