//! Streams and readers over bytes that are known.

use std::io::Read;
use std::rc::Rc;

use super::Table;
use super::arguments::at;
use crate::charset::Charset;
use crate::heap::{Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::origin::Decoder;
use crate::text::Text;
use crate::value::Value;

const WRAPPERS: &[&str] =
    &["Ljava/io/BufferedInputStream;", "Ljava/io/DataInputStream;", "Ljava/io/PushbackInputStream;"];
const INPUTS: &[&str] = &[
    "Ljava/io/InputStream;",
    "Ljava/io/ByteArrayInputStream;",
    "Ljava/io/BufferedInputStream;",
    "Ljava/io/DataInputStream;",
    "Ljava/util/zip/GZIPInputStream;",
    "Ljava/util/zip/InflaterInputStream;",
    "Ljavax/crypto/CipherInputStream;",
];

pub(super) const TABLES: &[Table] = &[
    (
        &["Ljava/io/ByteArrayInputStream;"],
        &[
            ("<init>", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                m.construct(at(v, 0), Native::Input(bytes.into(), 0))
            }),
            ("<init>", "([BII)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                let part: Vec<u8> = m.part_of(&bytes, at(v, 2), at(v, 3))?.to_vec();
                m.construct(at(v, 0), Native::Input(part.into(), 0))
            }),
        ],
    ),
    (
        WRAPPERS,
        &[
            ("<init>", "(Ljava/io/InputStream;)", |m, v, _| {
                let bytes = rest(m, at(v, 1))?;
                m.construct(at(v, 0), Native::Input(bytes.into(), 0))
            }),
            ("<init>", "(Ljava/io/InputStream;I)", |m, v, _| {
                let bytes = rest(m, at(v, 1))?;
                m.construct(at(v, 0), Native::Input(bytes.into(), 0))
            }),
        ],
    ),
    (
        &["Ljava/util/zip/GZIPInputStream;"],
        &[("<init>", "(Ljava/io/InputStream;)", |m, v, t| {
            let bytes = rest(m, at(v, 1))?;
            let plain = unzip(m, &bytes).ok_or(Raised::Unmodelled)?;
            m.note.decoder = Some(Decoder::Platform(t.signature().into()));
            m.construct(at(v, 0), Native::Input(plain.into(), 0))
        })],
    ),
    (
        &["Ljava/util/zip/InflaterInputStream;"],
        &[("<init>", "(Ljava/io/InputStream;)", |m, v, t| {
            let bytes = rest(m, at(v, 1))?;
            let plain = inflate(m, &bytes, false).ok_or(Raised::Unmodelled)?;
            m.note.decoder = Some(Decoder::Platform(t.signature().into()));
            m.construct(at(v, 0), Native::Input(plain.into(), 0))
        })],
    ),
    (
        &["Ljava/util/zip/Inflater;"],
        &[
            ("<init>", "()", |m, v, _| m.construct(at(v, 0), Native::Inflater(Vec::new(), 0, false))),
            ("<init>", "(Z)", |m, v, _| {
                let raw = m.int(at(v, 1))? != 0;
                m.construct(at(v, 0), Native::Inflater(Vec::new(), 0, raw))
            }),
            ("setInput", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                let raw =
                    matches!(m.object(at(v, 0)), Some(Object { native: Native::Inflater(_, _, true), .. }));
                let plain = inflate(m, &bytes, raw).ok_or(Raised::Unmodelled)?;
                m.construct(at(v, 0), Native::Inflater(plain, 0, raw))
            }),
            ("inflate", "([B)", |m, v, t| {
                let (all, from) = match m.object(at(v, 0)) {
                    Some(Object { native: Native::Inflater(all, from, _), .. }) => (all.clone(), *from),
                    _ => return Err(m.unfit(at(v, 0))),
                };
                let room = m.any_array(at(v, 1))?.len();
                let part = all.get(from..(from + room).min(all.len())).unwrap_or(&[]);
                write(m, at(v, 1), 0, part);
                if let Some(Object { native: Native::Inflater(_, at, _), .. }) = m.object_mut(at(v, 0)) {
                    *at += part.len();
                }
                m.note.decoder = Some(Decoder::Platform(t.signature().into()));
                Ok(Value::of_int(part.len() as i32))
            }),
            ("finished", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Inflater(all, from, _), .. }) => {
                    Ok(Value::of_bool(*from >= all.len()))
                }
                _ => Err(m.unfit(at(v, 0))),
            }),
            ("end", "()", |_, _, _| Ok(Value::NULL)),
        ],
    ),
    (
        &["Ljavax/crypto/CipherInputStream;"],
        &[("<init>", "(Ljava/io/InputStream;Ljavax/crypto/Cipher;)", |m, v, t| {
            let bytes = rest(m, at(v, 1))?;
            let finish = super::find("Ljavax/crypto/Cipher;", "doFinal", "([B)").ok_or(Raised::Unmodelled)?;
            let data = m.answer_bytes(&bytes)?;
            let plain = finish(m, &[at(v, 2), data], t)?;
            let plain = m.byte_array(plain)?;
            m.construct(at(v, 0), Native::Input(plain.into(), 0))
        })],
    ),
    (
        INPUTS,
        &[
            ("read", "()", |m, v, _| {
                let one = take(m, at(v, 0), 1)?;
                Ok(Value::of_int(one.first().map_or(-1, |byte| i32::from(*byte))))
            }),
            ("read", "([B)", |m, v, _| {
                let room = m.any_array(at(v, 1))?.len();
                read(m, v, 0, room)
            }),
            ("read", "([BII)", |m, v, _| {
                let (from, count) = (m.size(at(v, 2))?, m.size(at(v, 3))?);
                read(m, v, from, count)
            }),
            ("readFully", "([B)", |m, v, _| {
                let room = m.any_array(at(v, 1))?.len();
                read(m, v, 0, room).map(|_| Value::NULL)
            }),
            ("readInt", "()", |m, v, _| {
                let four = exactly(m, v, 4)?;
                Ok(Value::of_int(four.iter().fold(0i32, |n, b| n << 8 | i32::from(*b))))
            }),
            ("readShort", "()", |m, v, _| {
                let two = exactly(m, v, 2)?;
                Ok(Value::of_int(two.iter().fold(0i32, |n, b| n << 8 | i32::from(*b)) as i16 as i32))
            }),
            ("readByte", "()", |m, v, _| {
                let one = exactly(m, v, 1)?;
                Ok(Value::of_int(i32::from(one[0] as i8)))
            }),
            ("readUTF", "()", |m, v, _| {
                let two = exactly(m, v, 2)?;
                let text = exactly(m, v, usize::from(two[0]) << 8 | usize::from(two[1]))?;
                m.answer_units(overt_dex::mutf8::units(&text).collect())
            }),
            ("available", "()", |m, v, _| rest_length(m, at(v, 0)).map(|n| Value::of_int(n as i32))),
            ("skip", "(J)", |m, v, _| {
                let n = m.size(at(v, 1))?;
                take(m, at(v, 0), n).map(|part| Value::Number(part.len() as i64))
            }),
            ("close", "()", |_, _, _| Ok(Value::NULL)),
            ("markSupported", "()", |_, _, _| Ok(Value::of_bool(false))),
        ],
    ),
    (
        &["Ljava/io/InputStreamReader;"],
        &[
            ("<init>", "(Ljava/io/InputStream;)", |m, v, _| {
                let bytes = rest(m, at(v, 1))?;
                m.construct(at(v, 0), Native::Reader(Charset::Utf8.decode(&bytes).into(), 0))
            }),
            ("<init>", "(Ljava/io/InputStream;Ljava/lang/String;)", reader),
            ("<init>", "(Ljava/io/InputStream;Ljava/nio/charset/Charset;)", reader),
        ],
    ),
    (
        &["Ljava/io/StringReader;"],
        &[("<init>", "(Ljava/lang/String;)", |m, v, _| {
            let units = m.units(at(v, 1))?.to_vec();
            m.construct(at(v, 0), Native::Reader(units.into(), 0))
        })],
    ),
    (
        &["Ljava/io/BufferedReader;"],
        &[("<init>", "(Ljava/io/Reader;)", wrap_reader), ("<init>", "(Ljava/io/Reader;I)", wrap_reader)],
    ),
    (
        &[
            "Ljava/io/Reader;",
            "Ljava/io/BufferedReader;",
            "Ljava/io/InputStreamReader;",
            "Ljava/io/StringReader;",
        ],
        &[
            ("readLine", "()", |m, v, _| {
                let (units, from) = text_rest(m, at(v, 0))?;
                let rest = units.get(from..).unwrap_or(&[]);
                if rest.is_empty() {
                    return Ok(Value::NULL);
                }
                let end = rest.iter().position(|unit| matches!(unit, 10 | 13)).unwrap_or(rest.len());
                let line = rest[..end].to_vec();
                let mark = if rest.get(end) == Some(&13) && rest.get(end + 1) == Some(&10) { 2 } else { 1 };
                advance(m, at(v, 0), end + mark);
                m.answer_units(line)
            }),
            ("read", "()", |m, v, _| {
                let (units, from) = text_rest(m, at(v, 0))?;
                advance(m, at(v, 0), 1);
                Ok(Value::of_int(units.get(from).map_or(-1, |unit| i32::from(*unit))))
            }),
            ("read", "([C)", |m, v, _| {
                let (units, from) = text_rest(m, at(v, 0))?;
                let room = m.any_array(at(v, 1))?.len();
                let part: Vec<u16> = units.get(from..(from + room).min(units.len())).unwrap_or(&[]).to_vec();
                if let Some(Object { native: Native::Array(array), .. }) = m.object_mut(at(v, 1)) {
                    for (index, unit) in part.iter().enumerate() {
                        array.put(index, Value::of_int(i32::from(*unit)));
                    }
                }
                advance(m, at(v, 0), part.len());
                Ok(Value::of_int(if part.is_empty() && room > 0 { -1 } else { part.len() as i32 }))
            }),
            ("close", "()", |_, _, _| Ok(Value::NULL)),
            ("ready", "()", |m, v, _| {
                let (units, from) = text_rest(m, at(v, 0))?;
                Ok(Value::of_bool(from < units.len()))
            }),
        ],
    ),
    (
        &["Ljava/io/ByteArrayOutputStream;", "Ljava/io/OutputStream;"],
        &[
            ("<init>", "()", |m, v, _| m.construct(at(v, 0), Native::Output(Vec::new()))),
            ("<init>", "(I)", |m, v, _| m.construct(at(v, 0), Native::Output(Vec::new()))),
            ("write", "(I)", |m, v, _| {
                let byte = m.int(at(v, 1))? as u8;
                add(m, v, &[byte])
            }),
            ("write", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                add(m, v, &bytes)
            }),
            ("write", "([BII)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                let part = m.part_of(&bytes, at(v, 2), at(v, 3))?.to_vec();
                add(m, v, &part)
            }),
            ("toByteArray", "()", |m, v, _| {
                let bytes = output(m, at(v, 0))?;
                m.answer_bytes(&bytes)
            }),
            ("toString", "()", |m, v, _| {
                let bytes = output(m, at(v, 0))?;
                m.answer_units(Charset::Utf8.decode(&bytes))
            }),
            ("toString", "(Ljava/lang/String;)", |m, v, _| {
                let set = m.charset(at(v, 1))?;
                let bytes = output(m, at(v, 0))?;
                m.answer_units(set.decode(&bytes))
            }),
            ("size", "()", |m, v, _| output(m, at(v, 0)).map(|bytes| Value::of_int(bytes.len() as i32))),
            ("reset", "()", |m, v, _| m.construct(at(v, 0), Native::Output(Vec::new()))),
            ("flush", "()", |_, _, _| Ok(Value::NULL)),
            ("close", "()", |_, _, _| Ok(Value::NULL)),
        ],
    ),
    (
        &["Ljava/nio/charset/Charset;"],
        &[
            ("forName", "(Ljava/lang/String;)", |m, v, _| {
                let set = m.charset(at(v, 0))?;
                Ok(m.make_native("Ljava/nio/charset/Charset;", Native::Charset(set)))
            }),
            ("defaultCharset", "()", |m, _, _| {
                Ok(m.make_native("Ljava/nio/charset/Charset;", Native::Charset(Charset::Utf8)))
            }),
            ("name", "()", |m, v, _| {
                let set = m.charset(at(v, 0))?;
                m.answer_text(Text::of(set.name()))
            }),
        ],
    ),
];

fn parts(m: &mut Machine<'_>, stream: Value) -> Result<(Rc<[u8]>, usize), Raised> {
    match m.object(stream) {
        Some(Object { native: Native::Input(bytes, from), .. }) => Ok((Rc::clone(bytes), *from)),
        _ => Err(m.unfit(stream)),
    }
}

fn rest(m: &mut Machine<'_>, stream: Value) -> Result<Vec<u8>, Raised> {
    let (bytes, from) = parts(m, stream)?;
    m.steps += bytes.len() as u64 / 32;
    Ok(bytes.get(from..).unwrap_or(&[]).to_vec())
}

fn rest_length(m: &mut Machine<'_>, stream: Value) -> Result<usize, Raised> {
    parts(m, stream).map(|(bytes, from)| bytes.len().saturating_sub(from))
}

fn take(m: &mut Machine<'_>, stream: Value, count: usize) -> Result<Vec<u8>, Raised> {
    let (bytes, from) = parts(m, stream)?;
    let part = bytes.get(from..from.saturating_add(count).min(bytes.len())).unwrap_or(&[]).to_vec();
    if let Some(Object { native: Native::Input(_, from), .. }) = m.object_mut(stream) {
        *from += part.len();
    }
    Ok(part)
}

fn exactly(m: &mut Machine<'_>, v: &[Value], count: usize) -> Result<Vec<u8>, Raised> {
    let part = take(m, at(v, 0), count)?;
    if part.len() == count { Ok(part) } else { Err(m.throw("Ljava/io/EOFException;", "")) }
}

fn write(m: &mut Machine<'_>, array: Value, from: usize, bytes: &[u8]) {
    if let Some(Object { native: Native::Array(array), .. }) = m.object_mut(array) {
        for (offset, byte) in bytes.iter().enumerate() {
            array.put(from + offset, Value::of_int(i32::from(*byte as i8)));
        }
    }
}

fn read(m: &mut Machine<'_>, v: &[Value], from: usize, count: usize) -> Answer {
    let part = take(m, at(v, 0), count)?;
    m.steps += part.len() as u64 / 16;
    write(m, at(v, 1), from, &part);
    Ok(Value::of_int(if part.is_empty() && count > 0 { -1 } else { part.len() as i32 }))
}

fn reader(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let set = m.charset(at(v, 2))?;
    let bytes = rest(m, at(v, 1))?;
    m.construct(at(v, 0), Native::Reader(set.decode(&bytes).into(), 0))
}

fn wrap_reader(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let (units, from) = text_rest(m, at(v, 1))?;
    m.construct(at(v, 0), Native::Reader(units, from))
}

fn text_rest(m: &mut Machine<'_>, reader: Value) -> Result<(Rc<[u16]>, usize), Raised> {
    match m.object(reader) {
        Some(Object { native: Native::Reader(units, from), .. }) => Ok((Rc::clone(units), *from)),
        _ => Err(m.unfit(reader)),
    }
}

fn advance(m: &mut Machine<'_>, reader: Value, count: usize) {
    if let Some(Object { native: Native::Reader(_, from), .. }) = m.object_mut(reader) {
        *from += count;
    }
}

fn output(m: &mut Machine<'_>, stream: Value) -> Result<Vec<u8>, Raised> {
    match m.object(stream) {
        Some(Object { native: Native::Output(bytes), .. }) => Ok(bytes.clone()),
        _ => Err(m.unfit(stream)),
    }
}

fn add(m: &mut Machine<'_>, v: &[Value], bytes: &[u8]) -> Answer {
    let most = m.budget.length;
    let length = match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Output(own), .. }) => {
            if own.len() + bytes.len() <= most {
                own.extend_from_slice(bytes);
                m.bytes += bytes.len() as u64;
                return Ok(Value::NULL);
            }
            own.len() + bytes.len()
        }
        _ => return Err(m.unfit(at(v, 0))),
    };
    m.long_enough(length).map(|()| Value::NULL)
}

/// What a compressed stream holds, as far as the budget goes.
fn inflate(m: &mut Machine<'_>, bytes: &[u8], raw: bool) -> Option<Vec<u8>> {
    let most = m.budget.length as u64;
    let mut plain = Vec::new();
    let read = if raw {
        flate2::read::DeflateDecoder::new(bytes).take(most).read_to_end(&mut plain)
    } else {
        flate2::read::ZlibDecoder::new(bytes).take(most).read_to_end(&mut plain)
    };
    m.steps += plain.len() as u64 / 16;
    read.ok().map(|_| plain)
}

fn unzip(m: &mut Machine<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).take(m.budget.length as u64).read_to_end(&mut plain);
    m.steps += plain.len() as u64 / 16;
    read.ok().map(|_| plain)
}
