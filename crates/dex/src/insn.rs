//! One instruction.

use crate::display::Display;
use crate::{DexFile, Format, Op};

/// The registers that a call or a filled array takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Args {
    count: u8,
    range: bool,
    first: u16,
    list: [u8; 5],
}

impl Args {
    /// How many registers; a `long` or `double` takes two.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Whether there are none.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Register `position`.
    #[must_use]
    #[inline]
    pub fn get(&self, position: usize) -> Option<u32> {
        if position >= self.len() {
            None
        } else if self.range {
            // At most 65535 + 255.
            Some(u32::from(self.first).saturating_add(position as u32))
        } else {
            self.list.get(position).map(|register| u32::from(*register))
        }
    }

    /// The registers in order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).filter_map(|position| self.get(position))
    }
}

/// A decoded instruction. Operands that its format does not have are 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Insn {
    /// Where it starts, in 16-bit units from the start of the method's instructions.
    pub offset: u32,
    /// What it does.
    pub op: Op,
    /// How many units it takes.
    pub units: u32,
    /// The first register: mostly the destination.
    pub a: u32,
    /// The second register.
    pub b: u32,
    /// The third register.
    pub c: u32,
    /// What [`Op::index_kind`] says.
    pub index: u32,
    /// The prototype of `invoke-polymorphic`.
    pub index2: u32,
    /// The constant, sign-extended; of the `high16` forms already shifted into place.
    pub literal: i64,
    /// Of branches: where to, in units from this instruction's start. Of switches and `fill-array-data`: where the
    /// payload is.
    pub target: i32,
    /// The registers of the forms that take a list or a range.
    pub args: Args,
}

impl Insn {
    /// Where a branch goes, in units from the start of the method; `None` for a place before it. May lie behind its end.
    #[must_use]
    #[inline]
    pub fn branch_target(&self) -> Option<u32> {
        self.offset.checked_add_signed(self.target)
    }

    /// The instruction behind this one.
    #[must_use]
    #[inline]
    pub fn next_offset(&self) -> u32 {
        self.offset.saturating_add(self.units)
    }

    /// One line of text in the manner of smali, without the offset.
    #[must_use]
    pub fn display<'a>(&'a self, dex: &'a DexFile) -> Display<'a> {
        Display::new(self, dex)
    }

    /// Decodes what starts at unit `offset` of `code`; `None` when it runs over the end.
    #[inline]
    pub(crate) fn decode(code: &[u8], offset: u32) -> Option<Insn> {
        let start = (offset as usize).checked_mul(2)?;
        let rest = code.get(start..)?;
        let (&low, &high) = (rest.first()?, rest.get(1)?);
        let op = Op::from_byte(low);
        let format = op.format();
        let units = format.units();
        let mut insn = Insn {
            offset,
            op,
            units,
            a: 0,
            b: 0,
            c: 0,
            index: 0,
            index2: 0,
            literal: 0,
            target: 0,
            args: Args::default(),
        };
        let aa = u32::from(high);
        let (a, b) = (aa & 0xf, aa >> 4);
        if units == 1 {
            match format {
                Format::F12x => (insn.a, insn.b) = (a, b),
                // The constant is a signed nibble.
                Format::F11n => (insn.a, insn.literal) = (a, i64::from(high as i8 >> 4)),
                Format::F11x => insn.a = aa,
                Format::F10t => insn.target = i32::from(high as i8),
                _ => {}
            }
            return Some(insn);
        }
        let &[b2, b3] = rest.get(2..4)? else { return None };
        let second = u16::from_le_bytes([b2, b3]);
        if units == 2 {
            let signed = second as i16;
            match format {
                Format::F20t => insn.target = i32::from(signed),
                Format::F22x => (insn.a, insn.b) = (aa, u32::from(second)),
                Format::F21t => (insn.a, insn.target) = (aa, i32::from(signed)),
                Format::F21s => (insn.a, insn.literal) = (aa, i64::from(signed)),
                Format::F21h => {
                    insn.a = aa;
                    insn.literal = i64::from(signed) << if op == Op::ConstWideHigh16 { 48 } else { 16 };
                }
                Format::F21c => (insn.a, insn.index) = (aa, u32::from(second)),
                Format::F23x => (insn.a, insn.b, insn.c) = (aa, u32::from(b2), u32::from(b3)),
                Format::F22b => (insn.a, insn.b, insn.literal) = (aa, u32::from(b2), i64::from(b3 as i8)),
                Format::F22t => (insn.a, insn.b, insn.target) = (a, b, i32::from(signed)),
                Format::F22s => (insn.a, insn.b, insn.literal) = (a, b, i64::from(signed)),
                Format::F22c => (insn.a, insn.b, insn.index) = (a, b, u32::from(second)),
                _ => {}
            }
            return Some(insn);
        }
        let &[b4, b5] = rest.get(4..6)? else { return None };
        let third = u16::from_le_bytes([b4, b5]);
        let long = u32::from_le_bytes([b2, b3, b4, b5]);
        match format {
            Format::F30t => insn.target = long as i32,
            Format::F32x => (insn.a, insn.b) = (u32::from(second), u32::from(third)),
            Format::F31i => (insn.a, insn.literal) = (aa, i64::from(long as i32)),
            Format::F31t => (insn.a, insn.target) = (aa, long as i32),
            Format::F31c => (insn.a, insn.index) = (aa, long),
            Format::F35c | Format::F45cc => {
                insn.index = u32::from(second);
                // A count above five is malformed; five registers are all there is room for.
                insn.args = Args {
                    count: (high >> 4).min(5),
                    range: false,
                    first: 0,
                    list: [b4 & 0xf, b4 >> 4, b5 & 0xf, b5 >> 4, high & 0xf],
                };
            }
            Format::F3rc | Format::F4rcc => {
                insn.index = u32::from(second);
                insn.args = Args { count: high, range: true, first: third, list: [0; 5] };
            }
            Format::F51l => {
                let &[b6, b7, b8, b9] = rest.get(6..10)? else { return None };
                insn.a = aa;
                insn.literal = i64::from_le_bytes([b2, b3, b4, b5, b6, b7, b8, b9]);
            }
            _ => {}
        }
        if units == 4 {
            let &[b6, b7] = rest.get(6..8)? else { return None };
            insn.index2 = u32::from(u16::from_le_bytes([b6, b7]));
        }
        Some(insn)
    }
}
