//! Inodes, symbolic links and inline data.

use overt_base::{Cx, Reader, Short};

use super::Volume;
use crate::ReadError;

/// The root directory's inode.
pub(super) const ROOT: u32 = 2;

const FLAG_ENCRYPTED: u32 = 0x800;
const FLAG_EXTENTS: u32 = 0x8_0000;
const FLAG_INLINE_DATA: u32 = 0x1000_0000;
/// The kernel refuses longer targets (`PATH_MAX`).
const LONGEST_LINK: u64 = 4096;
/// Extended attribute of inline data: index "system", name "data".
const ATTRIBUTE_MAGIC: u32 = 0xea02_0000;
const ATTRIBUTE_SYSTEM: u8 = 7;

/// What an inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    Link,
    /// A device, pipe or socket.
    Special,
}

/// What is needed of an inode.
#[derive(Clone, Debug)]
pub(super) struct Inode {
    /// Where it lies in the image.
    pub(super) at: u64,
    pub(super) kind: Kind,
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u64,
    flags: u32,
    /// Extent tree root, block map, short link target or inline data.
    pub(super) block: [u8; 60],
}

impl Inode {
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & FLAG_ENCRYPTED != 0
    }

    pub(super) fn has_extents(&self) -> bool {
        self.flags & FLAG_EXTENTS != 0
    }

    pub(super) fn has_inline_data(&self) -> bool {
        self.flags & FLAG_INLINE_DATA != 0
    }
}

fn parse(at: u64, raw: &[u8]) -> Result<Inode, Short> {
    let u16_at = |at| Reader::at(raw, at).u16();
    let u32_at = |at| Reader::at(raw, at).u32();
    let mode = u16_at(0x0)?;
    let kind = match mode & 0xf000 {
        0x8000 => Kind::File,
        0x4000 => Kind::Directory,
        0xa000 => Kind::Link,
        _ => Kind::Special,
    };
    let wide = |high: u16, low: u16| u32::from(high) << 16 | u32::from(low);
    Ok(Inode {
        at,
        kind,
        mode,
        uid: wide(u16_at(0x78)?, u16_at(0x2)?),
        gid: wide(u16_at(0x7a)?, u16_at(0x18)?),
        size: u64::from(u32_at(0x6c)?) << 32 | u64::from(u32_at(0x4)?),
        flags: u32_at(0x20)?,
        block: Reader::at(raw, 0x28).array()?,
    })
}

impl Volume {
    /// Inode `number`.
    pub(super) fn inode(&self, number: u32) -> Result<Inode, ReadError> {
        let at = self.superblock.inode_at(self.source.as_ref(), number)?;
        let mut raw = [0; 128];
        self.source.read_at(at, &mut raw)?;
        parse(at, &raw).map_err(|short| ReadError::malformed(at, short.to_string()))
    }

    /// Where a link leads.
    pub(super) fn link_target(&self, inode: &Inode, _: &Cx<'_>) -> Result<String, ReadError> {
        if inode.size == 0 || inode.size > LONGEST_LINK {
            return Err(ReadError::malformed(inode.at, format!("a link target of {} bytes", inode.size)));
        }
        let len = usize::try_from(inode.size).unwrap_or(0);
        // Up to 59 bytes stand in the inode itself, unless it maps blocks all the same.
        let short =
            inode.block.get(..len).filter(|_| len < 60 && !inode.has_extents() && !inode.has_inline_data());
        let target = match short {
            Some(bytes) => bytes.to_vec(),
            None => {
                let mut bytes = vec![0; len];
                self.data(inode)?.read_at(0, &mut bytes)?;
                bytes
            }
        };
        Ok(String::from_utf8_lossy(&target).into_owned())
    }

    /// The data of a file that is so small that it lies in the inode, and `None` when it does not.
    pub(super) fn inline_data(&self, inode: &Inode) -> Result<Option<Vec<u8>>, ReadError> {
        if !inode.has_inline_data() {
            return Ok(None);
        }
        let len = self.superblock.inode_size;
        let mut raw = vec![0; usize::try_from(len).unwrap_or(0)];
        self.source.read_at(inode.at, &mut raw)?;
        let mut data = inode.block.to_vec();
        if inode.size > data.len() as u64 {
            data.extend(inline_rest(&raw).ok().flatten().unwrap_or(&[]));
        }
        if (data.len() as u64) < inode.size {
            let what = format!("{} of {} bytes of inline data", data.len(), inode.size);
            return Err(ReadError::malformed(inode.at, what));
        }
        data.truncate(usize::try_from(inode.size).unwrap_or(0));
        Ok(Some(data))
    }
}

/// The value of the attribute `system.data`, which holds what exceeds 60 bytes of inline data.
fn inline_rest(raw: &[u8]) -> Result<Option<&[u8]>, Short> {
    let extra = usize::from(Reader::at(raw, 0x80).u16()?);
    let start = extra.saturating_add(0x80);
    let mut reader = Reader::at(raw, start);
    if reader.u32()? != ATTRIBUTE_MAGIC {
        return Ok(None);
    }
    let values = reader.position();
    loop {
        let name_len = usize::from(reader.u8()?);
        let index = reader.u8()?;
        let offset = usize::from(reader.u16()?);
        reader.skip(4)?; // inode of the value
        let size = reader.u32()? as usize;
        reader.skip(4)?; // hash
        if name_len == 0 && index == 0 && offset == 0 {
            return Ok(None);
        }
        let name = reader.bytes(name_len)?;
        // Entries are aligned to four bytes.
        reader.seek(reader.position().next_multiple_of(4));
        if index == ATTRIBUTE_SYSTEM && name == b"data" {
            return Reader::at(raw, values.saturating_add(offset)).bytes(size).map(Some);
        }
    }
}
