//! Tables of a squashfs file system: packed in blocks of 8 KiB.

use overt_base::Reader;

use super::NO_FRAGMENT;
use super::inode::Inode;
use crate::ReadError;
use crate::codec;
use crate::source::{Source, room_for};

/// Bytes of a table's block when unpacked.
const BLOCK: usize = 8192;
/// Bytes of a table when unpacked. A million files make some tens of mebibytes.
const LARGEST: usize = 256 << 20;

/// How blocks are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Xz,
    Lz4,
    Zstd,
}

impl Packing {
    pub(super) fn of(id: u16) -> Option<Packing> {
        match id {
            1 => Some(Packing::Gzip),
            4 => Some(Packing::Xz),
            5 => Some(Packing::Lz4),
            6 => Some(Packing::Zstd),
            _ => None,
        }
    }

    /// Unpacks `raw` into `out`; how many bytes came.
    pub(super) fn unpack(self, raw: &[u8], out: &mut [u8]) -> Result<usize, String> {
        match self {
            Packing::Gzip => fill(flate2::read::ZlibDecoder::new(raw), out),
            Packing::Xz => fill(codec::xz(raw), out),
            Packing::Zstd => fill(codec::zstd(raw), out),
            Packing::Lz4 => lz4_flex::block::decompress_into(raw, out).map_err(|error| error.to_string()),
        }
    }
}

fn fill(mut stream: impl std::io::Read, out: &mut [u8]) -> Result<usize, String> {
    let mut filled = 0usize;
    while let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) {
        match stream.read(room) {
            Ok(0) => break,
            Ok(more) => filled = filled.saturating_add(more),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(filled)
}

/// An unpacked table, and where in it each packed block begins.
#[derive(Debug, Default)]
pub(super) struct Table {
    bytes: Vec<u8>,
    /// Distance of the packed block from the table's start, and of its bytes in `bytes`; ascending.
    blocks: Vec<(u64, usize)>,
    start: u64,
}

impl Table {
    /// The blocks from `start` to `end`, and why not all of them.
    pub(super) fn read(
        source: &dyn Source,
        packing: Packing,
        start: u64,
        end: u64,
    ) -> (Table, Option<ReadError>) {
        let mut table = Table { start, ..Table::default() };
        let mut at = start;
        while at < end {
            if table.bytes.len() >= LARGEST {
                let error = ReadError::TooLarge { limit: "a table's length", allowed: LARGEST as u64 };
                return (table, Some(error));
            }
            table.blocks.push((at.saturating_sub(start), table.bytes.len()));
            match block(source, packing, at, &mut table.bytes) {
                Ok(next) => at = next,
                Err(error) => {
                    table.blocks.pop();
                    return (table, Some(error));
                }
            }
        }
        (table, None)
    }

    /// The bytes from `offset` in the block that begins at `block` on.
    pub(super) fn at(&self, block: u64, offset: u16) -> Option<&[u8]> {
        let index = self.blocks.binary_search_by_key(&block, |(start, _)| *start).ok()?;
        let start = self.blocks.get(index)?.1;
        self.bytes.get(start.checked_add(usize::from(offset))?..)
    }

    /// Where the table begins in the image.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The sizes of a file's packed blocks.
    pub(super) fn block_sizes<'a>(
        &'a self,
        inode: &Inode,
        block: u64,
    ) -> Result<impl Iterator<Item = u32> + 'a, ReadError> {
        // The end of a file may lie in a fragment.
        let count = match inode.fragment {
            NO_FRAGMENT => inode.size.div_ceil(block.max(1)),
            _ => inode.size.checked_div(block).unwrap_or(0),
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let end = count.checked_mul(4).and_then(|length| inode.sizes.checked_add(length));
        let raw = end.and_then(|end| self.bytes.get(inode.sizes..end));
        let raw = raw.ok_or_else(|| ReadError::malformed(self.start, "a list of blocks is cut"))?;
        Ok(raw.chunks_exact(4).filter_map(|size| Reader::new(size).u32().ok()))
    }

    /// How far the bytes of `rest`, which is an end of the table, lie from its start.
    pub(super) fn position(&self, rest: &[u8]) -> usize {
        self.bytes.len().saturating_sub(rest.len())
    }
}

/// Appends the block at `at` to `out`; where the next begins.
fn block(source: &dyn Source, packing: Packing, at: u64, out: &mut Vec<u8>) -> Result<u64, ReadError> {
    let mut header = [0; 2];
    source.read_at(at, &mut header)?;
    let header = u16::from_le_bytes(header);
    let length = usize::from(header & 0x7fff);
    let stored = header & 0x8000 != 0;
    let body = at.saturating_add(2);
    if length > BLOCK || length == 0 {
        return Err(ReadError::malformed(at, format!("a table's block of {length} bytes")));
    }
    let mut raw = vec![0; length];
    source.read_at(body, &mut raw)?;
    if stored {
        out.extend_from_slice(&raw);
    } else {
        let mut room = [0; BLOCK];
        let filled = packing.unpack(&raw, &mut room).map_err(|what| ReadError::malformed(at, what))?;
        out.extend_from_slice(room.get(..filled).unwrap_or_default());
    }
    Ok(body.saturating_add(length as u64))
}

/// The positions of `count` blocks, as they stand at `at`.
pub(super) fn positions(source: &dyn Source, at: u64, count: u64) -> Result<Vec<u64>, ReadError> {
    let length = count.saturating_mul(8);
    let mut raw = room_for(length, ("the image's length", source.len()))?;
    source.read_at(at, &mut raw)?;
    Ok(raw.chunks_exact(8).filter_map(|row| Reader::new(row).u64().ok()).collect())
}

/// The blocks at these positions, one after another, up to the first that cannot be read.
pub(super) fn rows(source: &dyn Source, packing: Packing, positions: &[u64]) -> (Vec<u8>, Option<ReadError>) {
    let mut out = Vec::new();
    for &at in positions {
        if let Err(error) = block(source, packing, at, &mut out) {
            return (out, Some(error));
        }
    }
    (out, None)
}
