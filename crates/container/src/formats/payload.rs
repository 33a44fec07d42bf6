//! Payloads of A/B updates (`payload.bin`): the operations that make each partition, unfolded when they are read.
//!
//! ```text
//! 0   "CrAU"    4  version, 8 bytes    12  length of the manifest, 8    20  length of its signature, 4 (version 2)
//! 24  manifest, signature, data of the operations; numbers before the manifest have the highest byte first
//! ```
//!
//! An incremental update says how to make the new build from the one before. Without that build what it copies or
//! patches is missing; it is told which build is needed.

mod manifest;

use std::fmt::Write as _;
use std::io::Read;
use std::sync::Arc;

use overt_base::{Cx, Digest, Reader};

use self::manifest::{Extent, Manifest, Operation, Partition, Whole};
use super::{Blob, Format, FormatDoc, Opened};
use crate::blocks::{Blocks, Unfold};
use crate::codec::{self, Reading};
use crate::source::{Filling, Patchwork, Source, room_for};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Payload;

const MAGIC: &[u8] = b"CrAU";
const HEADER_BYTES: u64 = 24;
const LONGEST_MANIFEST: u64 = 64 << 20;
/// An operation is unfolded in one piece. Makers' chunks are 2 MiB; whole small partitions have some tens.
const LARGEST_OPERATION: u64 = 1 << 30;

const REPLACE: u64 = 0;
const REPLACE_BZ: u64 = 1;
const SOURCE_COPY: u64 = 4;
const SOURCE_BSDIFF: u64 = 5;
const ZERO: u64 = 6;
const DISCARD: u64 = 7;
const REPLACE_XZ: u64 = 8;
const BROTLI_BSDIFF: u64 = 10;
const REPLACE_ZSTD: u64 = 14;

/// `InstallOperation.Type`.
static KINDS: &[&str] = &[
    "REPLACE",
    "REPLACE_BZ",
    "MOVE",
    "BSDIFF",
    "SOURCE_COPY",
    "SOURCE_BSDIFF",
    "ZERO",
    "DISCARD",
    "REPLACE_XZ",
    "PUFFDIFF",
    "BROTLI_BSDIFF",
    "ZUCCHINI",
    "LZ4DIFF_BSDIFF",
    "LZ4DIFF_PUFFDIFF",
    "REPLACE_ZSTD",
];

static DOC: FormatDoc = FormatDoc {
    name: "payload",
    says: "payloads of A/B updates, full ones and, with the build before, incremental ones (SOURCE_COPY, SOURCE_BSDIFF, \
           BROTLI_BSDIFF); an operation is unfolded when it is read",
    magic: "43 72 41 55 at 0",
    limits: "a manifest of 64 MiB, 1,024 partitions, 1,048,576 operations of 1 GiB each, 4,194,304 extents",
    oracle: "a builder; data by bzip2, xz, zstd, brotli and bsdiff (Debian)",
    fixtures: "tests/payload.rs",
    references: &[
        "AOSP system/update_engine/update_metadata.proto",
        "AOSP system/update_engine/payload_consumer/",
    ],
};

impl Format for Payload {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |at, why| NotThis { format: DOC.name, at, why };
        let mut raw = [0; HEADER_BYTES as usize];
        blob.source.read_at(0, &mut raw).map_err(|_| not(0, "the header is cut"))?;
        let (version, length, signature) = header(&raw).ok_or_else(|| not(0, "no magic"))?;
        if version != 2 {
            return Err(not(4, "a version of the format that no phone has"));
        }
        let there = blob.source.len().saturating_sub(HEADER_BYTES);
        if length > LONGEST_MANIFEST || length > there {
            return Err(not(12, "the manifest is longer than the file or than any real one"));
        }
        let mut raw = vec![0; usize::try_from(length).unwrap_or(0)];
        blob.source.read_at(HEADER_BYTES, &mut raw).map_err(|_| not(12, "the manifest is cut"))?;
        let manifest = Manifest::read(&raw);
        drop(raw);
        if let Some(trouble) = manifest.trouble {
            cx.problems.report(
                &blob.locus,
                "payload/manifest",
                trouble,
                "it was used as far as it can be read",
            );
        }
        if manifest.is_old && manifest.partitions.is_empty() {
            return Err(not(HEADER_BYTES, "operations of the first version of the format"));
        }
        if manifest.block_size == 0 || manifest.block_size > 1 << 20 {
            return Err(not(HEADER_BYTES, "blocks of no usable size"));
        }
        let data = HEADER_BYTES.saturating_add(length).saturating_add(u64::from(signature));
        let payload = Maker { blob, cx, data, block: manifest.block_size };
        payload.report_incremental(&manifest);
        let mut parts: Vec<(String, Arc<dyn Source>)> = Vec::new();
        for partition in manifest.partitions {
            if payload.needs_earlier(&partition) && blob.update.earlier(&partition.name).is_none() {
                continue;
            }
            let name = partition.name.clone();
            match payload.partition(partition) {
                Ok(source) => parts.push((name, source)),
                Err(error) => {
                    let locus = blob.locus.child(&name);
                    cx.problems.report(&locus, "payload/partition", error.to_string(), "it is missing");
                }
            }
        }
        if parts.is_empty() {
            return Err(not(HEADER_BYTES, "no partition can be made, see the problems of this file"));
        }
        Ok(Opened::Parts(parts))
    }
}

fn header(raw: &[u8]) -> Option<(u64, u64, u32)> {
    let mut reader = Reader::new(raw);
    (reader.bytes(4).ok()? == MAGIC).then_some(())?;
    let big = |bytes: [u8; 8]| u64::from_be_bytes(bytes);
    let version = big(reader.array().ok()?);
    let length = big(reader.array().ok()?);
    Some((version, length, u32::from_be_bytes(reader.array().ok()?)))
}

fn kind(operation: &Operation) -> String {
    let index = usize::try_from(operation.kind).unwrap_or(usize::MAX);
    KINDS.get(index).map_or_else(|| format!("kind {}", operation.kind), |name| (*name).to_string())
}

/// Whether the operation takes bytes of the build before.
fn is_incremental(operation: &Operation) -> bool {
    !matches!(operation.kind, REPLACE | REPLACE_BZ | REPLACE_XZ | REPLACE_ZSTD | ZERO | DISCARD)
}

fn is_supported(operation: &Operation) -> bool {
    !is_incremental(operation) || matches!(operation.kind, SOURCE_COPY | SOURCE_BSDIFF | BROTLI_BSDIFF)
}

struct Maker<'a, 'c> {
    blob: &'a Blob,
    cx: &'a Cx<'c>,
    /// Where the operations' data begins.
    data: u64,
    block: u64,
}

impl Maker<'_, '_> {
    fn needs_earlier(&self, partition: &Partition) -> bool {
        partition.operations.iter().any(is_incremental)
    }

    /// Says what build is needed, and what kinds of operations are not understood.
    fn report_incremental(&self, manifest: &Manifest) {
        let (blob, problems) = (self.blob, self.cx.problems);
        let mut missing = String::new();
        for partition in manifest.partitions.iter().filter(|partition| self.needs_earlier(partition)) {
            if blob.update.earlier(&partition.name).is_none() {
                let separator = if missing.is_empty() { "" } else { ", " };
                let _ = write!(missing, "{separator}{}", partition.name);
                if let Some(old) = &partition.old {
                    let digest: String = old.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
                    let _ = write!(missing, " ({} bytes, SHA-256 {digest})", old.size);
                }
            }
            let unknown = partition.operations.iter().filter(|operation| !is_supported(operation));
            let mut unknown: Vec<String> = unknown.map(kind).collect();
            let count = unknown.len();
            unknown.sort();
            unknown.dedup();
            if count > 0 && blob.update.earlier(&partition.name).is_some() {
                let detail = format!(
                    "{count} of {} operations are {}",
                    partition.operations.len(),
                    unknown.join(", ")
                );
                let consequence = "what they make cannot be read: these operations are not yet supported";
                problems.report(&blob.locus.child(&partition.name), "payload/operation", detail, consequence);
            }
        }
        if !missing.is_empty() {
            let from = blob.update.from().map_or_else(String::new, |from| format!(" {from}"));
            let detail = format!("an incremental update of the build{from}; it needs that build's {missing}");
            let consequence = "these partitions were not made; give that build by --source";
            problems.report(&blob.locus, "payload/incremental", detail, consequence);
        }
    }

    fn partition(&self, partition: Partition) -> Result<Arc<dyn Source>, ReadError> {
        let earlier = self.blob.update.earlier(&partition.name);
        let locus = self.blob.locus.child(&partition.name);
        if let (Some(old), Some(earlier)) = (&partition.old, earlier)
            && old.size > earlier.len()
        {
            let have = earlier.len();
            return Err(ReadError::malformed(0, other_build(old, have)));
        }
        let lengths: Vec<u64> = partition.operations.iter().map(|one| self.bytes(&one.to)).collect();
        let made = partition.new.as_ref().map(|new| new.size);
        let operations = Operations {
            source: Arc::clone(&self.blob.source),
            data: self.data,
            block: self.block,
            earlier: earlier.cloned(),
            operations: partition.operations,
        };
        // Another build than the one that is needed is told before its bytes are asked for.
        if let Some(first) = operations.operations.iter().find(|operation| operation.from_sha256.is_some())
            && operations.earlier.is_some()
        {
            operations.old(first)?;
        }
        // What is only placed is none of the blocks' business.
        let unfolded = operations
            .operations
            .iter()
            .zip(&lengths)
            .map(|(operation, &length)| if is_placed(operation) { 0 } else { length });
        let unfolded: Vec<u64> = unfolded.collect();
        let blocks = Arc::new(Blocks::new(operations, unfolded, self.blob.memory.clone())?);
        let mut pieces: Vec<(u64, u64, Filling)> = Vec::new();
        for (index, operation) in blocks.unfold().operations.iter().enumerate() {
            self.place(index, operation, &blocks, &mut pieces);
        }
        pieces.sort_by_key(|(start, ..)| *start);
        let mut image = Patchwork::new();
        let mut overlapping = 0usize;
        for (start, length, filling) in pieces {
            let Some(gap) = start.checked_sub(image.len()) else {
                overlapping = overlapping.saturating_add(1);
                continue;
            };
            // What no operation writes is written on the phone: hash trees and error correction.
            image.push(gap, Filling::Pattern([0; 4]))?;
            image.push(length, filling)?;
        }
        if overlapping > 0 {
            let detail = format!("{overlapping} extents are written twice");
            self.cx.problems.report(&locus, "payload/overlapping-extents", detail, "the first was used");
        }
        match made {
            Some(made) if image.len() > made.saturating_add(self.block) => {
                let detail = format!("the operations make {} bytes, the manifest says {made}", image.len());
                self.cx.problems.report(&locus, "payload/length", detail, "the longer was used");
            }
            Some(made) => image.push(made.saturating_sub(image.len()), Filling::Pattern([0; 4]))?,
            None => {}
        }
        Ok(Arc::new(image))
    }

    fn bytes(&self, extents: &[Extent]) -> u64 {
        extents.iter().fold(0u64, |sum, extent| sum.saturating_add(extent.blocks.saturating_mul(self.block)))
    }

    /// Where the operation's bytes come from, extent by extent.
    fn place(
        &self,
        index: usize,
        operation: &Operation,
        blocks: &Arc<Blocks<Operations>>,
        pieces: &mut Vec<(u64, u64, Filling)>,
    ) {
        let made = match operation.kind {
            ZERO | DISCARD => None,
            REPLACE => {
                let there = self.blob.source.len().saturating_sub(self.data);
                let length = operation.data_length.min(there.saturating_sub(operation.data_offset));
                let mut data = Patchwork::new();
                let from = self.data.saturating_add(operation.data_offset);
                let pushed = data.push(length, Filling::Part(Arc::clone(&self.blob.source), from));
                let lacking = operation.data_length.saturating_sub(length);
                pushed.and_then(|()| data.push(lacking, Filling::Missing)).is_ok().then_some(data)
            }
            SOURCE_COPY => {
                let mut data = Patchwork::new();
                for extent in &operation.from {
                    let from = extent.start.saturating_mul(self.block);
                    let length = extent.blocks.saturating_mul(self.block);
                    let Some(earlier) = &blocks.unfold().earlier else { continue };
                    if data.push(length, Filling::Part(Arc::clone(earlier), from)).is_err() {
                        break;
                    }
                }
                Some(data)
            }
            _ => {
                let mut data = Patchwork::new();
                let start = blocks.start(index).unwrap_or(0);
                let source: Arc<dyn Source> = Arc::<Blocks<Operations>>::clone(blocks);
                let length = self.bytes(&operation.to);
                data.push(length, Filling::Part(source, start)).is_ok().then_some(data)
            }
        };
        let made = made.map(Patchwork::into_pieces).unwrap_or_default();
        let mut made = made.into_iter().peekable();
        for extent in &operation.to {
            let mut at = extent.start.saturating_mul(self.block);
            let mut left = extent.blocks.saturating_mul(self.block);
            while left > 0 {
                let Some((length, filling)) = made.peek_mut() else {
                    // Zeros, or a tail that is no whole block.
                    pieces.push((at, left, Filling::Pattern([0; 4])));
                    break;
                };
                let now = left.min(*length);
                pieces.push((at, now, filling.clone()));
                at = at.saturating_add(now);
                left = left.saturating_sub(now);
                *length = length.saturating_sub(now);
                if let Filling::Part(_, from) = filling {
                    *from = from.saturating_add(now);
                }
                if *length == 0 {
                    made.next();
                }
            }
        }
    }
}

/// Whether the operation's bytes lie somewhere as they are.
fn is_placed(operation: &Operation) -> bool {
    matches!(operation.kind, REPLACE | SOURCE_COPY | ZERO | DISCARD)
}

fn other_build(old: &Whole, have: u64) -> String {
    format!("the partition of the build given has {have} bytes, the update was made for one of {}", old.size)
}

/// The operations of one partition.
#[derive(Debug)]
struct Operations {
    source: Arc<dyn Source>,
    data: u64,
    block: u64,
    earlier: Option<Arc<dyn Source>>,
    operations: Vec<Operation>,
}

impl Operations {
    /// The bytes of the build before that the operation starts from.
    fn old(&self, operation: &Operation) -> Result<Vec<u8>, ReadError> {
        let nothing = || ReadError::malformed(0, "the build before is not there");
        let earlier = self.earlier.as_ref().ok_or_else(nothing)?;
        let lengths = operation.from.iter().map(|extent| extent.blocks.saturating_mul(self.block));
        let whole = lengths.fold(0u64, u64::saturating_add);
        let limit = ("an operation's length", LARGEST_OPERATION.min(earlier.len().saturating_mul(2)));
        let mut old = room_for(whole, limit)?;
        let mut rest = old.as_mut_slice();
        for extent in &operation.from {
            let length = extent.blocks.saturating_mul(self.block);
            let (now, later) = rest.split_at_mut(usize::try_from(length).unwrap_or(0).min(rest.len()));
            earlier.read_at(extent.start.saturating_mul(self.block), now)?;
            rest = later;
        }
        if operation.from_sha256.is_some_and(|sha256| Digest::of(&old).0 != sha256) {
            let what = "the build given is not the one that the update was made for: its bytes differ";
            return Err(ReadError::malformed(0, what));
        }
        Ok(old)
    }
}

impl Unfold for Operations {
    fn unfold(&self, index: usize, out: &mut [u8]) -> Result<(), ReadError> {
        let operation = self.operations.get(index).ok_or(ReadError::NotAFile)?;
        let at = self.data.saturating_add(operation.data_offset);
        let data = || Reading::part(&self.source, at, operation.data_length);
        let filled = match operation.kind {
            REPLACE_BZ => fill(&mut codec::bzip2::Bzip2::new(data()), out),
            REPLACE_XZ => fill(&mut codec::xz(data()), out),
            REPLACE_ZSTD => fill(&mut codec::zstd(data()), out),
            SOURCE_BSDIFF | BROTLI_BSDIFF => {
                let old = self.old(operation)?;
                let limit = ("an operation's length", LARGEST_OPERATION);
                let mut patch = room_for(operation.data_length.min(self.source.len()), limit)?;
                self.source.read_at(at, &mut patch)?;
                return codec::bsdiff::apply(&old, &patch, out);
            }
            _ => {
                let what =
                    format!("an operation {} makes these bytes, which is not yet supported", kind(operation));
                return Err(ReadError::malformed(at, what));
            }
        };
        let filled = filled.map_err(|what| ReadError::malformed(at, what))?;
        // The last block of a partition may be filled up with zeros.
        if (out.len().saturating_sub(filled)) as u64 >= self.block {
            let what = format!("an operation makes {filled} bytes, not {}", out.len());
            return Err(ReadError::malformed(at, what));
        }
        out.get_mut(filled..).unwrap_or_default().fill(0);
        Ok(())
    }
}

/// How many bytes came; more than `out` has room for is an error.
fn fill(stream: &mut dyn Read, out: &mut [u8]) -> Result<usize, String> {
    let mut filled = 0usize;
    loop {
        let room = out.get_mut(filled..).unwrap_or_default();
        let mut one_more = [0];
        let full = room.is_empty();
        match stream.read(if full { &mut one_more } else { room }) {
            Ok(0) => return Ok(filled),
            Ok(_) if full => return Err("an operation makes more bytes than its extents hold".to_string()),
            Ok(more) => filled = filled.saturating_add(more),
            Err(error) => return Err(error.to_string()),
        }
    }
}
