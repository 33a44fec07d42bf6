//! Arrays: `System.arraycopy`, `Arrays`, `clone`.

use super::Table;
use super::arguments::at;
use crate::heap::{Array, Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::value::Value;

pub(super) const TABLES: &[Table] = &[
    (
        &["["],
        &[
            ("clone", "()", |m, v, _| {
                let array = m.any_array(at(v, 0))?;
                again(m, at(v, 0), array)
            }),
            ("length", "()", |m, v, _| {
                let array = m.any_array(at(v, 0))?;
                Ok(Value::of_int(array.len() as i32))
            }),
        ],
    ),
    (&["Ljava/lang/System;"], &[("arraycopy", "(Ljava/lang/Object;ILjava/lang/Object;II)", copy)]),
    (
        &["Ljava/lang/reflect/Array;"],
        &[("getLength", "(Ljava/lang/Object;)", |m, v, _| {
            let array = m.any_array(at(v, 0))?;
            Ok(Value::of_int(array.len() as i32))
        })],
    ),
    (
        &["Ljava/util/Arrays;"],
        &[
            ("copyOf", "([BI)", copy_of),
            ("copyOf", "([CI)", copy_of),
            ("copyOf", "([II)", copy_of),
            ("copyOf", "([JI)", copy_of),
            ("copyOf", "([Ljava/lang/Object;I)", copy_of),
            ("copyOfRange", "([BII)", copy_of_range),
            ("copyOfRange", "([CII)", copy_of_range),
            ("copyOfRange", "([III)", copy_of_range),
            ("copyOfRange", "([Ljava/lang/Object;II)", copy_of_range),
            ("fill", "([BB)", fill),
            ("fill", "([CC)", fill),
            ("fill", "([II)", fill),
            ("fill", "([JJ)", fill),
            ("fill", "([ZZ)", fill),
            ("fill", "([Ljava/lang/Object;Ljava/lang/Object;)", fill),
            ("equals", "([B[B)", equal),
            ("equals", "([C[C)", equal),
            ("equals", "([I[I)", equal),
            ("asList", "([Ljava/lang/Object;)", |m, v, _| {
                let all = m.elements(at(v, 0))?;
                Ok(m.make_native("Ljava/util/ArrayList;", Native::List(all)))
            }),
            ("sort", "([C)", sort),
            ("sort", "([B)", sort),
            ("sort", "([I)", sort),
            ("sort", "([J)", sort),
            ("hashCode", "([B)", hash),
            ("hashCode", "([C)", hash),
            ("hashCode", "([I)", hash),
            ("toString", "([B)", show),
            ("toString", "([I)", show),
            ("toString", "([C)", show),
            ("toString", "([Ljava/lang/Object;)", show),
        ],
    ),
];

fn again(m: &mut Machine<'_>, like: Value, array: Array) -> Answer {
    m.long_enough(array.len())?;
    let class = match m.object(like) {
        Some(object) => object.class,
        None => return Err(m.unfit(like)),
    };
    Ok(m.make(Object::new(class, Native::Array(array))))
}

fn copy(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let source = m.any_array(at(v, 0))?;
    let length = m.any_array(at(v, 2))?.len();
    let (from, into, count) = (m.int(at(v, 1))?, m.int(at(v, 3))?, m.int(at(v, 4))?);
    let fits = |start: i32, length: usize| {
        start >= 0 && count >= 0 && i64::from(start) + i64::from(count) <= length as i64
    };
    if !fits(from, source.len()) || !fits(into, length) {
        return Err(m.throw("Ljava/lang/ArrayIndexOutOfBoundsException;", ""));
    }
    m.steps += count as u64 / 16;
    let origin = m.origin(at(v, 0));
    if let Some(Object { native: Native::Array(array), origin: own, .. }) = m.object_mut(at(v, 2)) {
        if *own == crate::origin::OriginId::LITERAL {
            *own = origin;
        }
        for offset in 0..count as usize {
            let value = source.get(from as usize + offset).unwrap_or(Value::NULL);
            array.put(into as usize + offset, value);
        }
    }
    Ok(Value::NULL)
}

fn part(m: &mut Machine<'_>, source: Value, from: i32, to: i32) -> Answer {
    let all = m.any_array(source)?;
    if from < 0 || from as usize > all.len() {
        return Err(m.throw("Ljava/lang/ArrayIndexOutOfBoundsException;", ""));
    }
    if to < from {
        return Err(m.throw("Ljava/lang/IllegalArgumentException;", ""));
    }
    let count = (to - from) as usize;
    m.long_enough(count)?;
    let mut array = Array::new(all.kind, count);
    for offset in 0..count.min(all.len() - from as usize) {
        array.put(offset, all.get(from as usize + offset).unwrap_or(Value::NULL));
    }
    again(m, source, array)
}

fn copy_of(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let count = m.int(at(v, 1))?;
    part(m, at(v, 0), 0, count)
}

fn copy_of_range(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let (from, to) = (m.int(at(v, 1))?, m.int(at(v, 2))?);
    part(m, at(v, 0), from, to)
}

fn fill(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let length = m.any_array(at(v, 0))?.len();
    if let Some(Object { native: Native::Array(array), .. }) = m.object_mut(at(v, 0)) {
        for index in 0..length {
            array.put(index, at(v, 1));
        }
    }
    Ok(Value::NULL)
}

fn numbers(m: &mut Machine<'_>, of: Value) -> Result<Vec<i64>, Raised> {
    let array = m.any_array(of)?;
    let mut all = Vec::with_capacity(array.len());
    for index in 0..array.len() {
        all.push(m.number(array.get(index).unwrap_or(Value::NULL))?);
    }
    Ok(all)
}

fn equal(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    if at(v, 0) == Value::NULL || at(v, 1) == Value::NULL {
        return Ok(Value::of_bool(at(v, 0) == at(v, 1)));
    }
    let (a, b) = (numbers(m, at(v, 0))?, numbers(m, at(v, 1))?);
    Ok(Value::of_bool(a == b))
}

fn sort(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let mut all = numbers(m, at(v, 0))?;
    all.sort_unstable();
    if let Some(Object { native: Native::Array(array), .. }) = m.object_mut(at(v, 0)) {
        for (index, number) in all.into_iter().enumerate() {
            array.put(index, Value::Number(number));
        }
    }
    Ok(Value::NULL)
}

fn hash(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let all = numbers(m, at(v, 0))?;
    Ok(Value::of_int(all.iter().fold(1i32, |hash, n| hash.wrapping_mul(31).wrapping_add(*n as i32))))
}

fn show(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let array = m.any_array(at(v, 0))?;
    let mut text = crate::text::Text::of("[");
    for index in 0..array.len() {
        if index > 0 {
            text.push(&crate::text::Text::of(", "));
        }
        let one = m.shown_text(array.get(index).unwrap_or(Value::NULL), array.kind);
        text.push(&one);
        m.long_enough(text.units.len())?;
    }
    text.push(&crate::text::Text::of("]"));
    m.answer_text(text)
}
