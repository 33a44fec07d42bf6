//! The superblock and the block group descriptors.

use overt_base::{Cx, Reader, Short};

use super::DOC;
use crate::formats::Blob;
use crate::source::Source;
use crate::{NotThis, ReadError};

/// Where the superblock lies.
pub(super) const AT: u64 = 1024;
/// Where its magic lies, from the image's start.
pub(super) const MAGIC_AT: usize = 1080;
pub(super) const MAGIC: u16 = 0xef53;

const INCOMPAT_COMPRESSION: u32 = 0x1;
const INCOMPAT_FILETYPE: u32 = 0x2;
const INCOMPAT_RECOVER: u32 = 0x4;
const INCOMPAT_JOURNAL_DEV: u32 = 0x8;
const INCOMPAT_META_BG: u32 = 0x10;
const INCOMPAT_64BIT: u32 = 0x80;

/// What is needed of it.
#[derive(Clone, Debug)]
pub(super) struct Superblock {
    pub(super) block_size: u64,
    pub(super) blocks: u64,
    pub(super) inodes: u32,
    pub(super) inode_size: u64,
    inodes_per_group: u32,
    first_data_block: u64,
    descriptor_size: u64,
    incompat: u32,
}

impl Superblock {
    /// Reads it. Checksums are not looked at: a wrong one makes no other byte wrong.
    pub(super) fn read(source: &dyn Source) -> Result<Superblock, NotThis> {
        let not = |offset: u64, why| NotThis { format: DOC.name, at: AT.saturating_add(offset), why };
        let mut raw = [0; 1024];
        source.read_at(AT, &mut raw).map_err(|_| not(0, "the superblock is cut"))?;
        let superblock = parse(&raw).map_err(|short| not(short.at as u64, "the superblock is cut"))?;
        let superblock = superblock.ok_or_else(|| not(0x38, "no magic"))?;
        if !(1024..=65536).contains(&superblock.block_size) {
            return Err(not(0x18, "the block size is not between 1 and 64 KiB"));
        }
        if superblock.inodes_per_group == 0 {
            return Err(not(0x28, "there are no inodes in a group"));
        }
        if superblock.inode_size < 128 || superblock.inode_size > superblock.block_size {
            return Err(not(0x58, "the inode size is impossible"));
        }
        if superblock.descriptor_size < 32 || superblock.descriptor_size > superblock.block_size {
            return Err(not(0xfe, "the group descriptor size is impossible"));
        }
        for (feature, why) in [
            (INCOMPAT_COMPRESSION, "compressed ext4 is not supported"),
            (INCOMPAT_JOURNAL_DEV, "the image is the journal of another file system"),
            (INCOMPAT_META_BG, "meta block groups are not supported"),
        ] {
            if superblock.incompat & feature != 0 {
                return Err(not(0x60, why));
            }
        }
        Ok(superblock)
    }

    pub(super) fn report_oddities(&self, blob: &Blob, cx: &Cx<'_>) {
        if self.incompat & INCOMPAT_RECOVER != 0 {
            let detail = "the file system was not unmounted cleanly";
            let consequence = "its journal was not replayed; the latest changes may be missing";
            cx.problems.report(&blob.locus, "ext4/journal", detail, consequence);
        }
        let stated = self.blocks.saturating_mul(self.block_size);
        if stated > blob.source.len() {
            let detail = format!("the file system has {stated} bytes, the image {}", blob.source.len());
            cx.problems.report(
                &blob.locus,
                "ext4/cut",
                detail,
                "files behind the cut are missing or unreadable",
            );
        }
    }

    /// Whether directory entries say what they lead to.
    pub(super) fn has_file_types(&self) -> bool {
        self.incompat & INCOMPAT_FILETYPE != 0
    }

    /// Where inode `number` lies, by its group's descriptor.
    pub(super) fn inode_at(&self, source: &dyn Source, number: u32) -> Result<u64, ReadError> {
        let index = number
            .checked_sub(1)
            .filter(|_| number <= self.inodes)
            .ok_or_else(|| ReadError::malformed(AT, format!("there is no inode {number}")))?;
        let group = u64::from(index.checked_div(self.inodes_per_group).unwrap_or(0));
        let within = u64::from(index.checked_rem(self.inodes_per_group).unwrap_or(0));
        // The descriptors follow the block that holds the superblock.
        let table = self.first_data_block.saturating_add(1).saturating_mul(self.block_size);
        let at = table.saturating_add(group.saturating_mul(self.descriptor_size));
        let mut raw = [0; 64];
        let len = usize::try_from(self.descriptor_size.min(64)).unwrap_or(64);
        source.read_at(at, raw.get_mut(..len).unwrap_or(&mut []))?;
        let low = Reader::at(&raw, 0x8).u32().unwrap_or(0);
        let high = if self.descriptor_size >= 64 { Reader::at(&raw, 0x28).u32().unwrap_or(0) } else { 0 };
        let block = u64::from(high) << 32 | u64::from(low);
        let start = block.checked_mul(self.block_size);
        start.and_then(|start| start.checked_add(within.checked_mul(self.inode_size)?)).ok_or_else(|| {
            ReadError::malformed(at, format!("the inode table of group {group} lies beyond 2^64"))
        })
    }
}

fn parse(raw: &[u8]) -> Result<Option<Superblock>, Short> {
    let u16_at = |at| Reader::at(raw, at).u16();
    let u32_at = |at| Reader::at(raw, at).u32();
    if u16_at(0x38)? != MAGIC {
        return Ok(None);
    }
    let log_block_size = u32_at(0x18)?;
    let revision = u32_at(0x4c)?;
    let incompat = if revision == 0 { 0 } else { u32_at(0x60)? };
    let is_64bit = incompat & INCOMPAT_64BIT != 0;
    let blocks_high = if is_64bit { u32_at(0x150)? } else { 0 };
    Ok(Some(Superblock {
        block_size: 1024u64.checked_shl(log_block_size).filter(|_| log_block_size < 32).unwrap_or(0),
        blocks: u64::from(blocks_high) << 32 | u64::from(u32_at(0x4)?),
        inodes: u32_at(0x0)?,
        inodes_per_group: u32_at(0x28)?,
        first_data_block: u64::from(u32_at(0x14)?),
        inode_size: if revision == 0 { 128 } else { u64::from(u16_at(0x58)?) },
        descriptor_size: if is_64bit { u64::from(u16_at(0xfe)?) } else { 32 },
        incompat,
    }))
}
