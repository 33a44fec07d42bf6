//! Which instructions may have written a register.

pub(super) use overt_program::ir::{Definition, Definitions as Code};
