//! The APK signing block, which stands right before the central directory
//! (<https://source.android.com/docs/security/features/apksigning/v2>, "APK Signing Block").

use std::ops::Range;

use overt_base::Reader;
use overt_container::zip::Archive;

const MAGIC: &[u8] = b"APK Sig Block 42";
/// Size field and magic at the end of the block.
const FOOTER: usize = 24;
/// Pairs of one block that are looked at.
const PAIRS: usize = 256;

/// Scheme v2.
pub(super) const V2: u32 = 0x7109_871a;
/// Scheme v3.
pub(super) const V3: u32 = 0xf053_68c0;
/// Scheme v3.1.
pub(super) const V31: u32 = 0x1b93_ad61;

/// A signing block found.
#[derive(Debug)]
pub(super) struct SigningBlock<'a> {
    /// Where it lies in the archive.
    pub(super) range: Range<usize>,
    /// Ids and values in the block's order.
    pub(super) pairs: Vec<(u32, &'a [u8])>,
    /// What is wrong with it; the pairs before are kept.
    pub(super) trouble: Option<String>,
}

impl<'a> SigningBlock<'a> {
    /// Looks for a block; `None` when the magic is not there.
    pub(super) fn find(archive: &'a Archive) -> Option<SigningBlock<'a>> {
        let bytes = archive.view().as_slice();
        let directory = usize::try_from(archive.central_directory_offset()).ok()?;
        let footer = directory.checked_sub(FOOTER)?;
        let mut reader = Reader::at(bytes, footer);
        let size = reader.u64().ok()?;
        if reader.bytes(MAGIC.len()).ok()? != MAGIC {
            return None;
        }
        let broken = |what: String| {
            Some(SigningBlock { range: directory..directory, pairs: Vec::new(), trouble: Some(what) })
        };
        // The size counts everything but the first size field.
        let start = usize::try_from(size)
            .ok()
            .and_then(|size| size.checked_add(8))
            .and_then(|size| directory.checked_sub(size));
        let Some(start) = start else { return broken(format!("the block claims {size} bytes")) };
        let head = Reader::at(bytes, start).u64().ok()?;
        if head != size || size < FOOTER as u64 {
            return broken(format!("the block's two sizes are {head} and {size}"));
        }
        let mut block = SigningBlock { range: start..directory, pairs: Vec::new(), trouble: None };
        let body = bytes.get(start.checked_add(8)?..footer)?;
        let mut reader = Reader::new(body);
        while reader.remaining() > 0 {
            let at = reader.position();
            let pair = (|| {
                let length = usize::try_from(reader.u64().ok()?).ok()?;
                let mut pair = Reader::new(reader.bytes(length).ok()?);
                let id = pair.u32().ok()?;
                let value = pair.bytes(pair.remaining()).ok()?;
                Some((id, value))
            })();
            match pair {
                Some(pair) if block.pairs.len() < PAIRS => block.pairs.push(pair),
                Some(_) => {
                    block.trouble = Some(format!("more than {PAIRS} values"));
                    break;
                }
                None => {
                    block.trouble = Some(format!("the value at offset {at:#x} runs over the block's end"));
                    break;
                }
            }
        }
        Some(block)
    }

    /// The first value with this id.
    pub(super) fn value(&self, id: u32) -> Option<&'a [u8]> {
        self.pairs.iter().find(|(found, _)| *found == id).map(|(_, value)| *value)
    }
}

/// The next part that is preceded by its length in four bytes.
pub(super) fn prefixed<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.u32().ok()? as usize;
    reader.bytes(length).ok()
}

/// All parts of a sequence of length-prefixed parts, at most `limit`; `None` when one runs over the end.
pub(super) fn sequence(bytes: &[u8], limit: usize) -> Option<Vec<&[u8]>> {
    let mut reader = Reader::new(bytes);
    let mut parts = Vec::new();
    while reader.remaining() > 0 {
        let part = prefixed(&mut reader)?;
        if parts.len() >= limit {
            return None;
        }
        parts.push(part);
    }
    Some(parts)
}
