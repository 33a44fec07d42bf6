//! Where a value comes from: every byte of the sandbox carries it.
//!
//! A decoder is recognised by what it does, not by how it looks: bytes that stand in the file, were changed by arithmetic, depend on
//! nothing unknown, and end up as text.

/// What is known of the origin of a byte or a register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// A set of the constants below.
    pub(crate) flags: u16,
    /// With [`IMAGE`]: the address in the file's image of the (first) byte it was made of. With [`UNKNOWN`]: who made it unknown, an
    /// index into the imports, or [`ARGUMENT`].
    pub(crate) from: u32,
}

/// Made of bytes of the file.
pub(crate) const IMAGE: u16 = 1;
/// Read as a byte or half word, so data and no pointer.
pub(crate) const DATA: u16 = 1 << 1;
/// Depends on something outside the sandbox.
pub(crate) const UNKNOWN: u16 = 1 << 2;
/// Exclusive or.
pub(crate) const XOR: u16 = 1 << 3;
/// Addition.
pub(crate) const ADD: u16 = 1 << 4;
/// Subtraction.
pub(crate) const SUBTRACT: u16 = 1 << 5;
/// Shift or rotation.
pub(crate) const SHIFT: u16 = 1 << 6;
/// Multiplication or division.
pub(crate) const MULTIPLY: u16 = 1 << 7;
/// And, or, not.
pub(crate) const LOGIC: u16 = 1 << 8;
/// Read from a table at a place that data decides.
pub(crate) const LOOKUP: u16 = 1 << 9;
/// Any arithmetic.
pub(crate) const CHANGED: u16 = XOR | ADD | SUBTRACT | SHIFT | MULTIPLY | LOGIC | LOOKUP;

/// [`Mark::from`] of an unknown value that no import made: an argument of the function, or memory nobody wrote.
pub(crate) const ARGUMENT: u32 = u32::MAX;

impl Mark {
    /// A constant of the code.
    pub(crate) const KNOWN: Mark = Mark { flags: 0, from: 0 };

    /// Unknown, because of `from`.
    pub(crate) const fn unknown(from: u32) -> Mark {
        Mark { flags: UNKNOWN, from }
    }

    /// A byte of the file at `address`.
    pub(crate) const fn image(address: u64) -> Mark {
        Mark { flags: IMAGE, from: address as u32 }
    }

    pub(crate) const fn is_unknown(self) -> bool {
        self.flags & UNKNOWN != 0
    }

    /// Made of the file's bytes by arithmetic.
    pub(crate) const fn is_changed(self) -> bool {
        self.flags & IMAGE != 0 && self.flags & CHANGED != 0 && self.flags & UNKNOWN == 0
    }

    /// The mark of what `operation` makes of two values.
    pub(crate) const fn join(self, other: Mark, operation: u16) -> Mark {
        if self.is_unknown() {
            return Mark::unknown(self.from);
        }
        if other.is_unknown() {
            return Mark::unknown(other.from);
        }
        let flags = self.flags | other.flags;
        if flags & IMAGE == 0 {
            return Mark::KNOWN;
        }
        // A byte of data says more about the text than a pointer or a key word does.
        let mine = self.flags & IMAGE != 0 && (self.flags & DATA != 0 || other.flags & DATA == 0);
        let from = if mine { self.from } else { other.from };
        Mark { flags: flags | operation, from }
    }

    /// The mark after `operation` with a constant.
    pub(crate) const fn after(self, operation: u16) -> Mark {
        self.join(Mark::KNOWN, operation)
    }

    /// The mark of the byte `offset` places behind the first.
    pub(crate) const fn lane(self, offset: u64) -> Mark {
        if self.flags & (IMAGE | UNKNOWN) == IMAGE {
            Mark { flags: self.flags, from: self.from.wrapping_add(offset as u32) }
        } else {
            self
        }
    }
}

/// A register's content. 32-bit machines keep the upper half zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) bits: u64,
    pub(crate) mark: Mark,
}

impl Value {
    pub(crate) const fn known(bits: u64) -> Value {
        Value { bits, mark: Mark::KNOWN }
    }

    pub(crate) const fn unknown(bits: u64, from: u32) -> Value {
        Value { bits, mark: Mark::unknown(from) }
    }

    pub(crate) const fn low(self) -> u32 {
        self.bits as u32
    }
}
