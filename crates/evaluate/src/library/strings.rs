//! `String`.

use super::Table;
use super::arguments::at;
use crate::charset::Charset;
use crate::heap::{Native, Object};
use crate::machine::{Answer, Machine, Raised};
use crate::text::Text;
use crate::value::Value;

const STRING: &str = "Ljava/lang/String;";

pub(super) const TABLES: &[Table] = &[
    (
        &[STRING],
        &[
            ("<init>", "()", |m, v, _| m.construct(at(v, 0), Native::Text(Text::default()))),
            ("<init>", "(Ljava/lang/String;)", copy),
            ("<init>", "(Ljava/lang/StringBuilder;)", copy),
            ("<init>", "(Ljava/lang/StringBuffer;)", copy),
            ("<init>", "([C)", |m, v, _| {
                let units = m.char_array(at(v, 1))?;
                m.construct(at(v, 0), Native::Text(Text::of_units(units)))
            }),
            ("<init>", "([CII)", |m, v, _| {
                let units = m.char_array(at(v, 1))?;
                let part = m.part_of(&units, at(v, 2), at(v, 3))?.to_vec();
                m.construct(at(v, 0), Native::Text(Text::of_units(part)))
            }),
            ("<init>", "([III)", |m, v, _| {
                let all = m.any_array(at(v, 1))?;
                let (from, count) = (m.size(at(v, 2))?, m.size(at(v, 3))?);
                let mut text = String::new();
                for index in from..from.saturating_add(count).min(all.len()) {
                    let point = m.number(all.get(index).unwrap_or(Value::NULL))?;
                    text.extend(char::from_u32(point as u32));
                }
                m.construct(at(v, 0), Native::Text(Text::of(&text)))
            }),
            ("<init>", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                m.construct(at(v, 0), Native::Text(Text::of_units(Charset::Utf8.decode(&bytes))))
            }),
            ("<init>", "([BLjava/lang/String;)", of_bytes),
            ("<init>", "([BLjava/nio/charset/Charset;)", of_bytes),
            ("<init>", "([BI)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                let high = (m.int(at(v, 2))? as u16) << 8;
                let units = bytes.iter().map(|byte| high | u16::from(*byte)).collect();
                m.construct(at(v, 0), Native::Text(Text::of_units(units)))
            }),
            ("<init>", "([BII)", of_part),
            ("<init>", "([BIILjava/lang/String;)", of_part),
            ("<init>", "([BIILjava/nio/charset/Charset;)", of_part),
            ("valueOf", "([C)", |m, v, _| {
                let units = m.char_array(at(v, 0))?;
                m.answer_units(units)
            }),
            ("copyValueOf", "([C)", |m, v, _| {
                let units = m.char_array(at(v, 0))?;
                m.answer_units(units)
            }),
            ("valueOf", "([CII)", of_chars),
            ("copyValueOf", "([CII)", of_chars),
            ("valueOf", "(C)", show),
            ("valueOf", "(I)", show),
            ("valueOf", "(J)", show),
            ("valueOf", "(Z)", show),
            ("valueOf", "(F)", show),
            ("valueOf", "(D)", show),
            ("valueOf", "(Ljava/lang/Object;)", show),
            ("join", "(Ljava/lang/CharSequence;[Ljava/lang/CharSequence;)", join),
            ("join", "(Ljava/lang/CharSequence;Ljava/lang/Iterable;)", join),
            ("isEmpty", "()", |m, v, _| {
                let text = m.any_text(at(v, 0))?;
                let (empty, known) = (text.units.is_empty(), text.is_known());
                if empty && !known {
                    m.units(at(v, 0)).map(|_| Value::NULL)
                } else {
                    Ok(Value::of_bool(empty))
                }
            }),
            ("getBytes", "()", |m, v, _| {
                let bytes = Charset::Utf8.encode(m.units(at(v, 0))?);
                m.answer_bytes(&bytes)
            }),
            ("getBytes", "(Ljava/lang/String;)", bytes_in),
            ("getBytes", "(Ljava/nio/charset/Charset;)", bytes_in),
            ("toCharArray", "()", |m, v, _| {
                let units = m.units(at(v, 0))?.to_vec();
                m.answer_chars(units)
            }),
            ("getChars", "(II[CI)", get_chars),
            ("concat", "(Ljava/lang/String;)", |m, v, _| {
                let mut text = m.any_text(at(v, 0))?.clone();
                let other = m.any_text(at(v, 1))?.clone();
                m.long_enough(text.units.len() + other.units.len())?;
                text.push(&other);
                m.answer_text(text)
            }),
            ("replace", "(CC)", |m, v, _| {
                let (from, to) = (m.int(at(v, 1))? as u16, m.int(at(v, 2))? as u16);
                let mut text = m.any_text(at(v, 0))?.clone();
                text.units.iter_mut().filter(|unit| **unit == from).for_each(|unit| *unit = to);
                m.answer_text(text)
            }),
            ("replace", "(Ljava/lang/CharSequence;Ljava/lang/CharSequence;)", |m, v, _| {
                let units = m.units(at(v, 0))?.to_vec();
                let (from, to) = (m.units(at(v, 1))?.to_vec(), m.units(at(v, 2))?.to_vec());
                let made = replace(&units, &from, &to, m.budget.length);
                m.answer_units(made)
            }),
            ("trim", "()", |m, v, _| {
                let units = m.units(at(v, 0))?;
                let start = units.iter().position(|unit| *unit > 32).unwrap_or(units.len());
                let end = units.iter().rposition(|unit| *unit > 32).map_or(start, |end| end + 1);
                let units = units[start..end].to_vec();
                m.answer_units(units)
            }),
            ("toLowerCase", "()", lower),
            ("toLowerCase", "(Ljava/util/Locale;)", lower),
            ("toUpperCase", "()", upper),
            ("toUpperCase", "(Ljava/util/Locale;)", upper),
            ("intern", "()", |_, v, _| Ok(at(v, 0))),
            ("equals", "(Ljava/lang/Object;)", |m, v, _| equal(m, v, false)),
            ("contentEquals", "(Ljava/lang/CharSequence;)", |m, v, _| equal(m, v, false)),
            ("equalsIgnoreCase", "(Ljava/lang/String;)", |m, v, _| equal(m, v, true)),
            ("compareTo", "(Ljava/lang/String;)", compare),
            ("compareTo", "(Ljava/lang/Object;)", compare),
            ("hashCode", "()", |m, v, _| {
                let units = m.units(at(v, 0))?.to_vec();
                Ok(Value::of_int(Text::of_units(units).hash_code()))
            }),
            ("startsWith", "(Ljava/lang/String;)", |m, v, _| {
                let other = m.units(at(v, 1))?.to_vec();
                let text = m.any_text(at(v, 0))?;
                let sure = text.holes.first().map_or(text.units.len(), |(at, _)| *at as usize);
                let known = text.is_known();
                let starts = text.units.starts_with(&other) && (known || sure >= other.len());
                let differs = text.units.iter().take(sure).zip(&other).any(|(a, b)| a != b);
                if known || starts || differs {
                    Ok(Value::of_bool(starts))
                } else {
                    m.units(at(v, 0)).map(|_| Value::NULL)
                }
            }),
            ("startsWith", "(Ljava/lang/String;I)", |m, v, _| {
                let other = m.units(at(v, 1))?.to_vec();
                let from = m.size(at(v, 2))?;
                Ok(Value::of_bool(
                    m.units(at(v, 0))?.get(from..).is_some_and(|rest| rest.starts_with(&other)),
                ))
            }),
            ("endsWith", "(Ljava/lang/String;)", |m, v, _| {
                let other = m.units(at(v, 1))?.to_vec();
                Ok(Value::of_bool(m.units(at(v, 0))?.ends_with(&other)))
            }),
            ("contains", "(Ljava/lang/CharSequence;)", |m, v, _| {
                let other = m.units(at(v, 1))?.to_vec();
                Ok(Value::of_bool(find(m.units(at(v, 0))?, &other, 0).is_some()))
            }),
            ("toString", "()", |_, v, _| Ok(at(v, 0))),
            ("split", "(Ljava/lang/String;)", split),
            ("split", "(Ljava/lang/String;I)", split),
            ("codePointCount", "(II)", |m, v, _| {
                let (from, to) = (m.size(at(v, 1))?, m.size(at(v, 2))?);
                let units = m.units(at(v, 0))?;
                let part = units.get(from..to).unwrap_or(&[]);
                let count = char::decode_utf16(part.iter().copied()).count();
                Ok(Value::of_int(count as i32))
            }),
            ("regionMatches", "(ILjava/lang/String;II)", |m, v, _| {
                let (from, other_from, count) = (m.size(at(v, 1))?, m.size(at(v, 3))?, m.size(at(v, 4))?);
                let other = m.units(at(v, 2))?.to_vec();
                let a = m.units(at(v, 0))?.get(from..from + count).map(<[u16]>::to_vec);
                Ok(Value::of_bool(a.as_deref() == other.get(other_from..other_from + count) && a.is_some()))
            }),
        ],
    ),
    (
        // What strings and builders have in common.
        &[STRING, "Ljava/lang/StringBuilder;", "Ljava/lang/StringBuffer;", "Ljava/lang/CharSequence;"],
        &[
            ("length", "()", |m, v, _| m.units(at(v, 0)).map(|units| Value::of_int(units.len() as i32))),
            ("charAt", "(I)", |m, v, _| {
                let index = m.int(at(v, 1))?;
                let units = m.units(at(v, 0))?;
                match usize::try_from(index).ok().and_then(|index| units.get(index)) {
                    Some(unit) => Ok(Value::of_int(i32::from(*unit))),
                    None => Err(m.throw("Ljava/lang/StringIndexOutOfBoundsException;", "")),
                }
            }),
            ("codePointAt", "(I)", |m, v, _| {
                let index = m.size(at(v, 1))?;
                let rest = m.units(at(v, 0))?.get(index..).unwrap_or(&[]).iter().copied();
                match char::decode_utf16(rest).next() {
                    Some(Ok(c)) => Ok(Value::Number(i64::from(u32::from(c)))),
                    Some(Err(lone)) => Ok(Value::of_int(i32::from(lone.unpaired_surrogate()))),
                    None => Err(m.throw("Ljava/lang/StringIndexOutOfBoundsException;", "")),
                }
            }),
            ("substring", "(I)", |m, v, _| {
                let from = m.size(at(v, 1))?;
                let text = m.any_text(at(v, 0))?;
                let sure = text.holes.first().is_none_or(|(at, _)| from <= *at as usize);
                if !sure {
                    return m.units(at(v, 0)).map(|_| Value::NULL);
                }
                let Some(rest) = text.units.get(from..).map(<[u16]>::to_vec) else {
                    return Err(m.throw("Ljava/lang/StringIndexOutOfBoundsException;", ""));
                };
                let holes = text.holes.iter().map(|(at, hole)| (at - from as u32, *hole)).collect();
                m.answer_text(Text { units: rest, holes })
            }),
            ("substring", "(II)", substring),
            ("subSequence", "(II)", substring),
            ("indexOf", "(I)", |m, v, _| index_of(m, v, false)),
            ("indexOf", "(II)", |m, v, _| index_of(m, v, false)),
            ("indexOf", "(Ljava/lang/String;)", |m, v, _| index_of(m, v, false)),
            ("indexOf", "(Ljava/lang/String;I)", |m, v, _| index_of(m, v, false)),
            ("lastIndexOf", "(I)", |m, v, _| index_of(m, v, true)),
            ("lastIndexOf", "(Ljava/lang/String;)", |m, v, _| index_of(m, v, true)),
        ],
    ),
];

fn copy(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let text = m.any_text(at(v, 1))?.clone();
    m.construct(at(v, 0), Native::Text(text))
}

fn of_bytes(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let charset = m.charset(at(v, 2))?;
    let bytes = m.byte_array(at(v, 1))?;
    m.construct(at(v, 0), Native::Text(Text::of_units(charset.decode(&bytes))))
}

fn of_part(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let charset = if v.len() > 4 { m.charset(at(v, 4))? } else { Charset::Utf8 };
    let bytes = m.byte_array(at(v, 1))?;
    let part = m.part_of(&bytes, at(v, 2), at(v, 3))?;
    let units = charset.decode(part);
    m.construct(at(v, 0), Native::Text(Text::of_units(units)))
}

fn of_chars(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let units = m.char_array(at(v, 0))?;
    let part = m.part_of(&units, at(v, 1), at(v, 2))?.to_vec();
    m.answer_units(part)
}

fn show(m: &mut Machine<'_>, v: &[Value], target: &crate::linkage::MethodTarget) -> Answer {
    let kind = target.parameters.first().copied().unwrap_or(b'L');
    if let Some(Object { native: Native::Text(_), .. }) = m.object(at(v, 0)) {
        return Ok(at(v, 0));
    }
    let text = m.shown_text(at(v, 0), kind);
    m.answer_text(text)
}

fn bytes_in(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let charset = m.charset(at(v, 1))?;
    let bytes = charset.encode(m.units(at(v, 0))?);
    m.answer_bytes(&bytes)
}

fn get_chars(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let (from, to, into) = (m.size(at(v, 1))?, m.size(at(v, 2))?, m.size(at(v, 4))?);
    let part = m.units(at(v, 0))?.get(from..to).map(<[u16]>::to_vec);
    let mut fits = part.is_some();
    if let (Some(part), Some(Object { native: Native::Array(array), .. })) = (part, m.object_mut(at(v, 3))) {
        for (offset, unit) in part.iter().enumerate() {
            fits &= array.put(into + offset, Value::of_int(i32::from(*unit)));
        }
    }
    if fits { Ok(Value::NULL) } else { Err(m.throw("Ljava/lang/IndexOutOfBoundsException;", "")) }
}

pub(super) fn substring(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let (from, to) = (m.size(at(v, 1))?, m.size(at(v, 2))?);
    let text = m.any_text(at(v, 0))?;
    // Known as far as the first hole.
    if let Some((at, hole)) = text.holes.first()
        && to > *at as usize
    {
        return Err(Raised::Hole(*hole));
    }
    match text.units.get(from..to).map(<[u16]>::to_vec) {
        Some(part) => m.answer_units(part),
        None => Err(m.throw("Ljava/lang/StringIndexOutOfBoundsException;", "")),
    }
}

/// Where `part` begins in `all`, at or behind `from`.
pub(super) fn find(all: &[u16], part: &[u16], from: usize) -> Option<usize> {
    if part.is_empty() {
        return (from <= all.len()).then_some(from);
    }
    let rest = all.get(from..)?;
    rest.windows(part.len()).position(|window| window == part).map(|at| at + from)
}

fn index_of(m: &mut Machine<'_>, v: &[Value], last: bool) -> Answer {
    let wanted = match at(v, 1) {
        Value::Number(0) => vec![0],
        Value::Number(point) => {
            let mut units = [0; 2];
            match char::from_u32(point as u32) {
                Some(c) => c.encode_utf16(&mut units).to_vec(),
                None => vec![point as u16],
            }
        }
        other => m.units(other)?.to_vec(),
    };
    let from = if v.len() > 2 { m.int(at(v, 2))?.max(0) as usize } else { 0 };
    let text = m.any_text(at(v, 0))?;
    let sure = text.holes.first().map_or(usize::MAX, |(at, _)| *at as usize);
    let hole = text.holes.first().map(|(_, hole)| *hole);
    let length = text.units.len() as u64;
    let found = if last {
        (text.units.windows(wanted.len().max(1))).rposition(|window| window == wanted)
    } else {
        find(&text.units, &wanted, from)
    };
    m.steps += length / 32;
    match (hole, found) {
        (None, found) => Ok(Value::of_int(found.map_or(-1, |at| at as i32))),
        (Some(_), Some(found)) if !last && found + wanted.len() <= sure => Ok(Value::of_int(found as i32)),
        (Some(hole), _) => Err(Raised::Hole(hole)),
    }
}

fn replace(all: &[u16], from: &[u16], to: &[u16], most: usize) -> Vec<u16> {
    let mut made = Vec::with_capacity(all.len());
    if from.is_empty() {
        for unit in all {
            made.extend_from_slice(to);
            made.push(*unit);
        }
        made.extend_from_slice(to);
        return made;
    }
    let mut start = 0;
    while let Some(found) = find(all, from, start) {
        made.extend_from_slice(&all[start..found]);
        made.extend_from_slice(to);
        start = found + from.len();
        if made.len() > most {
            return made;
        }
    }
    made.extend_from_slice(&all[start..]);
    made
}

fn lower(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let text = m.string(at(v, 0))?.to_lowercase();
    m.answer_text(Text::of(&text))
}

fn upper(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let text = m.string(at(v, 0))?.to_uppercase();
    m.answer_text(Text::of(&text))
}

fn equal(m: &mut Machine<'_>, v: &[Value], loose: bool) -> Answer {
    if at(v, 1) == Value::NULL {
        return Ok(Value::NULL);
    }
    if let Value::Unknown(hole) = at(v, 1) {
        return Err(Raised::Hole(hole));
    }
    let is_text =
        matches!(m.object(at(v, 1)), Some(Object { native: Native::Text(_) | Native::Builder(_), .. }));
    if !is_text {
        return Ok(Value::NULL);
    }
    let other = m.units(at(v, 1))?.to_vec();
    let own = m.units(at(v, 0))?;
    let same = if loose {
        String::from_utf16_lossy(own).to_lowercase() == String::from_utf16_lossy(&other).to_lowercase()
    } else {
        own == other
    };
    Ok(Value::of_bool(same))
}

fn compare(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let other = m.units(at(v, 1))?.to_vec();
    let own = m.units(at(v, 0))?;
    let differs = own.iter().zip(&other).find(|(a, b)| a != b);
    Ok(Value::of_int(match differs {
        Some((a, b)) => i32::from(*a) - i32::from(*b),
        None => own.len() as i32 - other.len() as i32,
    }))
}

fn join(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let between = m.any_text(at(v, 0))?.clone();
    let all = m.elements(at(v, 1))?;
    let mut text = Text::default();
    for (number, value) in all.into_iter().enumerate() {
        if number > 0 {
            text.push(&between);
        }
        let one = m.shown_text(value, b'L');
        m.long_enough(text.units.len() + one.units.len())?;
        text.push(&one);
    }
    m.answer_text(text)
}

/// Splits by a pattern that is plain text; other patterns go to `regex`.
pub(super) fn split(m: &mut Machine<'_>, v: &[Value], _: &crate::linkage::MethodTarget) -> Answer {
    let units = m.units(at(v, 0))?.to_vec();
    let pattern = m.string(at(v, 1))?;
    let limit = if v.len() > 2 { m.int(at(v, 2))? } else { 0 };
    let pattern = super::regex::Pattern::parse(&pattern).ok_or(Raised::Unmodelled)?;
    let mut parts: Vec<Vec<u16>> = Vec::new();
    let (mut start, mut search) = (0, 0);
    while limit <= 0 || parts.len() + 1 < limit as usize {
        m.steps += 1;
        let Some((found, end)) = pattern.search(&units, search, &mut m.steps) else { break };
        if end == found {
            // An empty match splits between units.
            if found >= units.len() {
                break;
            }
            search = found + 1;
            if found > 0 {
                parts.push(units[start..found].to_vec());
                start = found;
            }
            continue;
        }
        if !(found == 0 && end == 0) {
            parts.push(units[start..found].to_vec());
        }
        start = end;
        search = end;
        if parts.len() > m.budget.length {
            break;
        }
    }
    parts.push(units[start..].to_vec());
    if limit == 0 {
        while parts.len() > 1 && parts.last().is_some_and(Vec::is_empty) {
            parts.pop();
        }
    }
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        all.push(m.answer_units(part)?);
    }
    let origin = m.origin(at(v, 0));
    let origin = m.origins.reworked(origin);
    for value in &all {
        if let Some(object) = m.object_mut(*value) {
            object.origin = origin;
        }
    }
    m.answer_objects("[Ljava/lang/String;", all)
}
