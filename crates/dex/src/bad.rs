//! The two ways to say no.

use std::fmt;

use overt_base::Short;

/// Something in the file cannot be read. The rest of the file still can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bad {
    /// Byte offset in the DEX (of the broken thing, or of the reference to it).
    pub at: u32,
    /// What is wrong, in plain words.
    pub what: &'static str,
}

impl Bad {
    pub(crate) fn new(at: usize, what: &'static str) -> Bad {
        Bad { at: u32::try_from(at).unwrap_or(u32::MAX), what }
    }

    pub(crate) fn short(what: &'static str) -> impl Fn(Short) -> Bad {
        move |short| Bad::new(short.at, what)
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}", self.what, self.at)
    }
}

impl std::error::Error for Bad {}

/// These bytes are no DEX file that this crate reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotDex {
    /// Byte offset of what gave it away.
    pub at: usize,
    /// Why, in plain words.
    pub why: &'static str,
}

impl fmt::Display for NotDex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {:#x})", self.why, self.at)
    }
}

impl std::error::Error for NotDex {}
