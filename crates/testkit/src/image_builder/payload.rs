//! Payloads of A/B updates (`update_engine/update_metadata.proto`).

/// An operation.
#[derive(Clone, Debug, Default)]
pub struct PayloadOperation {
    /// Its number in `InstallOperation.Type`.
    pub kind: u64,
    /// What it brings.
    pub data: Vec<u8>,
    /// First block and number of blocks in the partition of the build before.
    pub from: Vec<(u64, u64)>,
    /// The same in the new one.
    pub to: Vec<(u64, u64)>,
    /// Digest of the bytes it starts from.
    pub from_sha256: Option<Vec<u8>>,
}

impl PayloadOperation {
    /// An operation that makes `blocks` blocks from `start` on.
    #[must_use]
    pub fn of(kind: u64, data: Vec<u8>, start: u64, blocks: u64) -> PayloadOperation {
        PayloadOperation { kind, data, to: vec![(start, blocks)], ..PayloadOperation::default() }
    }
}

/// A partition.
#[derive(Clone, Debug)]
pub struct PayloadPartition {
    /// Its name without slot.
    pub name: String,
    /// What makes it.
    pub operations: Vec<PayloadOperation>,
    /// Its size in bytes.
    pub size: u64,
    /// Size and digest in the build before.
    pub old: Option<(u64, Vec<u8>)>,
}

/// A payload.
#[derive(Clone, Debug)]
pub struct PayloadBuilder {
    /// Its partitions.
    pub partitions: Vec<PayloadPartition>,
    /// Bytes of a block.
    pub block: u64,
}

impl PayloadBuilder {
    /// A payload of these partitions.
    #[must_use]
    pub fn of(partitions: Vec<PayloadPartition>) -> PayloadBuilder {
        PayloadBuilder { partitions, block: 4096 }
    }

    /// Its bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut data: Vec<u8> = Vec::new();
        let mut manifest = number(3, self.block);
        for partition in &self.partitions {
            let mut raw = bytes(1, partition.name.as_bytes());
            if let Some((size, digest)) = &partition.old {
                raw.extend(bytes(6, &[number(1, *size), bytes(2, digest)].concat()));
            }
            raw.extend(bytes(7, &number(1, partition.size)));
            for operation in &partition.operations {
                let mut one = number(1, operation.kind);
                if !operation.data.is_empty() {
                    one.extend(number(2, data.len() as u64));
                    one.extend(number(3, operation.data.len() as u64));
                    data.extend(&operation.data);
                }
                for (field, extents) in [(4, &operation.from), (6, &operation.to)] {
                    for (start, blocks) in extents {
                        one.extend(bytes(field, &[number(1, *start), number(2, *blocks)].concat()));
                    }
                }
                if let Some(digest) = &operation.from_sha256 {
                    one.extend(bytes(9, digest));
                }
                raw.extend(bytes(8, &one));
            }
            manifest.extend(bytes(13, &raw));
        }
        let mut out = b"CrAU".to_vec();
        out.extend(2u64.to_be_bytes());
        out.extend((manifest.len() as u64).to_be_bytes());
        // A signature that nobody reads, so that its length counts.
        out.extend(5u32.to_be_bytes());
        out.extend(manifest);
        out.extend(b"sign!");
        out.extend(data);
        out
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A field that holds a number.
#[must_use]
pub fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field that holds bytes, text or a message.
#[must_use]
pub fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}
