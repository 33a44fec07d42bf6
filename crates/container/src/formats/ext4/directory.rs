//! Directory entries. Hashed directories hold the same entries in their leaf blocks, and look empty elsewhere.

use overt_base::{Reader, Short};

use super::Volume;
use super::inode::Inode;
use crate::ReadError;

/// One name in a directory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) inode: u32,
    pub(super) name: Vec<u8>,
}

impl Volume {
    /// The entries of a directory without `.` and `..`, as far as they can be read, and what stopped the reading.
    pub(super) fn entries(&self, directory: &Inode) -> (Vec<Entry>, Option<ReadError>) {
        let mut entries = Vec::new();
        let trouble = self.read_entries(directory, &mut entries).err();
        (entries, trouble)
    }

    fn read_entries(&self, directory: &Inode, out: &mut Vec<Entry>) -> Result<(), ReadError> {
        if directory.is_encrypted() {
            return Err(ReadError::malformed(directory.at, "the directory's names are encrypted"));
        }
        let cut =
            |short: Short| ReadError::malformed(directory.at, format!("a directory entry is cut: {short}"));
        if let Some(bytes) = self.inline_data(directory)? {
            // The parent's inode, then entries in the rest of the inode and in the attribute.
            let (first, rest) = bytes.split_at_checked(60).unwrap_or((&bytes, &[]));
            self.block(first.get(4..).unwrap_or(&[]), out).map_err(cut)?;
            return self.block(rest, out).map_err(cut);
        }
        let size = self.superblock.block_size;
        let mut left = self.superblock.blocks;
        let mut block = vec![0; usize::try_from(size).unwrap_or(0)];
        for run in self.runs(directory)? {
            let Some(physical) = run.physical else { continue };
            left = left.checked_sub(run.blocks).ok_or_else(|| {
                ReadError::malformed(directory.at, "the directory is larger than its file system")
            })?;
            for index in 0..run.blocks {
                let at = physical.saturating_add(index).saturating_mul(size);
                self.source.read_at(at, &mut block)?;
                self.block(&block, out).map_err(cut)?;
            }
        }
        Ok(())
    }

    /// The entries of one block: they fill it, each as long as it says.
    fn block(&self, block: &[u8], out: &mut Vec<Entry>) -> Result<(), Short> {
        let mut at = 0usize;
        // An entry has at least eight bytes; fewer at the end are padding.
        while block.len().saturating_sub(at) >= 8 {
            let mut reader = Reader::at(block, at);
            let inode = reader.u32()?;
            // The two top bits of the length are used for blocks of 64 KiB, whose length does not fit in 16 bits.
            let length = match reader.u16()? {
                0 | 0xffff => 65536,
                length => usize::from(length & 0xfffc),
            };
            let name_length = if self.superblock.has_file_types() {
                let length = usize::from(reader.u8()?);
                reader.skip(1)?; // what the entry leads to, which its inode says as well
                length
            } else {
                usize::from(reader.u16()?)
            };
            if length < 8 || name_length.saturating_add(8) > length {
                return Err(Short { at, wanted: name_length.saturating_add(8) });
            }
            let name = reader.bytes(name_length)?;
            if inode != 0 && !name.is_empty() && name != b"." && name != b".." {
                // A slash would make two names of one; the kernel refuses such a directory.
                let name = name.iter().map(|&byte| if byte == b'/' { b'_' } else { byte }).collect();
                out.push(Entry { inode, name });
            }
            at = at.saturating_add(length);
        }
        Ok(())
    }
}
