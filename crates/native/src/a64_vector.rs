//! The vector instructions of A64 that copy and decode bytes; any other leaves the vector registers unknown.

use crate::a64::{get, set};
use crate::arm::field;
use crate::machine::{Cell, Cpu, Stop};
use crate::mark::{ADD, ARGUMENT, LOGIC, LOOKUP, MULTIPLY, Mark, SHIFT, SUBTRACT, Value, XOR};
use crate::neon::{expand, lanes};

const fn bit(word: u32, at: u32) -> bool {
    word >> at & 1 == 1
}

fn read(cpu: &Cpu<'_>, register: u32) -> Vec<Cell> {
    let at = 16 * register as usize;
    cpu.v.get(at..at + 16).map(<[Cell]>::to_vec).unwrap_or_default()
}

/// Writes a register; what `cells` does not fill becomes zero.
fn write(cpu: &mut Cpu<'_>, register: u32, cells: &[Cell]) {
    let at = 16 * register as usize;
    for index in 0..16 {
        if let Some(slot) = cpu.v.get_mut(at + index) {
            *slot = cells.get(index).copied().unwrap_or((0, Mark::KNOWN));
        }
    }
}

/// Any vector or floating point instruction.
pub(crate) fn step(cpu: &mut Cpu<'_>, word: u32) {
    if known(cpu, word).is_none() {
        cpu.forget_vectors();
        // FMOV and FCVT to a general register.
        if word & 0x5f20_fc00 == 0x1e20_0000 && !bit(word, 16) {
            set(cpu, field(word, 4, 0), Value::unknown(0, ARGUMENT), true);
        }
    }
}

fn known(cpu: &mut Cpu<'_>, word: u32) -> Option<()> {
    let (d, n, m) = (field(word, 4, 0), field(word, 9, 5), field(word, 20, 16));
    let width = if bit(word, 30) { 16 } else { 8 };
    let upper = bit(word, 29);
    let at = |register: u32| 16 * register as usize;
    // FMOV between registers of the two kinds.
    match word & 0xffff_fc00 {
        0x9e67_0000 | 0x1e27_0000 => {
            let size = if bit(word, 31) { 8 } else { 4 };
            let value = get(cpu, n);
            write(cpu, d, &[]);
            cpu.set_lane(at(d), size, value);
            return Some(());
        }
        0x9e66_0000 | 0x1e26_0000 => {
            let value = cpu.lane(at(n), if bit(word, 31) { 8 } else { 4 });
            set(cpu, d, value, true);
            return Some(());
        }
        _ => {}
    }
    if word & 0x9f20_0400 == 0x0e20_0400 {
        // Three registers of the same kind.
        let size = 1_usize << field(word, 23, 22);
        let (a, b) = (read(cpu, n), read(cpu, m));
        let (a, b) = (&a[..width], &b[..width]);
        let cells = match (field(word, 15, 11), upper) {
            (16, false) => lanes(a, b, size, ADD, u64::wrapping_add),
            (16, true) => lanes(a, b, size, SUBTRACT, u64::wrapping_sub),
            (19, false) => lanes(a, b, size, MULTIPLY, u64::wrapping_mul),
            (3, false) => match field(word, 23, 22) {
                0 => lanes(a, b, 8, LOGIC, |a, b| a & b),
                1 => lanes(a, b, 8, LOGIC, |a, b| a & !b),
                2 if n == m => a.to_vec(),
                2 => lanes(a, b, 8, LOGIC, |a, b| a | b),
                _ => lanes(a, b, 8, LOGIC, |a, b| a | !b),
            },
            (3, true) if field(word, 23, 22) == 0 => lanes(a, b, 8, XOR, |a, b| a ^ b),
            _ => return None,
        };
        write(cpu, d, &cells);
        return Some(());
    }
    if word & 0x9ff8_0400 == 0x0f00_0400 {
        let byte = u64::from(field(word, 18, 16) << 5 | field(word, 9, 5));
        let (mode, invert) = (field(word, 15, 12), upper);
        let old = read(cpu, d);
        let bits = if mode & 1 == 1 && mode < 12 {
            // ORR and BIC with a constant.
            expand(mode & 14, byte, false)?
        } else {
            expand(mode, byte, invert)?
        };
        let constant: Vec<Cell> =
            (0..width).map(|index| ((bits >> (8 * (index % 8))) as u8, Mark::KNOWN)).collect();
        let cells = match (mode & 1 == 1 && mode < 12, invert) {
            (false, _) => constant,
            (true, false) => lanes(&old[..width], &constant, 8, LOGIC, |a, b| a | b),
            (true, true) => lanes(&old[..width], &constant, 8, LOGIC, |a, b| a & !b),
        };
        write(cpu, d, &cells);
        return Some(());
    }
    if word & 0x9f80_0400 == 0x0f00_0400 {
        // Shifts by a constant.
        let code = field(word, 22, 16);
        let size = 1_usize << (code >> 3).checked_ilog2()?;
        let bits = 8 * size as u32;
        let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        let a = read(cpu, n);
        let cells = match (field(word, 15, 11), upper) {
            (0, true) => {
                let by = 2 * bits - code;
                lanes(&a[..width], &a[..width], size, SHIFT, |a, _| a.checked_shr(by).unwrap_or(0))
            }
            (10, false) => lanes(&a[..width], &a[..width], size, SHIFT, |a, _| (a << (code - bits)) & mask),
            (10, true) => {
                // SLI keeps the low bits of the destination.
                let by = code - bits;
                let low = (1_u64 << by) - 1;
                let old = read(cpu, d);
                lanes(&a[..width], &old[..width], size, SHIFT, |a, b| (a << by) & mask | b & low)
            }
            (8, true) => {
                // SRI keeps the high bits.
                let by = 2 * bits - code;
                let keep = !mask.checked_shr(by).unwrap_or(0) & mask;
                let old = read(cpu, d);
                lanes(&a[..width], &old[..width], size, SHIFT, |a, b| {
                    a.checked_shr(by).unwrap_or(0) | b & keep
                })
            }
            (20, _) if size < 8 => {
                // SSHLL, USHLL: the lower or the upper half, widened.
                let from = if bit(word, 30) { 8 } else { 0 };
                let by = code - bits;
                let mut out = Vec::with_capacity(16);
                for part in a[from..from + 8].chunks(size) {
                    let low = part.iter().rev().fold(0_u64, |sum, cell| sum << 8 | u64::from(cell.0));
                    let high = 64 - bits;
                    let value = if upper { low } else { (((low << high) as i64) >> high) as u64 };
                    let value = value << by;
                    let mark = part.first().map(|cell| cell.1).unwrap_or_default();
                    out.extend((0..2 * size).map(|index| ((value >> (8 * index)) as u8, mark)));
                }
                out
            }
            (16, false) if size < 8 => {
                // SHRN of a whole lane takes the upper halves.
                let by = 2 * bits - code;
                narrow(&a, size, by)
            }
            _ => return None,
        };
        if field(word, 15, 11) == 16 && bit(word, 30) {
            let mut old = read(cpu, d);
            old[8..].copy_from_slice(&cells[..8]);
            write(cpu, d, &old);
        } else {
            write(cpu, d, &cells);
        }
        return Some(());
    }
    if word & 0x9fe0_8400 == 0x0e00_0400 {
        return copy(cpu, word, width);
    }
    if word & 0xbfe0_8400 == 0x2e00_0000 {
        // EXT.
        let mut both = read(cpu, n)[..width].to_vec();
        both.extend_from_slice(&read(cpu, m)[..width]);
        let from = field(word, 14, 11) as usize;
        let cells = both.get(from..from + width)?.to_vec();
        write(cpu, d, &cells);
        return Some(());
    }
    if word & 0xbfe0_8c00 == 0x0e00_0000 {
        // TBL, TBX.
        let count = field(word, 14, 13) + 1;
        let mut table = Vec::new();
        for index in 0..count {
            table.extend(read(cpu, (n + index) & 31));
        }
        let places = read(cpu, m);
        let old = read(cpu, d);
        let cells: Vec<Cell> = (0..width)
            .map(|index| {
                let place = places[index];
                match table.get(usize::from(place.0)) {
                    Some(cell) => (cell.0, cell.1.join(place.1, LOOKUP)),
                    None if bit(word, 12) => old[index],
                    None => (0, place.1),
                }
            })
            .collect();
        write(cpu, d, &cells);
        return Some(());
    }
    if word & 0xbf20_8c00 == 0x0e00_0800 {
        // UZP, TRN, ZIP.
        let size = 1_usize << field(word, 23, 22);
        let (a, b) = (read(cpu, n)[..width].to_vec(), read(cpu, m)[..width].to_vec());
        let a: Vec<&[Cell]> = a.chunks(size).collect();
        let b: Vec<&[Cell]> = b.chunks(size).collect();
        let odd = usize::from(bit(word, 14));
        let half = a.len() / 2;
        let order: Vec<&[Cell]> = match field(word, 13, 12) {
            1 => a.iter().chain(&b).skip(odd).step_by(2).copied().collect(),
            2 => (0..half).flat_map(|index| [a[2 * index + odd], b[2 * index + odd]]).collect(),
            3 => (0..half).flat_map(|index| [a[index + odd * half], b[index + odd * half]]).collect(),
            _ => return None,
        };
        write(cpu, d, &order.concat());
        return Some(());
    }
    match word & 0x9f3f_fc00 {
        0x0e21_2800 if !upper => {
            let size = 1_usize << field(word, 23, 22).min(2);
            let cells = narrow(&read(cpu, n), size, 0);
            if bit(word, 30) {
                let mut old = read(cpu, d);
                old[8..].copy_from_slice(&cells[..8]);
                write(cpu, d, &old);
            } else {
                write(cpu, d, &cells);
            }
            Some(())
        }
        0x0e20_5800 if upper && field(word, 23, 22) == 0 => {
            let a = read(cpu, n);
            write(cpu, d, &lanes(&a[..width], &a[..width], 8, LOGIC, |a, _| !a));
            Some(())
        }
        0x0e20_0800 | 0x0e20_1800 => {
            // REV64, REV32, REV16 of lanes.
            let size = 1_usize << field(word, 23, 22);
            let group = match (bit(word, 12), upper) {
                (true, _) => 2,
                (false, true) => 4,
                (false, false) => 8,
            };
            let a = read(cpu, n);
            let mut out = Vec::new();
            for part in a[..width].chunks(group) {
                out.extend(part.chunks(size).rev().flatten().copied());
            }
            write(cpu, d, &out);
            Some(())
        }
        _ => None,
    }
}

/// The lower halves of lanes of twice `size` bytes, after a shift to the right.
fn narrow(cells: &[Cell], size: usize, by: u32) -> Vec<Cell> {
    let mut out = Vec::with_capacity(8);
    for part in cells.chunks(2 * size) {
        let value = part.iter().rev().fold(0_u64, |sum, cell| sum << 8 | u64::from(cell.0));
        let value = value.checked_shr(by).unwrap_or(0);
        let mark = part.first().map(|cell| cell.1).unwrap_or_default();
        let mark = if by == 0 { mark } else { mark.after(SHIFT) };
        out.extend((0..size).map(|index| ((value >> (8 * index)) as u8, mark)));
    }
    out
}

/// `DUP`, `INS`, `UMOV`, `SMOV`.
fn copy(cpu: &mut Cpu<'_>, word: u32, width: usize) -> Option<()> {
    let (d, n) = (field(word, 4, 0), field(word, 9, 5));
    let code = field(word, 20, 16);
    let size = 1_usize << code.trailing_zeros().min(3);
    if code & 15 == 0 {
        return None;
    }
    let index = (code >> (code.trailing_zeros() + 1)) as usize;
    let place = 16 * n as usize + index * size;
    match (bit(word, 29), field(word, 14, 11)) {
        (false, kind @ (0 | 1)) => {
            let value = if kind == 0 { cpu.lane(place, size) } else { get(cpu, n) };
            write(cpu, d, &[]);
            for lane in (0..width).step_by(size) {
                cpu.set_lane(16 * d as usize + lane, size, value);
            }
        }
        (false, 3) => {
            let value = get(cpu, n);
            cpu.set_lane(16 * d as usize + index * size, size, value);
        }
        (false, kind @ (5 | 7)) => {
            let mut value = cpu.lane(place, size);
            if kind == 5 {
                let by = 64 - 8 * size as u32;
                value.bits = (((value.bits << by) as i64) >> by) as u64;
            }
            set(cpu, d, value, width == 16);
        }
        (true, from) => {
            let value = cpu.lane(16 * n as usize + (from as usize / size) * size, size);
            cpu.set_lane(16 * d as usize + index * size, size, value);
        }
        _ => return None,
    }
    Some(())
}

/// `LD1` and `ST1` of whole registers, `LD1R`.
pub(crate) fn structures(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let (t, n) = (field(word, 4, 0), field(word, 9, 5));
    let width = if bit(word, 30) { 16_usize } else { 8 };
    let base = cpu.r[n as usize];
    let moved = if word & 0xbf20_0000 == 0x0c00_0000 {
        let count = match field(word, 15, 12) {
            7 => 1,
            10 => 2,
            6 => 3,
            2 => 4,
            _ => {
                cpu.forget_vectors();
                return Ok(());
            }
        };
        for index in 0..count {
            let register = (t + index) & 31;
            let offset = u64::from(index) * width as u64;
            let address = Value { bits: base.bits.wrapping_add(offset), mark: base.mark };
            if bit(word, 22) {
                write(cpu, register, &[]);
                cpu.load_cells(16 * register as usize, address, width)?;
            } else {
                cpu.store_cells(16 * register as usize, address, width)?;
            }
        }
        u64::from(count) * width as u64
    } else if word & 0xbf40_f000 == 0x0d40_c000 {
        let size = 1_usize << field(word, 11, 10);
        let value = cpu.load(base, size as u64)?;
        write(cpu, t, &[]);
        for lane in (0..width).step_by(size) {
            cpu.set_lane(16 * t as usize + lane, size, value);
        }
        size as u64
    } else {
        cpu.forget_vectors();
        return Ok(());
    };
    if bit(word, 23) {
        let by = match field(word, 20, 16) {
            31 => moved,
            register => get(cpu, register).bits,
        };
        cpu.r[n as usize].bits = base.bits.wrapping_add(by);
    }
    Ok(())
}
