//! Modified UTF-8 ("MUTF-8 encoding" in the DEX format): NUL as two bytes, supplementary characters as two
//! three-byte surrogates.

use std::borrow::Cow;

/// Decodes; borrows when the bytes are plain UTF-8 already.
///
/// A lone surrogate or a malformed byte becomes U+FFFD. Two different strings may thus look alike: whoever must tell
/// them apart (interning, resolving a name) compares the raw bytes, which identify a string exactly.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(char::decode_utf16(units(bytes)).map(|c| c.unwrap_or('\u{fffd}')).collect()),
    }
}

/// The UTF-16 units that `bytes` stand for: what Java code sees, lone surrogates included.
pub fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut at = 0usize;
    let mut pending: Option<u16> = None;
    std::iter::from_fn(move || {
        if let Some(low) = pending.take() {
            return Some(low);
        }
        let byte = |i: usize| bytes.get(at.saturating_add(i)).copied();
        let tail = |i: usize| byte(i).filter(|b| b & 0xc0 == 0x80).map(|b| u32::from(b & 0x3f));
        let first = byte(0)?;
        let (value, length) = match first {
            0..=0x7f => (Some(u32::from(first)), 1),
            0xc0..=0xdf => (tail(1).map(|b| u32::from(first & 0x1f) << 6 | b), 2),
            0xe0..=0xef => {
                let value = tail(1).zip(tail(2)).map(|(b, c)| u32::from(first & 0x0f) << 12 | b << 6 | c);
                (value, 3)
            }
            // Not in the specification, but the runtime reads four-byte sequences of plain UTF-8 as well.
            0xf0..=0xf7 => {
                let value = tail(1)
                    .zip(tail(2))
                    .zip(tail(3))
                    .map(|((b, c), d)| u32::from(first & 0x07) << 18 | b << 12 | c << 6 | d);
                (value.filter(|v| (0x1_0000..0x11_0000).contains(v)), 4)
            }
            _ => (None, 1),
        };
        let Some(value) = value else {
            at = at.saturating_add(1);
            return Some(0xfffd);
        };
        at = at.saturating_add(length);
        if value > 0xffff {
            let above = value - 0x1_0000;
            pending = Some(0xdc00 | (above & 0x3ff) as u16);
            return Some(0xd800 | (above >> 10) as u16);
        }
        Some(value as u16)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(decode(b"Lp/C;"), Cow::Borrowed("Lp/C;")));
        assert!(matches!(decode("größe".as_bytes()), Cow::Borrowed("größe")));
    }

    #[test]
    fn nul_and_surrogate_pairs() {
        assert_eq!(decode(&[b'a', 0xc0, 0x80, b'b']), "a\0b");
        // U+1F600 as D83D DE00.
        assert_eq!(decode(&[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]), "\u{1f600}");
        assert_eq!(decode("\u{1f600}".as_bytes()), "\u{1f600}");
    }

    #[test]
    fn damage_becomes_a_replacement_and_nothing_is_lost_behind_it() {
        assert_eq!(decode(&[0xed, 0xa0, 0xbd, b'x']), "\u{fffd}x", "lone surrogate");
        assert_eq!(decode(&[0xe2, 0x82]), "\u{fffd}\u{fffd}", "cut short");
        assert_eq!(decode(&[0x80, b'x', 0xff]), "\u{fffd}x\u{fffd}");
        assert_eq!(units(&[0xed, 0xa0, 0xbd]).collect::<Vec<_>>(), [0xd83d]);
    }
}
