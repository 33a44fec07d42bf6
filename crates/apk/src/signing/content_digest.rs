//! Digests over the whole archive but its signing block
//! (<https://source.android.com/docs/security/features/apksigning/v2>, "Integrity-protected Contents").

use std::collections::BTreeMap;
use std::ops::Range;

use overt_container::zip::Archive;

use super::hash::Hash;

const CHUNK: usize = 1 << 20;
/// fs-verity's page.
const PAGE: usize = 4096;

/// How content is digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ContentDigest {
    /// Chunks of a mebibyte, SHA-256.
    ChunkedSha256,
    /// Chunks of a mebibyte, SHA-512.
    ChunkedSha512,
    /// A Merkle tree over pages of 4096 bytes, SHA-256.
    VeritySha256,
}

/// The content of an archive; each kind of digest is computed once.
pub(super) struct Content<'a> {
    archive: &'a Archive,
    block: Range<usize>,
    computed: BTreeMap<ContentDigest, Option<Vec<u8>>>,
}

impl<'a> Content<'a> {
    /// `block` is where the signing block lies.
    pub(super) fn new(archive: &'a Archive, block: Range<usize>) -> Content<'a> {
        Content { archive, block, computed: BTreeMap::new() }
    }

    /// The digest; `None` when the archive's offsets make no sense.
    pub(super) fn digest(&mut self, kind: ContentDigest) -> Option<&[u8]> {
        let (archive, block) = (self.archive, self.block.clone());
        self.computed.entry(kind).or_insert_with(|| compute(archive, &block, kind)).as_deref()
    }
}

/// Entries, central directory, end record; in the last the directory's offset is replaced by the block's, as if the
/// block were not there.
fn sections<'a>(archive: &'a Archive, block: &Range<usize>) -> Option<(&'a [u8], &'a [u8], Vec<u8>)> {
    let bytes = archive.view().as_slice();
    let end = usize::try_from(archive.end_record_offset()).ok()?;
    let entries = bytes.get(..block.start)?;
    let directory = bytes.get(block.end..end)?;
    let mut end_record = bytes.get(end..)?.to_vec();
    let offset = u32::try_from(block.start).ok()?.to_le_bytes();
    end_record.get_mut(16..20)?.copy_from_slice(&offset);
    Some((entries, directory, end_record))
}

fn compute(archive: &Archive, block: &Range<usize>, kind: ContentDigest) -> Option<Vec<u8>> {
    let (entries, directory, end_record) = sections(archive, block)?;
    let sections = [entries, directory, end_record.as_slice()];
    match kind {
        ContentDigest::ChunkedSha256 => chunked(Hash::Sha256, &sections),
        ContentDigest::ChunkedSha512 => chunked(Hash::Sha512, &sections),
        ContentDigest::VeritySha256 => verity(archive, block, &sections),
    }
}

fn chunked(hash: Hash, sections: &[&[u8]]) -> Option<Vec<u8>> {
    let mut digests = Vec::new();
    let mut count = 0u32;
    for section in sections {
        for chunk in section.chunks(CHUNK) {
            let length = u32::try_from(chunk.len()).ok()?.to_le_bytes();
            digests.extend(hash.digest(&[&[0xa5], &length, chunk]));
            count = count.checked_add(1)?;
        }
    }
    Some(hash.digest(&[&[0x5a], &count.to_le_bytes(), &digests]))
}

/// `ApkVerityBuilder`/`VerityTreeBuilder`: the root over pages of the content, salt of eight zero bytes, followed by the
/// content's size. The block must begin at a page.
fn verity(archive: &Archive, block: &Range<usize>, sections: &[&[u8]]) -> Option<Vec<u8>> {
    const SALT: [u8; 8] = [0; 8];
    if !block.start.is_multiple_of(PAGE) || !block.len().is_multiple_of(PAGE) {
        return None;
    }
    let [entries, directory, end_record] = sections else { return None };
    let mut level = Vec::new();
    for page in entries.chunks(PAGE) {
        level.extend(Hash::Sha256.digest(&[&SALT, page]));
    }
    // Behind the block the pages go on without regard to sections; the last one is filled with zeros.
    let mut tail = [*directory, *end_record].concat();
    tail.resize(tail.len().checked_next_multiple_of(PAGE)?, 0);
    for page in tail.chunks(PAGE) {
        level.extend(Hash::Sha256.digest(&[&SALT, page]));
    }
    loop {
        level.resize(level.len().checked_next_multiple_of(PAGE)?, 0);
        if level.len() <= PAGE {
            break;
        }
        level = level.chunks(PAGE).flat_map(|page| Hash::Sha256.digest(&[&SALT, page])).collect();
    }
    let mut out = Hash::Sha256.digest(&[&SALT, &level]);
    let size = (archive.view().len() as u64).checked_sub(block.len() as u64)?;
    out.extend_from_slice(&size.to_le_bytes());
    Some(out)
}
