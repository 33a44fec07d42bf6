//! Base64, hexadecimal digits and the coding of URLs.

use super::Table;
use super::arguments::at;
use crate::charset::Charset;
use crate::heap::Native;
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine};
use crate::origin::Decoder;
use crate::text::Text;
use crate::value::Value;

pub(super) const TABLES: &[Table] = &[
    (
        &["Landroid/util/Base64;"],
        &[
            ("decode", "(Ljava/lang/String;I)", |m, v, t| {
                let text = m.units(at(v, 0))?.to_vec();
                decode(m, &text, t)
            }),
            ("decode", "([BI)", |m, v, t| {
                let bytes = m.byte_array(at(v, 0))?;
                decode(m, &wide(&bytes), t)
            }),
            ("encodeToString", "([BI)", |m, v, _| {
                let flags = m.int(at(v, 1))?;
                let bytes = m.byte_array(at(v, 0))?;
                m.answer_text(Text::of(&encode(&bytes, flags)))
            }),
            ("encode", "([BI)", |m, v, _| {
                let flags = m.int(at(v, 1))?;
                let bytes = m.byte_array(at(v, 0))?;
                m.answer_bytes(encode(&bytes, flags).as_bytes())
            }),
        ],
    ),
    (
        &["Ljava/util/Base64;"],
        &[
            ("getDecoder", "()", coder),
            ("getUrlDecoder", "()", coder),
            ("getMimeDecoder", "()", coder),
            ("getEncoder", "()", coder),
            ("getUrlEncoder", "()", coder),
        ],
    ),
    (
        &["Ljava/util/Base64$Decoder;"],
        &[
            ("decode", "(Ljava/lang/String;)", |m, v, t| {
                let text = m.units(at(v, 1))?.to_vec();
                decode(m, &text, t)
            }),
            ("decode", "([B)", |m, v, t| {
                let bytes = m.byte_array(at(v, 1))?;
                decode(m, &wide(&bytes), t)
            }),
        ],
    ),
    (
        &["Ljava/util/Base64$Encoder;"],
        &[
            ("encodeToString", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                m.answer_text(Text::of(&encode(&bytes, 2)))
            }),
            ("encode", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                m.answer_bytes(encode(&bytes, 2).as_bytes())
            }),
        ],
    ),
    (
        &["Lorg/apache/commons/codec/binary/Base64;"],
        &[
            ("decodeBase64", "([B)", |m, v, t| {
                let bytes = m.byte_array(at(v, 0))?;
                decode(m, &wide(&bytes), t)
            }),
            ("decodeBase64", "(Ljava/lang/String;)", |m, v, t| {
                let text = m.units(at(v, 0))?.to_vec();
                decode(m, &text, t)
            }),
            ("encodeBase64", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 0))?;
                m.answer_bytes(encode(&bytes, 2).as_bytes())
            }),
        ],
    ),
    (
        &["Ljava/net/URLDecoder;"],
        &[
            ("decode", "(Ljava/lang/String;)", unescape),
            ("decode", "(Ljava/lang/String;Ljava/lang/String;)", unescape),
        ],
    ),
    (
        &["Ljava/net/URLEncoder;"],
        &[
            ("encode", "(Ljava/lang/String;)", escape),
            ("encode", "(Ljava/lang/String;Ljava/lang/String;)", escape),
        ],
    ),
    (
        &["Landroid/net/Uri;"],
        &[
            ("decode", "(Ljava/lang/String;)", |m, v, t| {
                let bytes = unescaped(&Charset::Utf8.encode(m.units(at(v, 0))?), false);
                decoded(m, t);
                m.answer_units(Charset::Utf8.decode(&bytes))
            }),
            ("encode", "(Ljava/lang/String;)", |m, v, _| {
                let bytes = Charset::Utf8.encode(m.units(at(v, 0))?);
                m.answer_text(Text::of(&escaped(&bytes, b"_-!.~'()*", false)))
            }),
        ],
    ),
    (
        &["Ljava/math/BigInteger;"],
        &[
            ("<init>", "(Ljava/lang/String;I)", |m, v, _| {
                let (text, radix) = (m.string(at(v, 1))?, m.int(at(v, 2))?);
                match big(&text, radix as u32) {
                    Some(bytes) => m.construct(at(v, 0), Native::Big(bytes.into())),
                    None => Err(m.throw("Ljava/lang/NumberFormatException;", &text)),
                }
            }),
            ("<init>", "(Ljava/lang/String;)", |m, v, _| {
                let text = m.string(at(v, 1))?;
                match big(&text, 10) {
                    Some(bytes) => m.construct(at(v, 0), Native::Big(bytes.into())),
                    None => Err(m.throw("Ljava/lang/NumberFormatException;", &text)),
                }
            }),
            ("<init>", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                m.construct(at(v, 0), Native::Big(bytes.into()))
            }),
            ("<init>", "(I[B)", |m, v, _| {
                let bytes = [vec![0], m.byte_array(at(v, 2))?].concat();
                m.construct(at(v, 0), Native::Big(shortest(bytes).into()))
            }),
            ("toByteArray", "()", |m, v, _| match m.object(at(v, 0)).map(|o| &o.native) {
                Some(Native::Big(bytes)) => {
                    let bytes = bytes.to_vec();
                    m.answer_bytes(&bytes)
                }
                _ => Err(m.unfit(at(v, 0))),
            }),
            ("toString", "(I)", |m, v, _| {
                let radix = m.int(at(v, 1))?;
                match m.object(at(v, 0)).map(|o| &o.native) {
                    Some(Native::Big(bytes))
                        if radix == 16 && bytes.first().is_none_or(|first| *first < 0x80) =>
                    {
                        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                        let digits = digits.trim_start_matches('0');
                        m.answer_text(Text::of(if digits.is_empty() { "0" } else { digits }))
                    }
                    _ => Err(crate::machine::Raised::Unmodelled),
                }
            }),
            ("intValue", "()", |m, v, _| match m.object(at(v, 0)).map(|o| &o.native) {
                Some(Native::Big(bytes)) => Ok(Value::of_int(low(bytes) as i32)),
                _ => Err(m.unfit(at(v, 0))),
            }),
            ("longValue", "()", |m, v, _| match m.object(at(v, 0)).map(|o| &o.native) {
                Some(Native::Big(bytes)) => Ok(Value::Number(low(bytes))),
                _ => Err(m.unfit(at(v, 0))),
            }),
        ],
    ),
];

fn low(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(sign, |number: i64, byte| number << 8 | i64::from(*byte))
}

fn shortest(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.len() > 1 && bytes[0] == 0 && bytes[1] < 0x80 {
        bytes.remove(0);
    }
    bytes
}

/// A number of any length as big-endian bytes, with room for the sign. Negative ones are not taken.
fn big(text: &str, radix: u32) -> Option<Vec<u8>> {
    if !(2..=36).contains(&radix) || text.is_empty() || text.len() > 4096 {
        return None;
    }
    let mut bytes = vec![0u8];
    for c in text.chars() {
        let mut carry = c.to_digit(radix)?;
        for byte in bytes.iter_mut().rev() {
            let value = u32::from(*byte) * radix + carry;
            *byte = value as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            bytes.insert(0, carry as u8);
        }
    }
    bytes.insert(0, 0);
    Some(shortest(bytes))
}

fn wide(bytes: &[u8]) -> Vec<u16> {
    bytes.iter().map(|byte| u16::from(*byte)).collect()
}

/// Says that this call decodes.
fn decoded(m: &mut Machine<'_>, t: &MethodTarget) {
    m.note.decoder = Some(Decoder::Platform(t.signature().into()));
}

fn coder(m: &mut Machine<'_>, _: &[Value], t: &MethodTarget) -> Answer {
    let class = t.return_type.clone();
    let hole = m.hole("coder", true);
    // The receiver of the next call says nothing; the class of the reference does.
    Ok(m.make_native(&class, Native::Outside(hole)))
}

fn decode(m: &mut Machine<'_>, text: &[u16], t: &MethodTarget) -> Answer {
    match base64(text) {
        Some(bytes) => {
            decoded(m, t);
            m.answer_bytes(&bytes)
        }
        None => Err(m.throw("Ljava/lang/IllegalArgumentException;", "bad base-64")),
    }
}

/// Both alphabets (RFC 4648, 4 and 5); other characters are left out, as Android does with white space.
fn base64(text: &[u16]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut letters) = (0u32, 0, 0usize);
    for unit in text {
        let value = match u8::try_from(*unit).ok()? {
            c @ b'A'..=b'Z' => c - b'A',
            c @ b'a'..=b'z' => c - b'a' + 26,
            c @ b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            b' ' | b'\n' | b'\r' | b'\t' => continue,
            _ => return None,
        };
        letters += 1;
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    (letters % 4 != 1).then_some(bytes)
}

/// Flags of Android: 1 without padding, 2 without line ends, 8 for URLs.
fn encode(bytes: &[u8], flags: i32) -> String {
    let alphabet: &[u8; 64] = if flags & 8 != 0 {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    } else {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    };
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for (number, chunk) in bytes.chunks(3).enumerate() {
        if flags & 2 == 0 && number > 0 && number % 19 == 0 {
            text.push('\n');
        }
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for letter in 0..4 {
            if letter <= chunk.len() {
                text.push(char::from(alphabet[(bits >> (18 - 6 * letter) & 63) as usize]));
            } else if flags & 1 == 0 {
                text.push('=');
            }
        }
    }
    if flags & 2 == 0 && !bytes.is_empty() {
        text.push('\n');
    }
    text
}

fn unescaped(bytes: &[u8], plus: bool) -> Vec<u8> {
    let mut made = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], digits.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                made.push(byte);
                at += 2;
            }
            (b'+', _) if plus => made.push(b' '),
            (byte, _) => made.push(byte),
        }
        at += 1;
    }
    made
}

fn unescape(m: &mut Machine<'_>, v: &[Value], t: &MethodTarget) -> Answer {
    let charset = if v.len() > 1 { m.charset(at(v, 1))? } else { Charset::Utf8 };
    let bytes = unescaped(&charset.encode(m.units(at(v, 0))?), true);
    decoded(m, t);
    m.answer_units(charset.decode(&bytes))
}

fn escaped(bytes: &[u8], plain: &[u8], plus: bool) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b if b.is_ascii_alphanumeric() || plain.contains(b) => text.push(char::from(*b)),
            b' ' if plus => text.push('+'),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

fn escape(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let charset = if v.len() > 1 { m.charset(at(v, 1))? } else { Charset::Utf8 };
    let bytes = charset.encode(m.units(at(v, 0))?);
    m.answer_text(Text::of(&escaped(&bytes, b".-*_", true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes(), 2), coded);
            let units: Vec<u16> = coded.encode_utf16().collect();
            assert_eq!(base64(&units).as_deref(), Some(plain.as_bytes()));
        }
        assert!(base64(&"Zm9vY".encode_utf16().collect::<Vec<_>>()).is_none());
    }

    #[test]
    fn escapes_come_and_go() {
        let bytes = "a b&c=é/~".as_bytes();
        assert_eq!(unescaped(escaped(bytes, b".-*_", true).as_bytes(), true), bytes);
        assert_eq!(unescaped(b"100%", true), b"100%");
    }

    #[test]
    fn big_numbers_are_bytes() {
        assert_eq!(big("ff00", 16), Some(vec![0, 255, 0]));
        assert_eq!(big("255", 10), Some(vec![0, 255]));
        assert_eq!(big("-1", 10), None);
    }
}
