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
    for insn in code.instructions().flatten() {
        let here = entries.iter().filter(|(unit, _)| *unit == insn.offset).map(|(_, index)| *index);
        let here: Vec<u32> = here.collect();
        if insn.op == Op::Nop {
            // A check-cast that became two nop: its register and its type.
            if let [register @ 0..=0xff, type_ @ 0..=0xffff] = here[..] {
                let start = (insn.offset as usize).saturating_mul(2);
                if let Some(place) = bytes.get_mut(start.saturating_add(1)) {
                    *place = register as u8;
                }
                put(&mut bytes, &insn, Op::CheckCast, Some(type_ as u16));
            }
            continue;
        }
        let Some(op) = original(insn.op) else { continue };
        if op == Op::ReturnVoid {
            put(&mut bytes, &insn, op, None);
            continue;
        }
        let rows = match insn.op.index_kind() {
            IndexKind::FieldOffset => dex.field_count(),
            _ => dex.method_count(),
        };
        match here[..] {
            [index @ 0..=0xffff] if index < rows => put(&mut bytes, &insn, op, Some(index as u16)),
            _ => {
                obstacle.get_or_insert(Obstacle::new("the file does not say what the instruction was"));
            }
        }
    }
    // Two nop that are still there may have been a check-cast.
    if obstacle.is_none() && has_nop_pair(code) && !entries_cover_pairs(code, entries) {
        obstacle = Some(Obstacle::new("a check-cast was removed from the method"));
    }
    Attempt { bytes, obstacle }
}

fn entries_cover_pairs(code: &Code<'_>, entries: &[(u32, u32)]) -> bool {
    let mut nops = code.instructions().flatten().filter(|insn| insn.op == Op::Nop).peekable();
    while let Some(first) = nops.next() {
        if nops.next_if(|second| second.offset == first.next_offset()).is_some()
            && entries.iter().filter(|(unit, _)| *unit == first.offset).count() != 2
        {
            return false;
        }
    }
    true
}
