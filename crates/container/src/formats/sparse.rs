//! Android sparse images: chunks of bytes, of repeated words and of nothing (`system/core/libsparse/sparse_format.h`).

use std::sync::Arc;

use overt_base::{Cx, Reader, Short};

use super::{Blob, Format, FormatDoc, Opened};
use crate::source::{Filling, Patchwork, Source};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Sparse;

const MAGIC: u32 = 0xed26_ff3a;
const HEADER_BYTES: u64 = 28;
const CHUNK_BYTES: u64 = 12;
const RAW: u16 = 0xcac1;
const FILL: u16 = 0xcac2;
const DONT_CARE: u16 = 0xcac3;
const CRC32: u16 = 0xcac4;

static DOC: FormatDoc = FormatDoc {
    name: "sparse",
    says: "Android sparse image, unfolded without being copied",
    magic: "3a ff 26 ed at 0",
    limits: "one piece per chunk, and no more chunks than the file can hold",
    oracle: "img2simg (Debian)",
    fixtures: "fixtures/bytes/sparse, tests/containers.rs",
    references: &["AOSP system/core/libsparse/sparse_format.h"],
};

struct Header {
    file_header: u64,
    chunk_header: u64,
    block: u64,
    blocks: u64,
    chunks: u64,
}

fn header(head: &[u8]) -> Result<Header, Short> {
    let mut reader = Reader::new(head);
    reader.skip(4 + 2 + 2)?; // magic, major and minor version
    let file_header = u64::from(reader.u16()?);
    let chunk_header = u64::from(reader.u16()?);
    let block = u64::from(reader.u32()?);
    let blocks = u64::from(reader.u32()?);
    let chunks = u64::from(reader.u32()?);
    Ok(Header { file_header, chunk_header, block, blocks, chunks })
}

impl Format for Sparse {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        Reader::new(head).u32() == Ok(MAGIC)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let header = usable_header(&blob.source)?;
        let mut image = Patchwork::new();
        let end = chunks(&header, &blob.source, &mut |_, len, filling| {
            // What nobody cared to write reads as zeros.
            image.push(len, filling.unwrap_or(Filling::Pattern([0; 4])))
        });
        let whole = header.length();
        if let Err(what) = end {
            cx.problems.report(
                &blob.locus,
                "sparse/cut",
                format!("{what}; {} of {whole} bytes are described", image.len()),
                "what lies behind is missing from the image",
            );
        } else if image.len() != whole {
            let detail = format!("the chunks make {} bytes, the header says {whole}", image.len());
            cx.problems.report(
                &blob.locus,
                "sparse/length",
                detail,
                "the longer of both was taken as the length",
            );
        }
        // Bytes that no chunk describes are missing, so that reading them is an error and not zeros.
        let missing = whole.saturating_sub(image.len());
        image.push(missing, Filling::Missing).map_err(|_| not(16, "the image is longer than 2^64"))?;
        Ok(Opened::Bytes(image.simplified()))
    }
}

fn not(at: u64, why: &'static str) -> NotThis {
    NotThis { format: DOC.name, at, why }
}

impl Header {
    /// The image's length.
    fn length(&self) -> u64 {
        self.blocks.saturating_mul(self.block)
    }
}

fn usable_header(source: &Arc<dyn Source>) -> Result<Header, NotThis> {
    let head = super::head(source.as_ref(), HEADER_BYTES as usize);
    if !Sparse.sniff(&head) {
        return Err(not(0, "no magic"));
    }
    let header = header(&head).map_err(|short| not(short.at as u64, "the header is cut"))?;
    if header.file_header < HEADER_BYTES || header.chunk_header < CHUNK_BYTES {
        return Err(not(8, "the headers are shorter than the specification's"));
    }
    if header.block == 0 || !header.block.is_multiple_of(4) {
        return Err(not(12, "the block size is no multiple of four"));
    }
    Ok(header)
}

/// The image that several sparse images make which each describe a part of it and do not care about the rest.
///
/// # Errors
/// When one of them is no sparse image or is cut.
pub(crate) fn overlay(parts: &[Arc<dyn Source>]) -> Result<Patchwork, ReadError> {
    let mut described = Vec::new();
    let mut length = 0;
    for part in parts {
        let header = usable_header(part).map_err(|not| ReadError::malformed(not.at, not.to_string()))?;
        length = header.length().max(length);
        chunks(&header, part, &mut |at, len, filling| {
            described.extend(filling.map(|filling| (at, len, filling)));
            Ok(())
        })
        .map_err(|what| ReadError::malformed(0, what))?;
    }
    described.sort_by_key(|(at, ..)| *at);
    let mut image = Patchwork::new();
    for (at, len, filling) in described {
        let gap = at.checked_sub(image.len());
        let gap = gap.ok_or_else(|| ReadError::malformed(at, "two parts describe the same bytes"))?;
        image.push(gap, Filling::Pattern([0; 4]))?;
        image.push(len, filling)?;
    }
    image.push(length.saturating_sub(image.len()), Filling::Pattern([0; 4]))?;
    Ok(image)
}

/// Takes where a run of bytes begins in the image, its length, and what it consists of unless nobody cares.
type Sink<'a> = dyn FnMut(u64, u64, Option<Filling>) -> Result<(), ReadError> + 'a;

/// Hands the chunks to `sink`, as far as they can be read.
fn chunks(header: &Header, source: &Arc<dyn Source>, sink: &mut Sink<'_>) -> Result<(), String> {
    let mut at = header.file_header;
    let mut start = 0u64;
    for index in 0..header.chunks {
        let mut raw = [0; CHUNK_BYTES as usize];
        source.read_at(at, &mut raw).map_err(|_| format!("chunk {index} of {} is cut", header.chunks))?;
        let mut reader = Reader::new(&raw);
        let fields = (|| -> Result<_, Short> {
            let kind = reader.u16()?;
            reader.skip(2)?; // reserved
            Ok((kind, u64::from(reader.u32()?), u64::from(reader.u32()?)))
        })();
        let Ok((kind, blocks, total)) = fields else { return Err(format!("chunk {index} is cut")) };
        let len = if kind == CRC32 { 0 } else { blocks.saturating_mul(header.block) };
        let body = at.saturating_add(header.chunk_header);
        let mut there = len;
        let filling = match kind {
            RAW => {
                there = source.len().saturating_sub(body).min(len);
                Some(Filling::Part(Arc::clone(source), body))
            }
            FILL => {
                let mut word = [0; 4];
                source.read_at(body, &mut word).map_err(|_| format!("chunk {index} is cut"))?;
                Some(Filling::Pattern(word))
            }
            DONT_CARE | CRC32 => None,
            other => {
                return Err(format!("chunk {index} at offset {at:#x} has the unknown kind {other:#06x}"));
            }
        };
        sink(start, there, filling).map_err(|error| format!("chunk {index}: {error}"))?;
        if there < len {
            return Err(format!("chunk {index} has {there} of its {len} bytes"));
        }
        start = start.saturating_add(len);
        // The chunk's own total is what libsparse goes by; one that is too short would read bytes twice.
        let shortest = match kind {
            RAW => header.chunk_header.saturating_add(len),
            FILL | CRC32 => header.chunk_header.saturating_add(4),
            _ => header.chunk_header,
        };
        at = at.saturating_add(total.max(shortest));
    }
    Ok(())
}
