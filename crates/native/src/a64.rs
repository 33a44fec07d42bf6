//! A64: the integer instructions, as in the *ARM Architecture Reference Manual for A-profile*, C4 and C6.

use crate::arm::field;
use crate::machine::{Cpu, Flags, Stop};
use crate::mark::{ADD, ARGUMENT, LOGIC, MULTIPLY, Mark, SHIFT, SUBTRACT, Value, XOR};

const fn bit(word: u32, at: u32) -> bool {
    word >> at & 1 == 1
}

/// The low `size` bits as a signed number.
const fn signed(value: u32, size: u32) -> u64 {
    (((value << (32 - size)) as i32) >> (32 - size)) as i64 as u64
}

/// A register where 31 is zero.
pub(crate) fn get(cpu: &Cpu<'_>, register: u32) -> Value {
    if register & 31 == 31 { Value::default() } else { cpu.r[register as usize & 31] }
}

/// A register where 31 is the stack pointer.
fn get_sp(cpu: &Cpu<'_>, register: u32) -> Value {
    cpu.r[register as usize & 31]
}

fn narrow(value: Value, wide: bool) -> Value {
    if wide { value } else { Value { bits: value.bits & 0xffff_ffff, mark: value.mark } }
}

pub(crate) fn set(cpu: &mut Cpu<'_>, register: u32, value: Value, wide: bool) {
    if register & 31 != 31 {
        cpu.r[register as usize & 31] = narrow(value, wide);
    }
}

fn set_sp(cpu: &mut Cpu<'_>, register: u32, value: Value, wide: bool) {
    cpu.r[register as usize & 31] = narrow(value, wide);
}

fn plus(value: Value, offset: u64) -> Value {
    Value { bits: value.bits.wrapping_add(offset), mark: value.mark }
}

/// One A64 instruction.
pub(crate) fn step(cpu: &mut Cpu<'_>) -> Result<(), Stop> {
    let here = cpu.pc;
    let code = cpu.image.code(here).ok_or(Stop::Instruction)?;
    let word: [u8; 4] = code.get(..4).and_then(|word| word.try_into().ok()).ok_or(Stop::Instruction)?;
    let word = u32::from_le_bytes(word);
    cpu.pc = here + 4;
    match field(word, 28, 25) {
        8 | 9 => immediate(cpu, word, here),
        10 | 11 => branch(cpu, word, here),
        4 | 6 | 12 | 14 => load_store(cpu, word, here),
        5 | 13 => registers(cpu, word),
        7 | 15 => {
            crate::a64_vector::step(cpu, word);
            Ok(())
        }
        _ => Err(Stop::Instruction),
    }
}

fn sum(
    cpu: &mut Cpu<'_>,
    a: Value,
    b: Value,
    minus: bool,
    wide: bool,
    set_flags: bool,
    carry: bool,
) -> Value {
    let (bits, flags) = if wide {
        Cpu::sum64(a.bits, if minus { !b.bits } else { b.bits }, carry)
    } else {
        let (bits, flags) = Cpu::sum32(a.low(), if minus { !b.low() } else { b.low() }, carry);
        (u64::from(bits), flags)
    };
    let mut mark = a.mark.join(b.mark, if minus { SUBTRACT } else { ADD });
    if b.bits == 0 && b.mark == Mark::KNOWN {
        mark = a.mark;
    }
    if set_flags {
        cpu.flags = Flags { unknown: mark.is_unknown(), ..flags };
    }
    Value { bits, mark }
}

fn immediate(cpu: &mut Cpu<'_>, word: u32, here: u64) -> Result<(), Stop> {
    let (rd, rn) = (field(word, 4, 0), field(word, 9, 5));
    let wide = bit(word, 31);
    match field(word, 25, 23) {
        0 | 1 => {
            let offset = signed(field(word, 23, 5) << 2 | field(word, 30, 29), 21);
            let bits =
                if wide { (here & !0xfff).wrapping_add(offset << 12) } else { here.wrapping_add(offset) };
            set(cpu, rd, Value::known(bits), true);
        }
        2 => {
            let by = u64::from(field(word, 21, 10)) << if bit(word, 22) { 12 } else { 0 };
            let (minus, flags) = (bit(word, 30), bit(word, 29));
            let a = narrow(get_sp(cpu, rn), wide);
            let result = sum(cpu, a, Value::known(by), minus, wide, flags, minus);
            if flags { set(cpu, rd, result, wide) } else { set_sp(cpu, rd, result, wide) }
        }
        4 => {
            let mask =
                mask(bit(word, 22), field(word, 15, 10), field(word, 21, 16)).ok_or(Stop::Instruction)?.0;
            let result = logic(cpu, field(word, 30, 29), get(cpu, rn), Value::known(mask), wide);
            if field(word, 30, 29) == 3 { set(cpu, rd, result, wide) } else { set_sp(cpu, rd, result, wide) }
        }
        5 => {
            let by = 16 * field(word, 22, 21);
            let bits = u64::from(field(word, 20, 5)) << by;
            let value = match field(word, 30, 29) {
                0 => Value::known(!bits),
                2 => Value::known(bits),
                3 => {
                    let old = get(cpu, rd);
                    Value { bits: old.bits & !(0xffff << by) | bits, mark: old.mark }
                }
                _ => return Err(Stop::Instruction),
            };
            set(cpu, rd, value, wide);
        }
        6 => bit_field(cpu, word, wide)?,
        7 => {
            let (high, low, by) = (get(cpu, rn), get(cpu, field(word, 20, 16)), field(word, 15, 10));
            let bits = if wide {
                ((u128::from(high.bits) << 64 | u128::from(low.bits)) >> by) as u64
            } else {
                (u64::from(high.low()) << 32 | u64::from(low.low())) >> (by & 31)
            };
            set(cpu, rd, Value { bits, mark: high.mark.join(low.mark, SHIFT) }, wide);
        }
        _ => return Err(Stop::Instruction),
    }
    Ok(())
}

/// `DecodeBitMasks`: the mask of logical immediates and of bit fields.
fn mask(n: bool, imms: u32, immr: u32) -> Option<(u64, u64)> {
    let pattern = u32::from(n) << 6 | !imms & 0x3f;
    let length = 31_u32.checked_sub(pattern.leading_zeros())?;
    if length == 0 {
        return None;
    }
    let size = 1_u32 << length;
    let levels = size - 1;
    let (s, r) = (imms & levels, immr & levels);
    let ones = |count: u32| if count >= 64 { u64::MAX } else { (1_u64 << count) - 1 };
    let element = ones(s + 1);
    let turned = if r == 0 { element } else { element >> r | element << (size - r) } & ones(size);
    let difference = s.wrapping_sub(r) & levels;
    let (mut first, mut second) = (turned, ones(difference + 1));
    let mut width = size;
    while width < 64 {
        first |= first << width;
        second |= second << width;
        width *= 2;
    }
    Some((first, second))
}

fn bit_field(cpu: &mut Cpu<'_>, word: u32, wide: bool) -> Result<(), Stop> {
    let (rd, rn) = (field(word, 4, 0), field(word, 9, 5));
    let (r, s) = (field(word, 21, 16), field(word, 15, 10));
    let (wmask, tmask) = mask(bit(word, 22), s, r).ok_or(Stop::Instruction)?;
    let value = narrow(get(cpu, rn), wide);
    let turned = if wide { value.bits.rotate_right(r) } else { u64::from(value.low().rotate_right(r)) };
    let kind = field(word, 30, 29);
    let old = if kind == 1 { get(cpu, rd) } else { Value::default() };
    let bottom = old.bits & !wmask | turned & wmask;
    let top = match kind {
        0 if value.bits >> s.min(63) & 1 == 1 => u64::MAX,
        0 | 2 => 0,
        1 => old.bits,
        _ => return Err(Stop::Instruction),
    };
    let bits = top & !tmask | bottom & tmask;
    // UXTB and its like, and whole bytes moved down, are copies.
    let whole = kind != 1 && s >= r && r.is_multiple_of(8) && (s + 1 - r).is_multiple_of(8);
    let mark = if whole && !value.mark.is_unknown() {
        value.mark.lane(u64::from(r / 8))
    } else if kind == 1 {
        value.mark.join(old.mark, SHIFT)
    } else {
        value.mark.after(SHIFT)
    };
    set(cpu, rd, Value { bits, mark }, wide);
    Ok(())
}

/// And, or, exclusive or, and with flags.
fn logic(cpu: &mut Cpu<'_>, operation: u32, a: Value, b: Value, wide: bool) -> Value {
    let (bits, kind) = match operation {
        0 | 3 => (a.bits & b.bits, if matches!(b.bits, 0xff | 0xffff) { 0 } else { LOGIC }),
        1 => (a.bits | b.bits, if a == Value::default() { 0 } else { LOGIC }),
        _ => (a.bits ^ b.bits, XOR),
    };
    let bits = if wide { bits } else { bits & 0xffff_ffff };
    let mut mark = a.mark.join(b.mark, kind);
    if operation == 2 && a == b || operation == 0 && b.bits == 0 && !b.mark.is_unknown() {
        mark = Mark::KNOWN;
    }
    if operation == 3 {
        let n = bits >> if wide { 63 } else { 31 } & 1 == 1;
        cpu.flags = Flags { n, z: bits == 0, c: false, v: false, unknown: mark.is_unknown() };
    }
    Value { bits, mark }
}

fn branch(cpu: &mut Cpu<'_>, word: u32, here: u64) -> Result<(), Stop> {
    let near = |value: u32, size: u32| here.wrapping_add(signed(value, size) << 2);
    match field(word, 31, 29) {
        0 => cpu.pc = near(field(word, 25, 0), 26),
        4 => {
            cpu.r[30] = Value::known(here + 4);
            cpu.link = Some(here + 4);
            cpu.pc = near(field(word, 25, 0), 26);
        }
        1 | 5 if !bit(word, 25) => {
            let value = narrow(get(cpu, field(word, 4, 0)), bit(word, 31));
            let taken = (value.bits == 0) != bit(word, 24);
            cpu.branch(taken, value.mark.is_unknown(), near(field(word, 23, 5), 19));
        }
        1 | 5 => {
            let value = get(cpu, field(word, 4, 0));
            let at = u32::from(bit(word, 31)) << 5 | field(word, 23, 19);
            let taken = (value.bits >> at & 1 == 1) == bit(word, 24);
            cpu.branch(taken, value.mark.is_unknown(), near(field(word, 18, 5), 14));
        }
        2 if !bit(word, 25) => {
            let condition = field(word, 3, 0);
            let open = condition < 14 && cpu.flags.unknown;
            cpu.branch(cpu.flags.holds(condition), open, near(field(word, 23, 5), 19));
        }
        6 if bit(word, 25) => {
            let target = get(cpu, field(word, 9, 5));
            match field(word, 22, 21) {
                0 => {}
                1 => {
                    cpu.r[30] = Value::known(here + 4);
                    cpu.link = Some(here + 4);
                }
                2 => {
                    let target = if field(word, 11, 10) == 2 { cpu.r[30] } else { target };
                    cpu.pc = target.bits;
                    return Ok(());
                }
                _ => return Err(Stop::Instruction),
            }
            cpu.pc = target.bits;
        }
        6 if !bit(word, 24) => match field(word, 23, 21) {
            // SVC: the kernel answers something unknown.
            0 if field(word, 1, 0) == 1 => cpu.r[0] = Value::unknown(0, ARGUMENT),
            _ => return Err(Stop::Instruction),
        },
        6 => {
            // Hints and barriers; a system register read gives something unknown.
            if bit(word, 21) {
                set(cpu, field(word, 4, 0), Value::unknown(0, ARGUMENT), true);
            }
        }
        _ => return Err(Stop::Instruction),
    }
    Ok(())
}

/// What a load or store moves.
#[derive(Clone, Copy)]
enum Part {
    Integer { size: u64, load: bool, extend: Option<bool> },
    Vector { size: usize, load: bool },
    Nothing,
}

fn part(word: u32) -> Option<Part> {
    let (size, operation) = (field(word, 31, 30), field(word, 23, 22));
    if bit(word, 26) {
        let large = operation & 2 != 0;
        if large && size != 0 {
            return None;
        }
        let size = if large { 16 } else { 1 << size };
        return Some(Part::Vector { size, load: operation & 1 == 1 });
    }
    Some(match (size, operation) {
        (3, 2) => Part::Nothing,
        (_, 0) => Part::Integer { size: 1 << size, load: false, extend: None },
        (_, 1) => Part::Integer { size: 1 << size, load: true, extend: None },
        (_, kind) => Part::Integer { size: 1 << size, load: true, extend: Some(kind == 2) },
    })
}

fn extend(value: Value, size: u64, wide: bool) -> Value {
    let by = 64 - 8 * size as u32;
    let bits = (((value.bits << by) as i64) >> by) as u64;
    narrow(Value { bits, mark: value.mark }, wide)
}

fn transfer(cpu: &mut Cpu<'_>, part: Part, register: u32, address: Value) -> Result<(), Stop> {
    match part {
        Part::Integer { size, load: true, extend: to } => {
            let value = cpu.load(address, size)?;
            let value = match to {
                Some(wide) => extend(value, size, wide),
                None => value,
            };
            set(cpu, register, value, true);
            Ok(())
        }
        Part::Integer { size, .. } => cpu.store(address, get(cpu, register), size),
        Part::Vector { size, load } => {
            let at = register as usize * 16;
            if !load {
                return cpu.store_cells(at, address, size);
            }
            cpu.load_cells(at, address, size)?;
            for index in size..16 {
                if let Some(cell) = cpu.v.get_mut(at + index) {
                    *cell = (0, Mark::KNOWN);
                }
            }
            Ok(())
        }
        Part::Nothing => Ok(()),
    }
}

fn load_store(cpu: &mut Cpu<'_>, word: u32, here: u64) -> Result<(), Stop> {
    let (rt, rn) = (field(word, 4, 0), field(word, 9, 5));
    match field(word, 29, 28) {
        0 if !bit(word, 26) => {
            // Exclusive and ordered accesses: alone in the sandbox, a store always succeeds.
            let size = 1_u64 << field(word, 31, 30);
            let address = get_sp(cpu, rn);
            if bit(word, 21) && !bit(word, 23) {
                return Err(Stop::Instruction);
            }
            if bit(word, 22) {
                let value = cpu.load(address, size)?;
                set(cpu, rt, value, true);
            } else {
                cpu.store(address, get(cpu, rt), size)?;
                if !bit(word, 23) {
                    set(cpu, field(word, 20, 16), Value::known(0), true);
                }
            }
            Ok(())
        }
        0 => crate::a64_vector::structures(cpu, word),
        1 => {
            if field(word, 31, 30) == 3 && !bit(word, 26) {
                return Ok(());
            }
            let address = Value::known(here.wrapping_add(signed(field(word, 23, 5), 19) << 2));
            let part = if bit(word, 26) {
                Part::Vector { size: 4 << field(word, 31, 30), load: true }
            } else {
                let kind = field(word, 31, 30);
                let size = if kind == 1 { 8 } else { 4 };
                Part::Integer { size, load: true, extend: (kind == 2).then_some(true) }
            };
            transfer(cpu, part, rt, address)
        }
        2 => pair(cpu, word),
        _ if bit(word, 24) => {
            let part = part(word).ok_or(Stop::Instruction)?;
            let scale = match part {
                Part::Vector { size, .. } => size as u64,
                Part::Integer { size, .. } => size,
                Part::Nothing => 8,
            };
            let address = plus(get_sp(cpu, rn), u64::from(field(word, 21, 10)) * scale);
            transfer(cpu, part, rt, address)
        }
        _ if bit(word, 21) && field(word, 11, 10) == 2 => {
            let part = part(word).ok_or(Stop::Instruction)?;
            let scale = match part {
                Part::Vector { size, .. } => size.trailing_zeros(),
                Part::Integer { size, .. } => size.trailing_zeros(),
                Part::Nothing => 3,
            };
            let offset = extended(
                get(cpu, field(word, 20, 16)),
                field(word, 15, 13),
                if bit(word, 12) { scale } else { 0 },
            );
            let base = get_sp(cpu, rn);
            let address =
                Value { bits: base.bits.wrapping_add(offset.bits), mark: base.mark.join(offset.mark, 0) };
            transfer(cpu, part, rt, address)
        }
        _ if bit(word, 21) => {
            // Atomic memory operations: the old value is read, the sum of the simple one is kept.
            let size = 1_u64 << field(word, 31, 30);
            let address = get_sp(cpu, rn);
            let old = cpu.load(address, size)?;
            let other = get(cpu, field(word, 20, 16));
            let new = match field(word, 15, 12) {
                0 => Value { bits: old.bits.wrapping_add(other.bits), mark: old.mark.join(other.mark, ADD) },
                8 => other,
                _ => Value::unknown(0, ARGUMENT),
            };
            cpu.store(address, new, size)?;
            set(cpu, rt, old, true);
            Ok(())
        }
        _ => {
            let part = part(word).ok_or(Stop::Instruction)?;
            let base = get_sp(cpu, rn);
            let moved = plus(base, signed(field(word, 20, 12), 9));
            let kind = field(word, 11, 10);
            // The stored register may be the base.
            if matches!(part, Part::Integer { load: true, .. }) && kind & 1 == 1 {
                set_sp(cpu, rn, moved, true);
            }
            transfer(cpu, part, rt, if kind == 1 { base } else { moved })?;
            if kind & 1 == 1 && !matches!(part, Part::Integer { load: true, .. }) {
                set_sp(cpu, rn, moved, true);
            }
            Ok(())
        }
    }
}

fn pair(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let (rt, rn, rt2) = (field(word, 4, 0), field(word, 9, 5), field(word, 14, 10));
    let (kind, load) = (field(word, 31, 30), bit(word, 22));
    let (part, size) = if bit(word, 26) {
        let size = 4_usize << kind.min(2);
        (Part::Vector { size, load }, size as u64)
    } else {
        let size = if kind == 2 { 8 } else { 4 };
        (Part::Integer { size, load, extend: (kind == 1 && load).then_some(true) }, size)
    };
    let base = get_sp(cpu, rn);
    let moved = plus(base, signed(field(word, 21, 15), 7).wrapping_mul(size));
    let mode = field(word, 24, 23);
    let address = if mode == 1 { base } else { moved };
    if mode & 1 == 1 && !load {
        transfer(cpu, part, rt, address)?;
        transfer(cpu, part, rt2, plus(address, size))?;
        set_sp(cpu, rn, moved, true);
        return Ok(());
    }
    if mode & 1 == 1 {
        set_sp(cpu, rn, moved, true);
    }
    transfer(cpu, part, rt, address)?;
    transfer(cpu, part, rt2, plus(address, size))
}

/// An extended and shifted register.
fn extended(value: Value, kind: u32, by: u32) -> Value {
    let x = value.bits;
    let bits = match kind {
        0 => x & 0xff,
        1 => x & 0xffff,
        2 => x & 0xffff_ffff,
        4 => x as u8 as i8 as i64 as u64,
        5 => x as u16 as i16 as i64 as u64,
        6 => x as u32 as i32 as i64 as u64,
        _ => x,
    };
    Value { bits: bits << by.min(63), mark: value.mark }
}

fn shifted(value: Value, kind: u32, by: u32, wide: bool) -> Value {
    if by == 0 {
        return narrow(value, wide);
    }
    if !wide {
        return Cpu::shift32(narrow(value, false), kind, by & 31, false).0;
    }
    let x = value.bits;
    let bits = match kind {
        0 => x << (by & 63),
        1 => x >> (by & 63),
        2 => ((x as i64) >> (by & 63)) as u64,
        _ => x.rotate_right(by & 63),
    };
    let whole = kind == 1 && by.is_multiple_of(8) && !value.mark.is_unknown();
    let mark = if whole { value.mark.lane(u64::from(by / 8)) } else { value.mark.after(SHIFT) };
    Value { bits, mark }
}

fn registers(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let wide = bit(word, 31);
    let (rd, rn, rm) = (field(word, 4, 0), field(word, 9, 5), field(word, 20, 16));
    let second = get(cpu, rm);
    match (bit(word, 28), field(word, 24, 21)) {
        (false, kind) if kind < 8 => {
            let mut b = shifted(second, field(word, 23, 22), field(word, 15, 10), wide);
            let operation = field(word, 30, 29);
            if bit(word, 21) {
                b.bits = !b.bits;
                b.mark = b.mark.after(LOGIC);
            }
            let a = get(cpu, rn);
            // MOV is ORR with the zero register.
            let result =
                if operation == 1 && rn == 31 { narrow(b, wide) } else { logic(cpu, operation, a, b, wide) };
            set(cpu, rd, result, wide);
        }
        (false, kind) => {
            let (minus, flags) = (bit(word, 30), bit(word, 29));
            let (a, b) = if kind & 1 == 1 {
                (get_sp(cpu, rn), extended(second, field(word, 15, 13), field(word, 12, 10)))
            } else {
                (get(cpu, rn), shifted(second, field(word, 23, 22), field(word, 15, 10), wide))
            };
            let result = sum(cpu, narrow(a, wide), narrow(b, wide), minus, wide, flags, minus);
            if kind & 1 == 1 && !flags { set_sp(cpu, rd, result, wide) } else { set(cpu, rd, result, wide) }
        }
        (true, 0) => {
            let (minus, flags, carry) = (bit(word, 30), bit(word, 29), cpu.flags.c);
            let a = get(cpu, rn);
            let result = sum(cpu, a, second, minus, wide, flags, carry);
            set(cpu, rd, result, wide);
        }
        (true, 2) => {
            let b = if bit(word, 11) { Value::known(u64::from(rm)) } else { second };
            let a = narrow(get(cpu, rn), wide);
            let before = cpu.flags;
            if before.holds(field(word, 15, 12)) {
                let minus = bit(word, 30);
                sum(cpu, a, narrow(b, wide), minus, wide, true, minus);
                cpu.flags.unknown |= before.unknown;
            } else {
                let nzcv = field(word, 3, 0);
                cpu.flags = Flags {
                    n: bit(nzcv, 3),
                    z: bit(nzcv, 2),
                    c: bit(nzcv, 1),
                    v: bit(nzcv, 0),
                    unknown: before.unknown,
                };
            }
        }
        (true, 4) => {
            let holds = cpu.flags.holds(field(word, 15, 12));
            let a = get(cpu, rn);
            let value = if holds {
                a
            } else {
                let bits = match (bit(word, 30), bit(word, 10)) {
                    (false, false) => second.bits,
                    (false, true) => second.bits.wrapping_add(1),
                    (true, false) => !second.bits,
                    (true, true) => second.bits.wrapping_neg(),
                };
                Value { bits, mark: second.mark }
            };
            let mark = if cpu.flags.unknown { Mark::unknown(ARGUMENT) } else { value.mark };
            set(cpu, rd, Value { bits: value.bits, mark }, wide);
        }
        (true, 6) if bit(word, 30) => {
            let a = narrow(get(cpu, rn), wide);
            let bits = match field(word, 15, 10) {
                0 if wide => a.bits.reverse_bits(),
                0 => u64::from(a.low().reverse_bits()),
                1 => {
                    let swapped = a.bits.swap_bytes().to_le_bytes();
                    let mut out = [0; 8];
                    for (index, slot) in out.iter_mut().enumerate() {
                        *slot = swapped[7 - (index ^ 1)];
                    }
                    u64::from_le_bytes(out)
                }
                2 if wide => {
                    u64::from(a.low().swap_bytes()) | u64::from(((a.bits >> 32) as u32).swap_bytes()) << 32
                }
                2 => u64::from(a.low().swap_bytes()),
                3 => a.bits.swap_bytes(),
                4 if wide => u64::from(a.bits.leading_zeros()),
                4 => u64::from(a.low().leading_zeros()),
                _ => return Err(Stop::Instruction),
            };
            set(cpu, rd, Value { bits, mark: a.mark.after(SHIFT) }, wide);
        }
        (true, 6) => {
            let a = narrow(get(cpu, rn), wide);
            let b = narrow(second, wide);
            let value = match field(word, 15, 10) {
                2 => Value {
                    bits: a.bits.checked_div(b.bits).unwrap_or(0),
                    mark: a.mark.join(b.mark, MULTIPLY),
                },
                3 => {
                    let bits = if wide {
                        (a.bits as i64).wrapping_div_or_zero(b.bits as i64) as u64
                    } else {
                        i64::from(a.low() as i32).wrapping_div_or_zero(i64::from(b.low() as i32)) as u64
                    };
                    Value { bits, mark: a.mark.join(b.mark, MULTIPLY) }
                }
                kind @ 8..=11 => {
                    let mut value = shifted(a, kind - 8, b.low() & if wide { 63 } else { 31 }, wide);
                    value.mark = value.mark.join(b.mark, SHIFT);
                    value
                }
                _ => return Err(Stop::Instruction),
            };
            set(cpu, rd, value, wide);
        }
        (true, kind) if kind >= 8 => {
            let third = get(cpu, field(word, 14, 10));
            let a = get(cpu, rn);
            let operation = field(word, 23, 21);
            let minus = bit(word, 15);
            let product = match operation {
                0 => a.bits.wrapping_mul(second.bits),
                1 => (i64::from(a.low() as i32) * i64::from(second.low() as i32)) as u64,
                5 => u64::from(a.low()).wrapping_mul(u64::from(second.low())),
                2 => ((i128::from(a.bits as i64) * i128::from(second.bits as i64)) >> 64) as u64,
                6 => ((u128::from(a.bits) * u128::from(second.bits)) >> 64) as u64,
                _ => return Err(Stop::Instruction),
            };
            let third = if operation & 3 == 2 { Value::default() } else { third };
            let bits =
                if minus { third.bits.wrapping_sub(product) } else { third.bits.wrapping_add(product) };
            let mark = a.mark.join(second.mark, MULTIPLY).join(third.mark, MULTIPLY);
            set(cpu, rd, Value { bits, mark }, wide);
        }
        _ => return Err(Stop::Instruction),
    }
    Ok(())
}

/// The machine's signed division: by zero it gives zero.
trait Division {
    fn wrapping_div_or_zero(self, by: Self) -> Self;
}

impl Division for i64 {
    fn wrapping_div_or_zero(self, by: i64) -> i64 {
        if by == 0 { 0 } else { self.wrapping_div(by) }
    }
}
