//! Files packed with lz4: frames, and the legacy frames of ramdisks and kernels.
//!
//! Blocks that stand for themselves are unfolded when they are asked for, so that an image of many gigabytes costs
//! nothing to open. Frames whose blocks refer to one another are unrolled.

use std::sync::Arc;

use overt_base::{Cx, Reader, Short};

use super::{Blob, Format, FormatDoc, Opened};
use crate::blocks::{Blocks, Unfold};
use crate::codec::lz4;
use crate::source::{Source, room_for};
use crate::unrolled::Unrolled;
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Lz4;

const FRAME: u32 = 0x184d_2204;
const LEGACY: u32 = 0x184c_2102;
const SKIPPED: std::ops::RangeInclusive<u32> = 0x184d_2a50..=0x184d_2a5f;
const LEGACY_BLOCK: u64 = 8 << 20;
/// Real files have blocks of 64 KiB and more; ones of a few bytes each are not worth a place in a table.
const MOST_BLOCKS: usize = 1 << 20;
/// How far back a block may refer.
const WINDOW: usize = 64 << 10;

static DOC: FormatDoc = FormatDoc {
    name: "lz4",
    says: "files packed with lz4, frames and legacy frames; blocks are unfolded when they are read",
    magic: "04 22 4d 18 or 02 21 4c 18 at 0",
    limits: "blocks of 8 MiB, 1,048,576 of them; the limits for what all containers unfold to",
    oracle: "lz4 (Debian), frames of all block sizes, linked and not, and legacy frames",
    fixtures: "tests/packed.rs",
    references: &["lz4_Frame_format.md 1.6.4", "lz4_Block_format.md"],
};

impl Format for Lz4 {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        matches!(Reader::new(head).u32(), Ok(FRAME | LEGACY))
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |at, why| NotThis { format: DOC.name, at, why };
        let (table, trouble) = Table::read(blob.source.as_ref(), cx);
        if table.blocks.is_empty() && (trouble.is_some() || table.at == 0) {
            let detail = trouble.unwrap_or_else(|| "no frame".to_string());
            cx.problems.report(&blob.locus, "lz4/broken", detail, "nothing of it was read");
            return Err(not(table.at, "no frame can be read"));
        }
        if let Some(trouble) = trouble {
            cx.problems.report(&blob.locus, "lz4/broken", trouble, "what follows is missing");
        }
        let packed = Packed { source: Arc::clone(&blob.source), blocks: table.blocks };
        if table.linked {
            return packed.unrolled(blob, cx);
        }
        let lengths: Vec<u64> = packed.blocks.iter().map(|block| block.unfolded).collect();
        let blocks = Blocks::new(packed, lengths, blob.memory.clone());
        blocks.map(|blocks| Opened::Bytes(Arc::new(blocks))).map_err(|_| not(0, "longer than 2^64"))
    }
}

/// One block of a frame.
#[derive(Clone, Copy, Debug)]
struct Block {
    at: u64,
    packed: u32,
    stored: bool,
    /// Bytes it unfolds to.
    unfolded: u64,
    /// Whether it may refer to what came before it, and whether that ends here.
    linked: bool,
    first: bool,
}

#[derive(Debug, Default)]
struct Table {
    blocks: Vec<Block>,
    /// Whether some block refers to the one before.
    linked: bool,
    at: u64,
}

struct Frame {
    linked: bool,
    sums: bool,
    sum: bool,
    most: u64,
    length: Option<u64>,
}

impl Table {
    /// The blocks of all frames up to the first that cannot be read, and what is wrong there.
    fn read(source: &dyn Source, cx: &Cx<'_>) -> (Table, Option<String>) {
        let mut table = Table::default();
        let trouble = table.frames(source, cx).err();
        (table, trouble)
    }

    fn word(&mut self, source: &dyn Source) -> Result<u32, String> {
        let mut word = [0; 4];
        source.read_at(self.at, &mut word).map_err(|_| format!("cut at offset {:#x}", self.at))?;
        self.at = self.at.saturating_add(4);
        Ok(u32::from_le_bytes(word))
    }

    fn frames(&mut self, source: &dyn Source, cx: &Cx<'_>) -> Result<(), String> {
        while self.at < source.len() {
            if cx.cancel.is_cancelled() {
                return Err("cancelled".to_string());
            }
            let start = self.at;
            let magic = match self.word(source) {
                Ok(magic) => magic,
                // Images are padded to whole sectors.
                Err(_) if !self.blocks.is_empty() => return Ok(()),
                Err(error) => return Err(error),
            };
            match magic {
                FRAME => self.frame(source)?,
                LEGACY => self.legacy(source)?,
                magic if SKIPPED.contains(&magic) => {
                    let length = self.word(source)?;
                    self.at = self.at.saturating_add(u64::from(length));
                }
                _ if self.blocks.is_empty() => return Err(format!("no frame at offset {start:#x}")),
                // Padding, or a signature behind the image.
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn frame(&mut self, source: &dyn Source) -> Result<(), String> {
        let head = super::head(&Rest { source, at: self.at }, 15);
        let (frame, size) = header(&head).map_err(|_| format!("the header at {:#x} is cut", self.at))??;
        self.at = self.at.saturating_add(size);
        let begun = self.blocks.len();
        loop {
            let word = self.word(source)?;
            if word == 0 {
                break;
            }
            let packed = word & 0x7fff_ffff;
            let block = Block {
                at: self.at,
                packed,
                stored: word >> 31 == 1,
                unfolded: frame.most,
                linked: frame.linked,
                first: self.blocks.len() == begun,
            };
            if u64::from(packed) > frame.most {
                return Err(format!("a block of {packed} bytes at offset {:#x}", self.at));
            }
            self.push(block, source, u64::from(packed).saturating_add(if frame.sums { 4 } else { 0 }))?;
        }
        if frame.sum {
            self.word(source)?;
        }
        self.settle(begun, &frame, source)
    }

    /// Blocks that nothing ends but the file or the next frame, each full but the last.
    fn legacy(&mut self, source: &dyn Source) -> Result<(), String> {
        let begun = self.blocks.len();
        while self.at < source.len() {
            let back = self.at;
            let Ok(packed) = self.word(source) else { break };
            let longest = LEGACY_BLOCK.saturating_add(LEGACY_BLOCK / 255).saturating_add(16);
            if packed == 0 || u64::from(packed) > longest {
                // The next frame's magic, the kernel's own length behind its image, or padding.
                self.at = back;
                break;
            }
            let block = Block {
                at: self.at,
                packed,
                stored: false,
                unfolded: LEGACY_BLOCK,
                linked: false,
                first: false,
            };
            self.push(block, source, u64::from(packed))?;
        }
        let frame = Frame { linked: false, sums: false, sum: false, most: LEGACY_BLOCK, length: None };
        self.settle(begun, &frame, source)
    }

    fn push(&mut self, block: Block, source: &dyn Source, step: u64) -> Result<(), String> {
        let end = self.at.saturating_add(u64::from(block.packed));
        if end > source.len() {
            return Err(format!("the block at offset {:#x} is cut", self.at));
        }
        if self.blocks.len() >= MOST_BLOCKS {
            return Err(format!("more than {MOST_BLOCKS} blocks"));
        }
        self.linked |= block.linked && !block.first;
        self.blocks.push(block);
        self.at = self.at.saturating_add(step);
        Ok(())
    }

    /// Finds out what each block of a frame unfolds to: all are full but the last, unless the sum says otherwise.
    fn settle(&mut self, begun: usize, frame: &Frame, source: &dyn Source) -> Result<(), String> {
        let blocks = self.blocks.get_mut(begun..).unwrap_or_default();
        let count = blocks.len() as u64;
        for block in blocks.iter_mut().filter(|block| block.stored) {
            block.unfolded = u64::from(block.packed);
        }
        let Some((last, before)) = blocks.split_last_mut() else { return Ok(()) };
        let before_last = before.iter().fold(0u64, |sum, block| sum.saturating_add(block.unfolded));
        let left = frame.length.and_then(|length| length.checked_sub(before_last));
        if let Some(left) = left.filter(|&left| left <= frame.most && left > 0)
            && !last.stored
        {
            last.unfolded = left;
            // Writers that were told to flush leave blocks that are not full; then the sum needs more of them.
            if frame.length.is_some_and(|length| length.div_ceil(frame.most.max(1)) == count) {
                return Ok(());
            }
        }
        // Without a sum only a look at the blocks tells.
        let legacy_tail = frame.length.is_none();
        let start =
            if legacy_tail && frame.most == LEGACY_BLOCK { blocks.len().saturating_sub(1) } else { 0 };
        let mut room = Vec::new();
        for block in blocks.get_mut(start..).unwrap_or_default().iter_mut().filter(|block| !block.stored) {
            room.resize(block.packed as usize, 0);
            source.read_at(block.at, &mut room).map_err(|error| error.to_string())?;
            block.unfolded = lz4::length(&room, frame.most).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// A source from somewhere on.
#[derive(Debug)]
struct Rest<'a> {
    source: &'a dyn Source,
    at: u64,
}

impl Source for Rest<'_> {
    fn len(&self) -> u64 {
        self.source.len().saturating_sub(self.at)
    }
    fn read_at(&self, at: u64, out: &mut [u8]) -> Result<(), ReadError> {
        self.source.read_at(self.at.saturating_add(at), out)
    }
    fn contiguous(&self, _: u64, _: u64) -> Option<&[u8]> {
        None
    }
    fn view(&self, _: u64, _: u64) -> Option<overt_base::View> {
        None
    }
}

/// The header behind the magic, and its length.
fn header(head: &[u8]) -> Result<Result<(Frame, u64), String>, Short> {
    let mut reader = Reader::new(head);
    let flags = reader.u8()?;
    let sizes = reader.u8()?;
    if flags >> 6 != 1 {
        return Ok(Err(format!("version {} of the frame format", flags >> 6)));
    }
    let most = match sizes >> 4 & 7 {
        4 => 64 << 10,
        5 => 256 << 10,
        6 => 1 << 20,
        7 => 4 << 20,
        other => return Ok(Err(format!("blocks of the unknown size {other}"))),
    };
    let length = if flags & 8 != 0 { Some(reader.u64()?) } else { None };
    if flags & 1 != 0 {
        return Ok(Err(format!("a frame that needs the dictionary {:#x}", reader.u32()?)));
    }
    reader.skip(1)?; // the header's checksum
    let linked = flags & 0x20 == 0;
    let frame = Frame { linked, sums: flags & 0x10 != 0, sum: flags & 4 != 0, most, length };
    Ok(Ok((frame, reader.position() as u64)))
}

/// The blocks and where they lie.
#[derive(Debug)]
struct Packed {
    source: Arc<dyn Source>,
    blocks: Vec<Block>,
}

impl Packed {
    fn block(&self, block: &Block, before: &[u8], out: &mut [u8]) -> Result<(), ReadError> {
        let at = |error| match error {
            ReadError::Malformed { at, what } => ReadError::malformed(block.at.saturating_add(at), what),
            other => other,
        };
        if block.stored {
            return self.source.read_at(block.at, out);
        }
        let packed = u64::from(block.packed);
        if let Some(raw) = self.source.contiguous(block.at, packed) {
            return lz4::unfold(raw, before, out).map_err(at);
        }
        let mut raw = room_for(packed, ("unfolded_file_bytes", u64::MAX))?;
        self.source.read_at(block.at, &mut raw)?;
        lz4::unfold(&raw, before, out).map_err(at)
    }

    /// All of them at once, each with what came before it.
    fn unrolled(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |why| NotThis { format: DOC.name, at: 0, why };
        let mut out = Unrolled::new(&blob.memory);
        let mut before: Vec<u8> = Vec::new();
        for block in &self.blocks {
            if block.first || !block.linked {
                before.clear();
            }
            let mut room = vec![0; usize::try_from(block.unfolded).unwrap_or(0)];
            let allowed = cx.limits.unfolded_archive_bytes;
            let limit = ReadError::TooLarge { limit: "unfolded_archive_bytes", allowed };
            let done = self
                .block(block, &before, &mut room)
                .and_then(|()| if out.len() > allowed { Err(limit) } else { out.push(&room) });
            if let Err(error) = done {
                let detail = format!("{error}, behind {} unfolded bytes", out.len());
                cx.problems.report(&blob.locus, "lz4/broken", detail, "what follows is missing");
                break;
            }
            before.extend_from_slice(&room);
            let old = before.len().saturating_sub(WINDOW);
            before.drain(..old);
        }
        if out.len() == 0 && !self.blocks.is_empty() {
            return Err(not("nothing can be unfolded"));
        }
        out.finish().map(Opened::Bytes).map_err(|_| not("longer than 2^64"))
    }
}

impl Unfold for Packed {
    fn unfold(&self, index: usize, out: &mut [u8]) -> Result<(), ReadError> {
        let block = self.blocks.get(index).ok_or(ReadError::NotAFile)?;
        self.block(block, &[], out)
    }
}
