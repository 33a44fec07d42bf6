//! What a register holds.

/// An object of the [`crate::heap::Heap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Handle(pub(crate) u32);

/// Something that only a device, a server or a caller knows; the number names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Hole {
    pub(crate) label: u32,
    /// It is an object (or `null`), not a number.
    pub(crate) reference: bool,
}

/// A value. Numbers are 64 bits wide whatever their type (see [`crate::arithmetic`]); `null` is zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Value {
    /// A number of any type, or `null`.
    Number(i64),
    /// An object.
    Ref(Handle),
    /// Not known.
    Unknown(Hole),
}

impl Value {
    /// `null`, zero, `false`.
    pub const NULL: Value = Value::Number(0);

    /// Is nothing known of it?
    #[must_use]
    pub fn is_unknown(self) -> bool {
        matches!(self, Value::Unknown(_))
    }

    /// A truth value.
    #[must_use]
    pub fn of_bool(value: bool) -> Value {
        Value::Number(i64::from(value))
    }

    /// An `int`.
    #[must_use]
    pub fn of_int(value: i32) -> Value {
        Value::Number(i64::from(value))
    }
}
