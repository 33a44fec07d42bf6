//! What dex2oat of Android 7 notes about quickened methods (`class OatClass` and `OatQuickMethodHeader` of that release).
//!
//! A quickened method that was not compiled has a header without code all the same, and in the place of the table of
//! registers stand pairs of LEB128 numbers: the unit of a changed instruction and the index it had.

use std::collections::BTreeMap;

use overt_base::{Reader, View};
use overt_dex::{Code, DexFile, Op};

use super::header::word_at;

/// Values of `OatClassType`: every method is compiled; those in a bitmap are.
const ALL_COMPILED: u16 = 0;
const SOME_COMPILED: u16 = 1;

/// Bytes of the header in front of compiled code: offset of the register table, three words about the frame, code size.
const METHOD_HEADER: usize = 20;

/// For each code item (by its offset in the DEX): the changed instructions in order, as (unit, index). A `check-cast` that
/// was replaced by two `nop` is not in it: that one is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuickeningTable {
    /// The methods that have quickened instructions with an index.
    pub methods: BTreeMap<u32, Vec<(u32, u32)>>,
}

pub(super) fn quickening_table(data: &View, class_offsets: usize, dex: &DexFile) -> QuickeningTable {
    let mut table = QuickeningTable::default();
    for (number, class) in dex.class_defs() {
        let Ok(class) = class else { continue };
        let entry = class_offsets.saturating_add(number.saturating_mul(4));
        let Some(at) = word_at(data, entry) else { break };
        let Some(mut offsets) = CodeOffsets::read(data, at as usize) else { continue };
        for (ordinal, method) in dex.class_data(&class).methods().enumerate() {
            let Some(place) = offsets.next(ordinal) else { continue };
            let Ok(code) = dex.code(method.code_off) else { continue };
            if !has_quickened_index(&code) {
                continue;
            }
            // The lowest bit says "thumb".
            let Some(start) = word_at(data, place).filter(|o| *o != 0).map(|o| (o & !1) as usize) else {
                continue;
            };
            if let Some(entries) = read_entries(data, start, &code) {
                table.methods.insert(method.code_off, entries);
            }
        }
    }
    table
}

/// Where the offsets of the compiled methods of one class stand.
struct CodeOffsets<'a> {
    bitmap: Option<&'a [u8]>,
    next: usize,
}

impl<'a> CodeOffsets<'a> {
    fn read(data: &'a [u8], at: usize) -> Option<CodeOffsets<'a>> {
        let mut reader = Reader::at(data, at);
        let _status = reader.u16().ok()?;
        let bitmap = match reader.u16().ok()? {
            ALL_COMPILED => None,
            SOME_COMPILED => {
                let size = reader.u32().ok()?;
                Some(reader.bytes(size as usize).ok()?)
            }
            _ => return None,
        };
        Some(CodeOffsets { bitmap, next: reader.position() })
    }

    /// The place of the offset of method number `ordinal`. To be asked for in ascending order, without leaving one out.
    fn next(&mut self, ordinal: usize) -> Option<usize> {
        let compiled =
            self.bitmap.is_none_or(|bits| bits.get(ordinal / 8).is_some_and(|b| b >> (ordinal % 8) & 1 == 1));
        if !compiled {
            return None;
        }
        let place = self.next;
        self.next = self.next.saturating_add(4);
        Some(place)
    }
}

fn has_quickened_index(code: &Code<'_>) -> bool {
    code.instructions().flatten().any(|insn| insn.op.is_quick() && insn.op != Op::ReturnVoidNoBarrier)
}

/// The pairs that belong to the code starting at `start`; they end where they no longer fit the instructions.
fn read_entries(data: &[u8], start: usize, code: &Code<'_>) -> Option<Vec<(u32, u32)>> {
    let back = word_at(data, start.checked_sub(METHOD_HEADER)?)? as usize;
    let mut reader = Reader::at(data, start.checked_sub(back).filter(|_| back > METHOD_HEADER)?);
    let changed =
        code.instructions().flatten().filter(|i| i.op.is_quick() && i.op != Op::ReturnVoidNoBarrier);
    let mut entries = Vec::new();
    for insn in changed {
        let (Ok(unit), Ok(index)) = (reader.uleb128(), reader.uleb128()) else { break };
        if unit != insn.offset {
            break;
        }
        entries.push((unit, index));
    }
    Some(entries)
}
