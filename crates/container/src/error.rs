//! Why something could not be opened or read.

use std::fmt;

/// The bytes are not of the format they were tried as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotThis {
    /// The format's name.
    pub format: &'static str,
    /// Byte offset of what spoke against it.
    pub at: u64,
    /// What spoke against it.
    pub why: &'static str,
}

impl fmt::Display for NotThis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}: {} at offset {:#x}", self.format, self.why, self.at)
    }
}

impl std::error::Error for NotThis {}

/// A file is there, but its bytes could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The container ends before the file does.
    Cut {
        /// Where the file's bytes begin in the container.
        at: u64,
        /// How many were wanted.
        wanted: u64,
        /// How many bytes the container has.
        have: u64,
    },
    /// The container contradicts itself or the specification.
    Malformed {
        /// Byte offset in the container.
        at: u64,
        /// What is wrong there.
        what: String,
    },
    /// Reading on would exceed a limit.
    TooLarge {
        /// The limit's name in [`overt_base::Limits`].
        limit: &'static str,
        /// Its value.
        allowed: u64,
    },
    /// The thing is a directory, a link or a device, not a file with bytes.
    NotAFile,
    /// The operating system refused.
    Host(String),
}

impl ReadError {
    /// Shorthand for [`ReadError::Malformed`].
    pub fn malformed(at: u64, what: impl Into<String>) -> ReadError {
        ReadError::Malformed { at, what: what.into() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Cut { at, wanted, have } => {
                write!(f, "{wanted} bytes at offset {at:#x} lie behind the end ({have:#x})")
            }
            ReadError::Malformed { at, what } => write!(f, "{what} (offset {at:#x})"),
            ReadError::TooLarge { limit, allowed } => write!(f, "larger than the limit {limit} = {allowed}"),
            ReadError::NotAFile => f.write_str("not a regular file"),
            ReadError::Host(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ReadError {}
