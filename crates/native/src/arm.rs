//! A32: the integer instructions, as in the *ARM Architecture Reference Manual ARMv7-A*, A5 and A8.

use crate::machine::{Cpu, Flags, MOV, MVN, Stop};
use crate::mark::{ARGUMENT, LOGIC, MULTIPLY, Mark, SHIFT, Value};

/// The bits `high..=low`.
pub(crate) const fn field(word: u32, high: u32, low: u32) -> u32 {
    word >> low & ((1_u64 << (high - low + 1)) - 1) as u32
}

const fn bit(word: u32, at: u32) -> bool {
    word >> at & 1 == 1
}

/// Moves a register: where a load or a computation writes `r15`, it is a branch.
fn set(cpu: &mut Cpu<'_>, register: u32, value: Value) {
    if register & 15 == 15 {
        // A jump into something unknown cannot be followed; it ends at an address without code.
        cpu.exchange(value.bits | u64::from(cpu.thumb && value.bits & 1 == 0 && value.bits % 4 == 2));
    } else {
        cpu.r[register as usize & 15] = Value { bits: value.bits & 0xffff_ffff, mark: value.mark };
    }
}

pub(crate) fn get(cpu: &Cpu<'_>, register: u32) -> Value {
    cpu.r[register as usize & 15]
}

fn plus(value: Value, offset: u32) -> Value {
    Value { bits: u64::from(value.low().wrapping_add(offset)), mark: value.mark }
}

/// One A32 instruction.
pub(crate) fn step(cpu: &mut Cpu<'_>) -> Result<(), Stop> {
    let here = cpu.pc;
    let code = cpu.image.code(here).ok_or(Stop::Instruction)?;
    let word: [u8; 4] = code.get(..4).and_then(|word| word.try_into().ok()).ok_or(Stop::Instruction)?;
    let word = u32::from_le_bytes(word);
    cpu.pc = here + 4;
    cpu.r[15] = Value::known((here + 8) & 0xffff_ffff);
    let condition = word >> 28;
    if condition == 15 {
        return unconditional(cpu, word, here);
    }
    let holds = cpu.flags.holds(condition);
    let open = condition != 14 && cpu.flags.unknown;
    if field(word, 27, 25) == 5 {
        let offset = ((word << 8) as i32 >> 6) as u32;
        let target = u64::from((here as u32).wrapping_add(8).wrapping_add(offset));
        if bit(word, 24) {
            if holds {
                cpu.r[14] = Value::known(here + 4);
                cpu.link = Some(here + 4);
                cpu.pc = target;
            }
        } else {
            cpu.branch(holds, open, target);
        }
        return Ok(());
    }
    if !holds {
        return Ok(());
    }
    let before = cpu.pc;
    execute(cpu, word)?;
    if open && cpu.pc != before {
        cpu.fork = Some(before);
    }
    Ok(())
}

fn unconditional(cpu: &mut Cpu<'_>, word: u32, here: u64) -> Result<(), Stop> {
    if field(word, 27, 25) == 5 {
        let offset = ((word << 8) as i32 >> 6) as u32 | word >> 23 & 2;
        cpu.r[14] = Value::known(here + 4);
        cpu.link = Some(here + 4);
        cpu.exchange(u64::from((here as u32).wrapping_add(8).wrapping_add(offset)) | 1);
        return Ok(());
    }
    if field(word, 27, 25) == 1 || field(word, 27, 24) == 4 && !bit(word, 20) || field(word, 27, 24) == 4 {
        return crate::neon::step(cpu, word);
    }
    // PLD, DMB and their like.
    Ok(())
}

fn execute(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    match field(word, 27, 25) {
        0 if bit(word, 7) && bit(word, 4) => {
            if field(word, 6, 5) == 0 {
                return if bit(word, 24) { exclusive(cpu, word) } else { multiply(cpu, word) };
            }
            extra_load_store(cpu, word)
        }
        0 if field(word, 24, 23) == 2 && !bit(word, 20) => miscellaneous(cpu, word),
        0 => {
            let value = get(cpu, word);
            let kind = field(word, 6, 5);
            let (operand, carry) = if bit(word, 4) {
                let by = get(cpu, field(word, 11, 8));
                by_register(cpu, value, kind, by)
            } else {
                immediate_shift(cpu, value, kind, field(word, 11, 7))
            };
            process(cpu, word, operand, carry);
            Ok(())
        }
        1 if field(word, 24, 20) == 16 || field(word, 24, 20) == 20 => {
            let immediate = field(word, 19, 16) << 12 | field(word, 11, 0);
            wide_move(cpu, field(word, 15, 12), immediate, bit(word, 22));
            Ok(())
        }
        1 if field(word, 24, 23) == 2 && !bit(word, 20) => Ok(()),
        1 => {
            let by = 2 * field(word, 11, 8);
            let bits = field(word, 7, 0).rotate_right(by);
            let carry = if by == 0 { cpu.flags.c } else { bit(bits, 31) };
            process(cpu, word, Value::known(u64::from(bits)), carry);
            Ok(())
        }
        2 => load_store(cpu, word, Value::known(u64::from(field(word, 11, 0)))),
        3 if bit(word, 4) => media(cpu, word),
        3 => {
            let (offset, _) = immediate_shift(cpu, get(cpu, word), field(word, 6, 5), field(word, 11, 7));
            load_store(cpu, word, offset)
        }
        4 => block(cpu, word, field(word, 24, 23), bit(word, 21), bit(word, 20)),
        _ => coprocessor(cpu, word),
    }
}

/// `MOVW` and `MOVT`.
pub(crate) fn wide_move(cpu: &mut Cpu<'_>, register: u32, immediate: u32, top: bool) {
    let bits = if top { get(cpu, register).low() & 0xffff | immediate << 16 } else { immediate };
    let mark = if top { get(cpu, register).mark } else { Mark::KNOWN };
    set(cpu, register, Value { bits: u64::from(bits), mark });
}

/// The shifter with a constant: 0 means 32 for shifts to the right, and a rotation through carry.
pub(crate) fn immediate_shift(cpu: &Cpu<'_>, value: Value, kind: u32, by: u32) -> (Value, bool) {
    match (kind, by) {
        (0, 0) => (value, cpu.flags.c),
        (3, 0) => {
            let bits = u32::from(cpu.flags.c) << 31 | value.low() >> 1;
            (Value { bits: u64::from(bits), mark: value.mark.after(SHIFT) }, bit(value.low(), 0))
        }
        (_, 0) => Cpu::shift32(value, kind, 32, cpu.flags.c),
        _ => Cpu::shift32(value, kind, by, cpu.flags.c),
    }
}

/// The shifter with a register.
pub(crate) fn by_register(cpu: &Cpu<'_>, value: Value, kind: u32, by: Value) -> (Value, bool) {
    let (mut value, carry) = Cpu::shift32(value, kind, by.low() & 0xff, cpu.flags.c);
    if by.mark.is_unknown() {
        value.mark = by.mark;
    } else {
        value.mark = value.mark.join(by.mark, SHIFT);
    }
    (value, carry)
}

fn process(cpu: &mut Cpu<'_>, word: u32, operand: Value, carry: bool) {
    let operation = field(word, 24, 21);
    let first = get(cpu, field(word, 19, 16));
    let set_flags = bit(word, 20);
    let first = if matches!(operation, MOV | MVN) { Value::default() } else { first };
    let result = cpu.operate(operation, first, operand, carry, set_flags);
    if !(8..=11).contains(&operation) {
        set(cpu, field(word, 15, 12), result);
    }
}

fn multiply(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let (a, b) = (get(cpu, word), get(cpu, field(word, 11, 8)));
    let (high, low) = (field(word, 19, 16), field(word, 15, 12));
    let mark = a.mark.join(b.mark, MULTIPLY);
    let operation = field(word, 23, 21);
    if operation >= 4 {
        long_multiply(cpu, low, high, (a, b), operation & 2 != 0, operation & 1 != 0);
        return Ok(());
    }
    let product = a.low().wrapping_mul(b.low());
    let third = get(cpu, low);
    let (bits, mark) = match operation {
        1 => (product.wrapping_add(third.low()), mark.join(third.mark, MULTIPLY)),
        3 => (third.low().wrapping_sub(product), mark.join(third.mark, MULTIPLY)),
        _ => (product, mark),
    };
    if bit(word, 20) {
        let old = cpu.flags;
        cpu.flags = Flags { n: bit(bits, 31), z: bits == 0, unknown: mark.is_unknown(), ..old };
    }
    set(cpu, high, Value { bits: u64::from(bits), mark });
    Ok(())
}

/// `UMULL`, `SMULL` and with addition `UMLAL`, `SMLAL`.
pub(crate) fn long_multiply(
    cpu: &mut Cpu<'_>,
    low: u32,
    high: u32,
    (a, b): (Value, Value),
    signed: bool,
    add: bool,
) {
    let mut wide = if signed {
        (i64::from(a.low() as i32).wrapping_mul(i64::from(b.low() as i32))) as u64
    } else {
        u64::from(a.low()).wrapping_mul(u64::from(b.low()))
    };
    let mut mark = a.mark.join(b.mark, MULTIPLY);
    if add {
        let (l, h) = (get(cpu, low), get(cpu, high));
        wide = wide.wrapping_add(l.bits | h.bits << 32);
        mark = mark.join(l.mark, MULTIPLY).join(h.mark, MULTIPLY);
    }
    set(cpu, low, Value { bits: wide & 0xffff_ffff, mark });
    set(cpu, high, Value { bits: wide >> 32, mark });
}

/// `LDREX`, `STREX`, `SWP`: alone in the sandbox, a store always succeeds.
fn exclusive(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let address = get(cpu, field(word, 19, 16));
    let size = match field(word, 22, 21) {
        2 => 1,
        3 => 2,
        _ => 4,
    };
    if bit(word, 20) {
        let value = cpu.load(address, size)?;
        set(cpu, field(word, 15, 12), value);
    } else {
        cpu.store(address, get(cpu, word), size)?;
        set(cpu, field(word, 15, 12), Value::known(0));
    }
    Ok(())
}

/// `LDRH`, `LDRSB`, `LDRSH`, `LDRD` and their stores.
fn extra_load_store(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let offset = if bit(word, 22) {
        Value::known(u64::from(field(word, 11, 8) << 4 | field(word, 3, 0)))
    } else {
        get(cpu, word)
    };
    let address = index(cpu, word, offset);
    let register = field(word, 15, 12);
    match (bit(word, 20), field(word, 6, 5)) {
        (true, 1) => {
            let value = cpu.load(address, 2)?;
            set(cpu, register, value);
        }
        (true, kind) => {
            let value = cpu.load(address, u64::from(kind - 1))?;
            set(cpu, register, extend(value, if kind == 2 { 8 } else { 16 }, true));
        }
        (false, 1) => cpu.store(address, get(cpu, register), 2)?,
        (false, 2) => {
            for part in 0..2 {
                let value = cpu.load(plus(address, 4 * part), 4)?;
                set(cpu, register + part, value);
            }
        }
        (false, _) => {
            for part in 0..2 {
                cpu.store(plus(address, 4 * part), get(cpu, register + part), 4)?;
            }
        }
    }
    Ok(())
}

/// The address of an indexed access, with the write-back done.
fn index(cpu: &mut Cpu<'_>, word: u32, offset: Value) -> Value {
    let register = field(word, 19, 16);
    let base = get(cpu, register);
    let base = if register == 15 { Value { bits: base.bits & !3, mark: base.mark } } else { base };
    let sum = if bit(word, 23) {
        base.low().wrapping_add(offset.low())
    } else {
        base.low().wrapping_sub(offset.low())
    };
    let moved = Value { bits: u64::from(sum), mark: base.mark.join(offset.mark, 0) };
    let (before, write) = (bit(word, 24), bit(word, 21));
    if !before || write {
        set(cpu, register, moved);
    }
    if before { moved } else { base }
}

fn load_store(cpu: &mut Cpu<'_>, word: u32, offset: Value) -> Result<(), Stop> {
    let register = field(word, 15, 12);
    let value = get(cpu, register);
    let address = index(cpu, word, offset);
    let size = if bit(word, 22) { 1 } else { 4 };
    if bit(word, 20) {
        let value = cpu.load(address, size)?;
        set(cpu, register, value);
        Ok(())
    } else {
        cpu.store(address, value, size)
    }
}

/// `LDM` and `STM`; `mode` is the P and U bits.
pub(crate) fn block(cpu: &mut Cpu<'_>, word: u32, mode: u32, write: bool, load: bool) -> Result<(), Stop> {
    let register = field(word, 19, 16);
    let base = get(cpu, register);
    let list = field(word, 15, 0);
    let count = list.count_ones();
    let (start, end) = match mode {
        0 => (4_u32.wrapping_sub(4 * count), (4 * count).wrapping_neg()),
        1 => (0, 4 * count),
        2 => ((4 * count).wrapping_neg(), (4 * count).wrapping_neg()),
        _ => (4, 4 * count),
    };
    let mut at = plus(base, start);
    let mut target = None;
    let mut loaded = [None; 16];
    for index in (0..16_u32).filter(|index| bit(list, *index)) {
        if load {
            loaded[index as usize] = Some(cpu.load(at, 4)?);
        } else {
            cpu.store(at, get(cpu, index), 4)?;
        }
        at = plus(at, 4);
    }
    if write {
        set(cpu, register, plus(base, end));
    }
    for (index, value) in loaded.into_iter().enumerate() {
        let Some(value) = value else { continue };
        if index == 15 {
            target = Some(value);
        } else {
            set(cpu, index as u32, value);
        }
    }
    if let Some(target) = target {
        cpu.exchange(target.bits);
    }
    Ok(())
}

/// Sign- or zero-extends the low `bits`.
pub(crate) fn extend(value: Value, bits: u32, signed: bool) -> Value {
    let by = 32 - bits;
    let low = value.low() << by;
    let bits = if signed { ((low as i32) >> by) as u32 } else { low >> by };
    Value { bits: u64::from(bits), mark: value.mark }
}

fn miscellaneous(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    match (field(word, 22, 21), field(word, 7, 4)) {
        (1, 1) => jump(cpu, get(cpu, word), None),
        (1, 3) => {
            let next = cpu.pc;
            jump(cpu, get(cpu, word), Some(next))
        }
        (3, 1) => {
            let value = get(cpu, word);
            let bits = u64::from(value.low().leading_zeros());
            set(cpu, field(word, 15, 12), Value { bits, mark: value.mark.after(LOGIC) });
            Ok(())
        }
        (_, 8 | 10 | 12 | 14) => {
            let half = |value: Value, top: bool| {
                extend(Value { bits: value.bits >> if top { 16 } else { 0 }, ..value }, 16, true)
            };
            let (a, b) =
                (half(get(cpu, word), bit(word, 5)), half(get(cpu, field(word, 11, 8)), bit(word, 6)));
            if field(word, 22, 21) != 3 && field(word, 22, 21) != 0 {
                return Err(Stop::Instruction);
            }
            let mut bits = a.low().wrapping_mul(b.low());
            let mut mark = a.mark.join(b.mark, MULTIPLY);
            if field(word, 22, 21) == 0 {
                let third = get(cpu, field(word, 15, 12));
                bits = bits.wrapping_add(third.low());
                mark = mark.join(third.mark, MULTIPLY);
            }
            set(cpu, field(word, 19, 16), Value { bits: u64::from(bits), mark });
            Ok(())
        }
        // MRS, MSR, hints.
        (_, 0) => {
            if !bit(word, 21) {
                set(cpu, field(word, 15, 12), Value::known(0x10));
            }
            Ok(())
        }
        _ => Err(Stop::Instruction),
    }
}

/// `BX`, `BLX` of a register.
pub(crate) fn jump(cpu: &mut Cpu<'_>, target: Value, link: Option<u64>) -> Result<(), Stop> {
    if let Some(next) = link {
        cpu.r[14] = Value::known(next | u64::from(cpu.thumb));
        cpu.link = Some(next);
    }
    cpu.exchange(target.bits);
    Ok(())
}

/// Extensions, bit fields, reversals, division, saturation of the parallel group left out.
fn media(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    let (rn, rd) = (field(word, 19, 16), field(word, 15, 12));
    let value = get(cpu, word);
    let operation = field(word, 24, 20);
    let second = field(word, 7, 5);
    match operation {
        0x08..=0x0f if second == 3 && operation & 3 != 0 => {
            let turned =
                Value { bits: u64::from(value.low().rotate_right(8 * field(word, 11, 10))), ..value };
            extend_add(cpu, rd, rn, turned, operation & 3, operation & 4 == 0);
            Ok(())
        }
        0x0b if second == 1 => reverse(cpu, rd, value, 0),
        0x0b if second == 5 => reverse(cpu, rd, value, 1),
        0x0f if second == 1 => reverse(cpu, rd, value, 2),
        0x0f if second == 5 => reverse(cpu, rd, value, 3),
        0x11 | 0x13 if second == 0 => {
            // SDIV and UDIV: rd and rn have other places here.
            divide(cpu, rn, value, get(cpu, field(word, 11, 8)), operation == 0x11);
            Ok(())
        }
        0x1a | 0x1b | 0x1e | 0x1f if second & 3 == 2 => {
            let width = (field(word, 20, 16) + 1).min(32);
            bit_field(cpu, rd, value, field(word, 11, 7), width, operation < 0x1e);
            Ok(())
        }
        0x1c | 0x1d if second & 3 == 0 => {
            let value = if field(word, 3, 0) == 15 { Value::default() } else { value };
            insert(cpu, rd, value, field(word, 11, 7), field(word, 20, 16));
            Ok(())
        }
        _ => Err(Stop::Instruction),
    }
}

/// `SXTB`, `UXTH`, `UXTAB` …: width 2 is a byte, 3 a half word.
pub(crate) fn extend_add(cpu: &mut Cpu<'_>, rd: u32, rn: u32, value: Value, width: u32, signed: bool) {
    let mut value = extend(value, if width == 2 { 8 } else { 16 }, signed);
    if rn != 15 {
        let base = get(cpu, rn);
        value = Value {
            bits: u64::from(base.low().wrapping_add(value.low())),
            mark: base.mark.join(value.mark, crate::mark::ADD),
        };
    }
    set(cpu, rd, value);
}

/// `REV`, `REV16`, `RBIT`, `REVSH`.
pub(crate) fn reverse(cpu: &mut Cpu<'_>, rd: u32, value: Value, kind: u32) -> Result<(), Stop> {
    let x = value.low();
    let bits = match kind {
        0 => x.swap_bytes(),
        1 => x.swap_bytes().rotate_left(16),
        2 => x.reverse_bits(),
        _ => x.swap_bytes().rotate_left(16) as u16 as i16 as i32 as u32,
    };
    set(cpu, rd, Value { bits: u64::from(bits), mark: value.mark.after(SHIFT) });
    Ok(())
}

/// `SDIV`, `UDIV`: division by zero gives zero.
pub(crate) fn divide(cpu: &mut Cpu<'_>, rd: u32, a: Value, b: Value, signed: bool) {
    let bits = if signed {
        (a.low() as i32).checked_div(b.low() as i32).unwrap_or(if b.low() == 0 { 0 } else { i32::MIN }) as u32
    } else {
        a.low().checked_div(b.low()).unwrap_or(0)
    };
    set(cpu, rd, Value { bits: u64::from(bits), mark: a.mark.join(b.mark, MULTIPLY) });
}

/// `SBFX`, `UBFX`.
pub(crate) fn bit_field(cpu: &mut Cpu<'_>, rd: u32, value: Value, low: u32, width: u32, signed: bool) {
    let moved = value.low() >> low.min(31);
    let mark = if low.is_multiple_of(8) && width >= 8 && !value.mark.is_unknown() {
        value.mark.lane(u64::from(low / 8))
    } else {
        value.mark.after(SHIFT)
    };
    set(cpu, rd, extend(Value { bits: u64::from(moved), mark }, width.clamp(1, 32), signed));
}

/// `BFI`, `BFC`: bits `low..=high` of `rd` are replaced.
pub(crate) fn insert(cpu: &mut Cpu<'_>, rd: u32, value: Value, low: u32, high: u32) {
    if high < low || high > 31 {
        return;
    }
    let mask = ((1_u64 << (high - low + 1)) - 1) << low;
    let old = get(cpu, rd);
    let bits = old.bits & !mask | (value.bits << low) & mask;
    set(cpu, rd, Value { bits: bits & 0xffff_ffff, mark: old.mark.join(value.mark, LOGIC) });
}

/// VFP loads, stores and moves; anything else of a coprocessor leaves the vector registers unknown.
pub(crate) fn coprocessor(cpu: &mut Cpu<'_>, word: u32) -> Result<(), Stop> {
    if field(word, 27, 24) == 15 {
        // SVC: the kernel answers something unknown.
        cpu.r[0] = Value::unknown(0, ARGUMENT);
        return Ok(());
    }
    let kind = field(word, 11, 8);
    if !matches!(kind, 10 | 11) {
        if field(word, 27, 24) == 14 && bit(word, 20) && bit(word, 4) {
            // MRC: the thread pointer and the like.
            let register = field(word, 15, 12);
            if register != 15 {
                set(cpu, register, Value::unknown(0, ARGUMENT));
            }
            return Ok(());
        }
        return Err(Stop::Instruction);
    }
    let double = kind == 11;
    let first = if double {
        (u32::from(bit(word, 22)) << 4 | field(word, 15, 12)) as usize * 8
    } else {
        (field(word, 15, 12) << 1 | u32::from(bit(word, 22))) as usize * 4
    };
    match field(word, 27, 20) {
        top if top >> 5 == 6 && top & 0x1e != 4 && top & 0x1e != 0 => {
            let (p, u, w, load) = (bit(word, 24), bit(word, 23), bit(word, 21), bit(word, 20));
            let register = field(word, 19, 16);
            let base = get(cpu, register);
            let base = if register == 15 { Value { bits: base.bits & !3, ..base } } else { base };
            let amount = 4 * field(word, 7, 0);
            let size = if p && !w { if double { 8 } else { 4 } } else { (amount & !7).max(amount) as usize };
            let moved = plus(base, if u { amount } else { amount.wrapping_neg() });
            let address = if p { moved } else { base };
            if load {
                cpu.load_cells(first, address, size)?;
            } else {
                cpu.store_cells(first, address, size)?;
            }
            if w {
                set(cpu, register, moved);
            }
            Ok(())
        }
        0xc4 | 0xc5 if double || kind == 10 => {
            let at = if double {
                (field(word, 3, 0) | u32::from(bit(word, 5)) << 4) as usize * 8
            } else {
                (field(word, 3, 0) << 1 | u32::from(bit(word, 5))) as usize * 4
            };
            let (low, high) = (field(word, 15, 12), field(word, 19, 16));
            if bit(word, 20) {
                let (a, b) = (cpu.lane(at, 4), cpu.lane(at + 4, 4));
                set(cpu, low, a);
                set(cpu, high, b);
            } else {
                cpu.set_lane(at, 4, get(cpu, low));
                cpu.set_lane(at + 4, 4, get(cpu, high));
            }
            Ok(())
        }
        0xe0 | 0xe1 if !double && bit(word, 4) => {
            let at = (field(word, 19, 16) << 1 | u32::from(bit(word, 7))) as usize * 4;
            if bit(word, 20) {
                let value = cpu.lane(at, 4);
                set(cpu, field(word, 15, 12), value);
            } else {
                cpu.set_lane(at, 4, get(cpu, field(word, 15, 12)));
            }
            Ok(())
        }
        top if top >> 4 == 14 && double && bit(word, 4) => {
            crate::neon::scalar(cpu, word);
            Ok(())
        }
        _ => {
            cpu.forget_vectors();
            if field(word, 27, 24) == 14 && bit(word, 20) && bit(word, 4) && field(word, 15, 12) != 15 {
                set(cpu, field(word, 15, 12), Value::unknown(0, ARGUMENT));
            }
            Ok(())
        }
    }
}
