//! Instruction formats ("Dalvik executable instruction formats") and what an instruction's index means.

/// How the operands of an instruction are laid out. The digits are units, registers and kind, as in the specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Format {
    F10x,
    F12x,
    F11n,
    F11x,
    F10t,
    F20t,
    F22x,
    F21t,
    F21s,
    F21h,
    F21c,
    F23x,
    F22b,
    F22t,
    F22s,
    F22c,
    F30t,
    F32x,
    F31i,
    F31t,
    F31c,
    F35c,
    F3rc,
    F45cc,
    F4rcc,
    F51l,
}

impl Format {
    /// How many 16-bit units the instruction takes.
    #[must_use]
    #[inline]
    pub const fn units(self) -> u32 {
        match self {
            Format::F10x | Format::F12x | Format::F11n | Format::F11x | Format::F10t => 1,
            Format::F20t
            | Format::F22x
            | Format::F21t
            | Format::F21s
            | Format::F21h
            | Format::F21c
            | Format::F23x
            | Format::F22b
            | Format::F22t
            | Format::F22s
            | Format::F22c => 2,
            Format::F30t
            | Format::F32x
            | Format::F31i
            | Format::F31t
            | Format::F31c
            | Format::F35c
            | Format::F3rc => 3,
            Format::F45cc | Format::F4rcc => 4,
            Format::F51l => 5,
        }
    }
}

/// What the index operand of an instruction refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IndexKind {
    /// The instruction has no index.
    None,
    /// A string.
    String,
    /// A type.
    Type,
    /// A field.
    Field,
    /// A method; `invoke-polymorphic` has a prototype besides, in [`Insn::index2`](crate::Insn::index2).
    Method,
    /// A prototype.
    Proto,
    /// A call site.
    CallSite,
    /// A method handle.
    MethodHandle,
    /// Quickened: the byte offset of the field in the object.
    FieldOffset,
    /// Quickened: the position of the method in the receiver's table of virtual methods.
    VtableIndex,
}
