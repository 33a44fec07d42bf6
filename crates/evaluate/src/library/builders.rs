//! `StringBuilder`, `StringBuffer`, `StringWriter`.

use super::Table;
use super::arguments::at;
use crate::heap::{Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::text::Text;
use crate::value::Value;

const CLASSES: &[&str] = &["Ljava/lang/StringBuilder;", "Ljava/lang/StringBuffer;", "Ljava/io/StringWriter;"];

pub(super) const TABLES: &[Table] = &[(
    CLASSES,
    &[
        ("<init>", "()", |m, v, _| m.construct(at(v, 0), Native::Builder(Text::default()))),
        ("<init>", "(I)", |m, v, _| m.construct(at(v, 0), Native::Builder(Text::default()))),
        ("<init>", "(Ljava/lang/String;)", of_text),
        ("<init>", "(Ljava/lang/CharSequence;)", of_text),
        ("append", "(Ljava/lang/String;)", append),
        ("append", "(Ljava/lang/Object;)", append),
        ("append", "(Ljava/lang/CharSequence;)", append),
        ("append", "(Ljava/lang/StringBuffer;)", append),
        ("append", "(I)", append),
        ("append", "(C)", append),
        ("append", "(J)", append),
        ("append", "(Z)", append),
        ("append", "(F)", append),
        ("append", "(D)", append),
        ("append", "([C)", |m, v, _| {
            let units = m.char_array(at(v, 1))?;
            push(m, at(v, 0), &Text::of_units(units))
        }),
        ("append", "([CII)", |m, v, _| {
            let units = m.char_array(at(v, 1))?;
            let part = m.part_of(&units, at(v, 2), at(v, 3))?.to_vec();
            push(m, at(v, 0), &Text::of_units(part))
        }),
        ("append", "(Ljava/lang/CharSequence;II)", |m, v, _| {
            let (from, to) = (m.size(at(v, 2))?, m.size(at(v, 3))?);
            let part = m.units(at(v, 1))?.get(from..to).unwrap_or(&[]).to_vec();
            push(m, at(v, 0), &Text::of_units(part))
        }),
        ("appendCodePoint", "(I)", |m, v, _| {
            let point = m.int(at(v, 1))? as u32;
            let text: String = char::from_u32(point).into_iter().collect();
            push(m, at(v, 0), &Text::of(&text))
        }),
        ("write", "(Ljava/lang/String;)", append),
        ("write", "(I)", |m, v, _| {
            let unit = m.int(at(v, 1))? as u16;
            push(m, at(v, 0), &Text::of_units(vec![unit]))
        }),
        ("toString", "()", |m, v, _| {
            let text = m.any_text(at(v, 0))?.clone();
            m.answer_text(text)
        }),
        ("reverse", "()", |m, v, _| {
            m.units(at(v, 0))?;
            edit(m, at(v, 0), |text| {
                text.units.reverse();
                // Pairs of surrogates stay in order.
                for at in 1..text.units.len() {
                    if (0xdc00..0xe000).contains(&text.units[at - 1])
                        && (0xd800..0xdc00).contains(&text.units[at])
                    {
                        text.units.swap(at - 1, at);
                    }
                }
            })
        }),
        ("setLength", "(I)", |m, v, _| {
            let length = m.size(at(v, 1))?;
            m.long_enough(length)?;
            edit(m, at(v, 0), |text| {
                text.units.resize(length, 0);
                text.holes.retain(|(at, _)| (*at as usize) < length);
            })
        }),
        ("setCharAt", "(IC)", |m, v, _| {
            let (index, unit) = (m.size(at(v, 1))?, m.int(at(v, 2))? as u16);
            let length = m.units(at(v, 0))?.len();
            inside(m, index < length)?;
            edit(m, at(v, 0), |text| text.units[index] = unit)
        }),
        ("deleteCharAt", "(I)", |m, v, _| {
            let index = m.size(at(v, 1))?;
            let length = m.units(at(v, 0))?.len();
            inside(m, index < length)?;
            edit(m, at(v, 0), |text| {
                text.units.remove(index);
            })
        }),
        ("delete", "(II)", |m, v, _| {
            let (from, to) = (m.size(at(v, 1))?, m.size(at(v, 2))?);
            let length = m.units(at(v, 0))?.len();
            let to = to.min(length);
            inside(m, from <= to)?;
            edit(m, at(v, 0), |text| drop(text.units.drain(from..to)))
        }),
        ("replace", "(IILjava/lang/String;)", |m, v, _| {
            let (from, to) = (m.size(at(v, 1))?, m.size(at(v, 2))?);
            let new = m.units(at(v, 3))?.to_vec();
            let length = m.units(at(v, 0))?.len();
            let to = to.min(length);
            inside(m, from <= to)?;
            m.long_enough(length + new.len())?;
            edit(m, at(v, 0), |text| drop(text.units.splice(from..to, new)))
        }),
        ("insert", "(ILjava/lang/String;)", insert),
        ("insert", "(ILjava/lang/Object;)", insert),
        ("insert", "(ILjava/lang/CharSequence;)", insert),
        ("insert", "(IC)", insert),
        ("insert", "(II)", insert),
        ("insert", "(IJ)", insert),
        ("insert", "(IZ)", insert),
        ("insert", "(I[C)", |m, v, _| {
            let units = m.char_array(at(v, 2))?;
            put(m, v, Text::of_units(units))
        }),
        ("capacity", "()", |m, v, _| m.units(at(v, 0)).map(|units| Value::of_int(units.len() as i32))),
        ("ensureCapacity", "(I)", |_, _, _| Ok(Value::NULL)),
        ("trimToSize", "()", |_, _, _| Ok(Value::NULL)),
        ("flush", "()", |_, _, _| Ok(Value::NULL)),
        ("getBuffer", "()", |_, v, _| Ok(at(v, 0))),
        ("getChars", "(II[CI)", |m, v, t| {
            let function =
                super::find("Ljava/lang/String;", "getChars", "(II[CI)").ok_or(Raised::Unmodelled)?;
            function(m, v, t)
        }),
    ],
)];

fn inside(m: &mut Machine<'_>, is: bool) -> Result<(), Raised> {
    if is { Ok(()) } else { Err(m.throw("Ljava/lang/StringIndexOutOfBoundsException;", "")) }
}

fn of_text(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let text = m.shown_text(at(v, 1), b'L');
    m.construct(at(v, 0), Native::Builder(text))
}

/// Changes the builder; answers it.
fn edit(m: &mut Machine<'_>, builder: Value, change: impl FnOnce(&mut Text)) -> Answer {
    match m.object_mut(builder) {
        Some(Object { native: Native::Builder(text), .. }) => change(text),
        _ => return Err(m.unfit(builder)),
    }
    let length = m.any_text(builder)?.units.len();
    m.bytes += 16;
    m.steps += length as u64 / 1024;
    Ok(builder)
}

fn push(m: &mut Machine<'_>, builder: Value, text: &Text) -> Answer {
    let length = m.any_text(builder)?.units.len() + text.units.len();
    m.long_enough(length / 32)?;
    if length > m.budget.length {
        return m.long_enough(length).map(|()| builder);
    }
    m.bytes += text.units.len() as u64 * 2;
    m.steps += text.units.len() as u64 / 32;
    edit(m, builder, |own| own.push(text))
}

fn append(m: &mut Machine<'_>, v: &[Value], target: &MethodTarget) -> Answer {
    let kind = target.parameters.first().copied().unwrap_or(b'L');
    let text = m.shown_text(at(v, 1), kind);
    push(m, at(v, 0), &text)
}

fn insert(m: &mut Machine<'_>, v: &[Value], target: &MethodTarget) -> Answer {
    let kind = target.parameters.get(1).copied().unwrap_or(b'L');
    let text = m.shown_text(at(v, 2), kind);
    put(m, v, text)
}

fn put(m: &mut Machine<'_>, v: &[Value], new: Text) -> Answer {
    let index = m.size(at(v, 1))?;
    let own = m.any_text(at(v, 0))?.clone();
    inside(m, index <= own.units.len())?;
    m.long_enough(own.units.len() + new.units.len())?;
    let split = index as u32;
    let mut made = Text {
        units: own.units[..index].to_vec(),
        holes: own.holes.iter().filter(|(at, _)| *at <= split && index > 0).copied().collect(),
    };
    made.push(&new);
    made.push(&Text {
        units: own.units[index..].to_vec(),
        holes: own
            .holes
            .iter()
            .filter(|(at, _)| !(*at <= split && index > 0))
            .map(|(at, hole)| (at - split, *hole))
            .collect(),
    });
    edit(m, at(v, 0), |text| *text = made)
}
