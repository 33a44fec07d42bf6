//! The vector instructions of A32 (and of T32, which encodes them alike) that copy and decode bytes.

use crate::arm::{field, get};
use crate::machine::{Cell, Cpu, Stop};
use crate::mark::{ADD, LOGIC, MULTIPLY, Mark, SHIFT, SUBTRACT, Value, XOR};

/// Combines two vectors lane by lane.
pub(crate) fn lanes(
    a: &[Cell],
    b: &[Cell],
    size: usize,
    kind: u16,
    with: impl Fn(u64, u64) -> u64,
) -> Vec<Cell> {
    let mut out = Vec::with_capacity(a.len());
    for (a, b) in a.chunks(size.max(1)).zip(b.chunks(size.max(1))) {
        let word = |part: &[Cell]| part.iter().rev().fold(0_u64, |sum, cell| sum << 8 | u64::from(cell.0));
        let bits = with(word(a), word(b));
        for (index, (a, b)) in a.iter().zip(b).enumerate() {
            let mark = if a == b && kind == XOR { Mark::KNOWN } else { a.1.join(b.1, kind) };
            out.push(((bits >> (8 * index)) as u8, mark));
        }
    }
    out
}

fn write(cpu: &mut Cpu<'_>, at: usize, cells: &[Cell]) {
    for (index, cell) in cells.iter().enumerate() {
        if let Some(slot) = cpu.v.get_mut(at + index) {
            *slot = *cell;
        }
    }
}

fn read(cpu: &Cpu<'_>, at: usize, size: usize) -> Vec<Cell> {
    (at..at + size).map(|index| cpu.v.get(index).copied().unwrap_or_default()).collect()
}

/// The byte offset of a D register: four bits and one more elsewhere.
fn register(word: u32, low: u32, high: u32) -> usize {
    ((word >> high & 1) << 4 | field(word, low + 3, low)) as usize * 8
}

/// A vector instruction in its A32 form.
pub(crate) fn step(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    if field(word, 27, 24) == 4 {
        return load_store(cpu, word);
    }
    let (d, n, m) = (register(word, 12, 22), register(word, 16, 7), register(word, 0, 5));
    let width = if word >> 6 & 1 == 1 { 16 } else { 8 };
    let upper = word >> 24 & 1 == 1;
    if word >> 23 & 1 == 0 {
        let size = 1_usize << field(word, 21, 20);
        let (a, b) = (read(cpu, n, width), read(cpu, m, width));
        let cells = match (field(word, 11, 8), word >> 4 & 1, upper) {
            (8, 0, false) => lanes(&a, &b, size, ADD, u64::wrapping_add),
            (8, 0, true) => lanes(&a, &b, size, SUBTRACT, u64::wrapping_sub),
            (9, 1, false) => lanes(&a, &b, size, MULTIPLY, u64::wrapping_mul),
            (1, 1, false) => match field(word, 21, 20) {
                0 => lanes(&a, &b, 8, LOGIC, |a, b| a & b),
                1 => lanes(&a, &b, 8, LOGIC, |a, b| a & !b),
                2 if n == m => a,
                2 => lanes(&a, &b, 8, LOGIC, |a, b| a | b),
                _ => lanes(&a, &b, 8, LOGIC, |a, b| a | !b),
            },
            (1, 1, true) if field(word, 21, 20) == 0 => lanes(&a, &b, 8, XOR, |a, b| a ^ b),
            _ => {
                cpu.forget_vectors();
                return Ok(());
            }
        };
        write(cpu, d, &cells);
        return Ok(());
    }
    // One register and an immediate.
    if field(word, 21, 19) == 0 && word >> 7 & 1 == 0 && word >> 4 & 1 == 1 {
        let immediate = u32::from(upper) << 7 | field(word, 18, 16) << 4 | field(word, 3, 0);
        let (mode, invert) = (field(word, 11, 8), word >> 5 & 1 == 1);
        let Some(bits) = expand(mode, u64::from(immediate), invert) else {
            cpu.forget_vectors();
            return Ok(());
        };
        for at in (0..width).step_by(8) {
            cpu.set_lane(d + at, 8, Value::known(bits));
        }
        return Ok(());
    }
    if word >> 4 & 1 == 1 && (field(word, 21, 19) != 0 || word >> 7 & 1 == 1) {
        let code = (word >> 7 & 1) << 6 | field(word, 21, 16);
        let size = 1_usize << (code >> 3).checked_ilog2().unwrap_or(0);
        let bits = 8 * size as u32;
        let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        let (a, old) = (read(cpu, m, width), read(cpu, d, width));
        let right = (2 * bits).saturating_sub(code);
        let left = code.saturating_sub(bits).min(63);
        let down = move |a: u64| a.checked_shr(right).unwrap_or(0);
        let cells = match (field(word, 11, 8), upper) {
            (0, true) => lanes(&a, &a, size, SHIFT, |a, _| down(a)),
            (1, true) => lanes(&a, &old, size, SHIFT, |a, b| down(a).wrapping_add(b)),
            (4, true) => lanes(&a, &old, size, SHIFT, |a, b| down(a) | b & mask & !down(mask)),
            (5, false) => lanes(&a, &a, size, SHIFT, |a, _| (a << left) & mask),
            (5, true) => lanes(&a, &old, size, SHIFT, |a, b| (a << left) & mask | b & ((1 << left) - 1)),
            _ => {
                cpu.forget_vectors();
                return Ok(());
            }
        };
        write(cpu, d, &cells);
        return Ok(());
    }
    if !upper && field(word, 21, 20) == 3 && word >> 4 & 1 == 0 {
        // VEXT.
        let mut both = read(cpu, n, width);
        both.extend(read(cpu, m, width));
        let from = field(word, 11, 8) as usize;
        if let Some(cells) = both.get(from..from + width).map(<[Cell]>::to_vec) {
            write(cpu, d, &cells);
            return Ok(());
        }
    }
    if upper && field(word, 21, 16) == 0x30 && field(word, 11, 7) == 0b01011 {
        let a = read(cpu, m, width);
        write(cpu, d, &lanes(&a, &a, 8, LOGIC, |a, _| !a));
        return Ok(());
    }
    if upper && field(word, 21, 16) & 3 == 0 && field(word, 21, 20) == 3 && field(word, 11, 7) == 0b11000 {
        // VDUP of a lane: the lowest set bit of the size tells how wide.
        let code = field(word, 19, 16);
        if code != 0 {
            let size = 1_usize << code.trailing_zeros().min(2);
            let at = m + (code >> (code.trailing_zeros() + 1)) as usize * size;
            let value = cpu.lane(at, size);
            for lane in (0..width).step_by(size) {
                cpu.set_lane(d + lane, size, value);
            }
            return Ok(());
        }
    }
    cpu.forget_vectors();
    Ok(())
}

/// The constant of a vector move; `None` for the modes that change a register in place and for floating point.
pub(crate) fn expand(mode: u32, byte: u64, invert: bool) -> Option<u64> {
    let word = |bits: u64| bits | bits << 32;
    let half = |bits: u64| bits * 0x0001_0001_0001_0001;
    let bits = match mode {
        0 | 2 | 4 | 6 => word(byte << (4 * mode)),
        8 | 10 => half(byte << (4 * (mode - 8))),
        12 => word(byte << 8 | 0xff),
        13 => word(byte << 16 | 0xffff),
        14 if !invert => byte * 0x0101_0101_0101_0101,
        14 => {
            return Some((0..8).fold(0, |sum, at| sum | ((byte >> at & 1) * 0xff) << (8 * at)));
        }
        _ => return None,
    };
    Some(if invert { !bits } else { bits })
}

/// `VLD1` and `VST1` of whole registers.
fn load_store(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let count = match field(word, 11, 8) {
        7 => 1,
        10 => 2,
        6 => 3,
        2 => 4,
        _ => {
            cpu.forget_vectors();
            return Ok(());
        }
    };
    if word >> 23 & 1 == 1 {
        cpu.forget_vectors();
        return Ok(());
    }
    let at = register(word, 12, 22);
    let base = get(cpu, field(word, 19, 16));
    if word >> 21 & 1 == 1 {
        cpu.load_cells(at, base, 8 * count)?;
    } else {
        cpu.store_cells(at, base, 8 * count)?;
    }
    let by = match field(word, 3, 0) {
        15 => return Ok(()),
        13 => 8 * count as u64,
        register => get(cpu, register).bits,
    };
    let moved = Value { bits: base.bits.wrapping_add(by) & 0xffff_ffff, mark: base.mark };
    if field(word, 19, 16) != 15 {
        cpu.r[field(word, 19, 16) as usize] = moved;
    }
    Ok(())
}

/// `VDUP` and `VMOV` between a core register and a lane.
pub(crate) fn scalar(cpu: &mut Cpu<'_>, word: u32) {
    let at = register(word, 16, 7);
    let core = field(word, 15, 12) as usize & 15;
    if word >> 23 & 1 == 1 && word >> 20 & 1 == 0 && word >> 6 & 1 == 0 {
        let size = match (word >> 22 & 1, word >> 5 & 1) {
            (1, _) => 1,
            (_, 1) => 2,
            _ => 4,
        };
        let width = if word >> 21 & 1 == 1 { 16 } else { 8 };
        let value = cpu.r[core];
        for lane in (0..width).step_by(size) {
            // A byte of the register, not of what it was read from.
            cpu.set_lane(at + lane, size, value);
        }
        return;
    }
    let code = field(word, 22, 21) << 2 | field(word, 6, 5);
    let (size, index) = if code & 8 != 0 {
        (1, code & 7)
    } else if code & 1 != 0 {
        (2, (code & 4 | code & 2) >> 1)
    } else {
        (4, code >> 2 & 1)
    };
    let place = at + index as usize * size;
    if word >> 20 & 1 == 1 {
        let value = cpu.lane(place, size);
        if core != 15 {
            let signed = word >> 23 & 1 == 0;
            cpu.r[core] = if size == 4 { value } else { crate::arm::extend(value, 8 * size as u32, signed) };
        }
    } else {
        cpu.set_lane(place, size, cpu.r[core]);
    }
}
