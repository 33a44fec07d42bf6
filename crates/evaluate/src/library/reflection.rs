//! `Class` and `java.lang.reflect`, as far as names are known.

use smallvec::SmallVec;

use super::Table;
use super::arguments::{at, descriptor, java_name};
use crate::heap::{Native, Object};
use crate::linkage::{MethodTarget, Type};
use crate::machine::{Answer, Arguments, Machine, Raised};
use crate::text::Text;
use crate::value::Value;

pub(super) const TABLES: &[Table] = &[
    (
        &["Ljava/lang/Class;"],
        &[
            ("getName", "()", |m, v, _| {
                let name = name(m, v)?;
                m.answer_text(Text::of(&name))
            }),
            ("getCanonicalName", "()", |m, v, _| {
                let name = name(m, v)?;
                m.answer_text(Text::of(&name.replace('$', ".")))
            }),
            ("getSimpleName", "()", |m, v, _| {
                let name = name(m, v)?;
                let simple = name.rsplit(['.', '$']).next().unwrap_or("");
                m.answer_text(Text::of(simple.trim_start_matches(|c: char| c.is_ascii_digit())))
            }),
            ("toString", "()", |m, v, _| {
                let text = m.shown_text(at(v, 0), b'L');
                m.answer_text(text)
            }),
            ("hashCode", "()", |m, _, _| m.answer_hole("hashCode")),
            ("forName", "(Ljava/lang/String;)", for_name),
            ("forName", "(Ljava/lang/String;ZLjava/lang/ClassLoader;)", for_name),
            ("getSuperclass", "()", |m, v, _| {
                let class = class(m, v)?;
                let table = m.link.table;
                let own = m.link.own_class(class).ok_or(Raised::Unmodelled)?;
                let above = table.class(own).superclass.ok_or(Raised::Unmodelled)?;
                let above = m.link.type_of(table.text(above));
                Ok(m.class_object(above))
            }),
            ("getMethod", "(Ljava/lang/String;[Ljava/lang/Class;)", method),
            ("getDeclaredMethod", "(Ljava/lang/String;[Ljava/lang/Class;)", method),
            ("getField", "(Ljava/lang/String;)", field),
            ("getDeclaredField", "(Ljava/lang/String;)", field),
            ("isInstance", "(Ljava/lang/Object;)", |m, v, _| {
                let class = class(m, v)?;
                if at(v, 1) == Value::NULL {
                    return Ok(Value::NULL);
                }
                let Some(of) = m.object(at(v, 1)).map(|object| object.class) else {
                    return Err(m.unfit(at(v, 1)));
                };
                m.link.is_instance(of, class).map(Value::of_bool).ok_or(Raised::Unmodelled)
            }),
            ("desiredAssertionStatus", "()", |_, _, _| Ok(Value::NULL)),
            ("newInstance", "()", |m, v, _| {
                let class = class(m, v)?;
                construct_reflected(m, class)
            }),
        ],
    ),
    (
        &["Ljava/lang/reflect/Method;"],
        &[
            ("invoke", "(Ljava/lang/Object;[Ljava/lang/Object;)", invoke),
            ("setAccessible", "(Z)", |_, _, _| Ok(Value::NULL)),
            ("getName", "()", |m, v, _| match m.object(at(v, 0)).map(|o| o.native.clone()) {
                Some(Native::Method(_, name)) => Ok(m.make_text(&name)),
                _ => Err(m.unfit(at(v, 0))),
            }),
        ],
    ),
    (
        &["Ljava/lang/reflect/Field;"],
        &[
            ("setAccessible", "(Z)", |_, _, _| Ok(Value::NULL)),
            ("get", "(Ljava/lang/Object;)", |m, v, _| {
                let Some(Native::Field(class, name)) = m.object(at(v, 0)).map(|object| object.native.clone())
                else {
                    return Err(m.unfit(at(v, 0)));
                };
                let own = m.link.own_class(class).ok_or(Raised::Unmodelled)?;
                m.ready_class(own)?;
                let owner = m.link.declaring(own, &name).ok_or(Raised::Unmodelled)?;
                let of = m.link.type_of_class(owner);
                let id = m.link.field_id(of, &name);
                let member = m
                    .link
                    .members(owner)
                    .iter()
                    .find(|member| member.name == name)
                    .cloned()
                    .ok_or(Raised::Unmodelled)?;
                let value = if member.is_static {
                    m.statics.run.get(&id).or_else(|| m.statics.base.get(&id)).copied()
                } else {
                    m.object(at(v, 1)).and_then(|object| {
                        object.fields.iter().find(|(field, _)| *field == id).map(|(_, value)| *value)
                    })
                };
                match (value, member.descriptor.as_bytes().first()) {
                    (Some(value), Some(b'L' | b'[')) => Ok(value),
                    (Some(Value::Number(bits)), Some(kind)) => m.answer_boxed(*kind, bits),
                    _ => Err(Raised::Unmodelled),
                }
            }),
        ],
    ),
];

fn class(m: &mut Machine<'_>, v: &[Value]) -> Result<Type, Raised> {
    match m.object(at(v, 0)) {
        Some(Object { native: Native::Class(class), .. }) => Ok(*class),
        _ => Err(m.unfit(at(v, 0))),
    }
}

fn name(m: &mut Machine<'_>, v: &[Value]) -> Result<String, Raised> {
    let class = class(m, v)?;
    Ok(java_name(&m.link.text(class)))
}

fn for_name(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let name = m.string(at(v, 0))?;
    let class = m.link.type_of(&descriptor(&name));
    Ok(m.class_object(class))
}

fn method(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let (class, name) = (class(m, v)?, m.string(at(v, 1))?);
    // The prototype as far as it is known is part of the name.
    let mut parameters = String::from("(");
    for one in if at(v, 2) == Value::NULL { Vec::new() } else { m.elements(at(v, 2))? } {
        match m.object(one) {
            Some(Object { native: Native::Class(of), .. }) => parameters.push_str(&m.link.text(*of)),
            _ => return Err(m.unfit(one)),
        }
    }
    parameters.push(')');
    Ok(m.make_native(
        "Ljava/lang/reflect/Method;",
        Native::Method(class, format!("{name}{parameters}").into()),
    ))
}

fn field(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let (class, name) = (class(m, v)?, m.string(at(v, 1))?);
    Ok(m.make_native("Ljava/lang/reflect/Field;", Native::Field(class, name.into())))
}

fn construct_reflected(m: &mut Machine<'_>, class: Type) -> Answer {
    let own = m.link.own_class(class).ok_or(Raised::Unmodelled)?;
    m.ready_class(own)?;
    // Its constructor is not run: fields are unknown.
    let hole = m.hole("newInstance", true);
    Ok(m.stand_in(own, hole))
}

fn invoke(m: &mut Machine<'_>, v: &[Value], t: &MethodTarget) -> Answer {
    let Some(Native::Method(class, name)) = m.object(at(v, 0)).map(|object| object.native.clone()) else {
        return Err(m.unfit(at(v, 0)));
    };
    let (name, parameters) = name.split_at(name.find('(').unwrap_or(name.len()));
    let list = if at(v, 2) == Value::NULL { Vec::new() } else { m.elements(at(v, 2))? };
    let kinds = crate::linkage::kinds(parameters.trim_matches(['(', ')']));
    let mut arguments = Arguments::new();
    for (value, kind) in list.into_iter().zip(kinds.iter()) {
        let plain = match kind {
            b'L' | b'[' => value,
            _ => m.unboxed(value).map(|(_, bits)| Value::Number(bits))?,
        };
        arguments.push(plain);
    }
    let Some(own) = m.link.own_class(class) else {
        let text = m.link.text(class);
        let model = super::find(&text, name, parameters).ok_or(Raised::Unmodelled)?;
        let mut all: SmallVec<[Value; 6]> = SmallVec::new();
        if at(v, 1) != Value::NULL {
            all.push(at(v, 1));
        }
        all.extend(arguments);
        return model(m, &all, t);
    };
    m.ready_class(own)?;
    let table = m.link.table;
    let found = table.superclasses(own).find_map(|class| {
        let methods = table.class(class).methods.clone();
        methods.map(overt_program::MethodId).find(|id| {
            let method = table.method(*id);
            table.text(method.name) == name && table.text(method.proto).starts_with(parameters)
        })
    });
    let found = found.ok_or(Raised::Unmodelled)?;
    let definition = table.method(found);
    if !matches!(
        table.text(definition.proto).rsplit(')').next().and_then(|of| of.bytes().next()),
        Some(b'L' | b'[' | b'V')
    ) {
        // The result would have to be boxed.
        return Err(Raised::Unmodelled);
    }
    if definition.access & overt_program::classes::ACC_STATIC == 0 {
        arguments.insert(0, at(v, 1));
    }
    Err(Raised::Invoke(found, arguments))
}
