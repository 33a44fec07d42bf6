//! Inodes, and the nodes that say where a file's blocks lie.

use std::sync::Arc;

use overt_base::{Reader, Short, View};

use super::BLOCK;
use super::checkpoint::Nodes;
use crate::ReadError;
use crate::codec;
use crate::source::{Filling, Patchwork, Source, room_for};

/// What an inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Link,
    Special,
}

/// One inode.
#[derive(Clone, Debug)]
pub(super) struct Inode {
    pub(super) kind: Kind,
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u64,
    /// Where its block lies in the image.
    pub(super) at: u64,
    advice: u8,
    inline: u8,
    flags: u32,
    /// Bytes of a cluster as a power of two of blocks, and how clusters are packed.
    cluster: u32,
    packing: u8,
    /// Addresses of the first blocks, or data and directories that fit here.
    own: Vec<u8>,
    /// Two direct nodes, two indirect ones, a double indirect one.
    nids: [u32; 5],
}

const ADDRESSES_AT: usize = 360;
const NIDS_AT: usize = 4052;
const INLINE_XATTR: u8 = 0x01;
const INLINE_DATA: u8 = 0x02;
const INLINE_DENTRY: u8 = 0x04;
const EXTRA_ATTR: u8 = 0x20;
const FLEXIBLE_INLINE_XATTR: u32 = 0x40;
/// Addresses that inline attributes take where the inode does not say.
const INLINE_XATTR_ADDRESSES: usize = 50;
const ENCRYPTED: u8 = 0x04;
const COMPRESSED: u32 = 0x04;
/// Addresses or numbers in a node that is no inode.
const IN_NODE: u64 = 1018;
const NEW: u32 = u32::MAX;
const CLUSTER: u32 = u32::MAX - 1;

impl Inode {
    pub(super) fn read(nodes: &Nodes, ino: u32) -> Result<Inode, ReadError> {
        let (at, raw) = nodes.block(ino)?;
        fields(&raw, at, nodes.features)
            .map_err(|_| ReadError::malformed(at, "the inode is cut"))?
            .ok_or_else(|| ReadError::malformed(at, "the inode's attributes are longer than it"))
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.advice & ENCRYPTED != 0
    }

    pub(super) fn is_compressed(&self) -> bool {
        self.flags & COMPRESSED != 0
    }

    /// A directory that fits into the inode.
    pub(super) fn inline_directory(&self) -> Option<&[u8]> {
        (self.inline & INLINE_DENTRY != 0).then(|| self.own.get(4..)).flatten()
    }

    /// The file's bytes: the image's own where they lie there as they are, zeros in holes.
    pub(super) fn data(&self, nodes: &Nodes, source: &Arc<dyn Source>) -> Result<Arc<dyn Source>, ReadError> {
        if self.is_encrypted() {
            return Err(ReadError::malformed(self.at, "the file is encrypted: it needs the phone's key"));
        }
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if self.inline & INLINE_DATA != 0 {
            let own = self.own.get(4..).unwrap_or_default();
            let bytes = own.get(..size);
            let bytes = bytes.ok_or_else(|| ReadError::malformed(self.at, "more inline data than fits"))?;
            return Ok(Arc::new(View::from_vec(bytes.to_vec())));
        }
        let mut data = Assembly { inode: self, source, image: Patchwork::new(), cluster: Vec::new() };
        let wanted = self.size.div_ceil(BLOCK);
        // What the nodes of one file may be: no more than the image has blocks.
        let mut budget = source.len() / BLOCK;
        let mut left = wanted;
        for address in addresses(&self.own) {
            if left == 0 {
                break;
            }
            data.put(address, 1)?;
            left = left.saturating_sub(1);
        }
        for (index, &nid) in self.nids.iter().enumerate() {
            let levels = match index {
                0 | 1 => 0,
                2 | 3 => 1,
                _ => 2,
            };
            self.node(nodes, nid, levels, &mut left, &mut budget, &mut data)?;
        }
        if left > 0 {
            return Err(ReadError::malformed(self.at, "a file larger than any can be"));
        }
        data.finish()
    }

    /// Hands the blocks below node `nid` over; `levels` of nodes lie between it and them.
    fn node(
        &self,
        nodes: &Nodes,
        nid: u32,
        levels: u32,
        left: &mut u64,
        budget: &mut u64,
        data: &mut Assembly<'_>,
    ) -> Result<(), ReadError> {
        if *left == 0 {
            return Ok(());
        }
        if nid == 0 {
            let blocks = IN_NODE.saturating_pow(levels.saturating_add(1)).min(*left);
            *left = left.saturating_sub(blocks);
            return data.put(0, blocks);
        }
        *budget = budget
            .checked_sub(1)
            .ok_or_else(|| ReadError::malformed(self.at, "more nodes than the image holds"))?;
        let (_, raw) = nodes.block(nid)?;
        for value in addresses(&raw).take(IN_NODE as usize) {
            if *left == 0 {
                break;
            }
            match levels.checked_sub(1) {
                Some(levels) => self.node(nodes, value, levels, left, budget, data)?,
                None => {
                    data.put(value, 1)?;
                    *left = left.saturating_sub(1);
                }
            }
        }
        Ok(())
    }
}

fn addresses(raw: &[u8]) -> impl Iterator<Item = u32> + '_ {
    raw.chunks_exact(4).filter_map(|word| Reader::new(word).u32().ok())
}

fn fields(raw: &[u8], at: u64, features: u32) -> Result<Option<Inode>, Short> {
    let mut reader = Reader::new(raw);
    let mode = reader.u16()?;
    let (advice, inline) = (reader.u8()?, reader.u8()?);
    let (uid, gid) = (reader.u32()?, reader.u32()?);
    reader.skip(4)?; // links
    let size = reader.u64()?;
    let flags = Reader::at(raw, 80).u32()?;
    let extra = if inline & EXTRA_ATTR != 0 { usize::from(Reader::at(raw, ADDRESSES_AT).u16()?) } else { 0 };
    let attributes = if features & FLEXIBLE_INLINE_XATTR != 0 && extra > 0 {
        usize::from(Reader::at(raw, 362).u16()?)
    } else if inline & (INLINE_XATTR | INLINE_DENTRY) != 0 {
        INLINE_XATTR_ADDRESSES
    } else {
        0
    };
    // How clusters are packed, where the inode is long enough to say.
    let says = extra >= 36;
    let packing = if says { Reader::at(raw, 392).u8()? } else { 0 };
    let cluster = if says { u32::from(Reader::at(raw, 393).u8()?).min(8) } else { 2 };
    let start = ADDRESSES_AT.saturating_add(extra);
    let Some(own) = NIDS_AT.checked_sub(attributes.saturating_mul(4)).and_then(|end| raw.get(start..end))
    else {
        return Ok(None);
    };
    let mut nids = [0; 5];
    let mut reader = Reader::at(raw, NIDS_AT);
    for nid in &mut nids {
        *nid = reader.u32()?;
    }
    let kind = match mode >> 12 {
        4 => Kind::Directory,
        8 => Kind::File,
        10 => Kind::Link,
        _ => Kind::Special,
    };
    let own = own.to_vec();
    Ok(Some(Inode { kind, mode, uid, gid, size, at, advice, inline, flags, cluster, packing, own, nids }))
}

/// A file's bytes as they come together, block by block.
struct Assembly<'a> {
    inode: &'a Inode,
    source: &'a Arc<dyn Source>,
    image: Patchwork,
    /// Addresses of the packed cluster that is being read; the first only says that it is one.
    cluster: Vec<u32>,
}

impl Assembly<'_> {
    fn put(&mut self, address: u32, blocks: u64) -> Result<(), ReadError> {
        let whole = 1usize.wrapping_shl(self.inode.cluster);
        if self.inode.is_compressed() && (!self.cluster.is_empty() || address == CLUSTER) {
            for _ in 0..blocks {
                self.cluster.push(address);
                if self.cluster.len() == whole {
                    self.unfold()?;
                }
            }
            return Ok(());
        }
        let left = self.inode.size.saturating_sub(self.image.len());
        let length = blocks.saturating_mul(BLOCK).min(left);
        let filling = match address {
            // Blocks that were promised and never written.
            0 | NEW => Filling::Pattern([0; 4]),
            address => Filling::Part(Arc::clone(self.source), u64::from(address).saturating_mul(BLOCK)),
        };
        self.image.push(length, filling)
    }

    /// Unfolds the cluster that is complete.
    fn unfold(&mut self) -> Result<(), ReadError> {
        let addresses = std::mem::take(&mut self.cluster);
        let at = self.inode.at;
        let packed = addresses.iter().skip(1).take_while(|&&address| !matches!(address, 0 | NEW | CLUSTER));
        let mut raw = Vec::new();
        for &address in packed {
            let mut block = [0; BLOCK as usize];
            self.source.read_at(u64::from(address).saturating_mul(BLOCK), &mut block)?;
            raw.extend(block);
        }
        let length = (addresses.len() as u64).saturating_mul(BLOCK);
        let mut out = room_for(length, ("a cluster's length", 256 * BLOCK))?;
        let cut = || ReadError::malformed(at, "a cluster is cut");
        let packed = Reader::new(&raw).u32().map_err(|_| cut())? as usize;
        // Length, checksum, four words that nobody uses.
        let body = raw.get(24..).and_then(|body| body.get(..packed)).ok_or_else(cut)?;
        let bad = |what: String| ReadError::malformed(at, format!("a cluster: {what}"));
        match self.inode.packing {
            1 => {
                lz4_flex::block::decompress_into(body, &mut out).map_err(|error| bad(error.to_string()))?;
            }
            2 => {
                std::io::Read::read_exact(&mut codec::zstd(body), &mut out)
                    .map_err(|error| bad(error.to_string()))?;
            }
            _ => return Err(bad("packed with LZO, which is not yet supported".to_string())),
        }
        let left = self.inode.size.saturating_sub(self.image.len());
        self.image.push(length.min(left), Filling::Part(Arc::new(View::from_vec(out)), 0))
    }

    fn finish(mut self) -> Result<Arc<dyn Source>, ReadError> {
        // The file's end may lie inside a cluster.
        let whole = 1usize.wrapping_shl(self.inode.cluster);
        if !self.cluster.is_empty() {
            self.cluster.resize(whole, 0);
            self.unfold()?;
        }
        let left = self.inode.size.saturating_sub(self.image.len());
        self.image.push(left, Filling::Pattern([0; 4]))?;
        Ok(self.image.simplified())
    }
}
