//! Tables that stand between instructions ("packed-switch-payload", "sparse-switch-payload", "fill-array-data-payload").

use overt_base::Reader;

use crate::{Bad, Code, Insn, Op};

const PACKED_SWITCH: u16 = 0x0100;
const SPARSE_SWITCH: u16 = 0x0200;
const ARRAY: u16 = 0x0300;

/// One case of a switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SwitchCase {
    /// The value that selects it.
    pub key: i32,
    /// Where it goes, in units from the start of the method.
    pub target: u32,
}

/// The constants of a `fill-array-data`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArrayPayload<'a> {
    /// Bytes per element: 1, 2, 4 or 8.
    pub width: u16,
    /// Number of elements.
    pub count: u32,
    /// The elements, little-endian.
    pub bytes: &'a [u8],
}

impl<'a> ArrayPayload<'a> {
    /// The elements, sign-extended. Elements of `float` and `double` arrays are their bits.
    pub fn iter(&self) -> impl Iterator<Item = i64> + use<'a> {
        let width = usize::from(self.width).max(1);
        self.bytes.chunks_exact(width).map(|element| {
            let mut eight = [0u8; 8];
            for (to, from) in eight.iter_mut().zip(element) {
                *to = *from;
            }
            let unused = 64u32.saturating_sub((element.len() as u32).saturating_mul(8)).min(63);
            (u64::from_le_bytes(eight).wrapping_shl(unused) as i64).wrapping_shr(unused)
        })
    }
}

/// How many units the payload that starts at `offset` takes; `None` when no payload starts there. Saturates: a
/// payload that claims more than there is runs over the end.
#[inline]
pub(crate) fn units_at(code: &[u8], offset: u32) -> Option<u32> {
    let mut reader = Reader::at(code, (offset as usize).checked_mul(2)?);
    // A nop whose high byte is not zero; a plain nop has zero there.
    let ident = reader.u16().ok()?;
    match ident {
        PACKED_SWITCH => {
            Some(u32::from(reader.u16().unwrap_or(u16::MAX)).saturating_mul(2).saturating_add(4))
        }
        SPARSE_SWITCH => {
            Some(u32::from(reader.u16().unwrap_or(u16::MAX)).saturating_mul(4).saturating_add(2))
        }
        ARRAY => {
            let width = u64::from(reader.u16().unwrap_or(u16::MAX));
            let count = u64::from(reader.u32().unwrap_or(u32::MAX));
            // At most (2^16 − 1)(2^32 − 1) + 1: fits.
            let bytes = width.saturating_mul(count).saturating_add(1);
            Some(u32::try_from((bytes / 2).saturating_add(4)).unwrap_or(u32::MAX))
        }
        _ => None,
    }
}

impl<'a> Code<'a> {
    fn payload(&self, insn: &Insn) -> Result<Reader<'a>, Bad> {
        let at = insn
            .branch_target()
            .and_then(|unit| (unit as usize).checked_mul(2))
            .ok_or(self.bad_at(insn.offset, "payload outside the method"))?;
        Ok(Reader::at(self.instruction_bytes(), at))
    }

    /// The cases of a `packed-switch` or `sparse-switch`, in the order of the file.
    ///
    /// # Errors
    /// [`Bad`] when `insn` is no switch, its payload is malformed, or a case goes outside the method.
    pub fn switch_targets(&self, insn: &Insn) -> Result<Vec<SwitchCase>, Bad> {
        let bad = |what| self.bad_at(insn.offset, what);
        let mut reader = self.payload(insn)?;
        let ident = reader.u16().map_err(|_| bad("switch payload outside the method"))?;
        let count = reader.u16().map_err(|_| bad("switch payload outside the method"))?;
        let mut int =
            || reader.u32().map(|word| word as i32).map_err(|_| bad("switch payload outside the method"));
        let mut cases = Vec::new();
        match (insn.op, ident) {
            (Op::PackedSwitch, PACKED_SWITCH) => {
                let first = int()?;
                for i in 0..i32::from(count) {
                    cases.push((first.wrapping_add(i), int()?));
                }
            }
            (Op::SparseSwitch, SPARSE_SWITCH) => {
                for _ in 0..count {
                    cases.push((int()?, 0));
                }
                for case in &mut cases {
                    case.1 = int()?;
                }
            }
            _ => return Err(bad("no switch payload where the switch says")),
        }
        cases
            .into_iter()
            .map(|(key, relative)| {
                let target =
                    insn.offset.checked_add_signed(relative).filter(|unit| *unit < self.unit_count());
                Ok(SwitchCase { key, target: target.ok_or(bad("switch case outside the method"))? })
            })
            .collect()
    }

    /// The constants of a `fill-array-data`.
    ///
    /// # Errors
    /// [`Bad`] when `insn` is another instruction or its payload is malformed.
    pub fn array_payload(&self, insn: &Insn) -> Result<ArrayPayload<'a>, Bad> {
        let bad = |what| self.bad_at(insn.offset, what);
        let mut reader = self.payload(insn)?;
        let ident = reader.u16().map_err(|_| bad("array payload outside the method"))?;
        if insn.op != Op::FillArrayData || ident != ARRAY {
            return Err(bad("no array payload where the instruction says"));
        }
        let width = reader.u16().map_err(|_| bad("array payload outside the method"))?;
        if !matches!(width, 1 | 2 | 4 | 8) {
            return Err(bad("array payload with odd element width"));
        }
        let count = reader.u32().map_err(|_| bad("array payload outside the method"))?;
        let bytes = (count as usize)
            .checked_mul(usize::from(width))
            .and_then(|size| reader.bytes(size).ok())
            .ok_or(bad("array payload runs over the end of the method"))?;
        Ok(ArrayPayload { width, count, bytes })
    }
}
