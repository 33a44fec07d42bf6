//! What a run may cost. Every limit ends in a named outcome, never in a crash.

use std::fmt;

/// Limits of a [`crate::Sandbox`].
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Steps of one call asked for from outside, or of one call that a method under exploration makes. A step is an
    /// instruction, or 32 bytes that a library method works on.
    pub call_steps: u64,
    /// Steps of one static initialiser.
    pub initialiser_steps: u64,
    /// Steps of all ways through one method under exploration.
    pub method_steps: u64,
    /// Steps of all ways through one method at first; only what is left over goes to those that need more.
    pub first_steps: u64,
    /// Steps of the initialisers of an app together.
    pub app_steps: u64,
    /// Steps of all the methods of an app together that needed more than the first steps.
    pub more_steps: u64,
    /// Bytes of objects one run makes.
    pub bytes: u64,
    /// Bytes of objects that the static initialisers of an app leave.
    pub static_bytes: u64,
    /// Calls inside calls.
    pub depth: usize,
    /// Units of one string, elements of one array.
    pub length: usize,
    /// Ways tried through one method.
    pub ways: usize,
    /// Values noted at one place.
    pub values_per_place: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            call_steps: 1_500_000,
            initialiser_steps: 3_000_000,
            method_steps: 1_600_000,
            first_steps: 60_000,
            app_steps: 6_000_000,
            more_steps: 2_000_000,
            bytes: 64 << 20,
            static_bytes: 256 << 20,
            depth: 256,
            length: 1 << 20,
            ways: 128,
            values_per_place: 64,
        }
    }
}

/// Which limit was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exhausted {
    /// Too many steps.
    Steps,
    /// Too many bytes of objects.
    Bytes,
    /// Too many calls inside calls.
    Depth,
    /// A string or array too long.
    Length,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Exhausted::Steps => "too many steps",
            Exhausted::Bytes => "too much memory",
            Exhausted::Depth => "calls too deep",
            Exhausted::Length => "a string or array too long",
        })
    }
}
