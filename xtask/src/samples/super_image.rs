//! A `super` partition: logical partition metadata (`metadata_format.h` of liblp, version 10.0) and the partitions it lists.

use overt_base::digest::Digest;

const SECTOR: usize = 512;
const BLOCK: usize = 4096;
/// LP_PARTITION_RESERVED_BYTES: room for a boot sector.
const RESERVED: usize = 4096;
const SLOTS: usize = 2;
/// Space of one copy of the metadata.
const METADATA_MAX: usize = 4096;
/// Where the first partition may begin: behind two geometries and two copies per slot.
const FIRST: usize = RESERVED + 2 * BLOCK + 2 * SLOTS * METADATA_MAX;

const GEOMETRY_MAGIC: u32 = 0x616c_4467;
const HEADER_MAGIC: u32 = 0x414c_5030;
const HEADER_SIZE: usize = 128;
const ATTR_READONLY: u32 = 1;

/// The image with `partitions` (name, contents) in this order. An empty one has no extent.
#[must_use]
pub fn build(partitions: &[(&str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    let (mut partition_table, mut extent_table) = (Vec::new(), Vec::new());
    let mut extents = 0u32;
    for (index, (name, bytes)) in partitions.iter().enumerate() {
        let count = u32::from(!bytes.is_empty());
        partition_table.extend(padded_name(name));
        // attributes, first extent, extents, group (0 is "default")
        for number in [ATTR_READONLY, extents, count, (index % SLOTS) as u32 + 1] {
            partition_table.extend(number.to_le_bytes());
        }
        if count == 0 {
            continue;
        }
        let begin = (FIRST + data.len()) / SECTOR;
        data.extend_from_slice(bytes);
        data.resize(data.len().next_multiple_of(BLOCK), 0);
        let end = (FIRST + data.len()) / SECTOR;
        extent_table.extend(((end - begin) as u64).to_le_bytes());
        extent_table.extend(0u32.to_le_bytes()); // LP_TARGET_TYPE_LINEAR
        extent_table.extend((begin as u64).to_le_bytes());
        extent_table.extend(0u32.to_le_bytes()); // on the first block device
        extents += count;
    }
    let total = FIRST + data.len();
    let mut group_table = Vec::new();
    let groups = [("default", 0), ("main_a", total as u64), ("main_b", total as u64)];
    for (name, maximum) in groups {
        group_table.extend(padded_name(name));
        group_table.extend(0u32.to_le_bytes()); // flags
        group_table.extend(maximum.to_le_bytes());
    }
    let mut device_table = Vec::new();
    device_table.extend(((FIRST / SECTOR) as u64).to_le_bytes());
    device_table.extend((BLOCK as u32).to_le_bytes()); // alignment
    device_table.extend(0u32.to_le_bytes()); // alignment offset
    device_table.extend((total as u64).to_le_bytes());
    device_table.extend(padded_name("super"));
    device_table.extend(0u32.to_le_bytes()); // flags

    let tables = [
        (&partition_table, partitions.len() as u32, 52u32),
        (&extent_table, extents, 24),
        (&group_table, groups.len() as u32, 48),
        (&device_table, 1, 64),
    ];
    let metadata = metadata(&tables);
    let geometry = geometry();
    let mut image = vec![0u8; RESERVED];
    for _ in 0..2 {
        append_padded(&mut image, &geometry, BLOCK);
    }
    for _ in 0..2 * SLOTS {
        append_padded(&mut image, &metadata, METADATA_MAX);
    }
    image.extend(data);
    image
}

fn append_padded(image: &mut Vec<u8>, bytes: &[u8], size: usize) {
    let end = image.len() + size;
    image.extend_from_slice(bytes);
    image.resize(end, 0);
}

fn padded_name(name: &str) -> [u8; 36] {
    let mut padded = [0u8; 36];
    padded.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
    padded
}

/// LpMetadataGeometry; its checksum is taken with the checksum field zero.
fn geometry() -> Vec<u8> {
    let fill = |checksum: [u8; 32]| {
        let mut bytes = Vec::new();
        bytes.extend(GEOMETRY_MAGIC.to_le_bytes());
        bytes.extend(52u32.to_le_bytes()); // size of this structure
        bytes.extend(checksum);
        bytes.extend((METADATA_MAX as u32).to_le_bytes());
        bytes.extend((SLOTS as u32).to_le_bytes());
        bytes.extend((BLOCK as u32).to_le_bytes());
        bytes
    };
    fill(Digest::of(&fill([0; 32])).0)
}

/// LpMetadataHeader and its tables; the header's checksum is taken with the checksum field zero.
fn metadata(tables: &[(&Vec<u8>, u32, u32)]) -> Vec<u8> {
    let body: Vec<u8> = tables.iter().flat_map(|(bytes, _, _)| bytes.iter().copied()).collect();
    let fill = |checksum: [u8; 32]| {
        let mut bytes = Vec::new();
        bytes.extend(HEADER_MAGIC.to_le_bytes());
        bytes.extend(10u16.to_le_bytes()); // major version
        bytes.extend(0u16.to_le_bytes()); // minor version
        bytes.extend((HEADER_SIZE as u32).to_le_bytes());
        bytes.extend(checksum);
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(Digest::of(&body).0);
        let mut offset = 0u32;
        for (table, count, entry) in tables {
            for number in [offset, *count, *entry] {
                bytes.extend(number.to_le_bytes());
            }
            offset += table.len() as u32;
        }
        bytes
    };
    let mut bytes = fill(Digest::of(&fill([0; 32])).0);
    bytes.extend(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_sizes_of_the_format() {
        assert_eq!(geometry().len(), 52);
        let image = build(&[("system_a", &[7; 5000]), ("system_b", &[])]);
        assert_eq!(image.len(), FIRST + 8192);
        assert_eq!(image.get(RESERVED..RESERVED + 4), Some(&b"gDla"[..]));
        let header = RESERVED + 2 * BLOCK;
        assert_eq!(image.get(header..header + 4), Some(&b"0PLA"[..]));
        assert_eq!(image.get(FIRST), Some(&7));
        // Two partitions, one extent, three groups, one device.
        let tables = 2 * 52 + 24 + 3 * 48 + 64;
        assert_eq!(image.get(header + 44..header + 48), Some(&(tables as u32).to_le_bytes()[..]));
    }
}
