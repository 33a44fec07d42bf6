//! Lowering: any code item, sound or not, becomes blocks that hold together.

use overt_base::bytes::View;
use overt_dex::{Code, DexFile};
use overt_program::ir::{BlockId, Operation, lower};

use crate::Target;

pub const TARGET: Target =
    Target { name: "lower", says: "the bytes as a code item, lowered to blocks", seeds: &["apk!.dex"], run };

/// Code units looked at in one run: long code is work, not a fault.
const UNITS: u32 = 16_384;
/// Size of a DEX header.
const HEADER: usize = 0x70;

fn run(data: &[u8]) {
    if let Ok(dex) = DexFile::parse(View::from_vec(around(data)))
        && let Ok(code) = dex.code(HEADER as u32)
    {
        one(&code);
    }
}

/// A DEX with empty tables and the bytes as a code item behind its header.
fn around(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0u8; HEADER];
    out[..8].copy_from_slice(b"dex\n035\0");
    let size = (HEADER + data.len().max(16)) as u32;
    out[0x20..0x24].copy_from_slice(&size.to_le_bytes());
    out[0x24..0x28].copy_from_slice(&(HEADER as u32).to_le_bytes());
    out[0x28..0x2c].copy_from_slice(&0x1234_5678u32.to_le_bytes());
    out.extend(data);
    out.resize(size as usize, 0);
    // The count of units is what is there, less what the tries need.
    let most = (size as usize - HEADER - 16) / 2;
    let asked = usize::from(u16::from_le_bytes([out[HEADER + 12], out[HEADER + 13]]));
    let units = if asked == 0 || asked > most { most } else { asked } as u32;
    out[HEADER + 12..HEADER + 16].copy_from_slice(&units.to_le_bytes());
    out
}

fn one(code: &Code<'_>) {
    if code.unit_count() > UNITS {
        return;
    }
    let body = lower(code);
    let mut next = 0;
    for (number, block) in body.blocks.iter().enumerate() {
        assert_eq!(block.instructions.start, next, "each instruction is in one block");
        assert!(block.instructions.end > next, "no block is empty");
        next = block.instructions.end;
        assert!(body.next(BlockId(number as u32)).all(|to| to.index() < body.blocks.len()));
        let _ = body.live(BlockId(number as u32), 0);
        if block.successors.is_empty() {
            let last = body.of(block).last().map(|one| one.operation);
            assert!(matches!(
                last,
                Some(Operation::Return { .. } | Operation::Throw { .. } | Operation::Stop)
            ));
        }
    }
    assert_eq!(next as usize, body.instructions.len());
}
