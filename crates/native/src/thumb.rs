//! T16 and T32, as in the *ARM Architecture Reference Manual ARMv7-A*, A6 and A8.

use crate::arm::{self, field, get};
use crate::machine::{ADC, ADDITION, AND, BIC, Cpu, EOR, MOV, MVN, ORN, ORR, RSB, SBC, SUB, Stop};
use crate::mark::{ARGUMENT, LOGIC, MULTIPLY, Mark, Value};

const fn bit(word: u32, at: u32) -> bool {
    word >> at & 1 == 1
}

/// Sets a register from a computation; Thumb keeps its state when it writes `r15` so.
fn set(cpu: &mut Cpu<'_>, register: u32, value: Value) {
    if register & 15 == 15 {
        cpu.pc = value.bits & 0xffff_fffe;
    } else {
        cpu.r[register as usize & 15] = Value { bits: value.bits & 0xffff_ffff, mark: value.mark };
    }
}

/// Sets a register from memory, where `r15` changes the state.
fn set_loaded(cpu: &mut Cpu<'_>, register: u32, value: Value) {
    if register & 15 == 15 {
        cpu.exchange(value.bits);
    } else {
        set(cpu, register, value);
    }
}

fn known(bits: u32) -> Value {
    Value::known(u64::from(bits))
}

fn plus(value: Value, offset: u32) -> Value {
    Value { bits: u64::from(value.low().wrapping_add(offset)), mark: value.mark }
}

/// One Thumb instruction.
pub(crate) fn step(cpu: &mut Cpu<'_>) -> Result<(), Stop> {
    let here = cpu.pc;
    let code = cpu.image.code(here).ok_or(Stop::Instruction)?;
    let half = |at: usize| -> Option<u32> {
        Some(u32::from(u16::from_le_bytes(code.get(at..at + 2)?.try_into().ok()?)))
    };
    let first = half(0).ok_or(Stop::Instruction)?;
    let wide = first >> 11 >= 0b11101;
    let second = if wide { half(2).ok_or(Stop::Instruction)? } else { 0 };
    cpu.pc = here + if wide { 4 } else { 2 };
    cpu.r[15] = Value::known((here + 4) & 0xffff_ffff);
    let inside = cpu.it & 15 != 0;
    let condition = if inside { cpu.it >> 4 } else { 14 };
    if inside {
        cpu.it = if cpu.it & 7 == 0 { 0 } else { cpu.it & 0xe0 | cpu.it << 1 & 0x1f };
    }
    let open = condition < 14 && cpu.flags.unknown;
    let next = cpu.pc;
    if !cpu.flags.holds(condition) {
        return Ok(());
    }
    if wide {
        long(cpu, first, second, here)?;
    } else {
        short(cpu, first, here, inside)?;
    }
    if open && cpu.pc != next && cpu.link.is_none() {
        cpu.fork = Some(next | 1);
    }
    Ok(())
}

fn short(cpu: &mut Cpu<'_>, word: u32, here: u64, inside: bool) -> Result<(), Stop> {
    let flags = !inside;
    let (low, middle, third) = (field(word, 2, 0), field(word, 5, 3), field(word, 8, 6));
    match word >> 11 {
        kind @ 0..=2 => {
            let value = get(cpu, middle);
            let (value, carry) = arm::immediate_shift(cpu, value, kind, field(word, 10, 6));
            let value = cpu.operate(MOV, Value::default(), value, carry, flags);
            set(cpu, low, value);
        }
        3 => {
            let second = if bit(word, 10) { known(third) } else { get(cpu, third) };
            let operation = if bit(word, 9) { SUB } else { ADDITION };
            let value = cpu.operate(operation, get(cpu, middle), second, false, flags);
            set(cpu, low, value);
        }
        kind @ 4..=7 => {
            let register = field(word, 10, 8);
            let immediate = known(field(word, 7, 0));
            let operation = [MOV, 10, ADDITION, SUB][kind as usize - 4];
            let carry = cpu.flags.c;
            let value = cpu.operate(operation, get(cpu, register), immediate, carry, flags || kind == 5);
            if kind != 5 {
                set(cpu, register, value);
            }
        }
        8 if word >> 10 == 16 => process(cpu, word, flags),
        8 => {
            let register = u32::from(bit(word, 7)) << 3 | low;
            let value = get(cpu, field(word, 6, 3));
            match field(word, 9, 8) {
                0 => {
                    let sum = cpu.operate(ADDITION, get(cpu, register), value, false, false);
                    set(cpu, register, sum);
                }
                1 => {
                    cpu.operate(10, get(cpu, register), value, false, true);
                }
                2 => set(cpu, register, value),
                _ => {
                    let link = bit(word, 7).then_some(here + 2);
                    return arm::jump(cpu, value, link);
                }
            }
        }
        9 => {
            let address = known(((here as u32).wrapping_add(4) & !3).wrapping_add(4 * field(word, 7, 0)));
            let value = cpu.load(address, 4)?;
            set(cpu, field(word, 10, 8), value);
        }
        10 | 11 => {
            let (base, offset) = (get(cpu, middle), get(cpu, third));
            let address = Value {
                bits: u64::from(base.low().wrapping_add(offset.low())),
                mark: base.mark.join(offset.mark, 0),
            };
            match field(word, 11, 9) {
                0 => cpu.store(address, get(cpu, low), 4)?,
                1 => cpu.store(address, get(cpu, low), 2)?,
                2 => cpu.store(address, get(cpu, low), 1)?,
                kind => {
                    let size = [1, 4, 2, 1, 2][kind as usize - 3];
                    let value = cpu.load(address, size)?;
                    let signed = matches!(kind, 3 | 7);
                    set(cpu, low, if signed { arm::extend(value, 8 * size as u32, true) } else { value });
                }
            }
        }
        kind @ 12..=17 => {
            let size = [4, 4, 1, 1, 2, 2][kind as usize - 12];
            let address = plus(get(cpu, middle), field(word, 10, 6) * size);
            access(cpu, low, address, size, kind & 1 == 1)?;
        }
        kind @ (18 | 19) => {
            let address = plus(get(cpu, 13), 4 * field(word, 7, 0));
            access(cpu, field(word, 10, 8), address, 4, kind == 19)?;
        }
        20 => {
            let base = (here as u32).wrapping_add(4) & !3;
            set(cpu, field(word, 10, 8), known(base.wrapping_add(4 * field(word, 7, 0))));
        }
        21 => {
            let value = plus(get(cpu, 13), 4 * field(word, 7, 0));
            set(cpu, field(word, 10, 8), value);
        }
        22 | 23 => return miscellaneous(cpu, word, here),
        kind @ (24 | 25) => {
            let register = field(word, 10, 8);
            let list = field(word, 7, 0);
            let write = kind == 24 || list >> register & 1 == 0;
            return arm::block(cpu, register << 16 | list, 1, write, kind == 25);
        }
        26 | 27 => {
            let condition = field(word, 11, 8);
            if condition == 15 {
                cpu.r[0] = Value::unknown(0, ARGUMENT);
                return Ok(());
            }
            if condition == 14 {
                return Err(Stop::Instruction);
            }
            let offset = (word << 24) as i32 >> 23;
            let target = u64::from((here as u32).wrapping_add(4).wrapping_add(offset as u32));
            cpu.branch(cpu.flags.holds(condition), cpu.flags.unknown, target);
        }
        _ => {
            let offset = (word << 21) as i32 >> 20;
            cpu.pc = u64::from((here as u32).wrapping_add(4).wrapping_add(offset as u32));
        }
    }
    Ok(())
}

fn access(cpu: &mut Cpu<'_>, register: u32, address: Value, size: u32, load: bool) -> Result<(), Stop> {
    if load {
        let value = cpu.load(address, u64::from(size))?;
        set_loaded(cpu, register, value);
        Ok(())
    } else {
        cpu.store(address, get(cpu, register), u64::from(size))
    }
}

/// The sixteen operations on two low registers.
fn process(cpu: &mut Cpu<'_>, word: u32, flags: bool) {
    let (register, value) = (field(word, 2, 0), get(cpu, field(word, 5, 3)));
    let own = get(cpu, register);
    let carry = cpu.flags.c;
    let code = field(word, 9, 6);
    let result = match code {
        2 | 3 | 4 | 7 => {
            let kind = [0, 0, 0, 1, 2, 0, 0, 3][code as usize];
            let (value, carry) = arm::by_register(cpu, own, kind, value);
            cpu.operate(MOV, Value::default(), value, carry, flags)
        }
        9 => cpu.operate(RSB, value, known(0), carry, flags),
        13 => {
            let bits = u64::from(own.low().wrapping_mul(value.low()));
            let product = Value { bits, mark: own.mark.join(value.mark, MULTIPLY) };
            cpu.operate(MOV, Value::default(), product, carry, flags)
        }
        _ => {
            let operation = [AND, EOR, 0, 0, 0, ADC, SBC, 0, 8, 0, 10, 11, ORR, 0, BIC, MVN][code as usize];
            cpu.operate(operation, own, value, carry, flags || matches!(code, 8 | 10 | 11))
        }
    };
    if !matches!(code, 8 | 10 | 11) {
        set(cpu, register, result);
    }
}

fn miscellaneous(cpu: &mut Cpu<'_>, word: u32, here: u64) -> Result<(), Stop> {
    match field(word, 11, 8) {
        0 => {
            let offset = 4 * field(word, 6, 0);
            let offset = if bit(word, 7) { offset.wrapping_neg() } else { offset };
            let value = plus(get(cpu, 13), offset);
            set(cpu, 13, value);
        }
        1 | 3 | 9 | 11 => {
            let value = get(cpu, field(word, 2, 0));
            let offset = u32::from(bit(word, 9)) << 6 | field(word, 7, 3) << 1;
            let target = u64::from((here as u32).wrapping_add(4).wrapping_add(offset));
            let taken = (value.low() == 0) != bit(word, 11);
            cpu.branch(taken, value.mark.is_unknown(), target);
        }
        2 => {
            let value = get(cpu, field(word, 5, 3));
            let kind = field(word, 7, 6);
            let value = arm::extend(value, if kind & 1 == 1 { 8 } else { 16 }, kind < 2);
            set(cpu, field(word, 2, 0), value);
        }
        4 | 5 => {
            let list = field(word, 7, 0) | u32::from(bit(word, 8)) << 14;
            return arm::block(cpu, 13 << 16 | list, 2, true, false);
        }
        12 | 13 => {
            let list = field(word, 7, 0) | u32::from(bit(word, 8)) << 15;
            return arm::block(cpu, 13 << 16 | list, 1, true, true);
        }
        10 => {
            let kind = [0, 1, 2, 3][field(word, 7, 6) as usize];
            return arm::reverse(cpu, field(word, 2, 0), get(cpu, field(word, 5, 3)), kind);
        }
        15 if field(word, 3, 0) != 0 => cpu.it = field(word, 7, 0),
        15 | 6 => {}
        _ => return Err(Stop::Instruction),
    }
    Ok(())
}

fn long(cpu: &mut Cpu<'_>, first: u32, second: u32, here: u64) -> Result<(), Stop> {
    // Coprocessor and vector instructions are those of A32 with other leading bits.
    if first & 0xef00 == 0xef00 {
        return crate::neon::step(cpu, 0xf200_0000 | (first >> 12 & 1) << 24 | (first & 0xff) << 16 | second);
    }
    if first & 0xff10 == 0xf900 || first & 0xff00 == 0xf900 && first & 0x10 == 0 {
        return crate::neon::step(cpu, 0xf400_0000 | (first & 0xff) << 16 | second);
    }
    if first & 0xec00 == 0xec00 {
        return arm::coprocessor(cpu, 0xe000_0000 | (first & 0xfff) << 16 | second);
    }
    match first >> 11 {
        0b11101 if first & 0x0640 == 0x0040 => dual(cpu, first, second, here),
        0b11101 if first & 0x0600 == 0 => {
            let mode = if bit(first, 8) { 2 } else { 1 };
            arm::block(cpu, field(first, 3, 0) << 16 | second, mode, bit(first, 5), bit(first, 4))
        }
        0b11101 => {
            let value = get(cpu, field(second, 3, 0));
            let by = field(second, 14, 12) << 2 | field(second, 7, 6);
            let (value, carry) = arm::immediate_shift(cpu, value, field(second, 5, 4), by);
            modified(cpu, first, second, value, carry)
        }
        0b11110 if bit(second, 15) => branch(cpu, first, second, here),
        0b11110 if bit(first, 9) => plain(cpu, first, second, here),
        0b11110 => {
            let immediate =
                u32::from(bit(first, 10)) << 11 | field(second, 14, 12) << 8 | field(second, 7, 0);
            let (bits, carry) = expand(immediate, cpu.flags.c);
            modified(cpu, first, second, known(bits), carry)
        }
        _ if first & 0x0600 == 0 => load_store(cpu, first, second, here),
        _ if first & 0x0780 == 0x0200 => registers(cpu, first, second),
        _ if first & 0x0780 == 0x0300 => {
            let (a, b) = (get(cpu, field(first, 3, 0)), get(cpu, field(second, 3, 0)));
            if field(first, 6, 4) != 0 {
                return halves(cpu, first, second, a, b);
            }
            let product = a.low().wrapping_mul(b.low());
            let register = field(second, 15, 12);
            let third = if register == 15 { known(0) } else { get(cpu, register) };
            let subtract = field(second, 5, 4) == 1;
            let bits =
                if subtract { third.low().wrapping_sub(product) } else { third.low().wrapping_add(product) };
            let mark = a.mark.join(b.mark, MULTIPLY).join(third.mark, MULTIPLY);
            set(cpu, field(second, 11, 8), Value { bits: u64::from(bits), mark });
            Ok(())
        }
        _ => {
            let (a, b) = (get(cpu, field(first, 3, 0)), get(cpu, field(second, 3, 0)));
            let (low, high) = (field(second, 15, 12), field(second, 11, 8));
            match field(first, 6, 4) {
                1 => arm::divide(cpu, high, a, b, true),
                3 => arm::divide(cpu, high, a, b, false),
                kind @ (0 | 2 | 4 | 6) => {
                    arm::long_multiply(cpu, low, high, (a, b), kind & 2 == 0, kind & 4 != 0);
                }
                _ => return Err(Stop::Instruction),
            }
            Ok(())
        }
    }
}

/// `SMULBB` and its like, `SMMUL`.
fn halves(cpu: &mut Cpu<'_>, first: u32, second: u32, a: Value, b: Value) -> Result<(), Stop> {
    let half = |value: Value, top: bool| ((value.low() >> if top { 16 } else { 0 }) as u16 as i16) as i64;
    let register = field(second, 15, 12);
    let third = if register == 15 { known(0) } else { get(cpu, register) };
    let wide = i64::from(a.low() as i32) * i64::from(b.low() as i32);
    let bits = match field(first, 6, 4) {
        1 => (half(a, bit(second, 5)) * half(b, bit(second, 4))).wrapping_add(third.bits as i64) as u32,
        5 => ((wide >> 32) as u32).wrapping_add(third.low()),
        _ => return Err(Stop::Instruction),
    };
    let mark = a.mark.join(b.mark, MULTIPLY).join(third.mark, MULTIPLY);
    set(cpu, field(second, 11, 8), Value { bits: u64::from(bits), mark });
    Ok(())
}

/// `ThumbExpandImm_C`.
fn expand(immediate: u32, carry: bool) -> (u32, bool) {
    let byte = immediate & 0xff;
    match immediate >> 8 {
        0 => (byte, carry),
        1 => (byte << 16 | byte, carry),
        2 => (byte << 24 | byte << 8, carry),
        3 => (byte * 0x0101_0101, carry),
        _ => {
            let bits = (0x80 | immediate & 0x7f).rotate_right(immediate >> 7);
            (bits, bits >> 31 == 1)
        }
    }
}

/// Data processing with a shifted register or a modified constant.
fn modified(cpu: &mut Cpu<'_>, first: u32, second: u32, value: Value, carry: bool) -> Result<(), Stop> {
    let (rn, rd, flags) = (field(first, 3, 0), field(second, 11, 8), bit(first, 4));
    let test = rd == 15 && flags;
    let own = get(cpu, rn);
    let (operation, own) = match field(first, 8, 5) {
        0 => (AND, own),
        1 => (BIC, own),
        2 if rn == 15 => (MOV, Value::default()),
        2 => (ORR, own),
        3 if rn == 15 => (MVN, Value::default()),
        3 => (ORN, own),
        4 => (EOR, own),
        8 => (ADDITION, own),
        10 => (ADC, own),
        11 => (SBC, own),
        13 => (SUB, own),
        14 => (RSB, own),
        // PKHBT, PKHTB.
        6 => {
            let (low, high) = if bit(second, 5) { (value, own) } else { (own, value) };
            let bits = u64::from(low.low() & 0xffff | high.low() & 0xffff_0000);
            set(cpu, rd, Value { bits, mark: low.mark.join(high.mark, LOGIC) });
            return Ok(());
        }
        _ => return Err(Stop::Instruction),
    };
    let result = cpu.operate(operation, own, value, carry, flags);
    if !test {
        set(cpu, rd, result);
    }
    Ok(())
}

/// Plain immediates: `ADDW`, `SUBW`, `MOVW`, `MOVT`, bit fields.
fn plain(cpu: &mut Cpu<'_>, first: u32, second: u32, here: u64) -> Result<(), Stop> {
    let (rn, rd) = (field(first, 3, 0), field(second, 11, 8));
    let immediate = u32::from(bit(first, 10)) << 11 | field(second, 14, 12) << 8 | field(second, 7, 0);
    let low = field(second, 14, 12) << 2 | field(second, 7, 6);
    let base = if rn == 15 { known((here as u32).wrapping_add(4) & !3) } else { get(cpu, rn) };
    match field(first, 8, 4) {
        0 => {
            let sum = cpu.operate(ADDITION, base, known(immediate), false, false);
            set(cpu, rd, sum);
        }
        10 => {
            let difference = cpu.operate(SUB, base, known(immediate), false, false);
            set(cpu, rd, difference);
        }
        kind @ (4 | 12) => arm::wide_move(cpu, rd, rn << 12 | immediate, kind == 12),
        kind @ (20 | 28) => {
            arm::bit_field(cpu, rd, get(cpu, rn), low, field(second, 4, 0) + 1, kind == 20);
        }
        22 => {
            let value = if rn == 15 { Value::default() } else { get(cpu, rn) };
            arm::insert(cpu, rd, value, low, field(second, 4, 0));
        }
        16 | 18 | 24 | 26 => set(cpu, rd, Value { mark: get(cpu, rn).mark.after(LOGIC), ..get(cpu, rn) }),
        _ => return Err(Stop::Instruction),
    }
    Ok(())
}

fn branch(cpu: &mut Cpu<'_>, first: u32, second: u32, here: u64) -> Result<(), Stop> {
    let s = u32::from(bit(first, 10));
    let (j1, j2) = (u32::from(bit(second, 13)), u32::from(bit(second, 11)));
    let base = (here as u32).wrapping_add(4);
    if !bit(second, 14) && !bit(second, 12) {
        if field(first, 9, 7) == 7 {
            // Barriers, hints, MSR; MRS gives something unknown.
            if field(first, 6, 5) == 3
                && bit(first, 5)
                && field(second, 11, 8) != 15
                && field(first, 6, 4) >= 6
            {
                set(cpu, field(second, 11, 8), Value::unknown(0, ARGUMENT));
            }
            return Ok(());
        }
        let offset = s << 20 | j2 << 19 | j1 << 18 | field(first, 5, 0) << 12 | field(second, 10, 0) << 1;
        let offset = (offset << 11) as i32 >> 11;
        let target = u64::from(base.wrapping_add(offset as u32));
        let condition = field(first, 9, 6);
        cpu.branch(cpu.flags.holds(condition), cpu.flags.unknown, target);
        return Ok(());
    }
    let (i1, i2) = (1 ^ j1 ^ s, 1 ^ j2 ^ s);
    let offset = s << 24 | i1 << 23 | i2 << 22 | field(first, 9, 0) << 12 | field(second, 10, 0) << 1;
    let offset = ((offset << 7) as i32 >> 7) as u32;
    if !bit(second, 14) {
        cpu.pc = u64::from(base.wrapping_add(offset));
        return Ok(());
    }
    cpu.r[14] = Value::known((here + 4) | 1);
    cpu.link = Some(here + 4);
    if bit(second, 12) {
        cpu.pc = u64::from(base.wrapping_add(offset));
    } else {
        cpu.exchange(u64::from((base & !3).wrapping_add(offset & !3)));
    }
    Ok(())
}

/// `LDRD`, `STRD`, the exclusive accesses, table branches.
fn dual(cpu: &mut Cpu<'_>, first: u32, second: u32, here: u64) -> Result<(), Stop> {
    let rn = field(first, 3, 0);
    let base = if rn == 15 { known((here as u32).wrapping_add(4) & !3) } else { get(cpu, rn) };
    let offset = 4 * field(second, 7, 0);
    let (t, t2) = (field(second, 15, 12), field(second, 11, 8));
    let (p, u, w, load) = (bit(first, 8), bit(first, 7), bit(first, 5), bit(first, 4));
    if !p && !w {
        if u && load && field(second, 7, 5) == 0 && field(second, 7, 4) == 0 {
            // TBB, TBH.
            let index = get(cpu, field(second, 3, 0));
            let size = 1 + u64::from(bit(second, 4));
            let address = plus(get(cpu, rn), index.low().wrapping_mul(size as u32));
            let address = Value { mark: Mark::KNOWN, ..address };
            let entry = cpu.load(address, size)?;
            cpu.pc = u64::from((here as u32).wrapping_add(4).wrapping_add(2 * entry.low()));
            return Ok(());
        }
        let size = if !u { 4 } else { 1 << field(second, 5, 4).min(2) };
        let address = if u { base } else { plus(base, offset) };
        if load {
            let value = cpu.load(address, size)?;
            set(cpu, t, value);
        } else {
            cpu.store(address, get(cpu, t), size)?;
            set(cpu, if u { field(second, 3, 0) } else { t2 }, known(0));
        }
        return Ok(());
    }
    let moved = plus(base, if u { offset } else { offset.wrapping_neg() });
    let address = if p { moved } else { base };
    if load {
        let (a, b) = (cpu.load(address, 4)?, cpu.load(plus(address, 4), 4)?);
        set(cpu, t, a);
        set(cpu, t2, b);
    } else {
        cpu.store(address, get(cpu, t), 4)?;
        cpu.store(plus(address, 4), get(cpu, t2), 4)?;
    }
    if w {
        set(cpu, rn, moved);
    }
    Ok(())
}

fn load_store(cpu: &mut Cpu<'_>, first: u32, second: u32, here: u64) -> Result<(), Stop> {
    let (rn, rt) = (field(first, 3, 0), field(second, 15, 12));
    let load = bit(first, 4);
    let size = 1_u64 << field(first, 6, 5).min(2);
    let mut write = None;
    let address = if rn == 15 {
        let base = (here as u32).wrapping_add(4) & !3;
        let offset = field(second, 11, 0);
        known(if bit(first, 7) { base.wrapping_add(offset) } else { base.wrapping_sub(offset) })
    } else if bit(first, 7) {
        plus(get(cpu, rn), field(second, 11, 0))
    } else if bit(second, 11) {
        let offset = field(second, 7, 0);
        let base = get(cpu, rn);
        let moved = plus(base, if bit(second, 9) { offset } else { offset.wrapping_neg() });
        if bit(second, 8) {
            write = Some(moved);
        }
        if bit(second, 10) { moved } else { base }
    } else {
        let (base, offset) = (get(cpu, rn), get(cpu, field(second, 3, 0)));
        let sum = base.low().wrapping_add(offset.low() << field(second, 5, 4));
        Value { bits: u64::from(sum), mark: base.mark.join(offset.mark, 0) }
    };
    if load && rt == 15 && size < 4 {
        return Ok(());
    }
    let stored = get(cpu, rt);
    if let Some(moved) = write {
        set(cpu, rn, moved);
    }
    if load {
        let value = cpu.load(address, size)?;
        let value = if bit(first, 8) && size < 4 { arm::extend(value, 8 * size as u32, true) } else { value };
        set_loaded(cpu, rt, value);
        Ok(())
    } else {
        cpu.store(address, stored, size)
    }
}

/// Shifts by a register, extensions, reversals.
fn registers(cpu: &mut Cpu<'_>, first: u32, second: u32) -> Result<(), Stop> {
    let (rn, rd, rm) = (field(first, 3, 0), field(second, 11, 8), field(second, 3, 0));
    if !bit(first, 7) && field(second, 7, 4) == 0 {
        let (value, carry) = arm::by_register(cpu, get(cpu, rn), field(first, 6, 5), get(cpu, rm));
        let value = cpu.operate(MOV, Value::default(), value, carry, bit(first, 4));
        set(cpu, rd, value);
        return Ok(());
    }
    if !bit(first, 7) && bit(second, 7) {
        let value = get(cpu, rm);
        let turned = Value { bits: u64::from(value.low().rotate_right(8 * field(second, 5, 4))), ..value };
        let (width, signed) = match field(first, 6, 4) {
            0 => (3, true),
            1 => (3, false),
            4 => (2, true),
            5 => (2, false),
            _ => return Err(Stop::Instruction),
        };
        arm::extend_add(cpu, rd, rn, turned, width, signed);
        return Ok(());
    }
    let value = get(cpu, rm);
    match (field(first, 6, 4), field(second, 7, 4)) {
        (1, kind @ 8..=11) => arm::reverse(cpu, rd, value, [0, 1, 2, 3][kind as usize - 8]),
        (3, 8) => {
            let bits = u64::from(value.low().leading_zeros());
            set(cpu, rd, Value { bits, mark: value.mark.after(LOGIC) });
            Ok(())
        }
        _ => Err(Stop::Instruction),
    }
}
