//! Restoring with what dex2oat of Android 7 noted.

use overt_dex::{Code, DexFile, IndexKind, Op};

use super::lineage::Obstacle;
use super::original;
use super::restore::{Attempt, Restored, has_nop_pair, put, restore_with, unreadable};
use crate::oat::QuickeningTable;

/// Restores every method of `dex` with the indices of `table`. What is not in the table stays quickened.
#[must_use]
pub fn restore_from_table(dex: &DexFile, table: &QuickeningTable) -> Restored {
    restore_with(dex, |method, code| {
        let entries = table.methods.get(&method.code_off).map_or(&[][..], |entries| entries);
        restore_method(dex, code, entries)
    })
}

fn restore_method(dex: &DexFile, code: &Code<'_>, entries: &[(u32, u32)]) -> Attempt {
    let mut bytes = code.instruction_bytes().to_vec();
    let mut obstacle = code.instructions().find_map(Result::err).map(|_| unreadable());
    let mut entries = entries.iter().peekable();
    for insn in code.instructions().flatten() {
        let Some(op) = original(insn.op) else { continue };
        if op == Op::ReturnVoid {
            put(&mut bytes, &insn, op, None);
            continue;
        }
        let rows = match insn.op.index_kind() {
            IndexKind::FieldOffset => dex.field_count(),
            _ => dex.method_count(),
        };
        let index = entries.next_if(|(unit, _)| *unit == insn.offset).map(|(_, index)| *index);
        match index.filter(|index| *index < rows).and_then(|index| u16::try_from(index).ok()) {
            Some(index) => put(&mut bytes, &insn, op, Some(index)),
            None => {
                obstacle.get_or_insert(Obstacle::new("the file does not say what the instruction was"));
            }
        }
    }
    if has_nop_pair(code) {
        obstacle.get_or_insert(Obstacle::new("a check-cast was removed from the method"));
    }
    Attempt { bytes, obstacle }
}
