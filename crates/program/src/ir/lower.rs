//! From DEX instructions to a [`Body`].

use fixedbitset::FixedBitSet;
use overt_dex::{Code, FieldIdx, Insn, MethodIdx, Op, ProtoIdx, StringIdx, TypeIdx};

use super::blocks::{Block, BlockId, Body, Handler};
use super::live::Live;
use super::operation::{Arithmetic, Comparison, Instruction, InvokeKind, Literal, Operation, Register};

/// Lowers a method's code. Never fails: code that cannot be read ends in [`Operation::Stop`].
#[must_use]
pub fn lower(code: &Code<'_>) -> Body {
    let mut body = blocks(code);
    body.arrange();
    body.live = Live::of(&body);
    body
}

/// The same without what only data flow asks for: the order of blocks, cycles, and which registers are live (every one
/// counts as live). For code that is run rather than solved.
#[must_use]
pub fn blocks(code: &Code<'_>) -> Body {
    let mut body = Body {
        registers: u32::from(code.registers),
        first_argument: u32::from(code.registers.saturating_sub(code.ins)),
        ..Body::default()
    };
    let (raw, cut) = read(code);
    body.cut = cut;
    let mut builder =
        Builder { code, raw: &raw, targets: Vec::with_capacity(raw.len()), leaders: FixedBitSet::new() };
    builder.instructions(&mut body);
    builder.cut_into_blocks(&mut body);
    body
}

fn read(code: &Code<'_>) -> (Vec<Insn>, Option<&'static str>) {
    let mut raw = Vec::with_capacity(code.unit_count() as usize / 2);
    for insn in code.instructions() {
        match insn {
            Ok(insn) => raw.push(insn),
            Err(bad) => return (raw, Some(bad.what)),
        }
    }
    (raw, None)
}

/// Where an instruction may go besides the one behind it.
#[derive(Debug, Clone)]
enum Target {
    None,
    One(u32),
    /// Of a switch: key and offset.
    Cases(Vec<(i32, u32)>),
}

struct Builder<'a> {
    code: &'a Code<'a>,
    raw: &'a [Insn],
    /// Same length as the body's instructions.
    targets: Vec<Target>,
    /// By offset.
    leaders: FixedBitSet,
}

impl Builder<'_> {
    fn instructions(&mut self, body: &mut Body) {
        let mut position = 0;
        while let Some(insn) = self.raw.get(position) {
            position += 1;
            let result = self.raw.get(position).filter(|next| matches!(next.op as u8, 0x0a..=0x0c));
            let mut operation = operation(insn, result.map(|next| next.a));
            // A result that nothing produced is damage: it stays an instruction, and moves nothing.
            position += usize::from(result.is_some() && takes_result(insn.op as u8));
            let mut target = Target::None;
            match insn.op as u8 {
                0x28..=0x2a | 0x32..=0x3d => match insn.branch_target() {
                    Some(to) if to < self.code.unit_count() => target = Target::One(to),
                    _ => operation = Operation::Stop,
                },
                0x2b | 0x2c => match self.code.switch_targets(insn) {
                    Ok(cases) => {
                        target =
                            Target::Cases(cases.into_iter().map(|case| (case.key, case.target)).collect());
                    }
                    Err(_) => operation = Operation::Stop,
                },
                _ => {}
            }
            body.instructions.push(Instruction { offset: insn.offset, operation });
            self.targets.push(target);
        }
        if body.cut.is_some() {
            let offset = self.raw.last().map_or(0, Insn::next_offset);
            body.instructions.push(Instruction { offset, operation: Operation::Stop });
            self.targets.push(Target::None);
        }
    }

    fn cut_into_blocks(&mut self, body: &mut Body) {
        let tries = self.code.tries();
        let units = self.code.unit_count() as usize + 1;
        self.leaders = FixedBitSet::with_capacity(units);
        self.leaders.insert(0);
        for target in &self.targets {
            match target {
                Target::None => {}
                Target::One(to) => self.leaders.insert(*to as usize),
                Target::Cases(cases) => {
                    cases.iter().for_each(|(_, to)| self.leaders.insert(*to as usize));
                }
            }
        }
        // Which try covers an instruction: tries do not overlap ("try_item").
        let covering = |offset: u32| tries.iter().position(|t| t.start <= offset && offset < t.end);
        let mut covered = vec![None; body.instructions.len()];
        if !tries.is_empty() {
            for handler in tries.iter().flat_map(|t| t.handlers.iter()) {
                if (handler.1 as usize) < units {
                    self.leaders.insert(handler.1 as usize);
                }
            }
            for (number, instruction) in body.instructions.iter().enumerate() {
                covered[number] = covering(instruction.offset);
                if covered[number].is_some() && instruction.operation.can_throw() {
                    self.leaders.insert(instruction.offset as usize);
                }
            }
        }
        let mut block_at = vec![None; units];
        let mut start = 0usize;
        while start < body.instructions.len() {
            let mut end = start + 1;
            while end < body.instructions.len()
                && !ends_block(&body.instructions[end - 1].operation)
                && !self.leaders.contains(body.instructions[end].offset as usize)
            {
                end += 1;
            }
            if let Some(slot) = block_at.get_mut(body.instructions[start].offset as usize) {
                *slot = Some(BlockId(body.blocks.len() as u32));
            }
            body.blocks.push(Block { instructions: start as u32..end as u32, ..Block::default() });
            start = end;
        }
        let find = |offset: u32| block_at.get(offset as usize).copied().flatten();
        let count = body.blocks.len();
        for number in 0..count {
            let block = &body.blocks[number];
            let first = block.instructions.start as usize;
            let last = block.instructions.end as usize - 1;
            let following = (number + 1 < count).then_some(BlockId(number as u32 + 1));
            let (mut successors, mut keys) = (Vec::new(), Vec::new());
            let mut broken = false;
            match (&body.instructions[last].operation, &self.targets[last]) {
                (Operation::Return { .. } | Operation::Throw { .. } | Operation::Stop, _) => {}
                (Operation::Goto, Target::One(to)) => match find(*to) {
                    Some(to) => successors.push(to),
                    None => broken = true,
                },
                (Operation::If { .. }, Target::One(to)) => match (find(*to), following) {
                    (Some(to), Some(following)) => successors.extend([to, following]),
                    _ => broken = true,
                },
                (Operation::Switch { .. }, Target::Cases(cases)) => {
                    for (key, to) in cases {
                        if let Some(to) = find(*to) {
                            successors.push(to);
                            keys.push(*key);
                        }
                    }
                    match following {
                        Some(following) => successors.push(following),
                        None => broken = true,
                    }
                }
                _ => match following {
                    Some(following) => successors.push(following),
                    None => broken = true,
                },
            }
            let mut handlers = Vec::new();
            if let Some(number) = covered[first].filter(|_| body.instructions[first].operation.can_throw()) {
                for (catches, to) in &tries[number].handlers {
                    if let Some(block) = find(*to) {
                        handlers.push(Handler { catches: *catches, block });
                    }
                }
            }
            if broken {
                // Control would leave the method: nothing is known of what follows.
                body.instructions[last].operation = Operation::Stop;
                successors.clear();
                keys.clear();
                body.cut = body.cut.or(Some("control runs out of the method"));
            }
            let block = &mut body.blocks[number];
            block.successors = successors;
            block.keys = keys;
            block.handlers = handlers;
        }
    }
}

fn ends_block(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::If { .. }
            | Operation::Switch { .. }
            | Operation::Return { .. }
            | Operation::Throw { .. }
            | Operation::Goto
            | Operation::Stop
    )
}

/// Opcodes that leave a result for `move-result*`.
fn takes_result(op: u8) -> bool {
    matches!(op, 0x24 | 0x25 | 0x6e..=0x72 | 0x74..=0x78 | 0xe9 | 0xea | 0xfa..=0xfd)
}

fn operation(insn: &Insn, result: Option<Register>) -> Operation {
    let (a, b, c) = (insn.a, insn.b, insn.c);
    match insn.op as u8 {
        0x01..=0x09 => Operation::Move { to: a, from: b },
        0x0d => Operation::Caught { to: a },
        0x0e | 0x73 => Operation::Return { value: None },
        0x0f..=0x11 => Operation::Return { value: Some(a) },
        0x12..=0x19 => Operation::Constant { to: a, value: Literal::Number(insn.literal) },
        0x1a | 0x1b => Operation::Constant { to: a, value: Literal::String(StringIdx(insn.index)) },
        0x1c => Operation::Constant { to: a, value: Literal::Class(TypeIdx(insn.index)) },
        0xfe | 0xff => Operation::Constant { to: a, value: Literal::Handle },
        0x1f => Operation::Cast { register: a, class: TypeIdx(insn.index) },
        0x20 => Operation::InstanceOf { to: a, of: b, class: TypeIdx(insn.index) },
        0x21 => Operation::ArrayLength { to: a, array: b },
        0x22 => Operation::New { to: a, class: TypeIdx(insn.index) },
        0x23 => Operation::NewArray { to: a, class: TypeIdx(insn.index), length: b },
        0x24 | 0x25 => Operation::FilledArray { to: result, class: TypeIdx(insn.index), elements: insn.args },
        0x26 => Operation::FillArray { array: a },
        0x27 => Operation::Throw { value: a },
        0x28..=0x2a => Operation::Goto,
        0x2b | 0x2c => Operation::Switch { on: a },
        0x2d..=0x30 => compute(insn.op, a, Arithmetic::Float, b, Some(c), 0),
        0x31 => compute(insn.op, a, Arithmetic::Compare, b, Some(c), 0),
        op @ 0x32..=0x37 => Operation::If { what: comparison(op - 0x32), a, b: Some(b) },
        op @ 0x38..=0x3d => Operation::If { what: comparison(op - 0x38), a, b: None },
        0x44..=0x4a => Operation::ArrayGet { to: a, array: b, index: c },
        0x4b..=0x51 => Operation::ArrayPut { from: a, array: b, index: c },
        0x52..=0x58 => Operation::FieldGet { to: a, object: b, field: FieldIdx(insn.index) },
        0x59..=0x5f => Operation::FieldPut { from: a, object: b, field: FieldIdx(insn.index) },
        0x60..=0x66 => Operation::StaticGet { to: a, field: FieldIdx(insn.index) },
        0x67..=0x6d => Operation::StaticPut { from: a, field: FieldIdx(insn.index) },
        op @ (0x6e..=0x72 | 0x74..=0x78) => {
            let kind = match op {
                0x6e | 0x74 => InvokeKind::Virtual,
                0x6f | 0x75 => InvokeKind::Super,
                0x70 | 0x76 => InvokeKind::Direct,
                0x71 | 0x77 => InvokeKind::Static,
                _ => InvokeKind::Interface,
            };
            Operation::Invoke { kind, method: MethodIdx(insn.index), arguments: insn.args, to: result }
        }
        0xfa | 0xfb => Operation::InvokePolymorphic {
            method: MethodIdx(insn.index),
            prototype: ProtoIdx(insn.index2),
            arguments: insn.args,
            to: result,
        },
        0xfc | 0xfd => Operation::InvokeCustom { call_site: insn.index, arguments: insn.args, to: result },
        op @ 0x7b..=0x8f => unary(insn.op, op, a, b),
        op @ 0x90..=0xaf => compute(insn.op, a, binary(op - 0x90), b, Some(c), 0),
        op @ 0xb0..=0xcf => compute(insn.op, a, binary(op - 0xb0), a, Some(b), 0),
        op @ 0xd0..=0xd7 => compute(insn.op, a, literal_form(op - 0xd0), b, None, insn.literal),
        op @ 0xd8..=0xe2 => compute(insn.op, a, literal_form(op - 0xd8), b, None, insn.literal),
        // Quickened reads: the object is known, the field is not.
        0xe3..=0xe5 | 0xef..=0xf2 => Operation::Opaque { arguments: insn.args, to: Some(a) },
        0xe9 | 0xea => Operation::Opaque { arguments: insn.args, to: result },
        _ => Operation::Nothing,
    }
}

fn compute(
    exact: Op,
    to: Register,
    what: Arithmetic,
    a: Register,
    b: Option<Register>,
    literal: i64,
) -> Operation {
    Operation::Compute { to, what, a, b, literal, exact }
}

fn comparison(number: u8) -> Comparison {
    match number {
        0 => Comparison::Equal,
        1 => Comparison::NotEqual,
        2 => Comparison::Less,
        3 => Comparison::GreaterOrEqual,
        4 => Comparison::Greater,
        _ => Comparison::LessOrEqual,
    }
}

fn unary(exact: Op, op: u8, a: Register, b: Register) -> Operation {
    let what = match op {
        0x7b | 0x7d => Arithmetic::Negate,
        0x7c | 0x7e => Arithmetic::Not,
        0x81 => Arithmetic::ToLong,
        0x84 => Arithmetic::ToInt,
        0x8d => Arithmetic::ToByte,
        0x8e => Arithmetic::ToChar,
        0x8f => Arithmetic::ToShort,
        _ => Arithmetic::Float,
    };
    compute(exact, a, what, b, None, 0)
}

/// The order of `binop` and `binop/2addr`: int, long, float, double.
fn binary(number: u8) -> Arithmetic {
    match number {
        0..=21 => [
            Arithmetic::Add,
            Arithmetic::Subtract,
            Arithmetic::Multiply,
            Arithmetic::Divide,
            Arithmetic::Remainder,
            Arithmetic::And,
            Arithmetic::Or,
            Arithmetic::Xor,
            Arithmetic::ShiftLeft,
            Arithmetic::ShiftRight,
            Arithmetic::ShiftRightUnsigned,
        ][usize::from(number % 11)],
        _ => Arithmetic::Float,
    }
}

fn literal_form(number: u8) -> Arithmetic {
    [
        Arithmetic::Add,
        Arithmetic::SubtractReversed,
        Arithmetic::Multiply,
        Arithmetic::Divide,
        Arithmetic::Remainder,
        Arithmetic::And,
        Arithmetic::Or,
        Arithmetic::Xor,
        Arithmetic::ShiftLeft,
        Arithmetic::ShiftRight,
        Arithmetic::ShiftRightUnsigned,
    ][usize::from(number.min(10))]
}
