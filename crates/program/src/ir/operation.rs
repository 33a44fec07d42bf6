//! What an instruction does, with the operands that data flow asks for.

use overt_dex::{Args, FieldIdx, MethodIdx, Op, ProtoIdx, StringIdx, TypeIdx};

/// A register of the method.
pub type Register = u32;

/// A constant that an instruction loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// A number (also `null`, `false`, and the bits of a float).
    Number(i64),
    /// A string of the DEX.
    String(StringIdx),
    /// A class object.
    Class(TypeIdx),
    /// A method handle or method type.
    Handle,
}

/// Arithmetic whose result on known numbers is worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// Addition.
    Add,
    /// Subtraction: first minus second.
    Subtract,
    /// Second minus first (`rsub-int`).
    SubtractReversed,
    /// Multiplication.
    Multiply,
    /// Division, towards zero.
    Divide,
    /// Remainder.
    Remainder,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Shift left.
    ShiftLeft,
    /// Arithmetic shift right.
    ShiftRight,
    /// Logical shift right.
    ShiftRightUnsigned,
    /// Negation (of the first operand).
    Negate,
    /// Bitwise complement (of the first operand).
    Not,
    /// Narrowing to `byte`.
    ToByte,
    /// Narrowing to `char`.
    ToChar,
    /// Narrowing to `short`.
    ToShort,
    /// Narrowing to `int`.
    ToInt,
    /// Widening to `long`.
    ToLong,
    /// `cmp-long`.
    Compare,
    /// Anything on floats and conversions from and to them.
    Float,
}

/// A comparison of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
}

impl Comparison {
    /// Whether it holds for two numbers.
    #[must_use]
    pub fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Comparison::Equal => a == b,
            Comparison::NotEqual => a != b,
            Comparison::Less => a < b,
            Comparison::GreaterOrEqual => a >= b,
            Comparison::Greater => a > b,
            Comparison::LessOrEqual => a <= b,
        }
    }
}

/// How a call finds its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvokeKind {
    /// By the receiver's class, through a class.
    Virtual,
    /// By the receiver's class, through an interface.
    Interface,
    /// The superclass's definition.
    Super,
    /// Constructors and private methods.
    Direct,
    /// No receiver.
    Static,
}

/// What an instruction does. `to` is the register written; other operands are named as in the specification.
#[allow(missing_docs, reason = "operands are named after what they are")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operation {
    /// Nothing that data flow sees.
    Nothing,
    /// Copies a register.
    Move { to: Register, from: Register },
    /// Loads a constant.
    Constant { to: Register, value: Literal },
    /// Takes the exception that a handler caught.
    Caught { to: Register },
    /// Computes from one or two registers, or a register and a literal. `exact` is the opcode, for whoever computes in the
    /// widths and with the floating point of the machine.
    Compute { to: Register, what: Arithmetic, a: Register, b: Option<Register>, literal: i64, exact: Op },
    /// `instance-of`.
    InstanceOf { to: Register, of: Register, class: TypeIdx },
    /// `array-length`.
    ArrayLength { to: Register, array: Register },
    /// `check-cast`.
    Cast { register: Register, class: TypeIdx },
    /// `new-instance`.
    New { to: Register, class: TypeIdx },
    /// `new-array`.
    NewArray { to: Register, class: TypeIdx, length: Register },
    /// `filled-new-array`, with the result where it is used.
    FilledArray { to: Option<Register>, class: TypeIdx, elements: Args },
    /// `fill-array-data`.
    FillArray { array: Register },
    /// Reads an array element.
    ArrayGet { to: Register, array: Register, index: Register },
    /// Writes an array element.
    ArrayPut { from: Register, array: Register, index: Register },
    /// Reads a field of an object.
    FieldGet { to: Register, object: Register, field: FieldIdx },
    /// Writes a field of an object.
    FieldPut { from: Register, object: Register, field: FieldIdx },
    /// Reads a static field.
    StaticGet { to: Register, field: FieldIdx },
    /// Writes a static field.
    StaticPut { from: Register, field: FieldIdx },
    /// A call, with the result where it is used.
    Invoke { kind: InvokeKind, method: MethodIdx, arguments: Args, to: Option<Register> },
    /// `invoke-custom`: the call site says which method is bound.
    InvokeCustom { call_site: u32, arguments: Args, to: Option<Register> },
    /// `invoke-polymorphic`.
    InvokePolymorphic { method: MethodIdx, prototype: ProtoIdx, arguments: Args, to: Option<Register> },
    /// A quickened instruction whose reference is not known: what it reads may be in what it writes.
    Opaque { arguments: Args, to: Option<Register> },
    /// Branches when the comparison holds; `b` absent: against zero.
    If { what: Comparison, a: Register, b: Option<Register> },
    /// Branches by value; the cases stand in the block.
    Switch { on: Register },
    /// Ends the method.
    Return { value: Option<Register> },
    /// Throws.
    Throw { value: Register },
    /// Jumps (the edge stands in the block).
    Goto,
    /// Code that could not be read, or that a device would have to decode: nothing is known behind it.
    Stop,
}

/// An instruction at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instruction {
    /// Offset in code units.
    pub offset: u32,
    /// What it does.
    pub operation: Operation,
}

impl Operation {
    /// Can it raise an exception that a handler of the method sees? (Errors of the runtime itself do not count.)
    #[must_use]
    pub fn can_throw(&self) -> bool {
        matches!(
            self,
            Operation::Cast { .. }
                | Operation::New { .. }
                | Operation::NewArray { .. }
                | Operation::ArrayGet { .. }
                | Operation::ArrayPut { .. }
                | Operation::ArrayLength { .. }
                | Operation::FieldGet { .. }
                | Operation::FieldPut { .. }
                | Operation::StaticGet { .. }
                | Operation::StaticPut { .. }
                | Operation::Invoke { .. }
                | Operation::InvokeCustom { .. }
                | Operation::InvokePolymorphic { .. }
                | Operation::Opaque { .. }
                | Operation::Throw { .. }
                | Operation::Compute { what: Arithmetic::Divide | Arithmetic::Remainder, .. }
        )
    }

    /// The register it writes.
    #[must_use]
    pub fn written(&self) -> Option<Register> {
        match *self {
            Operation::Move { to, .. }
            | Operation::Constant { to, .. }
            | Operation::Caught { to }
            | Operation::Compute { to, .. }
            | Operation::InstanceOf { to, .. }
            | Operation::ArrayLength { to, .. }
            | Operation::New { to, .. }
            | Operation::NewArray { to, .. }
            | Operation::ArrayGet { to, .. }
            | Operation::FieldGet { to, .. }
            | Operation::StaticGet { to, .. } => Some(to),
            Operation::Cast { register, .. } => Some(register),
            Operation::FilledArray { to, .. }
            | Operation::Invoke { to, .. }
            | Operation::InvokeCustom { to, .. }
            | Operation::InvokePolymorphic { to, .. }
            | Operation::Opaque { to, .. } => to,
            _ => None,
        }
    }

    /// Calls `visit` for each register it reads.
    pub fn read(&self, mut visit: impl FnMut(Register)) {
        match *self {
            Operation::Move { from, .. } | Operation::StaticPut { from, .. } => visit(from),
            Operation::Compute { a, b, .. } | Operation::If { a, b, .. } => {
                visit(a);
                b.into_iter().for_each(visit);
            }
            Operation::InstanceOf { of, .. } => visit(of),
            Operation::ArrayLength { array, .. } | Operation::FillArray { array } => visit(array),
            Operation::Cast { register, .. } => visit(register),
            Operation::NewArray { length, .. } => visit(length),
            Operation::FilledArray { elements: list, .. }
            | Operation::Invoke { arguments: list, .. }
            | Operation::InvokeCustom { arguments: list, .. }
            | Operation::InvokePolymorphic { arguments: list, .. }
            | Operation::Opaque { arguments: list, .. } => list.iter().for_each(visit),
            Operation::ArrayGet { array, index, .. } => {
                visit(array);
                visit(index);
            }
            Operation::ArrayPut { from, array, index } => {
                visit(from);
                visit(array);
                visit(index);
            }
            Operation::FieldGet { object, .. } => visit(object),
            Operation::FieldPut { from, object, .. } => {
                visit(from);
                visit(object);
            }
            Operation::Switch { on } => visit(on),
            Operation::Return { value } => value.into_iter().for_each(visit),
            Operation::Throw { value } => visit(value),
            _ => {}
        }
    }
}
