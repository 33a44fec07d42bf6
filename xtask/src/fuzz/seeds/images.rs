//! Images: the sample, the file system in it, and the same as a sparse image.

use std::path::Path;

use anyhow::Context as _;

use crate::samples::super_image;

pub fn all(firmware: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let image = std::fs::read(firmware).context("samples/firmware.img")?;
    let system = image.get(super_image::FIRST..).unwrap_or_default().to_vec();
    Ok(vec![sparse(&system), image, system])
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
