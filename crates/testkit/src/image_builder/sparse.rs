//! Android sparse images (`system/core/libsparse/sparse_format.h`).

/// One chunk.
#[derive(Clone, Debug)]
pub enum SparseChunk {
    /// Bytes as they are; a multiple of the block size.
    Raw(Vec<u8>),
    /// This many blocks filled with a word.
    Fill(u32, [u8; 4]),
    /// This many blocks that nobody cares about.
    DontCare(u32),
    /// A checksum of what came so far.
    Crc(u32),
}

/// A sparse image to be.
#[derive(Clone, Debug)]
pub struct SparseBuilder {
    /// Bytes of a block.
    pub block: u32,
    /// Its chunks in order.
    pub chunks: Vec<SparseChunk>,
    /// Number of blocks in the header; `None` means the truth.
    pub blocks: Option<u32>,
    /// Number of chunks in the header; `None` means the truth.
    pub count: Option<u32>,
}

impl SparseBuilder {
    /// An image with blocks of 4096 bytes.
    #[must_use]
    pub fn of(chunks: Vec<SparseChunk>) -> SparseBuilder {
        SparseBuilder { block: 4096, chunks, blocks: None, count: None }
    }

    /// A raw image with one chunk for each run of equal kind, as `img2simg` makes it.
    #[must_use]
    pub fn from_raw(raw: &[u8]) -> SparseBuilder {
        let mut chunks: Vec<SparseChunk> = Vec::new();
        for block in raw.chunks(4096) {
            let mut block = block.to_vec();
            block.resize(4096, 0);
            let is_zero = block.iter().all(|&byte| byte == 0);
            match chunks.last_mut() {
                Some(SparseChunk::DontCare(count)) if is_zero => *count += 1,
                Some(SparseChunk::Raw(bytes)) if !is_zero => bytes.extend(block),
                _ if is_zero => chunks.push(SparseChunk::DontCare(1)),
                _ => chunks.push(SparseChunk::Raw(block)),
            }
        }
        SparseBuilder::of(chunks)
    }

    /// The image's bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let count = |chunk: &SparseChunk| match chunk {
            SparseChunk::Raw(bytes) => u32::try_from(bytes.len()).expect("small") / self.block,
            SparseChunk::Fill(blocks, _) | SparseChunk::DontCare(blocks) => *blocks,
            SparseChunk::Crc(_) => 0,
        };
        let blocks: u32 = self.chunks.iter().map(count).sum();
        let chunks = u32::try_from(self.chunks.len()).expect("small");
        let mut out = Vec::new();
        out.extend(0xed26_ff3au32.to_le_bytes()); // magic
        out.extend([1, 0, 0, 0]); // version 1.0
        out.extend(28u16.to_le_bytes()); // file header
        out.extend(12u16.to_le_bytes()); // chunk header
        out.extend(self.block.to_le_bytes());
        out.extend(self.blocks.unwrap_or(blocks).to_le_bytes());
        out.extend(self.count.unwrap_or(chunks).to_le_bytes());
        out.extend([0; 4]); // checksum, unused
        for chunk in &self.chunks {
            let (kind, body): (u16, Vec<u8>) = match chunk {
                SparseChunk::Raw(bytes) => (0xcac1, bytes.clone()),
                SparseChunk::Fill(_, word) => (0xcac2, word.to_vec()),
                SparseChunk::DontCare(_) => (0xcac3, Vec::new()),
                SparseChunk::Crc(crc) => (0xcac4, crc.to_le_bytes().to_vec()),
            };
            out.extend(kind.to_le_bytes());
            out.extend([0; 2]); // reserved
            out.extend(count(chunk).to_le_bytes());
            out.extend((12 + u32::try_from(body.len()).expect("small")).to_le_bytes());
            out.extend(body);
        }
        out
    }
}
