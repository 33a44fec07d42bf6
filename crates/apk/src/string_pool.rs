//! The string pool of binary XML and of `resources.arsc` (`ResStringPool` of the platform's `ResourceTypes.h`).

use std::borrow::Cow;

use overt_base::{Reader, Short};

/// `ResStringPool_header::UTF8_FLAG`.
const UTF8_FLAG: u32 = 1 << 8;

/// A view of one string pool chunk. Strings are decoded when asked for; counts and offsets are never trusted.
#[derive(Clone, Copy, Debug)]
pub struct StringPool<'a> {
    chunk: &'a [u8],
    entries: usize,
    count: u32,
    declared: u32,
    strings: usize,
    utf8: bool,
}

impl<'a> StringPool<'a> {
    /// A pool without strings: what a document without a readable pool has.
    pub const EMPTY: StringPool<'static> =
        StringPool { chunk: &[], entries: 0, count: 0, declared: 0, strings: 0, utf8: true };

    /// Reads the header of the pool chunk that `chunk` begins with. The number of strings is cut to what the
    /// chunk can hold; see [`StringPool::declared`].
    ///
    /// # Errors
    /// [`Short`] when the header itself does not fit.
    pub fn parse(chunk: &'a [u8]) -> Result<StringPool<'a>, Short> {
        let mut reader = Reader::at(chunk, 2);
        let header_size = usize::from(reader.u16()?);
        let size = reader.u32()? as usize;
        let declared = reader.u32()?;
        let _style_count = reader.u32()?;
        let flags = reader.u32()?;
        let strings = reader.u32()? as usize;
        let chunk = chunk.get(..size).unwrap_or(chunk);
        let room = chunk.len().saturating_sub(header_size) / 4;
        let count = declared.min(u32::try_from(room).unwrap_or(u32::MAX));
        Ok(StringPool { chunk, entries: header_size, count, declared, strings, utf8: flags & UTF8_FLAG != 0 })
    }

    /// Number of strings that can be there.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Number of strings that the header claims.
    #[must_use]
    pub fn declared(&self) -> u32 {
        self.declared
    }

    /// String number `index`; `None` for "no string" (−1) and for slots that do not lie inside the chunk.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<Cow<'a, str>> {
        if index >= self.count {
            return None;
        }
        let slot = (index as usize).checked_mul(4)?.checked_add(self.entries)?;
        let offset = Reader::at(self.chunk, slot).u32().ok()? as usize;
        let at = self.strings.checked_add(offset)?;
        if self.utf8 { self.utf8_at(at) } else { self.utf16_at(at) }
    }

    /// As [`StringPool::get`], as an owned string.
    #[must_use]
    pub fn owned(&self, index: u32) -> Option<String> {
        self.get(index).map(Cow::into_owned)
    }

    fn utf8_at(&self, at: usize) -> Option<Cow<'a, str>> {
        let mut reader = Reader::at(self.chunk, at);
        let _utf16_length = length_utf8(&mut reader)?;
        let mut length = length_utf8(&mut reader)?;
        let rest = self.chunk.get(reader.position()..)?;
        // Lengths above 0x7fff are stored without their upper bits: the terminator tells the real one
        // (`ResStringPool::stringDecodeAt`).
        let declared = length;
        while rest.get(length).is_some_and(|byte| *byte != 0) {
            length = length.checked_add(0x8000)?;
        }
        if length >= rest.len() {
            length = declared.min(rest.len());
        }
        Some(decode_utf8(rest.get(..length)?))
    }

    fn utf16_at(&self, at: usize) -> Option<Cow<'a, str>> {
        let mut reader = Reader::at(self.chunk, at);
        let mut length = usize::from(reader.u16().ok()?);
        if length & 0x8000 != 0 {
            length = ((length & 0x7fff) << 16) | usize::from(reader.u16().ok()?);
        }
        let length = length.checked_mul(2)?.min(reader.remaining() & !1);
        let bytes = reader.bytes(length).ok()?;
        let units = bytes.chunks_exact(2).map(|pair| match pair {
            [low, high] => u16::from_le_bytes([*low, *high]),
            _ => 0,
        });
        Some(Cow::Owned(
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
        ))
    }
}

fn length_utf8(reader: &mut Reader<'_>) -> Option<usize> {
    let first = usize::from(reader.u8().ok()?);
    if first & 0x80 == 0 {
        return Some(first);
    }
    Some(((first & 0x7f) << 8) | usize::from(reader.u8().ok()?))
}

/// UTF-8, or the modified form that newer resource compilers write (surrogates of their own, NUL in two bytes).
fn decode_utf8(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(decode_modified_utf8(bytes)),
    }
}

fn decode_modified_utf8(bytes: &[u8]) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => break,
            [a, tail @ ..] if *a < 0x80 => {
                units.push(u16::from(*a));
                tail
            }
            [a, b, tail @ ..] if a >> 5 == 0b110 && b >> 6 == 0b10 => {
                units.push((u16::from(a & 0x1f) << 6) | u16::from(b & 0x3f));
                tail
            }
            [a, b, c, tail @ ..] if a >> 4 == 0b1110 && b >> 6 == 0b10 && c >> 6 == 0b10 => {
                units.push((u16::from(a & 0x0f) << 12) | (u16::from(b & 0x3f) << 6) | u16::from(c & 0x3f));
                tail
            }
            [a, b, c, d, tail @ ..]
                if a >> 3 == 0b11110 && [b, c, d].iter().all(|byte| **byte >> 6 == 0b10) =>
            {
                let value = (u32::from(a & 0x07) << 18)
                    | (u32::from(b & 0x3f) << 12)
                    | (u32::from(c & 0x3f) << 6)
                    | u32::from(d & 0x3f);
                let mut buffer = [0u16; 2];
                let decoded = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                units.extend_from_slice(decoded.encode_utf16(&mut buffer));
                tail
            }
            [_, tail @ ..] => {
                units.push(0xfffd);
                tail
            }
        };
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pool of UTF-8 (`utf8`) or UTF-16 strings.
    pub(crate) fn pool(strings: &[&str], utf8: bool) -> Vec<u8> {
        let mut data = Vec::new();
        let mut offsets = Vec::new();
        for text in strings {
            offsets.push(data.len() as u32);
            if utf8 {
                data.push(text.encode_utf16().count() as u8);
                data.push(text.len() as u8);
                data.extend_from_slice(text.as_bytes());
                data.push(0);
            } else {
                data.extend_from_slice(&(text.encode_utf16().count() as u16).to_le_bytes());
                for unit in text.encode_utf16() {
                    data.extend_from_slice(&unit.to_le_bytes());
                }
                data.extend_from_slice(&[0, 0]);
            }
        }
        while data.len() % 4 != 0 {
            data.push(0);
        }
        let start = 28 + 4 * strings.len() as u32;
        let mut out = Vec::new();
        out.extend_from_slice(&1u16.to_le_bytes()); // type: string pool
        out.extend_from_slice(&28u16.to_le_bytes()); // header size
        out.extend_from_slice(&(start + data.len() as u32).to_le_bytes()); // chunk size
        out.extend_from_slice(&(strings.len() as u32).to_le_bytes()); // strings
        out.extend_from_slice(&0u32.to_le_bytes()); // styles
        out.extend_from_slice(&(if utf8 { UTF8_FLAG } else { 0 }).to_le_bytes()); // flags
        out.extend_from_slice(&start.to_le_bytes()); // strings start
        out.extend_from_slice(&0u32.to_le_bytes()); // styles start
        for offset in offsets {
            out.extend_from_slice(&offset.to_le_bytes());
        }
        out.extend_from_slice(&data);
        out
    }

    #[test]
    fn both_encodings_give_the_same_strings() {
        for utf8 in [true, false] {
            let bytes = pool(&["", "manifest", "grüße", "😀"], utf8);
            let pool = StringPool::parse(&bytes).expect("a whole pool");
            assert_eq!(pool.len(), 4);
            assert_eq!(pool.get(0).as_deref(), Some(""));
            assert_eq!(pool.get(1).as_deref(), Some("manifest"));
            assert_eq!(pool.get(2).as_deref(), Some("grüße"));
            assert_eq!(pool.get(3).as_deref(), Some("😀"));
            assert_eq!(pool.get(4), None);
            assert_eq!(pool.get(u32::MAX), None);
        }
    }

    #[test]
    fn surrogates_of_their_own_are_joined() {
        // U+1F600 as two three-byte sequences, a NUL in two bytes, a stray continuation byte.
        assert_eq!(decode_utf8(&[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0xc0, 0x80, 0x80]), "😀\0\u{fffd}");
    }

    #[test]
    fn absurd_counts_are_cut() {
        let mut bytes = pool(&["a", "b"], true);
        bytes[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        let pool = StringPool::parse(&bytes).expect("the header fits");
        assert_eq!(pool.declared(), u32::MAX);
        assert!(pool.len() < 20);
        for index in 0..pool.len() {
            let _ = pool.get(index);
        }
        assert_eq!(pool.get(1).as_deref(), Some("b"));
    }

    #[test]
    fn every_prefix_is_survived() {
        for utf8 in [true, false] {
            let bytes = pool(&["one", "two", "three"], utf8);
            for end in 0..bytes.len() {
                if let Ok(pool) = StringPool::parse(&bytes[..end]) {
                    for index in 0..4 {
                        let _ = pool.get(index);
                    }
                }
            }
        }
    }
}
