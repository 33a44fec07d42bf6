//! Inodes of a squashfs file system.

use overt_base::{Reader, Short};

use super::table::Table;
use crate::ReadError;

/// What an inode is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Link(Vec<u8>),
    Special,
}

/// One inode, basic or extended.
#[derive(Clone, Debug)]
pub(super) struct Inode {
    pub(super) kind: Kind,
    pub(super) mode: u16,
    /// Places in the table of owners.
    pub(super) uid: u16,
    pub(super) gid: u16,
    pub(super) size: u64,
    /// A file's first packed block in the image; a directory's block in its table.
    pub(super) start: u64,
    /// A directory's bytes in that block.
    pub(super) offset: u16,
    pub(super) fragment: u32,
    pub(super) fragment_offset: u32,
    /// Where the sizes of a file's blocks begin in the unpacked table.
    pub(super) sizes: usize,
}

/// The kernel refuses longer targets (`PATH_MAX`).
const LONGEST_LINK: u32 = 4096;

impl Inode {
    /// The inode at `place`: the distance of its block from the table's start, and 16 bits of offset in it.
    pub(super) fn read(table: &Table, place: u64) -> Result<Inode, ReadError> {
        let malformed = |what: &str| ReadError::malformed(table.start().saturating_add(place >> 16), what);
        let raw = table.at(place >> 16, (place & 0xffff) as u16);
        let raw = raw.ok_or_else(|| malformed("an inode outside of its table"))?;
        let mut reader = Reader::new(raw);
        let mut inode = fields(&mut reader).map_err(|_| malformed("an inode is cut"))?;
        inode.sizes = table.position(raw).saturating_add(inode.sizes);
        Ok(inode)
    }
}

fn fields(reader: &mut Reader<'_>) -> Result<Inode, Short> {
    let kind = reader.u16()?;
    let (mode, uid, gid) = (reader.u16()?, reader.u16()?, reader.u16()?);
    reader.skip(4 + 4)?; // time, number
    let mut inode = Inode {
        kind: Kind::Special,
        mode,
        uid,
        gid,
        size: 0,
        start: 0,
        offset: 0,
        fragment: super::NO_FRAGMENT,
        fragment_offset: 0,
        sizes: 0,
    };
    match kind {
        1 => {
            inode.kind = Kind::Directory;
            inode.start = u64::from(reader.u32()?);
            reader.skip(4)?; // links
            inode.size = u64::from(reader.u16()?);
            inode.offset = reader.u16()?;
        }
        8 => {
            inode.kind = Kind::Directory;
            reader.skip(4)?; // links
            inode.size = u64::from(reader.u32()?);
            inode.start = u64::from(reader.u32()?);
            reader.skip(4 + 2)?; // parent, number of index entries
            inode.offset = reader.u16()?;
        }
        2 => {
            inode.kind = Kind::File;
            inode.start = u64::from(reader.u32()?);
            (inode.fragment, inode.fragment_offset) = (reader.u32()?, reader.u32()?);
            inode.size = u64::from(reader.u32()?);
        }
        9 => {
            inode.kind = Kind::File;
            inode.start = reader.u64()?;
            inode.size = reader.u64()?;
            reader.skip(8 + 4)?; // bytes in holes, links
            (inode.fragment, inode.fragment_offset) = (reader.u32()?, reader.u32()?);
            reader.skip(4)?; // extended attributes
        }
        3 | 10 => {
            reader.skip(4)?; // links
            let length = reader.u32()?.min(LONGEST_LINK);
            inode.kind = Kind::Link(reader.bytes(length as usize)?.to_vec());
        }
        _ => {}
    }
    inode.sizes = reader.position();
    Ok(inode)
}
