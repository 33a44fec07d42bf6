//! Directories: entries in slots of eight bytes of name, in the inode or in blocks of their own.

use overt_base::{Reader, Short};

use super::node::Inode;
use super::{BLOCK, Volume};
use crate::ReadError;

/// A name and the inode behind it.
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) ino: u32,
}

/// Bytes of an entry: hash, inode, length of the name, kind.
const ENTRY: usize = 11;
const SLOT: usize = 8;
const LONGEST_NAME: usize = 255;
/// Entries of a block, and the bytes of its bitmap with what is reserved.
const IN_BLOCK: usize = 214;
const BLOCK_BITMAP: usize = 30;

/// The entries, and why some of them are missing.
pub(super) fn entries(volume: &Volume, directory: &Inode) -> (Vec<Entry>, Option<ReadError>) {
    let mut out = Vec::new();
    if let Some(raw) = directory.inline_directory() {
        let count = raw.len().saturating_mul(8) / ((ENTRY + SLOT) * 8 + 1);
        let bitmap = raw.len().saturating_sub(count.saturating_mul(ENTRY + SLOT));
        let trouble = read(raw, count, bitmap, &mut out).is_err();
        let cut = ReadError::malformed(directory.at, "an inline directory is cut");
        return (out, trouble.then_some(cut));
    }
    let data = match directory.data(&volume.nodes, &volume.source) {
        Ok(data) => data,
        Err(error) => return (out, Some(error)),
    };
    // A directory is no larger than its file system, holes apart.
    let length = data.len().min(volume.source.len());
    let mut trouble = None;
    for at in (0..length).step_by(BLOCK as usize) {
        let mut raw = [0; BLOCK as usize];
        let block = data.read_at(at, &mut raw);
        let cut =
            |_| ReadError::malformed(directory.at, format!("the block at {at:#x} of a directory is cut"));
        let block = block.and_then(|()| read(&raw, IN_BLOCK, BLOCK_BITMAP, &mut out).map_err(cut));
        trouble = trouble.or(block.err());
    }
    (out, trouble)
}

/// The entries of one block: a bitmap, then `count` entries, then as many slots of names.
fn read(raw: &[u8], count: usize, bitmap: usize, out: &mut Vec<Entry>) -> Result<(), Short> {
    let names = bitmap.saturating_add(count.saturating_mul(ENTRY));
    let mut index = 0usize;
    while index < count {
        let used = raw.get(index / 8).is_some_and(|byte| byte & 1u8.wrapping_shl((index % 8) as u32) != 0);
        if !used {
            index = index.saturating_add(1);
            continue;
        }
        let mut reader = Reader::at(raw, bitmap.saturating_add(index.saturating_mul(ENTRY)));
        reader.skip(4)?; // hash
        let ino = reader.u32()?;
        let length = usize::from(reader.u16()?);
        let name = Reader::at(raw, names.saturating_add(index.saturating_mul(SLOT)))
            .bytes(length.min(LONGEST_NAME))?;
        // Entries of no name are slots that a damaged file system left behind.
        if !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/') && !name.contains(&0) {
            out.push(Entry { name: name.to_vec(), ino });
        }
        index = index.saturating_add(length.div_ceil(SLOT).max(1));
    }
    Ok(())
}
