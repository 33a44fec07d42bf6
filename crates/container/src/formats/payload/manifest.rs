//! What a payload says about itself: partitions and the operations that make them.

use crate::protobuf::{Fields, Value};

/// `DeltaArchiveManifest`.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) block_size: u64,
    pub(super) partitions: Vec<Partition>,
    /// Whether it has the operations of the first version, which knew two partitions.
    pub(super) is_old: bool,
    /// What is wrong with it.
    pub(super) trouble: Option<&'static str>,
}

/// `PartitionUpdate`.
#[derive(Debug, Default)]
pub(super) struct Partition {
    pub(super) name: String,
    pub(super) operations: Vec<Operation>,
    pub(super) old: Option<Whole>,
    pub(super) new: Option<Whole>,
}

/// `PartitionInfo`.
#[derive(Clone, Debug, Default)]
pub(super) struct Whole {
    pub(super) size: u64,
    pub(super) sha256: Vec<u8>,
}

/// `InstallOperation`.
#[derive(Clone, Debug, Default)]
pub(super) struct Operation {
    pub(super) kind: u64,
    pub(super) data_offset: u64,
    pub(super) data_length: u64,
    pub(super) from: Vec<Extent>,
    pub(super) to: Vec<Extent>,
    pub(super) from_sha256: Option<[u8; 32]>,
}

/// Blocks of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: u64,
    pub(super) blocks: u64,
}

/// A large phone's update has some ten thousand operations; more than this many are made to exhaust memory.
const MOST_OPERATIONS: usize = 1 << 20;
const MOST_EXTENTS: usize = 4 << 20;
const MOST_PARTITIONS: usize = 1 << 10;

struct Room {
    operations: usize,
    extents: usize,
}

impl Manifest {
    pub(super) fn read(raw: &[u8]) -> Manifest {
        let mut manifest = Manifest { block_size: 4096, ..Manifest::default() };
        let mut room = Room { operations: MOST_OPERATIONS, extents: MOST_EXTENTS };
        let mut fields = Fields::of(raw);
        for (number, value) in fields.by_ref() {
            match (number, value) {
                (1 | 2, Value::Bytes(_)) => manifest.is_old = true,
                (3, Value::Number(size)) => manifest.block_size = size,
                (13, Value::Bytes(raw)) if manifest.partitions.len() < MOST_PARTITIONS => {
                    let partition = partition(raw, &mut room, &mut manifest.trouble);
                    manifest.partitions.push(partition);
                }
                _ => {}
            }
        }
        if fields.is_broken() {
            manifest.trouble = Some("the manifest is malformed");
        }
        if room.operations == 0 || room.extents == 0 {
            manifest.trouble = Some("there are more operations or extents than any update has");
        }
        manifest
    }
}

fn partition(raw: &[u8], room: &mut Room, trouble: &mut Option<&'static str>) -> Partition {
    let mut partition = Partition::default();
    let mut fields = Fields::of(raw);
    for (number, value) in fields.by_ref() {
        match (number, value) {
            (1, Value::Bytes(name)) => partition.name = String::from_utf8_lossy(name).into_owned(),
            (6, Value::Bytes(raw)) => partition.old = Some(whole(raw)),
            (7, Value::Bytes(raw)) => partition.new = Some(whole(raw)),
            (8, Value::Bytes(raw)) if room.operations > 0 => {
                room.operations = room.operations.saturating_sub(1);
                partition.operations.push(operation(raw, room, trouble));
            }
            _ => {}
        }
    }
    if fields.is_broken() {
        *trouble = Some("a partition's part of the manifest is malformed");
    }
    partition
}

fn whole(raw: &[u8]) -> Whole {
    let mut whole = Whole::default();
    for (number, value) in Fields::of(raw) {
        match (number, value) {
            (1, Value::Number(size)) => whole.size = size,
            (2, Value::Bytes(sha256)) => whole.sha256 = sha256.get(..32).unwrap_or(sha256).to_vec(),
            _ => {}
        }
    }
    whole
}

fn operation(raw: &[u8], room: &mut Room, trouble: &mut Option<&'static str>) -> Operation {
    let mut operation = Operation::default();
    let mut fields = Fields::of(raw);
    for (number, value) in fields.by_ref() {
        match (number, value) {
            (1, Value::Number(kind)) => operation.kind = kind,
            (2, Value::Number(offset)) => operation.data_offset = offset,
            (3, Value::Number(length)) => operation.data_length = length,
            (4, Value::Bytes(raw)) => push(&mut operation.from, raw, room),
            (6, Value::Bytes(raw)) => push(&mut operation.to, raw, room),
            (9, Value::Bytes(sha256)) => operation.from_sha256 = sha256.try_into().ok(),
            _ => {}
        }
    }
    if fields.is_broken() {
        *trouble = Some("an operation is malformed");
    }
    operation
}

fn push(extents: &mut Vec<Extent>, raw: &[u8], room: &mut Room) {
    if room.extents == 0 {
        return;
    }
    room.extents = room.extents.saturating_sub(1);
    let mut extent = Extent::default();
    for (number, value) in Fields::of(raw) {
        match (number, value.number()) {
            (1, Some(start)) => extent.start = start,
            (2, Some(blocks)) => extent.blocks = blocks,
            _ => {}
        }
    }
    extents.push(extent);
}
