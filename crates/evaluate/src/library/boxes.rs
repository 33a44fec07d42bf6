//! Boxed numbers, `Character`, `Math`.

use super::Table;
use super::arguments::at;
use crate::heap::{Native, narrow};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine};
use crate::text::Text;
use crate::value::Value;

fn f(value: i64) -> f64 {
    f64::from_bits(value as u64)
}

fn d(value: f64) -> Value {
    Value::Number(value.to_bits() as i64)
}

pub(super) const TABLES: &[Table] = &[
    (
        &["Ljava/lang/Integer;"],
        &[
            ("valueOf", "(I)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'I', n)
            }),
            ("valueOf", "(Ljava/lang/String;)", |m, v, _| {
                let n = parse(m, at(v, 0), 10, true)?;
                m.answer_boxed(b'I', n)
            }),
            ("valueOf", "(Ljava/lang/String;I)", |m, v, _| {
                let r = m.int(at(v, 1))?;
                let n = parse(m, at(v, 0), r, true)?;
                m.answer_boxed(b'I', n)
            }),
            ("<init>", "(I)", |m, v, _| {
                let n = m.number(at(v, 1))?;
                m.construct(at(v, 0), Native::Boxed(b'I', n))
            }),
            ("parseInt", "(Ljava/lang/String;)", |m, v, _| parse(m, at(v, 0), 10, true).map(Value::Number)),
            ("parseInt", "(Ljava/lang/String;I)", |m, v, _| {
                let r = m.int(at(v, 1))?;
                parse(m, at(v, 0), r, true).map(Value::Number)
            }),
            ("decode", "(Ljava/lang/String;)", |m, v, _| {
                let text = m.string(at(v, 0))?;
                let (text, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix('#')) {
                    Some(rest) => (rest.to_owned(), 16),
                    None => (text, 10),
                };
                let text = m.make_text(&text);
                let n = parse(m, text, radix, true)?;
                m.answer_boxed(b'I', n)
            }),
            ("toString", "(I)", |m, v, _| {
                let n = m.int(at(v, 0))?;
                m.answer_text(Text::of(&n.to_string()))
            }),
            ("toString", "(II)", |m, v, _| {
                let (n, r) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                m.answer_text(Text::of(&radix(i64::from(n), r)))
            }),
            ("toHexString", "(I)", |m, v, _| {
                let n = m.int(at(v, 0))?;
                m.answer_text(Text::of(&format!("{n:x}")))
            }),
            ("toOctalString", "(I)", |m, v, _| {
                let n = m.int(at(v, 0))?;
                m.answer_text(Text::of(&format!("{n:o}")))
            }),
            ("toBinaryString", "(I)", |m, v, _| {
                let n = m.int(at(v, 0))?;
                m.answer_text(Text::of(&format!("{n:b}")))
            }),
            ("rotateLeft", "(II)", |m, v, _| {
                let (a, b) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::of_int(a.rotate_left(b as u32 & 31)))
            }),
            ("rotateRight", "(II)", |m, v, _| {
                let (a, b) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::of_int(a.rotate_right(b as u32 & 31)))
            }),
            ("reverse", "(I)", |m, v, _| {
                let a = m.int(at(v, 0))?;
                Ok(Value::of_int(a.reverse_bits()))
            }),
            ("reverseBytes", "(I)", |m, v, _| {
                let a = m.int(at(v, 0))?;
                Ok(Value::of_int(a.swap_bytes()))
            }),
            ("bitCount", "(I)", |m, v, _| {
                let a = m.int(at(v, 0))?;
                Ok(Value::of_int(a.count_ones() as i32))
            }),
            ("signum", "(I)", |m, v, _| {
                let a = m.int(at(v, 0))?;
                Ok(Value::of_int(a.signum()))
            }),
            ("compare", "(II)", |m, v, _| {
                let (a, b) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::of_int(a.cmp(&b) as i32))
            }),
        ],
    ),
    (
        &["Ljava/lang/Long;"],
        &[
            ("valueOf", "(J)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'J', n)
            }),
            ("valueOf", "(Ljava/lang/String;)", |m, v, _| {
                let n = parse(m, at(v, 0), 10, false)?;
                m.answer_boxed(b'J', n)
            }),
            ("<init>", "(J)", |m, v, _| {
                let n = m.number(at(v, 1))?;
                m.construct(at(v, 0), Native::Boxed(b'J', n))
            }),
            ("parseLong", "(Ljava/lang/String;)", |m, v, _| parse(m, at(v, 0), 10, false).map(Value::Number)),
            ("parseLong", "(Ljava/lang/String;I)", |m, v, _| {
                let r = m.int(at(v, 1))?;
                parse(m, at(v, 0), r, false).map(Value::Number)
            }),
            ("toString", "(J)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_text(Text::of(&n.to_string()))
            }),
            ("toString", "(JI)", |m, v, _| {
                let (n, r) = (m.number(at(v, 0))?, m.int(at(v, 1))?);
                m.answer_text(Text::of(&radix(n, r)))
            }),
            ("toHexString", "(J)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_text(Text::of(&format!("{n:x}")))
            }),
            ("rotateLeft", "(JI)", |m, v, _| {
                let (a, b) = (m.number(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::Number(a.rotate_left(b as u32 & 63)))
            }),
            ("rotateRight", "(JI)", |m, v, _| {
                let (a, b) = (m.number(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::Number(a.rotate_right(b as u32 & 63)))
            }),
            ("reverseBytes", "(J)", |m, v, _| {
                let a = m.number(at(v, 0))?;
                Ok(Value::Number(a.swap_bytes()))
            }),
        ],
    ),
    (
        &["Ljava/lang/Byte;"],
        &[
            ("valueOf", "(B)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'B', n)
            }),
            ("<init>", "(B)", |m, v, _| {
                let n = m.number(at(v, 1))?;
                m.construct(at(v, 0), Native::Boxed(b'B', n))
            }),
            ("parseByte", "(Ljava/lang/String;)", |m, v, _| {
                parse(m, at(v, 0), 10, true).map(|n| Value::Number(n as i8 as i64))
            }),
            ("parseByte", "(Ljava/lang/String;I)", |m, v, _| {
                let r = m.int(at(v, 1))?;
                parse(m, at(v, 0), r, true).map(|n| Value::Number(n as i8 as i64))
            }),
            ("toString", "(B)", |m, v, _| {
                let n = m.int(at(v, 0))?;
                m.answer_text(Text::of(&n.to_string()))
            }),
        ],
    ),
    (
        &["Ljava/lang/Short;"],
        &[
            ("valueOf", "(S)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'S', n)
            }),
            ("<init>", "(S)", |m, v, _| {
                let n = m.number(at(v, 1))?;
                m.construct(at(v, 0), Native::Boxed(b'S', n))
            }),
            ("parseShort", "(Ljava/lang/String;)", |m, v, _| parse(m, at(v, 0), 10, true).map(Value::Number)),
        ],
    ),
    (
        &["Ljava/lang/Boolean;"],
        &[
            ("valueOf", "(Z)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'Z', n)
            }),
            ("parseBoolean", "(Ljava/lang/String;)", |m, v, _| {
                m.string(at(v, 0)).map(|text| Value::of_bool(text.eq_ignore_ascii_case("true")))
            }),
            ("booleanValue", "()", |m, v, _| m.unboxed(at(v, 0)).map(|(_, n)| Value::Number(n & 1))),
            ("toString", "(Z)", |m, v, _| {
                let text = m.shown_text(at(v, 0), b'Z');
                m.answer_text(text)
            }),
            ("hashCode", "()", |m, v, _| {
                m.unboxed(at(v, 0)).map(|(_, n)| Value::of_int(if n & 1 == 1 { 1231 } else { 1237 }))
            }),
            ("equals", "(Ljava/lang/Object;)", equal),
            ("toString", "()", show),
        ],
    ),
    (
        &["Ljava/lang/Float;"],
        &[
            ("valueOf", "(F)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'F', n)
            }),
            ("intBitsToFloat", "(I)", |_, v, _| Ok(at(v, 0))),
            ("floatToIntBits", "(F)", |_, v, _| Ok(at(v, 0))),
            ("floatToRawIntBits", "(F)", |_, v, _| Ok(at(v, 0))),
            ("parseFloat", "(Ljava/lang/String;)", |m, v, _| {
                let text = m.string(at(v, 0))?;
                match text.trim().parse::<f32>() {
                    Ok(n) => Ok(Value::Number(i64::from(n.to_bits() as i32))),
                    Err(_) => Err(m.throw("Ljava/lang/NumberFormatException;", &text)),
                }
            }),
            ("toString", "(F)", |m, v, _| {
                let text = m.shown_text(at(v, 0), b'F');
                m.answer_text(text)
            }),
        ],
    ),
    (
        &["Ljava/lang/Double;"],
        &[
            ("valueOf", "(D)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'D', n)
            }),
            ("longBitsToDouble", "(J)", |_, v, _| Ok(at(v, 0))),
            ("doubleToLongBits", "(D)", |_, v, _| Ok(at(v, 0))),
            ("doubleToRawLongBits", "(D)", |_, v, _| Ok(at(v, 0))),
            ("parseDouble", "(Ljava/lang/String;)", |m, v, _| {
                let text = m.string(at(v, 0))?;
                match text.trim().parse::<f64>() {
                    Ok(n) => Ok(d(n)),
                    Err(_) => Err(m.throw("Ljava/lang/NumberFormatException;", &text)),
                }
            }),
            ("toString", "(D)", |m, v, _| {
                let text = m.shown_text(at(v, 0), b'D');
                m.answer_text(text)
            }),
        ],
    ),
    (
        &[
            "Ljava/lang/Number;",
            "Ljava/lang/Integer;",
            "Ljava/lang/Long;",
            "Ljava/lang/Byte;",
            "Ljava/lang/Short;",
            "Ljava/lang/Float;",
            "Ljava/lang/Double;",
        ],
        &[
            ("intValue", "()", |m, v, _| value(m, at(v, 0), b'I')),
            ("longValue", "()", |m, v, _| value(m, at(v, 0), b'J')),
            ("byteValue", "()", |m, v, _| value(m, at(v, 0), b'B')),
            ("shortValue", "()", |m, v, _| value(m, at(v, 0), b'S')),
            ("floatValue", "()", |m, v, _| value(m, at(v, 0), b'F')),
            ("doubleValue", "()", |m, v, _| value(m, at(v, 0), b'D')),
            ("toString", "()", show),
            ("equals", "(Ljava/lang/Object;)", equal),
            ("hashCode", "()", |m, v, _| {
                m.unboxed(at(v, 0)).map(|(kind, n)| match kind {
                    b'J' | b'D' => Value::of_int((n ^ ((n as u64) >> 32) as i64) as i32),
                    _ => Value::of_int(n as i32),
                })
            }),
            ("compareTo", "(Ljava/lang/Object;)", |m, v, _| {
                let (a, b) = (m.unboxed(at(v, 0))?, m.unboxed(at(v, 1))?);
                Ok(Value::of_int(a.1.cmp(&b.1) as i32))
            }),
        ],
    ),
    (
        &["Ljava/lang/Character;"],
        &[
            ("valueOf", "(C)", |m, v, _| {
                let n = m.number(at(v, 0))?;
                m.answer_boxed(b'C', n)
            }),
            ("<init>", "(C)", |m, v, _| {
                let n = m.number(at(v, 1))?;
                m.construct(at(v, 0), Native::Boxed(b'C', n))
            }),
            ("charValue", "()", |m, v, _| m.unboxed(at(v, 0)).map(|(_, n)| Value::Number(n))),
            ("toString", "(C)", |m, v, _| {
                let text = m.shown_text(at(v, 0), b'C');
                m.answer_text(text)
            }),
            ("toString", "()", show),
            ("equals", "(Ljava/lang/Object;)", equal),
            ("hashCode", "()", |m, v, _| m.unboxed(at(v, 0)).map(|(_, n)| Value::Number(n))),
            ("digit", "(CI)", |m, v, _| {
                let (c, r) = (letter(m, at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::of_int(c.to_digit((r as u32).clamp(2, 36)).map_or(-1, |n| n as i32)))
            }),
            ("forDigit", "(II)", |m, v, _| {
                let (n, r) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::Number(
                    char::from_digit(n as u32, (r as u32).clamp(2, 36))
                        .map_or(0, |c| i64::from(u32::from(c))),
                ))
            }),
            ("getNumericValue", "(C)", |m, v, _| {
                let c = letter(m, at(v, 0))?;
                Ok(Value::of_int(c.to_digit(36).map_or(-1, |n| n as i32)))
            }),
            ("isDigit", "(C)", |m, v, _| letter(m, at(v, 0)).map(|c| Value::of_bool(c.is_ascii_digit()))),
            ("isLetter", "(C)", |m, v, _| letter(m, at(v, 0)).map(|c| Value::of_bool(c.is_alphabetic()))),
            ("isLetterOrDigit", "(C)", |m, v, _| {
                letter(m, at(v, 0)).map(|c| Value::of_bool(c.is_alphanumeric()))
            }),
            ("isUpperCase", "(C)", |m, v, _| letter(m, at(v, 0)).map(|c| Value::of_bool(c.is_uppercase()))),
            ("isLowerCase", "(C)", |m, v, _| letter(m, at(v, 0)).map(|c| Value::of_bool(c.is_lowercase()))),
            ("isWhitespace", "(C)", |m, v, _| letter(m, at(v, 0)).map(|c| Value::of_bool(c.is_whitespace()))),
            ("isSpaceChar", "(C)", |m, v, _| {
                letter(m, at(v, 0)).map(|c| Value::of_bool(c == ' ' || c == '\u{a0}'))
            }),
            ("toUpperCase", "(C)", |m, v, _| {
                letter(m, at(v, 0))
                    .map(|c| Value::Number(i64::from(u32::from(c.to_uppercase().next().unwrap_or(c)))))
            }),
            ("toLowerCase", "(C)", |m, v, _| {
                letter(m, at(v, 0))
                    .map(|c| Value::Number(i64::from(u32::from(c.to_lowercase().next().unwrap_or(c)))))
            }),
            ("toChars", "(I)", |m, v, _| {
                let c = m.int(at(v, 0))? as u32;
                let units = char::from_u32(c).map_or_else(Vec::new, |c| c.encode_utf16(&mut [0; 2]).to_vec());
                m.answer_chars(units)
            }),
        ],
    ),
    (
        &["Ljava/lang/Math;", "Ljava/lang/StrictMath;"],
        &[
            ("abs", "(I)", |m, v, _| m.int(at(v, 0)).map(|n| Value::of_int(n.wrapping_abs()))),
            ("abs", "(J)", |m, v, _| m.number(at(v, 0)).map(|n| Value::Number(n.wrapping_abs()))),
            ("abs", "(D)", |m, v, _| m.number(at(v, 0)).map(|n| d(f(n).abs()))),
            ("abs", "(F)", |m, v, _| {
                m.number(at(v, 0)).map(|n| Value::Number(i64::from((n as i32) & 0x7fff_ffff)))
            }),
            ("max", "(II)", |m, v, _| {
                let (a, b) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::of_int(a.max(b)))
            }),
            ("min", "(II)", |m, v, _| {
                let (a, b) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                Ok(Value::of_int(a.min(b)))
            }),
            ("max", "(JJ)", |m, v, _| {
                let (a, b) = (m.number(at(v, 0))?, m.number(at(v, 1))?);
                Ok(Value::Number(a.max(b)))
            }),
            ("min", "(JJ)", |m, v, _| {
                let (a, b) = (m.number(at(v, 0))?, m.number(at(v, 1))?);
                Ok(Value::Number(a.min(b)))
            }),
            ("max", "(DD)", |m, v, _| {
                let (a, b) = (f(m.number(at(v, 0))?), f(m.number(at(v, 1))?));
                Ok(d(a.max(b)))
            }),
            ("min", "(DD)", |m, v, _| {
                let (a, b) = (f(m.number(at(v, 0))?), f(m.number(at(v, 1))?));
                Ok(d(a.min(b)))
            }),
            ("floor", "(D)", |m, v, _| m.number(at(v, 0)).map(|n| d(f(n).floor()))),
            ("ceil", "(D)", |m, v, _| m.number(at(v, 0)).map(|n| d(f(n).ceil()))),
            ("rint", "(D)", |m, v, _| m.number(at(v, 0)).map(|n| d(f(n).round_ties_even()))),
            ("sqrt", "(D)", |m, v, _| m.number(at(v, 0)).map(|n| d(f(n).sqrt()))),
            ("pow", "(DD)", |m, v, _| {
                let (a, b) = (f(m.number(at(v, 0))?), f(m.number(at(v, 1))?));
                Ok(d(a.powf(b)))
            }),
            ("round", "(D)", |m, v, _| {
                m.number(at(v, 0)).map(|n| Value::Number((f(n) + 0.5).floor() as i64))
            }),
            ("round", "(F)", |m, v, _| {
                m.number(at(v, 0)).map(|n| Value::of_int((f32::from_bits(n as u32) + 0.5).floor() as i32))
            }),
            ("floorMod", "(II)", |m, v, _| {
                let (a, b) = (m.int(at(v, 0))?, m.int(at(v, 1))?);
                if b == 0 {
                    Err(m.throw("Ljava/lang/ArithmeticException;", "/ by zero"))
                } else {
                    Ok(Value::of_int(a.wrapping_rem(b).wrapping_add(b).wrapping_rem(b)))
                }
            }),
        ],
    ),
];

fn letter(m: &mut Machine<'_>, value: Value) -> Result<char, crate::machine::Raised> {
    m.int(value).map(|unit| char::from_u32(unit as u32 & 0xffff).unwrap_or('\u{fffd}'))
}

fn value(m: &mut Machine<'_>, of: Value, to: u8) -> Answer {
    let (kind, bits) = m.unboxed(of)?;
    let whole = match kind {
        b'D' => f(bits) as i64,
        b'F' => f32::from_bits(bits as u32) as i64,
        _ => bits,
    };
    let real = match kind {
        b'D' => f(bits),
        b'F' => f64::from(f32::from_bits(bits as u32)),
        _ => bits as f64,
    };
    Ok(match to {
        b'D' => d(real),
        b'F' => Value::Number(i64::from((real as f32).to_bits() as i32)),
        b'I' if matches!(kind, b'D' | b'F') => Value::of_int(real as i32),
        other => Value::Number(narrow(other, whole)),
    })
}

fn show(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    m.unboxed(at(v, 0))?;
    let text = m.shown_text(at(v, 0), b'L');
    m.answer_text(text)
}

fn equal(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let own = m.unboxed(at(v, 0))?;
    if at(v, 1).is_unknown() {
        return Err(m.unfit(at(v, 1)));
    }
    Ok(Value::of_bool(matches!(m.unboxed(at(v, 1)), Ok(other) if other == own)))
}

fn parse(m: &mut Machine<'_>, text: Value, radix: i32, narrow: bool) -> Result<i64, crate::machine::Raised> {
    if text == Value::NULL {
        return Err(m.throw("Ljava/lang/NumberFormatException;", "null"));
    }
    let text = m.string(text)?;
    let parsed = i64::from_str_radix(&text, (radix as u32).clamp(2, 36)).ok();
    match parsed.filter(|n| !narrow || i32::try_from(*n).is_ok()) {
        Some(n) => Ok(n),
        None => Err(m.throw("Ljava/lang/NumberFormatException;", &text)),
    }
}

fn radix(number: i64, radix: i32) -> String {
    let radix = if (2..=36).contains(&radix) { radix as u64 } else { 10 };
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    loop {
        digits.extend(char::from_digit((rest % radix) as u32, radix as u32));
        rest /= radix;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    digits.iter().rev().collect()
}
