//! Restoring the methods of one DEX file.

use std::collections::HashMap;
use std::sync::Arc;

use overt_dex::{Code, DexFile, EncodedMethod, IndexKind, Insn, Local, MethodIdx, Op, TypeIdx};

use super::candidates::Candidates;
use super::infer::Inference;
use super::layouts::Layouts;
use super::lineage::Obstacle;
use super::original;
use super::types::Value;

/// A DEX file with its original instructions, as far as they could be told.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The file; what could not be restored is still quickened in it.
    pub dex: DexFile,
    /// The methods that had quickened instructions, or where two `nop` in a row may have been a `check-cast`, in the
    /// order of the file.
    pub methods: Vec<MethodOutcome>,
}

/// What became of one method.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MethodOutcome {
    /// The method.
    pub method: MethodIdx,
    /// Its code item.
    pub code_off: u32,
    /// How it went.
    pub outcome: Outcome,
}

/// How restoring a method went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Every instruction is what it was. Where several references resolve to the field or method found, the one a compiler
    /// writes was taken; all of them mean the same.
    Exact,
    /// At least one instruction stays quickened; the others are restored.
    NotRestorable {
        /// The class whose layout is needed and is not there, where that is why.
        missing: Option<String>,
        /// Why, in plain words.
        reason: &'static str,
    },
}

/// Restores every method of `dex`, with the layouts of its class path (`dex` itself included).
#[must_use]
pub fn restore(dex: &DexFile, layouts: &Layouts) -> Restored {
    let mut candidates = None;
    restore_with(dex, |method, code| {
        if !needs_layouts(code) {
            return simple(code);
        }
        let candidates = candidates.get_or_insert_with(|| Candidates::new(dex, layouts));
        infer_and_restore(candidates, method, code)
    })
}

/// The new bytes of a method, and what is left.
pub(super) struct Attempt {
    pub(super) bytes: Vec<u8>,
    pub(super) obstacle: Option<Obstacle>,
}

/// Goes through the quickened methods of a file.
pub(super) fn restore_with(
    dex: &DexFile,
    mut attempt: impl FnMut(&EncodedMethod, &Code<'_>) -> Attempt,
) -> Restored {
    let mut methods = Vec::new();
    let mut instructions = HashMap::new();
    for (_, class) in dex.class_defs() {
        let Ok(class) = class else { continue };
        for method in dex.class_data(&class).methods() {
            let Ok(code) = dex.code(method.code_off) else { continue };
            if !code.instructions().flatten().any(|insn| insn.op.is_quick()) && !has_nop_pair(&code) {
                continue;
            }
            let Attempt { bytes, obstacle } = attempt(method, &code);
            let outcome = match obstacle {
                None => Outcome::Exact,
                Some(Obstacle { missing, reason }) => {
                    Outcome::NotRestorable { missing: missing.map(|m| m.to_string()), reason }
                }
            };
            methods.push(MethodOutcome { method: method.method, code_off: method.code_off, outcome });
            instructions.insert(method.code_off, bytes.into_boxed_slice());
        }
    }
    let dex = if instructions.is_empty() { dex.clone() } else { dex.with_restored(Arc::new(instructions)) };
    Restored { dex, methods }
}

fn needs_layouts(code: &Code<'_>) -> bool {
    code.instructions().flatten().any(|i| i.op.is_quick() && i.op != Op::ReturnVoidNoBarrier)
        || has_nop_pair(code)
}

/// Two `nop` in a row, which is what becomes of a `check-cast` that the compiler could prove.
pub(super) fn has_nop_pair(code: &Code<'_>) -> bool {
    let mut after = None;
    code.instructions().flatten().any(|insn| {
        let pair = insn.op == Op::Nop && after == Some(insn.offset);
        after = (insn.op == Op::Nop).then_some(insn.next_offset());
        pair
    })
}

/// Only `return-void` was changed.
fn simple(code: &Code<'_>) -> Attempt {
    let mut bytes = code.instruction_bytes().to_vec();
    let obstacle = code.instructions().find_map(Result::err).map(|_| unreadable());
    for insn in code.instructions().flatten().filter(|insn| insn.op == Op::ReturnVoidNoBarrier) {
        put(&mut bytes, &insn, Op::ReturnVoid, None);
    }
    Attempt { bytes, obstacle }
}

pub(super) fn unreadable() -> Obstacle {
    Obstacle::new("the instructions cannot be read to the end")
}

/// Writes an opcode, and an index where there is one.
pub(super) fn put(bytes: &mut [u8], insn: &Insn, op: Op, index: Option<u16>) {
    let start = (insn.offset as usize).saturating_mul(2);
    if let Some(byte) = bytes.get_mut(start) {
        *byte = op.byte();
    }
    if let Some(index) = index
        && let Some(place) = bytes.get_mut(start.saturating_add(2)..start.saturating_add(4))
    {
        place.copy_from_slice(&index.to_le_bytes());
    }
}

fn infer_and_restore(candidates: &mut Candidates<'_>, method: &EncodedMethod, code: &Code<'_>) -> Attempt {
    let mut attempt = simple(code);
    if attempt.obstacle.is_some() {
        return attempt;
    }
    if has_nop_pair(code) {
        // Behind a check-cast the object is something else than what the instructions left say.
        attempt.obstacle = Some(Obstacle::new("a check-cast was removed from the method"));
        return attempt;
    }
    let inference = match Inference::run(candidates, code, method) {
        Ok(inference) => inference,
        Err(obstacle) => {
            attempt.obstacle = Some(obstacle);
            return attempt;
        }
    };
    let locals = code.locals();
    let mut restored = 0usize;
    let mut first: Option<(u32, Obstacle)> = None;
    inference.visit(candidates, |candidates, insn, state| {
        if !insn.op.is_quick() || insn.op == Op::ReturnVoidNoBarrier {
            return;
        }
        let next = code.instruction_at(insn.next_offset()).ok();
        match reference(candidates, insn, next.as_ref(), state, &locals) {
            Ok((op, index)) => {
                put(&mut attempt.bytes, insn, op, Some(index));
                restored = restored.saturating_add(1);
            }
            Err(obstacle) => {
                if first.as_ref().is_none_or(|(offset, _)| *offset > insn.offset) {
                    first = Some((insn.offset, obstacle));
                }
            }
        }
    });
    let quickened =
        inference.insns.iter().filter(|i| i.op.is_quick() && i.op != Op::ReturnVoidNoBarrier).count();
    attempt.obstacle = match first {
        Some((_, obstacle)) => Some(obstacle),
        None if restored < quickened => Some(Obstacle::new("no way to the instruction was found")),
        None => None,
    };
    attempt
}

const OTHER_CLASS_PATH: &str =
    "what lies there does not fit the instruction: the classes are not those it was compiled with";

/// Whether a call passes what the method takes, and fetches what it returns.
fn call_fits(insn: &Insn, next: Option<&Insn>, state: &[Value], signature: &[u8]) -> bool {
    let mut parts = signature.splitn(2, |b| *b == b'(').nth(1).unwrap_or_default().splitn(2, |b| *b == b')');
    let (parameters, returned) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut arguments = insn.args.iter().skip(1);
    let mut next_is_reference = |expected: bool| {
        let value =
            arguments.next().map(|register| state.get(register as usize).copied().unwrap_or(Value::Unknown));
        match value {
            None => false,
            Some(Value::Reference(_)) => expected,
            Some(Value::Other) => !expected,
            Some(Value::Never | Value::Zero | Value::Unknown) => true,
        }
    };
    let mut rest = parameters;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let reference = matches!(first, b'L' | b'[');
        if !next_is_reference(reference) || (matches!(first, b'J' | b'D') && !next_is_reference(false)) {
            return false;
        }
        // To the end of an array's or a class's descriptor.
        let mut last = *first;
        while last == b'[' {
            let Some((first, behind)) = rest.split_first() else { return false };
            (last, rest) = (*first, behind);
        }
        if last == b'L' {
            let Some(end) = rest.iter().position(|b| *b == b';') else { return false };
            rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
        }
    }
    let fetched = match next.map(|next| next.op) {
        Some(Op::MoveResult) => returned.first().is_some_and(|b| b"ZBSCIF".contains(b)),
        Some(Op::MoveResultWide) => matches!(returned.first(), Some(b'J' | b'D')),
        Some(Op::MoveResultObject) => matches!(returned.first(), Some(b'L' | b'[')),
        _ => true,
    };
    fetched && insn.args.len() == insn.args.len().min(1).saturating_add(words(parameters))
}

/// Registers that parameters take.
fn words(parameters: &[u8]) -> usize {
    let (mut count, mut in_class, mut in_array) = (0usize, false, false);
    for byte in parameters {
        match byte {
            _ if in_class => in_class = *byte != b';',
            b'[' => {
                in_array = true;
                continue;
            }
            b'L' => {
                in_class = true;
                count = count.saturating_add(1);
            }
            b'J' | b'D' if !in_array => count = count.saturating_add(2),
            _ => count = count.saturating_add(1),
        }
        in_array = false;
    }
    count
}

/// What stood in a quickened instruction; `next` is the one behind it.
fn reference(
    candidates: &mut Candidates<'_>,
    insn: &Insn,
    next: Option<&Insn>,
    state: &[Value],
    locals: &[Local],
) -> Result<(Op, u16), Obstacle> {
    let op = original(insn.op).ok_or(Obstacle::new("no quickened instruction"))?;
    let object = match insn.op.index_kind() {
        IndexKind::FieldOffset => Some(insn.b),
        _ => insn.args.get(0),
    };
    let register = object.ok_or(Obstacle::new("a call without a receiver"))?;
    let value = state.get(register as usize).copied().unwrap_or(Value::Unknown);
    let declared = declared_type(locals, register, insn.offset);
    let index = match insn.op.index_kind() {
        IndexKind::FieldOffset => {
            let found = candidates.field_at(value, insn.index)?;
            if !access_fits(op, &found.type_) {
                return Err(Obstacle::new(OTHER_CLASS_PATH));
            }
            candidates.field(value, &found, declared)?.0
        }
        _ => {
            let signature = candidates.method_at(value, insn.index)?;
            if !call_fits(insn, next, state, &signature) {
                return Err(Obstacle::new(OTHER_CLASS_PATH));
            }
            candidates.method(value, insn.index, &signature, declared)?.0
        }
    };
    // A reference that such an instruction cannot hold was not in it.
    let index = u16::try_from(index).map_err(|_| Obstacle::new("the file has no reference that fits"))?;
    Ok((op, index))
}

fn declared_type(locals: &[Local], register: u32, offset: u32) -> Option<TypeIdx> {
    let lives = |local: &&Local| local.register == register && (local.start..local.end).contains(&offset);
    locals.iter().find(lives)?.type_
}

/// Whether an instruction of this kind accesses fields of this type.
fn access_fits(op: Op, type_: &[u8]) -> bool {
    let kinds: &[u8] = match op {
        Op::Iget | Op::Iput => b"IF",
        Op::IgetWide | Op::IputWide => b"JD",
        Op::IgetObject | Op::IputObject => b"L[",
        Op::IgetBoolean | Op::IputBoolean => b"Z",
        Op::IgetByte | Op::IputByte => b"B",
        Op::IgetChar | Op::IputChar => b"C",
        Op::IgetShort | Op::IputShort => b"S",
        _ => b"",
    };
    type_.first().is_some_and(|first| kinds.contains(first))
}
