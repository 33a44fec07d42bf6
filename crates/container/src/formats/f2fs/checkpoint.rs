//! Where nodes lie: superblock, checkpoint, and the table of node addresses (NAT) with its journal.

use std::collections::HashMap;
use std::sync::Arc;

use overt_base::{Cx, Reader, Short};
use rustc_hash::FxBuildHasher;

use super::{BLOCK, MAGIC, MAGIC_AT};
use crate::formats::Blob;
use crate::source::Source;
use crate::{NotThis, ReadError};

/// Nodes by number.
#[derive(Debug)]
pub(super) struct Nodes {
    source: Arc<dyn Source>,
    pub(super) root: u32,
    pub(super) features: u32,
    /// Blocks in a segment, as a power of two.
    segment: u32,
    nat: u64,
    /// Which of both copies of each block of the table is the newer, from the highest bit on.
    newer: Vec<u8>,
    journal: HashMap<u32, u32, FxBuildHasher>,
}

const SUPERBLOCK_BYTES: usize = 2184;
/// The superblock is there twice, in the first two blocks.
const SUPERBLOCKS: [u64; 2] = [MAGIC_AT as u64, BLOCK + MAGIC_AT as u64];
const UNMOUNTED: u32 = 0x1;
const COMPACT: u32 = 0x4;
const LARGE_BITMAP: u32 = 0x400;
const BITMAP_AT: usize = 192;
/// Rows of the table in a block, and their length: version, inode, address.
const ROWS: u64 = 455;
const ROW: u64 = 9;
const JOURNAL_ROWS: usize = 38;
/// In a summary block, the journal lies behind 512 entries of seven bytes.
const JOURNAL_AT: usize = 3584;

struct Superblock {
    segment: u32,
    blocks: u64,
    checkpoint: u64,
    nat: u64,
    root: u32,
    payload: u32,
    features: u32,
}

impl Superblock {
    fn read(raw: &[u8]) -> Result<Option<Superblock>, Short> {
        let word = |at: usize| Reader::at(raw, at).u32();
        let segment = word(20)?;
        if word(0)? != MAGIC || word(16)? != 12 || segment > 16 {
            return Ok(None);
        }
        Ok(Some(Superblock {
            segment,
            blocks: Reader::at(raw, 36).u64()?,
            checkpoint: u64::from(word(76)?),
            nat: u64::from(word(84)?),
            root: word(96)?,
            payload: word(1664)?,
            features: word(2180)?,
        }))
    }
}

/// A checkpoint of which beginning and end agree.
struct Checkpoint {
    version: u64,
    at: u64,
    raw: Vec<u8>,
    blocks: u64,
    sums: u64,
    flags: u32,
}

impl Nodes {
    /// The table as the newer checkpoint has it, and the length that the file system states.
    pub(super) fn open(source: &Arc<dyn Source>, blob: &Blob, cx: &Cx<'_>) -> Result<(Nodes, u64), NotThis> {
        let not = |at: u64, why| NotThis { format: "f2fs", at, why };
        let superblock = SUPERBLOCKS.into_iter().find_map(|at| {
            let mut raw = [0; SUPERBLOCK_BYTES];
            source.read_at(at, &mut raw).ok()?;
            Superblock::read(&raw).ok().flatten()
        });
        let superblock = superblock.ok_or_else(|| not(MAGIC_AT as u64, "neither superblock is usable"))?;
        let pack = 1u64.wrapping_shl(superblock.segment);
        let packs = [superblock.checkpoint, superblock.checkpoint.saturating_add(pack)];
        let mut checkpoints: Vec<Checkpoint> = packs
            .into_iter()
            .filter_map(|at| checkpoint(source.as_ref(), at, pack, superblock.payload))
            .collect();
        checkpoints.sort_by_key(|checkpoint| checkpoint.version);
        let checkpoint = checkpoints
            .pop()
            .ok_or_else(|| not(superblock.checkpoint.saturating_mul(BLOCK), "neither checkpoint is whole"))?;
        let newer = bitmap(&checkpoint, &superblock)
            .map_err(|short| not(checkpoint.at.saturating_mul(BLOCK), short.what()))?;
        let journal = match journal(source.as_ref(), &checkpoint) {
            Ok(journal) => journal,
            Err(error) => {
                let detail = format!("the journal: {error}");
                cx.problems.report(&blob.locus, "f2fs/journal", detail, "the newest files may be missing");
                HashMap::default()
            }
        };
        let nodes = Nodes {
            source: Arc::clone(source),
            root: superblock.root,
            features: superblock.features,
            segment: superblock.segment,
            nat: superblock.nat,
            newer,
            journal,
        };
        Ok((nodes, superblock.blocks.saturating_mul(BLOCK)))
    }

    /// The node's block: its address in bytes, and its bytes.
    pub(super) fn block(&self, nid: u32) -> Result<(u64, Vec<u8>), ReadError> {
        let address = u64::from(self.address(nid)?);
        // Addresses at the end of the number's range mean no block.
        if address == 0 || address >= 0xffff_fff0 {
            return Err(ReadError::malformed(
                self.nat.saturating_mul(BLOCK),
                format!("node {nid} is nowhere"),
            ));
        }
        let at = address.saturating_mul(BLOCK);
        let mut raw = vec![0; BLOCK as usize];
        self.source.read_at(at, &mut raw)?;
        // The footer says whose block it is.
        if Reader::at(&raw, 4072).u32() != Ok(nid) {
            return Err(ReadError::malformed(at, format!("the block of another node than {nid}")));
        }
        Ok((at, raw))
    }

    fn address(&self, nid: u32) -> Result<u32, ReadError> {
        if let Some(&address) = self.journal.get(&nid) {
            return Ok(address);
        }
        let number = u64::from(nid);
        let (block, row) = (number / ROWS, number % ROWS);
        let pack = 1u64.wrapping_shl(self.segment);
        // Segments lie in pairs, one copy of the table in the first of each, one in the second.
        let pair = block.wrapping_shr(self.segment).saturating_mul(pack.saturating_mul(2));
        let bit = usize::try_from(block / 8).ok().and_then(|at| self.newer.get(at)).copied().unwrap_or(0);
        let second = bit & 0x80u8.wrapping_shr((block % 8) as u32) != 0;
        let inside = block & pack.wrapping_sub(1);
        let at = self.nat.saturating_add(pair).saturating_add(inside);
        let at = if second { at.saturating_add(pack) } else { at };
        let mut raw = [0; 4];
        let at = at.saturating_mul(BLOCK).saturating_add(row.saturating_mul(ROW)).saturating_add(5);
        self.source.read_at(at, &mut raw)?;
        Ok(u32::from_le_bytes(raw))
    }
}

fn checkpoint(source: &dyn Source, at: u64, pack: u64, payload: u32) -> Option<Checkpoint> {
    let place = at.saturating_mul(BLOCK);
    let mut raw = vec![0; BLOCK as usize];
    source.read_at(place, &mut raw).ok()?;
    let version = Reader::new(&raw).u64().ok()?;
    let blocks = u64::from(Reader::at(&raw, 136).u32().ok()?);
    let sums = u64::from(Reader::at(&raw, 140).u32().ok()?);
    let flags = Reader::at(&raw, 132).u32().ok()?;
    if !(2..=pack).contains(&blocks) || u64::from(payload) >= pack {
        return None;
    }
    let last = at.saturating_add(blocks).saturating_sub(1).saturating_mul(BLOCK);
    let mut end = [0; 8];
    source.read_at(last, &mut end).ok()?;
    (u64::from_le_bytes(end) == version && version > 0).then_some(())?;
    // What does not fit into the first block lies in those behind it.
    let mut more = vec![0; usize::try_from(u64::from(payload).saturating_mul(BLOCK)).ok()?];
    source.read_at(place.saturating_add(BLOCK), &mut more).ok()?;
    raw.extend(more);
    Some(Checkpoint { version, at, raw, blocks, sums, flags })
}

fn bitmap(checkpoint: &Checkpoint, superblock: &Superblock) -> Result<Vec<u8>, Cut> {
    let raw = &checkpoint.raw;
    let sit = Reader::at(raw, 156).u32().map_err(|_| Cut)? as usize;
    let nat = Reader::at(raw, 160).u32().map_err(|_| Cut)? as usize;
    let start = if checkpoint.flags & LARGE_BITMAP != 0 {
        BITMAP_AT.saturating_add(4)
    } else if superblock.payload > 0 {
        BITMAP_AT
    } else {
        BITMAP_AT.saturating_add(sit)
    };
    let end = start.saturating_add(nat);
    raw.get(start..end).map(<[u8]>::to_vec).ok_or(Cut)
}

struct Cut;

impl Cut {
    fn what(&self) -> &'static str {
        "the checkpoint's bitmap is cut"
    }
}

/// Addresses that are newer than the table.
fn journal(
    source: &dyn Source,
    checkpoint: &Checkpoint,
) -> Result<HashMap<u32, u32, FxBuildHasher>, ReadError> {
    let (block, start) = if checkpoint.flags & COMPACT != 0 {
        (checkpoint.at.saturating_add(checkpoint.sums), 0)
    } else {
        // The first of the summaries at the end: of data only, or of nodes too.
        let summaries = if checkpoint.flags & UNMOUNTED != 0 { 7 } else { 4 };
        let end = checkpoint.at.saturating_add(checkpoint.blocks);
        (end.saturating_sub(summaries), JOURNAL_AT)
    };
    let mut raw = vec![0; BLOCK as usize];
    let at = block.saturating_mul(BLOCK);
    source.read_at(at, &mut raw)?;
    let mut reader = Reader::at(&raw, start);
    let mut rows = HashMap::default();
    let mut read = || -> Result<(), Short> {
        let count = usize::from(reader.u16()?);
        for _ in 0..count.min(JOURNAL_ROWS) {
            let nid = reader.u32()?;
            reader.skip(1 + 4)?; // version, inode
            rows.insert(nid, reader.u32()?);
        }
        Ok(())
    };
    read().map_err(|_| ReadError::malformed(at, "it is cut"))?;
    Ok(rows)
}
