//! `String.format` and `Formatter`'s directives that programs put strings together with.

use super::Table;
use super::arguments::at;
use crate::heap::{Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::text::Text;
use crate::value::Value;

pub(super) const TABLES: &[Table] = &[
    (
        &["Ljava/lang/String;"],
        &[
            ("format", "(Ljava/lang/String;[Ljava/lang/Object;)", |m, v, _| format(m, at(v, 0), at(v, 1))),
            ("format", "(Ljava/util/Locale;Ljava/lang/String;[Ljava/lang/Object;)", |m, v, _| {
                format(m, at(v, 1), at(v, 2))
            }),
        ],
    ),
    (
        &["Ljava/text/MessageFormat;"],
        &[("format", "(Ljava/lang/String;[Ljava/lang/Object;)", |m, v: &[Value], _: &MethodTarget| {
            let pattern = m.string(at(v, 0))?;
            let all = m.elements(at(v, 1))?;
            let mut text = Text::default();
            let mut rest = pattern.as_str();
            while let Some((before, after)) = rest.split_once('{') {
                text.push(&Text::of(before));
                let Some((inner, behind)) = after.split_once('}') else { return Err(Raised::Unmodelled) };
                let number: usize = inner.trim().parse().map_err(|_| Raised::Unmodelled)?;
                let one = m.shown_text(all.get(number).copied().unwrap_or(Value::NULL), b'L');
                text.push(&one);
                m.long_enough(text.units.len())?;
                rest = behind;
            }
            text.push(&Text::of(rest));
            m.answer_text(text)
        })],
    ),
];

fn format(m: &mut Machine<'_>, pattern: Value, arguments: Value) -> Answer {
    let pattern = m.string(pattern)?;
    let all = if arguments == Value::NULL { Vec::new() } else { m.elements(arguments)? };
    let mut text = Text::default();
    let mut next = 0;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        m.long_enough(text.units.len())?;
        if c != '%' {
            text.push(&Text::of(c.encode_utf8(&mut [0; 4])));
            continue;
        }
        let mut spec = String::new();
        while let Some(c) = chars.next_if(|c| c.is_ascii_digit() || "$-+ 0,.#(".contains(*c)) {
            spec.push(c);
        }
        let Some(conversion) = chars.next() else { return Err(Raised::Unmodelled) };
        match conversion {
            '%' => text.push(&Text::of("%")),
            'n' => text.push(&Text::of("\n")),
            _ => {
                let (index, flags) = match spec.split_once('$') {
                    Some((number, rest)) => {
                        (number.parse::<usize>().map_err(|_| Raised::Unmodelled)?.wrapping_sub(1), rest)
                    }
                    None => {
                        next += 1;
                        (next - 1, spec.as_str())
                    }
                };
                let value = all.get(index).copied().unwrap_or(Value::NULL);
                let one = directive(m, conversion, flags, value)?;
                text.push(&one);
            }
        }
    }
    m.answer_text(text)
}

fn directive(m: &mut Machine<'_>, conversion: char, flags: &str, value: Value) -> Result<Text, Raised> {
    let shown = m.shown_text(value, b'L');
    if !shown.is_known() {
        return Ok(shown);
    }
    let boxed = match m.object(value) {
        Some(Object { native: Native::Boxed(kind, bits), .. }) => Some((*kind, *bits)),
        _ => None,
    };
    let body = match (conversion, boxed) {
        ('s' | 'S' | 'd', _) => shown.to_text(),
        ('c', Some((_, unit))) => char::from_u32(unit as u32).map(String::from).unwrap_or_default(),
        ('x' | 'X', Some((kind, bits))) => match kind {
            b'J' => format!("{bits:x}"),
            b'B' => format!("{:x}", bits as u8),
            b'S' => format!("{:x}", bits as u16),
            _ => format!("{:x}", bits as u32),
        },
        ('o', Some((_, bits))) => format!("{:o}", bits as u32),
        ('b', Some((b'Z', bits))) => (bits & 1 == 1).to_string(),
        ('f', Some((kind, bits))) => {
            let number = if kind == b'F' {
                f64::from(f32::from_bits(bits as u32))
            } else {
                f64::from_bits(bits as u64)
            };
            let digits =
                flags.split_once('.').and_then(|(_, digits)| digits.parse::<usize>().ok()).unwrap_or(6);
            format!("{number:.*}", digits.min(64))
        }
        _ => return Err(Raised::Unmodelled),
    };
    let body = if conversion.is_ascii_uppercase() { body.to_uppercase() } else { body };
    let left = flags.starts_with('-');
    let flags = flags.trim_start_matches(['-', '+', ' ', ',']);
    let zero = flags.starts_with('0');
    let width: usize = flags.split('.').next().unwrap_or("").parse().unwrap_or(0);
    m.long_enough(width)?;
    let missing = width.saturating_sub(body.chars().count());
    let fill = if zero && !left { "0" } else { " " }.repeat(missing);
    Ok(Text::of(&if left { body + &fill } else { fill + &body }))
}
