//! Which registers a block still needs.

use fixedbitset::FixedBitSet;

use super::blocks::{BlockId, Body};
use super::operation::Register;

/// Bits kept at most; code with more (thousands of registers in thousands of blocks) counts every register as needed.
const MAX_BITS: usize = 1 << 23;

/// Registers needed at the start of each block.
#[derive(Debug, Clone, Default)]
pub(super) struct Live {
    registers: usize,
    bits: Option<FixedBitSet>,
}

impl Live {
    pub(super) fn contains(&self, block: BlockId, register: Register) -> bool {
        match &self.bits {
            Some(bits) => bits.contains(block.index() * self.registers + register as usize),
            None => true,
        }
    }

    /// Solves the backward equations (a register is live where it is read before it is written).
    pub(super) fn of(body: &Body) -> Live {
        let registers = body.registers as usize;
        let count = body.blocks.len();
        if registers.saturating_mul(count) > MAX_BITS {
            return Live { registers, bits: None };
        }
        let mut all = FixedBitSet::with_capacity(registers * count);
        let mut now = FixedBitSet::with_capacity(registers);
        let mut by_order: Vec<usize> = (0..count).filter(|block| body.order[*block] != u32::MAX).collect();
        by_order.sort_by_key(|block| std::cmp::Reverse(body.order[*block]));
        let mut changed = true;
        while changed {
            changed = false;
            for &number in &by_order {
                let id = BlockId(number as u32);
                let block = body.block(id);
                now.clear();
                for next in &block.successors {
                    for register in 0..registers {
                        if all.contains(next.index() * registers + register) {
                            now.insert(register);
                        }
                    }
                }
                for instruction in body.of(block).iter().rev() {
                    if let Some(written) = instruction.operation.written()
                        && (written as usize) < registers
                    {
                        now.set(written as usize, false);
                    }
                    instruction.operation.read(|register| {
                        if (register as usize) < registers {
                            now.insert(register as usize);
                        }
                    });
                }
                for handler in &block.handlers {
                    for register in 0..registers {
                        if all.contains(handler.block.index() * registers + register) {
                            now.insert(register);
                        }
                    }
                }
                for register in now.ones() {
                    changed |= !all.put(number * registers + register);
                }
            }
        }
        Live { registers, bits: Some(all) }
    }
}
