//! From a file's blocks to the image's: extent trees, and the block maps of ext2 and ext3.

use std::collections::HashSet;

use overt_base::{Reader, Short};
use rustc_hash::FxBuildHasher;

use super::Volume;
use super::inode::Inode;
use crate::ReadError;

const EXTENT_MAGIC: u16 = 0xf30a;
const DEEPEST: u16 = 5;
/// A longer extent is preallocated: its blocks have not been written and read as zeros.
const LONGEST_WRITTEN: u16 = 32768;

/// Blocks that follow one another in the file and in the image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// First block in the file.
    pub(super) logical: u64,
    pub(super) blocks: u64,
    /// First block in the image; `None` for preallocated blocks.
    pub(super) physical: Option<u64>,
}

/// Runs that were found so far, and what keeps the search finite.
struct Search<'a> {
    volume: &'a Volume,
    inode: &'a Inode,
    /// Blocks of the tree that were visited: none can be part of a tree twice.
    visited: HashSet<u64, FxBuildHasher>,
    runs: Vec<Run>,
    /// The first block of the file that is not yet spoken of.
    next: u64,
    /// The file's length in blocks.
    end: u64,
}

impl Volume {
    /// The file's runs, ascending; what lies between them is a hole.
    pub(super) fn runs(&self, inode: &Inode) -> Result<Vec<Run>, ReadError> {
        let mut search = Search {
            volume: self,
            inode,
            visited: HashSet::default(),
            runs: Vec::new(),
            next: 0,
            end: inode.size.div_ceil(self.superblock.block_size.max(1)),
        };
        if inode.has_extents() {
            search.node(&inode.block, None)?;
        } else {
            search.map()?;
        }
        Ok(search.runs)
    }
}

impl Search<'_> {
    fn malformed(&self, what: impl Into<String>) -> ReadError {
        ReadError::malformed(self.inode.at, what)
    }

    /// A block of the tree or map, which must not have been seen before.
    fn block(&mut self, number: u64) -> Result<Vec<u8>, ReadError> {
        if number >= self.volume.superblock.blocks || !self.visited.insert(number) {
            return Err(self.malformed(format!("block {number} is outside or used twice in the block tree")));
        }
        let size = self.volume.superblock.block_size;
        let mut block = vec![0; usize::try_from(size).unwrap_or(0)];
        self.volume.source.read_at(number.saturating_mul(size), &mut block)?;
        Ok(block)
    }

    /// A node of an extent tree; `depth` is what its parent expects it to have.
    fn node(&mut self, raw: &[u8], depth: Option<u16>) -> Result<(), ReadError> {
        let cut =
            |short: Short| ReadError::malformed(self.inode.at, format!("an extent node is cut: {short}"));
        let mut reader = Reader::new(raw);
        let magic = reader.u16().map_err(cut)?;
        let entries = reader.u16().map_err(cut)?;
        reader.skip(2).map_err(cut)?; // capacity
        let own_depth = reader.u16().map_err(cut)?;
        reader.skip(4).map_err(cut)?; // generation
        if magic != EXTENT_MAGIC || own_depth > DEEPEST || depth.is_some_and(|depth| depth != own_depth) {
            return Err(self.malformed("an extent node has a wrong magic or depth"));
        }
        for _ in 0..entries {
            let logical = u64::from(reader.u32().map_err(cut)?);
            // Blocks behind the file's end are allowed (`EOFBLOCKS`) and nobody's business.
            if logical >= self.end {
                return Ok(());
            }
            if own_depth == 0 {
                let length = reader.u16().map_err(cut)?;
                let high = reader.u16().map_err(cut)?;
                let low = reader.u32().map_err(cut)?;
                let physical = u64::from(high) << 32 | u64::from(low);
                let written = length <= LONGEST_WRITTEN;
                let blocks = u64::from(if written { length } else { length.saturating_sub(LONGEST_WRITTEN) });
                self.run(Run { logical, blocks, physical: written.then_some(physical) })?;
            } else {
                let low = reader.u32().map_err(cut)?;
                let high = reader.u16().map_err(cut)?;
                reader.skip(2).map_err(cut)?;
                let child = self.block(u64::from(high) << 32 | u64::from(low))?;
                self.node(&child, own_depth.checked_sub(1))?;
            }
        }
        Ok(())
    }

    fn run(&mut self, run: Run) -> Result<(), ReadError> {
        if run.logical < self.next || run.blocks == 0 {
            return Err(
                self.malformed(format!("the extent at block {} is empty or out of order", run.logical))
            );
        }
        let blocks = run.blocks.min(self.end.saturating_sub(run.logical));
        self.next = run.logical.saturating_add(run.blocks);
        let end = run.physical.map(|physical| physical.saturating_add(blocks));
        if end.is_some_and(|end| end > self.volume.superblock.blocks) {
            return Err(self.malformed(format!("the extent at block {} leaves the file system", run.logical)));
        }
        self.runs.push(Run { blocks, ..run });
        Ok(())
    }

    /// The block map: twelve direct blocks, then one tree each of one, two and three levels.
    fn map(&mut self) -> Result<(), ReadError> {
        let root = self.inode.block;
        let mut reader = Reader::new(&root);
        for _ in 0..12 {
            self.leaf(u64::from(reader.u32().unwrap_or(0)))?;
        }
        for level in 1..=3 {
            self.indirect(u64::from(reader.u32().unwrap_or(0)), level)?;
        }
        Ok(())
    }

    fn leaf(&mut self, physical: u64) -> Result<(), ReadError> {
        let logical = self.next;
        self.next = logical.saturating_add(1);
        if physical == 0 || logical >= self.end {
            return Ok(());
        }
        if physical >= self.volume.superblock.blocks {
            return Err(self.malformed(format!("block {logical} leaves the file system")));
        }
        if let Some(last) = self.runs.last_mut()
            && last.logical.checked_add(last.blocks) == Some(logical)
            && last.physical.and_then(|first| first.checked_add(last.blocks)) == Some(physical)
        {
            last.blocks = last.blocks.saturating_add(1);
            return Ok(());
        }
        self.runs.push(Run { logical, blocks: 1, physical: Some(physical) });
        Ok(())
    }

    fn indirect(&mut self, number: u64, level: u32) -> Result<(), ReadError> {
        if self.next >= self.end {
            return Ok(());
        }
        let per_block = self.volume.superblock.block_size / 4;
        if number == 0 {
            // A hole as large as everything below.
            self.next = self.next.saturating_add(per_block.saturating_pow(level));
            return Ok(());
        }
        let block = self.block(number)?;
        let mut reader = Reader::new(&block);
        for _ in 0..per_block {
            let number = u64::from(reader.u32().unwrap_or(0));
            match level.checked_sub(1) {
                Some(0) | None => self.leaf(number)?,
                Some(below) => self.indirect(number, below)?,
            }
            if self.next >= self.end {
                break;
            }
        }
        Ok(())
    }
}
