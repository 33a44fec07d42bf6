//! The types of the objects in a method's registers, at every instruction: forward, joined where ways meet.
//!
//! The code was verified by the compiler that quickened it, so what it uses as an object is one. Types come from what the
//! instructions name; a type that is only known by a class that is missing stays the name that it has.

use std::collections::VecDeque;

use overt_dex::{Code, EncodedMethod, Insn, MethodIdx, Op, ProtoIdx, TypeIdx};

use super::candidates::Candidates;
use super::lineage::Obstacle;
use super::types::{Set, Value};

const ACC_STATIC: u32 = 0x8;
const STRING: &[u8] = b"Ljava/lang/String;";
const CLASS: &[u8] = b"Ljava/lang/Class;";
const THROWABLE: &[u8] = b"Ljava/lang/Throwable;";

/// Steps (instructions looked at, registers copied) for one method. The largest real one takes a few millions.
const STEPS: u64 = 50_000_000;

/// The instructions of a method and the state before each block.
pub(super) struct Inference {
    pub(super) insns: Vec<Insn>,
    /// Per instruction: registers before it, where a block starts there.
    states: Vec<Option<Box<[Value]>>>,
    leaders: Vec<bool>,
    /// Per unit: the number of the instruction that starts there.
    numbers: Vec<u32>,
    /// Per instruction: the try that covers it.
    tries: Vec<u32>,
    handlers: Vec<Vec<usize>>,
    /// Per instruction that starts a handler: the type of what is caught.
    caught: Vec<Value>,
}

const NONE: u32 = u32::MAX;

impl Inference {
    /// Infers until nothing changes.
    pub(super) fn run(
        candidates: &mut Candidates<'_>,
        code: &Code<'_>,
        method: &EncodedMethod,
    ) -> Result<Inference, Obstacle> {
        let insns: Vec<Insn> = code
            .instructions()
            .collect::<Result<_, _>>()
            .map_err(|_| Obstacle::new("the instructions cannot be read to the end"))?;
        let mut inference = Inference::prepare(candidates, code, insns)?;
        let entry =
            parameters(candidates, code, method).ok_or(Obstacle::new("the parameters cannot be read"))?;
        let mut queue = VecDeque::new();
        inference.flow_to(0, &entry, &mut queue);
        let mut steps = 0u64;
        while let Some(block) = queue.pop_front() {
            let Some(mut state) = inference.states.get(block).cloned().flatten() else { continue };
            steps = steps.saturating_add(state.len() as u64);
            let mut last = Value::Unknown;
            let mut at = block;
            while let Some(insn) = inference.insns.get(at).copied() {
                steps = steps.saturating_add(1);
                if insn.op.can_throw() {
                    steps = steps.saturating_add(inference.flow_to_handlers(at, &state, &mut queue));
                }
                inference.step(candidates, at, &insn, &mut state, &mut last);
                if steps > STEPS {
                    return Err(Obstacle::new("the method is too large to infer its types"));
                }
                let mut leaves = !insn.op.can_continue();
                if insn.op.is_branch() {
                    let target = insn.branch_target().and_then(|unit| inference.number(unit));
                    target.into_iter().for_each(|to| inference.flow_to(to, &state, &mut queue));
                } else if insn.op.is_switch() {
                    for case in code.switch_targets(&insn).unwrap_or_default() {
                        let target = inference.number(case.target);
                        target.into_iter().for_each(|to| inference.flow_to(to, &state, &mut queue));
                        steps = steps.saturating_add(state.len() as u64);
                    }
                }
                at = at.saturating_add(1);
                if !leaves && inference.leaders.get(at).copied().unwrap_or(false) {
                    inference.flow_to(at, &state, &mut queue);
                    leaves = true;
                }
                if leaves {
                    break;
                }
            }
        }
        Ok(inference)
    }

    fn prepare(
        candidates: &mut Candidates<'_>,
        code: &Code<'_>,
        insns: Vec<Insn>,
    ) -> Result<Inference, Obstacle> {
        let count = insns.len();
        let mut numbers = vec![NONE; code.unit_count() as usize];
        for (number, insn) in (0u32..).zip(&insns) {
            if let Some(place) = numbers.get_mut(insn.offset as usize) {
                *place = number;
            }
        }
        let mut inference = Inference {
            states: vec![None; count],
            leaders: vec![false; count],
            numbers,
            tries: vec![NONE; count],
            handlers: Vec::new(),
            caught: vec![Value::Never; count],
            insns,
        };
        let (tries, bad) = code.tries_checked();
        if bad.is_some() {
            return Err(Obstacle::new("the exception handlers cannot be read"));
        }
        let mut leaders = vec![Some(0)];
        for (i, insn) in inference.insns.iter().enumerate() {
            let mut branches = false;
            if insn.op.is_branch() {
                leaders.push(insn.branch_target().and_then(|unit| inference.number(unit)));
                branches = true;
            } else if insn.op.is_switch() {
                let cases =
                    code.switch_targets(insn).map_err(|_| Obstacle::new("a switch cannot be read"))?;
                leaders.extend(cases.iter().map(|case| inference.number(case.target)));
                branches = true;
            }
            if branches {
                leaders.push(Some(i.saturating_add(1)));
            }
        }
        for (number, range) in (0u32..).zip(&tries) {
            let mut targets = Vec::new();
            for (type_, unit) in &range.handlers {
                let Some(target) = inference.number(*unit) else { continue };
                targets.push(target);
                leaders.push(Some(target));
                let caught = match type_ {
                    Some(type_) => candidates.type_id(*type_),
                    None => Some(candidates.types.intern(THROWABLE)),
                };
                let caught = caught.map_or(Value::Unknown, |id| Value::Reference(Set::of(id)));
                if let Some(place) = inference.caught.get_mut(target) {
                    *place = place.join(caught);
                }
            }
            inference.handlers.push(targets);
            let first = inference.insns.partition_point(|insn| insn.offset < range.start);
            let last = inference.insns.partition_point(|insn| insn.offset < range.end);
            if let Some(covered) = inference.tries.get_mut(first..last) {
                covered.fill(number);
            }
        }
        for leader in leaders.into_iter().flatten() {
            if let Some(place) = inference.leaders.get_mut(leader) {
                *place = true;
            }
        }
        Ok(inference)
    }

    fn number(&self, unit: u32) -> Option<usize> {
        self.numbers.get(unit as usize).filter(|n| **n != NONE).map(|n| *n as usize)
    }

    /// Joins a state into the block that starts at `block`; queues it when that changed anything.
    fn flow_to(&mut self, block: usize, state: &[Value], queue: &mut VecDeque<usize>) {
        let Some(place) = self.states.get_mut(block) else { return };
        let changed = match place {
            None => {
                *place = Some(state.into());
                true
            }
            Some(known) => {
                let mut changed = false;
                for (known, new) in known.iter_mut().zip(state) {
                    let joined = known.join(*new);
                    changed |= joined != *known;
                    *known = joined;
                }
                changed
            }
        };
        // A block may stand in the queue twice: the second time costs little and changes nothing.
        if changed && queue.back() != Some(&block) {
            queue.push_back(block);
        }
    }

    fn flow_to_handlers(&mut self, at: usize, state: &[Value], queue: &mut VecDeque<usize>) -> u64 {
        let number = self.tries.get(at).copied().filter(|number| *number != NONE);
        let Some(targets) = number.and_then(|n| self.handlers.get(n as usize)).cloned() else { return 0 };
        for target in &targets {
            self.flow_to(*target, state, queue);
        }
        (targets.len() as u64).saturating_mul(state.len() as u64)
    }

    /// Calls `each` with every instruction that a way was found to, and the registers before it.
    pub(super) fn visit(
        &self,
        candidates: &mut Candidates<'_>,
        mut each: impl FnMut(&mut Candidates<'_>, &Insn, &[Value]),
    ) {
        for (block, state) in self.states.iter().enumerate() {
            let Some(mut state) = state.clone() else { continue };
            let mut last = Value::Unknown;
            let mut at = block;
            while let Some(insn) = self.insns.get(at) {
                each(candidates, insn, &state);
                self.step(candidates, at, insn, &mut state, &mut last);
                at = at.saturating_add(1);
                if !insn.op.can_continue() || self.leaders.get(at).copied().unwrap_or(false) {
                    break;
                }
            }
        }
    }

    /// What an instruction does to the registers. `last` is the result that the next instruction may fetch.
    fn step(
        &self,
        candidates: &mut Candidates<'_>,
        at: usize,
        insn: &Insn,
        state: &mut [Value],
        last: &mut Value,
    ) {
        let get =
            |state: &[Value], register: u32| state.get(register as usize).copied().unwrap_or(Value::Unknown);
        let reference = |candidates: &mut Candidates<'_>, index: u32| {
            candidates.type_id(TypeIdx(index)).map_or(Value::Unknown, |id| Value::Reference(Set::of(id)))
        };
        let named = |candidates: &mut Candidates<'_>, descriptor: &[u8]| match descriptor.first() {
            Some(b'L' | b'[') => Value::Reference(Set::of(candidates.types.intern(descriptor))),
            Some(_) => Value::Other,
            None => Value::Unknown,
        };
        let value = match insn.op {
            Op::Move
            | Op::MoveFrom16
            | Op::Move16
            | Op::MoveObject
            | Op::MoveObjectFrom16
            | Op::MoveObject16 => get(state, insn.b),
            Op::MoveResult | Op::MoveResultObject | Op::MoveResultWide => *last,
            Op::MoveException => self.caught.get(at).copied().unwrap_or(Value::Unknown),
            Op::Const4 | Op::Const16 | Op::Const | Op::ConstHigh16 if insn.literal == 0 => Value::Zero,
            Op::ConstString | Op::ConstStringJumbo => named(candidates, STRING),
            Op::ConstClass => named(candidates, CLASS),
            Op::ConstMethodHandle | Op::ConstMethodType => Value::Unknown,
            Op::CheckCast | Op::NewArray => reference(candidates, insn.index),
            Op::NewInstance => match reference(candidates, insn.index) {
                Value::Reference(set) => Value::Reference(set.allocated()),
                other => other,
            },
            Op::AgetObject => element(candidates, get(state, insn.b)),
            Op::IgetObject | Op::SgetObject => match candidates.dex.field(overt_dex::FieldIdx(insn.index)) {
                Ok(field) => reference(candidates, field.type_.0),
                Err(_) => Value::Unknown,
            },
            Op::IgetObjectQuick => match candidates.field_at(get(state, insn.b), insn.index) {
                Ok(field) => named(candidates, &field.type_),
                Err(_) => Value::Unknown,
            },
            _ => Value::Other,
        };
        *last = match insn.op {
            Op::FilledNewArray | Op::FilledNewArrayRange => reference(candidates, insn.index),
            Op::InvokeVirtualQuick | Op::InvokeVirtualRangeQuick => {
                let receiver = insn.args.get(0).map_or(Value::Unknown, |register| get(state, register));
                match candidates.method_at(receiver, insn.index) {
                    Ok(signature) => {
                        let returned = signature.rsplit(|b| *b == b')').next().unwrap_or_default();
                        named(candidates, returned)
                    }
                    Err(_) => Value::Unknown,
                }
            }
            op if op.is_invoke() => match returned(candidates, insn) {
                Some(type_) => {
                    let descriptor = candidates.dex.descriptor_bytes(type_).unwrap_or_default();
                    named(candidates, descriptor)
                }
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        };
        let mut set = |register: u32, value: Value| {
            if let Some(place) = state.get_mut(register as usize) {
                *place = value;
            }
        };
        match result(insn.op) {
            Width::None => {}
            Width::One => set(insn.a, value),
            Width::Two => {
                set(insn.a, Value::Other);
                set(insn.a.saturating_add(1), Value::Other);
            }
        }
    }
}

fn returned(candidates: &Candidates<'_>, insn: &Insn) -> Option<TypeIdx> {
    let proto = match insn.op {
        Op::InvokePolymorphic | Op::InvokePolymorphicRange => ProtoIdx(insn.index2),
        Op::InvokeCustom | Op::InvokeCustomRange => candidates.dex.call_site(insn.index).ok()?.proto,
        _ => candidates.dex.method(MethodIdx(insn.index)).ok()?.proto,
    };
    Some(candidates.dex.proto(proto).ok()?.return_type)
}

/// The type of an array's elements.
fn element(candidates: &mut Candidates<'_>, array: Value) -> Value {
    let Value::Reference(set) = array else {
        return if array == Value::Zero { Value::Zero } else { Value::Unknown };
    };
    let mut element = Value::Never;
    for id in set.iter() {
        let name: Box<[u8]> = candidates.types.name(id).into();
        element = element.join(match name.split_first() {
            Some((b'[', rest)) => Value::Reference(Set::of(candidates.types.intern(rest))),
            _ => Value::Unknown,
        });
    }
    element
}

/// The registers at the start of the method.
fn parameters(
    candidates: &mut Candidates<'_>,
    code: &Code<'_>,
    method: &EncodedMethod,
) -> Option<Box<[Value]>> {
    let reference = candidates.dex.method(method.method).ok()?;
    let proto = candidates.dex.proto(reference.proto).ok()?;
    let mut state = vec![Value::Never; usize::from(code.registers)];
    let mut place = usize::from(code.registers.checked_sub(code.ins)?);
    let mut put = |value: Value| {
        let place_now = place;
        place = place.saturating_add(1);
        state.get_mut(place_now).map(|slot| *slot = value)
    };
    if method.access & ACC_STATIC == 0 {
        put(candidates.type_id(reference.class).map_or(Value::Unknown, |id| Value::Reference(Set::of(id))))?;
    }
    for parameter in proto.parameters.iter() {
        match candidates.dex.descriptor_bytes(parameter).ok()?.first()? {
            b'L' | b'[' => {
                put(candidates
                    .type_id(parameter)
                    .map_or(Value::Unknown, |id| Value::Reference(Set::of(id))))?;
            }
            b'J' | b'D' => {
                put(Value::Other)?;
                put(Value::Other)?;
            }
            _ => put(Value::Other)?,
        }
    }
    Some(state.into())
}

enum Width {
    None,
    One,
    Two,
}

/// How many registers, from `a` on, an instruction sets.
fn result(op: Op) -> Width {
    match op.byte() {
        // move-wide*, move-result-wide, const-wide*
        0x04..=0x06 | 0x0b | 0x16..=0x19 => Width::Two,
        // move*, const*, check-cast, instance-of, array-length, new-instance, new-array
        0x01..=0x0d | 0x12..=0x1c | 0x1f..=0x23 => Width::One,
        // cmp*
        0x2d..=0x31 => Width::One,
        // aget-wide, iget-wide, sget-wide, iget-wide-quick
        0x45 | 0x53 | 0x61 | 0xe4 => Width::Two,
        // aget*, iget*, sget*, iget-quick, iget-object-quick, iget-boolean-quick …
        0x44..=0x4a | 0x52..=0x58 | 0x60..=0x66 | 0xe3 | 0xe5 | 0xef..=0xf2 => Width::One,
        // neg-long, not-long, neg-double, conversions to long and double
        0x7d | 0x7e | 0x80 | 0x81 | 0x83 | 0x86 | 0x88 | 0x89 | 0x8b => Width::Two,
        0x7b..=0x8f => Width::One,
        // Arithmetic on long and double.
        0x9b..=0xa5 | 0xab..=0xaf | 0xbb..=0xc5 | 0xcb..=0xcf => Width::Two,
        0x90..=0xe2 => Width::One,
        // const-method-handle, const-method-type
        0xfe | 0xff => Width::One,
        _ => Width::None,
    }
}
