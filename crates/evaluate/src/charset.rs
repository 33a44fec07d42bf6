//! Character sets: bytes to UTF-16 units and back.
//!
//! Sets of East Asia and Windows are those of the Encoding Standard (`encoding_rs`). It reads GB2312 as its superset GBK.

use encoding_rs::Encoding;

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
    /// A set of one country or maker.
    Regional(&'static Encoding),
}

impl Charset {
    /// By Java's names, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Charset> {
        Some(match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "UTF_8" => Charset::Utf8,
            "US-ASCII" | "ASCII" | "US_ASCII" | "ISO646-US" => Charset::Ascii,
            "ISO-8859-1" | "ISO8859-1" | "ISO_8859_1" | "ISO8859_1" | "LATIN1" => Charset::Latin1,
            "GBK" | "CP936" | "MS936" | "WINDOWS-936" | "GB2312" | "EUC-CN" | "EUC_CN" | "GB2312-80" => {
                Charset::Regional(encoding_rs::GBK)
            }
            "GB18030" | "GB18030-2000" => Charset::Regional(encoding_rs::GB18030),
            "BIG5" | "BIG-5" | "BIG5-HKSCS" | "BIG5_HKSCS" | "CP950" | "MS950" => {
                Charset::Regional(encoding_rs::BIG5)
            }
            "SHIFT_JIS" | "SHIFT-JIS" | "SJIS" | "MS932" | "WINDOWS-31J" => {
                Charset::Regional(encoding_rs::SHIFT_JIS)
            }
            "EUC-JP" | "EUC_JP" | "EUCJP" => Charset::Regional(encoding_rs::EUC_JP),
            "EUC-KR" | "EUC_KR" | "KSC5601" | "KS_C_5601-1987" | "CP949" | "MS949" => {
                Charset::Regional(encoding_rs::EUC_KR)
            }
            "WINDOWS-1250" | "CP1250" => Charset::Regional(encoding_rs::WINDOWS_1250),
            "WINDOWS-1251" | "CP1251" => Charset::Regional(encoding_rs::WINDOWS_1251),
            "WINDOWS-1252" | "CP1252" => Charset::Regional(encoding_rs::WINDOWS_1252),
            "KOI8-R" | "KOI8_R" => Charset::Regional(encoding_rs::KOI8_R),
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
            Charset::Regional(set) if set == encoding_rs::GB18030 => "GB18030",
            Charset::Regional(set) => set.name(),
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
            Charset::Regional(set) => set.decode_without_bom_handling(bytes).0.encode_utf16().collect(),
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
            Charset::Regional(set) => {
                let mut bytes = Vec::with_capacity(units.len() * 2);
                for c in char::decode_utf16(units.iter().copied()) {
                    let mut buffer = [0; 4];
                    match c.map(|c| set.encode(c.encode_utf8(&mut buffer))) {
                        Ok((said, _, false)) => bytes.extend_from_slice(&said),
                        _ => bytes.push(b'?'),
                    }
                }
                bytes
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

    #[test]
    fn sets_of_countries_decode_as_published() {
        // U+4E2D U+6587, "Chinese", as the tables of GB2312, Big5, JIS X 0208 and KS X 1001 give it.
        let text: Vec<u16> = "a中文".encode_utf16().collect();
        for (name, bytes) in [
            ("GBK", &[b'a', 0xd6, 0xd0, 0xce, 0xc4][..]),
            ("gb2312", &[b'a', 0xd6, 0xd0, 0xce, 0xc4]),
            ("GB18030", &[b'a', 0xd6, 0xd0, 0xce, 0xc4]),
            ("Big5", &[b'a', 0xa4, 0xa4, 0xa4, 0xe5]),
            ("Shift_JIS", &[b'a', 0x92, 0x86, 0x95, 0xb6]),
            ("EUC-JP", &[b'a', 0xc3, 0xe6, 0xca, 0xb8]),
            ("EUC-KR", &[b'a', 0xf1, 0xe9, 0xd9, 0xfe]),
        ] {
            let set = Charset::named(name).expect("a known set");
            assert_eq!(set.decode(bytes), text, "{name}");
            assert_eq!(set.encode(&text), bytes, "{name}");
        }
        let windows = Charset::named("windows-1252").expect("a known set");
        assert_eq!(windows.decode(&[0x80]), [0x20ac]);
        assert_eq!(windows.encode(&text), b"a??");
    }

    #[test]
    fn what_no_set_has_is_said_so() {
        assert_eq!(Charset::named("x-none"), None);
        let gbk = Charset::named("GBK").expect("a known set");
        // A first byte without its second.
        assert_eq!(gbk.decode(&[b'a', 0xd6]), [u16::from(b'a'), 0xfffd]);
    }
}
