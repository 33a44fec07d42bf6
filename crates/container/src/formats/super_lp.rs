//! `super`: logical partitions (`system/core/fs_mgr/liblp/include/liblp/metadata_format.h`).
//!
//! ```text
//! 0      reserved
//! 4096   geometry, primary          8192  geometry, backup
//! 12288  metadata, one per slot, each metadata_max_size long; then the same again as backup
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use overt_base::{Cx, Digest, Locus, Reader, Short};

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::source::{Filling, Patchwork, Source};

/// The format.
#[derive(Debug)]
pub struct SuperLp;

const GEOMETRY_MAGIC: u32 = 0x616c_4467;
const HEADER_MAGIC: u32 = 0x414c_5030;
const PRIMARY_GEOMETRY_AT: u64 = 4096;
const BACKUP_GEOMETRY_AT: u64 = 8192;
const METADATA_AT: u64 = 12288;
const SECTOR: u64 = 512;
const TARGET_LINEAR: u32 = 0;
const TARGET_ZERO: u32 = 1;
/// Real metadata has at most 64 KiB per slot.
const MAX_METADATA: u32 = 1 << 24;
const MAX_SLOTS: u32 = 16;

static DOC: FormatDoc = FormatDoc {
    name: "super",
    says: "Dynamic partitions: the tables of `super` and the partitions they describe",
    magic: "67 44 6c 61 at 4096 or 8192",
    limits: "16 slots, 16 MiB of metadata each, no more table rows than the metadata can hold",
    oracle: "a builder",
    fixtures: "samples/firmware.img, tests/containers.rs",
    references: &["AOSP system/core/fs_mgr/liblp/include/liblp/metadata_format.h"],
};

impl Format for SuperLp {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        [PRIMARY_GEOMETRY_AT, BACKUP_GEOMETRY_AT]
            .into_iter()
            .any(|at| usize::try_from(at).is_ok_and(|at| Reader::at(head, at).u32() == Ok(GEOMETRY_MAGIC)))
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |at: u64, why| NotThis { format: DOC.name, at, why };
        let geometry =
            geometry(blob, cx).ok_or_else(|| not(PRIMARY_GEOMETRY_AT, "neither geometry is usable"))?;
        let mut partitions: Tables = Vec::new();
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        let mut usable = false;
        for slot in 0..geometry.slots {
            let Some(table) = slot_tables(blob, &geometry, slot, cx) else { continue };
            usable = true;
            for (name, extents) in table {
                match index.get(&name).and_then(|&at| partitions.get_mut(at)) {
                    None => {
                        index.insert(name.clone(), partitions.len());
                        partitions.push((name, extents));
                    }
                    // An update prepares the other slot's partitions in the other slot's metadata only.
                    Some((_, first)) if first.is_empty() => *first = extents,
                    Some((_, first)) if !extents.is_empty() && *first != extents => {
                        let detail = format!("{name} lies elsewhere in slot {slot}'s metadata");
                        let consequence = "the first slot's place was used";
                        cx.problems.report(&blob.locus, "super/slots-differ", detail, consequence);
                    }
                    Some(_) => {}
                }
            }
        }
        if !usable {
            return Err(not(METADATA_AT, "no slot has usable metadata"));
        }
        report_overlaps(&partitions, &blob.locus, cx);
        let assembled = partitions.into_iter().map(|(name, extents)| {
            let source = assemble(&name, &extents, blob, cx);
            (name, source)
        });
        Ok(Opened::Parts(assembled.collect()))
    }
}

struct Geometry {
    metadata_max: u64,
    slots: u32,
}

fn geometry(blob: &Blob, cx: &Cx<'_>) -> Option<Geometry> {
    let mut first_usable = None;
    for at in [PRIMARY_GEOMETRY_AT, BACKUP_GEOMETRY_AT] {
        let mut raw = [0; 52];
        if blob.source.read_at(at, &mut raw).is_err() {
            continue;
        }
        let Ok(Some((geometry, right))) = read_geometry(&raw) else { continue };
        if right {
            if at != PRIMARY_GEOMETRY_AT {
                let detail = "the primary geometry is damaged";
                cx.problems.report(&blob.locus, "super/geometry", detail, "the backup was used");
            }
            return Some(geometry);
        }
        first_usable.get_or_insert(geometry);
    }
    if first_usable.is_some() {
        let detail = "the geometry's checksum is wrong";
        cx.problems.report(&blob.locus, "super/checksum", detail, "it was used all the same");
    }
    first_usable
}

/// The geometry, and whether its checksum is right.
fn read_geometry(raw: &[u8]) -> Result<Option<(Geometry, bool)>, Short> {
    let mut reader = Reader::new(raw);
    let magic = reader.u32()?;
    let size = reader.u32()?;
    let checksum: [u8; 32] = reader.array()?;
    let metadata_max = reader.u32()?;
    let slots = reader.u32()?;
    if magic != GEOMETRY_MAGIC || metadata_max == 0 || metadata_max > MAX_METADATA || slots == 0 {
        return Ok(None);
    }
    let right = usize::try_from(size).is_ok_and(|size| sum_without_checksum(raw, size, 8) == Some(checksum));
    Ok(Some((Geometry { metadata_max: u64::from(metadata_max), slots: slots.min(MAX_SLOTS) }, right)))
}

/// SHA-256 of the first `size` bytes with the 32 bytes at `at` taken as zeros.
fn sum_without_checksum(raw: &[u8], size: usize, at: usize) -> Option<[u8; 32]> {
    let mut copy = raw.get(..size)?.to_vec();
    copy.get_mut(at..at.checked_add(32)?)?.fill(0);
    Some(Digest::of(&copy).0)
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Extent {
    sectors: u64,
    target: u32,
    sector: u64,
    device: u32,
}

/// Partitions by name, with their extents.
type Tables = Vec<(String, Vec<Extent>)>;

/// The partitions of one slot, from the primary metadata or its backup.
fn slot_tables(blob: &Blob, geometry: &Geometry, slot: u32, cx: &Cx<'_>) -> Option<Tables> {
    let primary = METADATA_AT.saturating_add(geometry.metadata_max.saturating_mul(u64::from(slot)));
    let copies = geometry.metadata_max.saturating_mul(u64::from(geometry.slots));
    let mut first_usable = None;
    for (copy, at) in [("primary", primary), ("backup", primary.saturating_add(copies))] {
        let there = blob.source.len().saturating_sub(at).min(geometry.metadata_max);
        let Ok(there) = usize::try_from(there) else { continue };
        let mut raw = vec![0; there];
        if blob.source.read_at(at, &mut raw).is_err() {
            continue;
        }
        match metadata(&raw) {
            Ok(Some((tables, true))) => return Some(tables),
            Ok(Some((tables, false))) => {
                let detail = format!("the checksum of slot {slot}'s {copy} metadata is wrong");
                let consequence =
                    "the other copy was preferred; without a right one it was used all the same";
                cx.problems.report(&blob.locus, "super/checksum", detail, consequence);
                first_usable.get_or_insert(tables);
            }
            Ok(None) | Err(_) => {
                let detail = format!("slot {slot}'s {copy} metadata at offset {at:#x} is malformed");
                let consequence = "the other copy was used, if there is one";
                cx.problems.report(&blob.locus, "super/metadata", detail, consequence);
            }
        }
    }
    first_usable
}

/// The tables, and whether both checksums are right.
fn metadata(raw: &[u8]) -> Result<Option<(Tables, bool)>, Short> {
    let mut reader = Reader::new(raw);
    if reader.u32()? != HEADER_MAGIC {
        return Ok(None);
    }
    reader.skip(2 + 2)?; // major and minor version
    let header_size = reader.u32()? as usize;
    let header_sum: [u8; 32] = reader.array()?;
    let tables_size = reader.u32()? as usize;
    let tables_sum: [u8; 32] = reader.array()?;
    let partitions = table(&mut reader)?;
    let extents = table(&mut reader)?;
    let bytes = raw.get(header_size..).unwrap_or(&[]);
    let right = sum_without_checksum(raw, header_size, 12) == Some(header_sum)
        && bytes.get(..tables_size).is_some_and(|tables| Digest::of(tables).0 == tables_sum);
    let extents: Vec<Extent> = rows(bytes, extents, |row| {
        Ok(Extent { sectors: row.u64()?, target: row.u32()?, sector: row.u64()?, device: row.u32()? })
    });
    // Each partition has its own run of the table. A liar's thousand partitions that each claim all of it get
    // something only until the table's length is used up.
    let mut budget = extents.len().saturating_mul(2).saturating_add(64);
    let described = rows(bytes, partitions, |row| {
        let name: [u8; 36] = row.array()?;
        row.skip(4)?; // attributes
        Ok((name, row.u32()? as usize, row.u32()? as usize))
    });
    let mut out = Tables::new();
    for (name, first, count) in described {
        let name: Vec<u8> = name.into_iter().take_while(|&byte| byte != 0).collect();
        let end = first.saturating_add(count).min(extents.len());
        let own = extents.get(first.min(end)..end).unwrap_or(&[]);
        let own = own.get(..own.len().min(budget)).unwrap_or(&[]);
        budget = budget.saturating_sub(own.len());
        out.push((String::from_utf8_lossy(&name).into_owned(), own.to_vec()));
    }
    Ok(Some((out, right)))
}

/// Offset, number of rows, bytes of a row.
type Table = (usize, usize, usize);

fn table(reader: &mut Reader<'_>) -> Result<Table, Short> {
    Ok((reader.u32()? as usize, reader.u32()? as usize, reader.u32()? as usize))
}

/// The rows of a table that can be read.
fn rows<T>(
    bytes: &[u8],
    (offset, count, size): Table,
    row: impl Fn(&mut Reader<'_>) -> Result<T, Short>,
) -> Vec<T> {
    let body = bytes.get(offset..).unwrap_or(&[]);
    body.chunks_exact(size.max(1)).take(count).map_while(|bytes| row(&mut Reader::new(bytes)).ok()).collect()
}

/// The partition's bytes.
fn assemble(name: &str, extents: &[Extent], blob: &Blob, cx: &Cx<'_>) -> Arc<dyn Source> {
    let locus = &blob.locus;
    let mut image = Patchwork::new();
    for (index, extent) in extents.iter().enumerate() {
        let len = extent.sectors.saturating_mul(SECTOR);
        let at = extent.sector.saturating_mul(SECTOR);
        let mut there = len;
        let filling = match extent.target {
            TARGET_ZERO => Filling::Pattern([0; 4]),
            TARGET_LINEAR if extent.device != 0 => {
                let detail = format!("extent {index} of {name} lies on block device {}", extent.device);
                let consequence = "its bytes are missing; only the first device is read";
                cx.problems.report(locus, "super/other-device", detail, consequence);
                Filling::Missing
            }
            TARGET_LINEAR => {
                there = blob.source.len().saturating_sub(at).min(len);
                Filling::Part(Arc::clone(&blob.source), at)
            }
            other => {
                let detail = format!("extent {index} of {name} has the unknown target {other}");
                cx.problems.report(locus, "super/unknown-target", detail, "its bytes are missing");
                Filling::Missing
            }
        };
        if there < len {
            let detail = format!("extent {index} of {name} has {there} of its {len} bytes at offset {at:#x}");
            cx.problems.report(locus, "super/extent-outside", detail, "the rest of it is missing");
        }
        let pushed =
            image.push(there, filling).and_then(|()| image.push(len.saturating_sub(there), Filling::Missing));
        if let Err(error) = pushed {
            let detail = format!("extent {index} of {name}: {error}");
            cx.problems.report(locus, "super/length", detail, "the extents from there on were left out");
            break;
        }
    }
    image.simplified()
}

/// Two partitions that share sectors are no layout that Android makes.
fn report_overlaps(partitions: &[(String, Vec<Extent>)], locus: &Locus, cx: &Cx<'_>) {
    let mut runs: Vec<(u64, u64, &str)> = Vec::new();
    for (name, extents) in partitions {
        let linear = extents.iter().filter(|extent| extent.target == TARGET_LINEAR && extent.device == 0);
        runs.extend(
            linear
                .filter(|extent| extent.sectors > 0)
                .map(|extent| (extent.sector, extent.sector.saturating_add(extent.sectors), name.as_str())),
        );
    }
    runs.sort_unstable();
    for (one, other) in runs.iter().zip(runs.iter().skip(1)) {
        if other.0 < one.1 {
            let detail = format!("{} and {} share sector {}", one.2, other.2, other.0);
            cx.problems.report(locus, "super/overlapping-extents", detail, "both were read as described");
        }
    }
}
