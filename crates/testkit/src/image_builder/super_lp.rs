//! `super` images with logical partitions (`system/core/fs_mgr/liblp/include/liblp/metadata_format.h`).

use overt_base::Digest;

/// One extent of a partition.
#[derive(Clone, Copy, Debug)]
pub struct LpExtent {
    /// Length in sectors of 512 bytes.
    pub sectors: u64,
    /// 0 linear, 1 zero.
    pub target: u32,
    /// First sector in the image.
    pub sector: u64,
    /// Index of the block device.
    pub device: u32,
}

/// One partition: bytes that the builder lays out, or extents as they are given.
#[derive(Clone, Debug)]
pub struct LpPartition {
    /// Its name, with the slot's suffix.
    pub name: String,
    /// Its bytes, cut into this many extents that do not follow one another.
    pub bytes: Vec<u8>,
    /// Into how many extents the bytes are cut.
    pub pieces: usize,
    /// Further extents behind the bytes.
    pub extents: Vec<LpExtent>,
}

impl LpPartition {
    /// A partition in one piece.
    #[must_use]
    pub fn of(name: &str, bytes: Vec<u8>) -> LpPartition {
        LpPartition { name: name.to_string(), bytes, pieces: 1, extents: Vec::new() }
    }
}

/// A `super` image to be. All slots have the same tables.
#[derive(Clone, Debug)]
pub struct SuperBuilder {
    /// Its partitions in order.
    pub partitions: Vec<LpPartition>,
    /// Number of slots.
    pub slots: u32,
    /// Bytes of metadata per slot.
    pub metadata_max: u32,
    /// Bytes to overwrite at the end: offset and value.
    pub broken: Vec<(usize, Vec<u8>)>,
}

const SECTOR: usize = 512;

impl SuperBuilder {
    /// An image with two slots of 4096 bytes of metadata.
    #[must_use]
    pub fn of(partitions: Vec<LpPartition>) -> SuperBuilder {
        SuperBuilder { partitions, slots: 2, metadata_max: 4096, broken: Vec::new() }
    }

    /// Where a slot's primary metadata lies.
    #[must_use]
    pub fn metadata_at(&self, slot: u32) -> usize {
        12288 + (slot * self.metadata_max) as usize
    }

    /// Where a slot's backup metadata lies.
    #[must_use]
    pub fn backup_at(&self, slot: u32) -> usize {
        self.metadata_at(self.slots + slot)
    }

    /// The image's bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut out = vec![0; self.backup_at(self.slots)];
        let mut extents: Vec<LpExtent> = Vec::new();
        let mut rows: Vec<(&str, usize, usize)> = Vec::new();
        for partition in &self.partitions {
            let first = extents.len();
            let length = partition.bytes.len().div_ceil(SECTOR) * SECTOR;
            let piece = length.div_ceil(SECTOR * partition.pieces.max(1)) * SECTOR;
            let mut own = Vec::new();
            // The last piece lies first in the image, so that no two pieces follow one another.
            let cuts: Vec<usize> = (0..length).step_by(piece.max(1)).collect();
            for &start in cuts.iter().rev() {
                let end = (start + piece).min(length);
                let sector = out.len() / SECTOR;
                let mut bytes = partition.bytes[start..end.min(partition.bytes.len())].to_vec();
                bytes.resize(end - start, 0);
                out.extend(bytes);
                own.push(LpExtent {
                    sectors: ((end - start) / SECTOR) as u64,
                    target: 0,
                    sector: sector as u64,
                    device: 0,
                });
            }
            own.reverse();
            extents.extend(own);
            extents.extend(&partition.extents);
            rows.push((&partition.name, first, extents.len() - first));
        }
        let geometry = self.geometry();
        out[4096..4096 + geometry.len()].copy_from_slice(&geometry);
        out[8192..8192 + geometry.len()].copy_from_slice(&geometry);
        let metadata = metadata(&rows, &extents, out.len() as u64);
        for slot in 0..self.slots {
            for at in [self.metadata_at(slot), self.backup_at(slot)] {
                out[at..at + metadata.len()].copy_from_slice(&metadata);
            }
        }
        for (at, bytes) in &self.broken {
            out[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
        out
    }

    fn geometry(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(0x616c_4467u32.to_le_bytes()); // magic
        out.extend(52u32.to_le_bytes()); // size
        out.extend([0; 32]); // checksum, below
        out.extend(self.metadata_max.to_le_bytes());
        out.extend(self.slots.to_le_bytes());
        out.extend(4096u32.to_le_bytes()); // logical block size
        let sum = Digest::of(&out).0;
        out[8..40].copy_from_slice(&sum);
        out
    }
}

fn name(text: &str) -> [u8; 36] {
    let mut out = [0; 36];
    out[..text.len()].copy_from_slice(text.as_bytes());
    out
}

fn metadata(rows: &[(&str, usize, usize)], extents: &[LpExtent], size: u64) -> Vec<u8> {
    let narrow = |value: usize| u32::try_from(value).expect("small test data");
    let mut tables = Vec::new();
    for (partition, first, count) in rows {
        tables.extend(name(partition));
        tables.extend(1u32.to_le_bytes()); // attributes: read-only
        tables.extend(narrow(*first).to_le_bytes());
        tables.extend(narrow(*count).to_le_bytes());
        tables.extend(0u32.to_le_bytes()); // group
    }
    let extents_at = tables.len();
    for extent in extents {
        tables.extend(extent.sectors.to_le_bytes());
        tables.extend(extent.target.to_le_bytes());
        tables.extend(extent.sector.to_le_bytes());
        tables.extend(extent.device.to_le_bytes());
    }
    let groups_at = tables.len();
    tables.extend(name("default"));
    tables.extend(0u32.to_le_bytes()); // flags
    tables.extend(0u64.to_le_bytes()); // maximum size
    let devices_at = tables.len();
    tables.extend(0u64.to_le_bytes()); // first logical sector
    tables.extend(1_048_576u32.to_le_bytes()); // alignment
    tables.extend(0u32.to_le_bytes()); // alignment offset
    tables.extend(size.to_le_bytes());
    tables.extend(name("super"));
    tables.extend(0u32.to_le_bytes()); // flags

    let mut out = Vec::new();
    out.extend(0x414c_5030u32.to_le_bytes()); // magic
    out.extend([10, 0, 0, 0]); // version 10.0
    out.extend(128u32.to_le_bytes()); // header size
    out.extend([0; 32]); // header checksum, below
    out.extend(narrow(tables.len()).to_le_bytes());
    out.extend(Digest::of(&tables).0); // tables checksum
    for (offset, count, row) in
        [(0, rows.len(), 52u32), (extents_at, extents.len(), 24), (groups_at, 1, 48), (devices_at, 1, 64)]
    {
        out.extend(narrow(offset).to_le_bytes());
        out.extend(narrow(count).to_le_bytes());
        out.extend(row.to_le_bytes());
    }
    let sum = Digest::of(&out).0;
    out[12..44].copy_from_slice(&sum);
    out.extend(tables);
    out
}
