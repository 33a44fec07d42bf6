//! Bytes that were mapped or read once and are never copied again, and a reader that cannot run over their end.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

enum Backing {
    Mapped(memmap2::Mmap),
    Owned(Vec<u8>),
}

impl Backing {
    fn as_slice(&self) -> &[u8] {
        match self {
            Backing::Mapped(map) => map,
            Backing::Owned(bytes) => bytes,
        }
    }
}

/// A range of immutable, shared bytes. Cloning and slicing cost nothing.
#[derive(Clone)]
pub struct View {
    backing: Arc<Backing>,
    start: usize,
    end: usize,
}

impl View {
    /// Maps `path` read-only.
    ///
    /// # Errors
    /// Whatever the operating system says about opening or mapping the file.
    pub fn map(path: &Path) -> io::Result<View> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        if size == 0 {
            return Ok(View::from_vec(Vec::new()));
        }
        // SAFETY: the map is read-only and private. Another process may still truncate or change the
        // file under us; inputs are evidence files, and that risk is the documented cost of not copying them.
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        let end = map.len();
        Ok(View { backing: Arc::new(Backing::Mapped(map)), start: 0, end })
    }

    /// Owns `bytes`.
    #[must_use]
    pub fn from_vec(bytes: Vec<u8>) -> View {
        let end = bytes.len();
        View { backing: Arc::new(Backing::Owned(bytes)), start: 0, end }
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.backing.as_slice().get(self.start..self.end).unwrap_or(&[])
    }

    /// A part of this view, or `None` when `range` does not lie inside it.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Option<View> {
        if range.start > range.end || range.end > self.end - self.start {
            return None;
        }
        Some(View {
            backing: Arc::clone(&self.backing),
            start: self.start + range.start,
            end: self.start + range.end,
        })
    }
}

impl Deref for View {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for View {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({} bytes)", self.end - self.start)
    }
}

/// The input ended, or a number was malformed, at `at`, where `wanted` more bytes were needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// Byte offset from the start of the slice given to the reader.
    pub at: usize,
    /// How many bytes were asked for.
    pub wanted: usize,
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the data ends at or before offset {:#x} (+{} bytes wanted)", self.at, self.wanted)
    }
}

impl std::error::Error for Short {}

/// A little-endian cursor over bytes. Every read is checked; nothing is ever indexed.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

macro_rules! fixed_width {
    ($($(#[$doc:meta])* $name:ident $big:ident $ty:ty),*) => {$(
        $(#[$doc])*
        /// # Errors
        /// [`Short`] at the end of the data.
        #[inline]
        pub fn $name(&mut self) -> Result<$ty, Short> {
            Ok(<$ty>::from_le_bytes(self.array()?))
        }
        /// The same, big-endian.
        ///
        /// # Errors
        /// [`Short`] at the end of the data.
        #[inline]
        pub fn $big(&mut self) -> Result<$ty, Short> {
            Ok(<$ty>::from_be_bytes(self.array()?))
        }
    )*};
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// Starts at `at`, which may lie behind the end: the first read then fails.
    #[must_use]
    pub fn at(bytes: &'a [u8], at: usize) -> Reader<'a> {
        Reader { bytes, at }
    }

    /// Where the next read begins.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Moves the cursor; a place behind the end makes the next read fail.
    pub fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// Bytes left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8], Short> {
        let short = Short { at: self.at, wanted: n };
        let end = self.at.checked_add(n).ok_or(short)?;
        let out = self.bytes.get(self.at..end).ok_or(short)?;
        self.at = end;
        Ok(out)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let short = Short { at: self.at, wanted: N };
        let slice = self.bytes(N)?;
        slice.try_into().map_err(|_| short)
    }

    /// Leaves out `n` bytes.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    pub fn skip(&mut self, n: usize) -> Result<(), Short> {
        self.bytes(n).map(|_| ())
    }

    fixed_width!(
        /// One byte.
        u8 u8_be u8,
        /// Two bytes.
        u16 u16_be u16,
        /// Four bytes.
        u32 u32_be u32,
        /// Eight bytes.
        u64 u64_be u64
    );

    /// An unsigned LEB128 of at most five bytes (DEX format, "LEB128").
    ///
    /// # Errors
    /// [`Short`] at the end of the data or when a fifth byte still continues.
    #[inline]
    pub fn uleb128(&mut self) -> Result<u32, Short> {
        let start = self.at;
        let mut result = 0u32;
        for shift in [0u32, 7, 14, 21, 28] {
            let byte = self.u8()?;
            result |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(result);
            }
        }
        Err(Short { at: start, wanted: 6 })
    }

    /// An unsigned LEB128 plus one: −1 stands for "no index".
    ///
    /// # Errors
    /// As [`Reader::uleb128`].
    pub fn uleb128p1(&mut self) -> Result<i64, Short> {
        Ok(i64::from(self.uleb128()?) - 1)
    }

    /// A signed LEB128 of at most five bytes.
    ///
    /// # Errors
    /// As [`Reader::uleb128`].
    #[inline]
    pub fn sleb128(&mut self) -> Result<i32, Short> {
        let start = self.at;
        let mut result = 0i64;
        let mut shift = 0u32;
        loop {
            let byte = self.u8()?;
            result |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift < 64 {
                    result |= -1i64 << shift;
                }
                // The five-byte form may set bits above 31; the format keeps the low 32.
                return Ok(result as i32);
            }
            if shift >= 35 {
                return Err(Short { at: start, wanted: 6 });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_never_leaves_its_bytes() {
        let view = View::from_vec(vec![1, 2, 3, 4]);
        let part = view.slice(1..3).expect("inside");
        assert_eq!(&*part, &[2, 3]);
        assert!(part.slice(0..3).is_none());
        #[allow(clippy::reversed_empty_ranges)]
        let reversed = 2..1;
        assert!(view.slice(reversed).is_none());
    }

    #[test]
    fn a_reader_stops_at_the_end() {
        let mut reader = Reader::new(&[1, 0, 2]);
        assert_eq!(reader.u16(), Ok(1));
        assert_eq!(reader.u16(), Err(Short { at: 2, wanted: 2 }));
        assert_eq!(reader.u8(), Ok(2));
        assert_eq!(Reader::at(&[0], usize::MAX).u16(), Err(Short { at: usize::MAX, wanted: 2 }));
    }

    #[test]
    fn leb128_follows_the_dex_specification() {
        // The table of the DEX format, section "LEB128".
        for (bytes, signed, unsigned, plus_one) in [
            (&[0x00u8][..], 0, 0, -1),
            (&[0x01][..], 1, 1, 0),
            (&[0x7f][..], -1, 127, 126),
            (&[0x80, 0x7f][..], -128, 16256, 16255),
        ] {
            assert_eq!(Reader::new(bytes).sleb128(), Ok(signed));
            assert_eq!(Reader::new(bytes).uleb128(), Ok(unsigned));
            assert_eq!(Reader::new(bytes).uleb128p1(), Ok(plus_one));
        }
        assert!(Reader::new(&[0x80; 6]).uleb128().is_err());
        assert!(Reader::new(&[0xff; 6]).sleb128().is_err());
    }
}
