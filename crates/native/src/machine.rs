//! Registers, flags, and what the three instruction sets have in common.

use crate::image::Image;
use crate::mark::{ADD, ARGUMENT, LOGIC, Mark, SHIFT, SUBTRACT, Value, XOR};
use crate::memory::{Fault, Memory};

/// Why a run cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Memory that is nobody's, or too much of it.
    Memory,
    /// No code there, or an instruction that the sandbox does not know.
    Instruction,
}

impl From<Fault> for Stop {
    fn from(_: Fault) -> Stop {
        Stop::Memory
    }
}

/// The result flags.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) n: bool,
    pub(crate) z: bool,
    pub(crate) c: bool,
    pub(crate) v: bool,
    /// They come from something unknown.
    pub(crate) unknown: bool,
}

impl Flags {
    /// Whether a condition code holds.
    pub(crate) fn holds(self, condition: u32) -> bool {
        let truth = match condition >> 1 & 7 {
            0 => self.z,
            1 => self.c,
            2 => self.n,
            3 => self.v,
            4 => self.c && !self.z,
            5 => self.n == self.v,
            6 => self.n == self.v && !self.z,
            _ => return true,
        };
        truth != (condition & 1 == 1)
    }
}

/// The operations of the 32-bit sets, numbered as A32 has them.
pub(crate) const AND: u32 = 0;
pub(crate) const EOR: u32 = 1;
pub(crate) const SUB: u32 = 2;
pub(crate) const RSB: u32 = 3;
pub(crate) const ADDITION: u32 = 4;
pub(crate) const ADC: u32 = 5;
pub(crate) const SBC: u32 = 6;
pub(crate) const RSC: u32 = 7;
pub(crate) const ORR: u32 = 12;
pub(crate) const MOV: u32 = 13;
pub(crate) const BIC: u32 = 14;
pub(crate) const MVN: u32 = 15;
/// `ORN`, which A32 lacks.
pub(crate) const ORN: u32 = 16;

/// A byte of a vector register.
pub(crate) type Cell = (u8, Mark);

/// One run's state.
#[derive(Clone)]
pub(crate) struct Cpu<'i> {
    pub(crate) image: &'i Image,
    pub(crate) memory: Memory<'i>,
    /// `r0` to `r15`, or `x0` to `x30` and the stack pointer as 31.
    pub(crate) r: [Value; 32],
    /// 32 vector registers of 16 bytes.
    pub(crate) v: Vec<Cell>,
    pub(crate) pc: u64,
    pub(crate) thumb: bool,
    /// Conditions still to come of a Thumb `IT`, as the architecture keeps them.
    pub(crate) it: u32,
    pub(crate) flags: Flags,
    /// The way not taken, where something unknown decided.
    pub(crate) fork: Option<u64>,
    /// The last instruction was a call that returns here.
    pub(crate) link: Option<u64>,
    /// The last instruction wrote computed bytes of the file.
    pub(crate) news: bool,
    /// Where the last instruction changed known bytes in memory.
    pub(crate) written: Vec<(u64, u8)>,
}

impl<'i> Cpu<'i> {
    pub(crate) fn new(image: &'i Image, memory: Memory<'i>) -> Cpu<'i> {
        Cpu {
            image,
            memory,
            r: [Value::unknown(0, ARGUMENT); 32],
            v: vec![(0, Mark::unknown(ARGUMENT)); 512],
            pc: 0,
            thumb: false,
            it: 0,
            flags: Flags::default(),
            fork: None,
            link: None,
            news: false,
            written: Vec::new(),
        }
    }

    pub(crate) fn load(&mut self, address: Value, size: u64) -> Result<Value, Stop> {
        Ok(self.memory.load(address, size)?)
    }

    pub(crate) fn store(&mut self, address: Value, value: Value, size: u64) -> Result<(), Stop> {
        let start = self.memory.store(address, value, size)?;
        if !value.mark.is_unknown() {
            self.written.push((start, size as u8));
            self.news |= value.mark.is_changed();
        }
        Ok(())
    }

    /// Goes to `target` when `taken`; where something unknown decided, the other way is remembered.
    pub(crate) fn branch(&mut self, taken: bool, unknown: bool, target: u64) {
        let next = self.pc;
        if taken {
            self.pc = target;
        }
        if unknown {
            self.fork = Some(if taken { next } else { target } | u64::from(self.thumb));
        }
    }

    /// Goes to an address whose lowest bit chooses between ARM and Thumb.
    pub(crate) fn exchange(&mut self, target: u64) {
        self.thumb = target & 1 == 1;
        self.pc = target & 0xffff_fffe & !u64::from(self.thumb);
    }

    /// Sum with carry of 32 bits, with the flags it leaves.
    pub(crate) fn sum32(a: u32, b: u32, carry: bool) -> (u32, Flags) {
        let wide = u64::from(a) + u64::from(b) + u64::from(carry);
        let result = wide as u32;
        let v = ((a ^ result) & (b ^ result)) >> 31 == 1;
        (result, Flags { n: result >> 31 == 1, z: result == 0, c: wide >> 32 != 0, v, unknown: false })
    }

    /// Sum with carry of 64 bits.
    pub(crate) fn sum64(a: u64, b: u64, carry: bool) -> (u64, Flags) {
        let wide = u128::from(a) + u128::from(b) + u128::from(carry);
        let result = wide as u64;
        let v = ((a ^ result) & (b ^ result)) >> 63 == 1;
        (result, Flags { n: result >> 63 == 1, z: result == 0, c: wide >> 64 != 0, v, unknown: false })
    }

    /// A data-processing operation of the 32-bit sets; `carry` is what the shifter left.
    pub(crate) fn operate(&mut self, operation: u32, a: Value, b: Value, carry: bool, set: bool) -> Value {
        let (x, y) = (a.low(), b.low());
        let old = self.flags;
        let sum = |x: u32, y: u32, c: bool| Cpu::sum32(x, y, c);
        let logic = |bits: u32| {
            (bits, Flags { n: bits >> 31 == 1, z: bits == 0, c: carry, v: old.v, unknown: false })
        };
        let (bits, mut flags) = match operation {
            AND | 8 => logic(x & y),
            EOR | 9 => logic(x ^ y),
            SUB | 10 => sum(x, !y, true),
            RSB => sum(!x, y, true),
            ADDITION | 11 => sum(x, y, false),
            ADC => sum(x, y, old.c),
            SBC => sum(x, !y, old.c),
            RSC => sum(!x, y, old.c),
            ORR => logic(x | y),
            MOV => logic(y),
            BIC => logic(x & !y),
            MVN => logic(!y),
            _ => logic(x | !y),
        };
        let kind = match operation {
            EOR | 9 => XOR,
            SUB | RSB | SBC | RSC | 10 => SUBTRACT,
            ADDITION | ADC | 11 => ADD,
            MOV => 0,
            AND if matches!(y, 0xff | 0xffff) => 0,
            _ => LOGIC,
        };
        let mut mark = match operation {
            MOV => b.mark,
            MVN => b.mark.after(LOGIC),
            _ => a.mark.join(b.mark, kind),
        };
        // Whatever it is combined with, x ^ x and x - x and x & 0 are known.
        if a == b && matches!(operation, EOR | SUB) || operation == AND && y == 0 && !b.mark.is_unknown() {
            mark = Mark::KNOWN;
        }
        if set {
            flags.unknown = mark.is_unknown();
            self.flags = flags;
        }
        Value { bits: u64::from(bits), mark }
    }

    /// Shifts of 32 bits by a known kind (0 left, 1 right, 2 arithmetic right, 3 rotate); answers with the carry.
    pub(crate) fn shift32(value: Value, kind: u32, by: u32, carry: bool) -> (Value, bool) {
        if by == 0 {
            return (value, carry);
        }
        let x = value.low();
        let (bits, carry) = match kind {
            0 if by < 32 => (x << by, x >> (32 - by) & 1 == 1),
            0 => (0, by == 32 && x & 1 == 1),
            1 if by < 32 => (x >> by, x >> (by - 1) & 1 == 1),
            1 => (0, by == 32 && x >> 31 == 1),
            2 => {
                let by = by.min(32);
                let wide = i64::from(x as i32);
                ((wide >> by) as u32, wide >> (by - 1) & 1 == 1)
            }
            _ => {
                let bits = x.rotate_right(by & 31);
                (bits, bits >> 31 == 1)
            }
        };
        let mut mark = value.mark.after(SHIFT);
        // A whole byte moved down is a copy of another byte.
        if kind == 1 && by.is_multiple_of(8) && !mark.is_unknown() {
            mark = value.mark.lane(u64::from(by / 8));
        }
        (Value { bits: u64::from(bits), mark }, carry)
    }

    /// A part of a vector register as an integer of up to 8 bytes.
    pub(crate) fn lane(&self, at: usize, size: usize) -> Value {
        let mut bits = 0;
        let mut mark = Mark::KNOWN;
        for index in 0..size.min(8) {
            let (byte, own) = self.v.get(at + index).copied().unwrap_or_default();
            bits |= u64::from(byte) << (8 * index);
            mark = if index == 0 { own } else { mark.join(own, 0) };
        }
        Value { bits, mark }
    }

    pub(crate) fn set_lane(&mut self, at: usize, size: usize, value: Value) {
        for index in 0..size.min(8) {
            if let Some(cell) = self.v.get_mut(at + index) {
                *cell = ((value.bits >> (8 * index)) as u8, value.mark.lane(index as u64));
            }
        }
    }

    /// Reads bytes into a vector register.
    pub(crate) fn load_cells(&mut self, at: usize, address: Value, size: usize) -> Result<(), Stop> {
        let start = Memory::place(address)?;
        for index in 0..size {
            let cell = self.memory.byte(start.wrapping_add(index as u64));
            if let Some(slot) = self.v.get_mut(at + index) {
                *slot = cell;
            }
        }
        Ok(())
    }

    /// Writes bytes of a vector register.
    pub(crate) fn store_cells(&mut self, at: usize, address: Value, size: usize) -> Result<(), Stop> {
        let start = Memory::place(address)?;
        for index in 0..size {
            let (byte, mark) = self.v.get(at + index).copied().unwrap_or_default();
            self.memory.set(start.wrapping_add(index as u64), byte, mark)?;
            self.news |= mark.is_changed();
        }
        self.written.push((start, size as u8));
        Ok(())
    }

    /// A vector instruction that the sandbox does not know: no vector register is known any more.
    pub(crate) fn forget_vectors(&mut self) {
        for cell in &mut self.v {
            *cell = (0, Mark::unknown(ARGUMENT));
        }
        self.flags.unknown = true;
    }
}
