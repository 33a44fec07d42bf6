//! Character sets: bytes to UTF-16 units and back.

/// A character set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Charset {
    /// UTF-8, the default of Android.
    Utf8,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16; with a mark of its order when written.
    Utf16,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-16, little-endian.
    Utf16Le,
}

impl Charset {
    /// By Java's names, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Charset> {
        Some(match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "UTF_8" => Charset::Utf8,
            "US-ASCII" | "ASCII" | "US_ASCII" | "ISO646-US" => Charset::Ascii,
            "ISO-8859-1" | "ISO8859-1" | "ISO_8859_1" | "ISO8859_1" | "LATIN1" => Charset::Latin1,
            // Of these only the part they share with ASCII is known here.
            "GBK" | "GB2312" | "GB18030" | "BIG5" | "WINDOWS-1252" | "CP1252" => Charset::Utf8,
            "UTF-16" | "UTF16" | "UTF_16" => Charset::Utf16,
            "UTF-16BE" | "UTF_16BE" | "UNICODEBIGUNMARKED" => Charset::Utf16Be,
            "UTF-16LE" | "UTF_16LE" | "UNICODELITTLEUNMARKED" => Charset::Utf16Le,
            _ => return None,
        })
    }

    /// Its canonical name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Charset::Utf8 => "UTF-8",
            Charset::Ascii => "US-ASCII",
            Charset::Latin1 => "ISO-8859-1",
            Charset::Utf16 => "UTF-16",
            Charset::Utf16Be => "UTF-16BE",
            Charset::Utf16Le => "UTF-16LE",
        }
    }

    /// Units of `bytes`; what is malformed becomes U+FFFD.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Vec<u16> {
        let wide = |bytes: &[u8], of: fn([u8; 2]) -> u16| {
            bytes
                .chunks(2)
                .map(|pair| match pair {
                    &[a, b] => of([a, b]),
                    _ => 0xfffd,
                })
                .collect()
        };
        match self {
            Charset::Utf8 => String::from_utf8_lossy(bytes).encode_utf16().collect(),
            Charset::Ascii => {
                bytes.iter().map(|byte| if *byte < 0x80 { u16::from(*byte) } else { 0xfffd }).collect()
            }
            Charset::Latin1 => bytes.iter().map(|byte| u16::from(*byte)).collect(),
            Charset::Utf16Be => wide(bytes, u16::from_be_bytes),
            Charset::Utf16Le => wide(bytes, u16::from_le_bytes),
            Charset::Utf16 => match bytes {
                [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
                [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
                all => wide(all, u16::from_be_bytes),
            },
        }
    }

    /// Bytes of `units`; what cannot be said becomes `?`.
    #[must_use]
    pub fn encode(self, units: &[u16]) -> Vec<u8> {
        let narrow = |limit: u32| {
            char::decode_utf16(units.iter().copied())
                .map(|c| c.ok().map(u32::from).filter(|c| *c < limit).map_or(b'?', |c| c as u8))
                .collect()
        };
        match self {
            Charset::Utf8 => {
                let mut bytes = Vec::with_capacity(units.len());
                for c in char::decode_utf16(units.iter().copied()) {
                    let mut buffer = [0; 4];
                    bytes.extend_from_slice(c.unwrap_or('?').encode_utf8(&mut buffer).as_bytes());
                }
                bytes
            }
            Charset::Ascii => narrow(0x80),
            Charset::Latin1 => narrow(0x100),
            Charset::Utf16Be => units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
            Charset::Utf16Le => units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
            Charset::Utf16 => {
                [0xfe, 0xff].into_iter().chain(units.iter().flat_map(|unit| unit.to_be_bytes())).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_decode_and_encode() {
        let text: Vec<u16> = "aé€😀".encode_utf16().collect();
        for set in [Charset::Utf8, Charset::Utf16, Charset::Utf16Be, Charset::Utf16Le] {
            assert_eq!(set.decode(&set.encode(&text)), text, "{}", set.name());
        }
        assert_eq!(Charset::Latin1.encode(&text), [b'a', 0xe9, b'?', b'?']);
        assert_eq!(Charset::Ascii.decode(&[b'a', 0xe9]), [u16::from(b'a'), 0xfffd]);
        assert_eq!(Charset::named("utf-8"), Some(Charset::Utf8));
    }
}
