//! Images: the sample, the file system in it, the same as a sparse image, and an ext4 file system.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::samples::super_image;
use crate::workspace;

pub fn all(firmware: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let image = std::fs::read(firmware).context("samples/firmware.img")?;
    let system = image.get(super_image::FIRST..).unwrap_or_default().to_vec();
    let mut images = vec![sparse(&system), image, system];
    // Such images differ from run to run, so none is committed.
    images.extend(ext4());
    Ok(images)
}

/// `sparse_format.h` of AOSP: a header, a raw chunk, a fill chunk, a chunk that says nothing.
fn sparse(bytes: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 4096;
    let mut raw = bytes.to_vec();
    raw.resize(raw.len().next_multiple_of(BLOCK), 0);
    let blocks = (raw.len() / BLOCK) as u32;
    let mut out = Vec::new();
    out.extend(0xed26_ff3au32.to_le_bytes());
    for number in [1u16, 0, 28, 12] {
        out.extend(number.to_le_bytes()); // major, minor, size of this header, size of a chunk header
    }
    for number in [BLOCK as u32, blocks + 3, 3, 0] {
        out.extend(number.to_le_bytes()); // block size, blocks, chunks, checksum
    }
    let mut chunk = |kind: u16, blocks: u32, body: &[u8]| {
        out.extend(kind.to_le_bytes());
        out.extend(0u16.to_le_bytes());
        out.extend(blocks.to_le_bytes());
        out.extend((12 + body.len() as u32).to_le_bytes());
        out.extend_from_slice(body);
    };
    chunk(0xcac1, blocks, &raw);
    chunk(0xcac2, 1, &[0x2a, 0, 0, 0]);
    chunk(0xcac3, 2, &[]);
    out
}

/// Made by `mkfs.ext4` where it is installed; every Debian has it.
fn ext4() -> Option<Vec<u8>> {
    let root = workspace::root();
    let image = root.join("target/xtask/seed.ext4");
    std::fs::create_dir_all(image.parent()?).ok()?;
    let _ = std::fs::remove_file(&image);
    let status = Command::new("mkfs.ext4")
        .args(["-q", "-b", "1024", "-N", "64", "-O", "^has_journal,^resize_inode", "-d"])
        .arg(root.join("samples/src/files"))
        .args([image.as_os_str(), "256k".as_ref()])
        .status();
    match status {
        Ok(status) if status.success() => std::fs::read(&image).ok(),
        _ => {
            eprintln!("SKIPPED: no ext4 seed, mkfs.ext4 (Debian package e2fsprogs) did not run");
            None
        }
    }
}
